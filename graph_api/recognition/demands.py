"""What the law demands of every answer: each demand with the article that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from graph_api.rdf.terms import local_name
from graph_api.recognition.candidates import Candidate
from graph_api.recognition.case import Case
from graph_api.recognition.findings import NONE, Findings, regulation
from graph_api.store.things import every, one

_AUTOMATIC: Final = "automatic"
_PARTIAL: Final = "partial_access"
_THIRD_COUNTRY: Final = "third_country_title"


@dataclass(frozen=True)
class SweptQuestion:
    """One question with what was found for it at one host."""

    found: Findings
    host: str

    @property
    def case(self) -> Case:
        return self.found.case

    @cached_property
    def ways(self) -> list[Candidate]:
        """The open ways at the host, the best first."""
        return [way for way in self.found.open_ones if way.target.jurisdiction == self.host]

    @cached_property
    def outcome(self) -> str:
        return self.found.outcome(self.ways, [self.host])

    @cached_property
    def headline(self) -> Candidate | None:
        """The way on which the answer rests."""
        return self.ways[0] if self.ways and self.ways[0].bears(self.case) else None

    @cached_property
    def regulation(self) -> frozenset[str]:
        """How the host regulates the profession; empty where the graph does not know."""
        return frozenset(map(local_name, regulation(self.case, self.host)))

    def rests_on(self, flag: str) -> bool:
        """Whether there is a headline and its outcome has the flag."""
        best = self.headline
        return best is not None and self.case.reference.leads_to(best.regime, flag)


Demand = Callable[[SweptQuestion], bool]


def opens_only_its_own_profession(asked: SweptQuestion) -> bool:
    """A title opens no profession that it neither opens at home nor trains for; experience may (Art. 4(2), 13, 17)."""
    return asked.case.opens_profession() is not False or not asked.rests_on("recognisesTitle")


def own_title_is_enough(asked: SweptQuestion) -> bool:
    """Whoever holds the very title that the host issues for the profession needs no recognition (Art. 1, 2(1))."""
    case = asked.case
    title = case.title
    if one(title, "issuedIn") != asked.host or case.profession not in every(title, "grantsAccessTo"):
        return True
    if not asked.regulation or not _high_enough(case, asked.host):
        return True
    return asked.headline is not None and not asked.rests_on("decidedByAuthority")


def _high_enough(case: Case, host: str) -> bool:
    """Whether the title has the level that the host asks of its own: a journeyman's opens no firm of a master."""
    held = local_name(one(case.known[case.qualification or ""], "art11Level") or "")
    needed = [one(case.known[place], "requiredLevel") for place in case.nationals(host)]
    return all(level is None or held >= local_name(level) for level in needed)


def no_border_no_recognition(asked: SweptQuestion) -> bool:
    """Within one state no title is recognised as one of another Member State (Art. 1, 2(1))."""
    case, state = asked.case, asked.case.reference.state
    if case.home is None or state(case.home) != state(asked.host):
        return True
    return not asked.rests_on("recognisesTitle")


def free_work_is_free(asked: SweptQuestion) -> bool:
    """Where the host does not regulate the profession, the work is free (Art. 3(1)(a))."""
    return asked.regulation != {"NotRegulated"} or asked.rests_on("freeOfRecognition")


def kept_work_opens_to_nobody_else(asked: SweptQuestion) -> bool:
    """Where the host keeps the work for another profession, nobody is recognised as the one it does not know (Art.
    3(1)(a), 4(1)); a part of the other may be opened (Art. 4f), and a title of the host's own may open the work."""
    if asked.regulation != {"KeptForOthers"} or asked.headline is None or not asked.rests_on("decidedByAuthority"):
        return True
    return asked.case.reference.outcome(asked.headline.regime) == _PARTIAL


def protected_title_leaves_work_free(asked: SweptQuestion) -> bool:
    """Where the host protects the title alone, the answer begins with the work, which is free (Art. 3(1)(a)), unless
    the title is the host's own."""
    if asked.regulation != {"ReservedTitle"} or asked.headline is None:
        return True
    return asked.rests_on("freeOfRecognition") or not asked.rests_on("decidedByAuthority")


def rests_on_no_rare_ground(asked: SweptQuestion) -> bool:
    """No headline rests on a certificate or ground that hardly anybody has and nobody named (Art. 10, 23, 27, 33, 37,
    43, 47, 49)."""
    return asked.headline is None or not asked.headline.improbable


def automatic_only_for_listed_titles(asked: SweptQuestion) -> bool:
    """In the professions of Annex V, without a certificate, only the titles of the list are recognised automatically
    (Art. 21(1)); in others a common training may be (Art. 49a, 49b)."""
    if asked.headline is None or asked.case.reference.outcome(asked.headline.regime) != _AUTOMATIC:
        return True
    case, profession = asked.case, asked.case.profession
    if "annexVPoint" not in case.thing(profession):
        return True
    title = case.title
    listed = [*every(title, "listedAs"), *every(title, "perhapsListedAs")]
    return any(profession in every(case.thing(iri), "profession") for iri in listed)


def automatic_asks_no_measure(asked: SweptQuestion) -> bool:
    """Automatic recognition asks for no adaptation period and no test (Art. 14(1), 21(1))."""
    outcome = asked.case.reference.outcome
    return not any(way.route.get("compensation") for way in asked.ways if outcome(way.regime) == _AUTOMATIC)


def free_work_asks_no_measure(asked: SweptQuestion) -> bool:
    """Nobody asks for a measure where nobody decides (Art. 3(1)(a), 14(1))."""
    decided = asked.case.reference.leads_to
    return not any(way.route.get("compensation") for way in asked.ways if not decided(way.regime, "decidedByAuthority"))


def no_third_country_law_for_titles_of_the_union(asked: SweptQuestion) -> bool:
    """A title of a Member State is none of a third country (Art. 2(2), 3(3))."""
    if asked.case.home is None:
        return True
    code = asked.case.reference.code(asked.case.reference.state(asked.case.home)).upper()
    if code not in asked.case.reference.states_of_the_union:
        return True
    return not any(item.condition.fact == _THIRD_COUNTRY for way in asked.ways for item in way.all_conditions())


def none_only_where_every_way_is_closed(asked: SweptQuestion) -> bool:
    """No is said only where the law known here closes every way; where it is not known how the host regulates the
    profession, nobody knows (Art. 3(1)(a), 13)."""
    if asked.outcome != NONE:
        return True
    return bool(asked.regulation) and (not asked.ways or asked.case.opens_profession() is False)


def nothing_is_certain_by_machine(asked: SweptQuestion) -> bool:
    """A title of which only a machine says that it opens the profession is recognised under a condition at most: that
    it opens it at home is still to be shown (Art. 13(1), 50(1))."""
    if asked.headline is None or not asked.case.read_by_machine:
        return True
    return asked.headline.standing != "open" or not asked.rests_on("recognisesTitle")


DEMANDS: Final[Sequence[Demand]] = (
    opens_only_its_own_profession,
    own_title_is_enough,
    no_border_no_recognition,
    free_work_is_free,
    kept_work_opens_to_nobody_else,
    protected_title_leaves_work_free,
    rests_on_no_rare_ground,
    automatic_only_for_listed_titles,
    automatic_asks_no_measure,
    free_work_asks_no_measure,
    no_third_country_law_for_titles_of_the_union,
    none_only_where_every_way_is_closed,
    nothing_is_certain_by_machine,
)
