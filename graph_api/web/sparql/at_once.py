"""The short way of a query: a program posts it, a process has nothing to do, and no layer has anything to add.

Most queries come so, and for these the layers, the routing and the objects of a web framework cost more than most
queries do. The short way takes a request only where every layer would let it pass as it is, which is read off its
headers once for all requests that have the same. Everything else goes on as it came, what was read of its body
included; and of an answer both ways say the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from fastapi import Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.errors import BadRequest, GraphError
from graph_api.web import counts, logs
from graph_api.web.callers import whose
from graph_api.web.entrance import HostNames, is_host, own_address
from graph_api.web.in_scope import BASE
from graph_api.web.negotiation import HTML, choose
from graph_api.web.rates import ID, Rates, new_id
from graph_api.web.sparql.endpoint import Endpoint, Way, told_of_errors
from graph_api.web.sparql.media_types import GRAPH_TYPES, TABLE_TYPES
from graph_api.web.sparql.pool import Begun
from graph_api.web.sparql.request import DIRECT, FORM, asked_by, in_body
from graph_api.web.turns import Taken

LONGEST_BODY: Final = 4000
"""A longer body, in bytes, takes the way of all."""
_SECONDS: Final = 1.0
"""For so long a body is waited for here."""
_SAYS_NO_MORE: Final = frozenset(
    {
        *(b"host", b"user-agent", b"accept", b"accept-encoding", b"accept-language", b"content-type"),
        *(b"content-length", b"connection", b"keep-alive", b"cache-control", b"pragma"),
    }
)
"""The headers of a request on the short way; with any other, some layer may have something to do."""
_MOST_SAID: Final = 2000
"""All headers together, in bytes."""
_LENGTH: Final = b"content-length"
_VARY: Final = b"vary"
_ORIGIN: Final = b"Origin"
_ADDED: Final = (b"x-content-type-options", b"nosniff")
"""What layers add to every answer, and on which header of a request they make it depend."""

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Said:
    """What the headers of a request say."""

    base: str
    """The address under which the client knows this server."""
    body_type: str
    types: tuple[str | None, str | None]
    """The media types that it likes best for a table and for a graph; None where it likes none that there is."""


@dataclass(frozen=True)
class Shared:
    """What layers of the way of all keep and the short way keeps with them."""

    names: HostNames
    rates: Rates
    taken: Taken


class AtOnce:
    """Answers queries on the short way; hands everything else on."""

    def __init__(
        self,
        app: ASGIApp,
        endpoint: Endpoint,
        shared: Shared,
        refused: Callable[[Request, Exception], Response],
    ) -> None:
        """`app` is the way of all; `refused` is what is answered where a query comes to nothing."""
        self._app, self._endpoint, self._refused = app, endpoint, refused
        self._names, self._rates, self._taken = shared.names, shared.rates, shared.taken
        self._said = lru_cache(maxsize=1000)(self._read)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = self._said_in(scope)
        if said is None:
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(_SECONDS):
                message = await receive()
        except TimeoutError:
            await self._app(scope, receive, send)
            return
        client = whose((scope.get("client") or ("",))[0])
        self._taken.came(client)
        try:
            begun = self._begun(message, said, client)
            if begun is not None:
                await self._answered(begun, said, client, scope, receive, send)
        finally:
            self._taken.went(client)
        if begun is None:
            await self._app(scope, _again(message, receive), send)

    def _said_in(self, scope: Scope) -> Said | None:
        """What the request says, where it may go the short way."""
        if scope.get("path") != self._endpoint.path or scope.get("method") != "POST" or scope["query_string"]:
            return None
        given = scope["headers"]
        if len(given) > len(_SAYS_NO_MORE):
            return None
        headers = tuple([each for each in given if each[0] != _LENGTH])
        if len(headers) + 1 != len(given):  # a body of which the length is not told
            return None
        name, port = scope.get("server") or ("localhost", None)
        return self._said(headers, (name, port), scope["scheme"])

    def _read(self, headers: Headers, server: tuple[str, int | None], scheme: str) -> Said | None:
        told = {name: value.decode("latin-1") for name, value in headers}
        if (
            len(told) < len(headers)
            or not told.keys() <= _SAYS_NO_MORE
            or sum(len(value) for value in told.values()) > _MOST_SAID
            or not is_host(told.get(b"host", " "))
        ):
            return None
        body_type, accept = told.get(b"content-type", ""), told.get(b"accept")
        if body_type not in (FORM, DIRECT) or (accept and HTML in accept):
            return None
        own = own_address(server, scheme)
        base = self._names.base or f"{scheme}://{self._names.host(told[b'host'], own)}"
        return Said(base, body_type, (_liked(accept, TABLE_TYPES), _liked(accept, GRAPH_TYPES)))

    def _begun(self, message: Message, said: Said, client: str) -> tuple[Begun, Way] | None:
        """The query of the message, where a process has begun it."""
        body = message.get("body", b"")
        if message["type"] != "http.request" or message.get("more_body") or len(body) > LONGEST_BODY:
            return None
        if not self._rates.has_left(client):
            return None
        try:
            asked = asked_by(in_body(body, said.body_type), self._endpoint.settings)
            return self._endpoint.begun(asked, said.base, said.types, client)
        except GraphError:
            return None  # which the way of all will say

    async def _answered(
        self, begun: tuple[Begun, Way], said: Said, client: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Send what becomes of the query, with what layers add to an answer, and write it down."""
        began, request_id, status = time.perf_counter(), new_id().encode(), int(HTTPStatus.INTERNAL_SERVER_ERROR)
        added = [(ID, request_id), *self._rates.headers(*self._rates.left(client)), _ADDED]

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                vary = [value for name, value in message["headers"] if name == _VARY]
                kept = [each for each in message["headers"] if each[0] != _VARY]
                message["headers"] = [*kept, (_VARY, b", ".join([*vary, _ORIGIN])), *added]
            await send(message)

        request = Request({**scope, BASE: said.base}, receive)
        try:
            answer = await self._result(begun, request)
            await answer(request.scope, receive, told)
        finally:
            counts.answered(scope["path"], status)
            logs.note(scope, status, request_id, time.perf_counter() - began)

    async def _result(self, begun: tuple[Begun, Way], request: Request) -> Response:
        try:
            with told_of_errors():
                return await self._endpoint.ended(*begun, request)
        except GraphError as error:
            return self._refused(request, error)


def _liked(accept: str | None, offered: Sequence[str]) -> str | None:
    try:
        return choose(accept, offered)
    except BadRequest:
        return None


def _again(message: Message, receive: Receive) -> Receive:
    """Hands over first what was received already."""
    waiting = [message]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
