"""Who waits for an answer, and whether still: work for a client that has hung up is stopped."""

from __future__ import annotations

import asyncio
import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from graph_api.errors import GraphError

if TYPE_CHECKING:
    from fastapi import Request
    from fastapi.responses import Response

CLIENT_GONE: Final = 499
"""The status that stands in logs for an answer that nobody waited for."""
_NETWORK_OF_ONE: Final = 64
"""Of an IPv6 address, so many bits tell whose it is."""


class ClientGone(GraphError):
    """Nobody waits for this answer any more."""


class Caller:
    """One client that waits for one answer."""

    def __init__(self, address: str = "") -> None:
        self.address = whose(address)
        self.gone = False
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []

    def hang_up(self) -> None:
        """The client has gone: stop what is done for it."""
        with self._lock:
            self.gone, stops = True, list(self._stops)
        for stop in stops:
            stop()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """While the block runs, the client's going calls `stop`; at once where it has gone before."""
        with self._lock:
            self._stops.append(stop)
            gone = self.gone
        try:
            if gone:
                stop()
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)


@lru_cache(maxsize=1000)
def whose(address: str) -> str:
    """What tells one client from another: its address, of IPv6 its network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, _NETWORK_OF_ONE), strict=False)) if parsed.version == 6 else address


def address_of(request: Request) -> str:
    """The address of whoever asks; empty where it is not known."""
    return request.client.host if request.client else ""


async def answered(request: Request, answer: Callable[[Caller], Response]) -> Response:
    """What `answer` gives, which works in a thread of its own, for as long as the client waits for it."""
    # a process for queries speaks of callers and needs no web framework to start
    from fastapi.concurrency import run_in_threadpool
    from fastapi.responses import Response

    caller = Caller(address_of(request))
    asking = asyncio.ensure_future(run_in_threadpool(answer, caller))
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if asking.done():
            return await asking
        caller.hang_up()
        await asyncio.wait({asking})
        if asking.exception() is None and (close := getattr(asking.result(), "close", None)):
            close()
        return Response(status_code=CLIENT_GONE)
    finally:
        leaving.cancel()


async def _left(request: Request) -> None:
    """Until the client hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
