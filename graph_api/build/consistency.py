"""Whether the whole graph can be true at once: OWL 2 consistency by HermiT, told in a curator's words.

Only what can contradict anything is handed to HermiT: the axioms, and those facts whose class or property
some axiom speaks about. Labels, notes, sources and links to other schemes are annotations or properties that
no axiom constrains; leaving them out changes no verdict and keeps a large graph workable.

HermiT says *that* facts contradict each other, never which. So once it has said so, the facts are searched
for the usual culprits: a thing in two classes that exclude each other, two values where one is allowed, text
where a number belongs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse, serialize

from graph_api.errors import GraphError
from graph_api.rdf.namespaces import OWL, RDF, RDFS, XSD
from graph_api.rdf.terms import NAMESPACE, RDF_TYPE, RDFS_LABEL, local_name

_FIRST: Final = f"{RDF}first"
_REST: Final = f"{RDF}rest"
_TYPE: Final = RDF_TYPE.value


def _names(namespace: str, names: str) -> frozenset[str]:
    return frozenset(namespace + name for name in names.split())


_RDFS_AXIOMS: Final = _names(RDFS, "subClassOf subPropertyOf domain range")
_OWL_NOTES: Final = _names(
    OWL, "versionInfo versionIRI imports deprecated annotatedSource annotatedProperty annotatedTarget"
)
_DECLARATIONS: Final = _names(OWL, "Class ObjectProperty DatatypeProperty AnnotationProperty NamedIndividual Ontology")
# Standing above others constrains nothing: a class or property named only there can be left out.
_ABOVE: Final = _names(RDFS, "subClassOf subPropertyOf")
_INTEGERS: Final = _names(XSD, "integer int long short nonNegativeInteger positiveInteger")
_ALLOWED: Final = {
    f"{XSD}integer": _INTEGERS,
    f"{XSD}decimal": _INTEGERS | {f"{XSD}decimal"},
    f"{XSD}boolean": _names(XSD, "boolean"),
}

_HERMIT: Final = "org.semanticweb.HermiT.cli.CommandLine"
_MEMORY: Final = "-Xmx2g"
_SECONDS: Final = 300
_MOST_CULPRITS: Final = 20


@dataclass(frozen=True)
class Statement:
    """A triple with the plain text of its ends."""

    subject: str
    predicate: str
    object: str
    triple: Triple

    @property
    def literal(self) -> Literal | None:
        return self.triple.object if isinstance(self.triple.object, Literal) else None

    @property
    def is_axiom(self) -> bool:
        """Whether it speaks about classes and properties, rather than about things."""
        if self.predicate == _TYPE:
            return self.object.startswith(OWL)
        if self.predicate.startswith(OWL):
            return self.predicate not in _OWL_NOTES
        return self.predicate in _RDFS_AXIOMS or self.predicate in (_FIRST, _REST)


@dataclass
class Axioms:
    """What a file says about classes and properties, as far as choosing and explaining facts needs it."""

    statements: list[Statement] = field(default_factory=list)
    spoken_of: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    exclusive: set[frozenset[str]] = field(default_factory=set)
    _links: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, said: Statement) -> None:
        self.statements.append(said)
        if said.literal is not None:
            return
        self._links[said.predicate, said.subject].add(said.object)
        if said.predicate == _TYPE:
            if said.object not in _DECLARATIONS:
                self.spoken_of.add(said.subject)
            return
        self.spoken_of.add(said.subject)
        if said.predicate not in _ABOVE:
            self.spoken_of.add(said.object)

    def of(self, predicate: str, name: str) -> set[str]:
        return self._links.get((predicate, name), set())

    def is_a(self, name: str, kind: str) -> bool:
        return OWL + kind in self.of(_TYPE, name)

    def label(self, iri: str) -> str:
        return self.labels.get(iri) or local_name(iri)

    def members(self, start: str) -> Iterator[str]:
        """The members of an RDF list."""
        while firsts := self.of(_FIRST, start):
            yield from firsts
            start = next(iter(self.of(_REST, start)), "")

    def misused(self, said: Statement) -> bool:
        """Whether text stands where a thing belongs, or a thing where text belongs."""
        kind = "DatatypeProperty" if said.literal is None else "ObjectProperty"
        return self.is_a(said.predicate, kind)

    def can_contradict(self, fact: Statement) -> bool:
        if fact.predicate == _TYPE:
            return fact.object in self.spoken_of
        return (
            fact.predicate in self.spoken_of
            and not self.misused(fact)
            and not self.is_a(fact.predicate, "AnnotationProperty")
        )


def contradictions(ntriples_path: Path) -> list[str]:
    """What cannot be true in an N-Triples file of vocabulary and facts; empty when everything can.

    Raises GraphError when HermiT cannot be run.
    """
    axioms = read_axioms(ntriples_path)
    misuses = list(_misuses(axioms, ntriples_path))
    with tempfile.TemporaryDirectory(prefix="passerelle-hermit-") as folder:
        only_axioms, chosen = Path(folder) / "axioms.nt", Path(folder) / "chosen.nt"
        _write(axioms.statements, only_axioms)
        _write([*axioms.statements, *facts(axioms, ntriples_path)], chosen)
        empty = [_empty(axioms, iri) for iri in _unsatisfiable(only_axioms)]
        consistent = _consistent(chosen)
    return misuses + empty + ([] if consistent else _contradictions(axioms, ntriples_path))


# Reading: the axioms, and the facts that they speak about


def read_axioms(path: Path) -> Axioms:
    """The axioms of a file, with the names of the classes and properties that they constrain."""
    axioms = Axioms()
    for said in _statements(path):
        if said.is_axiom:
            axioms.add(said)
        elif said.predicate == RDFS_LABEL.value and said.literal and said.literal.language == "en":
            axioms.labels[said.subject] = said.object
    for said in axioms.statements:
        if said.predicate == f"{OWL}disjointWith":
            axioms.exclusive.add(frozenset((said.subject, said.object)))
        elif said.predicate == f"{OWL}members" and axioms.is_a(said.subject, "AllDisjointClasses"):
            axioms.exclusive |= {frozenset(pair) for pair in combinations(axioms.members(said.object), 2)}
    return axioms


def facts(axioms: Axioms, path: Path) -> Iterator[Statement]:
    """The facts of a file whose class or property some axiom constrains."""
    return (said for said in _statements(path) if not said.is_axiom and axioms.can_contradict(said))


def _statements(path: Path) -> Iterator[Statement]:
    for quad in parse(path=path, format=RdfFormat.N_TRIPLES):
        subject, value = quad.subject, quad.object
        if isinstance(subject, NamedNode | BlankNode) and isinstance(value, NamedNode | BlankNode | Literal):
            yield Statement(subject.value, quad.predicate.value, value.value, quad.triple)


def _write(statements: Iterable[Statement], path: Path) -> None:
    with path.open("wb") as file:
        serialize((said.triple for said in statements), file, format=RdfFormat.N_TRIPLES)


# Running HermiT


def _unsatisfiable(axioms: Path) -> list[str]:
    """The classes that can have no member."""
    answer = _hermit("--unsatisfiable", "--no-prefixes", axioms.as_uri())
    return sorted(set(re.findall(r"^\s+(https?://\S+)$", answer, re.MULTILINE)) - {f"{OWL}Nothing"})


def _consistent(chosen: Path) -> bool:
    """Whether axioms and facts can be true together.

    owlready2's own call also sorts every thing and property into place, which takes minutes on a hundred
    thousand facts where this question takes seconds; so its HermiT is asked directly.
    """
    return " is satisfiable" in _hermit("--consistency", chosen.as_uri())


def _hermit(*arguments: str) -> str:
    command = [_java(), _MEMORY, "-cp", _classpath(), _HERMIT, "--ignoreUnsupportedDatatypes", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise GraphError(
            f"HermiT found no verdict in {_SECONDS} seconds; take back the last change to "
            "ontology/vocabulary.ttl, or look there for a definition that multiplies cases"
        ) from None
    answer = done.stdout + done.stderr
    if "Exception" in answer and "InconsistentOntologyException" not in answer:
        raise GraphError(f"HermiT could not read the graph: {answer.strip()[-2000:]}")
    return answer


def _java() -> str:
    java = shutil.which("java")
    if java is None:
        raise GraphError(
            "HermiT needs Java, and no 'java' is on the PATH; install a Java 17 runtime, for example with "
            "`apt-get install openjdk-17-jre-headless`"
        )
    return java


def _classpath() -> str:
    """Where owlready2 keeps its HermiT."""
    package = find_spec("owlready2")
    if package is None or package.origin is None:
        raise GraphError("HermiT comes with owlready2; install it with `pip install owlready2`")
    folder = Path(package.origin).parent / "hermit"
    return os.pathsep.join([str(folder), str(folder / "HermiT.jar")])


# Telling


def _empty(axioms: Axioms, iri: str) -> str:
    return (
        f"nothing can be a '{axioms.label(iri)}' ({iri}), by what ontology/vocabulary.ttl says of it; "
        "look at its superclasses, its definition and the classes it is disjoint with"
    )


def _misuses(axioms: Axioms, path: Path) -> Iterator[str]:
    """Text where the vocabulary wants a thing, or the reverse: one example for each property."""
    seen: dict[str, list[Statement]] = defaultdict(list)
    for said in _statements(path):
        if axioms.misused(said):
            seen[said.predicate].append(said)
    for name, several in sorted(seen.items()):
        example = several[0]
        wanted = "text or a number" if example.literal is None else "the IRI of a thing"
        yield (
            f"{_short(example.subject)} has '{_short(example.object)}' for '{axioms.label(name)}' ({name}), "
            f"where the vocabulary wants {wanted}; so in {len(several)} places: mend the column's schema"
        )


def _contradictions(axioms: Axioms, path: Path) -> list[str]:
    known = list(facts(axioms, path))
    culprits = [*_in_two_classes(axioms, known), *_two_values(axioms, known), *_no_numbers(axioms, known)]
    if not culprits:
        return [
            "the facts contradict each other, and no single thing shows why; take back the last change to "
            "the tables, the rules or ontology/vocabulary.ttl, and check again"
        ]
    rest = len(culprits) - _MOST_CULPRITS
    return culprits[:_MOST_CULPRITS] + ([f"… and {rest} more contradictions like these"] if rest > 0 else [])


def _in_two_classes(axioms: Axioms, known: Iterable[Statement]) -> Iterator[str]:
    reasons: dict[str, dict[str, str]] = defaultdict(dict)
    for fact in known:
        property_label = f"'{axioms.label(fact.predicate)}'"
        if fact.predicate == _TYPE:
            _belongs(axioms, reasons[fact.subject], {fact.object}, "so its table says")
            continue
        domains = axioms.of(f"{RDFS}domain", fact.predicate)
        _belongs(axioms, reasons[fact.subject], domains, f"as it has {property_label}")
        if fact.literal is None:
            ranges = axioms.of(f"{RDFS}range", fact.predicate)
            said = f"as the {property_label} of {_short(fact.subject)}"
            _belongs(axioms, reasons[fact.object], ranges, said)
    for thing, classes in sorted(reasons.items()):
        for one, other in combinations(sorted(classes), 2):
            if frozenset((one, other)) in axioms.exclusive:
                yield (
                    f"{_short(thing)} is both a '{axioms.label(one)}' ({classes[one]}) and a "
                    f"'{axioms.label(other)}' ({classes[other]}); nothing can be both, so mend the wrong one"
                )


def _belongs(axioms: Axioms, classes: dict[str, str], names: set[str], reason: str) -> None:
    """Note why a thing belongs to classes and to all that contain them; the first reason stands."""
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        if name not in classes:
            classes[name] = reason
            waiting |= axioms.of(f"{RDFS}subClassOf", name) | axioms.of(f"{OWL}equivalentClass", name)


def _two_values(axioms: Axioms, known: Iterable[Statement]) -> Iterator[str]:
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for fact in known:
        if axioms.is_a(fact.predicate, "FunctionalProperty"):
            values[fact.subject, fact.predicate].add(_short(fact.object))
    for (subject, predicate), several in sorted(values.items()):
        if len(several) > 1:
            yield (
                f"{_short(subject)} has {len(several)} values for '{axioms.label(predicate)}': "
                f"{', '.join(sorted(several))}; it can have one, so mend the rows that say the others"
            )


def _no_numbers(axioms: Axioms, known: Iterable[Statement]) -> Iterator[str]:
    for fact in known:
        for wanted in axioms.of(f"{RDFS}range", fact.predicate) & _ALLOWED.keys():
            if fact.literal and fact.literal.datatype.value not in _ALLOWED[wanted]:
                yield (
                    f"{_short(fact.subject)} has '{fact.object}' for '{axioms.label(fact.predicate)}', which "
                    f"is no {local_name(wanted)}; mend the cell, or the column's datatype in its schema"
                )


def _short(iri: str) -> str:
    """Our things and terms as a curator knows them, without the namespace."""
    return iri.removeprefix(NAMESPACE).removeprefix("id/").removeprefix("def#")
