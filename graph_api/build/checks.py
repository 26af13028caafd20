"""Is the graph complete and free of contradiction? Shapes, defect queries and the reasoner, in a curator's words."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, QuerySolutions, RdfFormat, Store, Triple, serialize
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as Text
from rdflib.namespace import RDF, SH
from rdflib.namespace import RDFS as RDFS_TERMS

from graph_api.errors import BadTable, Defect
from graph_api.inputs.reading import DERIVED
from graph_api.rdf.namespaces import RDFS, XSD
from graph_api.rdf.query_header import header_of
from graph_api.rdf.terms import GRAPH, RDF_TYPE, curie

_PLACE = re.compile(re.escape(GRAPH) + r"mappings/(?P<path>[^#]+)#row=(?P<line>\d+)\Z")
_SLOT = re.compile(r"\{(\w+)\}")
_LEVELS: Final = ("defect", "warning", "hole")
_FILE_LABEL: Final = NamedNode(f"{RDFS}label")
_SUBCLASS: Final = NamedNode(f"{RDFS}subClassOf")


def shape_defects(store: Store, shapes: Path) -> list[Defect]:
    """What the SHACL shapes find in the union of the store's graphs, each with the row that said it."""
    return Shapes(store, shapes).defects()


class Shapes:
    """The shapes, and what they can see of a store as it is now: it may go on growing while they look.

    Told of which things, they say what is wrong with these alone; the store need hold no more than what is said of them
    and the types of all at which they point.
    """

    def __init__(self, store: Store, shapes: Path, things: Collection[Any] | None = None) -> None:
        self._things = None if things is None else {_text(thing) for thing in things}
        try:
            self._shapes = Graph().parse(shapes, format="turtle")
        except (SyntaxError, ValueError) as error:
            raise BadTable([Defect(f"ontology/{shapes.name}", f"is not Turtle: {error}")]) from None
        self._store, self._seen = store, list(_concerned(store, self._shapes))

    def defects(self) -> list[Defect]:
        """What they find, each with the row that said it."""
        import pyshacl

        data = Graph()
        for triple in self._seen:
            data.add((_for_rdflib(triple.subject), _for_rdflib(triple.predicate), _for_rdflib(triple.object)))
        _spread(self._shapes)
        if self._things is not None:
            _aim(self._shapes, data, self._things)
        conforms, report, _ = pyshacl.validate(data, shacl_graph=self._shapes, advanced=False, inplace=True)
        return [] if conforms else sorted(_violations(self._store, report, self._things), key=str)


@lru_cache(maxsize=100_000)
def _for_rdflib(term: Any) -> Any:
    """The term as rdflib knows it."""
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, BlankNode):
        return BNode(term.value)
    plain = term.language or term.datatype.value == f"{XSD}string"
    return Text(term.value, lang=term.language, datatype=None if plain else URIRef(term.datatype.value))


def _concerned(store: Store, shapes: Graph) -> Iterator[Triple]:
    """What the shapes can see: values of the properties that they name, types that they name, and subclasses."""
    named = {str(term) for triple in shapes for term in triple if isinstance(term, URIRef)}
    classes = named | {_text(quad.subject) for quad in store.quads_for_pattern(None, _SUBCLASS, None, None)}
    for quad in store:
        if quad.predicate == RDF_TYPE:
            seen = _text(quad.object) in classes
        else:
            seen = quad.predicate.value in named or quad.predicate == _SUBCLASS
        if seen:
            yield quad.triple


def _spread(shapes: Graph) -> None:
    """Give each nested property shape its shape's targets: the same meaning, but evaluated once, not once a thing."""
    for target in (SH.targetClass, SH.targetSubjectsOf):
        for shape, goal in list(shapes.subject_objects(target)):
            for nested in shapes.objects(shape, SH.property):
                shapes.add((nested, target, goal))
    for shape in {*shapes.subjects(SH.targetClass), *shapes.subjects(SH.targetSubjectsOf)}:
        shapes.remove((shape, SH.property, None))


def _aim(shapes: Graph, data: Graph, things: Collection[str]) -> None:
    """Let the shapes look at these things alone, of all that have their classes and properties."""
    for shape, wanted in list(shapes.subject_objects(SH.targetClass)):
        classes = data.transitive_subjects(RDFS_TERMS.subClassOf, wanted)
        found = {thing for each in classes for thing in data.subjects(RDF.type, each)}
        _target(shapes, shape, SH.targetClass, wanted, (thing for thing in found if str(thing) in things))
    for shape, wanted in list(shapes.subject_objects(SH.targetSubjectsOf)):
        found = set(data.subjects(wanted))
        _target(shapes, shape, SH.targetSubjectsOf, wanted, (thing for thing in found if str(thing) in things))


def _target(shapes: Graph, shape: Any, instead_of: URIRef, wanted: Any, nodes: Iterable[Any]) -> None:
    shapes.remove((shape, instead_of, wanted))
    for node in nodes:
        shapes.add((shape, SH.targetNode, node))


def _violations(store: Store, report: Any, things: Collection[str] | None) -> Iterator[Defect]:
    for result in report.subjects(SH.resultSeverity, SH.Violation):
        focus = report.value(result, SH.focusNode)
        if things is not None and str(focus) not in things:
            continue
        message = str(report.value(result, SH.resultMessage))
        path = report.value(result, SH.resultPath)
        value = report.value(result, SH.value)
        where = f" ({_short(path)}{f' = {_short(value)}' if value is not None else ''})" if path is not None else ""
        file, line = _place_of(store, str(focus)) if isinstance(focus, URIRef) else ("the graph", None)
        yield Defect(file, f"{_short(focus)}: {message}{where}", line)


