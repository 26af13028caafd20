"""Labels by any part of their text: a file that the build writes beside the store, and the reading of it.

`FILTER(CONTAINS(LCASE(?label), "…"))` makes an engine read every label there is. Here the labels stand in small letters
as SPARQL's own `LCASE` writes them, cut into pieces of three characters (SQLite's FTS5), so that those which hold a
text are found without reading the others.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, Store

from graph_api.errors import NoGraph
from graph_api.search.labels import CODE, LABELS, ROLES
from graph_api.store.database import Database
from graph_api.store.whole import watch

FILE: Final = "literals.db"
SHORTEST: Final = 3
"""Fewer characters cannot be looked up."""
SEARCHED: Final = frozenset(name.value for name, role in LABELS.items() if ROLES.index(role) < CODE)
"""The properties whose values can be looked up."""

_SCHEMA: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = 1;
    CREATE TABLE property(id INTEGER PRIMARY KEY, iri TEXT, named INTEGER, texts INTEGER);
    CREATE TABLE subject(id INTEGER PRIMARY KEY, written TEXT);
    CREATE TABLE literal(id INTEGER PRIMARY KEY, written TEXT);
    CREATE TABLE said(literal INTEGER, property INTEGER, subject INTEGER, PRIMARY KEY(literal, property, subject))
        WITHOUT ROWID;
    CREATE VIRTUAL TABLE lowered USING fts5(
        text, content='', columnsize=0, tokenize='trigram case_sensitive 1');
"""
_SAID: Final = "SELECT ?subject ?label (LCASE(?label) AS ?lowered) { ?subject ?property ?label }"
_HOLDING: Final = """
    SELECT subject.written, literal.written FROM lowered
    JOIN literal ON literal.id = lowered.rowid
    JOIN said ON said.literal = literal.id AND said.property = ?
    JOIN subject ON subject.id = said.subject
    WHERE lowered MATCH ? ORDER BY lowered.rowid LIMIT ?
"""


def write_literals(store: Store, path: Path) -> None:
    """Write down the labels of the store's default graph; the same graph gives the same bytes."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.executescript(_SCHEMA)
        database.execute("BEGIN")
        _Writer(database, store).write()
        database.execute("INSERT INTO lowered(lowered) VALUES ('optimize')")
        database.execute("COMMIT")
    finally:
        database.close()


class _Writer:
    """Numbers subjects and literals, each once."""

    def __init__(self, database: sqlite3.Connection, store: Store) -> None:
        self._database, self._store = database, store
        self._subjects: dict[str, int] = {}
        self._literals: dict[str, int] = {}

    def write(self) -> None:
        for number, iri in enumerate(sorted(SEARCHED), 1):
            self._property(number, NamedNode(iri))

    def _property(self, number: int, name: NamedNode) -> None:
        rows: Any = self._store.query(_SAID.replace("?property", str(name)))
        said: list[tuple[str, str, str]] = []
        named = texts = True
        for subject, label, lowered in rows:
            named &= isinstance(subject, NamedNode)
            if lowered is None:  # LCASE is for strings, with a language or without
                texts = False
                continue
            said.append((str(subject), str(label), lowered.value))
        insert = self._database.executemany
        insert("INSERT INTO property VALUES (?, ?, ?, ?)", [(number, name.value, named, texts)])
        links = set()
        for subject, label, lowered in sorted(said):
            links.add((self._literal(label, lowered), number, self._subject(subject)))
        insert("INSERT INTO said VALUES (?, ?, ?)", sorted(links))

    def _subject(self, written: str) -> int:
        if written not in self._subjects:
            self._subjects[written] = len(self._subjects) + 1
            self._database.execute("INSERT INTO subject VALUES (?, ?)", (self._subjects[written], written))
        return self._subjects[written]

    def _literal(self, written: str, lowered: str) -> int:
        if written not in self._literals:
            number = self._literals[written] = len(self._literals) + 1
            self._database.execute("INSERT INTO literal VALUES (?, ?)", (number, written))
            # SQLite reads no further than a zero; what is looked for never holds one
            text = lowered.replace("\0", "\ufffd")
            self._database.execute("INSERT INTO lowered(rowid, text) VALUES (?, ?)", (number, text))
        return self._literals[written]


@dataclass(frozen=True)
class _Property:
    number: int
    named: bool
    """Whether all that have it have a name, which a query can speak of."""
    texts: bool
    """Whether all its values are texts."""


class Literals:
    """The file of one version, opened for reading."""

    def __init__(self, directory: Path) -> None:
        """Raises NoGraph where there is none, or not the one that the build wrote."""
        path = directory / FILE
        if not path.is_file() or watch(directory).faults({FILE}):
            raise NoGraph(f"{path} is not there or damaged; run `passerelle build`")
        self._database = Database(path)
        with self._database.reading() as database:
            rows = database.execute("SELECT iri, id, named, texts FROM property")
            self._properties = {iri: _Property(number, bool(named), bool(texts)) for iri, number, named, texts in rows}

    def holding(self, name: str, text: str, most: int, *, as_text: bool = False) -> list[tuple[str, str]] | None:
        """Every subject with a value of the property that holds the text in small letters, and the value, as SPARQL
        writes both; None where they are more than `most`, or cannot be told.

        `as_text` says that values are taken as text first, so that those which are none hold text as well.
        """
        known = self._properties.get(name)
        if known is None or not known.named or (as_text and not known.texts):
            return None
        if len(text) < SHORTEST or "\0" in text:
            return None
        quoted = '"' + text.replace('"', '""') + '"'
        with self._database.reading() as database:
            found = database.execute(_HOLDING, (known.number, quoted, most + 1)).fetchall()
        return found if len(found) <= most else None

    def close(self) -> None:
        """Close the file."""
        self._database.close()
