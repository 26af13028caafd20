"""Things of the graph as pages show them: facts grouped by meaning, each with the graph that says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graph_api.rdf.terms import ESCO, NAMESPACE, PAS, kind_and_slug, local_name
from graph_api.store.local import GraphStore
from graph_api.store.queries import cells, iris, select
from graph_api.store.things import LANGUAGES, Thing, collect, named, one, read_things, short

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "meaning": (
        "definition",
        "description",
        "coreContentNote",
        "additionalContentNote",
        "exclusionNote",
        "scopeNote",
    ),
    "names": (
        "prefLabel",
        "altLabel",
        "hiddenLabel",
        "label",
        "title",
        "shortName",
        "officialNumber",
        "identifier",
        "code",
        "notation",
        "professionalTitle",
        "originalTitle",
        "number",
    ),
    "competences": (
        "relatedEssentialSkill",
        "relatedOptionalSkill",
        "isEssentialSkillFor",
        "isOptionalSkillFor",
        "essentialCompetence",
        "optionalCompetence",
        "skillType",
        "skillReuseLevel",
    ),
    "law": (
        "regulation",
        "regulates",
        "regulationText",
        "regulatedBy",
        "legalBasis",
        "provision",
        "ofAct",
        "article",
        "eli",
        "basis",
        "annexVPoint",
        "annexIVList",
        "annexPoint",
        "annexVIIPoint",
        "europeanProfessionalCard",
        "hasParty",
        "act",
        "referenceDate",
        "referenceCondition",
        "accompanyingCertificate",
        "listedAs",
        "perhapsListedAs",
        "validFrom",
        "validTo",
        "replacedBy",
        "parentRegime",
        "outcome",
        "servesIntent",
        "rank",
        "permission",
        "permissionText",
    ),
    "place": (
        "inJurisdiction",
        "issuedIn",
        "state",
        "host",
        "land",
        "partOf",
        "hasPart",
        "competentAuthority",
        "authority",
        "authorityText",
        "authorityKind",
        "homepage",
        "postalAddress",
        "email",
        "awardingBodyText",
        "contactKind",
        "institutions",
        "scope",
        "languagesText",
        "decides",
        "inUnion",
    ),
    "level": (
        "requiredLevel",
        "heldLevel",
        "art11Level",
        "nqfLevel",
        "eqfLevel",
        "eqfText",
        "iscedLevel",
        "degree",
        "durationYears",
        "trainingRegulated",
        "typicalQualification",
        "nationalCode",
        "nationalCodeSystem",
        "levelText",
        "order",
    ),
    "procedure": (
        "applicationChannel",
        "electronic",
        "requiresDocument",
        "certifiedCopies",
        "translation",
        "languageRequirement",
        "feeText",
        "feeMinimum",
        "feeMaximum",
        "currency",
        "timeLimitText",
        "acknowledgeWithin",
        "decideWithin",
        "extension",
        "silenceMeans",
        "appealBody",
        "temporaryDeclarationTo",
        "sourceDate",
    ),
    "links": (),
    "remarks": ("note", "doubt"),
    "record": (
        "status",
        "versionInfo",
        "created",
        "issued",
        "modified",
        "publisher",
        "license",
        "rights",
        "acknowledgement",
        "language",
        "checksum",
    ),
}
"""Group -> local names of properties; what stands in none goes to "links"."""

_ORIGIN: Final = ("source", "wasDerivedFrom", "verified", "isDefinedBy", "type")
_IMPLIED: Final = ("broaderTransitive", "narrowerTransitive", "topConceptOf", "memberOfISCOGroup")
"""What follows from what a page shows already."""
_MATCHES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_SHOWN_TYPES_LAST: Final = ("Concept", "Occupation", "NamedIndividual", "Thing", "Collection")


@dataclass
class Value:
    """One value: a text in a language, or a link with its label; and the graphs that say it."""

    text: str
    lang: str | None = None
    iri: str | None = None
    datatype: str = ""
    graphs: list[str] = field(default_factory=list)


@dataclass
class Fact:
    """A property with its label in the reader's language, and its values."""

    name: str
    iri: str
    label: str
    lang: str | None
    values: list[Value]
    total: int = 0
    """How many values there are; of a long list of links, `values` is a part."""
    offset: int = 0

    def own(self, lang: str) -> list[Value]:
        """The values in the reader's language or in none; where there are none, those of the next best language."""
        for language in (lang, *LANGUAGES):
            found = [value for value in self.values if value.lang in (language, None) or value.iri]
            if found:
                return found
        return self.values

    def others(self, lang: str) -> list[Value]:
        """The values in further languages."""
        own = self.own(lang)
        return [value for value in self.values if value not in own]


