"""Which queries a change of statements can concern, told from the text alone: too many perhaps, never too few.

The statements that a query asks of one thing in one group must all hold: what is said of it, and what points at it. So
a statement that comes or goes concerns the group only if its subject and its object have, before or after, every
property, class and named value that the group asks of them. A group in another asks, besides, what the other has asked
of the same thing before it; a SELECT begins anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Store, Triple

from graph_api.rdf.terms import RDF_TYPE

_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^>]*)>")
_TOKEN = re.compile(
    r'(?P<skip>\s+|\#[^\n]*)|(?P<text>"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^\S+)?)|(?P<iri><[^<>\s]*>)'
    r"|(?P<name>[A-Za-z][\w-]*:[\w-]*(?:\.[\w-]+)*|:[\w-]+)|(?P<variable>[?$]\w+)|(?P<word>\w[\w.]*\b)|(?P<mark>.)",
    re.DOTALL,
)
_TERMS: Final = ("text", "iri", "name", "variable", "word")
_CLAUSES: Final = frozenset({"OPTIONAL", "UNION", "MINUS"})
_WITH_ARGUMENTS: Final = frozenset({"FILTER", "BIND"})

INCOMING: Final = "^"
"""Begins the name of a property by which something points at the thing."""
Asked = tuple[str, str | None]
"""A property, and the value that is asked for by its address; None for any value."""
Star = frozenset[tuple[str, frozenset[str] | None]]
"""What is asked of one thing: properties, each with the values that would do; None: any."""
Stars = dict[str, set[tuple[str, str]]]
"""What is asked, by what it is asked of, in the words of the query."""
Choices = dict[str, frozenset[str] | None]
"""The addresses that a variable can be, where a list of values says so."""


@dataclass(frozen=True)
class Pattern:
    """One statement that a query asks for, with all that its group asks of the same two things. None: any."""

    subjects: frozenset[str] | None
    properties: frozenset[str] | None
    values: frozenset[str] | None
    of_subject: Star
    of_value: Star


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


Says = Callable[[Any, Asked], bool]
Changes = Mapping[str, Sequence[Triple]]
"""Statements by their property."""


def by_property(triples: Iterable[Triple]) -> Changes:
    """The statements, sorted by their property."""
    found: dict[str, list[Triple]] = {}
    for triple in triples:
        found.setdefault(triple.predicate.value, []).append(triple)
    return found


def concerned(text: str, changes: Changes, says: Says) -> bool:
    """Whether what the query finds can differ; `says` tells whether this is said of a thing, before or after."""
    patterns = patterns_of(text)
    if patterns is None:
        return True
    return any(
        _matches(pattern, triple)
        and _has_all(says, triple.subject, pattern.of_subject)
        and _has_all(says, triple.object, pattern.of_value)
        for pattern in patterns
        for name in (changes if pattern.properties is None else pattern.properties)
        for triple in changes.get(name, ())
    )


def _has_all(says: Says, thing: Any, star: Star) -> bool:
    return all(
        any(says(thing, (name, value)) for value in values) if values is not None else says(thing, (name, None))
        for name, values in star
    )


def said_of(triples: Iterable[Triple]) -> set[tuple[Any, Asked]]:
    """What these statements say of which thing: each property, with and without what it leads to or comes from."""
    found: set[tuple[Any, Asked]] = set()
    for triple in triples:
        name, value, subject = triple.predicate.value, _named(triple.object), _named(triple.subject)
        found |= {(triple.subject, (name, None)), (triple.subject, (name, value))}
        found |= {(triple.object, (INCOMING + name, None)), (triple.object, (INCOMING + name, subject))}
    return found


def says_so(store: Store, thing: Any, asked: Asked) -> bool:
    """Whether some graph of the store says this of the thing."""
    name, of = asked[0], NamedNode(asked[1]) if asked[1] else None
    if name.startswith(INCOMING):
        found = store.quads_for_pattern(of, NamedNode(name.removeprefix(INCOMING)), thing, None)
    elif isinstance(thing, Literal):
        return False
    else:
        found = store.quads_for_pattern(thing, NamedNode(name), of, None)
    return next(found, None) is not None


def _named(term: Any) -> str | None:
    return term.value if isinstance(term, NamedNode) else None


def _matches(pattern: Pattern, triple: Triple) -> bool:
    return (pattern.values is None or _named(triple.object) in pattern.values) and (
        pattern.subjects is None or _named(triple.subject) in pattern.subjects
    )


def feeds(store: Store, graph: NamedNode, text: str) -> bool:
    """Whether something that the graph says concerns the query, as the store is now."""
    patterns = patterns_of(text)
    return patterns is None or any(store.query(_asked(graph, pattern)) for pattern in patterns)


def _asked(graph: NamedNode, pattern: Pattern) -> str:
    """Asks whether the graph says this of things that have all that the pattern's group asks of them."""
    can_be = [("?s", pattern.subjects), ("?p", pattern.properties), ("?o", pattern.values)]
    stars = [(thing, asked) for thing, star in (("?s", pattern.of_subject), ("?o", pattern.of_value)) for asked in star]
    asked = []
    for number, (thing, (name, values)) in enumerate(sorted(stars, key=str)):
        other, verb = f"?o{number}", f"<{name.removeprefix(INCOMING)}>"
        can_be.append((other, values))
        asked.append(f"{other} {verb} {thing} ." if name.startswith(INCOMING) else f"{thing} {verb} {other} .")
    listed = [f"VALUES {name} {{ {_listed(of)} }}" for name, of in can_be if of is not None]
    return f"ASK {{ {' '.join(listed)} GRAPH {graph} {{ ?s ?p ?o }} {' '.join(asked)} }}"


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"<{name}>" for name in sorted(names))


