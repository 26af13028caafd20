"""The compensation measure of a step: the row of the table that fits with the level that the applicant says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graph_api.rdf.terms import ID, local_name
from graph_api.recognition.candidates import Candidate
from graph_api.recognition.case import Case
from graph_api.store.things import Thing, every, one

_MATCHED: Final = f"{ID}doubt/title-matched-by-machine"
_FITS: tuple[str, ...] = ("ofRegime", "thirdCountryTitle")
"""What a row for another level must share with the row of the route."""


def measures_of(case: Case, found: Candidate) -> Sequence[str]:
    """The measures of a step, none where its regime allows none.

    Rules chose the row of the level that the title has, or of none; where the applicant says another level, the
    row of that level counts (Art. 14(3) asks what the applicant holds).
    """
    derived = every(found.route, "compensation")
    level = case.question.level
    if not derived or level is None or level == _level_of_title(case, found):
        return derived
    rows = case.reference.of_class("CompensationMeasure")
    like = rows[sorted(derived)[0]]
    fitting = [row for row in rows.values() if _same_kind(row, like) and _fits(case, row, found, level)]
    best = max(fitting, key=lambda row: int(one(row, "priority") or 0), default=like)
    return best["iri"]


def doubts_of(case: Case, found: Candidate) -> list[str]:
    """The doubts of a step, with those of the measure that counts in place of those of the measure derived."""
    rows = case.reference.of_class("CompensationMeasure")
    derived, counting = every(found.route, "compensation"), measures_of(case, found)
    doubts = [*every(found.route, "doubt"), *_of_imported_title(case)]
    if list(derived) == list(counting):
        return list(doubts)
    of_derived = {doubt for iri in derived for doubt in every(rows[iri], "doubt")}
    of_counting = [doubt for iri in counting for doubt in every(rows[iri], "doubt")]
    return list(dict.fromkeys([*(doubt for doubt in doubts if doubt not in of_derived), *of_counting]))


def _of_imported_title(case: Case) -> list[str]:
    """The doubts of a title that nobody read in its register, and of the profession that a machine found for it; those
    of a curated title the rules put on its routes."""
    title = case.title
    return [*(every(title, "doubt") if case.registered else ()), *((_MATCHED,) if case.read_by_machine else ())]


def _level_of_title(case: Case, found: Candidate) -> str | None:
    """The level for which the rules chose: that of the title where the route starts from it."""
    if case.qualification is None or case.qualification not in every(found.route, "routeFrom"):
        return None
    return local_name(one(case.known[case.qualification], "art11Level") or "") or None


def _same_kind(row: Thing, like: Thing) -> bool:
    return all(row.get(name) == like.get(name) for name in _FITS)


def _fits(case: Case, row: Thing, found: Candidate, level: str) -> bool:
    profession = case.profession_asked
    place = case.thing(found.target.place)
    return (
        _allows(row, "host", [found.target.jurisdiction, case.reference.state(found.target.jurisdiction)])
        and _allows(row, "profession", every(profession, "iri"))
        and _allows(row, "forGroup", every(profession, "inGroup"))
        and _allows(row, "requiredLevel", every(place, "requiredLevel"))
        and _allows(row, "heldLevel", [f"{ID}art11-level/{level}"])
    )


def _allows(row: Thing, name: str, values: Sequence[str]) -> bool:
    return name not in row or not set(row[name]).isdisjoint(values)
