"""A client of the service: questions, lookups in pages and SPARQL, in turn or concurrently, with retries.

    from graph_api.client import Passerelle

    with Passerelle("http://127.0.0.1:8000") as passerelle:
        answer = passerelle.paths(qualification="fr-dei", profession="nurse-general-care", country="NL")

Nothing of the server is imported: `pip install 'passerelle[client]'` brings what it needs.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import httpx

from graph_api.errors import GraphError

Answer = dict[str, Any]
Parameter = str | int | float | bool | None

RETRIED: Final = (429, 502, 503, 504)
"""Statuses after which the same request may succeed."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_NDJSON: Final = "application/x-ndjson"
_LINES_AT_ONCE: Final = 200


class RequestFailed(GraphError):
    """The service refused a request or could not answer; `problem` is what it said (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, dict(problem)
        super().__init__(f"{status}: {problem.get('detail') or problem.get('title') or 'no reason given'}")


@dataclass(frozen=True)
class Call:
    """One request: what both clients send."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    media_type: str = "application/json"
    accept: str = "application/json"

    def headers(self) -> dict[str, str]:
        """The headers of the request."""
        sent = {} if self.body is None else {"Content-Type": self.media_type}
        return {"Accept": self.accept, **sent}


def _params(given: Mapping[str, Parameter | Iterable[str]]) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for name, value in given.items():
        if value is None:
            continue
        values = [value] if isinstance(value, (str, int, float, bool)) else list(value)
        pairs += [(name.rstrip("_"), str(item).lower() if isinstance(item, bool) else str(item)) for item in values]
    return tuple(pairs)


def paths_call(question: Mapping[str, Any]) -> Call:
    """May the holder work there? The question as JSON, with the keys of the contract."""
    return Call("/api/v1/paths", body=json.dumps({k: v for k, v in question.items() if v is not None}).encode())


def many_call(questions: Iterable[Mapping[str, Any]]) -> Call:
    """Many questions at once, one a line."""
    lines = b"\n".join(json.dumps(question).encode() for question in questions)
    return Call("/api/v1/paths", body=lines, media_type=_NDJSON, accept=_NDJSON)


def resolve_call(given: Mapping[str, Parameter]) -> Call:
    """The question in one's own words."""
    return Call("/api/v1/resolve", _params({"from": given.get("from_"), **given, "from_": None}))


def search_call(text: str, given: Mapping[str, Parameter]) -> Call:
    """Anything by a label in any language, or by a code."""
    return Call("/api/v1/search", _params({"q": text, **given}))


def one_call(collection: str, slug: str, lang: str) -> Call:
    """One thing of a collection: professions, qualifications, authorities, …"""
    return Call(f"/api/v1/{collection}/{slug}", _params({"lang": lang}))


def all_call(collection: str, given: Mapping[str, Parameter]) -> Call:
    """The first page of a collection."""
    return Call(f"/api/v1/{collection}", _params(given))


def compare_call(qualifications: Iterable[str], given: Mapping[str, Parameter]) -> Call:
    """What titles share, and what each lacks."""
    return Call("/api/v1/compare", _params({"qualification": list(qualifications), **given}))


def query_call(sparql: str) -> Call:
    """A SPARQL SELECT or ASK."""
    return Call(
        "/sparql",
        body=sparql.encode(),
        media_type="application/sparql-query",
        accept="application/sparql-results+json",
    )


def rows_of(result: Mapping[str, Any]) -> list[dict[str, str]] | bool:
    """The rows of a SELECT, variable to value; the truth of an ASK.

    >>> rows_of({"results": {"bindings": [{"n": {"type": "literal", "value": "2"}}]}})
    [{'n': '2'}]
    """
    if "boolean" in result:
        return bool(result["boolean"])
    return [{name: cell["value"] for name, cell in row.items()} for row in result["results"]["bindings"]]


def _read(answer: httpx.Response) -> Answer:
    if answer.is_success:
        return dict(answer.json())
    try:
        problem = answer.json()
    except ValueError:
        problem = {"title": answer.reason_phrase}
    raise RequestFailed(answer.status_code, problem if isinstance(problem, dict) else {"title": str(problem)})


@dataclass(frozen=True)
class Patience:
    """How often a request is sent again, and after which pauses."""

    retries: int = 3

    def pause(self, attempt: int, answer: httpx.Response | None) -> float | None:
        """The seconds to wait before the next attempt, the first being 0; None when there is none to make."""
        if attempt >= self.retries or (answer is not None and answer.status_code not in RETRIED):
            return None
        asked = answer.headers.get("Retry-After", "") if answer is not None else ""
        seconds = float(asked) if asked.isdigit() else _FIRST_PAUSE * 2**attempt
        return min(seconds, _LONGEST_PAUSE)


