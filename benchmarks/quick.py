"""Two revisions of this project side by side, in less than three minutes: `make bench-quick BEFORE=… AFTER=… DATA=…`.

    python -m benchmarks.quick DATA [BEFORE] [AFTER]

Before is `HEAD~1`, after is the work tree, where nothing else is said. Both serve the same built graph with the same
installed libraries, and each request goes to both, which take turns in being first: other work on the machine slows
both alike. Shown are medians, of what processors worked (server and its processes) and by the clock.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from benchmarks.research import requests
from benchmarks.systems import JSON_RESULTS, Connection, passerelle, processor
from graph_api.errors import NoGraph
from graph_api.store.local import CurrentStore

ROOT = Path(__file__).parent.parent
TIMES = 30
STARTS = 3
WORK_TREE = "the work tree"
ROWS = ("start", "lookups", "path question", "page", "search", "SPARQL mix")

_TITLES = """
PREFIX pas: <https://w3id.org/passerelle/def#>
SELECT DISTINCT ?title ?profession { ?title a pas:Qualification ; pas:grantsAccessTo ?profession } ORDER BY ?title"""
_PROFESSIONS = """
PREFIX pas: <https://w3id.org/passerelle/def#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?profession (MIN(?said) AS ?label)
{ ?profession a pas:Profession ; skos:prefLabel ?label FILTER (LANG(?label) = "en") BIND (STR(?label) AS ?said) }
GROUP BY ?profession ORDER BY ?profession"""


class UnknownRevision(Exception):
    """There is no such revision of this project."""


@dataclass(frozen=True)
class Request:
    """What is asked of both: an address, and a query where one is posted."""

    address: str
    query: str = ""


@dataclass
class Side:
    """One revision, served."""

    name: str
    ask: Callable[[Request], tuple[float, float]]
    processor: dict[str, list[float]] = field(default_factory=dict)
    """Milliseconds of each request, by row."""
    wall: dict[str, list[float]] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quick", description="Two revisions, side by side")
    parser.add_argument("data", type=Path, help="data folder with a built graph that both can serve")
    parser.add_argument("before", nargs="?", default="HEAD~1", help="a revision")
    parser.add_argument("after", nargs="?", default="", help="another; the work tree where it is not given")
    given = parser.parse_args(arguments)
    try:
        CurrentStore(given.data)
        with ExitStack() as trees:
            sides = [(name or WORK_TREE, trees.enter_context(tree_of(name))) for name in (given.before, given.after)]
            print("\n".join(table(compared(given.data, sides))))
    except (UnknownRevision, NoGraph) as error:
        sys.exit(str(error))


@contextmanager
def tree_of(revision: str) -> Iterator[Path]:
    """A folder with the files of the revision; nothing for the work tree. Raises UnknownRevision."""
    if not revision:
        yield ROOT
        return
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode:
        raise UnknownRevision(f"{revision} is no revision of this project; `git log` lists them")
    with tempfile.TemporaryDirectory(prefix="passerelle-revision-") as folder:
        tree = Path(folder) / "tree"
        made = _git("worktree", "add", "--detach", str(tree), found.stdout.strip())
        if made.returncode:
            raise UnknownRevision(f"{revision} cannot be checked out: {made.stderr.strip()}")
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=False, text=True)


def compared(data: Path, trees: Sequence[tuple[str, Path]], times: int = TIMES, starts: int = STARTS) -> list[Side]:
    """Both revisions, started in turns, then asked in turns."""
    began: list[tuple[list[float], list[float]]] = [([], []) for _ in trees]
    for turn in range(starts):
        for place in _turned(range(len(trees)), turn):
            with passerelle(data, root=trees[place][1]) as (_, number, seconds):
                began[place][0].append(1000 * processor(number))
                began[place][1].append(1000 * seconds)
    with ExitStack() as running:
        sides = []
        for (name, tree), (worked, waited) in zip(trees, began, strict=True):
            address, number, _ = running.enter_context(passerelle(data, root=tree))
            connection = running.enter_context(closing(Connection(address, number)))
            sides.append(Side(name, _asking(connection), {ROWS[0]: worked}, {ROWS[0]: waited}))
        for row, asked in asked_of(data, times).items():
            _ask_all(sides, row, asked)
    return sides


def asked_of(data: Path, times: int) -> dict[str, list[Request]]:
    """By row, what is asked: the first is asked once before, and not counted."""
    store = CurrentStore(data)
    titles = [(_slug(row["title"]), _slug(row["profession"])) for row in _rows(store, _TITLES)][: times + 1]
    professions = [(_slug(row["profession"]), row["label"]) for row in _rows(store, _PROFESSIONS)][: times + 1]
    research = requests(store.opened().directory, max(1, times // 10))
    slugs = [slug for slug, _ in professions]
    return {
        "lookups": [Request(f"/api/v1/professions/{slug}") for slug in slugs],
        "path question": [
            Request(f"/api/v1/paths?{urlencode({'qualification': title, 'profession': profession, 'country': 'NL'})}")
            for title, profession in titles
        ],
        "page": [Request(f"/page/profession/{slug}") for slug in slugs],
        "search": [Request(f"/api/v1/search?q={quote(label)}") for _, label in professions],
        "SPARQL mix": [Request("/sparql", text) for _, text in (*research.warm, *research.alone)],
    }


def _rows(store: CurrentStore, text: str) -> list[dict[str, str]]:
    found = json.loads(store.query(text, JSON_RESULTS))["results"]["bindings"]
    return [{name: cell["value"] for name, cell in row.items()} for row in found if row]


def _slug(iri: str) -> str:
    return iri.rpartition("/")[2]


def _asking(connection: Connection) -> Callable[[Request], tuple[float, float]]:
    """Asks over the connection; milliseconds of processors, and by the clock."""

    def ask(request: Request) -> tuple[float, float]:
        headers = {"Accept": "text/html" if request.address.startswith("/page/") else "application/json"}
        body = urlencode({"query": request.query}) if request.query else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = connection.ask("POST" if body else "GET", request.address, headers, body)
        if answer.status >= 400:  # how fast something is refused is not asked here
            raise RuntimeError(f"{request.address}: {answer.status}")
        return 1000 * answer.processor, 1000 * answer.seconds

    return ask


def _ask_all(sides: Sequence[Side], row: str, asked: Sequence[Request]) -> None:
    """Each request to both; the first is not counted, as what is read once is read for it."""
    for turn, request in enumerate(asked):
        for place in _turned(range(len(sides)), turn):
            worked, waited = sides[place].ask(request)
            if turn:
                sides[place].processor.setdefault(row, []).append(worked)
                sides[place].wall.setdefault(row, []).append(waited)


def _turned(places: Sequence[int], turn: int) -> list[int]:
    first = turn % len(places)
    return [*places[first:], *places[:first]]


def table(sides: Sequence[Side]) -> Iterator[str]:
    """Medians of both, and how many times longer it took before."""
    before, after = sides
    yield f"before: {before.name}; after: {after.name}; medians in ms, before / after"
    yield ""
    yield "| what | times | processors before | after | ratio | clock before | after | ratio |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for row in ROWS:
        figures = [*_pair(before.processor, after.processor, row), *_pair(before.wall, after.wall, row)]
        yield f"| {row} | {len(after.wall.get(row, ()))} | " + " | ".join(figures) + " |"


def _pair(before: Mapping[str, list[float]], after: Mapping[str, list[float]], row: str) -> list[str]:
    """Both medians and their ratio; dashes where the data have nothing to ask for."""
    if row not in before or row not in after:
        return ["–", "–", "–"]
    first, second = statistics.median(before[row]), statistics.median(after[row])
    return [f"{first:.2f}", f"{second:.2f}", f"{first / second:.2f}"]


if __name__ == "__main__":
    main()
