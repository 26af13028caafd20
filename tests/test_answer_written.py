"""A whole answer over an invented Europe: every row of its tables is seen where the answer speaks of it, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.rdf.terms import ID
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from tests.europe import MemoryStore

NAMESPACES = "@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."
TABLES = """
<jurisdiction/aa> a pas:Jurisdiction ; pas:code "AA" ; skos:prefLabel "Aland"@en ; pas:state <jurisdiction/aa> ; pas:inUnion true .
<jurisdiction/dd> a pas:Jurisdiction ; pas:code "DD" ; skos:prefLabel "Dland"@en ; pas:state <jurisdiction/dd> ; pas:inUnion true .
<jurisdiction/dd-one> a pas:Jurisdiction ; pas:code "DD-one" ; skos:prefLabel "First part"@en ; pas:state <jurisdiction/dd> ;
  pas:partOf <jurisdiction/dd> ; pas:decides true .
<jurisdiction/dd-two> a pas:Jurisdiction ; pas:code "DD-two" ; skos:prefLabel "Second part"@en ; pas:state <jurisdiction/dd> ;
  pas:partOf <jurisdiction/dd> ; pas:decides true .

<profession/nurse> a pas:Profession ; skos:prefLabel "nurse"@en , "Pflege"@de ; pas:inGroup <profession-group/health> .
<profession/midwife> a pas:Profession ; skos:prefLabel "midwife"@en .
<national-profession/dd-one-nurse> a pas:NationalProfession ; skos:prefLabel "Pfleger"@de ; pas:profession <profession/nurse> ;
  pas:inJurisdiction <jurisdiction/dd-one> ; pas:state <jurisdiction/dd> ; pas:regulation pas:Regulated ; pas:primaryTitle true ;
  pas:requiredLevel <art11-level/d> ; pas:regulatedBy <legal-act/aside> , <legal-act/own> ; pas:firstAct <legal-act/own> ;
  pas:verified "yes" ; dcterms:source <source/register> .
<national-profession/aa-nurse> a pas:NationalProfession ; skos:prefLabel "nurse in A"@en ; pas:profession <profession/nurse> ;
  pas:inJurisdiction <jurisdiction/aa> ; pas:state <jurisdiction/aa> ; pas:regulation pas:Regulated ; pas:primaryTitle true .

<qualification/aa-title> a pas:Qualification ; skos:prefLabel "A title"@en ; pas:issuedIn <jurisdiction/aa> ; pas:state <jurisdiction/aa> ;
  pas:grantsAccessTo <profession/nurse> ; pas:art11Level <art11-level/c> ; pas:validFrom "2010"^^xsd:gYear ; pas:validTo "2019-12"^^xsd:gYearMonth ;
  pas:durationYears 3.0 ; pas:replacedBy <qualification/aa-later> ; pas:verified "from-knowledge" ; dcterms:source <source/gazette> .
<qualification/aa-later> a pas:Qualification ; skos:prefLabel "Later title"@en ; pas:issuedIn <jurisdiction/aa> ; pas:state <jurisdiction/aa> ;
  pas:grantsAccessTo <profession/nurse> ; pas:validFrom "2020-01-01"^^xsd:date ; pas:art11Level <art11-level/d> .
<qualification/aa-earlier> a pas:Qualification ; skos:prefLabel "Earlier title"@en ; pas:issuedIn <jurisdiction/aa> ;
  pas:state <jurisdiction/aa> ; pas:grantsAccessTo <profession/nurse> ; pas:replacedBy <qualification/aa-title> .
<qualification/aa-midwife> a pas:Qualification ; skos:prefLabel "Midwife's title"@en ; pas:issuedIn <jurisdiction/aa> ;
  pas:state <jurisdiction/aa> ; pas:grantsAccessTo <profession/midwife> .

<legal-act/union> a pas:LegalAct ; pas:eli <http://law.example/union> ; pas:shortName "Directive X" .
<legal-act/own> a pas:LegalAct ; pas:shortName "Act Y" ; foaf:page <http://law.example/own> ; pas:inJurisdiction <jurisdiction/dd> .
<legal-act/aside> a pas:LegalAct ; pas:shortName "Act Z" .
<provision/union-13> a pas:LegalProvision ; pas:ofAct <legal-act/union> ; pas:article "13" .
<provision/own-5> a pas:LegalProvision ; pas:ofAct <legal-act/own> ; pas:article "5" .
<national-law/dd> a pas:NationalLaw ; pas:host <jurisdiction/dd> ; pas:ofRegime <regime/general> ; pas:provision <provision/own-5> ;
  pas:decideWithin "P2M"^^xsd:duration .
