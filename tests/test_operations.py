"""What those who run the service rely on: figures, a stop that drops nobody, files for deployment, backup and restore."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from graph_api.build.verify import verify
from graph_api.inputs import releases
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web import memory
from graph_api.web.sparql import pool
from tests.conftest import ROOT
from tests.release_fixtures import write_esco
from tests.served import serving
from tests.sparql_fixtures import TWO_GRAPHS, client_of, graph_directory
from tests.tiny_builds import build

LINE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? -?[0-9.]+')
LONG = "SELECT (COUNT(*) AS ?n) { " + "".join(f"?a{n} ?b{n} ?c{n} . " for n in range(20)) + "}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    directory = graph_directory(tmp_path_factory.mktemp("operations"), TWO_GRAPHS)
    with client_of(directory, Settings(query_seconds=1, query_characters=500)) as client:
        yield client


def figures(client: TestClient) -> dict[str, float]:
    told = client.get("/metrics")
    assert told.status_code == 200
    lines = told.text.splitlines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def grown(client: TestClient, figure: str, path: str) -> float:
    before = figures(client).get(figure, 0.0)
    client.get(path, headers={"accept": "*/*"})
    return figures(client).get(figure, 0.0) - before


def test_requests_are_counted_by_door_and_status(client: TestClient) -> None:
    assert grown(client, 'passerelle_requests_total{door="sparql",status="200"}', "/sparql?query=ASK%7B%7D") == 1
    assert grown(client, 'passerelle_requests_total{door="pages",status="404"}', "/nowhere/<script>") == 1
    assert grown(client, 'passerelle_requests_total{door="operations",status="200"}', "/health") > 0


def test_lookups_are_counted_by_the_name_of_their_query(client: TestClient) -> None:
    figure = 'passerelle_queries_total{query="professions"}'
    assert grown(client, figure, "/api/v1/professions") > 0


def test_refusals_are_counted_by_limit_and_killed_queries_by_reason(client: TestClient) -> None:
    long = urlencode({"query": "ASK {" + " " * 500 + "}"})
    assert grown(client, 'passerelle_refusals_total{limit="query_characters"}', f"/sparql?{long}") == 1
    many = "&".join("a=b" for _ in range(1001))
    assert grown(client, 'passerelle_refusals_total{limit="parameters"}', f"/health?{many}") == 1
    figure = 'passerelle_query_process_kills_total{why="seconds"}'
    assert grown(client, figure, f"/sparql?{urlencode({'query': LONG})}") == 1


def test_the_version_and_age_of_the_data_are_told(tmp_path: Path) -> None:
    version = build(tmp_path / "data", "baker")
    store = CurrentStore(tmp_path / "data")
    with client_of(store.opened().directory) as client:
        told = client.get("/metrics").text
        assert f'data_version="{version}"' in told
        assert figures(client)["passerelle_data_age_seconds"] > 0


def test_the_oldest_source_is_told(client_of_tables: TestClient) -> None:
    assert figures(client_of_tables)["passerelle_oldest_source_age_seconds"] > 365 * 24 * 3600


@pytest.fixture
def client_of_tables(data: Path) -> Iterator[TestClient]:
    with client_of((data / "current").resolve()) as client:
        yield client


# A stop that drops nobody


@pytest.mark.long
def test_a_server_that_is_told_to_stop_answers_what_it_was_asked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    graph_directory(data / "graphs" / "v1", TWO_GRAPHS)
    (data / "current").symlink_to("graphs/v1")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "graph_api", "serve", "--data", str(data), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        stopped_while_it_answers(process, port)


def stopped_while_it_answers(process: subprocess.Popen[str], port: int) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if "Uvicorn running" in line:
            break
    statuses: list[int] = []

    def ask() -> None:
        query = urlencode({"query": LONG, "timeout": "4"})
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sparql?{query}") as answer:
                statuses.append(answer.status)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    asking.join()
    said = process.stderr.read()
    assert (statuses, process.wait(), "Traceback" in said) == ([504], -signal.SIGTERM, False)
    with pytest.raises(ConnectionError), socket.create_connection(("127.0.0.1", port)):
        pass


def test_a_log_of_json_says_of_requests_id_door_status_and_time_and_no_question(tmp_path: Path) -> None:
    data = tmp_path / "data"
    build(data, "baker")
    with serving(data, {"PASSERELLE_LOG": "json"}) as address:
        request = urllib.request.Request(f"{address}/api/v1/search?q=secret+words", headers={"X-Request-ID": "mine-1"})
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{address}/page/profession/secret-words")
    log = (data / "server.log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    asked = [{name: line[name] for name in ("request_id", "door", "status")} for line in lines if "door" in line][-2:]
    assert asked[0] == {"request_id": "mine-1", "door": "api", "status": 200}
    assert (asked[1]["door"], asked[1]["status"]) == ("pages", 404) and asked[1]["request_id"]
    assert all(line["ms"] >= 0 and line["method"] == "GET" for line in lines if "door" in line)
    assert all(line["time"] and line["level"] and line["logger"] for line in lines)
    assert "secret" not in log and "127.0.0.1" not in log.replace(address, "")


@pytest.mark.long
def test_a_switch_under_load_drops_no_request_and_every_answer_is_of_one_version(tmp_path: Path) -> None:
    data = tmp_path / "data"
    versions = [build(data, "baker")]
    answers: list[tuple[int, str, int]] = []
    end = threading.Event()

    def ask(address: str) -> None:
        query = urlencode({"query": "SELECT ?s { ?s a <https://w3id.org/passerelle/def#Profession> }"})
        while not end.is_set():
            with urllib.request.urlopen(f"{address}/sparql?{query}&format=json") as answer:
                found = json.loads(answer.read())["results"]["bindings"]
                answers.append((answer.status, answer.headers["X-Passerelle-Version"], len(found)))

    with serving(data) as address:
        asking = [threading.Thread(target=ask, args=(address,)) for _ in range(4)]
        for each in asking:
            each.start()
        for names in (("baker", "weaver"), ("baker",), ("baker", "weaver", "cooper")):
            versions.append(build(data, *names, keep=1))
            wanted = time.monotonic() + 20
            while (not answers or answers[-1][1] != versions[-1]) and time.monotonic() < wanted:
                time.sleep(0.05)
        end.set()
        for each in asking:
            each.join()
    sizes = dict(zip(versions, (1, 2, 1, 3), strict=True))
    assert {status for status, _, _ in answers} == {200}
    assert {version for _, version, _ in answers} == set(versions)
    assert all(sizes[version] == n for _, version, n in answers)


def test_memory_that_is_free_is_given_back_while_the_service_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    given, twice = [], threading.Event()

    def noted() -> bool:
        given.append(threading.current_thread().name)
        if len(given) > 1:
            twice.set()
        return True

    monkeypatch.setattr(memory, "give_back", noted)
    with memory.given_back(0.01):
        assert twice.wait(30)
    assert set(given) == {"memory"}


HEAPS = """
import ctypes, threading
from graph_api.web.memory import keep_few_heaps

