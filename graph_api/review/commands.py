"""`passerelle review`: how it stands, the next table for an expert, and taking it back signed."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from graph_api.errors import BadRequest, GraphError
from graph_api.inputs.folders import Sources, alone
from graph_api.review import corrections as wanted
from graph_api.review import sheets
from graph_api.review.decisions import Memory, Standing, read_decisions
from graph_api.review.experts import Expert, expert_named, read_experts
from graph_api.review.facts import Fact, proposed, read_facts, waiting
from graph_api.review.proposals import Proposals, read_file
from graph_api.review.queue import facts_named, next_facts, remembered
from graph_api.review.signatures import PURPOSE
from graph_api.review.taking import DAYS, Taken, new_sheet, take
from graph_api.review.weight import answers_on
from graph_api.settings import Settings, from_environment

review = typer.Typer(
    invoke_without_command=True, help="What waits for an expert's signature; ask for it, and take it back signed."
)
out = Console()

Data = Annotated[Path | None, typer.Option("--data", help="folder of the built graphs [PASSERELLE_DATA, else var]")]
From = Annotated[Path | None, typer.Option("--sources", help="folder that holds ontology/ and mappings/")]
Files = Annotated[
    list[Path] | None,
    typer.Option("--proposal", exists=True, dir_okay=False, help="a reader's proposal, as downloaded; repeatable"),
]


_KINDS: Final[tuple[Standing, ...]] = ("open", "agreed", "refused", "corrected", "disputed")


class Desk:
    """What the commands read: tables, suggestions, proposals, experts and their decisions."""

    def __init__(self, data: Path | None, sources: Path | None, files: Sequence[Path] = ()) -> None:
        found = from_environment()
        self.settings = Settings(**{**found.__dict__, "data": data or found.data, "sources": sources or found.sources})
        self.mappings = Sources.under(self.settings.sources).mappings
        self.facts = read_facts(self.mappings, self.settings.data / "suggestions")
        kept = Proposals(self.settings.proposals).all() if self.settings.proposals else ()
        self.facts |= proposed([*kept, *map(read_file, files)], self.facts.values())
        self.experts: Mapping[str, Expert] = read_experts(self.mappings)
        self.memory = Memory(read_decisions(self.mappings), self.experts)

    def answers(self) -> Mapping[str, int]:
        """How many path answers hang on each fact."""
        from graph_api.store.open_store import open_store

        return answers_on(open_store(self.settings), self.facts.values())


def today() -> date:
    """The day, by the clock of the world."""
    return datetime.now(UTC).date()


@review.callback()
def state(context: typer.Context, data: Data = None, sources: From = None, proposal: Files = None) -> None:
    """Show what waits for a signature, table by table, and on what experts do not agree."""
    if context.invoked_subcommand is not None:
        return
    desk = Desk(data, sources, proposal or ())
    counted = Counter((fact.table, desk.memory.standing(fact.key, remembered(fact))) for fact in _unsettled(desk))
    shown = Table("table", "waits", "agreed by one state", "refused", "to be corrected", "disputed")
    for name in sorted({table for table, _ in counted}):
        shown.add_row(name, *(f"{counted[name, kind]:,}" for kind in _KINDS))
    out.print(shown)
    for fact in _unsettled(desk):
        if desk.memory.standing(fact.key, remembered(fact)) in ("refused", "corrected", "disputed"):
            _say_decisions(fact, desk.memory)


def _unsettled(desk: Desk) -> list[Fact]:
    return list(waiting(desk.facts.values()))


def _say_decisions(fact: Fact, memory: Memory) -> None:
    _say(f"{fact.key}: {fact.sentence}")
    for decision in memory.of(fact.key, remembered(fact)):
        told = f": {decision.should_say}" if decision.should_say else ""
        why = f" ({decision.reason})" if decision.reason else ""
        _say(f"  {decision.decided_on} {decision.expert} {decision.decision}{told}{why}")


def _say(text: str) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True)


@review.command("next")
def next_(
    expert: Annotated[str, typer.Option(help="for whom: an id of mappings/experts.csv")],
    as_csv: Annotated[Path | None, typer.Option("--csv", help="write the table here as CSV")] = None,
    as_xlsx: Annotated[Path | None, typer.Option("--xlsx", help="write the table here as XLSX")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="how many facts")] = 50,
    days: Annotated[int, typer.Option(min=1, max=DAYS, help="how many days it may stay out")] = 30,
    fact: Annotated[
        list[str] | None, typer.Option(help="ask about this fact, whatever was decided on it; repeatable")
    ] = None,
    proposal: Files = None,
    data: Data = None,
    sources: From = None,
) -> None:
    """Write the facts that matter most, and that the expert may sign, as a table to fill and sign."""
    if (as_csv is None) == (as_xlsx is None):
        raise BadRequest("--csv", "name one file for the table, with --csv or with --xlsx")
    desk = Desk(data, sources, proposal or ())
    who, day = expert_named(desk.experts, expert), today()
    if why := who.why_not_on(day):
        raise GraphError(why)
    answers = desk.answers()
    found = facts_named(desk.facts, fact) if fact else _chosen(desk, who, answers, most)
    if not found:
        _say(f"nothing waits that {expert} may sign")
        return
    sheet = new_sheet(expert, day, secrets.token_bytes(8))
    rows = list(sheets.rows_for(found, sheet, expert, day + timedelta(days=days), answers))
    path = as_csv or as_xlsx
    assert path is not None
    path.write_bytes(sheets.as_csv(rows) if as_csv else sheets.as_xlsx(rows))
    _say(f"{len(rows)} facts in {path}; fill decision, should_say and reason, then sign it as it stands:")
    _say(f"  ssh-keygen -Y sign -f ~/.ssh/id_ed25519 -n {PURPOSE} {path}")


def _chosen(desk: Desk, who: Expert, answers: Mapping[str, int], most: int) -> Sequence[Fact]:
    return next_facts(desk.facts.values(), desk.memory, desk.experts, who, answers, most)


@review.command("take")
def take_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="the table as it was signed")],
    signature: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="its signature; FILE.sig when not given")
    ] = None,
    proposal: Files = None,
    data: Data = None,
    sources: From = None,
) -> None:
    """Take a signed table in: each decision becomes a row of mappings/reviews.csv; or refuse it with the reason."""
    beside = signature or file.with_name(f"{file.name}.sig")
    if not beside.is_file():
        raise GraphError(f"there is no signature {beside}; make it with `ssh-keygen -Y sign -n {PURPOSE} {file}`")
    folder = data or from_environment().data
    with alone(folder, "review"):
        desk = Desk(data, sources, proposal or ())
        _say_taken(take(desk.mappings, file.read_bytes(), beside.read_bytes(), desk.facts, today()))


def _say_taken(taken: Taken) -> None:
    counted = Counter(decision.decision for decision in taken.decisions)
    _say(", ".join(f"{count} {verdict}" for verdict, count in sorted(counted.items())))
    for fact in taken.marked:
        _say(f"two states agree, marked as read: {fact.key}")
    for fact, decisions in taken.disputed:
        _say(f"disputed: {fact.key}")
        for decision in decisions:
            why = decision.reason or "no reason given"
            _say(f"  {decision.expert}: {decision.decision}; {why}")


@review.command("proposals")
def proposals(proposal: Files = None, data: Data = None, sources: From = None) -> None:
    """List what readers proposed, and how it stands with it."""
    desk = Desk(data, sources, proposal or ())
    found = [fact for fact in desk.facts.values() if fact.kind == "proposal"]
    for fact in found:
        _say(f"{desk.memory.standing(fact.key, fact.content):9} {fact.key}: {fact.sentence} [{fact.source}]")
    _say(f"{len(found)} proposals")


@review.command("corrections")
def corrections(
    as_csv: Annotated[Path | None, typer.Option("--csv", help="write the table here as CSV")] = None,
    proposal: Files = None,
    data: Data = None,
    sources: From = None,
) -> None:
    """List what experts decided that a curator has to write into the tables, ready where two states say the same."""
    desk = Desk(data, sources, proposal or ())
    found = wanted.changes(desk.facts.values(), desk.memory, desk.experts)
    if as_csv:
        as_csv.write_text(wanted.as_csv(found), encoding="utf-8", newline="")
    for change in found:
        _say(f"{change.ready:9} {change.change} {change.fact}: {change.should_say or change.says} [{change.experts}]")
    _say(f"{len(found)} changes, {sum(change.ready == 'yes' for change in found)} of them ready to be written")
