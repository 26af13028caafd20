"""FROM clauses written into a query, for engines that do not take a dataset beside it.

The protocol has parameters for that, but Virtuoso 7 adds the graphs that they name to those of the query, and repeats
each as a header of its answer, more than a client reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import NamedNode

from graph_api.store.graph_store import Dataset
from graph_api.store.query_guard import Reading, Token, tokens_of

_BEFORE: Final = frozenset({"WHERE", "ORDER", "GROUP", "HAVING", "LIMIT", "OFFSET", "VALUES"})


def over(reading: Reading, dataset: Dataset) -> str:
    """The text of the query with clauses for the dataset in place of its own."""
    text, tokens = reading.text, list(tokens_of(reading.text))
    clauses = [f"FROM {NamedNode(iri)}" for iri in dataset.default]
    clauses += [f"FROM NAMED {NamedNode(iri)}" for iri in dataset.named]
    cuts = list(_clauses(tokens))
    at = cuts[0][0] if cuts else _place(tokens, reading.form, len(text))
    text = _blanked(text, cuts)
    return f"{text[:at]} {' '.join(clauses)} {text[at:]}"


def _blanked(text: str, cuts: Sequence[tuple[int, int]]) -> str:
    """The text with blanks in these places."""
    pieces, at = [], 0
    for start, end in cuts:
        pieces += [text[at:start], " " * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


def _clauses(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where the query's own FROM clauses stand."""
    for index, token in enumerate(tokens):
        if token.lastgroup == "word" and token[0].upper() == "FROM":
            named = index + 1 < len(tokens) and tokens[index + 1][0].upper() == "NAMED"
            graph = index + (2 if named else 1)
            if graph < len(tokens) and tokens[graph].lastgroup in ("iri", "name"):
                yield token.start(), tokens[graph].end()


def _place(tokens: Sequence[Token], form: str, end: int) -> int:
    """Where a FROM clause can stand in a query that has none."""
    index = next(i for i, token in enumerate(tokens) if token[0].upper() == form)
    template = form == "CONSTRUCT" and index + 1 < len(tokens) and tokens[index + 1][0] == "{"
    depth = 0
    for token in tokens[index + 1 :]:
        outside = depth == 0
        depth += (token[0] in ("(", "{")) - (token[0] in (")", "}"))
        if template:
            template = depth > 0
        elif outside and (token[0] == "{" or token[0].upper() in _BEFORE):
            return token.start()
    return end
