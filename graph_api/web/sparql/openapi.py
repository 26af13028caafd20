"""The endpoints as the OpenAPI contract describes them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from graph_api.settings import Settings
from graph_api.store.rewriting import SUBSTRINGS, TOP_COUNTS
from graph_api.web.contract_parts import PROBLEMS, described
from graph_api.web.negotiation import SHORT_NAMES
from graph_api.web.sparql.job import REWRITTEN
from graph_api.web.sparql.media_types import GRAPH_TYPES, TABLE_TYPES
from graph_api.web.sparql.request import DIRECT, FORM


def contract(settings: Settings, endpoints: Mapping[str, str]) -> dict[str, Any]:
    """The endpoints by address; given are the addresses, each with what one asks there."""
    found: dict[str, Any] = {}
    for path, what in endpoints.items():
        name = path.strip("/").replace("/", "_")
        found[path] = {
            "get": {
                "summary": f"Ask {what} a SPARQL query; without one, the service description",
                "operationId": f"{name}_get",
                "parameters": _documented_parameters(settings),
                "tags": ["SPARQL"],
                "responses": _documented(),
            },
            "post": {
                "summary": f"Ask {what} a SPARQL query that is sent as a form or as it stands",
                "operationId": f"{name}_post",
                "requestBody": _documented_body(),
                "tags": ["SPARQL"],
                "responses": _documented(),
            },
        }
    return found


def _documented() -> dict[str, dict[str, Any]]:
    """The answers, for the OpenAPI description."""
    answers: dict[str, dict[str, Any]] = {
        "200": {
            "description": "The whole result, or the service description",
            "headers": {
                REWRITTEN: {
                    "description": "What was done to the query so that it is answered faster; the answer is the same",
                    "schema": {"enum": [SUBSTRINGS, TOP_COUNTS]},
                }
            },
            "content": described(*TABLE_TYPES, *GRAPH_TYPES),
        },
        "304": {"description": "The client's copy is current"},
    }
    problems = {
        400: "Not SPARQL 1.1, or a parameter that cannot be used",
        403: "An update, or a SERVICE call that is not allowed",
        404: "No such version of the data",
        406: "No such form of this result",
        413: "The query is too long, or its result too large",
        415: "The body is of another type, or not UTF-8",
        429: "Too many queries at once; see Retry-After",
        503: "The query needs too much memory, or the store does not answer",
        504: "The query takes too long",
    }
    for status, text in problems.items():
        answers[str(status)] = {**deepcopy(PROBLEMS[400]), "description": text}
    return answers


def _documented_parameters(settings: Settings) -> list[dict[str, Any]]:
    """The parameters, for the OpenAPI description."""
    graphs = {"type": "array", "items": {"type": "string", "format": "uri"}}
    seconds = {"type": "number", "exclusiveMinimum": 0, "maximum": settings.query_seconds_cap}
    given: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("query", "The query", {"type": "string", "maxLength": settings.query_characters}),
        ("default-graph-uri", "A graph of the default graph, in place of FROM", graphs),
        ("named-graph-uri", "A named graph, in place of FROM NAMED", graphs),
        ("timeout", "Seconds that the query may take", seconds),
        ("version", "A built version of the data; the one served when not given", {"type": "string"}),
        (
            "rewrite",
            "off: ask the query as it stands, not in other words that give the same answer (X-Passerelle-Rewritten)",
            {"enum": ["on", "off"]},
        ),
        ("format", "Short name of a media type, in place of Accept", {"enum": list(SHORT_NAMES)}),
    )
    return [
        {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
        for name, text, schema in given
    ]


def _documented_body() -> dict[str, Any]:
    """The body of a POST, for the OpenAPI description."""
    form = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    return {"required": True, "content": {DIRECT: {"schema": {"type": "string"}}, FORM: {"schema": form}}}
