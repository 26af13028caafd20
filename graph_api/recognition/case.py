"""One case: a question with everything that the graph knows about it, as facts that conditions can test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple

from graph_api.rdf.dates import earliest
from graph_api.rdf.terms import ID, PAS, local_name
from graph_api.recognition.answer_schema import ProfessionMatched
from graph_api.recognition.conditions import Assessed, Facts
from graph_api.recognition.law import Reference, Unmet, slug
from graph_api.recognition.places import NOWHERE, Locality
from graph_api.recognition.question import DAYS_IN_A_YEAR, Question
from graph_api.recognition.routes import Leg, Routes
from graph_api.store.things import Thing, every, in_force, one

ANYONE: Final = f"{PAS}Anyone"
_BY_MACHINE: Final = "opensByMachine"
_OPENS: Final = ("grantsAccessTo", "trainsFor")
_HOST_FACTS: Final = (
    ("regulation", "regulation"),
    ("regulates", "regulates"),
    ("regulated_by", "regulatedBy"),
    ("required_level", "requiredLevel"),
)
_SAID: Final = {True: frozenset({"true"}), False: frozenset({"false"})}


@dataclass(frozen=True)
class Case:
    """A question with everything that the graph knows about it."""

    question: Question
    reference: Reference
    qualification: str | None
    profession: str | None
    home: str | None
    hosts: Sequence[str]
    known: Mapping[str, Thing]
    """The qualification, its evidence, the profession and its national forms, by IRI."""
    routes: Routes
    locality: Locality = NOWHERE
    """Where in the host, as far as the question says it."""
    assessed: dict[str, dict[str, Assessed]] = field(default_factory=dict, compare=False)
    """By place, then by what is asked: verdicts that no intent changes, filled in as they are asked."""
    own: dict[tuple[str, bool, tuple[str, ...]], Sequence[Assessed]] = field(default_factory=dict, compare=False)
    """By place and what is asked: the verdicts, where no intent changes them, filled in as they are asked."""
    met: dict[Leg, Any] = field(default_factory=dict, compare=False)
    """The candidates that meet the conditions of every route, where no intent changes them, filled in as they are
    asked by the module `candidates`, which stands above this one."""
    between: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Leg]] = field(default_factory=dict, compare=False)
    """By starts and places: the routes from the ones to the others, filled in as they are asked."""
    facts: dict[str, Facts] = field(default_factory=dict, compare=False)
    """By place: what is known there, filled in as it is asked."""
    graph: dict[str, Known] = field(default_factory=dict, compare=False)
    """By place: what the graph knows there, whatever the intent, filled in as it is asked."""
    assumed: bool = False
    """Whether the qualification was not named but is the usual one of the state."""
    programme: Thing | None = None
    """The joint programme that was named in place of a title."""
    matched: ProfessionMatched | None = None
    """How the profession was found, where a code of another classification named it."""

    def thing(self, iri: str | None) -> Thing:
        """What is known of a thing of this case; empty where nothing is, or where there is none."""
        return self.known.get(iri or "", {})

    @cached_property
    def title(self) -> Thing:
        """What is known of the qualification."""
        return self.thing(self.qualification)

    @property
    def profession_asked(self) -> Thing:
        """What is known of the profession."""
        return self.thing(self.profession)

    @cached_property
    def registered(self) -> bool:
        """Whether the title was imported from a register, so that nobody read what it opens where it was issued."""
        return "ofRegister" in self.title

    @cached_property
    def title_out_of_its_time(self) -> bool:
        """Whether the diploma was issued on a day on which the title named was not."""
        issued = self.question.issued
        return issued is not None and not in_force(self.title, issued)

    @cached_property
    def unsaid(self) -> bool:
        """Whether the title is one of a register, and nobody says whether it opens the profession asked."""
        return self.registered and self.opens_profession() is None

    @cached_property
    def read_by_machine(self) -> bool:
        """Whether nobody but a machine says that the title opens the profession asked."""
        said = {each for name in _OPENS for each in every(self.title, name)}
        return self.registered and self.profession in every(self.title, _BY_MACHINE) and self.profession not in said

    @property
    def untold(self) -> bool:
        """Whether a joint programme was named of which no source says what title its graduates hold."""
        return self.programme is not None and self.qualification is None

    def of_special_ground(self) -> bool:
        """Whether the applicant shows a certificate that belongs to no usual title."""
        return shows_special_ground(self.question, self.reference)

    def with_intent(self, intent: str) -> Case:
        """The same case, asked with another intent; what no intent changes is not worked out again."""
        other = object.__new__(Case)
        question = self.question.model_copy(update={"intent": intent})
        applicant = {**self.applicant, "intent": intent}
        other.__dict__.update(self.__dict__, question=question, applicant=applicant, facts={})
        other.__dict__.pop("unmet", None)
        return other

    @cached_property
    def unmet(self) -> dict[str, Unmet]:
        """By regime: the conditions of every route that this case does not meet, filled in as they are asked; one for
        all cases of the day that are alike in this."""
        on_the_day = self.reference.on(self.question.as_of)
        return on_the_day.unmet.setdefault((self.question.intent, self.title_out_of_its_time), {})

    @cached_property
    def applicant(self) -> dict[str, Any]:
        """What is known of the applicant wherever one asks."""
        return _of_applicant(self)

    @cached_property
    def known_anywhere(self) -> dict[str, frozenset[str]]:
        """What the graph knows of profession, home and title, wherever one asks."""
        return dict(_anywhere(self))

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """From where routes may start: what the applicant holds, and what anyone may do."""
        programme = (self.programme or {}).get("iri", ())
        held = (*filter(None, [self.qualification]), *self.home_nationals, *programme)
        return ANYONE, *held, *(iri for iri in self.known if iri.startswith(f"{ID}evidence/"))

    @cached_property
    def _forms(self) -> list[tuple[str, Thing]]:
        """The forms of the profession in every place, by IRI."""
        return [(iri, item) for iri, item in sorted(self.known.items()) if self.profession in every(item, "profession")]

    @cached_property
    def _nationals(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for iri, form in self._forms:
            for jurisdiction in form.get("inJurisdiction", ()):
                found.setdefault(jurisdiction, []).append(iri)
        return found

    def nationals(self, jurisdiction: str) -> list[str]:
        """The profession as the jurisdiction organises it: one form, or several that it tells apart."""
        return self._nationals.get(jurisdiction, [])

    def done_by(self, jurisdiction: str) -> list[str]:
        """The professions for which the jurisdiction keeps the work of the one asked, where it knows no such one."""
        return sorted({iri for place in self.nationals(jurisdiction) for iri in every(self.known[place], "doneBy")})

    def opens_profession(self) -> bool | None:
        """Whether the title opens the profession asked where it was issued, or trains for it; None where no title is
        known, or where it is one of a register that does not say which professions it opens."""
        if self.qualification is None:
            return None
        return self.profession in self.professions_of_title() or (None if self.registered else False)

    def professions_of_title(self) -> list[str]:
        """The professions that the title opens where it was issued, those for which it trains, and those that a machine
        found for a title of a register."""
        names = (*_OPENS, _BY_MACHINE) if self.registered else _OPENS
        return sorted({each for name in names for each in every(self.title, name)})

    @cached_property
    def home_nationals(self) -> list[str]:
        """The profession as the home state, or the part of it that issued the title, organises it."""
        if self.home is None:
            return []
        state = self.reference.state(self.home)
        return [
            iri
            for iri, form in self._forms
            if self.home in every(form, "inJurisdiction") or self._whole_state(form, state)
        ]

    def _whole_state(self, thing_: Thing, state: str) -> bool:
        home_is_part = self.home != state
        at_state = state in every(thing_, "inJurisdiction")
        return at_state if home_is_part else state in every(thing_, "state")


def shows_special_ground(question: Question, reference: Reference) -> bool:
    """Whether a certificate is held that hardly anybody has, so that the title is no usual one."""
    return not reference.certificates_of_special_grounds.isdisjoint(question.certificates or ())


def legs_between(case: Case, starts: Iterable[str], places: Iterable[str]) -> list[Leg]:
    """The routes from any of the starts to any of the places, in a fixed order; the same whatever the intent."""
    key = tuple(starts), tuple(places)
    found = case.between.get(key)
    if found is None:
        regimes, asked = case.reference.regimes, key[1]
        legs = case.routes.between(*key)
        found = case.between[key] = [leg for leg in legs if leg.regime in regimes and leg.place in asked]
    return found


@dataclass(frozen=True)
class Target:
    """A place asked for: a national profession, or a jurisdiction when only the level is asked."""

    place: str
    jurisdiction: str
    facts: Facts = field(compare=False)
    assessed: dict[str, Assessed] = field(default_factory=dict, compare=False)
    """By what is asked: verdicts that no intent changes, filled in as they are asked."""


def target_at(case: Case, place: str, jurisdiction: str) -> Target:
    """A place asked for, with what is known there."""
    return Target(place, jurisdiction, facts_of(case, place, jurisdiction), case.assessed.setdefault(place, {}))


class Known(NamedTuple):
    """What is known at a place whatever the intent."""

    graph: Mapping[str, frozenset[str]]
    states: Mapping[str, frozenset[str]]
    counted: Mapping[str, frozenset[str]]
    """The facts of the applicant whose value counts as another there, with both."""


def facts_of(case: Case, place: str, jurisdiction: str) -> Facts:
    """What is known of the applicant, and what the graph knows of home, host, profession and title."""
    found = case.facts.get(place)
    if found is None:
        graph, states, counted = _known(case, place, jurisdiction)
        applicant = {**case.applicant, **counted} if counted else case.applicant
        found = case.facts[place] = Facts(applicant, graph, case.question.as_of, states, counted.keys())
    return found


def _known(case: Case, place: str, jurisdiction: str) -> Known:
    found = case.graph.get(place)
    if found is None:
        host_state = case.reference.state(jurisdiction)
        graph = dict(_graph_facts(case, place, jurisdiction))
        counted = dict(_counted(case, host_state, case.applicant))
        found = case.graph[place] = Known(graph, dict(_states(case, host_state)), counted)
    return found


def _states(case: Case, host_state: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Which states conditions mean."""
    reference = case.reference
    host, union = frozenset({reference.code(host_state).upper()}), reference.states_of_the_union
    yield from (("host", host), ("eu", union), ("other", union - host))
    if case.home:
        yield "home", frozenset({reference.code(reference.state(case.home)).upper()})


