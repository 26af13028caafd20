"""The rows of a reform, laid over the rows of the tables.

A table of a reform has the name of the table that it changes, a first column `change`, and as many of its columns as it
needs. `add` brings a row; `replace` gives the cells that are named another value, and keeps the others; `end` takes a
row away. A row is known by the key of its table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode

from graph_api.errors import BadTable
from graph_api.inputs.csvw import Table, read_table
from graph_api.inputs.reading import Reading
from graph_api.inputs.tables import listed_tables
from graph_api.rdf.terms import GRAPH
from graph_api.reform.folder import Reform

_CHANGE: Final = "change"
_CHANGES: Final = ("add", "replace", "end")
Cells = dict[str, str]
Key = tuple[str, ...]


@dataclass(frozen=True)
class ReformTable(Table):
    """The rows of a reform for one table: a file, and a named graph, of their own."""

    reform: str = ""

    @property
    def graph(self) -> NamedNode:
        return NamedNode(f"{GRAPH}mappings/reforms/{self.reform}/{self.url.removesuffix('.csv').replace('_', '-')}")

    @property
    def file(self) -> str:
        return f"reforms/{self.reform}/{self.url}"


@dataclass
class Laid:
    """What the tables that a reform changes say with it: the graphs to replace, and everything that is wrong."""

    reading: Reading = field(default_factory=Reading)
    graphs: list[NamedNode] = field(default_factory=list)


def lay(mappings: Path, reform: Reform, work: Path) -> Laid:
    """Read anew the tables that a reform changes, with its rows. Raises BadTable with all defects at once.

    `work` is an empty folder, in which the rows of the reform are written out whole.
    """
    laid, listing = Laid(), Reading()
    tables = {table.url: table for table in listed_tables(mappings, listing)}
    for url in reform.tables:
        file = f"reforms/{reform.name}/{url}"
        if url not in tables:
            laid.reading.wrong(file, f"changes no table: there is no mappings/{url}; name it as the table")
            continue
        _lay_table(mappings, tables[url], reform, work, laid)
    _check_references(mappings, laid.reading, reform)
    if laid.reading.defects:
        raise BadTable(sorted(laid.reading.defects, key=lambda found: (found.file, found.line or 0)))
    return laid


def _lay_table(mappings: Path, table: Table, reform: Reform, work: Path, laid: Laid) -> None:
    own = ReformTable(table.url, table.schema, reform.name)
    before = dict(_lines(mappings / table.url))
    columns = [column.name for column in table.schema.columns if not column.virtual]
    names = list(table.schema.primaryKey or [])
    rows = list(_rows_of(reform.folder / table.url, own, columns, names, laid.reading))
    replaced, written, ended = _merged(rows, before, names, own, laid.reading)
    target = work / own.url
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_as_text(columns, written), encoding="utf-8")
    read_table(mappings, table, laid.reading, replaced)
    read_table(work, own, laid.reading, ended)
    laid.graphs.append(table.graph)


def _lines(path: Path) -> Iterator[tuple[int, Cells]]:
    """The rows of a table by the line at which they begin."""
    reader = csv.reader(path.read_text(encoding="utf-8").splitlines(keepends=True))
    header = next(reader, [])
    start = reader.line_num + 1
    for values in reader:
        yield start, dict(zip(header, values, strict=False))
        start = reader.line_num + 1


def _rows_of(
    path: Path, table: ReformTable, columns: Sequence[str], names: Sequence[str], reading: Reading
) -> Iterator[tuple[int, Cells]]:
    """The rows of a reform's table that can be used."""
    rows = list(_lines(path))
    header = list(rows[0][1]) if rows else []
    for name in header:
        if name != _CHANGE and name not in columns:
            reading.wrong(table.file, f"'{name}' is no column of the table; write one of: {', '.join(columns)}", 1)
    for name in (_CHANGE, *names):
        if rows and name not in header:
            reading.wrong(table.file, f"the column '{name}' is missing; without it no row is known", 1)
    if not rows:
        reading.wrong(table.file, "has no row; write one, or leave the file out")
    if not names:
        reading.wrong(table.file, "the table has no key, so that none of its rows is known; change another")
    if reading.defects:
        return
    for line, cells in rows:
        if cells[_CHANGE] not in _CHANGES:
            reading.wrong(table.file, f"'{cells[_CHANGE]}' is no change; write {', '.join(_CHANGES)}", line, _CHANGE)
        else:
            yield line, cells


def _merged(
    rows: Sequence[tuple[int, Cells]],
    before: Mapping[int, Cells],
    names: Sequence[str],
    table: ReformTable,
    reading: Reading,
) -> tuple[set[int], list[Cells], set[int]]:
    """The lines of the table that no longer hold, the rows of the reform in full, and the lines of those that end."""
    known: dict[Key, int] = {_key(cells, names): line for line, cells in before.items()}
    replaced: set[int] = set()
    written: list[Cells] = []
    ended: set[int] = set()
    for line, cells in rows:
        key, change = _key(cells, names), cells[_CHANGE]
        there = known.get(key)
        if (there is None) != (change == "add"):
            what = "stands in the table already; write replace" if change == "add" else "is not in the table; write add"
            reading.wrong(table.file, f"'{' / '.join(key)}' {what}", line, _CHANGE)
        old = before.get(there or 0, {})
        if there is not None:
            replaced.add(there)
        written.append({**old, **{name: text for name, text in cells.items() if name != _CHANGE}})
        if change == "end":
            written[-1] = {**old}
            ended.add(len(written) + 1)
    return replaced, written, ended


def _key(cells: Cells, names: Sequence[str]) -> Key:
    return tuple(cells.get(name, "") for name in names)


def _as_text(columns: Sequence[str], rows: Sequence[Cells]) -> str:
    made = io.StringIO(newline="")
    table = csv.writer(made, lineterminator="\n")
    table.writerow(columns)
    table.writerows([cells.get(name, "").replace("\n", " ") for name in columns] for cells in rows)
    return made.getvalue()


def _check_references(mappings: Path, reading: Reading, reform: Reform) -> None:
    """Every cell of the changed tables that names a row of another table must name one that is there."""
    own = {(url, name): values for (url, name), values in reading.keys.items()}
    for row, name, value, (url, target) in reading.references:
        if (url, target) not in own:
            path = mappings / url
            own[url, target] = {cells.get(target, "") for _, cells in _lines(path)} if path.is_file() else set()
        if value not in own[url, target]:
            what = f"'{value}' is not in {url}; write one of its '{target}' or add it there"
            reading.wrong(row.file, what, row.line, name)
