"""The short way of queries: of an answer it says what the way of all says, and what it cannot answer it hands on whole."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.settings import Settings
from graph_api.store.local import EmbeddedStore
from graph_api.web.app import Service, create_app
from graph_api.web.counts import COUNTS
from graph_api.web.sparql.at_once import LONGEST_BODY
from graph_api.web.sparql.endpoint import Endpoint
from tests.sparql_fixtures import TWO_GRAPHS, graph_directory, many

FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
NAMES = "SELECT ?name { ?s <http://example.org/name> ?name } ORDER BY ?name"
OF_ONE_REQUEST = {"date", "x-request-id", "ratelimit-remaining", "ratelimit-reset"}
"""Headers that differ from one answer to the next."""
OF_ONE_QUERY = {"query_id", "elapsed_seconds"}


class Both:
    """The service with the short way, and the same without it."""

    def __init__(self, app: Service) -> None:
        self.handed_on = 0
        short: Any = app.at_once.app
        self._way_of_all: ASGIApp = short._app
        short._app = self._counted
        self.client = TestClient(app, follow_redirects=False)
        self.without = TestClient(self._way_of_all, follow_redirects=False)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.handed_on += scope["type"] == "http"
        await self._way_of_all(scope, receive, send)

    def post(self, body: str | bytes, headers: dict[str, str], path: str = "/sparql") -> tuple[httpx.Response, bool]:
        """The answer, which both ways must give, and whether it came the short way."""
        before = self.handed_on
        short = self.client.post(path, content=body, headers=headers)
        went_short = self.handed_on == before
        assert told(short) == told(self.without.post(path, content=body, headers=headers))
        return short, went_short


def told(answer: httpx.Response) -> tuple[int, dict[str, str], Any]:
    """What an answer says, but for what belongs to one request."""
    headers = {name: value for name, value in answer.headers.items() if name not in OF_ONE_REQUEST}
    if answer.headers.get("content-type") != "application/problem+json":
        return answer.status_code, headers, answer.content
    del headers["content-length"]
    return answer.status_code, headers, {k: v for k, v in answer.json().items() if k not in OF_ONE_QUERY}


def form(query: str, **parameters: str) -> str:
    return urlencode({"query": query, **parameters})


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph_directory(tmp_path_factory.mktemp("graph"), (*TWO_GRAPHS, *many(300)))


@pytest.fixture(scope="module")
def both(directory: Path) -> Iterator[Both]:
    made = Both(create_app(Settings(), EmbeddedStore(directory)))
    with made.client:
        assert made.client.post("/sparql", data={"query": "ASK {}"}).status_code == 200  # a process is there now
        yield made


# What goes the short way


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (form(NAMES), {"content-type": FORM}),
        (NAMES, {"content-type": DIRECT}),
        (form(NAMES), {"content-type": FORM, "accept": "text/csv"}),
        (form(NAMES), {"content-type": FORM, "accept": "application/sparql-results+xml;q=0.5, text/csv;q=0.4"}),
        (form(NAMES, timeout="5"), {"content-type": FORM}),
        (form(NAMES, rewrite="off"), {"content-type": FORM, "accept-encoding": "identity"}),
        (form("CONSTRUCT WHERE { ?s ?p ?o }"), {"content-type": FORM, "accept": "text/turtle"}),
        (form("CONSTRUCT WHERE { ?s ?p ?o }"), {"content-type": FORM, "accept-encoding": "gzip"}),
        (form("SELECT * { ?s ?p ?o }"), {"content-type": FORM, "accept-encoding": "gzip"}),
        (form("DESCRIBE <relative>"), {"content-type": FORM, "host": "localhost:8080"}),
        (form("SELECT (<there> AS ?x) {}"), {"content-type": FORM, "host": "not.ours.example"}),
        (form("ASK {}"), {"content-type": FORM, "accept-language": "nl", "cache-control": "no-cache"}),
        (form("SELECT ?x { ?x ?y }"), {"content-type": FORM}),
    ],
)
def test_a_posted_query_goes_the_short_way_and_is_answered_as_by_all_layers(
    both: Both, body: str, headers: dict[str, str]
) -> None:
    answer, short = both.post(body, headers)
    assert short, answer.text
    assert answer.headers["x-request-id"] and answer.headers["ratelimit-remaining"]


def test_an_error_of_the_engine_is_a_problem_with_the_querys_id(both: Both) -> None:
    answer, short = both.post(form("SELECT ?x { ?x ?y }"), {"content-type": FORM})
    said = answer.json()
    assert (short, answer.status_code, said["error"]) == (True, 400, "bad_query")
    assert said["query_id"] and said["elapsed_seconds"] >= 0
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_query_that_takes_longer_than_a_moment_is_waited_for(both: Both) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(CONTAINS(STR(?c), STR(?f))) }"
    answer, short = both.post(form(slow), {"content-type": FORM})
    assert short and int(answer.json()["results"]["bindings"][0]["n"]["value"]) > 300


def test_a_query_past_its_time_is_told_so(both: Both) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . FILTER(?c < ?f && ?i < ?l) }"
    answer, short = both.post(form(endless, timeout="0.3"), {"content-type": FORM})
    assert (short, answer.status_code, answer.json()["limit"]) == (True, 504, "seconds")
    assert both.client.post("/sparql", data={"query": "ASK {}"}).status_code == 200  # another process is there


@pytest.mark.parametrize(
    "known",
    [
        Settings(base="https://passerelle.example/prefix/"),
        Settings(hosts="ours.example other.example"),
        Settings(rewrite="off", query_seconds=2),
        Settings(service_allow="http://127.0.0.1:1/sparql"),
    ],
)
def test_settings_count_on_both_ways(directory: Path, known: Settings) -> None:
    made = Both(create_app(known, EmbeddedStore(directory)))
    with made.client:
        made.client.post("/sparql", data={"query": "ASK {}"})
        for host in ("ours.example", "not.ours.example:81", "localhost"):
            answer, short = made.post(form("SELECT (<there> AS ?x) {}"), {"content-type": FORM, "host": host})
            assert short and "/there" in answer.text


def test_what_nobody_foresaw_is_told_alike_and_counted(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Both(create_app(Settings(), EmbeddedStore(directory)))
    with made.client:
        assert made.client.post("/sparql", data={"query": "ASK {}"}).status_code == 200

        async def failing(*_: object) -> None:
            raise RuntimeError("a disk with a secret path")

        monkeypatch.setattr(Endpoint, "ended", failing)
        line = 'passerelle_requests_total{door="sparql",status="500"}'
        before = counted(line)
        app = made.client.app
        answer = TestClient(app, raise_server_exceptions=False).post("/sparql", data={"query": "ASK {}"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert counted(line) == before + 1


# What is handed on


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (form(NAMES), {"content-type": FORM, "origin": "https://example.org"}),
        (form(NAMES), {"content-type": FORM, "if-match": '"x"'}),
        (form(NAMES), {"content-type": FORM, "x-request-id": "mine-1"}),
        (form(NAMES), {"content-type": FORM, "x-forwarded-host": "elsewhere.example"}),
        (form(NAMES), {"content-type": FORM, "content-encoding": "gzip"}),
        (form(NAMES), {"content-type": FORM, "accept": "text/html,*/*;q=0.8"}),
        (form(NAMES), {"content-type": FORM, "accept": "image/png"}),
        (form(NAMES), {"content-type": FORM, "host": "no host"}),
        (form(NAMES), {"content-type": FORM, "user-agent": "x" * 8191}),
        (form(NAMES), {"content-type": "text/plain"}),
        (NAMES, {"content-type": "application/sparql-query; charset=UTF-16"}),
        (b"ASK { ?s ?p '\xff' }", {"content-type": DIRECT}),
        (form(NAMES, format="csv"), {"content-type": FORM}),
        (form(NAMES, version="v1"), {"content-type": FORM}),
        (form(NAMES, timeout="soon"), {"content-type": FORM}),
        (form(NAMES) + "&query=ASK{}", {"content-type": FORM}),
        (form(NAMES, **{"default-graph-uri": "http://example.org/one"}), {"content-type": FORM}),
        (form("CONSTRUCT WHERE { ?s ?p ?o }"), {"content-type": FORM, "accept": "text/csv"}),
        (form("CLEAR ALL"), {"content-type": FORM}),
        (form("ASK { SERVICE <http://127.0.0.1/> {} }"), {"content-type": FORM}),
        ("", {"content-type": FORM}),
        (form(f"ASK {{}} # {'x' * LONGEST_BODY}"), {"content-type": FORM}),
    ],
)
def test_what_asks_more_takes_the_way_of_all(both: Both, body: str | bytes, headers: dict[str, str]) -> None:
    answer, short = both.post(body, headers)
    assert not short, answer.text


@pytest.mark.parametrize("path", ["/sparql?format=csv", "/sparql?reform=x", "/sparql/archive", "/sparql/"])
def test_other_addresses_take_the_way_of_all(both: Both, path: str) -> None:
    _, short = both.post(form("ASK {}"), {"content-type": FORM}, path)
    assert not short


def test_headers_that_come_twice_are_handed_on(both: Both) -> None:
    before = both.handed_on
    headers = [("content-type", FORM), ("accept", "text/csv"), ("accept", "application/json")]
    assert both.client.post("/sparql", content=form(NAMES), headers=headers).status_code == 200
    assert both.handed_on == before + 1


def test_a_body_in_pieces_is_handed_on_whole(both: Both) -> None:
    before = both.handed_on
    answer = both.client.post("/sparql", content=iter([b"query=", b"ASK{}"]), headers={"content-type": FORM})
    assert (answer.json()["boolean"], both.handed_on) == (True, before + 1)


PIECES = st.sampled_from(
    [
        "?s ?p ?o",
        "<http://example.org/anna> ?p ?o",
        "GRAPH <http://example.org/two> { ?s ?p ?o }",
        "FILTER(?o > 'B')",
        "#",
    ]
)
HEADERS = st.fixed_dictionaries(
    {"content-type": st.sampled_from([FORM, FORM, DIRECT, "text/plain"])},
    optional={
        "accept": st.sampled_from(["*/*", "text/csv", "text/turtle", "application/json", "text/html", "x", ""]),
        "accept-encoding": st.sampled_from(["gzip", "identity", "gzip;q=0", "br"]),
        "host": st.sampled_from(["localhost", "[::1]:80", "a b", "example.org"]),
        "origin": st.just("https://example.org"),
        "if-none-match": st.just("*"),
        "user-agent": st.text("ab", max_size=3),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["SELECT *", "SELECT ?o", "ASK", "CONSTRUCT { ?s ?p ?o }", "DESCRIBE ?s", "DROP"]),
    st.lists(PIECES, max_size=2),
    HEADERS,
)
def test_whatever_is_posted_both_ways_say_the_same(
    both: Both, verb: str, pieces: list[str], headers: dict[str, str]
) -> None:
    query = f"{verb} {{ {' '.join(pieces)} }} ORDER BY ?s ?p ?o"
    both.post(query if headers["content-type"] == DIRECT else form(query), headers)


# What layers count and write down


def test_both_ways_count_the_requests_of_a_client_together(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph_api.web.rates.time.time", lambda: 1_000_000.0)  # a minute may end just now
    made = Both(create_app(Settings(requests_per_minute=5), EmbeddedStore(directory)))
    with made.client:
        asked = {"data": {"query": "ASK {}"}}
        left = [made.client.post("/sparql", **asked).headers["ratelimit-remaining"] for _ in range(3)]
        left.append(made.client.get("/sparql?query=ASK{}").headers["ratelimit-remaining"])
        left.append(made.client.post("/sparql", **asked).headers["ratelimit-remaining"])
        assert left == ["4", "3", "2", "1", "0"]
        handed_on = made.handed_on
        refused = made.client.post("/sparql", **asked)
        assert (refused.status_code, refused.json()["limit"]) == (429, "requests_per_minute")
        assert (handed_on, made.handed_on) == (2, 3)  # the first query starts a process


def test_the_short_way_is_counted_and_written_down_without_the_question(
    both: Both, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "passerelle.requests")
    line = 'passerelle_requests_total{door="sparql",status="200"}'
    before = counted(line)
    answer = both.client.post("/sparql", data={"query": "ASK { <urn:secret> ?p ?o }"})
    assert counted(line) == before + 1
    (record,) = caplog.records
    assert record.getMessage() == '- - "POST /sparql HTTP/1.1" 200'
    assert vars(record)["request"]["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in json.dumps(vars(record)["request"])


def counted(line: str) -> int:
    return next((int(each.rpartition(" ")[2]) for each in COUNTS.lines() if each.startswith(line)), 0)


def test_a_body_that_does_not_come_is_left_to_the_way_of_all(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph_api.web.sparql.at_once._SECONDS", 0.05)
    scope = {"type": "http", "method": "POST", "path": "/sparql", "query_string": b"", "scheme": "http"}
    headers = [(b"host", b"localhost"), (b"content-type", FORM.encode()), (b"content-length", b"11")]
    asked, sent, before = 0, [], both.handed_on

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": b"query=ASK{}", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(both.client.app({**scope, "headers": headers, "http_version": "1.1"}, receive, send))
    assert (sent[0]["status"], both.handed_on) == (200, before + 1)
