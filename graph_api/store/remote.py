"""A graph on a SPARQL 1.1 engine elsewhere, asked through SPARQLWrapper; `publish.py` puts it there.

An engine holds two versions side by side, each in a place of its own: where we write `…/graph/`, the engine has
`…/graph.<place>/`, in every IRI that begins so. A query is renamed on its way there and its result on the way back, so
the names that a client sees never change. The union of a version's graphs is a graph as well, and the default graph of
every query that names no graphs. Which place is current, and which version it holds, one small catalogue graph says;
where it says no version, as one that was written earlier, the version is the name of the place.
"""

from __future__ import annotations

import io
import json
import re
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, QueryResultsFormat, RdfFormat, Triple, parse, parse_query_results, serialize

from graph_api.errors import BadQuery, StoreUnavailable
from graph_api.rdf.namespaces import OWL, XSD
from graph_api.rdf.terms import DATASET, GRAPH, NAMESPACE
from graph_api.rdf.xml_text import cleaned_bytes, writable
from graph_api.settings import Account
from graph_api.store import query_guard
from graph_api.store.dataset_clauses import over
from graph_api.store.graph_store import JSON_RESULTS, Dataset

N_TRIPLES: Final = "application/n-triples"
CATALOGUE: Final = f"{NAMESPACE}published"
CURRENT: Final = f"{NAMESPACE}def#currentEdition"
HAS_GRAPH: Final = f"{NAMESPACE}def#hasGraph"
VERSION: Final = f"{OWL}versionInfo"
UNION: Final = "union"

_ASK_AGAIN_SECONDS: Final = 5.0
_BOOLEAN: Final = f"{XSD}boolean"
_DURATION: Final = f"{XSD}duration"
_DURATION_THERE: Final = f"{NAMESPACE}as-written/duration"
"""Some engines keep of P3M only the 3; SPARQL 1.1 computes nothing with durations, so theirs is a datatype of ours."""
_IRI = re.compile(r"<([^<>\s]*)>")
_XSD_PREFIX = re.compile(rf"PREFIX\s+([\w-]*):\s*<{re.escape(XSD)}>", re.IGNORECASE)
_DURATION_NAME = re.compile(r"(?<![\w-])([\w-]*+):duration\b")
_CATALOGUE_QUERY: Final = (
    f"SELECT ?edition ?graph ?version WHERE {{ GRAPH <{CATALOGUE}> {{ <{DATASET}> <{CURRENT}> ?edition . "
    f"?edition <{HAS_GRAPH}> ?graph OPTIONAL {{ ?edition <{VERSION}> ?version }} }} }}"
)
_STATED_VERSION: Final = f"SELECT ?version WHERE {{ <{DATASET}> <{VERSION}> ?version }} LIMIT 1"


def prefix_there(place: str) -> str:
    """What the engine calls `…/graph/` in a place.

    >>> prefix_there("one")
    'https://w3id.org/passerelle/graph.one/'
    """
    return f"{GRAPH[:-1]}.{place}/"


def place_of(prefix: str) -> str:
    """The place whose graphs begin so.

    >>> place_of("https://w3id.org/passerelle/graph.one/")
    'one'
    """
    return prefix.removesuffix("/").rpartition(".")[2]


@dataclass(frozen=True)
class Edition:
    """One version of the data on an engine: its names there and here."""

    version: str
    graphs: tuple[str, ...] = ()
    """The named graphs as the engine calls them; none when the data were not put there by `publish`."""
    place: str = ""
    """Where it stands on the engine; by itself under the name of the version."""

    @property
    def prefix(self) -> str:
        """What the engine calls `…/graph/` in this version."""
        return prefix_there(self.place or self.version)

    @property
    def union(self) -> str:
        """The graph that holds the statements of all named graphs, each once."""
        return self.prefix + UNION

    def there(self, text: str) -> str:
        """A query in the engine's names."""
        if "duration" in text:
            prefixes = set(_XSD_PREFIX.findall(text))
            text = _DURATION_NAME.sub(lambda name: f"<{_DURATION}>" if name[1] in prefixes else name[0], text)
        return self.statements_there(text)

    def statements_there(self, text: str) -> str:
        """Statements, whose names are written out, in the engine's names."""
        return text.replace(GRAPH, self.prefix).replace(_DURATION, _DURATION_THERE)

    def here(self, text: str) -> str:
        """A result in our names."""
        return text.replace(self.prefix, GRAPH).replace(_DURATION_THERE, _DURATION)


