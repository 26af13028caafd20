"""RNCP, the French register of certifications: its export, or the kit that links it to diploma codes.

The kit comes as a workbook or as CSV; it lists pairs of a diploma code and a certification, so that one
certification stands in many rows.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime
from importlib import import_module
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph_api.errors import BadRelease
from graph_api.inputs.importers.bombs import check_workbook
from graph_api.inputs.importers.files import ReleaseFile, ReleaseFiles, bad
from graph_api.inputs.importers.importer import (
    ALTERNATIVE,
    STATUS,
    Notes,
    Origin,
    Statement,
    concept,
    concept_statements,
    date_literal,
    scheme_statements,
    texts,
)
from graph_api.rdf.namespaces import DCTERMS, SKOS
from graph_api.rdf.terms import pas

_KIT: Final = re.compile(r"Kit_apprentissage.*\.(?:csv|xlsx)")
_EXPORT: Final = re.compile(r"export_fiches_CSV_Standard_.*\.csv")
_SHEET: Final = "Kit Apprentissage"
_NO_LEVEL: Final = ("", "NR", "REPRISE")
"""What stands where a certification has no level of its own."""
_NUMBER: Final = re.compile(r"(?:RNCP|RS)\d+")
_LEVEL: Final = re.compile(r"(?:niveau ?|NIV ?)?([1-8]|IV|V|I{1,3})(?:er)?", re.IGNORECASE)
_CLOSE: Final = NamedNode(f"{SKOS}closeMatch")
_RELATED: Final = NamedNode(f"{SKOS}relatedMatch")
_REPLACES: Final = NamedNode(f"{DCTERMS}replaces")
_KIT_COLUMNS: Final = {
    "code": "Code Diplôme",
    "diploma": "Intitulé diplôme (DEPP)",
    "number": "FicheRNCP",
    "level": "Niveau fiche RNCP",
    "until": "Date d'échéance de la fiche RNCP",
    "status": "Fiche ACTIVE/INACTIVE",
}
_KIT_OPTIONAL: Final = {
    "title": "Intitulé certification (RNCP)",
    "newer": "Nouvelle Certification rempla (RNCP)",
    "older": "Ancienne Certification (RNCP)",
}
_EXPORT_COLUMNS: Final = (
    "Numero_Fiche",
    "Intitule",
    "Abrege_Libelle",
    "Nomenclature_Europe_Niveau",
    "Date_Fin_Enregistrement",
    "Actif",
)


class RncpImporter:
    """Reads the export of the register, or the kit."""

    name: Final = "rncp"
    origin: Final = Origin(
        title="Répertoire national des certifications professionnelles (RNCP)",
        publisher="France compétences",
        rights="The publisher's terms were not verified.",
    )

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """The date, or the number, in the files' names."""
        found = set()
        for file in files:
            day = re.search(r"(20\d\d)[_-]?(\d\d)[_-]?(\d\d)(?=\.)", file.base)
            number = re.search(r"_v(\d+(?:\.\d+)*)\.", file.base)
            if day:
                found.add("-".join(day.groups()))
            elif number:
                found.add(number[1])
        return found.pop() if len(found) == 1 else None

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        notes.found_languages.add("fr")
        if re.fullmatch(r"\d{4}-\d\d-\d\d", notes.version):
            notes.issued = notes.version
        yield from scheme_statements("rncp", self.origin.title, "fr")
        known: set[str] = set()
        export, kit = files.matching(_EXPORT), files.matching(_KIT)
        if len(export) + len(kit) != 1:
            what = "one export_fiches_CSV_Standard_….csv, or one Kit_apprentissage….xlsx or .csv"
            raise BadRelease(f"expected {what}; found: {files.names()}")
        if export:
            yield from _export(export[0], known, notes)
            yield from _export_links(files, known, notes)
        else:
            yield from _kit(kit[0], known, notes)


