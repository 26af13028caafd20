"""Connections that cost more than they bring are dropped: who sends no request, sends it by drips, or does not read."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from graph_api.settings import Settings, from_environment
from graph_api.web.negotiation import PROBLEM

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

LONGEST_ADDRESS: Final = 65_000
LONGEST_HEAD: Final = 65_536
MOST_HEADERS: Final = 200
LONGEST_UNREAD: Final = LONGEST_ADDRESS + LONGEST_HEAD
"""As much may come without anything of a request being whole: a line, a header, a piece of a body."""
MOST_AHEAD: Final = 50
"""As many requests a client may send before it has the answer to the first."""
_TITLES: Final = {400: "Bad Request", 414: "URI Too Long", 431: "Request Header Fields Too Large"}


class _RefusedError(Exception):
    """Ends the reading of a request."""


@cache
def _settings() -> Settings:
    return from_environment()


class _Together:
    """Sends the head of an answer with what comes after it, where that comes at once: one message instead of two.

    uvicorn writes both by themselves, and each wakes the client.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._head: bytes | None = b""
        """What was written of the head and waits; None once it was sent."""

    def write(self, data: bytes) -> None:
        """Send, or keep for the moment what is first."""
        if self._head is None:
            self._transport.write(data)
        elif not self._head:
            self._head = data
            self._loop.call_soon(self._send_head)
        else:
            head, self._head = self._head, None
            self._transport.write(head + data)

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, None
            self._transport.write(head)

    def close(self) -> None:
        """Close the connection once all is sent."""
        self._send_head()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._transport.is_closing()


class Connection(HttpToolsProtocol):
    """One connection of a client, as uvicorn serves it, with an end to patience."""

    _head: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _answered: RequestResponseCycle | None = None
    _size = 0
    _unread = 0
    _refusal: tuple[int, str] = (400, "this is no HTTP request; send one as RFC 9112 writes it")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_there()
        self._reads_again()
        super().connection_lost(exc)
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True  # uvicorn tells only the last of those that were sent ahead
            self._answered.message_event.set()

    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        super().data_received(data)
        if self._unread > LONGEST_UNREAD and not self.transport.is_closing():
            self._refusal = 431, f"a line of the request is longer than {LONGEST_HEAD} bytes; send shorter ones"
            self.send_400_response("")
        if self._head is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size = self._unread = 0
        if len(self.pipeline) >= MOST_AHEAD:
            self._refuse(400, f"send at most {MOST_AHEAD} requests ahead of the answers")

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_ADDRESS:
            self._refuse(414, f"the address is longer than {LONGEST_ADDRESS} bytes; send a long query by POST")

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._unread = 0
        self._size += len(name) + len(value) + 4
        if self._size > LONGEST_HEAD or len(self.headers) > MOST_HEADERS:
            self._refuse(431, f"send at most {MOST_HEADERS} headers of {LONGEST_HEAD} bytes in all")

    def on_headers_complete(self) -> None:
        self._head_is_there()
        self._unread = 0
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        cycle.transport = cast("asyncio.Transport", _Together(self.transport, self.loop))
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unread = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()  # what was sent ahead is answered before more is read

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(_settings().reading_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._reads_again()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """What is wrong with a request that cannot be read, as a problem like any other.

        Where the answer to an earlier request is still to come, it would be taken for that one: then we hang up.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()
            return
        status, detail = self._refusal
        body = json.dumps(
            {"type": "about:blank", "title": _TITLES[status], "status": status, "detail": detail}
        ).encode()
        head = f"content-type: {PROBLEM}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self.transport.close()

    def _refuse(self, status: int, detail: str) -> None:
        self._refusal = status, detail
        raise _RefusedError

    def _await_head(self) -> None:
        if not self.transport.is_closing():
            self._head = self.loop.call_later(_settings().head_seconds, self.transport.abort)

    def _head_is_there(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _reads_again(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
