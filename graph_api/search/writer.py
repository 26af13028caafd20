"""A graph's labels -> one SQLite file, in which labels are numbered by preference.

Our own things come first, then the shorter label, so that the first rows that the full-text index (FTS5) yields are
those worth ranking.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from graph_api.rdf.terms import RDF_TYPE, kind_and_slug, local_name
from graph_api.search.labels import (
    CODE,
    CONCEPT,
    ELI,
    FOREIGN_KINDS,
    JURISDICTION_CODE,
    KIND_OF_ADDRESS,
    KINDS_FIRST,
    LABELS,
    MATCHES,
    NOT_SEARCHED,
    OF_REGISTER,
    OPENS,
    PLACES,
    ROLES,
    SCHEMES,
    WIDER,
)
from graph_api.search.law_numbers import names_of
from graph_api.search.stemming import fold, keys_of, stem, written_out

_SCHEMA: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = 1;
    CREATE TABLE concept(id INTEGER PRIMARY KEY, iri TEXT, kind TEXT, slug TEXT, rank INTEGER, opened INTEGER);
    CREATE TABLE place(concept INTEGER, code TEXT, PRIMARY KEY(concept, code)) WITHOUT ROWID;
    CREATE TABLE label(
        id INTEGER PRIMARY KEY, concept INTEGER, text TEXT, lang TEXT, role INTEGER, words TEXT);
    CREATE TABLE whole(key TEXT, label INTEGER, PRIMARY KEY(key, label)) WITHOUT ROWID;
    CREATE VIRTUAL TABLE words USING fts5(
        terms, content='', detail='none', columnsize=0, tokenize='ascii', prefix='1 2');
    CREATE TABLE vocabulary(word TEXT PRIMARY KEY, labels INTEGER) WITHOUT ROWID;
    CREATE TABLE own(labels INTEGER);
"""


class _Label(NamedTuple):
    text: str
    lang: str
    role: int


@dataclass
class _Concept:
    iri: str
    kind: str
    slug: str
    places: set[str] = field(default_factory=set)
    labels: set[_Label] = field(default_factory=set)
    opened: int = 0
    registered: bool = False
    """Whether it was imported from a register: then it comes after our own things."""

    @property
    def rank(self) -> int:
        """The place of its kind among all kinds: our things before the concepts of others."""
        own = len(KINDS_FIRST)
        if self.registered:
            return own + 1
        if self.kind in KINDS_FIRST:
            return KINDS_FIRST.index(self.kind)
        return own + 2 + FOREIGN_KINDS.index(self.kind) if self.kind in FOREIGN_KINDS else own


def write_index(quads: Iterable[Quad], path: Path) -> None:
    """Write the index of all that has a label or code in the graph; the same graph gives the same bytes.

    Statements whose property is none of `INDEXED` may be left out.
    """
    concepts = _concepts(quads)
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.executescript(_SCHEMA)
        database.execute("BEGIN")
        _fill(database, sorted((c for c in concepts.values() if c.labels), key=lambda c: c.iri))
        database.execute("INSERT INTO words(words) VALUES ('optimize')")
        database.execute("CREATE INDEX label_concept ON label(concept, role)")
        database.execute("CREATE INDEX concept_iri ON concept(iri)")
        database.execute("CREATE INDEX concept_slug ON concept(slug)")
        database.execute("COMMIT")
    finally:
        database.close()


@dataclass
class _Said:
    """What the graph says of each thing, as far as a search needs it."""

    labels: dict[str, set[_Label]] = field(default_factory=dict)
    concepts: set[str] = field(default_factory=set)
    matches: list[tuple[str, str]] = field(default_factory=list)
    places: list[tuple[str, str]] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    wider: dict[str, set[str]] = field(default_factory=dict)
    opened: set[tuple[str, str]] = field(default_factory=set)
    registered: set[str] = field(default_factory=set)

    def read(self, quads: Iterable[Quad]) -> None:
        """Sort the statements, in one pass."""
        for quad in quads:
            subject, predicate, value = quad.subject, quad.predicate, quad.object
            if isinstance(subject, NamedNode):
                if isinstance(value, Literal):
                    self._literal(subject.value, predicate, value)
                elif isinstance(value, NamedNode):
                    self._link(subject.value, predicate, value.value)

    def _literal(self, subject: str, predicate: NamedNode, value: Literal) -> None:
        name = LABELS.get(predicate)
        if name is not None:
            lang = "" if name == "code" else (value.language or "")
            label = _Label(" ".join(value.value.split()), lang, ROLES.index(name))
            self.labels.setdefault(subject, set()).add(label)
        if predicate == JURISDICTION_CODE:
            self.codes[subject] = value.value.lower()

    def _link(self, subject: str, predicate: NamedNode, value: str) -> None:
        if predicate == RDF_TYPE:
            if value == CONCEPT:
                self.concepts.add(subject)
        elif predicate in MATCHES:
            if value.startswith(SCHEMES):
                self.matches.append((subject, value))
        elif predicate in PLACES:
            self.places.append((subject, value))
        elif predicate == OPENS:
            self.opened.add((value, subject))
        elif predicate == OF_REGISTER:
            self.registered.add(subject)
        elif predicate == ELI:
            self.labels.setdefault(subject, set()).update(_Label(name, "", CODE) for name in names_of(value))
        if predicate in WIDER:
            self.wider.setdefault(subject, set()).add(value)


