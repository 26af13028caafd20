"""Which statements of a graph are labels, of what role, and which things are searched."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

from graph_api.rdf.namespaces import DCTERMS, SKOS
from graph_api.rdf.terms import ESCO, NAMESPACE, PREF_LABEL, RDF_TYPE, RDFS_LABEL, pas

ROLES: Final = ("preferred", "alternative", "hidden", "code")
"""What a label is to its concept; the earlier, the stronger."""


LABELS: Final = {
    PREF_LABEL: "preferred",
    RDFS_LABEL: "preferred",
    NamedNode(f"{SKOS}altLabel"): "alternative",
    NamedNode(f"{DCTERMS}title"): "alternative",
    pas("shortName"): "alternative",
    NamedNode(f"{SKOS}hiddenLabel"): "hidden",
    NamedNode(f"{SKOS}notation"): "code",
    NamedNode(f"{DCTERMS}identifier"): "code",
    pas("code"): "code",
    pas("iscoCode"): "code",
    pas("nationalCode"): "code",
    pas("officialNumber"): "code",
}


KINDS_FIRST: Final = ("profession", "national-profession", "qualification", "evidence", "authority", "regime")
"""The kinds that readers look for most; the other kinds of ours follow, then the concepts of others."""


FOREIGN_KINDS: Final = ("occupation", "competence", "isco-group", "concept")
"""The kinds of concepts of others, in the order in which they come after ours."""


NOT_SEARCHED: Final = frozenset(
    {
        "source",
        "doubt",
        "condition",
        "gate",
        "route",
        "party",
        "compensation",
        "level-equivalence",
        "mapping",
        "outcome-match",
        "act-permission",
        "procedure",
    }
)
"""Kinds that are parts of an answer rather than something to look for."""


SCHEMES: Final = f"{NAMESPACE}scheme/"
KIND_OF_ADDRESS: Final = {
    f"{ESCO}occupation/": "occupation",
    f"{ESCO}skill/": "competence",
    f"{ESCO}isco/": "isco-group",
    SCHEMES: "concept",
}
"""How the addresses of other people's concepts begin; any other `skos:Concept` is a `concept` too."""


MATCHES: Final = tuple(NamedNode(f"{SKOS}{name}Match") for name in ("exact", "close", "broad", "narrow"))
PLACES: Final = (pas("inJurisdiction"), pas("issuedIn"), pas("state"), pas("host"))
WIDER: Final = (pas("partOf"), pas("state"))
JURISDICTION_CODE: Final = pas("code")
OPENS: Final = pas("grantsAccessTo")
ELI: Final = pas("eli")
OF_REGISTER: Final = pas("ofRegister")
CONCEPT: Final = f"{SKOS}Concept"
INDEXED: Final = frozenset({*LABELS, RDF_TYPE, *MATCHES, *PLACES, *WIDER, OPENS, ELI, OF_REGISTER})
"""The properties that an index is made of."""


CODE: Final = 3
