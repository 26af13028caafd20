"""The file of a case: who decides, with which papers, how fast, on which sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, cast

from graph_api.rdf.dates import NO_TIME, later, no_time
from graph_api.rdf.terms import ID
from graph_api.recognition import documents, steps
from graph_api.recognition.answer_schema import (
    Appeal,
    Application,
    Authority,
    Calendar,
    Coded,
    Compensation,
    Contact,
    Deadlines,
    Document,
    Fee,
    Missing,
    Office,
    ProcedureStep,
    Regime,
    StepKind,
)
from graph_api.recognition.conditions import Facts
from graph_api.recognition.law import Reference, slug
from graph_api.recognition.offices import Seeker, nearest_contacts, office, offices_by_region
from graph_api.store.graph_store import GraphStore
from graph_api.store.lookups import things_for, things_for_each
from graph_api.store.per_version import PerVersion
from graph_api.store.queries import iris
from graph_api.store.things import LANGUAGES, SourceOf, Thing, every, label, mark, one, source_of

_SERVICE: Final = ("declaration", "renewal")
_PROCEDURES: Final = ("procedure", "generalProcedure", "landProcedure")
ANY: Final = "any"
"""Whom an office serves that serves all professions."""
_UNITS: Final = ("chamber district", "department", "district", "government district", "land", "province", "region")
"""Units of territory: an authority of which there is one in each has to be named by the place."""
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
class PlaceFile:
    """How to apply at one place."""

    procedure: tuple[str | None, Thing]
    general: Thing
    authorities: Mapping[str, Thing]
    """Who decides, in the order in which one meets them."""
    of_parts: Mapping[str, tuple[str, Thing]]
    """By jurisdiction within the host: the procedure that holds there alone."""
    steps: Mapping[str, list[Thing]]
    """By procedure."""
    of_profession: Sequence[str]
    """The authorities of the profession itself, where no procedure but the general one is at hand."""


class Way(NamedTuple):
    """One step of a path, as its procedure must know it."""

    place: str
    jurisdiction: str
    regime: Thing
    intent: str
    facts: Facts
    conditions: frozenset[str]
    """Slugs of the conditions of the route."""
    limits: Deadlines
    """The time limits of the recognition as a whole."""
    declaration: Thing
    """What the host asks before a service; empty where the way is none or no row says it."""


class FileReader:
    """Reads how to apply, once for each place and version of the data."""

    def __init__(self, store: GraphStore) -> None:
        self._places: PerVersion[str, PlaceFile] = PerVersion(store, lambda place: _read_place(store, place))
        self._contacts: PerVersion[str, dict[str, Thing]] = PerVersion(
            store, lambda place: things_for(store, "path_contacts", place, place=iris([place]))
        )
        self._offices: PerVersion[str, dict[str, dict[str, Thing]]] = PerVersion(
            store, lambda host: _by_whom_they_serve(things_for(store, "path_offices", host, host=iris([host])))
        )
        self._names: PerVersion[tuple[str, ...], dict[str, Thing]] = PerVersion(
            store, lambda wanted: _read_authorities(store, wanted)
        )

    def place(self, iri: str) -> PlaceFile:
        return self._places.get(iri)

    def contacts(self, jurisdiction: str) -> dict[str, Thing]:
        """Who gives first-line advice there, by IRI."""
        return self._contacts.get(jurisdiction)

    def offices(self, host: str, seeker: Seeker) -> dict[str, Thing]:
        """The offices that act in parts of a host for the seeker's profession, a group of it or for all, by IRI."""
        served = self._offices.get(host)
        return {
            iri: item
            for who in (seeker.profession, *seeker.groups, ANY)
            for iri, item in served.get(who or "", {}).items()
        }

    def names(self, wanted: Iterable[str]) -> dict[str, Thing]:
        """Labels and addresses of authorities, by IRI."""
        found = tuple(sorted(set(wanted)))
        return self._names.get(found) if found else {}


