"""Whether a client's copy still holds (RFC 9110, 13.2.2): one answer for all doors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import HTTPConnection


def http_date(seconds: float) -> str:
    """A moment as HTTP writes it.

    >>> http_date(0)
    'Thu, 01 Jan 1970 00:00:00 GMT'
    """
    return format_datetime(datetime.fromtimestamp(int(seconds), UTC), usegmt=True)


def not_modified(request: HTTPConnection | Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Whether the copy of a client, known by its request or the headers of it, has these `ETag` and `Last-Modified`."""
    asked = request.headers if isinstance(request, HTTPConnection) else request
    tags = asked.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in known or headers["ETag"].removeprefix("W/") in known
    since = asked.get("if-modified-since")
    if since is None or "Last-Modified" not in headers:
        return False
    try:
        return parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False
