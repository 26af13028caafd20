"""What experts decided on matches, as `mappings/reviews.csv` holds it: pairs that nobody may propose again."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

TABLE: Final = "reviews.csv"
_MATCH: Final = "match#"
_AGREED: Final = "agreed"


def refused_pairs(mappings: Path) -> frozenset[tuple[str, str]]:
    """The pairs, in short form, of which the last word of any expert is not that he agrees."""
    last: dict[tuple[str, str], str] = {}
    with (mappings / TABLE).open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["fact"].startswith(_MATCH):
                last[row["fact"], row["expert"]] = row["decision"]
    against = {fact for (fact, _), decision in last.items() if decision != _AGREED}
    pairs = (fact.removeprefix(_MATCH).split(" ", 1) for fact in against)
    return frozenset((pair[0], pair[1]) for pair in pairs if len(pair) == 2)
