"""Many questions in one request: in processes of their own that come last, at the reader's pace, and only while it reads."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from graph_api.errors import LimitReached
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.web import batches
from graph_api.web.app import create_app
from graph_api.web.batches import MOST_OF_ONE, NDJSON, Batches
from graph_api.web.processes import Process
from tests.sparql_fixtures import live

QUESTION = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "NL"}
LINE = json.dumps(QUESTION).encode()
HEADERS = {"Content-Type": NDJSON, "Accept-Encoding": "identity"}
PATHS = "/api/v1/paths"


@pytest.fixture(scope="module")
def own(data: Path, store: CurrentStore) -> Iterator[TestClient]:
    """A service of its own, whose processes end with it."""
    with TestClient(create_app(Settings(data=data), store)) as client:
        yield client


def answering() -> list[int]:
    """The processes that answer batches here."""
    found = []
    for line in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for child in line.read_text().split():
            command = Path(f"/proc/{child}/cmdline")
            if command.exists() and b"batch_worker" in command.read_bytes():
                found.append(int(child))
    return found


def ticks(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def post(client: TestClient, lines: list[bytes], **headers: str) -> Any:
    return client.post(f"{PATHS}?fields=outcome", content=b"\n".join(lines), headers={**HEADERS, **headers})


def test_the_answers_are_those_of_single_questions(own: TestClient) -> None:
    asked = [QUESTION, {**QUESTION, "country": "LU", "lang": "fr"}]
    answer = own.post(PATHS, content="\n".join(map(json.dumps, asked)), headers=HEADERS)
    alone = [own.post(PATHS, json=question).json() for question in asked]
    told = {"@context", "acknowledgements"}  # of the document, not of the answer
    assert [json.loads(line) for line in answer.text.splitlines()] == [
        {key: value for key, value in each.items() if key not in told} for each in alone
    ]
    assert (
        answer.headers["X-Passerelle-Version"]
        == own.get(f"{PATHS[:-5]}professions/midwife").headers["X-Passerelle-Version"]
    )


def test_a_batch_whose_version_is_let_go_goes_on_over_the_one_that_is_served(data: Path, tmp_path: Path) -> None:
    """A switch drops no question, however long the batch."""
    (tmp_path / "current").symlink_to((data / "current").resolve())
    store = EmbeddedStore((data / "current").resolve())
    store.directory = tmp_path / "graphs" / "let-go"
    made = Batches(Settings())

    async def told() -> list[bytes]:
        response = made.response(store, [LINE, LINE], ["outcome"], "somebody", packed=False)
        return [bytes(piece) async for piece in response.body_iterator if not isinstance(piece, str)]

    try:
        assert asyncio.run(told()) == [b'{"outcome": "automatic"}\n'] * 2
    finally:
        made.close()


def test_no_account_stands_on_a_command_line(data: Path) -> None:
    made = Batches(Settings(data=data, store="http://127.0.0.1:9/sparql", store_auth="basic:reader:hidden"))
    process = made._hands.started()
    try:
        assert b"hidden" not in Path(f"/proc/{process.process.pid}/cmdline").read_bytes()
    finally:
        process.stop()


def test_they_are_made_in_a_process_that_lets_others_go_first(own: TestClient) -> None:
    post(own, [LINE])
    (process,) = answering()
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, process) == min(ours + 19, 19)
    assert os.getsid(process) == os.getsid(0), "where the kernel groups tasks by session, only so does priority count"
    assert os.getpgid(process) != os.getpgid(0), "who stops the server by a key of the terminal stops none of them"
    before = ticks(process)
    post(own, [LINE] * 30)
    assert answering() == [process]
    assert ticks(process) > before


BEGINNING = """
import os, sys, time
from multiprocessing.connection import Connection

while os.getpriority(os.PRIO_PROCESS, 0) < int(sys.argv[2]):
    time.sleep(0.01)
