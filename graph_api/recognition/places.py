"""Where one wants to work: a country, a part of it by any of its codes, or a place by postcode or name."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph_api.errors import BadRequest
from graph_api.recognition.law import Reference
from graph_api.store.graph_store import GraphStore
from graph_api.store.lookups import things_for
from graph_api.store.per_version import Current
from graph_api.store.things import Thing, every, one

_POSTCODE: Final = re.compile(r"(?:[A-Za-z]{1,2}[- ])?(\d{4,5})(?: ?[A-Za-z]{2})?")
_DISTRICT: Final = "district"
_MOST_CANDIDATES: Final = 10


class UnknownPlace(BadRequest):
    """No place, or more than one, has the name or postcode; `candidates` are those that may be meant."""

    def __init__(self, message: str, candidates: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__("place", message)
        self.candidates = list(candidates)


@dataclass(frozen=True)
class Locality:
    """Where in the host one wants to work, as far as the question says it."""

    hosts: Sequence[str]
    """The jurisdictions that decide there."""
    within: Sequence[str] = ()
    """The jurisdictions that hold the place, from the smallest to the state."""
    nuts: str | None = None
    place: Thing | None = None
    border_regions: frozenset[str] = frozenset()

    @property
    def narrower(self) -> bool:
        """Whether the question names less than the whole territory of those who decide."""
        return self.nuts is not None or any(iri not in self.hosts for iri in self.within[:1])


NOWHERE: Final = Locality(())


class Gazetteer:
    """Finds places in one store; reads them once for each version of the data."""

    def __init__(self, store: GraphStore) -> None:
        self._places: Current[list[Thing]] = Current(
            store, lambda: [thing for _, thing in sorted(things_for(store, "path_places", "").items())]
        )
        self._names: Current[PlaceNames] = Current(store, lambda: PlaceNames(self._places.get()))

    def locate(self, reference: Reference, country: str, place: str | None) -> Locality:
        """What a country or a part of it, and perhaps a place in it, mean.

        Raises BadRequest for a code that nothing here has, UnknownPlace for a place that is not found or not one.
        """
        area = self._area(reference, country)
        return area if place is None else self._within(reference, area, country, place)

    def _area(self, reference: Reference, code: str) -> Locality:
        iri = reference.jurisdictions.get(code.upper()) or _by_nuts(reference, code.upper())
        if iri is not None:
            return _locality(reference, code, iri, None)
        wanted = code.upper()
        districts = [item for item in self._places.get() if (one(item, "nutsCode") or "").startswith(wanted)]
        if not districts or "-" in code:
            return Locality(reference.hosts(code))  # which says what to write instead
        return _shared(reference, wanted, districts)

    def _within(self, reference: Reference, area: Locality, country: str, text: str) -> Locality:
        def here(places: Iterable[Thing]) -> list[Thing]:
            return [item for item in places if _lies_in(reference, item, area)]

        known = self._names.get()
        found = _best(here(known.called(text)) or here(known.beginning_so(text)))
        if not found:
            near = _near(here(self._places.get()), text)
            hint = f"; did you mean {', '.join(str(item['name']) for item in near)}?" if near else ";"
            raise UnknownPlace(
                f"no place in {country} is called '{text}'{hint} write a postcode or a municipality, "
                "or the code of a region in 'country'",
                near,
            )
        if len({_where(item) for item in found}) > 1:
            candidates = [shown(reference, item) for item in found[:_MOST_CANDIDATES]]
            listed = ", ".join(f"{item['name']} ({item['nuts3']}, {item['region']})" for item in candidates)
            raise UnknownPlace(f"'{text}' may be {listed}; write the postcode or another of its names", candidates)
        return _at(reference, found[0])


def shown(reference: Reference, place: Thing) -> dict[str, Any]:
    """A place as answers name it."""
    return {
        "id": place["iri"][0],
        "name": one(place, "placeName"),
        "nuts3": one(place, "nutsCode"),
        "region": reference.code(one(place, "inJurisdiction") or ""),
    }


def folded(text: str) -> str:
    """A name without accents, case, hyphens and dots, so that it is found however it is written.

    >>> folded("Saint-Étienne") == folded("saint etienne")
    True
    """
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w]+", " ", plain.casefold().replace("ß", "ss")).split())


def holds(code: str, postcodes: Iterable[str]) -> bool:
    """Whether a postcode is one of those written, alone or in a range.

    >>> holds("52070", ["52062-52080"]), holds("5207", ["52062-52080"])
    (True, False)
    """
    for written in postcodes:
        first, _, last = written.partition("-")
        if len(code) == len(first) and first <= code <= (last or first):
            return True
    return False


class PlaceNames:
    """Places by their names, however these are written."""

    def __init__(self, places: Sequence[Thing]) -> None:
        self._places = places
        self._by_name: dict[str, list[Thing]] = {}
        for item in places:
            for name in dict.fromkeys(map(folded, _names(item))):
                self._by_name.setdefault(name, []).append(item)

    def called(self, text: str) -> list[Thing]:
        """The places with a postcode or a name."""
        postcode = _POSTCODE.fullmatch(text.strip())
        if postcode:
            return [item for item in self._places if holds(postcode[1], every(item, "postcode"))]
        return self._by_name.get(folded(text), [])

    def beginning_so(self, text: str) -> list[Thing]:
        """Those whose name adds where they lie."""
        begins = f"{folded(text)} "
        longer = [items for name, items in self._by_name.items() if name.startswith(begins)]
        found = {item["iri"][0]: item for items in longer for item in items}
        return [found[iri] for iri in sorted(found)]


def _names(place: Thing) -> list[str]:
    return [*every(place, "placeName"), *every(place, "otherName")]


def _best(found: Sequence[Thing]) -> list[Thing]:
    """A municipality says more than its district; where several share one district, the district is meant."""
    towns = [item for item in found if one(item, "placeKind") != _DISTRICT]
    if len(towns) > 1 and len({_where(item) for item in towns}) == 1:
        return [item for item in found if one(item, "placeKind") == _DISTRICT] or towns
    return towns or list(found)


def _where(place: Thing) -> tuple[str | None, str | None, tuple[str, ...]]:
    return one(place, "nutsCode"), one(place, "inJurisdiction"), tuple(every(place, "decidedIn"))


def _near(places: Iterable[Thing], text: str) -> list[dict[str, Any]]:
    names = {folded(name): item for item in places for name in _names(item)}
    close = {names[name]["iri"][0]: names[name] for name in difflib.get_close_matches(folded(text), names, 3, 0.75)}
    return [{"id": iri, "name": one(item, "placeName"), "nuts3": one(item, "nutsCode")} for iri, item in close.items()]


def _by_nuts(reference: Reference, code: str) -> str | None:
    """The jurisdiction whose whole territory has the NUTS code; the state itself has the two letters."""
    found = [
        iri for iri, thing in sorted(reference.of_class("Jurisdiction").items()) if thing.get("nutsCode") == [code]
    ]
    return found[0] if found else None


def _chain(reference: Reference, iri: str | None) -> list[str]:
    """A jurisdiction and those that hold it, from the smallest to the state."""
    if iri is None:
        return []
    found = {iri, *_holders(reference, iri)}
    return sorted(found, key=lambda here: (-len(_holders(reference, here)), here))


def _holders(reference: Reference, iri: str) -> set[str]:
    """The jurisdictions that hold one, however far up."""
    found: set[str] = set()
    waiting = [iri]
    while waiting:
        for holder in every(reference.thing(waiting.pop()), "partOf"):
            if holder not in found:
                found.add(holder)
                waiting.append(holder)
    return found


def _locality(reference: Reference, code: str, iri: str, nuts: str | None) -> Locality:
    thing = reference.things[iri]
    hosts = [iri] if iri in reference.deciding else sorted(every(thing, "decidedIn")) or reference.hosts(code)
    whole = iri in hosts or one(thing, "partOf") is None
    codes = every(thing, "nutsCode")
    known = nuts or (codes[0] if len(codes) == 1 and not whole else None)
    return Locality(hosts, _chain(reference, iri), known)


def _shared(reference: Reference, code: str, places: Sequence[Thing]) -> Locality:
    """What all places with a NUTS code have in common."""
    hosts = dict.fromkeys(host for item in places for host in every(item, "decidedIn"))
    chains = [_chain(reference, one(item, "inJurisdiction")) for item in places]
    common = [iri for iri in chains[0] if all(iri in chain for chain in chains)]
    regions = [frozenset(every(item, "borderRegion")) for item in places]
    return Locality(sorted(hosts), common, code, None, frozenset.intersection(*regions))


def _at(reference: Reference, place: Thing) -> Locality:
    chain = _chain(reference, one(place, "inJurisdiction"))
    regions = frozenset(every(place, "borderRegion"))
    return Locality(sorted(every(place, "decidedIn")), chain, one(place, "nutsCode"), place, regions)


def _lies_in(reference: Reference, place: Thing, area: Locality) -> bool:
    """Whether a place lies in the area asked: decided by one of its hosts, and in its region where one is named."""
    if not set(every(place, "decidedIn")) & set(area.hosts):
        return False
    if area.nuts is not None and (one(place, "nutsCode") or "").startswith(area.nuts):
        return True
    named = area.within[0] if area.within else None
    if named is None or named in area.hosts or not area.narrower:
        return True
    return named in _chain(reference, one(place, "inJurisdiction"))
