"""Titles read by machine: what is suggested, what is too ambiguous, what stays refused, and what enters paths."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from graph_api.inputs.decided import take_out_refused
from graph_api.inputs.importers.machine import ENTERS, OPENS_BY_MACHINE
from graph_api.inputs.releases import current_releases, statements_file
from graph_api.mapping.choosing import BANDS, Chooser
from graph_api.mapping.command import OCCUPATIONS, PROFESSIONS, Mapped, map_titles
from graph_api.mapping.knowledge import read_knowledge
from graph_api.mapping.matching import Matcher
from graph_api.rdf import nquads
from graph_api.review.decisions import COLUMNS
from graph_api.review.facts import read_facts
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.local import EmbeddedStore
from tests import tiny_builds
from tests.europe import MemoryStore
from tests.review_desk import Desk

ID = "https://w3id.org/passerelle/id/"
# Two invented states, no and so. The titles of `so` are curated; of those of `no` nobody says what they open.
GRAPH = """
@prefix pas: <https://w3id.org/passerelle/def#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix esco: <http://data.europa.eu/esco/model#> .
@prefix q: <https://w3id.org/passerelle/id/qualification/> .
@prefix p: <https://w3id.org/passerelle/id/profession/> .
@prefix j: <https://w3id.org/passerelle/id/jurisdiction/> .
@prefix np: <https://w3id.org/passerelle/id/national-profession/> .
@prefix o: <http://data.europa.eu/esco/occupation/> .

p:cooper a pas:Profession ; skos:prefLabel "cooper"@en , "tonnelier"@fr ; skos:exactMatch o:cooper .
p:weaver a pas:Profession ; skos:prefLabel "weaver"@en , "tisserand"@fr .
p:linen-weaver a pas:Profession ; skos:prefLabel "linen weaver"@en , "tisserand de lin"@fr .
p:midwife a pas:Profession ; pas:annexVPoint "5.5.2" ; skos:prefLabel "midwife"@en , "sage-femme"@fr .
q:no-midwife a pas:Qualification ; pas:state j:no ; skos:prefLabel "Sage-femme"@fr .
np:so-cooper a pas:NationalProfession ; pas:profession p:cooper ; pas:state j:so ; skos:prefLabel "maître tonnelier"@fr .
o:cooper a esco:Occupation ; skos:prefLabel "cooper"@en ; skos:altLabel "fabricant de fûts"@fr .
o:baker a esco:Occupation ; skos:prefLabel "baker"@en , "boulanger"@fr .

q:so-cooper a pas:Qualification ; pas:state j:so ; pas:eqfLevel 5 ; pas:grantsAccessTo p:cooper ; skos:prefLabel "CAP tonnelier"@fr .
q:so-weaver a pas:Qualification ; pas:state j:so ; pas:grantsAccessTo p:weaver ; skos:prefLabel "Brevet de tisserand"@fr .
q:so-linen a pas:Qualification ; pas:state j:so ; pas:grantsAccessTo p:linen-weaver ; skos:prefLabel "Brevet de tisserand"@fr .

q:no-1 a pas:Qualification ; pas:state j:no ; skos:prefLabel "Tonnelier"@fr .
q:no-2 a pas:Qualification ; pas:state j:no ; skos:prefLabel "Brevet de tisserand"@fr .
q:no-3 a pas:Qualification ; pas:state j:no ; skos:prefLabel "Boulanger"@fr .
q:no-4 a pas:Qualification ; pas:state j:no ; skos:prefLabel "Fabricant de fûts"@fr .
q:no-5 a pas:Qualification ; pas:state j:no ; skos:prefLabel "Astronome"@fr .
q:so-7 a pas:Qualification ; pas:state j:so ; pas:eqfLevel 3 ; skos:prefLabel "Tonnelier"@fr .
q:so-8 a pas:Qualification ; pas:state j:so ; pas:trainsFor p:cooper ; skos:prefLabel "Tonnelier"@fr .
q:so-teacher a pas:Qualification ; pas:state j:so ; pas:grantsAccessTo p:linen-weaver ; skos:prefLabel "Certificat des maîtres (CAP)"@fr .
q:no-9 a pas:Qualification ; pas:state j:no ; skos:prefLabel "ASTRONOME (CAP)"@fr .
q:no-6 a pas:Qualification ; pas:state j:no ; skos:prefLabel "Tonnelier"@nl .
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    keys = tmp_path / "keys"
    keys.mkdir()
    return Desk(tmp_path, keys)


