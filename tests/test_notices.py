"""What is worth knowing in a host beside recognition: by law or by custom, told in answers, on pages and on sheets."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient


def notices(client: TestClient, asked: str) -> list[dict[str, object]]:
    return list(client.get(f"/api/v1/paths?{asked}&lang=en").json()["notices"])


def test_five_years_without_practice_bear_on_the_licence_of_luxembourg(client: TestClient) -> None:
    """Act of 26 March 1992, Art. 13(2): the minister may ask for a course of reintegration."""
    (found,) = notices(client, "profession=nurse-general-care&qualification=fr-dei&country=LU")
    assert [(basis["act_name"], basis["article"]) for basis in found["legal_basis"]] == [  # type: ignore[attr-defined]
        ("Loi du 26 mars 1992", "13(2)")
    ]
    assert notices(client, "profession=doctor&issued_in=FR&country=LU") == []  # the act is none on doctors


def test_what_no_law_asks_is_told_without_a_law(client: TestClient) -> None:
    """VCA and NEN 3140 are asked by employers and clients; no Dutch law names them."""
    (found,) = notices(client, "profession=electrician&issued_in=DE&country=NL")
    assert "No law asks for it" in str(found["sentence"])
    assert found["legal_basis"] == []
    assert notices(client, "profession=baker&issued_in=DE&country=NL") == []


def test_a_state_covers_its_parts(client: TestClient) -> None:
    assert {item["country"] for item in notices(client, "profession=electrician&issued_in=DE&country=BE")} == {
        "BE-nl",
        "BE-fr",
        "BE-de",
    }


@pytest.mark.parametrize(
    "address", ["/path?issued_in=FR&country=DE&", "/factsheet?from=FR&to=DE&", "/roadmap?from=FR&to=DE&"]
)
def test_pages_and_sheets_tell_them(client: TestClient, address: str) -> None:
    page = client.get(f"{address}profession=baker&lang=de", headers={"accept": "text/html"}).text
    assert "Infektionsschutzgesetz, § 43" in page


def test_titles_of_third_countries_meet_a_test_of_knowledge(client: TestClient) -> None:
    """PflBG § 40(3): Kenntnisprüfung or Anpassungslehrgang; § 41 asks titles of Member States for an aptitude test."""
    kinds = {
        home: client.get(f"/api/v1/paths?profession=nurse-general-care&issued_in={home}&country=DE").json()["paths"][0][
            "steps"
        ][-1]["compensation"]["kinds"]
        for home in ("SY", "FR")
    }
    assert kinds == {"SY": ["adaptation_period", "knowledge_test"], "FR": []}
