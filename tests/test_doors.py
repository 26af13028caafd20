"""What every door keeps: conditions, ids and rates of requests, pages by cursor, chosen fields, tables, triples."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import RdfFormat, parse
from rdflib import BNode, Graph
from starlette.types import Message, Receive, Scope, Send

from graph_api.settings import Settings
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from graph_api.web.in_scope import REQUEST_ID
from graph_api.web.rates import Rates, Requests
from graph_api.web.rest.collections import COLLECTIONS

API = "/api/v1"
QUESTION = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "NL"}


# ---- conditions ------------------------------------------------------------------------------------------

EVERYWHERE = [
    f"{API}/professions?limit=2",
    f"{API}/qualifications/fr-dei",
    f"{API}/search?q=midwife",
    "/data/profession/midwife",
    "/reconcile/0.2",
    "/esco/api/search?text=nurse&language=en",
    "/context.jsonld",
    "/sparql?query=ASK%7B%7D",
]


@pytest.mark.parametrize("address", EVERYWHERE)
def test_a_copy_that_holds_is_not_sent_again(client: TestClient, address: str) -> None:
    first = client.get(address)
    assert first.status_code == 200
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])


@pytest.mark.parametrize("address", EVERYWHERE)
def test_a_condition_that_does_not_hold_is_412(client: TestClient, address: str) -> None:
    answer = client.get(address, headers={"If-Match": '"another"'})
    assert (answer.status_code, answer.headers["content-type"]) == (412, "application/problem+json")
    assert client.get(address, headers={"If-Match": "*"}).status_code == 200


def test_a_file_that_changed_since_is_412(client: TestClient) -> None:
    address = "/sparql?query=ASK%7B%7D"
    old = {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
    assert client.get(address, headers=old).status_code == 412
    assert client.get(address, headers={"If-Unmodified-Since": "no day"}).status_code == 200


def test_a_packed_body_is_refused_in_any_case(client: TestClient) -> None:
    for coding in ("gzip", "GZIP", "br"):
        answer = client.post(f"{API}/paths", content=b"{}", headers={"Content-Encoding": coding})
        assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "identity")


# ---- ids and rates ---------------------------------------------------------------------------------------


def test_requests_have_ids(client: TestClient) -> None:
    assert client.get("/health", headers={REQUEST_ID: "mine-1"}).headers[REQUEST_ID] == "mine-1"
    made = client.get("/health", headers={REQUEST_ID: "not\tone"}).headers[REQUEST_ID]
    assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert REQUEST_ID in client.get(f"{API}/professions/astrologer").headers


def test_what_is_left_of_the_rate_is_told(client: TestClient) -> None:
    told = [client.get(f"{API}/regimes?limit=1").headers for _ in range(2)]
    assert told[0]["RateLimit-Limit"] == "120000"
    assert told[0]["RateLimit-Policy"] == "120000;w=60"
    assert {int(each["RateLimit-Reset"]) in range(1, 61) for each in told} == {True}
    assert "RateLimit-Limit" not in client.get("/health").headers


def test_one_request_too_many_waits() -> None:
    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def asked(limited: Requests, address: str) -> Message:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": "/api/v1/x", "headers": [], "client": (address, 1)}
        await limited(scope, receive, send)
        return sent[0]

    async def all_of_them() -> list[Message]:
        limited = Requests(door, Rates(2))
        return [await asked(limited, address) for address in ("198.51.100.1",) * 3 + ("198.51.100.2",)]

    answers = asyncio.run(all_of_them())
    if [answer["status"] for answer in answers] != [200, 200, 429, 200]:
        answers = asyncio.run(all_of_them())  # a minute ended meanwhile
    assert [answer["status"] for answer in answers] == [200, 200, 429, 200]
    assert b"retry-after" in dict(answers[2]["headers"])


# ---- pages, fields, tables -------------------------------------------------------------------------------


def walked(client: TestClient, address: str) -> list[str]:
    """The ids of a collection, along its `next`, which `Link` repeats."""
    found: list[str] = []
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += [record["id"] for record in body["results"]]
        following = body["next"]
        assert answer.headers.get("Link") == (f'<{following}>; rel="next"' if following else None)
    return found


def test_a_walk_by_cursor_sees_everything_once(client: TestClient) -> None:
    found = walked(client, f"{API}/regimes?limit=7&fields=slug")
    assert found == [record["id"] for record in client.get(f"{API}/regimes?limit=500").json()["results"]]
    assert len(found) == len(set(found)) > 20


@pytest.mark.parametrize("cursor", ["zzz", "MkA", "LTFAeA", "é"])
def test_what_is_no_cursor_is_refused(client: TestClient, cursor: str) -> None:
    answer = client.get(f"{API}/regimes", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "cursor")


def test_a_walk_through_a_version_that_is_gone_begins_again(client: TestClient) -> None:
    import base64

    cursor = base64.urlsafe_b64encode(b"100@000000000000").decode()
    answer = client.get(f"{API}/regimes", params={"cursor": cursor})
    assert answer.status_code == 400
    assert "begin again without cursor" in answer.json()["detail"]


def test_fields_choose_keys(client: TestClient) -> None:
    one = client.get(f"{API}/qualifications/fr-dei?fields=slug,properties.eqf_level").json()
    assert {key: value for key, value in one.items() if key != "@context"} == {
        "id": "https://w3id.org/passerelle/id/qualification/fr-dei",
        "slug": "fr-dei",
        "properties": {"eqf_level": [6]},
    }
    assert client.get(f"{API}/regimes?fields=Slug!").status_code == 400


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_collection_comes_as_a_table(client: TestClient, collection: str) -> None:
    narrowed = "&country=LU" if collection in ("national-professions", "qualifications") else ""
    answer = client.get(f"{API}/{collection}?fields=slug,label{narrowed}", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert set(rows[0]) == {"id", "slug", "label"}
    assert len(rows) == len({row["id"] for row in rows})


# ---- many questions --------------------------------------------------------------------------------------


def test_a_bad_line_reports_itself_and_stops_nothing(client: TestClient) -> None:
    lines = [json.dumps(QUESTION), "{", json.dumps({**QUESTION, "country": "XX"}), "[" * 2000, json.dumps(QUESTION)]
    body = "\n".join(lines)
    headers = {"Content-Type": "application/x-ndjson"}
    answer = client.post(f"{API}/paths?fields=outcome,verdicts", content=body, headers=headers)
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [each.get("outcome") for each in found] == ["automatic", None, None, None, "automatic"]
    assert [each.get("line") for each in found] == [None, 2, 3, 4, None]


@pytest.mark.long
def test_ten_thousand_lines_are_taken_and_no_more(client: TestClient) -> None:
    headers = {"Content-Type": "application/x-ndjson"}
    answer = client.post(f"{API}/paths", content=b"{\n" * 10_001, headers=headers)
    assert (answer.status_code, answer.json()["value"]) == (413, 10_000)
    taken = client.post(f"{API}/paths?fields=outcome", content=b"{\n" * 10_000, headers=headers)
    assert (taken.status_code, len(taken.text.splitlines())) == (200, 10_000)


# ---- triples ---------------------------------------------------------------------------------------------

ANSWERS = [
    "qualifications/fr-dei",
    "professions?limit=3",
    "national-professions?limit=3&country=NL",
    "regimes?limit=3",
    "legal-acts?limit=3",
    "authorities?limit=3",
    "joint-programmes?limit=2",
    "professions/midwife/across-countries",
    "paths?qualification=fr-dei&profession=nurse-general-care&country=NL",
    "search?q=midwife",
    "search?q=verpleegkundige&limit=50",
    "unknown?limit=20",
    "crosswalk/isco08/2221",
    "resolve?profession=coiffeuse&from=FR&to=BE-fr",
    "resolve?profession=midwife&qualification=Hebamme&from=DE&to=NL",
    "crosswalk",
]
MUCH = ANSWERS[:9]


@pytest.fixture(scope="module")
def context(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/context.jsonld").json()
    return found


def expanded(client: TestClient, context: dict[str, Any], address: str) -> Graph:
    body = client.get(f"{API}/{address}").json()
    assert body["@context"].endswith("/context.jsonld")
    document = {**body, **context}
    return Graph().parse(data=json.dumps(document), format="json-ld", publicID="http://testserver/")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader of JSON-LD makes one
@pytest.mark.parametrize("address", ANSWERS)
def test_answers_expand_to_triples_that_hold(
    client: TestClient, context: dict[str, Any], store: CurrentStore, address: str
) -> None:
    said = expanded(client, context, address)
    for subject, predicate, value in said:
        if isinstance(value, BNode):
            continue
        start = "?any" if isinstance(subject, BNode) else subject.n3()
        same = f"SAMETERM(?value, {value.n3()}) || ?value = {value.n3()}"
        ask = f"ASK {{ {start} {predicate.n3()} ?value FILTER({same}) }}"
        assert json.loads(store.query(ask, JSON_RESULTS))["boolean"], ask
    assert len(said) > 0
    assert len(said) > 10 or address not in MUCH


# ---- a prefix, a proxy -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def below(data: Path, store: CurrentStore) -> TestClient:
    return TestClient(create_app(Settings(data=data, base="https://example.org/sub"), store), follow_redirects=False)


@pytest.mark.parametrize("taken_away", [True, False])
def test_a_prefix_stands_before_every_address(below: TestClient, taken_away: bool) -> None:
    before = "" if taken_away else "/sub"
    page = below.get(f"{before}/page/profession/midwife", headers={"Accept": "text/html"})
    inner = re.findall(r'\s(?:href|src|action)="(/[^"]*)"', page.text)
    assert inner
    assert {address for address in inner if not address.startswith("/sub/")} == set()
    seen = below.get(f"{before}/id/profession/midwife", headers={"Accept": "text/html"})
    assert seen.headers["location"] == "/sub/page/profession/midwife"
    following = below.get(f"{before}{API}/regimes?limit=1").json()["next"]
    assert following.startswith("https://example.org/sub/api/v1/regimes?")
    assert below.get(f"{before}/openapi.json").json()["servers"] == [{"url": "https://example.org/sub"}]


@pytest.mark.parametrize(
    ("proxies", "begins"), [("testclient", "https://known.example/x/"), ("", "http://testserver/")]
)
def test_only_a_trusted_proxy_is_believed(data: Path, store: CurrentStore, proxies: str, begins: str) -> None:
    client = TestClient(create_app(Settings(data=data, proxies=proxies), store))
    said = {"X-Forwarded-Host": "known.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/x"}
    assert client.get(f"{API}/regimes?limit=1", headers=said).json()["next"].startswith(begins)


# ---- what XML can carry, and what is pasted --------------------------------------------------------------


def test_xml_is_well_formed_whatever_a_query_makes(client: TestClient) -> None:
    from xml.etree import ElementTree

    query = 'SELECT ("a\\u000Bb\\uFFFEc" AS ?x) {}'
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "application/sparql-results+xml"})
    assert "".join(ElementTree.fromstring(answer.content).itertext()) == "a bc"
    graph = 'CONSTRUCT { <x:a> <x:p> "a\\u000Bb" } {}'
    written = client.get("/sparql", params={"query": graph}, headers={"Accept": "application/rdf+xml"})
    assert [quad.object.value for quad in parse(written.content, format=RdfFormat.RDF_XML)] == ["a b"]
    nameless = client.get(
        "/sparql", params={"query": graph.replace("x:p", "x:1")}, headers={"Accept": "application/rdf+xml"}
    )
    assert (nameless.status_code, "ask for text/turtle" in nameless.json()["detail"]) == (400, True)


PASTED = [
    "https://w3id.org/passerelle/id/profession/midwife",
    "<https://w3id.org/passerelle/id/profession/midwife>",
    "http://testserver/page/profession/midwife?lang=fr",
    "profession/midwife",
]


@pytest.mark.parametrize("text", PASTED)
def test_a_pasted_address_finds_its_thing(client: TestClient, text: str) -> None:
    hits = client.get(f"{API}/search", params={"q": text}).json()["results"]
    assert (hits[0]["kind"], hits[0]["slug"], hits[0]["matched"]["how"]) == ("profession", "midwife", "exact")


def test_an_address_of_nothing_finds_nothing(client: TestClient) -> None:
    assert client.get(f"{API}/search", params={"q": "https://example.org/midwife"}).json()["results"] == []


def test_what_nobody_foresaw_is_a_problem_without_inner_paths(data: Path, store: CurrentStore) -> None:
    app = create_app(Settings(data=data), store)

    @app.get("/falls")
    def falls() -> None:
        raise PermissionError(13, "Permission denied", "/var/lib/inner")

    answer = TestClient(app, raise_server_exceptions=False).get("/falls")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "inner" not in answer.text


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("PUT", f"{API}/paths", "GET, HEAD, POST"),
        ("DELETE", f"{API}/professions", "GET, HEAD"),
        ("GET", f"{API}/credentials/paths", "POST"),
        ("PUT", "/sparql", "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_a_method_that_is_not_served_is_told_all_that_are(
    client: TestClient, method: str, address: str, allowed: str
) -> None:
    answer = client.request(method, address)
    assert (answer.status_code, ", ".join(sorted(answer.headers["allow"].split(", ")))) == (405, allowed)


LAW = [
    ("http://data.europa.eu/eli/dir/2005/36/oj", "legal-act/dir-2005-36"),
    ("http://data.europa.eu/eli/dir/2005/36/2021-12-10", "legal-act/dir-2005-36"),
    ("https://eur-lex.europa.eu/eli/dir/2005/36/oj/eng", "legal-act/dir-2005-36"),
    ("eli/dir/2005/36/oj", "legal-act/dir-2005-36"),
    ("32005L0036", "legal-act/dir-2005-36"),
    ("CELEX:32005L0036", "legal-act/dir-2005-36"),
    ("02005L0036-20211210", "legal-act/dir-2005-36"),
    ("https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:32005L0036", "legal-act/dir-2005-36"),
    ("https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX%3A02005L0036-20211210", "legal-act/dir-2005-36"),
    ("http://publications.europa.eu/resource/celex/32005L0036", "legal-act/dir-2005-36"),
    ("32024L0505", "legal-act/dir-2024-505"),
    ("32015R0983", "legal-act/reg-impl-2015-983"),
    ("61989CJ0340", "legal-act/cjeu-c-340-89"),
    ("http://data.europa.eu/eli/dir/2005/36/art_21/oj", "provision/dir-2005-36-21-1"),
    ("http://data.europa.eu/eli/dir/2005/36/art_10/pnt_a/oj", "provision/dir-2005-36-10-a"),
    ("http://data.europa.eu/eli/dir/2005/36/art_21/par_2/oj", "provision/dir-2005-36-21-2"),
    ("12016E049", "provision/tfeu-49"),
    ("http://data.legilux.public.lu/eli/etat/leg/loi/2016/10/28/n2", "legal-act/lu-loi-2016-10-28"),
    ("https://legilux.public.lu/eli/etat/leg/loi/2016/10/28/n2/jo", "legal-act/lu-loi-2016-10-28"),
    ("https://www.ejustice.just.fgov.be/eli/loi/2008/02/12/2008011094/justel", "legal-act/be-loi-2008-02-12"),
    ("https://www.ejustice.just.fgov.be/eli/wet/2008/02/12/2008011094/justel", "legal-act/be-loi-2008-02-12"),
]


@pytest.mark.parametrize(("text", "expected"), LAW)
def test_a_pasted_number_of_the_law_finds_its_act_or_provision(client: TestClient, text: str, expected: str) -> None:
    hits = client.get(f"{API}/search", params={"q": text}).json()["results"]
    assert f"{hits[0]['kind']}/{hits[0]['slug']}" == expected
    assert hits[0]["matched"]["how"] == "exact"


@pytest.mark.parametrize("text", ["39999L9999", "http://data.europa.eu/eli/dir/1957/1/oj"])
def test_a_number_of_no_act_here_finds_none(client: TestClient, text: str) -> None:
    hits = client.get(f"{API}/search", params={"q": text}).json()["results"]
    assert not hits or hits[0]["matched"]["how"] != "exact"