<national-law/dd-others> a pas:NationalLaw ; pas:host <jurisdiction/dd> ; pas:ofRegime <regime/general> ; pas:profession <profession/midwife> ;
  pas:provision <provision/union-13> ; pas:decideWithin "P9M"^^xsd:duration .

<regime/general> a pas:Regime ; dcterms:identifier "R14" ; skos:prefLabel "general system"@en ; pas:rank 5 ; pas:outcome "general_system" ;
  pas:servesIntent "establishment" ; pas:implemented true ; pas:legalBasis <provision/union-13> ; pas:acknowledgeWithin "P1M"^^xsd:duration ;
  pas:decideWithin "P3M"^^xsd:duration ; pas:extension "P1M"^^xsd:duration ; pas:accompaniedBy <regime/language> , <regime/card> .
<regime/language> a pas:Regime ; dcterms:identifier "R21" ; skos:prefLabel "language control"@en .
<regime/card> a pas:Regime ; dcterms:identifier "R22" ; skos:prefLabel "card"@en .
<gate/card-1> a pas:Gate ; pas:ofRegime <regime/card> ; pas:order 1 ; pas:fact "host.state" ; pas:test "one_of" ; pas:value "aa" ;
  skos:prefLabel "The host is Aland"@en .
<regime/list> a pas:Regime ; dcterms:identifier "R01" ; skos:prefLabel "list"@en ; pas:rank 1 ; pas:outcome "automatic" ;
  pas:servesIntent "establishment" ; pas:implemented true .
<gate/list-1> a pas:Gate ; pas:ofRegime <regime/list> ; pas:order 1 ; pas:fact "host.regulation" ; pas:test "one_of" ; pas:value "Regulated" ;
  skos:prefLabel "The host regulates it"@en .
<gate/list-2> a pas:Gate ; pas:ofRegime <regime/list> ; pas:order 2 ; pas:fact "qualification.listed" ; pas:test "exists" ;
  skos:prefLabel "The title stands in the list"@en ; pas:provision <provision/union-13> .
<regime/practice> a pas:Regime ; dcterms:identifier "R02" ; skos:prefLabel "practice"@en ; pas:rank 2 ; pas:outcome "experience" ;
  pas:servesIntent "establishment" ; pas:implemented true .
<regime/ended> a pas:Regime ; dcterms:identifier "R99" ; skos:prefLabel "ended"@en ; pas:rank 9 ; pas:outcome "automatic" ;
  pas:servesIntent "establishment" ; pas:implemented true ; pas:validTo "2001"^^xsd:gYear .
<gate/ended-1> a pas:Gate ; pas:ofRegime <regime/ended> ; pas:order 1 ; pas:fact "host.state" ; pas:test "one_of" ; pas:value "aa" ;
  skos:prefLabel "The host is Aland"@en .

<route/1> a pas:Route ; pas:routeFrom <qualification/aa-title> ; pas:routeTo <national-profession/dd-one-nurse> ; pas:underRegime <regime/general> ;
  pas:variant "R14-1" ; pas:hasCondition <condition/paper> , <condition/citizen> ; pas:compensation <compensation/usual> ; pas:doubt <doubt/level> .
<route/2> a pas:Route ; pas:routeFrom pas:Anyone ; pas:routeTo <national-profession/dd-one-nurse> ; pas:underRegime <regime/practice> ;
  pas:hasCondition <condition/years> .
<condition/paper> a pas:Condition ; skos:prefLabel "The certificate is there"@en ; pas:fact "certificates" ; pas:test "includes" ; pas:value "good-standing" ;
  pas:provision <provision/own-5> .
<condition/citizen> a pas:Condition ; skos:prefLabel "A national of the Union"@en ; pas:fact "nationality" ; pas:test "one_of" ; pas:value "EU" ,
  "equal_treatment" ; pas:provision <provision/union-13> .
<condition/years> a pas:Condition ; skos:prefLabel "Three years of practice"@en ; pas:fact "experience" ; pas:test "experience" ;
  pas:consecutiveYears 3 ; pas:provision <provision/union-13> .
<fact-value/refugee> a pas:FactValue ; skos:prefLabel "refugee"@en ; pas:fact "nationality" ; pas:value "refugee" ;
  pas:countsAs "equal_treatment" ; pas:provision <provision/own-5> .
