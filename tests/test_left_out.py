"""Every property of the tables tells: leave it out, and some answer is another; and what is left out is never a failure.

The tables are those of a small invented Europe in which each property of a row is there once at least.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from pyoxigraph import Quad

from graph_api.errors import GraphError
from graph_api.rdf.terms import local_name
from graph_api.recognition.answer_schema import CONTRACT
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from tests.europe import MemoryStore
from tests.test_answer_written import NAMESPACES, TABLES

TELLS = {
    "certified_training": ("one_of", "True"),
    "home.party": ("one_of", "treaty"),
    "home.regulation": ("one_of", "Regulated"),
    "home.state": ("one_of", "aa"),
    "host.jurisdiction": ("one_of", "dd-one"),
    "host.party": ("one_of", "treaty"),
    "host.regulation": ("one_of", "Regulated"),
    "host.regulates": ("one_of", "Work"),
    "host.regulated_by": ("one_of", "treaty"),
    "host.required_level": ("one_of", "d"),
    "host.state": ("one_of", "dd"),
    "issued_in": ("one_of", "AA"),
    "level": ("one_of", "c"),
    "pair.same_profession": ("one_of", "true"),
    "pair.same_state": ("one_of", "false"),
    "pair.speciality_listed": ("one_of", "false"),
    "pair.trained_for": ("one_of", "true"),
    "profession.annex_iv_list": ("one_of", "I"),
    "profession.annex_v_point": ("one_of", "5.9.1"),
    "profession.european_professional_card": ("one_of", "yes"),
    "profession.group": ("one_of", "crafts"),
    "profession.id": ("one_of", "smith"),
    "qualification.degree": ("one_of", "bachelor"),
    "qualification.equated_under": ("one_of", "ordinance"),
    "qualification.grants_access": ("one_of", "smith"),
    "qualification.level": ("one_of", "c"),
    "qualification.listed": ("exists", "-"),
    "qualification.listing": ("one_of", "yes"),
    "third_country_title": ("one_of", "false"),
    "title_described": ("one_of", "true"),
    "training_started": ("at_or_after", "2010-01-01"),
    "training_years": ("at_least", "3"),
}
"""The facts that conditions can test, each with a test that the smith's title passes at the first part of DD."""
ROWS = """
<profession/smith> a pas:Profession ; skos:prefLabel "smith"@en ; pas:annexVPoint "5.9.1" ; pas:annexIVList "I" ;
  pas:europeanProfessionalCard "yes" ; pas:inGroup <profession-group/crafts> ; pas:firmProfession <profession/nurse> .
<national-profession/dd-one-smith> a pas:NationalProfession ; skos:prefLabel "Schmied"@de ; pas:profession <profession/smith> ;
  pas:inJurisdiction <jurisdiction/dd-one> ; pas:state <jurisdiction/dd> ; pas:regulation pas:Regulated ; pas:regulates pas:Work ;
  pas:primaryTitle true ; pas:requiredLevel <art11-level/d> ; pas:regulatedBy <legal-act/treaty> ; pas:verified "yes" ;
  pas:unread pas:requiredLevel .
<national-profession/dd-two-smith> a pas:NationalProfession ; skos:prefLabel "Schmied im Osten"@de ; pas:profession <profession/smith> ;
  pas:inJurisdiction <jurisdiction/dd-two> ; pas:state <jurisdiction/dd> ; pas:regulation pas:Regulated ; pas:primaryTitle true ;
  pas:generalProcedure <procedure/general> ; pas:competentAuthority <authority/board> , <authority/chamber> ; pas:firstAuthority <authority/chamber> .
<route/east> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <national-profession/dd-two-smith> ; pas:underRegime <regime/last> ;
  pas:hasCondition <condition/look> .
<route/rare> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <national-profession/dd-two-smith> ; pas:underRegime <regime/facts> ;
  pas:hasCondition <condition/rare> .
<route/work> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <national-profession/dd-two-smith> ; pas:underRegime <regime/work> .
<regime/work> a pas:Regime ; dcterms:identifier "R55" ; skos:prefLabel "free work"@en ; pas:rank 2 ; pas:outcome "free_work" ;
  pas:servesIntent "establishment" ; pas:implemented true .
<outcome/free-work> a pas:Outcome ; pas:code "free_work" ; skos:prefLabel "free work"@en ; pas:opensProfession true ; pas:freeOfRecognition true .
<condition/rare> a pas:Condition ; skos:prefLabel "rare"@en ; pas:fact "certificates" ; pas:test "includes" ; pas:value "rare" .
<condition/look> a pas:Condition ; skos:prefLabel "to be looked up"@en ; pas:fact "qualification.none-such" ; pas:test "exists" .
<fact-rule/rare> a pas:FactRule ; pas:fact "certificates" ; pas:value "rare" ; pas:improbable true ; pas:routine true .
<fact-rule/look> a pas:FactRule ; pas:ofCondition <condition/look> ; pas:checkable true .
<regime/other-law> a pas:Regime ; dcterms:identifier "R56" ; skos:prefLabel "law of another state"@en ; pas:rank 6 ; pas:outcome "automatic" ;
  pas:servesIntent "establishment" ; pas:implemented true .
<gate/other-law> a pas:Gate ; pas:ofRegime <regime/other-law> ; pas:order 1 ; pas:fact "host.state" ; pas:test "one_of" ; pas:value "aa" ;
  skos:prefLabel "The host is Aland"@en .
<fact-rule/other-law> a pas:FactRule ; pas:ofCondition <gate/other-law> ; pas:otherLaw true .
<compensation/other-level> a pas:CompensationMeasure ; pas:ofRegime <regime/general> ; pas:kind "aptitude_test" ; pas:heldLevel <art11-level/b> ; pas:priority 9 .
<compensation/other-title> a pas:CompensationMeasure ; pas:ofRegime <regime/general> ; pas:kind "aptitude_test" ; pas:thirdCountryTitle true ; pas:priority 9 .
<compensation/other-group> a pas:CompensationMeasure ; pas:ofRegime <regime/general> ; pas:kind "aptitude_test" ; pas:forGroup <profession-group/crafts> ;
  pas:priority 9 .
<compensation/of-the-state> a pas:CompensationMeasure ; pas:ofRegime <regime/general> ; pas:kind "aptitude_test" ; pas:host <jurisdiction/dd> ;
  pas:heldLevel <art11-level/a> ; pas:priority 7 ; pas:both true .
<compensation/of-the-same-level> a pas:CompensationMeasure ; pas:ofRegime <regime/general> ; pas:kind "aptitude_test" ;
  pas:heldLevel <art11-level/c> ; pas:priority 9 .
<regime/stated> a pas:Regime ; dcterms:identifier "R57" ; skos:prefLabel "a ground"@en ; pas:rank 7 ; pas:outcome "automatic" ;
  pas:servesIntent "establishment" ; pas:implemented true .
<route/stated> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <national-profession/dd-one-smith> ; pas:underRegime <regime/stated> ;
  pas:hasCondition <condition/ground> .
<condition/ground> a pas:Condition ; skos:prefLabel "a ground"@en ; pas:fact "certificates" ; pas:test "stated" ; pas:value "ground" .
<own-regime/smith> a pas:OwnRegime ; skos:prefLabel "an act on smiths"@en ; pas:profession <profession/smith> .
<qualification/aa-smith> pas:listedAs <evidence/aa-not-described> .
<national-law/dd> pas:furtherProvision <provision/treaty-1> .
<condition/paper> pas:clause "you bring the paper"@en .
<answer-sentence/clauses> a pas:AnswerSentence ; pas:sentenceKind "clauses" ; pas:order 1 ; pas:needsWord "first" ; pas:sentence "{first}"@en .
<answer-sentence/clause> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order -1 ; pas:forOutcome <outcome/general-system> ; pas:needsWord "clauses" ;
  pas:sentence "If {clauses}."@en .
<answer-sentence/a-last> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order 9 ; pas:sentence "Nobody knows."@en .
<national-profession/aa-smith> a pas:NationalProfession ; skos:prefLabel "smith in A"@en ; pas:profession <profession/smith> ;
  pas:inJurisdiction <jurisdiction/aa> ; pas:state <jurisdiction/aa> ; pas:regulation pas:Regulated ; pas:primaryTitle true ; pas:eqfText "EQF 5" .
pas:requiredLevel a pas:Property ; pas:weighs true ; <http://www.w3.org/2000/01/rdf-schema#label> "required level"@en .
<qualification/aa-smith> a pas:Qualification ; skos:prefLabel "smith's title"@en ; pas:issuedIn <jurisdiction/aa> ; pas:state <jurisdiction/aa> ;
  pas:grantsAccessTo <profession/smith> ; pas:art11Level <art11-level/c> ; pas:degree pas:bachelor ; pas:equatedUnder <regime/ordinance> ;
  pas:durationYears 3.0 ; pas:validFrom "2010-01-01"^^xsd:date ; pas:eqfLevel "5" ; pas:listedAs <evidence/aa-smith> .
<qualification/aa-other-smith> a pas:Qualification ; skos:prefLabel "other title"@en ; pas:issuedIn <jurisdiction/aa> ;
  pas:state <jurisdiction/aa> ; pas:grantsAccessTo <profession/smith> ; pas:trainsFor <profession/nurse> ; pas:art11Level <art11-level/b> ;
  pas:perhapsListedAs <evidence/aa-other> .
<qualification/aa-young-smith> a pas:Qualification ; skos:prefLabel "young title"@en ; pas:issuedIn <jurisdiction/aa> ; pas:state <jurisdiction/aa> ;
  pas:grantsAccessTo <profession/smith> ; pas:art11Level <art11-level/b> ; pas:eqfLevel "4" ; pas:listedAs <evidence/aa-smith> .
<evidence/aa-smith> a pas:EvidenceOfQualification ; skos:prefLabel "entry"@en ; pas:profession <profession/smith> ;
  pas:specialityListedIn <jurisdiction/aa> ; dcterms:source <source/gazette> ; pas:verified "from-knowledge" .
<evidence/aa-other> a pas:EvidenceOfQualification ; skos:prefLabel "perhaps an entry"@en ; pas:profession <profession/smith> .
<legal-act/treaty> a pas:LegalAct ; pas:citedAs "the Treaty"@en ; pas:hasParty <jurisdiction/aa> , <jurisdiction/dd> .
<provision/treaty-1> a pas:LegalProvision ; pas:ofAct <legal-act/treaty> ; pas:article "1" .

<regime/facts> a pas:Regime ; dcterms:identifier "R50" ; skos:prefLabel "all facts"@en ; pas:rank 3 ; pas:outcome "general_system" ;
  pas:servesIntent "establishment" ; pas:implemented true ; pas:legalBasis <provision/treaty-1> ; pas:lastResort false .
<route/facts> a pas:Route ; pas:routeFrom <qualification/aa-smith> ; pas:routeTo <national-profession/dd-one-smith> ; pas:underRegime <regime/facts> ;
  pas:viaEvidence <evidence/aa-smith> .
<regime/variant> a pas:Regime ; dcterms:identifier "R51" ; skos:prefLabel "variant"@en ; pas:rank 4 ; pas:outcome "automatic" ;
  pas:servesIntent "establishment" ; pas:implemented true ; pas:parentRegime <regime/facts> .
<regime/variant-2> a pas:Regime ; dcterms:identifier "R52" ; skos:prefLabel "second variant"@en ; pas:rank 4 ; pas:outcome "automatic" ;
  pas:servesIntent "establishment" ; pas:implemented true ; pas:parentRegime <regime/facts> .
<gate/variant> a pas:Gate ; pas:ofRegime <regime/variant> , <regime/variant-2> ; pas:order 1 ; pas:fact "host.state" ; pas:test "one_of" ;
  pas:value "aa" ; skos:prefLabel "The host is Aland"@en .
<regime/last> a pas:Regime ; dcterms:identifier "R53" ; skos:prefLabel "last resort"@en ; pas:rank 1 ; pas:outcome "general_system" ;
  pas:servesIntent "establishment" ; pas:implemented true ; pas:lastResort true ; pas:needsTitle false .
<route/last> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <national-profession/dd-one-smith> ; pas:underRegime <regime/last> .
<regime/free> a pas:Regime ; dcterms:identifier "R54" ; skos:prefLabel "a service"@en ; pas:rank 1 ; pas:outcome "free" ;
  pas:servesIntent "temporary_service" ; pas:implemented true ; pas:acknowledgeWithin "P1M"^^xsd:duration .
<route/free> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <national-profession/dd-one-smith> ; pas:underRegime <regime/free> ;
  pas:serviceDeclaration <service-declaration/dd> .
<outcome/free> a pas:Outcome ; pas:code "free" ; skos:prefLabel "free"@en ; pas:opensProfession true .
<service-declaration/dd> a pas:ServiceDeclaration ; pas:priorCheck "yes" ; pas:acknowledgeWithin "P10D"^^xsd:duration ;
  pas:decideWithin "P20D"^^xsd:duration ; pas:silence "open" .
<practical-code/silence-open> a pas:PracticalCode ; skos:prefLabel "Silence opens."@en .

<condition/choice> a pas:Condition ; skos:prefLabel "chosen"@en ; pas:fact "certificates" ; pas:test "includes" ; pas:value "choice" .
<fact-rule/choice> a pas:FactRule ; pas:ofCondition <condition/choice> ; pas:ownChoice true .
<route/facts> pas:hasCondition <condition/choice> .

<national-profession/dd-one-smith> pas:procedure <procedure/smith> ; pas:landProcedure <procedure/smith-west> .
<procedure/smith> skos:prefLabel "to recognise smiths"@en ; pas:authority <authority/chamber> , <authority/board> ; pas:firstAuthority <authority/chamber> ;
  pas:applicationChannel "by post" ; pas:certifiedCopies "certified" ; pas:translation "sworn" ; pas:languageRequirement "B2" ;
  pas:feeMinimum 10 ; pas:feeMaximum 20 ; pas:currency "EUR" ; pas:silenceMeans "nothing" ; pas:temporaryDeclarationTo "the chamber" ;
  pas:note "ask first" ; pas:feeText "ten" ; pas:acknowledgeWithin "P12D"^^xsd:duration .
<procedure/smith-west> skos:prefLabel "in the west"@en ; pas:land <jurisdiction/dd-west> ; pas:authority <authority/chamber> .
<jurisdiction/dd-west> a pas:Jurisdiction ; pas:code "DD-W" ; skos:prefLabel "West"@en ; pas:state <jurisdiction/dd> ;
  pas:partOf <jurisdiction/dd-one> ; pas:decidedIn <jurisdiction/dd-one> ; pas:nutsCode "DD1" .
<authority/chamber> a pas:Authority ; skos:prefLabel "Chambers"@en .
<authority/board> a pas:Authority .
<authority/chamber-west> skos:prefLabel "The Chamber of the West"@en .
<general-authority/chamber> a pas:GeneralAuthority ; pas:authority <authority/chamber> ; pas:oneInEach "chamber district" .
<competent-office/west> a pas:CompetentOffice ; pas:host <jurisdiction/dd-one> ; pas:inJurisdiction <jurisdiction/dd-west> ;
  pas:officeTask "recognition" , "declaration" ; pas:forGroup <profession-group/crafts> ; pas:authority <authority/chamber-west> ;
  pas:officeForm "http://form.example/west" .
<competent-office/west-of-bb> a pas:CompetentOffice ; pas:host <jurisdiction/dd-one> ; pas:inJurisdiction <jurisdiction/dd-west> ;
  pas:officeTask "recognition" ; pas:forGroup <profession-group/crafts> ; pas:homeState <jurisdiction/dd> ; pas:authority <authority/board> .
<procedure-step/smith-1> a pas:ProcedureStep ; pas:ofProcedure <procedure/smith> , <procedure/smith-west> ; pas:order 1 ; pas:stepKind "recognition" ;
  pas:authority <authority/chamber> ; pas:notOfRegime <regime/free> ; pas:requiresDocument <document/papers> .
<procedure-step/smith-0> a pas:ProcedureStep ; pas:ofProcedure <procedure/smith> ; pas:order 9 ; pas:stepKind "register" .
<procedure-step/smith-2> a pas:ProcedureStep ; pas:ofProcedure <procedure/smith> , <procedure/smith-west> ; pas:order 2 ; pas:stepKind "declaration" ; pas:forIntent "temporary_service" ;
  pas:authority <authority/chamber> .
<document/papers> a pas:DocumentKind ; skos:prefLabel "papers"@en ; pas:code "papers" .
<document-condition/papers> a pas:DocumentCondition ; pas:ofDocument <document/papers> ; pas:fact "issued" ; pas:test "one_of" ; pas:value "x" ;
  pas:whenUnknown "left_out" ; pas:host <jurisdiction/dd> ; skos:prefLabel "of old titles"@en .
<place/town> a pas:Place ; pas:placeName "Townsville"@en ; pas:otherName "Stadt" ; pas:placeKind "municipality" ; pas:postcode "12345" ;
  pas:nutsCode "DD111" ; pas:inJurisdiction <jurisdiction/dd-west> ; pas:decidedIn <jurisdiction/dd-one> ; pas:borderRegion <border-region/hills> .
<place/district> a pas:Place ; pas:placeName "District"@en ; pas:placeKind "district" ; pas:postcode "12340-12349" ; pas:nutsCode "DD111" ;
  pas:inJurisdiction <jurisdiction/dd-west> ; pas:decidedIn <jurisdiction/dd-one> .
<contact/hills> a pas:Contact ; skos:prefLabel "Counter in the hills"@en ; pas:contactKind "advice" ; pas:inJurisdiction <jurisdiction/dd> ;
  pas:borderRegion <border-region/hills> ; pas:betweenStates <jurisdiction/aa> , <jurisdiction/dd> .
<contact/elsewhere> a pas:Contact ; skos:prefLabel "For another pair"@en ; pas:contactKind "advice" ; pas:inJurisdiction <jurisdiction/dd> ;
  pas:nutsCode "DD111" ; pas:betweenStates <jurisdiction/aa> .
<contact/crafts> a pas:Contact ; skos:prefLabel "Advice to crafts"@en ; pas:contactKind "advice" ; pas:inJurisdiction <jurisdiction/dd> ;
  pas:forGroup <profession-group/crafts> ; pas:nutsCode "DD11" .
<practical-notice/smith> a pas:PracticalNotice ; skos:prefLabel "Mind the fire."@en ; pas:host <jurisdiction/dd> ; pas:profession <profession/smith> ;
  pas:provision <provision/own-5> ; foaf:homepage <http://fire.example/> ; pas:verified "yes" .
<purpose/firm> a pas:Purpose ; pas:code "firm" ; pas:forIntent "establishment" ; pas:order 3 ; pas:ofFirmProfession true ;
  pas:onlyWith <outcome/general-system> .
<purpose/alone> a pas:Purpose ; pas:code "alone" ; pas:forIntent "establishment" ; pas:order 4 ; pas:leavesOut <outcome/general-system> .
<purpose/decided> a pas:Purpose ; pas:code "decided" ; pas:forIntent "establishment" ; pas:order 5 ; pas:leavesOut <outcome/free-work> .
<answer-sentence/firm> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order 0 ; pas:forPurpose <purpose/firm> ; pas:sentence "As a firm: {outcome}."@en .
<joint-programme/both> a pas:JointProgramme ; skos:prefLabel "Both"@en ; pas:awards <qualification/aa-smith> ; pas:authority <authority/board> ;
  pas:validFrom "2015" ; pas:verified "yes" ; dcterms:source <source/leaflet> .
"""
CONDITIONS = "\n".join(
    f'<condition/{fact.replace(".", "-").replace("_", "-")}> a pas:Condition ; skos:prefLabel "{fact}"@en ; pas:fact "{fact}" ; '
    f'pas:test "{test}" ; pas:value "{value}" . <route/facts> pas:hasCondition <condition/{fact.replace(".", "-").replace("_", "-")}> .'
    for fact, (test, value) in TELLS.items()
)
SMITH = {"qualification": "aa-smith", "profession": "smith", "country": "DD-one"}
NURSE = {"qualification": "aa-title", "profession": "nurse", "country": "DD-one", "experience": []}
QUESTIONS: Sequence[dict[str, Any]] = (
    {**NURSE, "nationality": "EU", "applied_on": "2026-01-31"},
    {**NURSE, "nationality": "refugee", "issued": "2020-01-01", "level": "a"},
    {**NURSE, "qualification": None, "issued_in": "AA", "experience": None, "lang": "de", "country": "DD"},
    {**NURSE, "qualification": "aa-other-smith"},
    {**NURSE, "nationality": "EU", "certificates": []},
    {**SMITH, "place": "12345"},
    {**SMITH, "place": "Stadt", "intent": "temporary_service", "applied_on": "2026-01-31"},
    {**SMITH, "qualification": None, "issued_in": "AA"},
    {**SMITH, "country": "DD-two", "certificates": []},
    {**SMITH, "qualification": "both", "country": "DD-W"},
)


