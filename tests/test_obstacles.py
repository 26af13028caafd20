"""The map of obstacles: every answer in figures, an index whose formula can be worked out by hand, and what is not known."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from graph_api.errors import BadRequest, StoreUnavailable
from graph_api.obstacles import kept
from graph_api.obstacles.asking import Asking, all_figures
from graph_api.obstacles.figures import Figure, figure_from
from graph_api.obstacles.index import WEIGHTS, group_of, scored
from graph_api.rdf.terms import GRAPH
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import question_from
from graph_api.settings import Settings
from graph_api.store.jurisdictions import Region, jurisdictions_of
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from graph_api.web.maps import Making, Maps
from graph_api.web.obstacles import Asked, regions, state_codes, wanted_of
from graph_api.web.rest.obstacles import BeingMade, ObstaclesAnswer
from graph_api.web.services import Services
from tests.europe import PREFIXES, Edge, Europe
from tests.test_versions import built

DAY = date(2026, 6, 1)
EUROPE = Europe((Edge("aa", "bb", "road"), Edge("bb", "cc", "road"), Edge("aa", "dd", "road", ("paper-0",))))
BASE = Figure("nurse", "AA", "BB", True, "aa-title", "general_system", "open_if", decided=True)
WHOLE = replace(
    BASE, steps=2, days=73, cost=200, papers=5, measures=("adaptation_period",), chosen_by="host", recognitions=1
)


def test_every_profession_is_asked_between_every_two_states_and_with_every_title() -> None:
    found = list(Asking(EUROPE.store(), DAY).of("nurse"))
    usual = [figure for figure in found if figure.usual]
    assert len(usual) == 4 * 3
    assert [figure.title for figure in found if not figure.usual] == ["aa-title"] * 3
    outcomes = {(figure.home, figure.host): figure.outcome for figure in usual}
    assert outcomes["AA", "BB"] == outcomes["BB", "CC"] == outcomes["AA", "DD"] == "general_system"
    assert outcomes["CC", "AA"] == "none"


def test_the_figures_are_those_of_the_answers() -> None:
    store = EUROPE.store()
    finder = PathFinder(store)
    for figure in Asking(store, DAY).of("nurse"):
        title = ("issued_in", figure.home) if figure.usual else ("qualification", figure.title or "")
        given = [("profession", "nurse"), title, ("country", figure.host), ("as_of", DAY.isoformat())]
        answer = finder.find(question_from([*given, ("nationality", "EU"), ("k", "1")]))
        assert answer["outcome"] == figure.outcome
        assert (answer["paths"][0]["status"] if answer["paths"] else None) == figure.status
        assert figure.open_conditions in (None, len(answer["paths"][0]["open_if"]) if answer["paths"] else 0)


@pytest.mark.parametrize(
    ("figure", "index", "known"),
    [
        # way ½·40, time 73/365·20, measure 1·20, cost 200/1000·10, papers 5/20·5, steps 2/5·5
        (WHOLE, 20 + 4 + 20 + 2 + 1.25 + 2, 1.0),
        (replace(WHOLE, chosen_by="applicant"), 20 + 4 + 10 + 2 + 1.25 + 2, 1.0),
        (replace(WHOLE, days=9999), 20 + 20 + 20 + 2 + 1.25 + 2, 1.0),
        # what is not known is left out of the mean: 80 of 100 weights are known
        (replace(WHOLE, days=None), (20 + 20 + 2 + 1.25 + 2) / 0.8, 0.8),
        (replace(WHOLE, chosen_by=None), (20 + 4 + 2 + 1.25 + 2) / 0.8, 0.8),
        (replace(WHOLE, status="unknown"), 30 + 4 + 20 + 2 + 1.25 + 2, 1.0),
        (replace(WHOLE, free=True, decided=False, days=0, cost=0, papers=0, steps=0, measures=()), 0, 1.0),
        (replace(BASE, outcome="none"), 100, 1.0),
        (replace(BASE, outcome="unknown"), None, 0.0),
    ],
)
def test_the_index_is_what_its_formula_says(figure: Figure, index: float | None, known: float) -> None:
    found = scored(figure)
    assert found.index == (None if index is None else pytest.approx(index, abs=0.06))
    assert found.known == known


def test_months_are_as_many_days_on_whatever_day_one_asks() -> None:
    """Two days differ by law, never by the lengths of the months that follow."""
    rows = '<regime/road> pas:decideWithin "P4M" .'
    store = Europe((Edge("aa", "bb", "road"),), rows).store()
    asked = [list(Asking(store, day).of("nurse")) for day in (date(2026, 2, 1), date(2026, 7, 1))]
    assert asked[0] == asked[1]
    assert {figure.days for figure in asked[0] if figure.way} == {120}


def test_the_reader_sets_the_weights() -> None:
    assert scored(WHOLE, {**dict.fromkeys(WEIGHTS, 0.0), "time": 3.0}).index == 20.0
    assert scored(replace(WHOLE, days=None), {**dict.fromkeys(WEIGHTS, 0.0), "time": 3.0}).index is None


def test_what_is_not_known_is_counted_and_never_taken_for_nought() -> None:
    found = [scored(replace(BASE, outcome="unknown", unknown=("answer",))), scored(replace(WHOLE, unknown=("cost",)))]
    group = group_of((), [*found, scored(replace(BASE, outcome="none"))])
    assert (group.answers, group.unknown, group.incomplete, group.closed) == (3, 1, 2, 1)
    assert group.index == pytest.approx((49.25 + 100) / 2, abs=0.06)


def test_a_figure_survives_being_written() -> None:
    assert figure_from(json.loads(json.dumps(WHOLE.as_json()))) == WHOLE


PARTS = "".join(
    f'<jurisdiction/{code.lower()}> a pas:Jurisdiction ; pas:code "{code}" ; pas:decides {decides} {more} .\n'
    for code, decides, more in [
        ("EE", "false", "; pas:state <jurisdiction/ee>"),
        *(
            (f"EE-{part}", decides, "; pas:state <jurisdiction/ee> ; pas:partOf <jurisdiction/ee>")
            for part, decides in (("x", "true"), ("y", "true"), ("z", "false"))
        ),
        ("FF", "false", "; pas:state <jurisdiction/ff>"),
        ("EU", "false", ""),
    ]
)
"""A state that leaves all to two of its parts, one that is not among those that decide, and a union of states."""


def test_a_state_stands_for_all_its_parts_that_decide() -> None:
    store = Europe((), PARTS).store()
    services = cast(Services, SimpleNamespace(jurisdictions=jurisdictions_of(store)))
    pairs = [("EE", "AA"), ("EE-x", "AA"), ("EE-z", "AA"), ("BB", "AA"), ("AA", "EE-x"), ("EE-x", "EE-y"), ("EU", "AA")]
    figures = [replace(BASE, home=home, host=host) for home, host in pairs]
    for home, host, wanted in [
        ("ee", "aa", pairs[:3]),
        ("EE-X", None, [pairs[1], pairs[5]]),
        ("EE-z", None, pairs[2:3]),
        (None, "EE", pairs[4:6]),
        ("BB", "", pairs[3:4]),
        ("EU", None, pairs[6:]),
    ]:
        found = filter(wanted_of(services, Asked(home=home, host=host)), figures)
        assert [(figure.home, figure.host) for figure in found] == wanted
    for asked in (Asked(home="FF"), Asked(host="FF"), Asked(host="EE-z"), Asked(host="EU"), Asked(home="XX")):
        with pytest.raises(BadRequest):
            wanted_of(services, asked)


def test_titles_of_parts_that_do_not_decide_belong_to_the_regions_of_their_state() -> None:
    store = Europe(
        (),
        PARTS
        + "<border-region/r> a pas:BorderRegion . <place/x> a pas:Place ; pas:borderRegion <border-region/r> ; pas:decidedIn "
        "<jurisdiction/ee-x> . <place/a> a pas:Place ; pas:borderRegion <border-region/r> ; pas:decidedIn <jurisdiction/aa> .",
    ).store()
    services = cast(Services, SimpleNamespace(jurisdictions=jurisdictions_of(store), store=store))
    assert regions(services) == {"r": Region({"AA", "EE", "EE-x", "EE-z"}, {"AA", "EE-x"})}
    assert state_codes(services)["EE-x"] == "EE"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("obstacles")
    triples = parse(PREFIXES + EUROPE.turtle(), format=RdfFormat.TURTLE)
    quads = [Quad(each.subject, each.predicate, each.object, NamedNode(f"{GRAPH}tables")) for each in triples]
    built(folder, "now", quads, "2026-03-01T10:00:00+00:00")
    (folder / "current").symlink_to(Path("graphs") / "now")
    kept.make(folder, folder / "graphs" / "now", DAY)
    return folder


@pytest.fixture(scope="module")
def maps(data: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data=data), CurrentStore(data)), follow_redirects=False) as client:
        yield client


def test_a_map_is_made_once_and_read_as_it_was_made(data: Path) -> None:
    path = kept.file_of(data, "now", DAY)
    before = path.stat().st_mtime_ns
    assert kept.make(data, data / "graphs" / "now", DAY) == path
    assert path.stat().st_mtime_ns == before
    assert list(kept.read(path).figures) == list(all_figures(data / "graphs" / "now", DAY))
    assert kept.newest(data, "now", date(2026, 5, 31)) is None
    assert kept.newest(data, "now", date(2027, 1, 1)) == path


def test_the_lookup_gives_the_map_with_its_formula(maps: TestClient) -> None:
    body = maps.get("/api/v1/obstacles", params={"as_of": "2026-06-01", "by": "pair"}).json()
    answer = ObstaclesAnswer.model_validate(body)
    assert answer.total.answers == 12
    assert answer.formula.weights == WEIGHTS
    assert len(answer.groups) == 12
    assert [item.index for item in answer.results][:9] == [100.0] * 9
    ways = [item for item in answer.results if item.outcome != "none"]
    assert {(item.home, item.host) for item in ways} == {("AA", "BB"), ("BB", "CC"), ("AA", "DD")}


def test_a_part_of_the_map_by_other_weights(maps: TestClient) -> None:
    given = {"as_of": "2026-06-01", "home": "aa", "host": "BB", "weight_way": 0, "weight_time": 0}
    body = maps.get("/api/v1/obstacles", params=given).json()
    assert [(item["home"], item["host"]) for item in body["results"]] == [("AA", "BB")]
    assert body["formula"]["weights"]["way"] == 0


def test_the_map_as_a_table_and_as_linked_data(maps: TestClient) -> None:
    given = {"as_of": "2026-06-01"}
    rows = list(csv.DictReader(io.StringIO(maps.get("/api/v1/obstacles", params={**given, "format": "csv"}).text)))
    assert len(rows) == 12 and {row["index"] for row in rows} >= {"100.0"}
    assert maps.get("/api/v1/obstacles", params={**given, "format": "xlsx"}).content.startswith(b"PK")
    nodes = maps.get("/api/v1/obstacles", params={**given, "format": "jsonld"}).json()["@graph"]
    assert sum("pas:Answer" in node["@type"] for node in nodes) == 12


def test_the_page_shows_each_number_of_the_lookup(maps: TestClient) -> None:
    text = maps.get("/obstacles?as_of=2026-06-01&lang=en").text
    assert "12 answers" in text
    assert 'aria-label="cc → aa: 100"' in text
    assert "Wie der Index entsteht" in maps.get("/obstacles?as_of=2026-06-01&lang=de").text
    alone = maps.get("/obstacles?as_of=2026-06-01&lang=en&home=AA&host=BB&profession=nurse").text
    assert "1 answers" in alone


def test_a_map_that_was_not_made_says_how_far_it_is(maps: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    making = Making("now", date(2026, 1, 1), 3, 12)
    services = maps.app.state.services  # type: ignore[attr-defined]
    monkeypatch.setattr(services.maps, "_begin", lambda *_: making)
    answer = maps.get("/api/v1/obstacles", params={"as_of": "2026-01-01"})
    assert answer.status_code == 202 and answer.headers["retry-after"]
    assert BeingMade.model_validate(answer.json()).professions_done == 3
    page = maps.get("/obstacles?as_of=2026-01-01&lang=en")
    assert page.status_code == 200 and "3 of 12 professions" in page.text
    body = maps.get("/api/v1/obstacles").json()
    assert body["as_of"] == "2026-06-01", "without a day, the last map up to today"


def test_a_process_of_its_own_makes_the_map(
    data: Path, maps: TestClient, monkeypatch: pytest.MonkeyPatch, begin_a_map: Any
) -> None:
    monkeypatch.setattr(Maps, "_begin", begin_a_map)
    services = maps.app.state.services  # type: ignore[attr-defined]
    day = date(2026, 2, 1)
    found = services.maps.get(data, services.store, day)
    while isinstance(found, Making):
        found = services.maps.get(data, services.store, day)
    assert len(found.usual) == 12


class Failing:
    """A process that cannot write its map, as in a folder that may only be read."""

    def __init__(self, *_: Any) -> None:
        self.messages = [{"done": 1, "of": 12}, {"wrong": "PermissionError"}]

    def received(self) -> dict[str, Any]:
        return self.messages.pop(0) if self.messages else {}

    def stop(self) -> None:
        self.messages.clear()


def test_a_map_that_cannot_be_kept_is_an_error_and_not_made_for_ever(
    data: Path, monkeypatch: pytest.MonkeyPatch, begin_a_map: Any
) -> None:
    monkeypatch.setattr(Maps, "_begin", begin_a_map)
    monkeypatch.setattr("graph_api.web.maps.Process", Failing)
    maps, day = Maps(), date(2026, 3, 1)
    assert isinstance(maps.get(data, CurrentStore(data), day), Making)
    while maps._making:
        time.sleep(0.01)
    with pytest.raises(StoreUnavailable, match=r"the map of 2026-03-01 could not be made \(PermissionError\)"):
        maps.get(data, CurrentStore(data), day)


@pytest.mark.parametrize("region", ["nowhere", "<script>", "'; DROP", "a b", "\x00"])
@pytest.mark.parametrize("address", ["/obstacles?as_of=2026-06-01", "/obstacles/changes?a=2026-06-01&b=2026-06-01"])
def test_what_is_no_region_is_unknown_to_the_pages_too(maps: TestClient, address: str, region: str) -> None:
    answer = maps.get(f"{address}&{urlencode({'region': region})}", headers={"accept": "text/html"})
    assert (answer.status_code, "<script>" in answer.text) == (404, False)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"profession": "astrologer"}, 404),
        ({"home": "XX"}, 400),
        ({"region": "nowhere"}, 404),
        ({"as_of": "2026-02-30"}, 400),
        ({"weight_way": "-1"}, 400),
        ({"by": "moon"}, 400),
        ({"format": "turtle"}, 400),
        ({f"weight_{name}": "0" for name in WEIGHTS}, 400),
    ],
)
def test_what_is_no_part_of_the_map_is_refused(maps: TestClient, given: dict[str, str], status: int) -> None:
    assert maps.get("/api/v1/obstacles", params=given).status_code == status
