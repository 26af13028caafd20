"""Comparisons as lookups: titles, professions across countries, common training, green competences."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from graph_api.competences.common_training import Frameworks
from graph_api.competences.comparison import Comparisons
from graph_api.competences.green import Green
from graph_api.web.rest.collections import across_countries
from graph_api.web.rest.shared import AsOf, Lang, Slug, SlugPath, answer
from graph_api.web.services import Services


def add_comparisons(router: APIRouter, services: Services) -> None:
    """`/compare`, what is near a title, and a profession across countries."""
    comparisons = Comparisons(services.descriptions)

    @router.get("/compare", summary="What titles share, what each lacks, what would close the gap", tags=["compare"])
    def get_compare(
        qualification: Annotated[list[Slug], Query(min_length=1, max_length=8, description="slugs")],
        profession: Annotated[Slug | None, Query(description="a profession to compare with")] = None,
        country: Annotated[str | None, Query(description="where the profession is asked for")] = None,
        as_of: AsOf = None,
        lang: Lang = "en",
    ) -> Response:
        day = as_of or date.today()
        return answer(services, comparisons.compare(qualification, profession, country, lang, day))

    @router.get("/qualifications/{slug}/equivalents", summary="The titles nearest to a title", tags=["compare"])
    def get_equivalents(
        slug: SlugPath,
        country: Annotated[str | None, Query(description="code such as `NL` or `BE-fr`")] = None,
        lang: Lang = "en",
        limit: Annotated[int, Query(ge=1, le=200)] = 20,
    ) -> Response:
        return answer(services, comparisons.equivalents(slug, country, lang, limit))

    @router.get(
        "/professions/{slug}/across-countries", summary="A profession as each country organises it", tags=["compare"]
    )
    def get_across(slug: SlugPath, lang: Lang = "en") -> Response:
        return answer(services, across_countries(services.store, slug, lang))


def add_frameworks(router: APIRouter, services: Services) -> None:
    """Common training frameworks, and the green share."""
    frameworks, green = Frameworks(services.descriptions), Green(services.descriptions)

    @router.get(
        "/professions/{slug}/common-training-framework",
        summary="What the countries' trainings share, and how far each is from that core (Art. 49a)",
        tags=["compare"],
    )
    def get_framework(
        slug: SlugPath,
        min_countries: Annotated[int | None, Query(ge=1, le=100, description="how many make the core")] = None,
        as_of: AsOf = None,
        lang: Lang = "en",
    ) -> Response:
        return answer(services, frameworks.framework(slug, min_countries, lang, as_of or date.today()))

    @router.get("/green", summary="The green share of a profession or title; what lies within reach", tags=["compare"])
    def get_green(
        profession: Annotated[Slug | None, Query(description="slug of a profession")] = None,
        qualification: Annotated[Slug | None, Query(description="slug of a qualification")] = None,
        lang: Lang = "en",
    ) -> Response:
        return answer(services, green.share(profession, qualification, lang))
