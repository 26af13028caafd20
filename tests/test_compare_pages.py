"""Comparisons as pages: qualifications, a profession across the countries, the common training framework."""

from __future__ import annotations

import re
from html import unescape
from math import isclose, pi
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graph_api.store.things import LANGUAGES
from graph_api.web.pages.drawings.venn import HEIGHT, _lens, overlap

HTML = {"accept": "text/html"}
FRAMEWORK = "/common-training-framework?profession="
PAIR = "/compare?qualification=fr-deas-2021&qualification=nl-verzorgende-ig"
BENELUX = ("healthcare-assistant", "industrial-electrician")


def get(client: TestClient, address: str) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def bare(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u2060", "").replace("\xa0", " ").split())


def table(html: str, kind: str) -> list[list[str]]:
    """The cells of the first table of that class, as text."""
    body = re.search(rf'<table class="{kind}[^"]*">(.*?)</table>', html, re.DOTALL)
    assert body, kind
    lines = re.findall(r"<tr[^>]*>(.*?)</tr>", body[1], re.DOTALL)
    return [[bare(cell) for cell in re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", line, re.DOTALL)] for line in lines]


def framework(client: TestClient, profession: str, **asked: Any) -> Any:
    return client.get(f"/api/v1/professions/{profession}/common-training-framework", params=asked).json()


# ---- the common training framework ----------------------------------------------------------------------------------


@pytest.mark.parametrize("profession", BENELUX)
@pytest.mark.parametrize("least", [1, 2, 3, 4, 5])
def test_the_matrix_shows_what_the_rest_answer_says(client: TestClient, profession: str, least: int) -> None:
    said = framework(client, profession, min_countries=least)
    head, *lines = table(get(client, f"{FRAMEWORK}{profession}&min_countries={least}"), "matrix")
    assert head == ["Competence", *said["described"]]
    shown = {line[0].removesuffix(" EN"): dict(zip(head[1:], line[1:], strict=True)) for line in lines if len(line) > 1}
    taught = {item["label"]: item["countries"] for item in (*said["core"], *said["some"])}
    for code, items in said["only_one"].items():
        taught |= {item["label"]: [code] for item in items}
    partly = {(item["label"], row["country"]) for row in said["countries"] for item in row["partly"]}
    assert {(name, code) for name, row in shown.items() for code in row if row[code] == "≈ in part"} == partly
    whole = {(name, code) for name, codes in taught.items() for code in codes} - partly
    assert {(name, code) for name, row in shown.items() for code in row if row[code] == "taught"} == whole
    assert set(shown) == set(taught)


def test_every_competence_stands_in_one_group(client: TestClient) -> None:
    html = get(client, f"{FRAMEWORK}healthcare-assistant&min_countries=4")
    said = framework(client, "healthcare-assistant", min_countries=4)
    groups = [line[0] for line in table(html, "matrix") if len(line) == 1]
    alone = sum(len(items) for items in said["only_one"].values())
    everywhere = len(said["shared_by_all"])
    assert groups == [
        f"Shared by all {everywhere}",
        f"Shared by at least 4 countries {len(said['core']) - everywhere}",
        f"Shared by fewer {len(said['some'])}",
        f"In one country only {alone}",
    ]


@pytest.mark.parametrize("profession", BENELUX)
def test_the_distance_of_each_country_is_in_words_and_numbers(client: TestClient, profession: str) -> None:
    said = framework(client, profession)
    _, *lines = table(get(client, FRAMEWORK + profession), "list overlap")
    for line, row in zip(lines, said["countries"], strict=True):
        assert line[2] == f"{round(100 * row['coverage'])}%"
        assert line[3:6] == [str(len(row["missing"])), str(len(row["partly"])), str(row["beyond"])]


def test_the_number_of_countries_is_chosen_without_scripts(client: TestClient) -> None:
    html = get(client, f"{FRAMEWORK}industrial-electrician&min_countries=5")
    options = html.partition('name="min_countries"')[2].partition("</select>")[0]
    assert re.findall(r'value="(\d)"( selected)?', options) == [
        ("1", ""),
        ("2", ""),
        ("3", ""),
        ("4", ""),
        ("5", " selected"),
    ]
    assert "/api/v1/professions/industrial-electrician/common-training-framework?min_countries=5&amp;lang=en" in html


def test_a_profession_that_nobody_described_is_not_known(client: TestClient) -> None:
    html = get(client, f"{FRAMEWORK}accountant")
    assert "Not known: no title of this profession has its learning outcomes described yet." in html
    assert "<table" not in html


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("healthcare-assistant&min_countries=6", 400),
        ("healthcare-assistant&min_countries=0", 400),
        ("healthcare-assistant&min_countries=all", 400),
        ("nobody", 404),
        ("no%20slug", 404),
    ],
)
def test_what_cannot_be_explored_is_an_error_page(client: TestClient, asked: str, status: int) -> None:
    assert client.get(FRAMEWORK + asked, headers=HTML).status_code == status


def test_other_languages_mark_the_labels_that_are_not_theirs(client: TestClient) -> None:
    html = get(client, f"{FRAMEWORK}industrial-electrician&lang=fr")
    assert '<span lang="en">' in html.partition('class="matrix"')[2]


# ---- a profession, a column for each state --------------------------------------------------------------------------------------


@pytest.mark.parametrize("profession", BENELUX)
def test_a_profession_stands_in_a_column_for_each_state(client: TestClient, profession: str) -> None:
    html = get(client, f"/compare?profession={profession}")
    head, *lines = table(html, "across by-place")
    assert head == ["Aspect", "Belgium", "France", "Germany", "Luxembourg", "Netherlands"]
    assert [line[0] for line in lines] == [
        "Title of the profession",
        "Regulated?",
        "What the law reserves",
        "Instrument",
        "Authority",
        "Level asked (Art. 11)",
        "Titles, duration, EQF level",
        "Competences shared",
        "Competences not shared",
    ]
    assert all(len(line) == 6 and all(line) for line in lines)


def test_parts_of_a_country_that_differ_stand_under_their_names(client: TestClient) -> None:
    _, titles, regulated, *_ = table(get(client, "/compare?profession=healthcare-assistant"), "across by-place")
    assert "Belgium (Flanders) Zorgkundige" in titles[1]
    assert "Belgium (French Community) Aide-soignant" in titles[1]
    assert regulated[1] == "regulated"


def test_where_nothing_is_regulated_nothing_is_missing(client: TestClient) -> None:
    _, _, regulated, reserved, instrument, *_ = table(
        get(client, "/compare?profession=industrial-electrician"), "across by-place"
    )
    assert regulated[1:] == ["not regulated"] * 5
    assert reserved[1:] == ["none: not regulated"] * 5
    assert instrument[1:] == ["none: not regulated"] * 5


@pytest.mark.parametrize("profession", BENELUX)
def test_the_shares_are_those_of_the_framework(client: TestClient, profession: str) -> None:
    said = framework(client, profession)
    html = get(client, f"/compare?profession={profession}")
    _, *lines = table(html, "overlap list")
    everywhere = len(said["shared_by_all"])
    taught = {row["country"]: row["taught"] for row in said["countries"]}
    for code, line in zip(said["described"], lines, strict=True):
        alone = len(said["only_one"][code])
        assert [int(cell) for cell in line[2:]] == [everywhere, taught[code] - everywhere - alone, alone, taught[code]]
    _, *pairs = table(html, "heat")
    diagonal = [line[number + 1] for number, line in enumerate(pairs)]
    assert diagonal == [f"{taught[code]} in all" for code in said["described"]]


def test_a_profession_that_is_not_there_is_missed(client: TestClient) -> None:
    for slug in ("nobody", "no%20slug"):
        assert client.get(f"/compare?profession={slug}", headers=HTML).status_code == 404


# ---- qualifications side by side ---------------------------------------------------------------------------------------


def test_two_qualifications_have_a_picture_and_the_same_as_a_table(client: TestClient) -> None:
    html = get(client, PAIR)
    said = client.get("/api/v1/compare?" + PAIR.partition("?")[2]).json()
    first, second = (record["id"] for record in said["qualifications"])
    numbers = [len(said["only"][first]), len(said["shared"]), len(said["only"][second])]
    assert [int(line[1]) for line in table(html, "list narrow")[1:]] == numbers
    counts = [int(text) for text in re.findall(r'<text class="count"[^>]*>(\d+)<', html)]
    assert sorted(counts) == sorted(numbers)


def test_coverage_is_said_in_both_directions(client: TestClient) -> None:
    html = get(client, PAIR)
    said = client.get("/api/v1/compare?" + PAIR.partition("?")[2]).json()
    body = html.partition('id="covers"')[2]
    shares = re.findall(r"<strong>(\d+)%</strong>", body)
    assert shares == [str(round(100 * pair["essential"]["coverage"])) for pair in said["pairs"]]
    assert len(shares) == 2


def test_three_qualifications_are_shown_in_rows(client: TestClient) -> None:
    html = get(client, PAIR + "&qualification=lu-dap-aide-soignant")
    assert "<circle" not in html.partition("<main")[2]
    assert len(table(html, "overlap list")) == 4


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_qualification_that_is_not_described_is_compared_by_its_facts_alone(client: TestClient, lang: str) -> None:
    html = get(client, f"/compare?qualification=fr-deas-2021&qualification=fr-cafas&lang={lang}")
    assert 'class="overlap-picture"' not in html
    assert "fr-cafas" in html


@pytest.mark.parametrize(
    ("only", "both"),
    [((10, 10), 10), ((18, 19), 17), ((0, 30), 5), ((5, 0), 5), ((7, 3), 0), ((1, 200), 1), ((0, 0), 4)],
)
def test_circles_are_as_large_as_the_sets_and_what_they_share(only: tuple[int, int], both: int) -> None:
    picture = overlap(("one", "other"), only, both)
    left, right = picture.circles
    sizes = [own + both for own in only]
    unit = pi * (HEIGHT / 2) ** 2 / max(sizes)
    assert isclose(left.radius**2 * pi, sizes[0] * unit, rel_tol=1e-6)
    assert isclose(right.radius**2 * pi, sizes[1] * unit, rel_tol=1e-6)
    assert isclose(_lens(left.radius, right.radius, right.x - left.x), both * unit, rel_tol=1e-3, abs_tol=1e-3)
    assert (picture.shared is None) == (both == 0)
    assert left.x - left.radius >= 0
    assert right.x + right.radius <= picture.width
