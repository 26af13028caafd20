"""Tables that match one classification with another -> SSSOM mappings, and plain SKOS statements.

ESCO's portal publishes the tables of the employment services in one form: some lines of metadata, then a row
of columns. What differs is written down below, table by table. How the matches were made, no table says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph_api.inputs.importers.files import ReleaseFile, ReleaseFiles, Row, bad
from graph_api.inputs.importers.importer import (
    BROADER,
    CONCEPT,
    IN_SCHEME,
    NOTATION,
    PREFERRED,
    Notes,
    Origin,
    Statement,
    concept,
    scheme,
)
from graph_api.rdf.namespaces import SKOS, SSSOM
from graph_api.rdf.terms import ESCO, RDF_TYPE, thing

_ANNOTATED: Final = "http://www.w3.org/2002/07/owl#annotated"
_UNSPECIFIED: Final = NamedNode("https://w3id.org/semapv/vocab/UnspecifiedMatching")
_CHAINED: Final = NamedNode("https://w3id.org/semapv/vocab/MappingChaining")
_MATCHES: Final = {
    f"{prefix}{name}": NamedNode(SKOS + name)
    for prefix in ("", "skos:")
    for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
} | {"exactISCO": NamedNode(f"{SKOS}exactMatch")}
_RELATED: Final = NamedNode(f"{SKOS}relatedMatch")
_BROAD: Final = NamedNode(f"{SKOS}broadMatch")
_ESCO_URI: Final = re.compile(rf"{ESCO}(?:occupation|skill|isco)/[A-Za-z0-9-]+")


@dataclass(frozen=True)
class TargetCode:
    """The other end of a match: its scheme and code, its labels by language, and the code above it."""

    scheme: str
    code: str
    labels: tuple[tuple[str, str], ...] = ()
    above: tuple[str, str] | None = None


Columns = Mapping[str, str]


@dataclass
class Mappings:
    """Builds the mappings of one table, each pair once."""

    table: str
    notes: Notes
    about: dict[str, str] = field(default_factory=dict)
    """SSSOM slots that every mapping of the table has."""
    _seen: set[str] = field(default_factory=set)
    _described: set[str] = field(default_factory=set)

    def mapping(
        self,
        subject: NamedNode,
        predicate: NamedNode,
        target: NamedNode,
        justification: NamedNode = _UNSPECIFIED,
        slots: Mapping[str, str] | None = None,
    ) -> Iterator[Statement]:
        """A mapping as a thing of its own, and the plain statement; nothing when it was there already."""
        key = "|".join((subject.value, predicate.value, target.value, "False"))
        if key in self._seen:
            self.notes.warn("a match stands there twice; taken once", self.table)
            return
        self._seen.add(key)
        self.notes.counts["mappings"] += 1
        self.notes.counts[predicate.value.removeprefix(SKOS)] += 1
        node = thing("mapping", f"{self.table}-{hashlib.sha256(key.encode()).hexdigest()[:10]}")
        yield node, RDF_TYPE, NamedNode(f"{SSSOM}Mapping")
        yield node, NamedNode(f"{_ANNOTATED}Source"), subject
        yield node, NamedNode(f"{_ANNOTATED}Property"), predicate
        yield node, NamedNode(f"{_ANNOTATED}Target"), target
        yield node, NamedNode(f"{SSSOM}mapping_justification"), justification
        for slot, text in {**self.about, **(slots or {})}.items():
            if text:
                yield node, NamedNode(SSSOM + slot), Literal(text)
        yield subject, predicate, target

    def target(self, target: TargetCode) -> Iterator[Statement]:
        """The concept at the other end, described once."""
        node = concept(target.scheme, target.code)
        if node.value in self._described:
            return
        self._described.add(node.value)
        self.notes.counts[target.scheme] += 1
        yield node, RDF_TYPE, CONCEPT
        yield node, IN_SCHEME, scheme(target.scheme)
        yield node, NOTATION, Literal(target.code)
        for text, language in target.labels:
            if text.strip():
                self.notes.found_languages.add(language)
                yield node, PREFERRED, Literal(text.strip(), language=language)
        if target.above:
            yield node, BROADER, concept(*target.above)


@dataclass(frozen=True)
class PortalTable:
    """Reads one of the tables that ESCO's portal publishes."""

    name: str
    origin: Origin
    pattern: re.Pattern[str]
    """The names that the file goes by."""
    columns: Columns
    """What we call a column -> what the table calls it, in lower case: esco, relation, code and others."""
    target: Callable[[ReleaseFile, Row], TargetCode]
    esco_is_target: bool = False
    finish: Callable[[ReleaseFiles, list[tuple[str, str, str]], Mappings], Iterator[Statement]] | None = None
    """What can be concluded from all rows, together with other files."""
    mend: Callable[[str], str] | None = None

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """From the table's own metadata: the version of the mapping, else of the national classification."""
        about, _ = self._open(self._file(files))
        for field_name in ("mapping project version", "classification 2 version"):
            text = about.get(field_name, "").strip().lstrip("Vv")
            if text:
                return text
        return None

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        file = self._file(files)
        about, rows = self._open(file)
        mappings = Mappings(self.name, notes, _slots(about))
        pairs: list[tuple[str, str, str]] = []
        for row in rows:
            if not any(value.strip() for value in row.cells.values()):
                continue
            uri, relation = row.cells["esco"].strip(), row.cells["relation"].strip()
            if not uri and not relation:
                notes.warn("a national concept has no match; left out", f"{file.name}, line {row.line}")
                continue
            if empty := next((name for name in ("esco", "relation", "code") if not row.cells[name].strip()), None):
                what = f"'{self.columns[empty]}' is empty; the row was left out"
                notes.warn(what, f"{file.name}, line {row.line}")
                continue
            esco, predicate = _esco(file, row, uri), _predicate(file, row, relation)
            target = self.target(file, row)
            node = concept(target.scheme, target.code)
            notes.counts["rows"] += 1
            yield from mappings.target(target)
            ends = (node, esco) if self.esco_is_target else (esco, node)
            yield from mappings.mapping(
                ends[0], predicate, ends[1], slots={"comment": row.cells.get("note", "").strip()}
            )
            if self.finish:
                pairs.append((uri, predicate.value, target.code))
        if self.finish:
            yield from self.finish(files, pairs, mappings)

    def _file(self, files: ReleaseFiles) -> ReleaseFile:
        return files.only(self.pattern, f"like {self.pattern.pattern}")

    def _open(self, file: ReleaseFile) -> tuple[dict[str, str], Iterator[Row]]:
        """The metadata above the table, and its rows under our own column names."""
        about: dict[str, str] = {}
        cells = file.cells(delimiter=",", mend=self.mend)
        for line, values in cells:
            header = [value.strip().lower() for value in values]
            if self.columns["relation"] in header:
                file.check_header(header, list(self.columns.values()), line)
                return about, self._rows(file, cells, header)
            if len(values) > 1 and values[0].strip():
                about.setdefault(header[0], values[1])
        what = f"has no row with the column '{self.columns['relation']}'"
        raise bad(file.name, f"{what}; expected the mapping table as ESCO's portal publishes it")

    def _rows(self, file: ReleaseFile, cells: Iterator[tuple[int, list[str]]], header: list[str]) -> Iterator[Row]:
        places = {ours: header.index(theirs) for ours, theirs in self.columns.items()}
        for line, values in cells:
            file.check_width(values, header, line)
            yield Row(line, {ours: values[place] for ours, place in places.items()})


