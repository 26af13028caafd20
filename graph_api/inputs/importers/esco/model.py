"""ESCO's own model: addresses, classes, properties and tables; and what an import knows of its concepts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import NamedNode

from graph_api.inputs.importers.files import ReleaseFile, ReleaseFiles, Row, bad
from graph_api.inputs.importers.importer import CONCEPT, IN_SCHEME, Notes, Statement
from graph_api.rdf.terms import ESCO, RDF_TYPE

MODEL: Final = f"{ESCO}model#"
SCHEMES: Final = f"{ESCO}concept-scheme/"
RELATIONS: Final = {
    "essential": (NamedNode(f"{MODEL}relatedEssentialSkill"), NamedNode(f"{MODEL}isEssentialSkillFor")),
    "optional": (NamedNode(f"{MODEL}relatedOptionalSkill"), NamedNode(f"{MODEL}isOptionalSkillFor")),
}
"""What a relation's type means from its first end to its second, and back."""
SKILL_TYPES: Final = {"skill/competence": "skill", "knowledge": "knowledge"}
REUSE_LEVELS: Final = ("transversal", "cross-sector", "sector-specific", "occupation-specific")
TEXT_COLUMNS: Final = frozenset(("conceptUri", "preferredLabel", "altLabels", "hiddenLabels", "description"))
LANGUAGE: Final = r"(?:_(?P<language>[a-z]{2}(?:-[a-z]{2})?)(?:_[a-z]+)*)?\.csv"
"""How the names of tables end: a language, and perhaps a remark."""
_URI: Final = re.compile(r"http://data\.europa\.eu/esco/[a-z-]+/[A-Za-z0-9][A-Za-z0-9._-]*")
_CLASSES: Final = {
    "Occupation": NamedNode(f"{MODEL}Occupation"),
    "KnowledgeSkillCompetence": NamedNode(f"{MODEL}Skill"),
}


@dataclass(frozen=True)
class ConceptTable:
    """A table of concepts: its name, the type its rows state, and its columns in the two layouts."""

    stem: str
    kind: str
    oldest: tuple[str, ...]
    """The columns of version 1.0."""
    added: tuple[str, ...]
    """The columns that later versions have besides."""
    schemes: tuple[str, ...]
    """The concept schemes of its rows where the layout does not say."""
    facts: tuple[str, ...]
    """The columns that must say the same in every language."""

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.stem + LANGUAGE)


_COMMON: Final = ("conceptType", "conceptUri", "preferredLabel", "altLabels", "description")
_LATER: Final = ("hiddenLabels", "status", "modifiedDate", "scopeNote", "inScheme")
OCCUPATIONS: Final = ConceptTable(
    "occupations",
    "Occupation",
    oldest=(*_COMMON, "iscoGroup"),
    added=(*_LATER, "regulatedProfessionNote", "definition", "code"),
    schemes=("occupations", "member-occupations"),
    facts=("iscoGroup", "status", "code", "regulatedProfessionNote"),
)
SKILLS: Final = ConceptTable(
    "skills",
    "KnowledgeSkillCompetence",
    oldest=(*_COMMON, "skillType", "reuseLevel"),
    added=(*_LATER, "definition"),
    schemes=("skills", "member-skills"),
    facts=("skillType", "reuseLevel", "status"),
)
ISCO_GROUPS: Final = ConceptTable(
    "ISCOGroups",
    "ISCOGroup",
    oldest=(*_COMMON, "code"),
    added=("status", "inScheme"),
    schemes=("isco", "occupations"),
    facts=("code", "status"),
)
SKILL_GROUPS: Final = ConceptTable(
    "skillGroups",
    "SkillGroup",
    oldest=_COMMON,
    added=(*_LATER, "code"),
    schemes=("skills",),
    facts=("code", "status"),
)
TABLES: Final = (ISCO_GROUPS, OCCUPATIONS, SKILL_GROUPS, SKILLS)