class _Reader:
    """Reads the groups of a query, one after another; whatever it does not know is _Unread."""

    def __init__(self, tokens: list[tuple[str, str]], prefixes: dict[str, str]) -> None:
        self._tokens, self._prefixes, self._at = tokens, prefixes, 0

    def read(self) -> Iterator[Pattern]:
        self._expect("{")
        found = list(self._group({}, {}))
        if any(token == ("mark", "{") for token in self._tokens[self._at :]):
            raise _Unread
        return iter(found)

    def _group(self, around: Stars, chosen: Choices) -> Iterator[Pattern]:
        """What stands up to the brace that closes; groups inside come by themselves."""
        asked: list[tuple[str, str, str]] = []
        stars = {subject: set(star) for subject, star in around.items()}
        choices = dict(chosen)
        while not self._is("}"):
            kind, word = self._next()
            if (kind, word) == ("mark", "{"):
                yield from self._group(stars, choices)
            elif (kind, word) == ("mark", "."):
                continue
            elif kind == "word" and word.upper() == "VALUES":
                choices |= self._values()
            elif kind == "word" and word.upper() in _WITH_ARGUMENTS:
                yield from self._arguments(stars, choices)
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
        for triple in asked:
            of_subject, of_value = (self._star(stars.get(triple[place], ()), choices) for place in (0, 2))
            subjects, properties, values = (self._can_be(token, choices) for token in triple)
            yield Pattern(subjects, properties, values, of_subject, of_value)

    def _add(self, stars: Stars, triple: tuple[str, str, str]) -> None:
        name = self._constant(triple[1])
        if name is not None:
            stars.setdefault(triple[0], set()).add((name, triple[2]))
            if triple[2][0] in "?$":
                stars.setdefault(triple[2], set()).add((INCOMING + name, triple[0]))

    def _star(self, star: Iterable[tuple[str, str]], choices: Choices) -> Star:
        return frozenset((name, self._can_be(token, choices)) for name, token in star)

    def _can_be(self, token: str, choices: Choices) -> frozenset[str] | None:
        if token[0] in "?$":
            return choices.get(token)
        name = self._constant(token)
        return None if name is None else frozenset({name})

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
        yield from self._group({}, {})
        while not self._is("}"):
            if self._is("{"):
                raise _Unread
            self._next()

    def _arguments(self, stars: Stars, choices: Choices) -> Iterator[Pattern]:
        """What a filter asks for in groups of its own; expressions ask for nothing."""
        while not self._is("{") and not self._is("("):
            self._next()
        if self._is("{"):
            self._next()
            yield from self._group(stars, choices)
        else:
            yield from self._parentheses(stars, choices)

    def _values(self) -> Choices:
        """What each variable of a list of values can be; None where some value has no address, or anything goes."""
        names, listed = list[str](), list[str]()
        while not self._is("{"):
            kind, word = self._next()
            names += [word] if kind == "variable" else []
        self._expect("{")
        while not self._is("}"):
            kind, word = self._next()
            if kind in _TERMS:
                listed.append(word)
            elif word not in "()":
                raise _Unread
        self._expect("}")
        columns = {
            name: [self._constant(word) for word in listed[place :: len(names)]] for place, name in enumerate(names)
        }
        return {
            name: frozenset(filter(None, column)) if column and None not in column else None
            for name, column in columns.items()
        }

    def _parentheses(self, stars: Stars, choices: Choices) -> Iterator[Pattern]:
        self._expect("(")
        while not self._is(")"):
            if self._is("("):
                yield from self._parentheses(stars, choices)
            elif self._next() == ("mark", "{"):
                yield from self._group(stars, choices)
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
