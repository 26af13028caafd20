"""Every promise of docs/reliability.md names a test that there is."""

from __future__ import annotations

import ast
import re

from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_every_named_test_exists() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", TEXT)
    assert len(named) > 30
    for file, name in named:
        tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
        assert any(isinstance(part, ast.FunctionDef) and part.name == name for part in tree.body), (file, name)


def test_every_promise_names_a_test() -> None:
    written_by_hand = re.sub(r"<!-- (faults|costs): .*?<!-- end of \1 -->", "", TEXT, flags=re.DOTALL)
    rows = [line for line in written_by_hand.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    assert len(rows) > 45
    assert all(re.search(r"`test_\w+\.py", row) for row in rows)
