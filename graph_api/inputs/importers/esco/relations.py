"""What ties ESCO's concepts together: schemes, hierarchies, collections, and the skills needed for what."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph_api.inputs.importers.esco.concepts import concept_texts
from graph_api.inputs.importers.esco.model import (
    LANGUAGE,
    RELATIONS,
    SKILL_GROUPS,
    Known,
    at,
    kind_statements,
    uri_in,
)
from graph_api.inputs.importers.files import ReleaseFile, Row, bad
from graph_api.inputs.importers.importer import BROADER, CONCEPT_SCHEME, NOTATION, PREFERRED, Statement, texts
from graph_api.rdf.namespaces import SKOS
from graph_api.rdf.terms import RDF_TYPE, thing

BROADER_TRANSITIVE: Final = NamedNode(f"{SKOS}broaderTransitive")
_MEMBER: Final = NamedNode(f"{SKOS}member")
_COLLECTION: Final = re.compile(r"(?P<name>[a-zA-Z]+)Collection" + LANGUAGE)
_LEVELS: Final = range(4)


def schemes(known: Known) -> Iterator[Statement]:
    """The concept schemes and their names."""
    stated: set[str] = set()
    for language, file in known.by_language(re.compile("conceptSchemes" + LANGUAGE)):
        for row in file.rows(("conceptType", "conceptSchemeUri", "preferredLabel")):
            uri = uri_in(file, row, "conceptSchemeUri")
            if uri not in stated:
                stated.add(uri)
                known.notes.counts["ConceptScheme"] += 1
                yield NamedNode(uri), RDF_TYPE, CONCEPT_SCHEME
            yield from texts(NamedNode(uri), PREFERRED, [row.cells["preferredLabel"]], language)


def skill_levels(known: Known) -> Iterator[Statement]:
    """The levels of the skill pillar: codes, and the few groups that are not in the table of groups."""
    columns = tuple(f"Level {level} {what}" for level in _LEVELS for what in ("URI", "preferred term"))
    for language, file in known.by_language(re.compile("skillsHierarchy" + LANGUAGE)):
        for row in file.rows(columns, ragged=True):
            yield from _skill_level(file, row, language, known)


def _skill_level(file: ReleaseFile, row: Row, language: str, known: Known) -> Iterator[Statement]:
    """The row's group is the one of its deepest level."""
    filled = [level for level in _LEVELS if row.cells.get(f"Level {level} URI")]
    if not filled:
        raise bad(file.name, "the row names no group; expected a URI in one of the level columns", row.line)
    level = f"Level {filled[-1]}"
    uri = uri_in(file, row, f"{level} URI")
    if uri not in known.kinds:
        known.notes.warn("a skill group stands in the hierarchy only; taken from there", at(file, row))
        known.notes.counts["SkillGroup of the hierarchy only"] += 1
        known.kinds[uri] = SKILL_GROUPS.kind
        yield from kind_statements(known.node(uri), SKILL_GROUPS.kind, ("skills", "skills-hierarchy"))
    code = row.cells.get(f"{level} code", "")
    if code and uri not in known.coded:
        known.coded.add(uri)
        yield known.node(uri), NOTATION, Literal(code)
    label = row.cells.get(f"{level} preferred term", "").strip()
    if label and known.first_label(uri, language):
        yield known.node(uri), PREFERRED, Literal(label, language=language)


def collections(known: Known) -> Iterator[Statement]:
    """Thematic collections; their texts serve where the language's own table of concepts was not given."""
    members: dict[NamedNode, set[str]] = {}
    for language, file in known.by_language(_COLLECTION):
        name = collection_name(file.base)
        collection = thing("esco-collection", name)
        if collection not in members:
            members[collection] = set()
            yield collection, RDF_TYPE, NamedNode(f"{SKOS}Collection")
            yield collection, PREFERRED, Literal(f"ESCO collection: {name.replace('-', ' ')}", language="en")
        for row in file.rows(("conceptType", "conceptUri", "preferredLabel")):
            uri = uri_in(file, row, "conceptUri")
            if uri not in known.kinds:
                what = "a collection names a concept that this release does not have; left out"
                known.notes.warn(what, at(file, row))
                continue
            if uri not in members[collection]:
                members[collection].add(uri)
                known.notes.counts[f"collection {name}"] += 1
                yield collection, _MEMBER, known.node(uri)
            if uri not in known.labelled.get(language, ()):
                yield from concept_texts(file, row, language, known)


def collection_name(base: str) -> str:
    """The slug of a collection from its table's name.

    >>> collection_name("researchOccupationsCollection_en.csv")
    'research-occupations'
    >>> collection_name("digCompSkillsCollection_nl.csv")
    'digcomp'
    """
    stem = base.partition("Collection")[0].removesuffix("Skills")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", stem).lower().replace("dig-comp", "digcomp")


