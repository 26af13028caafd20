"""Whatever is damaged in a data folder is detected, said plainly, and mended by the command that the message advises."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from graph_api.build.verify import verify
from graph_api.errors import NoGraph
from graph_api.search.index import opened
from graph_api.settings import Settings
from graph_api.store import local
from graph_api.store import whole as sealed
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from tests.conftest import in_turn
from tests.tiny_builds import build

OLD, NEW = ("baker",), ("baker", "weaver")
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
JSON = "application/sparql-results+json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two versions; the newer is served."""
    data = tmp_path_factory.mktemp("whole") / "data"
    build(data, *OLD)
    build(data, *NEW)
    return data


@pytest.fixture
def data(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "data", symlinks=True))


@contextmanager
def serving(data: Path) -> Iterator[TestClient]:
    app = create_app(Settings(data=data), CurrentStore(data))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "shortened": shortened,
    "flipped": flipped,
    "emptied": emptied,
    "missing": Path.unlink,
}


def largest(folder: Path, pattern: str) -> Path:
    """The largest file of its kind; apart from those that another folder shares."""
    path = max((folder.resolve() / "store").glob(pattern), key=lambda each: each.stat().st_size)
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    return path


PLACES: dict[str, Callable[[Path], Path]] = {
    "store": lambda data: largest(data / "current", "*.sst"),
    "list of the store": lambda data: largest(data / "current", "MANIFEST-*"),
    "report": lambda data: data / "current" / "report.json",
    "index": lambda data: data / "current" / "search.db",
    "dump": lambda data: data / "current" / "dump.nq.gz",
    "checksums": lambda data: data / "current" / "checksums.json",
    "archive": lambda data: largest(data / "archive", "*.sst"),
    "report of the archive": lambda data: data / "archive" / "report.json",
}


def is_healed(data: Path, version: str) -> None:
    """Everything is whole, the version that was built is served, and its index and archive answer."""
    assert verify(data) == []
    store = CurrentStore(data)
    assert (store.version, store.faults()) == (version, [])
    assert json.loads(store.query(COUNT, JSON))["results"]["bindings"][0]["n"]["value"] != "0"
    assert [hit.label for hit in opened((data / "current").resolve() / "search.db").search("weaver")] == ["weaver"]
    with serving(data) as client:
        assert client.get("/ready").status_code == 200
        assert client.get("/dumps/passerelle.nq.gz").status_code == 200
        assert client.get("/sparql/archive", params={"query": "ASK { GRAPH ?g { ?s ?p ?o } }"}).json()["boolean"]


@pytest.mark.parametrize(("place", "damage"), in_turn(product(PLACES, DAMAGES), 5))
def test_a_damaged_file_is_detected_and_the_next_build_heals(data: Path, place: str, damage: str) -> None:
    version = CurrentStore(data).version
    DAMAGES[damage](PLACES[place](data))
    found = verify(data)
    assert found
    assert all("run `passerelle build`" in str(finding) for finding in found)
    assert build(data, *NEW) == version
    is_healed(data, version)


@pytest.mark.parametrize("name", ["current", "archive"])
def test_a_store_that_another_engine_wrote_is_written_anew(data: Path, name: str) -> None:
    """Whole by its checksums, and yet in a form that the engine which is installed does not read."""
    version, folder = CurrentStore(data).version, (data / name).resolve()
    for listed in (folder / "store").glob("MANIFEST-*"):
        listed.unlink()
        listed.write_bytes(b"another form")
    sealed.seal(folder)
    if name == "current":
        with serving(data) as client:
            assert "its store cannot be opened" in client.get("/ready").json()["detail"]
    assert build(data, *NEW) == version
    assert (data / name).resolve() != folder
    is_healed(data, version)


def test_what_was_begun_by_a_killed_process_is_swept_away(data: Path) -> None:
    with serving(data) as client:
        graph_dump(client)
        (made,) = (data / "dumps").rglob("*.nt.gz")
        left, begun = (made.with_name(f".making-{each}") for each in ("left", "begun"))
        for each in (left, begun):
            each.write_bytes(b"half")
        os.utime(left, (0, 0))
        made.unlink()
        graph_dump(client)
    assert (left.exists(), begun.exists(), made.exists()) == (False, True, True)


