"""One service, two stores: the graph on disk and the same graph published to Virtuoso give the same answers."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import unified_diff
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from graph_api.errors import BadQuery, GraphError, StoreUnavailable
from graph_api.rdf.terms import DATASET, GRAPH, ID, NAMESPACE
from graph_api.settings import Settings
from graph_api.store import queries
from graph_api.store.graph_store import JSON_RESULTS, Dataset, GraphStore
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.store.publish import Engine, publish
from graph_api.store.remote import CATALOGUE, CURRENT, HAS_GRAPH, RemoteStore, prefix_there
from graph_api.web.app import create_app
from graph_api.web.rest.collections import COLLECTIONS
from tests import virtuoso
from tests.sparql_fixtures import EX, Listener, graph_directory, node

pytestmark = pytest.mark.long

HOSTS = ("NL", "BE", "FR", "DE", "LU", "BE-de")
INTENTS = ("establishment", "establishment", "temporary_service", "employment", "level")
XSD = "http://www.w3.org/2001/XMLSchema#"

Figures = Callable[[str, int, int], None]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Virtuoso, empty at first."""
    with virtuoso.running(tmp_path_factory.mktemp("virtuoso")) as server:
        yield writable(server)


@pytest.fixture(scope="module")
def small_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Another one, for graphs that come and go."""
    with virtuoso.running(tmp_path_factory.mktemp("small-virtuoso"), megabytes=50) as server:
        yield writable(server)


@pytest.fixture
def empty_engine(small_engine: Engine) -> Engine:
    """The same, with nothing in it."""
    for name in graphs_there(small_engine):
        if name.startswith(NAMESPACE):
            update(small_engine, f"DROP SILENT GRAPH <{name}>")
    return small_engine


def writable(server: virtuoso.Virtuoso) -> Engine:
    return Engine(
        server.query_address,
        server.update_address,
        server.graph_store_address,
        virtuoso.USER,
        virtuoso.PASSWORD,
    )


@pytest.fixture(scope="module")
def here(graph: Store, store: CurrentStore, tmp_path_factory: pytest.TempPathFactory) -> EmbeddedStore:
    """The smaller graphs of the real tables, five in six of all, as a version of their own: other data, other name."""
    folder = tmp_path_factory.mktemp("smaller-graphs")
    return EmbeddedStore(graph_directory(folder, smaller_graphs(graph), f"{zlib.crc32(store.version.encode()):012x}"))


def smaller_graphs(graph: Store) -> Iterator[Quad]:
    """The statements of the graphs of up to 6,000 statements, of which the vocabulary is one, and their union."""
    for name in graph.named_graphs():
        statements = list(islice(graph.quads_for_pattern(None, None, None, name), 6_001))
        if len(statements) <= 6_000:
            yield from statements
            yield from (Quad(*statement.triple) for statement in statements)


@pytest.fixture(scope="module")
def there(here: EmbeddedStore, engine: Engine) -> RemoteStore:
    """The smaller graphs, published."""
    publish(here.directory, engine)
    return RemoteStore(engine.query, 180.0)


@pytest.fixture(scope="module")
def whole_here(data: Path) -> EmbeddedStore:
    return CurrentStore(data).opened()


@pytest.fixture(scope="module")
def whole_there(whole_here: EmbeddedStore, engine: Engine) -> RemoteStore:
    """The whole graph of the real tables, published."""
    publish(whole_here.directory, engine)
    return RemoteStore(engine.query, 180.0)


@pytest.fixture
def figures(capsys: pytest.CaptureFixture[str]) -> Figures:
    """Prints how many answers were compared, and how many were equal."""

    def show(what: str, compared: int, equal: int) -> None:
        with capsys.disabled():
            print(f"\n{what} on both stores: compared {compared}, equal {equal}")

    return show


# ---- the same answers ------------------------------------------------------------------------------------


def test_both_stores_hold_the_same_version(here: EmbeddedStore, there: RemoteStore) -> None:
    assert there.version == here.version


def test_named_queries_give_the_same_rows(here: EmbeddedStore, there: RemoteStore, figures: Figures) -> None:
    compare_rows(here, there, 1, figures)


def test_rest_lookups_give_the_same_json(data: Path, here: EmbeddedStore, there: RemoteStore, figures: Figures) -> None:
    compare_answers(data, here, there, list(lookups(here)), "REST lookups", figures)


def test_path_questions_get_the_same_answer(
    data: Path, here: EmbeddedStore, there: RemoteStore, figures: Figures
) -> None:
    compare_answers(data, here, there, list(questions(here, 12)), "path questions", figures)


def compare_rows(here: EmbeddedStore, there: RemoteStore, things: int, figures: Figures) -> None:
    asked = [(name, text) for name in queries.names() for text in variants(here, name, things)]
    different = [(name, text) for name, text in asked if rows(here, text) != rows(there, text)]
    figures("named queries", len(asked), len(asked) - len(different))
    assert different == []


def compare_answers(
    data: Path, here: GraphStore, there: GraphStore, addresses: list[str], what: str, figures: Figures
) -> None:
    settings = Settings(data=data)
    with TestClient(create_app(settings, here)) as one, TestClient(create_app(settings, there)) as other:
        pairs = {address: (answer(one, address), answer(other, address)) for address in addresses}
    different = {address: difference(*both) for address, both in pairs.items() if both[0] != both[1]}
    figures(what, len(addresses), len(addresses) - len(different))
    assert different == {}


def difference(one: Any, other: Any) -> str:
    """The lines in which two answers differ, so that who reads the report sees what it was."""
    written = [json.dumps(it, indent=1, sort_keys=True, ensure_ascii=False).splitlines() for it in (one, other)]
    return "\n".join(unified_diff(*written, "here", "there", lineterm="", n=4))[:4000]


def answer(client: TestClient, address: str) -> Any:
    """Status, version and body; the values of a property have no order. What is told to ask again does so, once."""
    response = client.get(address)
    if response.status_code == 503:
        response = client.get(address)
    return response.status_code, response.headers.get("X-Passerelle-Version"), unordered(response.json())


def unordered(body: Any) -> Any:
    if isinstance(body, dict):
        ordered = {key: unordered(value) for key, value in body.items()}
        for name, values in ordered.get("properties", {}).items():
            ordered["properties"][name] = sorted(values, key=json.dumps)
        return ordered
    return [unordered(item) for item in body] if isinstance(body, list) else body


def variants(store: GraphStore, name: str, things: int) -> Iterator[str]:
    """The query as it stands, and with other things of the kind of its examples, as many of each kind."""
    yield queries.bind(name, {})
    for parameter in queries.parameters(name):
        example = re.search(rf"VALUES\s+\?{parameter}\s*\{{\s*<{re.escape(ID)}([a-z-]+)/", queries.text_of(name))
        if example:
            for iri in things_of_kind(store, example[1], things):
                yield queries.bind(name, {parameter: [NamedNode(iri)]})


def things_of_kind(store: GraphStore, kind: str, count: int) -> list[str]:
    """Some things of a kind, from all over the alphabet: others for every version of the data."""
    name = "".join(part.capitalize() for part in kind.split("-"))
    found = [row["thing"] for row in queries.select(store, "slugs", kind=[pas(name)])]
    apart = max(1, len(found) // count)
    return found[moved(store, apart) :: apart][:count]


def moved(store: GraphStore, apart: int) -> int:
    """Where a sample of things that stand so far apart begins: elsewhere for every version of the data."""
    return zlib.crc32(str(store.version).encode()) % apart


def pas(name: str) -> NamedNode:
    return NamedNode(f"https://w3id.org/passerelle/def#{name}")


def rows(store: GraphStore, text: str) -> Any:
    """The answer without its order, which a query without ORDER BY leaves open; blank nodes have no names."""
    if re.search(r"^\s*CONSTRUCT", text, re.MULTILINE):
        return {blank_named(line) for line in store.query(text, "application/n-triples").decode().splitlines()}
    result = json.loads(store.query(text, JSON_RESULTS))
    if "boolean" in result:
        return result["boolean"]
    found = [json.dumps({**row, **blank_cells(row)}, sort_keys=True) for row in result["results"]["bindings"]]
    cut_off = re.search(r"LIMIT (\d+)", text)
    if cut_off and "ORDER BY" not in text and len(found) == int(cut_off[1]):
        return len(found)  # which of the rows are given is open too
    return Counter(found)


def blank_named(line: str) -> str:
    return re.sub(r"_:\w+", "_:blank", line)


def blank_cells(row: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: "blank" for name, cell in row.items() if cell["type"] == "bnode"}


def lookups(store: GraphStore) -> Iterator[str]:
    """Every kind of REST lookup: lists, filtered lists, single things, comparisons, crosswalks; also what is not there."""
    for collection, kind in COLLECTIONS.items():
        yield f"/api/v1/{collection}?limit=40"
        yield f"/api/v1/{collection}?limit=5&offset=10&lang=fr"
        yield f"/api/v1/{collection}/no-such-thing"
        for iri in things_of_kind(store, kind, 6):
            yield f"/api/v1/{collection}/{iri.rpartition('/')[2]}?lang=de"
    for collection in ("qualifications", "national-professions", "authorities", "legal-acts", "joint-programmes"):
        for country in ("NL", "BE-fr", "DE"):
            yield f"/api/v1/{collection}?country={country}&limit=20"
    yield from comparisons(store)
    yield from crosswalks(store)


def comparisons(store: GraphStore) -> Iterator[str]:
    """Titles with titles and professions, their equivalents, frameworks, green shares; described ones among them."""
    titles = [iri.rpartition("/")[2] for iri in (*things_of_kind(store, "qualification", 6), *described(store))]
    for one, other in pairwise(titles):
        yield f"/api/v1/compare?qualification={one}&qualification={other}&as_of=2026-01-01"
    for title in titles:
        yield f"/api/v1/qualifications/{title}/equivalents?lang=fr"
        yield f"/api/v1/qualifications/{title}/equivalents?country=NL&limit=5"
        yield f"/api/v1/green?qualification={title}"
    for iri in things_of_kind(store, "profession", 8):
        slug = iri.rpartition("/")[2]
        yield f"/api/v1/professions/{slug}/across-countries?lang=nl"
        yield f"/api/v1/professions/{slug}/common-training-framework?as_of=2026-01-01&lang=de"
        yield f"/api/v1/professions/{slug}/common-training-framework?min_countries=2&as_of=2026-01-01"
        yield f"/api/v1/compare?qualification={titles[0]}&profession={slug}&country=NL&as_of=2026-01-01"
        yield f"/api/v1/green?profession={slug}"
    yield "/api/v1/qualifications/no-such-title/equivalents"
    yield "/api/v1/professions/no-such-trade/common-training-framework"
    yield "/api/v1/green"


def crosswalks(store: GraphStore) -> Iterator[str]:
    """Codes of every scheme walked to every other, and mappings browsed by schemes and by countries."""
    yield "/api/v1/crosswalk"
    for iri in things_of_kind(store, "profession", 8):
        slug = iri.rpartition("/")[2]
        yield f"/api/v1/crosswalk/profession/{slug}"
        yield f"/api/v1/crosswalk/profession/{slug}?to=rome&lang=fr"
    for code in ("isco08/2221", "isco08/5321", "rome/J1502", "rome/J1502?to=kldb2010", "kldb2010/81302?to=rome"):
        yield f"/api/v1/crosswalk/{code}"
    yield "/api/v1/crosswalk/isco08/no-such-code"
    yield "/api/v1/crosswalk/no-such-scheme/2221"
    for both in (
        "from=rome&to=kldb2010",
        "from=FR&to=DE",
        "from=isco08",
        "to=rome&limit=20",
        "from=FR&to=DE&through=esco",
    ):
        yield f"/api/v1/mappings?{both}"


def described(store: GraphStore) -> list[str]:
    """Some titles whose learning outcomes are in the tables."""
    text = f"SELECT DISTINCT ?title {{ ?outcome <{pas('outcomeOf').value}> ?title }} ORDER BY ?title"
    found = [row["title"]["value"] for row in json.loads(store.query(text, JSON_RESULTS))["results"]["bindings"]]
    return found[:: max(1, len(found) // 4)][:4]


def questions(store: GraphStore, one_in: int) -> Iterator[str]:
    """A share of the qualifications, each for a profession that it opens, to hosts and with intents in turn."""
    opened: dict[str, str] = {}
    text = f"SELECT ?title ?profession {{ ?title <{pas('grantsAccessTo').value}> ?profession }} ORDER BY ?title ?profession"
    for row in json.loads(store.query(text, JSON_RESULTS))["results"]["bindings"]:
        opened.setdefault(*(row[name]["value"].rpartition("/")[2] for name in ("title", "profession")))
    facts = zip(
        list(opened.items())[moved(store, one_in) :: one_in],
        cycle(HOSTS),
        cycle(INTENTS),
        cycle(("EU", "third_country", "EU")),
        strict=False,
    )
    for (title, profession), host, intent, nationality in facts:
        yield (
            f"/api/v1/paths?qualification={title}&profession={profession}&country={host}&intent={intent}"
            f"&nationality={nationality}&issued=2019-07-01&as_of=2026-11-23&experience_years=3&experience_country=NL"
        )


# ---- the remote store ------------------------------------------------------------------------------------

TABLE = "SELECT ?name WHERE { <https://w3id.org/passerelle/id/profession/midwife> " \
        "<http://www.w3.org/2004/02/skos/core#prefLabel> ?name } ORDER BY STR(?name)"  # fmt: skip
GRAPH_OF = "CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?s { <https://w3id.org/passerelle/id/profession/midwife> } ?s ?p ?o }"


@pytest.mark.parametrize(
    "media_type",
    [JSON_RESULTS, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"],
)
def test_a_table_comes_in_the_media_type_asked(here: EmbeddedStore, there: RemoteStore, media_type: str) -> None:
    found = [store.query(TABLE, media_type).decode() for store in (here, there)]
    if media_type == JSON_RESULTS:
        assert json.loads(found[0]) == json.loads(found[1])
    else:
        assert found[0] == found[1]


@pytest.mark.parametrize(
    "media_type", ["text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"]
)
def test_a_graph_comes_in_the_media_type_asked(here: EmbeddedStore, there: RemoteStore, media_type: str) -> None:
    kind = RdfFormat.from_media_type(media_type)
    read = [set(parse(input=store.query(GRAPH_OF, media_type), format=kind)) for store in (here, there)]
    assert read[0] == read[1]
    assert len(read[0]) > 10


def test_a_form_that_does_not_fit_the_query_is_refused(there: RemoteStore) -> None:
    with pytest.raises(BadQuery, match="CONSTRUCT gives a graph"):
        there.query(GRAPH_OF, JSON_RESULTS)
    with pytest.raises(BadQuery, match="SELECT gives a table"):
        there.query(TABLE, "text/turtle")
    with pytest.raises(BadQuery, match="not for image/png"):
        there.query(TABLE, "image/png")


def test_what_is_not_sparql_is_the_clients_mistake(there: RemoteStore) -> None:
    with pytest.raises(BadQuery, match="does not accept this query"):
        there.query("SELECT WHERE", JSON_RESULTS)


def test_words_in_comments_and_strings_do_not_change_the_query(there: RemoteStore) -> None:
    text = f"# INSERT DATA, CONSTRUCT, FROM <x>\n{TABLE.replace('?name }', '?name FILTER (?name != ' + repr('FROM GRAPH') + ') }')}"
    assert there.query(text, JSON_RESULTS) == there.query(TABLE, JSON_RESULTS)


def test_graphs_keep_their_names(here: EmbeddedStore, there: RemoteStore) -> None:
    """The engine's own names of the graphs are seen nowhere: in no table, no graph, no pattern of a string."""
    for text in (
        "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }",
        f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}vocabulary> WHERE {{ ?s ?p ?o }}",
        f"PREFIX g: <{GRAPH}> SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH g:vocabulary {{ ?s ?p ?o }} }}",
        f'SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (STRSTARTS(STR(?g), "{GRAPH}rules/")) }}',
        f"SELECT ?p ?o WHERE {{ <{GRAPH}mappings/professions> ?p ?o }}",
    ):
        assert rows(there, text) == rows(here, text), text


