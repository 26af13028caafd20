"""ESCO as RDF: the Commission's own Turtle or RDF/XML, and SKOS files that point to ESCO by exactMatch.

Labels come from plain SKOS. Of alternative labels that are things of their own (SKOS-XL) is kept whether they name a
man, a woman or anybody, where the release says it; the objects that repeat relations are left out. Descriptions, which
ESCO keeps in nodes of their own, become plain texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from graph_api.inputs.importers.bombs import check_entities
from graph_api.inputs.importers.esco.model import (
    ISCO_GROUPS,
    MODEL,
    OCCUPATIONS,
    RELATIONS,
    SKILL_GROUPS,
    SKILLS,
    ConceptTable,
    Known,
    kind_statements,
)
from graph_api.inputs.importers.files import ReleaseFile, bad
from graph_api.inputs.importers.importer import (
    ALTERNATIVE,
    BROADER,
    DEFINITION,
    DESCRIPTION,
    HIDDEN,
    IN_SCHEME,
    MODIFIED,
    NOTATION,
    PREFERRED,
    SCOPE_NOTE,
    STATUS,
    Statement,
)
from graph_api.rdf.namespaces import SKOS
from graph_api.rdf.terms import ESCO, RDF_TYPE, pas

PATTERN: Final = re.compile(r".+\.(?:ttl|rdf|nt)")
_FORMATS: Final = {"ttl": RdfFormat.TURTLE, "rdf": RdfFormat.RDF_XML, "nt": RdfFormat.N_TRIPLES}
_EXACT: Final = f"{SKOS}exactMatch"
_NODE_TEXT: Final = f"{MODEL}nodeLiteral"
_NODE_LANGUAGE: Final = f"{MODEL}language"
_MEMBER: Final = re.compile(rf"{ESCO}(?P<kind>occupation|skill|isco|isced-f)/[A-Za-z0-9._-]+")
_TABLES: Final = {
    "occupation": OCCUPATIONS,
    "skill": SKILLS,
    "isco": ISCO_GROUPS,
    "isced-f": SKILL_GROUPS,
}
_XL: Final = "http://www.w3.org/2008/05/skos-xl#"
_ALTERNATIVE_THING: Final = f"{_XL}altLabel"
_LABEL_TEXT: Final = f"{_XL}literalForm"
_LABEL_ROLE: Final = f"{MODEL}hasLabelRole"
_ROLE: Final = f"{ESCO}label-role/"
TERMS: Final = {
    "neutral": pas("neutralTerm"),
    "male": pas("maleTerm"),
    "female": pas("femaleTerm"),
    "standard-male": pas("standardMaleTerm"),
    "standard-female": pas("standardFemaleTerm"),
}
"""The roles of a label in ESCO, and the properties under which such labels are kept."""
_LABELS: Final = {label.value for label in (PREFERRED, ALTERNATIVE, HIDDEN)}
_TEXTS: Final = {text.value for text in (DESCRIPTION, SCOPE_NOTE, DEFINITION)}
_PLAIN: Final = {plain.value for plain in (NOTATION, STATUS, MODIFIED)}
_LINKS: Final = {
    BROADER.value,
    IN_SCHEME.value,
    *(end.value for ends in RELATIONS.values() for end in ends),
    *(MODEL + name for name in ("skillType", "skillReuseLevel", "memberOfISCOGroup", "regulatedProfessionNote")),
}


@dataclass
class Survey:
    """What a first reading finds in a file."""

    names: dict[str, str] = field(default_factory=dict)
    """Subjects, and the ESCO concepts that they are."""
    owners: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Text nodes, with the subjects whose text they are, and the property."""
    alternatives: dict[str, list[str]] = field(default_factory=dict)
    """Alternative labels that are things, with the subjects that they name."""
    skills: set[str] = field(default_factory=set)
    """Concepts that are called skills, not groups of them."""


def statements(known: Known) -> Iterator[Statement]:
    """What the RDF files say of ESCO's concepts. Each file is read twice: names first, then statements."""
    for file in known.files.matching(PATTERN):
        known.used.add(file.name)
        survey = _survey(file)
        for uri in sorted(set(survey.names.values())):
            table = _table(uri, survey)
            if known.add(uri, table.kind):
                yield from kind_statements(known.node(uri), table.kind, table.schemes)
        yield from _second_reading(file, survey, known)


def _triples(file: ReleaseFile) -> Iterator[tuple[str, str, NamedNode | Literal]]:
    """The statements without blank nodes. Raises BadRelease where the file is no RDF."""
    if file.base.endswith(".rdf"):
        with file.stream() as stream:
            check_entities(file.name, stream)
    with file.metered(readings=2) as stream:
        try:
            for triple in parse(stream, format=_FORMATS[file.base.rpartition(".")[2]]):
                subject, value = triple.subject, triple.object
                if isinstance(subject, NamedNode) and isinstance(value, NamedNode | Literal):
                    yield subject.value, triple.predicate.value, value
        except SyntaxError as error:
            what = f"is no RDF here ({error.msg}); expected the file as published"
            raise bad(file.name, what, error.lineno) from None


