"""The dataset in its own words: VoID counts, named graphs, linksets, prefixes and examples, as one named graph.

Made when the graph is built, from the graph alone: the same graph gives the same description, so it can be part of
the dump whose hash is the version. Addresses that depend on the server are added by `dcat.py` when it is served.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from graph_api.errors import BadTable, Defect
from graph_api.rdf.namespaces import OWL, RDF, RDFS, SCHEMA, SD, SH, SKOS, VOID, VOID_EXT, XSD
from graph_api.rdf.terms import DATASET, DESCRIPTION, NAMESPACE, PAS, PREF_LABEL, RDF_TYPE, curie, prefixes
from graph_api.store.examples import Example, read_examples

PREFIXES: Final = NamedNode(f"{DATASET}#prefixes")
_ITSELF: Final = NamedNode(DATASET)
_INTEGER: Final = NamedNode(XSD + "integer")

_TYPE: Final = str(RDF_TYPE).encode()
_OURS: Final = f"<{PAS}".encode()
"""Nested partitions are for our own classes; those above them by entailment would say the same again."""
_LINKS: Final = frozenset(f"<{SKOS}{kind}Match>".encode() for kind in ("exact", "close", "broad", "narrow", "related"))
_TEXT: Final = f"<{XSD}string>".encode()
_LANGUAGE_TEXT: Final = f"<{RDF}langString>".encode()
_NO_CLASS: Final = frozenset[bytes]()
Classes = frozenset[bytes]


@dataclass
class _Counted:
    """What is counted in one reading, by terms as N-Quads writes them; a triple of two graphs counts once."""

    graphs: Counter[bytes] = field(default_factory=Counter)
    classes: Counter[bytes] = field(default_factory=Counter)
    properties: Counter[bytes] = field(default_factory=Counter)
    subjects: int = 0
    objects: set[bytes] = field(default_factory=set)
    of_classes: Counter[tuple[bytes, bytes]] = field(default_factory=Counter)
    """Class and property."""
    kinds_of_values: set[tuple[bytes, bytes, bytes]] = field(default_factory=set)
    """Class, property, and a class of its values."""
    datatypes: set[tuple[bytes, bytes, bytes]] = field(default_factory=set)
    links: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Property and value of each mapping."""


def _count(lines: Sequence[bytes]) -> _Counted:
    """Count sorted lines of N-Quads."""
    found = _Counted()
    kinds = _kinds(lines, found)
    of_kinds: Counter[tuple[Classes, bytes]] = Counter()
    values, datatypes = set[tuple[Classes, bytes, Classes]](), set[tuple[Classes, bytes, bytes]]()
    before, thing, kind = b"", b"", _NO_CLASS
    for line in lines:
        end = line.rindex(b" <")
        found.graphs[line[end + 1 : -3]] += 1
        triple = line[:end]
        if triple == before:
            continue
        before = triple
        subject, name, value = triple.split(b" ", 2)
        if subject != thing:
            found.subjects, thing, kind = found.subjects + 1, subject, kinds.get(subject, _NO_CLASS)
        of_kinds[kind, name] += 1
        found.objects.add(value)
        if name in _LINKS:
            found.links.append((name, value))
        if kind and value.startswith(b'"'):
            datatypes.add((kind, name, _datatype(value)))
        elif kind and (those := kinds.get(value)):
            values.add((kind, name, those))
    for (kind, name), number in of_kinds.items():
        found.properties[name] += number
        for each in kind:
            found.of_classes[each, name] += number
    found.kinds_of_values = {each for kind, name, those in values for each in product(kind, (name,), those)}
    found.datatypes = {(each, name, datatype) for kind, name, datatype in datatypes for each in kind}
    return found


def _kinds(lines: Iterable[bytes], found: _Counted) -> dict[bytes, Classes]:
    """The classes of ours of each thing that has any; how many things each class has is counted."""
    said = {tuple(line[: line.rindex(b" <")].split(b" ", 2)) for line in lines if _TYPE in line}
    typed: dict[bytes, set[bytes]] = {}
    for subject, name, value in said:
        if name == _TYPE and value.startswith(b"<"):
            found.classes[value] += 1
            if value.startswith(_OURS):
                typed.setdefault(subject, set()).add(value)
    alike: dict[Classes, Classes] = {}
    return {
        thing: alike.setdefault(kind, kind) for thing, kind in ((key, frozenset(each)) for key, each in typed.items())
    }


