"""Concepts of ESCO in the shape of the official service: one resource, a link, what is related."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from graph_api.rdf.namespaces import SKOS
from graph_api.rdf.terms import ESCO, local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris, select
from graph_api.store.things import Thing, called, label, one, read_things
from graph_api.web.addresses import encoded

MODEL: Final = f"{ESCO}model#"
Kind = Literal["Occupation", "Skill", "Concept", "Taxonomy"]
Record = dict[str, Any]

_TEXTS: Final = (("description", "description"), ("scopeNote", "scopeNote"), ("definition", "definition"))
_ROLES: Final = {
    "femaleTerm": "female",
    "maleTerm": "male",
    "neutralTerm": "neutral",
    "standardFemaleTerm": "standard-female",
    "standardMaleTerm": "standard-male",
}
"""Whom a label names: our properties, and the roles of the official service."""
_BROADER: Final = f"{SKOS}broader"
_TOP_OF: Final = f"{SKOS}topConceptOf"


@dataclass(frozen=True)
class Relation:
    """A relation of the official service: the property behind it, which way it runs, what stands at its end."""

    property: str
    inverse: bool = False
    end: Kind | None = None


RELATIONS: Final = {
    "hasEssentialSkill": Relation(f"{MODEL}relatedEssentialSkill"),
    "hasOptionalSkill": Relation(f"{MODEL}relatedOptionalSkill"),
    "isEssentialForOccupation": Relation(f"{MODEL}isEssentialSkillFor", end="Occupation"),
    "isOptionalForOccupation": Relation(f"{MODEL}isOptionalSkillFor", end="Occupation"),
    "isEssentialForSkill": Relation(f"{MODEL}isEssentialSkillFor", end="Skill"),
    "isOptionalForSkill": Relation(f"{MODEL}isOptionalSkillFor", end="Skill"),
    "broaderOccupation": Relation(_BROADER, end="Occupation"),
    "broaderSkill": Relation(_BROADER, end="Skill"),
    "broaderConcept": Relation(_BROADER, end="Concept"),
    "broaderIscoGroup": Relation(f"{MODEL}memberOfISCOGroup"),
    "narrowerOccupation": Relation(_BROADER, inverse=True, end="Occupation"),
    "narrowerSkill": Relation(_BROADER, inverse=True, end="Skill"),
    "narrowerConcept": Relation(_BROADER, inverse=True, end="Concept"),
    "hasTopConcept": Relation(_TOP_OF, inverse=True),
    "isTopConceptInScheme": Relation(_TOP_OF),
    "isInScheme": Relation(f"{SKOS}inScheme"),
    "hasSkillType": Relation(f"{MODEL}skillType"),
    "hasReuseLevel": Relation(f"{MODEL}skillReuseLevel"),
    "regulatedProfessionNote": Relation(f"{MODEL}regulatedProfessionNote"),
}
_INVERSE: Final = tuple(dict.fromkeys(item.property for item in RELATIONS.values() if item.inverse))


def is_esco(iri: str) -> bool:
    """Whether the IRI is one of ESCO's, and written as one."""
    return iri.startswith(ESCO) and not set(iri) & set(' <>"{}|\\^`') and iri.isprintable()


def kind_of(iri: str, thing: Mapping[str, Sequence[str]]) -> Kind:
    """The class of the official service that a concept belongs to; groups of skills are concepts there."""
    if iri.startswith(f"{ESCO}occupation/"):
        return "Occupation"
    if f"{MODEL}Skill" in thing.get("type", ()):
        return "Skill"
    return "Taxonomy" if iri.startswith(f"{ESCO}concept-scheme/") else "Concept"


