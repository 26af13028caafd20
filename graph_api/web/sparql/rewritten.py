"""A user's query in words that the engine answers faster, where its shape is known and the answer is the same.

Where anything is not as it should be, the query is asked as it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

from pyoxigraph import BlankNode

from graph_api.errors import NoGraph
from graph_api.search.literals import SEARCHED, Literals
from graph_api.store.rewriting import SUBSTRINGS, TOP_COUNTS, Substring, TopCounts, of_rows, shape_of, with_pairs

MOST_PAIRS: Final = 500
"""With many more than that the engine would rather read all labels (measured on ESCO: 20 times slower at 1,500)."""
_MOST_TIED: Final = 2000

Ask = Callable[[str], Any]
"""What the engine makes of a text."""


class Rewriter:
    """Says queries over one built graph in other words."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._literals: Literals | None = None
        self._looked = False

    def results(self, text: str, ask: Ask, *, union: bool) -> tuple[Any, str]:
        """What the engine gives for the query, and the name of what was done to it; empty for nothing.

        `union` says that the query is asked over the default graph as it was built. Raises what the engine raises.
        """
        shape = shape_of(text, SEARCHED)
        try:
            if isinstance(shape, TopCounts):
                written = _first_rows(shape, ask)
                if written is not None:
                    return ask(written), TOP_COUNTS
            elif shape and union:
                written = self._with_labels(text, shape)
                if written is not None:
                    return ask(written), SUBSTRINGS
        except SyntaxError:
            pass  # what is wrong is told of the text that was sent
        return ask(text), ""

    def _with_labels(self, text: str, found: list[Substring]) -> str | None:
        """The query with the pairs that the label among these can be of which there are the fewest."""
        literals = self._opened()
        if literals is None:
            return None
        best: tuple[Substring, list[tuple[str, str]]] | None = None
        for each in found:
            pairs = literals.holding(each.property, each.text, MOST_PAIRS, as_text=each.as_text)
            if pairs is not None and (best is None or len(pairs) < len(best[1])):
                best = each, pairs
        return with_pairs(text, *best) if best else None

    def _opened(self) -> Literals | None:
        if not self._looked:
            self._looked = True
            try:
                self._literals = Literals(self._directory)
            except NoGraph:
                self._literals = None
        return self._literals

    def close(self) -> None:
        """Close what is open."""
        if self._literals is not None:
            self._literals.close()


def _first_rows(shape: TopCounts, ask: Ask) -> str | None:
    """A query for the first rows, taken from all in the order of their counts; None where they cannot be written."""
    rows = list(_leading(shape, ask(shape.by_count)))
    if len(rows) > _MOST_TIED or any(isinstance(term, BlankNode) for term in chain.from_iterable(rows)):
        return None
    return of_rows(shape, rows)


def _leading(shape: TopCounts, solutions: Any) -> Iterator[list[Any]]:
    """The rows that may come among the first, with all that have the count of the last of these."""
    least = None
    for number, solution in enumerate(solutions, 1):
        count = int(solution[shape.count].value)
        if (least is not None and count < least) or number > _MOST_TIED + 1:
            return
        if number == shape.limit:
            least = count
        yield [solution[name] for name in shape.selected]
