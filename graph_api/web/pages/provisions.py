"""What the pages of provisions and legal acts show beside their facts: the text, and what rests on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graph_api.rdf.terms import PAS
from graph_api.recognition.law import Reference
from graph_api.recognition.resting import resting_on
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels, read_sources
from graph_api.store.queries import iris
from graph_api.store.things import Thing, called, label, one, read_things


def provision_shown(store: GraphStore, reference: Reference, provision: Thing, lang: str) -> dict[str, Any]:
    """The act with its official page, the state of the text that was read, and everything that rests on it."""
    found = resting_on(store, reference, provision["iri"][0])
    kinds = [f"{PAS}{kind}" for kind in found.things]
    routes = found.routes
    mentioned = [
        *kinds,
        *(iri for listed in found.things.values() for iri in listed),
        *(item.regime for item in routes),
    ]
    names = _names(store, mentioned)
    return {
        "act": _act(store, provision, lang),
        "resting": [
            (
                kind,
                called(names, f"{PAS}{kind}", lang),
                sorted(((iri, *called(names, iri, lang)) for iri in listed), key=lambda item: item[1]),
            )
            for kind, listed in found.things.items()
        ],
        "routes": [(item.regime, *called(names, item.regime, lang), item.count, item.question) for item in routes],
    }


def act_shown(store: GraphStore, counted: Sequence[tuple[str, str, int]], lang: str) -> dict[str, Any]:
    """The provisions of an act that the tables cite, with what they are about and how much rests on each."""
    names = _names(store, [iri for iri, _, _ in counted])
    return {"provisions": [(iri, article, *called(names, iri, lang), count) for iri, article, count in counted]}


def _act(store: GraphStore, provision: Thing, lang: str) -> dict[str, Any]:
    iri = one(provision, "ofAct") or ""
    act = read_things(store, "statements", thing=iris([iri])).get(iri, {}) if iri else {}
    read = [source["label"] for source in read_sources(store, {"": provision})[""] if source["label"]]
    return {
        "iri": iri,
        "name": label(act, lang),
        "article": one(provision, "article"),
        "address": one(act, "eli") or one(act, "page"),
        "state": " ; ".join(read) if one(provision, "verified") == "yes" else None,
    }


def _names(store: GraphStore, wanted: Iterable[str]) -> dict[str, Thing]:
    found = sorted(set(wanted))
    return read_labels(store, found)
