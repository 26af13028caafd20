"""The tables of Annex V in a text of EUR-Lex: HTML as the site gives it, or Formex (XML), consolidated or not.

Both say the same in other tags. A point begins with its number in a heading (`5.2.2.`); the table after it has one
row for each state. The site's marks of amendments (`▼M9`, `►C1 … ◄`) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from graph_api.errors import BadRelease

POINTS: Final = ("5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.2.2", "5.3.2", "5.3.3", "5.4.2", "5.5.2", "5.6.2", "5.7.1")
"""The points of Annex V that list evidence of formal qualifications."""
BY_SPECIALITY: Final = "5.1.3"
"""The point whose tables have a column for each speciality."""
_COLUMNS: Final = {
    "country": r"country|land|pays|état|staat|mitgliedstaat|lidstaat|member state",
    "awarding_body": r"body|instelling|organisme|stelle|instantie",
    "accompanying_certificate": r"certifica|accompanying|bescheinigung|attest",
    "professional_title": r"professional title|beroepstitel|titre professionnel|berufsbezeichnung",
    "reference_date": r"referen|référence|stichtag|bezug|akademisch|academi",
    "title": r"evidence|title|opleidingstitel|titre|ausbildungsnachweis|bezeichnung|titel",
}
"""What the heads of columns are recognised by, in the four languages; the first that fits."""
_POINT: Final = re.compile(r"(5\.[1-7]\.[1-4])\.?(?!\d|\.\d)")
_AMENDED: Final = re.compile(r"[►▼]\s?[A-Z]{1,2}\d*|◄|\(\s?\*?\d{1,2}\s?\)$")
_BLOCKS: Final = frozenset(["p", "ti", "sti", "txt", "h1", "h2", "h3", "h4", "no.p", "no.gr.seq", "title"])
_TABLES, _ROWS, _CELLS = frozenset(["table", "tbl"]), frozenset(["tr", "row"]), frozenset(["td", "th", "cell"])
_UNSEEN: Final = frozenset(["script", "style", "head"])


@dataclass(frozen=True)
class Listed:
    """One state under one point of the text: what each column says, by the names of our columns."""

    point: str
    speciality: str
    state: str
    """As the text names it."""
    cells: dict[str, str]


@dataclass
class _Table:
    point: str
    heading: str
    rows: list[list[tuple[str, int, int]]] = field(default_factory=list)
    """Cells with their text, and how many columns and rows they span."""


class _Reader(HTMLParser):
    """Blocks of text and tables in their order, each table with the point it stands under."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[_Table] = []
        self.closed: list[str] = []
        self._point = self._heading = ""
        self._text: list[str] = []
        self._open: list[_Table] = []
        self._span = (1, 1)
        self._cell = False
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._quiet += tag in _UNSEEN
        if tag in _TABLES and not self._cell:
            self._open.append(_Table(self._point, self._heading))
            self.tables.append(self._open[-1])
        elif tag in _ROWS and self._open and not self._cell:
            self._open[-1].rows.append([])
        elif tag in _CELLS and self._open and self._open[-1].rows:
            given = dict(attrs)
            self._span = (_number(given.get("colspan")), _number(given.get("rowspan")))
            self._cell, self._text = True, []
        elif tag in _BLOCKS and not self._cell:
            self._block()

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in _UNSEEN
        self.closed.append(tag)
        if tag in _CELLS and self._cell:
            self._open[-1].rows[-1].append((_clean(" ".join(self._text)), *self._span))
            self._cell, self._text = False, []
        elif tag in _TABLES and self._open and not self._cell:
            self._open.pop()
            self._heading = ""
        elif tag in _BLOCKS and not self._cell:
            self._block()

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self._text.append(data)

    def _block(self) -> None:
        text, self._text = _clean(" ".join(self._text)), []
        found = _POINT.match(text)
        if found:
            self._point, self._heading = found[1], ""
        elif text and not self._heading:
            self._heading = text if len(text) < 80 else ""


def _number(text: str | None) -> int:
    """How many columns or rows a cell spans; no table of the annex has more than a hundred."""
    return min(int(text), 100) if text and text.isdigit() and int(text) else 1


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", _AMENDED.sub(" ", text)).strip()


