"""The path finder as a lookup: one question as parameters or JSON, or many as NDJSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from graph_api.errors import BadRequest, GraphError
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Intent, Level, Nationality, Status, question_from, question_from_json
from graph_api.web.negotiation import JSON
from graph_api.web.rest.shared import Lang, answer
from graph_api.web.services import Services

NDJSON: Final = "application/x-ndjson"
MOST_QUESTIONS: Final = 1000

_ANSWER: Final[dict[str, Any]] = {JSON: {"schema": {"$ref": "#/components/schemas/PathAnswer"}}}
_NDJSON_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/Question"}},
            NDJSON: {"schema": {"type": "string", "description": "one question a line"}},
        },
    }
}


def add_paths(router: APIRouter, services: Services) -> None:
    """`/paths`."""
    finder = services.path_finder

    @router.get(
        "/paths",
        summary="May I work there? One question, as query parameters",
        tags=["paths"],
        responses={200: {"content": _ANSWER}},
    )
    def get_paths(
        request: Request,
        country: Annotated[str, Query(description="host: `NL`, or `BE-fr` for a community; `BE` asks all three")],
        profession: Annotated[str | None, Query(description="slug, e.g. `nurse-general-care`")] = None,
        qualification: Annotated[str | None, Query(description="slug, e.g. `fr-dei`")] = None,
        issued_in: Annotated[str | None, Query(description="issuing country, when no qualification here fits")] = None,
        recognised_in: Annotated[list[str] | None, Query(description="states that have recognised the title")] = None,
        level: Annotated[Level | None, Query(description="level of Art. 11 that the home authority attests")] = None,
        issued: Annotated[date | None, Query(description="when the qualification was issued")] = None,
        training_started: Annotated[date | None, Query(description="when the training began")] = None,
        training_years: Annotated[float | None, Query(ge=0, le=20)] = None,
        certificates: Annotated[list[str] | None, Query(description="certificates held, e.g. `art-23-6`")] = None,
        experience_years: Annotated[
            float | None, Query(ge=0, le=60, description="years of practice up to `as_of`")
        ] = None,
        experience_country: Annotated[str | None, Query()] = None,
        experience_status: Annotated[Status | None, Query()] = None,
        nationality: Annotated[Nationality | None, Query()] = None,
        intent: Annotated[Intent, Query()] = "establishment",
        as_of: Annotated[date | None, Query(description="the day whose law is asked; today when not given")] = None,
        applied_on: Annotated[date | None, Query()] = None,
        lang: Lang = "en",
        max_hops: Annotated[int, Query(ge=1, le=6, description="most steps of a path")] = 4,
        k: Annotated[int, Query(ge=1, le=100, description="most paths for each deciding jurisdiction")] = 100,
    ) -> Response:
        """What is not given is unknown, and the answer says what it would change."""
        return answer(services, finder.find(question_from(request.query_params.multi_items())))

    @router.post(
        "/paths",
        summary="The same as JSON, or many questions as NDJSON",
        tags=["paths"],
        openapi_extra=_NDJSON_BODY,
        responses={200: {"content": {**_ANSWER, NDJSON: {"schema": {"type": "string"}}}}},
    )
    async def post_paths(request: Request) -> Response:
        """One question gives one answer; NDJSON gives one answer or problem a line, in the order of the questions."""
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = await request.body()
        if media == NDJSON:
            lines = [line for line in body.splitlines() if line.strip()]
            if len(lines) > MOST_QUESTIONS:
                raise BadRequest("body", f"{len(lines)} questions are too many; send at most {MOST_QUESTIONS} at once")
            return StreamingResponse(_many(finder, lines), media_type=NDJSON)
        if media not in (JSON, ""):
            raise BadRequest("Content-Type", f"'{media}' is not read here; send application/json or {NDJSON}")
        return answer(services, finder.find(question_from_json(body)))


def _many(finder: PathFinder, lines: list[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines, 1):
        try:
            found = finder.find(question_from_json(line))
        except GraphError as error:
            found = {"line": number, "error": type(error).__name__, "detail": str(error)}
        yield json.dumps(found, ensure_ascii=False).encode() + b"\n"
