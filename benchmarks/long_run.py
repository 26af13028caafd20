"""Mixed load for half an hour with a switch of version now and then: errors, memory, files, threads and latency.

    python -m benchmarks.long_run DATA [MINUTES [MINUTES_BETWEEN_SWITCHES]]

First the capacity is measured: as much of the mix as the clients get who ask without a pause. Then 70 % of that is
asked for by the clock; where the machine has other work and the clients fall behind by more than a second, the clock
is put back, which is counted. The versions are copies of the served one under names of their own. Written into
docs/reliability.md.
"""

from __future__ import annotations

import http.client
import itertools
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from benchmarks.systems import held, own, passerelle, threads
from graph_api import durable
from graph_api.build import kept
from graph_api.store import whole

PAGE: Final = Path(__file__).parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- long: written by python -m benchmarks.long_run -->", "<!-- end of long -->"
SHARE: Final = 0.7
BEHIND_SECONDS: Final = 1.0
CLIENTS: Final = 12
CAPACITY_SECONDS: Final = 30
WARM_MINUTES: Final = 5
SAMPLE_SECONDS: Final = 10
KEPT: Final = 2
ASKED: Final = "qualification=fr-dei&profession=nurse-general-care&country=NL"
LINES: Final = "\n".join(
    json.dumps({"qualification": "fr-dei", "profession": "nurse-general-care", "country": code})
    for code in ("NL", "LU", "DE", "BE")
).encode()
NAMES: Final = "queries=" + quote(json.dumps({f"q{n}": {"query": f"nurse {n}"} for n in range(5)}))
COUNT: Final = quote("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s a ?t } } GROUP BY ?g")
Request = tuple[str, str, bytes | None, dict[str, str]]
"""Door, address, body, headers."""
HTML: Final = {"Accept": "text/html"}
MIX: Final[Sequence[Request]] = (
    *(("lookup", f"/api/v1/{each}", None, {}) for each in ("professions/midwife", "qualifications/fr-dei")),
    *(("lookup", f"/api/v1/{each}", None, {}) for each in ("search?q=nurse", "search?q=verpleeg", "unknown?limit=5")),
    *(("path", f"/api/v1/paths?{ASKED.replace('NL', code)}", None, {}) for code in ("NL", "LU", "DE", "BE")),
    ("page", f"/path?{ASKED}", None, HTML),
    ("page", "/page/profession/nurse-general-care", None, HTML),
    ("page", "/search?q=infirmier", None, HTML),
    ("page", "/", None, HTML),
    ("SPARQL", f"/sparql?query={COUNT}", None, {}),
    ("linked data", "/data/profession/midwife", None, {"Accept": "text/turtle"}),
    ("ESCO", "/esco/api/search?text=nurse&limit=10", None, {}),
    ("names", "/reconcile/0.2", NAMES.encode(), {"Content-Type": "application/x-www-form-urlencoded"}),
    ("batch", "/api/v1/paths?fields=outcome", LINES, {"Content-Type": "application/x-ndjson"}),
)


@dataclass
class Answer:
    """One request: when it was sent, its door, milliseconds until the answer was whole, and what went wrong."""

    minute: float
    door: str
    milliseconds: float
    wrong: str = ""
    version: str = ""


@dataclass
class Run:
    """Everything that was measured."""

    capacity: float = 0.0
    minutes: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    asked_for: float = 0.0
    """Requests a second."""
    samples: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    switches: int = 0


# The clients, in a process of their own


def _clients(address: str, rate: float, notes: str, end: Event) -> None:
    """Ask at a rate, or without a pause where it is 0, until the end; note each answer in a file."""
    began, clock, lock = time.monotonic(), _Clock(rate), threading.Lock()
    with Path(notes).open("w", encoding="utf-8") as file:

        def work(number: int) -> None:
            connection = _connected(address, number)
            while True:
                turn, due = clock.next()
                if end.wait(max(0.0, due - time.monotonic())):
                    break
                sent = time.monotonic()
                door, path, body, headers = MIX[turn % len(MIX)]
                wrong, version = "", ""
                try:
                    wrong, version = _ask(connection, path, body, headers)
                except (OSError, http.client.HTTPException) as error:
                    wrong = repr(error)
                    connection = _connected(address, number)
                told = [sent - began, door, (time.monotonic() - sent) * 1000, wrong, version]
                with lock:
                    file.write(json.dumps(told) + "\n")
            connection.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()


