"""Requests that cost much, each answered as a whole by a process of its own, so that no other request waits for it.

A door that sees how much is asked of it hands the request over: `services.beside.alone(request)`; so is what is asked
without a pause while others ask (`turns`). The process lets everybody else go first; clients take turns there, so many
wait, and the work ends when whoever asked hangs up.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from graph_api.settings import Settings
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import CurrentStore
from graph_api.web.admission import Admission
from graph_api.web.callers import Caller, answered
from graph_api.web.in_scope import ALONE, BASE, BODY, FORWARDED, LEAVE
from graph_api.web.processes import Hands

_WORKER: Final = f"{__package__}.beside_worker"
_TOLD: Final = ("http_version", "method", "scheme", "path", "root_path", "client", "server", BASE, FORWARDED)


class Costly(Exception):
    """The request is to be answered beside the others."""


class Beside:
    """The processes that answer costly requests, started when first needed."""

    def __init__(self, settings: Settings, store: GraphStore) -> None:
        self._can = bool(settings.store) or isinstance(store, CurrentStore)
        self._admission = Admission(settings.batch_workers, settings.query_waiting, settings.query_seconds)
        self._hands = Hands(_WORKER, settings.query_seconds_cap, written(settings))

    def alone(self, request: Request) -> None:
        """Go on only in a process for costly work. Raises Costly, which hands the request over to one."""
        if self._can and ALONE not in request.scope:
            raise Costly

    @property
    def works(self) -> bool:
        """Whether there is anything that a process of its own can open."""
        return self._can

    def close(self) -> None:
        """End the processes."""
        self._hands.close()

    async def answer(self, request: Request) -> Response:
        """The answer, once its turn has come. Raises LimitReached, StoreUnavailable, ClientGone."""
        request.scope.get(LEAVE, _nothing)()
        head, body = json.dumps(_told(request)).encode(), request.scope.get(BODY, b"")

        def answer(caller: Caller) -> Response:
            with self._admission.place(caller):
                return _received(self._hands.do(head, body, caller=caller))

        return await answered(request, answer)


def _nothing() -> None:
    """There is no place to give back."""


def written(settings: Settings) -> dict[str, object]:
    """The settings as JSON can say them."""
    found = {field.name: getattr(settings, field.name) for field in fields(Settings)}
    paths = {field.name for field in fields(Settings) if "Path" in str(field.type)}
    return {name: str(value) if name in paths and value is not None else value for name, value in found.items()}


def _told(request: Request) -> dict[str, object]:
    scope = request.scope
    told = {name: scope[name] for name in _TOLD if name in scope}
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    return {**told, "query_string": scope["query_string"].decode("latin-1"), "headers": headers}


def _received(message: bytes) -> Response:
    head, _, body = message.partition(b"\n")
    said = json.loads(head)
    answer = Response(body, said["status"])
    answer.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in said["headers"]]
    return answer
