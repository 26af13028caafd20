"""Requests that are answered beside: those of a door that sees how costly they are, those of whoever never pauses."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from graph_api.errors import GraphError
from graph_api.web.beside import Beside
from graph_api.web.in_scope import BESIDE
from graph_api.web.one_law import REFORM
from graph_api.web.problems import graph_error

_ONLY_HERE: Final = ("obstacles", "proposals", "reforms", "review", "wrong")
"""Doors that count, keep or begin something in this process."""


class HandingOver:
    """Has requests answered beside where their turn came there: the last step before the doors."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._app
        if scope.get(BESIDE):
            app = await handed_over(Request(scope, receive))
        await app(scope, receive, send)


async def handed_over(request: Request, _error: Exception | None = None) -> Response:
    """What a process for costly work answers to the request; or what is wrong, as everywhere."""
    beside: Beside = request.app.state.services.beside
    try:
        return await beside.answer(request)
    except GraphError as error:
        return graph_error(request, error)


def may_go_beside(scope: Scope) -> bool:
    """Whether a process would answer the request as this one does, and nothing is kept or counted here for it."""
    app: Any = scope["app"]
    first = scope["path"].removeprefix("/api/v1").lstrip("/").partition("/")[0]
    reads = scope["method"] == "GET" or first == "reconcile"
    named = QueryParams(scope["query_string"])
    return app.state.services.beside.works and reads and first not in _ONLY_HERE and REFORM not in named
