"""Reconciliation Service API 1.0, as its draft of 2026 describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from graph_api.errors import BadRequest
from graph_api.web.addresses import public_address
from graph_api.web.layout import reader_of
from graph_api.web.negotiation import language_of
from graph_api.web.reconcile import shared
from graph_api.web.reconcile.entities import known_types
from graph_api.web.reconcile.matching import Candidate, Condition, Wanted, as_text, candidates
from graph_api.web.reconcile.properties import CONTENTS, Door, is_way, settings_of, values
from graph_api.web.reconcile.version_0_2 import meta

ROOT: Final = "/reconcile/1.0"
_NAMED: Final = {"exact": "the whole label is the text", "label": "how much the label resembles the text"}
_Value = str | int | float | bool | dict[str, Any]
Text = Annotated[str, Query(max_length=500)]
Entity = Annotated[str, Query(alias="id", max_length=500)]
Kind = Annotated[str, Query(alias="type", max_length=50)]
Most = Annotated[int, Query(ge=1, le=50)]
After = Annotated[int, Query(ge=0, le=500)]


class _Condition(BaseModel):
    matchType: Literal["name", "id", "property"]  # noqa: N815 - keys of the protocol
    propertyId: str = ""  # noqa: N815
    propertyValue: _Value | list[_Value]  # noqa: N815
    required: bool = False
    matchQuantifier: Literal["any", "all", "none"] = "any"  # noqa: N815
    matchQualifier: str = ""  # noqa: N815


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: str = ""
    limit: int = Field(default=5, ge=1, le=1000)
    lang: str = ""
    dir: str = ""
    conditions: list[_Condition] = Field(min_length=1, max_length=20)


class Batch(BaseModel):
    """A batch of queries."""

    queries: list[_Asked]


class _Fetched(BaseModel):
    id: str
    settings: dict[str, Any] | None = None


class Extension(BaseModel):
    """Entities and the properties to fetch for them."""

    ids: list[str]
    properties: list[_Fetched] = Field(max_length=50)


def add_version(router: APIRouter, door: Door) -> None:
    """The root of this version and what stands under it."""

    @router.get(ROOT, summary="Reconciliation 1.0: the manifest", tags=["reconciliation"])
    def get_root(request: Request) -> Response:
        return shared.sent(door.services, _manifest(public_address(request), door, reader_of(request).lang))

    router.add_api_route(f"{ROOT}/", get_root, methods=["GET"], include_in_schema=False)

    @router.post(f"{ROOT}/match", summary="Reconciliation 1.0: a batch of queries", tags=["reconciliation"])
    def post_match(request: Request, body: Batch) -> Response:
        shared.within(door, request, len(body.queries), "queries")
        usual = reader_of(request).lang
        return shared.sent(door.services, {"results": [_match(door, asked, usual) for asked in body.queries]})

    @router.post(f"{ROOT}/extend", summary="Reconciliation 1.0: values of properties", tags=["reconciliation"])
    def post_extend(request: Request, body: Extension) -> Response:
        ways = sum(is_way(item.id) for item in body.properties)
        shared.within(door, request, len(body.ids), "entities", ways)
        lang = reader_of(request).lang
        wanted = [(item.id, settings_of(item.settings)) for item in body.properties]
        cells = values(door, body.ids, wanted, lang, public_address(request))
        rows = [
            {"id": text, "properties": [{"id": name, "values": found} for name, found in of.items()]}
            for text, of in cells.items()
        ]
        return shared.sent(door.services, {"meta": [meta(door, name, lang) for name, _ in wanted], "rows": rows})

    @router.get(f"{ROOT}/extend/propose", summary="Properties worth fetching for a type", tags=["reconciliation"])
    def propose(request: Request, kind: Kind = "", limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Response:
        return shared.proposed(request, door, kind, limit)

    @router.get(
        f"{ROOT}/preview", summary="A small page about an entity", tags=["reconciliation"], response_class=HTMLResponse
    )
    def get_preview(request: Request, entity: Entity) -> Response:
        return shared.preview(request, door, entity)

    _add_suggestions(router, door)


def _add_suggestions(router: APIRouter, door: Door) -> None:
    @router.get(f"{ROOT}/suggest/entity", summary="Entities by their beginning", tags=["reconciliation"])
    def entities(request: Request, prefix: Text = "", limit: Most = 10, offset: After = 0) -> Response:
        lang = reader_of(request).lang
        found = shared.suggested(door, prefix, known_types([]), lang, (limit, offset))
        result = [{**each, "lang": item.lang} for each, item in zip(shared.told(door, found, lang), found, strict=True)]
        return shared.sent(door.services, {"result": result})

    @router.get(f"{ROOT}/suggest/property", summary="Properties by their beginning", tags=["reconciliation"])
    def properties(request: Request, prefix: Text = "", limit: Most = 10, offset: After = 0) -> Response:
        found = shared.beginning(door.vocabulary.get(reader_of(request).lang).properties_of(None), prefix)
        named = [{"id": item.id, "name": item.name} for item in found[offset : offset + limit]]
        return shared.sent(door.services, {"result": named})

    @router.get(f"{ROOT}/suggest/type", summary="Types by their beginning", tags=["reconciliation"])
    def kinds(request: Request, prefix: Text = "", limit: Most = 10, offset: After = 0) -> Response:
        found = shared.beginning(shared.listed(door.vocabulary.get(reader_of(request).lang).types), prefix)
        named = [{"id": item.id, "name": item.name} for item in found[offset : offset + limit]]
        return shared.sent(door.services, {"result": named})


def _manifest(public: str, door: Door, lang: str) -> dict[str, Any]:
    return {
        "versions": ["1.0-draft"],
        "name": shared.NAME,
        "lang": lang,
        "documentation": f"{public}/docs",
        "view": {"url": f"{public}/page/{{+id}}"},
        "defaultTypes": [{"id": text, "name": name} for text, name in door.vocabulary.get(lang).types.items()],
        "suggest": {"entity": True, "property": True, "type": True},
        "preview": dict(shared.PREVIEW),
        "extend": {
            "proposeProperties": True,
            "propertySettings": [
                {
                    "id": "content",
                    "name": "What a cell of a way holds",
                    "type": "select",
                    "default": CONTENTS[0],
                    "choices": [{"value": value, "name": value} for value in CONTENTS],
                },
                {"id": "profession", "name": "Profession (slug)", "type": "text", "default": ""},
                {"id": "issued_in", "name": "Issuing country (of a profession)", "type": "text", "default": ""},
                {"id": "intent", "name": "Purpose", "type": "text", "default": ""},
            ],
        },
        "standardizedScore": True,
        "batchSize": shared.MOST_AT_ONCE,
        "serviceVersion": door.services.store.version,
    }


def _match(door: Door, asked: _Asked, usual: str) -> dict[str, Any]:
    lang = language_of(asked.lang, usual)
    found = candidates(door, _wanted(door, asked, lang), lang)
    named, said = door.vocabulary.get(lang).types, shared.descriptions(door.services, found, lang)
    return {"candidates": [_candidate(item, named, said) for item in found]}


def _wanted(door: Door, asked: _Asked, lang: str) -> Wanted:
    names, ids, conditions = [], [], []
    for condition in asked.conditions:
        given = condition.propertyValue
        texts = [as_text(value) for value in (given if isinstance(given, list) else [given])]
        if condition.matchType == "name":
            names += texts
        elif condition.matchType == "id":
            ids += texts
        elif not condition.propertyId:
            raise BadRequest("conditions", "a condition on a property names it in 'propertyId'")
        else:
            known = door.vocabulary.get(lang).property(condition.propertyId)
            conditions.append(Condition(known, tuple(texts), condition.required, condition.matchQuantifier))
    kinds = known_types([asked.type] if asked.type else [])
    return Wanted(" ".join(names), tuple(ids), kinds, tuple(conditions), asked.limit)


def _candidate(item: Candidate, named: Mapping[str, str], said: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "lang": item.lang,
        "description": said.get(item.id, ""),
        "score": item.score,
        "match": item.match,
        "type": [{"id": item.kind, "name": named[item.kind]}],
        "features": [
            {"id": name, "name": _NAMED.get(name, name), "value": value} for name, value in item.features.items()
        ],
    }