def _datatype(literal: bytes) -> bytes:
    after = literal[literal.rindex(b'"') + 1 :]
    return after[2:] if after.startswith(b"^^") else _LANGUAGE_TEXT if after else _TEXT


def describe(store: Store, ontology: Path) -> Iterator[Quad]:
    """The description of the graphs in the store, for the graph DESCRIPTION. Raises BadTable.

    All of it is counted before the first statement is given, so the store may be extended with it.
    """
    stated = _stated(ontology)
    counted = _count(sorted((serialize(store, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True)))
    triples = [*stated, *_linksets(counted, stated), *_declared(prefixes(ontology)), *_counts(counted)]
    triples += [*_partitions(counted), *_properties_of_classes(counted), *_values_of_properties(counted)]
    triples += _named_graphs(counted)
    for example in read_examples(ontology):
        triples += _executable(example)
    return iter([Quad(t.subject, t.predicate, t.object, DESCRIPTION) for t in triples])


def describe_archive(ontology: Path) -> list[Triple]:
    """The prefixes, and the examples that compare graphs of the archive. Raises BadTable."""
    triples = list(_declared(prefixes(ontology)))
    for example in read_examples(ontology, "examples/archive"):
        triples += _executable(example, f"{NAMESPACE}sparql/archive")
    return triples


def _stated(ontology: Path) -> list[Triple]:
    """What people wrote about the dataset."""
    path = ontology / "dataset.ttl"
    try:
        return [quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE)]
    except SyntaxError as error:
        raise BadTable([Defect("ontology/dataset.ttl", f"is not Turtle: {error.msg}", error.lineno)]) from None


def _counts(counted: _Counted) -> Iterator[Triple]:
    for name, count in (
        ("triples", counted.properties.total()),
        ("distinctSubjects", counted.subjects),
        ("distinctObjects", len(counted.objects)),
        ("properties", len(counted.properties)),
        ("classes", len(counted.classes)),
    ):
        yield Triple(_ITSELF, _void(name), _number(count))


def _partitions(counted: _Counted) -> Iterator[Triple]:
    for name, number in counted.classes.items():
        part = _part(_named(name))
        yield Triple(_ITSELF, _void("classPartition"), part)
        yield Triple(part, _void("class"), _named(name))
        yield Triple(part, _void("entities"), _number(number))
    for name, number in counted.properties.items():
        part = _part(_named(name))
        yield Triple(_ITSELF, _void("propertyPartition"), part)
        yield Triple(part, _void("property"), _named(name))
        yield Triple(part, _void("triples"), _number(number))


def _properties_of_classes(counted: _Counted) -> Iterator[Triple]:
    """Per class its properties."""
    for (kind, name), number in counted.of_classes.items():
        part = _part(_named(kind), _named(name))
        yield Triple(_part(_named(kind)), _void("propertyPartition"), part)
        yield Triple(part, _void("property"), _named(name))
        yield Triple(part, _void("triples"), _number(number))


def _values_of_properties(counted: _Counted) -> Iterator[Triple]:
    """Per class and property the classes and datatypes of its values."""
    datatypes = NamedNode(f"{VOID_EXT}datatypePartition"), NamedNode(f"{VOID_EXT}datatype")
    for found, partition, says in (
        (counted.kinds_of_values, _void("classPartition"), _void("class")),
        (counted.datatypes, *datatypes),
    ):
        for kind, name, of in found:
            part = _part(_named(kind), _named(name), _named(of))
            yield Triple(_part(_named(kind), _named(name)), partition, part)
            yield Triple(part, says, _named(of))


def _linksets(counted: _Counted, stated: Iterable[Triple]) -> Iterator[Triple]:
    """One linkset per vocabulary that `dataset.ttl` names, with the mappings that point into it."""
    for target in sorted({t.subject for t in stated if t.object == _void("Dataset")} - {_ITSELF}, key=str):
        spaces = [t.object for t in stated if t.subject == target and t.predicate == _void("uriSpace")]
        beginnings = tuple(f"<{space.value}".encode() for space in spaces if isinstance(space, Literal))
        found = Counter(name for name, value in counted.links if value.startswith(beginnings))
        if found:
            yield from _linkset(target, {_named(name): number for name, number in found.items()})