@dataclass(frozen=True)
class Record:
    """A thing as its page shows it."""

    iri: str
    label: str
    lang: str | None
    kind: str
    kind_lang: str | None
    classes: Sequence[str]
    names: Sequence[tuple[str, str]]
    groups: Mapping[str, Sequence[Fact]]
    verified: str | None
    thing: Thing
    rows: Sequence[tuple[str, str, str]]
    """The table rows that the thing was read from: graph, file, line."""
    graphs: frozenset[str] = frozenset()
    """The named graphs that say something of the thing."""


Rows = Sequence[Mapping[str, Mapping[str, str]]]
MANY: Final = 48
"""How many links of one property a page shows at once."""


def read(store: GraphStore, iri: str, lang: str, *, whole: str | None = None, offset: int = 0) -> Record | None:
    """The thing with everything that the graph says of it; None when it says nothing.

    Of a property with more than MANY links the first are read, or those from `offset` on of the property `whole`.
    """
    said = cells(store, "statements", thing=iris([iri]))
    if not said:
        return None
    thing = collect(said)[iri]
    rows, cut = _within(said, whole, offset)
    mentioned = {row["value"]["value"] for row in rows if row["value"]["type"] == "uri"}
    mentioned |= {row["property"]["value"] for row in rows} | {row["graph"]["value"] for row in rows}
    names = read_things(store, "labels", thing=iris(sorted(mentioned)))
    facts = _facts(rows, names, lang)
    for fact in facts:
        fact.total, fact.offset = cut.get(fact.iri, (len(fact.values), 0))
    text, language = named(thing, lang)
    if text is None:
        text, language = named(thing, lang, "title")
    kind, kind_lang = _kind(thing, names, lang)
    others = [(tag, " / ".join(dict.fromkeys(thing[f"prefLabel@{tag}"]))) for tag in _tags(thing) if tag != language]
    return Record(
        iri=iri,
        label=text or short(iri),
        lang=language,
        kind=kind,
        kind_lang=kind_lang,
        classes=[local_name(name) for name in thing.get("type", ())],
        names=others,
        groups=_grouped(facts),
        verified=next(iter(thing.get("verified", ())), None),
        thing=thing,
        rows=[_row(name, names) for name in thing.get("wasDerivedFrom", ())],
        graphs=frozenset(row["graph"]["value"] for row in said),
    )


def _within(rows: Rows, whole: str | None, offset: int) -> tuple[Rows, Mapping[str, tuple[int, int]]]:
    """The rows that a page shows; and for each property shown in part, how many links it has, and the start."""
    links: dict[str, list[str]] = {}
    for row in rows:
        if row["value"]["type"] == "uri":
            links.setdefault(row["property"]["value"], []).append(row["value"]["value"])
    kept: dict[str, set[str]] = {}
    cut: dict[str, tuple[int, int]] = {}
    for name, values in links.items():
        listed = sorted(set(values))
        if len(listed) > MANY:
            start = offset if local_name(name) == whole else 0
            kept[name], cut[name] = set(listed[start : start + MANY]), (len(listed), start)
    shown = [
        row
        for row in rows
        if row["property"]["value"] not in kept
        or row["value"]["type"] != "uri"
        or row["value"]["value"] in kept[row["property"]["value"]]
    ]
    return shown, cut


def unsaid(iri: str) -> Record:
    """A thing that is there although the graph says nothing of it, as a named graph may be."""
    return Record(iri, iri.removeprefix(NAMESPACE), None, "", None, (), (), {}, None, {"iri": [iri]}, ())


def _tags(thing: Thing) -> list[str]:
    return sorted(key.partition("@")[2] for key in thing if key.startswith("prefLabel@"))


def _kind(thing: Thing, names: Mapping[str, Thing], lang: str) -> tuple[str, str | None]:
    """The label of the class that says most: one of ours before those of others."""
    own = (kind_and_slug(thing["iri"][0]) or ("", ""))[0].replace("-", "")
    classes = sorted(
        thing.get("type", ()),
        key=lambda name: (
            local_name(name).lower() != own,
            not name.startswith(PAS),
            local_name(name) in _SHOWN_TYPES_LAST,
            name,
        ),
    )
    for name in classes:
        text, language = named(names.get(name, {}), lang)
        if text:
            return text, language
    return (local_name(classes[0]) if classes else ""), None


def _row(row: str, names: Mapping[str, Thing]) -> tuple[str, str, str]:
    graph, _, line = row.partition("#row=")
    file = (names.get(graph, {}).get("label") or [graph.removeprefix(NAMESPACE)])[0]
    return graph, file, line