def _concepts(quads: Iterable[Quad]) -> dict[str, _Concept]:
    """Everything to look for, with its labels, codes and places."""
    said = _Said()
    said.read(quads)
    concepts: dict[str, _Concept] = {}
    for iri, labels in said.labels.items():
        concept = _concept(iri, iri in said.concepts)
        if concept is not None:
            concept.labels = labels
            concept.registered = iri in said.registered
            concepts[iri] = concept
    for opened, _ in said.opened:
        if opened in concepts:
            concepts[opened].opened += 1
    _collect_codes(said, concepts)
    _collect_places(said, concepts)
    return concepts


def _concept(iri: str, other: bool) -> _Concept | None:
    """What has this address, as something to look for; None for what is not looked for."""
    name = kind_and_slug(iri)
    if name is not None:
        return None if name[0] in NOT_SEARCHED else _Concept(iri, *name)
    kind = next((kind for start, kind in KIND_OF_ADDRESS.items() if iri.startswith(start)), "concept" if other else "")
    return _Concept(iri, kind, local_name(iri)) if kind else None


def _collect_codes(said: _Said, concepts: Mapping[str, _Concept]) -> None:
    """The codes of official schemes: on the concepts themselves, and on what of ours is matched to them."""
    for concept in concepts.values():
        if concept.iri.startswith(SCHEMES):
            concept.labels.add(_Label(concept.slug, "", CODE))
    for subject, match in said.matches:
        if subject in concepts:
            concepts[subject].labels.add(_Label(local_name(match), "", CODE))


def _collect_places(said: _Said, concepts: Mapping[str, _Concept]) -> None:
    """The jurisdictions of a thing by their codes in small letters, with the wider ones they are part of."""
    for subject, place in said.places:
        if subject in concepts:
            around = {place, *said.wider.get(place, ())}
            concepts[subject].places |= {said.codes[each] for each in around if each in said.codes}


def _fill(database: sqlite3.Connection, concepts: Sequence[_Concept]) -> None:
    numbers = {concept.iri: number for number, concept in enumerate(concepts, 1)}
    rows = ((numbers[c.iri], c.iri, c.kind, c.slug, c.rank, c.opened) for c in concepts)
    database.executemany("INSERT INTO concept VALUES (?, ?, ?, ?, ?, ?)", rows)
    places = ((numbers[c.iri], code) for c in concepts for code in sorted(c.places))
    database.executemany("INSERT INTO place VALUES (?, ?)", places)
    labels = sorted(_label_rows(concepts, numbers))
    database.execute("INSERT INTO own VALUES (?)", (sum(not row.foreign for row in labels),))
    numbered = ((number, row.concept, row.text, row.lang, row.role, row.words) for number, row in enumerate(labels, 1))
    database.executemany("INSERT INTO label VALUES (?, ?, ?, ?, ?, ?)", numbered)
    _fill_words(database, labels)


def _fill_words(database: sqlite3.Connection, labels: Sequence[_LabelRow]) -> None:
    """What labels are found by: as a whole, by their words and stems, and by words like theirs."""
    count: dict[str, int] = {}
    whole: list[tuple[str, int]] = []
    words: list[tuple[int, str]] = []
    for number, row in enumerate(labels, 1):
        spoken = row.role < CODE
        folded = written_out(row.text, row.words, spoken)
        whole += [(key, number) for key in keys_of(folded)]
        terms = {term for form in folded for term in form.split()}
        words.append((number, " ".join(sorted(terms | set(map(stem, terms))))))
        if spoken:
            count.update((term, count.get(term, 0) + 1) for term in terms)
    database.executemany("INSERT INTO words(rowid, terms) VALUES (?, ?)", words)
    database.executemany("INSERT INTO whole VALUES (?, ?)", sorted(whole))
    database.executemany("INSERT INTO vocabulary VALUES (?, ?)", sorted(count.items()))


class _LabelRow(NamedTuple):
    """A label in the form that sorts by preference."""

    foreign: bool
    blanks: int
    size: int
    text: str
    lang: str
    role: int
    concept: int
    words: str


def _label_rows(concepts: Sequence[_Concept], numbers: Mapping[str, int]) -> Iterator[_LabelRow]:
    """One row for each label; a text that is said in two roles keeps the stronger."""
    for concept in concepts:
        strongest: dict[tuple[str, str], _Label] = {}
        for label in sorted(concept.labels, key=lambda label: (label.role, label.text, label.lang)):
            strongest.setdefault((label.text.casefold(), label.lang), label)
        foreign = concept.kind in FOREIGN_KINDS
        named = any(label.role == 0 and label.lang for label in concept.labels)
        for label in strongest.values():
            words = fold(label.text)
            if words and not (named and label.role == 0 and not label.lang):
                yield _LabelRow(foreign, words.count(" "), len(words), *label, numbers[concept.iri], words)
