"""`mappings/` -> RDF: one named graph per file, every statement with its row and source.

The tables are described by CSV on the Web schemas (https://www.w3.org/TR/tabular-metadata/), so a new column is
a line in a schema, not a line of Python. Crosswalks are SSSOM (https://w3id.org/sssom/).
"""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import csvw.metadata
import uritemplate
import yaml
from pyoxigraph import Literal, NamedNode, Quad

from graph_api.errors import BadTable, Finding
from graph_api.rdf.terms import GRAPH, PAS, RDF_TYPE, RDFS_LABEL, XSD, pas, thing, typed_date

DCTERMS: Final = "http://purl.org/dc/terms/"
SOURCE: Final = NamedNode(f"{DCTERMS}source")
DERIVED: Final = NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")
PAGE: Final = NamedNode("http://xmlns.com/foaf/0.1/page")
LICENCE: Final = NamedNode("https://creativecommons.org/licenses/by/4.0/")
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
SSSOM: Final = "https://w3id.org/sssom/"
_ADDRESS = re.compile(r"https?://[^\s;,()<>\"]+[^\s;,()<>\".:]")
_PLAIN_TYPES = {"string", "anyURI", "normalizedString", "token"}


@dataclass
class Row:
    """One line of a table: where it stands, what its cells hold (None = unknown) and how they are written."""

    file: str
    line: int
    cells: dict[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Reading:
    """What a folder of tables says, and everything that is wrong in it."""

    quads: list[Quad] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    """How many rows each file has."""
    keys: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """The values of each key column, by file and column."""
    references: list[tuple[Row, str, str, tuple[str, str]]] = field(default_factory=list)
    """Row, column, value and the file and key column that must hold it."""

    def wrong(self, file: str, message: str, line: int | None = None, column: str | None = None) -> None:
        self.findings.append(Finding(file, message, line, column))


def read_tables(folder: Path) -> Reading:
    """Read every table and crosswalk in the folder.

    Raises BadTable with all findings of all files at once.
    """
    reading = Reading()
    for table in _listed_tables(folder, reading):
        _read_table(folder, table, reading)
    for path in sorted((folder / "crosswalks").glob("*.sssom.tsv")):
        _read_crosswalk(folder, path, reading)
    _check_references(reading)
    if reading.findings:
        raise BadTable(sorted(reading.findings, key=lambda found: (found.file, found.line or 0)))
    return reading


@dataclass(frozen=True)
class Table:
    """A table as its metadata describe it."""

    url: str
    schema: csvw.metadata.Schema

    @property
    def graph(self) -> NamedNode:
        return NamedNode(f"{GRAPH}mappings/{self.url.removesuffix('.csv').replace('_', '-')}")

    @property
    def file(self) -> str:
        return f"mappings/{self.url}"


def _listed_tables(folder: Path, reading: Reading) -> Iterator[Table]:
    """The tables that `csv-metadata.json` names; a table that is missing, or that nothing names, is a finding.

    An entry names one table, or with `*` all tables of a folder: `qualifications/*.csv`.
    """
    group = json.loads((folder / "csv-metadata.json").read_text(encoding="utf-8"))
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*.csv")}
    listed: dict[str, str] = {}
    for entry in group["tables"]:
        found = sorted(fnmatch.filter(present, entry["url"]))
        if not found:
            what = f"lists {entry['url']}, but there is no such file; add it or unlist it"
            reading.wrong("mappings/csv-metadata.json", what)
        listed |= dict.fromkeys(found, entry["tableSchema"])
    for url in sorted(present - set(listed)):
        reading.wrong(f"mappings/{url}", "csv-metadata.json does not list this table; add it with its tableSchema")
    schemas: dict[str, csvw.metadata.Schema] = {}
    for url in sorted(listed):
        name = listed[url]
        if name not in schemas:
            described = json.loads((folder / name).read_text(encoding="utf-8"))
            schemas[name] = csvw.metadata.Schema.fromvalue(described)
        yield Table(url, schemas[name])


def _read_table(folder: Path, table: Table, reading: Reading) -> None:
    seen: dict[tuple[str, ...], int] = {}
    count = 0
    _describe_file(table.graph, table.file, reading)
    for row in _rows(folder, table, reading):
        count += 1
        _check_key(table, row, seen, reading)
        _note_references(table, row, reading)
        reading.quads.extend(_statements(table, row, reading))
    reading.rows[table.file] = count


def _describe_file(graph: NamedNode, file: str, reading: Reading) -> None:
    prov = NamedNode("http://www.w3.org/ns/prov#Entity")
    reading.quads += [
        Quad(graph, RDF_TYPE, pas("TableFile"), graph),
        Quad(graph, RDF_TYPE, prov, graph),
        Quad(graph, RDFS_LABEL, Literal(file), graph),
        Quad(graph, NamedNode(f"{DCTERMS}license"), LICENCE, graph),
    ]


def _rows(folder: Path, table: Table, reading: Reading) -> Iterator[Row]:
    """The readable rows; each unreadable cell becomes a finding."""
    columns = {column.name: column for column in table.schema.columns if not column.virtual}
    try:
        text = (folder / table.url).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        reading.wrong(table.file, f"is not UTF-8 at byte {error.start}; save it as UTF-8")
        return
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader, [])
        if not _header_fits(table, header, list(columns), reading):
            return
        start = reader.line_num + 1
        for values in reader:
            row = _row(table, start, header, values, columns, reading)
            start = reader.line_num + 1
            if row is not None:
                yield row
    except csv.Error as error:
        reading.wrong(table.file, f"is no well-formed CSV here ({error}); close the quotation mark", reader.line_num)


