"""What a question means before anything is looked up: lists, practice, states by name, the usual title of a state."""

from __future__ import annotations

from datetime import date

import pytest

from graph_api.errors import BadRequest
from graph_api.rdf.terms import ID, PAS
from graph_api.recognition.law import Reference, read_reference
from graph_api.recognition.question import question_from
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
    with pytest.raises(
        BadRequest, match="'Atlantis' is no state that is known here; write its name, or its code"
    ) as raised:
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
