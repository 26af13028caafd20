"""Reforms: laid over the tables they give what a whole build of the changed tables gives; what changes is found, losers first."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from graph_api.build import pipeline
from graph_api.errors import BadTable, GraphError, UnknownIdentifier
from graph_api.inputs.folders import Sources
from graph_api.obstacles import kept
from graph_api.obstacles.asking import Asking
from graph_api.obstacles.figures import Figure
from graph_api.rdf.nquads import opened
from graph_api.rdf.terms import GRAPH
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import question_from
from graph_api.reform.changes import Comparison, compare
from graph_api.reform.folder import data_of, named, read_reform
from graph_api.reform.laying import build_reform
from graph_api.settings import Settings
from graph_api.store.jurisdictions import Region
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from graph_api.web.reforms import Reforms, Wanted, by_pair, by_region
from graph_api.web.rest.reforms import ChangesAnswer, ReformList
from tests.conftest import ROOT
from tests.europe import PREFIXES, Edge, Europe
from tests.small_sources import small_sources
from tests.test_versions import built

DAY = date(2027, 1, 1)
HEAD = """---
title: {{en: An invented reform, nl: Een hervorming, fr: Une réforme, de: Eine Reform}}
summary: {{en: It changes something., nl: Iets., fr: Quelque chose., de: Etwas.}}
status: hypothetical
proposed_by: nobody
in_force: 2027-01-01
legal_basis: [{{act: none, says: nothing, source: invented, verified: from-knowledge}}]
changes: [nothing in force]
needs: [an invented parliament]
{more}
---
It is invented.
"""


def reform_in(folder: Path, name: str, more: str = "", **tables: list[dict[str, str]]) -> Path:
    """A reform with these rows, by table."""
    place = folder / "reforms" / name
    place.mkdir(parents=True)
    (place / "README.md").write_text(HEAD.format(more=more), encoding="utf-8")
    for table, rows in tables.items():
        with (place / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return place


# ---- what is laid over the tables ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small part of the tables, built."""
    folder = small_sources(tmp_path_factory.mktemp("small"), "midwife")
    pipeline.build(Sources.under(folder), folder / "var")
    return folder


PARTIES = [
    {"change": "add", "act": "benelux-m-2015-3", "jurisdiction": "fr", "valid_from": "2027-01-01", "source": "invented", "verified": "yes"},
    {"change": "replace", "act": "benelux-m-2015-3", "jurisdiction": "lu", "valid_from": "2028-01-01", "source": "invented", "verified": "yes"},
    {"change": "end", "act": "benelux-m-2018-1", "jurisdiction": "nl", "valid_from": "", "source": "", "verified": ""},
]  # fmt: skip


def said(current: Path) -> set[str]:
    """What a built graph says, wherever it stands: without graphs, without the places of rows."""
    stored = Store.read_only(str(current / "store"))
    triples = {str(quad.triple) for quad in stored.quads_for_pattern(None, None, None, None)}
    return {line for line in triples if "#row=" not in line and "graph/" not in line and "_:" not in line}


@pytest.mark.long
def test_a_reform_gives_what_a_build_of_the_changed_tables_gives(small: Path, tmp_path: Path) -> None:
    place = reform_in(small, "parties", parties=PARTIES)
    done = build_reform(Sources.under(small), small / "var", read_reform(place))
    whole = tmp_path / "whole"
    sources = small_sources(whole, "midwife")
    table = sources / "mappings" / "parties.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows = [row for row in rows if (row["act"], row["jurisdiction"]) != ("benelux-m-2018-1", "nl")]
    for row in rows:
        if (row["act"], row["jurisdiction"]) == ("benelux-m-2015-3", "lu"):
            row |= {"valid_from": "2028-01-01", "source": "invented", "verified": "yes"}
    rows.append({name: PARTIES[0].get(name, "") for name in rows[0]})
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    pipeline.build(Sources.under(sources), whole / "var")
    own = data_of(small / "var", "parties") / "current"
    mine, other = said(own), said(whole / "var" / "current")
    of_the_build = {
        line for line in mine ^ other if any(name in line for name in ("void#", "versionInfo", "dc/terms/modified"))
    }
    assert (mine ^ other) - of_the_build == set()
    assert done.version != done.base
    stored = Store.read_only(str(own / "store"))
    graph = NamedNode(f"{GRAPH}mappings/reforms/parties/parties")
    assert any(True for _ in stored.quads_for_pattern(None, None, None, graph))
    everywhere = {quad.triple for quad in stored if isinstance(quad.graph_name, NamedNode)}
    assert {quad.triple for quad in stored.quads_for_pattern(None, None, None, DefaultGraph())} == everywhere