def _linkset(target: Any, found: dict[Any, int]) -> Iterator[Triple]:
    links = NamedNode(target.value.replace("#", "#links-"))
    yield Triple(links, RDF_TYPE, _void("Linkset"))
    yield Triple(_ITSELF, _void("subset"), links)
    yield Triple(links, _void("subjectsTarget"), _ITSELF)
    yield Triple(links, _void("objectsTarget"), target)
    yield Triple(links, _void("triples"), _number(sum(found.values())))
    for predicate, count in found.items():
        part = NamedNode(f"{links.value}--{_short(predicate)}")
        yield Triple(links, _void("linkPredicate"), predicate)
        yield Triple(links, _void("propertyPartition"), part)
        yield Triple(part, _void("property"), predicate)
        yield Triple(part, _void("triples"), _number(count))


def _named_graphs(counted: _Counted) -> Iterator[Triple]:
    yield Triple(_ITSELF, RDF_TYPE, NamedNode(f"{SD}Dataset"))
    for name, number in counted.graphs.items():
        graph = _named(name)
        yield Triple(_ITSELF, NamedNode(f"{SD}namedGraph"), graph)
        yield Triple(graph, RDF_TYPE, NamedNode(f"{SD}NamedGraph"))
        yield Triple(graph, NamedNode(f"{SD}name"), graph)
        yield Triple(graph, _void("triples"), _number(number))


def _declared(mapping: Any) -> Iterator[Triple]:
    """The prefixes, as SHACL declares them."""
    yield Triple(PREFIXES, RDF_TYPE, NamedNode(f"{OWL}Ontology"))
    for prefix, namespace in mapping.items():
        declaration = NamedNode(f"{DATASET}#prefix-{prefix}")
        yield Triple(PREFIXES, _sh("declare"), declaration)
        yield Triple(declaration, RDF_TYPE, _sh("PrefixDeclaration"))
        yield Triple(declaration, _sh("prefix"), Literal(prefix))
        yield Triple(declaration, _sh("namespace"), Literal(namespace, datatype=NamedNode(f"{XSD}anyURI")))


def _executable(example: Example, endpoint: str = f"{NAMESPACE}sparql") -> Iterator[Triple]:
    """An example as SHACL describes it, in the layout that SPARQL editors read."""
    query, kind = NamedNode(f"{DATASET}#example-{example.name}"), example.kind
    yield Triple(query, RDF_TYPE, _sh("SPARQLExecutable"))
    yield Triple(query, RDF_TYPE, _sh(f"SPARQL{kind.capitalize()}Executable"))
    yield Triple(query, PREF_LABEL, Literal(example.header["summary"], language="en"))
    yield Triple(query, NamedNode(f"{RDFS}comment"), Literal(example.header["question"], language="en"))
    yield Triple(query, _sh(kind), Literal(example.text))
    yield Triple(query, _sh("prefixes"), PREFIXES)
    yield Triple(query, NamedNode(f"{SCHEMA}target"), NamedNode(endpoint))
    for word in example.keywords:
        yield Triple(query, NamedNode(f"{SCHEMA}keywords"), Literal(word, language="en"))


@cache
def _named(written: bytes) -> NamedNode:
    return NamedNode(written[1:-1].decode())


def _part(*terms: Any) -> NamedNode:
    """The name of a partition: the short names of what it is partitioned by."""
    return NamedNode(f"{DATASET}#" + "--".join(_short(term) for term in terms))


def _short(term: Any) -> str:
    """The term as a fragment, different for different terms."""
    return curie(term.value).translate(_FRAGMENT)


_FRAGMENT: Final = {ord(":"): ".", ord("/"): "_", ord("#"): "_", ord("%"): "_", ord("?"): "_"}


def _number(count: int) -> Literal:
    return Literal(str(count), datatype=_INTEGER)


def _void(name: str) -> NamedNode:
    return NamedNode(VOID + name)


def _sh(name: str) -> NamedNode:
    return NamedNode(SH + name)