@pytest.mark.parametrize("own", ["", f"FROM <{GRAPH}vocabulary> FROM NAMED <{GRAPH}vocabulary>"])
def test_the_graphs_that_the_protocol_names_win(here: EmbeddedStore, there: RemoteStore, own: str) -> None:
    tables = tuple(f"{GRAPH}mappings/{name}" for name in ("professions", "regimes"))
    text = (
        f"SELECT ?g (COUNT(*) AS ?n) {own} WHERE {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }} GROUP BY ?g"
    )
    for dataset in (Dataset((), tables), Dataset(tables[1:], tables[:1])):
        first, second = (
            Counter(tuple(sorted(cell["value"] for cell in row.values())) for row in rows)
            for store in (here, there)
            for rows in [json.loads(store.query(text, JSON_RESULTS, dataset))["results"]["bindings"]]
        )
        assert first == second
        assert len(first) == 2


def test_durations_and_booleans_keep_their_values(here: EmbeddedStore, there: RemoteStore) -> None:
    for text in (
        "SELECT DISTINCT ?d WHERE { ?s <https://w3id.org/passerelle/def#decideWithin> ?d }",
        f'PREFIX xsd: <{XSD}> SELECT ?s WHERE {{ ?s <https://w3id.org/passerelle/def#decideWithin> "P3M"^^xsd:duration }}',
        f"SELECT ?s ?o WHERE {{ ?s ?p ?o FILTER (DATATYPE(?o) = <{XSD}duration>) }}",
        "SELECT ?s WHERE { ?s <https://w3id.org/passerelle/def#decides> true }",
        "SELECT ?s ?o WHERE { ?s <https://w3id.org/passerelle/def#decides> ?o }",
    ):
        found = rows(there, text)
        assert found == rows(here, text), text
        assert found