link = Connection(int(sys.argv[1]))
link.send_bytes(b'{"ready": true}')
time.sleep(60)
"""


def test_they_let_others_go_first_before_they_begin_and_more_so_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beginning.py").write_text(BEGINNING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    own = os.getpriority(os.PRIO_PROCESS, 0)
    process = Process("beginning", [str(own + 5)])  # which is never ready at another priority
    assert os.getpriority(os.PRIO_PROCESS, process.process.pid) == min(own + 19, 19)
    process.stop()


def test_they_come_packed_where_the_client_likes_that(own: TestClient) -> None:
    with own.stream("POST", PATHS, content=LINE, headers={**HEADERS, "Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["Vary"]
        packed = b"".join(answer.iter_raw())
    assert json.loads(gzip.decompress(packed))["outcome"] == "automatic"


def test_a_process_that_was_ended_is_replaced(own: TestClient) -> None:
    post(own, [LINE])
    (process,) = answering()
    os.kill(process, signal.SIGKILL)
    assert json.loads(post(own, [LINE]).text)["outcome"] == "automatic"


@pytest.mark.long
def test_a_line_that_takes_too_long_reports_itself(data: Path, store: CurrentStore) -> None:
    settings = Settings(data=data, query_seconds=0.001, query_seconds_cap=0.001)
    with TestClient(create_app(settings, store)) as client:
        found = [json.loads(line) for line in post(client, [LINE, b"{", LINE]).text.splitlines()]
    assert [(each["line"], each["error"]) for each in found][::2] == [(1, "LimitReached"), (3, "LimitReached")]


@pytest.mark.long
def test_batches_take_turns(own: TestClient) -> None:
    """A short batch does not wait for the end of a long one."""
    from concurrent.futures import ThreadPoolExecutor

    ended: list[str] = []

    def ask(name: str, count: int) -> None:
        post(own, [LINE] * count)
        ended.append(name)

    with ThreadPoolExecutor(2) as clients:
        long = clients.submit(ask, "long", 200)
        time.sleep(0.5)
        clients.submit(ask, "short", 2).result()
        long.result()
    assert ended == ["short", "long"]


def test_one_client_has_so_many_at_once(store: CurrentStore) -> None:
    found = Batches(Settings())

    def begin(client: str) -> None:
        found.response(store, [], (), client, packed=False)

    for _ in range(MOST_OF_ONE):
        begin("198.51.100.1")
    with pytest.raises(LimitReached) as refused:
        begin("198.51.100.1")
    assert (refused.value.limit, refused.value.retry_after) == ("concurrency", 10)
    begin("198.51.100.2")
    found.leave("198.51.100.1")
    begin("198.51.100.1")


# ---- at the reader's pace --------------------------------------------------------------------------------


@pytest.fixture
def asked(data: Path, store: CurrentStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[int]]]:
    """The address of a service that listens, and the lines that were asked of its processes."""
    numbers: list[int] = []
    answer = batches.Batches._answer

    def noted(self: Batches, number: int, *rest: Any) -> bytes:
        numbers.append(number)
        return answer(self, number, *rest)

    monkeypatch.setattr(batches.Batches, "_answer", noted)
    with live(create_app(Settings(data=data), store)) as address:
        yield address, numbers


def begun(address: str, count: int) -> socket.socket:
    """A connection on which a batch was sent and nothing read."""
    parts = urlsplit(address)
    body = b"\n".join([LINE] * count)
    head = f"POST {PATHS} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {NDJSON}\r\nContent-Length: {len(body)}\r\n"
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((parts.hostname or "", parts.port or 80))
    connection.sendall(head.encode() + b"\r\n" + body)
    return connection


def settled(numbers: list[int], least: int = 1) -> int:
    """How many lines were asked when no more are."""
    end = time.monotonic() + 120
    before = -1
    while time.monotonic() < end and (len(numbers) < least or len(numbers) != before):
        before = len(numbers)
        time.sleep(2)
    return len(numbers)


@pytest.mark.long
def test_a_reader_that_stands_still_asks_for_nothing_more(asked: tuple[str, list[int]]) -> None:
    address, numbers = asked
    with begun(address, 2000):
        assert settled(numbers) < 1000
        assert httpx.get(f"{address}/api/v1/professions/midwife", timeout=60).status_code == 200


@pytest.mark.long
def test_hanging_up_ends_the_batch(asked: tuple[str, list[int]]) -> None:
    address, numbers = asked
    connection = begun(address, 2000)
    connection.recv(100)
    connection.close()
    assert settled(numbers) < 1000
    assert httpx.post(f"{address}{PATHS}?fields=outcome", content=LINE, headers=HEADERS, timeout=60).status_code == 200
