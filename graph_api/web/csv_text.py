"""Rows as a table to download: CSV (RFC 4180) with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fastapi.responses import Response

CSV: Final = "text/csv"
TABLES: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}
"""What the contract says of a door that also gives tables."""


def written(columns: Sequence[str], rows: Iterable[Mapping[str, str | None]], version: str) -> Response:
    """The rows as a file that a spreadsheet opens; an unknown value is an empty cell."""
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    return Response(text.getvalue(), media_type=CSV, headers={"X-Passerelle-Version": version})