def _facts(rows: Iterable[Mapping[str, Mapping[str, str]]], names: Mapping[str, Thing], lang: str) -> list[Fact]:
    facts: dict[str, Fact] = {}
    for row in rows:
        iri = row["property"]["value"]
        name = local_name(iri)
        if name in _ORIGIN + _IMPLIED or name.endswith("Match") or row["value"]["type"] == "bnode":
            continue
        text, language = named(names.get(iri, {}), lang)
        fact = facts.setdefault(iri, Fact(name, iri, text or name, language, []))
        value = _value(row["value"], names, lang)
        known = next((other for other in fact.values if (other.text, other.lang, other.iri) == value), None)
        if known is None:
            known = Value(*value, datatype=local_name(row["value"].get("datatype", "")))
            fact.values.append(known)
        graph = row["graph"]["value"]
        if graph not in known.graphs:
            known.graphs.append(graph)
    return list(facts.values())


def _value(cell: Mapping[str, str], names: Mapping[str, Thing], lang: str) -> tuple[str, str | None, str | None]:
    if cell["type"] != "uri":
        return cell["value"], cell.get("xml:lang"), None
    text, language = named(names.get(cell["value"], {}), lang)
    return text or _address(cell["value"]), language, cell["value"]


def _address(iri: str) -> str:
    return short(iri) if iri.startswith((NAMESPACE, ESCO)) else iri.removeprefix("https://").removeprefix("http://")


def _grouped(facts: Sequence[Fact]) -> dict[str, list[Fact]]:
    """The facts in the order of their groups."""
    place = {name: (group, number) for group, found in GROUPS.items() for number, name in enumerate(found)}
    grouped: dict[str, list[Fact]] = {group: [] for group in GROUPS}
    titles = {value.text for fact in facts if fact.name == "prefLabel" for value in fact.values}
    ours = {_links(fact) for fact in facts if fact.lang and _links(fact)}
    for fact in sorted(facts, key=lambda fact: (place.get(fact.name, ("links", 999))[1], fact.label)):
        repeats = fact.name == "label" and all(value.text in titles for value in fact.values)
        repeats = repeats or (fact.lang is None and fact.name not in place and _links(fact) in ours)
        if fact.name != "prefLabel" and not repeats:
            fact.values.sort(key=lambda value: (value.iri is None, value.text.casefold() if value.iri else ""))
            grouped[place.get(fact.name, ("links", 0))[0]].append(fact)
    return {group: found for group, found in grouped.items() if found}


def _links(fact: Fact) -> frozenset[str]:
    """The things that a fact links to; more general properties of others often link to the same ones."""
    return frozenset(value.iri for value in fact.values if value.iri)


@dataclass(frozen=True)
class Pointing:
    """The things that point at a thing by one property: how many there are, and some of them."""

    property: str
    label: str
    lang: str | None
    count: int
    things: Sequence[Value]


@dataclass(frozen=True)
class Incoming:
    """What points at a thing, by property; `of` is the one property that is shown in full."""

    groups: Sequence[Pointing]
    of: str | None
    offset: int


_QUIET: Final = (
    "wasDerivedFrom",
    "annotatedSource",
    "annotatedTarget",
    "isDefinedBy",
    "exampleResource",
    *_IMPLIED,
    *_MATCHES,
)
_FEW: Final = 8


def incoming(
    store: GraphStore, thing: Thing, lang: str, *, of: str | None, page: tuple[int, int], but: Sequence[str] = ()
) -> Incoming:
    """What points at this thing: a few things by each property, or one page of those by the property `of`.

    Left out are the properties `but`, and those by which exactly the things point that this one names itself.
    """
    iri = thing["iri"][0]
    rows = select(store, "incoming_kinds", target=iris([iri]))
    counts = {row["property"]: int(row["things"]) for row in rows if "property" in row}
    shown = {name: count for name, count in counts.items() if local_name(name) not in (*_QUIET, *but)}
    only = {name: count for name, count in shown.items() if local_name(name) == of}
    page = page if only else (_FEW, 0)
    found = {
        name: select(store, "incoming_by", page=page, target=iris([iri]), property=iris([name]))
        for name in (only or shown)
    }
    if not only:
        found = {name: listed for name, listed in found.items() if not _told(thing, listed, counts[name])}
    mentioned = {row["thing"] for listed in found.values() for row in listed} | set(found)
    names = read_things(store, "labels", thing=iris(sorted(mentioned))) if mentioned else {}
    groups = []
    for name, listed in found.items():
        text, language = _titled(name, names, lang)
        values = [Value(*_value({"type": "uri", "value": row["thing"]}, names, lang)) for row in listed]
        values.sort(key=lambda value: value.text.casefold())
        groups.append(Pointing(local_name(name), text, language, counts[name], values))
    groups.sort(key=lambda group: (group.count, group.label))
    return Incoming(groups, of if only else None, page[1])