class RemoteStore:
    """Any SPARQL 1.1 endpoint: one that `publish` has filled, or one that holds our graph as its default graph."""

    def __init__(self, endpoint: str, seconds: float = 10.0, account: Account | None = None) -> None:
        self._endpoint, self._seconds, self._account = endpoint, seconds, account
        if account is not None and account.kind == "digest":
            _answer_challenges(endpoint, account)
        self._lock = threading.Lock()
        self._edition, self._asked = Edition(""), float("-inf")

    @property
    def version(self) -> str:
        """The version that the engine holds as the current one; asked anew after some seconds."""
        return self._current().version

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        """The result in that media type, over the given graphs only. Raises BadQuery, StoreUnavailable."""
        # What may be called was decided at the door; here the text is only read.
        reading = query_guard.read(text, _IRI.findall(text))
        table, graph = QueryResultsFormat.from_media_type(media_type), RdfFormat.from_media_type(media_type)
        edition = self._current()
        query = _over(edition, reading, dataset)
        if reading.gives_graph and graph:
            return _graph(edition.here(self._ask(edition, query, N_TRIPLES)), graph)
        if table and not reading.gives_graph:
            return _table(edition.here(self._ask(edition, query, JSON_RESULTS)), table)
        raise BadQuery(f"{reading.form} gives {_GIVES[reading.gives_graph]}, not for {media_type}")

    def _current(self) -> Edition:
        with self._lock:
            if time.monotonic() - self._asked > _ASK_AGAIN_SECONDS:
                self._edition, self._asked = self._asked_edition(), time.monotonic()
            return self._edition

    def _asked_edition(self) -> Edition:
        rows = self._rows(_CATALOGUE_QUERY)
        if rows:
            place = place_of(rows[0]["edition"]["value"])
            version = rows[0]["version"]["value"] if "version" in rows[0] else place
            return Edition(version, tuple(sorted(row["graph"]["value"] for row in rows)), place)
        if self._edition.graphs:
            return self._edition  # the catalogue is being written
        stated = self._rows(_STATED_VERSION)
        return Edition(stated[0]["version"]["value"] if stated else "unknown")

    def _rows(self, text: str) -> list[Mapping[str, Mapping[str, str]]]:
        answer: Any = json.loads(self._ask(Edition(""), text, JSON_RESULTS))
        rows: list[Mapping[str, Mapping[str, str]]] = answer["results"]["bindings"]
        return rows

    def _ask(self, edition: Edition, text: str, media_type: str) -> str:
        """The engine's own answer, whole."""
        from SPARQLWrapper import SPARQLExceptions

        wrapper = _request(self._endpoint, self._seconds, media_type, self._account)
        # Set so, because setQuery would guess the form of the query, from comments and strings too.
        wrapper.queryString, wrapper.queryType = text, "SELECT"
        try:
            response = wrapper.query().response
            answer: bytes = response.read()
        except SPARQLExceptions.QueryBadFormed as error:
            raise BadQuery(f"{self._endpoint} does not accept this query: {_said(error, edition)}") from None
        except (SPARQLExceptions.SPARQLWrapperException, OSError, HTTPException) as error:
            raise StoreUnavailable(f"{self._endpoint} did not answer: {_said(error, edition)}") from None
        if "X-SQL-State" in response.headers or "X-SPARQL-MaxRows" in response.headers:
            raise StoreUnavailable(f"{self._endpoint} broke off the result at a limit of its own; ask for less")
        return answer.decode("utf-8")


