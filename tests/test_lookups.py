"""What a build writes for path questions, held against the named queries that it stands for."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store

from graph_api.build import lookups
from graph_api.errors import NoGraph
from graph_api.rdf.terms import pas
from graph_api.store.graph_store import Dataset
from graph_api.store.local import LOOKUPS, CurrentStore, EmbeddedStore, serialize
from graph_api.store.lookups import Lookups, lookups_of, things_for, write_lookups
from graph_api.store.queries import iris, properties_of, select
from graph_api.store.things import read_things
from graph_api.store.whole import seal

ID = "https://w3id.org/passerelle/id/"
PARAMETER = {
    "labels": "thing",
    "path_authorities": "thing",
    "path_contacts": "place",
    "path_offices": "host",
    "path_procedures": "place",
    "path_profession": "profession",
    "path_standing_routes": "to",
    "path_steps": "procedure",
    "path_title": "qualification",
    "source_texts": "thing",
}
"""By lookup with one key: the parameter of its query that the key stands for."""
GRAPH = """
    PREFIX pas: <https://w3id.org/passerelle/def#>
    PREFIX id: <https://w3id.org/passerelle/id/>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    <https://w3id.org/passerelle/id/qualification/weaver-diploma> a pas:Qualification ;
        skos:prefLabel "weaver, \\"master\\""@en, "tisserand"@fr ; pas:durationYears 2.50 ; pas:code "no path asks for it" ;
        pas:grantsAccessTo <https://w3id.org/passerelle/id/profession/weaver> ;
        pas:perhapsListedAs <https://w3id.org/passerelle/id/evidence/weaver>, <https://w3id.org/passerelle/id/evidence/nobody> .
    <https://w3id.org/passerelle/id/evidence/weaver> pas:referenceDate "1970" ;
        pas:profession <https://w3id.org/passerelle/id/profession/weaver> .
    <https://w3id.org/passerelle/id/profession/weaver> a pas:Profession ; skos:prefLabel "weaver"@en .
    <https://w3id.org/passerelle/id/national-profession/nl-weaver> a pas:NationalProfession ; pas:primaryTitle true ;
        pas:profession <https://w3id.org/passerelle/id/profession/weaver> ; skos:prefLabel "wever"@nl .
    <https://w3id.org/passerelle/id/national-profession/nl-webber> a pas:NationalProfession ; pas:primaryTitle false ;
        pas:profession <https://w3id.org/passerelle/id/profession/weaver> ; skos:prefLabel "another title of it"@nl .
    <https://w3id.org/passerelle/id/route/own> a pas:Route ; pas:variant "R10" ;
        pas:routeFrom <https://w3id.org/passerelle/id/qualification/weaver-diploma> ;
        pas:routeTo <https://w3id.org/passerelle/id/national-profession/nl-weaver> .
    <https://w3id.org/passerelle/id/route/for-all> a pas:Route ; pas:variant "R01" ; pas:routeFrom pas:Anyone ;
        pas:routeTo <https://w3id.org/passerelle/id/national-profession/nl-weaver> .
    <https://w3id.org/passerelle/id/qualification/weaver-diploma> pas:issuedIn <https://w3id.org/passerelle/id/jurisdiction/nl> ;
        pas:state <https://w3id.org/passerelle/id/jurisdiction/nl> ; pas:listedAs <https://w3id.org/passerelle/id/evidence/weaver-of-list> ;
        pas:replacedBy <https://w3id.org/passerelle/id/qualification/weaver-bachelor> .
    <https://w3id.org/passerelle/id/qualification/weaver-bachelor> a pas:Qualification ; pas:validFrom "2001" ;
        pas:grantsAccessTo <https://w3id.org/passerelle/id/profession/weaver> ; pas:issuedIn <https://w3id.org/passerelle/id/jurisdiction/nl> ;
        pas:state <https://w3id.org/passerelle/id/jurisdiction/nl> .
    <https://w3id.org/passerelle/id/qualification/dyer-diploma> a pas:Qualification ; skos:prefLabel "dyer"@en ;
        pas:grantsAccessTo <https://w3id.org/passerelle/id/profession/dyer> ; pas:issuedIn <https://w3id.org/passerelle/id/jurisdiction/nl> .
    <https://w3id.org/passerelle/id/evidence/weaver-of-list> a pas:EvidenceOfQualification ;
        pas:profession <https://w3id.org/passerelle/id/profession/weaver> .
    <https://w3id.org/passerelle/id/national-profession/nl-weaver> pas:procedure <https://w3id.org/passerelle/id/procedure/nl-weaver> ;
        pas:generalProcedure <https://w3id.org/passerelle/id/procedure/nobody> ; pas:competentAuthority <https://w3id.org/passerelle/id/authority/guild> .
    <https://w3id.org/passerelle/id/procedure/nl-weaver> a pas:Procedure ; pas:decideWithin "P3M" ; pas:code "no path asks for it" .
    <https://w3id.org/passerelle/id/procedure-step/nl-weaver-1> a pas:ProcedureStep ; pas:order 1 ;
        pas:ofProcedure <https://w3id.org/passerelle/id/procedure/nl-weaver> .
    <https://w3id.org/passerelle/id/authority/guild> a pas:CompetentAuthority ; skos:prefLabel "guild"@en, "gilde"@nl ; pas:email "a@b.example" .
    <https://w3id.org/passerelle/id/competent-office/guild-of-town> a pas:CompetentOffice ; pas:nutsCode "NL1" ;
        pas:host <https://w3id.org/passerelle/id/jurisdiction/nl> .
    <https://w3id.org/passerelle/id/contact/desk> a pas:Contact ; pas:contactKind "advice" ;
        pas:inJurisdiction <https://w3id.org/passerelle/id/jurisdiction/nl> .
    <https://w3id.org/passerelle/id/contact/archive> a pas:Contact ; pas:contactKind "a kind that no path names" ;
        pas:inJurisdiction <https://w3id.org/passerelle/id/jurisdiction/nl> .
    <https://w3id.org/passerelle/id/joint-programme/cloth> a pas:JointProgramme ; skos:prefLabel "cloth"@en .
    <https://w3id.org/passerelle/id/place/town> a pas:Place ; pas:placeName "Town" .
    <https://w3id.org/passerelle/id/regime/not-regulated> a pas:Regime ; skos:prefLabel "free"@en .
    <https://w3id.org/passerelle/id/legal-act/loom> skos:prefLabel "Loom Act"@en ; pas:citedAs "the Loom Act"@en .
    <https://w3id.org/passerelle/id/source/rolls> <http://www.w3.org/2000/01/rdf-schema#label> "Guild rolls" ;
        <http://xmlns.com/foaf/0.1/page> <https://guild.example/rolls> ; pas:code "no page asks for it" .
