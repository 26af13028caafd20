"""Writes docs/regimes.md, and the table of verified rows in docs/verification.md: `python docs/generate.py`.

The page is for a lawyer who asks: which regimes are coded, on which law, in which rule file, since when? It is made
from the table of regimes and the headers of the rules; the table of verified rows from the marks in mappings/. A test
keeps both equal to what this script writes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from graph_api.build.rules import Rule, read_rules

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "regimes.md"
VERIFICATION = ROOT / "docs" / "verification.md"
AT_FIRST = ROOT / "docs" / "verified_at_first.csv"
"""How many rows the brief had, and how many of them were verified, before anything was decided."""
_BEGIN, _END = "<!-- verified rows: written by docs/generate.py -->", "<!-- end of verified rows -->"
Row = dict[str, str]

_INTRODUCTION = """# Regimes of recognition

Written by `python docs/generate.py` from `mappings/regimes.csv` and the headers of `ontology/rules/*.rq`; edit those.

A *ground* opens a profession or settles a level; where it is coded, rules derive routes and gates say why there is
none. A *procedure* or a *right* opens nothing: it goes along with the grounds that name it. The order is that in which
a lawyer tries the grounds (the column *rank* of the table).
"""


def _read(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _by(rows: Iterable[Row], column: str) -> dict[str, Row]:
    return {row[column]: row for row in rows}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


class _Page:
    """The tables that the page is written from."""

    def __init__(self, root: Path) -> None:
        mappings = root / "mappings"
        self.regimes = _read(mappings / "regimes.csv")
        self.named = _by(self.regimes, "regime")
        self.provisions = _by(_read(mappings / "provisions.csv"), "provision")
        self.acts = _by(_read(mappings / "legal_acts.csv"), "legal_act")
        self.gates: dict[str, list[str]] = {}
        for gate in _read(mappings / "gates.csv"):
            self.gates.setdefault(gate["regime"], []).append(gate["label_en"])
        self.rules: dict[str, list[Rule]] = {}
        for rule in read_rules(root / "ontology" / "rules"):
            for regime in rule.header.get("regime", "").split():
                self.rules.setdefault(regime, []).append(rule)

    def lines(self) -> Iterator[str]:
        """The page, line by line."""
        yield from _INTRODUCTION.splitlines()
        yield ""
        yield from self._overview()
        grounds = [row for row in self.regimes if row["kind"] == "ground"]
        for row in sorted(grounds, key=lambda row: int(row["rank"] or 99)):
            yield ""
            yield from self._section(row)
        yield from ("", "## Procedures and rights", "")
        for row in self.regimes:
            if row["kind"] != "ground":
                yield from self._section(row)
                yield ""

    def _overview(self) -> Iterator[str]:
        coded = [row for row in self.regimes if row["implemented"] == "true"]
        yield (
            f"{len(self.regimes)} regimes, of which {len(coded)} are coded by "
            f"{len({rule.name for rules in self.rules.values() for rule in rules})} rules."
        )
        yield ""
        rows = [
            [row["identifier"], row["label_en"], row["outcome"] or "–", _interval(row), self._coded(row)]
            for row in self.regimes
        ]
        yield from _table(["", "regime", "outcome", "in force", "rule"], rows)

    def _coded(self, row: Row) -> str:
        names = ", ".join(f"`{rule.name}`" for rule in self.rules.get(row["regime"], ()))
        if names:
            return names
        if row["kind"] != "ground":
            return "along with a ground"
        parts = any(part["parent"] == row["regime"] and part["regime"] in self.rules for part in self.regimes)
        return "in its parts" if parts else "described only"

    def _section(self, row: Row) -> Iterator[str]:
        yield f"### {row['identifier']}: {row['label_en']}"
        yield ""
        yield f"- id: `{row['regime']}`" + (f"; part of `{row['parent']}`" if row["parent"] else "")
        for name, text in self._particulars(row):
            if text:
                yield f"- {name}: {text}"
        rules = self.rules.get(row["regime"], ())
        if rules:
            yield ""
            cells = [
                [f"`{rule.name}`", rule.header["summary"], rule.header["article"], _interval(rule.header)]
                for rule in rules
            ]
            yield from _table(["rule", "says", "article", "in force"], cells)

    def _particulars(self, row: Row) -> Iterator[tuple[str, str]]:
        limits = {"acknowledge": "acknowledge_within", "decide": "decide_within", "extension": "extension"}
        yield "in force", _interval(row)
        yield "serves", row["serves_intent"].replace("_", " ").replace(";", ", ")
        yield "law", "; ".join(self._provision(name) for name in row["legal_basis"].split(";") if name)
        yield "time", ", ".join(f"{name} {row[column]}" for name, column in limits.items() if row[column])
        yield "gates", "; ".join(self.gates.get(row["regime"], ()))
        yield (
            "goes along with",
            ", ".join(self.named[name]["label_en"] for name in row["accompanied_by"].split(";") if name),
        )
        yield "builds on", "a recognition by another Member State" if row["continues"] == "true" else ""
        yield "source", row["source"] + ("" if row["verified"] == "yes" else " (not verified)")
        yield "note", row["note"]

    def _provision(self, name: str) -> str:
        provision = self.provisions[name]
        return f"{self.acts[provision['act']]['short_name']} {provision['article']}"


def _interval(row: Row) -> str:
    since, until = row.get("since", ""), row.get("until", "")
    return f"{since} to {until}" if until else f"since {since}" if since else "–"


def page(root: Path = ROOT) -> str:
    """The text of docs/regimes.md."""
    text = "\n".join(_Page(root).lines())
    return text.rstrip("\n") + "\n"


def _marks(root: Path) -> dict[str, tuple[int, int]]:
    """For each table, or folder of tables, with the mark: its rows and how many of them are verified."""
    found: dict[str, tuple[int, int]] = {}
    mappings = root / "mappings"
    for path in sorted(mappings.rglob("*.csv")):
        table = path.relative_to(mappings).parts[0].removesuffix(".csv")
        marks = [row["verified"] for row in _read(path) if "verified" in row]
        if marks:
            rows, verified = found.get(table, (0, 0))
            found[table] = rows + len(marks), verified + marks.count("yes")
    return found


def _share(rows: int, verified: int) -> str:
    return f"{verified / rows:.0%}"


def verified_rows(root: Path = ROOT) -> str:
    """The table of verified rows, before and now."""
    first = _by(_read(AT_FIRST), "table")
    cells = []
    for table, now in sorted(_marks(root).items()):
        before = first.get(table)
        then = (int(before["rows"]), int(before["verified"])) if before else None
        told = [str(then[0]), str(then[1]), _share(*then)] if then else ["–", "–", "–"]
        cells.append([f"`{table}`", *told, str(now[0]), str(now[1]), _share(*now)])
    head = ["table", "rows at first", "verified", "share", "rows now", "verified", "share"]
    return "\n".join(_table(head, cells))


def verification(root: Path = ROOT) -> str:
    """The text of docs/verification.md, with the table of verified rows as it must be."""
    before, _, rest = (root / "docs" / "verification.md").read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    return f"{before}{_BEGIN}\n\n{verified_rows(root)}\n\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    VERIFICATION.write_text(verification(), encoding="utf-8")
