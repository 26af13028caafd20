"""Validators and preconditions (RFC 9110, 8.8 and 13) on every door, by one mechanism."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.web.conditional import not_modified
from graph_api.web.problems import problem

_OF_THE_BODY = ("content-length", "content-type", "content-encoding", "content-disposition")


class Preconditions:
    """Gives every whole answer to GET an `ETag`, and answers 304 or 412 where the client's conditions ask for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        asked, start, ended = Headers(scope=scope), None, False

        async def checked(message: Message) -> None:
            nonlocal start, ended
            if ended:
                return
            if message["type"] == "http.response.start" and message["status"] in (200, 206):
                start = message
                return
            if start is None:
                await send(message)
                return
            begun, start = start, None
            headers = MutableHeaders(scope=begun)
            if (
                not message.get("more_body")
                and "etag" not in headers
                and "no-store" not in headers.get("cache-control", "")
            ):
                headers["ETag"] = f'W/"{hashlib.blake2b(message.get("body", b""), digest_size=12).hexdigest()}"'
            if failed(asked, headers):
                ended = True
                detail = "what is served here is not what the condition names; ask for it anew"
                await problem(412, "Precondition Failed", detail)(scope, receive, send)
                return
            if "etag" in headers and not_modified(asked, {"ETag": headers["etag"], **_dated(headers)}):
                ended = True
                kept = [(name, value) for name, value in begun["headers"] if name.decode().lower() not in _OF_THE_BODY]
                await send({"type": "http.response.start", "status": 304, "headers": kept})
                await send({"type": "http.response.body", "body": b""})
                return
            await send(begun)
            await send(message)

        await self._app(scope, receive, checked)


def failed(asked: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Whether a condition of the request does not hold (13.2.2, steps 1 and 2): the answer is 412."""
    tags = asked.get("if-match")
    if tags is not None:
        known = headers.get("etag", "")
        return "*" not in tags and (known.startswith("W/") or known not in [tag.strip() for tag in tags.split(",")])
    since = asked.get("if-unmodified-since")
    if since is None or "last-modified" not in headers:
        return False
    try:
        return parsedate_to_datetime(headers["last-modified"]) > parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def _dated(headers: Mapping[str, str]) -> dict[str, str]:
    return {"Last-Modified": headers["last-modified"]} if "last-modified" in headers else {}
