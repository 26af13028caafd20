"""Nobody keeps others from asking: work for clients that have gone is stopped, and places are shared out fairly."""

from __future__ import annotations

import http.client
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, urlsplit

import pytest

from graph_api.errors import LimitReached, StoreUnavailable
from graph_api.settings import Settings
from graph_api.store.local import EmbeddedStore
from graph_api.web.admission import Admission
from graph_api.web.app import create_app
from graph_api.web.callers import Caller, ClientGone
from graph_api.web.sparql import pool as pools
from graph_api.web.sparql import pool as sparql_pool
from graph_api.web.sparql.job import Job
from graph_api.web.sparql.pool import Pool
from tests.sparql_fixtures import graph_directory, live, many
from tests.test_sparql_limits import ENDLESS, JSON_RESULTS, eventually, gone, processor_ticks, workers_of


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph_directory(tmp_path_factory.mktemp("fair"), many(3000))


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as threads:
        yield threads


def queued(admission: Admission) -> int:
    return len(admission._queue)


def enter(admission: Admission, crowd: ThreadPoolExecutor, caller: Caller, long: bool = False) -> Future[None]:
    """Let a client ask for a place, and wait until it has one, waits or is turned away."""
    waiting = queued(admission)
    job = crowd.submit(admission.enter, caller, long)
    eventually(lambda: job.done() or queued(admission) > waiting)
    return job


def test_a_free_place_goes_to_whoever_has_none(crowd: ThreadPoolExecutor) -> None:
    admission = Admission(places=2, waiting=8, seconds=60)
    anna, bram, cleo = Caller("1.1.1.1"), Caller("2.2.2.2"), Caller("3.3.3.3")
    for caller in (anna, bram):
        enter(admission, crowd, caller).result()
    again = [enter(admission, crowd, caller) for caller in (anna, bram, anna, bram)]
    third = enter(admission, crowd, cleo)
    admission.leave(anna)
    third.result(30)
    assert not any(job.done() for job in again)
    for caller in (bram, cleo, anna, bram, anna, bram):
        eventually(lambda who=caller: admission._inside[who.address] > 0)
        admission.leave(caller)
    assert [job.result(30) for job in again] == [None] * 4


def test_who_fills_the_queue_makes_room_for_others(crowd: ThreadPoolExecutor) -> None:
    admission = Admission(places=1, waiting=3, seconds=60)
    greedy, other = Caller("1.1.1.1"), Caller("2.2.2.2")
    enter(admission, crowd, greedy).result()
    waiting = [enter(admission, crowd, greedy) for _ in range(3)]
    with pytest.raises(LimitReached):
        admission.enter(greedy)
    modest = crowd.submit(admission.enter, other)
    with pytest.raises(LimitReached):
        waiting[-1].result(30)
    admission.leave(greedy)
    modest.result(30)
    for caller in (other, greedy, greedy):
        eventually(lambda who=caller: admission._inside[who.address] > 0)
        admission.leave(caller)
    assert [job.result(30) for job in waiting[:-1]] == [None, None]


def test_long_work_never_takes_all_places(crowd: ThreadPoolExecutor) -> None:
    admission = Admission(places=2, waiting=8, seconds=60)
    anna, bram, cleo = Caller("1.1.1.1"), Caller("2.2.2.2"), Caller("3.3.3.3")
    enter(admission, crowd, anna, long=True).result()
    waits = enter(admission, crowd, bram, long=True)
    enter(admission, crowd, cleo).result(30)
    assert not waits.done()
    admission.leave(cleo)
    admission.leave(anna, long=True)
    waits.result(30)
    admission.leave(bram, long=True)


def test_who_hangs_up_in_the_queue_leaves_it(crowd: ThreadPoolExecutor) -> None:
    admission = Admission(places=1, waiting=1, seconds=60)
    admission.enter()
    caller = Caller()
    job = enter(admission, crowd, caller)
    caller.hang_up()
    with pytest.raises(ClientGone):
        job.result(30)
    assert queued(admission) == 0


def test_the_neighbours_of_an_ipv6_address_are_one_client() -> None:
    assert Caller("2001:db8::1").address == Caller("2001:db8::ffff").address != Caller("2001:db8:0:1::1").address
    assert Caller("192.0.2.1").address != Caller("192.0.2.2").address


# Queries


def test_a_query_of_a_client_that_has_gone_is_stopped(directory: Path, crowd: ThreadPoolExecutor) -> None:
    before = set(workers_of(os.getpid()))
    pool, caller = Pool(Settings(query_workers=1, query_waiting=1)), Caller()
    asked = crowd.submit(pool.run, Job(str(directory), ENDLESS, JSON_RESULTS, False, 600), caller)
    eventually(lambda: any(processor_ticks(pid) > 30 for pid in set(workers_of(os.getpid())) - before))
    (worker,) = set(workers_of(os.getpid())) - before
    caller.hang_up()
    with pytest.raises(ClientGone):
        asked.result(60)
    assert gone(worker)
    assert pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 60)) == b'{"head":{},"boolean":true}'
    pool.close()


