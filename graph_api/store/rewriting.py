"""Queries that an engine answers slowly, recognised by their shape, to be said in words that it answers fast.

Two shapes, each exact. A text of any other shape is left as it stands.

- A label that holds a text (`FILTER(CONTAINS(LCASE(?label), "…"))`): the engine would read every label. Given the pairs
  of subject and label that can pass, it starts from these; the filter stays.
- The first few of many by a count (`ORDER BY DESC(?count) ?thing LIMIT 10`): the engine would compare the written form
  of things with equal counts, thousands of times. Ordered by the count alone, only those that may come
  among the first need be compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from graph_api.store.plain_query import Group, Plain, name_of, read_plain
from graph_api.store.query_guard import Token, tokens_of

SUBSTRINGS: Final = "literal-substrings"
TOP_COUNTS: Final = "top-counts"
_CALL: Final = ("CONTAINS", "(", "LCASE", "(")
_MOST_CHARACTERS: Final = 20_000
"""Longer texts are not looked at."""
_MOST_ROWS: Final = 500


@dataclass(frozen=True)
class Substring:
    """A group of a query in which a label must hold a text."""

    place: int
    """Where the pairs can stand: at the beginning of the group."""
    subject: str
    label: str
    property: str
    """The IRI of the property of which it is the value."""
    text: str
    as_text: bool
    """Whether the label is taken as text first (`STR`)."""


@dataclass(frozen=True)
class TopCounts:
    """A query for the first few of many groups by how many each holds."""

    by_count: str
    """The same query, ordered by the count alone, without an end."""
    selected: tuple[str, ...]
    count: str
    order: tuple[tuple[str, bool], ...]
    limit: int


def shape_of(text: str, searched: Collection[str]) -> list[Substring] | TopCounts | None:
    """What the query is recognised as: the labels in it that must hold a text, or one of top counts, or nothing.

    `searched` are the properties whose values can be looked up.
    """
    upper = text.upper()
    substring = "CONTAINS" in upper and "LCASE" in upper
    if len(text) > _MOST_CHARACTERS or not (substring or ("COUNT" in upper and "LIMIT" in upper)):
        return None
    query = read_plain(text, list(tokens_of(text)))
    if query is None:
        return None
    if query.limit is None:
        return [found for group in query.where.all() for found in _substrings(query, group, searched)] or None
    return _top_counts(text, query)


def _substrings(query: Plain, group: Group, searched: Collection[str]) -> Iterable[Substring]:
    for tokens in group.filters:
        for conjunct in _conjuncts(tokens):
            asked = _contains(conjunct)
            if asked is None:
                continue
            label, text, as_text = asked
            for pattern in group.patterns:
                name, subject = query.iri(pattern.verb), name_of(pattern.subject)
                if name in searched and subject and subject != label and name_of(pattern.value) == label:
                    yield Substring(group.start, subject, label, str(name), text, as_text)
                    break


def _conjuncts(tokens: Sequence[Token]) -> list[list[Token]]:
    """The conditions of which each must hold; none where it may be enough that one does."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token[0] == "(") - (token[0] == ")")
        if depth == 0 and token[0] == "||":
            return []
        if depth == 0 and token[0] == "&&":
            found.append([])
        else:
            found[-1].append(token)
    return found


def _contains(tokens: Sequence[Token]) -> tuple[str, str, bool] | None:
    """The variable, the text that it must hold in small letters, and whether it is taken as text first."""
    written = [token[0].upper() if token.lastgroup == "word" else token[0] for token in tokens]
    if tuple(written[:4]) != _CALL:
        return None
    as_text = written[4:6] == ["STR", "("]
    first = 6 if as_text else 4
    closing = [")", ")"] if as_text else [")"]
    comma = first + 1 + len(closing)
    if written[first + 1 :] != [*closing, ",", *written[comma + 1 : comma + 2], ")"]:
        return None
    label, text = tokens[first], tokens[comma + 1]
    if not name_of(label) or text.lastgroup != "short":
        return None
    return name_of(label), text[0][1:-1], as_text


def _top_counts(text: str, query: Plain) -> TopCounts | None:
    """The query as one of top counts, where its order leaves no two rows equal."""
    if query.distinct or not query.limit or query.limit > _MOST_ROWS or len(query.counts) != 1 or not query.groups_by:
        return None
    (count,) = query.counts
    groups = [name for name in query.selected if name != count]
    keys = [name for name, _ in query.order[1:]]
    named = {name_of(pattern.subject) for pattern in query.where.patterns}
    if (
        query.order[:1] != [(count, True)]
        or sorted(groups) != sorted(set(query.groups_by))
        or sorted(keys) != sorted(groups)
        or not named.issuperset(groups)
    ):
        return None
    by_count = f"{text[: query.grouped]} ORDER BY DESC(?{count})"
    return TopCounts(by_count, tuple(query.selected), count, tuple(query.order), query.limit)


def with_pairs(text: str, found: Substring, pairs: Iterable[tuple[str, str]]) -> str:
    """The query with the pairs of subject and label that can pass, each as SPARQL writes it."""
    rows = " ".join(f"({subject} {label})" for subject, label in pairs)
    values = f" VALUES (?{found.subject} ?{found.label}) {{ {rows} }} "
    return text[: found.place] + values + text[found.place :]


def of_rows(shape: TopCounts, rows: Iterable[Sequence[object]]) -> str:
    """A query that puts these rows, terms in the order in which they are selected, in the order that was asked for."""
    names = " ".join(f"?{name}" for name in shape.selected)
    values = " ".join(f"({' '.join(map(str, row))})" for row in rows)
    keys = " ".join(f"{'DESC' if falling else 'ASC'}(?{name})" for name, falling in shape.order)
    return f"SELECT {names} {{ VALUES ({names}) {{ {values} }} }} ORDER BY {keys} LIMIT {shape.limit}"
