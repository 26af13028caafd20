"""Each rule derives what the lawyers' cases say, and nothing where they say so."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, Store

from graph_api.build.rules import read_rules
from graph_api.rdf.terms import GRAPH, ID, PAS
from tests.conftest import ROOT

ROUTE_FROM = NamedNode(f"{PAS}routeFrom")
CASES = ROOT / "tests" / "cases" / "rules"


@pytest.fixture(scope="module")
def graph(stored: Store) -> Store:
    return stored


def _cases() -> Iterator[tuple[str, dict[str, str]]]:
    for path in sorted(CASES.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield path.stem, row


def _name(case: tuple[str, dict[str, str]]) -> str:
    return f"{case[0]}: {case[1]['situation']}"


def _values(graph: Store, subject: NamedNode, name: str) -> set[str]:
    """The last parts of a property's values, over all graphs."""
    found: Iterable[Any] = graph.quads_for_pattern(subject, NamedNode(PAS + name), None, None)
    return {quad.object.value.rsplit("/", 1)[-1].removeprefix(PAS) for quad in found}


def _starts(graph: Store, row: dict[str, str]) -> set[str]:
    if row["qualification"] == "anyone":
        return {f"{PAS}Anyone"}
    kind = "" if "/" in row["qualification"] else "qualification/"
    title = NamedNode(f"{ID}{kind}{row['qualification']}")
    assert any(graph.quads_for_pattern(title, None, None, None)), f"{title} is in no table"
    homes: Iterable[Any] = graph.quads_for_pattern(title, NamedNode(f"{PAS}homeProfession"), None, None)
    return {title.value} | {quad.object.value for quad in homes}


def _place(row: dict[str, str]) -> NamedNode:
    if row["profession"]:
        return NamedNode(f"{ID}national-profession/{row['host']}-{row['profession']}")
    return NamedNode(f"{ID}jurisdiction/{row['host']}")


def _routes(graph: Store, rule: str, row: dict[str, str]) -> list[NamedNode]:
    """The routes that the rule derived from the start to the place, of the regime and variant that the case names."""
    place, starts = _place(row), _starts(graph, row)
    assert any(graph.quads_for_pattern(place, None, None, None)), f"{place} is in no table"
    own = NamedNode(f"{GRAPH}rules/{rule}")
    found = []
    quad: Any
    for quad in graph.quads_for_pattern(None, NamedNode(f"{PAS}routeTo"), place, own):
        begun: Iterable[Any] = graph.quads_for_pattern(quad.subject, ROUTE_FROM, None, own)
        begins = {start.object.value for start in begun}
        named = row["regime"] in _values(graph, quad.subject, "underRegime")
        of_variant = not row["variant"] or row["variant"] in _values(graph, quad.subject, "variant")
        if begins & starts and named and of_variant:
            found.append(quad.subject)
    return found


@pytest.mark.parametrize("case", list(_cases()), ids=_name)
def test_rule_derives_what_the_case_says(graph: Store, case: tuple[str, dict[str, str]]) -> None:
    rule, row = case
    routes = _routes(graph, rule, row)
    assert len(routes) == (1 if row["derived"] == "yes" else 0), row["why"]
    for route in routes:
        if row["conditions"]:
            assert _values(graph, route, "hasCondition") == set(row["conditions"].split(";")), row["why"]
        if row["compensation"]:
            assert _values(graph, route, "compensation") == {row["compensation"]}, row["why"]


def test_every_rule_with_a_regime_has_a_case_for_and_a_case_against() -> None:
    judged: dict[str, set[str]] = {}
    for rule, row in _cases():
        judged.setdefault(rule, set()).add(row["derived"])
    lacking = {
        rule.name: {"yes", "no"} - judged.get(rule.name, set())
        for rule in read_rules(ROOT / "ontology" / "rules")
        if "regime" in rule.header
    }
    assert {name: rest for name, rest in lacking.items() if rest} == {}


def test_cases_are_named_once() -> None:
    names = [_name(case) for case in _cases()]
    assert len(names) == len(set(names))


def test_case_files_belong_to_rules() -> None:
    rules = {path.stem for path in Path(ROOT / "ontology" / "rules").glob("*.rq")}
    assert {path.stem for path in CASES.glob("*.csv")} <= rules