def equated(case: Case, host_state: str, fact: str, value: str) -> list[Thing]:
    """What the law in force makes of a value of the applicant's fact in the host state."""
    return [
        row
        for row in case.reference.fact_values.get((fact, value), ())
        if host_state in row.get("host", (host_state,)) and in_force(row, case.question.as_of)
    ]


def _counted(case: Case, host_state: str, applicant: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """The facts whose value counts as another in the host state: then both are known."""
    for fact, value in applicant.items():
        if isinstance(value, str):
            rows = equated(case, host_state, fact, value)
            others = {name for row in rows for name in every(row, "countsAs")}
            if others:
                yield fact, frozenset({value, *others})


def _of_applicant(case: Case) -> dict[str, Any]:
    question = case.question
    title = case.title
    duration = one(title, "durationYears")
    level = question.level or local_name(one(title, "art11Level") or "") or None
    started = dict(_training_bounds(question, title))
    return {
        "intent": question.intent,
        "nationality": question.nationality,
        "certificates": question.certificates,
        "certificates.refused": _refused(case),
        "experience": question.experience,
        "training_years": question.training_years if question.training_years is not None else duration,
        "certified_training": case.qualification is not None and case.opens_profession() is not None,
        "title_described": _described(case),
        "special_ground": case.of_special_ground(),
        "level": level,
        "issued": question.issued,
        "issued.earliest": question.issued,
        "issued.latest": question.issued,
        "recognised_in": [code.upper() for code in question.recognised_in] or None,
        **started,
        **_issuer(case),
    }


def _refused(case: Case) -> frozenset[str]:
    """The certificates that are not to be had: those said to be, and with an explicit none all that are no routine."""
    none_held = case.question.certificates == []
    return frozenset(case.question.certificates_refused) | (
        case.reference.certificates_issued if none_held else frozenset()
    )


def _described(case: Case) -> str | None:
    """Whether the title is one of the tables; unknown while nothing is said of it."""
    if case.qualification is not None:
        return "false" if case.registered else "true"
    return "false" if case.question.issued_in else None


def _issuer(case: Case) -> dict[str, Any]:
    """The state that issued the title, and whether it lies outside the Union; nothing where no state issued it."""
    reference, question = case.reference, case.question
    if case.home and one(reference.things[case.home], "state") is None:
        return {}
    code = reference.code(reference.state(case.home)) if case.home else (question.issued_in or "")[:2]
    if not code:
        return {}
    outside = code.upper() not in reference.states_of_the_union
    return {"issued_in": code.upper(), "third_country_title": "true" if outside else "false"}


def _training_bounds(question: Question, title: Thing) -> Iterator[tuple[str, date]]:
    """Between which days the training must have begun: as stated, or while the title existed and before its issue."""
    if question.training_started:
        yield "training_ended.earliest", question.issued or question.training_started
        if question.issued:
            yield "training_ended.latest", question.issued
        yield "training_started.earliest", question.training_started
        yield "training_started.latest", question.training_started
        return
    begin = one(title, "validFrom")
    if begin:
        yield "training_started.earliest", earliest(begin)
    if question.issued:
        yield "training_ended.earliest", question.issued
        yield "training_ended.latest", question.issued
        years = question.training_years or 0
        yield "training_started.latest", question.issued - timedelta(days=int(years * DAYS_IN_A_YEAR))


def _graph_facts(case: Case, place: str, jurisdiction: str) -> Iterator[tuple[str, frozenset[str]]]:
    reference, host = case.reference, case.thing(place)
    state = reference.state(jurisdiction)
    yield from case.known_anywhere.items()
    yield from reference.once(("host", place), lambda: list(_of_host(reference, host, jurisdiction)))
    if case.home:
        yield "pair.same_state", _SAID[reference.state(case.home) == state]
    elif case.question.issued_in:
        yield "pair.same_state", _SAID[False]
    if case.qualification and not case.registered:
        yield "pair.speciality_listed", _SAID[_speciality_listed(case, case.title, state)]


def _of_host(reference: Reference, host: Thing, jurisdiction: str) -> Iterator[tuple[str, frozenset[str]]]:
    """What the graph knows of the profession in the host, whoever asks."""
    for name, prop in _HOST_FACTS:
        if prop in host:
            yield f"host.{name}", _locals(host, prop)
    yield "host.state", frozenset({slug(reference.state(jurisdiction))})
    yield "host.jurisdiction", frozenset({slug(jurisdiction)})
    yield "host.party", reference.parties(jurisdiction)


def _anywhere(case: Case) -> Iterator[tuple[str, frozenset[str]]]:
    """What the graph knows of profession, home and title, wherever one asks."""
    profession = case.profession_asked
    if case.profession:
        yield "profession.id", frozenset({slug(case.profession)})
    yield "profession.annex_v_point", frozenset(every(profession, "annexVPoint"))
    yield "profession.annex_iv_list", frozenset(every(profession, "annexIVList"))
    yield "profession.group", _locals(profession, "inGroup")
    yield "profession.european_professional_card", frozenset(every(profession, "europeanProfessionalCard"))
    if case.home:
        yield from _home_facts(case, case.home)
    elif case.question.issued_in:
        yield "home.state", frozenset({case.question.issued_in.lower()})
    if case.qualification and case.registered:
        if case.opens_profession():
            yield "pair.same_profession", _SAID[True]
            yield "pair.trained_for", _SAID[True]
    elif case.qualification:
        yield from _title_facts(case, case.title)


def _home_facts(case: Case, home: str) -> Iterator[tuple[str, frozenset[str]]]:
    reference = case.reference
    regulation = [case.known[iri] for iri in case.home_nationals]
    known = frozenset(local_name(value) for thing_ in regulation for value in every(thing_, "regulation"))
    if known:
        yield "home.regulation", known
    yield "home.state", frozenset({slug(reference.state(home))})
    yield "home.party", reference.parties(home)


def _title_facts(case: Case, title: Thing) -> Iterator[tuple[str, frozenset[str]]]:
    grants = every(title, "grantsAccessTo")
    yield "qualification.degree", _locals(title, "degree")
    if "art11Level" in title:
        yield "qualification.level", _locals(title, "art11Level")
    yield "qualification.equated_under", _locals(title, "equatedUnder")
    yield "qualification.listing", frozenset({_listing(case, title)})
    yield "qualification.listed", frozenset([*every(title, "listedAs"), *every(title, "perhapsListedAs")])
    yield "qualification.grants_access", _locals(title, "grantsAccessTo")
    yield "pair.same_profession", _SAID[case.profession in grants]
    yield "pair.trained_for", _SAID[case.opens_profession() is True]


def _listing(case: Case, title: Thing) -> str:
    """Whether the title stands in the list for the profession asked: yes, perhaps (its place was not read), no."""
    for answer, name in (("yes", "listedAs"), ("perhaps", "perhapsListedAs")):
        if any(case.profession in every(case.thing(iri), "profession") for iri in every(title, name)):
            return answer
    return "no"


def _speciality_listed(case: Case, title: Thing, state: str) -> bool:
    """Whether the list names the title's speciality for the state too; a title without one passes."""
    entries = [case.thing(iri) for name in ("listedAs", "perhapsListedAs") for iri in every(title, name)]
    return all(state in entry.get("specialityListedIn", (state,)) for entry in entries)


def _locals(thing_: Thing, name: str) -> frozenset[str]:
    return frozenset(local_name(value) for value in every(thing_, name))


def home_of(question: Question, reference: Reference, qualification: Thing | None) -> str | None:
    """The jurisdiction that issued the title; None where it is not said, or lies outside the graph."""
    if qualification is not None:
        return one(qualification, "issuedIn")
    return reference.jurisdictions.get((question.issued_in or "").upper())
