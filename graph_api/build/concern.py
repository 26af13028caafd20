"""Which queries a change of statements can concern, told from the text alone: too many perhaps, never too few.

The statements that a query asks of one thing in one group must all hold of it. So a statement that comes or goes
concerns the group only if its subject has, before or after, every property, class and named value that the group asks
of it. A group in another asks, besides, what the other has asked of the same thing before it; a SELECT begins anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import NamedNode, Store, Triple

from graph_api.rdf.terms import RDF_TYPE

_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>")
_TOKEN = re.compile(
    r'(?P<skip>\s+|\#[^\n]*)|(?P<text>"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^\S+)?)|(?P<iri><[^<>\s]*>)'
    r"|(?P<name>[A-Za-z][\w-]*:[\w-]*(?:\.[\w-]+)*|:[\w-]+)|(?P<variable>[?$]\w+)|(?P<word>\w[\w.]*\b)|(?P<mark>.)",
    re.DOTALL,
)
_TERMS: Final = ("text", "iri", "name", "variable", "word")
_CLAUSES: Final = frozenset({"OPTIONAL", "UNION", "MINUS"})
_WITH_ARGUMENTS: Final = frozenset({"FILTER", "BIND", "VALUES"})

Asked = tuple[str, str | None]
"""A property, and the value that is asked for by its address; None for any value."""
Stars = dict[str, set[Asked]]
"""What is asked, by what it is asked of."""


@dataclass(frozen=True)
class Pattern:
    """One statement that a query asks for, with all that its group asks of the same thing. None: any."""

    subject: str | None
    property: str | None
    value: str | None
    star: frozenset[Asked]


class _Unread(Exception):
    """The query is written in a way that is not read here."""


@lru_cache(maxsize=1024)
def patterns_of(text: str) -> frozenset[Pattern] | None:
    """The statements that a query asks for; None where it is written in a way that is not read here."""
    prologue, where, body = text.partition("WHERE")
    try:
        tokens = [(str(each.lastgroup), each[0]) for each in _TOKEN.finditer(body) if each.lastgroup != "skip"]
        return frozenset(_Reader(tokens, dict(_PREFIX.findall(prologue))).read()) if where else None
    except _Unread:
        return None


Names = Callable[[Any], Set[Asked]]


def concerned(text: str, changed: Iterable[Triple], names: Names) -> bool:
    """Whether what the query finds can differ; `names` tells what is said of a thing, before or after."""
    patterns = patterns_of(text)
    if patterns is None:
        return True
    by_property: dict[str | None, list[Pattern]] = {}
    for pattern in patterns:
        by_property.setdefault(pattern.property, []).append(pattern)
    for triple in changed:
        found = [*by_property.get(triple.predicate.value, ()), *by_property.get(None, ())]
        if any(_matches(pattern, triple) and pattern.star <= names(triple.subject) for pattern in found):
            return True
    return False


def said_of(triples: Iterable[Triple]) -> set[Asked]:
    """What these statements say of their subject: each property, with and without its value."""
    found: set[Asked] = set()
    for triple in triples:
        name = triple.predicate.value
        found |= {(name, None), (name, _named(triple.object))}
    return found


def _named(term: Any) -> str | None:
    return term.value if isinstance(term, NamedNode) else None


def _matches(pattern: Pattern, triple: Triple) -> bool:
    return pattern.value in (None, _named(triple.object)) and pattern.subject in (None, _named(triple.subject))


def feeds(store: Store, graph: NamedNode, text: str) -> bool:
    """Whether something that the graph says concerns the query, as the store is now."""
    patterns = patterns_of(text)
    return patterns is None or any(store.query(_asked(graph, pattern)) for pattern in patterns)


def _asked(graph: NamedNode, pattern: Pattern) -> str:
    """Asks whether the graph says this of something that has all that the pattern's group asks of it."""
    subject, verb, value = (
        f"<{name}>" if name else variable
        for name, variable in ((pattern.subject, "?s"), (pattern.property, "?p"), (pattern.value, "?o"))
    )
    star = [
        f"{subject} <{name}> {f'<{of}>' if of else f'?o{number}'} ."
        for number, (name, of) in enumerate(sorted(pattern.star, key=str))
    ]
    return f"ASK {{ GRAPH {graph} {{ {subject} {verb} {value} }} {' '.join(star)} }}"