def _slots(about: Mapping[str, str]) -> dict[str, str]:
    """The table's metadata as SSSOM slots; its first classification is the subject."""
    slots = {
        "author_label": about.get("mapping project author", ""),
        "mapping_source": about.get("mapping project name", ""),
    }
    for end, number in (("subject", 1), ("object", 2)):
        slots[f"{end}_source_version"] = about.get(f"classification {number} version", "")
    return {slot: text.strip() for slot, text in slots.items() if text.strip() not in ("", "default-author")}


def _esco(file: ReleaseFile, row: Row, uri: str) -> NamedNode:
    if not _ESCO_URI.fullmatch(uri):
        what = f"'{uri[:80]}' is no ESCO address; expected one like {ESCO}occupation/…"
        raise bad(file.name, what, row.line)
    return NamedNode(uri)


def _predicate(file: ReleaseFile, row: Row, relation: str) -> NamedNode:
    if relation not in _MATCHES:
        what = f"'{relation}' is no SKOS mapping; expected one of {', '.join(_MATCHES)}"
        raise bad(file.name, what, row.line)
    return _MATCHES[relation]


def _code(file: ReleaseFile, row: Row, pattern: str) -> str:
    code = row.cells["code"].strip()
    if not re.fullmatch(pattern, code):
        raise bad(file.name, f"'{code}' is no code of this classification; expected {pattern}", row.line)
    return code


