"""What a server does at its very door: hosts, silent and slow clients, what it writes down."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from uvicorn.protocols.http.flow_control import FlowControl

from graph_api.settings import Settings
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.web import connections
from graph_api.web.app import create_app
from tests.served import serving
from tests.sparql_fixtures import TWO_GRAPHS, client_of, graph_directory

LINKED = ("/versions", "/dataset?format=jsonld", "/dumps/", "/.well-known/void")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph_directory(tmp_path_factory.mktemp("door"), TWO_GRAPHS)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("served")
    graph_directory(data / "graphs" / "v1", TWO_GRAPHS)
    (data / "current").symlink_to("graphs/v1")
    return data


@pytest.fixture(scope="module")
def client(directory: Path) -> Iterator[TestClient]:
    with client_of(directory) as client:
        yield client


@pytest.fixture(scope="module", params=[Settings(), Settings(base="https://known.example/")], ids=["any", "known"])
def asked(directory: Path, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """A service that says nothing of its hosts, and one that knows its address."""
    with TestClient(create_app(request.param, EmbeddedStore(directory)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[str]:
    with serving(data, {"PASSERELLE_HEAD_SECONDS": "1", "PASSERELLE_READING_SECONDS": "1"}) as address:
        yield address


@pytest.mark.parametrize("path", ["/health", "/versions", "/sparql?query=ASK%7B%7D", "/nowhere", "/openapi.json"])
def test_no_browser_guesses_what_an_answer_is(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"accept": "*/*"}).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", LINKED)
def test_a_host_that_is_not_ours_is_not_echoed(asked: TestClient, path: str) -> None:
    for name in ("evil.example", "evil.example:80"):
        answer = asked.get(path, headers={"host": name, "x-forwarded-host": name})
        assert answer.status_code < 500
        assert "evil.example" not in answer.text + str(answer.headers)


def test_a_host_that_is_ours_is_in_the_links(directory: Path) -> None:
    app = create_app(Settings(hosts="one.example two.example"), EmbeddedStore(directory))
    with TestClient(app) as client:
        for host in ("one.example", "TWO.example:8080", "testserver", "localhost:8000"):
            (version,) = client.get("/versions", headers={"host": host}).json()["versions"]
            assert version["address"] == f"http://{host}/versions/v1"


@pytest.mark.parametrize("host", ["a b", "x%zz", "evil.example/path", "a@b", "<script>", "a,b"])
def test_what_is_no_host_is_400(client: TestClient, host: str) -> None:
    assert client.get("/versions", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("path", ["/health", "/versions", "/dumps/", "/sparql?query=ASK%7B%7D", "/nowhere"])
def test_head_is_served_wherever_get_is(client: TestClient, path: str) -> None:
    """RFC 9110, 9.1: servers MUST support GET and HEAD; 9.3.2: the headers are those of GET."""
    got, head = client.get(path, headers={"accept": "*/*"}), client.head(path, headers={"accept": "*/*"})
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["content-type"] == got.headers["content-type"]


def test_what_is_sent_elsewhere_keeps_the_path_of_the_public_address(directory: Path) -> None:
    with client_of(directory, Settings(base="https://known.example/sub/")) as client:
        assert client.get("/def", headers={"accept": "text/turtle"}).headers["location"].startswith("/sub/data/")


def test_parameters_that_a_form_leaves_empty_are_not_given(client: TestClient) -> None:
    assert client.get("/versions?format=").status_code == 200
    assert client.get("/dumps/?version=&format=json").status_code == 200


def test_a_coding_that_is_not_taken_is_not_sent(client: TestClient) -> None:
    for accepted, sent in (("gzip;q=0", None), ("gzip", "gzip"), ("identity", None)):
        answer = client.get("/openapi.json", headers={"accept-encoding": accepted})
        assert answer.headers.get("content-encoding") == sent


def test_a_unit_of_ranges_that_is_not_known_is_ignored(data: Path) -> None:
    app = create_app(Settings(data=data), CurrentStore(data))
    with TestClient(app) as client:
        assert client.get("/static/passerelle.css", headers={"range": "lines=1-2"}).status_code == 200


# Over a connection


def connected(server: str) -> socket.socket:
    place = urlsplit(server)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=180)


def told(server: str, request: bytes) -> tuple[int, bytes]:
    """The status and the whole answer to what is sent so; the server hangs up after it."""
    with connected(server) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return int(answer.split(b" ")[1]), answer


def problem(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    found: dict[str, object] = json.loads(body)
    return found


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n", 400),
        (b"rubbish\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 201 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + (b"A: " + b"b" * 8000 + b"\r\n") * 9 + b"\r\n", 431),
    ],
)
def test_what_cannot_be_read_is_a_problem_like_any_other(server: str, request_: bytes, status: int) -> None:
    found, answer = told(server, request_)
    assert (found, problem(answer)["status"]) == (status, status)


POST = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nA: ",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nA",
        POST + b"0\r\nA: ",
        POST + b"5;",
        b"\r\n" * 200_000,
    ],
)
def test_a_line_without_end_is_not_read_on(server: str, begun: bytes) -> None:
    """What is read of a line before it ends is read again with each piece: the time grows with the square."""
    with connected(server) as connection:
        connection.sendall(begun)
        sent = 0
        with suppress(ConnectionError):
            while sent < 40_000_000:
                sent += connection.send(b"a" * 65_536)
        assert sent < 40_000_000


def test_requests_sent_ahead_are_answered_in_turn_and_not_without_end(server: str) -> None:
    one = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    _, answers = told(server, one * 40 + last)
    assert answers.count(b"HTTP/1.1 200") == 41
    with connected(server) as connection:
        connection.sendall(one * 5000)
        received = b""
        with suppress(ConnectionError):
            while piece := connection.recv(65_536):
                received += piece
    assert received.count(b"HTTP/1.1 200") < 1000
    assert b"HTTP/1.1 4" not in received


def test_a_host_may_be_left_out_in_http_1_0(server: str) -> None:
    assert told(server, b"GET /health HTTP/1.0\r\n\r\n")[0] == 200


def test_silent_and_dripping_clients_are_dropped(server: str) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(connected(server)) for _ in range(100)]
        for connection, begun in zip(silent, [b"", b"\r\n", b"GET", b"GET / HTTP/1.1\r\nHost: loc"] * 25, strict=True):
            connection.sendall(begun)
        assert all(_is_hung_up(connection) for connection in silent)
    assert told(server, b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")[0] == 200


def _is_hung_up(connection: socket.socket) -> bool:
    """Waits for the end of the connection."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


