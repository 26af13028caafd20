"""The table that goes to an expert and comes back signed: one sentence a row, the source beside it, as CSV or XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from graph_api.errors import BadRequest
from graph_api.review.facts import Fact, hashed
from graph_api.review.signatures import Refused

COLUMNS: Final = (
    *("sentence", "source", "address", "decision", "should_say", "reason"),
    *("answers", "fact", "sheet", "expert", "sign_by", "check"),
)
"""The expert fills `decision`, `should_say` and `reason`; the other cells are checked when the table comes back."""
_FIXED: Final = ("sentence", "source", "fact", "sheet", "expert", "sign_by")
_MOST_BYTES: Final = 20_000_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_BEFORE_DAY: Final = "sign by "


@dataclass(frozen=True)
class Line:
    """One row of a table that came back, with its number there."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells[name]

    @property
    def is_as_sent(self) -> bool:
        """Whether the cells that the expert has not to fill are those that were sent out."""
        return self["check"] == _check(self.cells)

    @property
    def sign_by(self) -> date:
        """The last day on which it is taken. Raises Refused where the cell names none."""
        try:
            return date.fromisoformat(self["sign_by"].removeprefix(_BEFORE_DAY))
        except ValueError:
            raise Refused(f"line {self.number}: '{self['sign_by']}' is no day; ask for a new table") from None


def rows_for(
    facts: Iterable[Fact], sheet: str, expert: str, sign_by: date, answers: Mapping[str, int]
) -> Iterable[Mapping[str, str]]:
    """The rows of a table for an expert."""
    for fact in facts:
        cells = dict.fromkeys(COLUMNS, "") | {
            "sentence": fact.sentence,
            "source": fact.source,
            "address": fact.address,
            "answers": str(answers.get(fact.key, 0)),
            "fact": fact.key,
            "sheet": sheet,
            "expert": expert,
            "sign_by": f"{_BEFORE_DAY}{sign_by}",
        }
        yield cells | {"check": _check(cells)}


def _check(cells: Mapping[str, str]) -> str:
    return f"c{hashed(*(' '.join(cells[name].split()) for name in _FIXED))}"


def as_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """The rows as CSV, with a mark at its beginning by which spreadsheets know that it is UTF-8."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerows([COLUMNS, *([harmless(row[name]) for name in COLUMNS] for row in rows)])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[Mapping[str, str]]) -> bytes:
    """The rows as one sheet of a workbook, every cell a text."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook()
    page = book.worksheets[0]
    for number, cells in enumerate([dict(zip(COLUMNS, COLUMNS, strict=True)), *rows], 1):
        for place, name in enumerate(COLUMNS, 1):
            cell = page.cell(number, place, harmless(ILLEGAL_CHARACTERS_RE.sub("", cells[name])))
            cell.data_type = "s"
    for letter, width in zip("ABCDEF", (80, 50, 30, 12, 40, 40), strict=True):
        page.column_dimensions[letter].width = width
    page.freeze_panes = "A2"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def read(data: bytes) -> Sequence[Line]:
    """The rows of a table that came back, CSV or XLSX. Raises Refused where it is no such table."""
    if len(data) > _MOST_BYTES:
        raise Refused(f"the table has {len(data)} bytes; send at most {_MOST_BYTES}")
    header, *rest = _of_workbook(data) if data.startswith(b"PK") else _of_text(data)
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise Refused(f"the table lacks {', '.join(missing)}; ask for a new one and leave its first line as it is")
    places = [header.index(name) for name in COLUMNS]
    filled = [(number, row + [""] * (len(header) - len(row))) for number, row in enumerate(rest, 2) if any(row)]
    return [
        Line(number, {name: _plain(row[place]) for name, place in zip(COLUMNS, places, strict=True)})
        for number, row in filled
    ]


def _of_text(data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
        first = text.partition("\n")[0]
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"the table cannot be read ({error}); save it as CSV in UTF-8 or as XLSX") from None
    return rows or [[]]


def _of_workbook(data: bytes) -> list[list[str]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(item.file_size for item in packed.infolist()) > 10 * _MOST_BYTES:
                raise BadRequest("file", "the workbook unpacks to more than it may")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_col=2 * len(COLUMNS), values_only=True)
        return [[_as_text(value) for value in row] for row in rows] or [[]]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError, BadRequest) as error:
        raise Refused(f"the workbook cannot be read ({type(error).__name__}); save it as XLSX or CSV") from None


def _as_text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(text: str) -> str:
    """The text without what keeps it from being a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
