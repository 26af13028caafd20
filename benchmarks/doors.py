"""What a lookup, a page and a search cost, asked for the first time and again, beside a bare route with the same bytes.

    python -m benchmarks.doors DATA

Milliseconds of the processor, of the application alone: the server and the network cost both the same. The bare route
is one of FastAPI that returns bytes which lie ready. Budget: an answer that is asked again at 60 % of its throughput.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Response
from starlette.types import ASGIApp, Message, Scope

from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app

SHARE = 0.6
"""The least throughput of an answer that is asked again, as a share of the bare route's."""
_MANY = 60
_WORDS = (
    *("verpleegkundige", "nurse", "infirmier", "elektriker", "architect", "notaris", "baker", "kok", "koch", "maler"),
    *("tandarts", "dentiste", "arts", "médecin", "lehrer", "enseignant", "avocat", "rechtsanwalt", "zorgkundige"),
)
_CLIENT = ("127.0.0.1", 1)


@dataclass(frozen=True)
class Door:
    """One kind of address, with medians in milliseconds."""

    name: str
    first: float
    again: float
    bare: float
    size: int

    @property
    def share(self) -> float:
        """The throughput of an answer that is asked again, as a share of the bare route's."""
        return self.bare / self.again


async def measure(data: Path) -> list[Door]:
    """Ask many different addresses of each kind, all of them twice, each beside the bare route."""
    app = create_app(Settings(data=data), CurrentStore(data))
    professions, qualifications = [await _slugs(app, kind) for kind in ("professions", "qualifications")]
    return [
        await _door(app, "a lookup of a profession", [(f"/api/v1/professions/{each}", "") for each in professions]),
        await _door(app, "a lookup of a title", [(f"/api/v1/qualifications/{each}", "") for each in qualifications]),
        await _door(app, "a page of a profession", [(f"/page/profession/{each}", "") for each in professions]),
        await _door(app, "a page of a title", [(f"/page/qualification/{each}", "") for each in qualifications]),
        await _door(app, "a search", [("/api/v1/search", urlencode({"q": word})) for word in _WORDS]),
    ]


async def _door(app: ASGIApp, name: str, addresses: Sequence[tuple[str, str]]) -> Door:
    first: list[float] = []
    again: list[float] = []
    bare: list[float] = []
    sizes: list[int] = []
    for times in (first, again):
        for path, query in addresses:
            spent, body = await _asked(app, path, query)
            times.append(spent)
            if times is again:
                bare.append(await _of_bare_route(body))
                sizes.append(len(body))
    middle = statistics.median
    return Door(name, middle(first), middle(again), middle(bare), int(middle(sizes)))


async def _of_bare_route(body: bytes) -> float:
    """Milliseconds of a route that returns the bytes, without what its first request makes ready."""
    app = FastAPI()
    app.add_api_route("/", lambda: Response(body, media_type="application/json"))
    await _asked(app, "/", "")
    return (await _asked(app, "/", ""))[0]


async def _asked(app: ASGIApp, path: str, query: str) -> tuple[float, bytes]:
    """Milliseconds and body of an answer."""
    began = time.process_time()
    body = await _body(app, path, query)
    return 1000 * (time.process_time() - began), body


async def _body(app: ASGIApp, path: str, query: str) -> bytes:
    pieces: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        if message.get("status", 200) != 200:
            raise SystemExit(f"{path}?{query} was answered with {message['status']}")
        pieces.append(message.get("body", b""))

    await app(_scope(path, query), receive, send)
    return b"".join(pieces)


def _scope(path: str, query: str) -> Scope:
    accepted = b"text/html" if path.startswith("/page/") else b"application/json"
    common: dict[str, Any] = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": ""}
    return common | {
        "asgi": {"version": "3.0"},
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"accept", accepted)],
        "client": _CLIENT,
        "server": ("127.0.0.1", 80),
        "state": {},
    }


async def _slugs(app: ASGIApp, kind: str) -> list[str]:
    found = json.loads(await _body(app, f"/api/v1/{kind}", urlencode({"limit": _MANY})))
    return [item["id"].rpartition("/")[2] for item in found["results"]]


def table(doors: Sequence[Door]) -> Iterator[str]:
    """The results as a table."""
    yield "| door | first ms | again ms | bare route ms | bytes | throughput again, of the bare route's | kept |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    for each in doors:
        kept = "yes" if each.share >= SHARE else "**no**"
        figures = f"{each.first:.1f} | {each.again:.2f} | {each.bare:.2f} | {each.size:,}"
        yield f"| {each.name} | {figures} | {each.share:.2f} | {kept} |"


if __name__ == "__main__":
    print("\n".join(table(asyncio.run(measure(Path(sys.argv[1]))))))
