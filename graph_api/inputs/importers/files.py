"""The files of a release as publishers ship them: folders, zips and single files, gzipped or not.

Everything is read as a stream, row by row, so that memory does not grow with the release. Whatever is damaged
raises BadRelease with file, line and what was expected.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

from graph_api.errors import BadRelease, Defect
from graph_api.inputs.importers import bombs

Progress = Callable[[int, int | None, str], None]
"""Called with the bytes read so far, all bytes (None: not known) and the file that is being read."""

_BOM: Final = b"\xef\xbb\xbf"
_GZIP_MAGIC: Final = b"\x1f\x8b"
_HTML: Final = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"sep=([,;|\t])\s*")
_STEP: Final = 1 << 18
_DAMAGED: Final = (EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, OSError)
# The list of top concepts of a whole classification stands in one field; the library's own limit is 128 KiB.
csv.field_size_limit(bombs.LONGEST_LINE)


def silent(_done: int, _total: int | None, _what: str) -> None:
    """A progress report that nobody reads."""


def bad(file: str, message: str, line: int | None = None, column: str | None = None) -> BadRelease:
    """The error for one place in one file."""
    return BadRelease(str(Defect(file, message, line, column)))


class Row(NamedTuple):
    """One row of a table: the line where it begins, and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass
class Meter:
    """Adds up the bytes that were read and reports them now and then."""

    progress: Progress
    total: int = 0
    done: int = 0
    _reported: int = 0

    def restart(self) -> None:
        self.done = self._reported = 0

    def add(self, count: int, what: str) -> None:
        self.done += count
        if self.done - self._reported >= _STEP:
            self._reported = self.done
            self.progress(min(self.done, self.total), self.total, what)


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release, wherever it lies."""

    name: str
    """What messages call it: the path from what was given on."""
    place: str
    """The name with the folders above it, which may tell the version."""
    size: int
    """How many bytes there are to read, unpacked; 0 when that is not known."""
    opener: Callable[[], BinaryIO] = field(repr=False, compare=False)
    meter: Meter = field(repr=False, compare=False)
    packed: int = 0
    """How many bytes it has as it lies there; 0 where it is not packed."""

    @property
    def base(self) -> str:
        """The file's own name, without folders and without `.gz`."""
        return self.name.rpartition("/")[2].removesuffix(".gz")

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """The unpacked bytes."""
        try:
            with self.opener() as raw:
                if self.name.endswith(".gz"):
                    with gzip.GzipFile(fileobj=raw) as unpacked:
                        yield cast(BinaryIO, unpacked)
                else:
                    yield raw
        except _DAMAGED as error:
            raise bad(self.name, f"cannot be unpacked ({error}); fetch the file again") from None

    @contextmanager
    def metered(self, readings: int) -> Iterator[BinaryIO]:
        """The unpacked bytes, which are reported as they are read; the file will be read so many times."""
        with self.stream() as stream:
            yield cast(BinaryIO, _Metered(stream, self, readings))

    def raw_lines(self) -> Iterator[tuple[int, bytes]]:
        """Line numbers and bytes. Raises BadRelease where the packing is damaged."""
        number = unpacked = 0
        with self.stream() as stream:
            try:
                while raw := stream.readline(bombs.LONGEST_LINE + 1):
                    number += 1
                    unpacked += len(raw)
                    bombs.check_line(self.name, raw, number)
                    bombs.check_unpacked(self.name, unpacked, self.packed)
                    self.meter.add(len(raw), self.name)
                    yield number, raw
            except _DAMAGED as error:
                what = "the packed file is damaged after this line" if number else "cannot be unpacked"
                raise bad(self.name, f"{what} ({error}); fetch the file again", number or None) from None

    def lines(self, encoding: str = "utf-8") -> Iterator[str]:
        """The text, line by line. Raises BadRelease for bytes that are no text, and for a web page."""
        begun = False
        for number, line in self.raw_lines():
            raw = line if begun else _first_line(self.name, line, number)
            begun = begun or bool(raw.strip())
            if b"\0" in raw:
                raise bad(self.name, "holds a NUL byte; expected text: fetch the file again", number)
            try:
                yield raw.decode(encoding)
            except UnicodeDecodeError as error:
                place = f"byte {error.start + 1} of the line is not {encoding.upper()}"
                what = f"{place}; expected the publisher's file as it is"
                raise bad(self.name, what, number) from None

    def header(self, encoding: str = "utf-8") -> list[str]:
        """The columns named in the first row that is not blank; [] for an empty file."""
        return next((cells for _, cells in self.cells(encoding=encoding) if _filled(cells)), [])

    def cells(
        self,
        *,
        delimiter: str | None = None,
        encoding: str = "utf-8",
        quoted: bool = True,
        mend: Callable[[str], str] | None = None,
    ) -> Iterator[tuple[int, list[str]]]:
        """Every row with the line where it begins; without a delimiter, the first line's is found out.

        Where cells are not `quoted`, quotation marks are text. `mend` puts right what is known to be wrong in
        a line before it is read.
        """
        lines = self.lines(encoding) if mend is None else map(mend, self.lines(encoding))
        first, before = next(lines, ""), 0
        if said := _SEPARATOR.fullmatch(first):  # what a spreadsheet writes above its table
            first, before, delimiter = next(lines, ""), 1, delimiter or said[1]
        reader = csv.reader(
            _again(first, lines),
            delimiter=delimiter or _delimiter(first),
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            strict=True,
        )
        start = before + 1
        try:
            for values in reader:
                yield start, values
                start = before + reader.line_num + 1
        except csv.Error as error:
            what = f"the row that begins here is no well-formed CSV ({error})"
            raise bad(self.name, f"{what}; expected closed quotation marks", start) from None

    def rows(
        self,
        required: Sequence[str],
        *,
        delimiter: str | None = None,
        encoding: str = "utf-8",
        quoted: bool = True,
        rename: Callable[[str], str] = str.strip,
        ragged: bool = False,
        keys: Sequence[str] = (),
        warn: Callable[[str, str], None] | None = None,
    ) -> Iterator[Row]:
        """The rows by column name; one whose cell in a column of `keys` is empty is left out, with a warning.

        Raises BadRelease when a column is missing, or a row has too few or too many cells. With `ragged`, a
        row may leave out its last cells.
        """
        header: list[str] | None = None
        for line, values in self.cells(delimiter=delimiter, encoding=encoding, quoted=quoted):
            if not _filled(values):
                continue
            if header is None:
                header = [rename(name) for name in values]
                self.check_header(header, required, line)
            else:
                self.check_width(values, header, line, ragged)
                row = Row(line, dict(zip(header, values, strict=False)))
                if empty := next((key for key in keys if not row.cells[key].strip()), None):
                    if warn is not None:
                        warn(f"'{empty}' is empty; the row was left out", f"{self.name}, line {line}")
                    continue
                yield row
        if header is None:
            raise bad(self.name, f"is empty; expected the columns {', '.join(required)}", 1)

    def check_header(self, header: Sequence[str], required: Sequence[str], line: int = 1) -> None:
        missing = [name for name in required if name not in header]
        if missing:
            raise bad(self.name, f"the column '{missing[0]}' is missing; expected {', '.join(required)}", line)
        if len({name for name in header if name}) != len([name for name in header if name]):
            raise bad(self.name, f"a column stands there twice; expected {', '.join(required)} once each", line)

    def check_width(self, values: Sequence[str], header: Sequence[str], line: int, ragged: bool = False) -> None:
        if len(values) > len(header) or (len(values) < len(header) and not ragged):
            what = f"the row has {len(values)} cells; expected {len(header)}, as in the first row"
            raise bad(self.name, what, line)


