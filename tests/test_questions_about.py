"""From a classification to a question: a concept leads to the professions that it, or what stands above it, is mapped to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from graph_api.settings import Settings
from graph_api.web.app import create_app
from graph_api.web.pages.questions_about import questions_about
from tests.invented_work import InventedStore

ESCO = "http://data.europa.eu/esco"
BAKER, PASTRY, GROUP, WEAVER = (
    f"{ESCO}/occupation/b1",
    f"{ESCO}/occupation/p1",
    f"{ESCO}/isco/C7512",
    f"{ESCO}/occupation/w1",
)
TABLES = f"""
<profession/baker> a pas:Profession , skos:Concept ; skos:prefLabel "baker"@en , "bakker"@nl ;
  skos:exactMatch <{BAKER}> ; skos:narrowMatch <{GROUP}> .
<profession/miller> a pas:Profession , skos:Concept ; skos:prefLabel "miller"@en ; skos:closeMatch <{GROUP}> .
"""
RELEASE = f"""
<{GROUP}> a skos:Concept ; skos:prefLabel "bakers and confectionery makers"@en .
<{BAKER}> a skos:Concept ; skos:prefLabel "baker of bread"@en ; skos:broader <{GROUP}> .
<{PASTRY}> a skos:Concept ; skos:prefLabel "pastry maker"@en ; skos:broader <{GROUP}> .
<{WEAVER}> a skos:Concept ; skos:prefLabel "weaver"@en .
"""


@pytest.fixture(scope="module")
def store() -> InventedStore:
    graph = "https://w3id.org/passerelle/graph/"
    return InventedStore([(f"{graph}mappings/all", TABLES), (f"{graph}releases/esco-1", RELEASE)])


@pytest.fixture(scope="module")
def pages(store: InventedStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data=tmp_path_factory.mktemp("esco")), store)) as client:
        yield client


@pytest.mark.parametrize(
    ("concept", "above", "found", "why"),
    [
        (BAKER, [GROUP], [("baker", False)], "its own mapping is nearer than that of its group"),
        (PASTRY, [GROUP], [("baker", True), ("miller", True)], "without one of its own the group leads on"),
        (GROUP, [], [("baker", False), ("miller", False)], "a group leads to all its professions"),
        (WEAVER, [], [], "what nothing is mapped to leads nowhere"),
    ],
)
def test_concepts_lead_to_professions(
    store: InventedStore, concept: str, above: list[str], found: list[tuple[str, bool]], why: str
) -> None:
    assert [(item.slug, item.wider) for item in questions_about(store, concept, above, "en")] == found, why


@pytest.mark.parametrize(
    ("path", "links"),
    [
        ("/page/occupation/b1", ["baker"]),
        ("/page/occupation/p1", ["baker", "miller"]),
        ("/page/isco-group/C7512", ["baker", "miller"]),
        ("/page/occupation/w1", []),
    ],
)
def test_the_page_of_a_concept_leads_to_path_questions(pages: TestClient, path: str, links: list[str]) -> None:
    text = pages.get(path, params={"lang": "en"}, headers={"Accept": "text/html"}).text
    assert [slug for slug in ("baker", "miller") if f'href="/path?profession={slug}&amp;lang=en"' in text] == links
