"""`serve --memory`: query processes share the graph in memory, and answer as those that read its files."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graph_api.__main__ import cli
from graph_api.errors import BadQuery, BadRequest, LimitReached, StoreUnavailable
from graph_api.settings import Settings, from_environment
from graph_api.store import room
from graph_api.store.graph_store import Dataset
from graph_api.store.room import NoRoom, check_room
from graph_api.web.sparql.job import Job
from graph_api.web.sparql.pool import Pool
from tests.sparql_fixtures import EX, TWO_GRAPHS, client_of, graph_directory, many
from tests.test_sparql_limits import ENDLESS, JSON_RESULTS, eventually, gone, processor_ticks

ONE = Dataset((f"{EX}one",), ())


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph_directory(tmp_path_factory.mktemp("held") / "v1", [*TWO_GRAPHS, *many(3000)])


def holding(directory: Path, settings: Settings) -> Pool:
    pool = Pool(settings)
    pool.hold(str(directory))
    assert pool.in_memory.loaded(str(directory), 300)
    return pool


@pytest.fixture(scope="module")
def pool(directory: Path) -> Iterator[Pool]:
    pool = holding(directory, Settings(memory="on"))
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def of_files() -> Iterator[Pool]:
    pool = Pool(Settings())
    yield pool
    pool.close()


def rows(answer: object) -> list[str]:
    """The rows of an answer in an order of their own: without ORDER BY they come in any."""
    assert isinstance(answer, bytes)
    said = json.loads(answer)
    return sorted(map(str, said["results"]["bindings"])) if "results" in said else [str(said["boolean"])]


@pytest.mark.parametrize(
    ("query", "dataset"),
    [
        ("SELECT * { ?s ?p ?o }", None),
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", None),
        ("SELECT * { ?s ?p ?o }", ONE),
        (f"SELECT * FROM <{EX}two> {{ ?s ?p ?o }}", None),
        ("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p LIMIT 2", None),
        (f"ASK {{ <{EX}anna> <{EX}town> ?town }}", None),
    ],
)
def test_what_is_held_in_memory_is_answered_as_from_files(
    directory: Path, pool: Pool, of_files: Pool, query: str, dataset: Dataset | None
) -> None:
    job = Job(str(directory), query, JSON_RESULTS, "FROM" in query, 60, dataset=dataset)
    assert rows(pool.run(job)) == rows(of_files.run(job)) != []
    assert [each.holder for each in pool._idle] == [pool.in_memory.of(str(directory))]


def test_what_is_no_query_is_told_as_from_files(directory: Path, pool: Pool) -> None:
    with pytest.raises(BadQuery, match="not SPARQL"):
        pool.run(Job(str(directory), "SELECT", JSON_RESULTS, False, 60))


def test_a_query_past_its_time_is_stopped_and_the_next_is_answered(directory: Path, pool: Pool) -> None:
    pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 60))
    (worker,) = pool._idle
    with pytest.raises(LimitReached) as stopped:
        pool.run(Job(str(directory), ENDLESS, JSON_RESULTS, False, 1))
    assert stopped.value.limit == "seconds"
    assert gone(worker.process.pid)
    assert pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 60)) == b'{"head":{},"boolean":true}'


def test_a_query_that_takes_too_much_memory_is_stopped(directory: Path) -> None:
    pool = holding(directory, Settings(memory="on", query_megabytes=100))
    greedy = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?a ?b ?x ?y { ?a ?p ?x . ?b ?q ?y } }"
    with pytest.raises(LimitReached) as stopped:
        pool.run(Job(str(directory), greedy, JSON_RESULTS, False, 600))
    assert stopped.value.limit == "memory"
    pool.close()


def test_how_a_process_ended_is_told(directory: Path, pool: Pool) -> None:
    pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 60))
    (worker,) = pool._idle
    with ThreadPoolExecutor(1) as asking:
        asked = asking.submit(pool.run, Job(str(directory), ENDLESS, JSON_RESULTS, False, 600))
        eventually(lambda: processor_ticks(worker.process.pid) > 10)
        os.kill(worker.process.pid, signal.SIGTERM)
        with pytest.raises(StoreUnavailable, match=r"ended from outside \(by SIGTERM\)"):
            asked.result(120)


def test_where_the_graph_is_held_no_more_its_files_are_read(directory: Path) -> None:
    pool = holding(directory, Settings(memory="on"))
    job = Job(str(directory), "SELECT * { ?s ?p ?o }", JSON_RESULTS, False, 60)
    answered = rows(pool.run(job))
    holder = pool.in_memory.of(str(directory))
    assert holder is not None
    holder.process.kill()
    holder.process.wait()
    assert rows(pool.run(job)) == answered
    assert [each.holder for each in pool._idle] == [None]
    pool.close()


def test_another_graph_takes_the_place_of_the_one_that_was_held(directory: Path, tmp_path: Path) -> None:
    pool = holding(directory, Settings(memory="on"))
    pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 60))
    (before,) = pool._idle
    other = graph_directory(tmp_path / "v2", TWO_GRAPHS, "v2")
    pool.hold(str(other))
    assert pool.in_memory.loaded(str(other), 300)
    job = Job(str(other), "SELECT * { ?s ?p ?o }", JSON_RESULTS, False, 60)
    assert len(rows(pool.run(job))) == len(TWO_GRAPHS)
    assert gone(before.process.pid)
    pool.close()


def holders() -> list[int]:
    """The processes that this one has started to hold a graph."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    numbers = [int(number) for each in children for number in each.read_text(encoding="ascii").split()]
    return [number for number in numbers if b"sparql.holder" in Path(f"/proc/{number}/cmdline").read_bytes()]


