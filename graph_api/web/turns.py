"""Whose request is answered next: few are worked on at once, and nobody's requests keep those of others waiting.

All requests share one interpreter, so working on many at once makes none of them faster. A place that gets free goes
to whoever has the fewest, then to whom it is longest since one was given. Doors that hand their work to processes
of their own have their own queues, and the people who run the server never wait.

Who asks without a pause comes after everybody else and never has the last place. What a client took of this server is
added up, and forgotten only while it asks nothing: who reads an answer before asking the next is soon owed nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.web.callers import whose
from graph_api.web.in_scope import LEAVE
from graph_api.web.problems import problem

PLACES: Final = 2
"""How many requests are worked on at once."""
MOST_WAITING: Final = 200
MOST_OF_ONE: Final = 100
"""How many wait, in all and of one client; each may hold a body."""
MUCH_SECONDS: Final = 0.5
"""Who has taken more of this server than that, without a pause, comes after the others."""
MOST_SECONDS: Final = 2.5
"""More than that is not held against anybody."""
FORGOTTEN: Final = 0.2
"""So much of it is forgotten in each second in which the client asks nothing."""
_MOST_CLIENTS: Final = 100_000
_ELSEWHERE: Final = ("/sparql", "/dumps", "/static/", "/health", "/ready", "/metrics")


class Taken:
    """What each client has taken of this server, in seconds, less what is forgotten."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._seconds: dict[str, tuple[float, float]] = {}

    def came(self, client: str) -> None:
        """The client asks again; what was forgotten meanwhile is gone."""
        seconds, since = self._seconds.pop(client, (0.0, 0.0))
        left = seconds - FORGOTTEN * (self.now() - since)
        if left > 0:
            self._seconds[client] = left, self.now()

    def add(self, client: str, seconds: float) -> None:
        """An answer to the client took so long; from now on it may be forgotten."""
        before, _ = self._seconds.get(client, (0.0, 0.0))
        if len(self._seconds) >= _MOST_CLIENTS:
            self._seconds = {}
        self._seconds[client] = min(MOST_SECONDS, before + seconds), self.now()

    def is_much(self, client: str) -> bool:
        """Whether the client comes after the others."""
        return self._seconds.get(client, (0.0, 0.0))[0] > MUCH_SECONDS


class Turns:
    """Lets requests in by turns; where too many wait, the client with the most of them is told to come again."""

    def __init__(self, app: ASGIApp, taken: Taken | None = None) -> None:
        self._app, self._taken = app, taken or Taken()
        self._inside: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[bool]]] = {}
        self._served: dict[str, int] = {}
        self._turn = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_ELSEWHERE):
            await self._app(scope, receive, send)
            return
        client = whose((scope.get("client") or ("",))[0])
        if not await self._entered(client):
            detail = "this server is busy; ask again in a moment"
            extra = {"error": "limit_reached", "limit": "concurrency", "value": MOST_OF_ONE}
            await problem(429, "Too Many Requests", detail, extra, {"Retry-After": "1"})(scope, receive, send)
            return
        leave = self._leaving(client)

        async def sent(message: Message) -> None:
            leave()  # what is left to do is to wait for the reader
            await send(message)

        try:
            await self._app({**scope, LEAVE: leave}, receive, sent)
        finally:
            leave()

    async def _entered(self, client: str) -> bool:
        """Whether the client was let in, once its turn has come."""
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if not self._inside[client] and client not in self._waiting:
            self._taken.came(client)
        if not self._has_room(client):
            return False
        self._waiting.setdefault(client, deque()).append(turn)
        self._next()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self._left(client)
            raise

    def _has_room(self, client: str) -> bool:
        """Whether one more may wait; where all places are taken, whoever has the most in the queue makes room."""
        mine = len(self._waiting.get(client, ()))
        if mine >= MOST_OF_ONE:
            return False
        if sum(map(len, self._waiting.values())) < MOST_WAITING:
            return True
        greedy = max(self._waiting, key=lambda each: len(self._waiting[each]))
        if mine + 1 >= len(self._waiting[greedy]):
            return False
        self._waiting[greedy].pop().set_result(False)
        return True

    def _next(self) -> None:
        """Give free places to those whose turn it is."""
        while self._inside.total() < PLACES and (able := [each for each in self._waiting if self._may_enter(each)]):
            client = min(able, key=self._order)
            turn = self._waiting[client].popleft()
            if not self._waiting[client]:
                del self._waiting[client]
            if turn.done():
                continue  # whoever waited has been cancelled
            self._inside[client] += 1
            self._turn += 1
            self._served[client] = self._turn
            turn.set_result(True)

    def _may_enter(self, client: str) -> bool:
        """The last place is for those who have not taken much."""
        much = self._taken.is_much
        return not much(client) or sum(n for each, n in self._inside.items() if much(each)) < max(1, PLACES - 1)

    def _order(self, client: str) -> tuple[bool, int, int]:
        return self._taken.is_much(client), self._inside[client], self._served.get(client, 0)

    def _leaving(self, client: str) -> Callable[[], None]:
        """Gives the place back, once."""
        began, left = self._taken.now(), False

        def leave() -> None:
            nonlocal left
            if not left:
                left = True
                self._taken.add(client, self._taken.now() - began)
                self._left(client)

        return leave

    def _left(self, client: str) -> None:
        self._inside -= Counter([client])
        here = self._inside.keys() | self._waiting.keys()
        if len(self._served) > 4 * len(here) + 1000:
            self._served = {each: turn for each, turn in self._served.items() if each in here}
        self._next()