def _header_fits(table: Table, header: list[str], expected: list[str], reading: Reading) -> bool:
    for name in expected:
        if name not in header:
            reading.wrong(table.file, f"the column '{name}' is missing; its schema names: {', '.join(expected)}", 1)
    for name in header:
        if name not in expected:
            reading.wrong(
                table.file, f"the column '{name}' is not in its schema; write one of: {', '.join(expected)}", 1
            )
    if len(set(header)) != len(header):
        reading.wrong(table.file, "a column stands there twice; keep one", 1)
    return sorted(header) == sorted(expected)


def _row(
    table: Table, line: int, header: list[str], values: list[str], columns: Mapping[str, Any], reading: Reading
) -> Row | None:
    if len(values) != len(header):
        what = f"has {len(values)} cells, the header has {len(header)}; put cells that hold a comma in quotation marks"
        reading.wrong(table.file, what, line)
        return None
    cells: dict[str, Any] = {}
    good = True
    for name, text in zip(header, values, strict=True):
        if text != text.strip() and not columns[name].common_props.get(f"{PAS}verbatim"):
            reading.wrong(table.file, f"'{text}' begins or ends with a blank; remove it", line, name)
            good = False
        try:
            cells[name] = columns[name].read(text)
        except ValueError:
            reading.wrong(table.file, _cell_message(columns[name], text), line, name)
            good = False
    return Row(table.file, line, cells, dict(zip(header, values, strict=True))) if good else None


def _cell_message(column: Any, text: str) -> str:
    hint = column.common_props.get(f"{PAS}hint")
    if not text:
        return f"is empty; {hint or 'write a value, it is required'}"
    if hint:
        return f"'{text}' cannot be read; {hint}"
    datatype = column.inherit("datatype")
    shape = f" of the form {datatype.format}" if datatype and datatype.format else ""
    return f"'{text}' cannot be read; write a {datatype.base if datatype else 'text'}{shape}"


def _check_key(table: Table, row: Row, seen: dict[tuple[str, ...], int], reading: Reading) -> None:
    names = table.schema.primaryKey or []
    if not names:
        return
    key = tuple(str(row.cells[name]) for name in names)
    if key in seen:
        what = f"'{' / '.join(key)}' stands in line {seen[key]} already; every row needs its own"
        reading.wrong(table.file, what, row.line, ", ".join(names))
    seen.setdefault(key, row.line)


def _note_references(table: Table, row: Row, reading: Reading) -> None:
    for name in table.schema.primaryKey or []:
        reading.keys.setdefault((table.url, name), set()).add(str(row.cells[name]))
    for foreign in table.schema.foreignKeys or []:
        (name,), (target,) = foreign.columnReference, foreign.reference.columnReference
        aim = (str(foreign.reference.resource), target)
        reading.references += [(row, name, str(value), aim) for value in _values(row.cells[name])]


