"""The second door: REST lookups. Each lookup is one named query file; this module turns rows into JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import StringConstraints

from graph_api.classifications.crosswalk import Crosswalk, Schemes
from graph_api.classifications.sssom import TSV, MappingSets
from graph_api.competences.common_training import Frameworks
from graph_api.competences.comparison import Comparisons, across_countries
from graph_api.competences.green import Green
from graph_api.competences.profiles import Descriptions, descriptions_of
from graph_api.errors import BadRequest, GraphError, UnknownIdentifier
from graph_api.rdf.terms import ESCO, thing
from graph_api.recognition.path_finder import PathFinder, path_finder
from graph_api.recognition.question import (
    Intent,
    Language,
    Level,
    Nationality,
    Status,
    question_from,
    question_from_json,
)
from graph_api.search import index
from graph_api.settings import Settings
from graph_api.store import queries
from graph_api.store.local import GraphStore
from graph_api.store.things import read_record, read_records
from graph_api.web.negotiation import choose

COLLECTIONS: Final[Mapping[str, str]] = {
    "professions": "profession",
    "national-professions": "national-profession",
    "qualifications": "qualification",
    "competences": "competence",
    "authorities": "authority",
    "regimes": "regime",
    "legal-acts": "legal-act",
    "joint-programmes": "joint-programme",
}
_PROBLEM: Final[dict[str, Any]] = {
    "description": "What is wrong and what to write instead",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {400: _PROBLEM, 404: _PROBLEM, 406: _PROBLEM, 503: _PROBLEM}
NDJSON: Final = "application/x-ndjson"
MOST_QUESTIONS: Final = 1000

Limit = Annotated[int, Query(ge=1, le=500, description="how many results")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="how many results to leave out before")]
Lang = Annotated[Language, Query(description="language of labels")]
SLUG: Final = r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"
AsOf = Annotated[date | None, Query(description="the day whose titles count; today when not given")]
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=200)]
Scheme = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$", max_length=40)]
SlugPath = Annotated[str, Path(pattern=SLUG, max_length=200)]


def routes(settings: Settings, store: GraphStore) -> APIRouter:
    """The REST lookups over a store."""

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        threading.Thread(target=path_finder(store).read_ahead, daemon=True).start()
        yield

    router = APIRouter(prefix="/api/v1", responses=PROBLEMS, lifespan=lifespan)
    _add_paths(router, store)
    _add_search(router, settings, store)
    _add_comparisons(router, store)
    for collection, kind in COLLECTIONS.items():
        _add_collection(router, store, collection, kind)
    return router


def answer(store: GraphStore, body: Any) -> JSONResponse:
    """JSON that says which version of the data it was made from, and whose words must be shown with what it names."""
    found = JSONResponse(body, headers={"X-Passerelle-Version": store.version})
    words = sorted({words for space, words in acknowledgements(store) if space.encode() in bytes(found.body)})
    if not words or not isinstance(body, dict):
        return found
    return JSONResponse({**body, "acknowledgements": words}, headers={"X-Passerelle-Version": store.version})


def acknowledgements(store: GraphStore) -> Sequence[tuple[str, str]]:
    """How the addresses of other publishers' things begin, and the words to show wherever such things are used."""
    return _acknowledgements(store, store.version)


@lru_cache(maxsize=8)
def _acknowledgements(store: GraphStore, _version: str) -> Sequence[tuple[str, str]]:
    return [(row["space"], row["acknowledgement"]) for row in queries.select(store, "acknowledgements")]


def _add_paths(router: APIRouter, store: GraphStore) -> None:
    finder = path_finder(store)

    @router.get(
        "/paths",
        summary="May I work there? One question, as query parameters",
        tags=["paths"],
        responses={200: {"content": _ANSWER}},
    )
    def get_paths(
        request: Request,
        country: Annotated[str, Query(description="host: `NL`, or `BE-fr` for a community; `BE` asks all three")],
        profession: Annotated[str | None, Query(description="slug, e.g. `nurse-general-care`")] = None,
        qualification: Annotated[str | None, Query(description="slug, e.g. `fr-dei`")] = None,
        issued_in: Annotated[str | None, Query(description="issuing country, when no qualification here fits")] = None,
        recognised_in: Annotated[list[str] | None, Query(description="states that have recognised the title")] = None,
        level: Annotated[Level | None, Query(description="level of Art. 11 that the home authority attests")] = None,
        issued: Annotated[date | None, Query(description="when the qualification was issued")] = None,
        training_started: Annotated[date | None, Query(description="when the training began")] = None,
        training_years: Annotated[float | None, Query(ge=0, le=20)] = None,
        certificates: Annotated[list[str] | None, Query(description="certificates held, e.g. `art-23-6`")] = None,
        experience_years: Annotated[
            float | None, Query(ge=0, le=60, description="years of practice up to `as_of`")
        ] = None,
        experience_country: Annotated[str | None, Query()] = None,
        experience_status: Annotated[Status | None, Query()] = None,
        nationality: Annotated[Nationality | None, Query()] = None,
        intent: Annotated[Intent, Query()] = "establishment",
        as_of: Annotated[date | None, Query(description="the day whose law is asked; today when not given")] = None,
        applied_on: Annotated[date | None, Query()] = None,
        lang: Lang = "en",
        max_hops: Annotated[int, Query(ge=1, le=6, description="most steps of a path")] = 4,
        k: Annotated[int, Query(ge=1, le=100, description="most paths for each deciding jurisdiction")] = 100,
    ) -> Response:
        """What is not given is unknown, and the answer says what it would change."""
        return answer(store, finder.find(question_from(request.query_params.multi_items())))

    @router.post(
        "/paths",
        summary="The same as JSON, or many questions as NDJSON",
        tags=["paths"],
        openapi_extra=_NDJSON_BODY,
        responses={200: {"content": {**_ANSWER, NDJSON: {"schema": {"type": "string"}}}}},
    )
    async def post_paths(request: Request) -> Response:
        """One question gives one answer; NDJSON gives one answer or problem a line, in the order of the questions."""
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = await request.body()
        if media == NDJSON:
            lines = [line for line in body.splitlines() if line.strip()]
            if len(lines) > MOST_QUESTIONS:
                raise BadRequest("body", f"{len(lines)} questions are too many; send at most {MOST_QUESTIONS} at once")
            return StreamingResponse(_many(finder, lines), media_type=NDJSON)
        if media not in ("application/json", ""):
            raise BadRequest("Content-Type", f"'{media}' is not read here; send application/json or {NDJSON}")
        return answer(store, finder.find(question_from_json(body)))


