"""The dataset in its own words: VoID counts, named graphs, linksets, prefixes and examples, as one named graph.

Made when the graph is built, from the graph alone: the same graph gives the same description, so it can be part of
the dump whose hash is the version. Addresses that depend on the server are added by `dcat.py` when it is served.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from graph_api.errors import BadTable, Defect
from graph_api.rdf.namespaces import OWL, RDFS, SCHEMA, SD, SH, SKOS, VOID, VOID_EXT, XSD
from graph_api.rdf.terms import DATASET, DESCRIPTION, NAMESPACE, PAS, PREF_LABEL, RDF_TYPE, curie, prefixes
from graph_api.store.examples import Example, read_examples

PREFIXES: Final = NamedNode(f"{DATASET}#prefixes")
_ITSELF: Final = NamedNode(DATASET)
_INTEGER: Final = NamedNode(XSD + "integer")

# A triple that stands in two graphs counts once.
_COUNTS: Final = """
SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?p) AS ?properties)
       (COUNT(DISTINCT ?o) AS ?objects)
WHERE { SELECT DISTINCT ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } } }"""
_CLASSES: Final = """
SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE { GRAPH ?g { ?s a ?class } FILTER (isIRI(?class)) } GROUP BY ?class"""
_PROPERTIES: Final = """
SELECT ?p (COUNT(*) AS ?n) WHERE { SELECT DISTINCT ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } } } GROUP BY ?p"""
_GRAPHS: Final = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
# Nested partitions are for our own classes; those above them by entailment would say the same again.
_OURS: Final = f'STRSTARTS(STR(?class), "{PAS}")'
_PROPERTIES_OF: Final = f"""
SELECT ?class ?p (COUNT(*) AS ?n) WHERE {{
  SELECT DISTINCT ?class ?s ?p ?o WHERE {{ ?s a ?class . FILTER ({_OURS}) ?s ?p ?o }}
}} GROUP BY ?class ?p"""
_OBJECTS_OF: Final = f"""
SELECT DISTINCT ?class ?p ?of WHERE {{
  {{ SELECT DISTINCT ?s ?p ?of WHERE {{ ?o a ?of . FILTER (STRSTARTS(STR(?of), "{PAS}")) ?s ?p ?o }} }}
  ?s a ?class . FILTER ({_OURS})
}}"""
_DATATYPES_OF: Final = f"""
SELECT DISTINCT ?class ?p ?of WHERE {{
  ?s a ?class . FILTER ({_OURS}) ?s ?p ?o . FILTER (isLiteral(?o)) BIND (DATATYPE(?o) AS ?of)
}}"""
_LINKS: Final = f"""
SELECT ?p (COUNT(*) AS ?n) WHERE {{
  SELECT DISTINCT ?s ?p ?o WHERE {{
    VALUES ?p {{ {" ".join(f"<{SKOS}{kind}Match>" for kind in ("exact", "close", "broad", "narrow", "related"))} }}
    GRAPH ?g {{ ?s ?p ?o }} FILTER (STRSTARTS(STR(?o), %s))
  }}
}} GROUP BY ?p"""


def describe(store: Store, ontology: Path) -> Iterator[Quad]:
    """The description of the graphs in the store, for the graph DESCRIPTION. Raises BadTable.

    All of it is counted before the first statement is given, so the store may be extended with it.
    """
    stated = _stated(ontology)
    triples = [*stated, *_linksets(store, stated), *_declared(prefixes(ontology))]
    with ThreadPoolExecutor(2) as beside:
        counting = (_counts, _partitions, _properties_of_classes, _values_of_properties, _named_graphs)
        for counted in beside.map(lambda count: list(count(store)), counting):
            triples += counted
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


def _counts(store: Store) -> Iterator[Triple]:
    (row,) = _rows(store, _COUNTS)
    classes = sum(1 for _ in _rows(store, _CLASSES))
    for name, count in (
        ("triples", row["triples"]),
        ("distinctSubjects", row["subjects"]),
        ("distinctObjects", row["objects"]),
        ("properties", row["properties"]),
        ("classes", _number(classes)),
    ):
        yield Triple(_ITSELF, _void(name), count)


def _partitions(store: Store) -> Iterator[Triple]:
    for row in _rows(store, _CLASSES):
        part = _part(row["class"])
        yield Triple(_ITSELF, _void("classPartition"), part)
        yield Triple(part, _void("class"), row["class"])
        yield Triple(part, _void("entities"), row["n"])
    for row in _rows(store, _PROPERTIES):
        part = _part(row["p"])
        yield Triple(_ITSELF, _void("propertyPartition"), part)
        yield Triple(part, _void("property"), row["p"])
        yield Triple(part, _void("triples"), row["n"])


def _properties_of_classes(store: Store) -> Iterator[Triple]:
    """Per class its properties."""
    for row in _rows(store, _PROPERTIES_OF, union=True):
        part = _part(row["class"], row["p"])
        yield Triple(_part(row["class"]), _void("propertyPartition"), part)
        yield Triple(part, _void("property"), row["p"])
        yield Triple(part, _void("triples"), row["n"])


def _values_of_properties(store: Store) -> Iterator[Triple]:
    """Per class and property the classes and datatypes of its values."""
    datatypes = NamedNode(f"{VOID_EXT}datatypePartition"), NamedNode(f"{VOID_EXT}datatype")
    for query, partition, says in (
        (_OBJECTS_OF, _void("classPartition"), _void("class")),
        (_DATATYPES_OF, *datatypes),
    ):
        for row in _rows(store, query, union=True):
            part = _part(row["class"], row["p"], row["of"])
            yield Triple(_part(row["class"], row["p"]), partition, part)
            yield Triple(part, says, row["of"])


def _linksets(store: Store, stated: Iterable[Triple]) -> Iterator[Triple]:
    """One linkset per vocabulary that `dataset.ttl` names, with the mappings that point into it."""
    for target in sorted({t.subject for t in stated if t.object == _void("Dataset")} - {_ITSELF}, key=str):
        found: dict[Any, int] = {}
        for space in (t.object for t in stated if t.subject == target and t.predicate == _void("uriSpace")):
            for row in _rows(store, _LINKS % space):
                found[row["p"]] = found.get(row["p"], 0) + int(row["n"].value)
        if found:
            yield from _linkset(target, found)


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


def _named_graphs(store: Store) -> Iterator[Triple]:
    yield Triple(_ITSELF, RDF_TYPE, NamedNode(f"{SD}Dataset"))
    for row in _rows(store, _GRAPHS):
        graph = row["g"]
        yield Triple(_ITSELF, NamedNode(f"{SD}namedGraph"), graph)
        yield Triple(graph, RDF_TYPE, NamedNode(f"{SD}NamedGraph"))
        yield Triple(graph, NamedNode(f"{SD}name"), graph)
        yield Triple(graph, _void("triples"), row["n"])


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


def _rows(store: Store, text: str, *, union: bool = False) -> Iterator[dict[str, Any]]:
    """The solutions of a SELECT, as terms by variable."""
    solutions: Any = store.query(text, use_default_graph_as_union=union)
    names = [variable.value for variable in solutions.variables]
    for solution in solutions:
        yield {name: solution[name] for name in names}


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
