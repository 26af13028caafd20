"""Answers of named lookups, by key, in a file that the build wrote beside the graph.

What every path question asks for is not worked out by the engine again and again. The lookups stay what their query
files say: where there is no such file, as on an engine elsewhere, they are asked there, and give the same things.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote
from weakref import WeakKeyDictionary

from graph_api.errors import NoGraph
from graph_api.rdf.terms import GRAPH, ID, NAMESPACE
from graph_api.store.database import Database
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import LOOKUPS, CurrentStore, EmbeddedStore
from graph_api.store.queries import Term
from graph_api.store.things import Thing, read_things
from graph_api.store.whole import watch

_SCHEMA: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = 1;
    CREATE TABLE lookup(name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE answer(name TEXT, key TEXT, iri TEXT, thing TEXT, PRIMARY KEY(name, key, iri)) WITHOUT ROWID;
"""

_SHORT: Final = "\x01"
"""Stands in the file for the beginning of our IRIs; JSON writes no such sign."""
_THINGS: Final = "SELECT thing FROM answer WHERE name = ? AND key = ?"

Answer = tuple[str, str, Thing]
"""Name of the lookup, key, and one of the things that it gives for the key."""


def is_ours(iri: str) -> bool:
    """Whether the file holds all that `labels` gives for it: one of our things, or a row of our tables.

    >>> is_ours("https://w3id.org/passerelle/id/source/1"), is_ours("http://data.europa.eu/esco/skill/1")
    (True, False)
    """
    return iri.startswith(ID) or (iri.startswith(GRAPH) and "#row=" in iri)


def write_lookups(
    path: Path, names: Iterable[str], answers: Iterable[Answer], taken_over: tuple[Path, Iterable[str]] | None = None
) -> None:
    """Write the whole answers of some lookups; a key that is not among them has none.

    Those of the names that are `taken_over` are read from another written file.
    """
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path.absolute().as_uri(), uri=True, isolation_level=None)
    try:
        database.executescript(_SCHEMA)
        if taken_over:
            database.execute("ATTACH ? AS other", (f"file:{quote(str(taken_over[0]))}?mode=ro&immutable=1",))
        database.execute("BEGIN")
        database.executemany("INSERT INTO lookup VALUES (?)", [(name,) for name in sorted(names)])
        for name in taken_over[1] if taken_over else ():
            database.execute("INSERT INTO answer SELECT * FROM other.answer WHERE name = ? ORDER BY 1, 2, 3", (name,))
        rows = ((name, key, thing["iri"][0], _written(thing)) for name, key, thing in answers)
        database.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", rows)
        database.execute("COMMIT")
        database.execute("VACUUM")
    finally:
        database.close()


def _written(thing: Thing) -> str:
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":")).replace(NAMESPACE, _SHORT)


class Lookups:
    """A written file, opened for reading; any number of threads and processes may use it at once."""

    def __init__(self, path: Path) -> None:
        """Raises NoGraph where it is not what the build wrote."""
        if wrong := watch(path.parent).faults({path.name}):
            raise NoGraph(f"the lookups are damaged ({wrong[0]}); run `passerelle build`")
        self._database = Database(path)
        with self._database.reading() as database:
            self._names = frozenset(name for (name,) in database.execute("SELECT name FROM lookup"))

    def get(self, name: str, key: str, naming: Sequence[str] = ()) -> dict[str, Thing] | None:
        """What the lookup gives for the key, by IRI, of it what names one of some IRIs where such are given; None for a
        lookup that the file does not hold."""
        if name not in self._names:
            return None
        named = [json.dumps(iri, ensure_ascii=False).replace(NAMESPACE, _SHORT) for iri in naming]
        narrower = " AND (" + " OR ".join(["instr(thing, ?)"] * len(named)) + ")" if named else ""
        with self._database.reading() as database:
            rows = database.execute(_THINGS + narrower, (name, key, *named)).fetchall()
        things: list[Thing] = json.loads(f"[{','.join(text for (text,) in rows)}]".replace(_SHORT, NAMESPACE))
        return {thing["iri"][0]: thing for thing in things}

    def each(self, name: str, keys: Iterable[str]) -> dict[str, Thing] | None:
        """What the lookup gives for keys that give one thing each; None for a lookup that the file does not hold."""
        if name not in self._names:
            return None
        with self._database.reading() as database:
            found = (database.execute(_THINGS, (name, key)).fetchone() for key in keys)
            texts = ",".join(row[0] for row in found if row is not None)
        things: list[Thing] = json.loads(f"[{texts}]".replace(_SHORT, NAMESPACE))
        return {thing["iri"][0]: thing for thing in things}

    def keys(self, name: str) -> list[str] | None:
        """The keys for which the lookup gives something; None for a lookup that the file does not hold."""
        if name not in self._names:
            return None
        with self._database.reading() as database:
            rows = database.execute("SELECT DISTINCT key FROM answer WHERE name = ? ORDER BY key", (name,)).fetchall()
        return [key for (key,) in rows]


_held: Final[WeakKeyDictionary[EmbeddedStore, Lookups]] = WeakKeyDictionary()
"""The lookups of each opened version; they go with it, so that one that was let go leaves its place on the disk."""
_lock: Final = threading.Lock()


def lookups_of(store: GraphStore) -> Lookups | None:
    """The lookups beside the graph that is served; None where none were written. Raises NoGraph."""
    opened = store.opened() if isinstance(store, CurrentStore) else store
    if not isinstance(opened, EmbeddedStore) or not opened.has_lookups:
        return None
    with _lock:
        found = _held.get(opened)
        if found is None:
            found = _held[opened] = Lookups(opened.directory / LOOKUPS)
    return found


def things_for(store: GraphStore, query: str, key: str, **terms: Iterable[Term]) -> dict[str, Thing]:
    """What a lookup gives for a key: from the file that the build wrote, else of the store with the given terms."""
    return things_for_each(store, query, [key], **terms)


def things_for_each(store: GraphStore, query: str, keys: Iterable[str], **terms: Iterable[Term]) -> dict[str, Thing]:
    """What a lookup gives for some keys together; the store is asked for all of them at once."""
    kept = lookups_of(store)
    found = [kept.get(query, key) for key in keys] if kept else [None]
    if None in found:
        return read_things(store, query, **terms)
    return {iri: thing for each in found for iri, thing in (each or {}).items()}