def test_an_engine_that_is_not_there_is_a_503(tmp_path: Path) -> None:
    listener = Listener()
    store = RemoteStore(f"http://127.0.0.1:{listener.port}/sparql", 1.0)
    with pytest.raises(StoreUnavailable, match="did not answer"):
        store.query("ASK {}", JSON_RESULTS)
    with TestClient(create_app(Settings(data=tmp_path), store), raise_server_exceptions=False) as client:
        response = client.get("/api/v1/professions")
    listener.close()
    assert response.status_code == 503
    assert response.json()["error"] == "store_unavailable"


def test_an_engine_that_keeps_silent_is_given_up() -> None:
    listener = Listener(patient=True)
    with pytest.raises(StoreUnavailable, match="timed out"):
        RemoteStore(f"http://127.0.0.1:{listener.port}/sparql", 1.0).query("ASK {}", JSON_RESULTS)
    listener.close()


def test_the_sparql_door_stands_before_the_engine(data: Path, there: RemoteStore) -> None:
    with TestClient(create_app(Settings(data=data), there)) as client:
        table = client.get("/sparql", params={"query": TABLE}, headers={"Accept": "text/csv"})
        update = client.post("/sparql", data={"update": "CLEAR ALL"})
        wrong = client.get("/sparql", params={"query": "SELECT {"})
    assert table.status_code == 200
    assert table.headers["X-Passerelle-Version"] == there.version
    assert table.text.splitlines()[0] == "name"
    assert "midwife" in table.text
    assert (update.status_code, wrong.status_code) == (403, 400)