def _connection(address: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)


def _call(address: str, path: str, most: int = -1) -> tuple[int, bytes]:
    """Status and the first bytes of an answer; then the client hangs up."""
    with closing(_connection(address)) as connection:
        connection.request("GET", path, headers={"Accept": JSON_RESULTS})
        with connection.getresponse() as answer:
            return answer.status, answer.read(None if most < 0 else most)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_hanging_up_frees_the_place_and_writes_no_traceback(
    directory: Path, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    before = set(workers_of(os.getpid()))
    settings = Settings(query_workers=1, query_waiting=1, query_seconds=600, query_seconds_cap=600)
    with caplog.at_level(logging.INFO), live(create_app(settings, EmbeddedStore(directory))) as address:
        with closing(_connection(address)) as connection:
            if method == "GET":
                connection.request("GET", f"/sparql?query={quote(ENDLESS)}")
            else:
                form = {"Content-Type": "application/sparql-query"}
                connection.request("POST", "/sparql", body=ENDLESS, headers=form)
            eventually(lambda: any(processor_ticks(pid) > 10 for pid in set(workers_of(os.getpid())) - before))
        assert _call(address, f"/sparql?query={quote('ASK {}')}") == (200, b'{"head":{},"boolean":true}')
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_hanging_up_while_sending_or_reading_writes_no_traceback(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), live(create_app(Settings(), EmbeddedStore(directory))) as address:
        with closing(_connection(address)) as sending:
            sending.putrequest("POST", "/api/v1/paths")
            sending.putheader("Content-Length", "1000")
            sending.endheaders(b"{")
        assert _call(address, f"/sparql?query={quote('SELECT * { ?a ?p ?x . ?b ?p ?y } LIMIT 90000')}", 100)[0] == 200
        assert _call(address, "/health")[0] == 200
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_process_that_was_killed_is_not_said_to_lack_memory(directory: Path, crowd: ThreadPoolExecutor) -> None:
    before = set(workers_of(os.getpid()))
    pool = Pool(Settings(query_workers=1))
    asked = crowd.submit(pool.run, Job(str(directory), ENDLESS, JSON_RESULTS, False, 600))
    eventually(lambda: any(processor_ticks(pid) > 30 for pid in set(workers_of(os.getpid())) - before))
    (worker,) = set(workers_of(os.getpid())) - before
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(StoreUnavailable, match=r"ended from outside \(by SIGKILL\)"):
        asked.result(60)
    pool.close()


def test_a_process_that_does_not_wake_is_replaced(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_WAKE_SECONDS", 0.2)
    before = set(workers_of(os.getpid()))
    pool = Pool(Settings(query_workers=1))
    job = Job(str(directory), "ASK {}", JSON_RESULTS, False, 60)
    pool.run(job)
    (worker,) = set(workers_of(os.getpid())) - before
    os.kill(worker, signal.SIGSTOP)
    assert pool.run(job) == b'{"head":{},"boolean":true}'
    assert gone(worker)
    pool.close()


def test_two_clients_do_not_keep_a_third_from_asking(directory: Path, crowd: ThreadPoolExecutor) -> None:
    settings = Settings(query_workers=2, query_waiting=8, query_seconds=1, query_seconds_cap=600)
    pool = Pool(settings)
    stop = threading.Event()
    callers = [Caller("1.1.1.1"), Caller("2.2.2.2")]

    def hostile(caller: Caller) -> None:
        while not stop.is_set():
            try:
                pool.run(Job(str(directory), ENDLESS, JSON_RESULTS, False, 600), caller)
            except (LimitReached, ClientGone):
                continue

    jobs = [crowd.submit(hostile, caller) for caller in callers for _ in range(5)]
    try:
        eventually(lambda: queued(pool._admission) >= 8)
        answer = pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 1), Caller("3.3.3.3"))
    finally:
        stop.set()
        for caller in callers:
            caller.hang_up()
    assert answer == b'{"head":{},"boolean":true}'
    for job in jobs:
        job.result(60)
    pool.close()


def test_who_has_hung_up_before_a_process_took_the_query_is_gone(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, caller = Pool(Settings(query_workers=1, query_seconds=60)), Caller("1.1.1.1")

    def killed(*_: object) -> NoReturn:
        caller.hang_up()
        raise sparql_pool._WorkerGone

    monkeypatch.setattr(sparql_pool._Worker, "ask", killed)
    with pytest.raises(ClientGone):
        pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 60), caller)
    pool.close()


def test_a_process_for_queries_starts_without_a_web_framework() -> None:
    """It starts anew after each kill, and users wait for it."""
    code = "import sys, graph_api.web.sparql.worker; print('fastapi' in sys.modules or 'pydantic' in sys.modules)"
    said = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "False"
