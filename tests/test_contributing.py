"""CONTRIBUTING.md speaks of files and commands that exist, and a state is added by rows alone."""

from __future__ import annotations

import json
import re

from tests.conftest import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NEW = ("at.csv", "xx/", "<")
"""What marks a path as one that a recipe makes."""


def test_paths_exist() -> None:
    paths = {path.rstrip("/") for path in re.findall(r"`((?:mappings|ontology|graph_api|tests|docs)/[^`\s*]+)`", TEXT)}
    assert len(paths) > 20
    there = {path for path in paths if not any(mark in path for mark in NEW)}
    assert [path for path in sorted(there) if not (ROOT / path).exists()] == []


def test_links_arrive() -> None:
    assert [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if not (ROOT / link).exists()] == []


def test_targets_are_those_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^\$ make ([\w-]+)", TEXT, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_a_folder_of_tables_is_listed_once_so_that_a_state_needs_no_entry() -> None:
    tables = json.loads((ROOT / "mappings" / "csv-metadata.json").read_text(encoding="utf-8"))["tables"]
    folders = {entry["url"] for entry in tables if "/" in entry["url"]}
    assert {f"{name}/*.csv" for name in ("national_professions", "qualifications", "procedures", "places")} <= folders
    assert all(url.endswith("/*.csv") for url in folders)
