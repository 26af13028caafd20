"""What users notice of twenty hostile clients: lookups, paths and pages before and beside them, and the memory.

    python -m benchmarks.hostile DATA

Each client has an address of its own; each hostile one sends, over and over, what costs the most at one of the doors
and is cheap to send. The server with all of its processes has the first processor, the clients have the last, so that
they take from it by what they ask alone. Written into docs/reliability.md.
"""

from __future__ import annotations

import http.client
import itertools
import json
import multiprocessing
import os
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from benchmarks.long_run import percentile, weighed
from benchmarks.systems import passerelle

PAGE: Final = Path(__file__).parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- besieged: written by python -m benchmarks.hostile -->", "<!-- end of besieged -->"
CLIENTS = 20
LOOKUPS = 60
THINKING = 1.0
"""Seconds for which a user looks at an answer before asking the next."""
SETTLING = 45.0
"""Seconds of siege before the user is looked at."""
BUDGET = 2.0
"""So many times its idle value the p99 may be."""
MEGABYTES = 600
SECONDS_OF_QUERIES = 3
QUERIES = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "SELECT * { ?s ?p ?o }",
    "SELECT ?x ?y { ?x (<urn:a>|!<urn:a>)* ?y }",
    'SELECT (GROUP_CONCAT(?o; separator="") AS ?all) { ?s ?p ?o }',
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
)
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
HTML: Final = {"Accept": "text/html"}
Request = tuple[str, bytes | None, Mapping[str, str]]
"""Address, body, headers."""


def queries() -> list[Request]:
    """Costly queries alone."""
    return [(f"/sparql?timeout={SECONDS_OF_QUERIES}&query={quote(text)}", None, {}) for text in QUERIES]


def hostile() -> list[Request]:
    """What costs the most at each door, in an order in which neighbours differ."""
    names = json.dumps({f"q{n}": {"query": f"nurse {n}", "limit": 50} for n in range(1000)})
    ways = json.dumps({"ids": ["qualification/fr-dei"] * 900, "properties": [{"id": "path-to-NL"}]})
    line = json.dumps({"qualification": "fr-dei", "profession": "nurse-general-care", "country": "BE"})
    table = "qualification,profession,country\n" + "fr-dei,nurse-general-care,BE\n" * 200
    others: list[Request] = [
        ("/reconcile/0.2", f"queries={quote(names)}".encode(), FORM),
        ("/roadmap?profession=healthcare-assistant&from=FR&to=LU", None, HTML),
        ("/desk", f"cases={quote(table)}&format=csv".encode(), FORM),
        ("/api/v1/qualifications?limit=100", None, {}),
        ("/reconcile/0.2", f"extend={quote(ways)}".encode(), FORM),
        ("/sitemap.xml", None, {}),
        ("/api/v1/paths", "\n".join([line] * 2000).encode(), {"Content-Type": "application/x-ndjson"}),
        ("/obstacles?as_of=2019-01-01", None, HTML),
        ("/path?profession=nurse-general-care&country=BE&issued_in=FR", None, HTML),
        ("/versions", None, {"Accept": ("a/b;q=0.1," * 900)[:8190]}),
        ("/api/v1/credentials/paths", b"[" * 1_000_000, {"Content-Type": "application/json"}),
        ("/ontology.ttl", None, {}),
        ("/review", None, HTML),
    ]
    return [each for pair in itertools.zip_longest(others, queries()) for each in pair if each is not None]


USERS: Final[Mapping[str, Sequence[Request]]] = {
    "lookups": (
        ("/api/v1/professions/nurse-general-care", None, {}),
        ("/api/v1/qualifications/de-pflegefachmann", None, {}),
        ("/api/v1/search?q=nurse+{number}", None, {}),
        ("/api/v1/regimes/automatic-annex-v", None, {}),
    ),
    "paths": (
        ("/api/v1/paths?qualification=fr-dei&profession=nurse-general-care&country=NL&issued={day}", None, {}),
        ("/api/v1/paths?qualification=nl-hbo-v&profession=nurse-general-care&country=LU&issued={day}", None, {}),
    ),
    "pages": (
        ("/path?qualification=fr-dei&profession=nurse-general-care&country=NL&issued={day}", None, HTML),
        ("/page/profession/nurse-general-care", None, HTML),
        ("/search?q=infirmier+{number}", None, HTML),
    ),
}
"""A user's requests; where a number or a day stands in them, each is another, and no answer was kept."""
FIRST_DAY: Final = date(2012, 1, 1)


@dataclass
class Besieged:
    """Milliseconds of what users ask by kind, and MiB of memory, with the answers that the hostile clients got."""

    idle: dict[str, list[float]] = field(default_factory=dict)
    during: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    memory_before: dict[str, float] = field(default_factory=dict)
    memory_most: dict[str, float] = field(default_factory=dict)
    memory_after: dict[str, float] = field(default_factory=dict)

    def times(self, kind: str) -> float:
        """How many times its idle value the p99 is beside hostile clients."""
        return percentile(self.during[kind], 0.99) / percentile(self.idle[kind], 0.99)


