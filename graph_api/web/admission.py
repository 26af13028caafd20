"""Who may come in where work is costly: so many at once, so many who wait, and everybody else later."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from graph_api.errors import LimitReached


class Admission:
    """So many places, so many who may wait for one, and everybody else is turned away at once."""

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        self._places, self._waiting, self._seconds = places, waiting, seconds
        self._free = threading.Semaphore(places)
        self._lock = threading.Lock()
        self._inside = 0

    def enter(self) -> None:
        """Take a place. Raises LimitReached when too many wait or none gets free in time."""
        with self._lock:
            if self._inside >= self._places + self._waiting:
                raise self._full()
            self._inside += 1
        if not self._free.acquire(timeout=self._seconds):
            with self._lock:
                self._inside -= 1
            raise self._full()

    def leave(self) -> None:
        """Give the place back."""
        self._free.release()
        with self._lock:
            self._inside -= 1

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for as long as the block runs."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def _full(self) -> LimitReached:
        message = f"{self._places} queries run already and {self._waiting} wait; try again a little later"
        return LimitReached("concurrency", self._places, message, retry_after=math.ceil(self._seconds))
