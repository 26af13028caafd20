"""What a query process is asked and what it gives back, as both sides know it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO, Final

from graph_api.store.graph_store import Dataset

MEGABYTE: Final = 2**20

REWRITTEN: Final = "X-Passerelle-Rewritten"
"""The header that says what was done to a query before it was asked."""

Held = bytes | IO[bytes]
"""A whole result: in memory, or in a file that vanishes when it is closed."""


@dataclass(frozen=True)
class Done:
    """A whole result, and what was done to the query; empty for nothing."""

    held: Held
    rewritten: str = ""


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
    dataset: Dataset | None = None
    """The graphs to ask in place of those that the query names."""
    rewrite: bool = True
    """Whether the query may be said in other words that give the same answer."""

    def written(self) -> bytes:
        """The job as it goes to the process."""
        graphs = self.dataset and (self.dataset.default, self.dataset.named)
        return json.dumps({**vars(self), "dataset": graphs}).encode()

    @classmethod
    def read(cls, message: bytes) -> Job:
        """The job that was written so."""
        said = json.loads(message)
        graphs = said.pop("dataset")
        return cls(**said, dataset=graphs and Dataset(*map(tuple, graphs)))
