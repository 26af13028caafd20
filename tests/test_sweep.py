"""The sweep over all questions: on a fixed sample nothing breaks what the law demands; each demand has its bad graph."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from graph_api.recognition import demands, sweep
from graph_api.recognition.case import Case
from graph_api.recognition.demands import DEMANDS, SweptQuestion
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from graph_api.recognition.sweep import Report, Sweep
from graph_api.store.local import CurrentStore
from tests.conftest import ROOT
from tests.europe import Edge, Europe, MemoryStore

BAKER = (
    '<profession/baker> a pas:Profession ; skos:prefLabel "baker"@en . '
    '<qualification/bb-baker> a pas:Qualification ; skos:prefLabel "baker\'s title"@en ; pas:issuedIn <jurisdiction/bb> ; '
    "pas:state <jurisdiction/bb> ; pas:grantsAccessTo <profession/baker> ."
)
OWN_TITLE = '<outcome/own-title> a pas:Outcome ; pas:code "own_title" ; pas:opensProfession true .'


class Known(Europe):
    """A Europe whose routes lead to the host's own title."""

    def turtle(self) -> str:
        return super().turtle().replace('pas:outcome "general_system"', 'pas:outcome "own_title"')


def swept(europe: Europe) -> Report:
    store = europe.store()
    return Sweep(store, PathFinder(store)).run()


def names(report: Report) -> set[str]:
    return {breach.partition(":")[0] for breach in report.breaches}


@pytest.mark.long
def test_a_fixed_sample_of_the_real_answers_breaks_nothing(store: CurrentStore) -> None:
    report = Sweep(store, PathFinder(store)).run(sample=30)
    assert report.breaches == []
    assert report.questions == 30 * 7
    assert report.questions == sum(report.outcomes.values())


def test_a_title_of_another_profession_that_opens_this_one_is_found() -> None:
    report = swept(Europe([Edge(None, "dd", "d0")], BAKER))
    assert "opens_only_its_own_profession: bb-baker as nurse in DD" in report.breaches


def test_a_state_that_does_not_know_its_own_title_is_found() -> None:
    report = swept(Europe([Edge(None, "dd", "d0")]))
    assert "own_title_is_enough: aa-title as nurse in AA" in report.breaches
    own = Known([Edge(None, "aa", "own")], OWN_TITLE)
    assert not any("aa-title as nurse in AA" in breach for breach in swept(own).breaches)


def test_free_work_for_which_an_answer_asks_something_is_found() -> None:
    class Free(Europe):
        def turtle(self) -> str:
            return super().turtle().replace("pas:regulation pas:Regulated", "pas:regulation pas:NotRegulated")

    assert "free_work_is_free" in names(swept(Free([Edge(None, "dd", "d0")])))


def test_work_kept_for_another_profession_for_which_an_answer_is_yes_is_found() -> None:
    class Kept(Europe):
        def turtle(self) -> str:
            return super().turtle().replace("pas:regulation pas:Regulated", "pas:regulation pas:KeptForOthers")

    assert "kept_work_opens_to_nobody_else" in names(swept(Kept([Edge(None, "dd", "d0")])))


def test_titles_that_the_law_treats_alike_are_worked_out_once() -> None:
    like = "".join(
        f'<qualification/bb-baker-{name}> a pas:Qualification ; skos:prefLabel "baker {name}"@en ; '
        "pas:issuedIn <jurisdiction/bb> ; pas:state <jurisdiction/bb> ; pas:grantsAccessTo <profession/baker> . "
        for name in "xyz"
    )
    report = swept(Europe([Edge(None, "dd", "d0")], BAKER + like))
    assert {breach for breach in report.breaches if breach.startswith("opens_only")} == {
        f"opens_only_its_own_profession: bb-baker{name} as nurse in DD" for name in ("", "-x", "-y", "-z")
    }
    assert report.questions == 5 * 2 * 4
    assert report.judged < report.questions


