"""BCN, the French central base of nomenclatures: the codes of national diplomas, and their levels, new or of 1969.

Some of its tables are in Windows-1252, some in UTF-8; in one, letters with accents were lost before it was
published. Quotation marks are part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph_api.errors import BadRelease
from graph_api.inputs.importers.files import ReleaseFile, ReleaseFiles, Row, bad
from graph_api.inputs.importers.importer import (
    ALTERNATIVE,
    BROADER,
    Notes,
    Origin,
    Statement,
    concept,
    concept_statements,
    date_literal,
    scheme_statements,
    texts,
)
from graph_api.rdf.namespaces import DCTERMS
from graph_api.rdf.terms import pas

_TABLE: Final = re.compile(r"N_FORMATION_DIPLOME.*\.csv")
_LEVELS: Final = re.compile(r"N_NIVEAU_FORMATION_DIPLOME.*\.csv")
_CODE: Final = re.compile(r"[0-9A-Z]{8}")
_LOST: Final = "\N{REPLACEMENT CHARACTER}"
_REPLACES: Final = NamedNode(f"{DCTERMS}replaces")
_OLD_LEVELS: Final = {"1": "I", "2": "II", "3": "III", "4": "IV", "5": "V"}
"""The interministerial level, in the numbers of 1969; 6 and beyond are below them, or none."""
_LEVEL_COLUMNS: Final = ("NIVEAU_FORMATION_DIPLOME", "NIVEAU_INTERMINISTERIEL", "NIVEAU_QUALIFICATION_RNCP")
_REQUIRED: Final = (
    "FORMATION_DIPLOME",
    "NIVEAU_FORMATION_DIPLOME",
    "N_NIVEAU_FORMATION_DIPLOME.LIBELLE_100",
    "LIBELLE_COURT",
    "LIBELLE_LONG_200",
    "DATE_OUVERTURE",
    "DATE_FERMETURE",
    "DATE_INTERVENTION",
    "NIVEAU_QUALIFICATION_RNCP",
)


class BcnImporter:
    """Reads the tables of diplomas."""

    name: Final = "bcn"
    origin: Final = Origin(
        title="Base centrale des nomenclatures: diplômes",
        publisher="Ministère de l'Éducation nationale",
        rights="The publisher's terms were not verified.",
    )

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """The tables bear no version; a folder's or file's name may hold a day."""
        days = {match[0] for file in files for match in re.finditer(r"20\d\d-\d\d-\d\d", file.place)}
        return days.pop() if len(days) == 1 else None

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        notes.found_languages.add("fr")
        tables = files.matching(_TABLE)
        if not tables:
            raise BadRelease(f"no given file is named N_FORMATION_DIPLOME….csv; found: {files.names()}")
        yield from scheme_statements("bcn", self.origin.title, "fr")
        yield from scheme_statements("bcn-niveau", "Niveaux de formation (BCN)", "fr")
        known: set[str] = set()
        levels: set[str] = set()
        numbers: dict[str, str] = {}
        for file in files.matching(_LEVELS):
            _read_levels(file, numbers, notes)
        for file in tables:
            yield from _diplomas(file, known, levels, numbers, notes)


def _read_levels(file: ReleaseFile, numbers: dict[str, str], notes: Notes) -> None:
    """The level of each kind of diploma: of 2019 where the table has it, else of 1969."""
    keys = _LEVEL_COLUMNS[:1]
    for row in file.rows(_LEVEL_COLUMNS, encoding=_encoding(file), quoted=False, keys=keys, warn=notes.warn):
        kind, old, new = (row.cells[name].strip() for name in _LEVEL_COLUMNS)
        notes.counts["levels"] += 1
        number = _number(new) or _OLD_LEVELS.get(old, "")
        if number:
            numbers[kind] = number


def _number(text: str) -> str:
    """The level as a digit; empty for what is none (00, 99, XX)."""
    found = re.fullmatch(r"0([1-8])", text.strip())
    return found[1] if found else ""


def _diplomas(
    file: ReleaseFile, known: set[str], levels: set[str], numbers: dict[str, str], notes: Notes
) -> Iterator[Statement]:
    here: dict[str, int] = {}
    rows = file.rows(_REQUIRED, encoding=_encoding(file), quoted=False, keys=_REQUIRED[:1], warn=notes.warn)
    for row in rows:
        code, place = row.cells["FORMATION_DIPLOME"].strip(), f"{file.name}, line {row.line}"
        if not (row.cells["LIBELLE_LONG_200"].strip() or row.cells["LIBELLE_COURT"].strip()):
            notes.warn("a diploma has no name; left out", place)
            continue
        if not _CODE.fullmatch(code):
            raise bad(file.name, f"'{code}' is no diploma code; expected 8 digits and letters", row.line)
        if code in here:
            what = f"'{code}' stands in line {here[code]} already; expected each code once"
            raise bad(file.name, what, row.line)
        here[code] = row.line
        notes.counts[f"rows of {file.base}"] += 1
        if any(_LOST in cell for cell in row.cells.values()):
            notes.warn("letters were lost before the table was published", place)
        if code in known:
            notes.warn("a diploma is in another table too; taken from the first", place)
            continue
        known.add(code)
        notes.counts["diplomas"] += 1
        yield from _level(row, levels)
        number = _number(row.cells["NIVEAU_QUALIFICATION_RNCP"])
        number = number or numbers.get(row.cells["NIVEAU_FORMATION_DIPLOME"].strip(), "")
        yield from _diploma(file, code, row, number, notes)


def _encoding(file: ReleaseFile) -> str:
    """UTF-8 where the whole file is; else Windows-1252."""
    try:
        for _, raw in file.raw_lines():
            raw.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _level(row: Row, levels: set[str]) -> Iterator[Statement]:
    level = row.cells["NIVEAU_FORMATION_DIPLOME"].strip()
    if level and level not in levels:
        levels.add(level)
        label = row.cells["N_NIVEAU_FORMATION_DIPLOME.LIBELLE_100"].strip()
        yield from concept_statements("bcn-niveau", level, label, "fr")


def _diploma(file: ReleaseFile, code: str, row: Row, number: str, notes: Notes) -> Iterator[Statement]:
    cells, node = row.cells, concept("bcn", code)
    label = cells["LIBELLE_LONG_200"].strip() or cells["LIBELLE_COURT"].strip()
    yield from concept_statements("bcn", code, label, "fr", entry=True)
    short = f"{cells['LIBELLE_COURT'].strip()} {cells.get('LIBELLE_STAT_33', '').strip()}".strip()
    yield from texts(node, ALTERNATIVE, [short] if short != label else [], "fr")
    if cells["NIVEAU_FORMATION_DIPLOME"].strip():
        yield node, BROADER, concept("bcn-niveau", cells["NIVEAU_FORMATION_DIPLOME"].strip())
    if number:
        yield node, pas("nqfLevel"), Literal(number)
    for column, predicate in (("DATE_OUVERTURE", "validFrom"), ("DATE_FERMETURE", "validTo")):
        if cells[column].strip():
            yield node, pas(predicate), _day(file, row, column)
    if cells["DATE_INTERVENTION"].strip():
        notes.modified = max(notes.modified or "", _day(file, row, "DATE_INTERVENTION").value)
    for stem, link in (("NOUVEAU_DIPLOME", pas("replacedBy")), ("ANCIEN_DIPLOME", _REPLACES)):
        others = dict.fromkeys(cells.get(f"{stem}_{number}", "").strip() for number in range(1, 8))
        for other in filter(_CODE.fullmatch, others):
            yield node, link, concept("bcn", other)


def _day(file: ReleaseFile, row: Row, column: str) -> Literal:
    try:
        return date_literal(row.cells[column].strip())
    except ValueError:
        what = f"'{row.cells[column]}' is no day; expected one like 31/08/2026"
        raise bad(file.name, what, row.line, column) from None