def mapped(folder: Path) -> Mapped:
    return map_titles(MemoryStore(GRAPH), folder, folder / "mappings")


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    lines = (folder / "suggestions" / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader([line for line in lines if not line.startswith("#")], delimiter="\t"))


def pairs(folder: Path) -> Mapping[str, tuple[str, float]]:
    """By title, the profession suggested first, and how sure it is."""
    found: dict[str, tuple[str, float]] = {}
    for row in rows(folder, PROFESSIONS):
        title, confidence = row["subject_id"].partition(":")[2], float(row["confidence"])
        if confidence > found.get(title, ("", 0.0))[1]:
            found[title] = (row["object_id"].partition(":")[2], confidence)
    return found


def test_a_title_that_is_the_name_of_a_profession_is_sure_and_the_row_says_why(desk: Desk, tmp_path: Path) -> None:
    assert mapped(tmp_path).entering == 1
    row = next(row for row in rows(tmp_path, PROFESSIONS) if row["subject_id"] == "qualification:no-1")
    assert row == {
        "subject_id": "qualification:no-1",
        "subject_label": "Tonnelier",
        "subject_source": "jurisdiction:no",
        "predicate_id": "pas:opensByMachine",
        "object_id": "profession:cooper",
        "object_label": "cooper",
        "mapping_justification": "semapv:CompositeMatching",
        "confidence": f"{BANDS[0].confidence:.2f}",
        "similarity_score": "1.00",
        "mapping_tool": "passerelle map",
        "mapping_tool_version": "0.1.0",
        "comment": row["comment"],
    }
    assert row["comment"].startswith("the profession is called “tonnelier” (profession:cooper), 1.00; the title “CAP")


def test_what_two_professions_fit_alike_is_never_sure(desk: Desk, tmp_path: Path) -> None:
    mapped(tmp_path)
    _, confidence = pairs(tmp_path)["no-2"]
    assert 0 < confidence < ENTERS


def test_a_profession_of_which_the_directive_lists_the_titles_is_never_surely_read(desk: Desk, tmp_path: Path) -> None:
    mapped(tmp_path)
    assert pairs(tmp_path)["no-midwife"] == ("midwife", BANDS[1].confidence)


def test_what_names_another_occupation_opens_none_of_our_professions(desk: Desk, tmp_path: Path) -> None:
    mapped(tmp_path)
    assert "no-3" not in pairs(tmp_path)
    named = {(row["subject_id"], row["object_id"]) for row in rows(tmp_path, OCCUPATIONS)}
    assert ("qualification:no-3", "esco:occupation/baker") in named


def test_the_label_of_a_classification_alone_is_a_suggestion(desk: Desk, tmp_path: Path) -> None:
    mapped(tmp_path)
    profession, confidence = pairs(tmp_path)["no-4"]
    assert profession == "cooper" and confidence < ENTERS


def test_where_nothing_speaks_for_a_profession_nothing_is_said(desk: Desk, tmp_path: Path) -> None:
    mapped(tmp_path)
    assert "no-5" not in pairs(tmp_path)
    assert "no-9" not in pairs(tmp_path), "an abbreviation in a remark is no name"
    assert "no-6" not in pairs(tmp_path), "a name counts in its own language only"


def test_titles_of_which_curators_speak_are_not_read(desk: Desk, tmp_path: Path) -> None:
    """Neither those that open a profession, nor those that train for one which they do not open."""
    mapped(tmp_path)
    assert [title for title in pairs(tmp_path) if title.startswith("so-")] == ["so-7"]


def test_a_title_below_all_that_open_the_profession_in_its_state_is_never_sure(desk: Desk, tmp_path: Path) -> None:
    mapped(tmp_path)
    profession, confidence = pairs(tmp_path)["so-7"]
    assert profession == "cooper" and confidence == BANDS[1].confidence


def test_the_same_graph_gives_the_same_bytes(desk: Desk, tmp_path: Path) -> None:
    mapped(tmp_path)
    tables = sorted((tmp_path / "suggestions").glob("*.sssom.tsv"))
    before = [path.read_bytes() for path in tables]
    mapped(tmp_path)
    assert [path.read_bytes() for path in tables] == before


