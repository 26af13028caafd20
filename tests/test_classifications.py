"""Walking down a classification, and pages with very many links; in an invented wood."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import NamedNode, Quad, Store, Triple

from graph_api.build.top_concepts import top_concepts
from graph_api.classifications.hierarchy import Classifications
from graph_api.rdf.terms import GRAPH
from graph_api.settings import Settings
from graph_api.store.queries import select
from graph_api.web.acknowledgements import Releases
from graph_api.web.app import create_app
from graph_api.web.pages.drawings.classes import WIDTH, boxes_of, draw
from tests.invented_woods import MANY, RELEASE, WOODS, concept, hub, woods
from tests.invented_work import InventedStore
from tests.test_pages import HTML, Page, get

SKOS = "http://www.w3.org/2004/02/skos/core#"
BUILD = NamedNode(f"{GRAPH}build")


def tops() -> list[Quad]:
    return list(top_concepts(woods()._store, BUILD))


def client_of(store: InventedStore, folder: Path) -> TestClient:
    return TestClient(create_app(Settings(data=folder), store), follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def wood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    said = "\n".join(f"{quad.triple} ." for quad in tops())
    with client_of(woods(said), tmp_path_factory.mktemp("wood")) as client:
        yield client


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(hub(), tmp_path_factory.mktemp("many")) as client:
        yield client


def nodes(text: str) -> list[tuple[str, str, str | None]]:
    """The concepts of a level: address, text, and how many stand below."""
    found = []
    for item in re.findall(r"<li>(.*?)</li>", text[text.index('<ul class="tree">') :].partition("</ul>")[0], re.DOTALL):
        address, words = re.findall(r'<a href="([^"]+)">(.*?)</a>', item, re.DOTALL)[-1]
        count = re.search(r'<span class="quiet">([\d,]+)<', item)
        found.append((address, " ".join(re.sub(r"<[^>]+>|&#8288;", " ", words).split()), count[1] if count else None))
    return found


# ---- the way down --------------------------------------------------------------------------------------------------


def test_a_scheme_has_its_top_in_both_directions() -> None:
    said = {quad.triple for quad in tops() if WOODS in (quad.subject.value, quad.object.value)}
    top = [(NamedNode(concept(code)), NamedNode(WOODS)) for code in ("1", "2")]
    assert said == {
        *(Triple(node, NamedNode(f"{SKOS}topConceptOf"), scheme) for node, scheme in top),
        *(Triple(scheme, NamedNode(f"{SKOS}hasTopConcept"), node) for node, scheme in top),
    }


def test_every_concept_is_a_top_where_nothing_stands_above_it_in_its_scheme() -> None:
    store = Store()
    for subject, name, value in (("a", "inScheme", "s"), ("b", "inScheme", "t"), ("a", "broader", "b")):
        store.add(Quad(NamedNode(f"x:{subject}"), NamedNode(SKOS + name), NamedNode(f"x:{value}"), BUILD))
    said = {(quad.subject.value, quad.object.value) for quad in top_concepts(store, BUILD)}
    assert said == {("x:a", "x:s"), ("x:s", "x:a"), ("x:b", "x:t"), ("x:t", "x:b")}


def test_a_scheme_begins_with_its_top(wood: TestClient) -> None:
    text = wood.get("/page/scheme/woods", headers=HTML).text
    assert nodes(text) == [
        ("/page/scheme/woods/1", "1 broadleaves", "2"),
        ("/page/scheme/woods/2", "2 conifers", None),
    ]
    assert [link for link in Page(text).links() if "#below" in link] == ["/page/scheme/woods/1#below"]


def test_each_level_shows_the_way_to_it_and_the_next_level(wood: TestClient) -> None:
    text = wood.get("/page/scheme/woods/11?lang=en", headers=HTML).text
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', text, re.DOTALL)
    assert crumbs is not None
    assert Page(crumbs[0]).text == "Classifications woods 1 broadleaves oaks"
    assert Page(crumbs[0]).links() == [
        "/classifications?lang=en",
        "/page/scheme/woods?lang=en",
        "/page/scheme/woods/1?lang=en",
    ]
    assert nodes(text) == [
        ("/page/scheme/woods/111?lang=en", "111 cork oak", None),
        ("/page/scheme/woods/112?lang=en", "112 zomereik nl", None),
    ]
    assert '<span lang="nl">zomereik</span>' in text


def test_scripts_get_the_same_level_as_a_fragment(wood: TestClient) -> None:
    answer = wood.get("/below/scheme/woods/1?lang=nl", headers=HTML)
    assert nodes(answer.text) == [
        ("/page/scheme/woods/11?lang=nl", "11 eiken", "2"),
        ("/page/scheme/woods/12?lang=nl", "12 beeches en", None),
    ]
    assert "<html" not in answer.text
    assert answer.headers["content-language"] == "nl"


@pytest.mark.parametrize("address", ["/below/scheme/woods/111", "/below/scheme/woods/999", "/below/scheme/nowhere"])
def test_below_nothing_there_is_nothing(wood: TestClient, address: str) -> None:
    assert wood.get(address).status_code == 404


def test_a_leaf_has_no_level_and_names_its_meaning_in_the_readers_language_first(wood: TestClient) -> None:
    text = wood.get("/page/scheme/woods/111?lang=en", headers=HTML).text
    assert 'class="tree"' not in text
    own, others = text.index("Its bark is peeled."), text.index("De schors wordt gepeld.")
    assert own < text.index("1 in another language") < others


def test_the_meaning_stands_before_what_belongs_below(wood: TestClient) -> None:
    text = wood.get("/page/scheme/woods/11?lang=en", headers=HTML).text
    assert 0 < text.index("Oaks carry acorns.") < text.index('id="below"')
    assert "em&gt;" not in text


def test_a_circle_of_broader_concepts_ends() -> None:
    turtle = f"<{WOODS}/a> skos:broader <{WOODS}/b> . <{WOODS}/b> skos:broader <{WOODS}/a> ."
    itself = {"iri": [concept("a")], "broader": [concept("a"), concept("b")]}
    path = Classifications(InventedStore([(RELEASE, turtle)])).path(itself, "en")
    assert [node.iri for node in path] == [concept("b")]


def test_the_list_of_classifications_tells_levels_from_lists_and_from_mere_names(wood: TestClient) -> None:
    text = Page(wood.get("/classifications", headers=HTML).text).text
    order = [
        text.index(words)
        for words in ("With levels woods 6 concepts", "Plain lists ladder 1 concept", "Known by name only")
    ]
    assert order == sorted(order)
    assert "passerelle import SOURCE FILES" in text
    assert "stones" in text[order[2] :]


def test_a_classification_that_is_not_loaded_says_how_to_load_it(wood: TestClient) -> None:
    text = get(wood, "/page/scheme/stones").text
    assert "No release of this classification is loaded here" in text
    assert "passerelle import SOURCE FILES" in text


# ---- whose data it is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/page/scheme/woods/111", "/classifications", "/dataset", "/ontology"])
def test_every_page_acknowledges_the_release(wood: TestClient, address: str) -> None:
    assert "This service uses the woods of the Foresters." in get(wood, address).text


def test_the_page_of_a_concept_names_its_release(wood: TestClient) -> None:
    page = get(wood, "/page/scheme/woods/111")
    assert "Woods 7 , The Foresters" in page.text
    assert "/page/graph/releases/woods-7" in page.links()
    assert "Woods 7 ," not in get(wood, "/page/framework/ladder").text


@pytest.mark.parametrize("address", ["/api/v1/professions", "/data/scheme/woods/111", "/sparql?query=ASK%7B%7D"])
def test_every_answer_for_machines_acknowledges_the_release(wood: TestClient, address: str) -> None:
    answer = wood.get(address, headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert answer.headers["x-passerelle-acknowledgement"] == "This service uses the woods of the Foresters."


@pytest.mark.long
def test_without_a_release_nothing_is_acknowledged(many: TestClient) -> None:
    assert "x-passerelle-acknowledgement" not in many.get("/api/v1/professions").headers
    assert "This service uses" not in get(many, "/page/profession/hub").text


def test_the_description_of_a_download_says_whose_it_is() -> None:
    said = Releases(select(woods(), "releases"))
    assert said.said_of(RELEASE) == ["Woods, The Foresters.", "This service uses the woods of the Foresters."]
    assert said.said_of(f"{GRAPH}mappings/all") == []


# ---- ten thousand links --------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_page_with_tens_of_thousands_of_links_is_light(many: TestClient) -> None:
    answer = many.get("/page/profession/hub", headers=HTML)
    assert answer.status_code == 200
    assert len(answer.content) < 200_000
    assert answer.text.count("10,000") >= 3


@pytest.mark.long
@pytest.mark.parametrize(
    ("kept", "size", "start"),
    [
        ("", 60, "/page/profession/below-"),
        pytest.param("of=grantsAccessTo&", 50, "/page/qualification/in-", marks=pytest.mark.long),
        pytest.param("fact=related&", 48, "/page/profession/out-", marks=pytest.mark.long),
    ],
)
def test_everything_is_reached_page_by_page(many: TestClient, kept: str, size: int, start: str) -> None:
    seen: set[str] = set()
    for offset in (0, size, 2 * size):
        page = get(many, f"/page/profession/hub?{kept}offset={offset}")
        shown = {link for link in page.links() if link.startswith(start)}
        assert len(shown) >= size if kept == "" else len(shown) == size
        following = [link["href"] for link in page.all("a") if link.get("rel") == "next"]
        before = [link["href"] for link in page.all("a") if link.get("rel") == "prev"]
        assert any(f"{kept}offset={offset + size}" in link for link in following)
        assert any(
            link.partition("#")[0].endswith((f"{kept}offset={offset - size}", f"hub?{kept}".rstrip("?&")))
            for link in before
        ) is bool(offset)
        seen |= shown
    assert len(seen) == 3 * size
    last = MANY - MANY % size if MANY % size else MANY - size
    page = get(many, f"/page/profession/hub?{kept}offset={last}")
    assert len({link for link in page.links() if link.startswith(start)} - seen) == MANY - last
    assert [link for link in page.all("a") if link.get("rel") == "next" and kept in link["href"]] == []


def test_an_offset_beyond_the_end_shows_an_empty_page(many: TestClient) -> None:
    page = get(many, "/page/profession/hub?of=grantsAccessTo&offset=99999")
    assert [link for link in page.links() if link.startswith("/page/qualification/")] == []


# ---- the drawing of the vocabulary ---------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [1, 3])
def test_boxes_of_classes_do_not_touch_and_arrows_end_at_the_wider_class(columns: int) -> None:
    def term(name: str, kind: str, **more: list[str]) -> dict[str, list[str]]:
        return {"iri": [f"x:{name}"], "type": [f"o#{kind}"], **more}

    terms = {
        "x#Tree": term("Tree", "Class"),
        "x#Oak": term("Oak", "Class", subClassOf=["x#Tree"]),
        "x#Elm": term("Elm", "Class", subClassOf=["x#Tree", "y#Plant"]),
        "x#Wood": term("Wood", "Class"),
        "x#Axe": term("Axe", "Class"),
        "x#standsIn": term("standsIn", "ObjectProperty", domain=["x#Tree"], range=["x#Wood"]),
        "x#height": term("height", "DatatypeProperty", domain=["x#Tree"], range=["y#decimal"]),
    }
    families = boxes_of(terms, {iri: (iri, None) for iri in terms})
    assert [[(box.name, box.below, box.properties) for box in family] for family in families] == [
        [("Tree", None, [("standsIn", ["Wood"])]), ("Elm", "Tree", []), ("Oak", "Tree", [])],
        [("Axe", None, [])],
        [("Wood", None, [])],
    ]
    drawing = draw(families, columns)
    tree = next(box for box in drawing.boxes if box.name == "Tree")
    assert [(up_y, tree.x < up_x < tree.x + WIDTH) for _, _, up_x, up_y in drawing.arrows] == [
        (tree.y + tree.height, True)
    ] * 2
    for number, box in enumerate(drawing.boxes):
        assert 0 < box.x < box.x + box.width < drawing.width
        assert 0 < box.y < box.y + box.height < drawing.height
        for other in drawing.boxes[number + 1 :]:
            apart = box.x + box.width < other.x or other.x + other.width < box.x
            assert apart or box.y + box.height < other.y or other.y + other.height < box.y
