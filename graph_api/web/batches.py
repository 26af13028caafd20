"""Many questions in one request: answered in processes of their own, so that no other request waits for them.

A line is asked for when the client has taken the answer before it: a slow reader holds no process, and one that has
hung up asks for nothing more. Whose turn it is changes with every line.
"""

from __future__ import annotations

import asyncio
import json
import threading
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Final

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from graph_api.errors import GraphError, LimitReached
from graph_api.settings import Settings
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import EmbeddedStore
from graph_api.web.batch_worker import fault
from graph_api.web.processes import Hands

NDJSON: Final = "application/x-ndjson"
MOST_AT_ONCE: Final = 32
MOST_OF_ONE: Final = 4
"""How many batches may be under way at once, and how many of one client."""

_WORKER: Final = f"{__package__}.batch_worker"
_PACKING: Final = 4


class Batches:
    """The batches that are under way, and the processes that answer them, started when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._turns = asyncio.Semaphore(settings.batch_workers)
        self._lock = threading.Lock()
        elsewhere = {"store": settings.store, "store_auth": settings.store_auth}
        self._hands = Hands(_WORKER, settings.query_seconds_cap, elsewhere)
        self._open: Counter[str] = Counter()

    def response(
        self, store: GraphStore, lines: Sequence[bytes], fields: Sequence[str], client: str, packed: bool
    ) -> StreamingResponse:
        """The answers as they are made, over one version of the graph as long as it is kept. Raises LimitReached."""
        self._enter(client)
        headers = {"Vary": "Accept-Encoding", **({"Content-Encoding": "gzip"} if packed else {})}
        if isinstance(store, EmbeddedStore):
            headers["X-Passerelle-Version"] = store.version
        return _Answered(self, client, self._answers(store, lines, fields, packed), headers)

    def leave(self, client: str) -> None:
        """A batch of the client has ended."""
        with self._lock:
            self._open -= Counter([client])

    def close(self) -> None:
        """End the processes; one that answers a line ends with it."""
        self._hands.close()

    def _enter(self, client: str) -> None:
        with self._lock:
            full = self._open.total() >= MOST_AT_ONCE or self._open[client] >= MOST_OF_ONE
            if not full:
                self._open[client] += 1
        if full:
            message = f"at most {MOST_OF_ONE} batches of one client run at once, {MOST_AT_ONCE} in all; ask again later"
            raise LimitReached("concurrency", MOST_OF_ONE, message, retry_after=10)

    async def _answers(
        self, store: GraphStore, lines: Sequence[bytes], fields: Sequence[str], packed: bool
    ) -> AsyncIterator[bytes]:
        directory = str(store.directory) if isinstance(store, EmbeddedStore) else ""
        packer = zlib.compressobj(_PACKING, wbits=31) if packed else None
        for number, line in enumerate(lines, 1):
            head = json.dumps({"directory": directory, "line": number, "fields": list(fields)}).encode()
            async with self._turns:
                answer = await run_in_threadpool(self._answer, number, head, line, packer)
            yield answer
        if packer:
            yield packer.flush()

    def _answer(self, number: int, head: bytes, line: bytes, packer: zlib._Compress | None) -> bytes:
        try:
            answer = self._hands.do(head, line)
        except GraphError as error:
            answer = fault(number, type(error).__name__, str(error))
        return answer if packer is None else packer.compress(answer) + packer.flush(zlib.Z_SYNC_FLUSH)


class _Answered(StreamingResponse):
    """The answers of one batch; however it ends, its place is free again."""

    def __init__(self, batches: Batches, client: str, answers: AsyncIterator[bytes], headers: dict[str, str]) -> None:
        super().__init__(answers, media_type=NDJSON, headers=headers)
        self._batches, self._client = batches, client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._batches.leave(self._client)
