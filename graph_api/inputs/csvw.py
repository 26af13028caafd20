"""A table as its CSV on the Web schema describes it (https://www.w3.org/TR/tabular-metadata/) -> statements."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import csvw.metadata
import uritemplate
from pyoxigraph import Literal, NamedNode, Quad

from graph_api.inputs.reading import (
    SOURCE,
    Reading,
    Row,
    describe_file,
    provenance,
    source_of,
    source_statements,
)
from graph_api.rdf.dates import typed_date
from graph_api.rdf.namespaces import XSD
from graph_api.rdf.terms import GRAPH, PAS

_PLAIN_TYPES = {"string", "anyURI", "normalizedString", "token"}


@dataclass(frozen=True)
class Table:
    """A table as its metadata describe it."""

    url: str
    schema: csvw.metadata.Schema

    @property
    def graph(self) -> NamedNode:
        return NamedNode(f"{GRAPH}mappings/{self.url.removesuffix('.csv').replace('_', '-')}")

    @property
    def file(self) -> str:
        return f"mappings/{self.url}"


def read_table(folder: Path, table: Table, reading: Reading, left_out: Collection[int] = ()) -> None:
    """Read a table: what its rows say, its keys and references, and every defect, but of no line left out."""
    seen: dict[tuple[str, ...], int] = {}
    count = 0
    describe_file(table.graph, table.file, reading)
    for row in rows_of(folder, table, reading):
        if row.line in left_out:
            continue
        count += 1
        _check_key(table, row, seen, reading)
        _note_references(table, row, reading)
        reading.quads.extend(_statements(table, row, reading))
    reading.rows[table.file] = count


def rows_of(folder: Path, table: Table, reading: Reading) -> Iterator[Row]:
    """The readable rows; each unreadable cell becomes a defect."""
    columns = {column.name: column for column in table.schema.columns if not column.virtual}
    try:
        text = (folder / table.url).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        reading.wrong(table.file, f"is not UTF-8 at byte {error.start}; save it as UTF-8")
        return
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader, [])
        if not _header_fits(table, header, list(columns), reading):
            return
        start = reader.line_num + 1
        for values in reader:
            row = _row(table, start, header, values, columns, reading)
            start = reader.line_num + 1
            if row is not None:
                yield row
    except csv.Error as error:
        reading.wrong(table.file, f"is no well-formed CSV here ({error}); close the quotation mark", reader.line_num)


def _header_fits(table: Table, header: list[str], expected: list[str], reading: Reading) -> bool:
    for name in expected:
        if name not in header:
            reading.wrong(table.file, f"the column '{name}' is missing; its schema names: {', '.join(expected)}", 1)
    for name in header:
        if name not in expected:
            reading.wrong(
                table.file, f"the column '{name}' is not in its schema; write one of: {', '.join(expected)}", 1
            )
    if len(set(header)) != len(header):
        reading.wrong(table.file, "a column stands there twice; keep one", 1)
    return sorted(header) == sorted(expected)


def _row(
    table: Table, line: int, header: list[str], values: list[str], columns: Mapping[str, Any], reading: Reading
) -> Row | None:
    if len(values) != len(header):
        what = f"has {len(values)} cells, the header has {len(header)}; put cells that hold a comma in quotation marks"
        reading.wrong(table.file, what, line)
        return None
    cells: dict[str, Any] = {}
    good = True
    for name, text in zip(header, values, strict=True):
        if text != text.strip() and not columns[name].common_props.get(f"{PAS}verbatim"):
            reading.wrong(table.file, f"'{text}' begins or ends with a blank; remove it", line, name)
            good = False
        try:
            cells[name] = columns[name].read(text)
        except ValueError:
            reading.wrong(table.file, _cell_message(columns[name], text), line, name)
            good = False
    return Row(table.file, line, cells, dict(zip(header, values, strict=True))) if good else None


def _cell_message(column: Any, text: str) -> str:
    hint = column.common_props.get(f"{PAS}hint")
    if not text:
        return f"is empty; {hint or 'write a value, it is required'}"
    if hint:
        return f"'{text}' cannot be read; {hint}"
    datatype = column.inherit("datatype")
    shape = f" of the form {datatype.format}" if datatype and datatype.format else ""
    return f"'{text}' cannot be read; write a {datatype.base if datatype else 'text'}{shape}"


def _check_key(table: Table, row: Row, seen: dict[tuple[str, ...], int], reading: Reading) -> None:
    names = table.schema.primaryKey or []
    if not names:
        return
    key = tuple(str(row.cells[name]) for name in names)
    if key in seen:
        what = f"'{' / '.join(key)}' stands in line {seen[key]} already; every row needs its own"
        reading.wrong(table.file, what, row.line, ", ".join(names))
    seen.setdefault(key, row.line)


def _note_references(table: Table, row: Row, reading: Reading) -> None:
    for name in table.schema.primaryKey or []:
        reading.keys.setdefault((table.url, name), set()).add(str(row.cells[name]))
    for foreign in table.schema.foreignKeys or []:
        (name,), (target,) = foreign.columnReference, foreign.reference.columnReference
        aim = (str(foreign.reference.resource), target)
        reading.references += [(row, name, str(value), aim) for value in _values(row.cells[name])]


def _values(cell: Any) -> Sequence[Any]:
    if cell is None:
        return []
    return [value for value in cell if value is not None] if isinstance(cell, list) else [cell]


def _statements(table: Table, row: Row, reading: Reading) -> Iterator[Quad]:
    """What a row says, and where it says it."""
    graph = table.graph
    subjects: dict[str, NamedNode] = {}
    for column in table.schema.columns:
        if not (column.virtual or _values(row.cells[column.name])):
            continue
        subject = _subject(column, row)
        if subject is None or column.suppressOutput or not _applies(column, row):
            continue
        predicate = column.inherit("propertyUrl")
        if predicate is None:
            continue
        for term in _objects(column, row, table, reading):
            subjects[subject.value] = subject
            if predicate.uri == SOURCE.value:
                yield from source_statements(term.value, graph)
                yield Quad(subject, SOURCE, source_of(term.value), graph)
            else:
                yield Quad(subject, NamedNode(predicate.uri), term, graph)
    yield from provenance(subjects.values(), row, graph)


def _subject(column: Any, row: Row) -> NamedNode | None:
    template = column.inherit("aboutUrl")
    iri = expanded(template.uri, row.cells) if template else None
    return NamedNode(iri) if iri else None


def _applies(column: Any, row: Row) -> bool:
    condition = column.common_props.get(f"{PAS}when")
    if condition is None:
        return True
    name, _, value = condition.partition("=")
    return value in {str(item) for item in _values(row.cells[name])}


def _objects(column: Any, row: Row, table: Table, reading: Reading) -> Iterator[NamedNode | Literal]:
    template = column.inherit("valueUrl")
    if column.virtual:
        yield from _named(expanded(template.uri, row.cells) if template else None, column, row, reading)
        return
    if column.common_props.get(f"{PAS}namesColumns"):
        yield from _properties_of_columns(column, row, table, reading)
        return
    for value, text in zip(_values(row.cells[column.name]), _texts(column, row), strict=True):
        if template:
            yield from _named(expanded(template.uri, {**row.cells, column.name: value}), column, row, reading)
        else:
            literal = _literal(column, row, text, reading)
            if literal is not None:
                yield literal


def _properties_of_columns(column: Any, row: Row, table: Table, reading: Reading) -> Iterator[NamedNode]:
    """The properties that the columns named in a cell state of the row; of an empty cell nothing is stated."""
    properties = {
        other.name: other.inherit("propertyUrl")
        for other in table.schema.columns
        if not other.virtual and other.propertyUrl and other.name not in (column.name, "source", "verified", "note")
    }
    for name in _texts(column, row):
        if name not in properties:
            what = f"'{name}' is no column of this table that states something; write one of: {', '.join(properties)}"
            reading.wrong(row.file, what, row.line, column.name)
        elif row.texts[name]:
            yield NamedNode(properties[name].uri)


def _named(iri: str | None, column: Any, row: Row, reading: Reading) -> Iterator[NamedNode]:
    if iri is None:
        return
    try:
        yield NamedNode(iri)
    except ValueError:
        reading.wrong(row.file, f"'{iri}' is no IRI; write an absolute address", row.line, column.name)


def _texts(column: Any, row: Row) -> list[str]:
    """The values of a cell as they are written, so that a literal is what a reader of the table sees."""
    text = row.texts[column.name]
    separator = column.inherit("separator")
    return [part for part in (text.split(separator) if separator else [text]) if part]


def _literal(column: Any, row: Row, text: str, reading: Reading) -> Literal | None:
    if column.common_props.get(f"{PAS}dateLike"):
        try:
            return typed_date(text)
        except ValueError as error:
            reading.wrong(row.file, str(error), row.line, column.name)
            return None
    language_column = column.common_props.get(f"{PAS}languageColumn")
    language = row.cells[language_column] if language_column else column.lang
    datatype = column.inherit("datatype")
    base = datatype.base if datatype else "string"
    if base in _PLAIN_TYPES:
        return Literal(text, language=language) if language and language != "und" else Literal(text)
    return Literal(text, datatype=NamedNode(XSD + base))


def expanded(template: str, cells: Mapping[str, Any]) -> str | None:
    """The template with the cells in it, of a list its first value; None when a cell that it names is unknown."""
    filled = []
    for name in _variables(template):
        values = _values(cells.get(name))
        if not values:
            return None
        filled.append((name, _text(values[0])))
    return _filled(template, tuple(filled))


@cache
def _variables(template: str) -> tuple[str, ...]:
    return tuple(uritemplate.variables(template))


@lru_cache(maxsize=100_000)
def _filled(template: str, filled: tuple[tuple[str, str], ...]) -> str:
    """The template with the values in it; neighbouring cells and rows ask for the same again."""
    return uritemplate.expand(template, dict(filled))


def _text(value: Any) -> str:
    """A cell as it is written; csvw reads addresses as objects of their own."""
    return str(value.unsplit()) if hasattr(value, "unsplit") else str(value)
