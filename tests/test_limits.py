"""No door takes in more than it needs: bodies, lines, nesting and parameters have limits, and reading stays linear."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from graph_api.errors import GraphError
from graph_api.settings import Settings
from graph_api.store import query_guard
from graph_api.store.dataset_clauses import over
from graph_api.store.graph_store import Dataset
from graph_api.store.remote import Edition
from graph_api.web.limits import BodyLimit
from graph_api.web.rest import paths
from tests.conftest import in_turn
from tests.sparql_fixtures import TWO_GRAPHS, client_of, graph_directory

NDJSON = {"content-type": "application/x-ndjson"}
DOORS = ("/sparql", "/sparql/archive", "/api/v1/paths", "/path", "/dumps/", "/nowhere")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    directory = graph_directory(tmp_path_factory.mktemp("limits"), TWO_GRAPHS)
    with client_of(directory, Settings(body_kilobytes=64)) as client:
        yield client


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
@pytest.mark.parametrize("door", DOORS)
def test_a_body_over_the_limit_is_413_at_every_door(client: TestClient, door: str, method: str) -> None:
    answer = client.request(method, door, content=b"x" * (64 * 1024 + 1))
    assert problem(answer, 413)["limit"] == "body_kilobytes"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("line", [b"\n", b" \n", pytest.param(b"{}\n", marks=pytest.mark.long)])
def test_blank_lines_count_too(client: TestClient, line: bytes) -> None:
    answer = client.post("/api/v1/paths", content=line * 10_001, headers=NDJSON)
    assert problem(answer, 413)["limit"] == "questions"
    assert client.post("/api/v1/paths", content=line * 10_000, headers=NDJSON).status_code == 200


def test_one_question_has_a_length(client: TestClient) -> None:
    long = json.dumps({"country": "NL", "profession": "x" * 40_000}).encode()
    assert problem(client.post("/api/v1/paths", content=long), 413)["limit"] == "question_bytes"
    answer = client.post("/api/v1/paths", content=long + b"\n{}", headers=NDJSON)
    assert [json.loads(line)["error"] for line in answer.text.splitlines()] == ["LimitReached", "BadRequest"]


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"experience":['])
def test_deep_nesting_is_400(client: TestClient, opening: str) -> None:
    body = (opening * (30_000 // len(opening))).encode()
    assert problem(client.post("/api/v1/paths", content=body), 400)["error"] == "bad_request"


def test_many_faults_are_told_in_few_words(client: TestClient) -> None:
    body = json.dumps({f"wish{number}": 1 for number in range(2000)}).encode()
    assert len(problem(client.post("/api/v1/paths", content=body), 400)["detail"]) < 5000


def test_parameters_are_counted(client: TestClient) -> None:
    many = "&".join("a=b" for _ in range(1001))
    assert "parameters" in problem(client.get(f"/sparql?{many}"), 400)["detail"]
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert "parameters" in problem(client.post("/sparql", content=many, headers=form), 400)["detail"]


# As the server hands it over


async def _asked(limit: BodyLimit, messages: Iterator[Message], headers: list[tuple[bytes, bytes]]) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        try:
            return next(messages)
        except StopIteration:
            await asyncio.sleep(3600)
            raise

    async def send(message: Message) -> None:
        sent.append(message)

    await limit({"type": "http", "method": "POST", "headers": headers, "query_string": b""}, receive, send)
    return sent


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


CHUNKED = [(b"transfer-encoding", b"chunked")]


def test_a_body_is_counted_as_it_comes_and_not_taken_in_whole() -> None:
    taken = 0

    def endless() -> Iterator[Message]:
        nonlocal taken
        while True:
            taken += 1000
            yield {"type": "http.request", "body": b"\n" * 1000, "more_body": True}

    sent = asyncio.run(_asked(BodyLimit(_echo, 10_000, 60), endless(), CHUNKED))
    assert sent[0]["status"] == 413
    assert taken == 11_000


def test_an_announced_size_is_refused_before_anything_is_read() -> None:
    sent = asyncio.run(_asked(BodyLimit(_echo, 10_000, 60), iter(()), [(b"content-length", b"10001")]))
    assert sent[0]["status"] == 413


def test_a_body_that_does_not_come_is_408() -> None:
    begun: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}]
    sent = asyncio.run(_asked(BodyLimit(_echo, 10_000, 0.01), iter(begun), CHUNKED))
    assert sent[0]["status"] == 408


def test_who_hangs_up_while_sending_has_asked_nothing() -> None:
    begun: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert asyncio.run(_asked(BodyLimit(_echo, 10_000, 60), iter(begun), CHUNKED)) == []


def test_a_body_within_the_limit_comes_whole() -> None:
    pieces: list[Message] = [
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.request", "body": b"cd", "more_body": False},
    ]
    sent = asyncio.run(_asked(BodyLimit(_echo, 4, 60), iter(pieces), CHUNKED))
    assert sent[1]["body"] == b"abcd"


def test_questions_are_not_answered_on_the_event_loop(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_loop: list[bool] = []
    read = paths.question_from_json

    def noted(body: bytes) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            on_the_loop.append(False)
        else:
            on_the_loop.append(True)
        return read(body)

    monkeypatch.setattr(paths, "question_from_json", noted)
    client.post("/api/v1/paths", content=b"{}")
    assert on_the_loop == [False]
    many = client.post("/api/v1/paths", content=b"{}\n{}", headers=NDJSON)
    assert len(many.text.splitlines()) == 2
    assert on_the_loop == [False]  # those are read in a process of their own


# Queries are read in linear time

HOSTILE = [
    "ASK {'\\",
    'ASK {"\\',
    "ASK {'''\\'",
    'ASK {"""\\"',
    "ASK {{",
    "ASK ((",
    "ASK {<",
    "ASK {<#>",
    "ASK {<#>\n",
    "ASK { SERVICE <#>",
    "ASK { service <'>",
    "ASK { service '''\\<#>'''",
    'ASK { service """\\x"""',
    "ASK {@a-",
    "ASK {a....",
    "ASK {#",
    "ASK {#\n",
    "ASK {\\\\",
    "ASK {\\u0041",
    "ASK {1-",
    "ASK {;·",
    "ASK {a:%41",
    "ASK {?a=<a>||",
    "ASK { service ;?a",
    "ASK { SERVICE::<",
    "PREFIX a:<x> ",
    "PREFIX a:<x> ASK { a:service ",
    "ASK { servicea:b ",
    "ASK FROM <a> ",
    "SELECT ?a FROM NAMED a:b ",
]