def test_law_in_force_holds_nothing_of_a_reform(small: Path) -> None:
    with opened(small / "var" / "current" / "dump.nq.gz") as lines:
        assert not any(b"/reforms/" in line for line in lines)
    stored = Store.read_only(str(small / "var" / "current" / "store"))
    assert not any(b"/reforms/" in str(quad).encode() for quad in stored)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"change": "add", "act": "benelux-m-2015-3", "jurisdiction": "be"}], "stands in the table already; write replace"),
        ([{"change": "replace", "act": "benelux-m-2015-3", "jurisdiction": "de"}], "is not in the table; write add"),
        ([{"change": "drop", "act": "benelux-m-2015-3", "jurisdiction": "be"}], "'drop' is no change; write add, replace, end"),
        ([{"change": "replace", "act": "benelux-m-2015-3", "jurisdiction": "be", "colour": "blue"}], "'colour' is no column"),
        ([{"change": "add", "act": "no-such-act", "jurisdiction": "be", "source": "x", "verified": "yes"}], "'no-such-act' is not in legal_acts.csv"),
        ([{"change": "add", "act": "benelux-m-2015-3", "jurisdiction": "de", "source": "x", "verified": "perhaps"}], "write yes or from-knowledge"),
    ],
)  # fmt: skip
def test_rows_are_checked_like_those_of_every_table(
    small: Path, tmp_path: Path, rows: list[dict[str, str]], message: str
) -> None:
    place = reform_in(tmp_path, "wrong", parties=rows)
    with pytest.raises(BadTable, match=message):
        build_reform(Sources.under(small), small / "var", read_reform(place))


def test_a_table_that_is_none_and_a_rule_that_is_none_are_refused(small: Path, tmp_path: Path) -> None:
    place = reform_in(tmp_path, "wrong", nowhere=PARTIES)
    with pytest.raises(BadTable, match=r"there is no mappings/nowhere\.csv"):
        build_reform(Sources.under(small), small / "var", read_reform(place))
    ending = reform_in(tmp_path, "ending", more="ends_rules: [no-such-rule]")
    with pytest.raises(GraphError, match="no-such-rule"):
        build_reform(Sources.under(small), small / "var", read_reform(ending))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no head", "has no head"),
        ("---\n: [\n---\n", "is not YAML"),
        (HEAD.format(more="colour: blue"), "colour: Extra inputs"),
        (HEAD.format(more="").replace("hypothetical", "likely"), "status: Input should be"),
    ],
)
def test_a_head_that_lacks_something_says_what(tmp_path: Path, text: str, message: str) -> None:
    place = tmp_path / "bad"
    place.mkdir()
    (place / "README.md").write_text(text, encoding="utf-8")
    with pytest.raises(BadTable, match=message):
        read_reform(place)


def test_every_reform_of_the_project_can_be_read_and_names_tables_that_there_are() -> None:
    names = [path.parent.name for path in (ROOT / "reforms").glob("*/README.md")]
    assert names
    for name in names:
        reform = named(ROOT / "reforms", name)
        assert all((ROOT / "mappings" / table).is_file() for table in reform.tables), name
    with pytest.raises(UnknownIdentifier):
        named(ROOT / "reforms", "../mappings")


# ---- what changes: an oracle that asks everything itself -----------------------------------------------------------

