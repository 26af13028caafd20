"""What is refused before any door sees it: headers longer than any client needs."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from graph_api.web.problems import problem

LONGEST_HEADER: Final = 8190
"""As many bytes as Apache allows."""


class HeaderLimit:
    """Answers 431 where a header is too long (RFC 6585, section 5)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for name, value in scope["headers"] if scope["type"] == "http" else ():
            if len(value) > LONGEST_HEADER:
                detail = f"the header {name.decode('latin-1')} has {len(value)} bytes; send at most {LONGEST_HEADER}"
                await problem(431, "Request Header Fields Too Large", detail)(scope, receive, send)
                return
        await self._app(scope, receive, send)
