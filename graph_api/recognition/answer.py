"""A path answer in the reader's language: steps with law, authority, papers and sources; refusals with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from graph_api.competences.gaps import Gaps
from graph_api.recognition import answer_schema, procedures
from graph_api.recognition.candidates import Candidate, assessed_once, rests_on_title, unmet_of_all
from graph_api.recognition.case import ANYONE, Case, Target, equated
from graph_api.recognition.conditions import Assessed, Condition, assess
from graph_api.recognition.findings import Findings
from graph_api.recognition.law import slug, with_law
from graph_api.recognition.measures import doubts_of, measures_of
from graph_api.recognition.offices import Seeker
from graph_api.recognition.sentences import Where, said
from graph_api.recognition.steps import total
from graph_api.recognition.weakest import by_machine, unread, weakest
from graph_api.store.things import Thing, every, in_force, label, mark, one

_CHANGEABLE: Final = ("includes", "one_of", "stated")
"""Tests that another fact of the applicant can meet."""
_TERMS: Final[tuple[str, ...]] = ("acknowledgeWithin", "decideWithin", "extension")


Item = TypeVar("Item", answer_schema.Authority, answer_schema.Document)


class Ground(NamedTuple):
    """A thing on whose facts paths rest."""

    sources: Sequence[answer_schema.Source]
    unread: Sequence[answer_schema.UnreadFact]
    """What nobody read of it."""


class Doing(NamedTuple):
    """What is to be done for a step, and under which law; nothing of it depends on the title."""

    legal_basis: list[answer_schema.LegalBasis]
    of_host: Sequence[str]
    """The provisions of the host's own law."""
    limits: answer_schema.Deadlines
    listed: Sequence[Thing]
    """The steps of the procedure as the tables have them."""
    procedure: list[answer_schema.ProcedureStep]
    deciding: Sequence[answer_schema.Authority | None]
    missing: answer_schema.Missing | None
    offices: list[answer_schema.Office] | None
    documents: list[answer_schema.Document]
    application: answer_schema.Application | None


