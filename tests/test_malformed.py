"""One hundred malformed requests across all doors: each a 4xx that says what to change."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

ASK = "/api/v1/paths?profession=nurse-general-care&country=NL"
LONG = "x" * 5000
GETS = [
    # paths
    "/api/v1/paths",
    "/api/v1/paths?country=NL",
    "/api/v1/paths?profession=nurse-general-care",
    "/api/v1/paths?profession=astrologer&country=NL",
    "/api/v1/paths?profession=nurse-general-care&country=XX",
    "/api/v1/paths?profession=nurse-general-care&country=Netherlands",
    "/api/v1/paths?profession=nurse-general-care&country=NL-xx",
    "/api/v1/paths?profession=nurse-general-care&country=DE-ZZ",
    "/api/v1/paths?profession=nurse-general-care&country=",
    f"{ASK}&qualification=no-such-title",
    f"{ASK}&qualification=%22%3E%3Cscript%3E",
    f"{ASK}&qualification=fr%20dei",
    f"{ASK}&qualification={LONG}",
    f"{ASK}&issued=yesterday",
    f"{ASK}&issued=2021-13-01",
    f"{ASK}&issued=01/07/2021",
    f"{ASK}&issued=0001-01-01",
    f"{ASK}&issued=9999-01-01",
    f"{ASK}&issued=2001-01-01&training_started=2002-01-01",
    f"{ASK}&training_started=soon",
    f"{ASK}&training_years=many",
    f"{ASK}&training_years=-1",
    f"{ASK}&training_years=400",
    f"{ASK}&certificates=art-99",
    f"{ASK}&certificates=!!",
    f"{ASK}&experience_years=six",
    f"{ASK}&experience_years=-2&experience_country=FR",
    f"{ASK}&experience_years=6",
    f"{ASK}&experience_years=6&experience_country=France",
    f"{ASK}&experience_years=6&experience_country=FR&experience_status=boss",
    f"{ASK}&nationality=Martian",
    f"{ASK}&intent=holiday",
    f"{ASK}&as_of=today",
    f"{ASK}&as_of=2026-02-30",
    f"{ASK}&applied_on=never",
    f"{ASK}&lang=xx",
    f"{ASK}&max_hops=0",
    f"{ASK}&max_hops=99",
    f"{ASK}&max_hops=two",
    f"{ASK}&level=f",
    f"{ASK}&issued_in=Utopia",
    f"{ASK}&recognised_in=Utopia",
    f"{ASK}&country=FR",
    f"{ASK}&colour=blue",
    # lookups
    "/api/v1/professions/astrologer",
    "/api/v1/professions/%00",
    "/api/v1/professions/a%20b",
    "/api/v1/professions/..%2f..%2fetc",
    "/api/v1/professions?limit=0",
    "/api/v1/professions?limit=100000",
    "/api/v1/professions?limit=ten",
    "/api/v1/professions?offset=-1",
    "/api/v1/professions?lang=klingon",
    "/api/v1/professions?country=NL",
    "/api/v1/qualifications/none",
    "/api/v1/qualifications?country=%22",
    "/api/v1/qualifications?country=Nederland",
    "/api/v1/qualifications?profession=a%20b",
    "/api/v1/regimes/R02",
    "/api/v1/authorities/nobody",
    "/api/v1/legal-acts/nothing",
    "/api/v1/joint-programmes/nothing",
    "/api/v1/competences/nothing",
    "/api/v1/nonsense",
    # search
    "/api/v1/search",
    "/api/v1/search?q=",
    f"/api/v1/search?q={LONG}",
    "/api/v1/search?q=nurse&limit=0",
    "/api/v1/search?q=nurse&limit=100000",
    "/api/v1/search?q=nurse&offset=-3",
    "/api/v1/search?q=nurse&lang=xx",
    # compare and crosswalk
    "/api/v1/compare",
    "/api/v1/compare?qualification=fr-dei",
    "/api/v1/compare?qualification=fr-dei&qualification=fr-dei",
    "/api/v1/compare?qualification=fr-dei&qualification=nothing",
    "/api/v1/professions/astrologer/across-countries",
    "/api/v1/crosswalk/nothing/1",
    "/api/v1/crosswalk/isco08/0000",
    "/api/v1/crosswalk/isco08/2221?to=nothing",
    "/api/v1/crosswalk/ISCO%20/2221",
    # linked data
    "/id/profession/astrologer",
    "/id/nothing/at-all",
    "/id/profession/%3Cscript%3E",
    "/data/profession/astrologer",
    "/data/profession/midwife?format=docx",
    "/graph/nothing",
    "/data/graph/nothing",
    "/page/profession/astrologer",
    "/scheme/nothing/1",
    # SPARQL
    "/sparql?query=",
    "/sparql?query=SELECT",
    "/sparql?query=SELECT%20*%20WHERE%20%7B",
    "/sparql?query=INSERT%20DATA%20%7B%3Ca%3E%20%3Cb%3E%20%3Cc%3E%7D",
    "/sparql?query=SELECT%20*%20%7BSERVICE%20%3Chttp://127.0.0.1:1/%3E%20%7B%7D%7D",
    "/sparql?query=ASK%7B%7D&query=ASK%7B%7D",
    "/sparql?query=ASK%7B%7D&timeout=forever",
    "/sparql?query=ASK%7B%7D&timeout=-1",
    "/sparql?query=ASK%7B%7D&default-graph-uri=not%20an%20iri",
]
BODIES: list[tuple[str, str, Any, dict[str, str]]] = [
    ("POST", "/api/v1/paths", b"", {"content-type": "application/json"}),
    ("POST", "/api/v1/paths", b"{", {"content-type": "application/json"}),
    ("POST", "/api/v1/paths", b"[]", {"content-type": "application/json"}),
    ("POST", "/api/v1/paths", b"\xff\xfe", {"content-type": "application/json"}),
    ("POST", "/api/v1/paths", b"<a/>", {"content-type": "application/xml"}),
    ("POST", "/api/v1/paths", b'{"profession": 7, "country": "NL"}', {"content-type": "application/json"}),
    (
        "POST",
        "/api/v1/paths",
        b'{"profession": "midwife", "country": "NL", "wish": 1}',
        {"content-type": "application/json"},
    ),
    (
        "POST",
        "/api/v1/paths",
        b'{"profession": "midwife", "country": "NL", "experience": [{"country": "FR"}]}',
        {"content-type": "application/json"},
    ),
    (
        "POST",
        "/api/v1/paths",
        b'{"profession": "midwife", "country": "NL", "experience": [{"country": "FR", "from": "2020-01-01", "to": "2019-01-01"}]}',
        {"content-type": "application/json"},
    ),
    ("POST", "/sparql", b"SELECT", {"content-type": "text/plain"}),
    ("POST", "/sparql", b"query=ASK%7B", {"content-type": "application/x-www-form-urlencoded"}),
    ("POST", "/sparql", b"DROP ALL", {"content-type": "application/sparql-update"}),
    ("PUT", "/sparql", b"ASK{}", {"content-type": "application/sparql-query"}),
    ("DELETE", "/api/v1/professions", b"", {}),
]


def test_there_are_a_hundred() -> None:
    assert len(GETS) + len(BODIES) >= 100
    assert len(set(GETS)) == len(GETS)


def says_what_to_change(answer: Any) -> None:
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == answer.status_code
    assert len(body["detail"]) > 15, body
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", GETS, ids=lambda path: path[:90])
def test_a_malformed_get_is_told_what_to_change(client: TestClient, path: str) -> None:
    says_what_to_change(client.get(path, headers={"Accept": "application/json, application/problem+json, */*;q=0.1"}))


@pytest.mark.parametrize(("method", "path", "body", "headers"), BODIES, ids=lambda value: str(value)[:40])
def test_a_malformed_body_is_told_what_to_change(
    client: TestClient, method: str, path: str, body: bytes, headers: dict[str, str]
) -> None:
    says_what_to_change(client.request(method, path, content=body, headers=headers))
