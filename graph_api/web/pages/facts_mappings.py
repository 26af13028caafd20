"""The same thing elsewhere: what it is matched with, and how far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from graph_api.rdf.terms import local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris, select
from graph_api.store.things import Thing, label, read_things, short

MATCHES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")


def mappings(store: GraphStore, thing: Thing, lang: str) -> list[dict[str, Any]]:
    """The same thing elsewhere: each mapping with its other side, its strength and its reason."""
    iri = thing["iri"][0]
    rows = select(store, "mappings_of", concept=iris([iri]))
    others = {row["object"] if row["subject"] == iri else row["subject"] for row in rows}
    names = read_things(store, "labels", thing=iris(sorted(others))) if others else {}
    labels = _mapping_labels(store, [row["mapping"] for row in rows])
    schemes = _scheme_codes(store, {*others, *(other for name in MATCHES for other in thing.get(name, ()))})
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
        item["scheme"] = schemes.get(item["iri"])
        item["order"] = _strength_order(item)
    return sorted(found, key=_strongest)


def _strength_order(item: Mapping[str, Any]) -> int:
    """The same before the nearly same, then wider, narrower and related."""
    return MATCHES.index(item["predicate"]) if item["predicate"] in MATCHES else len(MATCHES)


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
    matches = [(name, other) for name in MATCHES for other in thing.get(name, ()) if other not in known]
    names = read_things(store, "labels", thing=iris(sorted({other for _, other in matches}))) if matches else {}
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


def _mapping_labels(store: GraphStore, wanted: Iterable[str]) -> Mapping[str, Thing]:
    """What the mapping tables call both sides, for concepts whose release is not imported."""
    listed = sorted(set(wanted))
    return read_things(store, "mapping_labels", thing=iris(listed)) if listed else {}


def _strength(predicate: str, forwards: bool) -> str:
    swapped = {"narrowMatch": "broadMatch", "broadMatch": "narrowMatch"}
    return predicate if forwards else swapped.get(predicate, predicate)
