"""The contract at /openapi.json: complete, and kept by the service whatever a client sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_type_hints

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from graph_api.recognition.answer_schema import CONTRACT, Asked, AskedJson
from graph_api.recognition.question import Question, QuestionJson
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app

LOOKUPS = (
    "professions",
    "qualifications",
    "competences",
    "authorities",
    "regimes",
    "legal-acts",
    "joint-programmes",
)


@pytest.fixture(scope="session")
def schema(data: Path, store: CurrentStore) -> Any:
    app = create_app(Settings(data=data), store)
    return schemathesis.openapi.from_asgi("/openapi.json", app)


_SECONDS = 600.0
"""Longer than any answer takes, on a machine with other work to do."""
checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.long
def test_the_service_keeps_its_contract(schema: Any) -> None:
    """Generated requests to every operation: no 5xx, only the statuses and media types of the contract."""
    assert keeps_its_contract(schema, 20) >= 80


def keeps_its_contract(schema: Any, examples: int) -> int:
    """How many operations were asked; fails at the first that does not keep it."""
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def keeps(case: Case) -> None:
            case.call_and_validate(checks=checks, timeout=_SECONDS)

        keeps()
        asked += 1
    return asked


def test_every_address_of_the_design_is_in_the_contract(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    wanted = {f"/api/v1/{name}" for name in LOOKUPS} | {f"/api/v1/{name}/{{slug}}" for name in LOOKUPS}
    wanted |= {
        "/api/v1/paths",
        "/api/v1/search",
        "/api/v1/unknown",
        "/api/v1/compare",
        "/api/v1/professions/{slug}/across-countries",
        "/api/v1/crosswalk/{scheme}/{code}",
        "/sparql",
        "/id/{kind}/{slug}",
        "/health",
        "/ready",
        "/metrics",
    }
    assert wanted <= set(paths)
    assert {"get", "post"} <= set(paths["/api/v1/paths"])


def test_the_contract_names_the_question_and_the_problem(client: TestClient) -> None:
    contract = client.get("/openapi.json").json()
    question = contract["components"]["schemas"]["Question"]
    wanted = {"qualification", "profession", "country", "issued", "training_started", "certificates", "experience"}
    wanted |= {"nationality", "intent", "as_of", "applied_on", "lang", "max_hops", "issued_in", "level"}
    assert wanted <= set(question["properties"])
    assert question["required"] == ["country"]
    assert contract["components"]["schemas"]["Problem"]["required"] == ["title", "status", "detail"]


def test_every_summary_says_something(client: TestClient) -> None:
    contract = client.get("/openapi.json").json()
    for path, methods in contract["paths"].items():
        for method, operation in methods.items():
            assert len(operation.get("summary", "")) > 10, (method, path)


def test_the_contract_describes_the_whole_answer_and_nothing_else(client: TestClient) -> None:
    contract = client.get("/openapi.json").json()
    content = contract["paths"]["/api/v1/paths"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/PathAnswer"}
    asked = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "BE", "lang": "nl"}
    answer = client.get("/api/v1/paths", params=asked).json()
    CONTRACT.validate_python(answer)
    with pytest.raises(ValidationError, match="Extra inputs"):
        CONTRACT.validate_python({**answer, "verdict": "yes"})
    with pytest.raises(ValidationError, match="Field required"):
        CONTRACT.validate_python({name: value for name, value in answer.items() if name != "refused"})


def test_the_question_is_typed_as_it_is_modelled() -> None:
    """What pages read of a question by name is what the model of it has, no more and no less."""
    assert set(get_type_hints(QuestionJson)) == set(Question.model_fields)
    assert set(get_type_hints(AskedJson)) == set(Asked.model_fields)
