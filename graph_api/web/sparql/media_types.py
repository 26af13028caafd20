"""The media types of results and descriptions, and what the engine calls them."""

from __future__ import annotations

from typing import Final

from graph_api.store.graph_store import JSON_RESULTS
from graph_api.web.negotiation import JSON, JSON_LD, N_TRIPLES, RDF_XML, TURTLE

TABLE_TYPES: Final = (
    JSON_RESULTS,
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
    JSON,
    "application/xml",
    "text/xml",
)
GRAPH_TYPES: Final = (
    TURTLE,
    N_TRIPLES,
    RDF_XML,
    JSON_LD,
    "application/n-quads",
    "application/trig",
    JSON,
    "application/xml",
    "text/xml",
    "text/plain",
)
DESCRIPTION_TYPES: Final = (
    TURTLE,
    RDF_XML,
    JSON_LD,
    N_TRIPLES,
)
_ENGINE_NAMES: Final = {"text/plain": N_TRIPLES}
_JSON_GRAPH: Final = {**_ENGINE_NAMES, JSON: JSON_LD}


def engine_type(media_type: str, gives_graph: bool) -> str:
    """What the engine calls the media type; plain JSON is another form of a graph than of a table."""
    return (_JSON_GRAPH if gives_graph else _ENGINE_NAMES).get(media_type, media_type)