def _survey(file: ReleaseFile) -> Survey:
    survey = Survey()
    for subject, predicate, value in _triples(file):
        if predicate == RDF_TYPE.value and _MEMBER.fullmatch(subject):
            survey.names[subject] = subject
            if value.value == f"{MODEL}Skill":
                survey.skills.add(subject)
        elif predicate == _EXACT and _MEMBER.fullmatch(value.value):
            survey.names.setdefault(subject, value.value)
        elif predicate == _ALTERNATIVE_THING:
            survey.alternatives.setdefault(value.value, []).append(subject)
        elif predicate in _TEXTS and isinstance(value, NamedNode):
            survey.owners.setdefault(value.value, []).append((subject, predicate))
    if not survey.names:
        what = "holds no ESCO concept; expected ESCO's addresses as subjects, or in skos:exactMatch"
        raise bad(file.name, what)
    return survey


def _table(uri: str, survey: Survey) -> ConceptTable:
    """The table that the concept would stand in; a skill address that no class calls a skill is a group."""
    match = _MEMBER.fullmatch(uri)
    table = _TABLES[match["kind"]] if match else SKILLS
    return SKILL_GROUPS if table is SKILLS and uri in survey.names and uri not in survey.skills else table


def _second_reading(file: ReleaseFile, survey: Survey, known: Known) -> Iterator[Statement]:
    texts: dict[str, str] = {}
    languages: dict[str, str] = {}
    forms: dict[str, Literal] = {}
    roles: dict[str, set[str]] = {}
    for subject, predicate, value in _triples(file):
        if subject in survey.names:
            yield from _of_concept(subject, predicate, value, survey, known)
        elif subject in survey.alternatives and predicate == _LABEL_TEXT and isinstance(value, Literal):
            forms[subject] = value
        elif subject in survey.alternatives and predicate == _LABEL_ROLE:
            roles.setdefault(subject, set()).add(value.value.removeprefix(_ROLE))  # some files write it as a text
        elif subject in survey.owners and predicate in (_NODE_TEXT, _NODE_LANGUAGE):
            (texts if predicate == _NODE_TEXT else languages)[subject] = value.value
            if subject in texts and subject in languages:
                text = _literal(file, texts.pop(subject), languages.pop(subject))
                for owner, told in survey.owners[subject]:
                    yield from _text(survey.names.get(owner), told, text, known)
    for label, said in sorted(roles.items()):
        yield from _gendered(label, sorted(said & TERMS.keys()), forms.get(label), survey, known)


def _gendered(label: str, roles: list[str], form: Literal | None, survey: Survey, known: Known) -> Iterator[Statement]:
    """Whom an alternative label names, said of the concept."""
    if form is None:
        return
    for owner in survey.alternatives[label]:
        for role in roles:
            yield from _text(survey.names.get(owner), TERMS[role].value, form, known)


def _literal(file: ReleaseFile, text: str, language: str) -> Literal:
    try:
        return Literal(text.strip(), language=language)
    except ValueError:
        raise bad(file.name, f"'{language}' is no language; expected one like 'en'") from None


def _of_concept(
    subject: str, predicate: str, value: NamedNode | Literal, survey: Survey, known: Known
) -> Iterator[Statement]:
    uri = survey.names[subject]
    if isinstance(value, NamedNode):
        target = survey.names.get(value.value, value.value)
        if predicate in _LINKS and target.startswith(ESCO):
            if predicate == BROADER.value and target not in known.parents.setdefault(uri, []):
                known.parents[uri].append(target)
            yield known.node(uri), NamedNode(predicate), NamedNode(target)
    elif predicate in _PLAIN:
        if predicate == MODIFIED.value:
            known.notes.modified = max(known.notes.modified or "", value.value[:10])
        yield known.node(uri), NamedNode(predicate), value
    elif predicate in _LABELS | _TEXTS:
        # Files that only point to ESCO keep its descriptions as definitions.
        moved = subject != uri and predicate == DEFINITION.value
        yield from _text(uri, DESCRIPTION.value if moved else predicate, value, known)


def _text(uri: str | None, predicate: str, value: Literal, known: Known) -> Iterator[Statement]:
    """A text in a wanted language; a concept's preferred label only once in each."""
    language = value.language
    if uri is None or not language or not value.value or not known.notes.wants(language):
        return
    known.notes.found_languages.add(language)
    if predicate != PREFERRED.value or known.first_label(uri, language):
        yield known.node(uri), NamedNode(predicate), value
