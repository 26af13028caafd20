"""ESCO: the classification's CSV downloads (1.0 to 1.2, any languages together) and its RDF.

Language-free columns are stated once, by the first file that names the concept; every further language adds
texts. Known flaws of the official files (dropped concepts, contradicting or empty types) are counted as
warnings and left out; a file that is damaged stops the import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from graph_api.errors import BadRelease
from graph_api.inputs.importers.esco import rdf as esco_rdf
from graph_api.inputs.importers.esco import relations
from graph_api.inputs.importers.esco.concepts import camel, concepts
from graph_api.inputs.importers.esco.model import OCCUPATIONS, TABLES, TEXT_COLUMNS, Known
from graph_api.inputs.importers.files import ReleaseFiles
from graph_api.inputs.importers.importer import Notes, Origin, Statement

_NAMED_VERSION: Final = re.compile(r"(?<![\d.])v?(1\.\d+(?:\.\d+)?)(?![\d.]|\w)")
_OCCUPATIONS_OF: Final = {3007: "1.1.1", 3008: "1.1.0", 3039: "1.2.0"}
"""How many occupations the official versions have: the only thing in the files that tells the version."""


class EscoImporter:
    """Reads ESCO's CSV tables and its RDF."""

    name: Final = "esco"
    origin: Final = Origin(
        title="ESCO, the European classification of Skills, Competences, Qualifications and Occupations",
        publisher="European Commission",
        licence="http://data.europa.eu/eli/dec/2011/833/oj",
        acknowledgement="This service uses the ESCO classification of the European Commission.",
    )

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """By the number of occupations, and by the publisher's folder and file names.

        Raises BadRelease when the two contradict each other.
        """
        named, counted = _named_versions(files), _counted_version(files)
        if len(named) != 1:
            return counted
        version = named.pop()
        if counted not in (None, version) and version in _OCCUPATIONS_OF.values():
            what = f"named {version}, but with as many occupations as {counted}"
            expected = "expected files of one version; say which with --version"
            raise BadRelease(f"{files.names()}: {what}; {expected}")
        return version

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        """Concepts and their texts, then hierarchies, collections and relations."""
        known = Known(files, notes)
        rdf = files.matching(esco_rdf.PATTERN)
        statements = self._statements(known, bool(rdf))
        yield from _each_once(statements) if rdf else statements
        if not known.kinds:
            what = "occupations_en.csv, skills_en.csv and their like, or Turtle"
            raise BadRelease(f"none of the given files holds ESCO concepts; expected {what}; found: {files.names()}")
        if not known.whole and not rdf:
            notes.partial = True
            notes.warn("labels only; served where no whole release of the source is kept", files.names())
        _note_the_rest(known)

    def _statements(self, known: Known, rdf: bool) -> Iterator[Statement]:
        if rdf:
            yield from esco_rdf.statements(known)
        for table in TABLES:
            yield from concepts(table, known)
        yield from relations.schemes(known)
        yield from relations.skill_levels(known)
        yield from relations.collections(known)
        yield from relations.hierarchy(known)
        yield from relations.relations(known)


def _named_versions(files: ReleaseFiles) -> set[str]:
    """The versions that folder and file names state, such as `v1.1.1` or `ESCO dataset - v1.2.0 - …`."""
    found = {match for file in files for match in _NAMED_VERSION.findall(file.place)}
    return {version if version.count(".") == 2 else f"{version}.0" for version in found}


def _counted_version(files: ReleaseFiles) -> str | None:
    """The version with as many occupations as the longest complete table of them."""
    counts = [0]
    for file in files.matching(OCCUPATIONS.pattern):
        if not set(map(camel, file.header())) <= TEXT_COLUMNS:
            counts.append(sum(1 for _ in file.cells()) - 1)
    return _OCCUPATIONS_OF.get(max(counts))


def _each_once(statements: Iterator[Statement]) -> Iterator[Statement]:
    """RDF and tables of the same concepts say much the same."""
    seen: set[int] = set()
    for statement in statements:
        key = hash(statement)
        if key not in seen:
            seen.add(key)
            yield statement


def _note_the_rest(known: Known) -> None:
    """How many concepts of each kind are labelled in each language, and which files were not read."""
    for language, uris in known.labelled.items():
        for uri in uris:
            kind = known.kinds[uri].replace("KnowledgeSkillCompetence", "Skill")
            known.notes.counts[f"{kind} labelled in {language}"] += 1
    for file in known.files:
        if file.name not in known.used:
            known.notes.warn("not part of an ESCO release; left out", file.name)
