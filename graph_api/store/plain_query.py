"""Queries of a plain kind, read whole: a SELECT of variables and counts over triple patterns, filters and OPTIONAL.

This is for those who want to say a query in other words: a text of which one word is not understood is not a plain
query, and stays as it is. What stands here means the same in every reading that an engine might take.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from graph_api.store.query_guard import Token

_VARIABLE: Final = re.compile(r"[?$][A-Za-z_][A-Za-z0-9_]*")
_IRI: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:(?:(?!/\.)[^\\])*>")
"""An IRI that is written in one way only."""
_TEXT: Final = re.compile(r"\"[^\"\\\r\n]*\"|'[^'\\\r\n]*'")
_TAG: Final = re.compile(r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*")
_FUNCTIONS: Final = frozenset(
    {
        *("BOUND", "DATATYPE", "ISBLANK", "ISIRI", "ISLITERAL", "LANG", "LANGMATCHES", "STR"),
        *("CONTAINS", "LCASE", "REGEX", "STRAFTER", "STRBEFORE", "STRENDS", "STRLEN", "STRSTARTS", "SUBSTR", "UCASE"),
    }
)
_SIGNS: Final = frozenset({"=", "!=", "&&", "||", "!", ","})
_MOST_NESTED: Final = 50


class NotPlainError(Exception):
    """The text is not a query of the plain kind."""


@dataclass(frozen=True)
class Pattern:
    """A triple pattern; each part a token."""

    subject: Token
    verb: Token
    value: Token


@dataclass
class Group:
    """What stands between two braces."""

    start: int
    """Where in the text the group's first element stands, behind the brace."""
    patterns: list[Pattern] = field(default_factory=list)
    """Those that every solution of the group matches, and that nothing optional goes before."""
    filters: list[list[Token]] = field(default_factory=list)
    """The tokens of each filter in brackets, without these."""
    inner: list[Group] = field(default_factory=list)
    """The groups in this one: in OPTIONAL, in UNION or by themselves."""

    def all(self) -> list[Group]:
        """This group and all in it."""
        return [self, *(group for each in self.inner for group in each.all())]


@dataclass
class Plain:
    """A query of the plain kind."""

    start: int
    """Where SELECT stands."""
    where: Group
    opening: int
    """Where the brace of the outermost group stands."""
    prefixes: dict[str, str]
    distinct: bool = False
    selected: list[str] = field(default_factory=list)
    """The names of what is selected, in order; none for all."""
    counts: dict[str, str] = field(default_factory=dict)
    """Each COUNT as it is written, by the name it is selected as."""
    groups_by: list[str] = field(default_factory=list)
    grouped: int = 0
    """Where the groups end of which GROUP BY speaks."""
    order: list[tuple[str, bool]] = field(default_factory=list)
    """The variables to order by, each with whether the greatest comes first."""
    limit: int | None = None

    def iri(self, token: Token) -> str | None:
        """What the token names; None where it is no IRI, or where its prefix is not declared."""
        if token.lastgroup == "iri":
            return token[0][1:-1]
        if token.lastgroup != "name" or token["prefix"] not in self.prefixes:
            return None
        return self.prefixes[token["prefix"]] + token["local"]


def read_plain(text: str, tokens: Sequence[Token]) -> Plain | None:
    """The query, of which these are the tokens; None where it is not of the plain kind."""
    if "\\" in text:
        return None
    try:
        return _Reader(text, tokens).query()
    except NotPlainError:
        return None


def name_of(token: Token) -> str:
    """The name of the variable, without its sign; empty where the token is none."""
    return token[0][1:] if token.lastgroup == "variable" else ""


