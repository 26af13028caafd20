"""What must be said where imported releases are used: names, licences and the words of their publishers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.errors import GraphError
from graph_api.store.graph_store import GraphStore
from graph_api.store.per_version import Current
from graph_api.store.queries import select

HEADER: Final = "X-Passerelle-Acknowledgement"
_DOORS: Final = ("/api/", "/data/", "/dumps/", "/dataset", "/versions")
"""`/sparql` sends the header itself, without another step on the way of every query."""


@dataclass(frozen=True)
class Releases:
    """The imported releases of one version of the data, and what their publishers want to be said."""

    all: Sequence[Mapping[str, str]]

    @property
    def texts(self) -> list[str]:
        """The acknowledgements that publishers ask for, each once."""
        return list(dict.fromkeys(row["acknowledgement"] for row in self.all if "acknowledgement" in row))

    @property
    def header(self) -> dict[str, str]:
        """The acknowledgements as a header of an answer; nothing where there are none."""
        return {HEADER: " ".join(self.texts)} if self.texts else {}

    def of(self, graphs: Collection[str]) -> list[Mapping[str, str]]:
        """The releases among the graphs."""
        return [row for row in self.all if row["release"] in graphs]

    def said_of(self, graph: str) -> list[str]:
        """The publisher, the terms and the acknowledgement of a release, as sentences; none for any other graph."""
        return [
            text
            for row in self.of([graph])
            for text in (f"{row['title']}, {row['publisher']}.", row.get("rights"), row.get("acknowledgement"))
            if text
        ]


NOTHING: Final = Releases(())


class Acknowledgements:
    """What is to be acknowledged of the version that the store serves now."""

    def __init__(self, store: GraphStore) -> None:
        self._releases: Current[Releases] = Current(store, lambda: Releases(select(store, "releases")))
        self._spaces: Current[list[tuple[str, str]]] = Current(store, lambda: _read_spaces(store))

    def releases(self) -> Releases:
        """The releases; none where the store does not answer, which another part of the answer will say."""
        try:
            return self._releases.get()
        except GraphError:
            return NOTHING

    def named_in(self, body: bytes) -> list[str]:
        """The words to show with an answer that names things of other publishers. Raises StoreUnavailable."""
        return sorted({words for space, words in self._spaces.get() if space.encode() in body})


def _read_spaces(store: GraphStore) -> list[tuple[str, str]]:
    """How the addresses of other publishers' things begin, and the words to show wherever such things are used."""
    return [(row["space"], row["acknowledgement"]) for row in select(store, "acknowledgements")]


class Acknowledging:
    """Adds the acknowledgements to every answer with data for machines; pages show them at their foot."""

    def __init__(self, app: ASGIApp, acknowledgements: Acknowledgements) -> None:
        self._app, self._acknowledgements = app, acknowledgements

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_DOORS):
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                owed = await run_in_threadpool(self._acknowledgements.releases)  # a store elsewhere may be slow
                MutableHeaders(scope=message).update(owed.header)
            await send(message)

        await self._app(scope, receive, told)
