"""CONTRIBUTING.md speaks of files and commands that exist, and a state is added by rows alone."""

from __future__ import annotations

import csv
import json
import re

import pytest

from tests.conftest import ROOT, STATES

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NEW = ("at.csv", "xx/", "<")
"""What marks a path as one that a recipe makes."""


def test_paths_exist() -> None:
    paths = {path.rstrip("/") for path in re.findall(r"`((?:mappings|ontology|graph_api|tests|docs)/[^`\s*]+)`", TEXT)}
    assert len(paths) > 20
    there = {path for path in paths if not any(mark in path for mark in NEW)}
    assert [path for path in sorted(there) if not (ROOT / path).exists()] == []


def test_links_arrive() -> None:
    assert [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if not (ROOT / link).exists()] == []


def test_targets_are_those_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^\$ make ([\w-]+)", TEXT, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_a_folder_of_tables_is_listed_once_so_that_a_state_needs_no_entry() -> None:
    tables = json.loads((ROOT / "mappings" / "csv-metadata.json").read_text(encoding="utf-8"))["tables"]
    folders = {entry["url"] for entry in tables if "/" in entry["url"]}
    assert {f"{name}/*.csv" for name in ("national_professions", "qualifications", "procedures", "places")} <= folders
    assert all(url.endswith("/*.csv") for url in folders)


def _rows(table: str) -> list[dict[str, str]]:
    with (ROOT / "mappings" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("fact", "test"), [("issued_in", "one_of"), ("recognised_in", "stated")])
def test_every_state_that_decides_has_the_conditions_by_which_rules_name_it_alone(fact: str, test: str) -> None:
    """Rules find them by what they test; a state without one has no way for its own titles, or none onward."""
    states = {row["code"].upper(): row["state"].upper() for row in _rows("jurisdictions")}
    asked = [row["value"].split(";") for row in _rows("conditions") if (row["fact"], row["test"]) == (fact, test)]
    alone = [{states[code] for code in codes} for codes in asked]
    assert [state for state in STATES if {state} not in alone] == []


def test_no_rule_lists_the_states_that_decide() -> None:
    """What holds of every state is found by the tables; a rule names a state where its law says something else."""
    named = re.compile(r"jurisdiction:([a-z]{2})\b")
    rules = sorted((ROOT / "ontology" / "rules").glob("*.rq"))
    lists = {rule.name: set(named.findall(rule.read_text(encoding="utf-8"))) for rule in rules}
    assert [name for name, states in lists.items() if {state.lower() for state in STATES} <= states] == []
