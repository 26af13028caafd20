"""What looks small and is not: files that unpack to far more than they are, lines without end, entities in XML."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from typing import BinaryIO, Final, NoReturn
from xml.parsers import expat

from graph_api.errors import BadRelease, Defect

LONGEST_LINE: Final = 1 << 24
"""The list of top concepts of a whole classification stands in one line; none is known that has a tenth of this."""
MOST_MEMBERS: Final = 10_000
_UNSUSPICIOUS: Final = 1 << 26
_MOST_TIMES: Final = 200
"""Tables and RDF shrink to a tenth or a fiftieth; what is made to do harm, to a thousandth."""
_LONGEST_ENTITY: Final = 500
_MOST_ENTITIES: Final = 200
_LONGEST_PROLOGUE: Final = 1 << 20
_STEP: Final = 1 << 14


def check_unpacked(name: str, unpacked: int, packed: int) -> None:
    """Raises BadRelease where so many bytes have come out of so few; of a file that is not packed, give 0."""
    if packed and unpacked > _UNSUSPICIOUS and unpacked > _MOST_TIMES * packed:
        _refuse(name, f"unpacks to more than {_MOST_TIMES} times its size; expected the publisher's file")


def check_line(name: str, line: bytes, number: int) -> None:
    """Raises BadRelease where a line is longer than any that a publisher writes."""
    if len(line) > LONGEST_LINE:
        _refuse(name, f"the line is longer than {LONGEST_LINE} bytes; expected the publisher's file", number)


def check_members(name: str, members: Iterable[zipfile.ZipInfo]) -> None:
    """Raises BadRelease where an archive has too many members, or one whose name leads out of it."""
    for count, info in enumerate(members, 1):
        if count > MOST_MEMBERS:
            _refuse(name, f"has more than {MOST_MEMBERS} members; expected the release's files")
        if info.filename.startswith(("/", "\\")) or ".." in info.filename.replace("\\", "/").split("/"):
            _refuse(name, f"has a member named {info.filename[:100]!r}, which leads out of it; fetch the file again")


def check_workbook(name: str, stream: BinaryIO) -> None:
    """Raises BadRelease where the sheets of a workbook unpack to far more than it is; one that is none passes."""
    try:
        members = zipfile.ZipFile(stream).infolist()
    except (zipfile.BadZipFile, ValueError):
        return
    finally:
        stream.seek(0)
    unpacked, packed = (sum(sizes) for sizes in zip(*((i.file_size, i.compress_size) for i in members), strict=True))
    check_unpacked(name, unpacked, max(packed, 1))


def check_entities(name: str, stream: BinaryIO) -> None:
    """Raises BadRelease where an XML file declares more than short names for parts of addresses; reads its prologue."""
    parser, found = expat.ParserCreate(), _Prologue(name)
    parser.EntityDeclHandler = found.entity
    parser.StartElementHandler = found.root
    read = 0
    try:
        while not found.ended and (piece := stream.read(_STEP)):
            parser.Parse(piece, False)
            read += len(piece)
            if read > _LONGEST_PROLOGUE:
                _refuse(name, "has no element in its first mebibyte; expected the publisher's file")
    except expat.ExpatError:
        return  # whoever reads the whole says what is wrong


class _Prologue:
    """What stands before the first element of an XML file."""

    def __init__(self, name: str) -> None:
        self.ended = False
        self._name, self._entities = name, 0

    def root(self, _name: str, _attributes: object) -> None:
        """The first element."""
        self.ended = True

    def entity(self, name: str, is_parameter: bool, value: str | None, *_: object) -> None:
        """One declaration."""
        self._entities += 1
        if is_parameter or value is None or self._entities > _MOST_ENTITIES:
            _refuse(self._name, f"declares the entity {name[:40]!r}, which is not read here; expected plain RDF/XML")
        if "&" in value or "%" in value or len(value) > _LONGEST_ENTITY:
            _refuse(self._name, f"declares the entity {name[:40]!r}, which would grow; expected plain RDF/XML")


def _refuse(name: str, what: str, line: int | None = None) -> NoReturn:
    raise BadRelease(str(Defect(name, what, line)))
