"""Verdicts: for each thing that one can want to do in a profession, and that the host tells apart, yes, no or if.

What can be wanted and where it is told apart stands in the table of purposes, the wording in that of sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph_api.rdf.terms import local_name
from graph_api.recognition.answer_schema import Verdict, VerdictStatus
from graph_api.recognition.candidates import Candidate, order, rests_on_title
from graph_api.recognition.case import Case, facts_of
from graph_api.recognition.conditions import Assessed
from graph_api.recognition.findings import NONE, UNKNOWN, Findings, regulation
from graph_api.recognition.law import Purpose
from graph_api.recognition.procedures import FileReader
from graph_api.recognition.programmes import Programmes
from graph_api.recognition.sentences import Where, said
from graph_api.recognition.usual import UsualTitles
from graph_api.store.things import Thing, every, in_force, label, one

Ask = Callable[[str], Findings]
_STATUS_OF: Final[Mapping[str, VerdictStatus]] = {NONE: "closed", UNKNOWN: "unknown"}
_FACTS_NAMED: Final = 2
_MAY_REGULATE: Final = frozenset({"Regulated"})
_FIRST_ADVICE: Final = "assistance-centre"
_PRACTICE: Final = "experience"
_ONE_STATE: Final = "pair.same_state"
_TITLE_FROM_OUTSIDE: Final = "third_country_title"


class Verdicts:
    """Writes the verdicts of a question."""

    def __init__(self, found: Findings, ask: Ask, firm: Ask | None, words: VerdictWords) -> None:
        self._found, self._ask, self._firm, self._words = found, ask, firm, words
        self._case = found.case

    def write(self) -> list[Verdict]:
        """One verdict for each host and each purpose that it tells apart."""
        if self._case.profession is None:
            return []
        return [verdict for host in self._hosts() for verdict in self._of_host(host)]

    def _hosts(self) -> Iterable[str]:
        """The hosts in the order of their paths, so that the first verdicts belong to the headline."""
        with_path = (way.target.jurisdiction for way in self._found.open_ones)
        return dict.fromkeys([*with_path, *self._case.hosts])

    def _of_host(self, host: str) -> Iterator[Verdict]:
        how = frozenset(map(local_name, regulation(self._case, host))) or _MAY_REGULATE
        for purpose in self._case.reference.purposes:
            if (purpose.where and purpose.where.isdisjoint(how)) or (purpose.only_with and not self._crosses(host)):
                continue
            found = self._findings(purpose, host)
            if not purpose.only_with or any(_serves(found.case, item, purpose, host) for item in found.candidates):
                yield self._verdict(purpose, host, found)

    def _crosses(self, host: str) -> bool:
        """Whether the title comes from another state: where it is at home, nobody serves only for a time."""
        home, state = self._case.home, self._case.reference.state
        return home is None or state(home) != state(host)

    def _findings(self, purpose: Purpose, host: str) -> Findings:
        """Those that answer the purpose: of the craft under which a firm falls, where the host regulates that."""
        if purpose.of_firm and self._firm is not None:
            firm = self._firm(purpose.intent)
            if firm.case.nationals(host):
                return firm
        return self._ask(purpose.intent)

    def _verdict(self, purpose: Purpose, host: str, found: Findings) -> Verdict:
        ways = [way for way in found.open_ones if _serves(found.case, way, purpose, host)]
        outcome = found.outcome(ways, [host])
        status = _STATUS_OF.get(outcome) or ways[0].standing
        where = Where(purpose.thing["iri"][0], self._outcome_iri(outcome), status)
        words = self._words.of(found, ways, host, purpose, outcome)
        return {
            "for": purpose.code,
            "country": self._case.reference.code(host),
            "outcome": outcome,
            "status": status,
            "path_rank": self._rank(found, ways) if status not in _STATUS_OF.values() else None,
            "sentence": said(self._case.reference, "verdict", where, words, self._case.question.lang),
        }

    def _outcome_iri(self, outcome: str) -> str:
        return self._case.reference.outcomes.get(outcome, {"iri": [""]})["iri"][0]

    def _rank(self, found: Findings, ways: Sequence[Candidate]) -> int | None:
        """The rank of the path among those of the answer; None where it belongs to another intent or profession.

        Where nobody decides, the way is the same whatever the intent.
        """
        first, own = ways[0], found is self._found
        free = self._case.reference.leads_to(first.regime, "freeOfRecognition")
        for rank, way in enumerate(self._found.open_ones, 1):
            if (own and way is first) or (free and way.route["iri"] == first.route["iri"]):
                return rank
        return None


def _serves(case: Case, way: Candidate, purpose: Purpose, host: str) -> bool:
    """Whether a way at the host leads to what is wanted."""
    if way.target.jurisdiction != host:
        return False
    outcome = case.reference.outcome(way.regime)
    return outcome not in purpose.leaves_out and (not purpose.only_with or outcome in purpose.only_with)


@dataclass(frozen=True)
class VerdictWords:
    """What the sentences of verdicts are filled with."""

    case: Case
    files: FileReader
    usual: UsualTitles
    professions: Callable[[str], Mapping[str, Thing]]
    programmes: Programmes

    def of(
        self, found: Findings, ways: Sequence[Candidate], host: str, purpose: Purpose, outcome: str
    ) -> dict[str, str | None]:
        """The words at hand for a verdict."""
        lang, reference = self.case.question.lang, self.case.reference
        closed, at_home = outcome == NONE, self._at_home(found.case, host)
        asked = self.programmes.whom_to_ask(self.case)
        return {
            **(self._asked_of(self._decisive(ways)) if ways and not closed else {}),
            **self._own_road(found.case, host),
            "measure": "may be asked" if ways and ways[0].route.get("compensation") else None,
            "outcome": label(reference.outcomes.get(outcome, {}), lang)[0],
            "ask": (asked or self._advice(host)) if outcome == UNKNOWN or at_home else None,
            "at_home": "so" if at_home else None,
            "programme": label(self.case.programme or {}, lang)[0] if asked else None,
            "register": "so" if self._untold_by_register(found, host, outcome) else None,
            "practice": self._by_practice(found, host, purpose),
            "own_title": self._title_of_own_law(found.case, host),
            **(self._why_not(found, host, purpose) if closed else {}),
            "done_by": "; ".join(filter(None, map(self._profession, found.case.done_by(host)))) or None,
        }

    @staticmethod
    def _untold_by_register(found: Findings, host: str, outcome: str) -> bool:
        """Whether nothing is lacking but which profession the title opens, which its register does not say."""
        case = found.case
        return case.unsaid and outcome == UNKNOWN and bool(regulation(case, host))

    def _by_practice(self, found: Findings, host: str, purpose: Purpose) -> str | None:
        """What the first way asks that rests on practice and on no title, where nobody says what the title held opens;
        nothing where there is none."""
        case = found.case
        if not case.unsaid:
            return None
        ways = [
            way
            for way in found.candidates
            if way.status and not way.improbable and not way.before and _serves(case, way, purpose, host)
            if _PRACTICE in {item.condition.test for item in way.unknown}
            if not rests_on_title(case, way.route, way.regime)
        ]
        first = min(ways, key=lambda way: order(case, way), default=None)
        return self._asked_of(first)["clauses"] if first else None

    def _title_of_own_law(self, case: Case, host: str) -> str | None:
        """The title that the law of the host asks of its own, where the one held is from there and is another."""
        forms = [case.known[place] for place in case.nationals(host)]
        if case.qualification is None or case.profession is None or not self._at_home(case, host):
            return None
        if not forms or not case.opens_profession():
            return None
        day = case.question.as_of
        asked = self.usual.of(case.profession, host, day, case.reference, forms[0])
        needed, held = one(forms[0], "requiredLevel"), one(case.known[case.qualification], "art11Level")
        if asked is None or needed is None or held is None or local_name(held) >= local_name(needed):
            return None
        reached = local_name(one(asked, "art11Level") or "") >= local_name(needed)
        return label(asked, case.question.lang)[0] if reached else None

    @staticmethod
    def _at_home(case: Case, host: str) -> bool:
        """Whether the title comes from the state that is asked."""
        return case.home is not None and case.reference.state(case.home) == case.reference.state(host)

    def _decisive(self, ways: Sequence[Candidate]) -> Candidate:
        """The way whose conditions decide: the first that is no last resort."""
        return next((way for way in ways if not way.last_resort()), ways[0])

    def _asked_of(self, way: Candidate) -> dict[str, str | None]:
        """The one or two facts that decide, as conditions and, where each has a clause, said to the applicant."""
        deciding = _deciding(way)
        return {
            "conditions": "; ".join(dict.fromkeys(map(self._text, deciding))) or None,
            "clauses": self._clauses(deciding),
        }

    def _clauses(self, asked: Sequence[Assessed]) -> str | None:
        """One or two conditions as a clause that speaks to the applicant; None where one of them has no such words."""
        lang = self.case.question.lang
        named = [label(item.condition.thing, lang, "clause")[0] for item in asked]
        words = dict(zip(("first", "second"), named, strict=False)) if all(named) else {}
        return said(self.case.reference, "clauses", Where(), words, lang)

    def _own_road(self, case: Case, host: str) -> dict[str, str | None]:
        """How an act of its own opens the profession, who decides there or can say who, and whether the title comes
        from outside the Union, for which the act is not made; nothing where no act does."""
        lang, roads = self.case.question.lang, case.reference.own_roads.get(case.profession or "")
        if not roads:
            return {}
        forms = [case.known[place] for place in case.nationals(host)]
        first = {iri for form in forms for iri in every(form, "firstAuthority")}
        bodies = {iri for form in forms for iri in every(form, "competentAuthority")}
        names = self.files.names(bodies)
        named = [names[iri] for iri in sorted(bodies, key=lambda iri: (iri not in first, iri)) if iri in names]
        deciding = [label(body, lang)[0] for body in named] + [one(form, "authorityText") for form in forms]
        decider = next(filter(None, deciding), None)
        told = (facts_of(case, place, host).applicant.get(_TITLE_FROM_OUTSIDE) for place in case.nationals(host))
        outside = "true" in told
        return {
            "road": label(roads[0], lang)[0],
            "outside": "so" if outside else None,
            "decider": decider,
            "adviser": None if decider else self._advice(host),
        }

    def _text(self, item: Assessed) -> str:
        return label(item.condition.thing, self.case.question.lang)[0] or ""

    def _advice(self, host: str) -> str | None:
        """Whom to ask: the body that decides first on the profession there, where it is a single one, else the
        assistance centre of the host or its state, else another that advises."""
        forms = (self.case.known[place] for place in self.case.nationals(host))
        bodies = [iri for form in forms for iri in every(form, "firstAuthority")]
        single = [iri for iri in bodies if iri not in self.case.reference.general_authorities]
        if single:
            return label(self.files.names(single[:1]).get(single[0], {}), self.case.question.lang)[0]
        places = dict.fromkeys([host, self.case.reference.state(host)])
        found = [contact for place in places for _, contact in sorted(self.files.contacts(place).items())]
        found.sort(key=lambda contact: one(contact, "contactKind") != _FIRST_ADVICE)
        return label(found[0], self.case.question.lang)[0] if found else None

    def _why_not(self, found: Findings, host: str, purpose: Purpose) -> dict[str, str | None]:
        """Of another profession; or what is missing; or what closes the law that comes nearest."""
        if found.case.opens_profession() is False:
            names = "; ".join(filter(None, map(self._profession, found.case.professions_of_title())))
            return {"opens": names or None, "no_profession": "so", "usual": self._usual_title(found.case, host)}
        nearest = self._nearest(found, host, purpose)
        unmet = [item for item in nearest.conditions if item.status == "unmet"] if nearest else []
        missing = unmet and all(item.condition.bearing.obtainable for item in unmet)
        text = self._text(unmet[0]) if unmet else None
        return {"missing": text if missing else None, "reason": text, "clauses": self._clauses(unmet[:_FACTS_NAMED])}

    def _nearest(self, found: Findings, host: str, purpose: Purpose) -> Candidate | None:
        """The closed way that fails on least, and on what can still be had before all else."""
        closed = [
            item
            for item in found.candidates
            if not item.status and not item.before and _serves(found.case, item, purpose, host)
            if _was_tried(item) and not (self._at_home(found.case, host) and _crosses_a_border(item))
        ]

        def distance(item: Candidate) -> tuple[int, int]:
            unmet = [asked for asked in item.conditions if asked.status == "unmet"]
            return sum(not asked.condition.bearing.obtainable for asked in unmet), len(unmet)

        return min(closed, key=distance, default=None)

    def _profession(self, iri: str) -> str | None:
        return label(self.professions(iri).get(iri, {}), self.case.question.lang)[0]

    def _usual_title(self, case: Case, host: str) -> str | None:
        """The title that the host's own applicants hold."""
        if case.profession is None:
            return None
        day = case.question.as_of
        title = self.usual.of(case.profession, host, day, case.reference, {})
        if title is None:
            title = self.usual.of(case.profession, case.reference.state(host), day, case.reference, {})
        return label(title, case.question.lang)[0] if title and in_force(title, day) else None


def _deciding(way: Candidate) -> list[Assessed]:
    """The one or two facts that decide about a way: what is most to show first, each said once."""
    asked = [item for item in way.unknown if item.condition.test != "presumed"]
    own = [item for item in asked if not item.condition.fact.startswith("path_")] or asked
    own.sort(key=lambda item: -item.condition.bearing.to_show)
    return list({item.condition.iri: item for item in own}.values())[:_FACTS_NAMED]


def _crosses_a_border(way: Candidate) -> bool:
    """Whether a way fails because home and host are one state: that is no lack of the holder of a title from there."""
    return any(item.status == "unmet" and item.condition.fact == _ONE_STATE for item in way.conditions)


def _was_tried(way: Candidate) -> bool:
    return not any(item.status == "unmet" and item.condition.bearing.other_law for item in way.conditions)