# ---- every graph -----------------------------------------------------------------------------------------


def test_over_every_graph_named_queries_give_the_same_rows(
    whole_here: EmbeddedStore, whole_there: RemoteStore, figures: Figures
) -> None:
    compare_rows(whole_here, whole_there, 3, figures)


def test_over_every_graph_rest_lookups_give_the_same_json(
    data: Path, whole_here: EmbeddedStore, whole_there: RemoteStore, figures: Figures
) -> None:
    compare_answers(data, whole_here, whole_there, list(lookups(whole_here)), "REST lookups", figures)


def test_over_every_graph_path_questions_get_the_same_answer(
    data: Path, whole_here: EmbeddedStore, whole_there: RemoteStore, figures: Figures
) -> None:
    compare_answers(data, whole_here, whole_there, list(questions(whole_here, 3)), "path questions", figures)


# ---- publishing ------------------------------------------------------------------------------------------


def version_of(folder: Path, version: str, names: int = 3) -> Path:
    """A small built version: one graph for each name, and their union."""
    quads = [
        Quad(node(f"thing{number}"), node("in"), Literal(version), NamedNode(f"{GRAPH}part{number}"))
        for number in range(names)
    ]
    union = [Quad(quad.subject, quad.predicate, quad.object) for quad in quads]
    return graph_directory(folder / version, [*quads, *union], version)


