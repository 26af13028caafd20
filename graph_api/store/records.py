"""Things as JSON, as the lookups give them: every property with typed values and names in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from graph_api.errors import UnknownIdentifier
from graph_api.rdf.terms import kind_and_slug, local_name, thing
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_names
from graph_api.store.queries import cells, iris
from graph_api.store.things import Thing, collect, label

_PLAIN: Final = ("", "string", "date", "dateTime")
"""Datatypes that a reader of JSON knows without a word: what each key holds is told by the context."""


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
    names = read_names(store, linked)
    return [_record(iri, said[iri], names, lang) for iri in wanted if iri in said]


def read_record(store: GraphStore, iri: str, lang: str) -> dict[str, Any] | None:
    """One thing as JSON, or None when the graph says nothing of it."""
    found = read_records(store, [iri], lang)
    return found[0] if found else None


def known_record(store: GraphStore, kind: str, slug: str, lang: str) -> dict[str, Any]:
    """One of our things as JSON. Raises UnknownIdentifier when the graph says nothing of it."""
    record = read_record(store, thing(kind, slug).value, lang)
    if record is None:
        raise UnknownIdentifier(kind, slug)
    return record


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
    return _python(cell["value"], cell.get("datatype", ""))


def _python(text: str, iri: str) -> Any:
    datatype = local_name(iri)
    if datatype == "integer":
        return int(text)
    if datatype in ("decimal", "double"):
        return float(text)
    if datatype == "boolean":
        return text in ("true", "1")
    return text if datatype in _PLAIN else {"value": text, "type": iri}


def snake(name: str) -> str:
    """The JSON key of a property.

    >>> snake("eqfLevel"), snake("annexVPoint"), snake("EQFLevel")
    ('eqf_level', 'annex_v_point', 'eqf_level')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