def run(
    data: Path,
    lookups: int = LOOKUPS,
    sent: Callable[[], list[Request]] = hostile,
    thinking: float = THINKING,
    settling: float = SETTLING,
    apart: bool = False,
) -> Besieged:
    """Ask alone, then beside twenty clients whose requests nobody should send, then weigh the server again.

    `apart` gives the server a processor of its own, and the clients another.
    """
    found = Besieged()
    with passerelle(data) as (address, number, _):
        if apart:
            _set_apart(number)
        _asked(address, lookups // 4, 0, first=5 * lookups)
        found.idle = _asked(address, lookups, thinking)
        found.memory_before = weighed(number, data)
        end = multiprocessing.Event()
        statuses: SimpleQueue[int] = multiprocessing.SimpleQueue()
        besiegers = multiprocessing.Process(target=_besiege, args=(address, end, statuses, sent))
        besiegers.start()
        weighing = threading.Thread(target=_watch, args=(number, data, end, statuses, found))
        weighing.start()
        time.sleep(settling)
        found.during = _asked(address, lookups, thinking, first=10 * lookups)
        end.set()
        weighing.join()
        besiegers.terminate()  # what they still ask for is hung up on
        besiegers.join()
        time.sleep(settling)
        _asked(address, len(USERS), thinking, first=20 * lookups)
        found.memory_after = weighed(number, data)
    return found


def _set_apart(number: int) -> None:
    """The server and all that it starts on the first processor; this process and all that it starts on the last."""
    processors = sorted(os.sched_getaffinity(0))
    for thread in Path(f"/proc/{number}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {processors[0]})
    os.sched_setaffinity(0, {processors[-1]})


def _watch(number: int, data: Path, end: Event, statuses: SimpleQueue[int], found: Besieged) -> None:
    """Weigh the server every second, and count what the hostile clients were answered."""
    while not end.wait(1):
        while not statuses.empty():
            found.statuses[statuses.get()] += 1
        for name, value in weighed(number, data).items():
            found.memory_most[name] = max(value, found.memory_most.get(name, 0.0))


def _asked(address: str, count: int, thinking: float, first: int = 0) -> dict[str, list[float]]:
    """So many requests of each kind in turn, numbered from the first, by one user who thinks after each; in ms."""
    found: dict[str, list[float]] = {kind: [] for kind in USERS}
    place = urlsplit(address).netloc
    with closing(http.client.HTTPConnection(place, timeout=120, source_address=("127.0.2.1", 0))) as connection:
        for turn in range(first, first + count):
            day = FIRST_DAY + timedelta(days=turn)
            for kind, requests in USERS.items():
                path, body, headers = requests[turn % len(requests)]
                path = path.format(number=turn, day=day)
                began = time.perf_counter()
                status = _answer(connection, path, body, headers)
                if status != 200:
                    raise RuntimeError(f"{path}: {status}")
                found[kind].append((time.perf_counter() - began) * 1000)
                time.sleep(thinking)
    return found


def _answer(connection: http.client.HTTPConnection, path: str, body: bytes | None, headers: Mapping[str, str]) -> int:
    connection.request("POST" if body else "GET", path, body, dict(headers))
    response = connection.getresponse()
    response.read()
    return response.status


def _besiege(address: str, end: Event, statuses: SimpleQueue[int], sent: Callable[[], list[Request]]) -> None:
    """Twenty clients, in a process of their own so that they do not slow the one that measures."""
    os.nice(19)
    clients = [
        threading.Thread(target=_pester, args=(address, start, end, statuses, sent())) for start in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _pester(address: str, start: int, end: Event, statuses: SimpleQueue[int], sent: Sequence[Request]) -> None:
    """One client: whatever it is answered, it asks the next at once; where it is turned away, after a moment."""
    for path, body, headers in itertools.islice(itertools.cycle(sent), start, None):
        if end.is_set():
            return
        connection = http.client.HTTPConnection(
            urlsplit(address).netloc, timeout=120, source_address=(f"127.0.3.{start + 1}", 0)
        )
        try:
            status = _answer(connection, path, body, headers)
        except (OSError, http.client.HTTPException):
            status = 0
        connection.close()
        statuses.put(status)
        if status in (0, 429, 503):
            time.sleep(0.1)


def lines(found: Besieged) -> Iterator[str]:
    """The lines of the report."""
    told = ", ".join(f"{status or 'hung up on'} × {count:,}" for status, count in sorted(found.statuses.items()))
    count = len(next(iter(found.idle.values())))
    yield (
        f"{CLIENTS} clients, each of an address of its own, ask without a pause for the costliest of every door "
        f"({len(hostile())} requests: SPARQL, 1,000 names, 900 ways, a desk of 200 cases, batches, sheets, lists, maps "
        f"of other days, bodies and headers at their limit), beside one user who asks {count} times for each kind. "
        f"They were answered {told}. Load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; the "
        "server with its processes was held to one of them, the clients to another."
    )
    yield ""
    yield "| a user's | p50 alone, ms | p50 beside | p99 alone | p99 beside | times | within 2 × |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    for kind in USERS:
        idle, during = found.idle[kind], found.during[kind]
        cells = statistics.median(idle), statistics.median(during), percentile(idle, 0.99), percentile(during, 0.99)
        kept = "yes" if found.times(kind) <= BUDGET else "no"
        yield f"| {kind} | {' | '.join(f'{each:.0f}' for each in cells)} | {found.times(kind):.1f} | {kept} |"
    yield ""
    yield "| MiB | before | at most | after |"
    yield "|---|---:|---:|---:|"
    for name in ("server MiB", "all processes MiB"):
        sizes = found.memory_before[name], found.memory_most[name], found.memory_after[name]
        yield f"| {name.removesuffix(' MiB')} | {' | '.join(f'{size:.0f}' for size in sizes)} |"


def main(data: Path) -> None:
    """Measure and write."""
    written = list(lines(run(data, apart=True)))
    print("\n".join(written))
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    PAGE.write_text("\n".join((text[:start], "", *written, "", text[end:])), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