class CaseFile:
    """How to apply at some places, as one applicant meets it."""

    def __init__(
        self, reader: FileReader, reference: Reference, places: Iterable[str], lang: str, seeker: Seeker
    ) -> None:
        self._reader, self._reference, self._lang, self._seeker = reader, reference, lang, seeker
        self._places = {place: reader.place(place) for place in set(places)}
        self._by_region: dict[str, list[Office]] = {}
        self._procedures: dict[str, tuple[str | None, Thing]] = {}

    def procedure(self, place: str) -> tuple[str | None, Thing]:
        """The most specific procedure of a place and its IRI; nothing of wider rows is mixed in.

        Where the question says in which part of the host one wants to work, the row of the smallest part wins.
        """
        chosen = self._procedures.get(place)
        if chosen is None:
            chosen = self._procedures[place] = self._procedure(place)
        return chosen

    def _procedure(self, place: str) -> tuple[str | None, Thing]:
        found = self._places.get(place)
        if found is None:
            return None, {}
        parts = (found.of_parts.get(part) for part in self._seeker.locality.within)
        return next((part for part in parts if part is not None), found.procedure)

    def general(self, place: str) -> Thing:
        """The general procedure, where its time limits and appeal hold for professions whose own row is silent."""
        found = self._places.get(place)
        return found.general if found else {}

    def authorities(self, place: str) -> list[Authority]:
        """Who decides, in the order in which one meets them, where the tables do not tell the steps.

        Nobody where a part of the host has a procedure of its own: the authorities of the whole do not decide there.
        """
        found = self._places.get(place)
        if found is None or self.procedure(place) != found.procedure:
            return []
        return [self._authority(iri, thing) for iri, thing in found.authorities.items()]

    def _authority(self, iri: str, thing: Thing | None = None) -> Authority:
        """An authority as answers name it; `thing` is what is known of it, where that was read already."""

        def written() -> Authority:
            return authority_of(iri, self._reader.names([iri]).get(iri, {}) if thing is None else thing, self._lang)

        return self._reference.once(("authority", iri, self._lang), written)

    def steps(self, way: Way) -> list[Thing]:
        """The steps of the procedure in order, as the tables have them."""
        found = self._places.get(way.place)
        listed = found.steps.get(self.procedure(way.place)[0] or "", []) if found else []
        return steps.applicable(listed, way.regime, way.intent)

    def written(self, way: Way, listed: Iterable[Thing]) -> list[ProcedureStep]:
        """Steps in the reader's language: what, who decides, how to apply, papers, languages, fee, time."""
        procedure = self.procedure(way.place)[1]
        shown: list[ProcedureStep] = []
        for step in listed:
            shown.append(self._step(step, procedure, way, [before["what"] for before in shown]))
        return shown

    def in_words(self, step: Thing) -> str | None:
        """What is done in a step."""
        return self._what(steps.kind_of(step))

    def _what(self, kind: str) -> str | None:
        code = f"{ID}practical-code/what-{kind.replace('_', '-')}"
        return steps.sentence(self._reference, code, self._lang)["label"]

    def _step(self, step: Thing, procedure: Thing, way: Way, before: list[str]) -> ProcedureStep:
        told = self._reference.once(("step", step["iri"][0], self._lang), lambda: self._told_of(step))
        authority, form, missing = self._acting(step, procedure, way.place, way.jurisdiction)
        shown: ProcedureStep = {
            **told,
            "order": len(before) + 1,
            "authority": authority,
            "form": told["form"] or form,
            "documents": self._documents(step, way, before, told["fee"]),
            "deadlines": self._deadlines(step, told["what"], way, before),
            "silence": self._silence(step, told["what"], way),
        }
        if missing:
            shown["missing"] = missing
        return shown

    def _told_of(self, step: Thing) -> ProcedureStep:
        """What the tables say of a step whoever takes it; the rest is filled in for each case."""
        what = steps.kind_of(step)
        note = one(step, "note")
        return {
            "order": 0,
            "what": what,
            "sentence": self._what(what),
            "authority": None,
            "channel": self._codes(step, "channel"),
            "form": one(step, "form"),
            "send_to": one(step, "sendTo"),
            "documents": [],
            "copies": self._codes(step, "copies"),
            "translation": self._codes(step, "translationRule"),
            "languages": step.get("languageAsked", []),
            "language_level": one(step, "languageLevel"),
            "language_rules": self._codes(step, "languageRule"),
            "fee": steps.fee(step),
            "deadlines": _deadlines_of(step),
            "silence": None,
            "appeal": self._appeal(step),
            "repeats_every": _duration(one(step, "repeatsEvery")),
            "legal_basis": [self._reference.basis(provision, self._lang) for provision in every(step, "provision")],
            "note": {"text": note, "lang": next((lang for lang in LANGUAGES if f"note@{lang}" in step), None)}
            if note
            else None,
            "sources": list(sources_of(self._reference, step["iri"][0], step)),
        }

    def _codes(self, step: Thing, name: str) -> list[Coded]:
        return steps.coded(self._reference, step, name, self._lang)

    def _own_for_general(self, named: str | None, place: str) -> str | None:
        """The authority of the profession itself, where the general procedure names one that stands for many."""
        found = self._places.get(place)
        own = found.of_profession if found and named in self._reference.general_authorities else ()
        return next(iter(own), named)

    def _acting(
        self, step: Thing, procedure: Thing, place: str, jurisdiction: str
    ) -> tuple[Authority | None, str | None, Missing | None]:
        """Who acts at the place asked, with the form; else what is missing to name them."""
        named = self._own_for_general(one(step, "authority"), place)
        if named is None:
            return None, None, None
        if not self._decided_by_place(named) or not self._asked_where(jurisdiction):
            return self._authority(named), None, None
        found = self._office(step, procedure, jurisdiction)
        acting = one(found, "authority") if found else None
        if found is not None and acting is not None and not self._decided_by_place(acting):
            return self._authority(acting), one(found, "officeForm"), None
        return None, one(found or {}, "officeForm"), self._unnamed(acting or named)

    def _unnamed(self, authority: str) -> Missing:
        """What is missing: the authority of this kind that acts at the place asked."""
        locality = self._seeker.locality
        region = locality.within[0] if locality.within else None
        return {
            "authority": label(self._reader.names([authority]).get(authority, {}), self._lang)[0],
            "one_in_each": self._reference.one_in_each(authority),
            "region": self._reference.code(region) if region else None,
            "place": one(locality.place or {}, "placeName"),
        }

    def missing(self, way: Way, written: Sequence[ProcedureStep]) -> Missing | None:
        """What is missing to name who decides first; None where somebody is named, or nobody decides."""
        if written:
            return written[0].get("missing")
        found = self._places.get(way.place)
        if found is None or self.procedure(way.place) == found.procedure or not found.authorities:
            return None
        return self._unnamed(next(iter(found.authorities)))

    def _decided_by_place(self, authority: str) -> bool:
        return self._reference.one_in_each(authority) in _UNITS

    def _asked_where(self, jurisdiction: str) -> bool:
        return self._seeker.locality.narrower and jurisdiction in self._seeker.locality.hosts

    def _office(self, step: Thing, procedure: Thing, jurisdiction: str) -> Thing | None:
        """The office for the step; the one that recognises acts in every step of the same kind of authority."""
        offices = self._reader.offices(jurisdiction, self._seeker)
        what = one(step, "stepKind") or ""
        task = "declaration" if what in _SERVICE else what
        found = office(self._reference, offices, self._seeker, task)
        main = procedure.get("firstAuthority") or procedure.get("authority", [])
        if found is None and set(every(step, "authority")) & set(main):
            found = office(self._reference, offices, self._seeker, steps.RECOGNITION)
        return found

    def offices(self, way: Way, written: Iterable[ProcedureStep]) -> list[Office] | None:
        """The offices by region, where the place decides and none was named; None where it does not decide."""
        named = [step["authority"]["id"] for step in written if step["authority"]]
        if self._asked_where(way.jurisdiction) or not any(self._decided_by_place(iri) for iri in named):
            return None
        if way.place not in self._by_region:
            self._by_region[way.place] = self._offices_by_region(way)
        return self._by_region[way.place]

    def _offices_by_region(self, way: Way) -> list[Office]:
        found = self._places.get(way.place)
        parts = found.of_parts.items() if found else ()
        listed = {
            (land, iri): None
            for land, (_, thing) in sorted(parts)
            for iri in (thing.get("firstAuthority") or thing.get("authority", []))[:1]
        }
        lands = {land for land, _ in listed}
        for region, item in offices_by_region(
            self._reference, self._reader.offices(way.jurisdiction, self._seeker), self._seeker, way.jurisdiction
        ):
            if region not in lands:
                listed[(region, one(item, "authority") or "")] = None
        names = self._reader.names(iri for _, iri in listed)
        return [
            {
                "region": self._reference.code(region),
                "label": label(self._reference.thing(region), self._lang)[0],
                "authority": self._authority(iri, names.get(iri, {})),
            }
            for region, iri in sorted(listed, key=lambda pair: (self._reference.code(pair[0]), pair[1]))
        ]

    def _documents(self, step: Thing, way: Way, before: list[str], price: Fee | None) -> list[Document]:
        wanted = every(step, "requiresDocument")
        facts = way.facts
        if not self._reference.document_conditions.keys().isdisjoint(wanted):
            facts = documents.step_facts(facts, self._facts_of_step(way, before, price))
        asked = documents.asked(self._reference, way.jurisdiction, wanted, facts)
        return [self._document(item) for item in asked]

    @staticmethod
    def _facts_of_step(way: Way, before: list[str], price: Fee | None) -> dict[str, frozenset[str]]:
        own = {
            "route.regime": frozenset(slug(iri) for name in ("iri", "parentRegime") for iri in every(way.regime, name)),
            "route.condition": way.conditions,
            "step.follows": frozenset(before),
        }
        if price is not None:
            own["step.fee"] = frozenset({"asked" if price["at_most"] else "none"})
        return own

    def _document(self, item: documents.AskedDocument) -> Document:
        because = one(item.because or {}, "iri")
        key = ("document", item.document, because, item.certain, self._lang)
        return self._reference.once(key, lambda: self._told_of_document(item))

    def _told_of_document(self, item: documents.AskedDocument) -> Document:
        thing = self._reference.thing(item.document)
        return {
            "id": item.document,
            "code": one(thing, "code"),
            "label": label(thing, self._lang)[0],
            "annex_vii": one(thing, "annexVIIPoint"),
            "asked": "yes" if item.certain else "if",
            "condition": label(item.because, self._lang)[0] if item.because else None,
            "of_earlier_step": item.because is not None and one(item.because, "fact") == "step.follows",
        }

    def _deadlines(self, step: Thing, what: StepKind, way: Way, before: list[str]) -> Deadlines:
        """The step's own terms; where it names none, a first step has those of the recognition as a whole."""
        own = _deadlines_of(step)
        if what in _SERVICE:
            told = _deadlines_of(way.declaration)
            return told if way.declaration and what == _SERVICE[0] else own
        if not before and own["decide"] is None:
            return _or_else(own, way.limits)
        return own

    def _silence(self, step: Thing, what: StepKind, way: Way) -> Coded | None:
        told = one(way.declaration, "silence") if what == _SERVICE[0] else None
        iri = f"{ID}practical-code/silence-{told}" if told else one(step, "silenceRule")
        return steps.sentence(self._reference, iri, self._lang) if iri else None

    def _appeal(self, step: Thing) -> Appeal | None:
        body, within = one(step, "appealRule"), _duration(one(step, "appealWithin"))
        if body is None and within is None:
            return None
        return {"body": steps.sentence(self._reference, body, self._lang) if body else None, "within": within}

    def application(self, place: str) -> Application | None:
        """How to apply, as the procedure tables say it; what they do not say is null."""
        iri, thing = self.procedure(place)
        if iri is None:
            return None
        filled = {name: one(self.general(place), name) for name in ("timeLimitText", "appealBody")}
        told = {key: one(thing, name) or filled.get(name) for key, name in PROSE.items()}
        return cast("Application", {"id": iri, **told})

    def advice(self, jurisdictions: Iterable[str]) -> list[Contact]:
        """Who gives first-line advice: the nearest that serve the place, the two states and the profession."""
        seeker, place = self._seeker, self._seeker.locality
        where = list(dict.fromkeys(each for iri in jurisdictions for each in (iri, self._reference.state(iri))))
        about = self._reference.kept("advised", tuple(where), lambda: self._advised(where))
        for_whom = (about & {seeker.profession, *seeker.groups}, seeker.home, tuple(place.hosts))
        near = (place.nuts, one(place.place or {}, "iri"), place.border_regions)
        key = (self._lang, tuple(where), *for_whom, *near)
        return self._reference.kept("advice", key, lambda: self._advice(where))

    def _contacts(self, where: Sequence[str]) -> dict[str, Thing]:
        return {iri: thing for place in where for iri, thing in self._reader.contacts(place).items()}

    def _advised(self, where: Sequence[str]) -> frozenset[str | None]:
        """The professions and groups of them for which there are contacts of their own."""
        found = self._contacts(where).values()
        return frozenset(each for item in found for name in ("profession", "forGroup") for each in every(item, name))

    def _advice(self, where: Sequence[str]) -> list[Contact]:
        contacts = self._contacts(where)
        near = nearest_contacts(self._reference, contacts, self._seeker, where)
        return [self._contact(contacts[iri], place) for place, iri in near]

    def _contact(self, contact: Thing, place: str) -> Contact:
        return {
            "id": contact["iri"][0],
            "label": label(contact, self._lang)[0],
            "kind": one(contact, "contactKind"),
            "country": self._reference.code(place),
            "url": one(contact, "homepage"),
            "languages": one(contact, "languagesText"),
            "verified": mark(contact),
        }