<fact-rule/certificates> a pas:FactRule ; pas:fact "certificates" ; pas:toShow 2 ; pas:obtainable true .
<condition/regime-in-force> a pas:Condition ; skos:prefLabel "in force"@en ; pas:fact "as_of" ; pas:test "judged" .
<condition/regime-serves-intent> a pas:Condition ; skos:prefLabel "serves the intent"@en ; pas:fact "intent" ; pas:test "one_of" .
<condition/title-issued-in-its-time> a pas:Condition ; skos:prefLabel "issued in its time"@en ; pas:fact "issued" ; pas:test "judged" .
<compensation/usual> a pas:CompensationMeasure ; pas:ofRegime <regime/general> ; pas:kind "adaptation_period" , "aptitude_test" ; pas:chosenBy "applicant" ;
  pas:maxMonths 36 ; pas:both false ; pas:provision <provision/union-13> ; pas:note "at most" .
<compensation/lower> a pas:CompensationMeasure ; pas:ofRegime <regime/general> ; pas:kind "aptitude_test" ; pas:chosenBy "host" ; pas:heldLevel <art11-level/a> ;
  pas:priority 5 ; pas:both true .
<doubt/level> a pas:Doubt ; skos:prefLabel "the level is disputed"@en .

<national-profession/dd-one-nurse> pas:procedure <procedure/nurse> ; pas:generalProcedure <procedure/general> .
<procedure/nurse> skos:prefLabel "to recognise nurses"@en ; pas:authority <authority/board> ; pas:electronic "yes" ; pas:sourceDate "2025-01-02" ;
  pas:verified "yes" ; dcterms:source <source/leaflet> .
<procedure/general> skos:prefLabel "in general"@en ; pas:fillsGaps true ; pas:acknowledgeWithin "P15D"^^xsd:duration ; pas:appealBody "the court" ;
  pas:timeLimitText "soon" ; pas:feeText "never shown" ; pas:extension "PT0S"^^xsd:duration .
<authority/board> skos:prefLabel "The Board"@en ; foaf:homepage <http://board.example/> ; pas:postalAddress "1 Street" ; pas:email "post@board.example" .
<procedure-step/1> a pas:ProcedureStep ; pas:ofProcedure <procedure/nurse> ; pas:order 1 ; pas:stepKind "recognition" ; pas:authority <authority/board> ;
  pas:channel <practical-code/channel-post> ; pas:form "http://form.example/" ; pas:sendTo "PO box 1" ; pas:copies <practical-code/copies-plain> ;
  pas:requiresDocument <document/diploma> , <document/receipt> , <document/permit> ; pas:translationRule <practical-code/translation-sworn> ;
  pas:languageAsked "de" ; pas:languageLevel "B2" ; pas:languageRule <practical-code/language-test> ; pas:feeMinimum 10 ; pas:feeMaximum 12.5 ;
  pas:currency "EUR" ; pas:measureFee 99 ; pas:silenceRule <practical-code/silence-refused> ; pas:appealRule <practical-code/appeal-court> ;
  pas:appealWithin "P1M"^^xsd:duration ; pas:provision <provision/own-5> ; pas:note "come early"@en ; pas:verified "from-knowledge" ;
  dcterms:source <source/leaflet> .
<procedure-step/2> a pas:ProcedureStep ; pas:ofProcedure <procedure/nurse> ; pas:order 2 ; pas:stepKind "register" ; pas:authority <authority/board> ;
  pas:requiresDocument <document/diploma> , <document/decision> ; pas:feeMinimum 5 ; pas:currency "EUR" ; pas:decideWithin "P14D"^^xsd:duration ;
  pas:repeatsEvery "P1Y"^^xsd:duration .
<procedure-step/3> a pas:ProcedureStep ; pas:ofProcedure <procedure/nurse> ; pas:order 3 ; pas:stepKind "licence" ; pas:ofRegime <regime/list> .
<procedure-step/4> a pas:ProcedureStep ; pas:ofProcedure <procedure/nurse> ; pas:order 4 ; pas:stepKind "declaration" ; pas:forIntent "temporary_service" .
<practical-code/what-recognition> a pas:PracticalCode ; skos:prefLabel "You have the title recognised."@en .
<practical-code/channel-post> a pas:PracticalCode ; skos:prefLabel "By post."@en .
<practical-code/copies-plain> a pas:PracticalCode ; skos:prefLabel "Plain copies."@en .
<practical-code/translation-sworn> a pas:PracticalCode ; skos:prefLabel "Sworn translations."@en .
<practical-code/language-test> a pas:PracticalCode ; skos:prefLabel "A test of language."@en .
<practical-code/silence-refused> a pas:PracticalCode ; skos:prefLabel "Silence refuses."@en .
<practical-code/appeal-court> a pas:PracticalCode ; skos:prefLabel "To the court."@en .
<document/diploma> a pas:DocumentKind ; skos:prefLabel "diploma"@en ; pas:code "diploma" ; pas:annexVIIPoint "1(b)" .
<document/receipt> a pas:DocumentKind ; skos:prefLabel "receipt"@en ; pas:code "receipt" .
<document/permit> a pas:DocumentKind ; skos:prefLabel "permit"@en ; pas:code "permit" .
<document/decision> a pas:DocumentKind ; skos:prefLabel "decision"@en ; pas:code "decision" .
<document-condition/receipt> a pas:DocumentCondition ; pas:ofDocument <document/receipt> ; pas:fact "step.fee" ; pas:test "one_of" ; pas:value "asked" ;
  skos:prefLabel "where a fee is asked"@en .
