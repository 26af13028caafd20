"""Comparisons against a plain oracle over the tables, set cover against brute force, and whole answers."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_api.competences.comparison import Comparisons
from graph_api.competences.coverage import Entry, Profile, coverage, credit, extra, together
from graph_api.competences.gaps import Gaps
from graph_api.competences.profiles import Descriptions
from graph_api.competences.set_cover import Option, key_of, smallest_cover
from graph_api.rdf.terms import thing
from graph_api.store.local import CurrentStore
from tests import invented_work as world
from tests.conftest import ROOT
from tests.invented_work import RELEASE, SKILL, TABLES, InventedStore, essentials

MAPPINGS = ROOT / "mappings"
DAY = date(2026, 11, 24)


# ---- the oracle: the tables read once more, and nothing else -----------------------------------------------------------


def _rows(pattern: str) -> list[dict[str, str]]:
    found = []
    for path in sorted(MAPPINGS.glob(pattern)):
        with path.open(newline="", encoding="utf-8") as file:
            found += list(csv.DictReader(file))
    return found


def _described() -> dict[str, dict[str, tuple[bool, float, float]]]:
    """Title -> skill -> (essential, part, confidence), the best of several rows."""
    title_of = {row["learning_outcome"]: row["qualification"] for row in _rows("learning_outcomes/*.csv")}
    part = {"exact": 1.0, "close": 1.0, "narrow": 1.0, "broad": 0.5}
    found: dict[str, dict[str, tuple[bool, float, float]]] = {}
    for row in _rows("outcome_matches/*.csv"):
        if row["standing"] == "refused":
            continue
        held = found.setdefault(title_of[row["learning_outcome"]], {})
        said = (row["relation"] == "essential", part[row["match_predicate"]], float(row["confidence"]))
        held[row["competence"]] = max(held.get(row["competence"], said), said)
    return found


DESCRIBED = _described()
SLUGS = sorted(DESCRIBED)


def _expected(held: str, asked: str, *, essential: bool) -> dict[str, Any]:
    mine, theirs = DESCRIBED[held], DESCRIBED[asked]
    earnings, sure = [], []
    for skill, (firm, part, confidence) in theirs.items():
        if firm is not essential:
            continue
        wanted = part if firm else part / 2
        if skill in mine:
            has = mine[skill][1] if mine[skill][0] else mine[skill][1] / 2
            earned = min(1.0, has / wanted)
            earnings.append(earned)
            sure.append(earned * min(confidence, mine[skill][2]))
        else:
            earnings.append(0.0)
            sure.append(0.0)
    return {
        "asked": len(earnings),
        "covered": earnings.count(1.0),
        "partly": sum(0 < item < 1 for item in earnings),
        "missing": earnings.count(0.0),
        "coverage": round(sum(earnings) / len(earnings), 3) if earnings else None,
        "confident_coverage": pytest.approx(sum(sure) / len(sure), abs=0.0006) if sure else None,
    }


@pytest.fixture(scope="module")
def comparisons(store: CurrentStore) -> Comparisons:
    return Comparisons(Descriptions(store))


@settings(max_examples=30, deadline=None)
@given(pair=st.lists(st.sampled_from(SLUGS), min_size=2, max_size=3, unique=True))
def test_a_comparison_equals_what_the_tables_say(comparisons: Comparisons, pair: list[str]) -> None:
    answer = comparisons.compare(pair, None, None, "en", DAY)
    assert len(answer["pairs"]) == len(pair) * (len(pair) - 1)
    for found in answer["pairs"]:
        held, asked = (found[end].rpartition("/")[2] for end in ("from", "to"))
        assert found["essential"] == _expected(held, asked, essential=True)
        assert found["optional"] == _expected(held, asked, essential=False)
        lacking = {skill for skill, said in DESCRIBED[asked].items() if skill not in DESCRIBED[held] and said[0]}
        assert {item["id"] for item in found["missing"]} == lacking
        assert {item["id"] for item in found["extra"]} == set(DESCRIBED[held]) - set(DESCRIBED[asked])
    shared = set.intersection(*(set(DESCRIBED[slug]) for slug in pair))
    assert {item["id"] for item in answer["shared"]} == shared


@settings(max_examples=20, deadline=None)
@given(pair=st.lists(st.sampled_from(SLUGS), min_size=2, max_size=2, unique=True))
def test_what_is_chosen_closes_what_it_says(comparisons: Comparisons, pair: list[str]) -> None:
    """Each chosen set closes all of the gap but what is left, and what is left nothing closes."""
    closes: dict[str, set[str]] = {}
    unread = {row["bridging_module"] for row in _rows("*module*s.csv") if row["verified"] != "yes"}
    for row in _rows("module_skills.csv"):
        if row["bridging_module"] in unread:
            continue
        closes.setdefault(thing("bridging-module", row["bridging_module"]).value, set()).add(row["closes_gap"])
    found = comparisons.compare(pair, None, None, "en", DAY)["pairs"][0]
    partly = {item["id"] for item in found["partly"] if item["relation"] == "essential"}
    gap = {item["id"] for item in found["missing"]} | partly
    chosen, left = found["closing"]["modules"]["chosen"], {item["id"] for item in found["closing"]["modules"]["left"]}
    closed = set().union(*(closes[item["id"]] for item in chosen)) & gap
    assert closed == gap - left
    assert all(left.isdisjoint(skills) for skills in closes.values())
    assert found["closing"]["modules"]["closed"] == len(closed)
    ends = {found["from"], found["to"]}
    assert ends.isdisjoint(item["id"] for item in found["closing"]["any"]["chosen"])


@pytest.mark.parametrize("slug", SLUGS)
def test_every_described_title_covers_itself(slug: str) -> None:
    held = {
        skill: Entry("essential" if firm else "optional", part, confidence)
        for skill, (firm, part, confidence) in DESCRIBED[slug].items()
    }
    profile = Profile(slug, held)
    assert coverage(profile, profile, "essential").share in (1.0, None)
    assert coverage(profile, profile, "optional").share in (1.0, None)
    assert extra(profile, profile) == []


# ---- credit ------------------------------------------------------------------------------------------------------------


FULL = Entry("essential", 1.0, 0.9)
CREDITS: list[tuple[str, Entry, Mapping[str, Entry], Mapping[str, str], tuple[float, str | None, str | None]]] = [
    ("the skill itself", FULL, {"a": FULL}, {}, (1.0, "same", "a")),
    ("nothing near", FULL, {"z": FULL}, {}, (0.0, None, None)),
    ("only a part of the skill", FULL, {"a": Entry("essential", 0.5, 0.9)}, {}, (0.5, "same", "a")),
    ("only some holders have it", FULL, {"a": Entry("optional", 1.0, 0.9)}, {}, (0.5, "same", "a")),
    ("some holders have a part", FULL, {"a": Entry("optional", 0.5, 0.9)}, {}, (0.25, "same", "a")),
    ("a part is all that is asked", Entry("essential", 0.5, 0.9), {"a": FULL}, {}, (1.0, "same", "a")),
    ("optional is all that is asked", Entry("optional", 1.0, 0.9), {"a": Entry("optional", 1, 1)}, {}, (1.0, "same", "a")),
    ("a narrower skill", FULL, {"n": FULL}, {"n": "a"}, (0.5, "narrower", "n")),
    ("a wider skill", FULL, {"w": FULL}, {"a": "w"}, (0.5, "broader", "w")),
    ("a neighbour under one roof", FULL, {"n": FULL}, {"n": "w", "a": "w"}, (0.0, None, None)),
    ("narrower before wider", FULL, {"n": FULL, "w": FULL}, {"n": "a", "a": "w"}, (0.5, "narrower", "n")),
    ("the better of itself in part and a wider one", FULL, {"a": Entry("optional", 0.5, 1), "w": FULL}, {"a": "w"}, (0.5, "broader", "w")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "held", "above", "expected"), [case[1:] for case in CREDITS], ids=[c[0] for c in CREDITS]
)
def test_credit(
    asked: Entry, held: Mapping[str, Entry], above: Mapping[str, str], expected: tuple[float, str | None, str | None]
) -> None:
    tops = {low: frozenset({high}) for low, high in above.items()}
    mine = Profile("held", held, {iri: tops[iri] for iri in held if iri in tops})
    theirs = Profile("asked", {"a": asked}, {"a": tops["a"]} if "a" in tops else {})
    found = credit(mine, theirs, "a")
    assert (found.value, found.how, found.by) == expected


def test_the_weaker_confidence_counts() -> None:
    held, asked = Profile("h", {"a": Entry("essential", 1, 0.6)}), Profile("q", {"a": Entry("essential", 1, 0.9)})
    assert credit(held, asked, "a").confidence == 0.6
    assert coverage(held, asked, "essential").sure == 0.6


def test_of_several_titles_what_most_make_essential_is_essential() -> None:
    some = [Profile(str(number), dict.fromkeys(skills, FULL)) for number, skills in enumerate(("abc", "ab", "ad"))]
    some.append(Profile("4", {"b": Entry("optional", 1.0, 1.0)}))
    merged = together("all", some)
    assert merged.only("essential") == ["a"]
    assert merged.only("optional") == ["b", "c", "d"]


def test_half_is_not_most() -> None:
    merged = together("two", [Profile("1", {"a": FULL, "b": FULL}), Profile("2", {"a": FULL})])
    assert merged.only("essential") == ["a"]


# ---- the smallest set --------------------------------------------------------------------------------------------------


def brute_force(gap: set[str], candidates: Sequence[Option]) -> tuple[str, ...]:
    """The best set of all sets: closing all that can be closed, by size, cost and address."""
    closable = {element for item in candidates for element in item.closes & gap}
    covers = [
        chosen
        for size in range(len(candidates) + 1)
        for chosen in combinations(candidates, size)
        if closable <= {element for item in chosen for element in item.closes}
    ]
    return key_of(min(covers, key=key_of))[2]


CANDIDATES = st.lists(
    st.builds(
        Option,
        iri=st.sampled_from([f"c{number}" for number in range(8)]),
        closes=st.frozensets(st.sampled_from("abcdefg"), max_size=4),
        cost=st.integers(0, 2),
    ),
    max_size=8,
    unique_by=lambda item: item.iri,
)


@settings(max_examples=400, deadline=None)
@given(gap=st.sets(st.sampled_from("abcdefgh")), candidates=CANDIDATES)
def test_the_chosen_set_is_the_best_of_all_sets(gap: set[str], candidates: list[Option]) -> None:
    found = smallest_cover(gap, candidates)
    assert tuple(item.iri for item in found.chosen) == brute_force(gap, candidates)
    assert found.left == gap - {element for item in candidates for element in item.closes}
    assert found.exact


@settings(max_examples=100, deadline=None)
@given(gap=st.sets(st.sampled_from("abcdefgh"), min_size=1), candidates=CANDIDATES)
def test_beyond_the_bound_the_choice_still_closes_all_and_says_so(gap: set[str], candidates: list[Option]) -> None:
    found = smallest_cover(gap, candidates, most_steps=0)
    closed = {element for item in found.chosen for element in item.closes}
    assert gap - found.left <= closed
    assert found.left == gap - {element for item in candidates for element in item.closes}
    assert not found.exact


def test_a_course_in_the_host_comes_before_one_elsewhere_and_both_before_a_whole_title() -> None:
    here, there, whole = (Option(name, frozenset("a"), cost) for name, cost in (("z", 0), ("b", 1), ("a", 2)))
    assert smallest_cover("a", [whole, there, here]).chosen == (here,)
    assert smallest_cover("a", [whole, there]).chosen == (there,)


# ---- whole answers over an invented world ------------------------------------------------------------------------------


def invented(*more: str, release: str = "") -> Descriptions:
    tables = [
        world.SMITH, world.place("aa"), world.place("bb"), world.place("bb-1", "bb", decides=False),
        world.title("aa-smith", "aa", "aa", *essentials("hammer", "anvil")),
        world.title("bb-smith", "bb-1", "bb", *essentials("anvil", "forge", "weld"), ("paint", "optional", "close", 0.5)),
        world.title("bb-old", "bb", "bb", *essentials("clay"), until="2000-01-01"),
        world.title("aa-silent", "aa", "aa"),
        world.module("weld-course", "bb", "weld"), world.module("all-course", "aa", "forge", "weld"),
        *more,
    ]  # fmt: skip
    graphs = [(TABLES, "\n".join(tables))]
    if release:
        graphs.append((RELEASE, world.RELEASE_HEAD + release))
    return Descriptions(InventedStore(graphs))


def iri(kind: str, slug: str) -> str:
    return thing(kind, slug).value


def gap(descriptions: Descriptions, held: str | None, country: str = "bb") -> dict[str, Any]:
    qualification = iri("qualification", held) if held else None
    place = iri("jurisdiction", country)
    return Gaps(descriptions).gap(qualification, iri("profession", "smith"), place, "en", DAY)


def test_the_gap_of_a_title_in_a_country_as_a_whole_answer() -> None:
    assert gap(invented(), "aa-smith") == {
        "known": True,
        "reason": None,
        "same_profession": True,
        "target": {
            "source": "host_qualifications",
            "described_by": [{"id": iri("qualification", "bb-smith"), "label": "bb-smith"}],
            "essential": 3,
            "optional": 1,
        },
        "essential": {
            "asked": 3, "covered": 1, "partly": 0, "missing": 2, "coverage": 0.333, "confident_coverage": 0.333,
        },
        "optional": {
            "asked": 1, "covered": 0, "partly": 0, "missing": 1, "coverage": 0.0, "confident_coverage": 0.0,
        },
        "closest": {"id": iri("qualification", "bb-smith"), "label": "bb-smith", "coverage": 0.333},
        "missing": [{"id": f"{SKILL}forge", "label": "forge"}, {"id": f"{SKILL}weld", "label": "weld"}],
        "partly": [],
        "extra": 1,
        "modules": {
            "chosen": [
                {
                    "id": iri("bridging-module", "all-course"), "kind": "bridging-module", "label": "all-course",
                    "countries": ["AA"], "duration": None, "closes": 2,
                }
            ],
            "closed": 2,
            "left": [],
            "smallest": True,
        },
    }  # fmt: skip


def test_a_module_that_nobody_read_is_not_offered() -> None:
    """The wider course is chosen, unless it or one of its skills is from knowledge."""
    unread = f'<{iri("bridging-module", "all-course")}> pas:verified "yes" , "from-knowledge" .'
    closing = gap(invented(unread), "aa-smith")["modules"]
    assert [module["id"] for module in closing["chosen"]] == [iri("bridging-module", "weld-course")]
    assert [skill["label"] for skill in closing["left"]] == ["forge"]


def test_a_title_that_nobody_described_is_not_known_rather_than_empty() -> None:
    found = gap(invented(), "aa-silent")
    assert (found["known"], found["reason"]) == (False, "qualification_not_described")
    assert "essential" not in found


def test_without_a_title_nothing_is_known() -> None:
    assert gap(invented(), None)["reason"] == "no_qualification_given"


def test_a_country_without_described_titles_borrows_from_the_others_and_says_so() -> None:
    found = gap(invented(world.place("cc")), "aa-smith", "cc")
    assert found["target"]["source"] == "other_countries"
    assert [item["label"] for item in found["target"]["described_by"]] == ["aa-smith", "bb-smith"]


def test_a_profession_that_nobody_described_is_not_known() -> None:
    store = invented('<profession/cook> a pas:Profession ; skos:prefLabel "cook"@en .')
    held, place = iri("qualification", "aa-smith"), iri("jurisdiction", "bb")
    found = Gaps(store).gap(held, iri("profession", "cook"), place, "en", DAY)
    assert (found["known"], found["reason"]) == (False, "profession_not_described")
    assert found["target"] == {"source": "none", "described_by": [], "essential": 0, "optional": 0}


def test_the_occupation_is_asked_before_other_countries_where_a_release_is_loaded() -> None:
    release = world.occupation("smith", ["anvil", "fire"], ["paint"])
    found = gap(invented(world.place("cc"), release=release), "aa-smith", "cc")
    assert found["target"]["source"] == "occupation"
    assert found["essential"]["coverage"] == 0.5
    assert [item["label"] for item in found["missing"]] == ["fire"]


def test_a_titles_end_counts_from_its_day() -> None:
    """On a day when only the old title was in force beside the new one, it describes the work too."""
    descriptions = invented()
    target = descriptions.target(iri("profession", "smith"), iri("jurisdiction", "bb"), date(1999, 1, 1))
    assert target.grounds == [iri("qualification", "bb-old"), iri("qualification", "bb-smith")]


def test_narrower_and_wider_skills_earn_half_where_the_hierarchy_is_loaded() -> None:
    hierarchy = world.below("hammer", "forge") + world.below("weld", "anvil")
    found = gap(invented(release=hierarchy), "aa-smith")
    assert found["essential"]["coverage"] == round((1 + 0.5 + 0.5) / 3, 3)
    assert [item["label"] for item in found["partly"]] == ["forge", "weld"]
    assert found["missing"] == []
    assert found["extra"] == 0


def test_partial_credit_says_by_what_and_why() -> None:
    comparisons = Comparisons(invented(release=world.below("hammer", "forge")))
    pair = comparisons.compare(["aa-smith", "bb-smith"], None, None, "en", DAY)["pairs"][0]
    assert pair["partly"] == [
        {
            "id": f"{SKILL}forge", "label": "forge", "relation": "essential", "credit": 0.5, "how": "narrower",
            "by": {"id": f"{SKILL}hammer", "label": "hammer"},
        }
    ]  # fmt: skip


def test_an_undescribed_side_gives_a_pair_that_is_not_known() -> None:
    answer = Comparisons(invented()).compare(["aa-smith", "aa-silent"], None, None, "en", DAY)
    ends = [iri("qualification", "aa-smith"), iri("qualification", "aa-silent")]
    assert answer["pairs"] == [
        {"from": ends[0], "to": ends[1], "same_profession": True, "known": False},
        {"from": ends[1], "to": ends[0], "same_profession": True, "known": False},
    ]
    assert answer["not_described"] == [ends[1]]
    assert answer["shared"] == []


def test_a_profession_is_asked_for_and_holds_nothing() -> None:
    answer = Comparisons(invented()).compare(["aa-smith"], "smith", "BB", "en", DAY)
    assert [(pair["from"], pair["to"]) for pair in answer["pairs"]] == [
        (iri("qualification", "aa-smith"), iri("profession", "smith"))
    ]
    assert answer["profession"]["country"] == "BB"
    assert answer["profession"]["source"] == "host_qualifications"
    chosen = answer["pairs"][0]["closing"]["any"]["chosen"]
    assert [item["label"] for item in chosen] == ["all-course"]


def test_what_only_one_law_permits_and_what_is_not_settled() -> None:
    acts = [
        f'<permitted-act/{act}> a pas:PermittedAct ; skos:prefLabel "{act}"@en . '
        + " ".join(
            f"<act-permission/{act}-{state}> a pas:ActPermission ; pas:act <permitted-act/{act}> ; "
            f'pas:profession <profession/smith> ; pas:inJurisdiction <jurisdiction/{state}> ; pas:permission "{word}" .'
            for state, word in said.items()
        )
        for act, said in {
            "shoe": {"aa": "yes", "bb": "no"},
            "sword": {"aa": "delegated", "bb": "yes"},
            "bell": {"aa": "no", "bb": "by Land"},
            "gate": {"aa": "no", "bb": "delegated"},
        }.items()
    ]
    answer = Comparisons(invented(*acts)).compare(["aa-smith", "bb-smith"], None, None, "en", DAY)
    (law,) = answer["law"]
    assert {code: [act["label"] for act in only] for code, only in law["only"].items()} == {
        "AA": ["shoe"],
        "BB": ["gate"],
    }
    assert law["undecided"] == [
        {
            "id": iri("permitted-act", "bell"),
            "label": "bell",
            "permissions": {"AA": {"permission": "no", "text": None}, "BB": {"permission": "by Land", "text": None}},
        }
    ]


def test_equivalents_are_ranked_and_the_undescribed_stand_apart() -> None:
    answer = Comparisons(invented()).equivalents("aa-smith", None, "en", 20)
    assert [
        (item["slug"], item["covers"]["coverage"], item["covered_by"]["coverage"]) for item in answer["results"]
    ] == [("bb-smith", 0.333, 0.5)]
    assert answer["results"][0]["score"] == 0.4
    assert [item["label"] for item in answer["not_described"]] == ["aa-silent"]
    assert Comparisons(invented()).equivalents("aa-smith", "AA", "en", 20)["results"] == []


# ---- over HTTP, on the real tables -------------------------------------------------------------------------------------


CASES = [*csv.DictReader((ROOT / "tests" / "cases" / "compare" / "pairs.csv").read_text(encoding="utf-8").splitlines())]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['held']} in {case['country']}: {case['why']}")
def test_a_title_meets_a_profession(client: TestClient, case: dict[str, str]) -> None:
    address = f"/api/v1/compare?qualification={case['held']}&profession={case['profession']}&country={case['country']}"
    answer = client.get(f"{address}&as_of=2026-11-24").json()
    assert answer["profession"]["source"] == case["source"]
    (pair,) = answer["pairs"]
    assert pair["known"] is (case["known"] == "yes")
    if pair["known"]:
        counts = pair["essential"]
        assert [str(counts[name]) for name in ("asked", "covered", "partly", "missing")] == case["essential"].split()


def test_nothing_described_is_said_plainly(client: TestClient) -> None:
    answer = client.get("/api/v1/qualifications/nl-arts/equivalents").json()
    assert (answer["known"], answer["results"]) == (False, [])
    assert answer["not_described"]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("compare?qualification=fr-dei", 400, "give two different qualifications, or one and a profession"),
        ("compare?qualification=fr-dei&qualification=fr-dei", 400, "give two different qualifications"),
        ("compare?qualification=fr-dei&qualification=no-such", 404, "there is no qualification 'no-such'"),
        ("compare?qualification=fr-dei&profession=astrologer", 404, "there is no profession 'astrologer'"),
        ("compare?qualification=fr-dei&profession=midwife&country=XX", 400, "'XX' is no country of this graph"),
        ("compare?qualification=fr%20dei&profession=midwife", 400, "pattern"),
        ("qualifications/no-such/equivalents", 404, "there is no qualification 'no-such'"),
        ("qualifications/fr-dei/equivalents?country=XX", 400, "write one of BE"),
    ],
)
def test_what_cannot_be_compared_is_a_problem_that_says_why(
    client: TestClient, address: str, status: int, said: str
) -> None:
    response = client.get(f"/api/v1/{address}")
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert said in response.json()["detail"]


def test_the_nearest_titles_of_the_belgian_nursing_assistant_in_luxembourg(client: TestClient) -> None:
    answer = client.get("/api/v1/qualifications/be-fr-aide-soignant-7p/equivalents?country=LU").json()
    assert answer["results"][0]["slug"] == "lu-dap-aide-soignant"
    scores = [item["score"] for item in answer["results"]]
    assert scores == sorted(scores, reverse=True)
    assert {item["country"] for item in answer["results"]} == {"LU"}
