"""The researchers' door: the query side of the SPARQL 1.1 Protocol, over the current graph and over the archive."""

from __future__ import annotations

import gzip
import hashlib
import logging
import math
import os
import re
import time
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from pyoxigraph import NamedNode
from starlette.exceptions import HTTPException

from graph_api.errors import BadRequest, GraphError, LimitReached, QueryRefused
from graph_api.settings import Settings
from graph_api.store import query_guard
from graph_api.store.archive import ARCHIVE, Archive
from graph_api.store.local import EmbeddedStore, GraphStore
from graph_api.store.versions import Versions
from graph_api.web import negotiation
from graph_api.web.acknowledgements import HEADER, CreditCache
from graph_api.web.conditional import http_date, not_modified
from graph_api.web.sparql.pool import Held, Job, Pool, Threads
from graph_api.web.sparql.service_description import description

TABLE_TYPES: Final = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
    "application/json",
    "application/xml",
    "text/xml",
)
GRAPH_TYPES: Final = (
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
    "application/n-quads",
    "application/trig",
    "application/json",
    "application/xml",
    "text/xml",
    "text/plain",
)
DESCRIPTION_TYPES: Final = (
    "text/turtle",
    "application/rdf+xml",
    "application/ld+json",
    "application/n-triples",
)
_ENGINE_NAMES: Final = {"text/plain": "application/n-triples"}
_JSON_GRAPH: Final = {**_ENGINE_NAMES, "application/json": "application/ld+json"}

FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"
METHODS: Final = "GET, HEAD, POST, OPTIONS"
_OF_A_QUERY: Final = frozenset({"default-graph-uri", "named-graph-uri", "timeout", "version"})

_SHARED: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": f"ETag, Last-Modified, Retry-After, X-Passerelle-Version, {HEADER}",
    "Vary": "Accept, Accept-Encoding",
}
_PREFLIGHT: Final = {
    "Allow": METHODS,
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}
_WORTH_PACKING: Final = 1000
_CHUNK: Final = 2**18
_PACKING: Final = 4
_GZIP = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q\s*=\s*(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)", re.IGNORECASE)
_CHARSET = re.compile(r""";\s*charset\s*=\s*"?([^";\s]+)""", re.IGNORECASE)

_log = logging.getLogger("passerelle.sparql")


@dataclass(frozen=True)
class Asked:
    """One query as the protocol brought it."""

    text: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    seconds: float
    override: str | None
    version: str | None


def routes(settings: Settings, store: GraphStore, html: Callable[[Request], Response] | None = None) -> APIRouter:
    """`/sparql` over a store, and `/sparql/archive`; `html` answers a person who opens them without a query."""
    current = Door(settings, store, html)
    archived = ArchiveDoor(settings, store, html, current)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        yield
        current.close()

    router = APIRouter(lifespan=lifespan)
    for door in (archived, current):
        _add(router, door)
    return router


