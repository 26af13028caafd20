"""How often a client may ask, told with every answer; and the id under which a request can be spoken of."""

from __future__ import annotations

import re
import time
import uuid
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.web.callers import whose
from graph_api.web.in_scope import REQUEST, REQUEST_ID
from graph_api.web.problems import problem

LIMITED: Final = ("/api/", "/sparql", "/reconcile/", "/esco/", "/data/", "/dumps")
_WINDOW_SECONDS: Final = 60
_MOST_CLIENTS: Final = 100_000
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Requests:
    """Names each request, and counts those of each client to the doors for machines in windows of a minute."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most
        self._window = 0
        self._asked: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        told = {REQUEST_ID: given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex}
        scope = {**scope, REQUEST: told[REQUEST_ID]}
        left = None
        if scope["path"].startswith(LIMITED):
            left, seconds = self._left((scope.get("client") or ("",))[0])
            told |= self._headers(left, seconds)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        if left is not None and left < 0:
            detail = f"more than {self._most} requests in a minute; ask again in {seconds} s"
            extra = {"error": "limit_reached", "limit": "requests_per_minute", "value": self._most}
            answer = problem(429, "Too Many Requests", detail, extra, {"Retry-After": str(seconds)})
            await answer(scope, receive, named)
            return
        await self._app(scope, receive, named)

    def _left(self, address: str) -> tuple[int, int]:
        """How many requests the client has left in this window, below 0 for one too many; and when it ends."""
        now = time.time()
        window = int(now // _WINDOW_SECONDS)
        if window != self._window or len(self._asked) > _MOST_CLIENTS:
            self._window, self._asked = window, {}
        client = whose(address)
        self._asked[client] = asked = self._asked.get(client, 0) + 1
        return self._most - asked, max(1, round((window + 1) * _WINDOW_SECONDS - now))

    def _headers(self, left: int, seconds: int) -> dict[str, str]:
        return {
            "RateLimit-Policy": f"{self._most};w={_WINDOW_SECONDS}",
            "RateLimit-Limit": str(self._most),
            "RateLimit-Remaining": str(max(left, 0)),
            "RateLimit-Reset": str(seconds),
        }
