"""How often a program reads titles rightly, held against the curated titles: `benchmarks/MAPPING.md`.

    python -m benchmarks.mapping DATA [--to FILE]

One state after the other is left out: its titles, what curators say that they open, and the names that its law has for
professions are hidden, and its titles are read by what is left. DATA is a data folder with a built graph.
"""

from __future__ import annotations

import argparse
import math
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from graph_api.mapping.choosing import BANDS, LATER, OWN, Band, Chooser, Suggested
from graph_api.mapping.knowledge import Knowledge, Method, Title, read_knowledge
from graph_api.mapping.matching import Matcher, Reading, ranked
from graph_api.rdf.terms import ID, local_name
from graph_api.store.local import EmbeddedStore
from graph_api.store.queries import iris, select

ROOT = Path(__file__).parent.parent
COMBINED = "combined"
METHODS: Sequence[str] = (*get_args(Method), COMBINED)
AT = (1, 3)
GRID = (0.6, 0.7, 0.8, 0.9)
_PROFESSION = f"{ID}profession/"


@dataclass(frozen=True)
class Read:
    """A curated title, read while its state was hidden."""

    title: Title
    readings: Sequence[Reading]
    chosen: Sequence[Suggested]
    """The professions suggested."""
    without: Sequence[Suggested]
    """The professions suggested when those that it opens are taken out: none of these can be right."""
    named: Sequence[Suggested]
    """The occupations suggested."""


@dataclass
class Counted:
    """How many of what was suggested was right, and how much of what is right was suggested."""

    titles: int = 0
    suggested: int = 0
    right: int = 0
    wanted: int = 0

    def add(self, suggested: Sequence[str], wanted: frozenset[str]) -> None:
        self.titles += bool(suggested)
        self.suggested += len(suggested)
        self.right += sum(each in wanted for each in suggested)
        self.wanted += len(wanted)

    @property
    def precision(self) -> str:
        return f"{self.right / self.suggested:.2f}" if self.suggested else "–"

    @property
    def recall(self) -> str:
        return f"{self.right / self.wanted:.2f}" if self.wanted else "–"

    @property
    def interval(self) -> str:
        low, high = interval(self.right, self.suggested)
        return f"{low:.3f}–{high:.3f}" if self.suggested else "–"