def _read_place(store: GraphStore, place: str) -> PlaceFile:
    """The procedure of a place, the general one that fills its gaps, and its authorities in order."""
    things = things_for(store, "path_procedures", place, place=iris([place]))
    bodies, deciding_first = (things.get(place, {}).get(name, []) for name in ("competentAuthority", "firstAuthority"))
    specific, general, of_lands = (_of_role(things, place, name) for name in _PROCEDURES)
    procedure = specific or general
    own = things[procedure[0]].get("authority", []) if procedure else []
    of_profession = [] if specific else bodies
    found = of_profession or own or bodies
    first = deciding_first if of_profession or not own else things[procedure[0]].get("firstAuthority", [])
    filling = [things[iri] for iri in general if one(things[iri], "fillsGaps") == "true"]
    authorities = _read_authorities(store, found)
    of_parts = {land: (iri, things[iri]) for iri in sorted(of_lands) for land in every(things[iri], "land")}
    chosen = [*procedure[:1], *(iri for iri, _ in of_parts.values())]
    by_procedure: dict[str, list[Thing]] = {}
    steps_of_them = things_for_each(store, "path_steps", chosen, procedure=iris(chosen)) if chosen else {}
    for step in steps_of_them.values():
        for iri in every(step, "ofProcedure"):
            by_procedure.setdefault(iri, []).append(step)
    return PlaceFile(
        (procedure[0], things[procedure[0]]) if procedure else (None, {}),
        filling[-1] if filling else {},
        {iri: authorities.get(iri, {}) for iri in sorted(found, key=lambda iri: (iri not in first, iri))},
        of_parts,
        by_procedure,
        sorted(of_profession, key=lambda iri: (iri not in first, iri)),
    )


