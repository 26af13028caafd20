"""The researchers' door: the query side of the SPARQL 1.1 Protocol, over the current graph and over the archive."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pyoxigraph import NamedNode
from starlette.exceptions import HTTPException

from graph_api.errors import BadRequest, GraphError, StoreUnavailable
from graph_api.settings import Settings
from graph_api.store import query_guard
from graph_api.store.archive import ARCHIVE
from graph_api.store.graph_store import Dataset, GraphStore
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.web.acknowledgements import HEADER
from graph_api.web.callers import Caller, address_of, answered
from graph_api.web.conditional import not_modified
from graph_api.web.in_scope import BASE
from graph_api.web.negotiation import HTML, choose, takes_gzip
from graph_api.web.services import Services
from graph_api.web.sparql import openapi
from graph_api.web.sparql.job import REWRITTEN, Done, Job
from graph_api.web.sparql.media_types import DESCRIPTION_TYPES, GRAPH_TYPES, TABLE_TYPES, engine_type
from graph_api.web.sparql.pool import Begun, Pool, Threads
from graph_api.web.sparql.request import (
    OF_A_QUERY,
    Asked,
    accept_of,
    asked_by,
    body_of,
    format_of,
    in_address,
    posted,
    too_long,
)
from graph_api.web.sparql.response import response, validators
from graph_api.web.sparql.service_description import description

METHODS: Final = "GET, HEAD, POST, OPTIONS"
_SHARED: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": f"ETag, Last-Modified, Retry-After, X-Passerelle-Version, {HEADER}, {REWRITTEN}",
    "Vary": "Accept, Accept-Encoding",
}
_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_PREFLIGHT: Final = {
    "Allow": METHODS,
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}

_SHORT: Final = 4000
"""A query of so few characters is read where requests come in; others are read in a thread."""
_A_MOMENT_SECONDS: Final = 0.05
"""So long a result is waited for without a thread, and without looking whether the client is still there."""
_PACKED_HERE: Final = 16_000
"""A result of so few bytes is packed where requests come in; others are packed in a thread."""

_log = logging.getLogger("passerelle.sparql")


def endpoints(services: Services, html: Callable[[Request], Response] | None = None) -> Sequence[Endpoint]:
    """`/sparql` over the served graph, and `/sparql/archive`; `html` answers a person who opens them."""
    current = Endpoint(services, html)
    return current, ArchiveEndpoint(services, html, sharing=current)


def routes(made: Sequence[Endpoint]) -> APIRouter:
    """The addresses of the endpoints, which share the processes of the first."""
    first, *_ = made

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        first.hold()
        yield
        first.close()

    router = APIRouter(lifespan=lifespan)
    for endpoint in made:
        _add(router, endpoint)
    return router


def _add(router: APIRouter, endpoint: Endpoint) -> None:
    """The addresses of one endpoint; all endpoints keep the same protocol.

    They read their own parameters, so they are plain routes, which cost less; `contract` describes them.
    """
    methods = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"]
    router.add_route(endpoint.path, endpoint.answer, methods=methods, include_in_schema=False)


def contract(settings: Settings) -> dict[str, Any]:
    """The endpoints as the OpenAPI contract describes them, by address."""
    asked = {Endpoint.path: "the graph", ArchiveEndpoint.path: "the archive of releases and versions"}
    return openapi.contract(settings, asked)


@dataclass(frozen=True)
class Way:
    """How a query is answered, once everything of the request is read."""

    store: GraphStore
    reading: query_guard.Reading
    dataset: Dataset | None
    media_type: str
    seconds: float
    headers: Mapping[str, str]
    job: Job | None
    """What a process is asked, where the graph is here."""


class Endpoint:
    """Answers the requests to `/sparql`."""

    path = "/sparql"

    def __init__(
        self,
        services: Services,
        html: Callable[[Request], Response] | None = None,
        sharing: Endpoint | None = None,
    ) -> None:
        self._services, self.settings, self._store, self._html = services, services.settings, services.store, html
        settings = services.settings
        self._allowed = frozenset(settings.service_allow.split())
        self._pool: Pool = sharing._pool if sharing else Pool(settings)
        self._known_version = ""
        self._threads: Threads = sharing._threads if sharing else Threads(settings)

    def _opened(self, version: str | None) -> GraphStore:
        """The store to use for one whole request. Raises UnknownIdentifier."""
        return self._services.versions.opened(version)

    def _description(self, endpoint: str, media_type: str) -> tuple[bytes, str]:
        """What the endpoint says of itself, and the version of its data."""
        federated = bool(self._allowed)
        return description(endpoint, self._store, media_type, federated=federated), self._store.version

    def hold(self) -> None:
        """Keep the graph that is served now in memory, where the settings say so."""
        if isinstance(self._store, CurrentStore):
            self._pool.hold(str(self._store.opened().directory))
        elif isinstance(self._store, EmbeddedStore):
            self._pool.hold(str(self._store.directory))

    def close(self) -> None:
        """End the processes and threads that run queries."""
        self._pool.close()
        self._threads.close()

    async def answer(self, request: Request) -> Response:
        """Whatever is asked of this address."""
        match request.method:
            case "GET" | "HEAD":
                return await self.get(request)
            case "POST":
                return await self.post(request)
            case "OPTIONS":
                return Response(status_code=204, headers=_PREFLIGHT)
            case method:
                raise HTTPException(405, f"{method} is not served here; use {METHODS}", {"Allow": METHODS})

    async def get(self, request: Request) -> Response:
        """A query in the address; without one the service description, or the page for a person."""
        parameters = in_address(request)
        names = {name for name, _ in parameters}
        if names.isdisjoint({"query", "update"}):
            if names & OF_A_QUERY:
                raise BadRequest("query", "there is no query; give it as query=")
            return await answered(request, lambda _: self._described(request, format_of(parameters)))
        if self._html and "format" not in names and _browses(request):
            html = self._html
            return await answered(request, lambda _: html(request))
        return await self._answer(request, asked_by(parameters, self.settings))

    async def post(self, request: Request) -> Response:
        """A query in a form, or as it stands."""
        body = await body_of(request, self.settings)
        if len(body) > _SHORT:
            asked = await run_in_threadpool(lambda: asked_by(posted(request, body), self.settings))
        else:
            asked = asked_by(posted(request, body), self.settings)
        return await self._answer(request, asked)

    async def _answer(self, request: Request, asked: Asked) -> Response:
        with told_of_errors():
            if not self._is_at_hand(asked):
                return await answered(request, lambda caller: self._answered(request, asked, caller))
            return await self._answered_at_once(request, asked)

    def _is_at_hand(self, asked: Asked) -> bool:
        """Whether the query is short, and asks the version that was asked before: then nothing need be waited for."""
        store = self._store
        return (
            len(asked.text) <= _SHORT
            and not asked.version
            and isinstance(store, CurrentStore | EmbeddedStore)
            and store.version == self._known_version
        )

    async def _answered_at_once(self, request: Request, asked: Asked) -> Response:
        """What a process answers within a moment; what takes longer is waited for in a thread, as is a free place."""
        way = self._way(request, asked)
        if isinstance(way, Response):
            return way
        begun = self._pool.begin(way.job, Caller(address_of(request))) if way.job else None
        if begun is None:
            return await answered(request, lambda caller: self._answered(request, asked, caller))
        return await self.ended(begun, way, request)

    async def ended(self, begun: Begun, way: Way, request: Request) -> Response:
        """The result of a query that was begun. Raises GraphError."""
        done = await begun.soon(_A_MOMENT_SECONDS)
        if done is None:
            return await answered(request, lambda caller: _sent(request, begun.finish(caller), way))
        large = isinstance(done.held, bytes) and len(done.held) > _PACKED_HERE
        if large and takes_gzip(request.headers.get("accept-encoding", "")):
            return await run_in_threadpool(_sent, request, done, way)
        return _sent(request, done, way)

    def _answered(self, request: Request, asked: Asked, caller: Caller) -> Response:
        way = self._way(request, asked)
        if isinstance(way, Response):
            return way
        try:
            done = self._run(way, caller)
        except StoreUnavailable:
            if not isinstance(way.store, EmbeddedStore) or way.store.directory.is_dir():
                raise
            return self._answered(request, asked, caller)  # that version was let go meanwhile
        if self._known_version != way.store.version:
            self._known_version = way.store.version
            self.hold()
        return _sent(request, done, way)

    def _way(self, request: Request, asked: Asked) -> Way | Response:
        """How the query is answered; at once where the client's copy is current."""
        most = self.settings.query_characters
        if len(asked.text) > most:
            raise too_long(most)
        reading, dataset = query_guard.read(asked.text, self._allowed), asked.dataset()
        offered = GRAPH_TYPES if reading.gives_graph else TABLE_TYPES
        media_type = choose(accept_of(request), offered, asked.override)
        opened = self._opened(asked.version)
        headers, base = self._headers(opened.version), self._endpoint(request)
        if request.method != "POST" and reading.repeatable:
            headers |= validators(opened, media_type, base, reading.text, dataset)
            if not_modified(request, headers):
                return Response(status_code=304, headers=headers)
        else:
            headers |= _NOT_KEPT
        return self._way_of(asked, reading, dataset, media_type, opened, headers, base)

    def _way_of(
        self,
        asked: Asked,
        reading: query_guard.Reading,
        dataset: Dataset | None,
        media_type: str,
        opened: GraphStore,
        headers: Mapping[str, str],
        base: str,
    ) -> Way:
        seconds = min(asked.seconds, self.settings.service_seconds) if reading.calls else asked.seconds
        job = None
        if isinstance(opened, EmbeddedStore):
            written = engine_type(media_type, reading.gives_graph)
            place, rewrite = str(opened.directory), asked.rewrite
            job = Job(place, reading.text, written, reading.has_dataset, seconds, base, dataset, rewrite)
        return Way(opened, reading, dataset, media_type, seconds, headers, job)

    def begun(
        self, asked: Asked, server: str, types: tuple[str | None, str | None], client: str
    ) -> tuple[Begun, Way] | None:
        """A short query that was posted, where a process has begun it; `ended` is to follow.

        `server` is the address of this server as the client knows it; `types` are the media types for a table and for
        a graph. None for a query that must wait, or names graphs, version or form. Raises GraphError.
        """
        if not self._is_at_hand(asked) or asked.override or asked.default_graphs or asked.named_graphs:
            return None
        reading, opened = query_guard.read(asked.text, self._allowed), self._opened(None)
        media_type = types[reading.gives_graph]
        if media_type is None:
            return None
        headers = {**self._headers(opened.version), **_NOT_KEPT}
        way = self._way_of(asked, reading, None, media_type, opened, headers, self._address(server))
        begun = self._pool.begin(way.job, Caller(client)) if way.job else None
        return (begun, way) if begun else None

    def _run(self, way: Way, caller: Caller) -> Done:
        if way.job is not None:
            return self._pool.answer(way.job, caller)
        written = engine_type(way.media_type, way.reading.gives_graph)
        return Done(self._threads.run(way.store, way.reading.text, written, way.seconds, way.dataset, caller))

    def _described(self, request: Request, override: str | None) -> Response:
        offered = (*DESCRIPTION_TYPES, HTML) if self._html else DESCRIPTION_TYPES
        media_type = choose(accept_of(request), offered, override)
        if self._html and media_type == HTML:
            return self._html(request)
        body, version = self._description(self._endpoint(request), media_type)
        headers = {**self._headers(version), "Cache-Control": "no-cache"}
        return response(request, body, media_type, headers)

    def _headers(self, version: str) -> dict[str, str]:
        """What every result says of itself."""
        return {**_SHARED, **self._services.acknowledgements.releases().header, "X-Passerelle-Version": version}

    def _endpoint(self, request: Request) -> str:
        """The address of this endpoint as the client knows it, on which relative IRIs are resolved."""
        return self._address(request.scope.get(BASE) or self.settings.base or str(request.base_url))

    @classmethod
    @lru_cache(maxsize=100)
    def _address(cls, server: str) -> str:
        address = server.rstrip("/") + cls.path
        try:
            return NamedNode(address).value
        except ValueError:
            raise BadRequest("Host", f"{address} is no address; send the Host of this server") from None


