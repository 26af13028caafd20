"""What is refused before any door sees it: headers, addresses and bodies larger than any client needs, or too slow."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.web.in_scope import BODY
from graph_api.web.problems import problem

LONGEST_HEADER: Final = 8190
"""As many bytes as Apache allows."""
MOST_PARAMETERS: Final = 1000


class HeaderLimit:
    """Answers 431 where a header is too long (RFC 6585, section 5), 400 where an address has too many parameters."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for name, value in scope["headers"] if scope["type"] == "http" else ():
            if len(value) > LONGEST_HEADER:
                detail = f"the header {name.decode('latin-1')} has {len(value)} bytes; send at most {LONGEST_HEADER}"
                told: dict[str, Any] = {"limit": "header_bytes", "value": LONGEST_HEADER}
                await problem(431, "Request Header Fields Too Large", detail, told)(scope, receive, send)
                return
        if scope["type"] == "http" and (given := scope["query_string"].count(b"&") + 1) > MOST_PARAMETERS:
            detail = f"the address has {given} parameters; send at most {MOST_PARAMETERS}"
            told = {"limit": "parameters", "value": MOST_PARAMETERS}
            await problem(400, "Bad Request", detail, told)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class BodyLimit:
    """Takes in a request's body before any door begins: 413 where it is too large, 408 where it comes too slowly.

    So no door holds more than the limit, none waits for a client that sends a byte now and then, and whoever hangs
    up while sending has asked nothing.
    """

    def __init__(self, app: ASGIApp, most: int, seconds: float, most_of_batches: int = 0) -> None:
        self._app, self._seconds = app, seconds
        self._most, self._most_of_batches = most, max(most, most_of_batches)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        if coding := _coding(scope):
            told = {"Accept-Encoding": "identity", "Connection": "close"}
            detail = f"the body is packed with {coding}; send it as it is"
            await problem(415, "Unsupported Media Type", detail, headers=told)(scope, receive, send)
            return
        most = self._most_of_batches if _is_batch(scope) else self._most
        if _announced(scope) > most:
            await _too_large(most)(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = await _read(receive, most)
        except TimeoutError:
            detail = f"the body did not arrive within {self._seconds:g} s; send it at once"
            limit = {"limit": "body_seconds", "value": self._seconds}
            await problem(408, "Request Timeout", detail, limit, {"Connection": "close"})(scope, receive, send)
            return
        if body is None:
            return
        if len(body) > most:
            await _too_large(most)(scope, receive, send)
            return
        whole = bytes(body)
        await self._app({**scope, BODY: whole}, _again(whole, receive), send)


async def _read(receive: Receive, most: int) -> bytearray | None:
    """The body, or as much of it as shows that it is too large; None where the client has gone."""
    body = bytearray()
    more = True
    while more and len(body) <= most:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _too_large(most: int) -> ASGIApp:
    detail = f"the body is larger than {most} bytes; send it in parts"
    extra = {"error": "limit_reached", "limit": "body_kilobytes", "value": most // 1024}
    return problem(413, "Content Too Large", detail, extra, {"Connection": "close"})


def _is_batch(scope: Scope) -> bool:
    """Whether the body is a line for each of many questions."""
    said = [value for name, value in scope["headers"] if name == b"content-type"]
    return any(value.partition(b";")[0].strip().lower() == b"application/x-ndjson" for value in said)


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def _coding(scope: Scope) -> str:
    """How the body is packed; empty for as it is (RFC 9110, 8.4.1: names of codings know no case)."""
    said = [value.decode("latin-1").strip() for name, value in scope["headers"] if name == b"content-encoding"]
    return ", ".join(each for each in said if each.lower() != "identity")


def _announced(scope: Scope) -> int:
    """How many bytes the client says it sends."""
    said = [int(value) for name, value in scope["headers"] if name == b"content-length" and value.isdigit()]
    return max(said, default=0)


def _again(body: bytes, receive: Receive) -> Receive:
    """Hands the body over as one message, then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
