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
    "code-of-another-kind": [
        "id/procedure-step/mixed-up names id/practical-code/copies-plain, a code of the kind 'copies', where one of the kind "
        "'channel' belongs; move it to its column"
    ],
    "profession-not-organised": [
        "id/profession/nurse has no row in national_professions for id/jurisdiction/bb; add one, with the regulation empty where nobody knows it"
    ],
    "profession-without-occupation": ["id/profession/miller matches no group of ISCO-08; fill the column isco08"],
    "profession-without-procedure": [
        "id/profession/nurse is regulated in id/jurisdiction/aa (id/national-profession/aa-nurse), and no row of procedures serves it; add one for the profession or its group"
    ],
    "profession-without-title": [
        "id/profession/nurse is regulated in id/jurisdiction/aa (id/national-profession/aa-nurse), and no row of qualifications opens it there; add the title, with the profession under grants_access_to, or say in without_title what stands in its place"
    ],
    "regulation-unknown": [
        "nobody knows whether id/profession/nurse is regulated in id/jurisdiction/aa (id/national-profession/aa-nurse); read the act, and fill the column regulation"
    ],
    "state-without-advice": [
        "id/jurisdiction/aa decides, and no row of contacts names its assistance centre; add one with the kind assistance-centre"
    ],
    "state-without-framework": [
        "id/jurisdiction/aa decides, and no row of frameworks is its own; add it with its levels, for levels are compared through them"
    ],
    "check-without-declaration": [
        "id/service-declaration/one says how long a check takes, but asks for none; "
        "write required under declaration and yes under prior_check, or leave the time empty"
    ],
    "certificate-nobody-issues": [
        "id/route/architect asks for a certificate of Art 23(6), which does not name id/profession/architect; "
        "leave the profession out of the rule"
    ],
    "crosswalk-label": [
        "id/mapping/1 calls id/qualification/aa-nurse 'Sister', and the table calls it 'Nurse'; "
        "copy the table's label into subject_label"
    ],
    "kept-for-nobody": [
        f"id/national-profession/{place}-denturist and its done_by do not fit: write the profession that does the work there "
        "where the regulation is KeptForOthers, and only there"
        for place in ("bb", "cc", "dd")
    ],
    "dangling-reference": [
        "nothing describes id/profession/baker, at which id/qualification/aa-nurse (and 1 more) points by "
        "pas:grantsAccessTo; correct the cell or add the row"
    ],
    "declaration-undecided": [
        "id/service-declaration/one and id/service-declaration/two fit id/national-profession/aa-baker equally well; "
        "name the profession, the act or the host in one of them"
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
    "nationality-not-asked-by-law": [
        "id/route/asks asks for a nationality, which id/provision/bb-act-1 does not; leave the condition out of the rule"
    ],
    "opens-another-profession": [
        "id/route/anyone-as-nurse leads from a title to id/national-profession/bb-nurse, a profession that the title does "
        "not open at home; the rule must ask for the same profession",
        "id/route/assistant-as-nurse leads from a title to id/national-profession/bb-nurse, a profession that the title does "
        "not open at home; the rule must ask for the same profession",
    ],
    "own-title-not-open": [
        "id/qualification/aa-nurse opens id/national-profession/aa-nurse in its own state, and no route says so; "
        "let own-title.rq derive it"
    ],
    "place-without-office": [
        "nobody is named who decides on crafts in id/place/forgotten (AA121), where the procedure names only a kind of authority; "
        "add a row to competent_offices.csv"
    ],
    "postcodes-twice": ["id/place/north and id/place/south both write the postcodes 1000-1200; correct postcodes"],
    "procedure-without-step": [
        "id/procedure/untold names an authority and has no step; add its steps to procedure_steps"
    ],
    "profession-organised-twice": [
        "id/national-profession/aa-nurse and id/national-profession/aa-nurse-sestra are the same title of the same profession "
        "in the same place; merge the two rows"
    ],
    "profession-without-primary-title": [
        "id/national-profession/bb-nurse-ward-sister belongs to a profession for which no title of the place stands; "
        "call one row by its jurisdiction and profession alone"
    ],
    "reference-date-not-asked": [
        f"id/evidence/{name} has a reference date that no condition asks for; write the condition of that date under "
        "reference_condition"
        for name in ("forgotten", "mistaken")
    ],
    "refused-and-stated": [
        "id/mapping/1 refuses id/profession/nurse = http://example.org/midwife, and another row states it; "
        "keep one and say why"
    ],
    "regime-without-national-law": [
        "id/regime/general leads to id/national-profession/aa-nurse, and no row of national_law.csv names the host's own "
        "provision; add one"
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
    "source-older-than-act": [
        "id/evidence/nurse-aa-1 (—, —) was read in a text of 2025-06, and id/legal-act/dir-2005-36 changed on "
        "2025-07-05; read the text in force",
        "id/national-profession/aa-nurse (id/profession/nurse, id/jurisdiction/aa) was read in a text of 2025-06, and "
        "id/legal-act/aa-nurses changed on 2025-07-05; read the text in force",
    ],
    "source-older-than-five-years": [
        "id/national-profession/aa-nurse (id/profession/nurse, id/jurisdiction/aa) rests on no text newer than 2013-07; "
        "read the text in force, and write its date into source"
    ],
    "state-nobody-named": [
        "id/route/unnamed builds on a recognition in id/jurisdiction/aa that nobody named; give it the condition of that state"
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
        "id/document-condition/odd uses the test 'smells_like'; write one of those in docs/architecture.md, \"Conditions and gates\"",
    ],
    "without-title-contradicted": [
        "id/without-title/aa-officials says that no title opens id/profession/firefighter in id/jurisdiction/aa, and id/qualification/aa-firefighter does; "
        "take the profession out of the row, or out of grants_access_to"
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
    said = [defect.message.replace("https://w3id.org/passerelle/", "") for defect in found]
    assert said == EXPECTED[path.stem]


def test_every_check_has_its_example_and_its_sentence() -> None:
    assert {path.stem for path in CHECKS} == {path.stem for path in CASES.glob("*.ttl")} == set(EXPECTED)


@pytest.mark.long
def test_nothing_is_wrong_with_the_real_graph(graph: Store) -> None:
    assert checks.query_defects(graph, ROOT / "ontology" / "checks") == []


@pytest.mark.long
def test_changes_of_title_whose_day_nobody_found(graph: Store) -> None:
    found = checks.run_check(graph, ROOT / "ontology" / "checks" / "succession-undated.rq")
    titles = [defect.message.partition(" ")[0].rpartition("/")[2] for defect in found]
    assert titles == ["de-nw-aph", "de-nw-gkpa", "lu-catp-aide-soignant", "lu-catp-electricien"]
    assert all(defect.message.endswith("why both or neither hold") for defect in found)


def test_a_level_that_no_check_can_have_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.rq").write_text("#+ level: loud\n#+ finding: x\nSELECT * {}")
    with pytest.raises(BadTable, match="has the level 'loud'; write defect or warning"):
        checks.query_defects(Store(), tmp_path)


def test_a_defect_names_the_row_that_said_it() -> None:
    store = example("interval-reversed")
    graph = NamedNode("https://w3id.org/passerelle/graph/mappings/qualifications/aa")
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    nurse = NamedNode("https://w3id.org/passerelle/id/qualification/aa-nurse")
    store.add(Quad(graph, label, Literal("mappings/qualifications/aa.csv"), graph))
    store.add(Quad(nurse, DERIVED, NamedNode(f"{graph.value}#row=7"), graph))
    (defect,) = checks.run_check(store, ROOT / "ontology" / "checks" / "interval-reversed.rq")
    assert str(defect).startswith("mappings/qualifications/aa.csv, line 7: ")


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


def test_holes_are_named_for_the_profession_or_the_state_asked_and_for_no_other() -> None:
    folder = ROOT / "ontology" / "checks"
    store = example("profession-not-organised")
    (found,) = checks.holes_of(store, folder, "bb")
    assert "has no row in national_professions" in found.message
    assert found.message in {hole.message for hole in checks.holes_of(store, folder, "nurse")}
    assert checks.holes_of(store, folder, "miller") == []


def test_a_hole_is_no_defect_and_no_warning() -> None:
    folder = ROOT / "ontology" / "checks"
    store = example("profession-not-organised")
    said = [*checks.query_defects(store, folder), *checks.warnings_of(store, folder)]
    assert [found for found in said if "national_professions" in found.message] == []
