"""A build is repeatable, whole or not at all, and says what stops it."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph_api.build import pipeline
from graph_api.errors import CheckFailed, GraphError
from graph_api.inputs.folders import Sources, alone
from graph_api.store import whole
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.local import CurrentStore
from tests.conftest import ROOT, SOURCES
from tests.small_sources import small_sources
from tests.test_basis import same

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
WRITES = ("switch",)
"""The stage whose kill `make test` tries: the one that lets the new graph in; the others are long."""


def test_the_dump_is_the_whole_graph_in_order(data: Path, store: CurrentStore) -> None:
    lines = gzip.decompress((data / "current" / "dump.nq.gz").read_bytes()).decode().splitlines()
    assert lines == sorted(lines)
    report = json.loads((data / "current" / "report.json").read_text())
    assert len(lines) == report["triples"] - report["graphs"][pipeline.BUILD.value]
    assert {*pipeline.STAGES} - set(report["seconds"]) <= {"switch", "archive"}, "which come after it was written"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Small sources, and a data folder built from them."""
    folder = tmp_path_factory.mktemp("small")
    sources = small_sources(folder / "sources")
    pipeline.build(Sources.under(sources), folder / "data")
    return sources, folder / "data"


@pytest.mark.long
def test_the_same_tables_give_the_same_dump_byte_for_byte(small: tuple[Path, Path], tmp_path: Path) -> None:
    sources, data = small
    same_dump_again(Sources.under(sources), data, tmp_path)


@pytest.mark.whole
def test_the_real_tables_give_the_same_dump_byte_for_byte(data: Path, tmp_path: Path) -> None:
    same_dump_again(SOURCES, data, tmp_path)


def same_dump_again(sources: Sources, data: Path, folder: Path) -> None:
    again = pipeline.build(sources, folder)
    first = (data / "current").resolve()
    assert again.version == first.name
    second = (folder / "current").resolve()
    assert (first / "dump.nq.gz").read_bytes() == (second / "dump.nq.gz").read_bytes()


