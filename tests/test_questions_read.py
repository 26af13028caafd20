"""What a question means before anything is looked up: lists, practice, states by name, the usual title of a state."""

from __future__ import annotations

from datetime import date

import pytest

from graph_api.errors import BadRequest, LimitReached
from graph_api.rdf.terms import ID, PAS
from graph_api.recognition.law import Reference, read_reference
from graph_api.recognition.question import LONGEST_QUESTION, parameters, question_from, question_from_json
from graph_api.recognition.states import state_code, state_name
from graph_api.recognition.usual import UsualTitles
from graph_api.store.things import Thing
from tests.europe import MemoryStore

ASKED = [("profession", "nurse"), ("country", "DD"), ("as_of", "2026-01-01")]


def test_several_values_are_parted_by_commas_semicolons_or_given_again() -> None:
    given = [("certificates", "a; b,c"), ("certificates", "d"), ("recognised_in", "AA;BB")]
    question = question_from([*ASKED, *given])
    assert (question.certificates, question.recognised_in) == (["a", "b", "c", "d"], ["AA", "BB"])


def test_years_of_practice_are_a_record_that_ends_on_the_day_asked() -> None:
    """Three years are 1,096 days, the first and the last counted."""
    (record,) = question_from([*ASKED, ("experience_years", "3"), ("experience_country", "AA")]).experience or ()
    assert (record.until, record.country, record.status) == (date(2026, 1, 1), "AA", "employed")
    assert (date(2026, 1, 1) - record.since).days + 1 == 1096
    assert question_from([*ASKED, ("experience_years", "0"), ("experience_country", "AA")]).experience == []
    assert question_from(ASKED).experience is None


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        (("issued", "soon"), "issued"),
        (("experience_years", "2"), "experience_country"),
        (("issued", "2026-02-01"), "issued"),
        (("intent", "fly"), "intent"),
        (("k", "0"), "k"),
    ],
)
def test_the_parameter_that_cannot_be_read_is_named(wrong: tuple[str, str], parameter: str) -> None:
    with pytest.raises(BadRequest) as raised:
        question_from([*ASKED, wrong])
    assert raised.value.parameter == parameter


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            [("experience_years", "2")],
            "experience_country: 'experience_country' is missing; say where the experience_years were spent",
        ),
        (
            [("issued", "2026-01-02")],
            "issued: 'issued' (2026-01-02) lies after 'as_of' (2026-01-01): the title is not held yet",
        ),
        (
            [("issued", "2020-01-01"), ("training_started", "2020-01-02")],
            "training_started: 'training_started' (2020-01-02) lies after 'issued' (2020-01-01)",
        ),
        (
            [("certificates", "b,a"), ("certificates_refused", "a,b")],
            "certificates: 'certificates' and 'certificates_refused' both name 'a'; leave it in one",
        ),
        (
            [("training_started", "1899-12-31")],
            "training_started: write a date between 1900-01-01 and 2200-01-01 (given: '1899-12-31')",
        ),
        ([("nuts", "1")], "nuts: Extra inputs are not permitted (given: '1')"),
        ([("issued_in", "FRANCE")], "issued_in: write `NL`, or `BE-fr` for a community (given: 'FRANCE')"),
        (
            [("qualification", "?" * 61)],
            f"qualification: write its short name: lower-case letters, digits and hyphens (given: '{'?' * 60}')",
        ),
        ([("lang", "en"), ("lang", "nl")], "'lang' is given twice; give it once"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_to_write(wrong: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(BadRequest) as raised:
        question_from([*ASKED, *wrong])
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "days",
    [
        {"issued": "2026-01-01"},
        {"issued": "2020-01-01", "training_started": "2020-01-01"},
        {"training_started": "1900-01-01"},
        {"applied_on": "2200-01-01"},
    ],
)
def test_days_that_may_just_be(days: dict[str, str]) -> None:
    assert question_from([*ASKED, *days.items()]).as_json().items() >= days.items()


def test_a_question_may_be_so_long_and_not_one_byte_more() -> None:
    body = b'{"profession": "nurse", "country": "DD"}'.ljust(LONGEST_QUESTION)
    assert question_from_json(body).country == "DD"
    message = f"^this question has {LONGEST_QUESTION + 1} bytes; write at most {LONGEST_QUESTION}$"
    with pytest.raises(LimitReached, match=message):
        question_from_json(body + b" ")


def test_practice_of_one_day_is_practice() -> None:
    body = (
        b'{"profession": "nurse", "country": "DD", "experience": [{"country": "AA", "from": "2020-01-01", "to": "%s"}]}'
    )
    assert question_from_json(body % b"2020-01-01").experience
    with pytest.raises(BadRequest, match=r"^experience\.0: 'to' \(2019-12-31\) lies before 'from' \(2020-01-01\)$"):
        question_from_json(body % b"2019-12-31")


def test_the_question_is_described_as_parameters_of_an_address() -> None:
    described = {parameter["name"]: parameter for parameter in parameters()}
    assert {parameter["in"] for parameter in described.values()} == {"query"}
    assert [name for name, parameter in described.items() if parameter["required"]] == ["country"]
    assert "experience" not in described and "experience_years" in described
    assert described["issued"]["schema"] == {"type": "string", "format": "date"}, "null is no value of an address"
    assert described["lang"]["schema"] == {"type": "string", "enum": ["en", "nl", "fr", "de"], "default": "en"}


def jurisdiction(slug: str, code: str, name: str) -> dict[str, Thing]:
    iri = f"{ID}jurisdiction/{slug}"
    return {iri: {"iri": [iri], "type": [f"{PAS}Jurisdiction"], "code": [code], "prefLabel": [name]}}


STATES = Reference("1", jurisdiction("be", "BE", "Belgium") | jurisdiction("be-fr", "BE-fr", "Français"), frozenset())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("be", "BE"),
        (" BE-FR ", "BE-fr"),
        ("belgium", "BE"),
        ("francais", "BE-fr"),
        ("Marokko", "MA"),
        ("ma", "MA"),
        ("Maroc", "MA"),
    ],
)
def test_a_state_is_found_by_its_code_or_by_its_name_in_any_of_the_languages(text: str, code: str) -> None:
    assert state_code(STATES, text, "from") == code


