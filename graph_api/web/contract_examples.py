"""Examples in the OpenAPI contract: one for each parameter, each operation and each error.

Those of answers and bodies were given by the service itself (`docs/examples.py`); `contract_examples.json` keeps them.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
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
    "/api/v1/crosswalk/{scheme}/{code}": {"scheme": "isco08", "code": "2221", "to": "esco"},
    "/api/v1/reforms/{slug}": {"slug": "benelux-levels-france-germany"},
    "/api/v1/reforms/{slug}/changes": {"slug": "benelux-levels-france-germany"},
    "/api/v1/obstacles/changes": {"a": "2026-12-31", "b": "2027-01-01"},
    "/api/v1/mappings": {"from": "profession", "to": "isco08"},
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


_ANSWERS: Final = Path(__file__).with_suffix(".json")
_UNTOLD: Final = "422"
"""What FastAPI believes of each operation; what does not fit is answered with 400 here."""


def with_examples(contract: dict[str, Any]) -> None:
    """Put examples into a contract, wherever there are none yet."""
    given = json.loads(_ANSWERS.read_text(encoding="utf-8"))
    for name in ("HTTPValidationError", "ValidationError"):
        contract["components"]["schemas"].pop(name, None)
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            operation["responses"].pop(_UNTOLD, None)
            for parameter in operation.get("parameters", ()):
                _give(parameter, path)
            for status, response in operation["responses"].items():
                _explain(int(status), response)
            _show(operation, given.get(f"{method} {path}", {}))


def _show(operation: dict[str, Any], given: dict[str, Any]) -> None:
    """What was answered, and what was sent, where the operation has such a form."""
    for side, said in (
        (operation["responses"].get("200", {}), given.get("answers", {})),
        (operation.get("requestBody", {}), given.get("bodies", {})),
    ):
        for media_type, example in said.items():
            if media_type in side.get("content", {}):
                side["content"][media_type].setdefault("example", example)


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


def _explain(status: int, response: dict[str, Any]) -> None:
    """An example of the error, in either shape."""
    content, detail = response.get("content", {}), _DETAILS.get(status)
    if PROBLEM in content and detail:
        title = HTTPStatus(status).phrase
        example = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        content[PROBLEM].setdefault("example", example)
    elif JSON in content and detail:
        example = {"logref": "BadInputException", "status": status, "message": detail, "_links": None}
        content[JSON].setdefault("example", example)
