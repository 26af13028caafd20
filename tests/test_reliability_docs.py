"""Every promise of docs/reliability.md, and every fault that docs/interfaces.md keeps out, names a test that there is."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
INTERFACES = (ROOT / "docs" / "interfaces.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("text", "least"), [(TEXT, 30), (INTERFACES, 30)], ids=["reliability", "interfaces"])
def test_every_named_test_exists(text: str, least: int) -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", text)
    assert len(named) > least
    for file, name in named:
        tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
        assert any(isinstance(part, ast.FunctionDef) and part.name == name for part in tree.body), (file, name)


def test_every_promise_names_a_test() -> None:
    written_by_hand = re.sub(r"<!-- (faults|costs|long|besieged): .*?<!-- end of \1 -->", "", TEXT, flags=re.DOTALL)
    rows = [line for line in written_by_hand.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    assert len(rows) > 45
    assert all(re.search(r"`test_\w+\.py", row) for row in rows)


def test_each_of_the_twenty_faults_names_a_test() -> None:
    rows = [line for line in INTERFACES.splitlines() if re.match(r"\| F\d+ \|", line)]
    assert [row.split("|")[1].strip() for row in rows] == [f"F{number}" for number in range(1, 21)]
    assert all(re.search(r"`test_\w+\.py::test_", row) for row in rows)
