"""European Digital Credentials as lookups: what one is and where it leads; qualifications for the European register."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.rdf.terms import kind_and_slug, thing
from graph_api.recognition.question import question_from
from graph_api.search.resolve import Resolver
from graph_api.web.contract_parts import BODY_PROBLEMS
from graph_api.web.elm.envelope import Envelope, opened
from graph_api.web.elm.export import exported
from graph_api.web.elm.matching import Candidate, Matching, as_json
from graph_api.web.elm.reading import Achievement, Read, read
from graph_api.web.negotiation import JSON, JSON_LD
from graph_api.web.rest.shared import Lang, Slug, SlugPath
from graph_api.web.services import Services

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            name: {"schema": {"type": "object", "description": "a credential of ELM 3, or its JWS envelope in JSON"}}
            for name in (JSON, JSON_LD, "application/jose+json")
        },
    }
}
_MOST_PATHS: Final = "3"


class SignatureState(BaseModel):
    """What can be said of the signature."""

    status: str = Field(
        description="none, not_verified, intact (fits its own certificate, trust not checked) or broken"
    )
    verified: bool = Field(description="never true: trust in the certificate is not checked here")
    sentence: str


class CredentialAnswer(BaseModel):
    """What was read in a credential, what it may be here, and where it leads."""

    signature: SignatureState
    achievements: list[dict[str, Any]] = Field(description="read, candidates and answers, one for each achievement")
    passed_over: list[str] = Field(description="kinds of claims that are no achievements")
    note: str


def add_credentials(router: APIRouter, services: Services) -> None:
    """`/credentials/paths` and the LOQ export."""
    matching = Matching(services.store, Resolver(services.store, services.index))

    @router.post(
        "/credentials/paths",
        summary="What a European Digital Credential is here, and where its holder may work with it",
        tags=["credentials"],
        openapi_extra=_BODY,
        response_model=None,
        responses={**BODY_PROBLEMS, 200: {"model": CredentialAnswer}},
    )
    async def post_credential(
        request: Request,
        country: Annotated[list[str] | None, Query(max_length=10, description="hosts; none asks for no answer")] = None,
        profession: Annotated[Slug | None, Query(description="slug; else what the title opens at home")] = None,
        lang: Lang = "en",
    ) -> Response:
        """Nothing of it is kept or written down; messages repeat none of its words."""
        body = await request.body()
        return await run_in_threadpool(_answered, services, matching, opened(body), country or [], profession, lang)

    @router.get(
        "/elm/qualifications",
        summary="Qualifications in the LOQ profile of the European Learning Model; who is left out and why",
        tags=["credentials"],
        response_class=Response,
        responses={200: {"content": {JSON_LD: {"schema": {"type": "object"}}}}},
    )
    def get_exported() -> Response:
        """JSON-LD; `left_out` stands outside the graph."""
        found = exported(services.store)
        return _document({**found.document, "left_out": found.left_out}, services)

    @router.get(
        "/qualifications/{slug}/elm",
        summary="One qualification in the LOQ profile of the European Learning Model",
        tags=["credentials"],
        response_class=Response,
        responses={200: {"content": {JSON_LD: {"schema": {"type": "object"}}}}},
    )
    def get_one_exported(slug: SlugPath) -> Response:
        """400 with the reason where the profile demands what is not known."""
        iri = thing("qualification", slug).value
        found = exported(services.store, iri)
        if reasons := found.left_out.get(iri):
            raise BadRequest("slug", f"'{slug}' cannot be published: {'; '.join(reasons)}")
        if not found.document["@graph"]:
            raise UnknownIdentifier("qualification", slug)
        return _document(found.document, services)


def _document(body: dict[str, Any], services: Services) -> Response:
    headers = {"X-Passerelle-Version": services.store.version, "Cache-Control": "no-cache"}
    return JSONResponse(body, media_type=JSON_LD, headers=headers)


def _read(envelope: Envelope) -> Read:
    """What the credential says. Raises BadRequest, which tells a broken signature beside the faults of the shape."""
    try:
        return read(envelope.credential)
    except BadRequest as error:
        if envelope.status != "broken":
            raise
        raise BadRequest("credential", f"{error}. {envelope.signature['sentence']}") from None


def _answered(
    services: Services, matching: Matching, envelope: Envelope, hosts: list[str], profession: str | None, lang: str
) -> Response:
    said = _read(envelope)
    achievements = []
    for each in said.achievements:
        candidates = matching.candidates(each, lang)
        answers = [] if envelope.status == "broken" else _answers(services, each, candidates, hosts, profession, lang)
        achievements.append(
            {"read": as_json(each), "candidates": [found.as_json() for found in candidates], "answers": answers}
        )
    body = {
        "signature": envelope.signature,
        "achievements": achievements,
        "passed_over": said.passed_over,
        "note": "What the credential says was not checked; nothing of it is kept.",
    }
    headers = {"X-Passerelle-Version": services.store.version, "Cache-Control": "no-store"}
    return JSONResponse(body, headers=headers)


def _answers(
    services: Services,
    achievement: Achievement,
    candidates: list[Candidate],
    hosts: list[str],
    profession: str | None,
    lang: str,
) -> list[dict[str, Any]]:
    """For the first candidate that is named well enough: the answer for each profession that it opens and each host."""
    best = next((each for each in candidates if each.meant.sure), None)
    if best is None:
        return []
    opened_here = [slug for _, slug in filter(None, map(kind_and_slug, best.opens))]
    asked = [("qualification", best.meant.slug), ("lang", lang), ("k", _MOST_PATHS)]
    asked += [("issued", achievement.awarded)] if achievement.awarded else []
    found = []
    for slug in [profession] if profession else sorted(opened_here):
        for host in hosts:
            question = question_from([*asked, ("profession", slug), ("country", host)])
            found.append(dict(services.path_finder.find(question)))
    return found
