"""What this process counts of its own work, for `/metrics`: requests by door, refusals by limit, killed queries."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

DOORS: Final = frozenset({"api", "sparql", "reconcile", "esco", "data", "id", "dumps", "versions", "static"})
OPERATIONS: Final = frozenset({"health", "ready", "metrics"})


class Counts:
    """Counters by name and label; every thread may add to them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, labels: str) -> None:
        """One more of these, with labels as Prometheus writes them."""
        with self._lock:
            self._counted[name, labels] += 1

    def lines(self) -> list[str]:
        """The counters in the Prometheus text format."""
        with self._lock:
            found = sorted(self._counted.items())
        return [f"{name}{{{labels}}} {count}" for (name, labels), count in found]


COUNTS: Final = Counts()


def refused(limit: str) -> None:
    """A request met a limit."""
    COUNTS.add("passerelle_refusals_total", f'limit="{limit}"')


def killed(why: str) -> None:
    """A query process was stopped."""
    COUNTS.add("passerelle_query_process_kills_total", f'why="{why}"')


def door_of(path: str) -> str:
    """The door at which an address is; what is none of the doors for machines is a page."""
    first = path.lstrip("/").partition("/")[0]
    return first if first in DOORS else "operations" if first in OPERATIONS else "pages"


def answered(path: str, status: int) -> None:
    """A request was answered."""
    COUNTS.add("passerelle_requests_total", f'door="{door_of(path)}",status="{status}"')


class Counting:
    """Counts each request by its door and the status that it was answered with."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered(scope["path"], message["status"])
            await send(message)

        await self._app(scope, receive, counted)
