"""Who may come in where work is costly: so many at once, so many who wait, and everybody else later.

Nobody can keep others out. A place that gets free goes to whoever has the fewest, then to whom it is longest since one
was given; where the queue is full, the last request of whoever has the most in it makes room for one of a client that
has fewer; and work that asks for more than the usual time never takes more than half of the places.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from graph_api.errors import LimitReached
from graph_api.web.callers import Caller, ClientGone

_PATIENCE: Final = 1.5
"""So many times as long as work takes at most, one may wait for a place."""
_MOST_REMEMBERED: Final = 1000


@dataclass(eq=False)
class _Waiting:
    caller: Caller
    long: bool
    turned_away: bool = False


class Admission:
    """So many places, so many who may wait for one, and everybody else is turned away at once."""

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        """`seconds` is how long work takes at most, unless it is long."""
        self._places, self._most_waiting, self._seconds = places, waiting, seconds
        self._places_for_long = max(1, places // 2)
        self._changed = threading.Condition()
        self._inside: Counter[str] = Counter()
        self._long = 0
        self._queue: list[_Waiting] = []
        self._served: dict[str, int] = {}
        self._turns = 0

    def enter(self, caller: Caller | None = None, long: bool = False) -> None:
        """Take a place. Raises LimitReached when too many wait or none gets free in time, ClientGone."""
        mine = _Waiting(caller or Caller(), long)
        with mine.caller.stopping(self._look_again), self._changed:
            self._line_up(mine)
            try:
                self._changed.wait_for(lambda: self._is_settled(mine), self._seconds * _PATIENCE)
            finally:
                if mine in self._queue:
                    self._queue.remove(mine)
                self._changed.notify_all()
            if mine.caller.gone:
                raise ClientGone("the client has hung up")
            if mine.turned_away or not self._has_place(mine):
                raise self._full()
            self._let_in(mine.caller, long)

    def enter_at_once(self, caller: Caller, long: bool = False) -> bool:
        """Take a place where one is free and nobody waits; whether there was one. Nothing is waited for."""
        with self._changed:
            if self._queue or not self._has_place(_Waiting(caller, long)):
                return False
            self._let_in(caller, long)
            return True

    def _let_in(self, caller: Caller, long: bool) -> None:
        self._inside[caller.address] += 1
        self._note_served(caller.address)
        self._long += long

    def leave(self, caller: Caller | None = None, long: bool = False) -> None:
        """Give the place back."""
        address = caller.address if caller else ""
        with self._changed:
            self._inside[address] -= 1
            if not self._inside[address]:
                del self._inside[address]
            self._long -= long
            self._changed.notify_all()

    @contextmanager
    def place(self, caller: Caller | None = None, long: bool = False) -> Iterator[None]:
        """A place for as long as the block runs."""
        self.enter(caller, long)
        try:
            yield
        finally:
            self.leave(caller, long)

    def _note_served(self, address: str) -> None:
        """Remember the order in which clients were served; of those that have gone it is forgotten now and then."""
        self._turns += 1
        self._served[address] = self._turns
        if len(self._served) > _MOST_REMEMBERED:
            here = {*self._inside, *(each.caller.address for each in self._queue)}
            self._served = {each: turn for each, turn in self._served.items() if each in here}

    def _look_again(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _line_up(self, mine: _Waiting) -> None:
        """Join the queue, in place of another where it is full. Raises LimitReached."""
        if self._inside.total() + len(self._queue) >= self._places + self._most_waiting:
            waiting = Counter(each.caller.address for each in self._queue)
            greedy, most = waiting.most_common(1)[0] if waiting else ("", 0)
            if waiting[mine.caller.address] + 1 >= most:
                raise self._full()
            last = [each for each in self._queue if each.caller.address == greedy][-1]
            last.turned_away = True
            self._queue.remove(last)
            self._changed.notify_all()
        self._queue.append(mine)

    def _is_settled(self, mine: _Waiting) -> bool:
        return mine.caller.gone or mine.turned_away or self._is_next(mine)

    def _is_next(self, mine: _Waiting) -> bool:
        able = [each for each in self._queue if self._has_place(each)]
        return bool(able) and min(able, key=self._turn) is mine

    def _turn(self, each: _Waiting) -> tuple[int, int]:
        """How many places the client has, and when it was last given one."""
        return self._inside[each.caller.address], self._served.get(each.caller.address, 0)

    def _has_place(self, each: _Waiting) -> bool:
        return self._inside.total() < self._places and not (each.long and self._long >= self._places_for_long)

    def _full(self) -> LimitReached:
        message = f"{self._places} queries run already and others wait; try again a little later"
        return LimitReached("concurrency", self._places, message, retry_after=math.ceil(self._seconds))
