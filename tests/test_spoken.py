"""Lookups speak the language that a client likes best, unless the address names one."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    ("address", "accepted", "label"),
    [
        ("/api/v1/professions/midwife", "", "midwife"),
        ("/api/v1/professions/midwife", "nl-BE,nl;q=0.9,en;q=0.5", "verloskundige"),
        ("/api/v1/professions/midwife?lang=fr", "nl", "sage-femme"),
        ("/api/v1/professions/midwife", "pt", "midwife"),
    ],
)
def test_labels_are_in_the_language_that_was_negotiated(
    client: TestClient, address: str, accepted: str, label: str
) -> None:
    answer = client.get(address, headers={"accept-language": accepted})
    assert answer.json()["label"] == label
    assert ("accept-language" in answer.headers.get("vary", "").casefold()) == ("lang=" not in address)


def test_a_verdict_is_in_the_language_that_was_negotiated(client: TestClient) -> None:
    asked = {"profession": "baker", "issued_in": "DE", "country": "LU"}
    told = client.get("/api/v1/paths", params=asked, headers={"accept-language": "de-LU, fr;q=0.5"}).json()
    assert told == client.get("/api/v1/paths", params={**asked, "lang": "de"}).json()


def test_a_language_that_is_not_spoken_here_is_still_refused(client: TestClient) -> None:
    assert client.get("/api/v1/professions/midwife?lang=xx", headers={"accept-language": "nl"}).status_code == 400
