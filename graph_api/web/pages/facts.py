"""Things of the graph as pages show them: facts grouped by meaning, each with the graph that says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graph_api.rdf.terms import ESCO, NAMESPACE, PAS, kind_and_slug, local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.queries import cells, iris, select
from graph_api.store.things import LANGUAGES, Thing, collect, label, short

HEADINGS: Final = (
    "meaning",
    "names",
    "competences",
    "law",
    "place",
    "level",
    "procedure",
    "links",
    "remarks",
    "record",
)
"""The headings of a page in their order; `pas:shownUnder` in the vocabulary says which property stands where."""

Headings = Mapping[str, tuple[str, int]]
"""Local name of a property -> its heading, and its place there; what has no heading stands among the links."""

_ORIGIN: Final = ("source", "wasDerivedFrom", "verified", "isDefinedBy", "type")
IMPLIED: Final = ("broaderTransitive", "narrowerTransitive", "topConceptOf", "memberOfISCOGroup")
"""What follows from what a page shows already."""
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
class ThingView:
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


def read_headings(store: GraphStore) -> Headings:
    """Where the vocabulary says that pages show properties."""
    rows = select(store, "shown_properties")
    known = (row for row in rows if row["heading"] in HEADINGS)
    return {local_name(row["property"]): (row["heading"], int(row["place"])) for row in known}


def read(
    store: GraphStore, iri: str, lang: str, headings: Headings, *, whole: str | None = None, offset: int = 0
) -> ThingView | None:
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
    names = read_labels(store, mentioned)
    facts = _facts(rows, names, lang)
    for fact in facts:
        fact.total, fact.offset = cut.get(fact.iri, (len(fact.values), 0))
    text, language = label(thing, lang)
    if text is None:
        text, language = label(thing, lang, "title")
    kind, kind_lang = _kind(thing, names, lang)
    others = [(tag, " / ".join(dict.fromkeys(thing[f"prefLabel@{tag}"]))) for tag in _tags(thing) if tag != language]
    return ThingView(
        iri=iri,
        label=text or short(iri),
        lang=language,
        kind=kind,
        kind_lang=kind_lang,
        classes=[local_name(name) for name in thing.get("type", ())],
        names=others,
        groups=_grouped(facts, headings),
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


def unsaid(iri: str) -> ThingView:
    """A thing that is there although the graph says nothing of it, as a named graph may be."""
    return ThingView(iri, iri.removeprefix(NAMESPACE), None, "", None, (), (), {}, None, {"iri": [iri]}, ())


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
        text, language = label(names.get(name, {}), lang)
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
        if name in _ORIGIN + IMPLIED or name.endswith("Match") or row["value"]["type"] == "bnode":
            continue
        text, language = label(names.get(iri, {}), lang)
        fact = facts.setdefault(iri, Fact(name, iri, text or name, language, []))
        value = value_of(row["value"], names, lang)
        known = next((other for other in fact.values if (other.text, other.lang, other.iri) == value), None)
        if known is None:
            known = Value(*value, datatype=local_name(row["value"].get("datatype", "")))
            fact.values.append(known)
        graph = row["graph"]["value"]
        if graph not in known.graphs:
            known.graphs.append(graph)
    return list(facts.values())


def value_of(cell: Mapping[str, str], names: Mapping[str, Thing], lang: str) -> tuple[str, str | None, str | None]:
    """A cell as text, language and link: things by their labels."""
    if cell["type"] != "uri":
        return cell["value"], cell.get("xml:lang"), None
    text, language = label(names.get(cell["value"], {}), lang)
    return text or _address(cell["value"]), language, cell["value"]


def _address(iri: str) -> str:
    return short(iri) if iri.startswith((NAMESPACE, ESCO)) else iri.removeprefix("https://").removeprefix("http://")


def _grouped(facts: Sequence[Fact], headings: Headings) -> dict[str, list[Fact]]:
    """The facts in the order of their headings."""
    grouped: dict[str, list[Fact]] = {heading: [] for heading in HEADINGS}
    titles = {value.text for fact in facts if fact.name == "prefLabel" for value in fact.values}
    ours = {_links(fact) for fact in facts if fact.lang and _links(fact)}
    for fact in sorted(facts, key=lambda fact: (headings.get(fact.name, ("links", 999))[1], fact.label)):
        repeats = fact.name == "label" and all(value.text in titles for value in fact.values)
        repeats = repeats or (fact.lang is None and fact.name not in headings and _links(fact) in ours)
        if fact.name != "prefLabel" and not repeats:
            fact.values.sort(key=lambda value: (value.iri is None, value.text.casefold() if value.iri else ""))
            grouped[headings.get(fact.name, ("links", 0))[0]].append(fact)
    return {group: found for group, found in grouped.items() if found}


def _links(fact: Fact) -> frozenset[str]:
    """The things that a fact links to; more general properties of others often link to the same ones."""
    return frozenset(value.iri for value in fact.values if value.iri)
