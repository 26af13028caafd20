"""ROME 3, the French directory of occupations and jobs: occupation sheets, job titles, skills and texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph_api.errors import BadRelease
from graph_api.inputs.importers.files import ReleaseFile, ReleaseFiles, Row, bad
from graph_api.inputs.importers.importer import (
    ALTERNATIVE,
    BROADER,
    DEFINITION,
    SCOPE_NOTE,
    Notes,
    Origin,
    Statement,
    concept,
    concept_statements,
    scheme_statements,
    texts,
)
from graph_api.rdf.namespaces import SKOS

_RELATED: Final = NamedNode(f"{SKOS}related")
_VERSION: Final = re.compile(r"(?<![a-z\d])v(\d)(\d\d)(?!\d)")
_SHEET: Final = re.compile(r"[A-N]\d{4}")
_TEXTS: Final = {
    "definition": DEFINITION,
    "cond_exercice_activite": SCOPE_NOTE,
    "acces_a_em": NamedNode(f"{SKOS}note"),
}
_NAMES: Final = {
    "metiers": "unix_cr_gd_dp",
    "metiers_exemple": "unix_referentiel_appellation",
    "competences": "unix_item",
    "correspondances": "unix_coherence_item",
    "metiers_definition": "unix_texte",
}
"""What public copies call a table -> how the publisher's name for it begins."""
_SHEETS: Final = (
    "code_rome",
    "libelle_rome",
    "code_grand_domaine",
    "libelle_grand_domaine",
    "code_domaine_professionel",
    "libelle_domaine_professionel",
)
_TREE: Final = ("Rome1", "Rome2", "Rome3", "Intitule", "OGR")


class RomeImporter:
    """Reads the tables of a ROME version, or the tree of codes and titles."""

    name: Final = "rome"
    origin: Final = Origin(
        title="Répertoire opérationnel des métiers et des emplois (ROME)",
        publisher="Pôle emploi",
        rights="The publisher's terms were not verified.",
    )

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """From a folder or file name that holds `v347`."""
        found = {f"{match[0]}.{match[1]}" for file in files for match in _VERSION.findall(file.place)}
        return found.pop() if len(found) == 1 else None

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        notes.found_languages.add("fr")
        yield from scheme_statements("rome", self.origin.title, "fr")
        tree = files.matching(re.compile(r"arbo_rome.*\.csv"))
        sheets = _table(files, "metiers")
        if sheets:
            yield from _tables(files, sheets, notes)
        elif tree:
            yield from _tree(tree[0], notes)
        else:
            raise BadRelease(f"none of the given files is ROME's; expected {_expected(files)}; found: {files.names()}")


def _expected(files: ReleaseFiles) -> str:
    what = f"{_NAMES['metiers']}_v….csv (or metiers.csv) and the tables beside it, or arbo_rome_….csv"
    unread = [file.base for file in files if file.base.lower().endswith((".xml", ".xls", ".xlsx", ".json"))]
    return f"{what} ({unread[0].rpartition('.')[2].upper()} is not read: take the download as CSV)" if unread else what


def _table(files: ReleaseFiles, stem: str) -> list[ReleaseFile]:
    """The table, under the name that the publisher or a copy of its data gives it; in UTF-8 where there is a choice.

    Raises BadRelease where two files are the same table.
    """
    names = f"{stem}|(?:unix_)?{_NAMES[stem].removeprefix('unix_')}|unix_{stem}"
    found = files.matching(re.compile(rf"(?:{names})(?:_v\d+)?(?:_utf-?8|_iso-?8859-15?)?\.csv"))
    found = [file for file in found if not _is_latin(file)] or found
    if len(found) > 1:
        raise bad(found[1].name, f"is the same table as {found[0].name}; give one of them")
    return found


def _is_latin(file: ReleaseFile) -> bool:
    return "8859" in file.base


def _rows(file: ReleaseFile, columns: Sequence[str], keys: Sequence[str], notes: Notes) -> Iterator[Row]:
    encoding = "iso-8859-15" if _is_latin(file) else "utf-8"
    return file.rows(columns, encoding=encoding, keys=keys, warn=notes.warn)


def _tables(files: ReleaseFiles, sheets: list[ReleaseFile], notes: Notes) -> Iterator[Statement]:
    codes: set[str] = set()
    yield from _sheets(sheets[0], codes, notes)
    for file in _table(files, "metiers_exemple"):
        yield from _titles(file, codes, notes)
    skills: set[str] = set()
    for file in _table(files, "competences"):
        yield from _skills(file, skills, notes)
    for file in _table(files, "correspondances"):
        yield from _links(file, codes, skills, notes)
    for file in _table(files, "metiers_definition"):
        yield from _descriptions(file, codes, notes)


def _sheets(file: ReleaseFile, codes: set[str], notes: Notes) -> Iterator[Statement]:
    """The occupation sheets, and the two levels of domains above them."""
    domains: set[str] = set()
    for row in _rows(file, _SHEETS, _SHEETS, notes):
        code, cells = _sheet(file, row, "code_rome"), row.cells
        if code in codes:
            raise bad(file.name, f"'{code}' stands there twice; expected each sheet once", row.line, "code_rome")
        codes.add(code)
        notes.counts["occupation sheets"] += 1
        top, domain = cells["code_grand_domaine"], cells["code_domaine_professionel"]
        if not (code.startswith(domain) and domain.startswith(top)):
            raise bad(file.name, f"'{code}' is not in the domains '{top}' and '{domain}' of its row", row.line)
        for above, key, label in (
            (None, top, cells["libelle_grand_domaine"]),
            (top, domain, cells["libelle_domaine_professionel"]),
        ):
            if key not in domains:
                domains.add(key)
                notes.counts["domains" if above else "top domains"] += 1
                yield from concept_statements("rome", key, label.strip(), "fr", above)
        yield from concept_statements("rome", code, cells["libelle_rome"].strip(), "fr", domain)


