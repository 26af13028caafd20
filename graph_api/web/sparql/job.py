"""What a query process is asked and what it gives back, as both sides know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Final

MEGABYTE: Final = 2**20

Held = bytes | IO[bytes]
"""A whole result: in memory, or in a file that vanishes when it is closed."""


@dataclass(frozen=True)
class Job:
    """One query for one built graph."""

    directory: str
    text: str
    media_type: str
    has_dataset: bool
    """Whether the query names its graphs; if not, its default graph is the union of all."""
    seconds: float
    base: str | None = None
