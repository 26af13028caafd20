"""`ontology/examples/`: queries that show what can be asked, each with its question and what it must find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from graph_api.errors import BadTable, Defect
from graph_api.rdf.query_header import header_of

KINDS: Final = ("select", "ask", "construct", "describe")
_MUST_SAY: Final = ("summary", "question", "keywords", "expect")
_HEADER = re.compile(r"^#\+.*\n", re.MULTILINE)
_BESIDE = re.compile(
    r"<[^<>\s]*>|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|\b(?:PREFIX|BASE)\b[^\n]*", re.IGNORECASE
)
_FORM = re.compile(rf"\b({'|'.join(KINDS)})\b", re.IGNORECASE)
_EXPECT = re.compile(r"columns (?P<columns>[\w, ]+); rows (?P<how>=|>=) (?P<rows>\d+)")


@dataclass(frozen=True)
class Example:
    """One example query: the name of its file and its text, header and all."""

    name: str
    whole: str

    @cached_property
    def header(self) -> dict[str, str]:
        """The `#+ key: value` lines."""
        return header_of(self.whole)

    @property
    def text(self) -> str:
        """The query without its header, as it goes into an editor."""
        return _HEADER.sub("", self.whole).strip() + "\n"

    @property
    def kind(self) -> str:
        """The form of the query, in lower case."""
        form = _FORM.search(_BESIDE.sub(" ", self.text))
        assert form is not None, "read_examples refuses a text without a form"
        return form[1].lower()

    @property
    def keywords(self) -> tuple[str, ...]:
        """The words by which it is found."""
        return tuple(word.strip() for word in self.header["keywords"].split(","))

    @property
    def expected(self) -> Expected:
        """What the query must find on the graph of the real tables."""
        found = _EXPECT.fullmatch(self.header["expect"])
        assert found is not None, "read_examples refuses another form"
        columns = tuple(column.strip() for column in found["columns"].split(","))
        return Expected(columns, int(found["rows"]), found["how"] == "=")


@dataclass(frozen=True)
class Expected:
    """The variables in their order, and how many rows: so many, or so many at least."""

    columns: tuple[str, ...]
    rows: int
    exact: bool


def read_examples(ontology: Path, folder: str = "examples") -> list[Example]:
    """The examples of a folder by name. Raises BadTable where a header lacks what a reader or a test looks for."""
    examples, defects = [], list[Defect]()
    for path in sorted((ontology / folder).glob("*.rq")):
        example = Example(path.stem, path.read_text(encoding="utf-8"))
        defects += (Defect(f"ontology/{folder}/{path.name}", text) for text in _wrong(example))
        examples.append(example)
    if defects:
        raise BadTable(defects)
    return examples


def _wrong(example: Example) -> Iterator[str]:
    for key in _MUST_SAY:
        if not example.header.get(key):
            yield f"the header lacks '{key}'; add a line `#+ {key}: …`"
    if example.header.get("expect") and not _EXPECT.fullmatch(example.header["expect"]):
        yield "'expect' cannot be read; write `#+ expect: columns a, b; rows >= 3` or `rows = 3`"
    if not _FORM.search(_BESIDE.sub(" ", example.text)):
        yield f"is no query; write one of {', '.join(KINDS).upper()}"
