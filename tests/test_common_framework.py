"""Common training frameworks and the green transition, as whole answers over invented worlds and on the real tables."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graph_api.competences.common_training import Frameworks
from graph_api.competences.green import Green
from graph_api.competences.profiles import Descriptions
from graph_api.errors import BadRequest
from graph_api.rdf.terms import thing
from tests import invented_work as world
from tests.conftest import ROOT
from tests.invented_work import OCCUPATION, RELEASE, RELEASE_HEAD, SKILL, TABLES, InventedStore, essentials

DAY = date(2026, 11, 24)
WORLD = [
    world.SMITH, world.place("aa"), world.place("bb"), world.place("cc"), world.place("dd"), world.place("ee"),
    world.title("aa-smith", "aa", "aa", *essentials("anvil", "hammer", "forge")),
    world.title("bb-one", "bb", "bb", *essentials("anvil", "hammer", "clay")),
    world.title("bb-two", "bb", "bb", *essentials("anvil", "hammer")),
    world.title("bb-old", "bb", "bb", *essentials("stone"), until="1999-12-31"),
    world.title("cc-smith", "cc", "cc", *essentials("anvil"), ("hammer", "essential", "broad", 0.6), ("forge", "optional", "exact", 1.0)),
    world.title("dd-smith", "dd", "dd"),
]  # fmt: skip


def framework(least: int | None = None, *, release: str = "") -> dict[str, Any]:
    graphs = [(TABLES, "\n".join(WORLD))] + ([(RELEASE, RELEASE_HEAD + release)] if release else [])
    return Frameworks(Descriptions(InventedStore(graphs))).framework("smith", least, "en", DAY)


def labels(items: list[dict[str, Any]]) -> list[str]:
    return [item["label"] for item in items]


def test_what_all_what_enough_and_what_only_one_country_teaches() -> None:
    answer = framework()
    assert (answer["known"], answer["min_countries"]) == (True, 2)
    assert answer["described"] == ["AA", "BB", "CC"]
    assert answer["not_described"] == ["DD", "EE"]
    assert labels(answer["shared_by_all"]) == ["anvil", "hammer"]
    assert [(item["label"], item["countries"]) for item in answer["core"]] == [
        ("anvil", ["AA", "BB", "CC"]),
        ("hammer", ["AA", "BB", "CC"]),
    ]
    assert {code: labels(items) for code, items in answer["only_one"].items()} == {"AA": ["forge"], "BB": [], "CC": []}


def test_how_far_each_country_is_from_the_core() -> None:
    """A part of a skill is half of the way; a country that nobody described has no distance at all."""
    rows = {row["country"]: row for row in framework()["countries"]}
    assert {code: (row["known"], row["taught"], row["distance"]) for code, row in rows.items()} == {
        "AA": (True, 3, 0.0),
        "BB": (True, 2, 0.0),
        "CC": (True, 2, 0.25),
        "DD": (False, None, None),
        "EE": (False, None, None),
    }
    assert labels(rows["CC"]["partly"]) == ["hammer"]
    assert labels(rows["DD"]["not_described"]) == ["dd-smith"]
    assert labels(rows["BB"]["qualifications"]) == ["bb-one", "bb-two"]
    assert labels(rows["BB"]["superseded"]) == ["bb-old"]
    assert rows["AA"]["beyond"] == 1


def test_the_fewer_countries_are_asked_the_larger_the_core() -> None:
    cores = [set(labels(framework(least)["core"])) for least in (1, 2, 3)]
    assert cores == [{"anvil", "hammer", "forge"}, {"anvil", "hammer"}, {"anvil", "hammer"}]
    missing = {row["country"]: labels(row["missing"]) for row in framework(1)["countries"]}
    assert missing == {"AA": [], "BB": ["forge"], "CC": ["forge"], "DD": [], "EE": []}


def test_a_narrower_skill_shortens_the_distance_where_the_hierarchy_is_loaded() -> None:
    rows = {row["country"]: row for row in framework(1, release=world.below("hammer", "forge"))["countries"]}
    assert labels(rows["BB"]["partly"]) == ["forge"]
    assert rows["BB"]["distance"] == round(0.5 / 3, 3)


@pytest.mark.parametrize("least", [0, 4])
def test_more_countries_than_are_described_is_a_bad_request(least: int) -> None:
    with pytest.raises(BadRequest, match="but 3 are described; write 1 to 3"):
        framework(least)


# ---- on the real tables ------------------------------------------------------------------------------------------------


def taught(profession: str) -> dict[str, set[str]]:
    """The tables read once more: state -> what most of its described titles in force make essential."""
    titles = [row for path in sorted((ROOT / "mappings" / "qualifications").glob("*.csv")) for row in _rows(path)]
    owner = {row["learning_outcome"]: row["qualification"] for path in _all("learning_outcomes") for row in _rows(path)}
    held: dict[str, set[str]] = {}
    for path in _all("outcome_matches"):
        for row in _rows(path):
            if row["relation"] == "essential" and row["standing"] == "match":
                held.setdefault(owner[row["learning_outcome"]], set()).add(row["competence"])
    found: dict[str, list[set[str]]] = {}
    for row in titles:
        current = (row["valid_from"] or "0") <= "2026-11-24" and (row["valid_to"] or "9") >= "2026-11-24"
        if profession in row["grants_access_to"].split(";") and row["qualification"] in held and current:
            found.setdefault(row["state"].upper(), []).append(held[row["qualification"]])
    counts = {state: (Counter(item for skills in some for item in skills), len(some)) for state, some in found.items()}
    return {state: {item for item, n in counter.items() if 2 * n > size} for state, (counter, size) in counts.items()}


def _all(folder: str) -> list[Any]:
    return sorted((ROOT / "mappings" / folder).glob("*.csv"))


def _rows(path: Any) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("profession", ["healthcare-assistant", "industrial-electrician", "physiotherapist"])
def test_the_framework_equals_what_the_tables_say(client: TestClient, profession: str) -> None:
    wanted = taught(profession)
    counts = Counter(item for skills in wanted.values() for item in skills)
    address = f"/api/v1/professions/{profession}/common-training-framework?as_of=2026-11-24"
    for least in range(1, len(wanted) + 1):
        answer = client.get(f"{address}&min_countries={least}").json()
        assert answer["described"] == sorted(wanted)
        assert {item["id"] for item in answer["core"]} == {item for item, n in counts.items() if n >= least}
        assert {item["id"] for item in answer["shared_by_all"]} == set.intersection(*wanted.values())
        alone = {state: {item for item in skills if counts[item] == 1} for state, skills in wanted.items()}
        assert {state: {item["id"] for item in items} for state, items in answer["only_one"].items()} == alone
        core = {item for item, n in counts.items() if n >= least}
        lacking = {row["country"]: {item["id"] for item in row["missing"]} for row in answer["countries"]}
        assert lacking == {state: core - skills for state, skills in wanted.items()}


@pytest.mark.parametrize(("profession", "shared"), [("healthcare-assistant", 5), ("industrial-electrician", 5)])
def test_the_frameworks_that_the_benelux_asks_for_are_useful(client: TestClient, profession: str, shared: int) -> None:
    answer = client.get(f"/api/v1/professions/{profession}/common-training-framework").json()
    assert answer["described"] == ["BE", "DE", "FR", "LU", "NL"]
    assert answer["not_described"] == []
    assert len(answer["shared_by_all"]) >= shared
    assert len(answer["core"]) > len(answer["shared_by_all"])
    assert all(0 <= row["distance"] < 0.5 for row in answer["countries"])


def test_the_acts_of_nursing_assistants_stand_beside_their_competences(client: TestClient) -> None:
    acts = client.get("/api/v1/professions/healthcare-assistant/common-training-framework").json()["acts"]
    table = _rows(ROOT / "mappings" / "act_permissions.csv")
    rows = [row for row in table if row["profession"] == "healthcare-assistant"]
    said = {(row["permitted_act"], row["jurisdiction"]): row["permission"] for row in rows}
    names = {act for act, _ in said}
    by_all = {
        act
        for act in names
        if all(said.get((act, place)) in ("yes", "delegated") for place in ("be", "de", "fr", "lu", "nl"))
    }
    assert acts["countries"] == ["BE", "DE", "FR", "LU", "NL"]
    assert {item["id"].rsplit("/", 1)[1] for item in acts["allowed_by_all"]} == by_all
    assert client.get("/api/v1/professions/baker/common-training-framework").json()["acts"] is None


def test_the_law_lets_every_electrician_work_for_an_employer_and_not_everyone_for_customers(client: TestClient) -> None:
    acts = client.get("/api/v1/professions/industrial-electrician/common-training-framework").json()["acts"]
    assert acts["countries"] == ["BE", "DE", "FR", "LU", "NL"]
    assert [item["id"].rsplit("/", 1)[1] for item in acts["allowed_by_all"]] == ["act-elec-employee"]
    assert [item["id"].rsplit("/", 1)[1] for item in acts["not_settled"]] == ["act-elec-own-firm"]


def test_what_the_law_permits_nurses_names_only_countries_whose_law_was_read(client: TestClient) -> None:
    acts = client.get("/api/v1/professions/nurse-general-care/common-training-framework").json()["acts"]
    assert acts["countries"] == ["BE", "DE", "LU", "NL"]
    settled = {item["id"].rsplit("/", 1)[1] for places in acts["only_one"].values() for item in places}
    assert settled == set(), "no act is read in all four countries and permitted in one only"


def test_a_profession_that_nobody_described_has_no_framework_and_says_so(client: TestClient) -> None:
    answer = client.get("/api/v1/professions/baker/common-training-framework").json()
    assert (answer["known"], answer["described"], answer["core"], answer["shared_by_all"]) == (False, [], [], [])
    assert answer["not_described"] == ["BE", "DE", "FR", "LU", "NL"]
    assert {row["distance"] for row in answer["countries"]} == {None}


def test_an_unknown_profession_is_404(client: TestClient) -> None:
    response = client.get("/api/v1/professions/astrologer/common-training-framework")
    assert (response.status_code, response.json()["detail"]) == (404, "there is no profession 'astrologer'")


# ---- the green transition ----------------------------------------------------------------------------------------------


def asked_green(*more: str, release: bool = True, **asked: str) -> dict[str, Any]:
    graphs = [(TABLES, "\n".join(WORLD))] + ([(RELEASE, RELEASE_HEAD + "\n".join(more))] if release else [])
    answer = Green(Descriptions(InventedStore(graphs)))
    return answer.share(asked.get("profession"), asked.get("qualification"), "en")


RELEASED = (
    world.occupation("smith", ["anvil", "hammer", "solar"], ["wind"]),
    world.occupation("sun-smith", ["anvil", "wind", "panel"]),
    world.occupation("far-smith", ["anvil", "panel", "poetry"]),
    world.occupation("same-smith", ["anvil", "hammer"]),
    world.occupation("poet", ["poetry", "panel"]),
    world.green("solar", "wind", "panel"),
)


def test_the_green_share_of_a_profession_and_what_only_green_skills_open() -> None:
    answer = asked_green(*RELEASED, profession="smith")
    assert answer["essential"] == {
        "asked": 3, "green": 1, "share": 0.333, "competences": [{"id": f"{SKILL}solar", "label": "solar"}],
    }  # fmt: skip
    assert answer["optional"]["share"] == 1.0
    panel, poetry = ({"id": f"{SKILL}{name}", "label": name} for name in ("panel", "poetry"))
    assert answer["reachable"] == [
        {"id": f"{OCCUPATION}sun-smith", "label": "sun-smith", "professions": [], "add": [panel], "also_lacking": []}
    ]
    assert answer["nearest"] == [
        {
            "id": f"{OCCUPATION}far-smith",
            "label": "far-smith",
            "professions": [],
            "add": [panel],
            "also_lacking": [poetry],
        }
    ]
    assert answer["release"] == {"id": RELEASE, "version": "9.9", "acknowledgement": "Thank the moon."}


def test_a_reachable_occupation_names_the_profession_that_it_is_here() -> None:
    ours = "<profession/sun> a pas:Profession ; skos:closeMatch o:sun-smith ."
    (found,) = asked_green(*RELEASED, ours, profession="smith")["reachable"]
    assert found["professions"] == [thing("profession", "sun").value]


def test_the_green_share_of_a_title() -> None:
    answer = asked_green(*RELEASED, world.green("forge"), qualification="aa-smith")
    assert (answer["known"], answer["essential"]["green"], answer["essential"]["asked"]) == (True, 1, 3)
    assert asked_green(*RELEASED, qualification="dd-smith")["reason"] == "qualification_not_described"


def test_without_a_release_there_is_no_figure() -> None:
    answer = asked_green(release=False, profession="smith")
    assert answer == {
        "kind": "profession", "id": thing("profession", "smith").value, "slug": "smith", "label": "smith",
        "known": False, "reason": "no_esco_release_loaded", "release": None,
    }  # fmt: skip


def test_a_profession_without_an_occupation_in_the_release_is_not_known() -> None:
    assert asked_green(world.green("solar"), profession="smith")["reason"] == "no_occupation_matched"


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 400, "give one profession or one qualification"),
        ("?profession=baker&qualification=fr-dei", 400, "give one profession or one qualification"),
        ("?profession=astrologer", 404, "there is no profession 'astrologer'"),
    ],
)
def test_a_green_question_must_be_about_one_thing(client: TestClient, query: str, status: int, said: str) -> None:
    response = client.get(f"/api/v1/green{query}")
    assert (response.status_code, response.json()["detail"]) == (status, said)
