"""What two experts of different states agreed on is marked as read in its table; nothing else of a row changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from graph_api import durable
from graph_api.review.decisions import Decision, Memory
from graph_api.review.experts import Expert
from graph_api.review.facts import Fact

Cells = dict[str, str]
_ORCID = '#  orcid: "https://orcid.org/"'


def accepted(facts: Iterable[Fact], memory: Memory) -> list[Fact]:
    """The facts that two experts of different states agreed on, and that their tables do not mark yet."""
    marked = ("row", "cell", "match")
    return [
        fact
        for fact in facts
        if fact.kind in marked and not fact.signed and memory.standing(fact.key, fact.content) == "accepted"
    ]


def mark(mappings: Path, facts: Sequence[Fact], memory: Memory, experts: Mapping[str, Expert]) -> None:
    """Mark the facts as read, each file of theirs written whole or not at all."""
    by_file: dict[str, list[Fact]] = {}
    for fact in facts:
        by_file.setdefault(fact.file, []).append(fact)
    for file, found in by_file.items():
        path = mappings / file
        text = path.read_text(encoding="utf-8")
        changed = _signed(text, found, memory, experts) if found[0].kind == "match" else _read(text, found)
        beside = path.with_name(f".{path.name}")
        beside.write_text(changed, encoding="utf-8", newline="")
        durable.settled_rename(beside, path)


def _read(text: str, facts: Sequence[Fact]) -> str:
    """The table with the rows marked as read, and with the cells taken out of `unread`."""
    columns: dict[int, list[str]] = {}
    for fact in facts:
        columns.setdefault(fact.line, []).append(fact.column)

    def change(line: int, cells: Cells) -> Cells | None:
        read = columns.get(line)
        if read is None:
            return None
        left = [name for name in cells.get("unread", "").split(";") if name and name not in read]
        cells |= {"unread": ";".join(left)} if "unread" in cells else {}
        return cells | ({"verified": "yes"} if "" in read else {})

    return "".join(_changed(text.splitlines(keepends=True), 0, ",", change))


def _signed(text: str, facts: Sequence[Fact], memory: Memory, experts: Mapping[str, Expert]) -> str:
    """The crosswalk with the reviewers of the matches and the day of the last of them."""
    signers = {fact.line: _agreed(memory.of(fact.key, fact.content)) for fact in facts}

    def change(line: int, cells: Cells) -> Cells | None:
        if line not in signers:
            return None
        who = [experts[decision.expert] for decision in signers[line]]
        return cells | {
            "reviewer_id": "|".join(f"orcid:{each.orcid}" for each in who if each.orcid),
            "reviewer_label": "|".join(each.name or each.slug for each in who),
            "review_date": max(decision.decided_on for decision in signers[line]),
        }

    lines = text.splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    rows = _changed(lines[len(head) :], len(head), "\t", change)
    with_orcid = any(experts[decision.expert].orcid for found in signers.values() for decision in found)
    return "".join([*(_declared(head) if with_orcid else head), *rows])


def _agreed(decisions: Iterable[Decision]) -> list[Decision]:
    return [decision for decision in decisions if decision.decision == "agreed"]


def _declared(head: list[str]) -> list[str]:
    """The head of a crosswalk with the prefix of ORCID among its prefixes."""
    if any(line.rstrip() == _ORCID for line in head):
        return head
    place = max((number for number, line in enumerate(head) if line.startswith("#  ") and line < _ORCID), default=0)
    return [*head[: place + 1], f"{_ORCID}\n", *head[place + 1 :]]


def _changed(
    lines: Sequence[str], above: int, delimiter: str, change: Callable[[int, Cells], Cells | None]
) -> Iterator[str]:
    """The lines of a table, `above` lines below the top, with some rows changed; all others letter for letter."""
    plain = delimiter == "\t"
    reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL)
    header = next(reader)
    start = reader.line_num
    yield "".join(lines[:start])
    for row in reader:
        raw, line, start = lines[start : reader.line_num], above + start + 1, reader.line_num
        new = change(line, dict(zip(header, row, strict=True)))
        yield "".join(raw) if new is None else _line(list(new.values()), delimiter)


def _line(cells: Sequence[str], delimiter: str) -> str:
    if delimiter == "\t":
        return "\t".join(cells) + "\n"
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
