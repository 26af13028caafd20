"""Whatever an imported release calls its things, no page, feed, table or header does what the label says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree as ET

import httpx
import pytest
from fastapi.testclient import TestClient

from graph_api.inputs import releases
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from graph_api.web.csv_text import harmless
from tests.release_fixtures import ESCO, write_csv, write_esco
from tests.tiny_builds import build

LABELS = (
    "<script>alert(1)</script> baker",
    "</title></textarea><img src=x onerror=alert(1)> baker",
    '" onmouseover="alert(1)" x=\'\' baker',
    "{{7*7}}{% raw %} ${7*7} baker",
    "\u202egnp.exe\u202c baker",
    "=cmd|' /C calc'!A0 baker",
    "@SUM(1+1) baker",
    "baker\r\nX-Evil: 1\r\n\r\n<script>alert(1)</script>",
    "]]></title><script>alert(1)</script> baker",
    "</script><script>alert(1)</script> baker",
    "javascript:alert(1) baker",
    "%0d%0aX-Evil:%201 baker",
)
ADDRESSES = [f"{ESCO}occupation/evil-{number}" for number in range(len(LABELS))]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("hostile")
    data, esco = folder / "data", write_esco(folder / "esco")
    rows = [
        {
            "conceptType": "Occupation",
            "conceptUri": iri,
            "iscoGroup": "7512",
            "preferredLabel": label,
            "altLabels": f"other {label}",
            "description": f"javascript:alert(1) {label}",
            "code": "7512.9",
        }
        for iri, label in zip(ADDRESSES, LABELS, strict=True)
    ]
    path = esco / "en" / "occupations_en.csv"
    with path.open(encoding="utf-8", newline="") as file:
        known = list(csv.DictReader(file))
    write_csv(path, list(known[0]), [*known, *({**dict.fromkeys(known[0], ""), **row} for row in rows)])
    releases.import_release("esco", [esco], data, version="1.1.1")
    build(data, "baker")
    with TestClient(create_app(Settings(data=data), CurrentStore(data)), raise_server_exceptions=False) as client:
        yield client


class Page(HTMLParser):
    """Elements and attributes, as a browser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.handlers: list[str] = []
        self.scripts: list[str] = []
        self.links: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action", "formaction"):
                self.links.append((value or "").strip().lower())

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)


def is_harmless(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text[:300]
    assert "x-evil" not in answer.headers
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == "text/html":
        page = Page()
        page.feed(answer.text)
        assert page.handlers == []
        assert not [link for link in page.links if link.startswith(("javascript:", "data:", "vbscript:"))]
        assert not any("alert(1)" in script and not script.lstrip().startswith(("{", "[")) for script in page.scripts)
        assert not any("<" in script for script in page.scripts)
        assert "49" not in re.findall(r"\{\{7\*7\}\}|\b49\b", answer.text)
    if kind in ("application/atom+xml", "application/rdf+xml", "application/xml", "image/svg+xml"):
        ET.fromstring(answer.content)


PLACES = [
    *(f"/page/occupation/evil-{number}" for number in range(len(LABELS))),
    *(f"/id/occupation/evil-{number}" for number in range(len(LABELS))),
    *(f"/search?q={quote(label)}" for label in LABELS),
    *(f"/api/v1/search?q={quote(label)}" for label in LABELS),
    *(f"/path?profession={quote(label)}&qualification={quote(label)}&country={quote(label)}" for label in LABELS),
    *(f"/esco/api/resource/occupation?uri={iri}" for iri in ADDRESSES[:3]),
    *(f"/reconcile/0.2/preview?id={quote(iri)}" for iri in ADDRESSES),
    "/versions?format=atom",
    "/sitemap.xml",
    "/classifications",
    "/reconcile/0.2?queries=" + quote('{"q":{"query":"baker"}}'),
    "/reconcile/0.2?callback=alert(1)//&queries=" + quote('{"q":{"query":"baker"}}'),
    "/reconcile/0.2/suggest/entity?prefix=baker",
    "/nowhere/<script>alert(1)</script>",
]


def test_no_page_does_what_a_label_says(client: TestClient) -> None:
    for place in PLACES:
        for accept in ("text/html", "*/*", "application/rdf+xml"):
            is_harmless(client.get(place, headers={"accept": accept}))


def test_the_labels_are_there(client: TestClient) -> None:
    """Or these tests would prove nothing."""
    said = client.get("/api/v1/search?q=baker&limit=50").text
    assert "alert(1)" in said
    shown = client.get("/search?q=baker", headers={"accept": "text/html"}).text
    assert "&lt;script&gt;alert(1)" in shown


def test_a_callback_is_a_name(client: TestClient) -> None:
    answer = client.get("/reconcile/0.2?callback=alert(1)//")
    assert answer.status_code == 400 or not answer.text.startswith("alert(1)")


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|x", "'+cmd|x"),
        ("-2+3+cmd", "'-2+3+cmd"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("+32 2 500 00 00", "+32 2 500 00 00"),
        ("-12.5", "-12.5"),
        ("baker", "baker"),
        ("", ""),
    ],
)
def test_no_cell_of_a_table_is_a_formula(cell: str, written: str) -> None:
    assert harmless(cell) == written


def test_results_of_sparql_say_what_the_graph_says(client: TestClient) -> None:
    """SPARQL 1.1 Query Results CSV: values as they are; quotes keep each in its cell."""
    query = "SELECT ?l { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?l FILTER(CONTAINS(STR(?l), 'baker')) }"
    answer = client.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert {len(row) for row in rows} == {1}
    assert "x-evil" not in answer.headers
