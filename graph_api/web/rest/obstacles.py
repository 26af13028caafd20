"""The map of obstacles as a lookup: the answers between every two jurisdictions in figures, with their index."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from graph_api.obstacles.figures import NAMES, Figure
from graph_api.obstacles.index import FORMULA, MOST, WEIGHTS, Group, Scored
from graph_api.rdf.terms import DATASET, prefixes, thing
from graph_api.store.jurisdictions import Jurisdictions
from graph_api.web.callers import address_of
from graph_api.web.csv_text import CSV, written
from graph_api.web.maps import ASK_AGAIN_SECONDS, Making
from graph_api.web.negotiation import JSON, JSON_LD, choose
from graph_api.web.obstacles import GROUPINGS, Asked, Chosen, chosen_of, grouped, weights_of
from graph_api.web.rest.shared import SLUG, Limit, Offset, answer
from graph_api.web.services import Services
from graph_api.web.tables_out import XLSX, xlsx

_FORMATS: Final = (JSON, CSV, XLSX, JSON_LD)
COLUMNS: Final = (*NAMES, "index", "known", *(f"part_{name}" for name in WEIGHTS))

Weight = Annotated[float | None, Query(ge=0, le=1000, description="weight of this part of the index")]
Format = Annotated[str | None, Query(alias="format", max_length=80, description="`csv`, `xlsx`, `jsonld`")]
Code = Annotated[str | None, Query(max_length=20, description="such as `NL`, `BE-fr`; `BE`: all its parts")]


class ObstacleFigure(BaseModel):
    """The answer for the usual title of one jurisdiction, one profession and one other jurisdiction, in figures."""

    profession: str
    home: str
    host: str
    usual: bool = Field(description="whether the usual title was taken; here always")
    title: str | None = Field(
        description="slug of the title; null where no title is known, so that its absence was asked"
    )
    outcome: str
    status: str | None
    free: bool = Field(description="whether nothing is asked")
    decided: bool = Field(description="whether an authority decides")
    regime: str | None
    recognitions: int | None = Field(description="how many states recognise one after another")
    steps: int | None = Field(description="steps of the procedure")
    longest: str | None = Field(description="longest legal time as a duration")
    days: int | None = Field(description="the same in days, counted from 1 January")
    cost: float | None = Field(description="fees of all steps at most")
    currency: str | None
    papers: int | None
    measures: list[str] | None = Field(description="measures that may be imposed; empty: none")
    chosen_by: str | None
    months: int | None
    languages: list[str] | None
    open_conditions: int | None = Field(description="conditions that the applicant still has to show")
    unread: int | None = Field(description="facts on which the answer rests that nobody read in their source")
    unknown: list[str] = Field(description="what of this is not known")
    index: float | None = Field(description="0 to 100; null where it is not known whether there is a way")
    known: float = Field(description="share of the weights that stands on what is known")
    parts: dict[str, float | None] = Field(description="each from 0 to 1; null: not known")


class ObstacleGroup(BaseModel):
    """Several answers counted."""

    key: list[str]
    answers: int
    unknown: int
    incomplete: int
    free: int
    closed: int
    index: float | None


class Formula(BaseModel):
    """How the index is made."""

    text: str
    weights: dict[str, float]
    most: dict[str, float] = Field(description="from so many days, units of currency, papers and steps on, a part is 1")


class ObstaclesAnswer(BaseModel):
    """The map, or the part of it that was asked for."""

    as_of: str
    data_version: str
    formula: Formula
    total: ObstacleGroup
    groups: list[ObstacleGroup]
    results: list[ObstacleFigure]
    next_offset: int | None


class BeingMade(BaseModel):
    """A map that is being made; ask again after `Retry-After`."""

    as_of: str
    data_version: str
    professions_done: int
    professions: int


_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": ObstaclesAnswer,
        "content": {
            CSV: {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            JSON_LD: {"schema": {"type": "object"}},
        },
    },
    202: {"model": BeingMade, "description": "the map of that day is being made; it says how far it is"},
}


def add_obstacles(router: APIRouter, services: Services) -> None:
    """`/obstacles`."""

    @router.get(
        "/obstacles",
        summary="The map of obstacles: every profession between every two jurisdictions in figures, with an index",
        tags=["lookups"],
        response_model=None,
        responses=_RESPONSES,
    )
    def get_obstacles(
        request: Request,
        profession: Annotated[str | None, Query(pattern=SLUG, max_length=200, description="its slug")] = None,
        home: Code = None,
        host: Code = None,
        region: Annotated[
            str | None, Query(pattern=SLUG, max_length=100, description="slug of a border region")
        ] = None,
        as_of: Annotated[
            date | None, Query(description="the day of the law; the last map up to today if not given")
        ] = None,
        by: Annotated[
            str | None, Query(pattern=f"^({'|'.join(GROUPINGS)})$", description="how answers are grouped")
        ] = None,
        weight_way: Weight = None,
        weight_time: Weight = None,
        weight_measure: Weight = None,
        weight_cost: Weight = None,
        weight_papers: Weight = None,
        weight_steps: Weight = None,
        format_: Format = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Response:
        """JSON, the hardest first; the whole as a table or as linked data with `Accept` or `format=`.

        A map that was not made before is made in the background: then the answer is 202 and says how far it is.
        """
        media_type = choose(request.headers.get("accept"), _FORMATS, XLSX if format_ == "xlsx" else format_)
        weights = weights_of(
            {
                "way": weight_way,
                "time": weight_time,
                "measure": weight_measure,
                "cost": weight_cost,
                "papers": weight_papers,
                "steps": weight_steps,
            }
        )
        found = chosen_of(services, Asked(profession, home, host, region), as_of, weights, address_of(request))
        if isinstance(found, Making):
            return being_made(found)
        if media_type != JSON:
            services.beside.alone(request)
        if media_type == CSV:
            return written(COLUMNS, map(_row, found.answers), found.version)
        if media_type == XLSX:
            rows = [{**row} for row in map(_row, found.answers)]
            return xlsx(COLUMNS, rows, found.version)
        if media_type == JSON_LD:
            return _linked(found, services.jurisdictions.get("en"))
        return answer(services, _body(found, weights, by, offset, limit), found.version)


def being_made(found: Making) -> Response:
    """That a map is being made, and how far it is."""
    body = {
        "as_of": found.day.isoformat(),
        "data_version": found.version,
        "professions_done": found.done,
        "professions": found.of,
    }
    headers = {"Retry-After": str(ASK_AGAIN_SECONDS), "Cache-Control": "no-store"}
    return JSONResponse(body, status_code=202, headers=headers)


def _body(found: Chosen, weights: Mapping[str, float], by: str | None, offset: int, limit: int) -> dict[str, Any]:
    shown = found.answers[offset : offset + limit]
    more = offset + limit < len(found.answers)
    return {
        "as_of": found.day.isoformat(),
        "data_version": found.version,
        "formula": {"text": FORMULA, "weights": dict(weights), "most": dict(MOST)},
        "total": _group(found.total),
        "groups": [_group(each) for each in grouped(found.answers, by)] if by else [],
        "results": [_json(item) for item in shown],
        "next_offset": offset + limit if more else None,
    }


def _group(found: Group) -> dict[str, Any]:
    return {**asdict(found), "key": list(found.key)}


def _json(item: Scored) -> dict[str, Any]:
    return {**item.figure.as_json(), "index": item.index, "known": item.known, "parts": dict(item.parts)}


def _row(item: Scored) -> dict[str, str | None]:
    """The answer as a row of a table; several values of a cell stand between bars."""
    found = {**item.figure.as_json(), "index": item.index, "known": item.known}
    found |= {f"part_{name}": value for name, value in item.parts.items()}
    return {name: _cell(found[name]) for name in COLUMNS}


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return " | ".join(value) if isinstance(value, (list, tuple)) else str(value)


_MEASURED: Final = ("index", "days", "cost", "papers", "steps", "recognitions", "months", "open_conditions", "unread")


def _linked(found: Chosen, places: Jurisdictions) -> Response:
    """The answers as linked data: observations that name the things of the graph."""
    nodes = [_node(item, found.day, places) for item in found.answers]
    about = {
        "@id": "#map",
        "@type": "schema:Dataset",
        "prov:wasDerivedFrom": {"@id": DATASET, "dcat:version": found.version},
    }
    body = {"@context": dict(prefixes()), "@graph": [about, *nodes]}
    headers = {"X-Passerelle-Version": found.version, "Vary": "Accept"}
    return Response(json.dumps(body, ensure_ascii=False), media_type=JSON_LD, headers=headers)


def _node(item: Scored, day: date, places: Jurisdictions) -> dict[str, Any]:
    name = f"#{item.figure.profession}/{item.figure.home}/{item.figure.host}"
    return observation(name, item.figure, day.isoformat(), places, {"index": item.index})


def observation(
    name: str, figure: Figure, day: str, places: Jurisdictions, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """An answer in figures as linked data, under the name; what is not known is not said."""
    values = {**figure.as_json(), "index": None, **(more or {})}
    node: dict[str, Any] = {
        "@id": name,
        "@type": ["pas:Answer", "schema:Observation"],
        "pas:home": {"@id": places.iri_of(figure.home)},
        "pas:host": {"@id": places.iri_of(figure.host)},
        "pas:asOf": {"@value": day, "@type": "xsd:date"},
        "schema:additionalProperty": [
            {"@type": "schema:PropertyValue", "schema:name": name, "schema:value": values[name]}
            for name in ("outcome", *_MEASURED)
            if values[name] is not None
        ],
    }
    if figure.profession:
        node["pas:profession"] = {"@id": thing("profession", figure.profession).value}
    if figure.title:
        node["pas:qualification"] = {"@id": thing("qualification", figure.title).value}
    if figure.status:
        node["pas:status"] = figure.status
    return node
