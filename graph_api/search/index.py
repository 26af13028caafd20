"""Labels in all languages -> ranked hits that say why they matched.

`write_index` makes one SQLite file of a graph; `Index` answers from it, in any number of threads and
processes. Labels are numbered by preference (our own things first, then the shorter label), so that the
first rows that the full-text index (FTS5) yields are those worth ranking.
"""

from __future__ import annotations

import math
import sqlite3
import threading
import weakref
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from itertools import islice, takewhile
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad
from rapidfuzz import process
from rapidfuzz.distance import OSA

from graph_api.errors import BadRequest, NoGraph
from graph_api.rdf.terms import ESCO, NAMESPACE, PREF_LABEL, RDF_TYPE, RDFS_LABEL, kind_and_slug, local_name, pas
from graph_api.search.stemming import FUNCTION_WORDS, fold, forms, stem, stems
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import CurrentStore, EmbeddedStore

SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCTERMS: Final = "http://purl.org/dc/terms/"

ROLES: Final = ("preferred", "alternative", "hidden", "code")
"""What a label is to its concept; the earlier, the stronger."""

LABELS: Final = {
    PREF_LABEL: "preferred",
    RDFS_LABEL: "preferred",
    NamedNode(f"{SKOS}altLabel"): "alternative",
    NamedNode(f"{DCTERMS}title"): "alternative",
    pas("shortName"): "alternative",
    NamedNode(f"{SKOS}hiddenLabel"): "hidden",
    NamedNode(f"{SKOS}notation"): "code",
    NamedNode(f"{DCTERMS}identifier"): "code",
    pas("code"): "code",
    pas("iscoCode"): "code",
    pas("nationalCode"): "code",
    pas("officialNumber"): "code",
}
KINDS_FIRST: Final = ("profession", "national-profession", "qualification", "evidence", "authority", "regime")
"""The kinds that readers look for most; the other kinds of ours follow, then the concepts of others."""

NOT_SEARCHED: Final = frozenset(
    {
        "source",
        "doubt",
        "condition",
        "gate",
        "route",
        "party",
        "compensation",
        "level-equivalence",
        "mapping",
        "outcome-match",
        "act-permission",
        "procedure",
    }
)
"""Kinds that are parts of an answer rather than something to look for."""

SCHEMES: Final = f"{NAMESPACE}scheme/"
KIND_OF_ADDRESS: Final = {
    f"{ESCO}occupation/": "occupation",
    f"{ESCO}skill/": "competence",
    f"{ESCO}isco/": "isco-group",
    SCHEMES: "concept",
}
"""How the addresses of other people's concepts begin; any other `skos:Concept` is a `concept` too."""

MATCHES: Final = tuple(NamedNode(f"{SKOS}{name}Match") for name in ("exact", "close", "broad", "narrow"))
PLACES: Final = (pas("inJurisdiction"), pas("issuedIn"), pas("state"), pas("host"))
_WIDER: Final = (pas("partOf"), pas("state"))
_JURISDICTION_CODE: Final = pas("code")
_CONCEPT: Final = f"{SKOS}Concept"

INDEXED: Final = frozenset({*LABELS, RDF_TYPE, *MATCHES, *PLACES, *_WIDER})
"""The properties that an index is made of."""

LONGEST_QUERY: Final = 500
MOST_HITS: Final = 200
_CODE: Final = 3
_MOST_WORDS: Final = 12
_SEVERAL_WORDS: Final = 3
_WORDS_KEPT: Final = 2000
_CANDIDATES: Final = 250
_ALTERNATIVES: Final = 40
_SHORTEST_PART: Final = 4
_ENOUGH: Final = 5
_PLENTY: Final = 20