def _add(router: APIRouter, door: Door) -> None:
    """The addresses of one endpoint; all endpoints keep the same protocol.

    They read their own parameters, so they are plain routes, which cost less; `contract` describes them.
    """
    router.add_route(door.path, door.get, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_route(door.path, door.post, methods=["POST"], include_in_schema=False)
    router.add_route(door.path, _options, methods=["OPTIONS"], include_in_schema=False)
    others = ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT"]
    router.add_route(door.path, _other_method, methods=others, include_in_schema=False)


def contract(settings: Settings) -> dict[str, Any]:
    """The endpoints as the OpenAPI contract describes them, by address."""
    found: dict[str, Any] = {}
    for path, what in ((Door.path, "the graph"), (ArchiveDoor.path, "the archive of releases and versions")):
        name = path.strip("/").replace("/", "_")
        shared = {"tags": ["SPARQL"], "responses": _documented()}
        found[path] = {
            "get": {
                "summary": f"Ask {what} a SPARQL query; without one, the service description",
                "operationId": f"{name}_get",
                "parameters": _documented_parameters(settings),
                **shared,
            },
            "post": {
                "summary": f"Ask {what} a SPARQL query that is sent as a form or as it stands",
                "operationId": f"{name}_post",
                "requestBody": _documented_body(),
                **shared,
            },
        }
    return found


class Door:
    """Answers the requests to `/sparql`."""

    path = "/sparql"

    def __init__(
        self,
        settings: Settings,
        store: GraphStore,
        html: Callable[[Request], Response] | None = None,
        sharing: Door | None = None,
    ) -> None:
        self._settings, self._store, self._html = settings, store, html
        self._allowed = frozenset(settings.service_allow.split())
        self._versions, self._credits = Versions(settings.data, store), CreditCache(store)
        self._pool: Pool = sharing._pool if sharing else Pool(settings)
        self._threads: Threads = sharing._threads if sharing else Threads(settings)

    def _opened(self, version: str | None) -> GraphStore:
        """The store to use for one whole request. Raises UnknownIdentifier."""
        return self._versions.opened(version)

    def _description(self, endpoint: str, media_type: str) -> tuple[bytes, str]:
        """What the endpoint says of itself, and the version of its data."""
        federated = bool(self._allowed)
        return description(endpoint, self._store, media_type, federated=federated), self._store.version

    def close(self) -> None:
        """End the processes and threads that run queries."""
        self._pool.close()
        self._threads.close()

    def get(self, request: Request) -> Response:
        parameters = _parameters(request.scope["query_string"])
        names = {name for name, _ in parameters}
        if names.isdisjoint({"query", "update"}):
            if names & _OF_A_QUERY:
                raise BadRequest("query", "there is no query; give it as query=")
            return self._described(request, _once(parameters, "format"))
        if self._html and "format" not in names and _browses(request):
            return self._html(request)
        return self._answer(request, self._asked(parameters))

    async def post(self, request: Request) -> Response:
        body = await _body(request, self._settings)
        return await run_in_threadpool(self._posted, request, body)

    def _posted(self, request: Request, body: bytes) -> Response:
        parameters = _parameters(request.scope["query_string"])
        match _body_type(request):
            case "application/x-www-form-urlencoded":
                parameters += _parameters(body)
            case "application/sparql-query":
                parameters.append(("query", _text(body)))
            case "application/sparql-update":
                parameters.append(("update", ""))
            case kind:
                detail = f"the body is {kind or 'of no type'}; send {DIRECT} or {FORM}"
                raise HTTPException(415, detail, {"Accept-Post": f"{DIRECT}, {FORM}"})
        return self._answer(request, self._asked(parameters))

    def _asked(self, parameters: Sequence[tuple[str, str]]) -> Asked:
        if any(name == "update" for name, _ in parameters):
            raise QueryRefused("an update is not served; this endpoint only reads")
        text = _once(parameters, "query")
        if text is None:
            raise BadRequest("query", "there is no query; give it as query=")
        return Asked(
            text,
            tuple(value for name, value in parameters if name == "default-graph-uri"),
            tuple(value for name, value in parameters if name == "named-graph-uri"),
            self._seconds(_once(parameters, "timeout")),
            _once(parameters, "format"),
            _once(parameters, "version"),
        )

    def _seconds(self, timeout: str | None) -> float:
        if not timeout:
            return self._settings.query_seconds
        cap = self._settings.query_seconds_cap
        try:
            seconds = float(timeout)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds <= cap:
            raise BadRequest("timeout", f"timeout is '{timeout}'; write seconds, at most {cap:g}")
        return seconds

    def _answer(self, request: Request, asked: Asked) -> Response:
        """The result; an error also carries the query's id, which the log knows, and the time spent."""
        started, query_id = time.monotonic(), uuid.uuid4().hex[:12]
        try:
            return self._answered(request, asked)
        except GraphError as error:
            elapsed = round(time.monotonic() - started, 3)
            vars(error).update(query_id=query_id, elapsed_seconds=elapsed)
            _log.info("query %s: %s after %s s: %s", query_id, type(error).__name__, elapsed, error)
            raise

    def _answered(self, request: Request, asked: Asked) -> Response:
        most = self._settings.query_characters
        if len(asked.text) > most:
            raise _too_long(most)
        reading = query_guard.read(asked.text, self._allowed, asked.default_graphs, asked.named_graphs)
        offered = GRAPH_TYPES if reading.gives_graph else TABLE_TYPES
        media_type = negotiation.choose(_accept(request), offered, asked.override)
        opened = self._opened(asked.version)
        headers, base = (
            {**_SHARED, **self._credits.current().header, "X-Passerelle-Version": opened.version},
            self._endpoint(request),
        )
        if request.method != "POST" and reading.repeatable:
            headers |= _validators(opened, media_type, base, reading.text)
            if not_modified(request, headers):
                return Response(status_code=304, headers=headers)
        else:
            headers["Cache-Control"] = "no-store"
        held = self._run(opened, reading, media_type, asked.seconds, base)
        return _response(request, held, media_type, headers)

    def _run(self, store: GraphStore, reading: query_guard.Reading, media_type: str, seconds: float, base: str) -> Held:
        engine_type = (_JSON_GRAPH if reading.gives_graph else _ENGINE_NAMES).get(media_type, media_type)
        if reading.calls:
            seconds = min(seconds, self._settings.service_seconds)
        if not isinstance(store, EmbeddedStore):
            return self._threads.run(store, reading.text, engine_type, seconds)
        return self._pool.run(Job(str(store.directory), reading.text, engine_type, reading.has_dataset, seconds, base))

    def _described(self, request: Request, override: str | None) -> Response:
        offered = (*DESCRIPTION_TYPES, "text/html") if self._html else DESCRIPTION_TYPES
        media_type = negotiation.choose(_accept(request), offered, override)
        if self._html and media_type == "text/html":
            return self._html(request)
        body, version = self._description(self._endpoint(request), media_type)
        headers = {
            **_SHARED,
            **self._credits.current().header,
            "X-Passerelle-Version": version,
            "Cache-Control": "no-cache",
        }
        return _response(request, body, media_type, headers)

    def _headers(self, version: str) -> dict[str, str]:
        """What every result says of itself."""
        return {**_SHARED, **self._credits.current().header, "X-Passerelle-Version": version}

    def _endpoint(self, request: Request) -> str:
        """The address of this endpoint as the client knows it, on which relative IRIs are resolved."""
        if self._settings.base:
            return self._settings.base.rstrip("/") + self.path
        address = str(request.base_url).rstrip("/") + self.path
        try:
            return NamedNode(address).value
        except ValueError:
            raise BadRequest("Host", f"{address} is no address; send the Host of this server") from None


class ArchiveDoor(Door):
    """Answers the requests to `/sparql/archive`, in the places that `/sparql` has for its queries."""

    path = "/sparql/archive"

    def __init__(
        self, settings: Settings, store: GraphStore, html: Callable[[Request], Response] | None, sharing: Door
    ) -> None:
        super().__init__(settings, store, html, sharing)
        self._archive = Archive(settings.data)

    def _opened(self, version: str | None) -> GraphStore:
        if version:
            raise BadRequest("version", "every version is a graph of the archive; name the graphs in the query")
        return self._archive.opened()

    def _description(self, endpoint: str, media_type: str) -> tuple[bytes, str]:
        store = self._archive.opened()
        written = description(endpoint, store, media_type, federated=bool(self._allowed), dataset=ARCHIVE)
        return written, store.version


def _options(_: Request) -> Response:
    return Response(status_code=204, headers=_PREFLIGHT)


def _other_method(request: Request) -> Response:
    raise HTTPException(405, f"{request.method} is not served here; use {METHODS}", {"Allow": METHODS})


def _browses(request: Request) -> bool:
    """Whether a page is liked better than any result: then the address opens the editor, which runs the query."""
    try:
        return negotiation.choose(_accept(request), (*TABLE_TYPES, *GRAPH_TYPES, "text/html")) == "text/html"
    except BadRequest:
        return False


def _accept(request: Request) -> str | None:
    """All `Accept` lines as one."""
    return ", ".join(request.headers.getlist("accept")) or None


def _parameters(encoded: bytes) -> list[tuple[str, str]]:
    """The pairs of a query string or a form, decoded once, strictly as UTF-8."""
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest("query", "the parameters are not UTF-8; encode them as percent-encoded UTF-8") from None


def _once(parameters: Sequence[tuple[str, str]], wanted: str) -> str | None:
    values = [value for name, value in parameters if name == wanted]
    if len(values) > 1:
        raise BadRequest(wanted, f"{wanted} is given {len(values)} times; give it once")
    return values[0] if values else None


async def _body(request: Request, settings: Settings) -> bytes:
    """The request's body, as far as a query of the allowed length can need it."""
    most = 12 * settings.query_characters + 2**16  # a character is at most four bytes, written %XX each
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_long(settings.query_characters)
    return bytes(body)


def _body_type(request: Request) -> str:
    """The body's media type. Raises HTTPException 415 when it is not plain UTF-8."""
    content_type = request.headers.get("content-type", "")
    charset = _CHARSET.search(content_type)
    if charset and charset[1].lower() not in ("utf-8", "utf8"):
        raise HTTPException(415, f"the body is written in {charset[1]}; send UTF-8")
    packing = request.headers.get("content-encoding", "identity")
    if packing.lower() != "identity":
        raise HTTPException(415, f"the body is packed with {packing}; send it as it is")
    return content_type.partition(";")[0].strip().lower()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("query", "the query is not UTF-8; send UTF-8") from None


def _too_long(most: int) -> LimitReached:
    message = f"the query is longer than {most} characters; shorten it, or run it on a dump"
    return LimitReached("query_characters", most, message)


def _validators(store: GraphStore, media_type: str, base: str, text: str) -> dict[str, str]:
    """What lets a client ask whether its copy still holds: data, form, base and query make the result."""
    digest = hashlib.blake2b("\n".join((store.version, media_type, base, text)).encode(), digest_size=12)
    headers = {"ETag": f'W/"{digest.hexdigest()}"', "Cache-Control": "no-cache"}
    if isinstance(store, EmbeddedStore):
        headers["Last-Modified"] = http_date((store.directory / "report.json").stat().st_mtime)
    return headers


def _response(request: Request, held: Held, media_type: str, headers: dict[str, str]) -> Response:
    """The whole result as it goes out, packed where the client likes that."""
    content_type = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
    size = len(held) if isinstance(held, bytes) else os.fstat(held.fileno()).st_size
    packed = size >= _WORTH_PACKING and _GZIP.search(request.headers.get("accept-encoding", "")) is not None
    headers = {**headers, "Content-Type": content_type}
    if packed:
        headers["Content-Encoding"] = "gzip"
    if isinstance(held, bytes):
        body = gzip.compress(held, _PACKING, mtime=0) if packed else held
        headers["Content-Length"] = str(len(body))
        return Response(b"" if request.method == "HEAD" else body, headers=headers)
    if not packed:
        headers["Content-Length"] = str(size)
    if request.method == "HEAD":
        held.close()
        return Response(headers=headers)
    chunks = _chunks(held)
    return StreamingResponse(_gzipped(chunks) if packed else chunks, headers=headers)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _gzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_PACKING, wbits=31)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()