EUROPES = [
    (Europe((Edge("aa", "bb", "road"),)), Europe((Edge("aa", "bb", "road"), Edge("aa", "cc", "road")))),
    (Europe((Edge("aa", "bb", "road"), Edge("bb", "cc", "road"))), Europe((Edge("bb", "cc", "road"),))),
    (Europe((Edge("aa", "bb", "road"),)), Europe((Edge("aa", "bb", "road"),))),
    (Europe((Edge(None, "bb", "road"),)), Europe((Edge("cc", "dd", "path"), Edge("aa", "bb", "road")))),
]


@pytest.mark.parametrize(("before", "after"), EUROPES)
def test_what_changes_is_what_an_oracle_finds_that_asks_everything(before: Europe, after: Europe) -> None:
    found = compare(*(list(Asking(side.store(), DAY).of("nurse")) for side in (before, after)))
    finders = [PathFinder(side.store()) for side in (before, after)]
    expected = {}
    for title, host in product([*(("issued_in", s) for s in ("AA", "BB", "CC", "DD")), ("qualification", "aa-title")], ("AA", "BB", "CC", "DD")):  # fmt: skip
        home = title[1] if title[0] == "issued_in" else "AA"
        if home == host:
            continue
        given = [("profession", "nurse"), title, ("country", host), ("as_of", DAY.isoformat()), ("nationality", "EU")]
        answers = [finder.find(question_from(given)) for finder in finders]
        outcomes = [(answer["outcome"], [path["steps"][-1]["regime"]["slug"] for path in answer["paths"][:1]]) for answer in answers]  # fmt: skip
        if outcomes[0] != outcomes[1]:
            key = ("nurse", home, host, "" if title[0] == "issued_in" else title[1])
            expected[key] = (outcomes[0][0], outcomes[1][0])
    changed = {each.figure.key: (each.before.outcome, each.after.outcome) for each in found.changes if each.before and each.after}  # fmt: skip
    assert changed == expected
    assert found.compared == 15


BASE = Figure("nurse", "AA", "BB", True, "t", "general_system", "open", decided=True, days=120, cost=100, papers=5)
WITH = replace(BASE, measures=("aptitude_test",), chosen_by="applicant", steps=2)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (WITH, replace(WITH, days=30), "better"),
        (WITH, replace(WITH, days=150), "worse"),
        (WITH, replace(WITH, days=30, cost=150), "mixed"),
        (WITH, replace(WITH, chosen_by="host"), "worse"),
        (WITH, replace(WITH, measures=(), chosen_by=None), "better"),
        (WITH, replace(WITH, outcome="none"), "worse"),
        (replace(WITH, outcome="none"), WITH, "better"),
        (WITH, replace(WITH, outcome="not_regulated", free=True, decided=False), "better"),
        # what is not known on one side is neither a gain nor a loss
        (WITH, replace(WITH, days=None), "other"),
        (replace(WITH, outcome="unknown"), WITH, "other"),
        (WITH, replace(WITH, regime="another"), "other"),
        (replace(WITH, status="open_if"), WITH, "better"),
        (replace(WITH, status="unknown"), WITH, "other"),
    ],
)
def test_who_gains_and_who_loses(before: Figure, after: Figure, verdict: str) -> None:
    [change] = compare([before], [after]).changes
    assert change.verdict == verdict


def test_losers_come_first_and_what_is_new_is_no_gain_of_anybody() -> None:
    sides = [[replace(WITH, home=home, days=120) for home in "ABC"], [replace(WITH, home="A", days=1), replace(WITH, home="B", days=200), replace(WITH, home="D")]]  # fmt: skip
    found = compare(*sides)
    assert [change.verdict for change in found.changes] == ["worse", "better", "other", "other"]
    assert found.most_saved("days") == 119
    assert found.compared == 4


def test_facts_that_somebody_read_meanwhile_are_no_change_of_law() -> None:
    assert compare([WITH], [replace(WITH, unread=3, unknown=("cost",))]).changes == []


