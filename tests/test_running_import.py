"""A server that runs shows what is imported beside it, without a restart and without a failed request."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph_api.build import pipeline
from graph_api.inputs.folders import Sources
from tests.conftest import ROOT, free_port, wait_for
from tests.release_fixtures import (
    BAKER,
    BAKING,
    DOUGH,
    GLOW,
    KNEAD,
    MOON_BAKER,
    NEW_BAKER,
    SHINE,
    write_esco,
    write_next_esco,
)
from tests.small_sources import small_sources

pytestmark = pytest.mark.long

GRAPH = "https://w3id.org/passerelle/graph/releases/"
ESCO = "PREFIX esco: <http://data.europa.eu/esco/model#>"
OCCUPATIONS = f"""{ESCO} SELECT ?graph ?thing {{
  GRAPH ?graph {{ ?thing a esco:Occupation }} FILTER (STRSTARTS(STR(?graph), "{GRAPH}"))
}} ORDER BY ?graph ?thing"""
SPARQL_JSON = {"Accept": "application/sparql-results+json"}


def matched() -> tuple[str, str]:
    """A profession of our tables, and the occupation that is the same."""
    path = ROOT / "mappings" / "crosswalks" / "profession_esco.sssom.tsv"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines, delimiter="\t"):
        if row["predicate_id"] == "skos:exactMatch" and not row["predicate_modifier"]:
            kind, _, name = row["object_id"].partition(":")
            return row["subject_id"].partition(":")[
                2
            ], f"http://data.europa.eu/esco/{kind.removeprefix('esco_')}/{name}"
    raise AssertionError("no profession has an exact match")


PROFESSION, OCCUPATION = matched()


def written(folder: Path, following: bool = False) -> Path:
    """The invented release, whose baker is the occupation of one of our professions; the moon baker kneads too."""
    (write_next_esco if following else write_esco)(folder)
    relations = folder / "relations" / "occupationSkillRelations.csv"
    who = NEW_BAKER if following else MOON_BAKER
    with relations.open("a", encoding="utf-8") as file:
        file.write(f"{who},essential,skill/competence,{KNEAD}\n")
    for path in folder.rglob("*.csv"):
        path.write_text(path.read_text(encoding="utf-8").replace(BAKER, OCCUPATION), encoding="utf-8")
    return folder


class Running:
    """A server over a data folder, and the command line beside it."""

    def __init__(self, address: str, data: Path, sources: Path) -> None:
        self.address, self.data, self.sources = address, data, sources

    def command(self, *arguments: str) -> str:
        """Run a command and wait until the server shows its outcome; meanwhile every request is answered."""
        before = self.version()
        own = ["--data", str(self.data), "--sources", str(self.sources)]
        command = [sys.executable, "-m", "graph_api", *arguments, *own]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
        while process.poll() is None:
            self.version()
        assert process.stdout is not None
        with process.stdout as stdout:
            said = stdout.read()
        assert process.returncode == 0, said
        deadline = time.monotonic() + 180
        while self.version() == before and time.monotonic() < deadline:
            time.sleep(0.05)
        return said

    def version(self) -> str:
        answer = httpx.get(f"{self.address}/sparql", params={"query": "ASK {}"}, timeout=180)
        assert answer.status_code == 200
        return str(answer.headers["x-passerelle-version"])

    def get(self, path: str) -> Any:
        answer = httpx.get(self.address + path, timeout=180)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, query: str, path: str = "/sparql") -> list[tuple[str, ...]]:
        answer = httpx.get(self.address + path, params={"query": query}, headers=SPARQL_JSON, timeout=180).json()
        names = answer["head"]["vars"]
        return [tuple(row.get(name, {}).get("value", "") for name in names) for row in answer["results"]["bindings"]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Over small sources: what happens is the same, and an import writes store and archive in a second."""
    folder = tmp_path_factory.mktemp("running")
    sources, own = small_sources(folder / "sources", PROFESSION), folder / "data"
    pipeline.build(Sources.under(sources), own)
    port = free_port()
    command = [sys.executable, "-m", "graph_api", "serve", "--data", str(own), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/ready", process)
        yield Running(f"http://127.0.0.1:{port}", own, sources)
    finally:
        process.terminate()
        process.wait(timeout=120)


@pytest.fixture(scope="module")
def first(running: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the import of the first release said."""
    assert running.rows(OCCUPATIONS) == []
    folder = written(tmp_path_factory.mktemp("first") / "esco")
    return running.command("import", "esco", str(folder), "--version", "1.1.1")


@pytest.fixture(scope="module")
def shown_first(running: Running, first: str) -> dict[str, Any]:
    """What the server answers while the first release is the newest."""
    skill = KNEAD.rpartition("/")[2]
    return {
        "occupations": running.rows(OCCUPATIONS),
        "search": running.get("/api/v1/search?q=moon baker")["results"][0],
        "green": running.get(f"/api/v1/green?profession={PROFESSION}"),
        "competence": running.get(f"/api/v1/competences/{skill}"),
    }


@pytest.fixture(scope="module")
def second(running: Running, shown_first: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the import of the next release said."""
    folder = written(tmp_path_factory.mktemp("second") / "esco", following=True)
    return running.command("import", "esco", str(folder), "--version", "1.2.0")


def test_an_import_is_shown_and_says_what_it_cost(shown_first: dict[str, Any], first: str) -> None:
    assert shown_first["occupations"] == sorted((f"{GRAPH}esco-1.1.1", iri) for iri in (OCCUPATION, MOON_BAKER))
    assert re.search(r"^\d+\.\d s in all, peak memory \d+ MiB$", first, re.MULTILINE)


def test_only_the_releases_changed_so_the_tables_are_not_read_again(first: str) -> None:
    assert [line for line in first.splitlines() if line.startswith("…")] == [
        "… registers",
        "… store",
        "… search",
        "… lookups",
        "… switch",
        "… archive",
    ]


def test_the_imported_labels_are_found(shown_first: dict[str, Any]) -> None:
    found = shown_first["search"]
    assert (found["id"], found["kind"], found["label"]) == (MOON_BAKER, "occupation", "moon baker")


def test_the_hierarchy_is_shown(shown_first: dict[str, Any]) -> None:
    broader = shown_first["competence"]["properties"]["broader"]
    assert [value["id"] for value in broader] == [BAKING]


def test_green_shares_and_what_green_skills_open(shown_first: dict[str, Any]) -> None:
    """The baker's one essential skill is not green; with the one green skill besides, the baker can work on the moon."""
    green = shown_first["green"]
    assert green["known"] is True
    assert [each["id"] for each in green["occupations"]] == [OCCUPATION]
    assert [(green[part]["asked"], green[part]["green"]) for part in ("essential", "optional")] == [(1, 0), (1, 0)]
    assert [(each["id"], [add["id"] for add in each["add"]], each["also_lacking"]) for each in green["reachable"]] == [
        (MOON_BAKER, [GLOW], [])
    ]
    assert green["release"]["acknowledgement"].startswith("This service uses the ESCO classification")


def test_the_newer_release_takes_the_place_of_the_older(running: Running, second: str) -> None:
    assert "esco-1.2.0" in second
    assert running.rows(OCCUPATIONS) == sorted((f"{GRAPH}esco-1.2.0", iri) for iri in (OCCUPATION, NEW_BAKER))
    assert running.get("/api/v1/search?q=master baker")["results"][0]["id"] == OCCUPATION
    green = running.get(f"/api/v1/green?profession={PROFESSION}")
    assert [(each["id"], [add["id"] for add in each["add"]]) for each in green["reachable"]] == [(NEW_BAKER, [SHINE])]


def test_both_are_compared_in_the_archive(running: Running, second: str) -> None:
    query = (ROOT / "ontology/examples/archive/occupations-changed.rq").read_text(encoding="utf-8")
    assert running.rows(query, "/sparql/archive") == [
        ("added", NEW_BAKER, "", "moon baker"),
        ("relabelled", OCCUPATION, "baker", "master baker"),
        ("removed", MOON_BAKER, "moon baker", ""),
    ]
    dough = f"SELECT DISTINCT ?graph {{ GRAPH ?graph {{ <{DOUGH}> a ?type }} }}"
    assert {row[0] for row in running.rows(dough, "/sparql/archive")} == {f"{GRAPH}esco-1.1.1", f"{GRAPH}esco-1.2.0"}


def test_taken_away_the_newer_gives_way_again(running: Running, second: str) -> None:
    running.command("remove", "esco-1.2.0")
    assert running.rows(OCCUPATIONS) == sorted((f"{GRAPH}esco-1.1.1", iri) for iri in (OCCUPATION, MOON_BAKER))
    releases = {row[0] for row in running.rows(OCCUPATIONS, "/sparql/archive")}
    assert releases == {f"{GRAPH}esco-1.1.1"}
