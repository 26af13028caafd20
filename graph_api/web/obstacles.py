"""What lookup and page of the map of obstacles share: which answers are asked for, and their index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.obstacles.figures import Figure
from graph_api.obstacles.index import WEIGHTS, Group, Scored, group_of, groups, scored
from graph_api.obstacles.kept import Map
from graph_api.rdf.terms import is_slug, local_name, thing
from graph_api.store.queries import iris, select
from graph_api.store.things import Text, called, read_things
from graph_api.web.maps import Making
from graph_api.web.services import Services

_KEYS: Final[Mapping[str, Callable[[Figure], tuple[str, ...]]]] = {
    "profession": lambda figure: (figure.profession,),
    "pair": lambda figure: (figure.home, figure.host),
    "home": lambda figure: (figure.home,),
    "host": lambda figure: (figure.host,),
    "outcome": lambda figure: (figure.outcome,),
}
GROUPINGS: Final = tuple(_KEYS)


@dataclass(frozen=True)
class Asked:
    """Which part of the map is asked for, on which day."""

    profession: str | None = None
    home: str | None = None
    host: str | None = None
    region: str | None = None
    day: date | None = None


@dataclass(frozen=True)
class Chosen:
    """The answers that are asked for, the hardest first; those without an index come last."""

    version: str
    day: date
    answers: Sequence[Scored]
    total: Group


def weights_of(given: Mapping[str, float | None]) -> dict[str, float]:
    """The weights that the reader sets; where none is set, ours. Raises BadRequest where all are nothing."""
    if all(value is None for value in given.values()):
        return dict(WEIGHTS)
    weights = {name: WEIGHTS[name] if given.get(name) is None else float(given[name] or 0) for name in WEIGHTS}
    if not any(weights.values()):
        raise BadRequest("weight_way", "all weights are 0; give one of them more")
    return weights


def chosen_of(services: Services, asked: Asked, weights: Mapping[str, float], client: str) -> Chosen | Making:
    """The answers that are asked for; or the map that is being made.

    Raises BadRequest, UnknownIdentifier, LimitReached.
    """
    wanted = _wanted(services, asked)
    found = services.maps.get(services.settings.data, services.store, asked.day, client)
    return found if isinstance(found, Making) else chosen(found, wanted, weights)


def chosen(found: Map, wanted: Callable[[Figure], bool], weights: Mapping[str, float]) -> Chosen:
    """The answers of a map for the usual titles that are wanted, with their index."""
    answers = [scored(figure, weights) for figure in found.usual if wanted(figure)]
    answers.sort(key=lambda item: (item.index is None, -(item.index or 0), item.figure.key))
    return Chosen(found.version, found.day, answers, group_of((), answers))


def grouped(answers: Sequence[Scored], by: str) -> list[Group]:
    """The answers by profession, pair, home, host or outcome."""
    return groups(answers, _KEYS[by])


def _wanted(services: Services, asked: Asked) -> Callable[[Figure], bool]:
    """Which figures are asked for. Raises BadRequest, UnknownIdentifier for what is not in the graph."""
    places = services.jurisdictions.get("en")
    deciding = {place.code: place for place in places.deciding}
    for name, code in (("home", asked.home), ("host", asked.host)):
        if code and places.asked(code, name).code not in deciding:
            known = ", ".join(sorted(deciding))
            raise BadRequest(name, f"'{code}' does not decide itself; write one of {known}")
    check_profession(services, asked.profession)
    home, host = (code and places.asked(code, "home").code for code in (asked.home, asked.host))
    parts = parts_of_region(services, asked.region) if asked.region else None

    def wanted(figure: Figure) -> bool:
        if parts is not None and not {figure.home, figure.host} <= parts:
            return False
        return (
            asked.profession in (None, figure.profession)
            and home in (None, figure.home)
            and host in (None, figure.host)
        )

    return wanted


def check_profession(services: Services, profession: str | None) -> None:
    """Refuse a profession that is not in the graph; of it nobody may read that nothing changes.

    Raises UnknownIdentifier.
    """
    if profession and profession not in dict(services.professions.get("en")):
        raise UnknownIdentifier("profession", profession)


def parts_of_region(services: Services, region: str) -> set[str]:
    """The codes of the jurisdictions that decide in a border region. Raises UnknownIdentifier."""
    known = is_slug(region)
    rows = select(services.store, "region_places", region=[thing("border-region", region)]) if known else []
    if not rows:
        raise UnknownIdentifier("border-region", region)
    places = services.jurisdictions.get("en")
    return {places.code_of(row["jurisdiction"]) for row in rows}


def regions_by_name(services: Services, lang: str) -> list[tuple[str, Text]]:
    """The border regions and what they are called, by name."""
    found = sorted({row["region"] for row in select(services.store, "border_regions") if "region" in row})
    names = read_things(services.store, "labels", thing=iris(found)) if found else {}
    listed = [(local_name(iri), called(names, iri, lang)) for iri in found]
    return sorted(listed, key=lambda item: str(item[1][0]).casefold())
