"""Readers of the case tables."""

from __future__ import annotations

import csv
from pathlib import Path


def implemented_regimes(path: Path) -> list[str]:
    """The slugs of the regimes for which rules derive routes."""
    with path.open(newline="", encoding="utf-8") as file:
        return [row["regime"] for row in csv.DictReader(file) if row["implemented"] == "true"]
