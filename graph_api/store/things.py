"""Things as the queries give them: an IRI with its properties, values and languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, Literal, TypedDict, cast

from graph_api.rdf import languages
from graph_api.rdf.dates import within
from graph_api.rdf.terms import kind_and_slug, local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import Term, cells

Thing = dict[str, list[str]]
"""Local name of each property -> its values, and `iri`; labels stand under `prefLabel@<language>` as well."""

Mark = Literal["yes", "from-knowledge", "imported"]
"""Whether a fact was read in the source that it names, waits to be checked, or was taken from a register by machine."""

LANGUAGES: Final = languages.LANGUAGES


class SourceOf(TypedDict):
    """A source of a thing, as answers and pages give it."""

    id: str
    label: str | None
    url: str | None
    verified: Mark | None
    of: str


Text = tuple[str | None, str | None]
"""A text and the language that it is in, where known."""


def read_things(store: GraphStore, query: str, **terms: Iterable[Term]) -> dict[str, Thing]:
    """The things that a query with ?thing ?property ?value finds, by IRI; values in a fixed order."""
    return collect(cells(store, query, None, **terms))


def collect(rows: Iterable[Mapping[str, Mapping[str, str]]]) -> dict[str, Thing]:
    """Rows of ?thing ?property ?value as things."""
    things: dict[str, Thing] = {}
    for row in rows:
        iri = row["thing"]["value"]
        thing = things.setdefault(iri, {"iri": [iri]})
        name, cell = local_name(row["property"]["value"]), row["value"]
        values = thing.setdefault(name, [])
        if cell["value"] not in values:
            values.append(cell["value"])
        if "xml:lang" in cell:
            thing.setdefault(f"{name}@{cell['xml:lang']}", []).append(cell["value"])
    for thing in things.values():
        for values in thing.values():
            values.sort()
    return things


def one(thing: Mapping[str, Sequence[str]], name: str) -> str | None:
    """The one value of a property, or None."""
    values = thing.get(name)
    return values[0] if values else None


def every(thing: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
    """The values of a property; none where the thing does not have it."""
    return thing.get(name, ())


def mark(thing: Mapping[str, Sequence[str]]) -> Mark | None:
    """How far a thing was verified; the tables hold nothing but the first two marks."""
    return cast("Mark | None", one(thing, "verified"))


def in_force(thing: Mapping[str, Sequence[str]], day: date) -> bool:
    """Whether the day lies in the thing's interval of validity."""
    return within(one(thing, "validFrom"), one(thing, "validTo"), day)


def label(thing: Mapping[str, Sequence[str]], lang: str, name: str = "prefLabel") -> Text:
    """The label in the reader's language, else in English, else in any; with the language that it is in.

    Terms of a vocabulary carry `label` instead. An act is called as it is cited in the reader's language.
    """
    cited = thing.get(f"citedAs@{lang}") if name == "prefLabel" else None
    if cited:
        return cited[0], lang
    for property_, language in _in_turn(name, lang):
        texts = thing.get(property_)
        if texts:
            only = len(texts) == 1
            return texts[0] if only else " / ".join({text.casefold(): text for text in texts}.values()), language
    texts = thing.get(name) or thing.get("label") or ()
    return (texts[0] if texts else None), None


@lru_cache(maxsize=1_000)
def _in_turn(name: str, lang: str) -> list[tuple[str, str]]:
    """Under which properties of a thing its label is looked for, each with the language that it is in."""
    return [(f"{each}@{language}", language) for each in (name, "label") for language in (lang, *LANGUAGES)]


def called(names: Mapping[str, Thing], iri: str, lang: str) -> tuple[str, str | None]:
    """What a thing is called, from the labels that were read; the last part of its address where it has none."""
    text, language = label(names.get(iri, {}), lang)
    return text or local_name(iri), language


def source_of(source: str, described: Thing, thing: Thing, iri: str) -> SourceOf:
    """A source as it is given with the thing that rests on it."""
    return {
        "id": source,
        "label": one(described, "label"),
        "url": one(described, "page"),
        "verified": mark(thing),
        "of": iri,
    }


def short(iri: str) -> str:
    """What to call a thing that has no label."""
    own = kind_and_slug(iri)
    return own[1] if own else local_name(iri)