SEEN = f"SELECT ?g ?said WHERE {{ GRAPH ?g {{ ?s <{EX}in> ?said }} }}"
UNION = f"SELECT ?said WHERE {{ ?s <{EX}in> ?said }}"


def said(engine: Engine, text: str = SEEN) -> list[tuple[str, ...]]:
    """What a reader who comes now sees."""
    found = json.loads(RemoteStore(engine.query).query(text, JSON_RESULTS))["results"]["bindings"]
    return sorted(tuple(row[name]["value"] for name in sorted(row)) for row in found)


def door_by(engine: Engine, *, by_update: bool) -> Engine:
    return replace(engine, graph_store=None) if by_update else replace(engine, update=None)


@pytest.mark.parametrize("by_update", [False, True], ids=["graph store protocol", "update"])
def test_versions_take_turns_in_two_places(tmp_path: Path, empty_engine: Engine, by_update: bool) -> None:
    door = door_by(empty_engine, by_update=by_update)
    for number in range(4):
        version = f"v{number}"
        done = publish(version_of(tmp_path, version), door)
        assert (done.version, done.graphs, done.statements, done.sent) == (version, 3, 3, 4)
        assert done.place == ("one", "two")[number % 2]
        assert said(door) == [(f"{GRAPH}part{part}", version) for part in range(3)]
        assert said(door, UNION) == [(version,)] * 3
        assert RemoteStore(door.query).version == version
    before = RemoteStore(door.query)
    assert before.version == "v3"
    publish(version_of(tmp_path, "fewer", names=2), door)
    assert before.query(SEEN, JSON_RESULTS).count(b"v3") == 3, "who reads the version before goes on reading it"
    left = graphs_there(door)
    assert len([name for name in left if "graph.one/" in name]) == 3
    assert len([name for name in left if "graph.two/" in name]) == 4


