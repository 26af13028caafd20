"""What the server writes down, as text or as a line of JSON for each event: never who asked together with what."""

from __future__ import annotations

import copy
import json
import logging
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import uvicorn.config
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.web.counts import door_of
from graph_api.web.in_scope import REQUEST_ID

JSON_LINES: Final = "json"
_REQUESTS: Final = logging.getLogger("passerelle.requests")
_ID: Final = REQUEST_ID.lower().encode()
_ANSWERED: Final = "request"
"""The attribute of a record that holds what is said of a request."""


class JsonLine(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level and logger; of a request what `Noting` says, of anything else the message."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            **(getattr(record, _ANSWERED, None) or {"message": record.getMessage()}),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


class Noting:
    """Writes down each request once it is answered, by door or path and id: not by address or words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _REQUESTS.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        began, path = time.perf_counter(), scope["path"]
        status, request_id = 0, b""

        async def noted(message: Message) -> None:
            nonlocal status, request_id
            if message["type"] == "http.response.start":
                status, request_id = message["status"], dict(message["headers"]).get(_ID, b"")
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            status = status or HTTPStatus.INTERNAL_SERVER_ERROR  # which a layer further out will answer
            raise
        finally:
            note({**scope, "path": path}, status, request_id, time.perf_counter() - began)


def note(scope: Scope, status: int, request_id: bytes, seconds: float) -> None:
    """Write down a request that was answered."""
    if not _REQUESTS.isEnabledFor(logging.INFO):
        return
    method, path = scope["method"], scope["path"]
    said = {"request_id": request_id.decode(), "door": door_of(path), "method": method}
    told = {**said, "status": status, "ms": round(seconds * 1000, 1)}
    line = ("-", method, quote(path), scope.get("http_version", ""), status)
    _REQUESTS.info('%s - "%s %s HTTP/%s" %d', *line, extra={_ANSWERED: told})


def configuration(form: str = "text") -> dict[str, Any]:
    """How uvicorn is to log, and with it our own messages; `Noting` writes the requests down in its place."""
    made: dict[str, Any] = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
    made["loggers"]["passerelle"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    if form == JSON_LINES:
        made["formatters"]["json"] = {"()": JsonLine}
        made["handlers"]["default"]["formatter"] = "json"
    else:
        made["loggers"]["passerelle.requests"] = {"handlers": ["access"], "level": "INFO", "propagate": False}
    return made