def _of_role(things: Mapping[str, Thing], place: str, role: str) -> list[str]:
    """The procedures of a place in one role, of which anything is said."""
    return [iri for iri in things.get(place, {}).get(role, ()) if iri in things]


def _by_whom_they_serve(offices: Mapping[str, Thing]) -> dict[str, dict[str, Thing]]:
    """Offices by the professions and groups that they serve, and under ANY those that serve all."""
    found: dict[str, dict[str, Thing]] = {}
    for iri, item in offices.items():
        for who in (*every(item, "profession"), *every(item, "forGroup")) or (ANY,):
            found.setdefault(who, {})[iri] = item
    return found


def _read_authorities(store: GraphStore, wanted: Sequence[str]) -> dict[str, Thing]:
    """Names and addresses of authorities, by IRI."""
    return things_for_each(store, "path_authorities", wanted, thing=iris(wanted)) if wanted else {}


def authority_of(iri: str, known: Thing, lang: str) -> Authority:
    """An authority as answers name it."""
    return {
        "id": iri,
        "label": label(known, lang)[0],
        "url": one(known, "homepage"),
        "address": one(known, "postalAddress"),
        "email": one(known, "email"),
    }


def _duration(text: str | None) -> str | None:
    """The duration as answers write it: stores write an empty one in several ways."""
    return NO_TIME if text and no_time(text) else text


