"""A small part of the sources, so that a build takes a second or two: hardly a rule, and no row of any state."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

from tests.conftest import ROOT

_WHOLE = (
    "art11_levels",
    "conditions",
    "jurisdictions",
    "legal_acts",
    "parties",
    "profession_groups",
    "provisions",
    "regimes",
)
"""Tables that stay whole, because rules and one another ask for what stands in them."""
_RULES = ("act-label.rq", "act-party.rq", "home-profession.rq")


def small_sources(folder: Path, profession: str = "") -> Path:
    """A folder with `ontology` and `mappings`; most tables hold their header alone, and what they say of a profession."""
    shutil.copytree(ROOT / "ontology", folder / "ontology")
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    for rule in (folder / "ontology" / "rules").glob("*.rq"):
        if rule.name not in _RULES:
            rule.unlink()
    about = folder / "ontology" / "dataset.ttl"
    text = about.read_text(encoding="utf-8")
    about.write_text(re.sub(r"void:exampleResource[^;]*;", "", text), encoding="utf-8")
    for table in (folder / "mappings").rglob("*.csv"):
        if table.stem not in _WHOLE:
            _cut(table, profession)
    for table in (folder / "mappings").rglob("*.sssom.tsv"):
        _cut_crosswalk(table, profession)
    return folder


def _cut(table: Path, profession: str) -> None:
    with table.open(encoding="utf-8", newline="") as rows:
        header, *rest = csv.reader(rows)
    kept = [row for row in rest if table.stem == "professions" and row[0] == profession]
    with table.open("w", encoding="utf-8", newline="") as rows:
        csv.writer(rows, lineterminator="\n").writerows([header, *kept])


def _cut_crosswalk(table: Path, profession: str) -> None:
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    kept = [line for line in lines if line.startswith(f"profession:{profession}\t")]
    table.write_text("".join([*head, lines[len(head)], *kept]), encoding="utf-8")