def test_a_headline_on_a_rare_ground_is_found() -> None:
    rests_on = SimpleNamespace(headline=SimpleNamespace(improbable=True))
    assert demands.rests_on_no_rare_ground(cast(SweptQuestion, rests_on)) is False


class Automatic(Europe):
    """A Europe whose routes recognise automatically, and ask for a measure."""

    def turtle(self) -> str:
        text = super().turtle().replace('pas:outcome "general_system"', 'pas:outcome "automatic"')
        text = text.replace(
            "<profession/nurse> a pas:Profession", '<profession/nurse> pas:annexVPoint "5.2.2" ; a pas:Profession'
        )
        return text.replace("pas:underRegime", "pas:compensation <compensation/any> ; pas:underRegime")


def test_automatic_recognition_of_a_title_that_no_list_names_is_found() -> None:
    found = names(swept(Automatic([Edge(None, "dd", "d0")])))
    assert found >= {"automatic_only_for_listed_titles", "automatic_asks_no_measure"}


def test_what_a_machine_read_that_is_certain_is_found() -> None:
    def asked(standing: str, recognises: bool, by_machine: bool = True) -> SweptQuestion:
        case, way = SimpleNamespace(read_by_machine=by_machine), SimpleNamespace(standing=standing)
        return cast(SweptQuestion, SimpleNamespace(case=case, headline=way, rests_on=lambda _: recognises))

    held = demands.nothing_is_certain_by_machine
    assert held(asked("open", recognises=True)) is False
    assert held(asked("open_if", recognises=True)) is True
    assert held(asked("open", recognises=False)) is True
    assert held(asked("open", recognises=True, by_machine=False)) is True


def test_a_no_where_nobody_knows_how_the_host_regulates_is_found() -> None:
    asked = SimpleNamespace(outcome="none", regulation=frozenset(), ways=[])
    assert demands.none_only_where_every_way_is_closed(cast(SweptQuestion, asked)) is False
    known = SimpleNamespace(outcome="none", regulation=frozenset({"Regulated"}), ways=[])
    assert demands.none_only_where_every_way_is_closed(cast(SweptQuestion, known)) is True


def test_a_title_that_is_recognised_within_its_own_state_is_found() -> None:
    breaches = swept(Europe([Edge(None, "aa", "a0")])).breaches
    assert "no_border_no_recognition: aa-title as nurse in AA" in breaches


@pytest.mark.parametrize("demand", DEMANDS, ids=lambda demand: demand.__name__)
def test_every_demand_stands_in_the_docs_with_its_article(demand: demands.Demand) -> None:
    said = " ".join((demand.__doc__ or "").split())
    assert "(Art. " in said
    assert f"| `{demand.__name__}` | {said} |" in (ROOT / "docs" / "answers.md").read_text(encoding="utf-8")


class Turning(PathFinder):
    """An engine that forgets the law as soon as somebody says that no certificate is held."""

    def everywhere(self, question: Question) -> Case:
        if question.certificates is not None:
            question = question.model_copy(update={"as_of": question.as_of.replace(year=1950)})
        return super().everywhere(question)


def test_a_fact_that_turns_a_yes_into_a_no_is_found() -> None:
    store = Europe([Edge(None, "dd", "d0")]).store()
    breaches = Sweep(store, Turning(store)).run().breaches
    assert "a fact turns a yes into a no (certificates): aa-title as nurse in DD" in breaches


class Babel(PathFinder):
    """An engine that leaves a key out in Dutch."""

    def find(self, question: Question) -> dict[str, Any]:
        found = super().find(question)
        return {key: value for key, value in found.items() if key != "firm" or question.lang != "nl"}


def test_answers_that_differ_by_language_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_IN_LANGUAGES", 1)
    store: MemoryStore = Europe([Edge(None, "dd", "d0")]).store()
    assert "answers differ by language" in names(Report(breaches=Sweep(store, Babel(store)).run().breaches))
    assert "answers differ by language" not in names(Report(breaches=Sweep(store, PathFinder(store)).run().breaches))