def sources_of(reference: Reference, iri: str, thing: Thing) -> Iterator[SourceOf]:
    """The sources of a thing: text, address where the text holds one, and whether the thing was verified there."""
    for source in every(thing, "source"):
        yield source_of(source, reference.thing(source), thing, iri)


def measure(reference: Reference, iris_of_measures: Iterable[str], lang: str) -> Compensation:
    """The compensation measure of a route; none when the regime allows none."""
    first = min(iris_of_measures, default=None)
    return reference.once(("measure", first, lang), lambda: _measure(reference, first, lang))


def _measure(reference: Reference, iri: str | None, lang: str) -> Compensation:
    if iri is None:
        return {
            "possible": False,
            "kinds": [],
            "chosen_by": None,
            "max_months": None,
            "both": False,
            "note": None,
        }
    thing = reference.thing(iri)
    months = one(thing, "maxMonths")
    return {
        "possible": True,
        "kinds": thing.get("kind", []),
        "chosen_by": one(thing, "chosenBy"),
        "max_months": int(months) if months else None,
        "both": one(thing, "both") == "true",
        "note": one(thing, "note"),
        "legal_basis": [reference.basis(provision, lang) for provision in every(thing, "provision")],
        "id": iri,
    }


def deadlines(regime: Thing, procedure: Thing, general: Thing) -> Deadlines:
    """Acknowledge, decide, extension: the national rows win over the directive's; what none says is null.

    A general row speaks of an extension only for regimes that know one at all: Art. 51(2) leaves Chapter III out.
    """
    usual = _or_else(_deadlines_of(general), _deadlines_of(regime))
    if not one(regime, "extension"):
        usual["extension"] = None
    return _or_else(_deadlines_of(procedure), usual)


