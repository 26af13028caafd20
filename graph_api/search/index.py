"""Labels in all languages -> ranked hits that say why they matched.

`writer` makes one SQLite file of a graph; `Index` answers from it, in any number of threads and processes.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from graph_api.errors import BadRequest, NoGraph
from graph_api.search.labels import (
    CODE,
    ROLES,
)
from graph_api.search.law_numbers import LawNumber
from graph_api.search.pasted import Pasted, pasted
from graph_api.search.ranking import Graded, Row, Term, Typed, keep_best
from graph_api.search.stemming import FUNCTION_WORDS, fold, stem
from graph_api.store.database import Database
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.store.whole import led_to, watch

LONGEST_QUERY: Final = 500
MOST_HITS: Final = 200
_MOST_WORDS: Final = 12
_SEVERAL_WORDS: Final = 3
_WORDS_KEPT: Final = 2000
_SIZES_KEPT: Final = 50
_ROUNDED: Final = 0.01
_CANDIDATES: Final = 250
_BEGINNINGS: Final = 125
"""How many labels that begin with the text are looked at among our things, and as many among all others. Where there
are more, those that merely hold its words would come after them, and are not read."""
_ALTERNATIVES: Final = 40
_SHORTEST_PART: Final = 4
_ENOUGH: Final = 5
_PLENTY: Final = 20


# ---- writing ---------------------------------------------------------------------------------------------


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


@dataclass(frozen=True)
class _Filter:
    sql: str
    values: tuple[str, ...]
    halves: tuple[tuple[int, int], ...]
    """The labels of our things by their numbers, and all others; so many of each are looked at."""


class Index:
    """A written index, opened for reading; any number of threads and processes may use it at once."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise NoGraph(f"{path} is not there; run `passerelle build`")
        self._database = Database(path)
        with self._database.reading() as database:
            self._own: int = database.execute("SELECT labels FROM own").fetchone()[0]
            self._labels: int = database.execute("SELECT count(*) FROM label").fetchone()[0]
            self._frequency: dict[str, int] = dict(database.execute("SELECT * FROM vocabulary ORDER BY word"))
        self._vocabulary = list(self._frequency)
        self._running = f" {' '.join(self._vocabulary)} "
        self._wider = lru_cache(_WORDS_KEPT)(self._widened)
        self._as_long = lru_cache(_SIZES_KEPT)(self._as_long_as)

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
        only = _filter(kinds, countries, languages, (self._own, self._labels))
        address = pasted(asked)
        with self._database.reading() as database:
            meant = self._addressed(database, address, only)
            known = {graded.row.concept for graded in meant}
            ranked = [] if address.is_address else self._ranked(database, asked, only)
            best = [*meant, *(graded for graded in ranked if graded.row.concept not in known)]
            page = best[offset : offset + limit]
            hits = self._hits(database, page, lang)
        return Results(asked, hits, offset + limit if len(best) > offset + limit else None)

    def _addressed(self, database: sqlite3.Connection, address: Pasted, only: _Filter) -> list[Graded]:
        """What has the address that was pasted."""
        wheres = [("iri", f"iri IN ({', '.join('?' * len(address.iris))})", address.iris)] if address.iris else []
        wheres += [("slug", "kind = ? AND slug = ?", pair) for pair in address.named]
        if slug := address.slug:
            wheres.append(("slug", "slug IN (?, ?, ?)", (slug, slug.lower(), slug.upper())))
        if address.law:
            wheres += [("slug", "iri = ?", (iri,)) for iri in self._of_law(database, address.law)]
        select = (
            "SELECT label.id, {}, '', ?, words, concept.id, iri, kind, slug, rank, opened FROM concept "
            "JOIN label ON label.concept = concept.id WHERE {} " + only.sql + " GROUP BY concept.id ORDER BY rank, iri"
        )
        found: dict[int, Graded] = {}
        for name, where, values in wheres:
            for each in database.execute(select.format(name, where), (CODE, *values, *only.values)):
                row = Row._make(each)
                found.setdefault(row.concept, Graded(-1.0, False, row.rank, False, CODE, 0, row.slug, "exact", row))
        return list(found.values())

    def _of_law(self, database: sqlite3.Connection, law: LawNumber) -> list[str]:
        """The act of that number, and before it the provisions of the part that is meant, or of the part around it."""
        select = (
            "SELECT concept.slug, iri FROM whole JOIN label ON label.id = whole.label "
            "JOIN concept ON concept.id = label.concept WHERE key = ? AND role = ? AND kind = 'legal-act'"
        )
        acts = (database.execute(select, ("=" + fold(name).replace(" ", ""), CODE)).fetchall() for name in law.acts)
        for slug, iri in next(filter(None, acts), ()):
            parts = law.part.split("-") if law.part else []
            slugs = [f"{slug}-{'-'.join(parts[:count])}".lower() for count in range(len(parts), 0, -1)]
            here = "SELECT iri FROM concept WHERE kind = 'provision' AND (slug = ? OR slug GLOB ?) ORDER BY slug"
            found = (database.execute(here, (each, f"{each}-*")).fetchall() for each in slugs)
            return [*(row[0] for row in next(filter(None, found), ())), iri]
        return []

    def _ranked(self, database: sqlite3.Connection, asked: str, only: _Filter) -> list[Graded]:
        """The best label of each concept, best first; the same for every page."""
        words = list(dict.fromkeys(fold(asked).split()))[:_MOST_WORDS]
        plain = Typed(asked, [Term(word, self._weight(word)) for word in words])
        best: dict[int, Graded] = {}
        begun = list(self._whole(database, plain, only))
        keep_best(best, plain, begun)
        keep_best(best, plain, self._holding(database, plain, self._unless_full(only, begun), loose=False))
        # who writes out a long label as it stands has not misspelt it
        found = len(words) > _SEVERAL_WORDS and any(graded.how == "exact" for graded in best.values())
        if len(best) < _PLENTY and not found:
            wide = Typed(asked, [term for word in words for term in self._wider(word)])
            keep_best(best, wide, self._holding(database, wide, only, loose=True))
        return sorted(best.values())

    def _unless_full(self, only: _Filter, begun: Sequence[Row]) -> _Filter:
        """Without the halves of the index in which more labels begin with the text than are looked at."""
        return replace(
            only,
            halves=tuple(
                (first, last)
                for first, last in only.halves
                if sum(first <= row.number <= last for row in begun) < _BEGINNINGS
            ),
        )

    def _whole(self, database: sqlite3.Connection, question: Typed, only: _Filter) -> Iterator[Row]:
        """Labels that are the text, in any form, and labels that begin with it."""
        for key in (question.key, question.stem_key):
            yield from self._rows(database, "label.id IN (SELECT label FROM whole WHERE key = ?)", (key,), only)
        begins = "label.id IN (SELECT label FROM whole WHERE key > ? AND key < ?)"
        yield from self._rows(database, begins, (question.key, question.key + "\U0010ffff"), only, _BEGINNINGS)

    def _holding(self, database: sqlite3.Connection, question: Typed, only: _Filter, *, loose: bool) -> Iterator[Row]:
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
        self, database: sqlite3.Connection, terms: Sequence[Term], only: _Filter, loose: bool
    ) -> Iterator[Row]:
        match = " AND ".join(term.match(loose) for term in terms)
        # the full-text index gives its rows in order, so that no more are read than are wanted
        found = "words CROSS JOIN label ON label.id = words.rowid"
        yield from _select(database, found, "words.rowid", ("words.words MATCH ?", (match,)), only, _CANDIDATES)

    def _rows(
        self,
        database: sqlite3.Connection,
        condition: str,
        values: tuple[str, ...],
        only: _Filter,
        most: int = _CANDIDATES,
    ) -> Iterator[Row]:
        """The preferred labels under a condition, at most so many in each half."""
        yield from _select(database, "label", "label.id", (condition, values), only, most)

    def _weight(self, word: str) -> float:
        """How much a word tells: the rarer, the more."""
        share = math.log(1 + self._labels / (1 + self._frequency.get(word, 0))) / math.log(2 + self._labels)
        return share * (0.2 if word in FUNCTION_WORDS else 1.0)

    def _widened(self, word: str) -> list[Term]:
        """The word with the known words that it may stand for; an unknown compound as its parts."""
        term = Term(word, self._weight(word))
        if len(word) < 4 or not word.isalpha() or word in FUNCTION_WORDS:
            return [term]
        cutoff = 0.85 if word in self._frequency else 0.7
        near = process.extract(
            word,
            self._as_long(len(word), cutoff),
            scorer=OSA.normalized_similarity,
            score_cutoff=cutoff,
            limit=_ALTERNATIVES,
        )
        parts = self._parts(word)
        if parts and not any(likeness > 0.85 for _, likeness, _ in near):
            return [Term(part, self._weight(part)) for part in parts]
        compound = dict.fromkeys(self._kin(word), 0.75)
        similar = {other: 0.85 * likeness for other, likeness, _ in near} | compound
        ordered = sorted((-likeness, other) for other, likeness in similar.items() if other != word)
        for negative, other in ordered[:_ALTERNATIVES]:
            term.similar[other] = -negative
            term.similar.setdefault(stem(other), -negative)
        term.compound = frozenset(map(stem, compound)) | compound.keys()
        return [term]

    def _as_long_as(self, size: int, cutoff: float) -> list[str]:
        """The known words that are long enough, and not too long, to be so much like a word of a size."""
        least, most = size * cutoff - _ROUNDED, size / cutoff + _ROUNDED
        return [known for known in self._vocabulary if least <= len(known) <= most]

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

    def _hits(self, database: sqlite3.Connection, found: Sequence[Graded], lang: str) -> tuple[Hit, ...]:
        """The hits of a page, each under its preferred label in the reader's language where there is one."""
        concepts = [graded.row.concept for graded in found]
        shown: dict[int, dict[str, str]] = {concept: {} for concept in concepts}
        select = (
            f"SELECT concept, lang, text FROM label WHERE concept IN ({', '.join('?' * len(concepts))}) AND role = 0 "
            "ORDER BY lang DESC, text DESC"
        )
        for concept, language, text in database.execute(select, concepts):
            shown[concept][language] = text
        return tuple(_hit(graded, shown[graded.row.concept], lang) for graded in found)