<document-condition/permit> a pas:DocumentCondition ; pas:ofDocument <document/permit> ; pas:fact "nationality" ; pas:test "is_not" ; pas:value "EU" ;
  skos:prefLabel "for others than nationals"@en .
<document-condition/decision> a pas:DocumentCondition ; pas:ofDocument <document/decision> ; pas:fact "step.follows" ; pas:test "includes" ;
  pas:value "recognition" ; skos:prefLabel "after the recognition"@en .

<contact/help> a pas:Contact ; skos:prefLabel "Helpdesk"@en ; pas:contactKind "assistance-centre" ; pas:inJurisdiction <jurisdiction/dd> ;
  foaf:homepage <http://help.example/> ; pas:languagesText "de, en" ; pas:verified "yes" .
<source/register> a pas:Source ; rdfs:label "the register" ; foaf:page <http://register.example/> .
<source/gazette> a pas:Source ; rdfs:label "the gazette" .
<source/leaflet> a pas:Source ; rdfs:label "the leaflet" .

<outcome/general-system> a pas:Outcome ; pas:code "general_system" ; skos:prefLabel "compared"@en ; pas:opensProfession true ; pas:recognisesTitle true ;
  pas:decidedByAuthority true ; pas:asksPapers true .
<outcome/automatic> a pas:Outcome ; pas:code "automatic" ; skos:prefLabel "automatic"@en ; pas:opensProfession true ; pas:recognisesTitle true .
<outcome/experience> a pas:Outcome ; pas:code "experience" ; skos:prefLabel "by practice"@en ; pas:opensProfession true ; pas:decidedByAuthority true .
<outcome/none> a pas:Outcome ; pas:code "none" ; skos:prefLabel "none"@en .
<purpose/own-firm> a pas:Purpose ; pas:code "own_firm" ; pas:forIntent "establishment" ; pas:order 2 ; pas:whereRegulation pas:Regulated .
<purpose/title> a pas:Purpose ; pas:code "title" ; pas:forIntent "establishment" ; pas:order 1 ; pas:whereRegulation pas:ReservedTitle .
<answer-sentence/if> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order 1 ; pas:forStatus "open_if" ; pas:needsWord "conditions" ;
  pas:sentence "Yes, if: {conditions}."@en .
<answer-sentence/open> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order 2 ; pas:forStatus "open" ; pas:needsWord "outcome" ;
  pas:sentence "Yes: {outcome}."@en .
<answer-sentence/missing> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order 3 ; pas:forOutcome <outcome/none> ; pas:needsWord "missing" ;
  pas:sentence "Not yet: {missing}."@en .
<answer-sentence/opens> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order 4 ; pas:forOutcome <outcome/none> ; pas:needsWord "opens" ;
  pas:sentence "It opens: {opens}."@en .
<answer-sentence/ask> a pas:AnswerSentence ; pas:sentenceKind "verdict" ; pas:order 5 ; pas:forStatus "unknown" ; pas:needsWord "ask" ;
  pas:sentence "Ask {ask}."@en .