_SCHEMA: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = 1;
    CREATE TABLE concept(id INTEGER PRIMARY KEY, iri TEXT, kind TEXT, slug TEXT, rank INTEGER);
    CREATE TABLE place(concept INTEGER, code TEXT, PRIMARY KEY(concept, code)) WITHOUT ROWID;
    CREATE TABLE label(
        id INTEGER PRIMARY KEY, concept INTEGER, text TEXT, lang TEXT, role INTEGER, words TEXT);
    CREATE TABLE whole(key TEXT, label INTEGER, PRIMARY KEY(key, label)) WITHOUT ROWID;
    CREATE VIRTUAL TABLE words USING fts5(
        terms, content='', detail='none', columnsize=0, tokenize='ascii');
    CREATE TABLE vocabulary(word TEXT PRIMARY KEY, labels INTEGER) WITHOUT ROWID;
    CREATE TABLE own(labels INTEGER);
"""


# ---- writing ---------------------------------------------------------------------------------------------


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

    @property
    def rank(self) -> int:
        """The place of its kind among all kinds: our things before the concepts of others."""
        if self.kind in KINDS_FIRST:
            return KINDS_FIRST.index(self.kind)
        own = len(KINDS_FIRST)
        foreign = ("occupation", "competence", "isco-group", "concept")
        return own + 1 + foreign.index(self.kind) if self.kind in foreign else own


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
        if predicate == _JURISDICTION_CODE:
            self.codes[subject] = value.value.lower()

    def _link(self, subject: str, predicate: NamedNode, value: str) -> None:
        if predicate == RDF_TYPE:
            if value == _CONCEPT:
                self.concepts.add(subject)
        elif predicate in MATCHES:
            if value.startswith(SCHEMES):
                self.matches.append((subject, value))
        elif predicate in PLACES:
            self.places.append((subject, value))
        if predicate in _WIDER:
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
            concepts[iri] = concept
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
            concept.labels.add(_Label(concept.slug, "", _CODE))
    for subject, match in said.matches:
        if subject in concepts:
            concepts[subject].labels.add(_Label(local_name(match), "", _CODE))


def _collect_places(said: _Said, concepts: Mapping[str, _Concept]) -> None:
    """The jurisdictions of a thing by their codes in small letters, with the wider ones they are part of."""
    for subject, place in said.places:
        if subject in concepts:
            around = {place, *said.wider.get(place, ())}
            concepts[subject].places |= {said.codes[each] for each in around if each in said.codes}


def _fill(database: sqlite3.Connection, concepts: Sequence[_Concept]) -> None:
    numbers = {concept.iri: number for number, concept in enumerate(concepts, 1)}
    rows = ((numbers[c.iri], c.iri, c.kind, c.slug, c.rank) for c in concepts)
    database.executemany("INSERT INTO concept VALUES (?, ?, ?, ?, ?)", rows)
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
        spoken = row.role < _CODE
        folded = _written_out(row.text, row.words, spoken)
        whole += [(key, number) for key in _keys(folded)]
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
        foreign = concept.rank > len(KINDS_FIRST)
        named = any(label.role == 0 and label.lang for label in concept.labels)
        for label in strongest.values():
            words = fold(label.text)
            if words and not (named and label.role == 0 and not label.lang):
                yield _LabelRow(foreign, words.count(" "), len(words), *label, numbers[concept.iri], words)


def _written_out(text: str, words: str, spoken: bool) -> list[str]:
    """The folded forms of a label; a code has one."""
    return [words, *filter(None, map(fold, forms(text)))] if spoken else [words]


def _keys(folded: Iterable[str]) -> set[str]:
    """What a whole label is found by: its letters without blanks, and its stems likewise."""
    return {"=" + words.replace(" ", "") for words in folded} | {
        "~" + stems(words).replace(" ", "") for words in folded
    }


# ---- reading ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Matched:
    """The label that matched, and how."""

    label: str
    lang: str
    role: str
    how: str


@dataclass(frozen=True)
class Hit:
    """One concept; `label` is its preferred label in the reader's language where there is one."""

    id: str
    slug: str
    kind: str
    label: str
    lang: str
    matched: Matched
    score: float

    def as_json(self) -> dict[str, Any]:
        """The hit with the keys of `/api/v1/search`."""
        return asdict(self)


