"""The values that a spreadsheet can fetch for what it has reconciled, and the way into a country among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from graph_api.errors import BadRequest, LimitReached
from graph_api.rdf.terms import kind_and_slug, local_name, pas
from graph_api.recognition.question import question_from
from graph_api.store.kept_things import read_names
from graph_api.store.per_version import PerVersion
from graph_api.store.queries import iris
from graph_api.store.things import Thing, called, read_things
from graph_api.web.addresses import encoded
from graph_api.web.reconcile.entities import CLASSES, Named, identifier, kind_of, read_entities
from graph_api.web.services import Services

Value = dict[str, Any]
"""One cell as the protocol writes it: `{"str": …}`, `{"int": …}`, or `{"id": …, "name": …}`."""

_PATH: Final = "path-to-"
MOST_WAYS: Final = 1000
"""How many ways one request may have worked out."""
WITH_WAYS: Final = ("profession", "qualification")
_MATCHES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch")
_ESCO_OCCUPATION: Final = "/esco/occupation/"
CONTENTS: Final = ("sentence", "outcome", "address")
"""What a cell of a way can hold: the first sentence of the answer, the outcome as a code, the address of it all."""


class Settings(BaseModel):
    """What can be set for a way into a country; whatever else a client sends is left alone."""

    model_config = ConfigDict(extra="ignore")

    content: str = "sentence"
    profession: str = Field(default="", max_length=200)
    issued_in: str = Field(default="", max_length=10)
    intent: str = Field(default="", max_length=40)


@dataclass(frozen=True)
class Property:
    """A property that can be fetched: what it is called, of which types, and how its values are read."""

    id: str
    term: str
    """The term of the vocabulary that names it."""
    kinds: tuple[str, ...]
    read: Callable[[Reading, Thing], Iterable[Value]]
    title: str = ""
    """A name that is the same in every language, instead of the term's."""


@dataclass(frozen=True)
class Reading:
    """The things that are read together, and what they lead to."""

    services: Services
    lang: str
    linked: Mapping[str, Thing]

    def named(self, iri: str) -> Value:
        """A thing as a cell: reconciled itself where it can be, its name otherwise."""
        name, _ = called(self.linked, iri, self.lang)
        own = identifier(iri)
        return {"id": own, "name": name} if own else {"str": name}

    def professions(self, thing: Thing) -> list[Thing]:
        """A profession itself, or those that a title opens at home."""
        if kind_of(thing["iri"][0]) == "profession":
            return [thing]
        return [self.linked[iri] for iri in thing.get("grantsAccessTo", ()) if iri in self.linked]


def _country(reading: Reading, thing: Thing) -> Iterable[Value]:
    places = reading.services.jurisdictions.get(reading.lang)
    states = thing.get("state") or [places.state_of(iri) for iri in thing.get("inJurisdiction", ())]
    return ({"str": places.code_of(iri)} for iri in states)


def _level(_: Reading, thing: Thing) -> Iterable[Value]:
    return ({"int": int(text)} for text in thing.get("eqfLevel", ()))


def _isco(reading: Reading, thing: Thing) -> Iterable[Value]:
    return ({"str": code} for item in reading.professions(thing) for code in item.get("iscoCode", ()))


def _esco(reading: Reading, thing: Thing) -> Iterable[Value]:
    if identifier(thing["iri"][0]) and kind_of(thing["iri"][0]) == "competence":
        return [{"str": thing["iri"][0]}]
    found = [iri for item in reading.professions(thing) for name in _MATCHES for iri in item.get(name, ())]
    return ({"str": iri} for iri in dict.fromkeys(found) if _ESCO_OCCUPATION in iri)


def _notation(_: Reading, thing: Thing) -> Iterable[Value]:
    return ({"str": code} for name in ("nationalCode", "identifier", "notation") for code in thing.get(name, ()))


def _professions(reading: Reading, thing: Thing) -> Iterable[Value]:
    return (reading.named(iri) for iri in thing.get("grantsAccessTo", ()))


PROPERTIES: Final = {
    item.id: item
    for item in (
        Property("country", "state", ("qualification", "authority"), _country),
        Property("eqf_level", "eqfLevel", ("qualification",), _level),
        Property("isco", "iscoCode", ("profession", "qualification"), _isco),
        Property("esco", "profession", ("profession", "qualification", "competence"), _esco, "ESCO"),
        Property("notation", "nationalCode", ("qualification", "regime"), _notation),
        Property("profession", "grantsAccessTo", ("qualification",), _professions),
    )
}


@dataclass(frozen=True)
class Vocabulary:
    """What types and properties are called in the reader's language, by identifier."""

    types: Mapping[str, str]
    properties: Mapping[str, str]

    def property(self, text: str) -> str:
        """The identifier of a property that is offered. Raises BadRequest for any other text."""
        if text not in self.properties:
            known = ", ".join(self.properties)
            raise BadRequest("properties", f"'{text}' is no property of this service; write one of {known}")
        return text

    def properties_of(self, kind: str | None) -> list[Named]:
        """The properties of a type, or of all."""
        return [
            Named(text, name)
            for text, name in self.properties.items()
            if kind is None or kind in (PROPERTIES[text].kinds if text in PROPERTIES else WITH_WAYS)
        ]


