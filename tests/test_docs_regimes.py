"""docs/regimes.md says what the table of regimes and the rules say, docs/verification.md what the marks say."""

from __future__ import annotations

import csv
import runpy

from graph_api.build.rules import read_rules
from tests.conftest import ROOT, official

WRITTEN = (ROOT / "docs" / "regimes.md").read_text(encoding="utf-8")


def test_page_is_the_generated_one() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "generate.py"))["page"]
    assert page() == WRITTEN, "run `python docs/generate.py`"


def test_the_table_of_verified_rows_is_the_generated_one() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    written = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
    assert generate["verification"]() == written, "run `python docs/generate.py`"
    assert written.count(generate["verified_rows"]()) == 1


def test_the_first_marks_are_those_of_the_brief() -> None:
    with (ROOT / "docs" / "verified_at_first.csv").open(newline="", encoding="utf-8") as file:
        told = {row["from"]: (int(row["rows"]), int(row["verified"])) for row in csv.DictReader(file)}
    counted = {}
    for name in told:
        path = official("domain", name)
        if path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                marks = [row["verified"] for row in csv.DictReader(file)]
        else:
            lines = path.read_text(encoding="utf-8").splitlines()
            rules = [line for line in lines if line.startswith("| R") and line[3].isdigit()]
            marks = ["yes" if line.rstrip(" |").split("|")[-1].strip().startswith("V") else "" for line in rules]
        counted[name] = (len(marks), marks.count("yes"))
    assert counted == told


def test_page_names_every_regime_and_every_rule_of_one() -> None:
    with (ROOT / "mappings" / "regimes.csv").open(newline="", encoding="utf-8") as file:
        regimes = list(csv.DictReader(file))
    assert [row["regime"] for row in regimes if f"id: `{row['regime']}`" not in WRITTEN] == []
    rules = [rule for rule in read_rules(ROOT / "ontology" / "rules") if "regime" in rule.header]
    assert [rule.name for rule in rules if f"| `{rule.name}` | {rule.header['summary']} |" not in WRITTEN] == []


def test_rules_and_regimes_are_in_force_together() -> None:
    """A rule begins no earlier, and ends no later, than some regime that it concludes under."""
    with (ROOT / "mappings" / "regimes.csv").open(newline="", encoding="utf-8") as file:
        regimes = {row["regime"]: row for row in csv.DictReader(file)}
    apart = []
    for rule in read_rules(ROOT / "ontology" / "rules"):
        for slug in rule.header.get("regime", "").split():
            regime = regimes[slug]
            begins = rule.header["since"] >= (regime["since"] or rule.header["since"])
            ends = (rule.header.get("until") or "9999") <= (regime["until"] or "9999")
            if not (begins and ends):
                apart.append((rule.name, slug))
    assert apart == []
