"""Which status of HTTP each error of ours has, on every door."""

from __future__ import annotations

from typing import Final

from graph_api.errors import (
    BadQuery,
    BadRequest,
    GraphError,
    LimitReached,
    NoGraph,
    NotTakenIn,
    QueryRefused,
    StoreUnavailable,
    UnknownIdentifier,
)

_STATUS: Final = {
    UnknownIdentifier: 404,
    QueryRefused: 403,
    NotTakenIn: 403,
    BadRequest: 400,
    BadQuery: 400,
    NoGraph: 503,
    StoreUnavailable: 503,
}
_LIMIT_STATUS: Final = {
    "query_characters": 413,
    "query_tokens": 413,
    "batch": 413,
    "questions": 413,
    "question_bytes": 413,
    "result_megabytes": 413,
    "concurrency": 429,
    "proposals_a_day": 429,
    "maps_an_hour": 429,
    "seconds": 504,
    "memory": 503,
}


def status_of(error: GraphError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, LimitReached):
        return _LIMIT_STATUS.get(error.limit, 503)
    if isinstance(error, BadRequest) and error.parameter == "Accept":
        return 406
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
