"""The same thing elsewhere: what it is matched with, and how far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graph_api.classifications.crosswalk import Schemes
from graph_api.rdf.namespaces import OWL
from graph_api.rdf.terms import local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_kept, read_labels
from graph_api.store.pointing import Pointing
from graph_api.store.queries import iris, select
from graph_api.store.things import Thing, label, short

MATCHES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_ENDS: Final = (f"{OWL}annotatedSource", f"{OWL}annotatedTarget")
"""How mappings point at both their sides."""


def mappings(store: GraphStore, thing: Thing, pointing: Pointing, schemes: Schemes, lang: str) -> list[dict[str, Any]]:
    """The same thing elsewhere: each mapping with its other side, its strength and its reason."""
    iri = thing["iri"][0]
    mapped = not pointing.counts.keys().isdisjoint(_ENDS)
    rows = select(store, "mappings_of", concept=iris([iri])) if mapped else []
    others = {row["object"] if row["subject"] == iri else row["subject"] for row in rows}
    names = read_labels(store, others)
    labels = read_kept(store, "mapping_labels", [row["mapping"] for row in rows])
    found = list(_plain_matches(thing, others, store, lang))
    for row in rows:
        forwards = row["subject"] == iri
        other = row["object"] if forwards else row["subject"]
        text, language = label(names.get(other, {}), lang)
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
        scheme = schemes.of(item["iri"])
        item["scheme"] = scheme.slug if scheme else None
        item["order"] = _strength_order(item)
    return sorted(found, key=_strongest)


def _strength_order(item: Mapping[str, Any]) -> int:
    """The same before the nearly same, then wider, narrower and related."""
    return MATCHES.index(item["predicate"]) if item["predicate"] in MATCHES else len(MATCHES)


def _strongest(item: Mapping[str, Any]) -> tuple[bool, int, float, str]:
    """Refusals last; the strongest and the surest first."""
    return item["refused"], item["order"], -(item["confidence"] or 0), (item["label"] or "").casefold()


def _plain_matches(thing: Thing, known: set[str], store: GraphStore, lang: str) -> Iterator[dict[str, Any]]:
    """What the thing matches without a mapping that gives a reason."""
    matches = [(name, other) for name in MATCHES for other in thing.get(name, ()) if other not in known]
    names = read_labels(store, {other for _, other in matches})
    for name, other in matches:
        text, language = label(names.get(other, {}), lang)
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


def _strength(predicate: str, forwards: bool) -> str:
    swapped = {"narrowMatch": "broadMatch", "broadMatch": "narrowMatch"}
    return predicate if forwards else swapped.get(predicate, predicate)
