"""What things are called and what sources say, read once for a version: pages name the same things again and again."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from weakref import WeakKeyDictionary

from cachetools import LRUCache

from graph_api.rdf.terms import ID
from graph_api.store.graph_store import GraphStore
from graph_api.store.lookups import is_ours, lookups_of
from graph_api.store.queries import iris
from graph_api.store.things import SourceOf, Thing, one, read_things, source_of

_MOST_TEXTS: Final = 60_000
"""So many texts are kept of a store, in all languages; the things that were not named for longest make room."""

_SOURCE: Final = f"{ID}source/"

Known = LRUCache[tuple[str, str], Thing | None]
"""By query and thing what was read; None for a thing of which nothing is said."""


def read_labels(store: GraphStore, wanted: Iterable[str]) -> dict[str, Thing]:
    """What things are called, in every language; acts also as they are cited."""
    return read_kept(store, "labels", wanted)


def read_names(store: GraphStore, wanted: Iterable[str]) -> dict[str, Thing]:
    """What things are called, in every language."""
    return read_kept(store, "names", wanted)


def read_kept(store: GraphStore, query: str, wanted: Iterable[str]) -> dict[str, Thing]:
    """What a query that speaks of each ?thing by itself finds of some; of none, nothing is asked."""
    listed = sorted(set(wanted))
    kept = _kept_of(store)
    things = kept.of_version(store.version)
    found = kept.get(things, query, listed)
    if lacking := [iri for iri in listed if iri not in found]:
        read = _read(store, query, lacking)
        found |= {iri: read.get(iri) for iri in lacking}
        kept.keep(things, query, {iri: found[iri] for iri in lacking})
    return {iri: thing for iri in listed if (thing := found[iri]) is not None}


def read_sources(store: GraphStore, things: Mapping[str, Thing]) -> dict[str, list[SourceOf]]:
    """The sources of things, by the keys under which they are given: text, address where there is one, what was read.

    `of` is the thing, `verified` whether it was read in the source.
    """
    texts = read_kept(store, "source_texts", {source for item in things.values() for source in item.get("source", ())})
    return {
        key: [
            source_of(source, texts.get(source, {}), item, one(item, "iri") or key) for source in item.get("source", ())
        ]
        for key, item in things.items()
    }


def _read(store: GraphStore, query: str, wanted: Sequence[str]) -> dict[str, Thing]:
    """From the file that the build wrote, as far as it holds them: it speaks of our own things alone, but of all."""
    kept = lookups_of(store)
    ours = [iri for iri in wanted if is_ours(iri) and (query != "source_texts" or iri.startswith(_SOURCE))]
    found = kept.each("labels" if query == "names" else query, ours) if kept and ours else None
    if found is None:
        return read_things(store, query, thing=iris(wanted))
    if query == "names":
        found = {iri: name for iri, thing in found.items() if len(name := _uncited(thing)) > 1}
    others = sorted(set(wanted).difference(ours))
    return found | (read_things(store, query, thing=iris(others)) if others else {})


def _uncited(thing: Thing) -> Thing:
    """The thing without how it is cited."""
    return {key: texts for key, texts in thing.items() if not key.startswith("citedAs")}


class _Kept:
    """What was read of a store."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = ""
        self._things = _nothing()

    def of_version(self, version: str) -> Known:
        """What is known of the version; what was known of another is forgotten."""
        with self._lock:
            if version != self._version:
                self._version, self._things = version, _nothing()
            return self._things

    def get(self, things: Known, query: str, wanted: Iterable[str]) -> dict[str, Thing | None]:
        """Those that are known already."""
        with self._lock:
            return {iri: things[query, iri] for iri in wanted if (query, iri) in things}

    def keep(self, things: Known, query: str, found: Mapping[str, Thing | None]) -> None:
        """Keep what was read, but for what alone would be too much."""
        with self._lock:
            for iri, thing in found.items():
                if _texts(thing) <= things.maxsize:
                    things[query, iri] = thing


def _nothing() -> Known:
    return LRUCache(_MOST_TEXTS, getsizeof=_texts)


def _texts(thing: Thing | None) -> int:
    return 1 + sum(map(len, (thing or {}).values()))


_all: Final[WeakKeyDictionary[GraphStore, _Kept]] = WeakKeyDictionary()
_lock: Final = threading.Lock()


def _kept_of(store: GraphStore) -> _Kept:
    with _lock:
        return _all.setdefault(store, _Kept())