class Answer:
    """Writes an answer in the reader's language."""

    def __init__(self, files: procedures.FileReader, gaps: Gaps, findings: Findings, places: Iterable[str]) -> None:
        self._gaps, self._findings = gaps, findings
        case = self._case = findings.case
        self._targets = findings.targets
        self._lang, self._in_full = case.question.lang, case.question.explain == "full"
        self._reference = case.reference
        seeker = _seeker(case)
        self._file = procedures.CaseFile(files, case.reference, places, self._lang, seeker)
        self._verdicts: dict[str, tuple[str, ...]] = {}
        question, place = case.question, case.locality
        self._asked = (
            *(self._lang, question.intent, question.as_of, seeker.profession, seeker.home),
            *(tuple(place.hosts), tuple(place.within), place.nuts, one(place.place or {}, "iri")),
        )

    def write(self) -> answer_schema.FoundAnswer:
        """The answer as the contract describes it, without what other questions add to it."""
        ways = self._findings.open_ones
        paths = [self._path(number, found) for number, found in enumerate(ways, 1)]
        return {
            "question": self._question(),
            "as_of": self._case.question.as_of.isoformat(),
            "data_version": self._reference.version,
            "outcome": self._findings.outcome(ways, self._case.hosts),
            "paths": paths,
            "refused": list(self._refused(self._findings.candidates)),
            "advice": self._file.advice(filter(None, [*self._case.hosts, self._case.home])),
            "notices": list(self._notices()),
        }

    def best_of_each_host(self) -> Iterator[tuple[str, str, answer_schema.Path | None]]:
        """For each host: its code, what the answer for it alone comes to, and the first way there, if there is one."""
        for host in self._case.hosts:
            ways = [found for found in self._findings.open_ones if found.target.jurisdiction == host]
            first = self._path(1, ways[0]) if ways else None
            yield self._reference.code(host), self._findings.outcome(ways, [host]), first

    def _notices(self) -> Iterator[answer_schema.Notice]:
        reference, lang = self._reference, self._lang
        for host in self._case.hosts:
            for row in reference.notices(host, self._case.profession):
                yield {
                    "id": row["iri"][0],
                    "country": reference.code(host),
                    "sentence": label(row, lang)[0],
                    "url": one(row, "homepage"),
                    "legal_basis": [reference.basis(provision, lang) for provision in every(row, "provision")],
                    "verified": mark(row),
                }

    def _worth_naming(self, because: Sequence[Assessed]) -> bool:
        """Whether a refusal is written: in short those that a fact could open."""
        return self._in_full or all(map(_can_change, because))

    def _grounds(self, found: Candidate, of_host: Sequence[str]) -> Iterator[str]:
        """The things of home and host whose facts a path rests on, the host's own law among them; how another state
        carries out the directive is no ground."""
        yield from filter(None, (self._case.qualification, found.target.place))
        yield from every(self._case.programme or {}, "iri")
        yield from every(found.route, "viaEvidence")
        yield from of_host
        yield from (equal["id"] for item in found.conditions for equal in self._equal(item, found.target))
        yield from filter(None, [self._file.procedure(found.target.place)[0]])

    def _question(self) -> answer_schema.AskedJson:
        case = self._case
        found, place = case.locality, case.locality.place or {}
        return {
            **case.question.as_json(),
            "place": one(place, "placeName") or case.question.place,
            "place_iri": one(place, "iri"),
            "region": self._reference.code(found.within[0]) if found.within else None,
            "nuts3": found.nuts,
            "qualification_iri": case.qualification,
            "qualification_label": self._label(case.qualification),
            "profession_iri": case.profession,
            "profession_label": self._label(case.profession),
            "profession_matched": case.matched,
            "home": self._reference.code(case.home) if case.home else None,
            "hosts": [self._reference.code(host) for host in case.hosts],
            "places": [target.place for target in self._targets],
        }

    def _label(self, iri: str | None) -> str | None:
        if iri is None:
            return None
        return label(self._case.known.get(iri) or self._reference.thing(iri), self._lang)[0]

    def _path(self, number: int, found: Candidate) -> answer_schema.Path:
        steps = [self._step(step) for step in found.chain()]
        conditions = [condition for step in steps for condition in step["conditions"]]
        return {
            "rank": number,
            "status": cast("answer_schema.PathStatus", found.status),
            "outcome": self._reference.outcome(found.regime),
            "because": [condition["sentence"] for condition in conditions if condition["status"] == "met"],
            "open_if": [condition["sentence"] for condition in conditions if condition["status"] == "unknown"],
            "steps": steps,
            "total": total([part for step in steps for part in step["procedure"]]),
            "weakest": steps[0]["weakest"]
            if len(steps) == 1
            else weakest(fact for step in steps for fact in step["weakest"]["facts"]),
        }

    def _ground(self, iri: str, found: Candidate) -> Ground:
        """What there is to say of one thing on whose facts a path rests."""

        def made() -> Ground:
            thing = self._thing(iri, found)
            return Ground(
                list(procedures.sources_of(self._reference, iri, thing)),
                list(unread(self._reference, iri, thing, self._lang)),
            )

        return self._reference.once(("ground", iri, self._lang), made)

    def _unread(
        self, found: Candidate, grounds: Iterable[Ground], listed: Iterable[Thing]
    ) -> Iterator[answer_schema.UnreadFact]:
        """What nobody read of the facts on which a step rests, and of the steps of its procedure."""
        for ground in grounds:
            yield from ground.unread
        if self._case.read_by_machine and rests_on_title(self._case, found.route, found.regime):
            title = self._case.known[self._case.qualification or ""]
            yield by_machine(self._reference, title, self._lang)
        for step in listed:
            yield from unread(self._reference, step["iri"][0], step, self._lang, self._file.in_words(step))

    def _thing(self, iri: str, found: Candidate) -> Thing:
        _, procedure = self._file.procedure(found.target.place)
        return self._case.known.get(iri) or self._reference.things.get(iri) or procedure

    def _step(self, found: Candidate) -> answer_schema.Step:
        place = found.target.place
        free = self._reference.leads_to(found.regime, "freeOfRecognition")
        doing = self._doing(found, free)
        grounds = [self._ground(iri, found) for iri in dict.fromkeys(self._grounds(found, doing.of_host))]
        return {
            "from": self._from(found),
            "to": self._place(place, found.target.jurisdiction),
            "regime": procedures.regime_name(self._reference, found.regime, self._lang),
            "variant": one(found.route, "variant"),
            "legal_basis": doing.legal_basis,
            "national_law_read": bool(doing.of_host),
            "national_law_note": None if doing.of_host else self._not_read(found.regime),
            "conditions": [self._condition(item, found.target) for item in found.conditions],
            "compensation": procedures.measure(self._reference, measures_of(self._case, found), self._lang),
            "deadlines": doing.limits,
            "calendar": procedures.calendar(doing.limits, self._case.question.applied_on),
            "authority": doing.deciding[0] if doing.deciding and not free else None,
            "authorities": [] if free else _once(item for item in doing.deciding if item),
            "missing": doing.missing,
            "offices": doing.offices,
            "procedure": doing.procedure,
            "documents": doing.documents,
            "application": doing.application,
            "along_with": [
                procedures.regime_name(self._reference, iri, self._lang)
                for iri in every(self._reference.regimes[found.regime], "accompaniedBy")
                if self._governs(iri, found.target)
            ],
            "competences": self._competences(found) if free else None,
            "doubts": [self._doubt(iri) for iri in doubts_of(self._case, found)],
            "sources": [source for ground in grounds for source in ground.sources],
            "weakest": weakest(self._unread(found, grounds, doing.listed)),
            "route": self._route_iri(found),
        }

    def _doing(self, found: Candidate, free: bool) -> Doing:
        """What is to be done for a step, and under which law; the same for all who ask alike."""
        asked = self._reference.conditions_of_papers
        key = (
            *self._asked,
            found.target.place,
            found.target.jurisdiction,
            found.regime,
            tuple(every(found.route, "legalBasis")),
            one(found.route, "serviceDeclaration"),
            frozenset(item.condition.iri for item in found.conditions if item.condition.iri in asked),
            self._papers(found.target),
        )
        return self._reference.kept("doing", key, lambda: self._worked_out(found, free))

    def _papers(self, target: Target) -> tuple[str, ...]:
        """What the case says of the conditions on which papers hang, but for those of a step or a route."""
        if target.place not in self._verdicts:
            tests = self._reference.tests_of_papers
            self._verdicts[target.place] = tuple(assess(condition, target.facts).status for condition in tests)
        return self._verdicts[target.place]

    def _worked_out(self, found: Candidate, free: bool) -> Doing:
        regime = self._reference.regimes[found.regime]
        place = found.target.place
        limits = self._limits(found)
        way = self._way(found, regime, limits)
        listed = [] if free else self._file.steps(way)
        procedure = self._file.written(way, listed)
        provisions, of_host = self._provisions(found)
        return Doing(
            [self._reference.basis(provision, self._lang) for provision in provisions],
            of_host,
            limits,
            listed,
            procedure,
            [part["authority"] for part in procedure] if procedure else self._file.authorities(place),
            None if free else self._file.missing(way, procedure),
            None if free else self._file.offices(way, procedure),
            _once(item for part in procedure for item in part["documents"] if not item["of_earlier_step"]),
            self._file.application(place),
        )

    def _way(self, found: Candidate, regime: Thing, limits: answer_schema.Deadlines) -> procedures.Way:
        """The step as its procedure must know it."""
        return procedures.Way(
            found.target.place,
            found.target.jurisdiction,
            regime,
            self._case.question.intent,
            found.target.facts,
            frozenset(slug(item.condition.iri) for item in found.conditions),
            limits,
            self._declaration(found),
        )

    def _competences(self, found: Candidate) -> dict[str, Any] | None:
        """Employers ask for competences where no recognition is: what the title covers, and what closes the gap."""
        question, profession = self._case.question, self._case.profession
        if profession is None:
            return None
        place = found.target.jurisdiction
        return self._gaps.gap(self._case.qualification, profession, place, self._lang, question.as_of)

    def _limits(self, found: Candidate) -> answer_schema.Deadlines:
        """The deadlines of a recognition procedure: the profession's own, those of the host's law, the general ones.

        What asks for no recognition keeps the regime's own; where the host does not check before a service, nothing
        is decided.
        """
        regime, place = self._reference.regimes[found.regime], found.target.place
        if not self._reference.leads_to(found.regime, "decidedByAuthority"):
            declared = self._declaration(found)
            if declared and one(declared, "priorCheck") != "yes":
                return {**procedures.deadlines({}, declared, {}), "decide": None, "extension": None}
            return procedures.deadlines(regime, declared, {})
        procedure, law = self._file.procedure(place)[1], self._national_law(found)
        terms: Thing = {name: law[name] for name in _TERMS if name in law}
        return procedures.deadlines(regime, procedure, {**self._file.general(place), **terms})

    def _declaration(self, found: Candidate) -> Thing:
        """What the host asks before a service, where a row says it."""
        return self._reference.thing(one(found.route, "serviceDeclaration"))

    def _governs(self, regime: str, target: Target) -> bool:
        """Whether a right or procedure goes along with a step: none of its gates is closed there."""
        gates = self._reference.gates.get(regime, ())
        return all(assess(gate, target.facts).status != "unmet" for gate in gates)

    def _route_iri(self, found: Candidate) -> str | None:
        return one(found.route, "iri")

    def _from(self, found: Candidate) -> answer_schema.Place:
        start = one(found.route, "routeFrom")
        if start == ANYONE or start is None:
            start = self._case.qualification or (self._case.programme or {}).get("iri", [None])[0]
        home = self._case.home
        if found.before is not None:
            return self._place(found.before.target.place, found.before.target.jurisdiction)
        return {"id": start, "label": self._label(start), "country": self._reference.code(home) if home else None}

    def _place(self, place: str, jurisdiction: str) -> answer_schema.Place:
        return {"id": place, "label": self._label(place), "country": self._reference.code(jurisdiction)}

    def _provisions(self, found: Candidate) -> tuple[list[str], list[str]]:
        """The provisions of a step, those of the host's own law first; and those alone."""
        reference, place = self._reference, found.target.jurisdiction
        own = every(found.route, "legalBasis") or every(reference.regimes[found.regime], "legalBasis")
        law = self._national_law(found)
        national = [*every(law, "provision"), *every(law, "furtherProvision")]
        of_host = [*national, *(iri for iri in own if iri not in national and reference.of_host(iri, place))]
        return [*(of_host or self._acts(found)), *(iri for iri in own if iri not in of_host)], of_host

    def _acts(self, found: Candidate) -> Sequence[str]:
        """The acts by which the host regulates the profession on the day asked about, where a step rests on them and
        none of their provisions was read."""
        if self._reference.leads_to(found.regime, "freeOfRecognition"):
            return ()
        place = self._case.thing(found.target.place)
        first = every(place, "firstAct")
        acts = [*first, *(iri for iri in sorted(every(place, "regulatedBy")) if iri not in first)]
        return [iri for iri in acts if in_force(self._reference.thing(iri), self._case.question.as_of)]

    def _national_law(self, found: Candidate) -> Thing:
        profession = self._case.profession_asked
        return self._reference.national_law(found.target.jurisdiction, found.regime, profession)

    def _not_read(self, regime: str) -> str | None:
        """That the host's own law was not read, where an authority decides by it."""
        if not self._reference.leads_to(regime, "decidedByAuthority"):
            return None
        return said(self._reference, "national_law", Where(), {}, self._lang)

    def _condition(self, item: Assessed, target: Target) -> answer_schema.Condition:
        """A condition with its verdict; what nothing but the host and the day bear on is shared by all answers."""
        equal = self._equal(item, target)
        if equal or item.missing_years is not None:
            return self._written_condition(item, target, equal)
        condition, state = item.condition, self._reference.state(target.jurisdiction)
        asked = (condition.iri, condition.values, item.status, self._lang, state, self._case.question.as_of)
        return self._reference.kept("condition", asked, lambda: self._written_condition(item, target, equal))

    def _written_condition(
        self, item: Assessed, target: Target, equal: list[answer_schema.Parity]
    ) -> answer_schema.Condition:
        shown = self._told_of(item)
        if equal:
            wording = self._reference.wording(item.condition, self._lang)
            basis = [*wording.basis]
            basis += [found for one_ in equal for found in one_["legal_basis"] if found not in basis]
            reason = ": ".join([wording.label, *dict.fromkeys(one_["label"] or "" for one_ in equal)])
            shown["legal_basis"], shown["sentence"], shown["holds_by"] = (
                basis,
                with_law(reason, basis, self._lang),
                equal,
            )
        change = self._change(item, target)
        if change:
            shown["would_hold_with"] = change
        if item.missing_years is not None:
            shown["missing_years"] = item.missing_years
        return shown

    def _told_of(self, item: Assessed) -> answer_schema.Condition:
        """What is said of a condition with its verdict in every case."""
        condition, wording = item.condition, self._reference.wording(item.condition, self._lang)
        return {
            "id": slug(condition.iri),
            "iri": condition.iri,
            "label": wording.label,
            "sentence": wording.sentence,
            "fact": condition.fact or None,
            "test": condition.test,
            "legal_basis": wording.basis,
            "status": item.status,
        }

    def _reason(self, item: Assessed, target: Target) -> answer_schema.Condition:
        """A condition that closes a regime; where several places were asked, with the place."""
        shown = self._condition(item, target)
        if len(self._targets) == 1:
            return shown
        told = shown.copy()
        told["country"] = self._reference.code(target.jurisdiction)
        return told

    def _equal(self, item: Assessed, target: Target) -> list[answer_schema.Parity]:
        """What a condition holds by where the law puts the applicant's own value on a par with the one asked for."""
        fact, wanted = item.condition.fact, item.condition.values
        if item.status != "met" or fact not in target.facts.counted or self._given(fact) in wanted:
            return []
        return [
            {
                "id": row["iri"][0],
                "label": label(row, self._lang)[0],
                "legal_basis": [self._reference.basis(provision, self._lang) for provision in every(row, "provision")],
            }
            for row in self._rows(fact, self._given(fact), target)
            if wanted & set(every(row, "countsAs"))
        ]

    def _given(self, fact: str) -> str:
        """The applicant's own value of a fact."""
        return str(getattr(self._case.question, fact, None))

    def _rows(self, fact: str, value: str, target: Target) -> list[Thing]:
        return equated(self._case, self._reference.state(target.jurisdiction), fact, value)

    def _change(self, item: Assessed, target: Target) -> answer_schema.Change | None:
        """The smallest change of the applicant's facts by which the condition would hold; None where none could."""
        fact = item.condition.fact
        if not _can_change(item):
            return None
        if item.missing_years is not None:
            return {"fact": fact, "add_years": item.missing_years}
        return {"fact": fact, "one_of": self._enough(fact, every(item.condition.thing, "value"), target)}

    def _enough(self, fact: str, wanted: Sequence[str], target: Target) -> list[str]:
        """The values with which a condition would hold: those it names, and those that count as one of them there."""
        known = self._reference.values_of_fact.get(fact, [])
        counting = [
            value
            for value in known
            if any(set(wanted) & set(every(row, "countsAs")) for row in self._rows(fact, value, target))
        ]
        return list(dict.fromkeys([value for value in wanted if not known or value in known] + counting))

    def _doubt(self, iri: str) -> answer_schema.Named:
        return {"id": iri, "label": label(self._reference.thing(iri), self._lang)[0]}

    def _refused(self, candidates: Sequence[Candidate]) -> Iterator[answer_schema.Refusal]:
        """Every regime that is no path for a place, with what failed: a gate of the graph, or a condition of a route.

        Regimes of one family that fail for the same reasons are one entry, under the family's name. Only what is worth
        naming is put into words.
        """
        if self._case.untold:
            return  # what nobody says that it is held is refused nowhere
        for jurisdiction in dict.fromkeys(target.jurisdiction for target in self._targets):
            targets = [target for target in self._targets if target.jurisdiction == jurisdiction]
            mine: dict[str, list[Candidate]] = {}
            for found in candidates:
                if found.target.jurisdiction == jurisdiction:
                    mine.setdefault(found.regime, []).append(found)
            closed = set() if self._in_full else _closed_for_good(self._case, targets[0])
            closed -= mine.keys()
            families: dict[tuple[str, tuple[str, ...]], list[tuple[str, list[Assessed]]]] = {}
            for iri in self._reference.tried(self._case.question.as_of):
                reasons = [] if iri in closed else self._reasons(iri, targets[0], mine.get(iri, ()))
                if reasons:
                    words = [self._reference.wording(item.condition, self._lang).label for item in reasons]
                    families.setdefault((self._reference.families[iri], tuple(words)), []).append((iri, reasons))
            for (family, _), members in families.items():
                if self._worth_naming(members[0][1]):
                    yield self._refusal(family, members, targets[0])

    def _refusal(
        self, family: str, members: Sequence[tuple[str, list[Assessed]]], target: Target
    ) -> answer_schema.Refusal:
        because = [self._reason(item, target) for item in members[0][1]]
        iris_of_members = [iri for iri, _ in members]
        named = iris_of_members[0] if len(members) == 1 else family
        return {
            "regime": procedures.regime_name(self._reference, named, self._lang),
            "regimes": [one(self._reference.regimes[iri], "identifier") for iri in iris_of_members],
            "country": self._reference.code(target.jurisdiction),
            "because": because,
            "would_open": _changes(because),
        }

    def _reasons(self, regime: str, target: Target, routes: Sequence[Candidate]) -> list[Assessed]:
        """What closes a regime at a place; nothing where it is open, or was not tried."""
        if any(found.status for found in routes):
            return []
        if routes:
            best = routes[0] if len(routes) == 1 else min(routes, key=lambda found: _far(found.conditions))
            tried = not any(map(_not_tried, best.conditions))
            return _with_status(best.conditions, "unmet") if tried else []
        closed = [*unmet_of_all(self._case, regime).conditions]
        for gate in self._reference.gates.get(regime, ()):
            verdict = assessed_once(gate, target)
            if _not_tried(verdict):
                return []
            closed.append(verdict)
        return _with_status(closed, "unmet") or _with_status(closed, "unknown")


