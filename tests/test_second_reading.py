"""Rows read a second time: every row of the record exists, and docs/verification.md counts what the record holds."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from tests.conftest import ROOT

RECORD = ROOT / "tests" / "cases" / "second_reading.csv"
VERDICTS = {"right", "weaker", "wrong", "not read"}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ids(table: str) -> set[str]:
    folder = ROOT / "mappings" / table
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else [folder.with_suffix(".csv")]
    return {next(iter(row.values())) for file in files for row in rows(file)}


def counted() -> dict[str, Counter[str]]:
    """Table by table, as the lines of the page begin, how often each verdict was given."""
    found: dict[str, Counter[str]] = {}
    for row in rows(RECORD):
        for name in (f"`{row['table']}`", "all"):
            found.setdefault(name, Counter())[row["verdict"]] += 1
    return found


def test_every_row_of_the_record_exists_and_has_a_verdict_a_place_and_a_day() -> None:
    record = rows(RECORD)
    assert {row["verdict"] for row in record} <= VERDICTS
    assert all(row["where"] and row["day"] for row in record)
    for table in sorted({row["table"] for row in record}):
        assert {row["row"] for row in record if row["table"] == table} <= ids(table), table


def test_the_page_counts_what_the_record_holds() -> None:
    page = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
    for name, verdicts in counted().items():
        drawn = sum(verdicts.values())
        begin = f"| {name} | {drawn} | {drawn - verdicts['not read']} | {verdicts['wrong']} | "
        line = next((line for line in page.splitlines() if line.startswith(begin)), None)
        assert line is not None, begin
        assert line.endswith(f" | {verdicts['weaker'] + verdicts['wrong']} |"), line
