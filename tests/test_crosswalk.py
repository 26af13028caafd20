"""The walk over mappings against every path of invented graphs; whole chains; browsing and SSSOM downloads."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions, Store

from graph_api.classifications.crosswalk import (
    STRENGTH,
    Crosswalk,
    Relation,
    Schemes,
    join,
    records_from,
    steps_of,
    strongest_chains,
)
from graph_api.classifications.sssom import MappingSets
from graph_api.competences.profiles import Descriptions
from tests.conftest import ROOT, in_turn
from tests.invented_work import InventedStore

SKOS = "http://www.w3.org/2004/02/skos/core#"
SEMAPV = "https://w3id.org/semapv/vocab/"
RELATIONS: Sequence[Relation] = ("exact", "close", "broad", "narrow", "related")
OPPOSITE: Mapping[Relation, Relation] = {
    "exact": "exact", "close": "close", "broad": "narrow", "narrow": "broad", "related": "related",
}  # fmt: skip
Link = tuple[str, Relation, str, float]


def row(number: int, start: str, relation: str, end: str, confidence: float | None, **more: str) -> dict[str, str]:
    said = {
        "mapping": f"m{number:02}", "subject": start, "predicate": f"{SKOS}{relation}Match", "object": end,
        "justification": f"{SEMAPV}ManualMappingCuration", **more,
    }  # fmt: skip
    return said if confidence is None else {**said, "confidence": str(confidence)}


# ---- joining -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "then", "together"),
    [
        ("exact", "exact", "exact"),
        ("exact", "narrow", "narrow"),
        ("close", "close", "close"),
        ("close", "broad", "broad"),
        ("broad", "broad", "broad"),
        ("narrow", "close", "narrow"),
        ("narrow", "broad", "related"),
        ("broad", "narrow", None),
        ("related", "exact", "related"),
        ("related", "related", None),
        ("broad", "related", None),
    ],
)
def test_what_two_steps_say_together(first: Relation, then: Relation, together: Relation | None) -> None:
    assert join(first, then) == together


@pytest.mark.parametrize("first", RELATIONS)
@pytest.mark.parametrize("then", RELATIONS)
def test_read_backwards_a_chain_says_the_opposite(first: Relation, then: Relation) -> None:
    """So a code is found from its match as its match is found from the code."""
    joined = join(first, then)
    assert join(OPPOSITE[then], OPPOSITE[first]) == (OPPOSITE[joined] if joined else None)


# ---- the walk ----------------------------------------------------------------------------------------------------------


LINKS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from(RELATIONS),
        st.sampled_from("abcdef"),
        st.sampled_from([0.4, 0.5, 0.7, 0.9, 1.0]),
    ).filter(lambda link: link[0] != link[2]),
    max_size=12,
    unique_by=lambda link: frozenset((link[0], link[2])),
)


def every_path(links: Sequence[Link], start: str, most: int) -> dict[str, tuple[float, int]]:
    """To each concept the best (weakest step, -steps) of all paths that visit nothing twice and mean something."""
    around: dict[str, list[tuple[str, Relation, float]]] = {}
    for one, relation, other, confidence in links:
        back = OPPOSITE[relation]
        around.setdefault(one, []).append((other, relation, round(STRENGTH[relation] * confidence, 3)))
        around.setdefault(other, []).append((one, back, round(STRENGTH[relation] * confidence, 3)))
    best: dict[str, tuple[float, int]] = {}

    def go(here: str, said: Relation, weakest: float, seen: tuple[str, ...]) -> None:
        if len(seen) > most:
            return
        for there, relation, strength in around.get(here, ()):
            joined = join(said, relation)
            if there in seen or joined is None:
                continue
            found = (min(weakest, strength), -len(seen))
            best[there] = max(best.get(there, found), found)
            go(there, joined, found[0], (*seen, there))

    go(start, "exact", 1.0, (start,))
    return best


@settings(max_examples=400, deadline=None)
@given(links=LINKS, most=st.integers(1, 5))
def test_the_walk_finds_the_strongest_of_all_paths(links: list[Link], most: int) -> None:
    rows = [row(number, *link) for number, link in enumerate(links)]
    chains, refused = strongest_chains("a", lambda frontier: steps_of(records_from(rows, frontier)), most)
    found = {chain.end: (chain.strength, -len(chain.steps)) for chain in chains}
    assert found == every_path(links, "a", most)
    assert refused == []


@settings(max_examples=200, deadline=None)
@given(links=LINKS)
def test_every_chain_hangs_together(links: list[Link]) -> None:
    rows = [row(number, *link) for number, link in enumerate(links)]
    chains, _ = strongest_chains("a", lambda frontier: steps_of(records_from(rows, frontier)))
    for chain in chains:
        stops = ["a", *(step.chosen.end for step in chain.steps)]
        assert [step.chosen.start for step in chain.steps] == stops[:-1]
        assert len(set(stops)) == len(stops)
        assert chain.strength == min(step.chosen.strength for step in chain.steps)


def walk(rows: Sequence[dict[str, str]]) -> tuple[list[Any], list[Any]]:
    return strongest_chains("a", lambda frontier: steps_of(records_from(rows, frontier)))


def test_a_persons_decision_goes_before_a_programs_guess_and_both_are_shown() -> None:
    guess = row(1, "a", "exact", "b", None, justification=f"{SEMAPV}LexicalMatching")
    chains, _ = walk([guess, row(2, "a", "broad", "b", 0.8)])
    (step,) = chains[0].steps
    assert (step.chosen.mapping, step.chosen.decided_by, chains[0].relation) == ("m02", "person", "broad")
    shown = step.as_json()
    assert [(other["mapping"], other["decided_by"]) for other in shown["other_records"]] == [("m01", "program")]


def test_how_an_official_table_was_made_is_not_said() -> None:
    chains, _ = walk([row(1, "a", "exact", "b", None, justification=f"{SEMAPV}UnspecifiedMatching")])
    assert chains[0].steps[0].chosen.decided_by == "not_said"
    assert chains[0].strength == 1.0


def test_what_a_person_refused_is_not_walked_and_both_records_are_shown() -> None:
    guess = row(1, "a", "exact", "b", 0.9, justification=f"{SEMAPV}LexicalMatching")
    chains, refused = walk([guess, row(2, "a", "exact", "b", 0.95, modifier="Not"), row(3, "b", "exact", "c", 1.0)])
    assert chains == []
    shown = refused[0].as_json()
    assert (shown["mapping"], shown["refused"]) == ("m02", True)
    assert [other["mapping"] for other in shown["other_records"]] == ["m01"]


def test_refusing_that_two_are_the_same_leaves_other_relations_open() -> None:
    chains, refused = walk([row(1, "a", "close", "b", 0.5), row(2, "a", "exact", "b", 0.9, modifier="Not")])
    assert [(chain.end, chain.relation) for chain in chains] == [("b", "close")]
    assert len(refused) == 1


def test_a_refusal_met_on_the_way_ends_the_chain_there() -> None:
    chains, refused = walk([row(1, "a", "exact", "b", 1.0), row(2, "b", "exact", "c", 0.9, modifier="Not")])
    assert [chain.end for chain in chains] == ["b"]
    assert refused == []


# ---- whole answers -----------------------------------------------------------------------------------------------------


def scheme(slug: str, place: str | None = None) -> str:
    kept = f" ; pas:inJurisdiction <jurisdiction/{place}>" if place else ""
    return (
        f'<https://x.test/{slug}> a skos:ConceptScheme ; dcterms:identifier "{slug}" ; '
        f'void:uriSpace "https://x.test/{slug}/" ; skos:prefLabel "scheme {slug}"@en{kept} .'
    )


def mapping(name: str, start: str, relation: str, end: str, confidence: str, *, more: str = "") -> str:
    return (
        f"<mapping/{name}> a sssom:Mapping ; owl:annotatedSource <https://x.test/{start}> ; "
        f"owl:annotatedProperty skos:{relation}Match ; owl:annotatedTarget <https://x.test/{end}> ; "
        f"sssom:mapping_justification semapv:ManualMappingCuration ; sssom:confidence {confidence} {more}."
    )


@pytest.fixture
def invented() -> InventedStore:
    tables = [
        '<jurisdiction/aa> a pas:Jurisdiction ; pas:code "AA" ; pas:state <jurisdiction/aa> ; pas:decides true .',
        '<jurisdiction/bb> a pas:Jurisdiction ; pas:code "BB" ; pas:state <jurisdiction/bb> ; pas:decides true .',
        scheme("rose", "aa"), scheme("kilo", "bb"), scheme("hub"),
        mapping("one", "rose/R1", "exact", "hub/7", "0.9", more='; sssom:comment "the same work" '),
        mapping("two", "kilo/81", "narrow", "hub/7", "0.5"),
        mapping("no", "rose/R1", "exact", "kilo/99", "0.8", more='; sssom:predicate_modifier "Not" '),
        '<https://x.test/hub/7> rdfs:label "seven" . <https://x.test/kilo/81> skos:broader <https://x.test/kilo/8> .',
        '<https://x.test/hub/7> skos:notation "seven" ; skos:inScheme <https://x.test/hub> .',
    ]  # fmt: skip
    return InventedStore(
        [("https://x.test/graph", "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n" + "\n".join(tables))]
    )


def test_a_chain_through_a_third_scheme_gives_each_step_with_its_reason(invented: InventedStore) -> None:
    answer = Crosswalk(invented, Schemes(invented)).walk("rose", "R1", "kilo", "en", 50)
    assert [(item["code"], item["predicate"], item["strength"]) for item in answer["results"]] == [
        ("81", "broadMatch", 0.3),
        ("8", "broadMatch", 0.3),
    ]
    first, second = answer["results"][0]["steps"]
    assert (first["mapping"], first["predicate"], first["reason"], first["stated_backwards"]) == (
        "https://w3id.org/passerelle/id/mapping/one", "exactMatch", "the same work", False,
    )  # fmt: skip
    assert (second["predicate"], second["strength"], second["stated_backwards"]) == ("broadMatch", 0.3, True)
    assert answer["results"][0]["weakest"] == second["mapping"]
    assert [(item["to"], item["predicate"]) for item in answer["refused"]] == [("https://x.test/kilo/99", "exactMatch")]


def test_a_code_is_found_by_its_notation_too(invented: InventedStore) -> None:
    crosswalk = Crosswalk(invented, Schemes(invented))
    by_notation = crosswalk.walk("hub", "seven", "rose", "en", 50)
    assert by_notation["from"] == {"id": "https://x.test/hub/7", "scheme": "hub", "code": "seven", "label": "seven"}
    assert by_notation["results"] == crosswalk.walk("hub", "7", "rose", "en", 50)["results"]


def test_mappings_of_two_countries_through_a_third_scheme(invented: InventedStore) -> None:
    sets = MappingSets(invented, Schemes(invented), Descriptions(invented))
    assert sets.page("AA", "BB", "hub", "en", (10, 0)) == [
        {
            "mapping": None,
            "subject": {"id": "https://x.test/rose/R1", "label": None, "scheme": "rose"},
            "predicate": "broadMatch",
            "object": {"id": "https://x.test/kilo/81", "label": None, "scheme": "kilo"},
            "refused": False,
            "confidence": None,
            "justification": f"{SEMAPV}MappingChaining",
            "author": None,
            "reviewer": None,
            "reason": "through https://x.test/hub/7: exactMatch, strength 0.9 and broadMatch, strength 0.3",
            "graph": None,
        }
    ]
    direct = sets.page("AA", "BB", None, "en", (10, 0))
    assert [(item["mapping"], item["refused"]) for item in direct] == [
        ("https://w3id.org/passerelle/id/mapping/no", True)
    ]


# ---- over HTTP, on the real tables -------------------------------------------------------------------------------------


def test_a_rome_code_reaches_the_german_classification_through_the_profession(client: TestClient) -> None:
    answer = client.get("/api/v1/crosswalk/rome/J1501?to=kldb2010").json()
    best = answer["results"][0]
    assert (best["code"], best["predicate"]) == ("81301", "exactMatch")
    assert [step["to"].rsplit("/", 1)[1] for step in best["steps"]] == ["healthcare-assistant", "81301"]
    assert best["strength"] == min(step["strength"] for step in best["steps"])
    assert all(step["decided_by"] == "person" and step["reason"] for step in best["steps"])


def test_the_schemes_come_from_the_table(client: TestClient) -> None:
    table = (ROOT / "mappings" / "schemes.csv").read_text(encoding="utf-8").splitlines()[1:]
    found = [item["slug"] for item in client.get("/api/v1/crosswalk").json()["results"]]
    assert found == sorted(line.partition(",")[0] for line in table)


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("crosswalk/soc/29-1141", 400, "'soc' is no scheme of this graph; write one of"),
        ("crosswalk/rome/J1501?to=soc", 400, "'soc' is no scheme of this graph"),
        ("crosswalk/rome/Z9999", 404, "there is no mapped code of rome 'Z9999'"),
        ("mappings?from=soc&to=rome", 400, "'soc' is no scheme and no country of this graph"),
        ("mappings?from=rome&through=esco", 400, "give from and to as well"),
        ("mappings?from=rome&to=kldb2010&limit=0", 400, "limit"),
    ],
)
def test_what_cannot_be_looked_up_is_a_problem_that_says_why(
    client: TestClient, address: str, status: int, said: str
) -> None:
    response = client.get(f"/api/v1/{address}")
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert said in response.json()["detail"]


def table_rows(name: str) -> int:
    text = (ROOT / "mappings" / "crosswalks" / f"{name}.sssom.tsv").read_text(encoding="utf-8")
    return sum(not line.startswith("#") for line in text.splitlines()) - 1


def test_all_pages_together_hold_every_row_once(client: TestClient) -> None:
    address: str | None = "/api/v1/mappings?from=profession&to=rome&limit=50"
    found: list[str] = []
    while address:
        page = client.get(address).json()
        found += [item["mapping"] for item in page["results"]]
        address = page["next"]
    assert len(found) == len(set(found)) == table_rows("profession_rome")


def test_from_and_to_change_places_without_changing_the_mappings(client: TestClient) -> None:
    one = client.get("/api/v1/mappings?from=profession&to=rome&limit=500").json()["results"]
    assert client.get("/api/v1/mappings?from=rome&to=profession&limit=500").json()["results"] == one
    assert client.get("/api/v1/mappings?from=profession&to=FR&limit=500").json()["results"] == one


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # sssom asks pandas for what pandas gives up
@pytest.mark.parametrize(
    ("query", "rows"),
    in_turn(
        [
            ("from=profession&to=esco", table_rows("profession_esco")),
            ("from=profession&to=isco08", table_rows("profession_isco08")),
            ("from=DE&to=qualification", table_rows("qualification_kldb")),
            ("from=rome&to=kldb2010&through=profession", None),
            ("from=FR&to=NL", 0),
        ],
        5,
    ),
)
def test_the_download_is_valid_sssom(client: TestClient, query: str, rows: int | None) -> None:
    response = client.get(f"/api/v1/mappings?{query}", headers={"Accept": "text/tab-separated-values"})
    assert response.headers["content-type"].startswith("text/tab-separated-values")
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    assert rows is None or len(lines) == rows + 1
    assert len(lines) > 1 or rows == 0
    if rows != 0:
        from sssom.parsers import parse_sssom_table
        from sssom.validators import validate

        parsed = parse_sssom_table(io.StringIO(response.text))
        assert len(parsed.df) == len(lines) - 1
        reports = validate(parsed, fail_on_error=False)
        assert [item.message for report in reports.values() for item in report.results] == []


def test_a_download_keeps_refusals_and_their_reasons(client: TestClient) -> None:
    text = client.get("/api/v1/mappings?from=profession&to=rome", headers={"Accept": "text/tab-separated-values"}).text
    table = (ROOT / "mappings" / "crosswalks" / "profession_rome.sssom.tsv").read_text(encoding="utf-8")
    assert text.count("\tNot\t") == table.count("\tNot\t") > 0
    assert "#license: https://creativecommons.org/licenses/by/4.0/" in text


def test_nothing_but_json_and_sssom_is_offered(client: TestClient) -> None:
    assert client.get("/api/v1/mappings", headers={"Accept": "text/turtle"}).status_code == 406


def test_the_real_mappings_meet_no_scheme_that_the_table_lacks(stored: Store, client: TestClient) -> None:
    """Every end of every mapping of ours belongs to a scheme, so that no chain ends at something without a name."""
    spaces = [item["uri_space"] for item in client.get("/api/v1/crosswalk").json()["results"]]
    ends = stored.query(
        "SELECT DISTINCT ?end WHERE { ?m <http://www.w3.org/2002/07/owl#annotatedSource>|"
        "<http://www.w3.org/2002/07/owl#annotatedTarget> ?end }",
    )
    assert isinstance(ends, QuerySolutions)
    assert [row["end"].value for row in ends if not row["end"].value.startswith(tuple(spaces))] == []


ACKNOWLEDGED = ["This service uses the ESCO classification of the European Commission."]


def test_an_answer_that_names_escos_concepts_says_so_in_its_publishers_words(client: TestClient) -> None:
    """Commission Decision 2011/833/EU; what names none says nothing."""
    assert client.get("/api/v1/crosswalk/profession/midwife").json()["acknowledgements"] == ACKNOWLEDGED
    assert client.get("/api/v1/mappings?from=profession&to=esco&limit=1").json()["acknowledgements"] == ACKNOWLEDGED
    assert "acknowledgements" not in client.get("/api/v1/mappings?from=profession&to=rome&limit=1").json()
    assert "acknowledgements" not in client.get("/api/v1/regimes?limit=1").json()