def _rome_target(file: ReleaseFile, row: Row) -> TargetCode:
    return TargetCode("ogr", _code(file, row, r"\d+"), ((row.cells["label"], "fr"),))


def _kldb_target(file: ReleaseFile, row: Row) -> TargetCode:
    """`B 81302-101` is a job of the occupation 81302; `BE 3324` an ISCO group under its German title."""
    label = ((row.cells["label"], "de"),)
    code = _code(file, row, r"B \d{5}-\d{3}|[A-Z]+ [\d-]+")
    if code.startswith("B "):
        return TargetCode("kldb2010", code[2:], label, above=("kldb2010", code[2:7]))
    return TargetCode("dkz", code.replace(" ", "-"), label)


def _skills_target(file: ReleaseFile, row: Row) -> TargetCode:
    return TargetCode(
        "kompetenzsystematik",
        _code(file, row, r"[A-Z]+ [\d-]+").replace(" ", "-"),
        ((row.cells["label"], "de"),),
    )


def _simple_target(name: str, pattern: str, *labels: tuple[str, str]) -> Callable[[ReleaseFile, Row], TargetCode]:
    def target(file: ReleaseFile, row: Row) -> TargetCode:
        texts = tuple((row.cells[column], language) for column, language in labels)
        return TargetCode(name, _code(file, row, pattern), texts)

    return target


def _rome_codes(files: ReleaseFiles, pairs: list[tuple[str, str, str]], mappings: Mappings) -> Iterator[Statement]:
    """Through the table of job titles, what each ESCO occupation has to do with the sheet of the title.

    A title is narrower than its sheet: what equals the title, or is narrower than it, is narrower than the
    sheet too. Of the other matches no more is certain than that they are related.
    """
    lookup = files.matching(re.compile(r"ogr_rome_mapping\.csv"))
    if not lookup:
        mappings.notes.warn(
            "ogr_rome_mapping.csv was not given: titles are matched, ROME codes are not", mappings.table
        )
        return
    codes = {row.cells["ogr_id"]: row.cells["rome_id"] for row in lookup[0].rows(("ogr_id", "rome_id"), delimiter="|")}
    best: dict[tuple[str, str], NamedNode] = {}
    for uri, predicate, title in pairs:
        if title not in codes:
            mappings.notes.warn("a job title is not in ogr_rome_mapping.csv; not matched with a ROME code", title)
            continue
        certain = predicate.endswith(("exactMatch", "broadMatch"))
        if certain or (uri, codes[title]) not in best:
            best[uri, codes[title]] = _BROAD if certain else _RELATED
    for title in dict.fromkeys(title for _, _, title in pairs if title in codes):
        yield concept("ogr", title), BROADER, concept("rome", codes[title])
    for (uri, code), match in best.items():
        yield from mappings.mapping(NamedNode(uri), match, concept("rome", code), _CHAINED)


