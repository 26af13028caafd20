"""What the people who run the service ask it: is it alive, is it ready, how much does it hold."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from graph_api import __version__
from graph_api.errors import GraphError, NoGraph
from graph_api.store import queries
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.store.per_version import Current
from graph_api.web.contract_parts import UNAVAILABLE
from graph_api.web.counts import COUNTS
from graph_api.web.services import Services

_FAULTS_TOLD: Final = 5


def routes(services: Services) -> APIRouter:
    """The operations' addresses over a store."""
    store = services.store
    router = APIRouter(tags=["operations"])
    began = time.monotonic()
    data = Current(store, lambda: _dates_of(store))

    @router.get("/health", summary="Whether the process is alive; asks nothing of the store")
    def health() -> Response:
        return JSONResponse({"status": "alive", "version": __version__})

    @router.get("/ready", summary="Whether it can answer, and from which version of the data", responses=UNAVAILABLE)
    def ready() -> Response:
        """503 with a problem when the store does not answer, or what is served is not whole or not current."""
        if isinstance(store, CurrentStore | EmbeddedStore) and (wrong := store.faults()):
            raise NoGraph("; ".join(wrong[:_FAULTS_TOLD]))
        return JSONResponse({"status": "ready", "version": __version__, "data_version": store.version})

    @router.get(
        "/metrics",
        summary="Figures in the Prometheus text format",
        response_class=PlainTextResponse,
        responses=UNAVAILABLE,
    )
    def metrics() -> Response:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        figures = {
            "passerelle_uptime_seconds": time.monotonic() - began,
            "passerelle_cpu_seconds_total": usage.ru_utime + usage.ru_stime,
            "passerelle_resident_memory_peak_bytes": usage.ru_maxrss * 1024,
        }
        lines = [f'passerelle_info{{version="{__version__}",data_version="{store.version}"}} 1']
        lines += [f"{name} {value:.3f}" for name, value in figures.items()]
        lines += [f"{name} {value:.0f}" for name, value in _ages(data)]
        lines += [f'passerelle_queries_total{{query="{name}"}} {n}' for name, n in sorted(queries.ASKED.items())]
        lines += COUNTS.lines()
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    return router


def _dates_of(store: GraphStore) -> dict[str, str]:
    """When the version was built, and of when the oldest text is on which it rests, by figure."""
    said = next(iter(queries.select(store, "oldest_source")), {})
    built = next(iter(queries.select(store, "built")), {})
    return {
        "passerelle_data_age_seconds": built.get("built", ""),
        "passerelle_oldest_source_age_seconds": said.get("oldest", ""),
    }


def _ages(data: Current[dict[str, str]]) -> Iterator[tuple[str, float]]:
    """How long ago each of the days was that are known; none while the store does not answer."""
    dates: dict[str, str] = {}
    with suppress(GraphError):
        dates = data.get()
    for name, day in dates.items():
        if day:
            whole = day + "-01-01"[len(day) - 4 :] if len(day) < 10 else day
            yield name, (datetime.now(UTC) - datetime.fromisoformat(whole).replace(tzinfo=UTC)).total_seconds()
