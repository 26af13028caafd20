"""Tables of cases as desks keep them: read from pasted text, CSV or a spreadsheet; written as CSV or a spreadsheet.

A cell that a spreadsheet would take for a formula is written as text.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from graph_api.errors import BadRequest

MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 60
MOST_BYTES: Final = 1_000_000
_MOST_UNPACKED: Final = 20_000_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_DELIMITERS: Final = "\t;,"


@dataclass(frozen=True)
class Table:
    """The names of the columns, and the rows by their number in the file."""

    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]

    def as_text(self) -> str:
        """The table as CSV, so that a form can hold it."""
        return written_csv([self.columns, *(row for _, row in self.rows)])


def read_table(data: bytes, name: str) -> Table:
    """The table of a file or of pasted text, by its first line of names. Raises BadRequest."""
    if len(data) > MOST_BYTES:
        raise BadRequest(name, f"the table has {len(data)} bytes; send at most {MOST_BYTES}")
    lines = _of_spreadsheet(data, name) if data.startswith(b"PK") else _of_text(data, name)
    filled = [(number, row) for number, row in lines if any(row)]
    if not filled:
        raise BadRequest(
            name, "the table is empty; write the names of the columns in its first line and a case in each other"
        )
    columns = [cell.strip().lower() for cell in filled[0][1]]
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise BadRequest(name, f"the column {twice[0]} stands twice in the first line; name it once")
    if len(filled) - 1 > MOST_ROWS:
        raise BadRequest(name, f"{len(filled) - 1} cases are too many; send at most {MOST_ROWS} at once")
    while not columns[-1]:
        columns.pop()
    return Table(columns, [(number, row[: len(columns)]) for number, row in filled[1:]])


def _of_text(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest(name, "the table is not UTF-8; save it as CSV UTF-8") from None
    first = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, [cell.strip() for cell in row[:MOST_COLUMNS]]) for row in reader]
    except csv.Error as error:
        raise BadRequest(name, f"line {reader.line_num} of the table cannot be read: {error}") from None


def _of_spreadsheet(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    """The first sheet of a workbook; values, never formulas."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(item.file_size for item in packed.infolist()) > _MOST_UNPACKED:
                raise BadRequest(name, f"the workbook unpacks to more than {_MOST_UNPACKED} bytes; send a smaller one")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 100, max_col=MOST_COLUMNS, values_only=True)
        return [(number, [_as_text(value) for value in row]) for number, row in enumerate(rows, 1)]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError, SyntaxError) as error:
        raise BadRequest(
            name, f"the workbook cannot be read ({type(error).__name__}); save it as XLSX or CSV"
        ) from None


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> harmless("=HYPERLINK(1)"), harmless("nurse")
    ("'=HYPERLINK(1)", 'nurse')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def written_csv(rows: Iterable[Sequence[str]]) -> str:
    """The rows as CSV (RFC 4180)."""
    made = io.StringIO(newline="")
    csv.writer(made).writerows([harmless(cell) for cell in row] for row in rows)
    return made.getvalue()


def written_xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as one sheet of a workbook, every cell a text."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook()
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(number, place, harmless(ILLEGAL_CHARACTERS_RE.sub("", text)))
            cell.data_type = "s"
    sheet.freeze_panes = "A2"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