class Transport(asyncio.Transport):
    """Where nobody reads."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True

    def resume_reading(self) -> None:
        """Nothing is read either."""


@pytest.mark.parametrize("reads_again", [True, False])
def test_a_client_that_does_not_read_is_dropped(monkeypatch: pytest.MonkeyPatch, reads_again: bool) -> None:
    monkeypatch.setattr(connections, "_settings", lambda: Settings(reading_seconds=0.01))

    async def stalled() -> bool:
        connection = connections.Connection.__new__(connections.Connection)
        transport = Transport()
        connection.loop, connection.transport = asyncio.get_running_loop(), transport
        connection.flow = FlowControl(transport)
        connection.pause_writing()
        if reads_again:
            connection.resume_writing()
        await asyncio.sleep(0.1)
        return transport.aborted

    assert asyncio.run(stalled()) is not reads_again


def test_no_line_of_the_log_holds_a_question_and_who_asked(data: Path, server: str) -> None:
    told(server, b"GET /health?question=mine HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    log = (data / "server.log").read_text(encoding="utf-8")
    assert '"GET /health HTTP/1.1" 200' in log
    assert "question" not in log
    assert "127.0.0.1:" not in log.replace("http://127.0.0.1:", "")
    assert "Traceback" not in log


def test_a_setting_that_cannot_be_used_stops_the_start(data: Path) -> None:
    for name, value in (("PASSERELLE_HEAD_SECONDS", "soon"), ("PASSERELLE_BASE", "here")):
        done = subprocess.run(
            [sys.executable, "-m", "graph_api", "serve", "--data", str(data)],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[1]), name: value},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, name in done.stderr, "Traceback" in done.stderr) == (1, True, False)


class Wire:
    """What a connection was told to send."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.sent.append(b"closed")

    def is_closing(self) -> bool:
        return self.sent[-1:] == [b"closed"]


def test_the_head_of_an_answer_goes_out_with_its_body_or_by_itself_in_a_moment() -> None:
    async def written() -> list[list[bytes]]:
        wires = []
        for later in (False, True):
            wire, loop = Wire(), asyncio.get_running_loop()
            together = connections._Together(cast("asyncio.Transport", wire), loop)
            together.write(b"head ")
            if later:
                await asyncio.sleep(0)
            together.write(b"first ")
            together.write(b"second")
            together.close()
            assert together.is_closing()
            wires.append(wire.sent)
        alone = Wire()
        hanging_up = connections._Together(cast("asyncio.Transport", alone), asyncio.get_running_loop())
        hanging_up.write(b"head")
        hanging_up.close()
        await asyncio.sleep(0)
        return [*wires, alone.sent]

    assert asyncio.run(written()) == [
        [b"head first ", b"second", b"closed"],
        [b"head ", b"first ", b"second", b"closed"],
        [b"head", b"closed"],
    ]
