"""`make bench-quick`: two revisions side by side; here the same one twice, over next to nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from benchmarks import quick
from graph_api.build import pipeline
from tests.conftest import ROOT, SOURCES
from tests.tiny_builds import SPACE, TYPE, assembled, statements

PROFESSIONS = ("baker", "smith", "weaver", "tanner")


def titles() -> Iterator[Quad]:
    """Titles of which the research queries can ask; none opens a profession."""
    graph = NamedNode(f"{SPACE}graph/mappings/invented")
    for name in PROFESSIONS:
        title = NamedNode(f"{SPACE}id/qualification/{name}-title")
        yield Quad(title, TYPE, NamedNode(f"{SPACE}def#Qualification"), graph)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("quick")
    with assembled([*statements(*PROFESSIONS), *titles()]):
        pipeline.build(SOURCES, data)
    return data


@pytest.mark.long
def test_a_run_shows_every_row_with_both_sides_and_their_ratio(data: Path) -> None:
    sides = quick.compared(data, [("one", ROOT), ("the same", ROOT)], times=3, starts=1)
    head, _, columns, _, *rows = quick.table(sides)
    assert head.startswith("before: one; after: the same")
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row[0] for row in cells] == list(quick.ROWS)
    assert {len(row) for row in cells} == {columns.count("|") - 1}
    for what, times, *figures in cells:
        if what == "path question":  # no title opens a profession, so there is nothing to ask
            assert (times, set(figures)) == ("0", {"–"})
        else:
            assert int(times) > 0
            assert all(float(figure) > 0 for figure in figures)


@pytest.mark.long
def test_a_revision_that_is_not_known_is_refused(data: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        quick.main([str(data), "no-such-revision"])
    assert refused.value.code == "no-such-revision is no revision of this project; `git log` lists them"


def test_a_folder_without_a_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="holds no built graph; run `passerelle build`"):
        quick.main([str(tmp_path), "HEAD"])


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="this is no checkout")
def test_a_revision_is_laid_out_in_a_folder_of_its_own_and_taken_away() -> None:
    with quick.tree_of("HEAD") as tree:
        assert (tree / "graph_api" / "settings.py").is_file()
    assert not tree.exists()
    assert str(tree) not in quick._git("worktree", "list").stdout
