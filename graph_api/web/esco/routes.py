"""`/esco/api`: search, suggestions, resources and what they are related to, as the official service answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.rdf.terms import ESCO
from graph_api.search.index import MOST_HITS
from graph_api.search.stemming import fold
from graph_api.store.per_version import Current, PerVersion
from graph_api.store.queries import iris, select
from graph_api.web.addresses import encoded, public_address
from graph_api.web.contract_parts import ESCO_PROBLEMS
from graph_api.web.esco.concepts import MODEL, RELATIONS, Kind, Reading, is_esco, kind_of, read, read_hits
from graph_api.web.services import Services

ROOT: Final = "/esco/api"
CLASSES: Final[Mapping[str, Kind]] = {
    "occupation": "Occupation",
    "skill": "Skill",
    "concept": "Concept",
    "taxonomy": "Taxonomy",
}
_KINDS: Final = {
    "occupation": ("occupation",),
    "skill": ("competence",),
    "concept": ("isco-group", "field-of-education"),
}
"""The kinds of the index behind the types of the official service."""
_SCHEMES: Final = {"occupation": "occupations", "skill": "skills", "concept": "isco"}
_PARAMETERS: Final = frozenset(
    {
        *("text", "language", "type", "isInScheme", "limit", "offset", "selectedVersion", "full", "viewObsolete"),
        *("alt", "uri", "relation"),
    }
)
_HAL: Final = "application/hal+json"

Uri = Annotated[str, Query(max_length=500, description="the IRI of a concept")]
Language = Annotated[str, Query(pattern="^[a-z]{2}(-[a-zA-Z]{2})?$", description="language of titles")]
Version = Annotated[str, Query(alias="selectedVersion", max_length=20, description="v1.1.1, 1.1.1 or latest")]
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=100_000, description="which page, the first being 0")]
Text = Annotated[str, Query(max_length=500)]
Types = Annotated[list[Literal["occupation", "skill", "concept"]] | None, Query(alias="type")]
Scheme = Annotated[str, Query(alias="isInScheme", max_length=500)]
Ignored = Annotated[bool, Query()]


@dataclass(frozen=True)
class Page:
    """Which part of a collection is asked for; `offset` counts pages, as the official service's next links do."""

    limit: int
    offset: int

    def of(self, found: Sequence[str]) -> Sequence[str]:
        """The members on this page."""
        return found[self.limit * self.offset : self.limit * (self.offset + 1)]

    def links(self, request: Request, total: int) -> dict[str, Any]:
        """This page, and those before and after it where there are any."""
        kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("limit", "offset")]

        def address(offset: int) -> dict[str, str]:
            pairs = [*kept, ("limit", str(self.limit)), ("offset", str(offset))]
            return {"href": f"{public_address(request)}{request.url.path}?{encoded(pairs)}"}

        return {
            "self": address(self.offset),
            **({"prev": address(self.offset - 1)} if self.offset else {}),
            **({"next": address(self.offset + 1)} if self.limit * (self.offset + 1) < total else {}),
        }

    def body(self, request: Request, total: int, lang: str, embedded: Mapping[str, Any]) -> dict[str, Any]:
        """A collection of so many members in all, with what is on this page."""
        return {
            "total": total,
            "offset": self.offset,
            "limit": self.limit,
            "language": lang,
            "_links": self.links(request, total),
            "_embedded": embedded,
        }