_ANSWER: Final[dict[str, Any]] = {"application/json": {"schema": {"$ref": "#/components/schemas/PathAnswer"}}}
_NDJSON_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Question"}},
            NDJSON: {"schema": {"type": "string", "description": "one question a line"}},
        },
    }
}


def _many(finder: PathFinder, lines: list[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines, 1):
        try:
            found = finder.find(question_from_json(line))
        except GraphError as error:
            found = {"line": number, "error": type(error).__name__, "detail": str(error)}
        yield json.dumps(found, ensure_ascii=False).encode() + b"\n"


def _add_search(router: APIRouter, settings: Settings, store: GraphStore) -> None:
    indexes = index.CurrentIndex(settings.data, store)

    @router.get("/search", summary="Find anything by a label in any language, or by a code", tags=["search"])
    def get_search(
        request: Request,
        q: Annotated[str, Query(min_length=1, max_length=500, description="what you would type")],
        kind: Annotated[
            list[str] | None, Query(description="profession, qualification, occupation, competence, …")
        ] = None,
        country: Annotated[list[str] | None, Query()] = None,
        label_lang: Annotated[list[Language] | None, Query(description="match labels in these languages only")] = None,
        lang: Lang = "en",
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
    ) -> Response:
        found = indexes.current().search(
            q,
            kinds=kind or (),
            countries=country or (),
            languages=label_lang or (),
            lang=lang,
            limit=limit + 1,
            offset=offset,
        )
        hits = [hit.as_json() for hit in found]
        more = len(hits) > limit
        return answer(
            store, {"query": q, "results": hits[:limit], "next": _next(request, limit, offset) if more else None}
        )


def _next(request: Request, limit: int, offset: int) -> str:
    return str(request.url.include_query_params(limit=limit, offset=offset + limit))


def _add_collection(router: APIRouter, store: GraphStore, collection: str, kind: str) -> None:
    query = collection.replace("-", "_")

    @router.get(f"/{collection}", name=collection, summary=queries.header(query)["summary"], tags=["lookups"])
    def get_list(
        request: Request,
        country: Annotated[str | None, Query(description="code such as `NL` or `BE-fr`")] = None,
        profession: Annotated[str | None, Query(description="its slug", pattern=SLUG, max_length=200)] = None,
        lang: Lang = "en",
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Response:
        filters = {
            "country": country and _jurisdiction(country),
            "profession": profession and thing("profession", profession),
        }
        for name, value in filters.items():
            if value and name not in queries.parameters(query):
                raise BadRequest(name, f"{collection} are not sorted by {name}; leave it out")
        terms = {name: [value] for name, value in filters.items() if value}
        rows = queries.select(store, query, page=(limit + 1, offset), **terms)
        records = read_records(store, [row["thing"] for row in rows[:limit]], lang)
        more = len(rows) > limit
        return answer(store, {"results": records, "next": _next(request, limit, offset) if more else None})

    @router.get(f"/{collection}/{{slug}}", name=kind, summary=f"One {kind} by its slug", tags=["lookups"])
    def get_one(slug: SlugPath, lang: Lang = "en") -> Response:
        iri = f"{ESCO}skill/{slug}" if kind == "competence" else thing(kind, slug).value
        record = read_record(store, iri, lang)
        if record is None:
            raise UnknownIdentifier(kind, slug)
        return answer(store, record)


def _jurisdiction(code: str) -> Any:
    slug = code.lower()
    if not slug.replace("-", "").isalpha() or len(slug) > 5:
        raise BadRequest("country", f"'{code}' is no country code; write NL, or BE-fr for a community")
    return thing("jurisdiction", slug)


def _add_comparisons(router: APIRouter, store: GraphStore) -> None:
    descriptions = descriptions_of(store)
    comparisons = Comparisons(descriptions)

    @router.get("/compare", summary="What titles share, what each lacks, what would close the gap", tags=["compare"])
    def get_compare(
        qualification: Annotated[list[Slug], Query(min_length=1, max_length=8, description="slugs")],
        profession: Annotated[Slug | None, Query(description="a profession to compare with")] = None,
        country: Annotated[str | None, Query(description="where the profession is asked for")] = None,
        as_of: AsOf = None,
        lang: Lang = "en",
    ) -> Response:
        day = as_of or date.today()
        return answer(store, comparisons.compare(qualification, profession, country, lang, day))

    @router.get("/qualifications/{slug}/equivalents", summary="The titles nearest to a title", tags=["compare"])
    def get_equivalents(
        slug: SlugPath,
        country: Annotated[str | None, Query(description="code such as `NL` or `BE-fr`")] = None,
        lang: Lang = "en",
        limit: Annotated[int, Query(ge=1, le=200)] = 20,
    ) -> Response:
        return answer(store, comparisons.equivalents(slug, country, lang, limit))

    @router.get(
        "/professions/{slug}/across-countries", summary="A profession as each country organises it", tags=["compare"]
    )
    def get_across(slug: SlugPath, lang: Lang = "en") -> Response:
        return answer(store, across_countries(store, slug, lang))

    _add_frameworks(router, store, descriptions)
    _add_crosswalks(router, store, descriptions)


def _add_frameworks(router: APIRouter, store: GraphStore, descriptions: Descriptions) -> None:
    frameworks, green = Frameworks(descriptions), Green(descriptions)

    @router.get(
        "/professions/{slug}/common-training-framework",
        summary="What the countries' trainings share, and how far each is from that core (Art. 49a)",
        tags=["compare"],
    )
    def get_framework(
        slug: SlugPath,
        min_countries: Annotated[int | None, Query(ge=1, le=100, description="how many make the core")] = None,
        as_of: AsOf = None,
        lang: Lang = "en",
    ) -> Response:
        return answer(store, frameworks.framework(slug, min_countries, lang, as_of or date.today()))

    @router.get("/green", summary="The green share of a profession or title; what lies within reach", tags=["compare"])
    def get_green(
        profession: Annotated[Slug | None, Query(description="slug of a profession")] = None,
        qualification: Annotated[Slug | None, Query(description="slug of a qualification")] = None,
        lang: Lang = "en",
    ) -> Response:
        return answer(store, green.share(profession, qualification, lang))


def _add_crosswalks(router: APIRouter, store: GraphStore, descriptions: Descriptions) -> None:
    schemes = Schemes(store)
    crosswalk, sets = Crosswalk(store, schemes), MappingSets(store, schemes, descriptions)

    @router.get("/crosswalk", summary="The schemes in which a code can be looked up", tags=["compare"])
    def get_schemes(lang: Lang = "en") -> Response:
        return answer(store, {"results": crosswalk.schemes_json(lang)})

    @router.get("/crosswalk/{scheme}/{code}", summary="What a code corresponds to in other schemes", tags=["compare"])
    def get_crosswalk(
        scheme: Annotated[str, Path(pattern=r"^[a-z0-9-]+$", max_length=40)],
        code: Annotated[str, Path(pattern=r"^[A-Za-z0-9.-]+$", max_length=120)],
        to: Annotated[
            str | None, Query(pattern=r"^[a-z0-9-]+$", max_length=40, description="scheme to arrive at")
        ] = None,
        lang: Lang = "en",
        limit: Annotated[int, Query(ge=1, le=500, description="the strongest so many")] = 50,
    ) -> Response:
        return answer(store, crosswalk.walk(scheme, code, to, lang, limit))

    @router.get("/mappings", summary="Mappings between two schemes or countries", tags=["compare"], responses=_SSSOM)
    def get_mappings(
        request: Request,
        start: Annotated[Scheme | None, Query(alias="from", description="scheme or country")] = None,
        to: Annotated[Scheme | None, Query(description="scheme or country")] = None,
        through: Annotated[Scheme | None, Query(description="chain two mappings through this scheme")] = None,
        lang: Lang = "en",
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Response:
        """JSON a page at a time; everything as one SSSOM table with `Accept: text/tab-separated-values`."""
        if choose(request.headers.get("accept"), ["application/json", TSV]) == TSV:
            text = sets.sssom(start, to, through, str(request.url))
            return Response(text, media_type=TSV, headers={"X-Passerelle-Version": store.version})
        found = sets.page(start, to, through, lang, (limit + 1, offset))
        more = _next(request, limit, offset) if len(found) > limit else None
        return answer(store, {"from": start, "to": to, "through": through, "results": found[:limit], "next": more})


_SSSOM: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {TSV: {"schema": {"type": "string"}}}}}


__all__ = ["choose", "question_from", "question_from_json", "routes"]
