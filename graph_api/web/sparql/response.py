"""A result as it goes out: whole, with what lets a client ask whether its copy still holds, packed where it likes."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import IO, Final

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from graph_api.store.graph_store import Dataset, GraphStore
from graph_api.store.local import EmbeddedStore
from graph_api.web.conditional import http_date
from graph_api.web.negotiation import takes_gzip
from graph_api.web.sparql.job import Held

_WORTH_PACKING: Final = 1000
_CHUNK: Final = 2**18
_PACKING: Final = 4


def validators(store: GraphStore, media_type: str, base: str, text: str, dataset: Dataset | None) -> dict[str, str]:
    """What lets a client ask whether its copy still holds: data, form, base, query and graphs make the result."""
    graphs = [repr(dataset)] if dataset else []
    digest = hashlib.blake2b("\n".join((store.version, media_type, base, text, *graphs)).encode(), digest_size=12)
    headers = {"ETag": f'W/"{digest.hexdigest()}"', "Cache-Control": "no-cache"}
    if isinstance(store, EmbeddedStore):
        with suppress(FileNotFoundError):  # a build may let the version go just now
            headers["Last-Modified"] = http_date((store.directory / "report.json").stat().st_mtime)
    return headers


def response(request: Request, held: Held, media_type: str, headers: Mapping[str, str]) -> Response:
    """The whole result as it goes out, packed where the client likes that."""
    content_type = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
    size = len(held) if isinstance(held, bytes) else os.fstat(held.fileno()).st_size
    packed = size >= _WORTH_PACKING and takes_gzip(request.headers.get("accept-encoding", ""))
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
    return Streamed(held, packed, headers)


class Streamed(StreamingResponse):
    """A result that goes out of a file piece by piece; the file is closed however that ends."""

    def __init__(self, file: IO[bytes], packed: bool, headers: Mapping[str, str]) -> None:
        chunks = _chunks(file)
        super().__init__(_gzipped(chunks) if packed else chunks, headers=headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.close()

    def close(self) -> None:
        """Close the file; for those who do not send it."""
        self._file.close()


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _gzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_PACKING, wbits=31)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()