@dataclass
class Passerelle:
    """The service at an address. Raises RequestFailed; a connection that cannot be made raises httpx.TransportError."""

    address: str
    timeout: float = 60.0
    patience: Patience = Patience()
    transport: httpx.BaseTransport | None = None
    _http: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.address, timeout=self.timeout, transport=self.transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def paths(self, **question: Any) -> Answer:
        """May the holder work there? Keys as in the contract: `qualification`, `profession`, `country`, …"""
        return self._asked(paths_call(question))

    def paths_many(self, questions: Iterable[Mapping[str, Any]]) -> Iterator[Answer]:
        """An answer for each question, in their order; one that cannot be answered has `error` and `detail`."""
        for batch in _batches(questions):
            yield from map(json.loads, self._sent(many_call(batch)).text.splitlines())

    def resolve(self, **given: Parameter) -> Answer:
        """The question in one's own words: `profession`, `qualification`, `from_`, `to`, `place`, `lang`."""
        return self._asked(resolve_call(given))

    def search(self, text: str, **given: Parameter) -> list[Answer]:
        """The best hits for a text."""
        return list(self._asked(search_call(text, given))["results"])

    def one(self, collection: str, slug: str, lang: str = "en") -> Answer:
        """One thing of a collection."""
        return self._asked(one_call(collection, slug, lang))

    def all(self, collection: str, **given: Parameter) -> Iterator[Answer]:
        """Every thing of a collection, page by page."""
        page = self._asked(all_call(collection, given))
        while True:
            yield from page["results"]
            if not page.get("next"):
                return
            page = self._asked(_following(page["next"]))

    def compare(self, *qualifications: str, **given: Parameter) -> Answer:
        """What titles share, what each lacks, what would close the gap."""
        return self._asked(compare_call(qualifications, given))

    def query(self, sparql: str) -> list[dict[str, str]] | bool:
        """The rows of a SELECT, or the truth of an ASK."""
        return rows_of(self._asked(query_call(sparql)))

    def _asked(self, call: Call) -> Answer:
        return _read(self._sent(call))

    def _sent(self, call: Call) -> httpx.Response:
        attempt = 0
        while True:
            answer, failure = None, None
            try:
                answer = self._http.send(_request(self._http, call))
            except httpx.TransportError as error:
                failure = error
            pause = None if answer is not None and answer.is_success else self.patience.pause(attempt, answer)
            if pause is None:
                return _or_raise(answer, failure)
            time.sleep(pause)
            attempt += 1


@dataclass
class AsyncPasserelle:
    """The same for concurrent code: every method is awaited, collections are iterated with `async for`."""

    address: str
    timeout: float = 60.0
    patience: Patience = Patience()
    transport: httpx.AsyncBaseTransport | None = None
    _http: httpx.AsyncClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(base_url=self.address, timeout=self.timeout, transport=self.transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def paths(self, **question: Any) -> Answer:
        """May the holder work there?"""
        return await self._asked(paths_call(question))

    async def paths_many(self, questions: Iterable[Mapping[str, Any]]) -> AsyncIterator[Answer]:
        """An answer for each question, in their order."""
        for batch in _batches(questions):
            for line in (await self._sent(many_call(batch))).text.splitlines():
                yield json.loads(line)

    async def resolve(self, **given: Parameter) -> Answer:
        """The question in one's own words."""
        return await self._asked(resolve_call(given))

    async def search(self, text: str, **given: Parameter) -> list[Answer]:
        """The best hits for a text."""
        return list((await self._asked(search_call(text, given)))["results"])

    async def one(self, collection: str, slug: str, lang: str = "en") -> Answer:
        """One thing of a collection."""
        return await self._asked(one_call(collection, slug, lang))

    async def all(self, collection: str, **given: Parameter) -> AsyncIterator[Answer]:
        """Every thing of a collection, page by page."""
        page = await self._asked(all_call(collection, given))
        while True:
            for thing in page["results"]:
                yield thing
            if not page.get("next"):
                return
            page = await self._asked(_following(page["next"]))

    async def compare(self, *qualifications: str, **given: Parameter) -> Answer:
        """What titles share, what each lacks, what would close the gap."""
        return await self._asked(compare_call(qualifications, given))

    async def query(self, sparql: str) -> list[dict[str, str]] | bool:
        """The rows of a SELECT, or the truth of an ASK."""
        return rows_of(await self._asked(query_call(sparql)))

    async def _asked(self, call: Call) -> Answer:
        return _read(await self._sent(call))

    async def _sent(self, call: Call) -> httpx.Response:
        attempt = 0
        while True:
            answer, failure = None, None
            try:
                answer = await self._http.send(_request(self._http, call))
            except httpx.TransportError as error:
                failure = error
            pause = None if answer is not None and answer.is_success else self.patience.pause(attempt, answer)
            if pause is None:
                return _or_raise(answer, failure)
            await asyncio.sleep(pause)
            attempt += 1


def _request(http: httpx.Client | httpx.AsyncClient, call: Call) -> httpx.Request:
    method = "GET" if call.body is None else "POST"
    return http.build_request(method, call.path, params=call.params, content=call.body, headers=call.headers())


def _or_raise(answer: httpx.Response | None, failure: httpx.TransportError | None) -> httpx.Response:
    if answer is None:
        raise failure or httpx.TransportError("there was no answer")
    return answer


def _following(address: str) -> Call:
    """The next page, by the address that the service gives."""
    url = httpx.URL(address)
    return Call(url.path, tuple(url.params.multi_items()))


def _batches(questions: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    for question in questions:
        batch.append(question)
        if len(batch) == _LINES_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