# ---- the doors -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An invented Europe with an invented reform that is built, and one that is not."""
    folder = tmp_path_factory.mktemp("lab")
    data, sides = folder / "var", EUROPES[0]
    reform_in(folder, "open-road")
    reform_in(folder, "not-built")
    adopted = reform_in(folder, "adopted-act") / "README.md"
    adopted.write_text(HEAD.format(more="").replace("hypothetical", "passed"), encoding="utf-8")
    for place, version, europe in ((data, "now", sides[0]), (data_of(data, "open-road"), "then", sides[1])):
        triples = parse(PREFIXES + europe.turtle(), format=RdfFormat.TURTLE)
        quads = [Quad(each.subject, each.predicate, each.object, NamedNode(f"{GRAPH}tables")) for each in triples]
        built(place, version, quads, "2026-03-01T10:00:00+00:00")
        (place / "current").symlink_to(Path("graphs") / version)
        if version == "then":
            report = place / "graphs" / version / "report.json"
            report.write_text(json.dumps({**json.loads(report.read_text(encoding="utf-8")), "base": "now"}), encoding="utf-8")  # fmt: skip
            (place / "graphs" / version / "checksums.json").unlink(missing_ok=True)
        kept.make(place, place / "graphs" / version, DAY)
    (folder / "ontology").symlink_to(ROOT / "ontology")
    (folder / "mappings").symlink_to(ROOT / "mappings")
    app = create_app(Settings(data=data, sources=folder), CurrentStore(data))
    with TestClient(app, follow_redirects=False) as client:
        yield client


ASKED = {"qualification": "aa-title", "profession": "nurse", "country": "CC", "lang": "en"}


def test_reforms_are_listed_and_say_that_they_are_no_law_in_force(lab: TestClient) -> None:
    listed = ReformList.model_validate(lab.get("/api/v1/reforms").json())
    assert [each.name for each in listed.results] == ["adopted-act", "not-built", "open-road"]
    text = lab.get("/reforms?lang=en").text
    assert "An invented reform" in text and "hypothetical" in text
    assert lab.get("/reforms/open-road?lang=de").text.count("Kein geltendes Recht")
    assert lab.get("/api/v1/reforms/nowhere").status_code == 404


def test_the_changes_of_a_reform_are_given_with_both_sides(lab: TestClient) -> None:
    body = ChangesAnswer.model_validate(lab.get("/api/v1/reforms/open-road/changes").json())
    assert body.changed == 2 and body.counts == {"worse": 0, "mixed": 0, "better": 2, "other": 0}
    assert {(each.before or {})["outcome"] for each in body.results} == {"none"}
    assert {(each.home, each.host) for each in body.results} == {("AA", "CC")}
    assert body.after["reform"] == "open-road" and body.before["version"] == "now"
    rows = list(csv.DictReader(lab.get("/api/v1/reforms/open-road/changes?format=csv").text.splitlines()))
    assert [row["outcome_after"] for row in rows] == ["general_system"] * 2
    page = lab.get("/reforms/open-road?lang=en").text
    assert "reform=open-road" in page and "changed: 2." in page
    assert '<select id="region" name="region">' in page


