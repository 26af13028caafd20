"""Reforms as lookups: what is proposed, and which answers would change; and the same between two days or versions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from graph_api.obstacles.figures import Figure
from graph_api.rdf.terms import DATASET, prefixes
from graph_api.reform.changes import Change, Comparison, Verdict
from graph_api.reform.folder import LegalBasis, Reform
from graph_api.store.jurisdictions import Jurisdictions
from graph_api.web.callers import address_of
from graph_api.web.csv_text import CSV, written
from graph_api.web.maps import Making
from graph_api.web.negotiation import JSON, JSON_LD, choose
from graph_api.web.obstacles import Asked, regions, state_codes, wanted_of
from graph_api.web.reforms import Side, by_pair, by_region, days_of
from graph_api.web.rest.obstacles import BeingMade, Code, Format, being_made, observation
from graph_api.web.rest.shared import SLUG, Lang, Limit, Offset, SlugPath, answer
from graph_api.web.services import Services
from graph_api.web.tables_out import XLSX, xlsx

_FORMATS: Final = (JSON, CSV, XLSX, JSON_LD)
_AMOUNTS: Final = ("days", "cost", "papers", "steps", "months")
_SHOWN: Final = ("outcome", "regime", "days", "cost", "papers", "steps", "measures", "chosen_by", "months")
_COLUMNS: Final = (
    *("verdict", "profession", "home", "host", "title", "usual"),
    *(f"{name}_{side}" for name in _SHOWN for side in ("before", "after")),
)


class ReformHead(BaseModel):
    """What somebody proposes."""

    name: str
    title: str
    summary: str
    status: str = Field(description="hypothetical, or passed: adopted and not yet in force")
    proposed_by: str
    in_force: str
    legal_basis: list[LegalBasis]
    changes: list[str] = Field(description="the law that it would change")
    needs: list[str] = Field(description="what it would take")
    tables: list[str] = Field(description="tables of which it changes rows")
    rules: list[str] = Field(description="rules that it adds or replaces")
    days: list[str] | None = Field(
        description="of a law that is adopted the day before it enters into force and that day: `/obstacles/changes` "
        "between them tells what it changes, since the tables hold it already; null for a proposal"
    )


class ReformList(BaseModel):
    """What is proposed."""

    results: list[ReformHead]


class ChangeOf(BaseModel):
    """One answer that changes; a side is null where the question has no answer there."""

    verdict: Verdict
    profession: str = Field(description="empty where the level of the title is asked, and no profession")
    home: str
    host: str
    title: str | None
    usual: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    saved: dict[str, float | None] = Field(description="by how much an amount gets smaller; null: not known")


class Counted(BaseModel):
    """The changes of one profession, pair or border region, by verdict."""

    key: str
    counts: dict[str, int]


class ChangesAnswer(BaseModel):
    """What changes between two sides, those answers first that get worse."""

    before: dict[str, str]
    after: dict[str, str]
    compared: int = Field(description="how many of the answers asked for were compared")
    changed: int
    counts: dict[str, int] = Field(description="how many answers get worse, mixed, better, or change otherwise")
    outcomes: list[dict[str, Any]] = Field(description="how many answers go from one outcome to another")
    most_saved: dict[str, float | None]
    measures_gone: int
    by_profession: list[Counted]
    by_pair: list[Counted] = Field(
        description="by the state from which the title comes and the jurisdiction that decides, with a space between"
    )
    by_region: list[Counted] = Field(description="within each border region; a pair can lie in several, and in none")
    results: list[ChangeOf]
    next_offset: int | None


_CHANGES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": ChangesAnswer,
        "content": {
            CSV: {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            JSON_LD: {"schema": {"type": "object"}},
        },
    },
    202: {"model": BeingMade, "description": "a map that the comparison needs is being made"},
}
Only = Annotated[str | None, Query(pattern=SLUG, max_length=200, description="slug of a profession")]
Region = Annotated[str | None, Query(pattern=SLUG, max_length=100, description="slug of a border region")]
Intent = Annotated[
    Literal["establishment", "level"] | None,
    Query(description="what professions ask (establishment), or what the level of titles is worth; both if not given"),
]
Version = Annotated[str | None, Query(pattern=r"^[0-9A-Za-z.]+$", max_length=40, description="served one if not given")]


def _narrowing(
    profession: Only = None, home: Code = None, host: Code = None, region: Region = None, intent: Intent = None
) -> Asked:
    """Which of the answers are asked for."""
    return Asked(profession, home, host, region, intent)


Narrowing = Annotated[Asked, Depends(_narrowing)]


def add_reforms(router: APIRouter, services: Services) -> None:
    """`/reforms`, and `/obstacles/changes` for two days or versions."""

    @router.get("/reforms", summary="What somebody proposes", tags=["reforms"], response_model=ReformList)
    def get_reforms(lang: Lang = "en") -> Response:
        """Every reform of this project; each is no law in force."""
        return answer(services, {"results": [head_of(reform, lang) for reform in services.reforms.all()]})

    @router.get("/reforms/{slug}", summary="One reform by its name", tags=["reforms"], response_model=ReformHead)
    def get_reform(slug: SlugPath, lang: Lang = "en") -> Response:
        """What it is, who proposes it, on which legal basis, and what it would take."""
        return answer(services, head_of(services.reforms.named(slug), lang))

    @router.get(
        "/reforms/{slug}/changes",
        summary="Which answers a reform would change, those first that get worse",
        tags=["reforms"],
        response_model=None,
        responses=_CHANGES,
    )
    def get_changes(
        request: Request,
        slug: SlugPath,
        asked: Narrowing,
        format_: Format = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Response:
        """Every title and profession between every two jurisdictions, on the day on which it enters into force."""
        media_type, wanted = _media_type(request, format_), wanted_of(services, asked)
        found = services.reforms.changes(slug, wanted, address_of(request))
        law = services.reforms.in_force(slug)
        day = law.reform.head.in_force.isoformat()
        sides = {"as_of": day, "version": law.base}, {"as_of": day, "version": law.store.version, "reform": slug}
        return _answered(services, found, sides, media_type, limit, offset)

    @router.get(
        "/obstacles/changes",
        summary="Which answers differ between two days, or between two versions of the data",
        tags=["reforms"],
        response_model=None,
        responses=_CHANGES,
    )
    def get_between(
        request: Request,
        a: Annotated[date, Query(description="the first day")],
        b: Annotated[date, Query(description="the second day")],
        asked: Narrowing,
        version_a: Version = None,
        version_b: Version = None,
        format_: Format = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Response:
        """The same questions on both, by the machinery that compares a reform with the law in force."""
        media_type, wanted = _media_type(request, format_), wanted_of(services, asked)
        days = Side(a, version_a), Side(b, version_b)
        found = services.reforms.between(days, wanted, address_of(request))
        served = services.store.version
        sides = [{"as_of": side.day.isoformat(), "version": side.version or served} for side in days]
        return _answered(services, found, (sides[0], sides[1]), media_type, limit, offset)


def head_of(reform: Reform, lang: str) -> dict[str, Any]:
    """What the head of a reform says, in a language."""
    head, days = reform.head, days_of(reform)
    return {
        "name": reform.name,
        "title": head.title.in_(lang),
        "summary": head.summary.in_(lang),
        "status": head.status,
        "proposed_by": head.proposed_by,
        "in_force": head.in_force.isoformat(),
        "legal_basis": [basis.model_dump() for basis in head.legal_basis],
        "changes": head.changes,
        "needs": head.needs,
        "tables": list(reform.tables),
        "rules": sorted(path.stem for path in reform.rules.glob("*.rq")),
        "days": days and [day.isoformat() for day in days],
    }


def _media_type(request: Request, format_: str | None) -> str:
    return choose(request.headers.get("accept"), _FORMATS, XLSX if format_ == "xlsx" else format_)


def _answered(
    services: Services,
    found: Comparison | Making,
    sides: tuple[dict[str, str], dict[str, str]],
    media_type: str,
    limit: int,
    offset: int,
) -> Response:
    if isinstance(found, Making):
        return being_made(found)
    if media_type == CSV:
        return written(_COLUMNS, _rows(found), sides[1]["version"])
    if media_type == XLSX:
        return xlsx(_COLUMNS, _rows(found), sides[1]["version"])
    if media_type == JSON_LD:
        return _linked(found, sides, services.jurisdictions.get("en"))
    body = _body(found, sides, limit, offset)
    body["by_pair"] = _counted((" ".join(pair), counts) for pair, counts in by_pair(found, state_codes(services)))
    body["by_region"] = _counted(by_region(found, regions(services)))
    return answer(services, body, sides[1]["version"])


def _linked(found: Comparison, sides: tuple[dict[str, str], dict[str, str]], places: Jurisdictions) -> Response:
    """The changes as linked data: the answer after each, as a revision of the answer before."""
    about: dict[str, Any] = {"@id": "#changes", "@type": "schema:Dataset"}
    about["prov:wasDerivedFrom"] = [{"@id": DATASET, "dcat:version": side["version"]} for side in sides]
    if "reform" in sides[1]:
        about |= {"schema:about": sides[1]["reform"], "schema:abstract": "a reform to try: no law in force"}
    body = {
        "@context": dict(prefixes()),
        "@graph": [about, *(_node(change, sides, places) for change in found.changes)],
    }
    headers = {"X-Passerelle-Version": sides[1]["version"], "Vary": "Accept"}
    return Response(json.dumps(body, ensure_ascii=False), media_type=JSON_LD, headers=headers)


def _node(change: Change, sides: tuple[dict[str, str], dict[str, str]], places: Jurisdictions) -> dict[str, Any]:
    figure = change.figure
    key = "/".join([figure.profession or "level", figure.home, figure.host, "" if figure.usual else figure.title or ""])
    told = [
        side and observation(f"#{name}/{key}", side, said["as_of"], places)
        for name, side, said in zip(("before", "after"), (change.before, change.after), sides, strict=True)
    ]
    node = told[1] or {"@id": f"#after/{key}", "@type": ["schema:Observation"]}
    return {**node, "schema:category": change.verdict, **({"prov:wasRevisionOf": told[0]} if told[0] else {})}


def _body(found: Comparison, sides: tuple[dict[str, str], dict[str, str]], limit: int, offset: int) -> dict[str, Any]:
    shown = found.changes[offset : offset + limit]
    return {
        "before": sides[0],
        "after": sides[1],
        "compared": found.compared,
        "changed": len(found.changes),
        "counts": dict(found.counts),
        "outcomes": [
            {"before": before, "after": after, "count": count} for (before, after), count in found.outcomes.items()
        ],
        "most_saved": {name: found.most_saved(name) for name in _AMOUNTS},
        "measures_gone": found.measures_gone(),
        "by_profession": _counted(found.counted(lambda figure: figure.profession)),
        "results": [change_json(change) for change in shown],
        "next_offset": offset + limit if offset + limit < len(found.changes) else None,
    }


def _counted(found: Iterable[tuple[str, Mapping[Verdict, int]]]) -> list[dict[str, Any]]:
    return [{"key": key, "counts": dict(counts)} for key, counts in found]


def change_json(change: Change) -> dict[str, Any]:
    """One change as JSON."""
    figure = change.figure
    return {
        "verdict": change.verdict,
        "profession": figure.profession,
        "home": figure.home,
        "host": figure.host,
        "title": figure.title,
        "usual": figure.usual,
        "before": change.before.as_json() if change.before else None,
        "after": change.after.as_json() if change.after else None,
        "saved": {name: change.saved(name) for name in _AMOUNTS},
    }


def _rows(found: Comparison) -> Iterator[dict[str, str | None]]:
    for change in found.changes:
        figure = change.figure
        row: dict[str, str | None] = {
            "verdict": change.verdict,
            "profession": figure.profession,
            "home": figure.home,
            "host": figure.host,
            "title": figure.title,
            "usual": "true" if figure.usual else "false",
        }
        for side, told in (("before", change.before), ("after", change.after)):
            row |= {f"{name}_{side}": _cell(told, name) for name in _SHOWN}
        yield row


def _cell(figure: Figure | None, name: str) -> str | None:
    value = getattr(figure, name) if figure else None
    if value is None:
        return None
    return " | ".join(value) if isinstance(value, tuple) else str(value)