LINKS: dict[str, Callable[[Path], None]] = {
    "missing": lambda _: None,
    "leading nowhere": lambda link: link.symlink_to("graphs/nowhere"),
    "leading to itself": lambda link: link.symlink_to(link.name),
    "leading elsewhere": lambda link: link.symlink_to("/etc"),
    "an empty file": lambda link: link.write_bytes(b"") and None,
    "an empty folder": lambda link: link.mkdir(),
}


@pytest.mark.parametrize("state", in_turn(LINKS, 3))
@pytest.mark.parametrize("name", ["current", pytest.param("archive", marks=pytest.mark.long)])
def test_a_link_that_is_wrong_is_detected_and_the_next_build_heals(data: Path, name: str, state: str) -> None:
    version = CurrentStore(data).version
    (data / name).unlink()
    LINKS[state](data / name)
    (found,) = (finding for finding in verify(data) if finding.place == name)
    assert "run `passerelle build`" in str(found)
    assert build(data, *NEW) == version
    is_healed(data, version)


def test_a_link_that_is_taken_away_while_it_is_read_leads_to_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "current"
    link.symlink_to("graphs/one")

    def taken(path: Any, **_: Any) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr("os.readlink", taken)
    assert sealed.led_to(link) == link


# What a server says meanwhile


@pytest.mark.parametrize(("place", "damage"), in_turn(product(["store", "report", "index", "dump"], DAMAGES), 5))
def test_a_server_over_damaged_files_is_not_ready_and_says_why(data: Path, place: str, damage: str) -> None:
    newest = CurrentStore(data).version
    DAMAGES[damage](PLACES[place](data))
    with serving(data) as client:
        told = client.get("/ready")
        assert told.status_code == 503
        assert newest in told.json()["detail"]
        assert client.get("/health").status_code == 200
        assert client.get("/versions").status_code == 200
        for path in ("/dumps/passerelle.nq.gz", "/api/v1/search?q=weaver", "/sparql?query=ASK%7B%7D"):
            answer = client.get(path, headers={"accept": "*/*"})
            if answer.status_code != 200:
                assert answer.headers["content-type"] == "application/problem+json"
                assert "passerelle" in answer.json()["detail"]


def test_what_is_damaged_while_it_is_served_is_noticed(data: Path) -> None:
    with serving(data) as client:
        assert client.get("/ready").status_code == 200
        flipped(data / "current" / "search.db")
        assert "search.db is not what was written" in client.get("/ready").json()["detail"]


def test_the_last_whole_version_is_served_in_place_of_a_damaged_one(data: Path) -> None:
    newest = CurrentStore(data).version
    (data / "current" / "report.json").unlink()
    store = CurrentStore(data)
    assert store.version != newest
    assert "is served in its place" in store.faults()[0]
    with serving(data) as client:
        assert client.get("/ready").status_code == 503
        assert client.get("/sparql?query=ASK%7B?s?p?o%7D", headers={"accept": "*/*"}).json()["boolean"] is True
        broken = client.get("/versions").json()["broken"]
        assert [(each["folder"], each["fault"]) for each in broken] == [(newest, "report.json is not there")]


