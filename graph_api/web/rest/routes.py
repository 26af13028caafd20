"""The second door: REST lookups. Each lookup is one named query file; this room turns rows into JSON."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter

from graph_api.web.contract_parts import PROBLEMS
from graph_api.web.memory import given_back, keep_what_is_read
from graph_api.web.rest.calendar import add_calendar
from graph_api.web.rest.collections import add_collections
from graph_api.web.rest.comparisons import add_comparisons, add_frameworks
from graph_api.web.rest.context import add_context
from graph_api.web.rest.credentials import add_credentials
from graph_api.web.rest.crosswalks import add_crosswalks
from graph_api.web.rest.obstacles import add_obstacles
from graph_api.web.rest.paths import add_paths
from graph_api.web.rest.provisions import add_provisions
from graph_api.web.rest.reforms import add_reforms
from graph_api.web.rest.resolve import add_resolve
from graph_api.web.rest.review import add_review
from graph_api.web.rest.search import add_search
from graph_api.web.rest.unknown import add_unknown
from graph_api.web.services import Services


def _warmed(services: Services) -> None:
    """Read what answers need; what is kept for long is no longer looked through for garbage."""
    services.path_finder.read_ahead()
    keep_what_is_read()


def context_routes(services: Services) -> APIRouter:
    """The context of the answers, whose address bears no version."""
    router = APIRouter()
    add_context(router, services)
    return router


def routes(services: Services) -> APIRouter:
    """The REST lookups."""

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        threading.Thread(target=_warmed, args=(services,), daemon=True).start()
        with given_back():
            yield
        services.batches.close()
        services.beside.close()
        services.maps.close()

    router = APIRouter(prefix="/api/v1", responses=PROBLEMS, lifespan=lifespan)
    for add in (
        add_collections,  # asked most often, and so found first
        add_paths,
        add_calendar,
        add_resolve,
        add_search,
        add_unknown,
        add_obstacles,
        add_reforms,
        add_comparisons,
        add_frameworks,
        add_crosswalks,
        add_credentials,
        add_provisions,
        add_review,
    ):
        add(router, services)
    return router
