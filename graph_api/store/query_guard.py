"""What a SPARQL text asks for, read without running it: its form, and whether it would call out.

The engine reads without word boundaries and tries a second reading where the first fails:
`SERVICESILENTa:b {…}` and `FILTER(1<2)SERVICE#>` are calls to it. So the fence follows every reading that
the engine might take, and refuses a text when any of them holds a call. It errs on the side of refusing.
Reading takes time that grows as the text does: what would make it grow faster is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pyoxigraph import NamedNode

from graph_api.errors import BadQuery, LimitReached, QueryRefused
from graph_api.store.mending import mended

TABLES: Final = frozenset({"SELECT", "ASK"})
GRAPHS: Final = frozenset({"CONSTRUCT", "DESCRIBE"})
UPDATES: Final = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"})
MOST_TOKENS: Final = 12_500
"""How many words, names and signs a text may have: all occupations of ESCO, each compared with, have 12,200."""
MOST_CALLS: Final = 50
"""How many calls to allowed endpoints a text may hold."""
_MOST_READINGS: Final = 500
_MOST_READ_AGAIN: Final = 3
"""How many times its own length a text may be read in all."""
_MOST_UNCLOSED: Final = 20
_MOST_NAMES: Final = 2000
_LONGEST_NAMES: Final = 200_000
"""How many names that hold the word may be looked at, and how long they may be together."""
_PROLOGUE: Final = frozenset({"PREFIX", "BASE", "VERSION"})
_CHANGING: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "SERVICE"})
_GRAPH_NAME_FOLLOWS: Final = frozenset({"GRAPH", "FROM", "NAMED", "DESCRIBE"})
_MAY_CALL: Final = frozenset({"word", "name", "unclosed"})
"""The tokens in which a call may stand."""
_READ_OTHERWISE: Final = frozenset({"iri", "long"})
_DELIMITERS: Final = frozenset("\"'\\<>{}()#\r\n\t ")

_CODEPOINT = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ESCAPED = rf"\\[tbnrf\"'\\]|{_CODEPOINT}"
_PLAIN = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_TOKEN = re.compile(
    rf"""
    (?P<space>(?:[ \t\r\n]++|\#[^\r\n]*+)++)
    |(?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]++|{_CODEPOINT})*+>)
    |(?P<long>\"\"\"(?:\"{{0,2}}(?:[^\"\\]++|{_ESCAPED}))*+\"\"\"|'''(?:'{{0,2}}(?:[^'\\]++|{_ESCAPED}))*+''')
    |(?P<short>\"(?:[^\"\\\r\n]++|{_ESCAPED})*+\"|'(?:[^'\\\r\n]++|{_ESCAPED})*+')
    |(?P<unclosed>\"(?:[^\"\\\r\n]++|{_ESCAPED})++|'(?:[^'\\\r\n]++|{_ESCAPED})++)
    |(?P<variable>[?$]\w*)
    |(?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    |(?P<name>(?P<prefix>_|(?:[^\W\d_][\w\-·]*+(?:\.+[\w\-·]++)*+)?):
              (?P<local>(?:(?:[\w:]|{_PLAIN})(?:[\w:\-·]++|{_PLAIN})*+(?:\.+(?:[\w:\-·]++|{_PLAIN})++)*+)?))
    |(?P<word>[^\W\d][\w\-·]*+(?:\.+[\w\-·]++)*+)
    |(?P<other>(?:\d++|[^\w\s\#<\"'\\?$@:{{}}()]++)++|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SKIP = r"(?:[ \t\r\n]|\#[^\r\n]*)*+"
_CALL = re.compile(rf"SERVICE{_SKIP}(?:SILENT{_SKIP})?<([^<>\s]*)>", re.IGNORECASE)
_BRACE = re.compile(rf"{_SKIP}\{{")
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")
_PLAIN_PROLOGUE = re.compile(
    r"""
    [ \t\r\n]*+(?:PREFIX[ \t\r\n]++[A-Z]*+:[ \t\r\n]*+<[^<>"{}|^`\\\x00-\x20]*+>[ \t\r\n]*+)*+
    (SELECT|ASK|CONSTRUCT|DESCRIBE)(?=[ \t\r\n{*?<$])
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""What a query that calls nobody mostly begins with; anything else is read token by token."""
_BACKSLASHED = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|(?:\\\\)++")


Token = re.Match[str]


@dataclass(frozen=True)
class Reading:
    """A query as it will be handed to the engine."""

    text: str
    form: str
    """SELECT, ASK, CONSTRUCT or DESCRIBE."""
    has_dataset: bool
    """Whether it names its graphs; then the default graph is not the union."""
    repeatable: bool
    """Whether the same data give the same result every time."""
    calls: bool
    """Whether it calls an allowed remote endpoint."""

    @property
    def gives_graph(self) -> bool:
        """Whether the result is a graph, not a table."""
        return self.form in GRAPHS


def read(text: str, allowed: Collection[str] = ()) -> Reading:
    """Read a query.

    Raises QueryRefused for an update and for a SERVICE call to an endpoint that is not allowed; BadQuery for
    a text of no query form; LimitReached for one of too many tokens.
    """
    text = _decoded(text, keep=_DELIMITERS)
    plain = _PLAIN_PROLOGUE.match(text) if "service" not in text.casefold() else None
    form, prefixes = (plain[1].upper(), []) if plain else _prologue(islice(tokens_of(text), MOST_TOKENS + 1))
    _check_tokens(text)
    called = False
    for reading in {text, _decoded(text)}:
        called |= _check_calls(reading, frozenset(allowed), prefixes)
    words = _words(text)
    return Reading(mended(text, tokens_of), form, "FROM" in words, not words & _CHANGING, called)


def _check_tokens(text: str) -> None:
    """Raises LimitReached for too many tokens, BadQuery where long strings do not end.

    No text has more tokens than characters, and no long string begins without two quotation marks together.
    """
    if len(text) <= MOST_TOKENS and '""' not in text and "''" not in text:
        return
    if len(list(islice(tokens_of(text), MOST_TOKENS + 1))) > MOST_TOKENS:
        message = f"the query has more than {MOST_TOKENS} words and signs; ask in parts"
        raise LimitReached("query_tokens", MOST_TOKENS, message)


def _words(text: str) -> set[str]:
    """The words that say what kind of query this is, of those that stand in the text outside strings and names."""
    upper = text.upper()
    if not any(word in upper for word in ("FROM", *_CHANGING)):
        return set()
    return {token[0].upper() for token in tokens_of(text) if token.lastgroup == "word"}


def _decoded(text: str, keep: Collection[str] = ()) -> str:
    """The text with its codepoint escapes resolved (SPARQL 1.1, 19.2); those of `keep` stay written."""

    def character(match: Token) -> str:
        digits = match[1] or match[2]
        number = int(digits, 16) if digits else 0
        if not digits or number > 0x10FFFF or 0xD800 <= number < 0xE000 or chr(number) in keep:
            return match[0]
        return chr(number)

    return _BACKSLASHED.sub(character, text) if "\\" in text else text


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens of the first reading, without blanks and comments. Raises BadQuery where long strings do not end."""
    unclosed = _Unclosed(text)
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "short":
            unclosed.look_at(token)
        if token.lastgroup != "space":
            yield token


class _Unclosed:
    """Counts long strings that do not end: each is searched to the end of the text before it is read another way."""

    def __init__(self, text: str) -> None:
        self._text, self._found = text, 0

    def look_at(self, short: Token) -> None:
        """A short string that is empty and stands before another quotation mark was first tried as a long one."""
        if short.end() - short.start() == 2 and self._text.startswith(short[0][0], short.end()):
            self._found += 1
            if self._found > _MOST_UNCLOSED:
                raise BadQuery("this is not SPARQL 1.1: long strings in it do not end")


def _prologue(tokens: Iterable[Token]) -> tuple[str, list[tuple[str, str]]]:
    """The query's form, the first word after the prologue, and the prefixes declared before it."""
    prefixes: list[tuple[str, str]] = []
    prefix = None
    for token in tokens:
        word = token[0].upper() if token.lastgroup == "word" else ""
        if word in TABLES or word in GRAPHS:
            return word, prefixes
        if word in UPDATES:
            raise QueryRefused(f"{word} is an update; this endpoint only reads")
        if (word and word not in _PROLOGUE) or token.lastgroup in ("other", "variable", "tag"):
            break
        if token.lastgroup == "iri" and prefix is not None:
            prefixes.append((prefix, token[0][1:-1]))
        prefix = token["prefix"]
    raise BadQuery("this is not SPARQL 1.1: a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE")


def _check_calls(text: str, allowed: frozenset[str], prefixes: Sequence[tuple[str, str]]) -> bool:
    """Whether some reading calls an allowed endpoint. Raises QueryRefused when one calls another."""
    if "service" not in text.casefold():
        return False
    calls, names = 0, _Names(prefixes)
    for token, after_graph in _readings(text):
        if token.lastgroup not in _MAY_CALL or "service" not in token[0].casefold():
            continue
        if token.lastgroup == "word":
            call = _CALL.match(text, token.start())
            if call is None or call[1] not in allowed:
                raise QueryRefused(_refusal(allowed))
            calls += 1
            if calls > MOST_CALLS:
                raise QueryRefused(f"SERVICE may stand at most {MOST_CALLS} times in a query; ask in parts")
        elif token.lastgroup == "unclosed" or (
            token.lastgroup == "name" and ((not after_graph and _prefix_calls(text, token)) or names.may_call(token))
        ):
            raise QueryRefused(_refusal(allowed))
    return calls > 0


def _refusal(allowed: Collection[str]) -> str:
    if not allowed:
        return "SERVICE is switched off here: a query may not call other endpoints"
    return f"SERVICE may call {', '.join(sorted(allowed))}, written as a full <IRI>, and nothing else"


def _readings(text: str) -> Iterator[tuple[Token, bool]]:
    """The tokens of all readings, each with whether the name of a graph may stand there."""
    if "<" not in text and "\\" not in text:
        yield from _the_only_reading(text)
        return
    seen: dict[bool, set[int]] = {False: set(), True: set()}
    starts, unclosed, match = [0], _Unclosed(text), _TOKEN.match
    left, more, tokens = _MOST_READ_AGAIN * len(text), _MOST_READINGS, 2 * MOST_TOKENS
    while starts:
        at, after_graph = starts.pop(), False
        while at < len(text) and at not in seen[after_graph]:
            seen[after_graph].add(at)
            token = match(text, at)
            assert token is not None, "every character is a token"
            kind = token.lastgroup
            if kind == "short":
                unclosed.look_at(token)
            yield token, after_graph
            if kind in _READ_OTHERWISE:
                others = list(_other_ends(token))
                starts, more = starts + others, more - len(others)
            left, at, tokens = left - (token.end() - at), token.end(), tokens - 1
            if left < 0 or more < 0 or tokens < 0:
                raise QueryRefused("this text can be read in too many ways; write its IRIs with prefixes")
            if kind != "space":
                after_graph = kind == "word" and token[0].upper() in _GRAPH_NAME_FOLLOWS


def _the_only_reading(text: str) -> Iterator[tuple[Token, bool]]:
    """The tokens of a text in which nothing can be read another way; without a backslash long strings end, but for one
    of each kind."""
    after_graph = False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        yield token, after_graph
        if kind != "space":
            after_graph = kind == "word" and token[0].upper() in _GRAPH_NAME_FOLLOWS


def _other_ends(token: Token) -> Iterator[int]:
    """Where the engine would go on if it read the token another way.

    `<` can be "less than" before what looks like an IRI; that matters where a quote or a comment sign hides
    in it. A long string with a wrong escape can be an empty short one and what follows.
    """
    written = token[0]
    if token.lastgroup == "iri" and ("'" in written or "#" in written) and not _ABSOLUTE.match(written):
        yield token.start() + 1
    if token.lastgroup == "long" and "\\" in written:
        yield token.start() + 2


def _prefix_calls(text: str, name: Token) -> bool:
    """Whether the engine could read a call in the name's prefix: `SERVICEa:b {`."""
    return "service" in name["prefix"].casefold() and _BRACE.match(text, name.end()) is not None


class _Names:
    """The names of a text with a call after their prefix: `a:SERVICE`, which is split when the whole is no IRI."""

    def __init__(self, prefixes: Sequence[tuple[str, str]]) -> None:
        self._starts: dict[str, set[str]] = {}
        for prefix, start in prefixes:
            self._starts.setdefault(prefix, set()).add(start)
        self._seen: set[str] = set()
        self._names, self._characters = _MOST_NAMES, _LONGEST_NAMES

    def may_call(self, name: Token) -> bool:
        """Whether the engine could read a call in the name. Raises QueryRefused where too many are to be looked at."""
        if name[0] in self._seen or "service" not in name["local"].casefold():
            return False
        self._seen.add(name[0])
        local = name["local"].replace("\\", "")
        for start in self._starts.get(name["prefix"], ()):
            self._names, self._characters = self._names - 1, self._characters - len(start) - len(local)
            if self._names < 0 or self._characters < 0:
                raise QueryRefused("too many names hold the word 'service'; write them as <IRI>")
            if not _is_iri(start + local):
                return True
        return False


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True
