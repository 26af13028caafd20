"""The parts of an answer that stand beside its paths, whole: free text, the words of verdicts, the usual title, purposes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

import pytest

from graph_api.errors import BadRequest
from graph_api.rdf.terms import ID, PAS
from graph_api.recognition.answer_schema import CONTRACT
from graph_api.recognition.law import Purpose, Reference, purpose_of
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from graph_api.recognition.resolve import FreeText, Resolution
from graph_api.recognition.sweep import _day_of_issue, _facts_tested, _listed_for, _more_facts
from graph_api.recognition.usual import UsualTitles, _rarity
from graph_api.search.resolve import Meant, Resolver
from graph_api.store.things import Thing
from tests.europe import MemoryStore
from tests.test_answer_written import NAMESPACES, TABLES
from tests.test_left_out import CONDITIONS, NURSE, QUESTIONS, ROWS, SMITH, answered

WHOLE = NAMESPACES + TABLES + ROWS + CONDITIONS


@pytest.fixture(scope="module")
def finder() -> PathFinder:
    return PathFinder(MemoryStore(WHOLE))


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_every_answer_keeps_the_contract(finder: PathFinder, number: int) -> None:
    """No key of an answer is called otherwise, or holds what it may not hold."""
    CONTRACT.validate_json(answered(finder, QUESTIONS[number]))


MIDWIFE = {**NURSE, "qualification": "aa-midwife"}
REFUSED = {**NURSE, "nationality": "EU", "certificates": []}
OPEN = {**NURSE, "nationality": "EU", "certificates": ["good-standing"]}
EAST = {**SMITH, "country": "DD-two"}


@pytest.mark.parametrize(
    ("word", "question", "said"),
    [
        ("conditions", {**NURSE, "nationality": "EU"}, "The certificate is there"),
        ("clauses", {**NURSE, "nationality": "EU"}, "you bring the paper"),
        ("measure", OPEN, "may be asked"),
        ("measure", SMITH, None),
        ("outcome", OPEN, "compared"),
        ("ask", {**NURSE, "country": "DD-two"}, "Helpdesk"),
        ("ask", OPEN, None),
        ("missing", REFUSED, "The certificate is there"),
        ("reason", REFUSED, "The certificate is there"),
        ("clauses", REFUSED, "you bring the paper"),
        ("opens", MIDWIFE, "midwife"),
        ("no_profession", MIDWIFE, "so"),
        ("no_profession", REFUSED, None),
        ("road", SMITH, "an act on smiths"),
        ("road", OPEN, None),
        ("decider", EAST, "Chambers"),  # the one that is said to decide first
        ("adviser", SMITH, "Helpdesk"),
        ("adviser", EAST, None),
        ("programme", SMITH, None),
        ("register", SMITH, None),
        ("done_by", SMITH, None),
    ],
)
def test_each_word_of_a_verdict_is_at_hand_where_it_is_true(word: str, question: Any, said: str | None) -> None:
    row = (
        f'<answer-sentence/word> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order -9 ; '
        f'pas:needsWord "{word}" ; pas:sentence "[{{{word}}}]"@en .'
    )
    answer = json.loads(answered(PathFinder(MemoryStore(WHOLE + row)), question))
    first = answer["verdicts"][0]["sentence"]
    assert first == f"[{said}]" if said else not first.startswith("[")


def test_the_title_of_the_hosts_own_applicants_is_named_to_those_with_a_title_of_another_profession() -> None:
    rows = """
    <qualification/dd-old> a pas:Qualification ; skos:prefLabel "Old title"@en ; pas:issuedIn <jurisdiction/dd> ; pas:state <jurisdiction/dd> ;
      pas:grantsAccessTo <profession/nurse> ; pas:validTo "2001-01-01"^^xsd:date .
    <answer-sentence/word> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order -9 ; pas:needsWord "usual" ;
      pas:sentence "{opens}, not {usual}"@en .
    """
    own = '<qualification/dd-own> a pas:Qualification ; skos:prefLabel "Own title"@en ; pas:issuedIn <jurisdiction/dd-one> ; '
    own += "pas:state <jurisdiction/dd> ; pas:grantsAccessTo <profession/nurse> ."
    said = json.loads(answered(PathFinder(MemoryStore(WHOLE + rows + own)), MIDWIFE))["verdicts"][0]["sentence"]
    assert said == "midwife, not Own title"
    without = json.loads(answered(PathFinder(MemoryStore(WHOLE + rows)), MIDWIFE))["verdicts"][0]["sentence"]
    assert not without.startswith("midwife, not"), "what is out of force is nobody's usual title"


def test_a_notice_is_told_whole(finder: PathFinder) -> None:
    own = {"act": "http://law.example/own", "article": "5", "act_id": f"{ID}legal-act/own", "act_name": "Act Y",
           "provision": f"{ID}provision/own-5"}  # fmt: skip
    assert json.loads(answered(finder, SMITH))["notices"] == [
        {"id": f"{ID}practical-notice/smith", "country": "DD-one", "sentence": "Mind the fire.", "url": "http://fire.example/",
         "legal_basis": [own], "verified": "yes"}
    ]  # fmt: skip


PURPOSE: Thing = {
    "iri": [f"{ID}purpose/x"], "code": ["x"], "forIntent": ["establishment"], "whereRegulation": [f"{PAS}Regulated"],
    "leavesOut": [f"{ID}outcome/a"], "onlyWith": [f"{ID}outcome/b"], "ofFirmProfession": ["true"],
}  # fmt: skip


def test_a_purpose_is_what_its_row_says() -> None:
    known = {f"{ID}outcome/a": {"code": ["out"]}, f"{ID}outcome/b": {"code": ["in"]}}
    told = (f"{ID}purpose/x", "x", "establishment", frozenset({"Regulated"}), frozenset({"out"}), frozenset({"in"}))
    assert purpose_of(PURPOSE, known) == Purpose(PURPOSE, *told, of_firm=True)
    bare: Thing = {"iri": [f"{ID}purpose/x"], "ofFirmProfession": ["false"]}
    nothing: frozenset[str] = frozenset()
    assert purpose_of(bare, {}) == Purpose(bare, f"{ID}purpose/x", "", "", nothing, nothing, nothing, of_firm=False)


FORM: Thing = {"requiredLevel": [f"{ID}art11-level/c"], "eqfText": ["EQF 5 or 6"]}
TITLES: Sequence[Thing] = (
    {"listedAs": ["e"], "art11Level": [f"{ID}art11-level/e"], "eqfLevel": ["7"], "replacedBy": ["t"]},
    {"perhapsListedAs": ["e"], "art11Level": [f"{ID}art11-level/c"], "eqfLevel": ["5"]},
    {"art11Level": [f"{ID}art11-level/c"], "eqfLevel": ["6", "7"], "validFrom": ["1990"]},
    {"art11Level": [f"{ID}art11-level/d"], "issuedIn": ["big"], "validFrom": ["2001-05-06"]},
    {"art11Level": [f"{ID}art11-level/d"], "issuedIn": ["big"], "validFrom": ["2001-02-03"]},
    {"art11Level": [f"{ID}art11-level/d"], "issuedIn": ["big"], "validFrom": ["2000"]},
    {"art11Level": [f"{ID}art11-level/d"], "issuedIn": ["big"]},
    {"art11Level": [f"{ID}art11-level/d"], "issuedIn": ["small"], "validFrom": ["2020"]},
    {"art11Level": [f"{ID}art11-level/c"], "eqfLevel": ["4"]},
    {"art11Level": [f"{ID}art11-level/b"], "eqfLevel": ["5"]},
    {"eqfLevel": ["5"]},
    {"art11Level": [f"{ID}art11-level/c"], "eqfLevel": ["5"], "replacedBy": ["t"]},
)  # fmt: skip


def test_titles_come_in_the_order_that_the_usual_one_is_chosen_by() -> None:
    """In the list, perhaps in it, without a successor, of the level asked and in both frameworks, the lowest first, of the
    part with most inhabitants, the youngest year, and at last by address."""
    parts = Reference("invented", {"big": {"order": ["1"]}, "small": {"order": ["2"]}}, frozenset())
    titles = [{"iri": [f"{number:02}"], **title} for number, title in reversed([*enumerate(TITLES)])]
    ordered = sorted(titles, key=lambda title: _rarity(title, parts, FORM))
    assert [title["iri"][0] for title in ordered] == [f"{number:02}" for number in range(len(TITLES))]


def test_a_usual_title_is_one_of_the_place_in_force_on_the_day_the_lowest_first() -> None:
    rows = "".join(
        f"<qualification/{name}> a pas:Qualification ; pas:issuedIn <jurisdiction/{part}> ; pas:state <jurisdiction/dd> ; "
        f"pas:grantsAccessTo <profession/nurse> ; pas:art11Level <art11-level/{level}> {more} ."
        for name, part, level, more in (
            ("one", "dd-one", "c", ""),
            ("two", "dd-two", "b", ""),
            ("old", "dd-one", "a", '; pas:validTo "2001-01-01"^^xsd:date'),
        )
    )
    store = MemoryStore(NAMESPACES + TABLES + rows)
    law, titles = PathFinder(store).reference(), UsualTitles(store)

    def usual(place: str, day: str) -> str | None:
        found = titles.of(f"{ID}profession/nurse", f"{ID}jurisdiction/{place}", date.fromisoformat(day), law, {})
        return found["iri"][0].rpartition("/")[2] if found else None

    assert (usual("dd-one", "2026-01-01"), usual("dd", "2026-01-01"), usual("dd-one", "2000-01-01")) == (
        "one",
        "two",
        "old",
    )
    assert usual("bb", "2026-01-01") is None


@pytest.mark.parametrize(
    ("named", "acting", "missing"),
    [
        ("chamber", "The Chamber of the West", None),
        ("board", None, {"authority": "The Board", "one_in_each": "district", "region": "DD-W", "place": "Townsville"}),
    ],
)
def test_the_office_that_recognises_acts_for_the_body_that_decides_first_and_for_no_other(
    named: str, acting: str | None, missing: dict[str, str] | None
) -> None:
    rows = f"""
    <procedure-step/smith-0> pas:ofProcedure <procedure/smith-west> ; pas:authority <authority/{named}> .
    <procedure/smith-west> pas:authority <authority/board> ; pas:firstAuthority <authority/chamber> .
    <general-authority/board> a pas:GeneralAuthority ; pas:authority <authority/board> ; pas:oneInEach "district" .
    """
    answer = json.loads(answered(PathFinder(MemoryStore(WHOLE + rows)), {**SMITH, "place": "12345"}))
    first, register = answer["paths"][0]["steps"][0]["procedure"]
    assert (first["what"], first["authority"]["label"]) == ("recognition", "The Chamber of the West")
    assert (register["what"], register["authority"] and register["authority"]["label"]) == ("register", acting)
    assert register.get("missing") == missing


@pytest.mark.parametrize(("level", "doubts"), [("c", ["level", "usual"]), ("a", ["level", "of-the-state"])])
def test_the_doubts_of_the_measure_that_counts_stand_in_place_of_those_of_the_one_derived(
    level: str, doubts: list[str]
) -> None:
    rows = "<route/1> pas:doubt <doubt/usual> . " + " ".join(
        f"<doubt/{name}> a pas:Doubt . <compensation/{name}> pas:doubt <doubt/{name}> ."
        for name in ("usual", "of-the-state")
    )
    question = {**NURSE, "nationality": "EU", "level": level}
    step = json.loads(answered(PathFinder(MemoryStore(WHOLE + rows)), question))["paths"][0]["steps"][0]
    assert [doubt["id"].rpartition("/")[2] for doubt in step["doubts"]] == doubts


def case_of(finder: PathFinder, **asked: Any) -> Any:
    return finder.everywhere(Question.model_validate({"country": "EU", "as_of": "2026-03-31", **asked}))


@pytest.mark.parametrize(
    ("title", "listed"), [("aa-smith", ["smith"]), ("aa-other-smith", ["smith"]), ("aa-title", [])]
)
def test_a_title_is_about_the_professions_for_which_it_stands_in_a_list(
    finder: PathFinder, title: str, listed: list[str]
) -> None:
    case = case_of(finder, qualification=title, profession="smith")
    assert list(_listed_for(case)) == [f"{ID}profession/{name}" for name in listed]


def test_what_somebody_could_say_besides_is_no_paper_no_practice_long_practice_and_a_day_of_issue(
    finder: PathFinder,
) -> None:
    papers, none, practice, issued = _more_facts(case_of(finder, qualification="aa-title", profession="nurse"))
    assert (papers, none, issued) == ({"certificates": []}, {"experience": []}, {"issued": date(2019, 12, 31)})
    (spell,) = practice["experience"]
    told = spell.model_dump(by_alias=True)
    assert (told["country"], told["status"], told["from"], told["to"], told["full_responsibility"]) == (
        "AA", "self_employed", date(2020, 3, 1), date(2026, 3, 31), True
    )  # fmt: skip


@pytest.mark.parametrize(
    ("begin", "end", "day"),
    [
        (None, None, date(2026, 3, 31)),
        ("2010", "2019-12", date(2019, 12, 31)),
        ("2026-03-31", None, date(2026, 3, 31)),
        ("2026-04-01", None, None),
        (None, "2030", date(2026, 3, 31)),
    ],
)
def test_a_day_of_issue_is_the_last_on_which_the_title_existed(
    begin: str | None, end: str | None, day: date | None
) -> None:
    title = {name: [value] for name, value in (("validFrom", begin), ("validTo", end)) if value}
    assert _day_of_issue(title, date(2026, 3, 31)) == day


def test_routes_turn_on_the_facts_that_their_conditions_test(finder: PathFinder) -> None:
    case = case_of(finder, qualification="aa-title", profession="nurse")
    place = f"{ID}national-profession/dd-one-nurse"
    assert _facts_tested(case, [place]) == {"experience", "training_years", "certified_training"}, (
        "of those open to anyone"
    )
    case = case_of(finder, qualification="aa-smith", profession="smith")
    east = f"{ID}national-profession/dd-two-smith"
    assert _facts_tested(case, [east]) == {"certificates", "qualification.none-such"}
    assert _facts_tested(case, [f"{ID}national-profession/aa-nurse"]) == set()


def meant(kind: str, slug: str, sure: bool = True, score: float = 0.9) -> Meant:
    why = {"label": slug, "lang": "en", "role": "preferred", "how": "exact", "of": f"{ID}{kind}/{slug}"}
    return Meant(f"{ID}{kind}/{slug}", slug, slug.upper(), "en", score, sure, why)


class Says:
    """A search that knows a few words, and keeps what it was asked."""

    def __init__(
        self, professions: Sequence[Meant] = (), titles: Sequence[Meant] = (), opens: Sequence[str] = ()
    ) -> None:
        self._professions, self._titles, self._opens = list(professions), list(titles), set(opens)
        self.asked: list[tuple[Any, ...]] = []

    def professions(self, *asked: Any) -> list[Meant]:
        self.asked.append(("professions", *asked))
        if asked[0] == "…":
            raise BadRequest("q", "q has no letters")
        return self._professions

    def qualifications(self, *asked: Any) -> list[Meant]:
        self.asked.append(("qualifications", *asked))
        return self._titles

    def opened_by(self, title: str) -> set[str]:
        self.asked.append(("opened_by", title))
        return self._opens

    def named(self, iri: str, lang: str, why: Any, score: float, sure: bool) -> Meant:
        slug = iri.rpartition("/")[2]
        return Meant(iri, slug, slug.upper(), lang, score, sure, why)

    def names(self, iris: Sequence[str], lang: str) -> dict[str, tuple[str, str | None]]:
        return {iri: (f"{iri.rpartition('#')[2]} in {lang}", lang) for iri in iris}


FREE = """
<national-profession/dd-two-nurse> a pas:NationalProfession ; skos:prefLabel "nurse in the east"@en ; pas:profession <profession/nurse> ;
  pas:inJurisdiction <jurisdiction/dd-two> ; pas:state <jurisdiction/dd> ; pas:regulation pas:Kept ; pas:regulationText "Act E" ;
  pas:reportedProcedure pas:Check , pas:Automatic ; pas:authorityText "the east" ; pas:verified "yes" .
