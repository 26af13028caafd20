"""Where the text of Annex V and our rows of it differ: title by title, and the other cells of each state's entry."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final, NamedTuple

from graph_api.inputs.directive.layout import Listed, read_lists
from graph_api.inputs.directive.words import bare, day, tidy, titles_of

_TITLES: Final = ("title", "title_2", "title_3", "other_title")
_FACTS: Final = ("awarding_body", "professional_title", "accompanying_certificate")
_ALIKE: Final = 0.7


class Difference(NamedTuple):
    """One point on which the text and our rows do not agree."""

    file: str
    row: str
    """The line of our row; empty where we have none."""
    point: str
    state: str
    speciality: str
    what: str
    """missing, extra, or the name of the column that differs."""
    ours: str
    text: str


@dataclass(frozen=True)
class Own:
    """A row of ours."""

    file: str
    line: int
    cells: Mapping[str, str]

    @property
    def titles(self) -> tuple[str, ...]:
        """Its titles, each in its own language or wording."""
        return titles_of(*(self.cells[name] for name in _TITLES))


def compare(text: Path, mappings: Path) -> list[Difference]:
    """Every difference between a text of the directive and our tables of Annex V, in the order of the text.

    Raises BadRelease for a file that is damaged or is no text of the directive.
    """
    return differences(read_lists(text), _own_rows(mappings), _states(mappings))


def differences(listed: Sequence[Listed], own: Sequence[Own], states: Mapping[str, str]) -> list[Difference]:
    """The differences for the states that our tables hold, by the names that the text gives to states."""
    held = {row.cells["state"] for row in own}
    known = [(entry, state) for entry in listed if (state := _state_of(entry.state, states)) in held]
    ours: dict[tuple[str, str, str], list[Own]] = {}
    for row in own:
        ours.setdefault((row.cells["annex_point"], row.cells["state"], row.cells["speciality"]), []).append(row)
    called = _our_specialities(known, ours)
    theirs: dict[tuple[str, str, str], list[Listed]] = {}
    for entry, state in known:
        speciality = called.get((entry.point, entry.speciality), entry.speciality)
        theirs.setdefault((entry.point, state, speciality), []).append(entry)
    found: list[Difference] = []
    for place, entries in theirs.items():
        found += _at_one_place(place, entries, ours.get(place, []))
    for place, rows in ours.items():
        if place not in theirs:
            found += [_difference(row, place, "extra", row.titles, ()) for row in rows]
    return found


def _at_one_place(place: tuple[str, str, str], entries: Sequence[Listed], rows: Sequence[Own]) -> Iterator[Difference]:
    yield from _titles(place, entries, rows)
    for name in _FACTS:
        if any(name in entry.cells for entry in entries):
            theirs = titles_of(*(entry.cells.get(name, "") for entry in entries))
            ours = titles_of(*(part for row in rows for part in row.cells[name].split("; ")))
            if rows and {bare(part) for part in theirs} != {bare(part) for part in ours}:
                yield _difference(rows[0], place, name, ours, theirs)
    dates = {day(entry.cells["reference_date"]) for entry in entries if entry.cells.get("reference_date")}
    for row in rows:
        if dates and row.cells["reference_date"] and row.cells["reference_date"] not in dates:
            yield _difference(row, place, "reference_date", (row.cells["reference_date"],), sorted(dates))


def _titles(place: tuple[str, str, str], entries: Sequence[Listed], rows: Sequence[Own]) -> Iterator[Difference]:
    """Each title of the text that none of our rows has, beside our nearest; then what only we have."""
    ours = {title: row for row in rows for title in row.titles}
    theirs = dict.fromkeys(title for entry in entries for title in titles_of(entry.cells["title"]))
    same = {bare(title) for title in theirs} & {bare(title) for title in ours}
    left = {title: row for title, row in ours.items() if bare(title) not in same}
    for title in (title for title in theirs if bare(title) not in same):
        near = max(left, key=lambda own: _likeness(own, title), default=None)
        if near is not None and _likeness(near, title) > _ALIKE:
            yield _difference(left.pop(near), place, "title", (near,), (title,))
        else:
            yield Difference("", "", *place, "missing", "", title)
    for title, row in left.items():
        if title != tidy(row.cells["other_title"]):
            yield _difference(row, place, "extra", (title,), ())


def _difference(
    row: Own, place: tuple[str, str, str], what: str, ours: Iterable[str], theirs: Iterable[str]
) -> Difference:
    return Difference(row.file, str(row.line), *place, what, " / ".join(ours), " / ".join(theirs))


def _likeness(ours: str, theirs: str) -> float:
    one, other = bare(ours), bare(theirs)
    return 1.0 if one in other or other in one else SequenceMatcher(None, one, other).ratio()


def _our_specialities(
    known: Sequence[tuple[Listed, str]], ours: Mapping[tuple[str, str, str], Sequence[Own]]
) -> dict[tuple[str, str], str]:
    """Our name for each speciality of the text: the one under which most of the same titles stand, in any language."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for entry, state in known:
        if not entry.speciality:
            continue
        votes = found.setdefault((entry.point, entry.speciality), {})
        titles = {bare(title) for title in titles_of(entry.cells["title"])}
        for (point, place, speciality), rows in ours.items():
            if (point, place) == (entry.point, state):
                shared = titles & {bare(title) for row in rows for title in row.titles}
                votes[speciality] = votes.get(speciality, 0) + len(shared)
    return {
        key: best
        for key, votes in found.items()
        if (best := max(votes, key=lambda name: votes[name], default="")) and votes[best]
    }


def _state_of(name: str, states: Mapping[str, str]) -> str:
    """The state that a cell of the text names, in one of its languages; empty where our tables know none."""
    parts = (bare(part) for part in name.split("/"))
    return next((states[part] for part in parts if part in states), "")


def _states(mappings: Path) -> dict[str, str]:
    """The states by their names in all languages."""
    return {
        bare(row[name]): row["jurisdiction"]
        for row in _rows(mappings / "jurisdictions.csv")
        for name in row
        if name.startswith("label_") and row[name] and row["state"] == row["jurisdiction"]
    }


def _own_rows(mappings: Path) -> list[Own]:
    found = []
    for path in sorted((mappings / "annex_v").glob("*.csv")):
        rows = enumerate(_rows(path), 2)
        found += [Own(f"mappings/annex_v/{path.name}", line, row) for line, row in rows if row["annex_point"]]
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def written(found: Iterable[Difference], path: Path) -> None:
    """The differences as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Difference._fields)
        table.writerows(found)
