"""The door for agents: a few tools over the Model Context Protocol, all of which only read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from functools import wraps
from typing import Annotated, Any, Final, ParamSpec

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from graph_api import __version__
from graph_api.competences.comparison import Comparisons
from graph_api.errors import BadRequest, GraphError, UnknownIdentifier
from graph_api.rdf.terms import ESCO, kind_and_slug
from graph_api.recognition.question import Language, question_from
from graph_api.settings import Settings
from graph_api.store import query_guard
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import EmbeddedStore
from graph_api.store.records import read_record
from graph_api.web.services import Services, services_over
from graph_api.web.sparql.job import Held, Job
from graph_api.web.sparql.pool import Pool, Threads

MOST_CHARACTERS: Final = 100_000
"""The longest result that a tool gives; a longer one is refused with advice, never cut."""
_CSV, _TURTLE = "text/csv", "text/turtle"
_INSTRUCTIONS: Final = (
    "Recognition of professional qualifications across borders: which route, under which law, decided by whom. "
    "Ground names first with find_concept, then ask find_path with the slugs that it gives. `unknown` means that the "
    "graph does not know: name the authority or contact of the answer and do not guess. Cite `legal_basis` and "
    "`sources`; say where `weakest` or a source is marked `from-knowledge`. It is no legal advice."
)

P = ParamSpec("P")
Lang = Annotated[Language, Field(description="language of labels and sentences")]


def agent_server(settings: Settings, store: GraphStore) -> MCPServer[None]:
    """The tools over a store; users' queries run in processes that can be stopped, as at `/sparql`."""
    services = services_over(settings, store)
    queries = Queries(services)

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncIterator[None]:
        yield
        queries.close()

    server = MCPServer("passerelle", version=__version__, instructions=_INSTRUCTIONS, lifespan=lifespan)
    _add_lookups(server, services)
    _add_recognition(server, services)

    @server.tool()
    @told
    def query(
        sparql: Annotated[str, Field(description="SPARQL 1.1 SELECT, ASK, CONSTRUCT or DESCRIBE; use LIMIT")],
    ) -> str:
        """Run a bounded query over the graph; tables come as CSV, graphs as Turtle. The vocabulary is at /ontology."""
        return queries.run(sparql)

    return server


def _add_lookups(server: MCPServer[None], services: Services) -> None:
    @server.tool()
    @told
    def find_concept(
        text: Annotated[str, Field(max_length=500, description="a title, a profession or a code, in any language")],
        kind: Annotated[str, Field(description="profession, qualification, competence, authority, regime, …")] = "",
        country: Annotated[str, Field(description="keep what belongs to a state: FR, BE, …")] = "",
        lang: Lang = "en",
        limit: Annotated[int, Field(ge=1, le=50)] = 10,
    ) -> dict[str, Any]:
        """Ground a text: identifiers that it may mean, best first, with the label that matched and how."""
        found = services.index.current().search(
            text, kinds=[kind] if kind else (), countries=[country] if country else (), lang=lang, limit=limit
        )
        return {"results": [hit.as_json() for hit in found]}

    @server.tool()
    @told
    def describe(
        iri: Annotated[str, Field(max_length=500, description="the IRI of a thing, as find_concept gives it")],
        lang: Lang = "en",
    ) -> dict[str, Any]:
        """Everything the graph says of one thing, with the named graphs that say it."""
        return described(services, iri, lang)


def _add_recognition(server: MCPServer[None], services: Services) -> None:
    comparisons = Comparisons(services.descriptions)

    @server.tool()
    @told
    def find_path(
        profession: Annotated[str, Field(description="slug of the profession to work in")],
        country: Annotated[str, Field(description="host: NL, BE-fr for a community, DE-NW for a region")],
        qualification: Annotated[str, Field(description="slug of the title held; leave empty if not listed")] = "",
        facts: Annotated[
            dict[str, str] | None,
            Field(
                description="what else is known: issued_in, issued, training_started, experience_years, "
                "experience_country, experience_status, nationality, intent, place, as_of, level"
            ),
        ] = None,
        lang: Lang = "en",
        paths: Annotated[int, Field(ge=1, le=20, description="most paths to give, the best first")] = 3,
    ) -> dict[str, Any]:
        """May the holder work there? Verdicts, routes with law, authority, time and measures, and what is missing."""
        given = {"profession": profession, "country": country, "qualification": qualification, "lang": lang}
        asked = {**(facts or {}), **given, "k": str(paths)}
        return dict(services.path_finder.find(question_from(list(asked.items()))))

    @server.tool()
    @told
    def compare(
        qualifications: Annotated[list[str], Field(min_length=1, max_length=8, description="slugs of titles")],
        profession: Annotated[str, Field(description="slug of a profession to compare with")] = "",
        country: Annotated[str, Field(description="where the profession is asked for")] = "",
        lang: Lang = "en",
    ) -> dict[str, Any]:
        """What titles share in competences, what each lacks, and what would close the gap."""
        return dict(comparisons.compare(qualifications, profession or None, country or None, lang, date.today()))


class Queries:
    """Users' queries under the limits of the settings."""

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self._settings, self._versions = settings, services.versions
        self._allowed = frozenset(settings.service_allow.split())
        self._pool, self._threads = Pool(settings), Threads(settings)

    def run(self, text: str) -> str:
        """The whole result as text. Raises BadQuery, LimitReached, BadRequest for one that is too long to hand on."""
        if len(text) > self._settings.query_characters:
            raise BadRequest("sparql", f"the query is longer than {self._settings.query_characters} characters")
        reading = query_guard.read(text, self._allowed)
        found = _whole(self._held(reading, _TURTLE if reading.gives_graph else _CSV)).decode()
        if len(found) > MOST_CHARACTERS:
            raise BadRequest("sparql", f"the result has {len(found):,} characters; ask for less with LIMIT")
        return found

    def _held(self, reading: query_guard.Reading, media_type: str) -> Held:
        store = self._versions.opened(None)
        seconds = self._settings.query_seconds
        if not isinstance(store, EmbeddedStore):
            return self._threads.run(store, reading.text, media_type, seconds, None)
        return self._pool.run(Job(str(store.directory), reading.text, media_type, reading.has_dataset, seconds))

    def close(self) -> None:
        """End the processes and threads that run queries."""
        self._pool.close()
        self._threads.close()


def _whole(held: Held) -> bytes:
    if isinstance(held, bytes):
        return held
    with held:
        return held.read()


def described(services: Services, iri: str, lang: str) -> dict[str, Any]:
    """A thing as the lookups give it. Raises UnknownIdentifier."""
    record = read_record(services.store, iri, lang) if kind_and_slug(iri) or iri.startswith(ESCO) else None
    if record is None:
        raise UnknownIdentifier("thing", iri)
    return record


def told(tool: Callable[P, Any]) -> Callable[P, Any]:
    """A tool whose errors say what to change."""

    @wraps(tool)
    def asked(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return tool(*args, **kwargs)
        except GraphError as error:
            raise ToolError(str(error)) from None

    return asked