class _Reader:
    """Reads the groups of a query, one after another; whatever it does not know is _Unread."""

    def __init__(self, tokens: list[tuple[str, str]], prefixes: dict[str, str]) -> None:
        self._tokens, self._prefixes, self._at = tokens, prefixes, 0

    def read(self) -> Iterator[Pattern]:
        self._expect("{")
        found = list(self._group({}))
        if any(token == ("mark", "{") for token in self._tokens[self._at :]):
            raise _Unread
        return iter(found)

    def _group(self, around: Stars) -> Iterator[Pattern]:
        """What stands up to the brace that closes; groups inside come by themselves."""
        asked: list[tuple[str, str, str]] = []
        stars = {subject: set(star) for subject, star in around.items()}
        while not self._is("}"):
            kind, word = self._next()
            if (kind, word) == ("mark", "{"):
                yield from self._group(stars)
            elif (kind, word) == ("mark", "."):
                continue
            elif kind == "word" and word.upper() in _WITH_ARGUMENTS:
                yield from self._arguments(word.upper(), stars)
            elif kind == "word" and word.upper() == "SELECT":
                yield from self._select()
                break
            elif kind in ("iri", "name", "variable"):
                for triple in self._triples(word):
                    asked.append(triple)
                    self._add(stars, triple)
            elif kind != "word" or word.upper() not in _CLAUSES:
                raise _Unread
        self._expect("}")
        for subject, verb, value in asked:
            star = frozenset(stars.get(subject, ()))
            yield Pattern(self._constant(subject), self._constant(verb), self._constant(value), star)

    def _add(self, stars: Stars, triple: tuple[str, str, str]) -> None:
        name = self._constant(triple[1])
        if name is not None:
            stars.setdefault(triple[0], set()).add((name, self._constant(triple[2])))

    def _constant(self, token: str) -> str | None:
        """The address of what is named; None for what can be anything, and for values in quotes or figures."""
        if token == "a":
            return RDF_TYPE.value
        if token.startswith("<"):
            return token[1:-1]
        if token[0] in '?$"' or ":" not in token:
            return None
        prefix, _, name = token.partition(":")
        if prefix not in self._prefixes:
            raise _Unread
        return self._prefixes[prefix] + name

    def _select(self) -> Iterator[Pattern]:
        while not self._is("{"):
            self._next()
        self._expect("{")
        yield from self._group({})
        while not self._is("}"):
            if self._is("{"):
                raise _Unread
            self._next()

    def _arguments(self, word: str, stars: Stars) -> Iterator[Pattern]:
        """What a filter asks for in groups of its own; values and expressions ask for nothing."""
        while not self._is("{") and not self._is("("):
            self._next()
        if word == "VALUES":
            self._skip_values()
        elif self._is("{"):
            self._next()
            yield from self._group(stars)
        else:
            yield from self._parentheses(stars)

    def _skip_values(self) -> None:
        while not self._is("{"):
            self._next()
        while self._next() != ("mark", "}"):
            continue

    def _parentheses(self, stars: Stars) -> Iterator[Pattern]:
        self._expect("(")
        while not self._is(")"):
            if self._is("("):
                yield from self._parentheses(stars)
            elif self._next() == ("mark", "{"):
                yield from self._group(stars)
        self._expect(")")

    def _triples(self, subject: str) -> Iterator[tuple[str, str, str]]:
        """The statements of one subject, up to their point or to what comes after them."""
        while True:
            kind, verb = self._next()
            if kind not in ("iri", "name", "variable") and verb != "a":
                raise _Unread
            while True:
                kind, value = self._next()
                if kind not in _TERMS:
                    raise _Unread
                yield subject, verb, value
                if not self._is(","):
                    break
                self._next()
            if not self._is(";"):
                return
            while self._is(";"):
                self._next()
            if self._is(".") or self._is("}"):
                return

    def _is(self, mark: str) -> bool:
        if self._at >= len(self._tokens):
            raise _Unread
        return self._tokens[self._at] == ("mark", mark)

    def _next(self) -> tuple[str, str]:
        self._is("")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, mark: str) -> None:
        if self._next() != ("mark", mark):
            raise _Unread
