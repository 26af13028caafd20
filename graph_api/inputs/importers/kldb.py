"""Klassifikation der Berufe (KldB 2010) as its publisher's CSV: all five levels with their notes.

The file has lost the leading zeros of its codes; the column with the level says how long each code is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from pyoxigraph import NamedNode

from graph_api.inputs.importers.files import ReleaseFile, ReleaseFiles, Row, bad
from graph_api.inputs.importers.importer import (
    ALTERNATIVE,
    SCOPE_NOTE,
    Notes,
    Origin,
    Statement,
    concept,
    concept_statements,
    scheme_statements,
    texts,
)

_PATTERN: Final = re.compile(r"KldB.*\.csv")
_KEY: Final = re.compile(r"Schlüssel KldB 2010(?:, V\. (?P<version>\d{4}))?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_XKOS: Final = "http://rdf-vocabulary.ddialliance.org/xkos#"
_NOTES: Final = (
    ("Allgemeine Bemerkungen", SCOPE_NOTE),
    ("Einschlüsse", NamedNode(f"{_XKOS}coreContentNote")),
    ("Umfasst ferner", NamedNode(f"{_XKOS}additionalContentNote")),
    ("Ausschlüsse", NamedNode(f"{_XKOS}exclusionNote")),
)
_REQUIRED: Final = ("code", "Ebene", "Titel", "Kurztitel", *(column for column, _ in _NOTES))


class KldbImporter:
    """Reads the KldB 2010."""

    name: Final = "kldb"
    origin: Final = Origin(
        title="Klassifikation der Berufe 2010",
        publisher="Bundesagentur für Arbeit",
        rights="The publisher's terms were not verified.",
    )

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """From the name of the column with the codes."""
        for name in self._file(files).header():
            match = _KEY.fullmatch(name.strip())
            if match and match["version"]:
                return match["version"]
        return None

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        file = self._file(files)
        day = _DAY.search(file.base)
        notes.issued = day[0] if day else None
        notes.found_languages.add("de")
        lines: dict[str, int] = {}
        parents: list[tuple[str, int]] = []
        yield from scheme_statements("kldb2010", self.origin.title, "de")
        for row in file.rows(_REQUIRED, rename=_rename, keys=("code", "Ebene", "Titel"), warn=notes.warn):
            code = _code(file, row, notes)
            if code in lines:
                what = f"the code '{code}' stands in line {lines[code]} already; expected each code once"
                raise bad(file.name, what, row.line)
            lines[code] = row.line
            notes.counts[f"level {len(code)}"] += 1
            if len(code) > 1:
                parents.append((code[:-1], row.line))
            yield from _statements(code, row)
        if not lines:
            raise bad(file.name, "holds no row; expected 2195 or about as many")
        for code, line in parents:
            if code not in lines:
                notes.warn("the code above is not in the file", f"{file.name}, line {line}")

    def _file(self, files: ReleaseFiles) -> ReleaseFile:
        return files.only(_PATTERN, "KldB….csv")


def _rename(name: str) -> str:
    return "code" if _KEY.fullmatch(name.strip()) else name.strip()


def _code(file: ReleaseFile, row: Row, notes: Notes) -> str:
    """The code with as many digits as its level says."""
    code, level = row.cells["code"].strip(), row.cells["Ebene"].strip()
    if level not in ("1", "2", "3", "4", "5"):
        raise bad(file.name, f"'{level}' is no level; expected 1 to 5", row.line, "Ebene")
    if not re.fullmatch(r"\d{1,5}", code) or len(code) > int(level):
        raise bad(file.name, f"'{code}' is no code of level {level}; expected {level} digits", row.line)
    if len(code) < int(level):
        notes.warn("a code has lost its leading zeros; restored from its level", f"{file.name}, line {row.line}")
    return code.zfill(int(level))


def _statements(code: str, row: Row) -> Iterator[Statement]:
    title, short = row.cells["Titel"].strip(), row.cells["Kurztitel"].strip()
    yield from concept_statements("kldb2010", code, title, "de", code[:-1] or None)
    if short != title:
        yield from texts(concept("kldb2010", code), ALTERNATIVE, [short], "de")
    for column, predicate in _NOTES:
        text = html.unescape(row.cells[column]).replace("\N{NO-BREAK SPACE}", " ")
        yield from texts(concept("kldb2010", code), predicate, [text], "de")
