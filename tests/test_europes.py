"""A larger Europe is the real one and copies of it: as dense, and with the same answers under other names."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from pyoxigraph import NamedNode, Quad

from benchmarks import charts, europes
from benchmarks.europes import Copy
from graph_api.rdf import nquads
from graph_api.rdf.terms import ID
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from tests.europe import Edge, Europe, MemoryStore

GRAPH = NamedNode("https://w3id.org/passerelle/graph/mappings/invented")
SKILLS = tuple(f"http://data.europa.eu/esco/skill/{number}" for number in range(30))
EDGES = (
    Edge("aa", "bb", "general", ("paper-1",)),
    Edge("aa", "cc", "onward", continues=True),
    Edge("cc", "dd", "general", ("paper-2", "paper-3")),
    Edge(None, "dd", "open-to-all", ("paper-1",)),
)


def extra() -> str:
    """More titles, which teach competences: the first of them all, the last of them one."""
    lines = [
        '<qualification/aa-old> a pas:Qualification ; skos:prefLabel "old title"@en ; pas:issuedIn <jurisdiction/aa> ; '
        "pas:state <jurisdiction/aa> ; pas:grantsAccessTo <profession/nurse> ; pas:replacedBy <qualification/aa-title> ; "
        'dcterms:source <source/act> ; pas:nationalCode "A1" .',
        '<source/act> a pas:Source ; <http://www.w3.org/2000/01/rdf-schema#label> "an act" .',
        '<legal-act/treaty> a pas:LegalAct ; pas:hasParty <jurisdiction/aa> ; pas:shortName "treaty"@en .',
        '<condition/issued-in-aa> a pas:Condition ; pas:fact "issued_in" ; pas:test "one_of" ; pas:value "AA" .',
    ]
    for number, skill in enumerate(SKILLS):
        title = "aa-title" if number % 3 else "aa-old"
        lines += [f"<qualification/{title}> pas:essentialCompetence <{skill}> ."]
        lines += [f"<learning-outcome/{number}-{each}> pas:competence <{skill}> ." for each in range(number)]
    return "\n".join(lines)


class Larger(NamedTuple):
    """The invented source, what was made of it, and both as stores."""

    path: Path
    made: europes.Europe
    original: MemoryStore
    store: MemoryStore


def packed(path: Path) -> Path:
    quads = [Quad(quad.subject, quad.predicate, quad.object, GRAPH) for quad in Europe(EDGES, extra()).store().quads()]
    nquads.write_packed(path, sorted(f"{quad} .\n".encode() for quad in quads))
    return path


def read(path: Path) -> list[Quad]:
    with nquads.opened(path) as lines:
        return list(nquads.quads(lines))


def stored(quads: list[Quad]) -> MemoryStore:
    return MemoryStore.of(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Larger:
    """Ten copies: five worlds more, then branches of them."""
    folder = tmp_path_factory.mktemp("europes")
    source = packed(folder / "source.nq.gz")
    size = len(read(source))
    made = europes.write([source], folder / "larger.nq.gz", 11 * size, seed=3)
    assert {Copy(5, 0), Copy(0, 1), Copy(1, 1)} <= set(made.copies)
    return Larger(folder / "larger.nq.gz", made, stored(read(source)), stored(read(folder / "larger.nq.gz")))


def question(copy: Copy, names: europes.Names, title: str, host: str) -> Question:
    return Question(
        qualification=f"{copy.prefix}{title}",
        profession=f"{copy.of_professions}nurse",
        country=names.code(host, copy.world),
        issued=date(2019, 7, 1),
        nationality="EU",
        as_of=date(2026, 11, 23),
        explain="full",
    )


ASKED = [(title, host) for title in ("aa-title", "aa-old") for host in ("AA", "BB", "CC", "DD")]
REAL = Copy(0, 0)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    source = packed(tmp_path / "source.nq.gz")
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        europes.write([source], tmp_path / name, 2000, seed=seed)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "again").read_bytes()
    assert (tmp_path / "one").read_bytes() != (tmp_path / "other").read_bytes()


def test_it_is_as_large_as_it_says_and_about_as_large_as_is_wanted(tmp_path: Path) -> None:
    source = packed(tmp_path / "source.nq.gz")
    size = len(read(source))
    for wanted in (0, size, 5 * size, 30 * size):
        made = europes.write([source], tmp_path / "larger", wanted)
        assert len(set(read(tmp_path / "larger"))) == made.statements
        assert abs(made.statements - max(wanted, size)) <= size / 2


def test_the_source_stands_in_it_as_it_is(larger: Larger) -> None:
    everything = set(larger.store.quads())
    assert set(larger.original.quads()) <= everything


def test_answers_of_the_original_titles_are_unchanged(larger: Larger) -> None:
    before, after = PathFinder(larger.original), PathFinder(larger.store)
    found = set()
    for title, host in ASKED:
        asked = question(REAL, larger.made.names, title, host)
        assert json.dumps(before.find(asked)) == json.dumps(after.find(asked))
        found.add(before.find(asked)["outcome"])
    assert found >= {"none", "general_system"}


def test_every_clone_answers_like_its_original(larger: Larger) -> None:
    before, after = PathFinder(larger.original), PathFinder(larger.store)
    for copy in larger.made.copies:
        names = larger.made.names
        for title, host in ASKED:
            answer = json.dumps(after.find(question(copy, names, title, host)))
            assert copy.prefix in answer
            expected = json.dumps(before.find(question(REAL, names, title, host)))
            assert europes.as_original(answer, copy, names) == expected


def kind(term: object) -> str:
    """A thing of ours by its kind, anything else by its class."""
    found = re.match(rf"<{ID}([a-z-]+)/", str(term))
    return found[1] if found else type(term).__name__


def degrees(store: MemoryStore, outwards: bool) -> dict[tuple[str, str], Counter[int]]:
    """For each kind and property: how many things have so many values, or are the value of so many things."""
    each: Counter[tuple[str, str]] = Counter()
    for quad in store.quads():
        each[str(quad.subject if outwards else quad.object), quad.predicate.value] += 1
    found: dict[tuple[str, str], Counter[int]] = {}
    for (thing, name), number in each.items():
        if thing.startswith((f"<{ID}", "<http://data.europa.eu/esco/skill/")):
            found.setdefault((kind(thing), name), Counter())[number] += 1
    return found


def shares(counted: Counter[int]) -> dict[int, float]:
    return {degree: number / counted.total() for degree, number in counted.items()}


LAW = {"legal-act", "condition", "gate", "regime", "provision"}


def test_a_thing_has_as_many_values_of_each_property_as_in_the_source(larger: Larger) -> None:
    """What the law says of all states it says of the clones too; everything else is as dense as it was."""
    before, after = degrees(larger.original, outwards=True), degrees(larger.store, outwards=True)
    assert before.keys() == after.keys()
    for key in before.keys() - {each for each in before if each[0] in LAW}:
        small, large = shares(before[key]), shares(after[key])
        for degree in small.keys() | large.keys():
            assert small.get(degree, 0) == pytest.approx(large.get(degree, 0), abs=0.1), (key, degree)


def test_competences_are_taught_by_few_and_many_titles_as_in_the_source(larger: Larger) -> None:
    """In branches a competence gives way to one of about as many titles, so the most taught stay the most taught."""
    taught = {}
    for name, store in (("small", larger.original), ("large", larger.store)):
        taught[name] = Counter(
            str(quad.object) for quad in store.quads() if str(quad.object).startswith(f"<{SKILLS[0][:-1]}")
        )
    assert taught["small"].keys() == taught["large"].keys()
    copies = taught["large"].total() / taught["small"].total()
    assert copies == pytest.approx(len(larger.made.copies) + 1)
    order = [skill for skill, _ in taught["small"].most_common()]
    for start in range(0, len(order), 12):
        alike = order[start : start + 12]
        small, large = (sum(taught[name][skill] for skill in alike) for name in ("small", "large"))
        assert large == pytest.approx(copies * small, rel=0.01)
    real = [quad for quad in larger.original.quads() if quad.predicate.value.endswith("#essentialCompetence")]
    branch = {
        str(quad.object)
        for quad in larger.store.quads()
        if str(quad.subject) == f"<{ID}qualification/zb001-aa-old>" and quad.predicate == real[0].predicate
    }
    assert branch != {str(quad.object) for quad in real if str(quad.subject).endswith("/aa-old>")}


def test_the_law_is_one_and_holds_for_the_clones(larger: Larger) -> None:
    subjects = {str(quad.subject) for quad in larger.store.quads()}
    assert {each for each in subjects if kind(each) in LAW} == {
        str(quad.subject) for quad in larger.original.quads() if kind(quad.subject) in LAW
    }
    values = {
        quad.object.value
        for quad in larger.store.quads()
        if str(quad.subject) == f"<{ID}condition/issued-in-aa>" and quad.predicate.value.endswith("#value")
    }
    names = larger.made.names
    assert values == {names.code("AA", world) for world in range(europes.WORLDS)}
    parties = [quad for quad in larger.store.quads() if quad.predicate.value.endswith("#hasParty")]
    assert len(parties) == europes.WORLDS


def test_the_slope_of_a_cost_is_its_exponent() -> None:
    assert charts.slope([1, 100], [3, 3]) == 0
    assert charts.slope([1, 100], [3, 30]) == pytest.approx(0.5)


def test_a_drawing_has_a_line_for_each_cost_and_names_it() -> None:
    drawn = charts.drawing([10, 1000], {"CPU s": {"load <all>": [1, 90], "search": [2, 3]}, "MiB": {"store": [5, 6]}})
    assert drawn.count("<polyline") == 3
    assert "load &lt;all&gt;" in drawn
    assert "prefers-color-scheme: dark" in drawn