def _mend_quotes(line: str) -> str:
    """Two lines close a field with two quotation marks where one belongs."""
    return re.sub(r'(?<=[^",])""(?=,skos:)', '"', line)


_STANDARD: Final = {
    "esco": "classification 1 uri",
    "label": "classification 2 preflabel",
    "code": "classification 2 id",
    "relation": "mapping relation",
}
_UNVERIFIED: Final = "The author's terms were not verified."


def _origin(title: str, publisher: str) -> Origin:
    return Origin(title, publisher, rights=_UNVERIFIED)


_PORTAL_TABLES: Final = (
    PortalTable(
        "esco-rome",
        _origin("ESCO to ROME", "Pôle emploi"),
        re.compile(r"FR_.*mapping.*\.csv"),
        {
            "esco": "classification 1 id",
            "label": "classification 2 prefered label",
            "code": "classification 2 id",
            "relation": "mapping relation",
        },
        _rome_target,
        finish=_rome_codes,
    ),
    PortalTable(
        "esco-kldb",
        _origin("ESCO to KldB 2010", "Bundesagentur für Arbeit"),
        re.compile(r"DE_mapping.*\.csv"),
        {**_STANDARD, "note": "editorial note"},
        _kldb_target,
    ),
    PortalTable(
        "esco-kompetenzsystematik",
        _origin("ESCO skills to Kompetenzsystematik", "Bundesagentur für Arbeit"),
        re.compile(r"DE_Mapping_ESCO_Kompetenzen.*\.csv"),
        _STANDARD,
        _skills_target,
        mend=_mend_quotes,
    ),
    PortalTable(
        "esco-noc",
        _origin("ESCO to Dutch NOC", "ESCO portal"),
        re.compile(r"NL_mapping.*\.csv"),
        _STANDARD,
        _simple_target("dutch-noc", r"\d+", ("label", "nl")),
    ),
    PortalTable(
        "esco-ams",
        _origin("ESCO to AMS Berufssystematik", "Employment Service of Austria"),
        re.compile(r"AT_mapping.*\.csv"),
        _STANDARD,
        _simple_target("ams", r"[0-9A-Z]+", ("label", "de")),
    ),
    PortalTable(
        "esco-competent",
        _origin("ESCO occupations to Competent", "Nalantis nv"),
        re.compile(r"BLM_mapping.*\.csv"),
        {
            "esco": "classification 1 url",
            "label_nl": "classification 2 preflabel nl",
            "label_fr": "classification 2 preflabel fr",
            "code": "classification 2 id",
            "relation": "mapping relation",
            "note": "editorial note",
        },
        _simple_target("competent", r"[A-Z]+-\d+", ("label_nl", "nl"), ("label_fr", "fr")),
    ),
    PortalTable(
        "esco-competent-skills",
        _origin("ESCO skills to Competent", "Nalantis nv"),
        re.compile(r"escocompetencemapping.*\.csv"),
        {
            "esco": "classification 1 url",
            "label_nl": "classification 2 preflabel nl",
            "label_fr": "classification 2 preflabel fr",
            "code": "classification 2 id",
            "relation": "mapping relation",
            "note": "editorial note",
        },
        _simple_target("competent", r"[A-Z]+-\d+", ("label_nl", "nl"), ("label_fr", "fr")),
    ),
    PortalTable(
        "esco-onet",
        _origin("O*NET to ESCO", "ESCO Secretariat and U.S. Department of Labor"),
        re.compile(r".*esco_onet\.csv|.*onet.*esco.*\.csv"),
        {
            "esco": "esco or isco uri",
            "label": "o*net title",
            "code": "o*net id",
            "relation": "type of match",
        },
        _simple_target("onet-soc", r"\d\d-\d{4}\.\d\d", ("label", "en")),
        esco_is_target=True,
    ),
)