def _documented() -> dict[str, dict[str, Any]]:
    """The answers, for the OpenAPI description."""
    results = {media_type: {"schema": {"type": "string"}} for media_type in (*TABLE_TYPES, *GRAPH_TYPES)}
    answers: dict[str, dict[str, Any]] = {
        "200": {"description": "The whole result, or the service description", "content": results},
        "304": {"description": "The client's copy is current"},
    }
    problems = {
        400: "Not SPARQL 1.1, or a parameter that cannot be used",
        403: "An update, or a SERVICE call that is not allowed",
        404: "No such version of the data",
        406: "No such form of this result",
        413: "The query is too long, or its result too large",
        415: "The body is of another type, or not UTF-8",
        429: "Too many queries at once; see Retry-After",
        503: "The query needs too much memory, or the store does not answer",
        504: "The query takes too long",
    }
    for status, text in problems.items():
        answers[str(status)] = {"description": text, "content": {"application/problem+json": {}}}
    return answers


def _documented_parameters(settings: Settings) -> list[dict[str, Any]]:
    """The parameters, for the OpenAPI description."""
    graphs = {"type": "array", "items": {"type": "string", "format": "uri"}}
    seconds = {"type": "number", "exclusiveMinimum": 0, "maximum": settings.query_seconds_cap}
    given: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("query", "The query", {"type": "string", "maxLength": settings.query_characters}),
        ("default-graph-uri", "A graph of the default graph, in place of FROM", graphs),
        ("named-graph-uri", "A named graph, in place of FROM NAMED", graphs),
        ("timeout", "Seconds that the query may take", seconds),
        ("version", "A built version of the data; the one served when not given", {"type": "string"}),
        ("format", "Short name of a media type, in place of Accept", {"enum": list(negotiation.SHORT_NAMES)}),
    )
    return [
        {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
        for name, text, schema in given
    ]


def _documented_body() -> dict[str, Any]:
    """The body of a POST, for the OpenAPI description."""
    form = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    return {"required": True, "content": {DIRECT: {"schema": {"type": "string"}}, FORM: {"schema": form}}}
