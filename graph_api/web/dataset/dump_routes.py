"""`/dumps/`: the list of files, the files and their checksums."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from graph_api.rdf.terms import NAMESPACE
from graph_api.store.versions import Versions
from graph_api.web.addresses import public_address
from graph_api.web.conditional import http_date, not_modified
from graph_api.web.contract_parts import Answers, described
from graph_api.web.dataset.dumps import Dump, Dumps, dump_named, dumps_of
from graph_api.web.dataset.shared import FOREVER, Asked, Format, headers
from graph_api.web.layout import page
from graph_api.web.negotiation import HTML, JSON, choose

GZIP: Final = "application/gzip"


class DumpRoutes:
    """`/dumps/`: the list of files, the files and their checksums."""

    def __init__(self, versions: Versions, dumps: Dumps) -> None:
        self._versions, self._dumps = versions, dumps

    def add_to(self, router: APIRouter) -> None:
        """Add these addresses."""
        router.add_api_route("/dumps", self.listing, include_in_schema=False)
        router.add_api_route(
            "/dumps/",
            self.listing,
            summary="The dumps of a version",
            response_class=Response,
            responses={200: {"content": described(JSON, HTML)}},
        )
        router.add_api_route(
            "/dumps/{name:path}.sha256",
            self.checksum,
            summary="The SHA-256 of a dump, as sha256sum reads it",
            response_class=PlainTextResponse,
        )
        summary = "A dump: the dataset or a named graph, in N-Quads, TriG, Turtle, N-Triples or JSON-LD, packed"
        packed: Answers = {200: {"content": {GZIP: {"schema": {"type": "string", "format": "binary"}}}}}
        file = "/dumps/{name:path}"
        router.add_api_route(file, self.file, summary=summary, response_class=FileResponse, responses=packed)
        router.add_api_route("/dumps/{name:path}", self.file, methods=["HEAD"], include_in_schema=False)

    def listing(self, request: Request, version: Asked = None, wanted: Format = None) -> Response:
        """The files with their addresses, and size and checksum where they were made before."""
        found = self._versions.asked(version)
        if choose(request.headers.get("accept"), (JSON, HTML), wanted) == HTML:
            return page(request, "dumps.html", version=found, rows=_by_part(dumps_of(found)))
        told = headers(found.name, "Accept, Accept-Language")
        files = [self._entry(request, dump) for dump in dumps_of(found)]
        return JSONResponse({"version": found.name, "built": found.built, "files": files}, headers=told)

    def file(self, request: Request, name: str, version: Asked = None) -> Response:
        """The file is made when it is first asked for."""
        dump = dump_named(self._versions.asked(version), name)
        path, digest = self._dumps.file(dump), self._dumps.checksum(dump)
        told = {
            **headers(dump.version.name),
            "ETag": f'"{digest[:32]}"',
            "Last-Modified": http_date(dump.version.dump.stat().st_mtime),
            "Cache-Control": FOREVER if version else "no-cache",
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(digest)).decode()}:",
        }
        if not_modified(request, told):
            return Response(status_code=304, headers=told)
        short = f"{dump.version.name}-{name.replace('/', '-')}"
        return FileResponse(path, headers=told, media_type=GZIP, filename=short)

    def checksum(self, name: str, version: Asked = None) -> Response:
        """The line that `sha256sum --check` reads."""
        dump = dump_named(self._versions.asked(version), name)
        line = f"{self._dumps.checksum(dump)}  {dump.name.rpartition('/')[2]}\n"
        return PlainTextResponse(line, headers=headers(dump.version.name))

    def _entry(self, request: Request, dump: Dump) -> dict[str, Any]:
        address = f"{public_address(request)}/dumps/{dump.name}"
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


def _by_part(dumps: Iterable[Dump]) -> list[tuple[str, list[Dump]]]:
    """The dumps of the whole, then those of each graph."""
    parts: dict[str, list[Dump]] = {}
    for dump in dumps:
        parts.setdefault((dump.graph or "").removeprefix(NAMESPACE), []).append(dump)
    return list(parts.items())
