"""Where queries are answered: inside this process, or behind a SPARQL endpoint.

The seam is the SPARQL protocol itself: query text and media type in, bytes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

JSON_RESULTS: Final = "application/sparql-results+json"


@dataclass(frozen=True)
class Dataset:
    """The graphs that a query is asked over, whatever graphs it names itself (SPARQL 1.1 Protocol, 2.1.4)."""

    default: tuple[str, ...]
    """The IRIs of the graphs that together are the default graph."""
    named: tuple[str, ...]


class GraphStore(Protocol):
    """Answers SPARQL queries over the current dataset, whose default graph is the union of its named graphs."""

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        """The result in that media type, over the given graphs only. Raises BadQuery, StoreUnavailable."""
        ...

    @property
    def version(self) -> str:
        """The version of the data that the next query will see."""
        ...
