"""What every importer promises, and what it notes while it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from graph_api.inputs.importers.files import ReleaseFiles
from graph_api.rdf.dates import typed_date
from graph_api.rdf.namespaces import DCTERMS, SKOS
from graph_api.rdf.terms import NAMESPACE, RDF_TYPE, pas

Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]

SCHEME: Final = f"{NAMESPACE}scheme/"

CONCEPT: Final = NamedNode(f"{SKOS}Concept")
CONCEPT_SCHEME: Final = NamedNode(f"{SKOS}ConceptScheme")
ENTRY: Final = pas("RegisterEntry")
"""What a row is that speaks of a title which somebody can hold."""
PREFERRED: Final = NamedNode(f"{SKOS}prefLabel")
ALTERNATIVE: Final = NamedNode(f"{SKOS}altLabel")
HIDDEN: Final = NamedNode(f"{SKOS}hiddenLabel")
NOTATION: Final = NamedNode(f"{SKOS}notation")
BROADER: Final = NamedNode(f"{SKOS}broader")
IN_SCHEME: Final = NamedNode(f"{SKOS}inScheme")
SCOPE_NOTE: Final = NamedNode(f"{SKOS}scopeNote")
DEFINITION: Final = NamedNode(f"{SKOS}definition")
DESCRIPTION: Final = NamedNode(f"{DCTERMS}description")
MODIFIED: Final = NamedNode(f"{DCTERMS}modified")
STATUS: Final = NamedNode("http://purl.org/iso25964/skos-thes#status")
MOST_FLAWS_LISTED: Final = 100_000


@dataclass(frozen=True)
class Origin:
    """Whose release it is and on what terms it may be used; None where the terms are not known."""

    title: str
    publisher: str
    licence: str | None = None
    """The IRI of the licence."""
    rights: str | None = None
    """What is known of the terms where no licence has an IRI."""
    acknowledgement: str | None = None
    """The sentence that whoever uses the data must show."""


@dataclass
class Warned:
    """A flaw that the import survived: how often it came, and where first."""

    count: int
    first: str


@dataclass
class Notes:
    """What an importer found while it read."""

    version: str
    languages: frozenset[str] | None = None
    """The languages that are wanted; None for all."""
    counts: Counter[str] = field(default_factory=Counter)
    warnings: dict[str, Warned] = field(default_factory=dict)
    flaws: list[tuple[str, str]] = field(default_factory=list)
    """Each flaw with its place, row by row, as far as anybody would read them."""
    found_languages: set[str] = field(default_factory=set)
    issued: str | None = None
    """The date that the release itself gives."""
    modified: str | None = None
    """The latest change to anything in it."""
    partial: bool = False
    """Whether it holds labels alone, so that it cannot stand for a whole release."""

    def warn(self, message: str, place: str, count: int = 1) -> None:
        """Note a flaw that does not stop the import."""
        if message in self.warnings:
            self.warnings[message].count += count
        else:
            self.warnings[message] = Warned(count, place)
        if len(self.flaws) < MOST_FLAWS_LISTED:
            self.flaws.append((place, message))

    def wants(self, language: str) -> bool:
        """Whether labels in the language are kept; who wants a language also gets its regional forms."""
        return self.languages is None or not self.languages.isdisjoint((language, language.partition("-")[0]))


class Importer(Protocol):
    """Reads the releases of one source."""

    @property
    def name(self) -> str:
        """What the source is called on the command line."""
        ...

    @property
    def origin(self) -> Origin: ...

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """The version that the files are of; None when nothing in them tells. Raises BadRelease."""
        ...

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        """What the files say, each statement once, in an order that depends on the files alone.

        Raises BadRelease.
        """
        ...


def scheme(name: str) -> NamedNode:
    """The scheme that the concepts of a national list belong to."""
    return NamedNode(SCHEME + name)


def concept(name: str, code: str) -> NamedNode:
    """The concept with this code in a scheme that has no IRIs of its own.

    >>> concept("kldb2010", "81301").value
    'https://w3id.org/passerelle/scheme/kldb2010/81301'
    """
    return NamedNode(f"{SCHEME}{name}/{quote(code, safe='-._~')}")


def scheme_statements(name: str, title: str, language: str) -> Iterator[Statement]:
    yield scheme(name), RDF_TYPE, CONCEPT_SCHEME
    yield scheme(name), PREFERRED, Literal(title, language=language)


def concept_statements(
    name: str, code: str, label: str, language: str, broader: str | None = None, *, entry: bool = False
) -> Iterator[Statement]:
    """A concept with its code, its label, its scheme and the code above it; an `entry` is a title to be held."""
    subject = concept(name, code)
    yield subject, RDF_TYPE, CONCEPT
    if entry:
        yield subject, RDF_TYPE, ENTRY
    yield subject, IN_SCHEME, scheme(name)
    yield subject, NOTATION, Literal(code)
    yield subject, PREFERRED, Literal(label, language=language)
    if broader is not None:
        yield subject, BROADER, concept(name, broader)


def texts(subject: NamedNode, predicate: NamedNode, values: Iterable[str], language: str) -> Iterator[Statement]:
    """The values that hold something, trimmed, each once."""
    for value in dict.fromkeys(value.strip() for value in values):
        if value:
            yield subject, predicate, Literal(value, language=language)


def date_literal(text: str) -> Literal:
    """A day as the publisher's 31/12/2026 or as 2026-12-31. Raises ValueError for anything else."""
    if text.count("/") == 2:
        text = "-".join(reversed(text.split("/")))
    return typed_date(date.fromisoformat(text).isoformat())