def test_an_answer_under_a_reform_says_so_and_every_other_is_law_in_force(lab: TestClient) -> None:
    assert "reform" not in lab.get("/api/v1/paths", params=ASKED).json()
    reformed = lab.get("/api/v1/paths", params={**ASKED, "reform": "open-road"}).json()
    assert reformed["reform"]["name"] == "open-road" and reformed["as_of"] == "2027-01-01"
    assert reformed["outcome"] == "general_system"
    assert lab.get("/api/v1/paths", params=ASKED).json()["outcome"] == "none"
    page = lab.get("/path", params={**ASKED, "reform": "open-road"})
    assert page.status_code == 200 and "Not law in force" in page.text
    assert "Not law in force" not in lab.get("/path", params=ASKED).text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/paths?profession=nurse&country=CC&reform=nowhere", 404),
        ("/api/v1/paths?profession=nurse&country=CC&reform=not-built", 404),
        ("/api/v1/paths?profession=nurse&country=CC&reform=open-road&as_of=2026-01-01", 400),
        ("/path?profession=nurse&country=CC&issued_in=AA&reform=open-road&format=jsonld", 400),
        ("/professions?reform=open-road", 400),
        ("/sparql?query=ASK%7B%7D&reform=open-road", 400),
        ("/api/v1/reforms/not-built/changes", 404),
        ("/api/v1/reforms/open-road/changes?profession=astrologer", 404),
        ("/reforms/open-road?profession=astrologer", 404),
        ("/api/v1/reforms/open-road/changes?profession=%22%3E%3Cb%3E", 400),
        ("/api/v1/reforms/open-road/changes?region=nowhere", 404),
        ("/api/v1/reforms/open-road/changes?home=XX", 400),
        ("/api/v1/reforms/open-road/changes?host=nowhere", 400),
        ("/api/v1/reforms/open-road/changes?intent=moon", 400),
        ("/api/v1/reforms/open-road/changes?intent=level&profession=nurse", 400),
        ("/reforms/open-road?home=XX", 400),
        ("/reforms/open-road?host=%3Cscript%3E", 400),
        ("/reforms/open-road?intent=moon", 400),
        ("/api/v1/reforms/open-road/changes?format=turtle", 400),
        ("/api/v1/reforms/open-road/changes?limit=0", 400),
        ("/api/v1/reforms/open-road/changes?offset=-1", 400),
        ("/api/v1/reforms/..%2F..%2Fetc/changes", 404),
        ("/api/v1/obstacles/changes?a=2026-02-30&b=2027-01-01", 400),
        ("/api/v1/obstacles/changes?a=2026-12-31", 400),
        ("/api/v1/obstacles/changes?a=2026-12-31&b=2027-01-01&version_a=..%2F..", 400),
        ("/api/v1/obstacles/changes?a=2026-12-31&b=2027-01-01&version_a=nowhere", 404),
        ("/obstacles/changes?a=2026-02-30&b=2027-01-01", 400),
        ("/reforms/not-built", 200),
    ],
)
def test_what_is_not_known_or_not_allowed_is_refused_clearly(lab: TestClient, address: str, status: int) -> None:
    assert lab.get(address).status_code == status


@pytest.mark.parametrize(
    ("door", "asked"),
    [
        *product(
            ["/api/v1/obstacles/changes", "/obstacles/changes"],
            ["profession=astrologer", "region=nowhere", "home=XX", "host=XX", "intent=moon"],
        ),
        *product(["/api/v1/obstacles/changes"], ["format=turtle", "offset=-1"]),
    ],
)
def test_what_cannot_be_asked_begins_no_map(
    lab: TestClient, monkeypatch: pytest.MonkeyPatch, door: str, asked: str
) -> None:
    def begun(*_: object) -> None:
        raise Begun

    monkeypatch.setattr(Reforms, "between", begun)
    days = "a=2026-12-31&b=2027-01-01"
    with pytest.raises(Begun):
        lab.get(f"{door}?{days}")
    assert lab.get(f"{door}?{days}&{asked}").status_code in (400, 404)


class Begun(Exception):
    """A map was asked for."""


@pytest.mark.parametrize(
    ("asked", "compared", "changed"),
    [
        ("", 18, 2),
        ("home=AA", 9, 2),
        ("home=aa&host=cc", 3, 2),
        ("home=AA&host=BB", 3, 0),
        ("host=CC&profession=nurse", 4, 2),
        ("home=CC", 3, 0),
        ("home=&host=&profession=nurse", 15, 2),
        ("intent=level", 3, 0),
        ("intent=establishment", 15, 2),
    ],
)
def test_changes_are_narrowed_to_a_pair(lab: TestClient, asked: str, compared: int, changed: int) -> None:
    """15 questions about the only profession: 12 pairs, and one title of AA in 3 states; 3 about the level of that title."""
    address = f"/api/v1/reforms/open-road/changes?{asked}"
    body = lab.get(address).json()
    assert (body["compared"], body["changed"], len(body["results"])) == (compared, changed, changed)
    assert len(list(csv.DictReader(lab.get(f"{address}&format=csv").text.splitlines()))) == changed
    assert len(lab.get(f"{address}&format=jsonld").json()["@graph"]) == changed + 1
    if "establishment" not in asked:
        page = lab.get(f"/reforms/open-road?lang=en&{asked}").text
        assert f"Answers compared: {compared}; changed: {changed}." in page


