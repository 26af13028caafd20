"""Short national lists of qualifications, crafts and professions -> SKOS concepts under our own scheme IRIs.

Each list says which file it is, which columns it has, and what one row means; the rest is common to all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph_api.inputs.importers.files import ReleaseFile, ReleaseFiles, Row, bad
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
)
from graph_api.rdf.namespaces import DCTERMS, SKOS
from graph_api.rdf.terms import pas

_LEVEL: Final = pas("nqfLevel")
_LEVEL_TEXT: Final = pas("levelText")
_NOTE: Final = NamedNode(f"{SKOS}note")
_ISSUED: Final = NamedNode(f"{DCTERMS}issued")
_EXAMPLE: Final = NamedNode(f"{SKOS}example")


@dataclass(frozen=True)
class Entry:
    """What one row says: a code with its label, the group it is in, and anything else."""

    code: str
    label: str
    group: tuple[str, str] | None = None
    """The code and label of the group."""
    more: tuple[tuple[NamedNode, Literal | NamedNode], ...] = ()
    group_above: tuple[str, str] | None = None
    """The group that the group is in."""
    held: bool = True
    """Whether it is one title that somebody can hold, where the list is one of titles."""


Meaning = Callable[[ReleaseFile, Row, Notes], Entry | None]


@dataclass(frozen=True)
class NationalList:
    """Reads one list."""

    name: str
    origin: Origin
    scheme: str
    language: str
    pattern: re.Pattern[str]
    required: tuple[str, ...]
    meaning: Meaning
    version: re.Pattern[str] | None = None
    """Where the file's name holds the version."""
    repeats: bool = False
    """Whether several rows may speak of one code, each adding to it."""
    optional: tuple[str, ...] = ()
    """The columns that a row may leave empty; where another one is empty, the row is left out."""
    titles: bool = False
    """Whether its rows are titles that somebody can hold, rather than professions or activities."""

    def detect_version(self, files: ReleaseFiles) -> str | None:
        file = self._file(files)
        file.check_header([name.strip() for name in file.header()], self.required)
        found = self.version.search(file.base) if self.version else None
        return found[1] if found else None

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        file = self._file(files)
        notes.found_languages.add(self.language)
        lines: dict[str, int] = {}
        groups: set[str] = set()
        yield from scheme_statements(self.scheme, self.origin.title, "en")
        keys = [column for column in self.required if column not in self.optional]
        for row in file.rows(self.required, keys=keys, warn=notes.warn):
            notes.counts["rows"] += 1
            entry = self.meaning(file, row, notes)
            if entry is None:
                continue
            yield from self._groups(entry, groups, notes)
            if entry.code in lines and not self.repeats:
                what = f"'{entry.code}' stands in line {lines[entry.code]} already; expected each code once"
                raise bad(file.name, what, row.line)
            if entry.code not in lines:
                lines[entry.code] = row.line
                notes.counts[self.scheme] += 1
                above = entry.group[0] if entry.group else None
                held = self.titles and entry.held
                yield from concept_statements(self.scheme, entry.code, entry.label, self.language, above, entry=held)
            for predicate, value in entry.more:
                yield concept(self.scheme, entry.code), predicate, value

    def _groups(self, entry: Entry, known: set[str], notes: Notes) -> Iterator[Statement]:
        for group, above in ((entry.group_above, None), (entry.group, entry.group_above)):
            if group is not None and group[0] not in known:
                known.add(group[0])
                notes.counts[f"{self.scheme} groups"] += 1
                yield from concept_statements(self.scheme, *group, self.language, above[0] if above else None)

    def _file(self, files: ReleaseFiles) -> ReleaseFile:
        return files.only(self.pattern, f"like {self.pattern.pattern}")


def _filled(row: Row, column: str) -> str:
    return row.cells[column].strip()


def _coded(file: ReleaseFile, row: Row, column: str, pattern: str) -> str:
    value = row.cells[column].strip()
    if not re.fullmatch(pattern, value):
        raise bad(file.name, f"'{value}' is no code of this list; expected {pattern}", row.line, column)
    return value


def _slug(text: str) -> str:
    """A code for what the list gives no code.

    >>> _slug("BOULANGER-PÂTISSIER")
    'boulanger-patissier'
    """
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe"))
    return re.sub(r"[^a-z0-9]+", "-", "".join(letter for letter in plain if not unicodedata.combining(letter))).strip(
        "-"
    )


