"""The days of an application as a calendar: what is due, counted from `applied_on`."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from graph_api.errors import BadRequest
from graph_api.recognition.clock import first_days
from graph_api.recognition.question import parameters, question_from
from graph_api.web.addresses import encoded, public_address
from graph_api.web.calendar_file import CALENDAR, calendar_file
from graph_api.web.services import Services


def add_calendar(router: APIRouter, services: Services) -> None:
    """`/paths/calendar`."""

    @router.get(
        "/paths/calendar",
        summary="When receipt, decision and extension are due, as an iCalendar file; asks for applied_on",
        tags=["paths"],
        response_class=Response,
        responses={200: {"content": {CALENDAR: {"schema": {"type": "string"}}}}},
        openapi_extra={"parameters": parameters()},
    )
    def get_calendar(request: Request) -> Response:
        """The days of the first route of each place, as `calendar` of `/paths` counts them."""
        given = request.query_params.multi_items()
        question = question_from(given)
        said = services.path_finder.find(question)
        places = services.jurisdictions.get(question.lang)
        days = [(places.named(country) or country, each) for country, each in first_days(said)]
        if not days:
            raise BadRequest("applied_on", "there is no day to count: give applied_on, for a route whose time is known")
        address = f"{public_address(request)}/path?{encoded(given)}"
        body = calendar_file(days, address, said["question"]["profession_label"] or "", question.lang)
        headers = {"Content-Disposition": 'attachment; filename="passerelle.ics"'}
        return Response(body, media_type=CALENDAR, headers=headers)