def _deadlines_of(thing: Thing) -> Deadlines:
    return {
        "acknowledge": _duration(one(thing, "acknowledgeWithin")),
        "decide": _duration(one(thing, "decideWithin")),
        "extension": _duration(one(thing, "extension")),
    }


def _or_else(first: Deadlines, second: Deadlines) -> Deadlines:
    """The first, and the second where it says nothing."""
    return {
        "acknowledge": first["acknowledge"] or second["acknowledge"],
        "decide": first["decide"] or second["decide"],
        "extension": first["extension"] or second["extension"],
    }


def calendar(limits: Deadlines, applied_on: date | None) -> Calendar | None:
    """The deadlines as last days, counted from the day on which the complete file was handed in."""
    if applied_on is None:
        return None
    acknowledge, decide, extension = limits["acknowledge"], limits["decide"], limits["extension"]
    return {
        "applied_on": applied_on.isoformat(),
        "acknowledge_by": later(applied_on, acknowledge).isoformat() if acknowledge else None,
        "decide_by": later(applied_on, decide).isoformat() if decide else None,
        "decide_by_if_extended": (
            later(later(applied_on, decide), extension).isoformat() if decide and extension else None
        ),
    }


def regime_name(reference: Reference, iri: str, lang: str) -> Regime:
    """A regime as answers name it."""
    return reference.once(("regime", iri, lang), lambda: _regime_name(reference, iri, lang))


def _regime_name(reference: Reference, iri: str, lang: str) -> Regime:
    thing = reference.thing(iri)
    return {
        "id": one(thing, "identifier"),
        "slug": slug(iri),
        "label": label(thing, lang)[0],
        "iri": iri,
    }
