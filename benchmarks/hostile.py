"""What others notice of twenty clients with hostile queries: lookups before and during, memory before and after."""

from __future__ import annotations

import http.client
import itertools
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.systems import megabytes, passerelle

CLIENTS = 20
LOOKUPS = 400
SECONDS_OF_QUERIES = 3
HOSTILE = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "SELECT * { ?s ?p ?o }",
    "SELECT ?x ?y { ?x (<urn:a>|!<urn:a>)* ?y }",
    'SELECT (GROUP_CONCAT(?o; separator="") AS ?all) { ?s ?p ?o }',
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
)
ADDRESSES = (
    "/api/v1/paths?qualification=fr-dei&profession=nurse-general-care&country=NL",
    "/api/v1/paths?qualification=nl-hbo-v&profession=nurse-general-care&country=LU",
    "/api/v1/professions/nurse-general-care",
    "/api/v1/qualifications/de-pflegefachmann",
    "/api/v1/search?q=nurse",
    "/api/v1/regimes/automatic-annex-v",
)


@dataclass
class Besieged:
    """Milliseconds of lookups and MiB of memory, with the answers that the hostile clients got."""

    idle: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    memory_before: float = 0.0
    memory_most: float = 0.0
    memory_after: float = 0.0


def run(data: Path, lookups: int = LOOKUPS) -> Besieged:
    """Ask alone, then beside twenty clients whose queries nobody should send, then weigh the server again."""
    found = Besieged()
    with passerelle(data) as (address, number, _):
        list(_lookups(address, lookups))
        found.idle = list(_lookups(address, lookups))
        found.memory_before = megabytes(number, "VmRSS")
        end = multiprocessing.Event()
        statuses: SimpleQueue[int] = multiprocessing.SimpleQueue()
        besiegers = multiprocessing.Process(target=_besiege, args=(address, end, statuses))
        besiegers.start()
        time.sleep(1)
        found.during = list(_lookups(address, lookups))
        found.memory_most = megabytes(number, "VmRSS")
        end.set()
        besiegers.join()
        while not statuses.empty():
            found.statuses[statuses.get()] += 1
        list(_lookups(address, len(ADDRESSES)))
        found.memory_after = megabytes(number, "VmRSS")
    return found


def _lookups(address: str, count: int) -> Iterator[float]:
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)) as connection:
        for path in itertools.islice(itertools.cycle(ADDRESSES), count):
            began = time.perf_counter()
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"{path}: {response.status}")
            yield (time.perf_counter() - began) * 1000


def _besiege(address: str, end: Event, statuses: SimpleQueue[int]) -> None:
    """Twenty clients, in a process of their own so that they do not slow the one that measures."""
    clients = [threading.Thread(target=_pester, args=(address, start, end, statuses)) for start in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def _pester(address: str, start: int, end: Event, statuses: SimpleQueue[int]) -> None:
    for text in itertools.islice(itertools.cycle(HOSTILE), start, None):
        if end.is_set():
            return
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
        connection.request("GET", f"/sparql?timeout={SECONDS_OF_QUERIES}&query={quote(text)}")
        response = connection.getresponse()
        response.read()
        statuses.put(response.status)
        connection.close()
        if response.status == 429:
            time.sleep(0.1)
