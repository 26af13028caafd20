"""docs/architecture.md names every module once, in an order that the imports respect; docs/settings.md every setting."""

from __future__ import annotations

import re
import runpy
from dataclasses import fields
from pathlib import Path

import grimp

from graph_api.settings import Settings
from tests.conftest import ROOT

HOUSE = runpy.run_path(str(ROOT / "docs" / "house.py"))
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
NAMED = re.compile(r"^- (?:\*\*)?`([\w/]+?)/?`", re.MULTILINE)


def named() -> list[str]:
    """The modules of the page, in its order."""
    section = ARCHITECTURE.partition("<!-- rooms")[2].partition("<!-- end of rooms")[0]
    names = [name.rstrip("/").replace("/", ".") for name in NAMED.findall(section)]
    return ["graph_api" if name == "graph_api" else f"graph_api.{name}" for name in names]


def test_the_pages_are_the_generated_ones() -> None:
    assert HOUSE["architecture"]() == ARCHITECTURE, "run `python docs/house.py`"
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert HOUSE["settings"]() == written, "run `python docs/house.py`"


def test_every_module_is_named_once() -> None:
    files = set((ROOT / "graph_api").rglob("*.py"))
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files}
    assert sorted(named()) == sorted(modules)


def test_no_module_stands_before_one_that_it_imports() -> None:
    graph = grimp.build_graph("graph_api", cache_dir=None)
    place = {module: number for number, module in enumerate(named())}
    late = [
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if place[imported] > place[module]
    ]
    assert late == []


def test_every_module_says_what_it_is() -> None:
    silent = [line for line in ARCHITECTURE.splitlines() if re.match(r"^- (\*\*)?`[\w/]+`(\*\*)?:? *$", line)]
    assert silent == []


def test_every_setting_has_a_meaning() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for field in fields(Settings):
        assert re.search(rf"^\| `PASSERELLE_{field.name.upper()}` \| .+ \| .+\. \|$", page, re.MULTILINE), field.name


def test_paths_that_the_page_speaks_of_exist() -> None:
    spoken = re.findall(r"`((?:graph_api|docs|mappings|ontology|tests)/[\w/.-]+\w)`", ARCHITECTURE)
    assert spoken
    assert [path for path in spoken if not Path(ROOT / path).exists()] == []
