"""Whose answers a reform can touch: the map that asks these alone is the map of an oracle that asks everything."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize

from graph_api.obstacles import asking, kept
from graph_api.obstacles.asking import LEVELS, all_figures
from graph_api.rdf.nquads import write_packed
from graph_api.rdf.terms import GRAPH
from graph_api.reform.folder import data_of
from graph_api.reform.touched import make_map, touched
from tests.europe import PREFIXES, STATES, Edge, Europe
from tests.test_versions import built

DAY = date(2027, 1, 1)
CARERS = '<profession/carer> a pas:Profession ; skos:prefLabel "carer"@en .\n' + "\n".join(
    f'<national-profession/{state}-carer> a pas:NationalProfession ; skos:prefLabel "carer"@en ; pas:primaryTitle true ; '
    f"pas:profession <profession/carer> ; pas:inJurisdiction <jurisdiction/{state}> ; pas:state <jurisdiction/{state}> ."
    for state in STATES
)
ROADS = (Edge("aa", "bb", "road"),)
CARE = (
    '<route/care> a pas:Route ; pas:routeFrom <national-profession/aa-carer> ; pas:underRegime <regime/{}> ; '
    "pas:routeTo <national-profession/cc-carer> ."
)  # fmt: skip
LAW = [*ROADS], CARERS + CARE.format("road")
REFORMS = [
    ((*ROADS, Edge("aa", "cc", "road")), CARERS + CARE.format("road"), {"nurse"}),
    ((*ROADS, Edge("aa", "cc", "new")), CARERS + CARE.format("road"), {"nurse"}),
    ((), CARERS + CARE.format("road"), None),
    (ROADS, CARERS, {"carer"}),
    (ROADS, CARERS + CARE.format("road") + "<national-profession/bb-carer> pas:regulation pas:NotRegulated .", {"carer"}),
    (ROADS, CARERS + CARE.format("road") + '<regime/road> pas:decideWithin "P1M" .', None),
    (ROADS, CARERS + CARE.format("road") + "<qualification/aa-title> pas:trainsFor <profession/carer> .", {"carer", "nurse", LEVELS}),
    (ROADS, CARERS + CARE.format("road") + "<national-law/x> pas:host <jurisdiction/bb> .", None),
    (ROADS, CARERS + CARE.format("road") + "<legal-act/x> pas:hasParty <jurisdiction/bb> . <party/x-bb> a pas:Party .", {LEVELS}),
    (ROADS, CARERS + CARE.format("road") + "<legal-act/x> pas:page 'y' .", set()),
    (ROADS, CARERS + CARE.format("road"), set()),
]  # fmt: skip


def quads_of(europe: Europe) -> set[Quad]:
    triples = parse(PREFIXES + europe.turtle(), format=RdfFormat.TURTLE)
    return {Quad(each.subject, each.predicate, each.object, NamedNode(f"{GRAPH}tables")) for each in triples}


def put(place: Path, version: str, quads: set[Quad]) -> Path:
    built(place, version, sorted(quads, key=str), "2026-03-01T10:00:00+00:00")
    (place / "current").symlink_to(Path("graphs") / version)
    return place / "graphs" / version


@pytest.mark.parametrize(("edges", "extra", "expected"), REFORMS)
def test_the_map_of_a_reform_is_that_of_an_oracle_that_asks_everything(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    edges: tuple[Edge, ...],
    extra: str,
    expected: set[str] | None,
) -> None:
    own = data_of(tmp_path, "reform")
    law, reform = quads_of(Europe(*LAW)), quads_of(Europe(edges, extra))
    before, after = put(tmp_path, "now", law), put(own, "then", reform)
    for name, quads in (("removed", law - reform), ("added", reform - law)):
        write_packed(after / f"{name}.nq.gz", (serialize(quads, format=RdfFormat.N_QUADS) or b"").splitlines(True))
    told = json.loads((after / "report.json").read_text(encoding="utf-8"))
    (after / "report.json").write_text(json.dumps({**told, "base": "now"}), encoding="utf-8")
    (after / "checksums.json").unlink(missing_ok=True)
    assert touched(before, after) == expected
    kept.make(tmp_path, before, DAY)
    oracle, asked = list(all_figures(after, DAY)), list[str]()
    of = asking.Asking.of
    monkeypatch.setattr(asking.Asking, "of", lambda self, name: asked.append(name) or of(self, name))  # type: ignore[func-returns-value]
    assert list(kept.read(make_map(tmp_path, own, DAY)).figures) == oracle
    assert set(asked) == ({"nurse", "carer", LEVELS} if expected is None else expected)
