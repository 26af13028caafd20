"""The file of a case: who decides, with which papers, how fast, on which sources."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from graph_api.rdf.terms import local_name
from graph_api.recognition.law import Reference, slug
from graph_api.store.graph_store import GraphStore
from graph_api.store.per_version import PerVersion
from graph_api.store.queries import cells, iris
from graph_api.store.things import Thing, collect, label, one, read_things

_DURATION: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_ZERO: Final = "PT0S"  # stores write every empty duration so
_NONE_AT_ALL: Final = "P0D"
PROSE: Final = {
    "application_channel": "applicationChannel",
    "electronic": "electronic",
    "certified_copies": "certifiedCopies",
    "translation": "translation",
    "language_requirement": "languageRequirement",
    "fee": "feeText",
    "fee_minimum": "feeMinimum",
    "fee_maximum": "feeMaximum",
    "currency": "currency",
    "time_limit": "timeLimitText",
    "silence_means": "silenceMeans",
    "appeal_body": "appealBody",
    "temporary_declaration_to": "temporaryDeclarationTo",
    "source_date": "sourceDate",
    "verified": "verified",
    "note": "note",
}


@dataclass(frozen=True)
class Place:
    """How to apply at one place."""

    procedure: tuple[str | None, Thing]
    general: Thing
    authorities: Mapping[str, Thing]
    """Who decides, in the order in which one meets them."""


class FileReader:
    """Reads how to apply, once for each place and version of the data."""

    def __init__(self, store: GraphStore) -> None:
        self._places: PerVersion[str, Place] = PerVersion(store, lambda place: _read_place(store, place))
        self._contacts: PerVersion[str, dict[str, Thing]] = PerVersion(
            store, lambda place: read_things(store, "contacts_in", place=iris([place]))
        )

    def place(self, iri: str) -> Place:
        return self._places.get(iri)

    def contacts(self, jurisdiction: str) -> dict[str, Thing]:
        """Who gives first-line advice there, by IRI."""
        return self._contacts.get(jurisdiction)


class CaseFile:
    """How to apply at some places."""

    def __init__(self, reader: FileReader, reference: Reference, places: Iterable[str], lang: str) -> None:
        self._reader, self._reference, self._lang = reader, reference, lang
        self._places = {place: reader.place(place) for place in set(places)}

    def procedure(self, place: str) -> tuple[str | None, Thing]:
        """The most specific procedure of a place and its IRI; nothing of wider rows is mixed in."""
        found = self._places.get(place)
        return found.procedure if found else (None, {})

    def general(self, place: str) -> Thing:
        """The general procedure, where its time limits and appeal hold for professions whose own row is silent."""
        found = self._places.get(place)
        return found.general if found else {}

    def authorities(self, place: str) -> list[dict[str, Any]]:
        """Who decides, in the order in which one meets them."""
        found = self._places.get(place)
        return [self._authority(iri, thing) for iri, thing in found.authorities.items()] if found else []

    def _authority(self, iri: str, thing: Thing) -> dict[str, Any]:
        return {
            "id": iri,
            "label": label(thing, self._lang)[0],
            "url": one(thing, "homepage"),
            "address": one(thing, "postalAddress"),
            "email": one(thing, "email"),
        }

    def documents(self, place: str) -> list[dict[str, Any]]:
        """The papers that the authority asks for."""
        return [self._document(iri) for iri in self.procedure(place)[1].get("requiresDocument", ())]

    def _document(self, iri: str) -> dict[str, Any]:
        thing = self._reference.things.get(iri, {})
        return {
            "id": iri,
            "code": one(thing, "code"),
            "label": label(thing, self._lang)[0],
            "annex_vii": one(thing, "annexVIIPoint"),
        }

    def application(self, place: str) -> dict[str, Any] | None:
        """How to apply, as the procedure tables say it; what they do not say is null."""
        iri, thing = self.procedure(place)
        if iri is None:
            return None
        filled = {name: one(self.general(place), name) for name in ("timeLimitText", "appealBody")}
        return {
            "id": iri,
            **{key: one(thing, name) or filled.get(name) for key, name in PROSE.items()},
        }

    def advice(self, jurisdictions: Iterable[str]) -> list[dict[str, Any]]:
        """Who gives first-line advice: in each of the places, and in the state that it belongs to."""
        where = dict.fromkeys(place for iri in jurisdictions for place in (iri, self._reference.state(iri)))
        return [
            {
                "id": iri,
                "label": label(found, self._lang)[0],
                "kind": one(found, "contactKind"),
                "country": self._reference.code(place),
                "url": one(found, "homepage"),
                "languages": one(found, "languagesText"),
                "verified": one(found, "verified"),
            }
            for place in where
            for iri, found in sorted(self._reader.contacts(place).items())
        ]


def _read_place(store: GraphStore, place: str) -> Place:
    """The procedure of a place, the general one that fills its gaps, and its authorities in order."""
    rows = cells(store, "path_procedures", place=iris([place]))
    things = collect(rows)
    roles: dict[str, list[str]] = {}
    for row in rows:
        listed = roles.setdefault(local_name(row["role"]["value"]), [])
        if row["thing"]["value"] not in listed:
            listed.append(row["thing"]["value"])
    procedure = roles.get("procedure", roles.get("generalProcedure", []))
    own = things[procedure[0]].get("authority", []) if procedure else []
    found = own or roles.get("competentAuthority", [])
    first = things[procedure[0]].get("firstAuthority", []) if own else roles.get("firstAuthority", [])
    general = [things[iri] for iri in roles.get("generalProcedure", []) if one(things[iri], "fillsGaps") == "true"]
    authorities = read_things(store, "labels_of", thing=iris(found)) if found else {}
    return Place(
        (procedure[0], things[procedure[0]]) if procedure else (None, {}),
        general[-1] if general else {},
        {iri: authorities.get(iri, {}) for iri in sorted(found, key=lambda iri: (iri not in first, iri))},
    )


def sources_of(reference: Reference, iri: str, thing: Thing) -> Iterator[dict[str, Any]]:
    """The sources of a thing: text, address where the text holds one, and whether the thing was verified there."""
    for source in thing.get("source", ()):
        described = reference.things.get(source, {})
        yield {
            "id": source,
            "label": one(described, "label"),
            "url": one(described, "page"),
            "verified": one(thing, "verified"),
            "of": iri,
        }


def measure(reference: Reference, iris_of_measures: Iterable[str]) -> dict[str, Any]:
    """The compensation measure of a route; none when the regime allows none."""
    found = sorted(iris_of_measures)
    if not found:
        return {
            "possible": False,
            "kinds": [],
            "chosen_by": None,
            "max_months": None,
            "both": False,
            "note": None,
        }
    thing = reference.things.get(found[0], {})
    months = one(thing, "maxMonths")
    return {
        "possible": True,
        "kinds": thing.get("kind", []),
        "chosen_by": one(thing, "chosenBy"),
        "max_months": int(months) if months else None,
        "both": one(thing, "both") == "true",
        "note": one(thing, "note"),
        "legal_basis": [reference.basis(provision) for provision in thing.get("provision", ())],
        "id": found[0],
    }


def deadlines(regime: Thing, procedure: Thing, general: Thing) -> dict[str, str | None]:
    """Acknowledge, decide, extension: the national rows win over the directive's; what none says is null.

    A general row speaks of an extension only for regimes that know one at all: Art. 51(2) leaves Chapter III out.
    """
    found = {
        key: one(procedure, name) or one(general, name) or one(regime, name)
        for key, name in (
            ("acknowledge", "acknowledgeWithin"),
            ("decide", "decideWithin"),
        )
    }
    extension = one(regime, "extension")
    found["extension"] = one(procedure, "extension") or (extension and (one(general, "extension") or extension))
    return {key: _NONE_AT_ALL if value == _ZERO else value for key, value in found.items()}


def calendar(limits: dict[str, str | None], applied_on: date | None) -> dict[str, str | None] | None:
    """The deadlines as last days, counted from the day on which the complete file was handed in."""
    if applied_on is None:
        return None
    decide, extension = limits["decide"], limits["extension"]
    latest = later(later(applied_on, decide), extension) if decide and extension else None
    days = {
        "applied_on": applied_on,
        "acknowledge_by": later(applied_on, limits["acknowledge"]) if limits["acknowledge"] else None,
        "decide_by": later(applied_on, decide) if decide else None,
        "decide_by_if_extended": latest,
    }
    return {name: day.isoformat() if day else None for name, day in days.items()}


def later(day: date, duration: str | None) -> date:
    """The day after a duration of years, months, weeks and days; the last day of a month stands for a missing one.

    >>> later(date(2026, 11, 30), "P3M")
    datetime.date(2027, 2, 28)
    """
    found = _DURATION.fullmatch(duration or "P0D")
    if found is None:
        raise ValueError(f"'{duration}' is no duration of years, months, weeks and days")
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    total = day.year * 12 + day.month - 1 + years * 12 + months
    year, month = divmod(total, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)) + timedelta(weeks=weeks, days=days)


def regime_name(reference: Reference, iri: str, lang: str) -> dict[str, Any]:
    """A regime as answers name it."""
    thing = reference.things.get(iri, {})
    return {
        "id": one(thing, "identifier"),
        "slug": slug(iri),
        "label": label(thing, lang)[0],
        "iri": iri,
    }
