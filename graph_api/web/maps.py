"""Maps of obstacles for the doors: one that was made is read; one that was not is made in a process of its own.

One map is made at a time, however many ask. Who asks meanwhile is told how far it is, and nobody waits in a request.
That of today is made for everybody; of other days one client has so many made in an hour.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from graph_api.errors import LimitReached, StoreUnavailable
from graph_api.obstacles import kept
from graph_api.obstacles.kept import Map
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.web.callers import whose
from graph_api.web.processes import Process

ASK_AGAIN_SECONDS: Final = 10
MAPS_AN_HOUR: Final = 6
"""How many maps of other days than today are made for one client."""
_NOT_AGAIN_SECONDS: Final = 60
"""How long after a map could not be made the next attempt begins."""
_HOUR: Final = 3600.0
_MOST_CLIENTS: Final = 10_000
_WORKER: Final = f"{__package__}.map_worker"


@dataclass
class Making:
    """A map that is being made: for which day and version, and how many professions of how many are done."""

    version: str
    day: date
    done: int = 0
    of: int = 0

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return self.done / self.of if self.of else 0.0


class Maps:
    """The maps of the graphs in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._making: Making | None = None
        self._process: Process | None = None
        self._failed: tuple[str, date, str, float] | None = None
        """The version and day of the last map that could not be made, why, and when."""
        self._made_for: dict[str, list[float]] = {}
        """When maps were begun for each client."""

    def get(self, data: Path, store: GraphStore, day: date | None, client: str = "") -> Map | Making:
        """The map of a built graph on a day; without a day, the last one made up to today. Else what is being made.

        Raises StoreUnavailable where the graph lies elsewhere, or where nothing could be kept beside it a moment ago,
        LimitReached where the client has had many made.
        """
        built = store.opened() if isinstance(store, CurrentStore) else store
        if not isinstance(built, EmbeddedStore):
            raise StoreUnavailable("the map is made where the graph lies on disk; this server asks an engine elsewhere")
        wanted = day or date.today()
        path = kept.file_of(data, built.version, wanted)
        if path.is_file():
            return kept.read(path)
        self._check(built.version, wanted)
        making = self._begin(data, built, wanted, client)
        older = kept.newest(data, built.version, wanted) if day is None else None
        return kept.read(older) if older else making

    def _check(self, version: str, day: date) -> None:
        failed = self._failed
        if failed and failed[:2] == (version, day) and time.monotonic() < failed[3] + _NOT_AGAIN_SECONDS:
            raise StoreUnavailable(f"the map of {day} could not be made ({failed[2]}); ask again in a minute")

    def close(self) -> None:
        """End the process that makes a map."""
        with self._lock:
            process, self._process = self._process, None
        if process:
            process.stop()

    def _begin(self, data: Path, store: EmbeddedStore, day: date, client: str) -> Making:
        """Begin with a map unless one is being made; the one that is. Raises LimitReached."""
        with self._lock:
            if self._making is None:
                if day != date.today():
                    self._note(whose(client))
                self._making = Making(store.version, day)
                arguments = (str(data), str(store.directory), day.isoformat())
                threading.Thread(target=self._make, args=(self._making, arguments), daemon=True).start()
            return self._making

    def _note(self, client: str) -> None:
        """Note that a map is made for the client. Raises LimitReached where that is once too often."""
        now = time.monotonic()
        begun = [moment for moment in self._made_for.get(client, ()) if moment > now - _HOUR]
        if len(begun) >= MAPS_AN_HOUR:
            what = f"{MAPS_AN_HOUR} maps of other days were made for you in this hour; ask again later, or for today's"
            raise LimitReached("maps_an_hour", MAPS_AN_HOUR, what, retry_after=math.ceil(begun[0] + _HOUR - now))
        if len(self._made_for) >= _MOST_CLIENTS:
            self._made_for = {}
        self._made_for[client] = [*begun, now]

    def _make(self, making: Making, arguments: tuple[str, ...]) -> None:
        try:
            process = self._process = Process(_WORKER, arguments)
            ended = "its process ended"
            while said := process.received():
                making.done, making.of = said.get("done", making.done), said.get("of", making.of)
                ended = "" if "made" in said else said.get("wrong", ended)
            process.stop()
            if ended:
                self._failed = (making.version, making.day, ended, time.monotonic())
        except (StoreUnavailable, OSError):
            return  # who asks next begins anew
        finally:
            with self._lock:
                self._making = self._process = None