def texts_of(**graphs: str) -> list[Quad]:
    """A statement of each letter in each graph."""
    return [
        Quad(node(letter), node("in"), Literal(letter), NamedNode(f"{GRAPH}{name}"))
        for name, letters in graphs.items()
        for letter in letters
    ]


def built_of(folder: Path, version: str, **graphs: str) -> Path:
    """A small built version, and its union."""
    quads = texts_of(**graphs)
    return graph_directory(folder / version, [*quads, *(Quad(*quad.triple) for quad in quads)], version)


FIRST = {"kept": "abcdef", "changed": "fghij", "gone": "xy", "as-before": "z"}
THIRD = {"kept": "abcdef", "changed": "fghiklm", "came": "yn", "as-before": "z"}


@pytest.mark.parametrize(
    ("by_update", "travelled"),
    [
        # j leaves; k, l, m come; `came` is new and sent whole; of the union j and x leave, k, l, m and n come
        (True, 1 + 3 + 2 + 2 + 4),
        # each graph that differs is sent whole: `changed`, `came`, and the union of all
        (False, 7 + 2 + 15),
    ],
)
def test_only_what_differs_travels_to_a_place_that_held_a_version(
    tmp_path: Path, empty_engine: Engine, by_update: bool, travelled: int
) -> None:
    door = empty_engine if by_update else replace(empty_engine, update=None)
    assert publish(built_of(tmp_path, "first", **FIRST), door).place == "one"
    assert publish(built_of(tmp_path, "second", other="q"), door).place == "two"
    done = publish(built_of(tmp_path, "third", **THIRD), door)
    assert (done.place, done.sent, done.travelled, done.dropped) == ("one", 3, travelled, 1)
    assert said(door) == sorted((f"{GRAPH}{name}", letter) for name, letters in THIRD.items() for letter in letters)
    assert said(door, UNION) == sorted({(letter,) for letters in THIRD.values() for letter in letters})
    assert publish(tmp_path / "third", door).travelled == 0


