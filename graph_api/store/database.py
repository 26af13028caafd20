"""A SQLite file that a build wrote, opened for reading: any number of threads and processes may use it at once."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue


class Database:
    """A file that nobody writes any more; its connections are closed with it."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self.close = weakref.finalize(self, _close_all, self._idle)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for this caller alone; it goes back to the idle ones afterwards."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = sqlite3.connect(self._address, uri=True, check_same_thread=False)
        try:
            yield connection
        finally:
            self._idle.put(connection)


def _close_all(idle: SimpleQueue[sqlite3.Connection]) -> None:
    while not idle.empty():
        idle.get_nowait().close()
