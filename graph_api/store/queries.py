"""`queries/*.rq`: one named lookup each, runnable as it stands.

A query file holds its parameters as example terms in `VALUES ?name { … }`. Binding replaces each example by the asked
terms in one pass, written by the RDF library: never text into a query.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from graph_api.rdf.query_header import header_of
from graph_api.store.graph_store import JSON_RESULTS, GraphStore

Term = NamedNode | Literal
Row = dict[str, str]

FOLDER: Final = Path(__file__).parent / "queries"
ASKED: Final[Counter[str]] = Counter()
"""How often this process has asked each of them."""
_VALUES = re.compile(r"VALUES\s+\?(\w+)\s*\{([^{}]*)\}")
_PAGE = re.compile(r"LIMIT \d+ OFFSET \d+")
_PREFIX = re.compile(r"PREFIX\s+([\w-]*):\s*<([^<>]*)>")
_PREFIXED = re.compile(r"([\w-]*):(\S+)")
_QUOTED = re.compile(r'"([^"]*)"')
_COMMENT = re.compile(r"^\s*#.*\n", re.MULTILINE)


@cache
def names() -> tuple[str, ...]:
    """The names of all lookups."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.rq")))


@cache
def text_of(name: str) -> str:
    """The query file as it stands, header and all."""
    return (FOLDER / f"{name}.rq").read_text(encoding="utf-8")


@cache
def header(name: str) -> Mapping[str, str]:
    """The `#+ key: value` lines of the query file."""
    return header_of(text_of(name))


@cache
def parameters(name: str) -> tuple[str, ...]:
    """The parameters that the query file declares in `VALUES`."""
    return tuple(dict.fromkeys(match[1] for match in _VALUES.finditer(_bare(name))))


@cache
def _bare(name: str) -> str:
    """The query without its comment lines, which some clients read for keywords."""
    return _COMMENT.sub("", text_of(name))


@cache
def properties_of(name: str) -> tuple[frozenset[str], ...]:
    """The properties for which the query asks, in each of its parts that lists them in `VALUES ?property`."""
    spaces = dict(_PREFIX.findall(_bare(name)))
    return tuple(
        frozenset(_PREFIXED.sub(lambda part: spaces[part[1]] + part[2], text).split())
        for parameter, text in _VALUES.findall(_bare(name))
        if parameter == "property"
    )


@cache
def texts_of(name: str, parameter: str) -> frozenset[str]:
    """The texts that the query lists in `VALUES` of one of its variables."""
    listed = (text for found, text in _VALUES.findall(_bare(name)) if found == parameter)
    return frozenset(each for text in listed for each in _QUOTED.findall(text))


def bind(name: str, terms: Mapping[str, Iterable[Term]], page: tuple[int, int] | None = None) -> str:
    """The query with the asked terms in place of its examples; a parameter that is not given keeps its example.

    `page` gives LIMIT and OFFSET. Raises KeyError for a parameter that the query does not have.
    """
    for parameter in terms:
        if parameter not in parameters(name):
            raise KeyError(f"the query {name} has no parameter {parameter}")

    written = {parameter: " ".join(str(term) for term in given) for parameter, given in terms.items()}

    def replace(match: re.Match[str]) -> str:
        return f"VALUES ?{match[1]} {{ {written[match[1]]} }}" if match[1] in written else match[0]

    bound = _VALUES.sub(replace, _bare(name))
    return bound if page is None else _PAGE.sub(f"LIMIT {page[0]:d} OFFSET {page[1]:d}", bound)


def select(store: GraphStore, name: str, page: tuple[int, int] | None = None, **terms: Iterable[Term]) -> list[Row]:
    """The rows of a lookup: variable -> value; a variable without a value is absent."""
    return [{key: cell["value"] for key, cell in row.items()} for row in cells(store, name, page, **terms)]


def cells(
    store: GraphStore, name: str, page: tuple[int, int] | None = None, **terms: Iterable[Term]
) -> list[dict[str, dict[str, str]]]:
    """The rows of a lookup as SPARQL JSON cells, with types, languages and datatypes."""
    ASKED[name] += 1
    answer: Any = json.loads(store.query(bind(name, terms, page), JSON_RESULTS))
    rows: list[dict[str, dict[str, str]]] = answer["results"]["bindings"]
    return rows


def iris(values: Iterable[str]) -> Iterator[NamedNode]:
    """The IRIs as terms. Raises ValueError for what is no IRI."""
    return (NamedNode(value) for value in values)