def test_where_the_version_before_is_not_on_this_disk_graphs_that_differ_are_sent_whole(
    tmp_path: Path, empty_engine: Engine
) -> None:
    publish(built_of(tmp_path / "elsewhere", "first", **FIRST), empty_engine)
    publish(built_of(tmp_path, "second", other="q"), empty_engine)
    done = publish(built_of(tmp_path, "third", **THIRD), empty_engine)
    assert (done.sent, done.travelled) == (3, 7 + 2 + 15)
    assert said(empty_engine, UNION) == sorted({(letter,) for letters in THIRD.values() for letter in letters})


def test_a_run_that_broke_off_in_a_place_that_held_a_version_is_made_good_by_the_next(
    tmp_path: Path, empty_engine: Engine
) -> None:
    for version, graphs in (("first", FIRST), ("second", {"other": "q"})):
        publish(built_of(tmp_path, version, **graphs), empty_engine)

    def breaks(graph: str, done: int, of: int) -> None:
        if graph.endswith("changed"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(built_of(tmp_path, "third", **THIRD), empty_engine, breaks)
    assert said(empty_engine) == [(f"{GRAPH}other", "q")]
    publish(tmp_path / "third", empty_engine)
    assert said(empty_engine, UNION) == sorted({(letter,) for letters in THIRD.values() for letter in letters})


def test_an_engine_that_an_earlier_program_filled_is_read_and_taken_over(tmp_path: Path, empty_engine: Engine) -> None:
    """There, each version stood under its own name, of which the catalogue told it."""
    place = f"{GRAPH[:-1]}.0123456789ab/"
    catalogue = f"<{DATASET}> <{CURRENT}> <{place}> . <{place}> <{HAS_GRAPH}> <{place}part0>"
    statement = f'<{EX}thing0> <{EX}in> "0123456789ab"'
    for graph, text in ((CATALOGUE, catalogue), (f"{place}part0", statement), (f"{place}union", statement)):
        update(empty_engine, f"INSERT DATA {{ GRAPH <{graph}> {{ {text} }} }}")
    assert RemoteStore(empty_engine.query).version == "0123456789ab"
    assert said(empty_engine) == [(f"{GRAPH}part0", "0123456789ab")]
    publish(version_of(tmp_path, "first"), empty_engine)
    assert [name for name in graphs_there(empty_engine) if name.startswith(place)], "it was current until now"
    assert publish(version_of(tmp_path, "second"), empty_engine).dropped == 2
    assert not [name for name in graphs_there(empty_engine) if name.startswith(place)]
    assert said(empty_engine, UNION) == [("second",)] * 3


def graphs_there(engine: Engine) -> list[str]:
    """All graphs on the engine, under its own names."""
    from SPARQLWrapper import JSON, SPARQLWrapper

    wrapper = SPARQLWrapper(engine.query, returnFormat=JSON)
    wrapper.setQuery("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")
    answer: Any = wrapper.queryAndConvert()
    return [row["g"]["value"] for row in answer["results"]["bindings"]]


def test_a_broken_run_leaves_readers_alone_and_the_next_goes_on(tmp_path: Path, small_engine: Engine) -> None:
    publish(version_of(tmp_path, "before"), small_engine)

    def breaks(graph: str, done: int, of: int) -> None:
        if graph.endswith("part2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(version_of(tmp_path, "after", names=5), small_engine, breaks)
    assert {version for _, version in said(small_engine)} == {"before"}
    done = publish(tmp_path / "after", small_engine)
    assert (done.version, done.graphs, done.statements, done.sent) == ("after", 5, 5, 3)
    assert said(small_engine) == [(f"{GRAPH}part{part}", "after") for part in range(5)]


def test_a_damaged_graph_is_sent_again_and_a_whole_one_is_not(tmp_path: Path, small_engine: Engine) -> None:
    directory = version_of(tmp_path, "mended")
    assert publish(directory, small_engine).sent == 4
    damaged = f"{prefix_there(publish(directory, small_engine).place)}part1"
    door = Engine(small_engine.query, small_engine.update, None, small_engine.user, small_engine.password)
    update(door, f"INSERT DATA {{ GRAPH <{damaged}> {{ <{EX}a> <{EX}b> <{EX}c> }} }}")
    assert publish(directory, small_engine).sent == 1
    assert said(small_engine) == [(f"{GRAPH}part{part}", "mended") for part in range(3)]
    assert publish(directory, small_engine).sent == 0


def update(engine: Engine, text: str) -> None:
    from SPARQLWrapper import DIGEST, POST, SPARQLWrapper

    wrapper = SPARQLWrapper(str(engine.update))
    wrapper.setHTTPAuth(DIGEST)
    wrapper.setCredentials(engine.user, engine.password)
    wrapper.setMethod(POST)
    wrapper.setQuery(text)
    wrapper.query()


def test_statements_that_the_engine_takes_for_the_same_are_noticed(tmp_path: Path, small_engine: Engine) -> None:
    publish(version_of(tmp_path, "good"), small_engine)
    graph, given = NamedNode(f"{GRAPH}dates"), (("2019-05", "gYearMonth"), ("2019-05-01", "date"))
    twins = [Quad(node("a"), node("b"), Literal(text, datatype=NamedNode(XSD + name)), graph) for text, name in given]
    directory = graph_directory(tmp_path / "twins", twins, "twins")
    with pytest.raises(GraphError, match="dates has 2 statements, of which the engine holds 1"):
        publish(directory, small_engine)
    assert RemoteStore(small_engine.query).version == "good"


def test_an_account_is_asked_for(tmp_path: Path, small_engine: Engine) -> None:
    stranger = Engine(small_engine.query, small_engine.update, small_engine.graph_store)
    with pytest.raises(StoreUnavailable, match="wants an account that may write"):
        publish(version_of(tmp_path, "refused"), stranger)
