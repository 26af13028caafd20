"""The state of review by state and table, who agreed on what, and the form for what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from graph_api.errors import BadRequest, LimitReached, UnknownIdentifier
from graph_api.review.proposals import LONGEST, Proposal
from graph_api.store.kept_things import read_labels
from graph_api.store.queries import iris
from graph_api.store.things import Text, called
from graph_api.store.unknown import Share
from graph_api.web.addresses import public_address
from graph_api.web.callers import address_of
from graph_api.web.dataset import atom
from graph_api.web.layout import page, reader_of
from graph_api.web.services import Services
from graph_api.web.statuses import status_of

_SIZE: Final = 50
_IN_FEED: Final = 100
_STANDINGS: Final = ("agreed", "accepted", "refused", "corrected", "disputed")
_FIELDS: Final = ("thing", "property", "should_say", "source", "name")


class ReviewPages:
    """`/review`, its feed, `/proposals` and `/wrong` over one store."""

    def __init__(self, services: Services) -> None:
        self._services, self._proposing = services, services.proposing

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of these pages."""
        router.add_api_route("/review", self.review, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route("/review/feed", self.feed, include_in_schema=False)
        router.add_api_route("/proposals", self.proposals, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route("/wrong", self.wrong, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route("/wrong", self.made, methods=["POST"], include_in_schema=False)

    def review(self, request: Request, thing: str = "", offset: str = "0") -> Response:
        """How much was judged and how, table by table; the decisions, all or those about one thing."""
        lang, ledger = reader_of(request).lang, self._services.ledger.get()
        found = ledger.of_thing(thing) if thing else ledger.reviews
        start = _number(offset, len(found))
        shown = found[start : start + _SIZE]
        named = {each for review in shown for each in (review.thing, review.state) if each} | {thing} - {""}
        return page(
            request,
            "review.html",
            places=self._services.jurisdictions.get(lang),
            shares=_by_state(self._services.unknown.get().shares),
            counts=ledger.counts,
            standings=_STANDINGS,
            without_state=sorted({table for table, state, _ in ledger.counts if not state}),
            ledger=ledger,
            reviews=shown,
            thing=thing,
            names=self._names(named, lang),
            total=len(found),
            offset=start,
            page_size=_SIZE,
        )

    def feed(self, request: Request) -> Response:
        """The newest decisions as an Atom feed."""
        body = atom.reviews(public_address(request), self._services.ledger.get().reviews[:_IN_FEED])
        return Response(body, media_type=atom.MEDIA_TYPE, headers={"Cache-Control": "no-cache"})

    def proposals(self, request: Request, offset: str = "0") -> Response:
        """What readers proposed, and how it stands with it."""
        lang, ledger = reader_of(request).lang, self._services.ledger.get()
        start = _number(offset, 10_000_000)
        found, total = self._proposing.listed(_SIZE, start)
        answer = page(
            request,
            "proposals.html",
            takes_in=self._proposing.takes_in,
            proposals=[(proposal, ledger.of_proposal(proposal.id)) for proposal in found],
            names=self._names({each for item in found for each in (item.thing, item.property) if each}, lang),
            total=total,
            offset=start,
            page_size=_SIZE,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def wrong(self, request: Request, thing: str = "", property: str = "") -> Response:  # noqa: A002 - its name in the address
        """The form for what is wrong with a fact."""
        return self._form(request, {"thing": thing, "property": property})

    async def made(self, request: Request) -> Response:
        """The proposal as a file, or sent to those who decide; the form again where it lacks something."""
        async with request.form(max_files=0, max_fields=12, max_part_size=16_384) as form:
            given = {name: str(form.get(name) or "") for name in _FIELDS}
            sends = form.get("to") == "server"
        return await run_in_threadpool(self._made, request, given, sends)

    def _made(self, request: Request, given: Mapping[str, str], sends: bool) -> Response:
        try:
            proposal = self._proposing.made(given)
            if sends:
                self._proposing.keep(proposal, address_of(request))
        except (BadRequest, LimitReached) as error:
            answer = self._form(request, given, status_of(error), wrong=str(error))
            if isinstance(error, LimitReached) and error.retry_after:
                answer.headers["Retry-After"] = str(error.retry_after)
            return answer
        return self._form(request, given, sent=proposal) if sends else _file(proposal)

    def _form(self, request: Request, given: Mapping[str, str], status: int = 200, /, **more: Any) -> Response:
        lang = reader_of(request).lang
        names = self._names({given[name] for name in ("thing", "property") if given[name]}, lang)
        answer = page(
            request,
            "wrong.html",
            status,
            given=given,
            names=names,
            longest=LONGEST,
            takes_in=self._proposing.takes_in,
            contact=self._services.settings.contact,
            **{"wrong": None, "sent": None, **more},
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _names(self, named: set[str], lang: str) -> Mapping[str, Text]:
        """What is called how. Raises UnknownIdentifier for what is no IRI."""
        try:
            list(iris(named))
        except ValueError:
            raise UnknownIdentifier("thing", " ".join(sorted(named))) from None
        things = read_labels(self._services.store, named)
        return {iri: called(things, iri, lang) for iri in named}


def _file(proposal: Proposal) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{proposal.id}.json"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(proposal.as_file(), media_type="application/json", headers=headers)


def _number(text: str, most: int) -> int:
    return min(int(text), most) if text.isdigit() and text.isascii() and len(text) < 8 else 0


def _by_state(shares: Sequence[Share]) -> Mapping[str, Sequence[Share]]:
    """The tables that speak of a state, by name."""
    found: dict[str, list[Share]] = {}
    for share in sorted(shares, key=lambda item: item.table):
        found.setdefault(share.state, []).append(share)
    return found