def cost(read: Any, text: str) -> float:
    """The least processor time of three readings."""
    times = []
    for _ in range(3):
        began = time.process_time()
        with suppress(GraphError):
            read(text)
        times.append(time.process_time() - began)
    return min(times)


def grown(start: str, length: int) -> str:
    """The text with its last part said again and again: what follows the first blank, or all of it."""
    head, blank, unit = start.partition(" ")
    return (head + blank + (unit or start) * (length // len(unit or start) + 1))[:length]


@pytest.mark.parametrize("start", in_turn(HOSTILE, 3))
def test_a_query_four_times_as_long_does_not_take_nine_times_as_long(start: str) -> None:
    short, long = (cost(query_guard.read, grown(start, length)) for length in (13_000, 52_000))
    assert long < 9 * short + 0.01


def test_names_under_many_prefixes_are_not_all_tried() -> None:
    def text(length: int) -> str:
        declared = "".join(f"PREFIX a:<http://e/{number}/> " for number in range(length // 60))
        return declared + "ASK {" + "".join(f" a:service{number}" for number in range(length // 35))

    short, long = (cost(query_guard.read, text(length)) for length in (13_000, 52_000))
    assert long < 9 * short + 0.01


def test_clauses_and_names_for_a_store_elsewhere_are_linear_too() -> None:
    def named(text: str) -> None:
        over(query_guard.read(text), Dataset(("http://e/g",), ()))
        Edition("v1").there(text)

    prefix = "PREFIX {}: <http://www.w3.org/2001/XMLSchema#> "

    def text(length: int) -> str:
        prefixes = "".join(prefix.format(f"p{number}") for number in range(length // 200))
        return prefixes + "ASK " + "FROM <http://e/g> " * (length // 36) + "{ ?a ?b p1:duration }"

    short, long = (cost(named, text(length)) for length in (13_000, 52_000))
    assert long < 9 * short + 0.01


def test_what_does_not_end_is_refused_and_a_call_in_it_is_not_let_through() -> None:
    for text in ("ASK { 'SERVICE <http://e/> {}", "ASK { 'a\\q SERVICE <http://e/> {} }"):
        with pytest.raises(GraphError):
            query_guard.read(text)


def test_long_strings_that_end_may_be_many(tmp_path: Path) -> None:
    text = "ASK {} VALUES ?a {" + '"""a "quoted" text"""' * 400 + "'''''' \"\" ''}"
    assert query_guard.read(text).form == "ASK"