def interval(right: int, of: int) -> tuple[float, float]:
    """Wilson's interval of 95 in 100 for a share.

    >>> [round(end, 3) for end in interval(90, 100)]
    [0.826, 0.945]
    """
    if not of:
        return 0.0, 1.0
    z, share = 1.96, right / of
    middle, half = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def wrapped(text: str) -> list[str]:
    """The text as lines of the file."""
    return textwrap.wrap(text, 118, break_long_words=False, break_on_hyphens=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mapping", description="Readings against curated titles")
    parser.add_argument("data", type=Path, help="data folder with a built graph")
    parser.add_argument("--to", type=Path, default=ROOT / "benchmarks" / "MAPPING.md", help="file to write")
    given = parser.parse_args()
    store = EmbeddedStore((given.data / "current").resolve())
    knowledge = read_knowledge(store)
    read = {state: list(left_out(knowledge, state)) for state in states(knowledge)}
    text = "\n".join(report(store, knowledge, read)) + "\n"
    print(text)
    given.to.write_text(text, encoding="utf-8")


def states(knowledge: Knowledge) -> list[str]:
    """The states that have several titles of which curators say what they open."""
    counted: dict[str, int] = defaultdict(int)
    for title in knowledge.titles:
        counted[title.state] += bool(title.opens)
    return sorted(state for state, count in counted.items() if count > 1)


def left_out(knowledge: Knowledge, state: str) -> Iterator[Read]:
    """The titles of a state that open something, read while the state is hidden."""
    matcher, chooser = Matcher(knowledge, state), Chooser(knowledge)
    for title in knowledge.titles:
        if title.state == state and title.opens:
            readings = matcher.read(title)
            others = [reading for reading in readings if reading.target not in title.opens]
            yield Read(
                title,
                readings,
                chooser.professions(title, readings),
                chooser.professions(title, others),
                chooser.occupations(title, readings),
            )


def by_method(read: Iterable[Read], method: str, at: int) -> Counted:
    """The first so many professions by one kind of evidence, or by all together."""
    counted = Counted()
    for each in read:
        if method == COMBINED:
            found = [suggested.target for suggested in each.chosen]
        else:
            pairs = ranked(each.readings, method)  # type: ignore[arg-type]
            found = [target for target, _ in pairs if target.startswith(_PROFESSION)]
        counted.add(found[:at], each.title.opens)
    return counted


def by_band(read: Iterable[Read], band: Band, *, hidden: bool = False) -> Counted:
    """The suggestions of a band; with `hidden`, those made when the right answers were taken out."""
    counted = Counted()
    for each in read:
        found = [suggested.target for suggested in (each.without if hidden else each.chosen) if suggested.band == band]
        counted.add(found, each.title.opens)
    return counted


def report(store: EmbeddedStore, knowledge: Knowledge, read: Mapping[str, Sequence[Read]]) -> Iterator[str]:
    """The file, line by line."""
    everything = [each for found in read.values() for each in found]
    yield "# How often titles are read rightly"
    yield ""
    yield "<!-- written by `python -m benchmarks.mapping DATA` -->"
    yield ""
    releases = ", ".join(row["name"] for row in select(store, "map_releases")) or "none"
    yield from wrapped(
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, version {store.version} of the graph. Imported releases: "
        f"{releases}. {len(everything)} curated titles that open a profession; {len(knowledge.clues):,} names "
        "that stand for one or for an occupation. One state is left out at a time: what curators say of its "
        "titles, and the names that its law has for professions, are hidden. Intervals are Wilson's, 95 in "
        "100. How it works: [mapping](../docs/mapping.md)."
    )
    yield ""
    yield from _methods(read, everything)
    yield from _bands(read, everything)
    yield from _thresholds(everything)
    yield from _occupations(knowledge, everything)
    yield from _skills(store, everything)


def _methods(read: Mapping[str, Sequence[Read]], everything: Sequence[Read]) -> Iterator[str]:
    yield "## By state and kind of evidence"
    yield ""
    yield from wrapped(
        "Answered: titles for which there is any suggestion. Precision: the share of the first suggestions "
        "that is right. Recall: the share of the professions that titles open which stands among the first."
    )
    yield ""
    yield "| state | evidence | titles | answered | precision at 1 | recall at 1 | precision at 3 | recall at 3 |"
    yield "|---|---|---|---|---|---|---|---|"
    for state, found in [*((local_name(state), found) for state, found in read.items()), ("all", everything)]:
        for method in METHODS:
            first, three = (by_method(found, method, at) for at in AT)
            figures = (first.precision, first.recall, three.precision, three.recall)
            yield f"| {state} | {method} | {len(found)} | {first.titles} | {' | '.join(figures)} |"
    yield ""


def _bands(read: Mapping[str, Sequence[Read]], everything: Sequence[Read]) -> Iterator[str]:
    yield "## How sure"
    yield ""
    yield from wrapped(
        "False alarms: suggestions that are made when the professions that the title opens are taken out of "
        "the tables, so that silence is the only right answer. A register holds many titles that open none of "
        "the professions of the graph, so `least` is the lower end of the interval of the share that is right "
        "among as many titles that open none as titles that do, and `confidence`, which the program writes, "
        "is not above it."
    )
    yield ""
    yield "| how sure | state | suggested | right | precision | interval | recall | false alarms | least | confidence |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for band in (*BANDS, LATER):
        for state, found in [*((local_name(state), found) for state, found in read.items()), ("all", everything)]:
            counted, alarms = by_band(found, band), by_band(found, band, hidden=True)
            figures = (counted.suggested, counted.right, counted.precision, counted.interval, counted.recall)
            least = interval(counted.right, counted.suggested + alarms.suggested)[0]
            cells = (*figures, alarms.suggested, f"{least:.3f}", f"{band.confidence:.2f}")
            yield f"| {band.name} | {state} | {' | '.join(map(str, cells))} |"
    yield ""
    yield from wrapped(
        "Only `sure` readings reach 0.9 (the lower end) and enter paths, as what a program read. `likely` "
        "ones are right nine times in ten where the profession is in the tables, but too many of them are "
        "false alarms where it is not. The lower end is that of all states together: single states have too few sure "
        "readings to reach it alone."
    )
    yield ""


def _thresholds(everything: Sequence[Read]) -> Iterator[str]:
    yield "## Why these thresholds"
    yield ""
    yield from wrapped(
        "First places by the score of their own evidence (names of professions, titles of other states), with "
        "the lead that a sure reading needs, and by the score of labels of classifications where nothing of "
        "our own says it."
    )
    yield ""
    yield "| least score | by own evidence: right of all | interval | by classifications: right of all | interval |"
    yield "|---|---|---|---|---|"
    for least in GRID:
        own, others = Counted(), Counted()
        for each in everything:
            for first in each.chosen[:1]:
                if first.band in BANDS[:2]:
                    by = first.reading.by
                    score = max((by[method].score for method in OWN if method in by), default=0.0)
                    counted, reached = (own, score) if score >= GRID[0] else (others, first.score)
                    counted.add([first.target] if reached >= least else [], each.title.opens)
        yield (
            f"| {least} | {own.right} of {own.suggested} | {own.interval} "
            f"| {others.right} of {others.suggested} | {others.interval} |"
        )
    yield ""


def _occupations(knowledge: Knowledge, everything: Sequence[Read]) -> Iterator[str]:
    yield "## Occupations of ESCO"
    yield ""
    yield from wrapped("Right is an occupation that our crosswalk matches with a profession that the title opens.")
    yield ""
    wanted: dict[str, set[str]] = defaultdict(set)
    for concept, professions in knowledge.reached.items():
        for profession in professions if "/occupation/" in concept else ():
            wanted[profession].add(concept)
    yield "| at | suggested | right | precision | interval |"
    yield "|---|---|---|---|---|"
    for at in AT:
        counted = Counted()
        for each in everything:
            right = frozenset(occupation for profession in each.title.opens for occupation in wanted[profession])
            if right:
                counted.add([suggested.target for suggested in each.named[:at]], right)
        yield f"| {at} | {counted.suggested} | {counted.right} | {counted.precision} | {counted.interval} |"
    yield ""


def _skills(store: EmbeddedStore, everything: Sequence[Read]) -> Iterator[str]:
    yield "## Skills"
    yield ""
    yield from wrapped(
        "The skills that ESCO calls essential for the first occupation, against those that curators matched "
        "with the learning outcomes of the title."
    )
    yield ""
    counted = Counted()
    for each in everything:
        taught = frozenset(row["competence"] for row in _rows(store, "map_taught", "title", each.title.iri))
        if taught and each.named:
            asked = [row["competence"] for row in _rows(store, "map_asked", "occupation", each.named[0].target)]
            counted.add(asked, taught)
    yield from wrapped(
        f"{counted.right} of {counted.suggested} are right (precision {counted.precision}, "
        f"{counted.interval}), recall {counted.recall}, {counted.titles} titles. So skills are not suggested: "
        "most of them would be refused."
    )


def _rows(store: EmbeddedStore, query: str, name: str, iri: str) -> list[dict[str, str]]:
    return select(store, query, **{name: iris([iri])})


if __name__ == "__main__":
    main()