def _check_references(reading: Reading) -> None:
    """Every cell that names a row of another table must name one that is there."""
    for row, name, value, (url, target) in reading.references:
        if value not in reading.keys.get((url, target), ()):
            what = f"'{value}' is not in {url}; write one of its '{target}' or add it there"
            reading.wrong(row.file, what, row.line, name)


def _values(cell: Any) -> Iterable[Any]:
    if cell is None:
        return []
    return [value for value in cell if value is not None] if isinstance(cell, list) else [cell]


def _statements(table: Table, row: Row, reading: Reading) -> Iterator[Quad]:
    """What a row says, and where it says it."""
    graph = table.graph
    subjects: dict[str, NamedNode] = {}
    for column in table.schema.columns:
        subject = _subject(column, row)
        if subject is None or column.suppressOutput or not _applies(column, row):
            continue
        predicate = column.inherit("propertyUrl")
        if predicate is None:
            continue
        for term in _objects(column, row, reading):
            subjects[subject.value] = subject
            if predicate.uri == SOURCE.value:
                yield from _source(term.value, graph)
                yield Quad(subject, SOURCE, source_of(term.value), graph)
            else:
                yield Quad(subject, NamedNode(predicate.uri), term, graph)
    yield from _provenance(subjects.values(), row, graph)


def _subject(column: Any, row: Row) -> NamedNode | None:
    template = column.inherit("aboutUrl")
    expanded = _expand(template.uri, row.cells) if template else None
    return NamedNode(expanded) if expanded else None


def _applies(column: Any, row: Row) -> bool:
    condition = column.common_props.get(f"{PAS}when")
    if condition is None:
        return True
    name, _, value = condition.partition("=")
    return value in {str(item) for item in _values(row.cells[name])}


def _objects(column: Any, row: Row, reading: Reading) -> Iterator[NamedNode | Literal]:
    template = column.inherit("valueUrl")
    if column.virtual:
        yield from _named(_expand(template.uri, row.cells) if template else None, column, row, reading)
        return
    for value, text in zip(_values(row.cells[column.name]), _texts(column, row), strict=True):
        if template:
            yield from _named(_expand(template.uri, {**row.cells, column.name: value}), column, row, reading)
        else:
            literal = _literal(column, row, text, reading)
            if literal is not None:
                yield literal


def _named(iri: str | None, column: Any, row: Row, reading: Reading) -> Iterator[NamedNode]:
    if iri is None:
        return
    try:
        yield NamedNode(iri)
    except ValueError:
        reading.wrong(row.file, f"'{iri}' is no IRI; write an absolute address", row.line, column.name)


def _texts(column: Any, row: Row) -> list[str]:
    """The values of a cell as they are written, so that a literal is what a reader of the table sees."""
    text = row.texts[column.name]
    separator = column.inherit("separator")
    return [part for part in (text.split(separator) if separator else [text]) if part]


def _literal(column: Any, row: Row, text: str, reading: Reading) -> Literal | None:
    if column.common_props.get(f"{PAS}dateLike"):
        try:
            return typed_date(text)
        except ValueError as error:
            reading.wrong(row.file, str(error), row.line, column.name)
            return None
    language_column = column.common_props.get(f"{PAS}languageColumn")
    language = row.cells[language_column] if language_column else column.lang
    datatype = column.inherit("datatype")
    base = datatype.base if datatype else "string"
    if base in _PLAIN_TYPES:
        return Literal(text, language=language) if language and language != "und" else Literal(text)
    return Literal(text, datatype=NamedNode(XSD + base))


def _expand(template: str, cells: Mapping[str, Any]) -> str | None:
    """The template with the cells in it, of a list its first value; None when a cell that it names is unknown."""
    names = uritemplate.variables(template)
    if any(not list(_values(cells.get(name))) for name in names):
        return None
    firsts = {name: next(iter(_values(cells[name]))) for name in names}
    return uritemplate.expand(template, {name: _text(value) for name, value in firsts.items()})


def _text(value: Any) -> str:
    """A cell as it is written; csvw reads addresses as objects of their own."""
    return str(value.unsplit()) if hasattr(value, "unsplit") else str(value)


