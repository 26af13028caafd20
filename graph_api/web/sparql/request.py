"""What a request of the SPARQL 1.1 Protocol brings: its parameters, its body, the query in it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request
from pyoxigraph import NamedNode
from starlette.exceptions import HTTPException

from graph_api.errors import BadRequest, LimitReached, QueryRefused
from graph_api.settings import Settings
from graph_api.store.graph_store import Dataset
from graph_api.web.limits import MOST_PARAMETERS
from graph_api.web.negotiation import is_format

FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"
OF_A_QUERY: Final = frozenset({"default-graph-uri", "named-graph-uri", "timeout", "version"})
"""Parameters that make sense with a query only."""
_CHARSET = re.compile(r""";\s*charset\s*=\s*"?([^";\s]+)""", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """One query as the protocol brought it."""

    text: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    seconds: float
    override: str | None
    version: str | None
    rewrite: bool
    """Whether it may be said in other words that give the same answer."""

    def dataset(self) -> Dataset | None:
        """The graphs that the protocol names; None where it names none. Raises BadRequest for what is no IRI."""
        default = tuple(_graph("default-graph-uri", iri) for iri in self.default_graphs)
        named = tuple(_graph("named-graph-uri", iri) for iri in self.named_graphs)
        return Dataset(default, named) if default or named else None


def asked_by(parameters: Sequence[tuple[str, str]], settings: Settings) -> Asked:
    """The query that the parameters hold. Raises QueryRefused for an update, BadRequest, LimitReached."""
    if any(name == "update" for name, _ in parameters):
        raise QueryRefused("an update is not served; this endpoint only reads")
    text = once(parameters, "query")
    if text is None:
        raise BadRequest("query", "there is no query; give it as query=")
    return Asked(
        text.removeprefix("\ufeff"),
        tuple(value for name, value in parameters if name == "default-graph-uri"),
        tuple(value for name, value in parameters if name == "named-graph-uri"),
        _seconds(once(parameters, "timeout"), settings),
        format_of(parameters),
        once(parameters, "version"),
        _may_rewrite(once(parameters, "rewrite"), settings),
    )


def _graph(parameter: str, iri: str) -> str:
    try:
        return NamedNode(iri).value
    except ValueError as error:
        raise BadRequest(parameter, f"{parameter} is '{iri}', which is no absolute IRI: {error}") from None


def _seconds(timeout: str | None, settings: Settings) -> float:
    if not timeout:
        return settings.query_seconds
    cap = settings.query_seconds_cap
    try:
        seconds = float(timeout)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= cap:
        raise BadRequest("timeout", f"timeout is '{timeout}'; write seconds, at most {cap:g}")
    return seconds


def _may_rewrite(said: str | None, settings: Settings) -> bool:
    if said not in (None, "on", "off"):
        raise BadRequest("rewrite", f"rewrite is '{said}'; write off to have the query asked as it stands, or on")
    return settings.rewrite == "on" and said != "off"


def posted(request: Request, body: bytes) -> list[tuple[str, str]]:
    """The parameters of a POST, those of its body included. Raises HTTPException 415 for a body of another type."""
    return in_address(request) + in_body(body, _body_type(request))


def in_body(body: bytes, kind: str) -> list[tuple[str, str]]:
    """The parameters in a body of this type. Raises HTTPException 415 where the type is none that is read here."""
    match kind:
        case "application/x-www-form-urlencoded":
            return _pairs(body)
        case "application/sparql-query":
            return [("query", _text(body))]
        case "application/sparql-update":
            return [("update", "")]
    detail = f"the body is {kind or 'of no type'}; send {DIRECT} or {FORM}"
    raise HTTPException(415, detail, {"Accept-Post": f"{DIRECT}, {FORM}"})


def accept_of(request: Request) -> str | None:
    """All `Accept` lines as one."""
    return ", ".join(request.headers.getlist("accept")) or None


def in_address(request: Request) -> list[tuple[str, str]]:
    """The parameters in the address."""
    return _pairs(request.scope["query_string"])


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    """The pairs of a query string or a form, decoded once, strictly as UTF-8."""
    if (given := encoded.count(b"&") + 1) > MOST_PARAMETERS:
        raise BadRequest("query", f"these are {given} parameters; send at most {MOST_PARAMETERS}")
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest("query", "the parameters are not UTF-8; encode them as percent-encoded UTF-8") from None


def format_of(parameters: Sequence[tuple[str, str]]) -> str | None:
    """The last `format` that is known; the protocol knows no such parameter, so others change nothing."""
    said = [value for name, value in parameters if name == "format" and is_format(value)]
    return said[-1] if said else None


def once(parameters: Sequence[tuple[str, str]], wanted: str) -> str | None:
    """The value of a parameter that may be given once. Raises BadRequest."""
    values = [value for name, value in parameters if name == wanted]
    if len(values) > 1:
        raise BadRequest(wanted, f"{wanted} is given {len(values)} times; give it once")
    return values[0] if values else None


async def body_of(request: Request, settings: Settings) -> bytes:
    """The request's body, as far as a query of the allowed length can need it."""
    most = 12 * settings.query_characters + 2**16  # a character is at most four bytes, written %XX each
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise too_long(settings.query_characters)
    return bytes(body)


def _body_type(request: Request) -> str:
    """The body's media type. Raises HTTPException 415 when it is not plain UTF-8."""
    content_type = request.headers.get("content-type", "")
    charset = _CHARSET.search(content_type)
    if charset and charset[1].lower() not in ("utf-8", "utf8"):
        raise HTTPException(415, f"the body is written in {charset[1]}; send UTF-8")
    packing = request.headers.get("content-encoding", "identity")
    if packing.lower() != "identity":
        raise HTTPException(415, f"the body is packed with {packing}; send it as it is")
    return content_type.partition(";")[0].strip().lower()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("query", "the query is not UTF-8; send UTF-8") from None


def too_long(most: int) -> LimitReached:
    """The query has more characters than that."""
    message = f"the query is longer than {most} characters; shorten it, or run it on a dump"
    return LimitReached("query_characters", most, message)