class _Clock:
    """When the next request is due: at a rate, or at once."""

    def __init__(self, rate: float) -> None:
        self._pause = 1 / rate if rate else 0.0
        self._lock = threading.Lock()
        self._turns = itertools.count()
        self._due = time.monotonic()

    def next(self) -> tuple[int, float]:
        """Its number, and when it is due."""
        with self._lock:
            self._due = max(self._due + self._pause, time.monotonic() - BEHIND_SECONDS)
            return next(self._turns), self._due


def _connected(address: str, number: int) -> http.client.HTTPConnection:
    """A connection from an address of its own, so that each is another client."""
    return http.client.HTTPConnection(urlsplit(address).netloc, timeout=60, source_address=(f"127.0.1.{number + 1}", 0))


def _ask(
    connection: http.client.HTTPConnection, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[str, str]:
    connection.request("POST" if body else "GET", path, body, headers)
    response = connection.getresponse()
    text = response.read()
    version = response.headers.get("X-Passerelle-Version") or ""
    if response.status != 200:
        return f"{path}: {response.status} {text[:200]!r}", version
    return (
        f"{path}: {text[:200]!r}" if path.startswith("/api/v1/paths?fields") and b'"error"' in text else ""
    ), version


def _loaded(address: str, rate: float, seconds: float, run: Run, data: Path | None = None, between: float = 0) -> float:
    """Let the clients ask for so long, and switch between versions; how many answers came in a second."""
    end = multiprocessing.Event()
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as notes:
        clients = multiprocessing.Process(target=_clients, args=(address, rate, notes.name, end))
        clients.start()
        began = time.monotonic()
        while (now := time.monotonic() - began) < seconds:
            if data is not None:
                run.samples.append((now / 60, weighed(run_number(data), data)))
                if between and now >= (run.switches + 1) * between and now < seconds - SAMPLE_SECONDS:
                    run.switches += 1
                    switch(data, run.switches)
            time.sleep(min(SAMPLE_SECONDS, max(0.1, seconds - now)))
        end.set()
        clients.join()
        answers = [json.loads(line) for line in notes]
    run.answers = [Answer(due / 60, *rest) for due, *rest in answers]
    return len(answers) / seconds


def run_number(data: Path) -> int:
    """The number of the server process over a data folder."""
    return int((data / "server.number").read_text())


def weighed(number: int, data: Path) -> dict[str, float]:
    """Memory of the server process and of all, files, threads and the disk."""
    return {
        "server MiB": own(number),
        "all processes MiB": held(number),
        "open files": float(len(list(Path(f"/proc/{number}/fd").iterdir()))),
        "threads": float(len(threads(number))),
        "disk MiB": sum(path.stat().st_size for path in data.rglob("*") if path.is_file() and not path.is_symlink())
        / 2**20,
    }


def switch(data: Path, number: int) -> None:
    """Serve a copy of the served version under a name of its own; the oldest goes, as after a build."""
    served = whole.led_to(data / "current")
    made = data / "graphs" / f"{number:012x}"
    shutil.copytree(served, made)
    report = json.loads((made / "report.json").read_text(encoding="utf-8"))
    (made / "report.json").write_text(json.dumps({**report, "version": made.name}), encoding="utf-8")
    whole.seal(made)
    durable.settle(made)
    link = data / ".current"
    link.symlink_to(f"graphs/{made.name}")
    durable.rename(link, data / "current")
    kept.let_go(data, made, KEPT)


# What came of it


def slope(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """How much a value grows in an hour (of points in minutes), by least squares; and half of the 95 % interval."""
    xs, ys = [x / 60 for x, _ in points], [y for _, y in points]
    if len(points) < 3:
        return 0.0, 0.0
    mean_x, mean_y = statistics.fmean(xs), statistics.fmean(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    grown = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
    rest = sum((y - mean_y - grown * (x - mean_x)) ** 2 for x, y in zip(xs, ys, strict=True))
    return grown, 2.0 * (rest / (len(points) - 2) / spread) ** 0.5


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which such a share lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def by_minute(run: Run, share: float) -> list[tuple[float, float]]:
    """A percentile of the latency of each minute."""
    found: dict[int, list[float]] = {}
    for answer in run.answers:
        found.setdefault(int(answer.minute), []).append(answer.milliseconds)
    return [(minute + 0.5, percentile(values, share)) for minute, values in sorted(found.items())]


def table(run: Run) -> Iterator[str]:
    """The lines of the report."""
    wrong = [answer for answer in run.answers if answer.wrong]
    versions = Counter(answer.version for answer in run.answers if answer.version)
    yield (
        f"Capacity {run.capacity:.1f} requests a second; asked for {SHARE:.0%} of it, {run.asked_for:.1f}, for "
        f"{run.minutes:.0f} minutes, of which {len(run.answers) / run.minutes / 60:.1f} were answered: "
        f"{len(run.answers):,} requests of {len({door for door, *_ in MIX})} doors, {run.switches} switches, "
        f"{len(versions)} versions answered, **{len(wrong)} errors**. Mean load of the machine in the last quarter "
        f"of an hour {os.getloadavg()[2]:.1f} on {os.cpu_count()} processors. Slopes by the hour after {WARM_MINUTES} "
        "minutes, by least squares, with the interval of 95 %."
    )
    yield ""
    yield "| what | at first | at the end | most | slope in an hour |"
    yield "|---|---:|---:|---:|---:|"
    for name in run.samples[0][1]:
        yield _row(name, [(minute, values[name]) for minute, values in run.samples])
    yield _row("latency p50, ms", by_minute(run, 0.5))
    yield _row("latency p99, ms", by_minute(run, 0.99))
    for what, count in Counter(each.wrong for each in wrong).most_common(5):
        first = min(each.minute for each in wrong if each.wrong == what)
        yield f"\nError × {count}, first in minute {first:.1f}: {what}"


def _row(name: str, points: Sequence[tuple[float, float]]) -> str:
    later = [point for point in points if point[0] >= WARM_MINUTES] or points
    grown, half = slope(later)
    first, last = later[0][1], later[-1][1]
    return f"| {name} | {first:.0f} | {last:.0f} | {max(y for _, y in points):.0f} | {grown:+.1f} ± {half:.1f} |"


def measure(data: Path, minutes: float, between: float) -> Run:
    """The capacity, then the long run, over a copy of the data folder."""
    run = Run(minutes=minutes)
    with tempfile.TemporaryDirectory(prefix="long-run-") as folder:
        own = Path(folder) / "data"
        shutil.copytree(data, own, symlinks=True, ignore=shutil.ignore_patterns("obstacles", "dumps"))
        os.environ["PASSERELLE_KEEP_VERSIONS"] = str(KEPT)
        with passerelle(own) as (address, number, _):
            (own / "server.number").write_text(str(number))
            _loaded(address, 0, CAPACITY_SECONDS / 2, run)
            run.capacity = _loaded(address, 0, CAPACITY_SECONDS, run)
            print(f"{run.capacity:.1f} requests a second", flush=True)
            run.asked_for = run.capacity * SHARE
            _loaded(address, run.asked_for, minutes * 60, run, own, between * 60)
        for answer in run.answers:
            answer.wrong = answer.wrong.replace(str(own), "DATA")
    return run


def main(data: Path, minutes: float = 30, between: float = 5) -> int:
    """Measure, write; the exit code is 1 where anything went wrong."""
    run = measure(data, minutes, between)
    lines = list(table(run))
    print("\n".join(lines))
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    PAGE.write_text("\n".join((text[:start], "", *lines, "", text[end:])), encoding="utf-8")
    return any(answer.wrong for answer in run.answers)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *map(float, sys.argv[2:])))