def _export(file: ReleaseFile, known: set[str], notes: Notes) -> Iterator[Statement]:
    for row in file.rows(_EXPORT_COLUMNS, keys=("Numero_Fiche", "Intitule"), warn=notes.warn):
        cells, number = row.cells, _number(file, row.line, row.cells["Numero_Fiche"])
        if number in known:
            raise bad(file.name, f"'{number}' stands there twice; expected each certification once", row.line)
        known.add(number)
        notes.counts["certifications"] += 1
        level = _level(file, row.line, cells["Nomenclature_Europe_Niveau"], notes)
        yield from _certification(number, cells["Intitule"], level, cells["Actif"])
        yield from _until(file, row.line, number, cells["Date_Fin_Enregistrement"])
        yield from texts(concept("rncp", number), ALTERNATIVE, [cells["Abrege_Libelle"]], "fr")


def _export_links(files: ReleaseFiles, known: set[str], notes: Notes) -> Iterator[Statement]:
    """The occupations that a certification leads to, and what replaced it."""
    for file in files.matching(re.compile(r"export_fiches_CSV_Rome_.*\.csv")):
        columns: tuple[str, ...] = ("Numero_Fiche", "Codes_Rome_Code")
        for row in file.rows(columns, keys=columns, warn=notes.warn):
            number, code = _number(file, row.line, row.cells["Numero_Fiche"]), row.cells["Codes_Rome_Code"]
            if not re.fullmatch(r"[A-N]\d{4}", code):
                raise bad(file.name, f"'{code}' is no ROME code; expected a letter and four digits", row.line)
            if _is_known(number, known, notes, f"{file.name}, line {row.line}"):
                notes.counts["links to ROME"] += 1
                yield concept("rncp", number), _RELATED, concept("rome", code)
    yield from _certifying_bodies(files, known, notes)
    for file in files.matching(re.compile(r"export_fiches_CSV_Ancienne_Nouvelle_.*\.csv")):
        columns = ("Numero_Fiche", "Ancienne_Certification", "Nouvelle_Certification")
        for row in file.rows(columns, keys=columns[:1], warn=notes.warn):
            number = _number(file, row.line, row.cells["Numero_Fiche"])
            if _is_known(number, known, notes, f"{file.name}, line {row.line}"):
                newer, older = row.cells["Nouvelle_Certification"], row.cells["Ancienne_Certification"]
                yield from _succession(number, newer, older, notes)


def _certifying_bodies(files: ReleaseFiles, known: set[str], notes: Notes) -> Iterator[Statement]:
    """Who awards a certification; the export of some days has no such table."""
    columns = ("Numero_Fiche", "Nom_Certificateur")
    for file in files.matching(re.compile(r"export_fiches_CSV_Certificateurs_.*\.csv")):
        for row in file.rows(columns, keys=columns, warn=notes.warn):
            number = _number(file, row.line, row.cells["Numero_Fiche"])
            if _is_known(number, known, notes, f"{file.name}, line {row.line}"):
                notes.counts["certifying bodies"] += 1
                yield concept("rncp", number), pas("awardingBodyText"), Literal(row.cells["Nom_Certificateur"].strip())


def _is_known(number: str, known: set[str], notes: Notes, place: str) -> bool:
    if number not in known:
        notes.warn("a certification is not in the main table; left out", place)
    return number in known


def _kit(file: ReleaseFile, known: set[str], notes: Notes) -> Iterator[Statement]:
    yield from scheme_statements("bcn", "Codes des diplômes (BCN)", "fr")
    diplomas: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for line, cells in _workbook(file) if file.base.endswith(".xlsx") else _kit_csv(file):
        notes.counts["rows"] += 1
        if not cells["code"] or not cells["diploma"]:
            notes.warn("a row has no diploma code, or no name of it; left out", f"{file.name}, line {line}")
            continue
        code = _diploma(file, line, cells, notes)
        if code not in diplomas:
            diplomas.add(code)
            notes.counts["diploma codes"] += 1
            yield from concept_statements("bcn", code, cells["diploma"].strip(), "fr")
        if cells["number"] in ("NR", ""):
            notes.warn("a diploma code has no certification", f"{file.name}, line {line}")
            continue
        number = _number(file, line, cells["number"])
        if number not in known:
            known.add(number)
            notes.counts["certifications"] += 1
            title = cells.get("title", "") or cells["diploma"]
            yield from _certification(number, title, _level(file, line, cells["level"], notes), cells["status"])
            yield from _until(file, line, number, cells["until"])
            yield from _succession(number, cells.get("newer", ""), cells.get("older", ""), notes)
        if (code, number) not in pairs:
            pairs.add((code, number))
            notes.counts["pairs"] += 1
            yield concept("bcn", code), _CLOSE, concept("rncp", number)


