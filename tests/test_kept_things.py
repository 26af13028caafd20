"""Names and sources that are read once for a version, and what points at a thing, against the engine itself."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from pyoxigraph import RdfFormat, Store

from graph_api.store import kept_things
from graph_api.store.graph_store import JSON_RESULTS, Dataset
from graph_api.store.kept_things import read_kept, read_labels, read_names, read_sources
from graph_api.store.local import CurrentStore, EmbeddedStore, serialize
from graph_api.store.pointing import read_pointing
from graph_api.store.queries import ASKED, iris
from graph_api.store.things import Thing, read_things

ID = "https://w3id.org/passerelle/id/"
PAS = "https://w3id.org/passerelle/def#"
WEAVER, DYER, NOBODY, ACT, SOURCE = (
    f"{ID}{each}" for each in ("profession/weaver", "profession/dyer", "profession/no", "legal-act/loom", "source/1")
)
GRAPH = f"""
    PREFIX pas: <{PAS}>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX foaf: <http://xmlns.com/foaf/0.1/>
    PREFIX dcterms: <http://purl.org/dc/terms/>
    <{WEAVER}> skos:prefLabel "weaver"@en, "wever"@nl ; pas:note "not asked for" .
    <{DYER}> skos:prefLabel "dyer"@en ; dcterms:source <{SOURCE}> .
    <{ACT}> skos:prefLabel "Loom Act"@en ; pas:citedAs "the Loom Act"@en .
    <{SOURCE}> rdfs:label "Guild rolls" ; foaf:page <https://guild.example/rolls> .
"""


class Counted:
    """A store in memory, of some version."""

    def __init__(self, text: str) -> None:
        self.version = "1"
        self._store = Store()
        self._store.load(text.encode(), format=RdfFormat.TURTLE)

    def query(self, text: str, media_type: str, _dataset: Dataset | None = None) -> bytes:
        return serialize(self._store.query(text), media_type)


@pytest.fixture
def woods() -> Counted:
    return Counted(GRAPH)


def asked(query: str, store: Counted, wanted: Iterable[str]) -> tuple[dict[str, Thing], int]:
    """What was read, and how often the store was asked for it."""
    before = ASKED[query]
    return read_kept(store, query, wanted), ASKED[query] - before


def test_what_was_read_is_not_asked_for_again(woods: Counted) -> None:
    names = {
        WEAVER: {
            "iri": [WEAVER],
            "prefLabel": ["weaver", "wever"],
            "prefLabel@en": ["weaver"],
            "prefLabel@nl": ["wever"],
        }
    }
    assert asked("names", woods, [WEAVER, NOBODY]) == (names, 1)
    assert asked("names", woods, [NOBODY, WEAVER, WEAVER]) == (names, 0)
    found, times = asked("names", woods, [WEAVER, DYER])
    assert ([*found], times) == ([DYER, WEAVER], 1)
    assert asked("names", woods, []) == ({}, 0)


def test_another_version_is_read_anew(woods: Counted) -> None:
    assert asked("labels", woods, [WEAVER])[1] == 1
    woods.version = "2"
    assert asked("labels", woods, [WEAVER])[1] == 1
    assert asked("labels", woods, [WEAVER])[1] == 0


def test_each_store_and_each_query_has_its_own(woods: Counted) -> None:
    other = Counted(GRAPH.replace("weaver", "webber"))
    assert read_names(woods, [WEAVER])[WEAVER]["prefLabel@en"] == ["weaver"]
    assert WEAVER not in read_names(other, [WEAVER])
    assert "citedAs@en" not in read_names(woods, [ACT])[ACT]
    assert read_labels(woods, [ACT])[ACT]["citedAs@en"] == ["the Loom Act"]


def test_what_is_kept_has_an_end(woods: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_things, "_MOST_TEXTS", 6)
    assert read_names(woods, [WEAVER])[WEAVER]["prefLabel@en"] == ["weaver"]  # six texts with its address and sum
    assert read_names(woods, [DYER])[DYER]["prefLabel@en"] == ["dyer"]
    assert asked("names", woods, [DYER])[1] == 0
    assert asked("names", woods, [WEAVER])[1] == 1


def test_sources_say_where_they_can_be_read(woods: Counted) -> None:
    things = {"": {"iri": [DYER], "source": [SOURCE], "verified": ["yes"]}, "other": {"iri": [WEAVER]}}
    assert read_sources(woods, things) == {
        "": [
            {"id": SOURCE, "label": "Guild rolls", "url": "https://guild.example/rolls", "verified": "yes", "of": DYER}
        ],
        "other": [],
    }


@pytest.mark.parametrize("many", [3, 98, 99, 100, 250], ids=str)
def test_few_are_read_and_many_are_counted(many: int) -> None:
    titles = [f"{ID}qualification/{number}" for number in range(many)]
    said = "".join(f"<{title}> <{PAS}grantsAccessTo> <{WEAVER}> .\n" for title in titles)
    store = Counted(f"{said} <{DYER}> <{PAS}inGroup> <{WEAVER}> . [] <{PAS}inGroup> <{WEAVER}> .")
    before = ASKED["incoming_kinds"]
    found = read_pointing(store, WEAVER)
    assert found.counts == {f"{PAS}grantsAccessTo": many, f"{PAS}inGroup": 2}
    assert ASKED["incoming_kinds"] - before == (many >= 98)
    pages = [found.by(store, f"{PAS}grantsAccessTo", (60, offset)) for offset in range(0, many + 1, 60)]
    listed = [title for page in pages for title in page]
    assert sorted(listed) == sorted(titles)
    assert found.by(store, f"{PAS}inGroup", (8, 0)) == [DYER], "what has no address is counted, not listed"
    assert read_pointing(store, NOBODY).counts == {}


@pytest.mark.parametrize("query", ["labels", "names", "source_texts"])
def test_what_the_build_wrote_is_what_the_query_gives(store: CurrentStore, query: str) -> None:
    kinds = ("legal-act", "source", "qualification", "authority", "route", "condition")
    text = "SELECT DISTINCT ?s { ?s a ?kind FILTER (STRSTARTS(STR(?s), '%s/')) } LIMIT 60"
    found = [json.loads(store.query(text % f"{ID}{kind}", JSON_RESULTS))["results"]["bindings"] for kind in kinds]
    wanted = [row["s"]["value"] for rows in found for row in rows] + [f"{PAS}Qualification", f"{ID}authority/nobody"]
    asked = read_things(store, query, thing=iris(wanted))
    assert len(asked) > 50
    if query == "source_texts":
        asked = {iri: thing for iri, thing in asked.items() if iri.startswith(f"{ID}source/")}
        wanted = [iri for iri in wanted if iri.startswith(f"{ID}source/")]
    assert read_kept(EmbeddedStore(store.opened().directory), query, wanted) == asked