@dataclass(frozen=True)
class Door:
    """The services, and the vocabulary of this door by language."""

    services: Services
    vocabulary: PerVersion[str, Vocabulary]


def door(services: Services) -> Door:
    """The door over the services; nothing is read of them before it is asked for."""
    return Door(services, PerVersion(services.store, lambda lang: _vocabulary(services, lang)))


def _vocabulary(services: Services, lang: str) -> Vocabulary:
    terms = {text: pas(item.term).value for text, item in PROPERTIES.items()}
    names = read_names(services.store, [*CLASSES.values(), *terms.values()])
    ways = {f"{_PATH}{place.code}": f"→ {place.name}" for place in services.jurisdictions.get(lang).hosts}
    return Vocabulary(
        {kind: called(names, iri, lang)[0] for kind, iri in CLASSES.items()},
        {text: PROPERTIES[text].title or called(names, iri, lang)[0] for text, iri in terms.items()} | ways,
    )


def is_way(name: str) -> bool:
    """Whether a property is the way into a country, which is worked out and not looked up."""
    return name.startswith(_PATH)


def values(
    door: Door, ids: Sequence[str], asked: Sequence[tuple[str, Settings]], lang: str, public: str
) -> dict[str, dict[str, list[Value]]]:
    """The cells of each entity and property asked for; none where the graph says nothing.

    `public` is the address of this server, for cells that hold addresses. Raises BadRequest for unknown
    properties, LimitReached for more ways than are worked out at once.
    """
    wanted = [(door.vocabulary.get(lang).property(name), settings) for name, settings in asked]
    ways = len(ids) * sum(is_way(name) for name, _ in wanted)
    if ways > MOST_WAYS:
        raise LimitReached("batch", MOST_WAYS, f"{ways} ways are too many; ask for at most {MOST_WAYS} at once")
    things = read_entities(door.services.store, ids)
    reading = Reading(door.services, lang, _linked(door.services, things.values()))
    return {
        text: {
            name: _cells(reading, things[text], name, settings, public) if text in things else []
            for name, settings in wanted
        }
        for text in ids
    }


def _cells(reading: Reading, thing: Thing, name: str, settings: Settings, public: str) -> list[Value]:
    kind = kind_of(thing["iri"][0])
    if is_way(name):
        return list(_ways(reading, thing, name.removeprefix(_PATH), settings, public))
    known = PROPERTIES[name]
    cells = list(known.read(reading, thing)) if kind in known.kinds else []
    return [cell for number, cell in enumerate(cells) if cell not in cells[:number]]


def _linked(services: Services, things: Iterable[Thing]) -> Mapping[str, Thing]:
    wanted = {iri for thing in things for iri in thing.get("grantsAccessTo", ())}
    return read_things(services.store, "things", thing=iris(sorted(wanted))) if wanted else {}


def _ways(reading: Reading, thing: Thing, country: str, settings: Settings, public: str) -> Iterable[Value]:
    """The way into a country for each profession that the title opens, or for the one that was named."""
    for asked in _questions(reading, thing, country, settings):
        if settings.content == "address":
            yield {"str": f"{public}/api/v1/paths?{encoded(asked)}"}
            continue
        answer = reading.services.path_finder.find(question_from(asked))
        sentence = next((verdict["sentence"] for verdict in answer["verdicts"]), answer["outcome"])
        yield {"str": answer["outcome"] if settings.content == "outcome" else sentence}


def _questions(reading: Reading, thing: Thing, country: str, settings: Settings) -> Iterable[list[tuple[str, str]]]:
    title = [("qualification", local_name(thing["iri"][0]))]
    if kind_of(thing["iri"][0]) == "profession":
        title = [("issued_in", settings.issued_in)]
    named = [settings.profession.removeprefix("profession/")] if settings.profession else []
    slugs = named or [own[1] for item in reading.professions(thing) if (own := kind_and_slug(item["iri"][0]))]
    for slug in slugs:
        yield [
            *title,
            ("profession", slug),
            ("country", country),
            *([("intent", settings.intent)] if settings.intent else []),
            ("lang", reading.lang),
        ]


def settings_of(given: Any) -> Settings:
    """What a client set for a property. Raises BadRequest for a content that is not offered."""
    if given is not None and not isinstance(given, Mapping):
        raise BadRequest("settings", "the settings of a property are a JSON object")
    read = Settings.model_validate({name: str(value) for name, value in (given or {}).items() if value is not None})
    if read.content not in CONTENTS:
        raise BadRequest("settings", f"content is '{read.content}'; write one of {', '.join(CONTENTS)}")
    return read
