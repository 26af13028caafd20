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
from graph_api.rdf.terms import local_name
from graph_api.store.jurisdictions import Jurisdictions, Region
from graph_api.store.kept_things import read_labels
from graph_api.store.queries import select
from graph_api.store.things import Text, called
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
LEVEL: Final = "level"
"""The intent of a question about the level of a title, which names no profession."""


@dataclass(frozen=True)
class Asked:
    """Which answers are asked for; whatever is empty narrows nothing."""

    profession: str | None = None
    home: str | None = None
    host: str | None = None
    region: str | None = None
    intent: str | None = None
    """`level`: what the level of a title is worth, and no profession; any other: what a profession asks."""


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


def chosen_of(
    services: Services, asked: Asked, day: date | None, weights: Mapping[str, float], client: str
) -> Chosen | Making:
    """The answers that are asked for on a day; or the map that is being made.

    Raises BadRequest, UnknownIdentifier, LimitReached.
    """
    wanted = wanted_of(services, asked)
    found = services.maps.get(services.settings.data, services.store, day, client)
    return found if isinstance(found, Making) else chosen(found, wanted, weights)


def chosen(found: Map, wanted: Callable[[Figure], bool], weights: Mapping[str, float]) -> Chosen:
    """The answers of a map for the usual titles that are wanted, with their index."""
    answers = [scored(figure, weights) for figure in found.usual if wanted(figure)]
    answers.sort(key=lambda item: (item.index is None, -(item.index or 0), item.figure.key))
    return Chosen(found.version, found.day, answers, group_of((), answers))


def grouped(answers: Sequence[Scored], by: str) -> list[Group]:
    """The answers by profession, pair, home, host or outcome."""
    return groups(answers, _KEYS[by])


def wanted_of(services: Services, asked: Asked) -> Callable[[Figure], bool]:
    """Which figures are asked for. Raises BadRequest, UnknownIdentifier for what is not in the graph.

    Of what there is not nobody may read that nothing stands in the way, or that nothing changes; so it is refused, and
    before a map is begun for it.
    """
    if asked.profession and asked.profession not in dict(services.professions.get("en")):
        raise UnknownIdentifier("profession", asked.profession)
    if asked.profession and asked.intent == LEVEL:
        raise BadRequest("profession", "the level of a title concerns no profession; leave out one of the two")
    homes = _home(services, asked.home) if asked.home else None
    hosts = _hosts(services, asked.host) if asked.host else None
    region = _region(services, asked.region) if asked.region else None

    def wanted(figure: Figure) -> bool:
        return (
            (not asked.profession or asked.profession == figure.profession)
            and (homes is None or figure.home in homes)
            and (hosts is None or figure.host in hosts)
            and (region is None or region.holds(figure.home, figure.host))
            and (not asked.intent or (asked.intent == LEVEL) == (not figure.profession))
        )

    return wanted


def _home(services: Services, code: str) -> set[str]:
    """The codes of a place and, of a state, of all its parts: a title can come from any. Raises BadRequest."""
    places = services.jurisdictions.get("en")
    asked = places.asked(code, "home")
    if asked.is_state and places.code_of(asked.state) not in map(places.code_of, places.deciding_states):
        raise _undecided(places, "home", code)
    return {place.code for place in places.all if asked.iri in (place.iri, place.state)}


def _hosts(services: Services, code: str) -> set[str]:
    """The codes of the jurisdictions that decide there: itself, or those of a state that leaves it to its parts.

    Raises BadRequest where there is none.
    """
    places = services.jurisdictions.get("en")
    asked = places.asked(code, "host")
    found = {place.code for place in places.deciding if asked.iri in (place.iri, place.state)}
    if not found:
        raise _undecided(places, "host", code)
    return found


def _undecided(places: Jurisdictions, name: str, code: str) -> BadRequest:
    known = ", ".join(sorted(place.code for place in places.hosts))
    return BadRequest(name, f"nothing is decided on recognition by '{code}'; write one of {known}")


def state_codes(services: Services) -> Mapping[str, str]:
    """The code of the state in which each jurisdiction lies, by its own code; a union of states is its own."""
    places = services.jurisdictions.get("en")
    return {place.code: places.code_of(place.state) for place in places.all}


def _region(services: Services, slug: str) -> Region:
    """The border region. Raises UnknownIdentifier."""
    found = regions(services).get(slug)
    if found is None:
        raise UnknownIdentifier("border-region", slug)
    return found


def regions(services: Services) -> Mapping[str, Region]:
    """The border regions by slug. A part of a state that does not decide itself goes with its state: of where in the
    state a title may be used no table says anything."""
    places = services.jurisdictions.get("en")
    parts: dict[str, list[str]] = {}
    for row in select(services.store, "border_regions"):
        if "region" in row:
            parts.setdefault(local_name(row["region"]), []).append(row["jurisdiction"])
    found = {}
    for slug, deciding in parts.items():
        states = {places.state_of(iri) for iri in deciding}
        hosts = {places.code_of(iri) for iri in deciding}
        more = {place.code for place in places.all if place.state in states and not place.decides}
        found[slug] = Region(hosts | more, hosts)
    return found


def regions_by_name(services: Services, lang: str) -> list[tuple[str, Text]]:
    """The border regions and what they are called, by name."""
    found = sorted({row["region"] for row in select(services.store, "border_regions") if "region" in row})
    names = read_labels(services.store, found)
    listed = [(local_name(iri), called(names, iri, lang)) for iri in found]
    return sorted(listed, key=lambda item: str(item[1][0]).casefold())