def _hit(graded: Graded, shown: Mapping[str, str], lang: str) -> Hit:
    row = graded.row
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
                self._opened = path, opened(path)
            return self._opened[1]

    def _directory(self) -> Path:
        """Where the served graph was built; beside a remote store, the graph built here."""
        if isinstance(self._store, CurrentStore):
            return self._store.opened().directory
        if isinstance(self._store, EmbeddedStore):
            return self._store.directory
        return led_to(self._data / "current")


def opened(path: Path) -> Index:
    """The index, where it is what the build wrote. Raises NoGraph."""
    if wrong := watch(path.parent).faults({path.name}):
        raise NoGraph(f"the search index is damaged ({wrong[0]}); run `passerelle build`")
    try:
        return Index(path)
    except sqlite3.DatabaseError as error:
        raise NoGraph(f"the search index cannot be read ({error}); run `passerelle build`") from None


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


_ROW: Final = partial(tuple.__new__, Row)
"""A row of the database as it stands, many times a search."""


def _select(
    database: sqlite3.Connection,
    found: str,
    number: str,
    condition: tuple[str, tuple[str, ...]],
    only: _Filter,
    most: int,
) -> Iterator[Row]:
    """Labels from a table by their numbers, at most so many in each half."""
    select = (
        "SELECT label.id, text, lang, role, label.words, concept.id, iri, kind, slug, concept.rank, opened "
        f"FROM {found} JOIN concept ON concept.id = label.concept "
        f"WHERE {condition[0]} {only.sql} AND {number} BETWEEN ? AND ? ORDER BY {number} LIMIT ?"
    )
    for first, last in only.halves:
        values = (*condition[1], *only.values, first, last, most)
        yield from map(_ROW, database.execute(select, values))


def _filter(
    kinds: Sequence[str], countries: Sequence[str], languages: Sequence[str], numbers: tuple[int, int]
) -> _Filter:
    sql, values = "", []
    for names, condition in (
        (kinds, "AND kind IN ({})"),
        (countries, "AND concept.id IN (SELECT concept FROM place WHERE code IN ({}))"),
        (languages, f"AND (role = {CODE} OR lang IN ({{}}))"),
    ):
        if names:
            sql += " " + condition.format(", ".join("?" * len(names)))
            values += [name.lower().encode(errors="replace").decode() for name in names]
    own, last = numbers
    halves = [(1, own), (own + 1, last)]
    return _Filter(sql, tuple(values), tuple((first, end) for first, end in halves if first <= end))


# ---- ranking ---------------------------------------------------------------------------------------------
