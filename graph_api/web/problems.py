"""The one place where errors become HTTP: `application/problem+json`, or a page for a person who browses."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from graph_api.errors import GraphError, LimitReached
from graph_api.web.addresses import wants_html
from graph_api.web.counts import refused
from graph_api.web.negotiation import PROBLEM
from graph_api.web.pages import routes as pages
from graph_api.web.statuses import status_of


def problem(
    status: int,
    title: str,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error as `application/problem+json` (RFC 9457)."""
    if limit := (extra or {}).get("limit"):
        refused(str(limit))
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(extra or {})}
    return JSONResponse(body, status_code=status, media_type=PROBLEM, headers=headers)


def graph_error(request: Request, error: Exception) -> Response:
    """The answer for an error of ours: its status, its name and what it knows of itself."""
    assert isinstance(error, GraphError)
    status = status_of(error)
    extra: dict[str, Any] = {"error": _snake(type(error).__name__)}
    extra |= {key: value for key, value in vars(error).items() if key not in ("defects", "retry_after")}
    answer = _shown(request, status, str(error), extra)
    if isinstance(error, LimitReached) and error.retry_after:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def validation_error(request: Request, error: Exception) -> Response:
    """400, with every parameter that does not fit and why."""
    assert isinstance(error, RequestValidationError)
    wrong = [
        {"parameter": ".".join(str(part) for part in item["loc"][1:]) or str(item["loc"][0]), "message": item["msg"]}
        for item in error.errors()
    ]
    detail = "; ".join(f"{item['parameter']}: {item['message']}" for item in wrong)
    return _shown(request, 400, detail, {"error": "bad_request", "invalid": wrong})


def http_error(request: Request, error: Exception) -> Response:
    """The answer for an address or a method that there is not."""
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    if error.status_code == 404:
        detail = f"there is no page {request.url.path}; the addresses are listed at /openapi.json"
    answer = _shown(request, error.status_code, detail, {})
    answer.headers.update(error.headers or {})
    if error.status_code == 405 and "OPTIONS" not in answer.headers.get("Allow", ""):
        answer.headers["Allow"] = _methods_here(request)
    return answer


def _methods_here(request: Request) -> str:
    """All methods that the address is served by (RFC 9110, 15.5.6); HEAD wherever there is GET."""
    served = [
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(route.matches({**request.scope, "method": method})[0] == Match.FULL for route in request.app.routes)
    ]
    return ", ".join(sorted([*served, *(["HEAD"] if "GET" in served else [])]))


def unforeseen(_request: Request, _error: Exception) -> Response:
    """500 for what nobody foresaw, a disk or a process that fails; the log says what, the answer no inner path."""
    return problem(
        500, "Internal Server Error", "something failed here that is not the request's fault; ask again later"
    )


def _shown(request: Request, status: int, detail: str, extra: Mapping[str, Any]) -> Response:
    """The error as a page for a person who browses, as problem+json for everyone else."""
    title = HTTPStatus(status).phrase
    if request.url.path.startswith("/esco/api"):
        return _as_esco(status, detail)
    if wants_html(request):
        if limit := extra.get("limit"):
            refused(str(limit))
        return pages.error_page(request, status, title, detail, extra)
    return problem(status, title, detail, extra)


def _as_esco(status: int, detail: str) -> JSONResponse:
    """The error in the shape that clients of ESCO's own service read."""
    name = "BadInputException" if status < 404 else f"{HTTPStatus(status).phrase.replace(' ', '')}Exception"
    return JSONResponse({"logref": name, "status": status, "message": detail, "_links": None}, status_code=status)


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")
