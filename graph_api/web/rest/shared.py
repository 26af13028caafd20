"""What all lookups share: parameters, problems, pages of results, and an answer that names its version."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import Path, Query
from fastapi.responses import JSONResponse
from pydantic import StringConstraints
from pydantic_core import to_json

from graph_api.recognition.question import Language
from graph_api.web.addresses import CONTEXT_PATH, base_of_answer
from graph_api.web.services import Services

Limit = Annotated[int, Query(ge=1, le=500, description="how many results")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="how many results to leave out before")]
Lang = Annotated[Language, Query(description="language of labels")]
SLUG: Final = r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"
AsOf = Annotated[date | None, Query(description="the day whose titles count; today when not given")]
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=200)]
SchemeOrCountry = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$", max_length=40)]
SlugPath = Annotated[str, Path(pattern=SLUG, max_length=200)]


class WrittenJson(JSONResponse):
    """JSON as the standard library writes it, in a fraction of its time."""

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return to_json(content)


def answer(services: Services, body: Any, version: str | None = None) -> JSONResponse:
    """JSON that says which version of the data it was made from, and whose words must be shown with what it names."""
    headers = {"X-Passerelle-Version": version or services.store.version, "Cache-Control": "no-cache", "Vary": "Accept"}
    if isinstance(body, dict):
        body = {"@context": base_of_answer.get() + CONTEXT_PATH, **body}
        if following := body.get("next"):
            headers["Link"] = f'<{following}>; rel="next"'
    found = WrittenJson(body, headers=headers)
    words = services.acknowledgements.named_in(bytes(found.body))
    if not words or not isinstance(body, dict):
        return found
    return WrittenJson({**body, "acknowledgements": words}, headers=headers)
