"""One answer in figures: what it comes to, how long, how dear, with how many papers, and what of that is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any, Final

from graph_api.rdf.dates import added, later
from graph_api.recognition.answer_schema import Path, Step
from graph_api.recognition.findings import NONE, UNKNOWN

_COUNTED_FROM: Final = date(2025, 1, 1)
"""Months become days from the same day on whatever day is asked, so that no two days differ by their calendar alone."""


@dataclass(frozen=True)
class Figure:
    """The answer for one title of one jurisdiction, one profession and one other jurisdiction, in figures.

    A number that is not known is None; `unknown` names what is not.
    """

    profession: str
    """Empty where the level of the title is asked, and no profession."""
    home: str
    host: str
    usual: bool
    """Whether nothing but the jurisdiction was said of the title, so that the usual one was taken."""
    title: str | None
    outcome: str
    status: str | None = None
    free: bool = False
    """Whether nothing is asked: no recognition is needed, or the title is the host's own."""
    decided: bool = False
    """Whether an authority decides."""
    regime: str | None = None
    recognitions: int | None = None
    """How many states recognise the title one after another."""
    steps: int | None = None
    longest: str | None = None
    days: int | None = None
    cost: float | None = None
    currency: str | None = None
    papers: int | None = None
    measures: tuple[str, ...] | None = None
    chosen_by: str | None = None
    months: int | None = None
    languages: tuple[str, ...] | None = None
    open_conditions: int | None = None
    unread: int | None = None
    """How many facts on which the answer rests nobody read in their source."""
    unknown: tuple[str, ...] = field(default=())

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Which question it answers."""
        return self.profession, self.home, self.host, "" if self.usual else self.title or ""

    @property
    def way(self) -> bool:
        """Whether there is a way that is known."""
        return self.outcome not in (NONE, UNKNOWN)

    def as_json(self) -> dict[str, Any]:
        """The figures by name."""
        return asdict(self)


NAMES: Final = tuple(each.name for each in fields(Figure))


def figure_from(data: Mapping[str, Any]) -> Figure:
    """The figure that was written as JSON."""
    found: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Figure(**found)


def figure_of(asked: Figure, way: Path | None, free: bool, decided: bool) -> Figure:
    """The figures of an answer; `asked` is the question with what the answer comes to, `way` the first way if any."""
    if way is None or not asked.way:
        unknown = tuple(_unknown_of(asked))
        return replace(asked, status=way["status"] if way else None, unknown=unknown)
    told = replace(asked, free=free, decided=decided, **_measured(way, free))
    return replace(told, unknown=tuple(_unknown_of(told)))


def _measured(way: Path, free: bool) -> dict[str, Any]:
    """What a way asks; None where no source says it, and an empty cell says nothing. What is free asks nothing."""
    steps = [step for step in way["steps"] if step["procedure"] or not free]
    total, procedure = way["total"], [part for step in steps for part in step["procedure"]]
    longest = "P0D" if free else _longest(way)
    cost = total["cost"]
    paid = cost is not None and cost["complete"]
    imposed = [step["compensation"] for step in way["steps"] if step["compensation"]["possible"]]
    choosers = {measure["chosen_by"] for measure in imposed}
    months = [measure["max_months"] for measure in imposed]
    return {
        "status": way["status"],
        "regime": way["steps"][-1]["regime"]["slug"],
        "recognitions": 0 if free else len(way["steps"]),
        "steps": 0 if free else len(procedure) or None,
        "longest": longest,
        "days": (later(_COUNTED_FROM, longest) - _COUNTED_FROM).days if longest else None,
        "cost": 0 if free else (cost["at_most"] if cost and paid else None),
        "currency": cost["currency"] if cost and paid else None,
        "papers": 0 if free else sum(len(step["documents"]) for step in steps) or None,
        "measures": tuple(sorted({kind for measure in imposed for kind in measure["kinds"]})),
        "chosen_by": choosers.pop() if len(choosers) == 1 else None,
        "months": max((each for each in months if each is not None), default=None),
        "languages": () if free else _languages(way["steps"]) or None,
        "open_conditions": len(way["open_if"]),
        "unread": len(way["weakest"]["facts"]),
    }


def _longest(way: Path) -> str | None:
    """The time in which every authority on the way must have decided; None where a term is not known."""
    if any(step["procedure"] for step in way["steps"]):
        return way["total"]["longest"] if way["total"]["longest_complete"] else None
    terms = [step["deadlines"]["decide"] for step in way["steps"]]
    extensions = [step["deadlines"]["extension"] for step in way["steps"]]
    return added(filter(None, [*terms, *extensions])) if all(terms) else None


def _languages(steps: list[Step]) -> tuple[str, ...]:
    return tuple(sorted({code for step in steps for part in step["procedure"] for code in part["languages"]}))


def _unknown_of(figure: Figure) -> Iterator[str]:
    """The aspects of an answer that are not known."""
    if figure.outcome == UNKNOWN:
        yield "answer"
    if figure.title is None and not figure.free:
        yield "title"
    if not figure.way:
        return
    lacking = {
        "time": figure.days,
        "cost": figure.cost,
        "papers": figure.papers,
        "steps": figure.steps,
        "measure": figure.measures,
        "chooser": figure.chosen_by if figure.measures else "",
        "languages": figure.languages,
    }
    yield from (aspect for aspect, value in lacking.items() if value is None)
    if figure.status == "unknown":
        yield "conditions"
