"""The dataset as a whole: its description, its dumps, its versions and what changed between them, the vocabulary."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from pyoxigraph import NamedNode, RdfFormat, parse, serialize

from graph_api.rdf.namespaces import SD, VOID
from graph_api.rdf.terms import DESCRIPTION, GRAPH, NAMESPACE, prefixes
from graph_api.settings import Settings
from graph_api.store import queries
from graph_api.store.local import GraphStore
from graph_api.store.versions import Version, Versions
from graph_api.web.acknowledgements import credits_of
from graph_api.web.conditional import http_date, not_modified
from graph_api.web.dataset import atom
from graph_api.web.dataset.changes import KINDS, ChangeLog, Changes, Kind
from graph_api.web.dataset.dcat import Catalogue
from graph_api.web.dataset.dumps import Dump, Dumps, dump_named, dumps_of
from graph_api.web.layout import page
from graph_api.web.negotiation import choose

HTML: Final = "text/html"
JSON: Final = "application/json"
RDF_TYPES: Final = ("text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples")
ONTOLOGY_TYPES: Final = {"ttl": "text/turtle", "rdf": "application/rdf+xml", "nt": "application/n-triples"}
_FOREVER: Final = "public, max-age=31536000, immutable"
_VOCABULARY: Final = f"{GRAPH}vocabulary"

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]+$", max_length=100)]
Asked = Annotated[str | None, Query(max_length=100, description="a built version; the served one when not given")]
Format = Annotated[str | None, Query(alias="format", description="short name of a media type, in place of Accept")]
Graph = Annotated[str | None, Query(max_length=500, description="IRI of a named graph: its changes only")]
Wanted = Annotated[Kind | None, Query(alias="change", description="one kind of change only")]
Limit = Annotated[int, Query(ge=1, le=1000, description="how many changes")]
Offset = Annotated[int, Query(ge=0, le=100_000_000, description="how many changes to leave out before")]


def routes(settings: Settings, store: GraphStore, html: Callable[[Request], Response] | None = None) -> APIRouter:
    """The addresses of the dataset as a whole; `html` answers a person who opens `/dataset`."""
    router = APIRouter(tags=["dataset"])
    versions, dumps = Versions(settings.data, store), Dumps(settings.data)
    for part in (
        DescriptionDoor(settings, store, versions, dumps, html),
        DumpDoor(versions, dumps),
        VersionDoor(versions, ChangeLog(settings.data)),
    ):
        part.add_to(router)
    _add_ontology(router, store)
    return router


def address_of(request: Request) -> str:
    """Scheme and host under which this server is known, without a slash at the end."""
    settings: Settings = request.app.state.settings
    return (settings.base or str(request.base_url)).rstrip("/")


class DescriptionDoor:
    """`/dataset` and `/.well-known/void`: VoID and the DCAT-AP catalogue in one document."""

    def __init__(
        self,
        settings: Settings,
        store: GraphStore,
        versions: Versions,
        dumps: Dumps,
        html: Callable[[Request], Response] | None,
    ) -> None:
        self._settings, self._store, self._html = settings, store, html
        self._versions, self._dumps = versions, dumps

    def add_to(self, router: APIRouter) -> None:
        summary = "The dataset described: VoID and DCAT-AP 3"
        router.add_api_route("/dataset", self.dataset, summary=summary, response_class=Response)
        summary = "The same, at the address where VoID is looked for"
        router.add_api_route("/.well-known/void", self.well_known, summary=summary, response_class=Response)

    def dataset(self, request: Request, wanted: Format = None) -> Response:
        """Its page for people, RDF for machines, by `Accept`."""
        offered = (HTML, *RDF_TYPES) if self._html else RDF_TYPES
        media_type = choose(request.headers.get("accept"), offered, wanted)
        if self._html and media_type == HTML:
            return self._html(request)
        return self._described(request, media_type)

    def well_known(self, request: Request, wanted: Format = None) -> Response:
        """Always RDF."""
        return self._described(request, choose(request.headers.get("accept"), RDF_TYPES, wanted))

    def _described(self, request: Request, media_type: str) -> Response:
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {DESCRIPTION} {{ ?s ?p ?o }} }}"
        stored = parse(self._store.query(query, "application/n-triples"), format=RdfFormat.N_TRIPLES)
        known_credits = credits_of(request)
        catalogue = Catalogue(address_of(request), self._dumps, self._settings.sources, known_credits)
        added = catalogue.triples(self._versions.current())
        known = {**prefixes(), "void": VOID, "sd": SD, "spdx": "http://spdx.org/rdf/terms#"}
        rdf: Any = RdfFormat.from_media_type(media_type)
        triples = sorted({*(quad.triple for quad in stored), *added}, key=str)
        body = serialize(triples, format=rdf, prefixes=known)
        return Response(body, media_type=media_type, headers=_headers(self._store.version, "Accept"))


class DumpDoor:
    """`/dumps/`: the list of files, the files and their checksums."""

    def __init__(self, versions: Versions, dumps: Dumps) -> None:
        self._versions, self._dumps = versions, dumps

    def add_to(self, router: APIRouter) -> None:
        router.add_api_route("/dumps", self.listing, include_in_schema=False)
        router.add_api_route("/dumps/", self.listing, summary="The dumps of a version", response_class=Response)
        router.add_api_route(
            "/dumps/{name:path}.sha256",
            self.checksum,
            summary="The SHA-256 of a dump, as sha256sum reads it",
            response_class=PlainTextResponse,
        )
        summary = "A dump: the dataset or a named graph, in N-Quads, TriG, Turtle, N-Triples or JSON-LD, packed"
        router.add_api_route("/dumps/{name:path}", self.file, summary=summary, response_class=FileResponse)
        router.add_api_route("/dumps/{name:path}", self.file, methods=["HEAD"], include_in_schema=False)

    def listing(self, request: Request, version: Asked = None, wanted: Format = None) -> Response:
        """The files with their addresses, and size and checksum where they were made before."""
        found = self._versions.asked(version)
        headers = _headers(found.name, "Accept, Accept-Language")
        if choose(request.headers.get("accept"), (JSON, HTML), wanted) == HTML:
            return page(request, "dumps.html", version=found, rows=_by_part(dumps_of(found)))
        files = [self._entry(request, dump) for dump in dumps_of(found)]
        return JSONResponse({"version": found.name, "built": found.built, "files": files}, headers=headers)

    def file(self, request: Request, name: str, version: Asked = None) -> Response:
        """The file is made when it is first asked for."""
        dump = dump_named(self._versions.asked(version), name)
        path, digest = self._dumps.file(dump), self._dumps.checksum(dump)
        headers = {
            **_headers(dump.version.name),
            "ETag": f'"{digest[:32]}"',
            "Last-Modified": http_date(dump.version.dump.stat().st_mtime),
            "Cache-Control": _FOREVER if version else "no-cache",
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(digest)).decode()}:",
        }
        if not_modified(request, headers):
            return Response(status_code=304, headers=headers)
        short = f"{dump.version.name}-{name.replace('/', '-')}"
        return FileResponse(path, headers=headers, media_type="application/gzip", filename=short)

    def checksum(self, name: str, version: Asked = None) -> Response:
        """The line that `sha256sum --check` reads."""
        dump = dump_named(self._versions.asked(version), name)
        line = f"{self._dumps.checksum(dump)}  {dump.name.rpartition('/')[2]}\n"
        return PlainTextResponse(line, headers=_headers(dump.version.name))

    def _entry(self, request: Request, dump: Dump) -> dict[str, Any]:
        address = f"{address_of(request)}/dumps/{dump.name}"
        asked = f"?version={dump.version.name}"
        return {
            "name": dump.name,
            "graph": dump.graph,
            "format": dump.form.name,
            "media_type": dump.form.media_type,
            "statements": dump.statements,
            "address": address + asked,
            "checksum": f"{address}.sha256{asked}",
            "bytes": self._dumps.size(dump),
            "sha256": self._dumps.known_checksum(dump),
        }


class VersionDoor:
    """`/versions`: every built version, its report, and what changed between two."""

    def __init__(self, versions: Versions, log: ChangeLog) -> None:
        self._versions, self._log = versions, log

    def add_to(self, router: APIRouter) -> None:
        router.add_api_route("/versions", self.listing, summary="All versions", response_class=Response)
        summary = "The versions as an Atom feed"
        router.add_api_route("/versions/feed", self.feed, summary=summary, response_class=Response)
        summary = "One version: its report and its dumps"
        router.add_api_route("/versions/{name}", self.version, summary=summary, response_class=Response)
        router.add_api_route(
            "/versions/{older}/changes/{newer}",
            self.changes,
            summary="What changed from one version to another: counts per named graph, and the statements in pages",
            response_class=Response,
        )

    def listing(self, request: Request, wanted: Format = None) -> Response:
        """The newest first."""
        found = self._versions.all()
        current = self._versions.current()
        if choose(request.headers.get("accept"), (JSON, HTML), wanted) == HTML:
            return page(request, "versions.html", versions=found, current=current, pairs=_pairs(found))
        base = address_of(request)
        entries = [
            _version_entry(base, version, before, current)
            for version, before in zip(found, [*found[1:], None], strict=True)
        ]
        return JSONResponse({"versions": entries}, headers={"Vary": "Accept", "Cache-Control": "no-cache"})

    def version(self, request: Request, name: Name, wanted: Format = None) -> Response:
        """What the build reported, and where the files are."""
        found, current = self._versions.one(name), self._versions.current()
        if choose(request.headers.get("accept"), (JSON, HTML), wanted) == HTML:
            return page(request, "version.html", version=found, current=current)
        entry = _version_entry(address_of(request), found, None, current)
        return JSONResponse({**entry, "report": found.report}, headers=_headers(name, "Accept"))

    def feed(self, request: Request) -> Response:
        """The newest first; the same versions give the same feed."""
        body = atom.versions(address_of(request), self._versions.all())
        return Response(body, media_type=atom.MEDIA_TYPE, headers={"Cache-Control": "no-cache"})

    def changes(
        self,
        request: Request,
        older: Name,
        newer: Name,
        graph: Graph = None,
        change: Wanted = None,
        limit: Limit = 100,
        offset: Offset = 0,
        wanted: Annotated[str | None, Query(alias="format", pattern="^(json|atom|html)$")] = None,
    ) -> Response:
        """Statements added and removed. A row that moves within its table changes the statements of its line."""
        found = self._log.between(self._versions.one(older), self._versions.one(newer))
        offered = (JSON, atom.MEDIA_TYPE, HTML)
        accept = {"json": JSON, "atom": atom.MEDIA_TYPE, "html": HTML}.get(wanted or "")
        match choose(accept or request.headers.get("accept"), offered):
            case "application/json":
                return _changes_page(request, found, graph, change, offset, limit)
            case "text/html":
                items = found.page(graph, change, offset, limit)
                more = offset + limit < _total(found, graph, change)
                return page(request, "changes.html", found=found, items=items, graph=graph, change=change, more=more)
        body = atom.changes(address_of(request), found)
        return Response(body, media_type=atom.MEDIA_TYPE, headers={"Cache-Control": _FOREVER, "Vary": "Accept"})


def _pairs(found: list[Version]) -> dict[str, str]:
    """Each version with the one before it."""
    return {newer.name: older.name for newer, older in pairwise(found)}


def _version_entry(base: str, version: Version, before: Version | None, current: Version | None) -> dict[str, Any]:
    entry = {
        "version": version.name,
        "built": version.built,
        "statements": version.triples,
        "current": current is not None and current.name == version.name,
        "address": f"{base}/versions/{version.name}",
        "dumps": f"{base}/dumps/?version={version.name}",
        "sparql": f"{base}/sparql?version={version.name}",
    }
    if before is not None:
        entry["changes"] = f"{base}/versions/{before.name}/changes/{version.name}"
    return entry


def _changes_page(
    request: Request, found: Changes, graph: str | None, kind: Kind | None, offset: int, limit: int
) -> Response:
    total = _total(found, graph, kind)
    body: dict[str, Any] = {
        "from": found.older.name,
        "to": found.newer.name,
        "added": found.count("added"),
        "removed": found.count("removed"),
        "graphs": [{"graph": name, **counts} for name, counts in found.graphs.items()],
        "releases": found.releases,
        "total": total,
        "offset": offset,
        "limit": limit,
        "changes": found.page(graph, kind, offset, limit),
    }
    if offset + limit < total:
        path = f"{address_of(request)}{request.url.path}"
        further = request.url.include_query_params(offset=offset + limit, limit=limit).query
        body["next"] = f"{path}?{further}"
    return JSONResponse(body, headers={**_headers(found.newer.name, "Accept"), "Cache-Control": _FOREVER})


def _total(found: Changes, graph: str | None, kind: Kind | None) -> int:
    return sum(found.count(each, graph) for each in KINDS if kind in (None, each))


def _by_part(dumps: Iterable[Dump]) -> list[tuple[str, list[Dump]]]:
    """The dumps of the whole, then those of each graph."""
    parts: dict[str, list[Dump]] = {}
    for dump in dumps:
        parts.setdefault((dump.graph or "").removeprefix(NAMESPACE), []).append(dump)
    return list(parts.items())


def _add_ontology(router: APIRouter, store: GraphStore) -> None:
    @router.get("/ontology.{suffix}", summary="The vocabulary as a file, for Protégé and owlready2")
    def get_ontology(suffix: Annotated[str, Path(pattern="^(ttl|rdf|nt)$")]) -> Response:
        text = queries.bind("graph_data", {"graph": [NamedNode(_VOCABULARY)]})
        triples = parse(store.query(text, "application/n-triples"), format=RdfFormat.N_TRIPLES)
        media_type = ONTOLOGY_TYPES[suffix]
        rdf: Any = RdfFormat.from_media_type(media_type)
        body = serialize(triples, format=rdf, prefixes=dict(prefixes()))
        headers = {
            **_headers(store.version),
            "Content-Disposition": f'inline; filename="passerelle.{suffix}"',
        }
        return Response(body, media_type=media_type, headers=headers)


def _headers(version: str, vary: str | None = None) -> dict[str, str]:
    headers = {"X-Passerelle-Version": version, "Cache-Control": "no-cache"}
    return {**headers, "Vary": vary} if vary else headers