@pytest.fixture(scope="module")
def everything() -> Sequence[Quad]:
    """Its statements; made anew for each run, since a fault in the engine must reach every answer."""
    return MemoryStore(NAMESPACES + TABLES + ROWS + CONDITIONS).quads()


@pytest.fixture(scope="module")
def whole(everything: Sequence[Quad]) -> list[str]:
    """The answers while nothing is left out."""
    return answers(everything)


def answers(quads: Iterable[Quad]) -> list[str]:
    """What is answered to each question, or the refusal that a reader sees."""
    finder = PathFinder(MemoryStore.of(quads))
    return [answered(finder, question) for question in QUESTIONS]


def asked(quads: Iterable[Quad], question: dict[str, Any]) -> Any:
    return json.loads(answered(PathFinder(MemoryStore.of(quads)), question))


def answered(finder: PathFinder, question: dict[str, Any]) -> str:
    given = {
        "as_of": "2026-01-01",
        "explain": "full",
        **{name: value for name, value in question.items() if value is not None},
    }
    try:
        return json.dumps(finder.find(Question.model_validate(given)))
    except GraphError as error:
        return f"refused: {error}"


def test_every_fact_is_known_of_the_smith(whole: list[str]) -> None:
    conditions = json.loads(whole[5])["paths"][0]["steps"][0]["conditions"]
    assert {item["fact"]: item["status"] for item in conditions if item["fact"] in TELLS} == dict.fromkeys(TELLS, "met")