@dataclass
class Known:
    """The files of a release, what was noted, and its concepts as far as they were read."""

    files: ReleaseFiles
    notes: Notes
    whole: bool = False
    """Whether some table says more of its concepts than their labels."""
    used: set[str] = field(default_factory=set)
    """The names of the files that were read."""
    kinds: dict[str, str] = field(default_factory=dict)
    facts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The language-free cells of each concept, as first stated."""
    labelled: dict[str, set[str]] = field(default_factory=dict)
    """By language, the concepts that have a preferred label."""
    parents: dict[str, list[str]] = field(default_factory=dict)
    coded: set[str] = field(default_factory=set)
    _nodes: dict[str, NamedNode] = field(default_factory=dict)

    def node(self, uri: str) -> NamedNode:
        if uri not in self._nodes:
            self._nodes[uri] = NamedNode(uri)
        return self._nodes[uri]

    def add(self, uri: str, kind: str) -> bool:
        """Note that there is this concept; False when it was known already."""
        if uri in self.kinds:
            return False
        self.kinds[uri] = kind
        self.notes.counts["Skill" if kind == SKILLS.kind else kind] += 1
        return True

    def first_label(self, uri: str, language: str) -> bool:
        """Whether this is the first preferred label of the concept in the language; notes that it has one."""
        labelled = self.labelled.setdefault(language, set())
        if uri in labelled:
            return False
        labelled.add(uri)
        return True

    def by_language(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, ReleaseFile]]:
        """The tables of that name in the languages that are wanted. Raises BadRelease for one given twice."""
        seen: dict[str, str] = {}
        for file in self.files.matching(pattern):
            self.used.add(file.name)
            language = _language(file, pattern)
            stem = file.base.partition("_")[0]
            if not self.notes.wants(language):
                continue
            if f"{stem} {language}" in seen:
                what = f"holds {stem} in '{language}' like {seen[f'{stem} {language}']}; give one of them"
                raise bad(file.name, what)
            seen[f"{stem} {language}"] = file.name
            self.notes.found_languages.add(language)
            yield language, file

    def language_free(self, pattern: re.Pattern[str]) -> list[ReleaseFile]:
        """The one table of that name. It has no language, though the download of every language holds a copy.

        Raises BadRelease when the very same table is given twice.
        """
        found = self.files.matching(pattern)
        self.used.update(file.name for file in found)
        if len(found) > 1 and found[0].base == found[1].base:
            raise bad(found[1].name, f"is the same table as {found[0].name}; give one of them")
        return found[:1]


def _language(file: ReleaseFile, pattern: re.Pattern[str]) -> str:
    match = pattern.fullmatch(file.base)
    language = match["language"] if match else None
    if language is None:
        expected = file.base.removesuffix(".csv") + "_en.csv"
        raise bad(file.name, f"does not say its language; expected a name like {expected}")
    return str(language)


def at(file: ReleaseFile, row: Row) -> str:
    """The place of a row, for warnings."""
    return f"{file.name}, line {row.line}"


def uri_in(file: ReleaseFile, row: Row, column: str) -> str:
    """The ESCO address in a cell. Raises BadRelease when there is none."""
    return checked_uri(file, row, column, row.cells[column])


def checked_uri(file: ReleaseFile, row: Row, column: str, uri: str) -> str:
    """The address itself. Raises BadRelease when it is none of ESCO's."""
    if not _URI.fullmatch(uri):
        what = f"'{uri[:80]}' is no ESCO address; expected one like {ESCO}skill/…"
        raise bad(file.name, what, row.line, column)
    return uri


def kind_statements(node: NamedNode, kind: str, schemes: Sequence[str]) -> Iterator[Statement]:
    """What a concept is, and the schemes that it is in: their addresses or the last part of these."""
    yield node, RDF_TYPE, CONCEPT
    if kind in _CLASSES:
        yield node, RDF_TYPE, _CLASSES[kind]
    for scheme in schemes:
        yield node, IN_SCHEME, NamedNode(scheme if scheme.startswith("http") else SCHEMES + scheme)
