"""A state is added by rows alone: an invented one, in a copy of a small part of the tables, stands in every door."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graph_api.build import pipeline
from graph_api.inputs.folders import Sources
from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from tests.conftest import DECIDING, ROOT
from tests.small_sources import add_row, small_sources

RULES = (
    "act-label.rq", "act-party.rq", "home-profession.rq", "primary-title.rq", "own-routes.rq", "own-title.rq", "procedure-of.rq",
    "general-system.rq", "third-country-recognised.rq", "third-country-recognised-onward.rq",
)  # fmt: skip
TABLES = (
    "answer_sentences", "condition_clauses", "documents", "doubts", "facts", "fact_values", "outcomes", "practical_codes", "purposes",
)  # fmt: skip
ZEDLAND = {"label_en": "Zedland", "label_nl": "Zedland", "label_fr": "Zedlande", "label_de": "Zedland"}
COUNTRY = "http://publications.europa.eu/resource/authority/country/"
BAKER = {"profession": "baker", "language": "en", "regulation": "Regulated", "regulates": "Pursuit"}
TITLE = {"language": "en", "grants_access_to": "baker", "art11_level": "c", "eqf_level": "4"}
NAMES = {f"label_{lang}": "recognition of bakers" for lang in ("en", "nl", "fr", "de")}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service over small tables to which a state was added as CONTRIBUTING.md says, with a neighbour to come from."""
    folder = small_sources(tmp_path_factory.mktemp("with-a-new-state"), "baker", RULES, TABLES)
    for check in (folder / "ontology" / "checks").glob("*.rq"):
        check.unlink()  # of the other states hardly a row is left
    add_row(folder, "jurisdictions", jurisdiction="zz", code="ZZ", state="zz", decides="true", jurisdiction_kind="state", in_union="true",
            eu_country=f"{COUNTRY}ZZZ", **ZEDLAND)  # fmt: skip
    add_row(
        folder,
        "legal_acts",
        legal_act="zz-bakers",
        short_name="Bakers Act",
        title="Act on bakers",
        language="en",
        jurisdiction="zz",
    )
    add_row(folder, "authorities", authority="zz-guild", label="Guild of Zedland", language="en", jurisdiction="zz")
    add_row(
        folder,
        "contacts",
        contact="zz-help",
        label="Zedland helps",
        language="en",
        contact_kind="assistance-centre",
        jurisdiction="zz",
    )
    add_row(folder, "national_professions/zz", national_profession="zz-baker", jurisdiction="zz", state="zz", title="Zedbaker",
            regulated_by="zz-bakers", competent_authority="zz-guild", required_level="c", **BAKER)  # fmt: skip
    add_row(
        folder,
        "qualifications/zz",
        qualification="zz-baking",
        issued_in="zz",
        state="zz",
        title="Zedland diploma of baking",
        **TITLE,
    )
    add_row(folder, "procedures/zz", procedure="zz-baker", host="zz", profession="baker", authority="zz-guild", **NAMES)
    add_row(folder, "procedure_steps/zz", procedure_step="zz-baker-1", procedure="zz-baker", order="1", what="recognition",
            authority="zz-guild")  # fmt: skip
    for name, fact, test in (
        ("issued-in-zedland", "issued_in", "one_of"),
        ("recognised-in-zedland", "recognised_in", "stated"),
    ):
        add_row(folder, "conditions", condition=name, fact=fact, test=test, value="ZZ", **ZEDLAND)
    add_row(folder, "national_professions/lu", national_profession="lu-baker", jurisdiction="lu", state="lu", title="Boulanger",
            required_level="c", **BAKER)  # fmt: skip
    add_row(
        folder,
        "qualifications/lu",
        qualification="lu-baking",
        issued_in="lu",
        state="lu",
        title="Diploma of baking",
        **TITLE,
    )
    pipeline.build(Sources.under(folder), folder / "var")
    app = create_app(Settings(data=folder / "var"), CurrentStore(folder / "var"))
    with TestClient(app, follow_redirects=True, raise_server_exceptions=False) as client:
        yield client