<answer-sentence/assumed> a pas:AnswerSentence ; pas:sentenceKind "assumed" ; pas:order 1 ; pas:needsWord "title" ; pas:sentence "Taken: {title}."@en .
<answer-sentence/unread> a pas:AnswerSentence ; pas:sentenceKind "national_law" ; pas:order 1 ; pas:sentence "Own law not read."@en .
"""

UNION = {"act": "http://law.example/union", "article": "13", "act_id": f"{ID}legal-act/union", "act_name": "Directive X",
         "provision": f"{ID}provision/union-13"}  # fmt: skip
OWN = {"act": "http://law.example/own", "article": "5", "act_id": f"{ID}legal-act/own", "act_name": "Act Y",
       "provision": f"{ID}provision/own-5"}  # fmt: skip
BOARD = {"id": f"{ID}authority/board", "label": "The Board", "url": "http://board.example/", "address": "1 Street",
         "email": "post@board.example"}  # fmt: skip
LANGUAGE = {"id": "R21", "slug": "language", "label": "language control", "iri": f"{ID}regime/language"}
GENERAL = {"id": "R14", "slug": "general", "label": "general system", "iri": f"{ID}regime/general"}
LIST = {"id": "R01", "slug": "list", "label": "list", "iri": f"{ID}regime/list"}
PRACTICE = {"id": "R02", "slug": "practice", "label": "practice", "iri": f"{ID}regime/practice"}
LISTED = {
    "id": "list-2", "iri": f"{ID}gate/list-2", "label": "The title stands in the list",
    "sentence": "The title stands in the list (Directive X Art. 13)", "fact": "qualification.listed", "test": "exists",
    "legal_basis": [UNION], "status": "unmet",
}  # fmt: skip


@pytest.fixture
def finder() -> PathFinder:
    return PathFinder(MemoryStore(NAMESPACES + TABLES))


def ask(finder: PathFinder, **facts: Any) -> Any:
    asked = {"qualification": "aa-title", "profession": "nurse", "country": "DD-one", "as_of": "2026-01-01"}
    asked |= {"experience": [], **facts}
    return finder.find(Question.model_validate({name: value for name, value in asked.items() if value is not None}))


def slugs(items: Any) -> list[str]:
    return [item["id"].rpartition("/")[2] for item in items]


def test_the_step_says_what_its_rows_say(finder: PathFinder) -> None:
    (path,) = ask(finder, nationality="EU", applied_on="2026-01-31")["paths"]
    (step,) = path["steps"]
    assert (path["rank"], path["status"], path["outcome"]) == (1, "open_if", "general_system")
    assert path["because"] == ["A national of the Union (Directive X Art. 13)"]
    assert path["open_if"] == ["The certificate is there (Act Y Art. 5)"]
    assert step["from"] == {"id": f"{ID}qualification/aa-title", "label": "A title", "country": "AA"}
    assert step["to"] == {"id": f"{ID}national-profession/dd-one-nurse", "label": "Pfleger", "country": "DD-one"}
    assert (step["regime"], step["variant"], step["route"]) == (GENERAL, "R14-1", f"{ID}route/1")
    assert (step["legal_basis"], step["national_law_read"], step["national_law_note"]) == ([OWN, UNION], True, None)
    assert step["along_with"] == [LANGUAGE], "the gate of the card is closed in this host"
    assert step["doubts"] == [{"id": f"{ID}doubt/level", "label": "the level is disputed"}]
    assert (step["authority"], step["authorities"]) == (BOARD, [BOARD])
    assert (step["missing"], step["offices"], step["competences"]) == (None, None, None)
    assert step["compensation"] == {
        "possible": True, "kinds": ["adaptation_period", "aptitude_test"], "chosen_by": "applicant", "max_months": 36,
        "both": False, "note": "at most", "legal_basis": [UNION], "id": f"{ID}compensation/usual",
    }  # fmt: skip


def test_the_acts_of_the_host_are_cited_whole_where_no_provision_was_read(finder: PathFinder) -> None:
    practice = {"country": "AA", "status": "employed", "from": "2020-01-01", "to": "2025-12-31"}
    steps = [path["steps"][0] for path in ask(finder, nationality="EU", experience=[practice])["paths"]]
    (step,) = [step for step in steps if step["regime"]["id"] == "R02"]
    assert [(basis["act_name"], basis["article"], basis["provision"]) for basis in step["legal_basis"]] == [
        ("Act Y", None, ""),
        ("Act Z", None, ""),
    ]
    assert step["legal_basis"][0]["act"] == "http://law.example/own"
    assert step["national_law_read"] is False


def test_conditions_carry_their_verdict_and_what_would_change_it(finder: PathFinder) -> None:
    (path,) = ask(finder, nationality="EU")["paths"]
    assert path["steps"][0]["conditions"] == [
        {"id": "citizen", "iri": f"{ID}condition/citizen", "label": "A national of the Union", "fact": "nationality",
         "sentence": "A national of the Union (Directive X Art. 13)", "test": "one_of", "legal_basis": [UNION], "status": "met"},
        {"id": "paper", "iri": f"{ID}condition/paper", "label": "The certificate is there", "fact": "certificates",
         "sentence": "The certificate is there (Act Y Art. 5)", "test": "includes", "legal_basis": [OWN], "status": "unknown",
         "would_hold_with": {"fact": "certificates", "one_of": ["good-standing"]}},
    ]  # fmt: skip


def test_a_status_that_counts_as_another_is_named_with_its_law(finder: PathFinder) -> None:
    (path,) = ask(finder, nationality="refugee")["paths"]
    (held,) = (item for item in path["steps"][0]["conditions"] if item["id"] == "citizen")
    parity = {"id": f"{ID}fact-value/refugee", "label": "refugee", "legal_basis": [OWN]}
    assert (held["status"], held["holds_by"], held["legal_basis"]) == ("met", [parity], [UNION, OWN])
    assert held["sentence"] == "A national of the Union: refugee (Directive X Art. 13; Act Y Art. 5)"


def test_terms_are_the_hosts_own_then_the_general_ones_then_those_of_the_directive(finder: PathFinder) -> None:
    """Decided in two months by the host's law, acknowledged in 15 days by its general row, which says of an extension: none."""
    (path,) = ask(finder, nationality="EU", applied_on="2026-01-31")["paths"]
    (step,) = path["steps"]
    assert step["deadlines"] == {"acknowledge": "P15D", "decide": "P2M", "extension": "P0D"}
    assert step["calendar"] == {
        "applied_on": "2026-01-31", "acknowledge_by": "2026-02-15", "decide_by": "2026-03-31",
        "decide_by_if_extended": "2026-03-31",
    }  # fmt: skip
    assert ask(finder, nationality="EU")["paths"][0]["steps"][0]["calendar"] is None
    assert [part["deadlines"] for part in step["procedure"]] == [
        {"acknowledge": "P15D", "decide": "P2M", "extension": "P0D"},
        {"acknowledge": None, "decide": "P14D", "extension": None},
    ]
    assert path["total"] == {
        "longest": "P2M14D", "longest_complete": True,
        "cost": {"amount": 15, "currency": "EUR", "at_most": 17.5, "complete": True},
    }  # fmt: skip