@dataclass(frozen=True)
class Reading:
    """Concepts that are read together, with all that they are linked with."""

    base: str
    """The address of this door, for links."""
    lang: str
    things: Mapping[str, Thing]
    linked: Mapping[str, Thing]
    incoming: Mapping[tuple[str, str], Sequence[str]]
    """What points at a concept by a property."""
    whole: bool = True
    """Whether relations were read; a hit of a search has none."""

    def record(self, iri: str) -> Record:
        """One resource with its texts and links."""
        thing = self.things[iri]
        links: dict[str, Any] = {"self": self.link(iri)}
        for name in RELATIONS if self.whole else ():
            found = self.related(iri, name)
            if found:
                links[name] = [self.link(other) for other in found]
        kind = kind_of(iri, thing)
        return {
            "className": kind,
            "classId": f"{MODEL}{kind}",
            "uri": iri,
            "title": called(self.things, iri, self.lang)[0],
            "referenceLanguage": ["en"],
            **({"code": code} if (code := one(thing, "notation")) else {}),
            **({"status": status} if (status := one(thing, "status")) else {}),
            "preferredLabel": {lang: texts[0] for lang, texts in _by_language(thing, "prefLabel").items()},
            "alternativeLabel": _by_language(thing, "altLabel"),
            "alternativeTerms": _terms(thing),
            **{
                name: {
                    lang: {"literal": texts[0], "mimetype": "plain/text"}
                    for lang, texts in _by_language(thing, property_).items()
                }
                for name, property_ in _TEXTS
                if property_ in thing
            },
            "_links": links,
        }

    def related(self, iri: str, name: str) -> list[str]:
        """The concepts at the other end of a relation, in the order of their titles."""
        relation = RELATIONS[name]
        found = (
            self.incoming.get((iri, relation.property), ())
            if relation.inverse
            else self.things[iri].get(local_name(relation.property), ())
        )
        kept = [
            other
            for other in found
            if relation.end is None or kind_of(other, self.linked.get(other, {})) == relation.end
        ]
        return sorted(kept, key=lambda other: (called(self.linked, other, self.lang)[0].casefold(), other))

    def link(self, iri: str) -> Record:
        """A link to a concept: the address of the call, the IRI of the concept itself, its title."""
        thing = self.things.get(iri) or self.linked.get(iri, {})
        kind = kind_of(iri, thing)
        said: Record = {
            "href": f"{self.base}/resource/{kind.lower()}?{encoded([('uri', iri), ('language', self.lang)])}",
            "uri": iri,
            "title": label(thing, self.lang)[0] or local_name(iri),
        }
        if kind == "Skill" and (skill_type := one(thing, "skillType")):
            said["skillType"] = skill_type
        if (code := one(thing, "notation")) and kind != "Skill":
            said["code"] = code
        return said


def read_hits(store: GraphStore, wanted: Iterable[str], base: str, lang: str) -> Reading:
    """The concepts among those wanted that the graph knows, without their relations."""
    return Reading(base, lang, _known(store, "esco_hits", wanted), {}, {}, whole=False)


def _known(store: GraphStore, query: str, wanted: Iterable[str]) -> dict[str, Thing]:
    asked = sorted(set(wanted))
    things = read_things(store, query, thing=iris(asked)) if asked else {}
    return {iri: thing for iri, thing in things.items() if "prefLabel" in thing}


def read(store: GraphStore, wanted: Iterable[str], base: str, lang: str) -> Reading:
    """The concepts among those wanted that the graph knows, with their links."""
    known = _known(store, "things", wanted)
    rows = select(store, "esco_linking", concept=iris(known), property=iris(_INVERSE)) if known else []
    incoming: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        incoming.setdefault((row["concept"], row["property"]), []).append(row["thing"])
    direct = [local_name(item.property) for item in RELATIONS.values() if not item.inverse]
    ends = {iri for thing in known.values() for name in direct for iri in thing.get(name, ())}
    ends |= {iri for found in incoming.values() for iri in found}
    linked = read_things(store, "esco_named", thing=iris(sorted(filter(is_esco, ends)))) if ends else {}
    return Reading(base, lang, known, linked, incoming)


def _terms(thing: Mapping[str, Sequence[str]]) -> dict[str, list[Record]]:
    """The alternative labels with the roles that the release gives them, in the languages in which it gives any."""
    roles: dict[tuple[str, str], list[str]] = {}
    for name, role in _ROLES.items():
        for lang, texts in _by_language(thing, name).items():
            for text in texts:
                roles.setdefault((lang, text), []).append(role)
    said = {lang for lang, _ in roles}
    return {
        lang: [{"roles": roles.get((lang, text), []), "label": text} for text in texts]
        for lang, texts in _by_language(thing, "altLabel").items()
        if lang in said
    }


def _by_language(thing: Mapping[str, Sequence[str]], name: str) -> dict[str, list[str]]:
    start = f"{name}@"
    return {key.removeprefix(start): list(texts) for key, texts in sorted(thing.items()) if key.startswith(start)}
