"""The README's commands are typed as they stand, and its links lead somewhere."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import DECIDING, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
CURLS = [block.removeprefix("$ ").strip() for block in BLOCKS if block.startswith("$ curl")]
LINKS = re.findall(r"<(http://127\.0\.0\.1:8000/[^>]*)>", README)


def typed(command: str, server: str) -> str:
    shell = command.replace("http://127.0.0.1:8000", server)
    done = subprocess.run(
        ["bash", "-c", f"{shell} --silent --fail-with-body"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(autouse=True)
def curl() -> None:
    assert shutil.which("curl"), "curl is missing; `make test` brings it"


def test_rest_answers_the_question(server: str) -> None:
    (command,) = [command for command in CURLS if "/api/v1/paths" in command]
    assert '"outcome":"automatic"' in typed(command, server)


def test_sparql_names_the_professions_that_all_regulate(server: str) -> None:
    (command,) = [command for command in CURLS if "/sparql" in command]
    lines = typed(command, server).split()
    assert lines[0] == "profession,countries"
    places: dict[str, set[str]] = {}
    for path in (ROOT / "mappings" / "national_professions").glob("*.csv"):
        with path.open(encoding="utf-8") as table:
            for row in csv.DictReader(table):
                if row["regulation"] == "Regulated":
                    places.setdefault(row["profession"], set()).add(row["jurisdiction"])
    everywhere = sorted(profession for profession, deciding in places.items() if len(deciding) == len(DECIDING))
    assert "nurse-general-care" in everywhere
    assert lines[1:] == [
        f"https://w3id.org/passerelle/id/profession/{profession},{len(DECIDING)}" for profession in everywhere
    ]


def test_linked_data_answers_in_turtle(server: str) -> None:
    (command,) = [command for command in CURLS if "/id/" in command]
    assert "a pas:Profession" in re.sub(r"\s+", " ", typed(command, server)).replace("rdf:type", "a")


@pytest.mark.parametrize("link", LINKS)
def test_a_link_opens_a_page(server: str, link: str) -> None:
    assert "<html" in typed(f"curl '{link}'", server)


def test_the_command_line_gives_the_same_answer(data: Path) -> None:
    (block,) = [block for block in BLOCKS if "passerelle path" in block]
    words = block.removeprefix("$ ").split()
    assert words[0] == ".venv/bin/passerelle"
    done = subprocess.run(
        [sys.executable, "-m", "graph_api", *words[1:], "--data", str(data)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("automatic")


INTERPRETERS = {
    "python": ([sys.executable, "-"], None),
    "javascript": (["node", "--input-type=module", "-"], None),
    "r": (["Rscript", "-"], ["Rscript", "-e", "library(jsonlite)"]),
}
"""For each language how its code is run, and what must work for that."""


@pytest.mark.parametrize("language", INTERPRETERS)
def test_code_prints_the_outcome(server: str, language: str) -> None:
    command, needed = INTERPRETERS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not here")
    if needed and subprocess.run(needed, capture_output=True, check=False).returncode:
        pytest.skip(f"a package that the code of {language} uses is not here")
    (code,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    written = code.replace("http://127.0.0.1:8000", server)
    done = subprocess.run(command, input=written, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["automatic"]


def test_every_file_that_the_readme_points_at_is_there() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_first_screen_has_the_two_commands() -> None:
    first = README.splitlines()[:24]
    assert any(line.startswith("$ make serve") for line in first)
    assert any(line.startswith("$ make test") for line in first)