_GIVES: Final = {False: f"a table; ask for {JSON_RESULTS}", True: "a graph; ask for text/turtle"}


def _request(endpoint: str, seconds: float, media_type: str, account: Account | None = None) -> Any:
    from SPARQLWrapper import BASIC, POST, SPARQLWrapper

    wrapper = SPARQLWrapper(endpoint)
    wrapper.setMethod(POST)
    wrapper.setTimeout(max(1, int(seconds)))
    wrapper.setOnlyConneg(True)
    wrapper.addCustomHttpHeader("Accept", media_type)
    if account is not None and account.kind == "bearer":
        wrapper.addCustomHttpHeader("Authorization", f"Bearer {account.token}")
    elif account is not None and account.kind == "basic":
        wrapper.setHTTPAuth(BASIC)
        wrapper.setCredentials(account.user, account.password)
    return wrapper


def _answer_challenges(endpoint: str, account: Account) -> None:
    """Digest is an answer to the engine's challenge, in whatever realm; SPARQLWrapper knows one realm only."""
    accounts = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    accounts.add_password(None, endpoint, account.user, account.password)
    urllib.request.install_opener(urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(accounts)))


def _over(edition: Edition, reading: query_guard.Reading, dataset: Dataset | None) -> str:
    """The query in the engine's names, over the graphs asked, else over those of the current version.

    A query that names its graphs keeps them where no others are asked.
    """
    if not edition.graphs:
        return over(reading, dataset) if dataset else reading.text
    if dataset is None and not reading.has_dataset:
        # Named graphs are listed only where they may be asked for: engines take long over a list of graphs.
        dataset = Dataset((edition.union,), edition.graphs if "GRAPH" in reading.text.upper() else ())
    return edition.there(over(reading, dataset) if dataset else reading.text)


def _said(error: Exception, edition: Edition) -> str:
    """What the engine said, on one line and of bearable length."""
    return edition.here(" ".join(str(error).split()))[:500]


def _table(answer: str, wanted: QueryResultsFormat) -> bytes:
    """A table of results as the current standard writes it, whatever dialect of JSON the engine speaks."""
    results = json.loads(answer)
    for row in results.get("results", {}).get("bindings", ()):
        for cell in row.values():
            _mend(cell)
    results["head"].pop("link", None)
    if "results" in results:
        results["results"] = {"bindings": results["results"]["bindings"]}
    written = json.dumps(results, ensure_ascii=False, separators=(",", ":")).encode()
    if wanted == QueryResultsFormat.JSON:
        return written
    table = parse_query_results(written, format=QueryResultsFormat.JSON).serialize(format=wanted) or b""
    return cleaned_bytes(table) if wanted == QueryResultsFormat.XML else table


def _mend(cell: dict[str, str]) -> None:
    datatype = cell.get("datatype")
    if cell["type"] == "typed-literal":
        cell["type"] = "literal"
    elif cell["type"] == "bnode":
        cell["value"] = re.sub(r"\W", "", cell["value"])
    if datatype == f"{XSD}string":
        del cell["datatype"]
    elif datatype == _BOOLEAN:
        cell["value"] = _boolean(cell["value"])


def _boolean(text: str) -> str:
    return {"1": "true", "0": "false"}.get(text, text)


def _graph(answer: str, wanted: RdfFormat) -> bytes:
    triples = parse(io.BytesIO(answer.encode()), format=RdfFormat.N_TRIPLES, lenient=True)
    mended = _mended(quad.triple for quad in triples)
    return serialize(writable(mended) if wanted == RdfFormat.RDF_XML else mended, format=wanted) or b""


def _mended(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Each triple once, its booleans as words."""
    for triple in dict.fromkeys(triples):
        value = triple.object
        if isinstance(value, Literal) and value.datatype.value == _BOOLEAN:
            value = Literal(_boolean(value.value), datatype=NamedNode(_BOOLEAN))
        yield Triple(triple.subject, triple.predicate, value)
