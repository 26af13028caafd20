"""A small invented Europe: states, one profession, titles and routes, made by program for property tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Quad, RdfFormat, Store, parse

from graph_api.rdf.terms import ID
from graph_api.store.graph_store import Dataset
from graph_api.store.local import graphs_of, serialize

PREFIXES = f"""
@prefix pas: <https://w3id.org/passerelle/def#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <{ID}> .
"""
STATES = ("aa", "bb", "cc", "dd")


class MemoryStore:
    """The GraphStore seam over a store in memory."""

    version = "invented"

    def __init__(self, turtle: str = "") -> None:
        self._store = Store()
        quads = parse(PREFIXES + turtle, format=RdfFormat.TURTLE)
        self._store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)

    @classmethod
    def of(cls, quads: Iterable[Quad]) -> MemoryStore:
        """A store of these statements."""
        made = cls()
        made._store.extend(quads)
        return made

    def quads(self) -> list[Quad]:
        """Its statements."""
        return list(self._store)

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        return serialize(self._store.query(text, **graphs_of(dataset)), media_type)


@dataclass(frozen=True)
class Edge:
    """A route: where from (a state, or None for anyone), where to, under which regime, with which certificates."""

    start: str | None
    end: str
    regime: str
    certificates: Sequence[str] = ()
    continues: bool = False


@dataclass
class Europe:
    """What an invented Europe holds."""

    edges: Sequence[Edge] = field(default_factory=tuple)
    extra: str = ""

    def turtle(self) -> str:
        return "\n".join([*self._states(), *self._regimes(), *self._routes(), *self._certificates(), self.extra])

    def store(self) -> MemoryStore:
        return MemoryStore(self.turtle())

    @staticmethod
    def _states() -> Iterable[str]:
        yield '<profession/nurse> a pas:Profession ; skos:prefLabel "nurse"@en .'
        yield (
            '<qualification/aa-title> a pas:Qualification ; skos:prefLabel "title"@en ; pas:issuedIn <jurisdiction/aa> ; '
            "pas:state <jurisdiction/aa> ; pas:grantsAccessTo <profession/nurse> ; pas:art11Level <art11-level/b> ; "
            'pas:validFrom "2010-01-01"^^xsd:date ; pas:durationYears 3.0 .'
        )
        for state in STATES:
            yield (
                f'<jurisdiction/{state}> a pas:Jurisdiction ; pas:code "{state.upper()}" ; skos:prefLabel "{state}"@en ; '
                f"pas:state <jurisdiction/{state}> ; pas:decides true ; pas:inUnion true ."
            )
            yield (
                f'<national-profession/{state}-nurse> a pas:NationalProfession ; skos:prefLabel "nurse in {state}"@en ; '
                f"pas:profession <profession/nurse> ; pas:inJurisdiction <jurisdiction/{state}> ; "
                f"pas:state <jurisdiction/{state}> ; pas:regulation pas:Regulated ; pas:primaryTitle true ."
            )

    def _regimes(self) -> Iterable[str]:
        for name, continues in sorted({(edge.regime, edge.continues) for edge in self.edges}):
            yield (
                f'<regime/{name}> a pas:Regime ; dcterms:identifier "{name}" ; skos:prefLabel "{name}"@en ; pas:rank 5 ; '
                f'pas:outcome "general_system" ; pas:servesIntent "establishment" ; pas:implemented true ; '
                f'pas:validFrom "2000-01-01"^^xsd:date ; pas:validTo "2099-12-31"^^xsd:date ; '
                f"pas:continues {str(continues).lower()} ."
            )

    def _routes(self) -> Iterable[str]:
        for number, edge in enumerate(self.edges):
            start = f"<national-profession/{edge.start}-nurse>" if edge.start else "pas:Anyone"
            yield (
                f"<route/{number}> a pas:Route ; pas:routeFrom {start} ; pas:routeTo <national-profession/{edge.end}-nurse> ; "
                f"pas:underRegime <regime/{edge.regime}> ."
            )
            for certificate in edge.certificates:
                yield f"<route/{number}> pas:hasCondition <condition/{certificate}> ."

    def _certificates(self) -> Iterable[str]:
        for certificate in sorted({name for edge in self.edges for name in edge.certificates} | {"paper-0"}):
            yield (
                f'<condition/{certificate}> a pas:Condition ; skos:prefLabel "{certificate}"@en ; '
                f'pas:fact "certificates" ; pas:test "includes" ; pas:value "{certificate}" .'
            )
        yield '<fact-rule/certificates> a pas:FactRule ; pas:fact "certificates" ; pas:toShow 2 .'
        for code in ("general_system", "automatic"):
            yield (
                f'<outcome/{code.replace("_", "-")}> a pas:Outcome ; pas:code "{code}" ; skos:prefLabel "{code}"@en ; '
                "pas:opensProfession true ; pas:recognisesTitle true ; pas:decidedByAuthority true ; pas:asksPapers true ."
            )
        for name in ("regime-in-force", "regime-serves-intent", "title-issued-in-its-time"):
            yield f'<condition/{name}> a pas:Condition ; skos:prefLabel "{name}"@en ; pas:fact "as_of" ; pas:test "judged" .'