def _seeker(case: Case) -> Seeker:
    """For whom offices and contacts are looked up."""
    groups = frozenset(every(case.profession_asked, "inGroup"))
    home = case.reference.state(case.home) if case.home else None
    return Seeker(case.profession, groups, home, case.locality)


def _once(items: Iterable[Item]) -> list[Item]:
    """The things in order, each once."""
    return list({item["id"]: item for item in reversed(list(items))}.values())[::-1]


def _changes(because: Sequence[answer_schema.Condition]) -> list[answer_schema.Change] | None:
    """The changes that together would open a closed regime; None where something that failed cannot be changed."""
    changes = [reason.get("would_hold_with") for reason in because]
    return [change for change in changes if change] if all(changes) else None


def _can_change(item: Assessed) -> bool:
    """Whether the applicant's facts could still make a condition hold."""
    if item.status == "met" or item.condition.of_graph:
        return False
    if item.condition.test == "experience":
        return item.missing_years is not None
    return item.condition.test in _CHANGEABLE


def _closed_for_good(case: Case, target: Target) -> set[str]:
    """The regimes of which one of the gates that no fact of the applicant opens is closed at a place."""
    reference, there = case.reference, (target.place, case.profession)
    at_place = reference.kept("closed", there, lambda: _closed_by(reference.gates_of_place, target, set()))
    return _closed_by(reference.gates_of_graph, target, set(at_place))


def _closed_by(gates: Iterable[tuple[Condition, frozenset[str]]], target: Target, closed: set[str]) -> set[str]:
    """With the regimes that are closed already, those that one of the gates closes."""
    for gate, regimes in gates:
        if not regimes <= closed and assessed_once(gate, target).status == "unmet":
            closed |= regimes
    return closed


def _with_status(items: Iterable[Assessed], status: str) -> list[Assessed]:
    return [item for item in items if item.status == status]


def _far(items: Sequence[Assessed]) -> tuple[bool, int]:
    """How far a closed route is from the case: the law of another state or kind of title first of all."""
    return any(map(_not_tried, items)), sum(item.status == "unmet" for item in items)


def _not_tried(item: Assessed) -> bool:
    """Whether a regime is the law of another state, or for titles that the tables do not describe: no refusal then."""
    return item.status == "unmet" and item.condition.bearing.other_law
