"""The web service: three doors to one graph, and the one place where errors become HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from graph_api import __version__, downloads, linkeddata, lookups, operations, pages, sparql
from graph_api.contract import PathAnswer
from graph_api.credits import HEADER, Acknowledging
from graph_api.errors import (
    BadQuery,
    BadRequest,
    GraphError,
    LimitReached,
    NoGraph,
    QueryRefused,
    StoreUnavailable,
    UnknownIdentifier,
)
from graph_api.question import Question
from graph_api.remote import RemoteStore
from graph_api.settings import Settings, from_environment
from graph_api.store import CurrentStore, GraphStore

PROBLEM: Final = "application/problem+json"
_STATUS: Final = {
    UnknownIdentifier: 404,
    QueryRefused: 403,
    BadRequest: 400,
    BadQuery: 400,
    NoGraph: 503,
    StoreUnavailable: 503,
}
_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "description": "What is wrong and what to write instead (RFC 9457)",
    "required": ["title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "error": {"type": "string"},
    },
}
_EXPOSED: Final = ["ETag", "Last-Modified", "Retry-After", "X-Passerelle-Version", "Link", HEADER]
_LIMIT_STATUS: Final = {
    "query_characters": 413,
    "result_megabytes": 413,
    "concurrency": 429,
    "seconds": 504,
    "memory": 503,
}


class Packed(GZipMiddleware):
    """Packs answers for clients that like it; SPARQL endpoints pack their own, by the weights that a client gives."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/sparql"):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class Service(FastAPI):
    """The application; its contract also holds what FastAPI cannot see: question, answer, problem, `/sparql`."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI contract."""
        made = self.openapi_schema is None
        contract = super().openapi()
        if made:
            schemas = contract.setdefault("components", {}).setdefault("schemas", {})
            for name, model in (("Question", Question), ("PathAnswer", PathAnswer)):
                described = model.model_json_schema(ref_template="#/components/schemas/{model}")
                schemas |= {**described.pop("$defs", {}), name: described}
            schemas["Problem"] = _PROBLEM_SCHEMA
            contract["paths"] |= sparql.contract(self.state.settings)
        return contract


def create_app(settings: Settings, store: GraphStore) -> FastAPI:
    """The service over a store; nothing is read from the environment."""
    app = Service(
        title="Passerelle",
        version=__version__,
        summary="May I work as P in country B with qualification Q from country A?",
        description=(
            "Recognition paths for professional qualifications: the route, the law, the authority, the time and the "
            "compensation measure; and where no route is open, what is missing. Facts carry their source and a mark: "
            "`yes` (read in the source) or `from-knowledge` (a lead that waits to be checked). The header "
            f"`{HEADER}` holds the words that publishers of imported releases ask to be shown."
        ),
        license_info={"name": "EUPL-1.2 (code), CC BY 4.0 (tables)", "url": "https://eupl.eu/1.2/en/"},
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings, app.state.store = settings, store
    app.add_middleware(Packed, minimum_size=1000)
    app.add_middleware(Acknowledging, service=app)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=_EXPOSED
    )
    for router in (
        lookups.routes(settings, store),
        sparql.routes(settings, store, html=pages.sparql_page),
        linkeddata.routes(settings, store),
        operations.routes(settings, store),
        downloads.routes(settings, store, html=pages.dataset_page(store)),
        pages.routes(settings, store),
    ):
        app.include_router(router)
    for kind, handler in ((GraphError, _graph_error), (RequestValidationError, _validation), (HTTPException, _http)):
        app.add_exception_handler(kind, handler)
    return app


def open_store(settings: Settings) -> GraphStore:
    """The store that the settings name: an endpoint, or the current built graph on disk."""
    return RemoteStore(settings.store, settings.query_seconds_cap) if settings.store else CurrentStore(settings.data)


def served() -> FastAPI:
    """The service as the environment describes it; for server processes."""
    settings = from_environment()
    return create_app(settings, open_store(settings))


def status_of(error: GraphError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, LimitReached):
        return _LIMIT_STATUS.get(error.limit, 503)
    if isinstance(error, BadRequest) and error.parameter == "Accept":
        return 406
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def problem(status: int, title: str, detail: str, extra: Mapping[str, Any] | None = None) -> JSONResponse:
    """An error as `application/problem+json` (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(extra or {})}
    return JSONResponse(body, status_code=status, media_type=PROBLEM)


def _graph_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GraphError)
    status = status_of(error)
    extra: dict[str, Any] = {"error": _snake(type(error).__name__)}
    extra |= {key: value for key, value in vars(error).items() if key not in ("findings", "retry_after")}
    answer = _shown(request, status, str(error), extra)
    if isinstance(error, LimitReached) and error.retry_after:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [
        {"parameter": ".".join(str(part) for part in item["loc"][1:]) or str(item["loc"][0]), "message": item["msg"]}
        for item in error.errors()
    ]
    detail = "; ".join(f"{item['parameter']}: {item['message']}" for item in wrong)
    return _shown(request, 400, detail, {"error": "bad_request", "invalid": wrong})


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    if error.status_code == 404:
        detail = f"there is no page {request.url.path}; the addresses are listed at /openapi.json"
    answer = _shown(request, error.status_code, detail, {})
    answer.headers.update(error.headers or {})
    return answer


def _shown(request: Request, status: int, detail: str, extra: Mapping[str, Any]) -> Response:
    """The error as a page for a person who browses, as problem+json for everyone else."""
    title = HTTPStatus(status).phrase
    if pages.wants_html(request):
        return pages.error_page(request, status, title, detail, extra)
    return problem(status, title, detail, extra)


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")