class _Reader:
    """Goes through the tokens once."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text, self._tokens, self._at = text, tokens, 0

    def query(self) -> Plain:
        prefixes = self._prologue()
        start = self._word("SELECT").start()
        found = Plain(start, Group(0), 0, prefixes)
        found.distinct = self._skipped("DISTINCT")
        self._selection(found)
        self._skipped("WHERE")
        found.opening = self._peek().start()
        found.where = self._group(0)
        self._modifiers(found)
        if self._at < len(self._tokens):
            raise NotPlainError
        return found

    # one token

    def _peek(self) -> Token:
        if self._at >= len(self._tokens):
            raise NotPlainError
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _is(self, written: str) -> bool:
        return self._at < len(self._tokens) and _written(self._tokens[self._at]) == written

    def _skipped(self, written: str) -> bool:
        """Whether that stood here; it is passed."""
        here = self._is(written)
        self._at += here
        return here

    def _word(self, written: str) -> Token:
        if not self._is(written):
            raise NotPlainError
        return self._take()

    def _variable(self) -> str:
        token = self._take()
        if token.lastgroup != "variable" or not _VARIABLE.fullmatch(token[0]):
            raise NotPlainError
        return name_of(token)

    # the parts of a query

    def _prologue(self) -> dict[str, str]:
        prefixes: dict[str, str] = {}
        while self._skipped("PREFIX"):
            name, iri = self._take(), self._take()
            if name.lastgroup != "name" or name["local"] or not _is_iri(iri) or name["prefix"] in prefixes:
                raise NotPlainError
            prefixes[name["prefix"]] = iri[0][1:-1]
        return prefixes

    def _selection(self, found: Plain) -> None:
        if self._skipped("*"):
            return
        while self._is("(") or self._peek().lastgroup == "variable":
            if not self._skipped("("):
                found.selected.append(self._variable())
                continue
            start = self._word("COUNT").start()
            self._word("(")
            self._skipped("DISTINCT")
            if not self._skipped("*"):
                self._variable()
            end = self._word(")").end()
            self._word("AS")
            name = self._variable()
            self._word(")")
            found.selected.append(name)
            found.counts[name] = self._text[start:end]
        if not found.selected or len(set(found.selected)) != len(found.selected):
            raise NotPlainError

    def _modifiers(self, found: Plain) -> None:
        found.grouped = self._tokens[self._at - 1].end()
        if self._skipped("GROUP"):
            self._word("BY")
            while self._at < len(self._tokens) and self._peek().lastgroup == "variable":
                found.groups_by.append(self._variable())
            found.grouped = self._tokens[self._at - 1].end()
        if self._skipped("ORDER"):
            self._word("BY")
            while (key := self._key()) is not None:
                found.order.append(key)
        if self._skipped("LIMIT"):
            token = self._take()
            if not token[0].isascii() or not token[0].isdigit():
                raise NotPlainError
            found.limit = int(token[0])

    def _key(self) -> tuple[str, bool] | None:
        """A variable to order by, if there is one more."""
        if self._at < len(self._tokens) and self._peek().lastgroup == "variable":
            return self._variable(), False
        for word, falling in (("ASC", False), ("DESC", True)):
            if self._skipped(word):
                self._word("(")
                name = self._variable()
                self._word(")")
                return name, falling
        return None

    # groups

    def _group(self, depth: int) -> Group:
        if depth > _MOST_NESTED:
            raise NotPlainError
        group = Group(self._word("{").end())
        patterns = group.patterns
        while not self._skipped("}"):
            if self._skipped("FILTER"):
                group.filters.append(self._filter())
            elif self._skipped("OPTIONAL"):
                group.inner.append(self._group(depth + 1))
                patterns = []
            elif self._is("{"):
                group.inner.append(self._group(depth + 1))
                while self._skipped("UNION"):
                    group.inner.append(self._group(depth + 1))
            else:
                self._triples(patterns)
            self._skipped(".")
        return group

    def _triples(self, patterns: list[Pattern]) -> None:
        """The triple patterns of one subject."""
        subject = self._term()
        while True:
            verb = self._take()
            if verb[0] != "a" and not (_is_iri(verb) or _is_name(verb) or _is_variable(verb)):
                raise NotPlainError
            while True:
                patterns.append(Pattern(subject, verb, self._term()))
                if not self._skipped(","):
                    break
            if not self._skipped(";"):
                return
            while self._skipped(";"):
                continue
            if self._is(".") or self._is("}") or self._is("FILTER") or self._is("OPTIONAL"):
                return

    def _term(self) -> Token:
        """A variable, an IRI, a text with or without language, or a whole number."""
        token = self._take()
        if token.lastgroup == "short":
            self._text_ends(token)
        elif not (_is_variable(token) or _is_iri(token) or _is_name(token) or _is_number(token)):
            raise NotPlainError
        return token

    def _text_ends(self, token: Token) -> None:
        if not _TEXT.fullmatch(token[0]):
            raise NotPlainError
        if self._at < len(self._tokens) and self._peek().lastgroup == "tag" and not _TAG.fullmatch(self._take()[0]):
            raise NotPlainError

    def _filter(self) -> list[Token]:
        """The tokens between the brackets of a filter, or a call with its brackets."""
        first = self._at
        call = self._peek().lastgroup == "word"
        if call:
            self._function()
        self._word("(")
        depth = 1
        while depth:
            token = self._take()
            depth += (token[0] == "(") - (token[0] == ")")
            if token.lastgroup == "word":
                self._at -= 1
                self._function()
            elif token.lastgroup == "short":
                self._text_ends(token)
            elif not (
                token[0] in ("(", ")")
                or token[0] in _SIGNS
                or _is_variable(token)
                or _is_iri(token)
                or _is_name(token)
                or _is_number(token)
            ):
                raise NotPlainError
        tokens = list(self._tokens[first : self._at])
        return tokens if call else tokens[1:-1]

    def _function(self) -> None:
        """A function that is known, or IN, NOT IN, true, false."""
        word = _written(self._take())
        if word == "NOT":
            self._word("IN")
        elif word not in _FUNCTIONS and word not in ("IN", "TRUE", "FALSE"):
            raise NotPlainError


def _written(token: Token) -> str:
    """A word in capitals, as SPARQL takes it in any form; anything else as it stands."""
    return token[0].upper() if token.lastgroup == "word" else token[0]


def _is_variable(token: Token) -> bool:
    return token.lastgroup == "variable" and _VARIABLE.fullmatch(token[0]) is not None


def _is_iri(token: Token) -> bool:
    return token.lastgroup == "iri" and _IRI.fullmatch(token[0]) is not None


def _is_name(token: Token) -> bool:
    return token.lastgroup == "name" and token["prefix"] != "_"


def _is_number(token: Token) -> bool:
    return token.lastgroup == "other" and token[0].isascii() and token[0].isdigit()