def test_what_a_page_of_changes_is_narrowed_to_stays_in_its_links(
    lab: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph_api.web.pages.reforms._SIZE", 1)
    for address in ("/reforms/open-road?", f"/obstacles/changes?a={DAY}&b={DAY}&"):
        page = lab.get(f"{address}home=AA&host=CC&profession=nurse&lang=en").text.replace("&amp;", "&")
        kept_ = "profession=nurse&home=AA&host=CC"
        links = re.findall(r'href="(/api/v1/[^"]*format=[^"]*)"', page)
        assert len(links) == 4 and all(kept_ in link for link in links)
        assert "Narrowed to" in page and "From: aa" in page and "To: cc" in page
        for field in ("home", "host"):
            assert re.search(rf'<select id="{field}" name="{field}">.*?<option value="..?" selected>', page)
    page = lab.get("/reforms/open-road?home=AA&host=CC&lang=en").text.replace("&amp;", "&")
    following = re.search(r'<a rel="next" href="([^"]*)"', page)
    assert following and "home=AA&host=CC&offset=1" in following[1]
    assert "better" in lab.get(following[1]).text


def test_each_row_of_a_table_leads_to_the_changes_that_it_counts(
    lab: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [("AA", "BB"), ("BB", "AA"), ("AA", "CC"), ("CC", "DD")]
    before = [replace(WITH, profession=name, home=home, host=host) for name in ("nurse", "") for home, host in pairs]
    after = [replace(side, days=30 if side.home == "AA" and side.profession else 200) for side in before]
    regions = {name: Region(parts, parts) for name, parts in [("near", {"AA", "BB"}), ("wide", {"AA", "BB", "CC"})]}

    def changes(_self: Reforms, _name: str, wanted: Wanted, _client: str) -> Comparison:
        return compare(filter(wanted, before), filter(wanted, after))

    monkeypatch.setattr(Reforms, "changes", changes)
    monkeypatch.setattr("graph_api.web.obstacles.regions", lambda _: regions)
    monkeypatch.setattr("graph_api.web.pages.reforms.regions", lambda _: regions)
    monkeypatch.setattr(
        "graph_api.web.pages.reforms.regions_by_name", lambda *_: [(name, (name, "en")) for name in regions]
    )
    page = lab.get("/reforms/open-road?lang=en").text.replace("&amp;", "&")
    assert "Answers compared: 8; changed: 8." in page
    rows = re.findall(r'<tr><th scope="row"><a href="([^"]*)">([^<]*)</a></th>(.*)</tr>', page)
    assert [name for _, name, _ in rows] == [
        *("near", "wide", "bb → aa", "cc → dd", "aa → bb", "aa → cc", "Level of a qualification", "nurse")
    ]
    for address, name, cells in rows:
        counted = sum(map(int, re.findall(r">(\d+)</td>", cells)))
        assert f"; changed: {counted}." in lab.get(address).text, name
        assert len(lab.get(address.replace("/reforms/open-road", "/api/v1/reforms/open-road/changes")).json()["results"]) == counted  # fmt: skip


def test_a_pair_is_counted_in_every_border_region_in_which_it_lies() -> None:
    sides = [replace(WITH, home=home, host=host) for home, host in ("AB", "BA", "AC", "CD")]
    after = [replace(side, days=30 if side.home == "A" else 200) for side in sides]
    found = compare(sides, after)
    assert dict(by_pair(found, {"C": "S", "D": "S"})) == {
        ("A", "B"): {"worse": 0, "mixed": 0, "better": 1, "other": 0},
        ("A", "C"): {"worse": 0, "mixed": 0, "better": 1, "other": 0},
        ("B", "A"): {"worse": 1, "mixed": 0, "better": 0, "other": 0},
        ("S", "D"): {"worse": 1, "mixed": 0, "better": 0, "other": 0},
    }
    regions = {name: Region(set(name), set(name)) for name in ("AB", "ABC", "D")}
    assert by_region(found, regions) == [
        ("AB", {"worse": 1, "mixed": 0, "better": 1, "other": 0}),
        ("ABC", {"worse": 1, "mixed": 0, "better": 2, "other": 0}),
    ]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "This law is adopted."),
        ("nl", "Deze wet is aangenomen."),
        ("fr", "Cette loi est adoptée."),
        ("de", "Dieses Gesetz ist beschlossen."),
    ],
)
def test_a_law_that_is_adopted_leads_to_the_days_around_its_beginning(lab: TestClient, lang: str, words: str) -> None:
    address = "/obstacles/changes?a=2026-12-31&b=2027-01-01"
    page = lab.get(f"/reforms/adopted-act?lang={lang}").text.replace("&amp;", "&")
    assert words in page and f'href="{address}&lang={lang}"' in page
    assert address in lab.get("/reforms").text.replace("&amp;", "&")
    assert address not in lab.get("/reforms/open-road").text.replace("&amp;", "&")
    heads = {each["name"]: each["days"] for each in lab.get("/api/v1/reforms").json()["results"]}
    assert heads == {"adopted-act": ["2026-12-31", "2027-01-01"], "not-built": None, "open-road": None}


