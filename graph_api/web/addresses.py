"""Addresses: of this server, of the pages of things, of questions; and whether a person browses one."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request

from graph_api.errors import BadRequest
from graph_api.rdf.terms import ESCO, ESCO_KINDS, NAMESPACE, kind_and_slug, local_name, local_path
from graph_api.web.in_scope import BASE
from graph_api.web.negotiation import HTML, JSON, choose
from graph_api.web.services import services_of

base_of_answer: ContextVar[str] = ContextVar("base_of_answer", default="")
"""The address under which the client knows this server, where no request is at hand."""
CONTEXT_PATH: Final = "/context.jsonld"
_PATHS_KEPT: Final = 10_000
_NOT_PAGES: Final = ("/api", "/data", "/sparql", "/dumps", "/static", "/reconcile", "/esco")


def encoded(pairs: Sequence[tuple[str, str]]) -> str:
    """Parameters as they stand in an address."""
    return urlencode(list(pairs), quote_via=quote)


def wants_html(request: Request) -> bool:
    """Whether a person browses here: text/html is preferred, and the address is no interface for machines."""
    path = request.url.path
    if any(path == door or path.startswith(door + "/") for door in _NOT_PAGES):
        return False
    try:
        return choose(request.headers.get("accept"), (JSON, HTML)) == HTML
    except BadRequest:
        return False


@lru_cache(_PATHS_KEPT)
def page_path(iri: str) -> str:
    """Where a thing is shown: our page where there is one, else its own address.

    >>> page_path("https://w3id.org/passerelle/id/profession/midwife")
    '/page/profession/midwife'
    """
    own = kind_and_slug(iri)
    if own is not None:
        return f"/page/{own[0]}/{quote(own[1])}"
    for kind, start in ESCO_KINDS.items():
        if iri.startswith(f"{ESCO}{start}/"):
            return f"/page/{kind}/{local_name(iri)}"
    if iri.startswith(f"{NAMESPACE}def#"):
        return f"/ontology#{local_name(iri)}"
    for part in ("graph/", "scheme/"):
        if iri.startswith(NAMESPACE + part):
            return f"/page/{iri.removeprefix(NAMESPACE)}"
    return local_path(iri) or iri


def public_address(request: Request) -> str:
    """Scheme, host and prefix under which this server is known."""
    known: str = request.scope.get(BASE) or services_of(request).settings.base or str(request.base_url)
    return known.rstrip("/")


def prefix_of(base: str) -> str:
    """The path before all addresses of this server; empty where it has a host of its own.

    >>> prefix_of("https://example.org/sub/")
    '/sub'
    """
    return urlsplit(base).path.rstrip("/")


def asked_address(request: Request, **changed: int | str) -> str:
    """The address that was asked for, as the client knows it, with some parameters changed."""
    query = request.url.include_query_params(**changed).query
    return f"{public_address(request)}{request.url.path}" + (f"?{query}" if query else "")