@dataclass
class _Metered:
    """A stream that reports what is read from it."""

    stream: BinaryIO
    file: ReleaseFile
    readings: int
    unpacked: int = 0

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.unpacked += len(data)
        bombs.check_unpacked(self.file.name, self.unpacked, self.file.packed)
        self.file.meter.add(len(data) // self.readings, self.file.name)
        return data


def _first_line(name: str, raw: bytes, number: int) -> bytes:
    """The first line that holds something, without byte order mark; refuses what is plainly no table."""
    if raw.startswith(_GZIP_MAGIC):
        raise bad(name, "is gzipped but not named so; expected a name that ends in .gz", number)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise bad(name, "is UTF-16; expected UTF-8, as the publisher writes it", number)
    if _HTML.match(raw):
        raise bad(name, "is a web page, not a table; expected the publisher's file", number)
    return raw.removeprefix(_BOM)


def _filled(cells: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _delimiter(first: str) -> str:
    """The separator that the first line uses most."""
    return max(",;|\t", key=first.count)


class ReleaseFiles:
    """All files below the given paths."""

    def __init__(self, paths: Sequence[Path], progress: Progress = silent) -> None:
        """Raises BadRelease when a path is missing, is no archive, or holds no file."""
        self._meter = Meter(progress)
        self._inputs: dict[str, Path] = {}
        self._files: dict[str, ReleaseFile] = {}
        if not paths:
            raise BadRelease("no file was named; expected the release's folder, zip or files")
        for path in paths:
            self._add_path(path, path.name or path.resolve().name)
        self._meter.total = sum(file.size for file in self._files.values())

    def __iter__(self) -> Iterator[ReleaseFile]:
        """The files, ordered by name, so that the same release always gives the same result."""
        return iter(sorted(self._files.values(), key=lambda file: (file.base, file.name)))

    def matching(self, pattern: re.Pattern[str]) -> list[ReleaseFile]:
        """The files whose own name fits the pattern."""
        return [file for file in self if pattern.fullmatch(file.base)]

    def only(self, pattern: re.Pattern[str], expected: str) -> ReleaseFile:
        """The one file that fits. Raises BadRelease when there is none, or more than one."""
        found = self.matching(pattern)
        if len(found) == 1:
            return found[0]
        if not found:
            raise BadRelease(f"no given file is named {expected}; found: {self.names()}")
        raise BadRelease(f"{' and '.join(file.name for file in found)} are the same table twice; give one of them")

    def names(self) -> str:
        """The first few names, for messages."""
        names = [file.name for file in self]
        return ", ".join(names[:6]) + (" …" if len(names) > 6 else "")

    def checksums(self) -> dict[str, str]:
        """The SHA-256 of every file that was given, zips as a whole."""
        return {name: sha256(path) for name, path in sorted(self._inputs.items())}

    def restart(self) -> None:
        """Forget what was read so far: the version is known, the import begins."""
        self._meter.restart()

    def finish(self) -> None:
        """Report that all is read."""
        self._meter.progress(self._meter.total, self._meter.total, "")

    def _add_path(self, path: Path, name: str) -> None:
        if path.is_dir():
            before = len(self._files)
            for inner in sorted(path.rglob("*")):
                relative = inner.relative_to(path)
                if inner.is_file() and not _hidden(relative.as_posix()):
                    self._add_file(inner, f"{name}/{relative.as_posix()}")
            if len(self._files) == before:
                raise bad(name, "holds no file; expected the folder with the release's files")
        elif path.is_file():
            self._add_file(path, name)
        else:
            raise bad(str(path), "is not there; expected a folder, a zip or a file")

    def _add_file(self, path: Path, name: str) -> None:
        if name in self._inputs:
            name = f"{path.resolve().parent.parent.name}/{name}"
        if name in self._inputs:
            raise bad(name, "is given twice; name it once")
        self._inputs[name] = path
        if path.suffix.lower() == ".zip":
            self._add_zip(path, name)
        else:
            size, packed = _unpacked_size(path), path.stat().st_size if path.suffix == ".gz" else 0
            place = _place(path, name)
            self._files[name] = ReleaseFile(name, place, size, lambda: path.open("rb"), self._meter, packed)

    def _add_zip(self, path: Path, name: str) -> None:
        try:
            with zipfile.ZipFile(path) as archive:
                bombs.check_members(name, archive.infolist())
                members = [info for info in archive.infolist() if not info.is_dir() and not _hidden(info.filename)]
        except (zipfile.BadZipFile, OSError) as error:
            raise bad(name, f"is no whole zip archive ({error}); fetch the file again") from None
        if not members:
            raise bad(name, "is a zip without files; expected the release's files in it")
        for info in members:
            if info.flag_bits & 1:
                raise bad(f"{name}/{info.filename}", "is encrypted; expected a zip without a password")
            inner = f"{name}/{info.filename}"
            opener = _member_opener(path, info.filename)
            place, packed = _place(path, inner), max(info.compress_size, 1)
            self._files[inner] = ReleaseFile(inner, place, info.file_size, opener, self._meter, packed)


def _member_opener(path: Path, member: str) -> Callable[[], BinaryIO]:
    def opener() -> BinaryIO:
        with zipfile.ZipFile(path) as archive:
            # The member keeps its own handle on the archive until it is closed.
            return cast(BinaryIO, archive.open(member))

    return opener


def _place(path: Path, name: str) -> str:
    """The name with the two folders above what it is in."""
    return "/".join((*path.resolve().parent.parts[-2:], name))


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def _unpacked_size(path: Path) -> int:
    """A gzipped file says its unpacked size in its last four bytes."""
    size = path.stat().st_size
    if path.suffix != ".gz" or size < 18:
        return size
    with path.open("rb") as stream:
        stream.seek(-4, 2)
        return int.from_bytes(stream.read(4), "little")


def sha256(path: Path) -> str:
    """The checksum of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
