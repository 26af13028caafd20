"""Free text as a lookup: what is meant, the answer to it, and what can be said where the tables end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from graph_api.recognition.resolve import FreeText, ResolveAnswer
from graph_api.web.rest.shared import Lang, answer
from graph_api.web.services import Services


def add_resolve(router: APIRouter, services: Services) -> None:
    """`/resolve`."""

    @router.get(
        "/resolve",
        summary="May I work there? In one's own words: candidates, the answer for the best, or an honest 'not covered'",
        tags=["paths"],
        response_model=None,
        responses={200: {"model": ResolveAnswer}},
    )
    def get_resolve(
        profession: Annotated[
            str, Query(max_length=200, description="as one says it, in any language; or a code of ESCO, ISCO-08, …")
        ] = "",
        qualification: Annotated[str, Query(max_length=200, description="as one says it, e.g. `CAP coiffure`")] = "",
        from_: Annotated[
            str, Query(alias="from", max_length=80, description="any state, by code or by name in four languages")
        ] = "",
        to: Annotated[str, Query(max_length=80, description="the host, as `country` of paths, or by its name")] = "",
        place: Annotated[str, Query(max_length=80, description="a postcode or municipality there")] = "",
        lang: Lang = "en",
    ) -> Response:
        """A title that is not in the tables still gets the general answer, as one issued in `from`."""
        return answer(services, services.resolution.answer(FreeText(qualification, profession, from_, to, place, lang)))
