"""A small part of the sources, so that a build takes a second or two: hardly a rule, and no row of any state."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Collection
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


def small_sources(
    folder: Path, profession: str = "", rules: Collection[str] = _RULES, whole: Collection[str] = ()
) -> Path:
    """A folder with `ontology` and `mappings`; most tables hold their header alone, and what they say of a profession.

    The rules named stay, and the tables named besides those that always do.
    """
    shutil.copytree(ROOT / "ontology", folder / "ontology")
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    for rule in (folder / "ontology" / "rules").glob("*.rq"):
        if rule.name not in rules:
            rule.unlink()
    about = folder / "ontology" / "dataset.ttl"
    text = about.read_text(encoding="utf-8")
    about.write_text(re.sub(r"void:exampleResource[^;]*;", "", text), encoding="utf-8")
    for table in (folder / "mappings").rglob("*.csv"):
        if table.stem not in {*_WHOLE, *whole}:
            _cut(table, profession)
    for table in (folder / "mappings").rglob("*.sssom.tsv"):
        _cut_crosswalk(table, profession)
    return folder


def add_row(folder: Path, table: str, like: str = "", **cells: str) -> None:
    """One more row of a table, made with its columns where there is none: an empty one, or a copy of the one named."""
    path = folder / "mappings" / f"{table}.csv"
    header = path if path.exists() else next(path.parent.glob("*.csv"))
    with header.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        names = list(reader.fieldnames or ())
        rows = list(reader) if path.exists() else []
    row = next((row for row in rows if row[names[0]] == like), dict.fromkeys(names, ""))
    row = {**row, "source": "invented", "verified": "yes", **cells}
    assert set(row) == set(names), sorted(set(row) - set(names))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*rows, row], key=lambda each: each[names[0]]))


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
