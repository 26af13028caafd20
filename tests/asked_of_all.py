"""Questions drawn from all professions and pairs of places, always the same for the same tables."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence

from tests.conftest import DECIDING, ROOT

Asked = tuple[str, str, str]
"""A profession, where the title comes from, where one wants to work."""


def asked_of_all(count: int) -> Sequence[Asked]:
    """So many questions, spread over everything that can be asked without a title."""
    with (ROOT / "mappings" / "professions.csv").open(encoding="utf-8", newline="") as file:
        professions = [row["profession"] for row in csv.DictReader(file)]
    every = [(name, home, host) for name in professions for home in DECIDING for host in DECIDING if home != host]
    return sorted(every, key=lambda asked: hashlib.sha256("|".join(asked).encode()).digest())[:count]
