"""The graph that is served, held in memory by a process of which those that run queries are forked."""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from graph_api.errors import GraphError, StoreUnavailable
from graph_api.store.room import check_room
from graph_api.web.memory import LARGE_PAGES
from graph_api.web.processes import Process

_HOLDER: Final = f"{__package__}.holder"
_LONGEST: Final = 4096
_UNKNOWN: Final = -signal.SIGKILL
"""How a process ended of which nobody can tell any more."""

_log = logging.getLogger("passerelle.sparql")


class Holder(Process):
    """The process that holds one built graph."""

    settings_of_libc = LARGE_PAGES

    def __init__(self, directory: str) -> None:
        """Start it; it is loaded some time later. Raises StoreUnavailable."""
        self.directory = directory
        self._lock = threading.Lock()
        self._loaded = False
        super().__init__(_HOLDER, [directory])

    @property
    def loaded(self) -> bool:
        """Whether the graph is in memory by now, and the process is there."""
        if not self._loaded:
            with self._lock:
                if not self._loaded and self.link.poll(0):
                    self._loaded = bool(self.received())
        return self._loaded and self.usable

    def forked(self, limits: Sequence[str], files: Sequence[int]) -> Forked:
        """Another process that answers queries, with these files of its own. Raises StoreUnavailable."""
        told = self._told({"limits": list(limits)}, files).get("number")
        if told is None:
            raise StoreUnavailable("a process for this work did not start; ask again")
        return Forked(told, self._code_of)

    def _code_of(self, number: int) -> int:
        code = self._told({"ended": number}).get("code")
        return _UNKNOWN if code is None else code

    def _told(self, asked: dict[str, object], files: Sequence[int] = ()) -> dict[str, int | None]:
        """What the process answers; nothing where it has gone."""
        with self._lock:
            try:
                with socket.socket(fileno=os.dup(self.link.fileno())) as way:
                    socket.send_fds(way, [json.dumps(asked).encode()], files)
                    told: dict[str, int | None] = json.loads(way.recv(_LONGEST))
            except (OSError, ValueError):
                return {}
            return told


class Forked:
    """A process that the holder has forked, with what is used here of `subprocess.Popen`."""

    def __init__(self, number: int, code_of: Callable[[int], int]) -> None:
        self.pid, self._code_of = number, code_of
        self._code: int | None = None
        self._file = os.pidfd_open(number)

    def poll(self) -> int | None:
        """How it ended; None where it has not."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, once it has. Raises TimeoutExpired."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("a query process", timeout or 0)
        return code

    def kill(self) -> None:
        """End it."""
        if self._code is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._file, signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self._code is None:
            poll = select.poll()
            poll.register(self._file, select.POLLIN)
            if poll.poll(None if timeout is None else 1000 * timeout):
                self._code = self._code_of(self.pid)
                os.close(self._file)
        return self._code


class InMemory:
    """Which graph is held now. While another is loaded, processes that read its files answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: Holder | None = None
        self._closed = False

    def hold(self, directory: str) -> threading.Thread | None:
        """From now on this graph, as soon as it is loaded; where there is no room for it, that is logged."""
        with self._lock:
            if self._closed or (self._holder is not None and self._holder.directory == directory):
                return None
        loading = threading.Thread(target=self._load, args=(directory,), name="holding", daemon=True)
        loading.start()
        return loading

    def _load(self, directory: str) -> None:
        with self._lock:
            if self._closed or (self._holder is not None and self._holder.directory == directory):
                return
            before, self._holder = self._holder, None
            if before is not None:
                before.stop()
            try:
                check_room(Path(directory))
                self._holder = Holder(directory)
            except (GraphError, OSError) as error:
                _log.error("%s is read from its files: %s", directory, error)

    def of(self, directory: str) -> Holder | None:
        """The process that holds this graph, where it is loaded."""
        holder = self._holder
        return holder if holder is not None and holder.directory == directory and holder.loaded else None

    def loaded(self, directory: str, seconds: float) -> bool:
        """Whether the graph is held within that time."""
        end = time.monotonic() + seconds
        while self.of(directory) is None and time.monotonic() < end:
            time.sleep(0.05)
        return self.of(directory) is not None

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._closed, holder, self._holder = True, self._holder, None
        if holder is not None:
            holder.stop()
