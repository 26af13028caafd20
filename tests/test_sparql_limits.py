"""Every limit stops the query, says so in a way that can be acted on, and nobody else notices."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from benchmarks import hostile
from graph_api.errors import LimitReached, StoreUnavailable
from graph_api.settings import Settings
from graph_api.store.graph_store import Dataset
from graph_api.web.admission import Admission
from graph_api.web.sparql.job import Job
from graph_api.web.sparql.pool import Pool
from tests.sparql_fixtures import client_of, client_over, graph_directory, many

CROSS = "{ ?a ?p ?x . ?b ?p ?y . ?c ?p ?z }"
ENDLESS = f"SELECT (COUNT(*) AS ?n) {CROSS}"
HUNGRY = f"SELECT * {CROSS} ORDER BY ?x ?y ?z"
LONG = "SELECT * { ?a ?p ?x . ?b ?p ?y }"
JSON_RESULTS = "application/sparql-results+json"
SETTINGS = Settings(query_seconds=30, query_megabytes=256, result_megabytes=5, query_characters=2000, query_waiting=1)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph_directory(tmp_path_factory.mktemp("graph"), many(3000))


@pytest.fixture(scope="module")
def client(directory: Path) -> Iterator[TestClient]:
    with client_of(directory, SETTINGS) as client:
        yield client


def ask(client: TestClient, query: str, **more: str) -> httpx.Response:
    return client.get("/sparql", params={"query": query, **more})


def still_answers(client: TestClient) -> None:
    assert ask(client, "ASK {}").json() == {"head": {}, "boolean": True}


def limit(answer: httpx.Response, status: int) -> tuple[str, float]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["error"] == "limit_reached"
    assert len(body["query_id"]) == 12
    assert isinstance(body["elapsed_seconds"], float)
    return body["limit"], body["value"]


def test_a_query_past_its_time_is_504(client: TestClient) -> None:
    answer = ask(client, ENDLESS, timeout="0.5")
    assert limit(answer, 504) == ("seconds", 0.5)
    assert answer.json()["detail"] == (
        "the query was stopped after 0.5 s; narrow it, or ask for more with timeout=, up to 60"
    )
    still_answers(client)


def test_time_does_not_run_out_in_the_middle_of_an_answer(client: TestClient) -> None:
    answer = ask(client, f"SELECT * {CROSS} LIMIT 5000", timeout="60")
    assert len(answer.json()["results"]["bindings"]) == 5000


@pytest.mark.parametrize("timeout", ["0", "-1", "61", "nan", "inf", "soon", "1e3"])
def test_a_timeout_that_cannot_be_given_is_400(client: TestClient, timeout: str) -> None:
    body = ask(client, "ASK {}", timeout=timeout).json()
    assert (body["status"], body["parameter"]) == (400, "timeout")
    assert body["detail"] == f"timeout is '{timeout}'; write seconds, at most 60"


def test_a_query_past_its_memory_is_503(client: TestClient) -> None:
    assert limit(ask(client, HUNGRY), 503) == ("memory", 256)
    still_answers(client)


@pytest.mark.parametrize(
    "query", ["SELECT * " + "{" * 900 + "}" * 900, "SELECT * { FILTER(" + "(" * 900 + "1" + ")" * 900 + ") }"]
)
def test_deep_nesting_is_answered(client: TestClient, query: str) -> None:
    assert ask(client, query).status_code == 200


def test_too_deep_nesting_ends_a_worker_and_not_the_server(directory: Path) -> None:
    with client_of(directory, Settings()) as client:
        query = "SELECT * " + "{" * 6200 + "}" * 6200
        answer = client.post("/sparql", data={"query": query})
        assert limit(answer, 503) == ("memory", 256)
        still_answers(client)


def test_a_result_that_is_too_large_is_413(client: TestClient) -> None:
    for query in (LONG, "CONSTRUCT { ?a ?p ?y } { ?a ?p ?x . ?b ?p ?y }"):
        assert limit(ask(client, query), 413) == ("result_megabytes", 5)
    still_answers(client)


def test_a_query_that_is_too_long_is_413(client: TestClient) -> None:
    fitting = "ASK {}" + " " * 1994
    assert ask(client, fitting).status_code == 200
    assert limit(ask(client, fitting + " "), 413) == ("query_characters", 2000)
    for kind in ("application/sparql-query", "application/x-www-form-urlencoded"):
        answer = client.post("/sparql", content=b"query=" + b"x" * 100_000, headers={"Content-Type": kind})
        assert answer.status_code == 413
        assert answer.json()["limit"] == "query_characters"


def test_a_query_of_too_many_words_and_signs_is_413(directory: Path) -> None:
    """Length alone does not tell what reading costs: 300,000 characters may be one text or as many brackets."""
    with client_of(directory, Settings()) as client:
        for many in ("{" * 12_501, "?a " * 12_501, ";?a" * 6_251):
            answer = client.post("/sparql", data={"query": f"SELECT * {{ {many}"})
            assert limit(answer, 413) == ("query_tokens", 12_500)
        listed = " ".join(f"<http://data.europa.eu/esco/occupation/{number:08x}-0000-0000>" for number in range(3050))
        assert client.post("/sparql", data={"query": f"ASK {{ VALUES ?a {{ {listed} }} }}"}).status_code == 200
        chain = " || ".join(f"?a = <http://data.europa.eu/esco/occupation/{number:04x}>" for number in range(3050))
        assert client.post("/sparql", data={"query": f"ASK {{ ?a ?b ?c FILTER({chain}) }}"}).status_code == 200


@pytest.mark.long
def test_no_file_stays_behind(directory: Path) -> None:
    with client_of(directory, Settings(result_megabytes=15)) as client:
        kept = ask(client, f"{LONG} LIMIT 40000")
        assert len(kept.content) > 2 * 4 * 2**20
        assert ask(client, LONG).status_code == 413
        assert list(Path(tempfile.gettempdir()).glob("passerelle-result-*")) == []


# Many at once


def test_one_too_many_is_429_and_those_who_wait_are_served(directory: Path) -> None:
    settings = Settings(query_seconds=2, query_workers=1, query_waiting=1)
    with client_of(directory, settings) as client, ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: ask(client, ENDLESS), range(8)))
        statuses = sorted(answer.status_code for answer in answers)
        assert set(statuses) == {429, 504}
        assert statuses.count(429) >= 6
        turned_away = next(answer for answer in answers if answer.status_code == 429)
        assert limit(turned_away, 429) == ("concurrency", 1)
        assert turned_away.headers["retry-after"] == "2"
        still_answers(client)


@pytest.mark.long
def test_others_do_not_notice_a_query_that_is_stopped(directory: Path) -> None:
    settings = Settings(query_seconds=60, query_megabytes=256, query_workers=2, query_waiting=20)
    query = f"SELECT ?x {CROSS} LIMIT 300"
    with client_of(directory, settings) as client, ThreadPoolExecutor(6) as crowd:
        calm = ask(client, query).content
        bad = [crowd.submit(ask, client, hard, timeout="1") for hard in (ENDLESS, HUNGRY, ENDLESS)]
        good = [crowd.submit(ask, client, query) for _ in range(12)]
        assert {job.result().status_code for job in bad} <= {503, 504}
        assert [job.result().content for job in good] == [calm] * 12


def test_admission_lets_in_whom_it_can_hold() -> None:
    admission = Admission(places=1, waiting=1, seconds=0.05)
    admission.enter()
    with pytest.raises(LimitReached) as refused:
        admission.enter()
    assert (refused.value.limit, refused.value.retry_after) == ("concurrency", 1)
    admission.leave()
    with admission.place():
        pass
    admission.enter()
    admission.leave()


# The worker processes


def workers_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").parent.parent.glob("*/children")
    return [int(child) for path in listed for child in path.read_text().split()]


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    for _ in range(3000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_workers_start_when_first_needed_and_are_used_again(directory: Path) -> None:
    before = set(workers_of(os.getpid()))
    pool = Pool(Settings())
    assert set(workers_of(os.getpid())) == before
    for _ in range(5):
        pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 5))
    started = set(workers_of(os.getpid())) - before
    assert len(started) == 1
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert all(os.getpriority(os.PRIO_PROCESS, pid) == min(own + 5, 19) for pid in started)  # lookups come first
    pool.close()
    assert all(gone(pid) for pid in started)


def test_a_worker_that_died_in_its_sleep_is_replaced(directory: Path) -> None:
    before = set(workers_of(os.getpid()))
    pool = Pool(Settings())
    job = Job(str(directory), "ASK {}", JSON_RESULTS, False, 5)
    pool.run(job)
    (worker,) = set(workers_of(os.getpid())) - before
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: gone(worker))
    assert pool.run(job) == b'{"head":{},"boolean":true}'
    pool.close()


def test_a_graph_that_is_not_there_is_said_so() -> None:
    pool = Pool(Settings())
    with pytest.raises(StoreUnavailable):
        pool.run(Job("/nowhere", "ASK {}", JSON_RESULTS, False, 5))
    pool.close()


SERVER = """
import sys
from graph_api.settings import Settings
from graph_api.web.sparql.job import Job
from graph_api.web.sparql.pool import Pool
print("ready", flush=True)
Pool(Settings()).run(Job(sys.argv[1], sys.argv[2], "application/sparql-results+json", False, 600))
"""


def test_workers_end_with_the_server_even_in_the_middle_of_a_query(directory: Path) -> None:
    command = [sys.executable, "-c", SERVER, str(directory), ENDLESS]
    root = str(Path(__file__).parents[1])
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}) as server:
        eventually(lambda: len(workers_of(server.pid)) == 1)
        (worker,) = workers_of(server.pid)
        eventually(lambda: processor_ticks(worker) > 50)
        server.kill()
    eventually(lambda: gone(worker))


def processor_ticks(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def test_workers_have_no_network_unless_an_endpoint_is_allowed(directory: Path) -> None:
    for allowed, networks_differ in (("", True), ("http://127.0.0.1:1/sparql", False)):
        before = set(workers_of(os.getpid()))
        pool = Pool(Settings(service_allow=allowed))
        pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 5))
        (worker,) = set(workers_of(os.getpid())) - before
        ours, theirs = (Path(f"/proc/{who}/ns/net").readlink() for who in ("self", worker))
        pool.close()
        if networks_differ and not kernel_gives_networks():
            continue
        assert (ours != theirs) is networks_differ


def kernel_gives_networks() -> bool:
    return any(
        subprocess.run(["unshare", *how, "true"], capture_output=True, check=False).returncode == 0
        for how in (["-n"], ["-U", "-n"])
    )


# A store that is elsewhere


class SlowStore:
    """A store that answers when it is let."""

    version = "far"

    def __init__(self) -> None:
        self.let = threading.Event()

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        assert (media_type, dataset) == (JSON_RESULTS, None)
        if "slow" in text:
            self.let.wait()
        if "large" in text:
            return b"x" * (6 * 2**20)
        if "SELECT" in text:
            return json.dumps({"head": {"vars": []}, "results": {"bindings": []}}).encode()
        return json.dumps({"head": {}, "boolean": True}).encode()


def test_a_store_elsewhere_has_the_same_limits() -> None:
    store = SlowStore()
    settings = Settings(query_workers=1, query_waiting=1, query_seconds=0.2, result_megabytes=5)
    with client_over(store, settings) as client:
        still_answers(client)
        assert limit(ask(client, "ASK { <a:large> ?p ?o }"), 413) == ("result_megabytes", 5)
        assert limit(ask(client, "ASK { <a:slow> ?p ?o }"), 504) == ("seconds", 0.2)
        assert limit(ask(client, "ASK {}"), 429) == ("concurrency", 1)
        store.let.set()
        eventually(lambda: ask(client, "ASK {}").status_code == 200)
        assert ask(client, "ASK { SERVICE <http://127.0.0.1:1/> {} }").status_code == 403
        assert ask(client, "ASK {}").headers["x-passerelle-version"] == "far"


@pytest.mark.long
def test_twenty_clients_with_costly_queries_get_documented_answers_and_users_go_on(data: Path) -> None:
    found = hostile.run(data, lookups=20, sent=hostile.queries, thinking=0, settling=5)
    assert {kind: len(times) for kind, times in found.during.items()} == dict.fromkeys(hostile.USERS, 20)  # all 200
    assert set(found.statuses) <= {200, 413, 429, 503, 504}
    assert found.statuses[429] > 0
    assert found.memory_after["all processes MiB"] < found.memory_before["all processes MiB"] + 150


@pytest.mark.whole
def test_twenty_hostile_clients_get_documented_answers_lookups_go_on_and_the_memory_comes_back(data: Path) -> None:
    found = hostile.run(data, lookups=1, thinking=0, settling=5)
    assert {kind: len(times) for kind, times in found.during.items()} == dict.fromkeys(hostile.USERS, 1)  # all 200
    assert {status for status in found.statuses if status >= 500} <= {503, 504}
    assert found.statuses[429] > 0
    # At rest there is one query process before, and there may be two after; a hungry query takes several times as much.
    assert found.memory_after["all processes MiB"] < found.memory_before["all processes MiB"] + 150