@dataclass(frozen=True)
class Results:
    """One page of hits, best first; `next` is the offset of the next page, None on the last."""

    query: str
    results: tuple[Hit, ...]
    next: int | None

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.results)


class _Row(NamedTuple):
    """A label that may match, with its concept."""

    number: int
    text: str
    lang: str
    role: int
    words: str
    concept: int
    iri: str
    kind: str
    slug: str
    rank: int


class _Graded(NamedTuple):
    """A label with its verdict; the smaller sorts first."""

    worse: float
    unnamed: bool
    rank: int
    differs: bool
    role: int
    size: int
    slug: str
    how: str
    row: _Row


@dataclass(frozen=True)
class _Filter:
    sql: str
    values: tuple[str, ...]


class Index:
    """A written index, opened for reading; any number of threads and processes may use it at once."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise NoGraph(f"{path} is not there; run `passerelle build`")
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        weakref.finalize(self, _close_all, self._idle)
        with self._database() as database:
            self._own: int = database.execute("SELECT labels FROM own").fetchone()[0]
            self._labels: int = database.execute("SELECT count(*) FROM label").fetchone()[0]
            self._frequency: dict[str, int] = dict(database.execute("SELECT * FROM vocabulary ORDER BY word"))
        self._vocabulary = list(self._frequency)
        self._running = f" {' '.join(self._vocabulary)} "
        self._wider = lru_cache(_WORDS_KEPT)(self._widened)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """A connection for this caller alone; it goes back to the idle ones afterwards."""
        try:
            database = self._idle.get_nowait()
        except Empty:
            database = sqlite3.connect(self._address, uri=True, check_same_thread=False)
        try:
            yield database
        finally:
            self._idle.put(database)

    def search(
        self,
        text: str,
        *,
        kinds: Sequence[str] = (),
        countries: Sequence[str] = (),
        languages: Sequence[str] = (),
        lang: str = "en",
        limit: int = 20,
        offset: int = 0,
    ) -> Results:
        """The concepts whose labels or codes resemble the text: one hit each, best first.

        A whole label that equals the text comes first, then labels that begin with it, then labels that hold
        its words in other forms, then misspellings. `countries` keeps what belongs to one of them or
        lies within; `languages` keeps labels in these languages, and codes; `lang` is the language of the
        label shown.
        Raises BadRequest for a text without letters or digits, and for lengths out of bounds.
        """
        asked = _asked(text, limit, offset)
        only = _filter(kinds, countries, languages)
        with self._database() as database:
            best = self._ranked(database, asked, only)
            page = best[offset : offset + limit]
            hits = tuple(self._hit(database, graded, lang) for graded in page)
        return Results(asked, hits, offset + limit if len(best) > offset + limit else None)

    def _ranked(self, database: sqlite3.Connection, asked: str, only: _Filter) -> list[_Graded]:
        """The best label of each concept, best first; the same for every page."""
        words = list(dict.fromkeys(fold(asked).split()))[:_MOST_WORDS]
        plain = _Question(asked, [_Term(word, self._weight(word)) for word in words])
        best: dict[int, _Graded] = {}
        _keep(best, plain, self._whole(database, plain, only))
        _keep(best, plain, self._holding(database, plain, only, loose=False))
        # who writes out a long label as it stands has not misspelt it
        found = len(words) > _SEVERAL_WORDS and any(graded.how == "exact" for graded in best.values())
        if len(best) < _PLENTY and not found:
            wide = _Question(asked, [term for word in words for term in self._wider(word)])
            _keep(best, wide, self._holding(database, wide, only, loose=True))
        return sorted(best.values())

    def _whole(self, database: sqlite3.Connection, question: _Question, only: _Filter) -> Iterator[_Row]:
        """Labels that are the text, in any form, and labels that begin with it."""
        for key in (question.key, question.stem_key):
            yield from self._rows(database, "label.id IN (SELECT label FROM whole WHERE key = ?)", (key,), only)
        begins = "label.id IN (SELECT label FROM whole WHERE key > ? AND key < ?)"
        yield from self._rows(database, begins, (question.key, question.key + "\U0010ffff"), only)

    def _holding(
        self, database: sqlite3.Connection, question: _Question, only: _Filter, *, loose: bool
    ) -> Iterator[_Row]:
        """Labels that hold all the words that count; when loose and they are few, all but one, or one."""
        counted = question.counted()
        levels = [[counted]]
        if loose and len(counted) > 1:
            levels += [[[term for term in counted if term is not left] for left in counted]]
            levels += [[[term] for term in counted]]
        concepts: set[int] = set()
        for level in levels:
            for row in (row for chosen in level for row in self._matching(database, chosen, only, loose)):
                concepts.add(row.concept)
                yield row
            if len(concepts) >= _ENOUGH:
                return

    def _matching(
        self, database: sqlite3.Connection, terms: Sequence[_Term], only: _Filter, loose: bool
    ) -> Iterator[_Row]:
        match = " AND ".join(term.match(loose) for term in terms)
        yield from self._rows(database, "label.id IN (SELECT rowid FROM words WHERE words MATCH ?)", (match,), only)

    def _rows(
        self, database: sqlite3.Connection, condition: str, values: tuple[str, ...], only: _Filter
    ) -> Iterator[_Row]:
        """The preferred labels under a condition: first among our things, then among all."""
        select = (
            "SELECT label.id, text, lang, role, words, concept.id, iri, kind, slug, rank FROM label "
            f"JOIN concept ON concept.id = label.concept WHERE {condition} {only.sql} "
            "AND label.id BETWEEN ? AND ? ORDER BY label.id LIMIT ?"
        )
        for first, last in ((1, self._own), (self._own + 1, self._labels)):
            if first <= last:
                yield from map(_Row._make, database.execute(select, (*values, *only.values, first, last, _CANDIDATES)))

    def _weight(self, word: str) -> float:
        """How much a word tells: the rarer, the more."""
        share = math.log(1 + self._labels / (1 + self._frequency.get(word, 0))) / math.log(2 + self._labels)
        return share * (0.2 if word in FUNCTION_WORDS else 1.0)

    def _widened(self, word: str) -> list[_Term]:
        """The word with the known words that it may stand for; an unknown compound as its parts."""
        term = _Term(word, self._weight(word))
        if len(word) < 4 or not word.isalpha() or word in FUNCTION_WORDS:
            return [term]
        cutoff = 0.85 if word in self._frequency else 0.7
        near = process.extract(
            word, self._vocabulary, scorer=OSA.normalized_similarity, score_cutoff=cutoff, limit=_ALTERNATIVES
        )
        parts = self._parts(word)
        if parts and not any(likeness > 0.85 for _, likeness, _ in near):
            return [_Term(part, self._weight(part)) for part in parts]
        compound = dict.fromkeys(self._kin(word), 0.75)
        similar = {known: 0.85 * likeness for known, likeness, _ in near} | compound
        ordered = sorted((-likeness, known) for known, likeness in similar.items() if known != word)
        for negative, known in ordered[:_ALTERNATIVES]:
            term.similar[known] = -negative
            term.similar.setdefault(stem(known), -negative)
        term.compound = frozenset(map(stem, compound)) | compound.keys()
        return [term]

    def _parts(self, word: str) -> tuple[str, str] | None:
        """The two known words that an unknown word is put together from, the longest last part first."""
        if word in self._frequency:
            return None
        for start in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            first, last = word[:start], word[start:]
            if last in self._frequency:
                for link in ("", "s", "n", "en", "es"):
                    if first.endswith(link) and first.removesuffix(link) in self._frequency:
                        return first.removesuffix(link), last
        return None

    def _kin(self, word: str) -> Iterator[str]:
        """Known words that contain the word, are its last part, or begin with the same part."""
        if len(word) <= _SHORTEST_PART:
            return
        place = self._running.find(word)
        while place >= 0:
            end = self._running.index(" ", place)
            yield self._running[self._running.rindex(" ", 0, place) + 1 : end]
            place = self._running.find(word, end)
        last = (word[start:] for start in range(3, len(word) - _SHORTEST_PART))
        yield from islice((part for part in last if part in self._frequency), 1)
        shared = word[: max(6, math.ceil(0.6 * len(word)))]
        first = bisect_left(self._vocabulary, shared)
        yield from takewhile(lambda known: known.startswith(shared), islice(self._vocabulary, first, None))

    def _hit(self, database: sqlite3.Connection, graded: _Graded, lang: str) -> Hit:
        row = graded.row
        shown = dict(
            database.execute(
                "SELECT lang, text FROM label WHERE concept = ? AND role = 0 ORDER BY lang DESC, text DESC",
                (row.concept,),
            )
        )
        wanted = (lang, lang.partition("-")[0], "en", row.lang, *sorted(shown))
        language = next((name for name in wanted if name in shown), row.lang)
        matched = Matched(row.text, row.lang, ROLES[row.role], graded.how)
        return Hit(
            row.iri,
            row.slug,
            row.kind,
            shown.get(language, row.text),
            language,
            matched,
            round(-graded.worse, 4),
        )


class CurrentIndex:
    """The index of the graph that is being served; follows a switch together with the store."""

    def __init__(self, data: Path, store: GraphStore) -> None:
        self._data, self._store = data, store
        self._lock = threading.Lock()
        self._opened: tuple[Path, Index] | None = None

    def current(self) -> Index:
        """The index to use for one whole request. Raises NoGraph."""
        path = self._directory() / "search.db"
        with self._lock:
            if self._opened is None or self._opened[0] != path:
                self._opened = path, Index(path)
            return self._opened[1]

    def _directory(self) -> Path:
        """Where the served graph was built; beside a remote store, the graph built here."""
        if isinstance(self._store, CurrentStore):
            return self._store.opened().directory
        if isinstance(self._store, EmbeddedStore):
            return self._store.directory
        return (self._data / "current").resolve()


def _close_all(idle: SimpleQueue[sqlite3.Connection]) -> None:
    while not idle.empty():
        idle.get_nowait().close()


def _asked(text: str, limit: int, offset: int) -> str:
    """The text to look for, without needless blanks. Raises BadRequest."""
    if len(text) > LONGEST_QUERY:
        raise BadRequest("q", f"q has {len(text)} characters; write at most {LONGEST_QUERY}")
    asked = " ".join(text.replace("\0", " ").split())
    if not fold(asked):
        raise BadRequest("q", "q has no letter or digit; write a title, a part of one, or a code")
    if not 1 <= limit <= MOST_HITS:
        raise BadRequest("limit", f"limit is {limit}; write 1 to {MOST_HITS}")
    if offset < 0:
        raise BadRequest("offset", f"offset is {offset}; write 0 or more")
    return asked


def _filter(kinds: Sequence[str], countries: Sequence[str], languages: Sequence[str]) -> _Filter:
    sql, values = "", []
    for names, condition in (
        (kinds, "AND kind IN ({})"),
        (countries, "AND concept.id IN (SELECT concept FROM place WHERE code IN ({}))"),
        (languages, f"AND (role = {_CODE} OR lang IN ({{}}))"),
    ):
        if names:
            sql += " " + condition.format(", ".join("?" * len(names)))
            values += [name.lower().encode(errors="replace").decode() for name in names]
    return _Filter(sql, tuple(values))


# ---- ranking ---------------------------------------------------------------------------------------------


@dataclass
class _Term:
    """A word of the question, what it weighs, and the known words it may stand for."""

    word: str
    weight: float
    similar: dict[str, float] = field(default_factory=dict)
    compound: frozenset[str] = frozenset()

    def match(self, loose: bool) -> str:
        """The word for FTS5: itself, longer words, its stem, and those that it may stand for."""
        alternatives = [f'"{self.word}"*', f'"{stem(self.word)}"']
        if loose:
            alternatives += [f'"{known}"' for known in self.similar]
        return f"({' OR '.join(alternatives)})"

    def likeness(self, word: str) -> tuple[float, str]:
        """How much a word of a label is this word, from 0 to 1, and what that is called."""
        if word == self.word:
            return 1.0, "folded"
        root = stem(word)
        if root == stem(self.word):
            return 0.95, "folded"
        if len(self.word) > 2 and word.startswith(self.word):
            return 0.9, "folded"
        likeness = max(self.similar.get(word, 0.0), self.similar.get(root, 0.0))
        return likeness, "folded" if word in self.compound or root in self.compound else "typo"


@dataclass
class _Question:
    asked: str
    terms: list[_Term]
    words: str = field(init=False)
    stems: str = field(init=False)
    key: str = field(init=False)
    stem_key: str = field(init=False)

    def __post_init__(self) -> None:
        self.words = fold(self.asked)
        self.stems = stems(self.words)
        self.key = "=" + self.words.replace(" ", "")
        self.stem_key = "~" + self.stems.replace(" ", "")

    def counted(self) -> list[_Term]:
        """The words that a label must hold: those that say something, or all when none does."""
        telling = [term for term in self.terms if term.word not in FUNCTION_WORDS]
        return telling or self.terms

    def grade(self, row: _Row) -> tuple[float, str]:
        """How well a label answers, from 0 to 1, and how it matched."""
        if row.text.lower() == self.asked.lower():
            return 1.0, "exact"
        folded = _written_out(row.text, row.words, row.role < _CODE)
        if row.words.replace(" ", "") == self.key[1:]:
            return 0.97, "folded"
        keys = _keys(folded)
        if self.key in keys or self.stem_key in keys:
            return (0.95 if self.key in keys else _WHOLE), "folded"
        begins = max(map(self._begins, folded))
        if begins:
            return 0.8 + begins, "prefix"
        return max(self._by_words(form.split()) for form in folded)

    def _begins(self, form: str) -> float:
        """How much of a label the text is when the label begins with it; more when it ends with a word."""
        share = 0.05 * len(self.words) / len(form)
        if f"{form} ".startswith(f"{self.words} "):
            return share + 0.05
        if f"{stems(form)} ".startswith(f"{self.stems} "):
            return share + 0.04
        return share if form.replace(" ", "").startswith(self.key[1:]) else 0.0

    def _by_words(self, label: Sequence[str]) -> tuple[float, str]:
        """How many of the question's words the label holds, how little else, whether it begins with one."""
        total = sum(term.weight for term in self.terms)
        found, how, used = 0.0, "folded", set()
        for term in self.terms:
            likeness, name, place = max((*term.likeness(word), -place) for place, word in enumerate(label))
            if likeness > 0:
                found += term.weight * likeness
                used.add(-place)
                how = "typo" if name == "typo" else how
        telling = sum(word not in FUNCTION_WORDS or place in used for place, word in enumerate(label))
        closeness = 0.6 + 0.3 * len(used) / max(1, telling) + 0.1 * (0 in used)
        return 0.78 * (found / total) ** 1.5 * closeness, how


_WHOLE: Final = 0.94
_FAINTEST: Final = 0.2
_PREFERENCE: Final = (0.03, 0.02, 0.02, 0.01, 0.01, 0.01, 0.0, 0.0, -0.01, -0.02, -0.02)
"""What is added to a score for the place of its kind, where the label as a whole was not what was asked."""


def _keep(best: dict[int, _Graded], question: _Question, rows: Iterable[_Row]) -> None:
    """Grade the rows and keep the best label of each concept."""
    seen: set[int] = set()
    for row in rows:
        if row.number in seen:
            continue
        seen.add(row.number)
        score, how = question.grade(row)
        if score < _WHOLE:
            score += _PREFERENCE[row.rank]
        if score < _FAINTEST:
            continue
        unnamed = row.slug.casefold() != question.asked.casefold()
        differs = row.text != question.asked
        graded = _Graded(-score, unnamed, row.rank, differs, row.role, len(row.text), row.slug, how, row)
        if row.concept not in best or graded < best[row.concept]:
            best[row.concept] = graded
