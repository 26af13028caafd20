"""Queries that SPARQL 1.1 allows and the engine does not, or does slowly, in words that it takes as they are meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

Token = re.Match[str]
Tokens = Callable[[str], Iterator[Token]]

_MANY: Final = 20
"""A chain of fewer comparisons costs the engine nothing."""
_VARIABLE: Final = re.compile(r"[?$](\w+)")
_SELECT: Final = re.compile("select", re.IGNORECASE)
_PLAIN: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:(?:(?!/\.)[^\\])*>")
"""An IRI that is written in one way only."""
_CHAINS: Final = {"||": ("=", "IN"), "&&": ("!=", "NOT IN")}


def mended(text: str, tokens_of: Tokens) -> str:
    """The same query for the engine; `tokens_of` gives the tokens of a text."""
    steps: list[Callable[[str, list[Token]], str]] = []
    if _may_select_twice(text):
        steps.append(lambda text, tokens: _without(text, _repeated(tokens)))
    if text.count("||") >= _MANY:
        steps.append(_joined)
    for chain, (comparison, listed) in _CHAINS.items():
        if text.count(chain) >= _MANY:
            steps.append(partial(_as_list, chain=chain, comparison=comparison, listed=listed))
    for step in steps:
        text = step(text, list(tokens_of(text)))
    return text


def _may_select_twice(text: str) -> bool:
    """Whether a variable stands twice before the brace that ends a SELECT clause; a quick look."""
    for part in text.split("{")[:-1]:
        if clause := _SELECT.search(part):
            names = _VARIABLE.findall(part, clause.end())
            if len(names) != len(set(names)):
                return True
    return False


def _repeated(tokens: Iterable[Token]) -> list[Token]:
    """The variables of SELECT clauses that were selected before: grammar rule 9 allows `SELECT ?l ?l`."""
    found: list[Token] = []
    seen: set[str] | None = None
    depth = 0
    for token in tokens:
        written = token[0].upper()
        if token.lastgroup == "word" and written == "SELECT":
            seen, depth = set(), 0
        elif seen is None:
            continue
        elif written in ("(", ")"):
            depth += 1 if written == "(" else -1
        elif written in ("{", "WHERE", "FROM"):
            seen = None
        elif token.lastgroup == "variable" and depth == 0:
            if token[0][1:] in seen:
                found.append(token)
            seen.add(token[0][1:])
    return found


def _without(text: str, tokens: Iterable[Token]) -> str:
    """The text with blanks in place of the tokens."""
    pieces, at = [], 0
    for token in tokens:
        pieces += [text[at : token.start()], " " * (token.end() - token.start())]
        at = token.end()
    return "".join([*pieces, text[at:]])


def _joined(text: str, tokens: list[Token]) -> str:
    """`?s ?p ?o FILTER(?s = <a> || …)` as `?s ?p ?o VALUES ?s { <a> … }`, so that the engine looks nothing else up.

    The same only where the group binds the variable in every solution, and no IRI stands there twice.
    """
    edits: list[tuple[int, int, str]] = []
    groups = _Groups(tokens)
    for index in range(2, len(tokens)):
        if tokens[index - 1][0] != "(" or tokens[index - 2][0].upper() != "FILTER":
            continue
        end, terms = _run(tokens, index, "||", "=")
        if len(terms) < _MANY or end >= len(tokens) or tokens[end][0] != ")" or not all(map(_PLAIN.fullmatch, terms)):
            continue
        group = groups.around[index]
        if group in groups.ends and tokens[index][0][1:] in groups.subjects[group]:
            edits.append((tokens[index - 2].start(), tokens[end].end(), "FILTER(true)"))
            closing = tokens[groups.ends[group]].start()
            values = f" VALUES {tokens[index][0]} {{ {' '.join(dict.fromkeys(terms))} }} "
            edits.append((closing, closing, values))
    pieces, at = [], 0
    for start, end, put in sorted(edits):
        pieces += [text[at:start], put]
        at = end
    return "".join([*pieces, text[at:]])


class _Groups:
    """The brackets of a text: around which token which stand, where they end, and the subjects inside them."""

    def __init__(self, tokens: list[Token]) -> None:
        self.around: list[int] = []
        self.ends: dict[int, int] = {}
        self.subjects: dict[int, set[str]] = {}
        opened, round_ones = [-1], 0
        for place, token in enumerate(tokens):
            written = token[0]
            round_ones += (written == "(") - (written == ")")
            if written == "}" and len(opened) > 1:
                self.ends[opened.pop()] = place
            self.around.append(opened[-1])
            begins = tokens[place - 1][0] == "." or place - 1 == opened[-1]
            if token.lastgroup == "variable" and round_ones == 0 and begins:
                self.subjects.setdefault(opened[-1], set()).add(written[1:])
            if written == "{":
                opened.append(place)
                self.subjects.setdefault(place, set())


def _as_list(text: str, tokens: list[Token], chain: str, comparison: str, listed: str) -> str:
    """`?s = <a> || ?s = <b> || …` as `?s IN (<a>, <b>, …)`, which means the same (17.4.1.9) and takes linear time.

    Only where the chain's neighbours bind no closer than it does: brackets, or more of the same chain.
    """
    pieces, at, index = [], 0, 1
    while index < len(tokens):
        end, terms = _run(tokens, index, chain, comparison)
        before, after = tokens[index - 1][0], tokens[end][0] if end < len(tokens) else ""
        if len(terms) >= _MANY and before in ("(", chain) and after in (")", chain):
            pieces += [text[at : tokens[index].start()], f"{tokens[index][0]} {listed} ({', '.join(terms)})"]
            at = tokens[end - 1].end()
        index = max(end, index + 1)
    return "".join([*pieces, text[at:]])


def _run(tokens: list[Token], start: int, chain: str, comparison: str) -> tuple[int, list[str]]:
    """The comparisons of one variable with IRIs that follow each other from here: where they end, and the IRIs."""
    terms: list[str] = []
    end = at = start
    while at + 2 < len(tokens):
        variable, sign, term = tokens[at : at + 3]
        if variable.lastgroup != "variable" or variable[0][1:] != tokens[start][0][1:] or sign[0] != comparison:
            break
        if term.lastgroup not in ("iri", "name"):
            break
        terms.append(term[0])
        end = at + 3
        if end >= len(tokens) or tokens[end][0] != chain:
            break
        at = end + 1
    return end, terms
