"""The door put together: one root for each version of the protocol, since their manifests contradict each other."""

from __future__ import annotations

from fastapi import APIRouter

from graph_api.web.contract_parts import BODY_PROBLEMS, PROBLEMS
from graph_api.web.reconcile import version_0_2, version_1_0
from graph_api.web.reconcile.properties import door
from graph_api.web.services import Services


def routes(services: Services) -> APIRouter:
    """The roots `/reconcile/0.2` and `/reconcile/1.0`."""
    router, opened = APIRouter(responses={**PROBLEMS, **BODY_PROBLEMS}), door(services)
    for add in (version_0_2.add_version, version_1_0.add_version):
        add(router, opened)
    return router
