"""ESCO's tables of concepts: what each is, once, and its texts in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph_api.inputs.importers.esco.model import (
    MODEL,
    OCCUPATIONS,
    REUSE_LEVELS,
    SKILL_TYPES,
    SKILLS,
    TEXT_COLUMNS,
    ConceptTable,
    Known,
    at,
    checked_uri,
    kind_statements,
    uri_in,
)
from graph_api.inputs.importers.files import ReleaseFile, Row, bad
from graph_api.inputs.importers.importer import (
    ALTERNATIVE,
    DEFINITION,
    DESCRIPTION,
    HIDDEN,
    MODIFIED,
    NOTATION,
    PREFERRED,
    SCOPE_NOTE,
    STATUS,
    Statement,
    texts,
)
from graph_api.rdf.namespaces import XSD
from graph_api.rdf.terms import ESCO

_DATETIME: Final = NamedNode(f"{XSD}dateTime")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_TEXTS: Final = (("description", DESCRIPTION), ("scopeNote", SCOPE_NOTE), ("definition", DEFINITION))


def concepts(table: ConceptTable, known: Known) -> Iterator[Statement]:
    """The tables of one kind: complete ones first, then those that hold labels only."""
    complete: list[tuple[str, ReleaseFile]] = []
    partial: list[tuple[str, ReleaseFile]] = []
    for language, file in known.by_language(table.pattern):
        (partial if labels_only(file, table, known) else complete).append((language, file))
    known.whole |= bool(complete)
    # English is the language that ESCO is written in: its table says what a concept is.
    for language, file in sorted(complete, key=lambda pair: (pair[0] != "en", pair[0])):
        yield from _complete_table(file, table, language, known)
    for language, file in partial:
        yield from _label_table(file, table, language, known, adds=not complete)


def labels_only(file: ReleaseFile, table: ConceptTable, known: Known) -> bool:
    """Whether the file holds nothing but labels. Raises BadRelease when a column of its layout is missing."""
    header = [name.strip() for name in file.header()]
    if header and set(map(camel, header)) <= TEXT_COLUMNS:
        file.check_header(list(map(camel, header)), ("conceptUri", "preferredLabel"))
        return True
    file.check_header(header, table.oldest)
    lacking = [name for name in table.added if name not in header]
    version = known.notes.version
    if version.startswith("1.0"):
        lacking = []  # its releases added them one by one
    if len(lacking) == len(table.added) and lacking:
        what = f"has the columns of version 1.0, not of {version}; expected also {', '.join(table.added)}"
        raise bad(file.name, what, 1)
    for name in lacking:
        known.notes.warn(f"the column '{name}' is missing; nothing of it is known", file.name)
    for name in header:
        if name not in table.oldest and name not in table.added:
            known.notes.warn(f"the column '{name}' is not known; left out", file.name)
    return False


def camel(name: str) -> str:
    """A column's name as ESCO writes it.

    >>> camel("preferred_label")
    'preferredLabel'
    """
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name.strip())


def _complete_table(file: ReleaseFile, table: ConceptTable, language: str, known: Known) -> Iterator[Statement]:
    seen: dict[str, int] = {}
    for row in file.rows(table.oldest):
        uri = _new_uri(file, row, seen)
        if row.cells["conceptType"] != table.kind:
            what = f"'{row.cells['conceptType']}' is no type for this table; expected {table.kind}"
            raise bad(file.name, what, row.line, "conceptType")
        if not known.add(uri, table.kind) and known.kinds[uri] != table.kind:
            what = f"{uri} is of type {known.kinds[uri]} in another table; expected one type each"
            raise bad(file.name, what, row.line)
        facts = tuple(row.cells.get(name, "") for name in table.facts)
        if uri not in known.facts:
            known.facts[uri] = facts
            yield from _facts(file, table, row, known)
        elif known.facts[uri] != facts:
            what = "types or codes contradict those in the file of another language"
            known.notes.warn(what, at(file, row))
        yield from concept_texts(file, row, language, known)


def _label_table(
    file: ReleaseFile, table: ConceptTable, language: str, known: Known, *, adds: bool
) -> Iterator[Statement]:
    """Labels without types. Where no complete table was given, they are all that is known of the concepts."""
    seen: dict[str, int] = {}
    for row in file.rows(("conceptUri", "preferredLabel"), rename=camel):
        uri = _new_uri(file, row, seen)
        if uri not in known.kinds and not adds:
            known.notes.warn("labels a concept that this release does not have; left out", at(file, row))
            continue
        if known.add(uri, table.kind):
            yield from kind_statements(known.node(uri), table.kind, table.schemes)
        yield from concept_texts(file, row, language, known)


def _new_uri(file: ReleaseFile, row: Row, seen: dict[str, int]) -> str:
    uri = uri_in(file, row, "conceptUri")
    if uri in seen:
        what = f"{uri} stands in line {seen[uri]} already; expected one row for each concept"
        raise bad(file.name, what, row.line, "conceptUri")
    seen[uri] = row.line
    return uri


def _facts(file: ReleaseFile, table: ConceptTable, row: Row, known: Known) -> Iterator[Statement]:
    """The language-free cells of a concept."""
    cells, uri = row.cells, row.cells["conceptUri"]
    node = known.node(uri)
    listed = filter(None, re.split(r"[\s,]+", cells.get("inScheme", "")))
    stated = [checked_uri(file, row, "inScheme", scheme) for scheme in listed]
    yield from kind_statements(node, table.kind, list(dict.fromkeys(stated)) or table.schemes)
    code = cells.get("code") or (uri.rpartition("/")[2] if "/isced-f/" in uri else "")
    if code:
        known.coded.add(uri)
        yield node, NOTATION, Literal(code)
    if cells.get("status"):
        yield node, STATUS, Literal(cells["status"])
    if cells.get("modifiedDate"):
        moment = cells["modifiedDate"]
        if not _MOMENT.fullmatch(moment):
            what = f"'{moment}' is no moment; expected one like 2022-08-25T12:53:49Z"
            raise bad(file.name, what, row.line, "modifiedDate")
        known.notes.modified = max(known.notes.modified or "", moment[:10])
        yield node, MODIFIED, Literal(moment, datatype=_DATETIME)
    if table is OCCUPATIONS:
        yield from _occupation_facts(file, node, row)
    if table is SKILLS:
        yield from _skill_facts(file, node, row, known)


def _occupation_facts(file: ReleaseFile, node: NamedNode, row: Row) -> Iterator[Statement]:
    group = row.cells["iscoGroup"]
    if not re.fullmatch(r"\d{4}", group):
        what = "expected 4 digits; a spreadsheet takes leading zeros away: use the publisher's file as it is"
        raise bad(file.name, f"'{group}' is no ISCO-08 code; {what}", row.line, "iscoGroup")
    yield node, NamedNode(f"{MODEL}memberOfISCOGroup"), NamedNode(f"{ESCO}isco/C{group}")
    if row.cells.get("regulatedProfessionNote"):
        note = NamedNode(uri_in(file, row, "regulatedProfessionNote"))
        yield node, NamedNode(f"{MODEL}regulatedProfessionNote"), note


def _skill_facts(file: ReleaseFile, node: NamedNode, row: Row, known: Known) -> Iterator[Statement]:
    kinds, level = row.cells["skillType"].split(), row.cells["reuseLevel"]
    for kind in kinds:
        if kind not in SKILL_TYPES:
            what = f"'{kind}' is no skill type; expected {' or '.join(SKILL_TYPES)}"
            raise bad(file.name, what, row.line, "skillType")
        yield node, NamedNode(f"{MODEL}skillType"), NamedNode(f"{ESCO}skill-type/{SKILL_TYPES[kind]}")
    if len(kinds) != 1:
        known.notes.warn(f"a skill has {len(kinds) or 'no'} type{'s' * (len(kinds) > 1)}", at(file, row))
    if not level:
        known.notes.warn("a skill has no reuse level", at(file, row))
    elif level not in REUSE_LEVELS:
        what = f"'{level}' is no reuse level; expected {' or '.join(REUSE_LEVELS)}"
        raise bad(file.name, what, row.line, "reuseLevel")
    else:
        yield node, NamedNode(f"{MODEL}skillReuseLevel"), NamedNode(f"{ESCO}skill-reuse-level/{level}")


def concept_texts(file: ReleaseFile, row: Row, language: str, known: Known) -> Iterator[Statement]:
    """Labels and descriptions in one language."""
    uri, cells = row.cells["conceptUri"], row.cells
    node, label = known.node(uri), cells["preferredLabel"].strip()
    if not label:
        known.notes.warn("a concept has no preferred label", at(file, row))
    elif known.first_label(uri, language):
        yield node, PREFERRED, Literal(label, language=language)
    alternatives = _labels(cells.get("altLabels", ""), label)
    hidden = _labels(cells.get("hiddenLabels", ""), label)
    yield from texts(node, ALTERNATIVE, alternatives, language)
    yield from texts(node, HIDDEN, [text for text in hidden if text not in alternatives], language)
    for column, predicate in _TEXTS:
        if cells.get(column):
            yield from texts(node, predicate, [cells[column]], language)


def _labels(cell: str, preferred: str) -> list[str]:
    """Labels stand on lines of their own, in collections between bars; SKOS allows a label one role only."""
    return [text for text in map(str.strip, re.split(r"[\n|]", cell)) if text and text != preferred]
