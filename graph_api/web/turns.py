"""Whose request is answered next: few are worked on at once, and nobody's requests keep those of others waiting.

All requests share one interpreter, so working on many at once makes none of them faster. A place that gets free goes
to whoever has the fewest, then to whom it is longest since one was given. Doors that hand their work to processes
of their own have their own queues, and the people who run the server never wait.

Who asks without a pause comes after everybody else and never has the last place; while others ask, it is answered
beside, by a process of the lowest priority, wherever that can be. What a client took of this server's processor time is
added up, at every door, and forgotten only while it asks nothing: who reads an answer before asking the next is soon
owed nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.web.callers import whose
from graph_api.web.in_scope import BESIDE, LEAVE
from graph_api.web.problems import problem

PLACES: Final = 2
"""How many requests are worked on at once."""
PLACES_BESIDE: Final = 1
"""How many of those who ask without a pause are answered beside at once."""
MOST_WAITING: Final = 200
MOST_OF_ONE: Final = 100
"""How many wait, in all and of one client; each may hold a body."""
MUCH_SECONDS: Final = 0.5
"""Who has taken more of this server than that, without a pause, comes after the others."""
MOST_SECONDS: Final = 2.5
"""More than that is not held against anybody."""
FORGOTTEN: Final = 0.2
"""So much of it is forgotten in each second in which the client asks nothing."""
OTHERS_SECONDS: Final = 10.0
"""So long after somebody who has not taken much has asked, those who have are answered beside."""
_MOST_CLIENTS: Final = 100_000
_ELSEWHERE: Final = ("/sparql", "/dumps", "/static/")
_OF_OPERATORS: Final = ("/health", "/ready", "/metrics")


class Taken:
    """What each client has taken of this server, in seconds, less what is forgotten."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._seconds: dict[str, tuple[float, float]] = {}
        self._asking: Counter[str] = Counter()

    def came(self, client: str) -> None:
        """The client asks; what was forgotten while it asked nothing is gone."""
        self._asking[client] += 1
        if self._asking[client] > 1 or client not in self._seconds:
            return
        seconds, since = self._seconds.pop(client)
        left = seconds - FORGOTTEN * (self.now() - since)
        if left > 0:
            self._seconds[client] = left, self.now()

    def went(self, client: str) -> None:
        """The client has its answer; from now on what it took may be forgotten."""
        self._asking[client] -= 1
        if not self._asking[client]:
            del self._asking[client]
        if client in self._seconds:
            self._seconds[client] = self._seconds[client][0], self.now()

    def add(self, client: str, seconds: float) -> None:
        """An answer to the client took so much."""
        before, _ = self._seconds.get(client, (0.0, 0.0))
        if len(self._seconds) >= _MOST_CLIENTS:
            self._seconds = {}
        self._seconds[client] = min(MOST_SECONDS, before + seconds), self.now()

    def is_much(self, client: str) -> bool:
        """Whether the client comes after the others."""
        return self._seconds.get(client, (0.0, 0.0))[0] > MUCH_SECONDS


class _Place(Enum):
    """What becomes of a request whose turn has come."""

    HERE = auto()
    BESIDE = auto()
    NOWHERE = auto()


@dataclass(eq=False)
class _Waiting:
    turn: asyncio.Future[_Place]
    may_go_beside: bool