class Classification:
    """The ESCO release of this graph: its version, and the members of its schemes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._members = PerVersion(services.store, self._read_members)
        self._versions = Current(services.store, self._read_versions)

    def version(self, asked: str) -> str | None:
        """The version that answers, None where no release is loaded. Raises BadRequest for one that is not here."""
        here = self._versions.get()
        wanted = asked.lower().removeprefix("v")
        if wanted in ("", "latest") or wanted in here:
            return f"v{here[-1]}" if here else None
        offered = ", ".join(f"v{version}" for version in here) or "none is loaded"
        raise BadRequest("selectedVersion", f"'{asked}' is not served here; versions of ESCO: {offered}")

    def members(self, scheme: str, kind: Kind) -> Sequence[str]:
        """The concepts of a class in a scheme, by the IRI or the last part of it."""
        if scheme and not is_esco(scheme if scheme.startswith("http") else ESCO + scheme):
            raise BadRequest("isInScheme", f"'{scheme}' is no concept scheme of ESCO")
        return self._members.get((scheme, kind))

    def _read_members(self, asked: tuple[str, Kind]) -> Sequence[str]:
        scheme, kind = asked
        iri = scheme if scheme.startswith("http") else f"{ESCO}concept-scheme/{scheme}"
        classes = {"Occupation": f"{MODEL}Occupation", "Skill": f"{MODEL}Skill"}
        wanted = classes.get(kind, "http://www.w3.org/2004/02/skos/core#Concept")
        rows = select(self._services.store, "esco_members", scheme=iris([iri]), kind=iris([wanted]))
        return [row["thing"] for row in rows]

    def _read_versions(self) -> Sequence[str]:
        rows = select(self._services.store, "releases")
        return sorted({row["version"] for row in rows if "/releases/esco" in row["release"]})


def routes(services: Services) -> APIRouter:
    """The routes of `/esco/api`."""
    router = APIRouter(prefix=ROOT, tags=["ESCO"], responses=ESCO_PROBLEMS, dependencies=[Depends(_known)])
    classification = Classification(services)
    for add in (_add_search, _add_related, _add_resources):
        add(router, services, classification)
    return router


def _add_search(router: APIRouter, services: Services, classification: Classification) -> None:
    def get_search(
        request: Request,
        text: Text = "",
        language: Language = "en",
        kinds: Types = None,
        scheme: Scheme = "",
        limit: Limit = 20,
        offset: Offset = 0,
        version: Version = "",
        full: Ignored = False,
        view_obsolete: Annotated[bool, Query(alias="viewObsolete")] = False,
        alt: Ignored = False,
    ) -> Response:
        """Hits for a text, at most 200; without a text a whole type or scheme. `full=true` gives whole records."""
        total, hits = _hits(services, classification, text, kinds or list(_KINDS), scheme, language)
        page = Page(limit, offset)
        shown = page.of(list(hits))
        reading = (read if full else read_hits)(services.store, shown, _base(request), language)
        results = [_result(reading, iri, hits[iri]) for iri in shown if iri in reading.things]
        body = {"text": text, **page.body(request, total, language, {"results": results})}
        return _sent(request, services, body, classification.version(version))

    router.get("/search", summary="Search, as ESCO's service answers")(get_search)
    router.get("/suggest2", summary="Suggestions, as ESCO's service answers")(get_search)


def _add_related(router: APIRouter, services: Services, classification: Classification) -> None:
    @router.get("/resource/related", summary="What a concept is related to, as ESCO's service answers")
    def get_related(
        request: Request,
        uri: Uri,
        relation: Annotated[str, Query(max_length=50, description=", ".join(RELATIONS))],
        language: Language = "en",
        limit: Limit = 20,
        offset: Offset = 0,
        version: Version = "",
        full: Ignored = False,
    ) -> Response:
        if relation not in RELATIONS:
            raise BadRequest("relation", f"'{relation}' is no relation; write one of {', '.join(RELATIONS)}")
        found, page = _one(services, uri, _base(request), language).related(uri, relation), Page(limit, offset)
        shown = read(services.store, page.of(found), _base(request), language)
        records = [shown.record(iri) if full else shown.link(iri) for iri in page.of(found) if iri in shown.things]
        body = page.body(request, len(found), language, {relation: records})
        return _sent(request, services, body, classification.version(version))


def _add_resources(router: APIRouter, services: Services, classification: Classification) -> None:
    @router.get("/resource/{kind}", summary="One concept, or those of a scheme, as ESCO's service answers")
    def get_resource(
        request: Request,
        kind: str,
        uri: Uri = "",
        language: Language = "en",
        scheme: Scheme = "",
        limit: Limit = 20,
        offset: Offset = 0,
        version: Version = "",
        full: Ignored = False,
        view_obsolete: Annotated[bool, Query(alias="viewObsolete")] = False,
    ) -> Response:
        if kind not in CLASSES:
            raise BadRequest("resource", f"'{kind}' is no class; write one of {', '.join(CLASSES)}")
        served = classification.version(version)
        if uri:
            reading = _one(services, uri, _base(request), language)
            if kind_of(uri, reading.things[uri]) != CLASSES[kind]:
                raise UnknownIdentifier(kind, uri)
            return _sent(request, services, reading.record(uri), served)
        if not scheme:
            raise BadRequest("uri", "give the concept with uri=, or a scheme with isInScheme=")
        members, page = classification.members(scheme, CLASSES[kind]), Page(limit, offset)
        reading = read(services.store, page.of(members), _base(request), language)
        records = {iri: reading.record(iri) for iri in page.of(members) if iri in reading.things}
        return _sent(request, services, page.body(request, len(members), language, records), served)


def _base(request: Request) -> str:
    return public_address(request) + ROOT


def _hits(
    services: Services, classification: Classification, text: str, kinds: Sequence[str], scheme: str, lang: str
) -> tuple[int, dict[str, str | None]]:
    """The concepts that fit, with the label that matched; all of a type where there is no text."""
    if not fold(text):
        found = [iri for kind in kinds for iri in classification.members(scheme or _SCHEMES[kind], CLASSES[kind])]
        return len(found), dict.fromkeys(found)
    wanted = [name for kind in kinds for name in _KINDS[kind]]
    results = services.index.current().search(text, kinds=wanted, lang=lang, limit=MOST_HITS)
    kept = {hit.id: hit.matched.label for hit in results if is_esco(hit.id)}
    if scheme:
        within = {iri for kind in kinds for iri in classification.members(scheme, CLASSES[kind])}
        kept = {iri: matched for iri, matched in kept.items() if iri in within}
    return len(kept), dict(kept)


def _result(reading: Reading, iri: str, matched: str | None) -> dict[str, Any]:
    schemes = list(reading.things[iri].get("inScheme", ()))
    return {**reading.record(iri), "isInScheme": schemes, **({"searchHit": matched} if matched else {})}


def _one(services: Services, uri: str, base: str, lang: str) -> Reading:
    if not is_esco(uri):
        raise BadRequest("uri", f"'{uri}' is no IRI of ESCO; they begin with {ESCO}")
    reading = read(services.store, [uri], base, lang)
    if uri not in reading.things:
        raise UnknownIdentifier("concept", uri)
    return reading


def _known(request: Request) -> None:
    """Raises BadRequest for a parameter that this service does not know, before anything else is looked at."""
    strange = sorted({name for name, _ in request.query_params.multi_items()} - _PARAMETERS)
    if strange:
        offered = ", ".join(sorted(_PARAMETERS))
        raise BadRequest(strange[0], f"'{strange[0]}' is no parameter here; write one of {offered}")


def _sent(request: Request, services: Services, body: dict[str, Any], version: str | None) -> JSONResponse:
    """HAL where it is asked for, JSON otherwise."""
    media_type = _HAL if _HAL in request.headers.get("accept", "") else "application/json"
    headers = {"X-Passerelle-Version": services.store.version}
    return JSONResponse({**body, "selectedVersion": version}, headers=headers, media_type=media_type)