@dataclass(frozen=True)
class PairTable:
    """Reads a plain table of pairs of codes."""

    name: str
    origin: Origin
    pattern: re.Pattern[str]
    required: tuple[str, ...]
    ends: Callable[[ReleaseFile, Row, Notes], tuple[NamedNode, NamedNode, NamedNode, list[TargetCode]] | None]
    """Subject, predicate, object and the concepts to describe; None where a row says nothing."""

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """These tables bear no version."""
        self._file(files).check_header(self._file(files).header(), self.required)
        return None

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        file = self._file(files)
        mappings = Mappings(self.name, notes, {"mapping_source": self.origin.title})
        keys = [column for column in self.required if "label" not in column and "title" not in column]
        for row in file.rows(self.required, keys=keys, warn=notes.warn):
            notes.counts["rows"] += 1
            found = self.ends(file, row, notes)
            if found is not None:
                subject, predicate, target, described = found
                for concept_of in described:
                    yield from mappings.target(concept_of)
                yield from mappings.mapping(subject, predicate, target)

    def _file(self, files: ReleaseFiles) -> ReleaseFile:
        return files.only(self.pattern, f"like {self.pattern.pattern}")


def _isco(file: ReleaseFile, row: Row, column: str) -> NamedNode:
    code = row.cells[column].strip()
    if not re.fullmatch(r"\d{4}", code):
        raise bad(file.name, f"'{code}' is no ISCO-08 code; expected 4 digits", row.line, column)
    return NamedNode(f"{ESCO}isco/C{code}")


def _brc_ends(file: ReleaseFile, row: Row, _notes: Notes) -> tuple[NamedNode, NamedNode, NamedNode, list[TargetCode]]:
    """Each unit group is put into one of the fewer groups."""
    group, cells = row.cells["brc_group"], row.cells
    above = TargetCode("brc2014", cells["brc_class"])
    target = TargetCode("brc2014", group, ((cells["brc_group_label"], "nl"),), above=("brc2014", above.code))
    return _isco(file, row, "isco08_unit"), _BROAD, concept("brc2014", group), [above, target]


def _auxco_ends(
    file: ReleaseFile, row: Row, notes: Notes
) -> tuple[NamedNode, NamedNode, NamedNode, list[TargetCode]] | None:
    """Codes that stand together in AuxCO's categories; no official key."""
    code = row.cells["kldb2010"].strip()
    if code.startswith("-"):
        notes.warn("a special code of AuxCO, outside both classifications; left out", f"{file.name}, line {row.line}")
        return None
    if not re.fullmatch(r"\d{5}", code):
        raise bad(file.name, f"'{code}' is no KldB code; expected 5 digits", row.line, "kldb2010")
    return concept("kldb2010", code), _RELATED, _isco(file, row, "isco08"), []


_PAIR_TABLES: Final = (
    PairTable(
        "isco-brc",
        Origin(
            "ISCO-08 unit groups to BRC 2014",
            "Statistics Netherlands",
            licence="https://creativecommons.org/licenses/by/4.0/",
        ),
        re.compile(r"isco08-brc2014.*\.csv"),
        ("isco08_unit", "isco08_unit_label", "brc_group", "brc_group_label", "brc_class"),
        _brc_ends,
    ),
    PairTable(
        "kldb-isco",
        _origin(
            "KldB 2010 and ISCO-08 codes together in the German Auxiliary Classification of Occupations",
            "AuxCO",
        ),
        re.compile(r"kldb2010-isco08.*\.csv"),
        ("kldb2010", "isco08", "kldb_title_de", "isco_title_en"),
        _auxco_ends,
    ),
)

CROSSWALKS: Final = (*_PORTAL_TABLES, *_PAIR_TABLES)
