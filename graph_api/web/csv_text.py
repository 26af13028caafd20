"""Rows as a table to download: CSV (RFC 4180) with a header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fastapi.responses import Response

CSV: Final = "text/csv"
_FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?![\d ().,/-]*\Z)")
TABLES: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}
"""What the contract says of a door that also gives tables."""


def written(columns: Sequence[str], rows: Iterable[Mapping[str, str | None]], version: str) -> Response:
    """The rows as a file that a spreadsheet opens; an unknown value is an empty cell."""
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\r\n")
    table.writeheader()
    table.writerows({name: harmless(cell or "") for name, cell in row.items()} for row in rows)
    return Response(text.getvalue(), media_type=CSV, headers={"X-Passerelle-Version": version})


def harmless(cell: str) -> str:
    """The cell as text: a spreadsheet runs what begins as a formula, and a quotation mark before it keeps it from that.

    >>> harmless("=1+1"), harmless("+32 2 500")
    ("'=1+1", '+32 2 500')
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell
