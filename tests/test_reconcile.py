"""The Reconciliation Service API at its two roots: whole answers, the protocol's own schemas, and a session as OpenRefine has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.conftest import official

OLD, NEW = "/reconcile/0.2", "/reconcile/1.0"


def matched(client: TestClient, queries: Mapping[str, Any], **headers: str) -> Any:
    answer = client.post(OLD, data={"queries": json.dumps(queries)}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def conforms(version: str, schema: str, answer: Any) -> None:
    """Raises for an answer that the protocol's own schema refuses."""
    folder = official("data", "conformance", "reconciliation", version, "schemas")
    loaded = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    resources = [
        (name, Resource.from_contents(body, default_specification=DRAFT4))
        for file, body in loaded.items()
        for name in {file, body.get("$id", file), f"{body.get('$id', '').rpartition('/')[0]}/{file}"}
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    Draft202012Validator(loaded[schema], registry=registry, format_checker=FormatChecker()).validate(answer)


def test_each_root_lists_its_own_version(client: TestClient) -> None:
    old, new = client.get(OLD).json(), client.get(NEW).json()
    assert (old["versions"], new["versions"]) == (["0.2"], ["1.0-draft"])
    assert [kind["id"] for kind in old["defaultTypes"]] == [
        "profession",
        "qualification",
        "competence",
        "authority",
        "regime",
    ]
    assert old["view"]["url"].replace("{{id}}", "profession/midwife").endswith("/page/profession/midwife")
    assert client.get(f"{OLD}/").json() == old
    assert client.get(f"{NEW}/").json() == new


def test_a_title_is_found_in_its_country(client: TestClient) -> None:
    found = matched(
        client,
        {"q": {"query": "aide-soignant", "type": "qualification", "properties": [{"pid": "country", "v": "FR"}]}},
    )["q"]["result"]
    assert {item["id"] for item in found} >= {"qualification/fr-deas-2005", "qualification/fr-deas-2021"}
    assert all(item["description"].startswith("France") for item in found[:3])
    assert not any(item["match"] for item in found), "three diplomas share the words: none is surely meant"


def test_one_whole_label_is_a_sure_match(client: TestClient) -> None:
    (best, *_) = matched(client, {"q": {"query": "Hebamme", "type": "profession"}})["q"]["result"]
    assert (best["id"], best["score"], best["match"]) == ("profession/midwife", 100.0, True)


def test_an_identifier_is_its_thing(client: TestClient) -> None:
    for text in ("profession/midwife", "https://w3id.org/passerelle/id/profession/midwife"):
        assert matched(client, {"q": {"query": text}})["q"]["result"][0]["id"] == "profession/midwife"


def test_nothing_resembles_it(client: TestClient) -> None:
    assert matched(client, {"q": {"query": "xqzzkv", "type": "profession"}}) == {"q": {"result": []}}


def test_a_condition_that_must_hold_keeps_out_what_fails_it(client: TestClient) -> None:
    name = {"matchType": "name", "propertyValue": "verpleegkundige"}
    country = {"matchType": "property", "propertyId": "country", "propertyValue": "NL", "required": True}

    def found(*conditions: dict[str, Any]) -> set[str]:
        body = {"queries": [{"type": "qualification", "limit": 20, "conditions": list(conditions)}]}
        answer = client.post(f"{NEW}/match", json=body).json()
        return {item["id"].removeprefix("qualification/")[:2] for item in answer["results"][0]["candidates"]}

    assert found(name) >= {"nl", "be"}
    assert found(name, country) == {"nl"}
    assert "nl" not in found(name, {**country, "matchQuantifier": "none"})


def test_a_spreadsheet_of_diplomas_becomes_one_of_routes(client: TestClient) -> None:
    """As OpenRefine does it: match, then extend what was matched."""
    rows = {"q0": "Diplôme d'Etat d'infirmier", "q1": "Hbo-bachelor verpleegkunde"}
    found = matched(client, {key: {"query": text, "type": "qualification", "limit": 3} for key, text in rows.items()})
    ids = [found[key]["result"][0]["id"] for key in rows]
    assert ids == ["qualification/fr-dei", "qualification/nl-hbo-v"]
    wanted = [
        {"id": "country"},
        {"id": "eqf_level"},
        {"id": "isco"},
        {"id": "profession"},
        {"id": "path-to-LU", "settings": {"content": "outcome"}},
        {"id": "path-to-LU", "settings": {"content": "sentence"}},
    ]
    for last in (wanted[4], wanted[5]):
        asked = {"ids": ids, "properties": [*wanted[:4], last]}
        answer = client.post(OLD, data={"extend": json.dumps(asked)}).json()
        assert [item["id"] for item in answer["meta"]] == ["country", "eqf_level", "isco", "profession", "path-to-LU"]
        assert [answer["rows"][text]["country"] for text in ids] == [[{"str": "FR"}], [{"str": "NL"}]]
        assert [answer["rows"][text]["eqf_level"] for text in ids] == [[{"int": 6}], [{"int": 6}]]
        for text in ids:
            slug = text.removeprefix("qualification/")
            path = client.get(f"/api/v1/paths?qualification={slug}&profession=nurse-general-care&country=LU").json()
            said = path["outcome"] if last is wanted[4] else path["verdicts"][0]["sentence"]
            assert answer["rows"][text]["path-to-LU"] == [{"str": said}]
        new = client.post(f"{NEW}/extend", json=asked).json()
        assert new["meta"] == answer["meta"]
        assert [{row["id"]: {cell["id"]: cell["values"] for cell in row["properties"]}} for row in new["rows"]] == [
            {text: answer["rows"][text]} for text in ids
        ]


def test_what_the_graph_does_not_know_has_empty_cells(client: TestClient) -> None:
    asked = {"ids": ["qualification/none-such", "no identifier"], "properties": [{"id": "country"}]}
    rows = client.post(OLD, data={"extend": json.dumps(asked)}).json()["rows"]
    assert rows == {"qualification/none-such": {"country": []}, "no identifier": {"country": []}}


def test_a_beginning_suggests(client: TestClient) -> None:
    for root in (OLD, NEW):
        assert (
            client.get(f"{root}/suggest/entity", params={"prefix": "midw"}).json()["result"][0]["id"]
            == "profession/midwife"
        )
        assert (
            client.get(f"{root}/suggest/entity", params={"prefix": "profession/midwife"}).json()["result"][0]["id"]
            == "profession/midwife"
        )
        assert client.get(f"{root}/suggest/type", params={"prefix": "prof"}).json()["result"][0]["id"] == "profession"
        assert [
            item["id"] for item in client.get(f"{root}/suggest/property", params={"prefix": "eqf"}).json()["result"]
        ] == ["eqf_level"]
    assert client.get(f"{NEW}/suggest/type", headers={"Accept-Language": "nl"}).json()["result"][0]["name"] == "beroep"


def test_what_can_be_fetched_is_proposed_for_its_type(client: TestClient) -> None:
    for address in (f"{OLD}/properties", f"{NEW}/extend/propose"):
        found = client.get(address, params={"type": "authority"}).json()
        assert found["type"] == "authority"
        assert [item["id"] for item in found["properties"]] == ["country"]
        ways = {item["id"] for item in client.get(address, params={"type": "qualification"}).json()["properties"]}
        assert ways >= {"country", "notation", "path-to-NL", "path-to-BE-fr", "path-to-DE"}


def test_a_preview_stands_in_a_frame(client: TestClient) -> None:
    answer = client.get(f"{OLD}/preview", params={"id": "qualification/fr-dei"}, headers={"Accept-Language": "de"})
    assert answer.status_code == 200
    assert "Diplôme d&#39;Etat d&#39;infirmier" in answer.text
    assert "Frankreich, EQF 6" in answer.text
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert client.get(f"{NEW}/preview", params={"id": "qualification/fr-dei<script>"}).status_code == 404


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "says"),
    [
        ("POST", OLD, {"data": {"queries": "{"}}, 400, "queries: Invalid JSON"),
        ("POST", OLD, {"data": {"queries": '["a"]'}}, 400, "queries"),
        ("POST", OLD, {"data": {"queries": '{"q": {"query": "a", "type": "person"}}'}}, 400, "'person' is no type"),
        (
            "POST",
            OLD,
            {"data": {"queries": '{"q": {"query": "a", "properties": [{"pid": "shoe", "v": 1}]}}'}},
            400,
            "'shoe' is no property",
        ),
        (
            "POST",
            OLD,
            {"data": {"queries": json.dumps({str(n): {"query": "a"} for n in range(1001)})}},
            413,
            "at most 1000",
        ),
        ("POST", OLD, {"data": {"extend": '{"ids": []}'}}, 400, "extend.properties"),
        ("POST", f"{NEW}/match", {"json": {"queries": [{"query": "old shape"}]}}, 400, "conditions"),
        ("POST", f"{NEW}/match", {"json": {"queries": [{"conditions": []}]}}, 400, "conditions"),
        (
            "POST",
            f"{NEW}/match",
            {"json": {"queries": [{"conditions": [{"matchType": "property", "propertyValue": "x"}]}]}},
            400,
            "propertyId",
        ),
        (
            "POST",
            f"{NEW}/extend",
            {"json": {"ids": ["profession/midwife"], "properties": [{"id": "path-to-XX"}]}},
            400,
            "'path-to-XX' is no property",
        ),
        (
            "POST",
            f"{NEW}/extend",
            {
                "json": {
                    "ids": ["profession/midwife"],
                    "properties": [{"id": "path-to-NL", "settings": {"content": "all"}}],
                }
            },
            400,
            "content is 'all'",
        ),
        (
            "POST",
            OLD,
            {"data": {"queries": '{"q": {"query": "a", "properties": [{"pid": "path-to-NL", "v": "none"}]}}'}},
            400,
            "'path-to-NL' is fetched, not matched",
        ),
        (
            "POST",
            f"{NEW}/extend",
            {"json": {"ids": ["profession/midwife"] * 501, "properties": [{"id": "path-to-NL"}, {"id": "path-to-LU"}]}},
            413,
            "1002 ways are too many; ask for at most 1000 at once",
        ),
        ("GET", f"{OLD}/properties?type=person", {}, 400, "'person' is no type"),
        ("GET", f"{OLD}/preview", {}, 400, "id"),
    ],
)
def test_what_cannot_be_read_is_told(
    client: TestClient, method: str, address: str, body: dict[str, Any], status: int, says: str
) -> None:
    answer = client.request(method, address, **body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert says in answer.json()["detail"]


def test_live_answers_keep_to_the_schemas_of_the_protocol(client: TestClient) -> None:
    asked = {
        "ids": ["qualification/fr-dei", "nothing"],
        "properties": [{"id": "country"}, {"id": "profession"}, {"id": "path-to-NL"}],
    }
    old_query = {"q": {"query": "nurse", "limit": 3}, "r": {"query": "xqzzkv"}}
    new_query = {
        "queries": [{"conditions": [{"matchType": "name", "propertyValue": text}]} for text in ("nurse", "xqzzkv")]
    }
    answers = [
        ("0.2", "manifest.json", client.get(OLD)),
        ("0.2", "reconciliation-result-batch.json", client.post(OLD, data={"queries": json.dumps(old_query)})),
        ("0.2", "data-extension-response.json", client.post(OLD, data={"extend": json.dumps(asked)})),
        ("0.2", "data-extension-property-proposal.json", client.get(f"{OLD}/properties?type=qualification")),
        ("0.2", "suggest-entities-response.json", client.get(f"{OLD}/suggest/entity?prefix=nurse")),
        ("0.2", "suggest-properties-response.json", client.get(f"{OLD}/suggest/property?prefix=e")),
        ("0.2", "suggest-types-response.json", client.get(f"{OLD}/suggest/type")),
        ("1.0-draft", "manifest.json", client.get(NEW)),
        ("1.0-draft", "reconciliation-result-batch.json", client.post(f"{NEW}/match", json=new_query)),
        ("1.0-draft", "data-extension-response.json", client.post(f"{NEW}/extend", json=asked)),
        ("1.0-draft", "data-extension-property-proposal.json", client.get(f"{NEW}/extend/propose?type=qualification")),
        ("1.0-draft", "suggest-entities-response.json", client.get(f"{NEW}/suggest/entity?prefix=nurse")),
        ("1.0-draft", "suggest-properties-response.json", client.get(f"{NEW}/suggest/property?prefix=e")),
        ("1.0-draft", "suggest-types-response.json", client.get(f"{NEW}/suggest/type")),
    ]
    for version, schema, answer in answers:
        conforms(version, schema, answer.json())


def test_the_examples_of_the_protocol_are_read_as_they_are_labelled(client: TestClient) -> None:
    """Valid batches may name types that are not offered here; what is malformed is refused as such."""
    read = 0
    for version, send in (("0.2", old_batch), ("1.0-draft", new_batch)):
        examples = official("data", "conformance", "reconciliation", version, "examples", "reconciliation-query-batch")
        for path in sorted(examples.glob("*/*.json")):
            answer = send(client, path)
            malformed = answer.status_code == 400 and "is no " not in answer.json()["detail"]
            assert malformed == (path.parent.name == "invalid"), (path.name, answer.text)
            read += 1
    assert read >= 14


def old_batch(client: TestClient, path: Path) -> Any:
    return client.post(OLD, data={"queries": path.read_text(encoding="utf-8")})


def new_batch(client: TestClient, path: Path) -> Any:
    return client.post(f"{NEW}/match", content=path.read_bytes(), headers={"Content-Type": "application/json"})


def test_a_broken_answer_is_refused_by_the_schema(client: TestClient) -> None:
    body = client.post(OLD, data={"queries": '{"q": {"query": "nurse"}}'}).json()
    del body["q"]["result"][0]["name"]
    with pytest.raises(Exception, match="'name' is a required property"):
        conforms("0.2", "reconciliation-result-batch.json", body)
