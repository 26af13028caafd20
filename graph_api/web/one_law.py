"""`reform=` is understood by the few addresses that answer with a reform's law, and refused by all others.

So no answer looks as if it were given under a reform when it was not.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from graph_api.web.problems import problem

REFORM: Final = "reform"
_UNDERSTOOD: Final = ("/api/v1/paths", "/path")


class OneLaw:
    """Refuses `reform=` wherever it is not understood."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = scope["type"] == "http" and QueryParams(scope["query_string"]).get(REFORM)
        asked = scope.get("method") in ("GET", "HEAD")
        if named and not (asked and scope["path"] in _UNDERSTOOD):
            detail = f"reform: this address speaks of the law in force alone; ask {' or '.join(_UNDERSTOOD)} by GET"
            await problem(400, "Bad Request", detail)(scope, receive, send)
            return
        await self._app(scope, receive, send)
