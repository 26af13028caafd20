"""What many operations of the OpenAPI contract have in common: their errors, and the forms of their answers."""

from __future__ import annotations

from typing import Any, Final

from graph_api.web.negotiation import JSON, PROBLEM

Answers = dict[int | str, dict[str, Any]]
"""What an operation says of its answers, by status."""

PROBLEM_SCHEMA: Final = {
    "type": "object",
    "description": "What is wrong and what to write instead (RFC 9457)",
    "required": ["title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "error": {"type": "string"},
    },
}
_PROBLEM: Final[dict[str, Any]] = {
    "description": "What is wrong and what to write instead",
    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
PROBLEMS: Final[Answers] = dict.fromkeys((400, 404, 406, 412, 429, 503), _PROBLEM)
"""What every door says of its errors in the contract."""
UNAVAILABLE: Final[Answers] = {503: _PROBLEM}
"""What a door says that may have no graph."""
BODY_PROBLEMS: Final[Answers] = {408: _PROBLEM, 413: _PROBLEM, 415: _PROBLEM}
"""What a door that takes bodies says besides."""
_ESCO_PROBLEM: Final[dict[str, Any]] = {
    "description": "What is wrong, in the shape of ESCO's own service",
    "content": {JSON: {"schema": {"$ref": "#/components/schemas/EscoProblem"}}},
}
ESCO_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["logref", "status", "message", "_links"],
    "properties": {
        "logref": {"type": "string"},
        "status": {"type": "integer"},
        "message": {"type": "string"},
        "_links": {"type": ["object", "null"]},
    },
}
ESCO_PROBLEMS: Final[Answers] = {
    400: _ESCO_PROBLEM,
    404: _ESCO_PROBLEM,
    412: _PROBLEM,
    429: _PROBLEM,
    503: _ESCO_PROBLEM,
}
"""What the door in the shape of ESCO's service says of its errors."""


def described(*media_types: str) -> dict[str, dict[str, Any]]:
    """The content of an answer in the contract: text in each of the media types; JSON may be anything."""
    return {each: {} if each.endswith("json") else {"schema": {"type": "string"}} for each in media_types}