def test_changes_are_a_table_and_linked_data_too(lab: TestClient) -> None:
    address = "/api/v1/reforms/open-road/changes"
    page = lab.get("/reforms/open-road?lang=en").text
    for name in ("csv", "xlsx", "jsonld"):
        assert f"{address}?format={name}" in page.replace("&amp;", "&")
    workbook = zipfile.ZipFile(io.BytesIO(lab.get(address, params={"format": "xlsx"}).content))
    assert "xl/worksheets/sheet1.xml" in workbook.namelist()
    linked = lab.get(address, headers={"accept": "application/ld+json"}).json()
    about, *changes = linked["@graph"]
    assert about["schema:abstract"] == "a reform to try: no law in force" and about["schema:about"] == "open-road"
    assert [each["schema:category"] for each in changes] == ["better", "better"]
    assert (
        len(list(parse(json.dumps(linked).encode(), format=RdfFormat.JSON_LD, base_iri="https://example.org/x"))) > 20
    )
    outcomes = {value["schema:value"] for value in changes[0]["prov:wasRevisionOf"]["schema:additionalProperty"]}
    assert "none" in outcomes


def test_two_days_are_compared_by_the_same_machinery(lab: TestClient) -> None:
    body = lab.get(f"/api/v1/obstacles/changes?a={DAY}&b={DAY}").json()
    assert ChangesAnswer.model_validate(body).changed == 0
    assert lab.get(f"/obstacles/changes?a={DAY}&b={DAY}").status_code == 200


def followed(client: TestClient, address: str, name: str, to: str = "") -> str:
    """Where the link of that name leads, on a page; of several the first that leads to an address with this in it."""
    found = re.search(rf'<a href="([^"]*{to}[^"]*)"[^>]*>\s*{re.escape(name)}', client.get(address).text)
    assert found, f"{address} has no link '{name}'"
    return found[1].replace("&amp;", "&")


def test_whom_a_reform_serves_is_three_clicks_from_the_first_page(lab: TestClient) -> None:
    """A ministry asks: does anybody lose by this proposal, and what would one of those who gain be told?"""
    reforms = followed(lab, "/?lang=en", "Reforms to try")
    reform = followed(lab, reforms, "An invented reform", "open-road")
    text = " ".join(re.sub(r"<[^>]+>", " ", lab.get(reform).text).split())
    assert "Answers compared: 18; changed: 2." in text
    assert "worse 0" in text and "better 2" in text
    answer = lab.get(followed(lab, reform, "The whole answer"))
    assert answer.status_code == 200


def test_the_hardest_ways_are_two_clicks_from_the_first_page(lab: TestClient) -> None:
    obstacles = followed(lab, "/?lang=en", "Map of obstacles")
    assert lab.get(obstacles).status_code == 200
