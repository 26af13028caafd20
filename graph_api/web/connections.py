"""Connections that cost more than they bring are dropped: who sends no request, sends it by drips, or does not read."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from graph_api.settings import Settings, from_environment
from graph_api.web.negotiation import PROBLEM

LONGEST_ADDRESS: Final = 65_000
LONGEST_HEAD: Final = 65_536
MOST_HEADERS: Final = 200
_TITLES: Final = {400: "Bad Request", 414: "URI Too Long", 431: "Request Header Fields Too Large"}


class _RefusedError(Exception):
    """Ends the reading of a request."""


@cache
def _settings() -> Settings:
    return from_environment()


class Connection(HttpToolsProtocol):
    """One connection of a client, as uvicorn serves it, with an end to patience."""

    _head: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None
    _size = 0
    _refusal: tuple[int, str] = (400, "this is no HTTP request; send one as RFC 9112 writes it")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_there()
        self._reads_again()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_ADDRESS:
            self._refuse(414, f"the address is longer than {LONGEST_ADDRESS} bytes; send a long query by POST")

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._size += len(name) + len(value) + 4
        if self._size > LONGEST_HEAD or len(self.headers) > MOST_HEADERS:
            self._refuse(431, f"send at most {MOST_HEADERS} headers of {LONGEST_HEAD} bytes in all")

    def on_headers_complete(self) -> None:
        self._head_is_there()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(_settings().reading_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._reads_again()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """What is wrong with a request that cannot be read, as a problem like any other."""
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