def _vks(file: ReleaseFile, row: Row, notes: Notes) -> Entry:
    code = _coded(file, row, "nummer", r"BK-\d{4}")
    if row.cells["laatst_erkend"] != row.cells["bk"]:
        notes.warn("a newer version of the qualification was recognised", f"{file.name}, line {row.line}")
    level = _coded(file, row, "vks_niveau", "[1-8]?")
    version = NamedNode(f"{DCTERMS}hasVersion")
    said = ((_LEVEL, level), (STATUS, row.cells["status"].strip()), (version, row.cells["bk"].strip()))
    return Entry(code, _filled(row, "titel"), more=tuple((name, Literal(value)) for name, value in said if value))


def _crebo(file: ReleaseFile, row: Row, notes: Notes) -> Entry:
    code = row.cells["crebo"].strip()
    if "." in code:
        notes.warn("a code is written with a dot; read without it", f"{file.name}, line {row.line}")
        row.cells["crebo"] = code.replace(".", "")
    domain = re.fullmatch(r"(.+?)\s+(\d{5})", row.cells["opleidingsdomein"].strip())
    if domain is None:
        what = f"'{row.cells['opleidingsdomein']}' has no code; expected a name and five digits"
        raise bad(file.name, what, row.line, "opleidingsdomein")
    more: list[tuple[NamedNode, Literal | NamedNode]] = []
    if level := _coded(file, row, "niveau", "[1-4]?"):
        more.append((_LEVEL_TEXT, Literal(f"niveau {level}", language="nl")))
    if row.cells["beroepsvereisten"].strip():
        more.append((_NOTE, Literal(f"beroepsvereisten: {row.cells['beroepsvereisten'].strip()}", language="nl")))
    return Entry(
        _coded(file, row, "crebo", r"\d{5}"),
        _filled(row, "kwalificatie"),
        (_coded(file, row, "dossier_crebo", r"\d{5}"), _filled(row, "kwalificatiedossier")),
        tuple(more),
        (domain[2], re.sub(r"^\d+\.\s*", "", domain[1])),
    )


def _hwo(file: ReleaseFile, row: Row, notes: Notes) -> Entry | None:
    """Annex and number are the code; numbers that the act has emptied stay out."""
    craft, section = _filled(row, "craft_de"), row.cells["section"].strip()
    if craft == "entfällt":
        notes.warn("a number of the annex is empty ('entfällt'); left out", f"{file.name}, line {row.line}")
        return None
    part = re.search(r"Abschnitt (\d)", section)
    annex = _coded(file, row, "annex", "[A-Z]") + (part[1] if part else "")
    title = f"Anlage {row.cells['annex']}" + (f", {section}" if section else "")
    return Entry(f"{annex}-{_coded(file, row, 'number', r'[0-9]+[a-z]?')}", craft, (annex, title))


def _clq(file: ReleaseFile, row: Row, _notes: Notes) -> Entry:
    level = _coded(file, row, "clq_level", "[1-8]")
    return Entry(
        level,
        f"niveau {level}",
        more=((_EXAMPLE, Literal(_filled(row, "qualification_fr"), language="fr")),),
    )


def _crafts(file: ReleaseFile, row: Row, _notes: Notes) -> Entry:
    label, group = _filled(row, "activity_fr"), _filled(row, "group")
    part = _coded(file, row, "list", "[A-C]")
    number = re.match(r"GROUPE (\d+)", group)
    return Entry(
        f"{part.lower()}-{_slug(label)}",
        label,
        (f"{part.lower()}-{number[1] if number else _slug(group)}", group),
        group_above=(part.lower(), f"liste {part}"),
    )


def _health(file: ReleaseFile, row: Row, _notes: Notes) -> Entry:
    source = Literal(_filled(row, "legal_basis"))
    more = ((NamedNode(f"{DCTERMS}source"), source),)
    return Entry(_coded(file, row, "n", r"\d+"), _filled(row, "profession_fr"), more=more)


def _formations(file: ReleaseFile, row: Row, notes: Notes) -> Entry:
    label, certificate = _filled(row, "formation"), _filled(row, "certificate")
    words = certificate.split()
    if len(words) > 1 and len(set(words)) == 1:
        notes.warn("a certificate is written twice; read once", f"{file.name}, line {row.line}")
        certificate = words[0]
    more = ((_LEVEL_TEXT, Literal(certificate)), (_NOTE, Literal(row.cells["chambre_patronale"].strip())))
    return Entry(f"{_slug(certificate)}-{_slug(label)}", label, more=more if more[1][1].value else more[:1])


_OF_TRAINING: Final = re.compile(r".*Berufsausbildung zu(?:m|r) (?P<name>.+)")
_ALSO: Final = re.compile(r"(?:/| und )zur ")