class ArchiveEndpoint(Endpoint):
    """Answers the requests to `/sparql/archive`, in the places that `/sparql` has for its queries."""

    path = "/sparql/archive"

    def _opened(self, version: str | None) -> GraphStore:
        if version:
            raise BadRequest("version", "every version is a graph of the archive; name the graphs in the query")
        return self._services.archive.opened()

    def _description(self, endpoint: str, media_type: str) -> tuple[bytes, str]:
        store = self._services.archive.opened()
        written = description(endpoint, store, media_type, federated=bool(self._allowed), dataset=ARCHIVE)
        return written, store.version


@contextmanager
def told_of_errors() -> Iterator[None]:
    """An error of the block also carries the query's id, which the log knows, and the time spent."""
    started = time.monotonic()
    try:
        yield
    except GraphError as error:
        elapsed, query_id = round(time.monotonic() - started, 3), uuid.uuid4().hex[:12]
        vars(error).update(query_id=query_id, elapsed_seconds=elapsed)
        _log.info("query %s: %s after %s s: %s", query_id, type(error).__name__, elapsed, error)
        raise


def _sent(request: Request, done: Done, way: Way) -> Response:
    """The result as it goes out."""
    headers = {**way.headers, REWRITTEN: done.rewritten} if done.rewritten else way.headers
    return response(request, done.held, way.media_type, headers)


def _browses(request: Request) -> bool:
    """Whether a page is liked better than any result: then the address opens the editor, which runs the query."""
    try:
        return choose(accept_of(request), (*TABLE_TYPES, *GRAPH_TYPES, HTML)) == HTML
    except BadRequest:
        return False
