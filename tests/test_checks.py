"""Every check speaks about its bad example, says what to do, and is silent about the good one beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

from graph_api.build import checks
from graph_api.errors import BadTable
from graph_api.inputs.reading import DERIVED
from tests.conftest import ROOT

CHECKS = sorted((ROOT / "ontology" / "checks").glob("*.rq"))
CASES = ROOT / "tests" / "cases" / "checks"
EXPECTED = {
    "crosswalk-label": [
        "id/mapping/1 calls id/qualification/aa-nurse 'Sister', and the table calls it 'Nurse'; "
        "copy the table's label into subject_label"
    ],
    "dangling-reference": [
        "nothing describes id/profession/baker, at which id/qualification/aa-nurse (and 1 more) points by "
        "pas:grantsAccessTo; correct the cell or add the row"
    ],
    "identifier-twice": ["id/regime/new and id/regime/newest are both R99 on 2027; end one before the other begins"],
    "interval-reversed": [
        "id/qualification/aa-nurse is valid from 2021 to 2012-06-30; write the earlier date under valid_from"
    ],
    "label-missing": ["id/profession/nurse has no label in 'de'; fill the column label_de"],
    "listed-elsewhere": [
        "id/qualification/aa-nurse is listed as id/evidence/bb-1, which belongs to another state or profession; "
        "correct listed_as"
    ],
    "measure-undecided": [
        "id/compensation/one and id/compensation/two have the same priority and could fit the same case; "
        "give one a higher priority"
    ],
    "place-without-office": [
        "nobody is named who decides on crafts in id/place/forgotten (AA121), where the procedure names only a kind of authority; "
        "add a row to competent_offices.csv"
    ],
    "postcodes-twice": ["id/place/north and id/place/south both write the postcodes 1000-1200; correct postcodes"],
    "profession-organised-twice": [
        "id/national-profession/aa-nurse and id/national-profession/aa-sister are the same profession in the same place; "
        "merge the two rows"
    ],
    "refused-and-stated": [
        "id/mapping/1 refuses id/profession/nurse = http://example.org/midwife, and another row states it; "
        "keep one and say why"
    ],
    "replaced-in-a-circle": [
        "id/qualification/new is replaced by id/qualification/old, which is replaced by it; correct replaced_by",
        "id/qualification/old is replaced by id/qualification/new, which is replaced by it; correct replaced_by",
    ],
    "route-within-one-state": [
        "id/route/domestic leads from id/jurisdiction/aa to id/jurisdiction/aa; the rule must ask for two different states"
    ],
    "route-without-law": [
        "id/route/lawless names no legal basis; give its regime a legal_basis, or the rule a pas:legalBasis"
    ],
    "succession-undated": [
        "id/qualification/old gives way to id/qualification/new, but the change is not known to the day; "
        "find it, or say in transition why both or neither hold",
        "id/qualification/older gives way to id/qualification/new-2016, but the end of the first is not known to the day; "
        "find it, or say in transition why both or neither hold",
        "id/qualification/oldest gives way to id/qualification/new, but the beginning of the second is not known to the day; "
        "find it, or say in transition why both or neither hold",
    ],
    "succession-unexplained": [
        "id/legal-act/new begins 0 day(s) after id/legal-act/old ends, and should begin on the next day; "
        "correct valid_from or valid_to, or say in transition why both or neither hold",
        "id/qualification/both-new begins -365 day(s) after id/qualification/both-old ends, and should begin on the next day; "
        "correct valid_from or valid_to, or say in transition why both or neither hold",
        "id/qualification/gap-new begins 32 day(s) after id/qualification/gap-old ends, and should begin on the next day; "
        "correct valid_from or valid_to, or say in transition why both or neither hold",
        "id/regime/new begins 2 day(s) after id/regime/old ends, and should begin on the next day; "
        "correct valid_from or valid_to, or say in transition why both or neither hold",
    ],
    "unknown-test": [
        "id/condition/none uses the test 'nothing'; write one of those in docs/architecture.md, \"Conditions and gates\"",
        "id/condition/odd uses the test 'feels_like'; write one of those in docs/architecture.md, \"Conditions and gates\"",
    ],
    "unmarked-fact": [
        "id/qualification/bare has no source; fill the columns source and verified",
        "id/qualification/unmarked has no verification mark; fill the columns source and verified",
    ],
}


def example(name: str) -> Store:
    store = Store()
    store.load(path=CASES / f"{name}.ttl", format=RdfFormat.TURTLE, to_graph=NamedNode("https://example.org/bad"))
    return store


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_check_catches_its_bad_example(path: Path) -> None:
    found = checks.run_check(example(path.stem), path)
    said = [finding.message.replace("https://w3id.org/passerelle/", "") for finding in found]
    assert said == EXPECTED[path.stem]


def test_every_check_has_its_example_and_its_sentence() -> None:
    assert {path.stem for path in CHECKS} == {path.stem for path in CASES.glob("*.ttl")} == set(EXPECTED)


def test_nothing_is_wrong_with_the_real_graph(graph: Store) -> None:
    assert checks.defect_findings(graph, ROOT / "ontology" / "checks") == []


def test_changes_of_title_whose_day_nobody_found(graph: Store) -> None:
    found = checks.warning_findings(graph, ROOT / "ontology" / "checks")
    titles = [finding.message.partition(" ")[0].rpartition("/")[2] for finding in found]
    assert titles == ["de-nw-aph", "de-nw-gkpa", "lu-catp-aide-soignant", "lu-catp-electricien"]
    assert all(finding.message.endswith("why both or neither hold") for finding in found)


def test_a_level_that_no_check_can_have_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.rq").write_text("#+ level: loud\n#+ finding: x\nSELECT * {}")
    with pytest.raises(BadTable, match="has the level 'loud'; write defect or warning"):
        checks.defect_findings(Store(), tmp_path)


def test_a_finding_names_the_row_that_said_it() -> None:
    store = example("interval-reversed")
    graph = NamedNode("https://w3id.org/passerelle/graph/mappings/qualifications/aa")
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    nurse = NamedNode("https://w3id.org/passerelle/id/qualification/aa-nurse")
    store.add(Quad(graph, label, Literal("mappings/qualifications/aa.csv"), graph))
    store.add(Quad(nurse, DERIVED, NamedNode(f"{graph.value}#row=7"), graph))
    (finding,) = checks.run_check(store, ROOT / "ontology" / "checks" / "interval-reversed.rq")
    assert str(finding).startswith("mappings/qualifications/aa.csv, line 7: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * {}", "the header lacks 'finding'"),
        ("#+ finding: x\nSELECT * {", "is not SPARQL 1.1"),
        ("#+ finding: x\nASK {}", "is no SELECT"),
    ],
)
def test_a_check_that_cannot_speak_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.rq"
    path.write_text(text)
    with pytest.raises(BadTable, match=message):
        checks.run_check(Store(), path)