libc, path = ctypes.CDLL(None), {path!r}
libc.fopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]
if {few}:
    assert keep_few_heaps()
together = threading.Barrier(6)
def work():
    libc.malloc(5000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
file = libc.fopen(path.encode(), b"w")
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.parametrize("few", [True, False], ids=["few", "as many as there are threads"])
def test_threads_share_few_heaps(tmp_path: Path, few: bool) -> None:
    told = tmp_path / "heaps.xml"
    subprocess.run([sys.executable, "-c", HEAPS.format(path=str(told), few=few)], check=True, cwd=ROOT)
    assert (told.read_text(encoding="utf-8").count("<heap nr=") <= memory.FEW_HEAPS) is few


# Files for deployment


def test_the_units_are_what_systemd_takes(tmp_path: Path) -> None:
    if not (analyze := shutil.which("systemd-analyze")):
        pytest.skip("there is no systemd here")
    units = []
    for unit in (ROOT / "deploy").glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        assert "DynamicUser=yes" in text
        assert "ProtectSystem=strict" in text
        units.append(tmp_path / unit.name)
        units[-1].write_text(text.replace("/opt/passerelle/bin/passerelle", shutil.which("true") or ""))
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_container_runs_as_nobody_in_particular_and_needs_the_wheel_alone() -> None:
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER \d+$", text, re.MULTILINE)
    assert [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY")] == [
        ["constraints.txt", "dist/passerelle-*.whl"]
    ]


@pytest.mark.parametrize("file", ["passerelle.service", "passerelle-build.service", "Containerfile"])
def test_the_commands_of_deployment_are_commands_of_ours(file: str) -> None:
    text = (ROOT / "deploy" / file).read_text(encoding="utf-8")
    known = subprocess.run([sys.executable, "-m", "graph_api", "--help"], capture_output=True, text=True, check=True)
    for command in re.findall(r'(?:bin/passerelle |CMD \[")(\w+)', text):
        assert command in known.stdout or command == "python"


# Backup and restore


def commands_of_the_page() -> list[str]:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"<!-- backup -->\n\n```console\n(.*?)```", page, re.DOTALL)
    return [line.removeprefix("$ ") for line in block.splitlines()]


def test_two_commands_back_up_and_restore(tmp_path: Path) -> None:
    data = tmp_path / "var"
    releases.import_release("esco", [write_esco(tmp_path / "esco")], data, version="1.1.1")
    version = build(data, "baker", "weaver")
    back_up, restore = commands_of_the_page()
    (data / "graphs" / ".building-now").mkdir()
    subprocess.run(back_up, shell=True, cwd=tmp_path, check=True)
    shutil.rmtree(data)
    subprocess.run(restore, shell=True, cwd=tmp_path, check=True)
    assert verify(data) == []
    assert CurrentStore(data).version == version
    assert [release.name for release in releases.list_releases(data)] == ["esco-1.1.1"]
    assert not list(data.rglob(".building-*"))


def test_a_query_process_asks_for_large_pages_unless_the_server_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for own, asked in ((None, "glibc.malloc.hugetlb=1"), ("glibc.malloc.check=1", "glibc.malloc.check=1")):
        monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
        if own:
            monkeypatch.setenv("GLIBC_TUNABLES", own)
        worker = pool._Worker(Settings())
        environment = Path(f"/proc/{worker.process.pid}/environ").read_bytes().split(b"\0")
        worker.stop()
        assert f"GLIBC_TUNABLES={asked}".encode() in environment