@pytest.mark.long
def test_what_other_code_makes_the_same_is_not_made_a_third_time(
    small: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(small[1], tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.setattr(pipeline, "fingerprint", lambda _: "of-other-code")
    assert stages_again(small[0], tmp_path)[:2] == ["tables", "vocabulary"]
    assert stages_again(small[0], tmp_path)[0] == "registers"
    assert not whole.faults((tmp_path / "current").resolve())
    monkeypatch.setattr(pipeline, "fingerprint", lambda _: "of-a-third-code")
    assert stages_again(small[0], tmp_path)[0] == "tables"


def stages_again(sources: Path, data: Path) -> list[str]:
    """The stages of a build that takes over what it can; it comes to the same version."""
    before, stages = (data / "current").resolve(), list[str]()
    pipeline.build(Sources.under(sources), data, stages.append, reuse=True)
    assert (data / "current").resolve() == before
    return stages


@pytest.mark.parametrize(
    "stage", [pytest.param(name, marks=() if name in WRITES else pytest.mark.long) for name in pipeline.STAGES]
)
def test_a_build_killed_at_any_stage_leaves_the_served_graph(
    small: tuple[Path, Path], tmp_path: Path, stage: str
) -> None:
    killed_build_leaves_the_served_graph(*small, tmp_path / "data", stage)


@pytest.mark.whole
@pytest.mark.parametrize("stage", pipeline.STAGES)
def test_a_build_of_the_real_tables_killed_at_any_stage_leaves_the_served_graph(
    data: Path, tmp_path: Path, stage: str
) -> None:
    killed_build_leaves_the_served_graph(ROOT, data, tmp_path / "data", stage)


KILLED = """
import builtins, os, signal, sys
from graph_api.__main__ import main

told, stage = builtins.print, sys.argv.pop()

def print(*what, **how):
    told(*what, **how)
    if what == (f"… {stage}",):
        os.kill(os.getpid(), signal.SIGKILL)

builtins.print = print
main()
"""
"""The command line, which is killed as it says that the stage begins: some stages are over before another process could."""


def killed_build_leaves_the_served_graph(sources: Path, data: Path, folder: Path, stage: str) -> None:
    """The same folder is built into again; the process is killed as the stage begins."""
    shutil.copytree(data, folder, symlinks=True)
    served = CurrentStore(folder)
    before = (served.version, served.query(COUNT, JSON_RESULTS), (folder / "current").readlink())
    words = ["build", "--data", str(folder), "--sources", str(sources), stage]
    done = subprocess.run([sys.executable, "-c", KILLED, *words], stdout=subprocess.PIPE, cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    fresh = CurrentStore(folder)
    assert (fresh.version, fresh.query(COUNT, JSON_RESULTS), (folder / "current").readlink()) == before
    assert served.query(COUNT, JSON_RESULTS) == before[1]


def test_what_a_killed_build_left_is_swept_away_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "graphs" / ".building-killed"
    left.mkdir(parents=True)
    (left / "half").write_text("half")
    with alone(tmp_path, "build"), pipeline._workshop(tmp_path) as work:
        assert not left.exists()
        assert work.is_dir()
    assert list((tmp_path / "graphs").iterdir()) == []


def test_two_builds_do_not_run_in_one_folder(tmp_path: Path) -> None:
    (tmp_path / "graphs").mkdir()
    with (
        alone(tmp_path, "build"),
        pytest.raises(GraphError, match="another build is running"),
        alone(tmp_path, "build"),
    ):
        pass


def test_a_bad_row_stops_the_build_and_the_last_good_graph_stays(small: tuple[Path, Path], tmp_path: Path) -> None:
    sources = changed(small[0], tmp_path / "sources", "jurisdictions.csv", "decides", "perhaps")
    folder = Path(shutil.copytree(small[1], tmp_path / "data", symlinks=True))
    before = (folder / "current").readlink()
    command = [sys.executable, "-m", "graph_api", "build", "--data", str(folder), "--sources", str(sources)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert "mappings/jurisdictions.csv, line 2" in done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "current").readlink() == before


@pytest.mark.long
def test_a_defect_that_only_a_check_sees_stops_the_build_too(small: tuple[Path, Path], tmp_path: Path) -> None:
    """Checks run while the store is written; what they find comes before the switch all the same."""
    sources = Sources.under(changed(small[0], tmp_path / "sources", "regimes.csv", "until", "1900-01-01"))
    folder = Path(shutil.copytree(small[1], tmp_path / "data", symlinks=True))
    before = (folder / "current").readlink()
    for attempt in (
        lambda: pipeline.assemble(sources, pipeline.Report()),
        lambda: pipeline.build(sources, folder),
    ):
        with pytest.raises(CheckFailed, match=r"mappings/regimes.csv, line 2.* to 1900-01-01"):
            attempt()
    assert (folder / "current").readlink() == before
    assert list((folder / "graphs").iterdir()) == [folder / before]


def changed(sources: Path, folder: Path, name: str, column: str, value: str) -> Path:
    """A copy of the sources in which the first row of a table says something else."""
    shutil.copytree(sources, folder)
    table = folder / "mappings" / name
    with table.open(encoding="utf-8", newline="") as file:
        header, first, *rest = csv.reader(file)
    first[header.index(column)] = value
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, first, *rest])
    return folder


def test_a_folder_without_sources_is_named(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="has no folder 'ontology'"):
        Sources.under(tmp_path)


# ---- what differs from the served graph ----------------------------------------------------------------------------

Rows = list[list[str]]


def in_force_later(rows: Rows) -> Rows:
    """The first row has another day."""
    column = rows[0].index("valid_from")
    return [rows[0], [*rows[1][:column], "2016-01-01", *rows[1][column + 1 :]], *rows[2:]]


CHANGES: dict[str, Callable[[Rows], Rows]] = {
    "another day": in_force_later,
    "a row less": lambda rows: [rows[0], *rows[2:]],
    "a row twice with two states": lambda rows: [*rows[:2], [rows[1][0], "fr", *rows[1][2:]], *rows[2:]],
}
"""Of the parties to acts, from which a rule concludes."""
FAST = ("another day",)


@pytest.fixture
def concluded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A mark for each graph that was concluded from nothing while the test ran."""
    marks, conclude_all = list[str](), pipeline._conclude_all

    def counted(*given: Any) -> Any:
        marks.append("all")
        return conclude_all(*given)

    monkeypatch.setattr(pipeline, "_conclude_all", counted)
    monkeypatch.setattr(pipeline, "_now", lambda: "2026-01-01T00:00:00Z")
    return marks


def after(sources: Path, folder: Path, change: Callable[[Rows], Rows]) -> Path:
    """A copy of the sources in which other states are party to acts."""
    shutil.copytree(sources, folder)
    path = folder / "mappings" / "parties.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = change(list(csv.reader(file)))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return folder


@pytest.mark.parametrize(
    "change", [pytest.param(name, marks=() if name in FAST else pytest.mark.long) for name in CHANGES]
)
def test_tables_that_say_nearly_the_same_give_what_a_whole_build_gives(
    small: tuple[Path, Path], tmp_path: Path, concluded: list[str], change: str
) -> None:
    sources = Sources.under(after(small[0], tmp_path / "sources", CHANGES[change]))
    shutil.copytree(small[1], tmp_path / "data", symlinks=True)
    before = (tmp_path / "data" / "current").resolve()
    of_the_difference = pipeline.build(sources, tmp_path / "data")
    assert concluded == []
    of_all = pipeline.build(sources, tmp_path / "whole")
    assert concluded == ["all"]
    folders = [(tmp_path / name / "current").resolve() for name in ("data", "whole")]
    same(folders[0], folders[1])
    assert folders[0].name != before.name
    assert (of_the_difference.rows, of_the_difference.graphs) == (of_all.rows, of_all.graphs)


@pytest.mark.long
def test_another_law_concludes_everything_anew(small: tuple[Path, Path], tmp_path: Path, concluded: list[str]) -> None:
    folder = after(small[0], tmp_path / "sources", CHANGES["another day"])
    rule = folder / "ontology" / "rules" / "act-party.rq"
    rule.write_text(rule.read_text(encoding="utf-8") + "# as before\n", encoding="utf-8")
    shutil.copytree(small[1], tmp_path / "data", symlinks=True)
    pipeline.build(Sources.under(folder), tmp_path / "data")
    assert concluded == ["all"]


@pytest.mark.long
def test_where_much_differs_everything_is_concluded_anew(
    small: tuple[Path, Path], tmp_path: Path, concluded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_FEW", 1)
    folder = after(small[0], tmp_path / "sources", CHANGES["another day"])
    shutil.copytree(small[1], tmp_path / "data", symlinks=True)
    pipeline.build(Sources.under(folder), tmp_path / "data")
    assert concluded == ["all"]
