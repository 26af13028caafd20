"""How many path answers hang on a fact is counted in the routes, title by title."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph_api.rdf.terms import ID
from graph_api.review.facts import Fact
from graph_api.review.weight import answers_on
from tests.europe import MemoryStore

# two titles of the north open the smith's work; from there a route leads to the south, with a condition, and another
# is open to anyone; one of the titles has a route of its own
STORE = MemoryStore(
    f"""
    <{ID}national-profession/no-smith> a pas:NationalProfession ; pas:profession <{ID}profession/smith> .
    <{ID}national-profession/so-smith> a pas:NationalProfession ; pas:profession <{ID}profession/smith> ;
      pas:competentAuthority <{ID}authority/guild> ; pas:procedure <{ID}procedure/so> .
    <{ID}procedure-step/first> pas:ofProcedure <{ID}procedure/so> .
    <{ID}procedure/so> a pas:Procedure .
    <{ID}qualification/a> a pas:Qualification ; pas:homeProfession <{ID}national-profession/no-smith> ;
      pas:grantsAccessTo <{ID}profession/smith> .
    <{ID}qualification/b> a pas:Qualification ; pas:homeProfession <{ID}national-profession/no-smith> ;
      pas:grantsAccessTo <{ID}profession/smith> .
    <{ID}route/1> a pas:Route ; pas:routeFrom <{ID}national-profession/no-smith> ; pas:hasCondition <{ID}condition/age> ;
      pas:routeTo <{ID}national-profession/so-smith> .
    <{ID}route/2> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <{ID}national-profession/so-smith> .
    <{ID}route/3> a pas:Route ; pas:routeFrom <{ID}qualification/a> ; pas:routeTo <{ID}national-profession/so-smith> .
    """
)
FACT = Fact("", "row", "invented", "", "", "", "", frozenset(), False, "")


@pytest.mark.parametrize(
    ("thing", "count", "why"),
    [
        ("condition/age", 2, "the two titles of the profession at home"),
        ("national-profession/so-smith", 5, "two by the first route, two by the second, one by the third"),
        ("authority/guild", 5, "it decides wherever these routes lead"),
        ("procedure-step/first", 5, "it stands in every answer that the procedure stands in"),
        ("qualification/a", 2, "its own route, and that of its profession at home"),
        ("qualification/b", 1, "that of its profession at home"),
        ("profession/smith", 5, "as much as its national ones"),
        ("document/none", 0, "nothing cites it"),
    ],
)
def test_so_many_answers_hang_on_a_thing(thing: str, count: int, why: str) -> None:
    assert answers_on(STORE, [replace(FACT, key="fact", thing=f"{ID}{thing}")]) == {"fact": count}, why


def test_on_a_match_hang_the_questions_that_name_a_code() -> None:
    match = replace(FACT, key="fact", kind="match", thing=f"{ID}profession/smith")
    assert answers_on(STORE, [match]) == {"fact": 2}, "one for each place that organises the profession"


def test_on_a_suggestion_hang_the_places_that_organise_the_profession_which_the_title_is_said_to_open() -> None:
    suggestion = replace(FACT, key="fact", kind="suggestion", hangs_on=f"{ID}profession/smith")
    assert answers_on(STORE, [suggestion]) == {"fact": 2}
