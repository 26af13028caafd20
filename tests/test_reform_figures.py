"""What a reform says that was computed from the tables is what the tables of today give."""

from __future__ import annotations

import re
from datetime import date

import pytest
from pyoxigraph import QueryTriples, Store

from graph_api.competences.common_training import Frameworks
from graph_api.competences.profiles import Descriptions
from graph_api.rdf.terms import local_name, pas
from graph_api.reform.folder import Reform, named
from graph_api.store.local import CurrentStore
from tests.conftest import ROOT

REFORMS = ROOT / "reforms"
STATES = {"BE": "Belgium", "DE": "Germany", "FR": "France", "LU": "Luxembourg", "NL": "Netherlands"}
WRITTEN = re.compile(r"(\d+) competences are taught in (\w+) of the five states or more, (\d+) in all five")
NUMBERS = {"two": 2, "three": 3, "four": 4}


def rows_of(reform: Reform) -> list[list[str]]:
    """The rows of the last table in the README."""
    lines = [line for line in reform.text.rpartition("|---|")[2].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize(
    ("name", "profession"),
    [
        ("common-training-industrial-electricians", "industrial-electrician"),
        ("common-training-nursing-assistants", "healthcare-assistant"),
    ],
)
def test_the_core_that_a_reform_names_is_the_one_that_is_computed(
    store: CurrentStore, name: str, profession: str
) -> None:
    reform = named(REFORMS, name)
    found = Frameworks(Descriptions(store)).framework(profession, None, "en", date(2027, 1, 1))
    counts = WRITTEN.search(" ".join(reform.text.split()))
    assert counts
    told = int(counts[1]), NUMBERS[counts[2]], int(counts[3])
    assert told == (len(found["core"]), found["min_countries"], len(found["shared_by_all"]))
    assert found["described"] == sorted(STATES)
    computed = {
        STATES[each["country"]]: (
            f"{each['coverage']:.0%}".replace("%", " %"),
            sorted(one["label"] for one in each["missing"]),
        )
        for each in found["countries"]
    }
    written = {
        state: (share, [] if lacks == "nothing" else sorted(lacks.split(", ")))
        for state, share, lacks in rows_of(reform)
    }
    assert written == computed


def test_the_titles_that_share_their_competences_are_those_that_the_reform_names(graph: Store) -> None:
    reform = named(REFORMS, "benelux-shared-competences")
    found = graph.query(
        (reform.rules / f"{reform.name}.rq").read_text(encoding="utf-8"), use_default_graph_as_union=True
    )
    assert isinstance(found, QueryTriples)
    routes: dict[str, dict[str, str]] = {}
    for triple in found:
        if triple.predicate in (pas("routeFrom"), pas("routeTo")):
            routes.setdefault(str(triple.subject), {})[local_name(triple.predicate.value)] = local_name(
                triple.object.value
            )
    leading = {(route["routeFrom"], route["routeTo"]) for route in routes.values()}
    named_there = {(title.strip("`"), to.strip("`")) for title, all_ in rows_of(reform) for to in all_.split(", ")}
    assert named_there == leading
