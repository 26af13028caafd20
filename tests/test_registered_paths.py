"""A title of a register is asked about like any other; that nobody says which profession it opens, the answer says.

Europe is invented: recognition in BB compares a title of the profession, work in CC is free, experience counts in DD.
"""

from __future__ import annotations

import pytest

from graph_api.rdf.terms import PAS
from graph_api.recognition.answer_schema import WholeAnswer
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from tests.europe import Edge, Europe

OPENS = "title-opens-profession-at-home"
TITLE = """
<register/moon> a pas:Register .
<doubt/title-from-register> a pas:Doubt ; skos:prefLabel "taken by machine"@en .
<doubt/title-matched-by-machine> a pas:Doubt ; skos:prefLabel "matched by machine"@en .
<source/release> a pas:Source ; <http://www.w3.org/2000/01/rdf-schema#label> "register, release 1, imported" .
<qualification/moon-1> a pas:Qualification ; skos:prefLabel "moon nurse"@en ; pas:issuedIn <jurisdiction/aa> ;
  pas:state <jurisdiction/aa> ; pas:ofRegister <register/moon> ; pas:eqfLevel 5 ; pas:verified "imported" ;
  pas:doubt <doubt/title-from-register> ; dcterms:source <source/release> .
<condition/title-opens-profession-at-home> a pas:Condition ; skos:prefLabel "opens it at home"@en ;
  pas:fact "pair.same_profession" ; pas:test "one_of" ; pas:value "true" .
<condition/described> a pas:Condition ; skos:prefLabel "not described"@en ; pas:fact "title_described" ; pas:test "one_of" ;
  pas:value "false" .
<route/0> pas:hasCondition <condition/described> .
<outcome/free> a pas:Outcome ; pas:code "free" ; skos:prefLabel "free"@en ; pas:opensProfession true ; pas:freeOfRecognition true .
<regime/free> a pas:Regime ; dcterms:identifier "free" ; skos:prefLabel "free"@en ; pas:rank 1 ; pas:outcome "free" ;
  pas:servesIntent "establishment" ; pas:implemented true .
<route/free> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <national-profession/cc-nurse> ; pas:underRegime <regime/free> .
<outcome/experience> a pas:Outcome ; pas:code "experience" ; skos:prefLabel "experience"@en ; pas:opensProfession true .
<regime/experience> a pas:Regime ; dcterms:identifier "experience" ; skos:prefLabel "experience"@en ; pas:rank 2 ;
  pas:outcome "experience" ; pas:servesIntent "establishment" ; pas:implemented true .
<route/experience> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <national-profession/dd-nurse> ;
  pas:underRegime <regime/experience> ; pas:hasCondition <condition/six-years> , <condition/training-not-for-another-activity> .
<condition/six-years> a pas:Condition ; skos:prefLabel "six years"@en ; pas:fact "experience" ; pas:test "experience" ;
  pas:consecutiveYears 6 ; pas:certifiedTraining true .
<condition/training-not-for-another-activity> a pas:Condition ; skos:prefLabel "no other training"@en ;
  pas:fact "pair.same_profession" ; pas:test "unless" ; pas:value "false" .
"""
READ = """
<condition/title-read-by-machine> a pas:Condition ; skos:prefLabel "a machine read it"@en ; pas:fact "title_described" ;
  pas:test "judged" .
pas:opensByMachine pas:weighs true ; <http://www.w3.org/2000/01/rdf-schema#label> "opens, by machine"@en .
"""
MATCHED = TITLE + READ + "<qualification/moon-1> pas:opensByMachine <profession/nurse> ."


def answered(extra: str, country: str) -> WholeAnswer:
    store = Europe([Edge(None, "bb", "general")], extra).store()
    return PathFinder(store).find(Question(qualification="moon-1", profession="nurse", country=country))


def conditions(answer: WholeAnswer) -> dict[str, str]:
    said = answer["paths"][0]["steps"][-1]["conditions"]
    return {str(item["id"]).rpartition("/id/")[2]: item["status"] for item in said}


def test_nobody_says_which_profession_it_opens_so_no_recognition_is_promised() -> None:
    answer = answered(TITLE, "BB")
    assert answer["outcome"] == "unknown"
    assert conditions(answer) == {OPENS: "unknown", "described": "met"}
    assert answer["question"]["home"] == "AA"


def test_free_work_is_free_whatever_the_title() -> None:
    answer = answered(TITLE, "CC")
    assert (answer["outcome"], conditions(answer)) == ("free", {})


def test_experience_that_needs_training_does_not_take_the_title_for_it() -> None:
    answer = answered(TITLE, "DD")
    assert answer["outcome"] == "unknown"
    assert conditions(answer) == {
        "six-years": "unknown",
        "training-not-for-another-activity": "unknown",
    }


def test_what_a_machine_found_opens_ways_and_is_marked_as_such() -> None:
    """Never for certain: the answer hangs on what nobody has checked."""
    answer = answered(MATCHED, "BB")
    assert answer["outcome"] == "general_system"
    assert conditions(answer) == {"title-read-by-machine": "unknown", "described": "met"}
    assert answer["paths"][0]["status"] == "open_if"
    assert ("moon nurse", f"{PAS}opensByMachine") in {
        (fact["label"], fact["property"]) for fact in answer["paths"][0]["weakest"]["facts"]
    }
    step = answer["paths"][0]["steps"][-1]
    assert [doubt["label"] for doubt in step["doubts"]] == ["taken by machine", "matched by machine"]


def test_what_a_machine_read_as_another_profession_says_nothing_of_this_one() -> None:
    answer = answered(MATCHED.replace("Machine <profession/nurse>", "Machine <profession/smith>"), "BB")
    assert (answer["outcome"], conditions(answer)[OPENS]) == ("unknown", "unknown")


def test_free_work_hangs_on_nothing_that_a_machine_read() -> None:
    answer = answered(MATCHED, "CC")
    assert (answer["outcome"], conditions(answer), answer["paths"][0]["status"]) == ("free", {}, "open")


@pytest.mark.parametrize("country", ["BB", "CC", "DD"])
def test_every_step_says_that_the_title_was_imported(country: str) -> None:
    step = answered(TITLE, country)["paths"][0]["steps"][-1]
    marks = {(source["label"], source["verified"]) for source in step["sources"]}
    assert ("register, release 1, imported", "imported") in marks
    assert "taken by machine" in {doubt["label"] for doubt in step["doubts"]}
    assert "moon nurse" in {fact["label"] for fact in step["weakest"]["facts"]}
