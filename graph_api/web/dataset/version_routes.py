"""`/versions`: every built version, its report, and what changed between two."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from graph_api.store.versions import Version, Versions
from graph_api.web.addresses import asked_address, public_address
from graph_api.web.contract_parts import Answers, described
from graph_api.web.dataset import atom
from graph_api.web.dataset.changes import KINDS, ChangeLog, Changes, Kind
from graph_api.web.dataset.shared import FOREVER, Format, headers
from graph_api.web.layout import page
from graph_api.web.negotiation import HTML, JSON, choose

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]+$", max_length=100)]
Graph = Annotated[str | None, Query(max_length=500, description="IRI of a named graph: its changes only")]
Wanted = Annotated[Kind | None, Query(alias="change", description="one kind of change only")]
Limit = Annotated[int, Query(ge=1, le=1000, description="how many changes")]
Offset = Annotated[int, Query(ge=0, le=100_000_000, description="how many changes to leave out before")]


class VersionRoutes:
    """`/versions`: every built version, its report, and what changed between two."""

    def __init__(self, versions: Versions, log: ChangeLog) -> None:
        self._versions, self._log = versions, log

    def add_to(self, router: APIRouter) -> None:
        """Add these addresses."""
        for path, answered, summary, media_types in (
            ("/versions", self.listing, "All versions", (JSON, HTML)),
            ("/versions/feed", self.feed, "The versions as an Atom feed", (atom.MEDIA_TYPE,)),
            ("/versions/{name}", self.version, "One version: its report and its dumps", (JSON, HTML)),
        ):
            answers: Answers = {200: {"content": described(*media_types)}}
            router.add_api_route(path, answered, summary=summary, response_class=Response, responses=answers)
        router.add_api_route(
            "/versions/{older}/changes/{newer}",
            self.changes,
            summary="What changed from one version to another: counts per named graph, and the statements in pages",
            response_class=Response,
            responses={200: {"content": described(JSON, atom.MEDIA_TYPE, HTML)}},
        )

    def listing(self, request: Request, wanted: Format = None) -> Response:
        """The newest first; folders that hold none that is whole are named as broken."""
        found = self._versions.all()
        current = self._versions.current()
        if choose(request.headers.get("accept"), (JSON, HTML), wanted) == HTML:
            return page(request, "versions.html", versions=found, current=current, pairs=_pairs(found))
        base = public_address(request)
        entries = [
            _version_entry(base, version, before, current)
            for version, before in zip(found, [*found[1:], None], strict=True)
        ]
        broken = [{"folder": name, "fault": fault} for name, fault in self._versions.broken().items()]
        told = {"versions": entries, **({"broken": broken} if broken else {})}
        return JSONResponse(told, headers={"Vary": "Accept", "Cache-Control": "no-cache"})

    def version(self, request: Request, name: Name, wanted: Format = None) -> Response:
        """What the build reported, and where the files are."""
        found, current = self._versions.one(name), self._versions.current()
        if choose(request.headers.get("accept"), (JSON, HTML), wanted) == HTML:
            return page(request, "version.html", version=found, current=current)
        entry = _version_entry(public_address(request), found, None, current)
        return JSONResponse({**entry, "report": found.report}, headers=headers(name, "Accept"))

    def feed(self, request: Request) -> Response:
        """The newest first; the same versions give the same feed."""
        body = atom.versions(public_address(request), self._versions.all())
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
        body = atom.changes(public_address(request), found)
        return Response(body, media_type=atom.MEDIA_TYPE, headers={"Cache-Control": FOREVER, "Vary": "Accept"})


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
        body["next"] = asked_address(request, offset=offset + limit, limit=limit)
    return JSONResponse(body, headers={**headers(found.newer.name, "Accept"), "Cache-Control": FOREVER})


def _total(found: Changes, graph: str | None, kind: Kind | None) -> int:
    return sum(found.count(each, graph) for each in KINDS if kind in (None, each))