<contact/single> a pas:Contact ; skos:prefLabel "Single point"@en ; pas:contactKind "point-of-single-contact" ; pas:inJurisdiction <jurisdiction/dd> .
<contact/other> a pas:Contact ; skos:prefLabel "Other"@en ; pas:contactKind "advice" ; pas:inJurisdiction <jurisdiction/dd> .
<answer-sentence/register> a pas:AnswerSentence ; pas:sentenceKind "register" ; pas:order 1 ; pas:needsWord "procedure" ;
  pas:sentence "{title}, {place}: {regulation} by {instrument} ({procedure})."@en .
<answer-sentence/not-covered> a pas:AnswerSentence ; pas:sentenceKind "not_covered" ; pas:order 1 ; pas:sentence "Not here."@en .
<answer-sentence/not-known> a pas:AnswerSentence ; pas:sentenceKind "regulation_unknown" ; pas:order 1 ; pas:sentence "Not known."@en .
"""
EAST_ROW = {
    "id": f"{ID}national-profession/dd-two-nurse", "title": "nurse in the east", "jurisdiction": "DD-two", "regulation": f"{PAS}Kept",
    "regulation_label": "Kept in en", "instrument": "Act E", "reported_procedure": "Automatic in en; Check in en",
    "authority": "the east", "verified": "yes",
    "sentence": "nurse in the east, Second part: Kept in en by Act E (Automatic in en; Check in en).",
}  # fmt: skip
HELPDESKS = [
    {"id": f"{ID}contact/help", "label": "Helpdesk", "kind": "assistance-centre", "country": "DD",
     "url": "http://help.example/", "languages": "de, en", "verified": "yes"},
    {"id": f"{ID}contact/single", "label": "Single point", "kind": "point-of-single-contact", "country": "DD",
     "url": None, "languages": None, "verified": None},
]  # fmt: skip


def resolved(says: Says, **asked: str) -> dict[str, Any]:
    store = MemoryStore(NAMESPACES + TABLES + FREE)
    return Resolution(store, cast(Resolver, says), PathFinder(store)).answer(FreeText(**asked))


def test_free_text_is_answered_for_what_it_means_most_surely() -> None:
    nurse, unsure, title = (
        meant("profession", "nurse"),
        meant("profession", "midwife", sure=False),
        meant("qualification", "aa-title"),
    )
    says = Says([unsure, nurse], [title])
    found = resolved(says, qualification="a title", profession="care", home="AA", host="dd-one", place="", lang="en")
    answer = found.pop("answer")
    assert (answer["question"]["qualification"], answer["question"]["profession"]) == ("aa-title", "nurse")
    rows = found.pop("register")
    assert [(row["id"].rpartition("/")[2], row["sentence"]) for row in rows] == [("dd-one-nurse", None)]
    assert found == {
        "question": {"qualification": "aa-title", "profession": "nurse", "from": "AA", "from_name": None, "to": "DD-one", "lang": "en"},
        "qualification": {"candidates": [title.as_json()]},
        "profession": {"candidates": [unsure.as_json(), nurse.as_json()]},
        "covered": True, "title_listed": True, "why_not": None, "contacts": HELPDESKS,
    }  # fmt: skip
    assert says.asked == [
        ("professions", "care", "en", [f"{ID}jurisdiction/dd-one"]),
        ("qualifications", "a title", "en", [f"{ID}jurisdiction/aa"], nurse.id),
    ]


def test_of_a_state_outside_the_graph_no_title_is_looked_for() -> None:
    says = Says([meant("profession", "nurse")], [meant("qualification", "aa-title")])
    found = resolved(says, qualification="a title", profession="care", home="France", host="DD-one")
    assert (found["question"]["from"], found["question"]["from_name"]) == ("FR", "France")
    assert (found["qualification"], found["title_listed"]) == ({"candidates": []}, False)
    assert found["answer"]["question"]["issued_in"] == "FR"
    assert says.asked == [("professions", "care", "en", [f"{ID}jurisdiction/dd-one"])]


def test_where_the_answer_is_unknown_the_rows_of_the_host_say_what_they_know() -> None:
    found = resolved(Says([meant("profession", "nurse")]), profession="care", home="AA", host="DD-two")
    assert (found["covered"], found["why_not"], found["title_listed"]) == (False, "Not known.", None)
    assert found["register"] == [EAST_ROW]


def test_what_is_not_found_is_not_covered() -> None:
    found = resolved(
        Says([meant("profession", "nurse", sure=False)]), profession="care", qualification="x", host="DD-one"
    )
    assert (found["covered"], found["answer"], found["register"], found["why_not"]) == (False, None, [], "Not here.")
    assert (found["title_listed"], found["question"]["from"], found["question"]["from_name"]) == (False, None, None)
    assert (found["question"]["qualification"], found["question"]["profession"]) == (None, None)


@pytest.mark.parametrize(("opens", "sure"), [(["nurse"], True), (["nurse", "midwife"], False)])
def test_a_title_alone_means_the_professions_that_it_opens(opens: list[str], sure: bool) -> None:
    title = meant("qualification", "aa-title", score=0.7)
    found = resolved(Says([], [title], [f"{ID}profession/{slug}" for slug in opens]), qualification="a title")
    why = {"label": "AA-TITLE", "lang": "en", "role": "title", "how": "opened_by", "of": title.id}
    assert found["profession"]["candidates"] == [
        {"id": f"{ID}profession/{slug}", "slug": slug, "label": slug.upper(), "lang": "en", "score": 0.7, "sure": sure, "matched": why}
        for slug in sorted(opens)
    ]  # fmt: skip
    assert (found["question"]["profession"], found["contacts"], found["answer"]) == (sorted(opens)[0], [], None)


def test_the_search_is_told_of_the_home_where_no_host_is_named_and_names_the_parameter_that_it_cannot_read() -> None:
    says = Says([meant("profession", "nurse")])
    resolved(says, profession="care", home="AA")
    assert says.asked == [("professions", "care", "en", [f"{ID}jurisdiction/aa"])]
    with pytest.raises(BadRequest, match=r"^profession has no letters$") as refused:
        resolved(says, profession="…")
    assert refused.value.parameter == "profession"
    with pytest.raises(BadRequest, match=r"^write a profession or a qualification, as you would say it$") as empty:
        resolved(says, profession=" ")
    assert empty.value.parameter == "profession"


def test_whoever_asks_for_many_days_fills_no_memory() -> None:
    reference = PathFinder(MemoryStore(WHOLE)).reference()
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(200)]
    tried = [reference.tried(day) for day in days]
    assert len(reference._on) <= 64
    assert [reference.tried(day) for day in days] == tried
    assert all(tried)
