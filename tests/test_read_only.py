"""Served by a user who may write nowhere: what can be answered is, and what cannot is said without inner paths."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT, free_port, wait_for
from tests.tiny_builds import build

NOBODY = 65534


_DROPPED = ["--inh-caps=-all", "--bounding-set=-all"]
_STARTS_ANOTHER = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import graph_api'], check=True)"


@cache
def as_nobody() -> tuple[str, ...]:
    """What a command begins with to be run by a user without any rights; nothing where we have none ourselves.

    Where the interpreter lies in a folder that nobody else may enter, it is run by its owner, who has no rights over
    files but those that are written on them.
    """
    if os.getuid():
        return ()
    stranger = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *_DROPPED)
    test = [*stranger, sys.executable, "-c", _STARTS_ANOTHER]
    done = subprocess.run(test, cwd=ROOT, capture_output=True, check=False)
    return stranger if done.returncode == 0 else ("setpriv", *_DROPPED)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A built data folder that nobody may write to, where everybody may read."""
    home = Path(tempfile.mkdtemp(prefix="passerelle-read-only-"))
    home.chmod(0o755)
    data = home / "data"
    build(data, "midwife")
    places = [data, *data.rglob("*")]
    for place in places:
        if not place.is_symlink():
            place.chmod(0o555 if place.is_dir() else 0o444)
    yield data
    for place in places:
        if place.is_dir() and not place.is_symlink():
            place.chmod(0o755)
    shutil.rmtree(home)


def passerelle(*words: str) -> list[str]:
    return [*as_nobody(), sys.executable, "-m", "graph_api", *words]


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    port = free_port()
    command = passerelle("serve", "--data", str(folder), "--port", str(port))
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/ready", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/id/profession/midwife", 303),
        ("/data/profession/midwife", 200),
        ("/api/v1/professions/midwife", 200),
        ("/api/v1/search?q=midwife", 200),
        ("/sparql?query=ASK%7B%7D", 200),
        ("/dumps/", 200),
        ("/versions", 200),
    ],
)
def test_what_needs_no_place_is_answered(address: str, path: str, status: int) -> None:
    answer = httpx.get(address + path, timeout=60)
    assert answer.status_code == status, answer.text[:500]


@pytest.mark.parametrize("name", ["passerelle.nq.gz", "passerelle.ttl.gz", "passerelle.nq.gz.sha256"])
def test_what_needs_a_place_is_a_problem_without_inner_paths(address: str, folder: Path, name: str) -> None:
    answer = httpx.get(f"{address}/dumps/{name}", timeout=60)
    if answer.status_code == 200:
        return
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert str(folder) not in answer.text
    assert folder.parent.name not in answer.text


@pytest.mark.parametrize("words", [("build",), ("import", "kldb", "README.md", "--version", "2020")])
def test_a_command_that_would_write_says_so(folder: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        passerelle(*words, "--data", str(folder)), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert "Permission denied" in done.stderr
