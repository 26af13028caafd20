"""Where queries are answered: inside this process, or behind a SPARQL endpoint.

The seam is the SPARQL protocol itself: query text and media type in, bytes out.
"""

from __future__ import annotations

from typing import Final, Protocol

JSON_RESULTS: Final = "application/sparql-results+json"


class GraphStore(Protocol):
    """Answers SPARQL queries over the current dataset, whose default graph is the union of its named graphs."""

    def query(self, text: str, media_type: str) -> bytes:
        """The result in that media type. Raises BadQuery, StoreUnavailable."""
        ...

    @property
    def version(self) -> str:
        """The version of the data that the next query will see."""
        ...
