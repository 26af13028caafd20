"""Rows as a spreadsheet to download."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fastapi.responses import Response

from graph_api.web.pages.desk_table import written_xlsx

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx(columns: Sequence[str], rows: Iterable[Mapping[str, str | None]], version: str) -> Response:
    """The rows as one sheet of a workbook; an unknown value is an empty cell."""
    cells = [list(columns), *([row[name] or "" for name in columns] for row in rows)]
    name = 'attachment; filename="passerelle.xlsx"'
    headers = {"X-Passerelle-Version": version, "Content-Disposition": name}
    return Response(written_xlsx(cells), media_type=XLSX, headers=headers)
