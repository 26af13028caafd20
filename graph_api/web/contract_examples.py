"""Examples in the OpenAPI contract: one for each parameter, each operation and each error."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from graph_api.web.negotiation import JSON, PROBLEM

_VALUES: Final[dict[str, Any]] = {
    "qualification": "fr-dei",
    "profession": "nurse-general-care",
    "country": "NL",
    "issued": "2015-07-01",
    "lang": "fr",
    "limit": 20,
    "offset": 0,
    "fields": "slug,label",
    "format": "csv",
    "q": "infirmière",
    "from": "FR",
    "to": "NL",
    "as_of": "2026-11-23",
    "query": "ASK { ?s ?p ?o }",
}
_OF_PATHS: Final[dict[str, dict[str, Any]]] = {
    "/api/v1/compare": {"qualification": ["fr-dei"]},
    "/api/v1/credentials/paths": {"country": ["NL"]},
    "/api/v1/search": {"country": ["NL"]},
    "/api/v1/crosswalk/{scheme}/{code}": {"scheme": "isco", "code": "2221", "to": "esco"},
    "/api/v1/mappings": {"from": "isco", "to": "esco"},
}
_DETAILS: Final = {
    400: "country: write `NL`, or `BE-fr` for a community (given: 'Holland')",
    403: "SERVICE is switched off here: a query may not call other endpoints",
    404: "there is no profession 'astrologer'",
    405: "PUT is not served here; use GET, HEAD, POST, OPTIONS",
    406: "nothing here can be written as 'image/png'; ask for application/json",
    408: "the body did not arrive within 20 s; send it at once",
    412: "what is served here is not what the condition names; ask for it anew",
    413: "the body is larger than 1048576 bytes; send it in parts",
    415: "the body is packed with gzip; send it as it is",
    429: "more than 120000 requests in a minute; ask again in 13 s",
    503: "this server has no graph yet; run `passerelle build`",
    504: "the query was stopped after 10 s; narrow it, or ask for more with timeout=, up to 60",
}


def with_examples(contract: dict[str, Any]) -> None:
    """Put examples into a contract, wherever there are none yet."""
    for path, operations in contract["paths"].items():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                for parameter in operation.get("parameters", ()):
                    _give(parameter, path)
                for status, response in operation["responses"].items():
                    _explain(int(status) if status.isdigit() else 0, response, path, operation)


def _give(parameter: dict[str, Any], path: str) -> None:
    """An example for a parameter: a value that answers, else what its schema allows."""
    if "example" in parameter or "examples" in parameter:
        return
    schema, name = parameter.get("schema", {}), parameter["name"]
    chosen = _OF_PATHS.get(path, {}).get(name, _VALUES.get(name))
    if chosen is not None and _may_be(schema, chosen):
        parameter["example"] = chosen


def _may_be(schema: dict[str, Any], value: Any) -> bool:
    """Whether the value is of a type that the schema allows."""
    kinds = {each.get("type") for each in (schema, *schema.get("anyOf", ()))}
    if "enum" in schema and value not in schema["enum"]:
        return False
    return {list: "array", int: "integer", str: "string"}[type(value)] in kinds


def _explain(status: int, response: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    content = response.get("content", {})
    if PROBLEM in content and status in _DETAILS:
        example = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": _DETAILS[status],
        }
        content[PROBLEM].setdefault("example", example)
    if 200 <= status < 300 and JSON in content and "example" not in operation:
        operation.setdefault("x-example-request", f"GET {path}")
