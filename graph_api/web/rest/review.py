"""What readers propose and what experts decided, as lookups."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from graph_api.review.ledger import Ledger, Review
from graph_api.review.proposals import LONGEST, Proposal
from graph_api.web.callers import address_of
from graph_api.web.contract_parts import BODY_PROBLEMS, PROBLEMS
from graph_api.web.rest.shared import Limit, Offset
from graph_api.web.services import Services

_REFUSED: Final[dict[int | str, dict[str, Any]]] = {403: PROBLEMS[400], **BODY_PROBLEMS}


class ProposalBody(BaseModel):
    """What a fact should say, and where that stands."""

    model_config = ConfigDict(extra="forbid")

    thing: str = Field(max_length=LONGEST["thing"], description="IRI of what the fact is about")
    property: str = Field("", max_length=LONGEST["property"], description="IRI of the property, where one is meant")
    should_say: str = Field(max_length=LONGEST["should_say"])
    source: str = Field(max_length=LONGEST["source"], description="where that stands")
    name: str = Field("", max_length=LONGEST["name"], description="who proposes it; may stay empty, and is shown")


class ProposalMade(BaseModel):
    """A proposal as it is kept, and how it stands with it."""

    id: str = Field(description="made of what is proposed: the same said twice is one proposal")
    made_on: str
    thing: str
    property: str
    should_say: str
    source: str
    name: str
    data_version: str
    state: str = Field(description="`open`, `agreed`, `accepted`, `refused`, `corrected` or `disputed`")
    reasons: list[str]


class ProposalsAnswer(BaseModel):
    """What readers propose, the newest first."""

    taken_in: bool = Field(description="whether this server keeps proposals")
    total: int
    results: list[ProposalMade]


class ReviewMade(BaseModel):
    """One signed decision of an expert on a fact."""

    id: str
    fact: str = Field(description="table, row and, of a single cell, column")
    thing: str | None
    sentence: str
    decision: str = Field(description="`agreed`, `refused` or `corrected`")
    should_say: str | None
    reason: str | None
    date: str
    expert: str
    expert_name: str
    orcid: str | None
    state: str | None = Field(description="the state for which the expert speaks")
    standing: str = Field(description="how it stands with the fact")


class ReviewsAnswer(BaseModel):
    """Who agreed on what, the newest first."""

    total: int
    results: list[ReviewMade]


def add_review(router: APIRouter, services: Services) -> None:
    """`/proposals` and `/reviews`."""
    proposing = services.proposing

    @router.post(
        "/proposals",
        summary="Propose what a fact should say, and where that stands",
        tags=["review"],
        response_model=ProposalMade,
        responses={201: {"model": ProposalMade}, **_REFUSED},
    )
    def propose(request: Request, body: ProposalBody) -> Response:
        """Kept for the experts where this server takes proposals in; nothing is written into the graph. 201 for a new
        one, 200 where the same was proposed before."""
        proposal = proposing.made(body.model_dump())
        new = proposing.keep(proposal, address_of(request))
        return JSONResponse(described(proposal, services.ledger.get()), 201 if new else 200)

    @router.get(
        "/proposals",
        summary="What readers proposed, with state and reasons",
        tags=["review"],
        response_model=None,
        responses={200: {"model": ProposalsAnswer}},
    )
    def proposals(limit: Limit = 100, offset: Offset = 0) -> Response:
        """The newest first."""
        found, total = proposing.listed(limit, offset)
        results = [described(proposal, services.ledger.get()) for proposal in found]
        return _answer(services, {"taken_in": proposing.takes_in, "total": total, "results": results})

    @router.get(
        "/reviews",
        summary="Who agreed on what: the signed decisions of experts",
        tags=["review"],
        response_model=None,
        responses={200: {"model": ReviewsAnswer}},
    )
    def reviews(thing: str | None = None, limit: Limit = 100, offset: Offset = 0) -> Response:
        """All, or those on facts about one thing (its IRI); the newest first."""
        ledger = services.ledger.get()
        found = ledger.of_thing(thing) if thing else ledger.reviews
        results = [_review(review, ledger) for review in found[offset : offset + limit]]
        return _answer(services, {"total": len(found), "results": results})


def _answer(services: Services, body: dict[str, Any]) -> Response:
    """JSON without our context: what readers say is in no graph."""
    return JSONResponse(body, headers={"X-Passerelle-Version": services.store.version, "Cache-Control": "no-cache"})


def described(proposal: Proposal, ledger: Ledger) -> dict[str, Any]:
    """A proposal with what was decided on it."""
    judged = ledger.of_proposal(proposal.id)
    reasons = [review.reason for review in judged.reviews if review.reason] if judged else []
    return {**vars(proposal), "state": judged.standing if judged else "open", "reasons": reasons}


def _review(review: Review, ledger: Ledger) -> dict[str, Any]:
    return {
        "id": review.iri,
        "fact": review.fact,
        "thing": review.thing or None,
        "sentence": review.sentence,
        "decision": review.decision,
        "should_say": review.should_say or None,
        "reason": review.reason or None,
        "date": review.day,
        "expert": review.expert,
        "expert_name": review.name,
        "orcid": review.orcid or None,
        "state": review.state or None,
        "standing": ledger.standing(review.fact),
    }
