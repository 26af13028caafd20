"""Which office acts for a step at a place, and which contacts serve it: the row that fits most closely."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from graph_api.recognition.law import Reference
from graph_api.recognition.places import Locality
from graph_api.store.things import Thing, every, one

_RECOGNITION: Final = "recognition"
_OF_ONE_PROFESSION: Final = ("order", "register")
_NEAREST: Final = 3


@dataclass(frozen=True)
class Seeker:
    """Who looks for an office or for advice: the profession, and the two sides of the border."""

    profession: str | None
    groups: frozenset[str]
    home: str | None
    """The state that issued the title."""
    locality: Locality


def office(reference: Reference, offices: Mapping[str, Thing], seeker: Seeker, task: str) -> Thing | None:
    """The office that does a task for the profession at the place; None where no row says it.

    A row of the profession before one of its group, then the one with the smaller territory.
    """
    fits = [(_fit(reference, item, seeker), iri) for iri, item in offices.items() if task in every(item, "officeTask")]
    known = sorted((fit, iri) for fit, iri in fits if fit is not None)
    return offices[known[-1][1]] if known else None


def offices_by_region(
    reference: Reference, offices: Mapping[str, Thing], seeker: Seeker, host: str
) -> list[tuple[str, Thing]]:
    """The offices of a host for a profession, wherever one may want to work: region and office."""
    found = [
        (one(item, "inJurisdiction") or "", item)
        for _, item in sorted(offices.items())
        if host in every(item, "host")
        and _RECOGNITION in every(item, "officeTask")
        and _of_profession(item, seeker) is not None
        and _of_home(item, seeker) is not None
    ]
    own = {region for region, item in found if _of_profession(item, seeker) == 2}
    kept = [(region, item) for region, item in found if region not in own or _of_profession(item, seeker) == 2]
    return sorted(kept, key=lambda pair: (reference.code(pair[0]), pair[1]["iri"]))


def _fit(reference: Reference, item: Thing, seeker: Seeker) -> tuple[int, int, int] | None:
    if not set(every(item, "host")) & set(seeker.locality.hosts):
        return None
    profession, home = _of_profession(item, seeker), _of_home(item, seeker)
    place = _of_place(reference, item, seeker.locality)
    return None if profession is None or place is None or home is None else (profession, place, home)


def _of_place(reference: Reference, item: Thing, locality: Locality) -> int | None:
    """How closely a row's territory fits the place: the longer the better; None where it lies elsewhere."""
    territory = one(item, "inJurisdiction") or ""
    inside = territory in locality.within
    codes = every(item, "nutsCode")
    if codes:
        covering = [len(code) for code in codes if (locality.nuts or "").startswith(code)]
        return max(covering) if covering else None
    whole = every(reference.thing(territory), "nutsCode")
    if inside:
        return max((len(code) for code in whole), default=1)
    covering = [len(code) for code in whole if locality.nuts and locality.nuts.startswith(code)]
    return max(covering) if covering else None


def _of_profession(item: Thing, seeker: Seeker) -> int | None:
    """2 for a row of the profession, 1 for one of its group, 0 for one of all; None where it is for others."""
    professions, groups = every(item, "profession"), every(item, "forGroup")
    if seeker.profession in professions:
        return 2
    if seeker.groups & set(groups):
        return 1
    return None if professions or groups else 0


def _of_home(item: Thing, seeker: Seeker) -> int | None:
    states = every(item, "homeState")
    if not states:
        return 0
    return 1 if seeker.home in states else None


def nearest_contacts(
    reference: Reference, contacts: Mapping[str, Thing], seeker: Seeker, places: Sequence[str]
) -> list[tuple[str, str]]:
    """The three contacts that serve the place, the pair of states and the profession, nearest first: place and IRI.

    `places` are the jurisdictions in which one asks, in order: the host's before the home's.
    """
    ranked = []
    hosts = {reference.state(host) for host in seeker.locality.hosts}
    for iri, contact in contacts.items():
        near = _nearness(reference, contact, seeker, places, hosts)
        if near is not None:
            ranked.append((near, iri))
    chosen = [iri for _, iri in sorted(ranked)[:_NEAREST]]
    return [(_where(contacts[iri], places), iri) for iri in chosen]


def _where(contact: Thing, places: Sequence[str]) -> str:
    mine = every(contact, "inJurisdiction")
    return next((place for place in places if place in mine), mine[0] if mine else "")


def _nearness(
    reference: Reference, contact: Thing, seeker: Seeker, places: Sequence[str], hosts: Set[str]
) -> tuple[int, int, int, int, int, int] | None:
    """What puts a contact before another: territory, the very place, side of the border, profession, pair; None where
    it does not serve."""
    work = _of_profession(contact, seeker)
    if work is None or (work == 0 and one(contact, "contactKind") in _OF_ONE_PROFESSION):
        return None
    pair = _of_pair(reference, contact, seeker, hosts)
    place = _of_territory(contact, seeker.locality)
    if pair is None or place is None:
        return None
    here = _where(contact, places)
    abroad = int(reference.state(here) not in hosts)
    return (
        -place,
        -_at_the_place(contact, seeker.locality),
        abroad,
        -work,
        -pair,
        places.index(here) if here in places else len(places),
    )


def _at_the_place(contact: Thing, locality: Locality) -> int:
    """1 where the contact bears the name of the place asked, as an advice desk does of its town."""
    name = one(locality.place or {}, "placeName")
    return int(
        name is not None and any(re.search(rf"\b{re.escape(name)}\b", text) for text in every(contact, "prefLabel"))
    )


def _of_pair(reference: Reference, contact: Thing, seeker: Seeker, hosts: Set[str]) -> int | None:
    """1 where the contact is for people who cross between these states, 0 where for any; None for other pairs."""
    states = {reference.state(iri) for iri in every(contact, "betweenStates")}
    if not states:
        return 0
    if seeker.home in hosts or not hosts & states or (seeker.home is not None and seeker.home not in states):
        return None
    return 1


def _of_territory(contact: Thing, locality: Locality) -> int | None:
    """How near a contact is: the longest code that holds the place, or its border region; None where it is far."""
    codes, regions = every(contact, "nutsCode"), set(every(contact, "borderRegion"))
    if not codes and not regions:
        return 1
    if locality.nuts is None:
        return 0 if regions and not codes else -1
    covering = _covering(codes, locality.nuts)
    if covering:
        return 10 + covering
    if regions & locality.border_regions:
        return 5
    return None


def _covering(codes: Iterable[str], nuts: str) -> int:
    return max((len(code) for code in codes if nuts.startswith(code) or code.startswith(nuts)), default=0)
