"""How often a client may ask, told with every answer; and the id under which a request can be spoken of."""

from __future__ import annotations

import re
import secrets
import time
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.web.callers import whose
from graph_api.web.in_scope import REQUEST, REQUEST_ID
from graph_api.web.problems import problem

LIMITED: Final = ("/api/", "/sparql", "/reconcile/", "/esco/", "/data/", "/dumps")
_WINDOW_SECONDS: Final = 60
_MOST_CLIENTS: Final = 100_000
ID: Final = REQUEST_ID.lower().encode()
"""The header with the id of a request, as it is sent."""
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Rates:
    """How many requests each client has left, in windows of a minute."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._of_each_answer = [
            (b"ratelimit-policy", f"{most};w={_WINDOW_SECONDS}".encode()),
            (b"ratelimit-limit", str(most).encode()),
        ]
        self._window = 0
        self._asked: dict[str, int] = {}

    def left(self, client: str) -> tuple[int, int]:
        """After one more request: how many are left in this window, below 0 for one too many; and when it ends."""
        now = time.time()
        window = int(now // _WINDOW_SECONDS)
        if window != self._window or len(self._asked) > _MOST_CLIENTS:
            self._window, self._asked = window, {}
        self._asked[client] = asked = self._asked.get(client, 0) + 1
        return self.most - asked, max(1, round((window + 1) * _WINDOW_SECONDS - now))

    def has_left(self, client: str) -> bool:
        """Whether the client may ask once more now."""
        return self._asked.get(client, 0) < self.most or int(time.time() // _WINDOW_SECONDS) != self._window

    def headers(self, left: int, seconds: int) -> list[tuple[bytes, bytes]]:
        """What an answer says of that."""
        return [
            *self._of_each_answer,
            (b"ratelimit-remaining", b"%d" % max(left, 0)),
            (b"ratelimit-reset", b"%d" % seconds),
        ]


class Requests:
    """Names each request, and counts those of each client to the doors for machines."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self._app, self._rates = app, rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _GIVEN_ID.fullmatch(given) else new_id()
        told = [(ID, request_id.encode())]
        scope = {**scope, REQUEST: request_id}
        left = None
        if scope["path"].startswith(LIMITED):
            left, seconds = self._rates.left(whose((scope.get("client") or ("",))[0]))
            told += self._rates.headers(left, seconds)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *told]  # which nobody further in has set
            await send(message)

        if left is not None and left < 0:
            most = self._rates.most
            detail = f"more than {most} requests in a minute; ask again in {seconds} s"
            extra = {"error": "limit_reached", "limit": "requests_per_minute", "value": most}
            answer = problem(429, "Too Many Requests", detail, extra, {"Retry-After": str(seconds)})
            await answer(scope, receive, named)
            return
        await self._app(scope, receive, named)


def new_id() -> str:
    """An id for a request that brings none."""
    return secrets.token_hex(16)