def read_lists(path: Path) -> list[Listed]:
    """What Annex V lists, state by state. Raises BadRelease for a file that is damaged or holds another text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise BadRelease(f"{path.name} cannot be read as text in UTF-8 ({error}); download it again") from None
    reader = _read(path, text)
    if "2005/36" not in text and "32005L0036" not in text and "02005L0036" not in text:
        raise BadRelease(f"{path.name} is no text of Directive 2005/36/EC; download its consolidated text from EUR-Lex")
    found = [listed for table in reader.tables for listed in _listed(table)]
    missing = [point for point in POINTS if point not in {listed.point for listed in found}]
    if missing:
        what = "no table of Annex V" if len(missing) == len(POINTS) else f"no table for {', '.join(missing)}"
        raise BadRelease(f"{path.name} has {what}; download the whole text with its annexes, as HTML or Formex (XML)")
    return found


def _read(path: Path, text: str) -> _Reader:
    reader = _Reader()
    formex = text.lstrip().startswith("<?xml") and "<html" not in text[:2000].lower()
    if formex:
        try:
            ElementTree.fromstring(text.encode())
        except ElementTree.ParseError as error:
            raise BadRelease(f"{path.name} is damaged XML ({error}); download it again") from None
    reader.feed(text)
    reader.close()
    if not formex and "html" not in reader.closed[-1:]:
        raise BadRelease(f"{path.name} breaks off before its end; download it again, as HTML or Formex (XML)")
    return reader


def _listed(table: _Table) -> Iterator[Listed]:
    """The rows of a table that stands under one of the points."""
    if table.point not in POINTS:
        return
    rows = _grid(table)
    names, start, heading = _columns(rows, table)
    if "country" not in names:
        return
    place = names.index("country")
    state = ""
    for row in rows[start:]:
        state = row[place] or state
        if len(set(row)) == 1:
            heading = row[0]
        elif table.point == BY_SPECIALITY:
            for name, cell in zip(names, row, strict=False):
                if name != "country" and cell:
                    yield Listed(table.point, name, state, {"title": cell})
        else:
            cells = {name: cell for name, cell in zip(names, row, strict=False) if name and name != "country"}
            if cells.get("title"):
                yield Listed(table.point, heading if table.point == "5.3.3" else "", state, cells)


def _columns(rows: Sequence[Sequence[str]], table: _Table) -> tuple[list[str], int, str]:
    """The names of the columns, the row after them, and what stands above: a speciality has a table of its own."""
    heading = table.heading
    for number, row in enumerate(rows):
        if len(set(row)) == 1:
            heading = row[0] or heading
            continue
        if table.point == BY_SPECIALITY:
            heads = ["country" if _head(cell) == "country" else _speciality(cell) for cell in row]
            after = number + 1
            if after < len(rows) and _head(rows[after][-1]) == "title":
                after += 1
            return heads, after, heading
        heads = [_head(cell) for cell in row]
        if "country" in heads:
            return heads, number + 1, heading
    return [], 0, heading


def _head(cell: str) -> str:
    words = cell.casefold()
    begins = (name for name, pattern in _COLUMNS.items() if re.match(rf"\W*(?:{pattern})", words))
    holds = (name for name, pattern in _COLUMNS.items() if name != "country" and re.search(pattern, words))
    return next(begins, "") or next(holds, "")


def _speciality(cell: str) -> str:
    """The name of a speciality: what stands before the length of its training."""
    return re.split(r"Minimum|Minimale|Minimumduur|Durée|Mindest", cell)[0].strip(" :")


def _grid(table: _Table) -> list[list[str]]:
    """The rows with a cell for each column: a cell that spans several stands in each of them."""
    grid: dict[tuple[int, int], str] = {}
    for y, row in enumerate(table.rows):
        x = 0
        for text, across, down in row:
            while (y, x) in grid:
                x += 1
            grid |= {(y + j, x + i): text for i in range(across) for j in range(down)}
            x += across
    width = max((x for _, x in grid), default=-1) + 1
    return [[grid.get((y, x), "") for x in range(width)] for y in range(len(table.rows))]
