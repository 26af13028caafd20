"""Candidate routes -> assessed, ranked, explained paths; and why the other regimes are closed.

Rules derived the routes when the graph was built; they know no applicant. Here the applicant's facts meet the
conditions. What is not known gives `open_if` or `unknown`, never a guess.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Final, NamedTuple

from pyoxigraph import NamedNode
from rapidfuzz import fuzz, process

from graph_api.competences.gaps import Gaps
from graph_api.competences.profiles import Descriptions
from graph_api.errors import BadRequest, GraphError, UnknownIdentifier
from graph_api.rdf.terms import ID, PAS, thing
from graph_api.recognition import procedures
from graph_api.recognition.alternatives import titles_instead
from graph_api.recognition.answer import Answer
from graph_api.recognition.answer_schema import (
    Alternative,
    AlternativeWhy,
    Assumption,
    Firm,
    FoundAnswer,
    NamedTitle,
    Path,
    Profession,
    ProfessionMatched,
    WholeAnswer,
)
from graph_api.recognition.candidates import Candidate, best_of_each_walk, candidate, order, settled
from graph_api.recognition.case import Case, Target, home_of, legs_between, shows_special_ground, target_at
from graph_api.recognition.findings import Findings
from graph_api.recognition.law import Reference, read_reference, slug
from graph_api.recognition.places import Gazetteer, Locality
from graph_api.recognition.programmes import Programmes
from graph_api.recognition.question import Question
from graph_api.recognition.routes import Leg, RouteReader
from graph_api.recognition.sentences import Where, said
from graph_api.recognition.usual import UsualTitles
from graph_api.recognition.verdicts import Verdicts, VerdictWords
from graph_api.search.codes import ProfessionCodes
from graph_api.store.graph_store import GraphStore
from graph_api.store.lookups import lookups_of, things_for
from graph_api.store.per_version import Current, PerVersion
from graph_api.store.queries import iris, select
from graph_api.store.things import Thing, in_force, label, one

_LIKELY: Final = 50
"""How many identifiers are looked at closely, of the thousands that there can be."""

_LOOKUPS_OF: Final = {"profession": "path_profession", "qualification": "path_title"}
"""By kind: the lookup that has an answer for each thing of it."""


class Held(NamedTuple):
    """What the graduate of a joint programme holds: one of its titles, or none that a source names."""

    programme: Thing | None
    title: str | None


NOTHING: Final = Held(None, None)


class PathFinder:
    """Answers path questions from one store."""

    def __init__(self, store: GraphStore, descriptions: Descriptions | None = None) -> None:
        self._store = store
        self._references: Current[Reference] = Current(store, lambda: read_reference(store))
        self._routes = RouteReader(store)
        self._professions: PerVersion[str, dict[str, Thing]] = PerVersion(
            store, lambda each: things_for(store, "path_profession", each, profession=iris([each]))
        )
        self._titles: PerVersion[str, dict[str, Thing]] = PerVersion(
            store, lambda title: things_for(store, "path_title", title, qualification=iris([title]))
        )
        self._slugs: PerVersion[str, list[str]] = PerVersion(store, self._read_slugs)
        self._usual = UsualTitles(store)
        self._files = procedures.FileReader(store)
        self._gaps = Gaps(descriptions or Descriptions(store))
        self._gazetteer = Gazetteer(store)
        self._codes = ProfessionCodes(store)
        self._programmes = Programmes(store, self._files)

    def read_ahead(self) -> None:
        """Read what every answer needs, so that the first one need not wait for it; whoever asks sooner still may."""
        try:
            reference = self._references.get()
            reference.make_ready()
            self._routes.of(None)
            self._gaps.read_ahead(reference.deciding)
        except GraphError:
            return  # there is no graph yet, or the store does not answer: the first question will say so

    def find(self, question: Question) -> WholeAnswer:
        """The answer, as `GET /api/v1/paths` gives it.

        `instead` offers other titles when the diploma was issued outside the interval of the title asked; `firm` is
        the answer for running a firm of one's own where that falls under another profession.

        Raises UnknownIdentifier for a qualification or profession that is not in the graph, BadRequest for a country
        or certificate that is not.
        """
        found = self._best(self._cases(question))
        case = found.case
        firm = self._firm_case(case)
        verdicts = Verdicts(found, self._ask(found), self._ask_firm(firm), self._words(case))
        return {
            **self._written(found),
            "verdicts": verdicts.write(),
            "assumed": self._assumption(case),
            "joint_programme": self._programmes.written(case, self._awarded(case.programme)),
            "alternatives": self._alternatives(case),
            "instead": titles_instead(self._store, case),
            "firm": self._firm(case, firm),
        }

    def reference(self) -> Reference:
        """The law as structured facts, as every answer is made with."""
        return self._references.get()

    def everywhere(self, question: Question) -> Case:
        """The case of a question in all jurisdictions that decide, whatever country it names."""
        return self._case(question, self._references.get().deciding)

    def first_ways(self, case: Case) -> list[tuple[str, str, Path | None]]:
        """For each host of the case: its code, what the answer comes to, and the first way there."""
        return list(self._answer(self._findings(case)).best_of_each_host())

    def findings(self, case: Case) -> Findings:
        """What is found for a case, before anything is written."""
        return self._findings(case)

    def _cases(self, question: Question) -> list[Case]:
        """The case of a question; of a joint programme one for each title that its graduates hold, those that open the
        profession before others, or one without a title where no source says which."""
        programme = self._programmes.named(question.qualification)
        if programme is None:
            return [self._case(question)]
        titles = self._awarded(programme)
        here = {iri: title for iri, title in titles.items() if self._issued_there(title, question)} or titles
        day = question.issued or question.as_of
        of_that_day = sorted(here, key=lambda iri: not in_force(here[iri], day))
        cases = [self._case(question, held=Held(programme, iri)) for iri in of_that_day]
        opening = [case for case in cases if case.opens_profession()]
        return opening or cases or [self._case(question, held=Held(programme, None))]

    def _issued_there(self, title: Thing, question: Question) -> bool:
        place = self._references.get().jurisdictions.get((question.issued_in or "").upper())
        return place in (None, one(title, "issuedIn"), one(title, "state"))

    def _awarded(self, programme: Thing | None) -> dict[str, Thing]:
        """The titles that a joint programme awards, by IRI."""
        return {iri: self._titles.get(iri).get(iri, {}) for iri in (programme or {}).get("awards", ())}

    def _best(self, cases: Sequence[Case]) -> Findings:
        """What is found for the case whose best way comes first in the order of the law."""
        found = [self._findings(case) for case in cases]
        with_way = [item for item in found if item.open_ones]
        return min(with_way, key=lambda item: order(item.case, item.open_ones[0]), default=found[0])

    def _findings(self, case: Case) -> Findings:
        targets = list(self._targets(case))
        candidates = settled(case, list(self._candidates(case, targets)))
        candidates += self._longer(case, targets)
        return Findings(case, targets, candidates)

    def _written(self, found: Findings) -> FoundAnswer:
        return self._answer(found).write()

    def _answer(self, found: Findings) -> Answer:
        steps = (step for way in found.open_ones for step in way.chain())
        places = {step.target.place for step in steps} | {aim.place for aim in found.targets}
        return Answer(self._files, self._gaps, found, places)

    def _ask(self, found: Findings) -> Callable[[str], Findings]:
        """What is found for the same case with another intent, each worked out once."""
        kept: dict[str, Findings] = {found.case.question.intent: found}

        def ask(intent: str) -> Findings:
            if intent not in kept:
                kept[intent] = self._findings(found.case.with_intent(intent))
            return kept[intent]

        return ask

    def _ask_firm(self, firm: Case | None) -> Callable[[str], Findings] | None:
        return None if firm is None else lambda intent: self._findings(firm.with_intent(intent))

    def _words(self, case: Case) -> VerdictWords:
        return VerdictWords(case, self._files, self._usual, self._professions.get, self._programmes)

    def _assumption(self, case: Case) -> Assumption | None:
        """Which title was assumed where none was named, and the sentence that says so."""
        if not case.assumed or case.qualification is None:
            return None
        lang = case.question.lang
        title = label(case.known[case.qualification], lang)[0]
        issued = case.question.issued
        words = {"title": title, "of_that_day": issued.isoformat() if issued else None}
        named: NamedTitle = {"id": case.qualification, "slug": slug(case.qualification), "label": title}
        return {"qualification": named, "sentence": said(case.reference, "assumed", Where(), words, lang)}

    def _alternatives(self, case: Case) -> list[Alternative]:
        """What to ask for in place of the profession asked: the professions for which a host keeps its work; for a
        title of another profession those that it opens; each with the hosts that know them."""
        doing: dict[str, AlternativeWhy] = {iri: "does_the_work" for host in case.hosts for iri in case.done_by(host)}
        elsewhere = case.opens_profession() is False
        opened: dict[str, AlternativeWhy] = {iri: "opened_by_title" for iri in case.professions_of_title() if elsewhere}
        return [self._alternative(case, profession, why) for profession, why in (opened | doing).items()]

    def _alternative(self, case: Case, profession: str, why: AlternativeWhy) -> Alternative:
        known = self._professions.get(profession)
        forms = [form for _, form in sorted(known.items()) if profession in form.get("profession", ())]
        hosts = [host for host in case.hosts if any(host in form.get("inJurisdiction", ()) for form in forms)]
        text = label(known.get(profession, {}), case.question.lang)[0]
        codes = [case.reference.code(host) for host in hosts]
        return {"id": profession, "slug": slug(profession), "label": text, "hosts": codes, "why": why}

    def _firm_case(self, case: Case) -> Case | None:
        """The case of the craft under which a firm of one's own falls; None where no craft is known for such a firm."""
        craft = one(case.profession_asked, "firmProfession")
        if craft is None:
            return None
        held = NOTHING if case.programme is None else Held(case.programme, case.qualification)
        return self._case(case.question.model_copy(update={"profession": slug(craft)}), held=held)

    def _firm(self, case: Case, firm: Case | None) -> Firm | None:
        """Work in industry may be free while a firm of one's own falls under a craft: the answer for that craft.

        None where the question is not about establishment, or no craft is known for such a firm.
        """
        if firm is None or case.question.intent != "establishment":
            return None
        answer = self._written(self._findings(firm))
        asked = answer["question"]
        craft = firm.profession or ""
        named: Profession = {"id": craft, "slug": slug(craft), "label": asked["profession_label"]}
        return {
            "profession": named,
            "outcome": answer["outcome"],
            "paths": answer["paths"],
            "refused": answer["refused"],
        }

    def _case(self, question: Question, hosts: Sequence[str] | None = None, held: Held = NOTHING) -> Case:
        reference = self._references.get()
        _known_certificates(question, reference)
        matched = self._matched(question)
        if matched is not None:
            question = question.model_copy(update={"profession": slug(matched["id"])})
        profession = str(thing("profession", question.profession).value) if question.profession else None
        known = dict(self._professions.get(profession)) if profession else {}
        named = held.title or self._named(question, held)
        assumed = None if named or held.programme else self._usual_title(question, reference, profession, known)
        qualification = named or assumed
        if qualification:
            known |= self._titles.get(qualification)
        for iri in filter(None, (qualification, profession)):
            if iri not in known or "prefLabel" not in known[iri]:
                raise self._unknown(iri)
        if held.programme:
            known |= {held.programme["iri"][0]: held.programme}
        if hosts is None:
            locality = self._gazetteer.locate(reference, question.country, question.place)
        else:
            locality = Locality(hosts)
        return Case(
            question,
            reference,
            qualification,
            profession,
            home_of(question, reference, known.get(qualification or "")),
            locality.hosts,
            known,
            self._routes.of(qualification),
            locality,
            assumed=assumed is not None,
            programme=held.programme,
            matched=matched,
        )

    @staticmethod
    def _named(question: Question, held: Held) -> str | None:
        """The title that the question names; none where what it names is a joint programme."""
        if question.qualification is None or held.programme is not None:
            return None
        return str(thing("qualification", question.qualification).value)

    def _matched(self, question: Question) -> ProfessionMatched | None:
        """The profession that a code of another classification stands for, and how; None where it is no such code.

        Raises UnknownIdentifier, with those that may be meant, where several are equally close.
        """
        if question.profession is None:
            return None
        own = str(thing("profession", question.profession).value)
        if "prefLabel" in self._professions.get(own).get(own, {}):
            return None
        found = self._codes.of(question.profession)
        if not found:
            return None
        chosen = self._codes.chosen(question.profession)
        if chosen is None:
            raise UnknownIdentifier("profession", question.profession, [slug(match.profession) for match in found[:5]])
        return {
            "from": question.profession,
            "concept": chosen.concept,
            "predicate": chosen.predicate,
            "id": chosen.profession,
        }

    def _usual_title(
        self, question: Question, reference: Reference, profession: str | None, known: Mapping[str, Thing]
    ) -> str | None:
        """The title to assume where only its state is said; none where the applicant describes one of another kind."""
        place = reference.jurisdictions.get((question.issued_in or "").upper())
        described = question.level is not None or question.training_years is not None
        described = described or shows_special_ground(question, reference)
        if place is None or profession is None or described:
            return None
        forms = [form for form in known.values() if place in form.get("inJurisdiction", ())]
        day = question.issued or question.as_of
        title = self._usual.of(profession, place, day, reference, next(iter(forms), {}))
        return title["iri"][0] if title else None

    def _unknown(self, iri: str) -> UnknownIdentifier:
        kind, _, wanted = iri[len(ID) :].partition("/")
        known = process.extract(wanted, self._slugs.get(kind), scorer=fuzz.ratio, limit=_LIKELY)
        likely = [name for name, *_ in known]
        return UnknownIdentifier(kind, wanted, difflib.get_close_matches(wanted, likely, n=3, cutoff=0.5))

    def _read_slugs(self, kind: str) -> list[str]:
        kept = lookups_of(self._store)
        found = kept.keys(_LOOKUPS_OF[kind]) if kept else None
        if found is None:
            found = [row["thing"] for row in select(self._store, "slugs", kind=[class_of(kind)])]
        return list(map(slug, found))

    def _targets(self, case: Case) -> Iterator[Target]:
        for host in case.hosts:
            for place in case.nationals(host):
                yield target_at(case, place, host)
            if case.question.intent in ("level", "employment"):
                yield target_at(case, host, host)

    def _candidates(self, case: Case, targets: Sequence[Target]) -> Iterator[Candidate]:
        """The whole frontier at once: what the applicant holds, and what anyone may do."""
        aims = {target.place: target for target in targets}
        for leg in legs_between(case, case.starts, aims):
            yield candidate(case, leg, aims[leg.place])

    def _longer(self, case: Case, targets: Sequence[Target]) -> list[Candidate]:
        """Paths of several steps: breadth first over the states that could recognise the title on the way.

        Only regimes that build on a recognition elsewhere (`pas:continues`) carry a path on; no state is entered twice.
        """
        bridges = case.reference.bridges
        aims = {target.place: target for target in targets}
        on_the_way = {place: host for place, host in self._on_the_way(case) if place not in aims}
        if not bridges or not on_the_way or case.question.max_hops < 2:
            return []
        last = [leg for leg in legs_between(case, on_the_way, aims) if leg.regime in bridges]
        if not any(candidate(case, leg, aims[leg.place]).status for leg in last):
            return []  # the applicant's facts close every last leg, so nothing before it can help
        between = {place: target_at(case, place, host) for place, host in on_the_way.items()}
        reached = [found for found in self._candidates(case, list(between.values())) if found.status]
        best = best_of_each_walk(case, reached)
        found: list[Candidate] = []
        for _ in range(case.question.max_hops - 1):
            onward = list(self._onward(case, best, bridges, {**between, **aims}))
            found += [step for step in onward if step.target.place in aims]
            best = best_of_each_walk(case, [step for step in onward if step.target.place in between and step.status])
            if not best:
                break
        return found

    def _on_the_way(self, case: Case) -> Iterator[tuple[str, str]]:
        """The profession in every state of the graph but the title's own, with the jurisdiction that decides there."""
        home = case.home_nationals
        for jurisdiction in case.reference.deciding:
            for place in case.nationals(jurisdiction):
                if place not in home:
                    yield place, jurisdiction

    @staticmethod
    def _onward(
        case: Case, reached: Mapping[str, Sequence[Candidate]], bridges: Set[str], places: Mapping[str, Target]
    ) -> Iterator[Candidate]:
        """Where a recognition in each place leads on to, without going round in a circle."""
        for start, befores in reached.items():
            for leg in legs_between(case, [start], places):
                if leg.regime in bridges:
                    last = candidate(case, leg, places[leg.place])
                    yield from (last.after(before) for before in befores if not _been_there(before, leg))


def _been_there(before: Candidate, leg: Leg) -> bool:
    """Whether the path has entered the place already, or built on the same regime: it would go round in a circle."""
    return any(leg.place == step.target.place or leg.regime == step.regime for step in before.chain())


def class_of(kind: str) -> NamedNode:
    """The class of our things of a kind."""
    return NamedNode(PAS + "".join(part.capitalize() for part in kind.split("-")))


def _known_certificates(question: Question, reference: Reference) -> None:
    for parameter in ("certificates", "certificates_refused"):
        for certificate in getattr(question, parameter) or ():
            if certificate not in reference.certificates:
                known = ", ".join(sorted(reference.certificates))
                raise BadRequest(parameter, f"'{certificate}' is no certificate of this graph; write one of {known}")