def _kit_csv(file: ReleaseFile) -> Iterator[tuple[int, dict[str, str]]]:
    for row in file.rows(list(_KIT_COLUMNS.values())):
        yield row.line, _ours(row.cells)


def _ours(cells: Mapping[str, str]) -> dict[str, str]:
    names = _KIT_COLUMNS | _KIT_OPTIONAL
    return {ours: cells.get(theirs, "").strip() for ours, theirs in names.items()}


def _workbook(file: ReleaseFile) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of the workbook's main sheet, as text; the columns are named some rows down."""
    header: list[str] = []
    for line, values in _sheet_rows(file):
        if not header and _KIT_COLUMNS["number"] in values:
            header = values
            file.check_header(header, list(_KIT_COLUMNS.values()), line)
        elif header and any(values):
            yield line, _ours(dict(zip(header, values, strict=True)))
    if not header:
        what = f"has no row of columns in the sheet '{_SHEET}'"
        raise bad(file.name, f"{what}; expected {', '.join(_KIT_COLUMNS.values())}")


def _sheet_rows(file: ReleaseFile) -> Iterator[tuple[int, list[str]]]:
    try:
        openpyxl = import_module("openpyxl")
    except ModuleNotFoundError:
        what = "is an Excel workbook, for which openpyxl is not installed"
        raise bad(file.name, f"{what}; expected it, or the kit saved as CSV with semicolons") from None
    with file.stream() as stream, warnings.catch_warnings():
        # It says of workbooks with drop-down lists that it does not keep them.
        warnings.simplefilter("ignore", UserWarning)
        check_workbook(file.name, stream)
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise bad(file.name, f"is no Excel workbook ({error}); expected the kit as published") from None
        with closing(book):
            if _SHEET not in book.sheetnames:
                raise bad(file.name, f"has no sheet '{_SHEET}'; found: {', '.join(book.sheetnames)}")
            for line, values in enumerate(book[_SHEET].iter_rows(values_only=True), 1):
                yield line, [_text(value) for value in values]


def _text(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.strftime("%d/%m/%Y")
    return "" if value is None else str(value).strip()


def _diploma(file: ReleaseFile, line: int, cells: Mapping[str, str], notes: Notes) -> str:
    code = cells["code"]
    if not re.fullmatch(r"[0-9A-Z]{7,8}", code):
        raise bad(file.name, f"'{code}' is no diploma code; expected 8 digits and letters", line)
    if len(code) == 7:
        notes.warn("a diploma code has lost its leading zero; restored", f"{file.name}, line {line}")
    return code.zfill(8)


def _number(file: ReleaseFile, line: int, text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise bad(file.name, f"'{text}' is no certification; expected RNCP or RS and a number", line)
    return text


def _level(file: ReleaseFile, line: int, text: str, notes: Notes) -> str:
    """The level, of the numbers of 2019 or of those of 1969, however it is spelt; empty where there is none."""
    found = _LEVEL.fullmatch(text.strip())
    if found is None and text.strip() not in _NO_LEVEL:
        notes.warn("a level is spelt in no known way; left out", f"{file.name}, line {line}")
    return found[1].upper() if found else ""


def _certification(number: str, title: str, level: str, status: str) -> Iterator[Statement]:
    yield from concept_statements("rncp", number, title.strip(), "fr", entry=True)
    if level:
        yield concept("rncp", number), pas("nqfLevel"), Literal(level)
    if status and status != "NR":
        yield concept("rncp", number), STATUS, Literal(status)


def _until(file: ReleaseFile, line: int, number: str, day: str) -> Iterator[Statement]:
    if day and day != "NR":
        try:
            yield concept("rncp", number), pas("validTo"), date_literal(day)
        except ValueError:
            raise bad(file.name, f"'{day}' is no day; expected one like 31/08/2026", line) from None


def _succession(number: str, newer: str, older: str, notes: Notes) -> Iterator[Statement]:
    for cell, predicate in ((newer, pas("replacedBy")), (older, _REPLACES)):
        for other in cell.split("|"):
            if _NUMBER.fullmatch(other.strip()):
                notes.counts["successions"] += 1
                yield concept("rncp", number), predicate, concept("rncp", other.strip())
