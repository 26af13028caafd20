"""The graph of the real tables, built once for the whole run, and the service over it."""

from __future__ import annotations

import csv
import gzip
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock
from hypothesis import settings
from pyoxigraph import RdfFormat, Store

from graph_api.build import pipeline
from graph_api.inputs.folders import Sources
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from graph_api.web.maps import Making, Maps

settings.register_profile("patient", deadline=None)  # no test asserts how fast this machine is
settings.load_profile("patient")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
_BUILDS = "test_remote.py"
_LONG = (
    "test_browser.py",
    "test_sparql_limits.py",
    "test_pages.py",
    "test_path_cases.py",
    "test_heal.py",
    "test_journeys.py",
)
SOURCES = Sources(ROOT / "ontology", ROOT / "mappings")


def _deciding() -> Iterator[tuple[str, str]]:
    """The jurisdictions that decide, with their state, as the table has them."""
    with (ROOT / "mappings" / "jurisdictions.csv").open(encoding="utf-8", newline="") as table:
        yield from ((row["code"], row["state"].upper()) for row in csv.DictReader(table) if row["decides"] == "true")


DECIDING = tuple(code for code, _ in _deciding())
STATES = tuple(dict.fromkeys(state for _, state in _deciding()))


TURN = os.environ.setdefault("TEST_TURN", str(date.today().toordinal()))
"""Which part of a sample `make test` takes: another every day. TEST_TURN=n takes that of a day again, TEST_TURN=all all of it."""


def in_turn(cases: Iterable[Any], parts: int, rest: pytest.MarkDecorator = pytest.mark.long) -> list[Any]:
    """The cases of a test of which `make test` takes one part a day; the other parts are long tests, or the whole."""
    taken = [TURN == "all" or (number + int(TURN)) % parts == 0 for number in range(parts)]
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=() if taken[number % parts] else rest)
        for number, case in enumerate(cases)
    ]


def official(*parts: str) -> Path:
    """A file of the official releases; the test skips where they are absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the official files are not beside this checkout ({'/'.join(parts)})")
    return path


def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the whole run, which its processes share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the graph of the real tables, built by the process that asks first.

    `make test` keeps a graph in the folder that TEST_DATA names: what was made from the same tables, ontology and code
    is not made a second time. The tests have a copy of it. `make mutants` names in TEST_GRAPH a folder that is taken as
    it stands, since a fault in the code must not make it anew.
    """
    folder = shared(tmp_path_factory) / "data-of-all"
    if made := os.environ.get("TEST_GRAPH"):
        return Path(made)
    kept = os.environ.get("TEST_DATA")
    with FileLock(f"{folder}.lock"):
        if not (folder / "current").exists():
            pipeline.build(SOURCES, Path(kept) if kept else folder, reuse=True, keep=1)
            if kept:
                shutil.copytree(kept, folder, symlinks=True, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def graph(data: Path) -> Store:
    """The graph of the real tables in memory, as the build leaves it before it describes itself; it takes seconds."""
    store = Store()
    store.bulk_load(gzip.decompress((data / "current" / "dump.nq.gz").read_bytes()), RdfFormat.N_QUADS)
    return store


@pytest.fixture(scope="session")
def stored(data: Path) -> Store:
    """The graph as it is served, to read: every statement in its graph, and once more in the default graph."""
    return Store.read_only(str(data / "current" / "store"))


@pytest.fixture(scope="session", autouse=True)
def begin_a_map() -> Iterator[Callable[..., Making]]:
    """No test makes a map of obstacles of the real tables by asking for it, which takes minutes; what would begin one."""
    begin = Maps._begin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Maps, "_begin", lambda _self, _data, store, day, _client="": Making(store.version, day))
        yield begin


@pytest.fixture(scope="session")
def store(data: Path) -> CurrentStore:
    return CurrentStore(data)


@pytest.fixture(scope="session")
def client(data: Path, store: CurrentStore) -> Iterator[TestClient]:
    app = create_app(Settings(data=data), store)
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names of tests are plain letters: whoever runs some of them by name, as `make mutants` does, hands them on whole."""
    return plain(val) if isinstance(val, str) and val != plain(val) else None


def plain(text: str) -> str:
    """The text without what a name of a test would escape."""
    return "".join(letter for letter in text if letter.isascii() and letter.isprintable() and letter != "\\")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First the longest file of those that need the graph, so that its building begins; then those that need none.

    So one process builds while another has work; `--no-loadscope-reorder` keeps this order.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waits = {path: any("data" in getattr(item, "fixturenames", ()) for item in tests) for path, tests in files.items()}
    order = sorted(files, key=lambda path: (path.name != _BUILDS, waits[path], path.name not in _LONG))
    items[:] = [item for path in order for item in files[path]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(data: Path) -> Iterator[str]:
    """The service as `passerelle serve` starts it, in a process of its own; its address."""
    port = free_port()
    command = [sys.executable, "-m", "graph_api", "serve", "--data", str(data), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/ready", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=120)


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 180) -> None:
    """Until the address answers; fails when the process ends before."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer within {seconds} s")
