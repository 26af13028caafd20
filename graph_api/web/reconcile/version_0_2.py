"""Reconciliation Service API 0.2, as OpenRefine 3 speaks it (Final Community Group Report of 10 April 2023)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from graph_api.web.addresses import public_address
from graph_api.web.layout import reader_of
from graph_api.web.reconcile import shared
from graph_api.web.reconcile.entities import CLASSES, IDENTIFIERS, known_types
from graph_api.web.reconcile.matching import Candidate, Condition, Wanted, as_text, candidates
from graph_api.web.reconcile.properties import (
    CONTENTS,
    Door,
    is_way,
    settings_of,
    values,
)

ROOT: Final = "/reconcile/0.2"
_Value = str | int | float | bool | dict[str, Any]


class _Held(BaseModel):
    pid: str
    v: _Value | list[_Value]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    query: str | None = Field(default=None, max_length=1000)
    type: str | list[str] = Field(default_factory=list)
    limit: int = Field(default=5, ge=1, le=1000)
    properties: list[_Held] = Field(default_factory=list, max_length=20)
    type_strict: Literal["any", "should", "all"] = "any"

    @model_validator(mode="after")
    def _asks(self) -> _Asked:
        if self.query is None and not self.properties:
            raise ValueError("a query has 'query' or 'properties'")
        return self


class _Fetched(BaseModel):
    id: str
    settings: dict[str, Any] | None = None


class _Extension(BaseModel):
    ids: list[str]
    properties: list[_Fetched] = Field(max_length=50)


_BATCH: Final = TypeAdapter(dict[str, _Asked])
_EXTENSION: Final = TypeAdapter(_Extension)
Text = Annotated[str, Query(max_length=500)]
Entity = Annotated[str, Query(alias="id", max_length=500)]
Kind = Annotated[str, Query(alias="type", max_length=50)]


def add_version(router: APIRouter, door: Door) -> None:
    """The root of this version and what stands under it."""

    def answered(request: Request, queries: str | None, extend: str | None) -> Response:
        lang = reader_of(request).lang
        if queries is not None:
            return shared.sent(door.services, _match(door, request, queries, lang))
        if extend is not None:
            return shared.sent(door.services, _extend(door, request, extend, lang))
        return shared.sent(door.services, _manifest(public_address(request), door, lang))

    @router.get(ROOT, summary="Reconciliation 0.2: the manifest, or a batch in the address", tags=["reconciliation"])
    def get_root(
        request: Request,
        queries: Annotated[str | None, Query(description="a batch of queries as JSON")] = None,
        extend: Annotated[str | None, Query(description="a data extension query as JSON")] = None,
    ) -> Response:
        return answered(request, queries, extend)

    @router.post(ROOT, summary="Reconciliation 0.2: a batch of queries or of extensions", tags=["reconciliation"])
    def post_root(
        request: Request,
        queries: Annotated[str | None, Form(description="a batch of queries as JSON")] = None,
        extend: Annotated[str | None, Form(description="a data extension query as JSON")] = None,
    ) -> Response:
        return answered(request, queries, extend)

    router.add_api_route(f"{ROOT}/", get_root, methods=["GET"], include_in_schema=False)
    router.add_api_route(f"{ROOT}/", post_root, methods=["POST"], include_in_schema=False)
    _add_suggestions(router, door)

    @router.get(
        f"{ROOT}/preview", summary="A small page about an entity", tags=["reconciliation"], response_class=HTMLResponse
    )
    def get_preview(request: Request, entity: Entity) -> Response:
        return shared.preview(request, door, entity)

    @router.get(f"{ROOT}/properties", summary="Properties worth fetching for a type", tags=["reconciliation"])
    def get_properties(
        request: Request,
        kind: Kind = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        return shared.proposed(request, door, kind, limit)


def _add_suggestions(router: APIRouter, door: Door) -> None:
    @router.get(f"{ROOT}/suggest/entity", summary="Entities by their beginning", tags=["reconciliation"])
    def entities(request: Request, prefix: Text = "", cursor: Annotated[int, Query(ge=0, le=40)] = 0) -> Response:
        lang = reader_of(request).lang
        found = shared.suggested(door, prefix, known_types([]), lang, (10, cursor))
        result = shared.told(door, found, lang)
        return shared.sent(door.services, {"result": result})

    @router.get(f"{ROOT}/suggest/property", summary="Properties by their beginning", tags=["reconciliation"])
    def properties(request: Request, prefix: Text = "", cursor: Annotated[int, Query(ge=0, le=500)] = 0) -> Response:
        found = shared.beginning(door.vocabulary.get(reader_of(request).lang).properties_of(None), prefix)[cursor:]
        return shared.sent(door.services, {"result": [{"id": item.id, "name": item.name} for item in found]})

    @router.get(f"{ROOT}/suggest/type", summary="Types by their beginning", tags=["reconciliation"])
    def kinds(request: Request, prefix: Text = "", cursor: Annotated[int, Query(ge=0, le=500)] = 0) -> Response:
        found = shared.beginning(shared.listed(door.vocabulary.get(reader_of(request).lang).types), prefix)[cursor:]
        return shared.sent(door.services, {"result": [{"id": item.id, "name": item.name} for item in found]})


def _manifest(public: str, door: Door, lang: str) -> dict[str, Any]:
    root = public + ROOT
    return {
        "versions": ["0.2"],
        "name": shared.NAME,
        "identifierSpace": IDENTIFIERS,
        "schemaSpace": f"{public}/ontology",
        "documentation": f"{public}/docs",
        "view": {"url": f"{public}/page/{{{{id}}}}"},
        "defaultTypes": [{"id": text, "name": name} for text, name in door.vocabulary.get(lang).types.items()],
        "suggest": {
            name: {"service_url": root, "service_path": f"/suggest/{name}"} for name in ("entity", "property", "type")
        },
        "preview": {"url": f"{root}/preview?id={{{{id}}}}", **shared.PREVIEW},
        "extend": {
            "propose_properties": {"service_url": root, "service_path": "/properties"},
            "property_settings": [
                {
                    "name": "content",
                    "label": "What a cell of a way holds",
                    "type": "select",
                    "default": CONTENTS[0],
                    "choices": [{"value": value, "name": value} for value in CONTENTS],
                },
                {"name": "profession", "label": "Profession (slug)", "type": "text", "default": ""},
                {"name": "issued_in", "label": "Issuing country (of a profession)", "type": "text", "default": ""},
                {"name": "intent", "label": "Purpose", "type": "text", "default": ""},
            ],
        },
        "batchSize": shared.MOST_AT_ONCE,
        "serviceVersion": door.services.store.version,
    }


def _match(door: Door, request: Request, text: str, lang: str) -> dict[str, Any]:
    batch = shared.parsed(_BATCH, text, "queries")
    shared.within(door, request, len(batch), "queries")
    named = door.vocabulary.get(lang).types
    answers = {key: candidates(door, _wanted(door, asked, lang), lang) for key, asked in batch.items()}
    said = shared.descriptions(door.services, [item for found in answers.values() for item in found], lang)
    return {key: {"result": [_candidate(item, named, said) for item in found]} for key, found in answers.items()}


def _wanted(door: Door, asked: _Asked, lang: str) -> Wanted:
    kinds = [asked.type] if isinstance(asked.type, str) else asked.type
    conditions = [
        Condition(
            door.vocabulary.get(lang).property(held.pid),
            tuple(as_text(value) for value in (held.v if isinstance(held.v, list) else [held.v])),
        )
        for held in asked.properties
    ]
    return Wanted(asked.query or "", (), known_types([kind for kind in kinds if kind]), tuple(conditions), asked.limit)


def _candidate(item: Candidate, named: Mapping[str, str], said: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "description": said.get(item.id, ""),
        "score": item.score,
        "match": item.match,
        "type": [{"id": item.kind, "name": named[item.kind]}],
        "features": [{"id": name, "value": value} for name, value in item.features.items()],
    }


def _extend(door: Door, request: Request, text: str, lang: str) -> dict[str, Any]:
    asked = shared.parsed(_EXTENSION, text, "extend")
    ways = sum(is_way(item.id) for item in asked.properties)
    shared.within(door, request, len(asked.ids), "entities", ways)
    wanted = [(item.id, settings_of(item.settings)) for item in asked.properties]
    cells = values(door, asked.ids, wanted, lang, public_address(request))
    return {"meta": [meta(door, name, lang) for name, _ in wanted], "rows": cells}


def meta(door: Door, name: str, lang: str) -> dict[str, Any]:
    """A property that was fetched, with the type of its values where they are entities themselves."""
    said: dict[str, Any] = {"id": name, "name": door.vocabulary.get(lang).properties[name]}
    if name in CLASSES:
        said["type"] = {"id": name, "name": door.vocabulary.get(lang).types[name]}
    return said
