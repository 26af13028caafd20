"""What must be said where imported releases are used: names, licences and the words of their publishers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.errors import GraphError
from graph_api.store.local import GraphStore
from graph_api.store.per_version import Kept
from graph_api.store.queries import select

HEADER: Final = "X-Passerelle-Acknowledgement"
_DOORS: Final = ("/api/", "/data/", "/dumps/", "/dataset", "/versions")
"""`/sparql` sends the header itself, without another step on the way of every query."""


@dataclass(frozen=True)
class Credits:
    """The releases of one version of the data."""

    releases: Sequence[Mapping[str, str]]

    @property
    def texts(self) -> list[str]:
        """The acknowledgements that publishers ask for, each once."""
        return list(dict.fromkeys(row["acknowledgement"] for row in self.releases if "acknowledgement" in row))

    @property
    def header(self) -> dict[str, str]:
        """The acknowledgements as a header of an answer; nothing where there are none."""
        return {HEADER: " ".join(self.texts)} if self.texts else {}

    def of(self, graphs: Collection[str]) -> list[Mapping[str, str]]:
        """The releases among the graphs."""
        return [row for row in self.releases if row["release"] in graphs]

    def said_of(self, graph: str) -> list[str]:
        """The publisher, the terms and the acknowledgement of a release, as sentences; none for any other graph."""
        return [
            text
            for row in self.of([graph])
            for text in (f"{row['title']}, {row['publisher']}.", row.get("rights"), row.get("acknowledgement"))
            if text
        ]


NOTHING: Final = Credits(())


class CreditCache:
    """The credits of the version that the store serves now."""

    def __init__(self, store: GraphStore) -> None:
        self._kept: Kept[str, Credits] = Kept(store, lambda _: Credits(select(store, "releases")))

    def current(self) -> Credits:
        """The credits; none where the store does not answer, which another part of the answer will say."""
        try:
            return self._kept.get("all")
        except GraphError:
            return NOTHING


def credits_of(request: Request) -> Credits:
    """What the running service has to acknowledge."""
    return _cache(request.app).current()


def _cache(app: Any) -> CreditCache:
    if not hasattr(app.state, "credits"):
        app.state.credits = CreditCache(app.state.store)
    found: CreditCache = app.state.credits
    return found


class Acknowledging:
    """Adds the acknowledgements to every answer with data for machines; pages show them at their foot."""

    def __init__(self, app: ASGIApp, service: FastAPI) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_DOORS):
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                owed = await run_in_threadpool(_cache(self._service).current)  # a store elsewhere may be slow
                MutableHeaders(scope=message).update(owed.header)
            await send(message)

        await self._app(scope, receive, told)