def test_the_steps_of_the_procedure_are_those_of_regime_and_intent(finder: PathFinder) -> None:
    (step,) = ask(finder, nationality="EU")["paths"][0]["steps"]
    first, second = step["procedure"]
    assert (first["order"], first["what"], first["sentence"]) == (1, "recognition", "You have the title recognised.")
    assert (second["order"], second["what"], second["sentence"]) == (2, "register", None)
    assert first["channel"] == [{"code": "post", "label": "By post."}]
    assert first["copies"] == [{"code": "plain", "label": "Plain copies."}]
    assert first["translation"] == [{"code": "sworn", "label": "Sworn translations."}]
    assert (first["languages"], first["language_level"]) == (["de"], "B2")
    assert first["language_rules"] == [{"code": "test", "label": "A test of language."}]
    assert first["fee"] == {"amount": 10, "at_most": 12.5, "currency": "EUR", "measure": 99}
    assert second["fee"] == {"amount": 5, "at_most": 5, "currency": "EUR", "measure": None}
    assert first["silence"] == {"code": "refused", "label": "Silence refuses."}
    assert first["appeal"] == {"body": {"code": "court", "label": "To the court."}, "within": "P1M"}
    assert (second["silence"], second["appeal"], second["note"]) == (None, None, None)
    assert (first["form"], first["send_to"], first["authority"]) == ("http://form.example/", "PO box 1", BOARD)
    assert (first["repeats_every"], second["repeats_every"]) == (None, "P1Y")
    assert (first["legal_basis"], second["legal_basis"]) == ([OWN], [])
    assert first["note"] == {"text": "come early", "lang": "en"}
    assert first["sources"] == [
        {"id": f"{ID}source/leaflet", "label": "the leaflet", "url": None, "verified": "from-knowledge",
         "of": f"{ID}procedure-step/1"}
    ]  # fmt: skip
    assert "missing" not in first


@pytest.mark.parametrize(
    ("nationality", "first"),
    [
        ("EU", {"diploma": "yes", "receipt": "yes"}),
        ("refugee", {"diploma": "yes", "receipt": "yes", "permit": "yes"}),
        (None, {"diploma": "yes", "receipt": "yes", "permit": "if"}),
    ],
)
def test_papers_are_those_of_this_case(finder: PathFinder, nationality: str | None, first: dict[str, str]) -> None:
    (step,) = ask(finder, nationality=nationality)["paths"][0]["steps"]
    assert {paper["code"]: paper["asked"] for paper in step["procedure"][0]["documents"]} == first
    earlier = {paper["code"]: paper["of_earlier_step"] for paper in step["procedure"][1]["documents"]}
    assert earlier == {"diploma": False, "decision": True}
    assert sorted(slugs(step["documents"])) == sorted(first), "each once; what an earlier step yields is not brought"
    diploma = next(paper for paper in step["documents"] if paper["code"] == "diploma")
    assert (diploma["label"], diploma["annex_vii"], diploma["condition"]) == ("diploma", "1(b)", None)
    receipt = next(paper for paper in step["documents"] if paper["code"] == "receipt")
    assert (receipt["annex_vii"], receipt["condition"]) == (None, "where a fee is asked")


