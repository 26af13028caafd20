"""What the server writes down, as text or as a line of JSON for each event: never who asked together with what."""

from __future__ import annotations

import copy
import json
import logging
import time
from datetime import UTC, datetime
from typing import Any, Final

import uvicorn.config
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.web.counts import door_of
from graph_api.web.in_scope import REQUEST_ID

JSON_LINES: Final = "json"
_REQUESTS: Final = logging.getLogger("passerelle.requests")
_ANSWERED: Final = "request"
"""The attribute of a record that holds what is said of a request."""


class Discreet(logging.Filter):
    """Takes the client's address and the parameters, which hold whole questions, out of lines on requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line stays."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            _, method, path, version, status = record.args
            record.args = ("-", method, str(path).partition("?")[0], version, status)
        return True


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
    """Writes down each request where lines of JSON are asked for: by id and door, not by address or words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _REQUESTS.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        said = {"request_id": "", "door": door_of(scope["path"]), "method": scope["method"], "status": 0}

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = dict(message["headers"])
                said.update(status=message["status"], request_id=told.get(REQUEST_ID.lower().encode(), b"").decode())
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            said["ms"] = round((time.perf_counter() - began) * 1000, 1)
            _REQUESTS.info("", extra={_ANSWERED: said})


def configuration(form: str = "text") -> dict[str, Any]:
    """How uvicorn is to log, and with it our own messages."""
    made: dict[str, Any] = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
    made["filters"] = {"discreet": {"()": Discreet}}
    made["handlers"]["access"]["filters"] = ["discreet"]
    made["loggers"]["passerelle"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    if form == JSON_LINES:
        made["formatters"]["json"] = {"()": JsonLine}
        made["handlers"]["default"]["formatter"] = "json"
        made["loggers"]["uvicorn.access"] = {"handlers": [], "level": "WARNING", "propagate": False}
    else:
        made["loggers"]["passerelle.requests"] = {"level": "WARNING"}
    return made