"""


class InMemory:
    """A few statements, asked as a served graph is."""

    version = "of a test"

    def __init__(self) -> None:
        self.statements = Store()
        self.statements.load(GRAPH.encode(), format=RdfFormat.TURTLE)

    def query(self, text: str, media_type: str, _dataset: Dataset | None = None) -> bytes:
        return serialize(self.statements.query(text), media_type)


@pytest.fixture
def few() -> InMemory:
    return InMemory()


@pytest.fixture
def written(few: InMemory, tmp_path: Path) -> Lookups:
    quads = sorted(few.statements, key=str)
    texts = lookups.texts(quads)
    write_lookups(tmp_path / LOOKUPS, lookups.NAMES, [*lookups.whole_answers(few), *lookups.answers(quads), *texts])
    seal(tmp_path)
    return Lookups(tmp_path / LOOKUPS)


@pytest.mark.parametrize(
    ("name", "key", "things"),
    [
        ("labels", "authority/guild", {"authority/guild"}),
        ("labels", "legal-act/loom", {"legal-act/loom"}),
        ("labels", "source/rolls", {"source/rolls"}),
        ("labels", "route/own", set()),
        ("source_texts", "source/rolls", {"source/rolls"}),
        ("source_texts", "source/of-nobody", set()),
        ("path_authorities", "authority/guild", {"authority/guild"}),
        ("path_authorities", "authority/of-nobody", set()),
        ("path_contacts", "jurisdiction/nl", {"contact/desk"}),
        ("path_offices", "jurisdiction/nl", {"competent-office/guild-of-town"}),
        ("path_procedures", "national-profession/nl-weaver", {"national-profession/nl-weaver", "procedure/nl-weaver"}),
        ("path_procedures", "national-profession/nl-webber", set()),
        ("path_steps", "procedure/nl-weaver", {"procedure-step/nl-weaver-1"}),
        (
            "path_title",
            "qualification/weaver-diploma",
            {"qualification/weaver-diploma", "evidence/weaver", "evidence/weaver-of-list"},
        ),
        ("path_title", "qualification/of-nobody", set()),
        ("path_profession", "profession/weaver", {"profession/weaver", "national-profession/nl-weaver"}),
        ("path_standing_routes", "national-profession/nl-weaver", {"route/for-all"}),
        ("path_standing_routes", "national-profession/nl-webber", set()),
    ],
)
def test_a_written_lookup_gives_what_its_query_gives(
    few: InMemory, written: Lookups, name: str, key: str, things: set[str]
) -> None:
    asked = read_things(few, name, **{PARAMETER[name]: iris([ID + key])})
    assert written.get(name, ID + key) == asked
    assert asked.keys() == {ID + each for each in things}


def test_several_are_given_at_once(few: InMemory, written: Lookups) -> None:
    wanted = [f"{ID}{each}" for each in ("authority/guild", "regime/not-regulated", "authority/nobody")]
    assert written.each("labels", wanted) == read_things(few, "labels", thing=iris(wanted))
    assert written.each("labels", []) == {}


def test_the_routes_of_a_title_are_those_of_the_query(few: InMemory, written: Lookups) -> None:
    title, place = f"{ID}qualification/weaver-diploma", f"{ID}national-profession/nl-weaver"
    asked = read_things(few, "path_routes", **{"from": iris([title]), "to": iris([place])})
    assert written.get("path_routes", title) == asked
    assert asked.keys() == {f"{ID}route/own"}


@pytest.mark.parametrize("name", ["path_places", "path_programmes", "path_reference"])
def test_what_has_no_key_is_written_whole(few: InMemory, written: Lookups, name: str) -> None:
    found = written.get(name, "")
    assert found
    assert found == read_things(few, name)


def test_titles_of_a_place_are_those_of_the_query(few: InMemory, written: Lookups) -> None:
    profession, place = f"{ID}profession/weaver", f"{ID}jurisdiction/nl"
    asked = read_things(few, "path_titles", profession=iris([profession]), place=iris([place]))
    assert written.get("path_titles", f"{profession} {place}") == asked
    assert asked.keys() == {f"{ID}qualification/weaver-diploma", f"{ID}qualification/weaver-bachelor"}
    assert asked[f"{ID}qualification/weaver-diploma"]["listedAs"] == [f"{ID}evidence/weaver-of-list"]
    assert "perhapsListedAs" not in asked[f"{ID}qualification/weaver-diploma"]


@pytest.mark.parametrize(
    ("title", "others"),
    [("weaver-diploma", {"weaver-bachelor"}), ("weaver-bachelor", {"weaver-diploma"}), ("dyer-diploma", set())],
)
def test_titles_of_one_kind_are_those_of_the_query(
    few: InMemory, written: Lookups, title: str, others: set[str]
) -> None:
    iri = f"{ID}qualification/{title}"
    known = read_things(few, "path_title", qualification=iris([iri]))[iri]
    keys = [iri, *(f"{place} {profession}" for place in known["issuedIn"] for profession in known["grantsAccessTo"])]
    kept = {other: thing for key in keys for other, thing in (written.get("titles_of_its_kind", key) or {}).items()}
    kept.pop(iri)
    assert kept == read_things(few, "titles_of_its_kind", qualification=iris([iri]))
    assert kept.keys() == {f"{ID}qualification/{other}" for other in others}


def test_the_keys_of_a_lookup_are_those_for_which_it_gives_something(written: Lookups) -> None:
    assert written.keys("path_steps") == [f"{ID}procedure/nl-weaver"]
    assert written.keys("professions") is None


def test_a_lookup_that_was_not_written_is_asked_of_the_store(few: InMemory, written: Lookups) -> None:
    assert written.get("professions", f"{ID}procedure/any") is None
    assert written.each("professions", [f"{ID}procedure/any"]) is None
    title = f"{ID}qualification/weaver-diploma"
    found = things_for(few, "path_title", title, qualification=iris([title]))
    assert found[title]["prefLabel@fr"] == ["tisserand"]


def test_the_properties_of_a_query_are_read_from_its_file() -> None:
    of_title, of_evidence = properties_of("path_title")
    assert "http://www.w3.org/2004/02/skos/core#prefLabel" in of_title & of_evidence
    assert "https://w3id.org/passerelle/def#referenceDate" in of_evidence - of_title


def test_lookups_are_opened_once_and_go_with_the_version(data: Path) -> None:
    """A version that was let go keeps no place on the disk because a file of it is open."""
    store = EmbeddedStore((data / "current").resolve())
    kept = lookups_of(store)
    assert kept is not None and lookups_of(store) is kept
    known = weakref.ref(kept)
    del kept, store
    gc.collect()
    assert known() is None


def test_damaged_lookups_are_not_read(written: Lookups, tmp_path: Path) -> None:
    path = tmp_path / LOOKUPS
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(NoGraph, match=r"lookups\.db is not what was written"):
        Lookups(path)


@pytest.mark.long
@pytest.mark.parametrize("name", PARAMETER)
def test_lookups_of_the_whole_graph_give_what_their_queries_give(data: Path, store: CurrentStore, name: str) -> None:
    if not (data / "current" / LOOKUPS).is_file():
        pytest.skip("the graph that the tests were given was built before there were lookups")
    kind = {
        "labels": "Regime",
        "source_texts": "Source",
        "path_authorities": "CompetentAuthority",
        "path_contacts": "Jurisdiction",
        "path_offices": "Jurisdiction",
        "path_procedures": "NationalProfession",
        "path_profession": "Profession",
        "path_standing_routes": "NationalProfession",
        "path_steps": "Procedure",
        "path_title": "Qualification",
    }
    keys = [row["thing"] for row in select(store, "slugs", kind=[pas(kind[name])])]
    kept = lookups_of(store)
    assert kept is not None
    if kept.keys(name) is None:
        pytest.skip(f"the graph that the tests were given was built before {name} was among its lookups")
    for key in sorted(keys)[:: max(len(keys) // 50, 1)]:
        assert kept.get(name, key) == read_things(store, name, **{PARAMETER[name]: iris([key])}), key


@pytest.mark.long
@pytest.mark.parametrize(("name", "kind"), [("path_title", "Qualification"), ("path_profession", "Profession")])
def test_lookups_of_the_whole_graph_name_every_thing(data: Path, store: CurrentStore, name: str, kind: str) -> None:
    if not (data / "current" / LOOKUPS).is_file():
        pytest.skip("the graph that the tests were given was built before there were lookups")
    kept = lookups_of(store)
    assert kept is not None
    assert kept.keys(name) == [row["thing"] for row in select(store, "slugs", kind=[pas(kind)])]
