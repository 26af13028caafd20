"""The path finder as a lookup: one question as parameters or JSON, or many as NDJSON."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from graph_api.errors import BadRequest, LimitReached
from graph_api.recognition.question import parameters, question_from, question_from_json
from graph_api.web.batches import NDJSON
from graph_api.web.callers import address_of, whose
from graph_api.web.contract_parts import BODY_PROBLEMS
from graph_api.web.negotiation import JSON, takes_gzip
from graph_api.web.rest.paging import fields_of
from graph_api.web.rest.shared import SLUG, answer
from graph_api.web.services import Services

MOST_QUESTIONS: Final = 10_000
ReformName = Annotated[
    str | None, Query(pattern=SLUG, max_length=100, description="a reform to take as in force; it is no law")
]

_ANSWER: Final[dict[str, Any]] = {JSON: {"schema": {"$ref": "#/components/schemas/PathAnswer"}}}
_NDJSON_BODY: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "fields",
            "in": "query",
            "description": "with NDJSON: the keys of each answer to give, e.g. `outcome,verdicts`",
            "schema": {"type": "string", "maxLength": 1000},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/Question"}},
            NDJSON: {"schema": {"type": "string", "description": "one question a line"}},
        },
    },
}


def add_paths(router: APIRouter, services: Services) -> None:
    """`/paths`."""
    finder = services.path_finder

    @router.get(
        "/paths",
        summary="May I work there? One question, as query parameters",
        tags=["paths"],
        responses={200: {"content": _ANSWER}},
        openapi_extra={"parameters": parameters()},
    )
    def get_paths(request: Request, reform: ReformName = None) -> Response:
        """What is not given is unknown, and the answer says what it would change."""
        given = [(name, value) for name, value in request.query_params.multi_items() if name != "reform"]
        question = question_from(given)
        if not reform:
            return answer(services, finder.find(question))
        law = services.reforms.in_force(reform)
        found = law.finder.find(law.on_its_day(question, "as_of" in dict(given)))
        return answer(services, {**found, "reform": law.told(question.lang)}, law.store.version)

    @router.post(
        "/paths",
        summary="The same as JSON, or many questions as NDJSON",
        tags=["paths"],
        openapi_extra=_NDJSON_BODY,
        responses={**BODY_PROBLEMS, 200: {"content": {**_ANSWER, NDJSON: {"schema": {"type": "string"}}}}},
    )
    async def post_paths(request: Request) -> Response:
        """One question gives one answer; NDJSON gives one answer or problem a line, in the order of the questions."""
        body = await request.body()
        return await run_in_threadpool(_posted, services, request, body)


def _posted(services: Services, request: Request, body: bytes) -> Response:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == NDJSON:
        if body.count(b"\n", 0, len(body) - 1) >= MOST_QUESTIONS:
            message = f"these are more than {MOST_QUESTIONS} lines; send at most {MOST_QUESTIONS} at once"
            raise LimitReached("questions", MOST_QUESTIONS, message)
        lines = [line for line in body.split(b"\n") if line.strip()]
        names = fields_of(request.query_params.get("fields"))
        client = whose(address_of(request))
        packed = takes_gzip(request.headers.get("accept-encoding", ""))
        return services.batches.response(services.versions.opened(None), lines, names, client, packed)
    if media not in (JSON, ""):
        raise BadRequest("Content-Type", f"'{media}' is not read here; send application/json or {NDJSON}")
    return answer(services, services.path_finder.find(question_from_json(body)))
