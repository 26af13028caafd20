"""What the addresses of the dataset share: parameters and headers."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query

FOREVER: Final = "public, max-age=31536000, immutable"

Asked = Annotated[str | None, Query(max_length=100, description="a built version; the served one when not given")]
Format = Annotated[str | None, Query(alias="format", description="short name of a media type, in place of Accept")]


def headers(version: str, vary: str | None = None) -> dict[str, str]:
    """The headers of an answer about a version, which may change when another is served."""
    said = {"X-Passerelle-Version": version, "Cache-Control": "no-cache"}
    return {**said, "Vary": vary} if vary else said
