"""The tables of Annex V in a text of EUR-Lex: HTML as the site gives it, or Formex (XML), consolidated or not.

Both say the same in other tags. A point begins with its number in a heading (`5.2.2.`); the table after it has one
row for each state. The site's marks of amendments (`▼M9`, `►C1 … ◄`) are left out, also where they stand in a row of
their own or break a table in two; so are footnotes and the references to them. A list in a cell may be a table again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from zipfile import is_zipfile

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
_AMENDED: Final = re.compile(r"[►▼]\s?[A-Z]{1,2}\d*|◄|\(\s*\)|\(\s?\*?\d{1,2}\s?\)$")
_BLOCKS: Final = frozenset(["p", "div", "ti", "sti", "txt", "h1", "h2", "h3", "h4", "no.p", "no.gr.seq", "title"])
_TABLES, _ROWS, _CELLS = frozenset(["table", "tbl"]), frozenset(["tr", "row"]), frozenset(["td", "th", "cell"])
_UNSEEN: Final = frozenset(["script", "style", "head", "note", "gr.notes"])
_ACT: Final = ("2005/36", "2005L0036")
"""How a text names the directive: by its number, or by that of EUR-Lex, which Formex cuts short before the year."""


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
        self._inner = 0
        """How many tables stand open within the cell."""
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._hides(tag, given):
            self._hidden.append(tag)
        elif tag in _TABLES and self._cell:
            self._inner += 1
        elif tag in _TABLES:
            self._open.append(_Table(self._point, self._heading))
            self.tables.append(self._open[-1])
        elif tag in _ROWS and self._open and not self._cell:
            self._open[-1].rows.append([])
        elif tag in _CELLS and self._open and self._open[-1].rows and not self._cell:
            self._span = (_number(given.get("colspan")), _number(given.get("rowspan")))
            self._cell, self._text = True, []
        elif tag in _BLOCKS and not self._cell:
            self._block()

    def _hides(self, tag: str, given: dict[str, str | None]) -> bool:
        """Whether the tag begins what no reader sees in its place: a script, a footnote, the reference to one."""
        if self._hidden:
            return tag == self._hidden[-1]
        return tag in _UNSEEN or (tag == "a" and (given.get("href") or "").startswith("#"))

    def handle_endtag(self, tag: str) -> None:
        self.closed.append(tag)
        if self._hidden:
            self._hidden = self._hidden[:-1] if tag == self._hidden[-1] else self._hidden
        elif tag in _TABLES and self._inner:
            self._inner -= 1
        elif tag in _CELLS and self._cell and not self._inner:
            self._open[-1].rows[-1].append((_clean(" ".join(self._text)), *self._span))
            self._cell, self._text = False, []
        elif tag in _TABLES and self._open and not self._cell:
            self._heading = ""
            self._set_out(self._open.pop())
        elif tag in _BLOCKS and not self._cell:
            self._block()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._text.append(data)

    def _set_out(self, table: _Table) -> None:
        """A table of one row may be no table, but a heading with its number set out beside it."""
        if len(table.rows) == 1:
            self._text = [text for text, _, _ in table.rows[0]]
            self._block()

    def _block(self) -> None:
        text, self._text = _clean(" ".join(self._text)), []
        found = _POINT.match(text)
        if found:
            self._point, self._heading = found[1], ""
        elif text:
            self._heading = text if len(text) < 80 else ""


def _number(text: str | None) -> int:
    """How many columns or rows a cell spans; no table of the annex has more than a hundred."""
    return min(int(text), 100) if text and text.isdigit() and int(text) else 1


def _clean(text: str) -> str:
    return re.sub(r"\s+", " ", _AMENDED.sub(" ", text)).strip()


def read_lists(path: Path) -> list[Listed]:
    """What Annex V lists, state by state. Raises BadRelease for a file that is damaged or holds another text."""
    if is_zipfile(path):
        raise BadRelease(f"{path.name} is an archive; unpack it and give the XML file with the text")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise BadRelease(f"{path.name} cannot be read as text in UTF-8 ({error}); download it again") from None
    reader = _read(path, text)
    if not any(name in text for name in _ACT):
        raise BadRelease(f"{path.name} is no text of Directive 2005/36/EC; download its consolidated text from EUR-Lex")
    found = [listed for table in _joined(reader.tables) for listed in _listed(table)]
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


def _joined(tables: Sequence[_Table]) -> Iterator[_Table]:
    """The tables, each with the parts into which marks of amendments broke it: those have no heads of their own."""
    whole: _Table | None = None
    for table in tables:
        grid = _grid(table)
        begins = "country" in _columns(grid, table)[0]
        if whole and not begins and whole.point == table.point and grid and len(grid[0]) == len(_grid(whole)[0]):
            whole.rows += table.rows
            continue
        if whole:
            yield whole
        whole = table if begins else None
    if whole:
        yield whole


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
            heading = row[0] or heading
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