def _ordinances(file: ReleaseFile, row: Row, notes: Notes) -> Entry:
    """The occupation is named as the ordinance bends it; an ordinance on several occupations or none is no title."""
    title = _filled(row, "title_de")
    found = _OF_TRAINING.fullmatch(title)
    if found is None:
        notes.warn("the ordinance names no single occupation; no title", f"{file.name}, line {row.line}")
    name = _ALSO.sub("/", found["name"]) if found else title
    more: list[tuple[NamedNode, Literal | NamedNode]] = [(ALTERNATIVE, Literal(title, language="de"))] if found else []
    if day := row.cells["date_enacted"].strip():
        more.append((_ISSUED, _day(file, row.line, day)))
    return Entry(_coded(file, row, "slug", "[a-z0-9_-]+"), name, more=tuple(more), held=found is not None)


def _day(file: ReleaseFile, line: int, text: str) -> Literal:
    try:
        return date_literal(text)
    except ValueError:
        raise bad(file.name, f"'{text}' is no day; expected one like 2026-08-31", line, "date_enacted") from None


_CC_BY: Final = "https://creativecommons.org/licenses/by/4.0/"
_LEGILUX: Final = "Legilux, derived from the acts"

LISTS: Final = (
    NationalList(
        "vks",
        Origin(
            "Flemish professional qualifications",
            "Beroepskwalificaties API",
            rights="The terms were not confirmed by the source.",
        ),
        "vks",
        "nl",
        re.compile(r"vks-.*\.csv"),
        ("bk", "nummer", "versie", "titel", "vks_niveau", "status", "laatst_erkend"),
        _vks,
        optional=("bk", "versie", "vks_niveau", "status", "laatst_erkend"),
        titles=True,
    ),
    NationalList(
        "crebo",
        Origin(
            "Qualifications in vocational education (crebo)",
            "BWBR0036352, derived",
            rights="Statutory text.",
        ),
        "crebo",
        "nl",
        re.compile(r".*crebo.*\.csv"),
        (
            "opleidingsdomein",
            "dossier_crebo",
            "kwalificatiedossier",
            "crebo",
            "kwalificatie",
            "niveau",
            "beroepsvereisten",
        ),
        _crebo,
        re.compile(r"crebo-(\d{4})"),
        optional=("niveau", "beroepsvereisten"),
        titles=True,
    ),
    NationalList(
        "ausbildungsordnungen",
        Origin(
            "German training ordinances",
            "Federal law, derived",
            rights="Statutory text.",
        ),
        "ausbildungsordnungen",
        "de",
        re.compile(r".*ausbildungsordnungen.*\.csv"),
        ("slug", "title_de", "date_enacted"),
        _ordinances,
        re.compile(r"ordnungen-(\d{4})"),
        optional=("date_enacted",),
        titles=True,
    ),
    NationalList(
        "hwo",
        Origin(
            "Crafts of the Handwerksordnung, annexes A and B",
            "Handwerksordnung, derived",
            rights="Statutory text.",
        ),
        "hwo",
        "de",
        re.compile(r".*hwo-crafts.*\.csv"),
        ("annex", "section", "number", "craft_de"),
        _hwo,
        optional=("section",),
        titles=True,
    ),
    NationalList(
        "clq",
        Origin("Levels of the Luxembourg qualifications framework", _LEGILUX, licence=_CC_BY),
        "clq",
        "fr",
        re.compile(r".*clq-levels.*\.csv"),
        ("clq_level", "qualification_fr"),
        _clq,
        repeats=True,
    ),
    NationalList(
        "lu-crafts",
        Origin("Craft activities, lists A, B and C", _LEGILUX, licence=_CC_BY),
        "lu-crafts",
        "fr",
        re.compile(r".*craft-activities.*\.csv"),
        ("list", "group", "activity_fr"),
        _crafts,
    ),
    NationalList(
        "lu-health-professions",
        Origin("Health professions of the act of 26 March 1992", _LEGILUX, licence=_CC_BY),
        "lu-health-professions",
        "fr",
        re.compile(r".*health-professions.*\.csv"),
        ("n", "profession_fr", "legal_basis"),
        _health,
    ),
    NationalList(
        "lu-formations",
        Origin("Trades and professions in vocational training", _LEGILUX, licence=_CC_BY),
        "lu-formations",
        "fr",
        re.compile(r".*vocational-formations.*\.csv"),
        ("formation", "certificate", "chambre_patronale"),
        _formations,
        re.compile(r"formations-(\d{4})"),
        optional=("chambre_patronale",),
        titles=True,
    ),
)