def _titles(file: ReleaseFile, codes: set[str], notes: Notes) -> Iterator[Statement]:
    """Job titles are concepts of their own, below their sheet: ESCO's table matches them."""
    yield from scheme_statements("ogr", "Appellations ROME", "fr")
    seen: set[str] = set()
    columns = ("code_ogr", "libelle_appellation_long", "code_rome")
    for row in _rows(file, (*columns, "libelle_appellation_court"), columns, notes):
        code, sheet = _number(file, row, "code_ogr"), _sheet(file, row, "code_rome")
        label, short = row.cells["libelle_appellation_long"].strip(), row.cells["libelle_appellation_court"]
        if code in seen:
            raise bad(file.name, f"'{code}' stands there twice; expected each title once", row.line, "code_ogr")
        seen.add(code)
        if sheet not in codes:
            notes.warn("a job title names a sheet that there is not; left out", f"{file.name}, line {row.line}")
            continue
        notes.counts["job titles"] += 1
        yield from concept_statements("ogr", code, label, "fr")
        yield concept("ogr", code), BROADER, concept("rome", sheet)
        yield from texts(concept("ogr", code), ALTERNATIVE, [short] if short.strip() != label else [], "fr")


def _skills(file: ReleaseFile, skills: set[str], notes: Notes) -> Iterator[Statement]:
    yield from scheme_statements("rome-competences", "Compétences ROME", "fr")
    for row in _rows(file, ("code_ogr", "libelle", "code_type_referentiel"), ("code_ogr", "libelle"), notes):
        code = _number(file, row, "code_ogr")
        notes.counts["rows of skills"] += 1
        if code not in skills:
            skills.add(code)
            notes.counts["skills"] += 1
            yield from concept_statements("rome-competences", code, row.cells["libelle"].strip(), "fr")


def _links(file: ReleaseFile, codes: set[str], skills: set[str], notes: Notes) -> Iterator[Statement]:
    seen: set[tuple[str, str]] = set()
    for row in _rows(file, ("code_rome", "code_ogr"), ("code_rome", "code_ogr"), notes):
        pair = _sheet(file, row, "code_rome"), _number(file, row, "code_ogr")
        if pair[0] not in codes or pair[1] not in skills:
            notes.warn("a link names a sheet or skill that there is not; left out", f"{file.name}, line {row.line}")
        elif pair not in seen:
            seen.add(pair)
            notes.counts["links to skills"] += 1
            yield concept("rome", pair[0]), _RELATED, concept("rome-competences", pair[1])


def _descriptions(file: ReleaseFile, codes: set[str], notes: Notes) -> Iterator[Statement]:
    """Texts come line by line; those of one kind and sheet belong together."""
    columns = ("code_rome", "position_libelle_txt", "libelle_texte", "libelle_type_texte")
    lines: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in _rows(file, columns, columns, notes):
        sheet, kind = _sheet(file, row, "code_rome"), row.cells["libelle_type_texte"]
        if kind not in _TEXTS:
            raise bad(file.name, f"'{kind}' is no kind of text; expected {', '.join(_TEXTS)}", row.line)
        if sheet not in codes:
            notes.warn("a text names a sheet that there is not; left out", f"{file.name}, line {row.line}")
            continue
        notes.counts[f"lines of {kind}"] += 1
        text = row.cells["libelle_texte"].strip()
        if "''" in text:
            notes.warn("apostrophes are written twice; read once", f"{file.name}, line {row.line}")
            text = text.replace("''", "'")
        position = int(_number(file, row, "position_libelle_txt"))
        lines.setdefault((sheet, kind), []).append((position, text))
    for (sheet, kind), parts in lines.items():
        whole = "\n".join(text for _, text in sorted(parts))
        yield concept("rome", sheet), _TEXTS[kind], Literal(whole, language="fr")


def _tree(file: ReleaseFile, notes: Notes) -> Iterator[Statement]:
    """Domains, sheets and titles in one table, told apart by which cells are filled."""
    yield from scheme_statements("ogr", "Appellations ROME", "fr")
    for row in file.rows(_TREE, keys=("Rome1", "Intitule"), warn=notes.warn):
        parts = [row.cells[column].strip() for column in ("Rome1", "Rome2", "Rome3")]
        code, title, label = "".join(parts), row.cells["OGR"].strip(), row.cells["Intitule"].strip()
        if not re.fullmatch(r"[A-N](?:\d\d(?:\d\d)?)?", code):
            raise bad(file.name, f"'{code}' is no ROME code; expected a letter and up to four digits", row.line)
        if title:
            notes.counts["job titles"] += 1
            yield from concept_statements("ogr", _number(file, row, "OGR"), label, "fr")
            yield concept("ogr", title), BROADER, concept("rome", code)
        else:
            notes.counts[{1: "top domains", 3: "domains", 5: "occupation sheets"}[len(code)]] += 1
            above = code[:-2] if len(code) > 1 else None
            yield from concept_statements("rome", code, label, "fr", above)


def _sheet(file: ReleaseFile, row: Row, column: str) -> str:
    code = row.cells[column].strip()
    if not _SHEET.fullmatch(code):
        raise bad(file.name, f"'{code}' is no ROME code; expected a letter and four digits", row.line, column)
    return code


def _number(file: ReleaseFile, row: Row, column: str) -> str:
    number = row.cells[column].strip()
    if not number.isdigit():
        raise bad(file.name, f"'{number}' is no number; expected digits", row.line, column)
    return number
