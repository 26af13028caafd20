"""How long the server works on each kind of page, and how much a reader's first view of it weighs.

    python -m benchmarks.pages DATA

The time is that of the processor, which other work on the machine does not stretch, with an in-process client and
all middleware. The first view is the page with every style sheet, script and icon that it loads, each packed with
gzip as the server sends it; the query editor, which only `/query` loads, is left out.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi.testclient import TestClient

from graph_api.settings import Settings
from graph_api.store.graph_store import JSON_RESULTS, GraphStore
from graph_api.store.local import CurrentStore
from graph_api.web.addresses import page_path
from graph_api.web.app import create_app

TIMES = 9
MILLISECONDS = 100
KILOBYTES = 150
LINKED_MILLISECONDS = 300
LINKED_KILOBYTES = 200
PAGES = (
    ("start", "/"),
    ("path finder", "/path"),
    ("answer", "/path?qualification=fr-dei&profession=nurse-general-care&country=NL"),
    ("answer, three communities", "/path?qualification=fr-dei&profession=nurse-general-care&country=BE"),
    ("roadmap", "/roadmap?profession=healthcare-assistant&from=FR&to=LU"),
    ("compare", "/compare?qualification=fr-deas-2021&qualification=nl-verzorgende-ig"),
    ("professions", "/professions"),
    ("qualifications", "/qualifications"),
    ("authorities", "/authorities"),
    ("regimes", "/regimes"),
    ("classifications", "/classifications"),
    ("dataset", "/dataset"),
    ("vocabulary", "/ontology"),
    ("search", "/search?q=verpleegkundige"),
    ("query editor", "/query"),
    ("embed", "/embed"),
    ("not found", "/page/profession/nobody"),
    ("a profession", "/page/profession/nurse-general-care"),
    ("a national profession", "/page/national-profession/nl-nurse-general-care"),
    ("a qualification", "/page/qualification/fr-dei"),
    ("an authority", "/page/authority/nl-cibg"),
    ("a regime", "/page/regime/automatic-annex-v"),
    ("a jurisdiction", "/page/jurisdiction/de"),
    ("a named graph", "/page/graph/rules/automatic-annex-v"),
    ("ESCO occupations, from the top", "/page/esco-scheme/occupations"),
    ("ESCO skills, from the top", "/page/esco-scheme/skills"),
    ("an ISCO group", "/page/isco-group/C2221"),
    ("an occupation", "/page/occupation/8d3e8aaa-791b-4c75-a465-f3f827028f50"),
    ("a skill", "/page/competence/335228d2-297d-4e0e-a6ee-bc6a8dc110d9"),
    ("a level for scripts", "/below/isco-group/C2"),
    ("site map", "/sitemap.xml"),
)
_MOST_LINKED = """
SELECT ?thing (COUNT(*) AS ?links) WHERE { ?other ?property ?thing . FILTER (isIRI(?other) && isIRI(?thing)) }
GROUP BY ?thing ORDER BY DESC(?links) LIMIT 40"""


@dataclass(frozen=True)
class Measured:
    """One kind of page: milliseconds of the processor, once at first and then in the middle; and packed kilobytes."""

    name: str
    address: str
    first: float
    usual: float
    page: float
    view: float
    linked: bool = False

    @property
    def kept(self) -> bool:
        time_budget, weight_budget = (
            (LINKED_MILLISECONDS, LINKED_KILOBYTES) if self.linked else (MILLISECONDS, KILOBYTES)
        )
        return self.usual <= time_budget and self.view <= weight_budget


def run(data: Path) -> list[Measured]:
    """Every kind of page that this graph has, and the page of the thing that most others point at."""
    store = CurrentStore(data)
    with TestClient(create_app(Settings(data=data), store), raise_server_exceptions=False) as client:
        found = [each for name, address in PAGES if (each := measure(client, name, address)) is not None]
        linked = [
            each
            for iri, links in most_linked(store)
            if (each := measure(client, f"the most linked thing, {links:,} links", page_path(iri), linked=True))
        ]
        return [*found, *linked[:1]]


def measure(client: TestClient, name: str, address: str, *, linked: bool = False) -> Measured | None:
    """The page, asked for once and then some times more; None where this graph has no such thing."""
    if not address.startswith("/"):
        return None
    answer, first = _timed(client, address)
    if answer is None and name != "not found":
        return None
    times = [_timed(client, address)[1] for _ in range(TIMES)]
    text = client.get(address, headers={"accept": "text/html"}).content
    page = _packed(text)
    view = page + sum(_packed(client.get(file).content) for file in _files(text.decode()))
    return Measured(name, address, first, statistics.median(times), page, view, linked)


def most_linked(store: GraphStore) -> list[tuple[str, int]]:
    """The things that most others point at, classes and schemes among them."""
    rows = json.loads(store.query(_MOST_LINKED, JSON_RESULTS))["results"]["bindings"]
    return [(row["thing"]["value"], int(row["links"]["value"])) for row in rows]


def _timed(client: TestClient, address: str) -> tuple[bytes | None, float]:
    began = time.process_time()
    answer = client.get(address, headers={"accept": "text/html"})
    spent = 1000 * (time.process_time() - began)
    return (answer.content if answer.status_code == 200 else None), spent


def _files(text: str) -> Iterator[str]:
    """What a browser loads with the page, and the modules that its scripts import."""
    found = re.findall(r'<(?:link rel="(?:stylesheet|icon)" href|script type="module" src)="([^"]+)"', text)
    yield from (file for file in found if "/editor/" not in file)
    yield "/static/suggest.js"


def _packed(content: bytes) -> float:
    return len(gzip.compress(content, 6)) / 1000


def table(measured: Sequence[Measured]) -> Iterator[str]:
    """The results as a table."""
    yield "| page | first time ms | usually ms | page kB | first view kB | kept |"
    yield "|---|---:|---:|---:|---:|---|"
    for each in measured:
        kept = "yes" if each.kept else "**no**"
        yield f"| {each.name} | {each.first:.0f} | {each.usual:.0f} | {each.page:.1f} | {each.view:.1f} | {kept} |"


if __name__ == "__main__":
    print("\n".join(table(run(Path(sys.argv[1])))))
