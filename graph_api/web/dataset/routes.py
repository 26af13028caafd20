"""The dataset as a whole: its description, its dumps, its versions and what changed between them."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from graph_api.web.contract_parts import PROBLEMS
from graph_api.web.dataset.changes import ChangeLog
from graph_api.web.dataset.description import DescriptionRoutes
from graph_api.web.dataset.dump_routes import DumpRoutes
from graph_api.web.dataset.dumps import Dumps
from graph_api.web.dataset.version_routes import VersionRoutes
from graph_api.web.services import Services


def routes(services: Services, html: Callable[[Request], Response] | None = None) -> APIRouter:
    """The addresses of the dataset as a whole; `html` answers a person who opens `/dataset`."""
    router = APIRouter(tags=["dataset"], responses=PROBLEMS)
    data = services.settings.data
    dumps = Dumps(data)
    for part in (
        DescriptionRoutes(services, dumps, html),
        DumpRoutes(services.versions, dumps),
        VersionRoutes(services.versions, ChangeLog(data)),
    ):
        part.add_to(router)
    return router
