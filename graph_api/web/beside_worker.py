"""The process that answers costly requests, seen from inside: a request in, its whole answer out."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.types import Message, Scope

from graph_api.settings import Settings
from graph_api.store.open_store import open_store
from graph_api.web.addresses import base_of_answer
from graph_api.web.app import create_app
from graph_api.web.in_scope import ALONE, BASE
from graph_api.web.processes import begun

REST_SECONDS: Final = 60.0
"""A process that is asked nothing for so long ends, and its memory is free again."""


def _app(greeting: Mapping[str, Any]) -> FastAPI:
    """The doors without their entrance, through which the request has come already."""
    paths = {field.name for field in fields(Settings) if "Path" in str(field.type)}
    read: dict[str, Any] = {name: Path(value) if name in paths and value else value for name, value in greeting.items()}
    settings = Settings(**read)
    app = create_app(settings, open_store(settings))
    app.user_middleware.clear()
    return app


def _scope(told: Mapping[str, Any]) -> Scope:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told["headers"]]
    query = told["query_string"].encode("latin-1")
    return {**told, "type": "http", "asgi": {"version": "3.0"}, "headers": headers, "query_string": query, ALONE: True}


async def _answered(app: FastAPI, scope: Scope, body: bytes) -> bytes:
    head: dict[str, Any] = {}
    pieces: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in message["headers"]]
            head.update(status=message["status"], headers=headers)
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    base_of_answer.set(scope.get(BASE, ""))
    with suppress(Exception):  # it was answered with 500 before
        await app(scope, receive, send)
    return b"\n".join((json.dumps(head).encode(), b"".join(pieces)))


def _main(link_number: str, seconds: str) -> None:
    link = begun(link_number)
    app = _app(json.loads(link.recv_bytes()))
    with asyncio.Runner() as runner:
        while link.poll(REST_SECONDS):
            try:
                told, body = json.loads(link.recv_bytes()), link.recv_bytes()
            except EOFError:
                return
            signal.setitimer(signal.ITIMER_PROF, float(seconds))
            answer = runner.run(_answered(app, _scope(told), body))
            signal.setitimer(signal.ITIMER_PROF, 0)
            link.send_bytes(answer)


if __name__ == "__main__":
    _main(*sys.argv[1:])
