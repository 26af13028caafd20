"""What a proxy in front says of a request that it passes on: for whom, by which scheme, name and prefix."""

from __future__ import annotations

import re
from typing import Any, Final, cast

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from graph_api.web.in_scope import FORWARDED

_SAID_BY_PROXIES: Final = b"x-forwarded-"
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


class Forwarded:
    """Believes `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix` of the trusted proxies, and of nobody else."""

    def __init__(self, app: ASGIApp, proxies: str) -> None:
        # uvicorn describes the same interface by other types than Starlette
        self._inner: Any = ProxyHeadersMiddleware(cast("Any", app), trusted_hosts=proxies.split())
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not any(name.startswith(_SAID_BY_PROXIES) for name, _ in scope.get("headers", ())):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http":
            peer = (scope.get("client") or ("",))[0]
            if peer in self._inner.trusted_hosts:
                headers = Headers(scope=scope)
                host = _first(headers.get("x-forwarded-host", ""))
                prefix = _first(headers.get("x-forwarded-prefix", "")).rstrip("/")
                scope = {**scope, FORWARDED: (host, prefix if _PREFIX.fullmatch(prefix) else "")}
        await self._inner(scope, receive, send)


def _first(listed: str) -> str:
    """What the proxy nearest to the client said."""
    return listed.partition(",")[0].strip()
