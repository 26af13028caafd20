"""The pages for researchers: every example in them runs against a server, and gives what the page says."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.served import serving

PAGE = ROOT / "docs" / "research.md"


@pytest.mark.long
def test_the_examples_give_what_the_page_says(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(data) as address:
        failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8", globs={"SERVER": address})
    assert failed == 0, capsys.readouterr().out
    assert tried > 20
