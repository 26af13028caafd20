"""Pages of a collection, by a cursor that stays in the version in which it began; chosen fields; tables."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Query, Request

from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.store.graph_store import GraphStore
from graph_api.web.addresses import asked_address
from graph_api.web.services import Services

Cursor = Annotated[str | None, Query(max_length=200, description="where to go on, as `next` and `Link` say it")]
Fields = Annotated[
    str | None,
    Query(max_length=1000, description="keys to give, with commas between: `slug,label,properties.eqf_level`"),
]
FormatCsv = Annotated[str | None, Query(alias="format", max_length=40, description="`csv` for the whole as a table")]
_MARK: Final = re.compile(r"(\d{1,9})@([0-9a-zA-Z._-]*)")
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")
_ALWAYS: Final = ("id",)
_COLUMNS: Final = ("id", "kind", "slug", "label", "lang")


@dataclass(frozen=True)
class Place:
    """Where a page begins, and in which version of the data."""

    offset: int
    store: GraphStore

    def following(self, request: Request, limit: int) -> str:
        """The address of the page after this one."""
        mark = base64.urlsafe_b64encode(f"{self.offset + limit}@{self.store.version}".encode()).decode().rstrip("=")
        kept = asked_address(request, limit=limit, cursor=mark)
        return re.sub(r"(?<=[?&])offset=\d*&?", "", kept).rstrip("&")


def place_of(services: Services, cursor: str | None, offset: int) -> Place:
    """Where to begin. Raises BadRequest for what is no cursor, and for one of a version that is no longer kept."""
    if not cursor:
        return Place(offset, services.versions.opened(None))
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    mark = _MARK.fullmatch(text)
    if mark is None:
        raise BadRequest("cursor", "this is no cursor of ours; take `next` as it is, or begin without one")
    try:
        return Place(int(mark[1]), services.versions.opened(mark[2]))
    except UnknownIdentifier:
        gone = f"version {mark[2]}, in which this walk began, is no longer kept; begin again without cursor"
        raise BadRequest("cursor", gone) from None


def fields_of(text: str | None) -> tuple[str, ...]:
    """The keys that are asked for; none for all. Raises BadRequest."""
    names = tuple(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))
    for name in names:
        if not _FIELD.fullmatch(name):
            raise BadRequest("fields", f"'{name[:80]}' is no key; write keys such as slug, label, properties.eqf_level")
    return names


def chosen(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The record with these keys alone, and its id."""
    if not names:
        return dict(record)
    wanted = {*_ALWAYS, *names}
    inner = {name.partition(".")[2] for name in wanted if name.startswith("properties.")}
    kept = {key: value for key, value in record.items() if key in wanted}
    if inner and "properties" not in wanted:
        kept["properties"] = {key: value for key, value in record.get("properties", {}).items() if key in inner}
    return kept


def as_rows(
    records: Iterable[Mapping[str, Any]], names: Sequence[str]
) -> tuple[list[str], list[dict[str, str | None]]]:
    """Records as a table: its columns, and its rows; several values of a cell stand between bars."""
    rows = [dict(_cells(record)) for record in records]
    columns = list(dict.fromkeys([*_ALWAYS, *names])) if names else list(_COLUMNS)
    if not names:
        columns += sorted({name for row in rows for name in row} - set(columns))
    return columns, [{name: row.get(name) for name in columns} for row in rows]


def _cells(record: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    for key, value in record.items():
        if key == "properties":
            yield from ((f"properties.{name}", _text(values)) for name, values in value.items())
        else:
            yield key, _text(value)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return " | ".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        return _text(value.get("id", value.get("value", value.get("label"))))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
