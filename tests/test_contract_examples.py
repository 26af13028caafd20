"""Every operation of the contract shows an answer and every error it names, and what it shows fits its own schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from tests.conftest import in_turn

GIVEN = json.loads(
    (Path(__file__).parents[1] / "graph_api" / "web" / "contract_examples.json").read_text(encoding="utf-8")
)
NEEDS_A_RELEASE = (
    "/esco/",
    "/api/v1/competences",
    "/api/v1/green",
    "/data/scheme/",
    "/api/v1/obstacles",
    "/api/v1/reforms/{slug}/changes",
)
"""What answers only where a release of ESCO or of another classification is loaded, or a map of obstacles or a reform was made."""


@pytest.fixture(scope="module")
def contract(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(contract: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in contract["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def shown(content: dict[str, Any]) -> dict[str, Any]:
    """The examples by media type."""
    return {media_type: said["example"] for media_type, said in content.items() if "example" in said}


def fits(contract: dict[str, Any], schema: dict[str, Any], example: Any) -> list[str]:
    """What of the example does not fit the schema."""
    whole = {**schema, "components": contract["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(example)]


def test_it_is_openapi_3_1(contract: dict[str, Any]) -> None:
    assert contract["openapi"].startswith("3.1.")


def test_every_operation_shows_an_answer(contract: dict[str, Any]) -> None:
    bare = []
    for name, operation in operations(contract):
        content = operation["responses"].get("200", {}).get("content", {})
        readable = {kind for kind, said in content.items() if said.get("schema", {}).get("format") != "binary"}
        if readable and not shown(content):
            bare.append(name)
    assert bare == []


def test_every_error_shows_itself(contract: dict[str, Any]) -> None:
    bare = [
        (name, status)
        for name, operation in operations(contract)
        for status, answer in operation["responses"].items()
        if status >= "400" and not shown(answer.get("content", {}))
    ]
    assert bare == []


def test_every_body_shows_what_to_send(contract: dict[str, Any]) -> None:
    bare = [
        name
        for name, operation in operations(contract)
        if "requestBody" in operation and not shown(operation["requestBody"]["content"])
    ]
    assert bare == []


def test_no_operation_names_an_error_that_it_never_gives(contract: dict[str, Any]) -> None:
    assert [name for name, operation in operations(contract) if "422" in operation["responses"]] == []


def test_what_is_shown_fits_its_schema(contract: dict[str, Any]) -> None:
    wrong, held = [], 0
    for name, operation in operations(contract):
        sides = {"body": operation.get("requestBody", {}), **operation["responses"]}
        for side, said in sides.items():
            for media_type, example in shown(said.get("content", {})).items():
                faults = fits(contract, said["content"][media_type].get("schema", {}), example)
                wrong += [(name, side, media_type, fault) for fault in faults]
                held += 1
    assert wrong == []
    assert held > 400


def test_an_example_that_does_not_fit_is_seen(contract: dict[str, Any]) -> None:
    schema = contract["paths"]["/api/v1/paths"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    example = GIVEN["get /api/v1/paths"]["answers"]["application/json"]
    assert fits(contract, schema, example) == []
    assert fits(contract, schema, {**example, "outcome": 7}) != []


@pytest.mark.parametrize("name", in_turn([name for name in GIVEN if name.startswith("get ")], 3))
def test_the_service_answers_as_the_example_says(client: TestClient, name: str) -> None:
    """The same request gives the same status and form, and JSON with the same keys."""
    said = GIVEN[name]
    if "0123456789ab" in said["request"] or name.removeprefix("get ").startswith(NEEDS_A_RELEASE):
        pytest.skip("it needs a release, or names a version")
    for media_type, example in said["answers"].items():
        answer = client.get(said["request"], headers={"Accept": media_type})
        assert answer.status_code == 200, answer.text[:300]
        assert answer.headers["content-type"].startswith(media_type)
        if isinstance(example, dict):
            assert set(answer.json()) | {"acknowledgements"} == set(example) | {"acknowledgements"}
