"""No row of the domain brief was lost: rows in, things out, per table."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions, Store

from tests.conftest import ROOT, official

MAPPINGS = ROOT / "mappings"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of(pattern: str) -> list[dict[str, str]]:
    return [row for path in sorted(MAPPINGS.glob(pattern)) for row in rows(path)]


def slug(text: str) -> str:
    return text.replace("_", "-").lower()


def things(stored: Store, name: str) -> set[str]:
    results = stored.query(
        f"SELECT DISTINCT ?thing WHERE {{ ?thing a <https://w3id.org/passerelle/def#{name}> }}",
    )
    assert isinstance(results, QuerySolutions)
    return {row["thing"].value.rsplit("/", 1)[1] for row in results}


# the domain's file, its key -> our slug, our tables, our class
CARRIED: list[tuple[str, Callable[[dict[str, str]], str], str, str]] = [
    (
        "professions.csv",
        lambda row: f"{row['country'].lower()}-{slug(row['profession_id'])}",
        "national_professions/*.csv",
        "NationalProfession",
    ),
    ("qualifications.csv", lambda row: slug(row["qualification_id"]), "qualifications/*.csv", "Qualification"),
    ("documents.csv", lambda row: slug(row["document_code"]), "documents.csv", "DocumentKind"),
]
COUNTED = [
    ("annex-v.csv", "annex_v/*.csv", "EvidenceOfQualification"),
    ("procedures.csv", "procedures/*.csv", "Procedure"),
    ("contacts.csv", "contacts.csv", "Contact"),
    ("joint-programmes.csv", "joint_programmes.csv", "JointProgramme"),
    ("permitted-acts.csv", "permitted_acts.csv", "PermittedAct"),
]


@pytest.mark.parametrize(
    ("file", "key", "pattern", "name"), CARRIED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_keyed_row_became_its_thing(
    stored: Store, file: str, key: Callable[[dict[str, str]], str], pattern: str, name: str
) -> None:
    wanted = {key(row) for row in rows(official("domain", file))}
    assert wanted <= things(stored, name)
    assert len(of(pattern)) >= len(wanted)


@pytest.mark.parametrize(("file", "pattern", "name"), COUNTED, ids=lambda value: value)
def test_as_many_rows_and_things_as_the_brief_has_rows(stored: Store, file: str, pattern: str, name: str) -> None:
    wanted = len(rows(official("domain", file)))
    assert len(of(pattern)) >= wanted
    assert len(things(stored, name)) == len(of(pattern))


def test_every_framework_level_or_its_note_was_kept() -> None:
    wanted = rows(official("domain", "nqf-eqf.csv"))
    levels = [row for row in wanted if row["nqf_level"] and row["eqf_level"]]
    assert len(of("framework_levels.csv")) >= len(levels)


def test_every_outcome_and_each_of_its_matches_was_kept() -> None:
    wanted = rows(official("domain", "learning-outcomes.csv"))
    outcomes = {(slug(row["qualification_id"]), row["outcome_no"]) for row in wanted}
    ours = {(row["qualification"], row["number"]) for row in of("learning_outcomes/*.csv")}
    assert outcomes <= ours
    matches = {(slug(row["qualification_id"]), row["outcome_no"], row["esco_uri"]) for row in wanted}
    kept = {(*row["learning_outcome"].rsplit("-", 1), row["competence"]) for row in of("outcome_matches/*.csv")}
    assert matches <= kept


def test_every_permission_cell_was_kept() -> None:
    """The wording may have been corrected since; the act, the country and an answer are there."""
    wanted = rows(official("domain", "permitted-acts.csv"))
    assistants = [row for row in of("act_permissions.csv") if row["profession"] == "healthcare-assistant"]
    kept = {(row["permitted_act"], row["jurisdiction"]): row["permission_text"] for row in assistants}
    cells = {(slug(row["act_code"]), country) for row in wanted for country in ("be", "nl", "lu", "fr", "de")}
    assert cells <= set(kept)
    assert all(kept.values())


def test_every_module_and_the_gaps_that_it_closes_were_kept() -> None:
    wanted = rows(official("domain", "bridging-modules.csv"))
    assert {row["label"] for row in of("bridging_modules.csv")} >= {row["module"] for row in wanted}
    assert len(of("module_skills.csv")) >= len(wanted)


def test_every_regime_of_the_brief_is_in_the_table() -> None:
    text = official("domain", "regimes.md").read_text(encoding="utf-8")
    identifiers = {cell.split("|")[1].strip() for cell in text.splitlines() if cell.startswith("| R")}
    ours = {row["identifier"] for row in of("regimes.csv")}
    parts = {"R15-1", "R15-2", "R15-3", "R15-4", "R16x"} | {f"R15-C{number}" for number in range(1, 12)}
    parts |= {f"R17-{number}" for number in range(1, 5)} | {f"R18-{number}" for number in range(1, 6)} | {"R14-BE-nl"}
    assert {found for found in identifiers if found[1:3].isdigit()} - parts <= ours | {"R15-5"}
