"""The path finder as a lookup: one question as parameters or JSON, or many as NDJSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from graph_api.errors import BadRequest, GraphError, LimitReached
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question, parameters, question_from, question_from_json
from graph_api.web.negotiation import JSON
from graph_api.web.problems import BODY_PROBLEMS
from graph_api.web.rest.paging import fields_of
from graph_api.web.rest.shared import answer
from graph_api.web.services import Services

NDJSON: Final = "application/x-ndjson"
MOST_QUESTIONS: Final = 10_000
LONGEST_QUESTION: Final = 2**15

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
    def get_paths(request: Request) -> Response:
        """What is not given is unknown, and the answer says what it would change."""
        return answer(services, finder.find(question_from(request.query_params.multi_items())))

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
        return StreamingResponse(_many(services.path_finder, lines, names), media_type=NDJSON)
    if media not in (JSON, ""):
        raise BadRequest("Content-Type", f"'{media}' is not read here; send application/json or {NDJSON}")
    return answer(services, services.path_finder.find(_question(body)))


def _question(body: bytes) -> Question:
    if len(body) > LONGEST_QUESTION:
        message = f"this question has {len(body)} bytes; write at most {LONGEST_QUESTION}"
        raise LimitReached("question_bytes", LONGEST_QUESTION, message)
    return question_from_json(body)


def _many(finder: PathFinder, lines: list[bytes], names: Sequence[str]) -> Iterator[bytes]:
    """An answer or a problem for each line, made when the client has taken the one before."""
    for number, line in enumerate(lines, 1):
        found: Mapping[str, object]
        try:
            answered: Mapping[str, object] = finder.find(_question(line))
            found = {name: answered.get(name) for name in names} if names else answered
        except GraphError as error:
            found = {"line": number, "error": type(error).__name__, "detail": str(error)}
        yield json.dumps(found, ensure_ascii=False).encode() + b"\n"
        time.sleep(0)  # other requests first