def hierarchy(known: Known) -> Iterator[Statement]:
    """Both pillars' hierarchies, and who stands above whom at any distance."""
    for stem in ("broaderRelationsOccPillar", "broaderRelationsSkillPillar"):
        for file in known.language_free(re.compile(stem + LANGUAGE)):
            for uri, parent in _broader_pairs(file, stem, known):
                known.notes.counts["broader"] += 1
                yield known.node(uri), BROADER, known.node(parent)
    for uri in known.parents:
        for ancestor in ancestors(uri, known.parents):
            if ancestor == uri:
                known.notes.warn("a concept stands above itself", uri)
                continue
            known.notes.counts["broaderTransitive"] += 1
            yield known.node(uri), BROADER_TRANSITIVE, known.node(ancestor)


def _broader_pairs(file: ReleaseFile, stem: str, known: Known) -> Iterator[tuple[str, str]]:
    missing = rows = 0
    for row in file.rows(("conceptType", "conceptUri", "broaderType", "broaderUri")):
        rows += 1
        uri, parent = uri_in(file, row, "conceptUri"), uri_in(file, row, "broaderUri")
        if uri not in known.kinds or parent not in known.kinds:
            missing += 1
            known.notes.warn(_missing(stem), at(file, row))
        elif parent in known.parents.setdefault(uri, []):
            known.notes.warn("a relation stands there twice; taken once", at(file, row))
        else:
            known.parents[uri].append(parent)
            yield uri, parent
    _enough(file, missing, rows)


def ancestors(uri: str, parents: Mapping[str, Sequence[str]]) -> list[str]:
    """Everything above a concept, nearest first; a cycle is walked once."""
    found: dict[str, None] = {}
    waiting = deque(parents.get(uri, ()))
    while waiting:
        parent = waiting.popleft()
        if parent not in found:
            found[parent] = None
            waiting.extend(parents.get(parent, ()))
    return list(found)


@dataclass(frozen=True)
class RelationTable:
    """A table that says which skill is essential or optional for what."""

    stem: str
    ends: tuple[str, str]
    types: tuple[tuple[str, str], ...]
    """The columns with the skills, and those that repeat the skills' types."""


_TABLES: Final = (
    RelationTable("occupationSkillRelations", ("occupationUri", "skillUri"), (("skillUri", "skillType"),)),
    RelationTable(
        "skillSkillRelations",
        ("originalSkillUri", "relatedSkillUri"),
        (("originalSkillUri", "originalSkillType"), ("relatedSkillUri", "relatedSkillType")),
    ),
)


def relations(known: Known) -> Iterator[Statement]:
    """Essential and optional skills of occupations and of skills, in both directions."""
    for table in _TABLES:
        for file in known.language_free(re.compile(table.stem + LANGUAGE)):
            yield from _relation_table(file, table, known)


def _relation_table(file: ReleaseFile, table: RelationTable, known: Known) -> Iterator[Statement]:
    seen: set[tuple[str, str, str]] = set()
    missing = rows = 0
    required = (*table.ends, "relationType", *(column for _, column in table.types))
    for row in file.rows(required):
        rows += 1
        start, end = uri_in(file, row, table.ends[0]), uri_in(file, row, table.ends[1])
        relation = row.cells["relationType"]
        if relation not in RELATIONS:
            what = f"'{relation}' is no relation; expected {' or '.join(RELATIONS)}"
            raise bad(file.name, what, row.line, "relationType")
        if start not in known.kinds or end not in known.kinds:
            missing += 1
            known.notes.warn(_missing(table.stem), at(file, row))
            continue
        if (start, relation, end) in seen:
            known.notes.warn("a relation stands there twice; taken once", at(file, row))
            continue
        seen.add((start, relation, end))
        _compare_types(file, row, table, known)
        known.notes.counts[f"{table.stem} {relation}"] += 1
        there, back = RELATIONS[relation]
        yield known.node(start), there, known.node(end)
        yield known.node(end), back, known.node(start)
    _enough(file, missing, rows)


def _compare_types(file: ReleaseFile, row: Row, table: RelationTable, known: Known) -> None:
    """The official tables repeat the skills' types wrongly; they are compared, and not read."""
    for skill, column in table.types:
        stated, fact = row.cells[column], known.facts.get(row.cells[skill], ("",))[0]
        if stated and fact and fact != stated:
            what = f"the skill types in {table.stem} contradict those of the skills; not read"
            known.notes.warn(what, at(file, row))
            return


def _missing(stem: str) -> str:
    return f"{stem} names a concept that this release does not have; left out"


def _enough(file: ReleaseFile, missing: int, rows: int) -> None:
    """A few dropped concepts are a known flaw; mostly unknown ones mean that a file was not given."""
    if missing * 2 > rows:
        what = f"{missing} of {rows} rows name concepts that no given file lists"
        raise bad(file.name, f"{what}; expected the tables of concepts of the same version beside it")
