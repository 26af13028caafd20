"""What a build writes for path questions, held against the named queries that it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store

from graph_api.build import lookups
from graph_api.errors import NoGraph
from graph_api.rdf.terms import pas
from graph_api.store.graph_store import Dataset
from graph_api.store.local import LOOKUPS, CurrentStore, serialize
from graph_api.store.lookups import Lookups, lookups_of, things_for, write_lookups
from graph_api.store.queries import iris, properties_of, select
from graph_api.store.things import read_things
from graph_api.store.whole import seal

ID = "https://w3id.org/passerelle/id/"
PARAMETER = {"path_title": "qualification", "path_profession": "profession", "path_standing_routes": "to"}
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
    <https://w3id.org/passerelle/id/regime/not-regulated> a pas:Regime ; skos:prefLabel "free"@en .
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
    whole = [("path_reference", "", thing) for thing in read_things(few, "path_reference").values()]
    write_lookups(tmp_path / LOOKUPS, lookups.NAMES, [*whole, *lookups.answers(quads)])
    seal(tmp_path)
    return Lookups(tmp_path / LOOKUPS)


@pytest.mark.parametrize(
    ("name", "key", "things"),
    [
        ("path_title", "qualification/weaver-diploma", {"qualification/weaver-diploma", "evidence/weaver"}),
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


def test_the_routes_of_a_title_are_those_of_the_query(few: InMemory, written: Lookups) -> None:
    title, place = f"{ID}qualification/weaver-diploma", f"{ID}national-profession/nl-weaver"
    asked = read_things(few, "path_routes", **{"from": iris([title]), "to": iris([place])})
    assert written.get("path_routes", title) == asked
    assert asked.keys() == {f"{ID}route/own"}


def test_the_reference_is_written_whole(few: InMemory, written: Lookups) -> None:
    assert written.get("path_reference", "") == read_things(few, "path_reference")


def test_a_lookup_that_was_not_written_is_asked_of_the_store(few: InMemory, written: Lookups) -> None:
    assert written.get("path_steps", f"{ID}procedure/any") is None
    title = f"{ID}qualification/weaver-diploma"
    found = things_for(few, "path_title", title, qualification=iris([title]))
    assert found[title]["prefLabel@fr"] == ["tisserand"]


def test_the_properties_of_a_query_are_read_from_its_file() -> None:
    of_title, of_evidence = properties_of("path_title")
    assert "http://www.w3.org/2004/02/skos/core#prefLabel" in of_title & of_evidence
    assert "https://w3id.org/passerelle/def#referenceDate" in of_evidence - of_title


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
        "path_title": "Qualification",
        "path_profession": "Profession",
        "path_standing_routes": "NationalProfession",
    }
    keys = [row["thing"] for row in select(store, "slugs", kind=[pas(kind[name])])]
    kept = lookups_of(store)
    assert kept is not None
    for key in sorted(keys)[:: max(len(keys) // 50, 1)]:
        assert kept.get(name, key) == read_things(store, name, **{PARAMETER[name]: iris([key])}), key
