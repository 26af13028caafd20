"""The web service: the doors put together over one store."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from pydantic import TypeAdapter
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api import __version__
from graph_api.errors import GraphError
from graph_api.recognition.answer_schema import CONTRACT
from graph_api.recognition.question import Question
from graph_api.settings import Settings, from_environment
from graph_api.store.graph_store import GraphStore
from graph_api.store.open_store import open_store
from graph_api.web import linked_data, operations
from graph_api.web.acknowledgements import HEADER, Acknowledging
from graph_api.web.beside import Costly
from graph_api.web.contract_examples import with_examples
from graph_api.web.contract_parts import ESCO_PROBLEM_SCHEMA, PROBLEM_SCHEMA
from graph_api.web.counts import Counting
from graph_api.web.dataset import routes as dataset
from graph_api.web.entrance import Entrance, HostNames
from graph_api.web.esco import routes as esco
from graph_api.web.forwarded import Forwarded
from graph_api.web.handing_over import HandingOver, handed_over, may_go_beside
from graph_api.web.in_scope import REQUEST_ID
from graph_api.web.kept_answers import KeptAnswers
from graph_api.web.limits import BodyLimit, HeaderLimit
from graph_api.web.logs import Noting
from graph_api.web.memory import keep_few_heaps
from graph_api.web.negotiation import language_of, takes_gzip
from graph_api.web.one_law import OneLaw
from graph_api.web.pages import routes as pages
from graph_api.web.preconditions import Preconditions
from graph_api.web.prefixed import Prefixed
from graph_api.web.problems import graph_error, http_error, unforeseen, validation_error
from graph_api.web.rates import Rates, Requests
from graph_api.web.reconcile import routes as reconcile
from graph_api.web.rest import routes as rest
from graph_api.web.services import services_over
from graph_api.web.sparql import endpoint
from graph_api.web.sparql.at_once import AtOnce, Shared
from graph_api.web.sparql.job import REWRITTEN
from graph_api.web.turns import Taken, Turns

_EXPOSED: Final = [
    *("ETag", "Last-Modified", "Retry-After", "X-Passerelle-Version", "Link", HEADER, REQUEST_ID),
    REWRITTEN,
    *("RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
]


class Packed(GZipMiddleware):
    """Packs answers for clients that like it; SPARQL endpoints pack their own, by the weights that a client gives."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (
            scope["path"].startswith("/sparql") or not takes_gzip(Headers(scope=scope).get("accept-encoding", ""))
        ):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class Spoken:
    """Lookups that name no language answer in the best one of `Accept-Language`, as pages do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        if "lang" in QueryParams(scope["query_string"]):
            await self.app(scope, receive, send)
            return
        lang = language_of(None, Headers(scope=scope).get("accept-language", ""))
        query = b"&".join(filter(None, (scope["query_string"], f"lang={lang}".encode() if lang != "en" else b"")))

        async def send_varied(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).add_vary_header("Accept-Language")
            await send(message)

        await self.app({**scope, "query_string": query}, receive, send_varied)


class Service(FastAPI):
    """The application; its contract also holds what FastAPI cannot see: question, answer, problem, `/sparql`."""

    at_once: ServerErrorMiddleware
    """The short way of queries, which hands on what takes the way of all.

    Around it, so that what nobody foresaw is answered alike on both.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.at_once(scope, receive, send)

    async def on_the_way_of_all(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request but those that go the short way, and what servers say of their beginning and end."""
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI contract."""
        made = self.openapi_schema is None
        contract = super().openapi()
        if made:
            schemas = contract.setdefault("components", {}).setdefault("schemas", {})
            for name, model in (("Question", TypeAdapter(Question)), ("PathAnswer", CONTRACT)):
                described = model.json_schema(ref_template="#/components/schemas/{model}")
                schemas |= {**described.pop("$defs", {}), name: described}
            schemas |= {"Problem": PROBLEM_SCHEMA, "EscoProblem": ESCO_PROBLEM_SCHEMA}
            contract["paths"] |= endpoint.contract(self.state.services.settings)
            with_examples(contract)
        return contract


def create_app(settings: Settings, store: GraphStore) -> FastAPI:
    """The service over a store; nothing is read from the environment."""
    app = Service(
        title="Passerelle",
        version=__version__,
        summary="May I work as P in country B with qualification Q from country A?",
        description=(
            "Recognition paths for professional qualifications: the route, the law, the authority, the time and the "
            "compensation measure; and where no route is open, what is missing. Facts carry their source and a mark: "
            "`yes` (read in the source) or `from-knowledge` (a lead that waits to be checked). The header "
            f"`{HEADER}` holds the words that publishers of imported releases ask to be shown."
        ),
        license_info={"name": "EUPL-1.2 (code), CC BY 4.0 (tables)", "url": "https://eupl.eu/1.2/en/"},
        servers=[{"url": settings.base.rstrip("/")}] if settings.base else None,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    services = services_over(settings, store)
    app.state.services = services
    for_queries = endpoint.endpoints(services, html=pages.sparql_page)
    shared = Shared(HostNames(settings), Rates(settings.requests_per_minute), Taken())
    at_once = AtOnce(app.on_the_way_of_all, for_queries[0], shared, graph_error)
    app.at_once = ServerErrorMiddleware(at_once, handler=unforeseen)
    app.add_middleware(HandingOver)
    app.add_middleware(OneLaw)
    app.add_middleware(Spoken)
    app.add_middleware(Prefixed)
    app.add_middleware(Preconditions)
    app.add_middleware(Packed, minimum_size=1000)
    app.add_middleware(Acknowledging, acknowledgements=services.acknowledgements)
    app.add_middleware(Turns, taken=shared.taken, may_go_beside=may_go_beside)
    if not settings.store and settings.kept_megabytes:  # the version of an engine elsewhere is a request of its own
        app.add_middleware(KeptAnswers, store=store, most=settings.kept_megabytes * 1024 * 1024)
    app.add_middleware(
        BodyLimit,
        most=settings.body_kilobytes * 1024,
        most_of_batches=settings.batch_kilobytes * 1024,
        seconds=settings.body_seconds,
    )
    app.add_middleware(HeaderLimit)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=_EXPOSED
    )
    app.add_middleware(Requests, rates=shared.rates)
    app.add_middleware(Entrance, names=shared.names)
    app.add_middleware(Counting)
    app.add_middleware(Noting)
    app.add_middleware(Forwarded, proxies=settings.proxies)
    for router in (
        endpoint.routes(for_queries),  # asked most often, and so found first
        rest.routes(services),
        rest.context_routes(services),
        reconcile.routes(services),
        esco.routes(services),
        linked_data.routes(services),
        operations.routes(services),
        dataset.routes(services, html=pages.dataset_page(services)),
        linked_data.vocabulary_files(services),
        pages.routes(services),
    ):
        app.include_router(router)
    for kind, handler in (
        (GraphError, graph_error),
        (Costly, handed_over),
        (RequestValidationError, validation_error),
        (HTTPException, http_error),
        (Exception, unforeseen),
    ):
        app.add_exception_handler(kind, handler)
    return app


def served() -> FastAPI:
    """The service as the environment describes it; for server processes."""
    keep_few_heaps()
    settings = from_environment()
    return ready(create_app(settings, open_store(settings)))


def ready(app: FastAPI) -> FastAPI:
    """The service with all its routes made, which FastAPI leaves to the first request that looks through them."""
    nothing = {"type": "http", "method": "GET", "path": "/-", "root_path": "", "headers": []}
    for route in app.routes:
        route.matches(nothing)
    return app
