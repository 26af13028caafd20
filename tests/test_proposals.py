"""Readers propose; experts decide; nothing that a request brings gets into the graph, and the file has an end."""

from __future__ import annotations

import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from graph_api.build import pipeline
from graph_api.errors import BadRequest, LimitReached
from graph_api.inputs.tables import read_tables
from graph_api.review import proposals
from graph_api.review.facts import proposed
from graph_api.review.proposals import Proposals, proposal_from, read_file
from graph_api.review.sheets import as_csv, rows_for
from graph_api.review.taking import take
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from graph_api.web.proposing import Senders
from tests.conftest import SOURCES
from tests.review_desk import DAY, SIGN_BY, Desk
from tests.tiny_builds import assembled

COOPER = "https://w3id.org/passerelle/id/trade/cooper"
LEVEL = "https://w3id.org/passerelle/def#level"
GIVEN = {"thing": COOPER, "property": LEVEL, "should_say": "5", "source": "Act on trades, section 2"}
ADDRESS = "/api/v1/proposals"


def made(**changed: str) -> proposals.Proposal:
    return proposal_from(GIVEN | changed, "2026-11-28")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk where ada and bo do not agree on the cooper, agree on the match, and ada refused a proposal."""
    found = Desk(tmp_path_factory.mktemp("desk"), tmp_path_factory.mktemp("keys"))
    barrel = "match#trade:cooper other:1"
    found.decide("ada", "one", {"trades.csv#cooper": ("agreed", "read <b>it</b>"), barrel: ("agreed",)})
    found.decide("bo", "two", {"trades.csv#cooper": ("refused", "it was repealed"), barrel: ("agreed",)})
    facts = found.facts()
    facts |= proposed([made()], facts.values())
    (fact,) = (each for each in facts.values() if each.kind == "proposal")
    rows = [dict(row) for row in rows_for([fact], "three", "ada", SIGN_BY, {})]
    data = as_csv([row | {"decision": "refused", "reason": "section 2 says four"} for row in rows])
    take(found.mappings, data, found.sign(data, "ada"), facts, DAY)
    return found


@pytest.fixture(scope="module")
def folder(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph built of the desk's tables."""
    data = tmp_path_factory.mktemp("data")
    with assembled(read_tables(desk.mappings).quads):
        pipeline.build(SOURCES, data)
    return data


@pytest.fixture
def settings(folder: Path, tmp_path: Path) -> Settings:
    return Settings(data=folder, proposals=tmp_path / "proposals.sqlite", proposals_a_day=5, proposals_at_most=8)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, CurrentStore(settings.data))
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as found:
        yield found


@pytest.fixture(scope="module")
def closed(folder: Path) -> Iterator[TestClient]:
    app = create_app(Settings(data=folder), CurrentStore(folder))
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as found:
        yield found


# ---- the form ------------------------------------------------------------------------------------------------------


def test_every_fact_says_where_to_say_that_it_is_wrong(closed: TestClient) -> None:
    page = closed.get("/page/trade/cooper", headers={"accept": "text/html"}).text
    assert 'href="/wrong?thing=https%3A%2F%2Fw3id.org%2Fpasserelle%2Fid%2Ftrade%2Fcooper"' in page
    assert "property=https%3A%2F%2Fw3id.org%2Fpasserelle%2Fdef%23level" in page


def test_the_form_gives_a_file_and_keeps_nothing(closed: TestClient, tmp_path: Path) -> None:
    page = closed.get("/wrong", params={"thing": COOPER, "property": LEVEL, "lang": "de"})
    assert "Das stimmt nicht" in page.text
    assert "Hier vorschlagen" not in page.text
    answer = closed.post("/wrong", data={**GIVEN, "name": "Eve", "to": "file"})
    assert answer.headers["content-disposition"].startswith('attachment; filename="p-')
    path = tmp_path / "proposal.json"
    path.write_bytes(answer.content)
    found = read_file(path)
    assert (found.thing, found.should_say, found.name) == (COOPER, "5", "Eve")
    assert found.id == made().id


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"should_say": ""}, 400, "should_say is empty"),
        ({"source": "x" * 1001}, 400, "at most 1000"),
        ({"thing": "javascript:alert(1)"}, 404, ""),
        ({"thing": "https://w3id.org/passerelle/id/trade/nobody"}, 404, ""),
    ],
)
def test_the_form_says_what_is_missing(closed: TestClient, changed: dict[str, str], status: int, said: str) -> None:
    answer = closed.post("/wrong", data=GIVEN | changed, headers={"accept": "text/html"})
    assert answer.status_code in (status, 400)
    assert said in answer.text


# ---- the door ------------------------------------------------------------------------------------------------------


def test_nothing_is_taken_in_unless_the_operator_says_so(closed: TestClient) -> None:
    answer = closed.post(ADDRESS, json=GIVEN)
    assert answer.status_code == 403
    assert answer.json()["error"] == "not_taken_in"
    assert closed.get(ADDRESS).json() == {
        "taken_in": False,
        "total": 0,
        "results": [],
    }
    assert "keeps no proposals" in closed.get("/proposals?lang=en", headers={"accept": "text/html"}).text


