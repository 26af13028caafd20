"""Search as the pages use it: nothing typed, or nothing legible, finds nothing."""

from __future__ import annotations

from collections.abc import Sequence

from graph_api.errors import BadRequest
from graph_api.search.index import CurrentIndex, Hit, Results


class PageSearch:
    """The search index beside the served graph."""

    def __init__(self, index: CurrentIndex) -> None:
        self._index = index

    def hits(self, text: str, lang: str, *, kinds: Sequence[str] = (), limit: int = 10) -> Sequence[Hit]:
        """The best hits."""
        return self.page(text, lang, kinds=kinds, limit=limit).results

    def page(
        self,
        text: str,
        lang: str,
        *,
        kinds: Sequence[str] = (),
        countries: Sequence[str] = (),
        limit: int = 20,
        offset: int = 0,
    ) -> Results:
        """One page of hits."""
        try:
            return self._index.current().search(
                text, kinds=kinds, countries=countries, lang=lang, limit=limit, offset=offset
            )
        except BadRequest:
            return Results(text, (), None)
