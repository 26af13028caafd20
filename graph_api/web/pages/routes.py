"""The third door: pages for people.

Facts come from named queries, words from the catalogues, looks from `static/`.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from graph_api.errors import GraphError, NoGraph
from graph_api.rdf.terms import local_name
from graph_api.search.index import Hit
from graph_api.store.examples import read_examples
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import select
from graph_api.store.things import LANGUAGES
from graph_api.web.addresses import page_path, public_address
from graph_api.web.layout import environment, page, reader_of, static_file
from graph_api.web.pages.case_file import CaseFilePages
from graph_api.web.pages.compare import ComparePages
from graph_api.web.pages.days import DayPages
from graph_api.web.pages.desk import DeskPages
from graph_api.web.pages.examples import Examples
from graph_api.web.pages.obstacles import ObstaclePages
from graph_api.web.pages.paths import PathPages
from graph_api.web.pages.reforms import ReformPages
from graph_api.web.pages.regions import RegionPages
from graph_api.web.pages.review import ReviewPages
from graph_api.web.pages.search import PageSearch
from graph_api.web.pages.shared import QuestionForm
from graph_api.web.pages.sheets import SheetPages
from graph_api.web.pages.things import ThingPages
from graph_api.web.pages.unknown import UnknownPages
from graph_api.web.pages.vocabulary import DataPages
from graph_api.web.services import Services, services_of

_HITS: Final = 20
_OF_THINGS: Final = ("base.html", "thing.html", "thing_profession.html", "thing_qualification.html", "words.html")


def routes(services: Services) -> APIRouter:
    """The pages over a store."""
    examples = Examples(services)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        threading.Thread(target=_read_ahead, args=(services, examples), daemon=True).start()
        yield

    router = APIRouter(lifespan=lifespan)
    _add_home(router, services, examples)
    _add_search(router, services)
    _add_for_machines(router, services.store)
    for pages in (
        PathPages(services),
        CaseFilePages(services),
        DayPages(services),
        DeskPages(services),
        RegionPages(services),
        ObstaclePages(services),
        ReformPages(services),
        SheetPages(services),
        ComparePages(services),
        DataPages(services),
        UnknownPages(services),
        ReviewPages(services),
        ThingPages(services),
    ):
        pages.add_to(router)
    router.add_api_route("/static/{path:path}", static_file, include_in_schema=False)
    return router


def dataset_page(services: Services) -> Callable[[Request], Response]:
    """The page of the dataset, for whoever serves its address."""
    return DataPages(services).dataset


def _read_ahead(services: Services, examples: Examples) -> None:
    """Make ready what the first page and the page of a thing show, so that their first readers need not wait for it."""
    with suppress(GraphError):  # there is no graph yet, or the store does not answer: the page will say so
        services.figures.get()
        examples.read_ahead()
        for kept in (services.schemes.all, services.shown.get, services.acknowledgements.releases, services.ledger.get):
            kept()
        for lang in LANGUAGES:
            services.jurisdictions.get(lang)
            for template in _OF_THINGS:
                environment(lang).get_template(template)


def _add_home(router: APIRouter, services: Services, examples: Examples) -> None:
    @router.get("/", response_class=HTMLResponse, include_in_schema=False)
    def home(request: Request) -> Response:
        form, lang = QuestionForm({}, [], {}, {}), reader_of(request).lang
        return page(
            request,
            "home.html",
            examples=examples.told(lang),
            places=services.jurisdictions.get(lang),
            form=form,
            figures=services.figures.get(),
            certificates=[],
        )

    router.add_api_route("/query", sparql_page, response_class=HTMLResponse, include_in_schema=False)

    @router.get("/about", response_class=HTMLResponse, include_in_schema=False)
    def about(request: Request) -> Response:
        places = services.jurisdictions.get(reader_of(request).lang)
        states = sorted(places.by_iri[iri].name for iri in places.deciding_states)
        return page(request, "about.html", contact=services.settings.contact, states=states)

    @router.get("/embed", response_class=HTMLResponse, include_in_schema=False)
    def embed(request: Request) -> Response:
        return page(request, "embed.html")


def _add_search(router: APIRouter, services: Services) -> None:
    searching = PageSearch(services.index)

    @router.get("/search", response_class=HTMLResponse, include_in_schema=False)
    def search_page(request: Request, q: str = "", kind: str = "", country: str = "", offset: str = "0") -> Response:
        lang = reader_of(request).lang
        start = min(int(offset), 10_000) if offset.isdigit() and len(offset) < 7 else 0
        found = searching.page(
            q,
            lang,
            kinds=[kind] if kind else (),
            countries=[country] if country else (),
            limit=_HITS,
            offset=start,
        )
        return page(
            request,
            "search.html",
            q=q,
            kind=kind,
            country=country,
            found=found,
            offset=start,
            page_size=_HITS,
            places=services.jurisdictions.get(lang),
        )


def _add_for_machines(router: APIRouter, store: GraphStore) -> None:
    @router.get("/robots.txt", include_in_schema=False)
    def robots(request: Request) -> Response:
        lines = [
            "User-agent: *",
            "Disallow: /sparql",
            "Disallow: /query",
            "Disallow: /api/",
            "Disallow: /path?",
            "Disallow: /path/",
            "Disallow: /below/",
            "Disallow: /wrong",
            "",
        ]
        return PlainTextResponse("\n".join([*lines, f"Sitemap: {public_address(request)}/sitemap.xml", ""]))

    @router.get("/sitemap.xml", include_in_schema=False)
    def sitemap(request: Request) -> Response:
        base = public_address(request)
        paths = [
            "/",
            "/path",
            "/roadmap",
            "/factsheet",
            "/compare",
            "/common-training-framework",
            "/professions",
            "/qualifications",
            "/authorities",
            "/regimes",
            "/classifications",
            "/dataset",
            "/unknown",
            "/review",
            "/proposals",
            "/dumps/",
            "/versions",
            "/ontology",
            "/query",
            "/embed",
            "/about",
            "/desk",
            "/obstacles",
            "/reforms",
            "/regions",
            *sorted(
                {f"/regions/{local_name(row['region'])}" for row in select(store, "border_regions") if "region" in row}
            ),
            *sorted({page_path(row["thing"]) for row in select(store, "pages_list")}),
        ]
        links = "".join(_entry(base + path) for path in paths if path.startswith("/"))
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            f'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n{links}</urlset>\n'
        )
        return Response(text, media_type="application/xml")


def _entry(address: str) -> str:
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{lang}" href="{escape(address)}?lang={lang}"/>' for lang in LANGUAGES
    )
    return f"<url><loc>{escape(address)}</loc>{others}</url>\n"


def error_page(request: Request, status: int, title: str, detail: str, extra: Mapping[str, Any]) -> Response:
    """An error for a person who browses; a missing page offers what resembles it."""
    name = str(extra.get("slug") or request.url.path.rpartition("/")[2])
    words = name.replace("-", " ").replace("_", " ").strip()
    hits = _resembling(request, words) if status == 404 and words else ()
    return page(request, "error.html", status, status=status, title=title, detail=detail, words=words, hits=hits)


_OFFERED: Final = ("profession", "qualification", "authority", "legal-act", "occupation")
"""The kinds that a reader may have meant by a word in an address."""


def _resembling(request: Request, words: str) -> Sequence[Hit]:
    """What the words of the address may have meant; nothing where there is no index."""
    try:
        return PageSearch(services_of(request).index).hits(
            words[:100], reader_of(request).lang, kinds=_OFFERED, limit=6
        )
    except NoGraph:
        return ()


def sparql_page(request: Request) -> Response:
    """The query editor; a plain form where there are no scripts. The archive has examples of its own."""
    archived = request.url.path.endswith("/archive")
    folder = services_of(request).settings.ontology
    found = read_examples(folder, "examples/archive" if archived else "examples")
    examples = sorted(found, key=lambda example: example.header["question"])
    asked = request.query_params.get("query") or "".join(example.text for example in examples[:1])
    endpoint = "/sparql/archive" if archived else "/sparql"
    return page(request, "sparql.html", examples=examples, asked=asked, endpoint=endpoint)