def _short(term: Any) -> str:
    return curie(str(term)) if isinstance(term, URIRef) else f"'{term}'"


def _text(term: Any) -> str:
    return str(getattr(term, "value", term))


def _place_of(store: Store, iri: str) -> tuple[str, int | None]:
    """The file and line of the first row that speaks of a thing; the graph itself when no row does."""
    places = sorted(_text(quad.object) for quad in store.quads_for_pattern(NamedNode(iri), DERIVED, None, None))
    found = _PLACE.match(places[0]) if places else None
    if found is None:
        return "the graph", None
    graph = NamedNode(f"{GRAPH}mappings/{found['path']}")
    labels = [_text(quad.object) for quad in store.quads_for_pattern(graph, _FILE_LABEL, None, None)]
    return (labels[0] if labels else found["path"]), int(found["line"])


def query_defects(store: Store, folder: Path) -> list[Defect]:
    """The rows of every check; a check is a SELECT that must find nothing, its header says what a row means."""
    return [found for path in defect_checks(folder) for found in run_check(store, path)]


def defect_checks(folder: Path) -> list[Path]:
    """The checks that must find nothing, or there is no graph."""
    return list(_checks(folder, "defect"))


def warnings_of(store: Store, folder: Path) -> list[Defect]:
    """What the checks of level `warning` find: nothing is wrong, but something that would be worth knowing is not."""
    return [found for path in _checks(folder, "warning") for found in run_check(store, path)]


def holes_of(store: Store, folder: Path, slug: str) -> list[Defect]:
    """What the checks of level `hole` find of one profession, state or other thing: what its tables still lack."""
    named = re.compile(rf"/{re.escape(slug)}(?![\w-])")
    found = [hole for path in _checks(folder, "hole") for hole in run_check(store, path)]
    return [hole for hole in found if named.search(hole.message)]


def _checks(folder: Path, wanted: str) -> Iterator[Path]:
    for path in sorted(folder.glob("*.rq")):
        level = header_of(path.read_text(encoding="utf-8")).get("level", "defect")
        if level not in _LEVELS:
            known = " or ".join(_LEVELS)
            raise BadTable([Defect(f"ontology/checks/{path.name}", f"has the level '{level}'; write {known}")])
        if level == wanted:
            yield path


def run_check(store: Store, path: Path) -> list[Defect]:
    """One check: each row a sentence made from the header's `finding`, placed where ?thing was written."""
    text = path.read_text(encoding="utf-8")
    header = header_of(text)
    name = f"ontology/checks/{path.name}"
    if "finding" not in header:
        raise BadTable([Defect(name, "the header lacks 'finding'; add a line `#+ finding: … {thing} …; write …`")])
    try:
        results = store.query(text, use_default_graph_as_union=True)
    except SyntaxError as error:
        raise BadTable([Defect(name, f"is not SPARQL 1.1: {error}")]) from None
    if not isinstance(results, QuerySolutions):
        del results  # which the engine lets go only where it was made, in this thread
        raise BadTable([Defect(name, "is no SELECT; a check selects what is wrong")])
    variables = [variable.value for variable in results.variables]
    rows = [{name: solution[name] for name in variables} for solution in results]
    return sorted((_sentence(store, header["finding"], row) for row in rows), key=str)


def _sentence(store: Store, template: str, row: dict[str, Any]) -> Defect:
    def shown(match: re.Match[str]) -> str:
        term = row.get(match[1])
        if term is None:
            return "—"
        return curie(term.value) if isinstance(term, NamedNode) else _text(term)

    thing = row.get("thing")
    file, line = _place_of(store, thing.value) if isinstance(thing, NamedNode) else ("the graph", None)
    return Defect(file, _SLOT.sub(shown, template), line)


def reasoner_defects(store: Store) -> list[Defect]:
    """What HermiT finds in the vocabulary with the whole graph loaded."""
    from graph_api.build import consistency

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.nt"
        serialize((quad.triple for quad in store), str(path), format=RdfFormat.N_TRIPLES)
        return [Defect("ontology/vocabulary.ttl", message) for message in consistency.contradictions(path)]


def verified_shares(store: Store) -> dict[str, tuple[int, int]]:
    """For each table: how many of its rows are verified, and how many rows it has."""
    query = f"""
        PREFIX prov: <http://www.w3.org/ns/prov#>
        PREFIX pas: <https://w3id.org/passerelle/def#>
        SELECT ?file (COUNT(DISTINCT ?row) AS ?rows) (COUNT(DISTINCT ?good) AS ?verified) WHERE {{
          ?thing prov:wasDerivedFrom ?row ; pas:verified ?mark .
          ?row pas:ofFile ?graph . ?graph <{_FILE_LABEL.value}> ?file .
          BIND (IF(?mark = "yes", ?row, ?none) AS ?good)
        }} GROUP BY ?file"""
    results = store.query(query, use_default_graph_as_union=True)
    assert isinstance(results, QuerySolutions)
    return {row["file"].value: (int(row["verified"].value), int(row["rows"].value)) for row in results}