def test_no_question_is_refused(whole: list[str]) -> None:
    """A joint programme is understood wherever a title is: under the craft of a firm as well."""
    assert [text for text in whole if text.startswith("refused: ")] == []


def test_a_title_in_the_list_is_assumed_before_one_that_is_perhaps_in_it(whole: list[str]) -> None:
    assert json.loads(whole[7])["assumed"]["qualification"]["slug"] == "aa-smith"


def test_a_title_that_is_perhaps_in_the_list_is_assumed_before_one_that_is_not(everything: Sequence[Quad]) -> None:
    without = [quad for quad in everything if local_name(quad.predicate.value) != "listedAs"]
    assert json.loads(answers(without)[7])["assumed"]["qualification"]["slug"] == "aa-other-smith"


def test_without_a_place_a_part_names_the_authority_of_its_own_procedure(everything: Sequence[Quad]) -> None:
    (office,) = asked(everything, SMITH)["paths"][0]["steps"][0]["offices"]
    assert (office["region"], office["authority"]["label"]) == ("DD-W", "Chambers")


@pytest.mark.parametrize(("level", "measure"), [("a", "of-the-state"), ("c", "usual")])
def test_the_measure_is_that_of_the_state_for_another_level_and_the_derived_one_for_that_of_the_title(
    everything: Sequence[Quad], level: str, measure: str
) -> None:
    told = asked(everything, {**NURSE, "nationality": "EU", "level": level})["paths"][0]["steps"][0]["compensation"]
    assert told["id"].rpartition("/")[2] == measure


def test_what_nobody_stated_would_open_a_regime(everything: Sequence[Quad]) -> None:
    (refused,) = [item for item in asked(everything, SMITH)["refused"] if item["regimes"] == ["R57"]]
    assert refused["would_open"] == [{"fact": "certificates", "one_of": ["ground"]}]


OF_OTHERS = {"asksPapers", "recognisesTitle"}
"""What pages and the sweep read, and no answer."""
REQUIRED = {"needsWord", "stepKind", "test", "value"}
"""What no row is without that needs it: the shapes refuse it."""
PROPERTIES = sorted({quad.predicate.value for quad in MemoryStore(NAMESPACES + TABLES + ROWS + CONDITIONS).quads()})


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in PROPERTIES if local_name(name) not in REQUIRED], ids=local_name)
def test_what_is_left_out_changes_an_answer_and_breaks_none(
    everything: Sequence[Quad], whole: list[str], name: str
) -> None:
    left = answers(quad for quad in everything if quad.predicate.value != name)
    assert left != whole or local_name(name) in OF_OTHERS
    for text in left:
        if text not in whole and not text.startswith("refused: "):
            CONTRACT.validate_json(text)