def test_what_is_no_state_is_refused_under_its_parameter() -> None:
    message = "^'Atlantis' is no state that is known here; write its name, or its code of two letters$"
    with pytest.raises(BadRequest, match=message) as raised:
        state_code(STATES, "Atlantis", "from")
    assert raised.value.parameter == "from"
    assert (state_name("ma", "de"), state_name("BE", "nl")) == ("Marokko", "België")


TITLES = "\n".join(
    f'<qualification/{name}> a pas:Qualification ; skos:prefLabel "{name}"@en ; pas:issuedIn <jurisdiction/aa> ; pas:state <jurisdiction/aa> ; '
    f'pas:grantsAccessTo <profession/nurse> ; pas:art11Level <art11-level/{level}> ; pas:validFrom "{since}"^^xsd:gYear .'
    for name, level, since in (("low", "b", 2010), ("old", "d", 1990), ("new", "d", 2015), ("high", "e", 2020))
)


@pytest.mark.parametrize(
    ("needed", "day", "slug", "why"),
    [
        (None, date(2026, 1, 1), "low", "nobody is promised what a higher title gives"),
        (f"{ID}art11-level/c", date(2026, 1, 1), "new", "high enough, then the lowest, then the youngest"),
        (f"{ID}art11-level/e", date(2026, 1, 1), "high", "the level that the place asks for"),
        (f"{ID}art11-level/c", date(2014, 1, 1), "old", "only titles of that day"),
        (f"{ID}art11-level/e", date(2014, 1, 1), "low", "where none is high enough, the lowest"),
    ],
)
def test_the_usual_title_of_a_state(needed: str | None, day: date, slug: str, why: str) -> None:
    store = MemoryStore(TITLES)
    form = {"requiredLevel": [needed]} if needed else {}
    found = UsualTitles(store).of(f"{ID}profession/nurse", f"{ID}jurisdiction/aa", day, read_reference(store), form)
    assert found is not None
    assert found["iri"] == [f"{ID}qualification/{slug}"], why
    other = UsualTitles(store).of(f"{ID}profession/nurse", f"{ID}jurisdiction/bb", day, read_reference(store), form)
    assert other is None