class Turns:
    """Lets requests in by turns; where too many wait, the client with the most of them is told to come again."""

    def __init__(
        self,
        app: ASGIApp,
        taken: Taken | None = None,
        spent: Callable[[], float] = time.process_time,
        may_go_beside: Callable[[Scope], bool] = lambda _: False,
    ) -> None:
        """`spent` says what this process has worked so far; `may_go_beside` which requests need not be answered here.

        On a machine with other work time goes by in which nothing is taken.
        """
        self._app, self._taken, self._spent, self._may_go_beside = app, taken or Taken(), spent, may_go_beside
        self._inside: Counter[str] = Counter()
        self._beside = 0
        self._waiting: dict[str, deque[_Waiting]] = {}
        self._served: dict[str, int] = {}
        self._turn = 0
        self._asked: dict[str, float] = {}
        """When each of those who had not taken much asked last, the latest at the end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_OF_OPERATORS):
            await self._app(scope, receive, send)
            return
        client = whose((scope.get("client") or ("",))[0])
        self._taken.came(client)
        try:
            if scope["path"].startswith(_ELSEWHERE):
                await self._app(scope, receive, send)
            else:
                await self._in_turn(client, scope, receive, send)
        finally:
            self._taken.went(client)

    async def _in_turn(self, client: str, scope: Scope, receive: Receive, send: Send) -> None:
        place = await self._entered(client, self._may_go_beside(scope))
        if place is _Place.NOWHERE:
            detail = "this server is busy; ask again in a moment"
            extra = {"error": "limit_reached", "limit": "concurrency", "value": MOST_OF_ONE}
            await problem(429, "Too Many Requests", detail, extra, {"Retry-After": "1"})(scope, receive, send)
            return
        leave = self._leaving(client, place)
        told = {BESIDE: True} if place is _Place.BESIDE else {LEAVE: leave}

        async def sent(message: Message) -> None:
            leave()  # what is left to do is to wait for the reader
            await send(message)

        try:
            await self._app({**scope, **told}, receive, sent)
        finally:
            leave()

    async def _entered(self, client: str, may_go_beside: bool) -> _Place:
        """Where the request is answered, once its turn has come."""
        mine = _Waiting(asyncio.get_running_loop().create_future(), may_go_beside)
        self._note(client)
        if not self._has_room(client):
            return _Place.NOWHERE
        self._waiting.setdefault(client, deque()).append(mine)
        self._next()
        try:
            return await mine.turn
        except asyncio.CancelledError:
            if mine.turn.done() and not mine.turn.cancelled():
                self._left(client, mine.turn.result())
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
        self._waiting[greedy].pop().turn.set_result(_Place.NOWHERE)
        return True

    def _next(self) -> None:
        """Give free places to those whose turn it is."""
        while able := {each: place for each in self._waiting if (place := self._place_for(each)) is not _Place.NOWHERE}:
            client = min(able, key=self._order)
            turn = self._waiting[client].popleft().turn
            if not self._waiting[client]:
                del self._waiting[client]
            if turn.done():
                continue  # whoever waited has been cancelled
            if able[client] is _Place.HERE:
                self._inside[client] += 1
            else:
                self._beside += 1
            self._turn += 1
            self._served[client] = self._turn
            turn.set_result(able[client])

    def _place_for(self, client: str) -> _Place:
        """Where the client's next request can be answered now: the last place is for those who have not taken much."""
        much, inside = self._taken.is_much, self._inside
        if not much(client):
            return _Place.HERE if inside.total() < PLACES else _Place.NOWHERE
        if self._waiting[client][0].may_go_beside and self._others_ask():
            return _Place.BESIDE if self._beside < PLACES_BESIDE else _Place.NOWHERE
        of_those = sum(n for each, n in inside.items() if much(each))
        return _Place.HERE if of_those < max(1, PLACES - 1) and inside.total() < PLACES else _Place.NOWHERE

    def _note(self, client: str) -> None:
        """Note that the client asks, and forget who asked long ago."""
        self._asked.pop(client, None)
        if not self._taken.is_much(client):
            self._asked[client] = self._taken.now()
        while self._asked and self._is_long_ago(next(iter(self._asked.values()))):
            del self._asked[next(iter(self._asked))]

    def _is_long_ago(self, moment: float) -> bool:
        return self._taken.now() - moment >= OTHERS_SECONDS

    def _others_ask(self) -> bool:
        """Whether anybody has asked a short while ago who has not taken much even now."""
        lately = itertools.takewhile(lambda each: not self._is_long_ago(self._asked[each]), reversed(self._asked))
        return any(not self._taken.is_much(each) for each in lately)

    def _order(self, client: str) -> tuple[bool, int, int]:
        return self._taken.is_much(client), self._inside[client], self._served.get(client, 0)

    def _leaving(self, client: str, place: _Place) -> Callable[[], None]:
        """Gives the place back, once."""
        began, left = self._spent(), False

        def leave() -> None:
            nonlocal left
            if left:
                return
            left = True
            if place is _Place.HERE:
                self._taken.add(client, (self._spent() - began) / self._inside.total())
            self._left(client, place)

        return leave

    def _left(self, client: str, place: _Place) -> None:
        if place is _Place.HERE:
            self._inside -= Counter([client])
        elif place is _Place.BESIDE:
            self._beside -= 1
        here = self._inside.keys() | self._waiting.keys()
        if len(self._served) > 4 * len(here) + 1000:
            self._served = {each: turn for each, turn in self._served.items() if each in here}
        self._next()