def test_a_running_server_stays_with_what_is_whole_and_follows_when_it_is_mended(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_LOOK_AGAIN_SECONDS", 0.0)
    version = CurrentStore(data).version
    with serving(data) as client:
        folder = (data / "current").resolve()
        (data / "current").unlink()
        (data / "current").symlink_to("graphs/nowhere")
        assert client.get("/ready").status_code == 503
        assert client.get("/sparql?query=ASK%7B?s?p?o%7D", headers={"accept": "*/*"}).json()["boolean"] is True
        shortened(folder / "dump.nq.gz")
        build(data, *NEW)
        assert client.get("/ready").json()["data_version"] == version
        assert (data / "current").resolve() != folder
        assert not folder.exists()


def test_a_server_follows_at_once_when_the_version_that_it_serves_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_LOOK_AGAIN_SECONDS", 1000.0)
    build(tmp_path, *OLD)
    with serving(tmp_path) as client:
        version = build(tmp_path, *NEW, keep=1)
        for path in (
            "/sparql?query=ASK%7B?s?p?o%7D",
            "/api/v1/search?q=weaver",
            "/versions",
            "/dumps/passerelle.nq.gz",
        ):
            assert client.get(path, headers={"accept": "*/*"}).status_code == 200
        assert client.get("/ready").json()["data_version"] == version


def test_without_any_whole_version_nothing_is_served_and_the_way_out_is_named(data: Path) -> None:
    for report in (data / "graphs").glob("*/report.json"):
        emptied(report)
    with pytest.raises(NoGraph, match="run `passerelle build`"):
        CurrentStore(data)


def test_an_old_folder_that_is_broken_stops_neither_build_nor_list(data: Path) -> None:
    (old,) = (each for each in (data / "graphs").iterdir() if each.name != CurrentStore(data).version)
    emptied(old / "report.json")
    (data / "graphs" / "rubbish").mkdir()
    (data / "graphs" / "file").write_text("?")
    assert {finding.place for finding in verify(data)} == {f"graphs/{old.name}", "graphs/rubbish", "graphs/file"}
    version = build(data, *NEW, "potter")
    with serving(data) as client:
        assert client.get("/ready").json()["data_version"] == version
        listed = client.get("/versions").json()
        assert {each["folder"] for each in listed["broken"]} == {old.name, "rubbish", "file"}
        assert len(listed["versions"]) == 2


# Dumps


def graph_dump(client: TestClient) -> httpx.Response:
    return client.get("/dumps/graph/mappings/invented.nt.gz")


@pytest.mark.parametrize(
    "damage", [pytest.param(name, marks=() if name == "flipped" else pytest.mark.long) for name in DAMAGES]
)
def test_a_damaged_dump_is_never_served(data: Path, damage: str) -> None:
    with serving(data) as client:
        good = graph_dump(client)
        (made,) = (data / "dumps").rglob("*.nt.gz")
        DAMAGES[damage](made)
        assert graph_dump(client).content == good.content
    DAMAGES[damage](made)
    with serving(data) as client:
        line = client.get("/dumps/graph/mappings/invented.nt.gz.sha256").text
        assert graph_dump(client).content == good.content
        assert line.split()[0] == _sum(good.content)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("damage", in_turn(["flipped", "shortened"], 2))
def test_nothing_is_made_of_a_damaged_version(data: Path, damage: str) -> None:
    newest = CurrentStore(data).version
    DAMAGES[damage](data / "current" / "dump.nq.gz")
    with serving(data) as client:
        for name in ("passerelle.nq.gz", "passerelle.nq.gz.sha256", "graph/mappings/invented.ttl.gz"):
            answer = client.get(f"/dumps/{name}?version={newest}")
            assert (answer.status_code, "is damaged" in answer.text) == (503, True)


@pytest.mark.long
def test_dumps_of_a_damaged_version_are_made_anew_when_it_is_mended(data: Path) -> None:
    with serving(data) as client:
        good = graph_dump(client).content
    flipped(data / "current" / "search.db")
    build(data, *NEW)
    assert list((data / "dumps").rglob("*.gz")) == []
    with serving(data) as client:
        assert graph_dump(client).content == good


# Letting go


@pytest.mark.long
def test_only_the_newest_versions_stay(tmp_path: Path) -> None:
    data = tmp_path / "data"
    names = []
    for number in range(4):
        names.append(build(data, *[f"trade{each}" for each in range(number + 1)], keep=2))
        with serving(data) as client:
            assert graph_dump(client).status_code == 200
            if number:
                assert client.get(f"/versions/{names[-2]}/changes/{names[-1]}").status_code == 200
    assert {folder.name for folder in (data / "graphs").iterdir()} == set(names[-2:])
    assert {folder.name for folder in (data / "dumps").iterdir()} == set(names[-2:])
    assert {path.name for path in (data / "changes").iterdir()} == {
        f"{names[2]}_{names[3]}.{end}" for end in ("gz", "json")
    }
    report = json.loads((data / "archive" / "report.json").read_text(encoding="utf-8"))
    assert {graph.rpartition("/")[2] for graph in report["graphs"]} == set(names[-2:])
    assert verify(data) == []
    with gzip.open(data / "current" / "dump.nq.gz") as lines:
        assert any(b"trade3" in line for line in lines)


def test_the_served_version_stays_even_when_it_was_built_long_ago(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = build(data, "baker")
    second = build(data, "weaver", keep=1)
    assert [folder.name for folder in (data / "graphs").iterdir()] == [second]
    build(data, "baker", keep=2)
    build(data, "weaver", keep=1)
    assert (CurrentStore(data).version, first != second) == (second, True)
