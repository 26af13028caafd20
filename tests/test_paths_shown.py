"""The questions that the project was made for, with the answers that the law gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graph_api.errors import StoreUnavailable
from graph_api.rdf.terms import ID
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from graph_api.settings import Settings
from graph_api.store.graph_store import Dataset
from graph_api.store.local import CurrentStore
from graph_api.web.services import services_over


def ask(client: TestClient, **facts: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/paths", params={"explain": "full", **facts})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def step(answer: dict[str, Any], rank: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = answer["paths"][rank - 1]["steps"][-1]
    return found


def refusal(answer: dict[str, Any], regime: str) -> list[str]:
    return [
        condition["label"]
        for refused in answer["refused"]
        if regime in refused["regimes"]
        for condition in refused["because"]
    ]


def test_a_german_nurse_is_recognised_automatically_in_the_netherlands(client: TestClient) -> None:
    answer = ask(
        client,
        qualification="de-gesundheits-krankenpfleger",
        issued="2021-07-01",
        profession="nurse-general-care",
        country="NL",
        nationality="EU",
    )
    first = step(answer)
    assert answer["outcome"] == "automatic"
    assert answer["paths"][0]["status"] == "open"
    assert (first["regime"]["id"], first["regime"]["slug"]) == ("R02", "automatic-annex-v")
    cited = {(basis["act"], basis["article"]) for basis in first["legal_basis"]}
    directive = "http://data.europa.eu/eli/dir/2005/36/oj"
    assert {(directive, "21(1)"), (directive, "Annex V 5.2.2")} <= cited
    assert first["deadlines"] == {"acknowledge": "P1M", "decide": "P3M", "extension": None}
    assert "BIG" in first["authority"]["label"]
    assert first["authority"]["url"] == "https://www.bigregister.nl"
    assert first["compensation"]["possible"] is False
    assert first["to"] == {
        "id": "https://w3id.org/passerelle/id/national-profession/nl-nurse-general-care",
        "label": first["to"]["label"],
        "country": "NL",
    }
    assert all({"label", "url", "verified"} <= set(source) for source in first["sources"])


NURSING_ASSISTANTS = [
    ("fr-deas-2021", "LU", "general_system"),
    ("de-rp-kph", "BE-nl", "general_system"),
    ("lu-dap-aide-soignant", "FR", "general_system"),
]


@pytest.mark.parametrize(("title", "host", "outcome"), NURSING_ASSISTANTS)
def test_a_nursing_assistant_goes_by_the_general_system(
    client: TestClient, title: str, host: str, outcome: str
) -> None:
    answer = ask(client, qualification=title, profession="healthcare-assistant", country=host, nationality="EU")
    first = step(answer)
    assert answer["outcome"] == outcome
    assert first["regime"]["id"] == "R15"
    assert first["authority"] is not None
    assert first["compensation"]["possible"] is True
    assert first["compensation"]["max_months"] == 36
    assert refusal(answer, "R02"), "why the automatic route is closed is said"


@pytest.mark.parametrize("intent", ["establishment", "employment"])
@pytest.mark.parametrize(("title", "host"), [("be-nl-zorgkundige-bk", "NL"), ("nl-verzorgende-ig", "DE")])
def test_where_only_the_title_is_protected_the_free_work_comes_first(
    client: TestClient, title: str, host: str, intent: str
) -> None:
    answer = ask(
        client, qualification=title, profession="healthcare-assistant", country=host, nationality="EU", intent=intent
    )
    assert (answer["outcome"], step(answer)["regime"]["id"]) == ("not_regulated", "R01t")
    assert step(answer, 2)["regime"]["id"] == "R15"
    said = {verdict["for"]: (verdict["outcome"], verdict["status"]) for verdict in answer["verdicts"]}
    assert said["employment"] == ("not_regulated", "open")
    assert said["title"] == ("general_system", "open")


@pytest.mark.parametrize(
    ("title", "host"),
    [("fr-bac-pro-melec", "DE"), ("de-elek-betriebstechnik", "NL"), ("nl-technicus-eiis", "BE-nl")],
)
@pytest.mark.parametrize("years", [None, 6])
def test_industrial_electricians_need_no_recognition_to_be_employed(
    client: TestClient, title: str, host: str, years: int | None
) -> None:
    practice = {
        "experience_years": years,
        "experience_status": "self_employed",
        "experience_country": title[:2].upper(),
    }
    answer = ask(
        client,
        qualification=title,
        profession="industrial-electrician",
        country=host,
        nationality="EU",
        **(practice if years else {}),
    )
    assert answer["outcome"] == "not_regulated"
    assert answer["paths"][0]["status"] == "open"
    assert step(answer)["regime"]["id"] == "R01"


@pytest.mark.parametrize(
    ("title", "host", "years", "outcome", "regime"),
    [
        ("fr-cap-electricien", "DE", 6, "experience", "R14-I-a"),
        ("fr-cap-electricien", "DE", 0, "general_system", "R15"),
        ("nl-mei", "BE-fr", 6, "experience", "R14-I-a"),
        ("nl-mei", "BE-fr", 1, "general_system", "R15"),
        ("de-elektroniker-egt", "NL", 6, "not_regulated", "R01"),
        ("de-elektroniker-egt", "NL", 0, "not_regulated", "R01"),
    ],
)
def test_running_an_electrical_firm_turns_on_experience(
    client: TestClient, title: str, host: str, years: int, outcome: str, regime: str
) -> None:
    answer = ask(
        client,
        qualification=title,
        profession="electrician",
        country=host,
        nationality="EU",
        experience_years=years,
        experience_status="self_employed",
        experience_country=title[:2].upper(),
    )
    assert (answer["outcome"], step(answer)["regime"]["id"]) == (outcome, regime)


def test_without_a_year_of_practice_an_unregulated_home_closes_the_general_system(client: TestClient) -> None:
    asked = {"qualification": "fr-caces-r487", "profession": "crane-operator", "country": "NL", "nationality": "EU"}
    answer = ask(client, **asked, experience_years=0)
    (year,) = [item for refused in answer["refused"] if refused["regimes"] == ["R15"] for item in refused["because"]]
    assert (year["id"], year["status"], year["missing_years"]) == ("one-year-in-ten", "unmet", 1.0)
    assert [basis["article"] for basis in year["legal_basis"]] == ["13(2)"]


def test_a_dutch_bachelor_is_a_bachelor_in_luxembourg_by_law(client: TestClient) -> None:
    answer = ask(client, qualification="nl-hbo-v", country="LU", intent="level")
    assert answer["outcome"] == "level_only"
    assert answer["paths"][0]["status"] == "open"
    assert step(answer)["regime"]["id"] == "R24"


def test_the_benelux_decisions_do_not_reach_germany_and_the_answer_says_so(client: TestClient) -> None:
    answer = ask(client, qualification="be-nl-master-kine", profession="physiotherapist", country="DE", intent="level")
    assert answer["outcome"] == "level_only"
    assert step(answer)["regime"]["id"] == "R26"
    assert any("Benelux" in label for label in refusal(answer, "R24"))


def test_a_belgian_question_asks_all_three_communities(client: TestClient) -> None:
    answer = ask(client, qualification="nl-hbo-v", profession="nurse-general-care", country="BE", nationality="EU")
    automatic = {
        found["steps"][0]["to"]["country"] for found in answer["paths"] if found["steps"][0]["regime"]["id"] == "R02"
    }
    assert automatic == {"BE-nl", "BE-fr", "BE-de"}


def test_a_doubtful_title_offers_both_ways_and_names_the_certificate(client: TestClient) -> None:
    answer = ask(
        client,
        qualification="de-pflegefachmann",
        profession="nurse-general-care",
        country="FR",
        nationality="EU",
        issued="2023-09-01",
    )
    by_regime = {found["steps"][0]["regime"]["id"]: found for found in answer["paths"]}
    assert answer["outcome"] == "automatic"
    assert by_regime["R02"]["steps"][0]["doubts"]
    certificates = [item["id"] for item in by_regime["R03"]["steps"][0]["conditions"] if item["fact"] == "certificates"]
    assert certificates == ["art-23-6-certificate"]


def test_the_same_question_as_json_gives_the_same_answer(client: TestClient) -> None:
    facts = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "LU", "nationality": "EU"}
    assert client.post("/api/v1/paths", json={**facts, "explain": "full"}).json() == ask(client, **facts)


def test_many_questions_come_back_in_order_and_a_bad_one_does_not_stop_the_rest(client: TestClient) -> None:
    lines = [
        '{"qualification": "fr-dei", "profession": "nurse-general-care", "country": "LU"}',
        '{"qualification": "fr-dei", "profession": "astrologer", "country": "LU"}',
        "not json",
        '{"qualification": "fr-dei", "profession": "nurse-general-care", "country": "DE"}',
    ]
    answer = client.post("/api/v1/paths", content="\n".join(lines), headers={"content-type": "application/x-ndjson"})
    found = [__import__("json").loads(line) for line in answer.text.splitlines()]
    assert [item.get("error") for item in found] == [None, "UnknownIdentifier", "BadRequest", None]
    assert [item.get("line") for item in found] == [None, 2, 3, None]


def offered(answer: dict[str, Any]) -> list[tuple[str, str, bool | None]]:
    return [(title["slug"], title["relation"], title["of_that_day"]) for title in answer["instead"]]


def test_a_diploma_older_than_its_title_is_unknown_and_offers_the_title_before(client: TestClient) -> None:
    asked = {"qualification": "fr-deas-2021", "profession": "healthcare-assistant", "country": "LU"}
    answer = ask(client, **asked, issued="2015-06-01", nationality="EU")
    assert offered(answer) == [("fr-deas-2005", "predecessor", True)]
    first = answer["paths"][0]
    waiting = [item["id"] for item in first["steps"][0]["conditions"] if item["status"] == "unknown"]
    assert (first["status"], waiting) == ("unknown", ["title-issued-in-its-time"])
    of_its_time = ask(client, **asked, issued="2022-06-01", nationality="EU")
    assert (of_its_time["instead"], of_its_time["paths"][0]["status"]) == ([], "open")
    assert ask(client, **asked)["instead"] == []


def test_a_diploma_younger_than_its_title_offers_the_successor_and_titles_of_the_same_profession(
    client: TestClient,
) -> None:
    answer = ask(
        client,
        qualification="fr-bac-pro-eleec",
        profession="industrial-electrician",
        country="DE",
        issued="2020-06-30",
    )
    assert offered(answer)[0] == ("fr-bac-pro-melec", "successor", True)
    assert ("fr-cap-electricien", "same_profession", True) in offered(answer)
    assert "fr-cap-prep-elec" not in {title["slug"] for title in answer["instead"]}  # ended in 2019


@pytest.mark.parametrize(
    ("years", "outcome", "status", "variant"),
    [(6, "experience", "open", "R14-I-a"), (0, "general_system", "open_if", "R15-1")],
)
def test_a_firm_in_industry_falls_under_the_craft_and_both_answers_stand_side_by_side(
    client: TestClient, years: int, outcome: str, status: str, variant: str
) -> None:
    practice = {"experience_years": years, "experience_country": "FR", "experience_status": "self_employed"}
    asked = {"qualification": "fr-cap-electricien", "profession": "industrial-electrician", "country": "DE"}
    answer = ask(client, **asked, **practice, nationality="EU")
    assert (answer["outcome"], step(answer)["regime"]["id"]) == ("not_regulated", "R01")
    firm = answer["firm"]
    assert firm["profession"] == {
        "id": "https://w3id.org/passerelle/id/profession/electrician",
        "slug": "electrician",
        "label": "electrician",
    }
    first = firm["paths"][0]
    assert (firm["outcome"], first["status"], first["steps"][0]["variant"]) == (outcome, status, variant)
    assert firm["refused"]
    alone = ask(client, **{**asked, "profession": "electrician"}, **practice, nationality="EU")
    assert {key: alone[key] for key in ("outcome", "paths", "refused")} == {
        key: firm[key] for key in ("outcome", "paths", "refused")
    }
    assert alone["firm"] is None
    assert ask(client, **asked, **practice, nationality="EU", intent="employment")["firm"] is None


def test_k_keeps_the_best_paths_of_each_deciding_jurisdiction(client: TestClient) -> None:
    asked = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "BE"}
    whole, best = ask(client, **asked), ask(client, **asked, k=1)
    hosts = [path["steps"][-1]["to"]["country"] for path in best["paths"]]
    assert sorted(hosts) == ["BE-de", "BE-fr", "BE-nl"]
    first_of = {}
    for path in whole["paths"]:
        first_of.setdefault(path["steps"][-1]["to"]["country"], path["steps"])
    assert [path["steps"] for path in best["paths"]] == [first_of[host] for host in hosts]
    assert best["refused"] == whole["refused"]
    assert client.get("/api/v1/paths", params={**asked, "k": 0}).status_code == 400


def test_the_answer_names_three_who_advise_this_profession_between_these_places(client: TestClient) -> None:
    answer = ask(client, qualification="fr-dei", profession="nurse-general-care", country="BE-fr", lang="fr")
    advice = answer["advice"]
    assert len(advice) == 3
    assert {contact["country"][:2] for contact in advice} <= {"FR", "BE"}
    assert all({"id", "label", "kind", "country", "url", "languages", "verified"} <= set(contact) for contact in advice)
    assert not [contact for contact in advice if "pharmac" in contact["label"] or "archit" in contact["label"].lower()]


class Unreachable:
    """A store elsewhere that does not answer."""

    version = "far"

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        raise StoreUnavailable(f"the store does not answer {len(text)} characters with {media_type} over {dataset}")


def test_reading_ahead_leaves_it_to_the_first_question_to_say_that_the_store_does_not_answer() -> None:
    finder = PathFinder(Unreachable())
    finder.read_ahead()
    asked = Question(qualification="fr-dei", profession="nurse-general-care", country="NL")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        finder.find(asked)


def test_all_doors_of_a_service_share_what_was_read(store: CurrentStore, data: Path) -> None:
    services = services_over(Settings(data=data), store)
    profession = f"{ID}profession/midwife"
    assert services.path_finder.find(Question(profession="midwife", country="NL"))["outcome"]
    assert services.descriptions.titles(profession) is services.descriptions.titles(profession)
    assert services.path_finder is not services_over(Settings(data=data), store).path_finder
