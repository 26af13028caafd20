"""What rests on a provision or an act, as lookups."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from graph_api.recognition.resting import counts_of_act, resting_on
from graph_api.store.records import known_record, read_records
from graph_api.web.rest.shared import Lang, SlugPath, answer
from graph_api.web.services import Services

_MOST: int = 500
"""Most things of one class that are described; the count says how many there are."""


def add_provisions(router: APIRouter, services: Services) -> None:
    """`/provisions/{slug}/rests-on` and `/legal-acts/{slug}/rests-on`."""
    store = services.store

    @router.get(
        "/provisions/{slug}/rests-on",
        summary="What rests on a provision: things that cite it, and routes",
        tags=["law"],
    )
    def of_provision(slug: SlugPath, lang: Lang = "en") -> Response:
        """Things by class, each described; routes counted by regime, with the question that one of them answers."""
        provision = known_record(store, "provision", slug, lang)
        found = resting_on(store, services.path_finder.reference(), provision["id"])
        things: dict[str, Any] = {
            kind: {"count": len(iris), "results": read_records(store, iris[:_MOST], lang)}
            for kind, iris in found.things.items()
        }
        routes = [
            {"regime": item.regime, "count": item.count, "question": item.question or None} for item in found.routes
        ]
        return answer(services, {"provision": provision, "things": things, "routes": routes})

    @router.get(
        "/legal-acts/{slug}/rests-on", summary="The provisions of an act, and how much rests on each", tags=["law"]
    )
    def of_act(slug: SlugPath, lang: Lang = "en") -> Response:
        """The provisions that the tables cite; what rests on one is told by its own address."""
        act = known_record(store, "legal-act", slug, lang)
        counted = counts_of_act(store, act["id"])
        listed = [{"id": iri, "article": article, "count": count} for iri, article, count in counted]
        return answer(services, {"act": act, "provisions": listed})
