"""The outermost step of every request: one host, and that ours; HEAD wherever there is GET; what HTTP lets us ignore.

No browser guesses what an answer is.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.settings import Settings
from graph_api.web.addresses import base_of_answer, prefix_of
from graph_api.web.in_scope import BASE, FORWARDED
from graph_api.web.problems import problem

_HOST: Final = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]*)(?::\d{0,5})?")
_OWN_PARAMETERS: Final = ("/sparql",)
"""Doors that say themselves what an empty parameter means."""
_EMPTY: Final = re.compile(rb"[^=]*=")
_ALWAYS_OURS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


class HostNames:
    """Under which names this server is known."""

    def __init__(self, settings: Settings) -> None:
        base = urlsplit(settings.base)
        self.base = settings.base.rstrip("/")
        """The address under which all know it, where the settings say so."""
        self._ours = {*_ALWAYS_OURS, *settings.hosts.lower().split(), *([_name_in(base.netloc)] if base.netloc else [])}

    def host(self, given: str, own: str, told: str = "") -> str:
        """The host to speak of: the one that is given where that is ours, else the address that was connected to.

        `own` is that address, `told` the host that a trusted proxy names.
        """
        return given if _name_in(given) in {*self._ours, _name_in(own), _name_in(told)} else own


class Entrance:
    """Refuses a request of several hosts (RFC 9112, 3.2), and puts this server's own name where another is given.

    Links in answers are made of the host, so a name that is not ours would lead readers, and those to whom a cache
    hands the answer, elsewhere. Ours are `PASSERELLE_BASE`, `PASSERELLE_HOSTS` and the address that was connected to.
    """

    def __init__(self, app: ASGIApp, names: HostNames) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        is_head = scope["method"] == "HEAD"
        host, prefix = scope.get(FORWARDED, ("", ""))
        prefix = prefix_of(self._names.base) if self._names.base else prefix

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if headers.get("Location", "").startswith("/"):
                    headers["Location"] = prefix + headers["Location"]
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        given = [host] if host and given else given
        if wrong := _fault(given, scope.get("http_version", "1.1")):
            told = {"error": "bad_request", "parameter": "Host"}
            await problem(400, "Bad Request", wrong, told)(scope, receive, marked)
            return
        headers = [(name, value) for name, value in scope["headers"] if not _is_ignored(name, value)]
        own = own_address(scope.get("server"), scope["scheme"])
        known = self._names.host(given[0], own, host) if given else own
        headers = [(b"host", known.encode("latin-1")), *(each for each in headers if each[0] != b"host")]
        base = self._names.base or f"{scope['scheme']}://{known}{prefix}"
        scope = {**scope, BASE: base, "headers": headers, "method": "GET" if is_head else scope["method"]}
        base_of_answer.set(base)
        scope["path"] = _within(prefix, scope["path"])
        if not scope["path"].startswith(_OWN_PARAMETERS):
            scope["query_string"] = _filled(scope["query_string"])
        await self._app(scope, receive, marked)


def is_host(written: str) -> bool:
    """Whether this can be the host of a request."""
    return _HOST.fullmatch(written) is not None


def _within(prefix: str, path: str) -> str:
    """The path behind the prefix, whether or not the proxy has taken that away."""
    return (
        path[len(prefix) :] if prefix and path.startswith(f"{prefix}/") else "/" if prefix and path == prefix else path
    )


def _is_ignored(name: bytes, value: bytes) -> bool:
    """A unit of ranges that is not known is ignored (RFC 9110, 14.2)."""
    return name == b"range" and not value.strip().lower().startswith(b"bytes")


def _filled(query: bytes) -> bytes:
    """The parameters that are given: forms send those that were left empty too."""
    return b"&".join(piece for piece in query.split(b"&") if piece and not _EMPTY.fullmatch(piece))


def _fault(given: list[str], version: str) -> str:
    if len(given) > 1:
        return f"the request names {len(given)} hosts; send one Host"
    if not given:
        return "" if version in ("1.0", "2", "3") else "the request names no host; send one Host"
    return "" if is_host(given[0]) else f"'{given[0][:100]}' is no host; send the Host of this server"


def _name_in(host: str) -> str:
    """The name without the port."""
    found = _HOST.match(host)
    return found["name"].lower() if found else ""


def own_address(server: tuple[str, int | None] | None, scheme: str) -> str:
    """The address that the client has connected to."""
    name, port = server or ("localhost", None)
    written = f"[{name}]" if ":" in name else name
    return written if port in (None, {"http": 80, "https": 443}.get(scheme)) else f"{written}:{port}"