def _source(text: str, graph: NamedNode) -> Iterator[Quad]:
    source = source_of(text)
    yield Quad(source, RDF_TYPE, pas("Source"), graph)
    yield Quad(source, RDFS_LABEL, Literal(text), graph)
    for address in _ADDRESS.findall(text):
        yield Quad(source, PAGE, NamedNode(address), graph)


def source_of(text: str) -> NamedNode:
    """The thing that stands for a source text; the same text is the same source everywhere."""
    return thing("source", hashlib.sha256(text.encode()).hexdigest()[:12])


def _provenance(subjects: Iterable[NamedNode], row: Row, graph: NamedNode) -> Iterator[Quad]:
    place = NamedNode(f"{graph.value}#row={row.line}")
    yield Quad(place, RDF_TYPE, pas("TableRow"), graph)
    yield Quad(place, pas("ofFile"), graph, graph)
    yield Quad(place, pas("line"), Literal(row.line), graph)
    for subject in subjects:
        yield Quad(subject, DERIVED, place, graph)


def _read_crosswalk(folder: Path, path: Path, reading: Reading) -> None:
    """An SSSOM table: each mapping a thing with its reason; what is not a refusal is also stated plainly."""
    file = f"mappings/{path.relative_to(folder).as_posix()}"
    name = path.name.removesuffix(".sssom.tsv").replace("_", "-")
    graph = NamedNode(f"{GRAPH}mappings/crosswalks/{name}")
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    prefixes: dict[str, str] = (yaml.safe_load("\n".join(head)) or {}).get("curie_map", {})
    _describe_file(graph, file, reading)
    table = csv.DictReader(lines[len(head) :], delimiter="\t")
    count = 0
    for line, cells in enumerate(table, len(head) + 2):
        count += 1
        try:
            reading.quads.extend(_mapping(name, graph, line, cells, prefixes))
        except ValueError as error:
            reading.wrong(file, str(error), line)
    reading.rows[file] = count


def _mapping(
    name: str, graph: NamedNode, line: int, cells: Mapping[str, str], prefixes: Mapping[str, str]
) -> Iterator[Quad]:
    ends = [_curie(cells[slot], slot, prefixes) for slot in ("subject_id", "predicate_id", "object_id")]
    refused = cells.get("predicate_modifier") == "Not"
    key = "|".join([*(end.value for end in ends), str(refused)])
    mapping = thing("mapping", f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:10]}")
    yield Quad(mapping, RDF_TYPE, NamedNode(f"{SSSOM}Mapping"), graph)
    owl = "http://www.w3.org/2002/07/owl#annotated"
    for slot, end in zip(("Source", "Property", "Target"), ends, strict=True):
        yield Quad(mapping, NamedNode(owl + slot), end, graph)
    for slot, text in cells.items():
        if text and slot not in ("subject_id", "predicate_id", "object_id"):
            yield Quad(mapping, NamedNode(SSSOM + slot), _slot_value(slot, text, prefixes), graph)
    if cells.get("object_label"):
        yield Quad(ends[2], RDFS_LABEL, Literal(cells["object_label"]), graph)
    if not refused:
        yield Quad(ends[0], ends[1], ends[2], graph)
    yield from _provenance([mapping], Row(name, line, {}), graph)


def _slot_value(slot: str, text: str, prefixes: Mapping[str, str]) -> NamedNode | Literal:
    if slot == "confidence":
        return Literal(text, datatype=NamedNode(f"{XSD}decimal"))
    if slot in ("mapping_justification", "reviewer_id", "author_id"):
        return _curie(text, slot, prefixes)
    return Literal(text)


def _curie(text: str, slot: str, prefixes: Mapping[str, str]) -> NamedNode:
    known = {"skos": SKOS, "semapv": "https://w3id.org/semapv/vocab/", "orcid": "https://orcid.org/", **prefixes}
    prefix, colon, rest = text.partition(":")
    if not colon or prefix not in known:
        raise ValueError(
            f"{slot} '{text}' has no known prefix; declare it in curie_map or write one of {sorted(known)}"
        )
    return NamedNode(known[prefix] + rest)