def test_the_service_holds_its_graph_for_as_long_as_it_runs(directory: Path) -> None:
    before = holders()
    with client_of(directory, Settings(memory="on")) as client:
        eventually(lambda: len(holders()) > len(before))
        assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
    assert holders() == before


def test_without_the_setting_nothing_is_held(directory: Path, of_files: Pool) -> None:
    of_files.hold(str(directory))
    of_files.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 60))
    assert of_files.in_memory.of(str(directory)) is None


@pytest.fixture
def little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 4000000 kB\nMemAvailable: 600000 kB\n", encoding="ascii")
    monkeypatch.setattr(room, "_MEMORY", tmp_path / "meminfo")


@pytest.mark.usefixtures("little_memory")
def test_serving_from_memory_is_refused_where_the_machine_has_too_little(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSERELLE_MEMORY", "off")
    (tmp_path / "current").symlink_to(directory)
    done = CliRunner().invoke(cli, ["serve", "--data", str(tmp_path), "--memory"])
    assert isinstance(done.exception, NoRoom)
    assert re.search(r"takes [\d,]+ MiB.* this machine has 585 MiB; serve it without --memory", str(done.exception))


@pytest.mark.usefixtures("little_memory")
def test_a_larger_version_that_has_no_room_is_read_from_its_files(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pool = Pool(Settings(memory="on"))
    loading = pool.in_memory.hold(str(directory))
    assert loading is not None
    loading.join()
    assert "is read from its files: version v1 in memory takes" in caplog.text
    assert pool.run(Job(str(directory), "ASK {}", JSON_RESULTS, False, 60)) == b'{"head":{},"boolean":true}'
    pool.close()


def test_each_server_process_holds_the_graph_once(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = room.needed_bytes(directory)
    monkeypatch.setattr(room, "free_bytes", lambda: 2 * once + room._LEFT_FREE)
    check_room(directory, 2)
    with pytest.raises(NoRoom, match="for 3 server processes"):
        check_room(directory, 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PASSERELLE_MEMORY": "all"}, "write on or off"),
        ({"PASSERELLE_MEMORY": "on", "PASSERELLE_STORE": "https://example.org/sparql"}, "names an engine"),
    ],
)
def test_a_setting_that_cannot_be_kept_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        from_environment(given)