def test_only_what_is_sure_is_kept_for_paths_in_a_graph_of_its_own(desk: Desk, tmp_path: Path) -> None:
    mapped(tmp_path)
    (release,) = current_releases(tmp_path)
    assert (release.source, release.counts["readings that enter paths"]) == ("machine", 1)
    with nquads.opened(statements_file(tmp_path, release)) as lines:
        said = [line.decode() for line in lines if b"#opensByMachine> <" in line and b"qualification" in line[:60]]
    assert said == [
        f"<{ID}qualification/no-1> <https://w3id.org/passerelle/def#opensByMachine> <{ID}profession/cooper> "
        "<https://w3id.org/passerelle/graph/releases/machine-0.1.0> .\n"
    ]


def test_experts_are_asked_about_suggestions(desk: Desk, tmp_path: Path) -> None:
    mapped(tmp_path)
    fact = desk.facts()["match#qualification:no-1 profession:cooper"]
    assert fact.kind == "suggestion" and not fact.signed
    assert fact.states == {"no"}, "who signs for the state that issues the title"
    assert fact.sentence == (
        "It is so that “Tonnelier” (qualification:no-1) opens the profession “cooper” (profession:cooper)."
    )
    assert "the profession is called “tonnelier”" in fact.source


def decided(desk: Desk, *decisions: str) -> None:
    """Decisions of Ada, one after the other, on what was read of the first title."""
    with (desk.mappings / "reviews.csv").open("a", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, COLUMNS, restval="invented", lineterminator="\n")
        for number, decision in enumerate(decisions, 1):
            fact = "match#qualification:no-1 profession:cooper"
            writer.writerow({"review": f"r{number}", "expert": "ada", "fact": fact, "decision": decision})


@pytest.mark.parametrize(("decisions", "suggested"), [(["refused"], False), (["refused", "agreed"], True)])
def test_what_an_expert_refused_is_not_suggested_again_and_enters_no_path(
    desk: Desk, tmp_path: Path, decisions: list[str], suggested: bool
) -> None:
    mapped(tmp_path)
    decided(desk, *decisions)
    assert mapped(tmp_path).entering == suggested
    assert ("no-1" in pairs(tmp_path)) is suggested
    assert ("match#qualification:no-1 profession:cooper" in read_facts(desk.mappings, desk.suggestions)) is suggested


def readings(folder: Path) -> list[str]:
    """The titles of which the release that enters paths says what they open, and the mappings that give reasons."""
    (release,) = current_releases(folder)
    with nquads.opened(statements_file(folder, release)) as lines:
        said = [line.decode().split(" ", 1)[0].strip("<>") for line in lines]
    assert release.triples == len(said), "the description counts the statements that are there"
    return sorted({iri.removeprefix(ID) for iri in said if iri.startswith(ID)})


@pytest.mark.parametrize(("decisions", "left"), [(["refused"], 0), (["corrected"], 0), (["refused", "agreed"], 2)])
def test_what_an_expert_refused_leaves_paths_at_the_next_build(
    desk: Desk, tmp_path: Path, decisions: list[str], left: int
) -> None:
    """Without `map` being run again: the build takes it out of the release, reason and all, and nothing else."""
    mapped(tmp_path)
    assert len(readings(tmp_path)) == 2, "the title, and the mapping that gives the reason"
    decided(desk, *decisions)
    assert take_out_refused(tmp_path, desk.mappings) == (left == 0)
    assert len(readings(tmp_path)) == left
    (release,) = current_releases(tmp_path)
    assert release.counts["readings that enter paths"] == left / 2
    assert take_out_refused(tmp_path, desk.mappings) == 0, "once is enough"


def test_a_build_asks_what_experts_refused(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped(tmp_path)
    decided(desk, "refused")
    instead = "graph_api.build.pipeline.take_out_refused"
    monkeypatch.setattr(instead, lambda data, _: take_out_refused(data, desk.mappings))
    version = tiny_builds.build(tmp_path, "cooper")
    store = EmbeddedStore(tmp_path / "graphs" / version)
    assert not json.loads(store.query(f"ASK {{ ?title <{OPENS_BY_MACHINE.value}> ?profession }}", JSON_RESULTS))[
        "boolean"
    ]


def test_a_hidden_state_says_nothing() -> None:
    """In the measurement, what the curators of a state say of titles and professions is not known."""
    knowledge = read_knowledge(MemoryStore(GRAPH))
    matcher, chooser = Matcher(knowledge, f"{ID}jurisdiction/so"), Chooser(knowledge)
    title = next(title for title in knowledge.titles if title.iri.endswith("/no-1"))
    (found,) = chooser.professions(title, matcher.read(title))
    assert [evidence.clue.of for evidence in found.reading.by.values()] == [f"{ID}profession/cooper"]
