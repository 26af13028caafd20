"""Taking a signed table back: it is refused as a whole, with every reason, or each decision in it is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from graph_api import durable
from graph_api.review import sheets
from graph_api.review.decisions import AGREEMENT, VERDICTS, Decision, Memory, append, next_number, read_decisions
from graph_api.review.experts import Expert, read_experts
from graph_api.review.facts import Fact, hashed
from graph_api.review.marks import accepted, mark
from graph_api.review.sheets import Line
from graph_api.review.signatures import Refused, signer

SIGNED: Final = "signed"
"""The folder of the tables as they were signed, each with its signature, so that anybody can check them again."""
DAYS: Final = 60
"""So long a table may stay out."""
_LONGEST: Final = 4000


@dataclass(frozen=True)
class Taken:
    """What came of a table: what was decided, what two states agree on now, and on what experts disagree."""

    decisions: Sequence[Decision]
    marked: Sequence[Fact]
    disputed: Sequence[tuple[Fact, Sequence[Decision]]]


def take(mappings: Path, data: bytes, signature: bytes, facts: Mapping[str, Fact], today: date) -> Taken:
    """Take a signed table in; whole or not at all. Raises Refused with the reason."""
    experts, decisions = read_experts(mappings), read_decisions(mappings)
    key = signer(data, signature)
    lines = sheets.read(data)
    sheet, expert = _admitted(lines, key, experts, decisions, today)
    decided = [line for line in lines if line["decision"]]
    wrong = [f"line {line.number}: {why}" for line in decided if (why := _why_not(line, expert, facts))]
    if wrong:
        raise Refused("\n".join([*wrong, "nothing was taken; mend or take out these lines and sign again"]))
    if not decided:
        raise Refused(f"no line holds a decision; write {', '.join(VERDICTS)} in the column 'decision'")
    new = _decisions(decided, facts, decisions, today)
    _keep(mappings / SIGNED, sheet, data, signature)
    append(mappings, new)
    return _settled(mappings, new, facts, Memory([*decisions, *new], experts), experts)


def _settled(
    mappings: Path, new: Sequence[Decision], facts: Mapping[str, Fact], memory: Memory, experts: Mapping[str, Expert]
) -> Taken:
    """Mark what is agreed on, also by tables before this one; and what came of this one."""
    found = accepted(facts.values(), memory)
    mark(mappings, found, memory, experts)
    about = [facts[decision.fact] for decision in new]
    disputed = [
        (fact, memory.of(fact.key, fact.content))
        for fact in about
        if memory.standing(fact.key, fact.content) == "disputed"
    ]
    return Taken(new, found, disputed)


def _admitted(
    lines: Sequence[Line], key: str, experts: Mapping[str, Expert], decisions: Sequence[Decision], today: date
) -> tuple[str, Expert]:
    """The one sheet and the expert that the lines name. Raises Refused where the table is not to be taken."""
    sheet, slug = _single(lines, "sheet"), _single(lines, "expert")
    if not sheet.replace("-", "").isalnum() or not sheet.isascii() or len(sheet) > 40:
        raise Refused(f"'{sheet[:40]}' is no table that was sent out; ask for a new one")
    expert = experts.get(slug)
    if expert is None:
        raise Refused(f"'{slug}' is nobody who may sign; mappings/experts.csv says who may")
    if key != expert.public_key:
        owner = next((each.slug for each in experts.values() if each.public_key == key), "nobody who may sign")
        raise Refused(f"the table is for {slug}, and the key that signed it is that of {owner}; sign with your own")
    if why := expert.why_not_on(today):
        raise Refused(why)
    changed = [line.number for line in lines if not line.is_as_sent]
    if changed:
        named = ", ".join(map(str, changed))
        raise Refused(f"lines {named} were changed outside decision, should_say and reason; ask for a new table")
    last = min(line.sign_by for line in lines)
    if today > last:
        raise Refused(f"the table was to be signed by {last}; ask for a new one")
    if max(line.sign_by for line in lines) > today + timedelta(days=DAYS):
        raise Refused(f"a table stays out for at most {DAYS} days; ask for a new one")
    before = [decision for decision in decisions if decision.sheet == sheet]
    if before:
        raise Refused(f"the table {sheet} was taken on {before[0].decided_on} already; ask for a new one")
    return sheet, expert


def _single(lines: Sequence[Line], name: str) -> str:
    found = {line[name] for line in lines}
    if len(found) != 1:
        raise Refused(
            f"the table names {len(found)} different values in the column '{name}', not one; ask for a new one"
        )
    return found.pop()


def _why_not(line: Line, expert: Expert, facts: Mapping[str, Fact]) -> str | None:
    """Why a decision cannot be taken; None where it can."""
    fact = facts.get(line["fact"])
    if fact is None:
        return f"there is no {line['fact']} any more"
    if _same(fact.sentence) != _same(line["sentence"]) or _same(fact.source) != _same(line["source"]):
        return f"{fact.key} says something else by now"
    return expert.why_not_of(fact.table, fact.states) or _why_none(line)


def _why_none(line: Line) -> str | None:
    """Why what the expert wrote is no decision; None where it is one."""
    decision = _verdict(line)
    if decision not in VERDICTS:
        return f"'{decision[:40]}' is no decision; write {', '.join(VERDICTS)}"
    if decision != "agreed" and not line["reason"]:
        return f"{decision} without a reason; write why"
    if (decision == "corrected") != bool(line["should_say"]):
        return "should_say is for corrected, and for nothing else; write what the fact should say, or another decision"
    if max(len(line["reason"]), len(line["should_say"])) > _LONGEST:
        return f"more than {_LONGEST} letters in a cell; write less"
    return None


def _verdict(line: Line) -> str:
    return line["decision"].strip().lower()


def _same(text: str) -> str:
    """The text on one line, as a spreadsheet may have broken it otherwise."""
    return " ".join(text.split())


def _decisions(
    lines: Sequence[Line], facts: Mapping[str, Fact], before: Sequence[Decision], today: date
) -> Sequence[Decision]:
    first = next_number(before)
    return [_decision(f"r{number:06d}", line, facts[line["fact"]], today) for number, line in enumerate(lines, first)]


def _decision(review: str, line: Line, fact: Fact, today: date) -> Decision:
    verdict = _verdict(line)
    return Decision(
        review=review,
        sheet=line["sheet"],
        expert=line["expert"],
        fact=fact.key,
        thing=fact.thing,
        sentence=_same(fact.sentence),
        decision=verdict,
        agreement=AGREEMENT[verdict],
        should_say=_same(line["should_say"]),
        reason=_same(line["reason"]),
        content=fact.content,
        decided_on=today.isoformat(),
        source=f"the table {line['sheet']} as it was signed, in mappings/{SIGNED}",
        verified="yes",
    )


def _keep(folder: Path, sheet: str, data: bytes, signature: bytes) -> None:
    """The table as it was signed, and its signature."""
    folder.mkdir(exist_ok=True)
    for name, content in ((f"{sheet}.table", data), (f"{sheet}.table.sig", signature)):
        (folder / name).write_bytes(content)
    durable.settle(folder)


def new_sheet(expert: str, today: date, salt: bytes) -> str:
    """A name for a table that no other has."""
    return f"{today}-{hashed(expert, today.isoformat(), salt.hex())[:8]}"