def test_the_row_of_the_general_procedure_fills_two_gaps_and_no_more(finder: PathFinder) -> None:
    told = ask(finder)["paths"][0]["steps"][0]["application"]
    known = {"id": f"{ID}procedure/nurse", "electronic": "yes", "time_limit": "soon", "appeal_body": "the court",
             "source_date": "2025-01-02", "verified": "yes"}  # fmt: skip
    assert {name: value for name, value in told.items() if value is not None} == known


def test_a_path_names_its_sources_and_the_least_certain_of_them(finder: PathFinder) -> None:
    (path,) = ask(finder)["paths"]
    rest = {"property": None, "property_label": None}
    assert path["weakest"] == {"mark": "from-knowledge", "what": "A title", "facts": [
        {"of": f"{ID}qualification/aa-title", "label": "A title", **rest},
        {"of": f"{ID}procedure-step/1", "label": "You have the title recognised.", **rest},
    ]}  # fmt: skip
    assert path["steps"][0]["sources"] == [
        {"id": f"{ID}source/gazette", "label": "the gazette", "url": None, "verified": "from-knowledge",
         "of": f"{ID}qualification/aa-title"},
        {"id": f"{ID}source/register", "label": "the register", "url": "http://register.example/", "verified": "yes",
         "of": f"{ID}national-profession/dd-one-nurse"},
        {"id": f"{ID}source/leaflet", "label": "the leaflet", "url": None, "verified": "yes", "of": f"{ID}procedure/nurse"},
    ]  # fmt: skip


def test_the_question_comes_back_as_it_was_understood(finder: PathFinder) -> None:
    answer = ask(finder, lang="de", country="DD")
    asked = answer["question"]
    assert (asked["qualification"], asked["profession"], asked["country"], asked["lang"]) == (
        "aa-title",
        "nurse",
        "DD",
        "de",
    )
    assert (asked["qualification_iri"], asked["qualification_label"]) == (f"{ID}qualification/aa-title", "A title")
    assert (asked["profession_iri"], asked["profession_label"]) == (f"{ID}profession/nurse", "Pflege")
    assert (asked["home"], asked["hosts"]) == ("AA", ["DD-one", "DD-two"])
    assert asked["places"] == [f"{ID}national-profession/dd-one-nurse"]
    assert (asked["place"], asked["place_iri"], asked["region"], asked["nuts3"]) == (None, None, "DD", None)
    assert (answer["as_of"], answer["data_version"], asked["profession_matched"]) == ("2026-01-01", "invented", None)


def test_refusals_name_what_failed_and_what_would_open_it(finder: PathFinder) -> None:
    nothing = {"experience": None}
    short, full = ask(finder, **nothing)["refused"], ask(finder, explain="full", **nothing)["refused"]
    assert short == [], "nobody can change what the graph says, and practice was not spoken of"
    assert full == [{"regime": LIST, "regimes": ["R01"], "country": "DD-one", "because": [LISTED], "would_open": None}]
    (practice,) = ask(finder)["refused"]
    (years,) = practice["because"]
    assert (practice["regime"], practice["regimes"], practice["country"]) == (PRACTICE, ["R02"], "DD-one")
    assert (years["id"], years["status"], years["missing_years"]) == ("years", "unmet", 3.0)
    assert practice["would_open"] == [years["would_hold_with"]] == [{"fact": "experience", "add_years": 3.0}]


def test_the_first_to_advise_is_named(finder: PathFinder) -> None:
    assert ask(finder)["advice"] == [
        {"id": f"{ID}contact/help", "label": "Helpdesk", "kind": "assistance-centre", "country": "DD",
         "url": "http://help.example/", "languages": "de, en", "verified": "yes"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "outcome", "status", "rank", "sentence"),
    [
        ({"nationality": "EU"}, "general_system", "open_if", 1, "Yes, if: The certificate is there."),
        ({"nationality": "EU", "certificates": ["good-standing"]}, "general_system", "open", 1, "Yes: compared."),
        (
            {"nationality": "EU", "certificates": [], "experience": []},
            "none",
            "closed",
            None,
            "Not yet: The certificate is there.",
        ),
        ({"qualification": "aa-midwife", "experience": []}, "none", "closed", None, "It opens: midwife."),
    ],
)
def test_each_verdict_has_its_sentence(
    finder: PathFinder, facts: dict[str, Any], outcome: str, status: str, rank: int | None, sentence: str
) -> None:
    answer = ask(finder, **facts)
    expected = {
        "for": "own_firm",
        "country": "DD-one",
        "outcome": outcome,
        "status": status,
        "path_rank": rank,
        "sentence": sentence,
    }
    assert answer["verdicts"] == [expected]
    assert answer["outcome"] == outcome


