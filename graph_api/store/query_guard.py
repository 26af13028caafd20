"""What a SPARQL text asks for, read without running it: its form, and whether it would call out.

The engine reads without word boundaries and tries a second reading where the first fails:
`SERVICESILENTa:b {…}` and `FILTER(1<2)SERVICE#>` are calls to it. So the fence follows every reading that
the engine might take, and refuses a text when any of them holds a call. It errs on the side of refusing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from graph_api.errors import BadQuery, QueryRefused

TABLES: Final = frozenset({"SELECT", "ASK"})
GRAPHS: Final = frozenset({"CONSTRUCT", "DESCRIBE"})
UPDATES: Final = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"})
_MOST_READINGS: Final = 500
_PROLOGUE: Final = frozenset({"PREFIX", "BASE", "VERSION"})
_CHANGING: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID", "SERVICE"})
_GRAPH_NAME_FOLLOWS: Final = frozenset({"GRAPH", "FROM", "NAMED", "DESCRIBE"})
_DELIMITERS: Final = frozenset("\"'\\<>{}()#\r\n\t ")

_CODEPOINT = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ESCAPED = rf"\\[tbnrf\"'\\]|{_CODEPOINT}"
_PLAIN = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\n]+|\#[^\r\n]*)
    |(?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|{_CODEPOINT})*+>)
    |(?P<long>\"\"\"(?:\"{{0,2}}(?:[^\"\\]|{_ESCAPED}))*+\"\"\"|'''(?:'{{0,2}}(?:[^'\\]|{_ESCAPED}))*+''')
    |(?P<short>\"(?:[^\"\\\r\n]|{_ESCAPED})*+\"|'(?:[^'\\\r\n]|{_ESCAPED})*+')
    |(?P<variable>[?$]\w*)
    |(?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    |(?P<name>(?P<prefix>_|(?:[^\W\d_][\w\-·]*+(?:\.+[\w\-·]++)*+)?):
              (?P<local>(?:(?:[\w:]|{_PLAIN})(?:[\w:\-·]|{_PLAIN})*+(?:\.+(?:[\w:\-·]|{_PLAIN})++)*+)?))
    |(?P<word>[^\W\d][\w\-·]*+(?:\.+[\w\-·]++)*+)
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SKIP = r"(?:[ \t\r\n]|\#[^\r\n]*)*+"
_CALL = re.compile(rf"SERVICE{_SKIP}(?:SILENT{_SKIP})?<([^<>\s]*)>", re.IGNORECASE)
_BRACE = re.compile(rf"{_SKIP}\{{")
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")
_BACKSLASHED = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\\\")

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
    a text of no query form.
    """
    text = _decoded(text, keep=_DELIMITERS)
    form, prefixes = _prologue(text)
    called = False
    for reading in {text, _decoded(text)}:
        called |= _check_calls(reading, frozenset(allowed), prefixes)
    words = {token[0].upper() for token in tokens_of(text) if token.lastgroup == "word"}
    return Reading(text, form, "FROM" in words, not words & _CHANGING, called)


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
    """The tokens of the first reading, without blanks and comments."""
    return (token for token in _TOKEN.finditer(text) if token.lastgroup != "space")


def _prologue(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The query's form, the first word after the prologue, and the prefixes declared before it."""
    prefixes: list[tuple[str, str]] = []
    prefix = None
    for token in tokens_of(text):
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
    called = False
    for token, after_graph in _readings(text):
        if token.lastgroup == "word" and "service" in token[0].casefold():
            call = _CALL.match(text, token.start())
            if call is None or call[1] not in allowed:
                raise QueryRefused(_refusal(allowed))
            called = True
        elif token.lastgroup == "name" and (
            (not after_graph and _prefix_calls(text, token)) or _local_calls(token, prefixes)
        ):
            raise QueryRefused(_refusal(allowed))
    return called


def _refusal(allowed: Collection[str]) -> str:
    if not allowed:
        return "SERVICE is switched off here: a query may not call other endpoints"
    return f"SERVICE may call {', '.join(sorted(allowed))}, written as a full <IRI>, and nothing else"


def _readings(text: str) -> Iterator[tuple[Token, bool]]:
    """The tokens of all readings, each with whether the name of a graph may stand there."""
    seen: set[tuple[int, bool]] = set()
    starts = [(0, False)]
    while starts:
        at, after_graph = starts.pop()
        while at < len(text) and (at, after_graph) not in seen:
            seen.add((at, after_graph))
            token = _TOKEN.match(text, at)
            assert token is not None, "every character is a token"
            yield token, after_graph
            starts.extend((other, False) for other in _other_ends(token))
            if len(starts) > _MOST_READINGS:
                raise QueryRefused("this text can be read in too many ways; write its IRIs with prefixes")
            at = token.end()
            if token.lastgroup != "space":
                after_graph = token[0].upper() in _GRAPH_NAME_FOLLOWS


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


def _local_calls(name: Token, prefixes: Sequence[tuple[str, str]]) -> bool:
    """Whether it could read one after the prefix: `a:SERVICE`, which it splits when the whole is no IRI."""
    if "service" not in name["local"].casefold():
        return False
    local = name["local"].replace("\\", "")
    return any(not _is_iri(start + local) for prefix, start in prefixes if prefix == name["prefix"])


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True
