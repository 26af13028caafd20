"""What the server writes down: never who asked together with what."""

from __future__ import annotations

import copy
import logging
from typing import Any

import uvicorn.config


class Discreet(logging.Filter):
    """Takes the client's address and the parameters, which hold whole questions, out of lines on requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line stays."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            _, method, path, version, status = record.args
            record.args = ("-", method, str(path).partition("?")[0], version, status)
        return True


def configuration() -> dict[str, Any]:
    """How uvicorn is to log, and with it our own messages."""
    made: dict[str, Any] = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
    made["filters"] = {"discreet": {"()": Discreet}}
    made["handlers"]["access"]["filters"] = ["discreet"]
    made["loggers"]["passerelle"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    return made