def test_a_proposal_is_kept_once_and_listed_with_what_became_of_it(client: TestClient) -> None:
    first, again = client.post(ADDRESS, json=GIVEN), client.post(ADDRESS, json=GIVEN | {"name": "Eve"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    (listed,) = client.get(ADDRESS).json()["results"]
    assert (listed["state"], listed["reasons"]) == ("refused", ["section 2 says four"])
    page = client.get("/proposals?lang=en", headers={"accept": "text/html"}).text
    assert "section 2 says four" in page
    assert "Act on trades, section 2" in page


def test_a_proposal_of_the_form_is_kept_too(client: TestClient) -> None:
    answer = client.post("/wrong", data={**GIVEN, "to": "server"}, headers={"accept": "text/html"})
    assert answer.status_code == 200
    assert client.get(ADDRESS).json()["total"] == 1


def test_a_sender_may_propose_so_many_a_day(client: TestClient) -> None:
    answers = [client.post(ADDRESS, json=GIVEN | {"should_say": f"say {number}"}) for number in range(7)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 2
    assert answers[-1].json()["limit"] == "proposals_a_day"
    assert client.get(ADDRESS).json()["total"] == 5


def test_senders_are_told_apart_without_their_address() -> None:
    senders = Senders(1)
    senders.count("192.0.2.7", date(2026, 11, 28))
    senders.count("192.0.2.8", date(2026, 11, 28))
    with pytest.raises(LimitReached):
        senders.count("192.0.2.7", date(2026, 11, 28))
    assert "192.0.2" not in repr(vars(senders))
    senders.count("192.0.2.7", date(2026, 11, 29))


NO_PROPOSALS: tuple[object, ...] = (
    {},
    [],
    "text",
    GIVEN | {"should_say": 5},
    GIVEN | {"decision": "accepted"},
    GIVEN | {"thing": "http://exa mple/"},
    GIVEN | {"thing": "https://w3id.org/passerelle/id/trade/nobody"},
    GIVEN | {"thing": COOPER + "> } } ; DROP ALL #"},
    GIVEN | {"property": "https://w3id.org/passerelle/def#nothing"},
    GIVEN | {"should_say": "x" * 2001},
    GIVEN | {"should_say": "é" * 1500},
    GIVEN | {"source": "\u202e \x00"},
)


def test_what_is_no_proposal_is_refused(client: TestClient) -> None:
    answers = [(body, client.post(ADDRESS, json=body).status_code) for body in NO_PROPOSALS]
    assert [(body, status) for body, status in answers if status not in (400, 404)] == []
    assert client.get(ADDRESS).json()["total"] == 0


def test_half_a_character_is_refused(client: TestClient) -> None:
    body = json.dumps(GIVEN).replace('"5"', '"\\ud800"')
    assert client.post(ADDRESS, content=body, headers={"content-type": "application/json"}).status_code == 400


def test_nothing_of_a_proposal_runs(client: TestClient) -> None:
    evil = "<script>alert(1)</script>\u202e"
    client.post(ADDRESS, json=GIVEN | {"should_say": evil, "source": evil, "name": evil})
    page = client.get("/proposals", headers={"accept": "text/html"})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text
    assert "\u202e" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_no_request_changes_the_graph(client: TestClient, settings: Settings) -> None:
    before = {path: path.stat().st_mtime_ns for path in settings.data.rglob("*") if path.is_file()}
    client.post(ADDRESS, json=GIVEN)
    assert {path: path.stat().st_mtime_ns for path in settings.data.rglob("*") if path.is_file()} == before
    assert client.get("/api/v1/reviews").json()["total"] == 5


# ---- the file ------------------------------------------------------------------------------------------------------


def test_rows_are_only_added(tmp_path: Path) -> None:
    kept = Proposals(tmp_path / "file", 10)
    assert kept.add(made())
    with sqlite3.connect(tmp_path / "file") as database:
        for text in ("DELETE FROM proposals", "UPDATE proposals SET should_say = 'no'"):
            with pytest.raises(sqlite3.IntegrityError, match="rows are only added"):
                database.execute(text)
    assert [each.should_say for each in kept.all()] == ["5"]


def test_a_full_file_says_so(tmp_path: Path) -> None:
    kept = Proposals(tmp_path / "file", 2)
    assert kept.add(made(should_say="a"))
    assert kept.add(made(should_say="b"))
    assert not kept.add(made(should_say="b"))
    with pytest.raises(LimitReached, match="2 proposals are kept here"):
        kept.add(made(should_say="c"))


def test_many_may_propose_at_once(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with ThreadPoolExecutor(8) as pool:
        added = list(
            pool.map(lambda number: Proposals(path, 100).add(made(should_say=f"say {number % 40}")), range(80))
        )
    assert sum(added) == 40
    assert Proposals(path, 100).count() == 40


def hostile(number: int) -> dict[str, object]:
    """What somebody may send who means harm; about a third of it has the form of a proposal."""
    draw = random.Random(number)
    text = "".join(chr(draw.randrange(1, 0x3000)) for _ in range(draw.choice((1, 20, 600, 2100))))
    evil = ("'); DROP TABLE proposals; --", "<img src=x onerror=alert(1)>", "=HYPERLINK(1)", "\x00\x1b[2J", text)
    given: dict[str, object] = {name: f"{draw.choice(evil)} {number}"[:2100] for name in GIVEN}
    given["thing"] = draw.choice((COOPER, COOPER, COOPER, COOPER + "x", "http://[::1", "file:///etc/passwd", text, 7))
    given["property"] = draw.choice(("", LEVEL, LEVEL + "s", text))
    return given


@pytest.mark.parametrize(
    "count", [pytest.param(2_000, marks=pytest.mark.long), pytest.param(10_000, marks=pytest.mark.whole)]
)
def test_thousands_of_hostile_proposals(folder: Path, tmp_path: Path, count: int) -> None:
    """Nothing that was taken in is lost, nothing gets in that is no proposal, and the file has an end."""
    path, most = tmp_path / "file", count // 20
    settings = Settings(data=folder, proposals=path, proposals_a_day=100_000, proposals_at_most=most)
    taken, statuses = [], Counter[int]()
    with TestClient(create_app(settings, CurrentStore(folder)), raise_server_exceptions=False) as client:
        for number in range(count):
            answer = client.post(ADDRESS, json=hostile(number))
            statuses[answer.status_code] += 1
            taken += [answer.json()] if answer.status_code == 201 else []
    size = sum(each.stat().st_size for each in tmp_path.iterdir())
    print(f"{dict(statuses)}, {size} bytes")
    assert set(statuses) == {201, 400, 404, 503}
    assert statuses[201] == most
    assert min(statuses.values()) > count // 100
    kept = {proposal.id: vars(proposal) for proposal in Proposals(path).all()}
    assert kept == {each["id"]: {key: each[key] for key in kept[each["id"]]} for each in taken}
    assert all(each["thing"] == COOPER and each["property"] in ("", LEVEL) for each in kept.values())
    assert size < most * 3 * 4096 + 64 * 4096
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# ---- who agreed on what ----------------------------------------------------------------------------------------------


def test_the_page_of_review_shows_a_disagreement_with_both_reasons(closed: TestClient) -> None:
    page = closed.get("/review?lang=en", headers={"accept": "text/html"}).text
    disputed = page.partition('id="disputed"')[2].partition('id="states"')[0]
    assert "read &lt;b&gt;it&lt;/b&gt;" in disputed
    assert "it was repealed" in disputed
    assert '<td class="number" data-title="agreed by two states">1</td>' in page


@pytest.mark.parametrize("thing", ["<script>", "cooper", "http://a b", "\x00", "http://[::1"])
@pytest.mark.parametrize("address", ["/review", "/wrong"])
def test_what_is_no_address_of_a_thing_is_unknown(closed: TestClient, address: str, thing: str) -> None:
    answer = closed.get(address, params={"thing": thing}, headers={"accept": "text/html"})
    assert (answer.status_code, "<script>" in answer.text) == (404, False)


def test_a_thing_shows_its_history(closed: TestClient) -> None:
    page = closed.get("/page/trade/cooper?lang=en", headers={"accept": "text/html"}).text
    assert "it was repealed" in page.partition('id="review"')[2]
    history = closed.get("/review", params={"thing": COOPER, "lang": "fr"}, headers={"accept": "text/html"}).text
    assert history.count('<li><a href="/page/review/') == 5
    assert "Historique de" in history


def test_the_lookup_says_the_same(closed: TestClient) -> None:
    found = closed.get("/api/v1/reviews", params={"thing": COOPER}).json()["results"]
    assert [(each["decision"], each["standing"]) for each in found] == [
        ("refused", "refused"),
        ("agreed", "accepted"),
        ("refused", "disputed"),
        ("agreed", "accepted"),
        ("agreed", "disputed"),
    ]
    assert found[-1]["orcid"] == "https://orcid.org/0000-0002-1825-0097"


def test_decisions_come_as_a_feed(closed: TestClient) -> None:
    answer = closed.get("/review/feed")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    atom = {"a": "http://www.w3.org/2005/Atom"}
    entries = ElementTree.fromstring(answer.content).findall("a:entry", atom)
    assert [entry.findtext("a:title", namespaces=atom) for entry in entries][:2] == [
        f"refused: proposals#{made().id}",
        "agreed: match#trade:cooper other:1",
    ]
    assert entries[0].findtext("a:updated", namespaces=atom) == "2026-11-28T00:00:00Z"


def test_a_file_that_is_no_proposal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    for text in ("", "[]", "{}", '{"passerelle_proposal": 2}'):
        path.write_text(text)
        with pytest.raises(BadRequest, match="is no proposal"):
            read_file(path)
