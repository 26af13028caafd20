"""Things as the queries give them: an IRI with its properties, values and languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from graph_api.rdf.terms import kind_and_slug, local_name
from graph_api.store.local import GraphStore
from graph_api.store.queries import Term, cells, iris

Thing = dict[str, list[str]]
"""Local name of each property -> its values, and `iri`; labels stand under `prefLabel@<language>` as well."""

LANGUAGES: Final = ("en", "nl", "fr", "de")


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


def label(thing: Mapping[str, Sequence[str]], lang: str, name: str = "prefLabel") -> tuple[str | None, str | None]:
    """The label in the reader's language, else in English, else in any; with the language that it is in."""
    for language in (lang, *LANGUAGES):
        if f"{name}@{language}" in thing:
            return " / ".join(thing[f"{name}@{language}"]), language
    return (one(thing, name) or one(thing, "label")), None


def read_records(store: GraphStore, wanted: Sequence[str], lang: str) -> list[dict[str, Any]]:
    """Each thing as JSON: names in the reader's language, every property with typed values; in the order asked.

    A thing of which the graph says nothing is left out.
    """
    if not wanted:
        return []
    rows = cells(store, "things", thing=iris(wanted))
    rows.sort(key=lambda row: (row["property"]["value"], row["value"]["value"], row["graph"]["value"]))
    said: dict[str, list[dict[str, dict[str, str]]]] = {}
    for row in rows:
        said.setdefault(row["thing"]["value"], []).append(row)
    linked = {row["value"]["value"] for row in rows if row["value"]["type"] == "uri"}
    names = read_things(store, "names", thing=iris(sorted(linked))) if linked else {}
    return [_record(iri, said[iri], names, lang) for iri in wanted if iri in said]


def read_record(store: GraphStore, iri: str, lang: str) -> dict[str, Any] | None:
    """One thing as JSON, or None when the graph says nothing of it."""
    found = read_records(store, [iri], lang)
    return found[0] if found else None


def _record(
    iri: str, rows: Sequence[Mapping[str, Mapping[str, str]]], names: Mapping[str, Thing], lang: str
) -> dict[str, Any]:
    own = collect(rows)[iri]
    text, language = label(own, lang)
    kind = kind_and_slug(iri)
    properties: dict[str, list[Any]] = {}
    for row in rows:
        value = _value(row["value"], names, lang)
        held = properties.setdefault(snake(local_name(row["property"]["value"])), [])
        if value not in held:
            held.append(value)
    return {
        "id": iri,
        "kind": kind[0] if kind else None,
        "slug": kind[1] if kind else local_name(iri),
        "label": text,
        "lang": language,
        "properties": properties,
        "graphs": sorted({row["graph"]["value"] for row in rows}),
    }


def _value(cell: Mapping[str, str], names: Mapping[str, Thing], lang: str) -> Any:
    if cell["type"] == "uri":
        text = label(names.get(cell["value"], {}), lang)[0]
        return {"id": cell["value"], "label": text} if text else {"id": cell["value"]}
    if cell["type"] == "bnode":
        return {"id": f"_:{cell['value']}"}
    if "xml:lang" in cell:
        return {"value": cell["value"], "lang": cell["xml:lang"]}
    return _python(cell["value"], local_name(cell.get("datatype", "")))


def _python(text: str, datatype: str) -> Any:
    if datatype == "integer":
        return int(text)
    if datatype in ("decimal", "double"):
        return float(text)
    if datatype == "boolean":
        return text in ("true", "1")
    return text


def snake(name: str) -> str:
    """The JSON key of a property.

    >>> snake("eqfLevel"), snake("annexVPoint"), snake("EQFLevel")
    ('eqf_level', 'annex_v_point', 'eqf_level')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def named(thing: Mapping[str, Sequence[str]], lang: str, name: str = "prefLabel") -> tuple[str | None, str | None]:
    """The label in the reader's language, else in English, else in any; with the language that it is in.

    Terms of a vocabulary carry `label` instead.
    """
    for property_ in (name, "label"):
        for language in (lang, *LANGUAGES):
            texts = thing.get(f"{property_}@{language}")
            if texts:
                return " / ".join({text.casefold(): text for text in texts}.values()), language
    texts = thing.get(name) or thing.get("label") or ()
    return (texts[0] if texts else None), None


def short(iri: str) -> str:
    """What to call a thing that has no label."""
    named = kind_and_slug(iri)
    return named[1] if named else local_name(iri)