def _told(thing: Thing, listed: Sequence[Mapping[str, str]], count: int) -> bool:
    """Whether the thing names as many by some property of its own, and these among them."""
    some = {row["thing"] for row in listed}
    return any(len(values) == count and some <= set(values) for name, values in thing.items() if name != "iri")


def _titled(iri: str, names: Mapping[str, Thing], lang: str) -> tuple[str, str | None]:
    text, language = named(names.get(iri, {}), lang)
    return text or local_name(iri), language


def sources(store: GraphStore, thing: Thing) -> list[dict[str, str | None]]:
    """The sources of a thing: text, and address where there is one."""
    wanted = thing.get("source", [])
    found = read_things(store, "source_texts", thing=iris(wanted)) if wanted else {}
    return [{"label": one(item, "label"), "page": one(item, "page")} for _, item in sorted(found.items())]


def mappings(store: GraphStore, thing: Thing, lang: str) -> list[dict[str, Any]]:
    """The same thing elsewhere: each mapping with its other side, its strength and its reason."""
    iri = thing["iri"][0]
    rows = select(store, "mappings_of", concept=iris([iri]))
    others = {row["object"] if row["subject"] == iri else row["subject"] for row in rows}
    names = read_things(store, "labels", thing=iris(sorted(others))) if others else {}
    labels = mapping_labels(store, [row["mapping"] for row in rows])
    schemes = _scheme_codes(store, {*others, *(other for name in _MATCHES for other in thing.get(name, ()))})
    found = list(_plain_matches(thing, others, store, lang))
    for row in rows:
        forwards = row["subject"] == iri
        other = row["object"] if forwards else row["subject"]
        text, language = named(names.get(other, {}), lang)
        noted = labels.get(row["mapping"], {}).get("object_label" if forwards else "subject_label", [None])[0]
        found.append(
            {
                "iri": other,
                "label": text or noted or short(other),
                "lang": language or ("en" if noted else None),
                "predicate": _strength(local_name(row["predicate"]), forwards),
                "refused": row.get("modifier") == "Not",
                "confidence": float(row["confidence"]) if "confidence" in row else None,
                "reason": row.get("comment"),
                "mapping": row["mapping"],
            }
        )
    for item in found:
        item["scheme"] = schemes.get(item["iri"])
        item["order"] = _strength_order(item)
    return sorted(found, key=_strongest)


def _strength_order(item: Mapping[str, Any]) -> int:
    """The same before the nearly same, then wider, narrower and related."""
    return _MATCHES.index(item["predicate"]) if item["predicate"] in _MATCHES else len(_MATCHES)


def _strongest(item: Mapping[str, Any]) -> tuple[bool, int, float, str]:
    """Refusals last; the strongest and the surest first."""
    return item["refused"], item["order"], -(item["confidence"] or 0), (item["label"] or "").casefold()


def _scheme_codes(store: GraphStore, concepts: Iterable[str]) -> Mapping[str, str]:
    """The short names of the schemes that the addresses of the concepts belong to."""
    spaces = {
        space: code
        for item in read_things(store, "schemes").values()
        for space in item.get("uriSpace", ())
        for code in item.get("identifier", ())
    }
    return {iri: code for iri in concepts for space, code in spaces.items() if iri.startswith(space)}


def _plain_matches(thing: Thing, known: set[str], store: GraphStore, lang: str) -> Iterator[dict[str, Any]]:
    """What the thing matches without a mapping that gives a reason."""
    matches = [(name, other) for name in _MATCHES for other in thing.get(name, ()) if other not in known]
    names = read_things(store, "labels", thing=iris(sorted({other for _, other in matches}))) if matches else {}
    for name, other in matches:
        text, language = named(names.get(other, {}), lang)
        yield {
            "iri": other,
            "label": text or short(other),
            "lang": language,
            "predicate": name,
            "refused": False,
            "confidence": None,
            "reason": None,
            "mapping": None,
        }


def mapping_labels(store: GraphStore, wanted: Iterable[str]) -> Mapping[str, Thing]:
    """What the mapping tables call both sides, for concepts whose release is not imported."""
    listed = sorted(set(wanted))
    return read_things(store, "mapping_labels", thing=iris(listed)) if listed else {}


def _strength(predicate: str, forwards: bool) -> str:
    swapped = {"narrowMatch": "broadMatch", "broadMatch": "narrowMatch"}
    return predicate if forwards else swapped.get(predicate, predicate)
