"""The command line: help for everything, errors that a person can act on, never a traceback."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from graph_api.__main__ import main
from tests.conftest import ROOT

COMMANDS = (
    "build",
    "check",
    "import",
    "releases",
    "remove",
    "serve",
    "path",
    "query",
    "search",
    "verify",
    "settings",
    "obstacles",
)


@dataclass(frozen=True)
class Done:
    """What a command leaves behind."""

    returncode: int
    stdout: str
    stderr: str


def passerelle(*words: str) -> Done:
    """The command in this process; that it is one when it is started is shown by `test_the_version_is_said`."""
    code, out, err = 0, TextIOWrapper(BytesIO(), "utf-8"), TextIOWrapper(BytesIO(), "utf-8")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["passerelle", *words])
        patch.chdir(ROOT)
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Done(code, *(stream.seek(0) or stream.read() for stream in (out, err)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    done = passerelle(command, "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 6


def test_the_version_is_said() -> None:
    command = [sys.executable, "-m", "graph_api", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("passerelle ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("path", "fr-dei", "astrologer", "NL"), "there is no profession 'astrologer'"),
        (("path", "fr-die", "nurse-general-care", "NL"), "did you mean fr-des, fr-dei"),
        (("path", "fr-dei", "nurse-general-care", "XX"), "is no country of this graph; write one of BE-de"),
        (("path", "fr-dei", "nurse-general-care", "NL", "--fact", "issued"), "has no value; write --fact issued=…"),
        (("path", "fr-dei", "nurse-general-care", "NL", "--fact", "issued=soon"), "issued: "),
        (("search", ""), "q"),
        (("remove", "esco-0.0.0"), "there is no release 'esco-0.0.0'"),
    ],
)
def test_an_error_says_what_to_do(data: Path, words: tuple[str, ...], message: str) -> None:
    done = passerelle(*words, "--data", str(data))
    assert done.returncode == 1
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("serve",), ("path", "fr-dei", "nurse-general-care", "NL"), ("query", "README.md")])
def test_without_a_graph_the_way_to_one_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = passerelle(*words, "--data", str(tmp_path))
    assert done.returncode == 1
    assert "passerelle build" in " ".join(done.stderr.split())


def test_a_whole_answer_as_json(data: Path) -> None:
    done = passerelle(
        "path", "fr-dei", "nurse-general-care", "LU", "--fact", "nationality=EU", "--json", "--data", str(data)
    )
    assert json.loads(done.stdout)["outcome"] == "automatic"


def test_a_query_file_runs(data: Path) -> None:
    done = passerelle("query", "graph_api/store/queries/professions.rq", "--data", str(data))
    assert done.stdout.splitlines()[0] == "thing"
    with (ROOT / "mappings" / "professions.csv").open(encoding="utf-8") as table:
        professions = sum(1 for _ in csv.DictReader(table))
    assert len(done.stdout.splitlines()) == 1 + min(professions, 100)  # the query asks for one page


def test_search_finds_by_a_label_in_any_language(data: Path) -> None:
    done = passerelle("search", "vroedvrouw", "--data", str(data))
    assert "midwife" in done.stdout.splitlines()[0]


def test_a_query_file_that_is_not_utf_8_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_bytes("ASK { ?s ?p 'é' }".encode("latin-1"))
    done = passerelle("query", str(tmp_path / "q.rq"), "--data", str(tmp_path))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "is not UTF-8" in " ".join(done.stderr.split())


def test_a_place_that_cannot_be_written_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the folder should be")
    done = passerelle("build", "--data", str(tmp_path / "data"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "data" in done.stderr