def asked(client: TestClient, **question: str) -> Any:
    answer = client.get("/api/v1/paths", params={"profession": "baker", "nationality": "EU", **question})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        ({"qualification": "zz-baking", "country": "LU"}, "general_system"),
        ({"qualification": "lu-baking", "country": "ZZ"}, "general_system"),
        ({"qualification": "zz-baking", "country": "ZZ"}, "own_title"),
    ],
)
def test_paths_lead_from_it_to_it_and_within_it(client: TestClient, question: dict[str, str], outcome: str) -> None:
    answer = asked(client, **question)
    assert answer["outcome"] == outcome
    assert answer["question"]["hosts"] == [question["country"]]


def test_a_recognition_there_is_carried_on(client: TestClient) -> None:
    """Of a title of a third country, after three years of practice: by the condition that names the new state alone."""
    route = "<https://w3id.org/passerelle/id/route/third-country-recognised-onward-zz-to-lu-baker>"
    query = f"PREFIX pas: <https://w3id.org/passerelle/def#> SELECT ?name {{ {route} pas:hasCondition ?condition . BIND (STRAFTER(STR(?condition), '/condition/') AS ?name) FILTER CONTAINS(?name, 'recognised-in') }}"
    assert client.get("/sparql", params={"query": query}, headers={"accept": "text/csv"}).text.split() == [
        "name",
        "recognised-in-zedland",
    ]


def test_its_own_office_and_advice_are_named(client: TestClient) -> None:
    answer = asked(client, qualification="lu-baking", country="ZZ")
    assert answer["paths"][0]["steps"][0]["procedure"][0]["authority"]["label"] == "Guild of Zedland"
    assert "Zedland helps" in str(answer["advice"])


def test_a_country_that_is_none_is_answered_with_a_list_that_names_it(client: TestClient) -> None:
    detail = client.get("/api/v1/paths", params={"profession": "baker", "country": "XY"}).json()["detail"]
    assert detail.endswith(f"write one of {', '.join(sorted([*DECIDING, 'ZZ']))}")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/", "Zedland"),
        ("/about", "Zedland"),
        ("/path?qualification=lu-baking&profession=baker&country=ZZ", "Guild of Zedland"),
        ("/path?qualification=zz-baking&profession=baker&country=LU", "Zedland diploma of baking"),
        ("/factsheet?profession=baker&from=ZZ&to=LU", "Zedland"),
        ("/roadmap?profession=baker&from=LU&to=ZZ", "Zedland"),
        ("/page/profession/baker", "Zedbaker"),
        ("/compare?profession=baker", "Zedbaker"),
        ("/qualifications?country=ZZ", "Zedland diploma of baking"),
        ("/authorities?country=ZZ", "Guild of Zedland"),
        ("/obstacles", "Zedland"),
        ("/unknown", "Zedland"),
        ("/review", "Zedland"),
        ("/search?q=Zedland+diploma", "Zedland diploma of baking"),
        ("/id/jurisdiction/zz", "Zedland"),
        ("/api/v1/national-professions?country=ZZ", "Zedbaker"),
        ("/api/v1/professions/baker/across-countries", "Zedbaker"),
        ("/api/v1/resolve?profession=baker&from=Zedland&to=LU", '"from":"ZZ"'),
        ("/api/v1/unknown", "ZZ"),
    ],
)
def test_it_stands_in_every_door(client: TestClient, address: str, shown: str) -> None:
    html = not address.startswith("/api/")
    answer = client.get(address, headers={"accept": "text/html"} if html else {})
    assert answer.status_code == 200, answer.text
    assert shown in (unescape(answer.text) if html else answer.text)


def test_the_query_of_the_readme_counts_it(client: TestClient) -> None:
    """No profession is regulated everywhere as long as all but two places know none: with those alone the bakers are."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    query = re.findall(r"query=\n(.*?)'", readme, re.S)[0]
    rows = client.post("/sparql", data={"query": query}, headers={"accept": "text/csv"}).text.split()
    assert rows == ["profession,countries"]
    two = query.replace(
        "pas:decides true",
        "pas:decides true FILTER (?place IN (<https://w3id.org/passerelle/id/jurisdiction/zz>, <https://w3id.org/passerelle/id/jurisdiction/lu>))",
    )
    rows = client.post("/sparql", data={"query": two}, headers={"accept": "text/csv"}).text.split()
    assert rows[1:] == ["https://w3id.org/passerelle/id/profession/baker,2"]