def test_where_the_host_says_nothing_of_the_profession_it_is_unknown_and_somebody_is_named(finder: PathFinder) -> None:
    answer = ask(finder, country="DD-two")
    assert (answer["outcome"], answer["paths"], answer["refused"]) == ("unknown", [], [])
    assert [(item["status"], item["sentence"]) for item in answer["verdicts"]] == [("unknown", "Ask Helpdesk.")]


def test_a_title_of_another_profession_offers_what_it_opens(finder: PathFinder) -> None:
    answer = ask(finder, qualification="aa-midwife")
    assert answer["alternatives"] == [
        {"id": f"{ID}profession/midwife", "slug": "midwife", "label": "midwife", "hosts": [], "why": "opened_by_title"}
    ]
    assert ask(finder)["alternatives"] == []


def test_where_the_work_is_kept_for_another_profession_that_one_is_offered() -> None:
    kept = TABLES.replace(
        "pas:inJurisdiction <jurisdiction/dd-one> ; pas:state <jurisdiction/dd> ; pas:regulation pas:Regulated ;",
        "pas:inJurisdiction <jurisdiction/dd-one> ; pas:state <jurisdiction/dd> ; pas:regulation pas:KeptForOthers ; "
        "pas:doneBy <profession/midwife> ;",
    )
    assert kept != TABLES
    answer = ask(PathFinder(MemoryStore(NAMESPACES + kept)), country="DD-one")
    assert [(item["slug"], item["why"]) for item in answer["alternatives"]] == [("midwife", "does_the_work")]


def test_a_diploma_of_another_day_offers_the_title_of_that_day(finder: PathFinder) -> None:
    """First those of that day; of the title before it no interval is known, so whether it is stays open."""
    answer = ask(finder, issued="2020-01-01")
    later = {
        "id": f"{ID}qualification/aa-later", "slug": "aa-later", "label": "Later title", "lang": "en", "relation": "successor",
        "valid_from": "2020-01-01", "valid_to": None, "of_that_day": True,
    }  # fmt: skip
    earlier = {
        "id": f"{ID}qualification/aa-earlier", "slug": "aa-earlier", "label": "Earlier title", "lang": "en",
        "relation": "predecessor", "valid_from": None, "valid_to": None, "of_that_day": None,
    }  # fmt: skip
    assert answer["instead"] == [later, earlier]
    assert [item["status"] for item in answer["paths"]] == ["unknown"], "which title it is stands in doubt"
    assert ask(finder, issued="2019-12-31")["instead"] == []


def test_the_usual_title_of_the_state_is_assumed_and_said(finder: PathFinder) -> None:
    answer = ask(finder, qualification=None, issued_in="AA")
    named = {"id": f"{ID}qualification/aa-later", "slug": "aa-later", "label": "Later title"}
    assert answer["assumed"] == {"qualification": named, "sentence": "Taken: Later title."}
    earlier = ask(finder, qualification=None, issued_in="AA", issued="2015-05-05")
    assert earlier["assumed"]["qualification"]["slug"] == "aa-title"
    assert ask(finder)["assumed"] is None
    assert ask(finder, qualification=None, issued_in="AA", level="c")["assumed"] is None, (
        "a level describes another title"
    )


def test_the_measure_is_that_of_the_level_one_says(finder: PathFinder) -> None:
    told = ask(finder, level="a")["paths"][0]["steps"][0]["compensation"]
    assert (told["id"], told["kinds"], told["chosen_by"], told["both"]) == (
        f"{ID}compensation/lower",
        ["aptitude_test"],
        "host",
        True,
    )
    same = ask(finder, level="c")["paths"][0]["steps"][0]["compensation"]
    assert same["id"] == f"{ID}compensation/usual"


@pytest.mark.parametrize(
    ("facts", "error", "message"),
    [
        ({"country": "ZZ"}, BadRequest, "'ZZ' is no country of this graph; write one of DD-one, DD-two"),
        ({"country": "AA"}, BadRequest, "'AA' does not decide on recognition; write its state's code"),
        (
            {"certificates": ["none-such"]},
            BadRequest,
            "'none-such' is no certificate of this graph; write one of good-standing",
        ),
        ({"qualification": "aa-titel"}, UnknownIdentifier, "aa-title"),
        ({"profession": "nurze"}, UnknownIdentifier, "nurse"),
    ],
)
def test_what_the_graph_does_not_know_is_named_with_what_it_knows(
    finder: PathFinder, facts: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ask(finder, **facts)
