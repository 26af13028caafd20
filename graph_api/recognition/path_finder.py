"""Candidate routes -> assessed, ranked, explained paths; and why the other regimes are closed.

Rules derived the routes when the graph was built; they know no applicant. Here the applicant's facts meet the
conditions. What is not known gives `open_if` or `unknown`, never a guess.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyoxigraph import NamedNode

from graph_api.competences.gaps import Gaps
from graph_api.competences.profiles import Descriptions
from graph_api.errors import BadRequest, GraphError, UnknownIdentifier
from graph_api.rdf.terms import ID, PAS, thing
from graph_api.recognition import procedures
from graph_api.recognition.alternatives import titles_instead
from graph_api.recognition.answer import Answer
from graph_api.recognition.candidates import ANYONE, Candidate, assessed_conditions, best_of_each_host, best_per_place
from graph_api.recognition.case import Case, Target, facts_of, home_of
from graph_api.recognition.law import Reference, read_reference, slug
from graph_api.recognition.places import Gazetteer
from graph_api.recognition.question import Question
from graph_api.recognition.routes import RouteReader
from graph_api.store.graph_store import GraphStore
from graph_api.store.per_version import Current, PerVersion
from graph_api.store.queries import iris, select
from graph_api.store.things import Thing, one, read_things


class PathFinder:
    """Answers path questions from one store."""

    def __init__(self, store: GraphStore, descriptions: Descriptions | None = None) -> None:
        self._store = store
        self._references: Current[Reference] = Current(store, lambda: read_reference(store))
        self._routes = RouteReader(store)
        self._professions: PerVersion[str, dict[str, Thing]] = PerVersion(
            store, lambda profession: read_things(store, "path_profession", profession=iris([profession]))
        )
        self._files = procedures.FileReader(store)
        self._gazetteer = Gazetteer(store)
        self._gaps = Gaps(descriptions or Descriptions(store))

    def read_ahead(self) -> None:
        """Read what every answer needs, so that the first one need not wait for it; whoever asks sooner still may."""
        try:
            self._references.get()
            self._routes.of(None)
            self._gaps.read_ahead()
        except GraphError:
            return  # there is no graph yet, or the store does not answer: the first question will say so

    def find(self, question: Question) -> dict[str, Any]:
        """The answer, as `GET /api/v1/paths` gives it.

        `instead` offers other titles when the diploma was issued outside the interval of the title asked; `firm` is
        the answer for running a firm of one's own where that falls under another profession.

        Raises UnknownIdentifier for a qualification or profession that is not in the graph, BadRequest for a country
        or certificate that is not.
        """
        case = self._case(question)
        return {**self._answer(case), "instead": titles_instead(self._store, case), "firm": self._firm(case)}

    def _answer(self, case: Case) -> dict[str, Any]:
        targets = list(self._targets(case))
        candidates = list(self._candidates(case, targets))
        candidates += self._longer(case, targets)
        open_ones = best_of_each_host(case, (found for found in candidates if found.status))
        places = {step.target.place for found in open_ones for step in found.chain()} | {aim.place for aim in targets}
        return Answer(self._files, self._gaps, case, targets, places).write(open_ones, candidates)

    def _firm(self, case: Case) -> dict[str, Any] | None:
        """Work in industry may be free while a firm of one's own falls under a craft: the answer for that craft.

        None where the question is not about establishment, or no craft is known for such a firm.
        """
        craft = one(case.known.get(case.profession or "", {}), "firmProfession")
        if craft is None or case.question.intent != "establishment":
            return None
        answer = self._answer(self._case(case.question.model_copy(update={"profession": slug(craft)})))
        asked = answer["question"]
        named = {"id": craft, "slug": slug(craft), "label": asked["profession_label"]}
        return {"profession": named, **{key: answer[key] for key in ("outcome", "paths", "refused")}}

    def _case(self, question: Question) -> Case:
        reference = self._references.get()
        _known_certificates(question, reference)
        qualification = str(thing("qualification", question.qualification).value) if question.qualification else None
        profession = str(thing("profession", question.profession).value) if question.profession else None
        known = dict(self._professions.get(profession)) if profession else {}
        if qualification:
            known |= read_things(self._store, "path_title", qualification=iris([qualification]))
        for iri in filter(None, (qualification, profession)):
            if iri not in known or "prefLabel" not in known[iri]:
                raise self._unknown(iri)
        locality = self._gazetteer.locate(reference, question.country, question.place)
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
        )

    def _unknown(self, iri: str) -> UnknownIdentifier:
        kind, _, wanted = iri[len(ID) :].partition("/")
        slugs = [slug(row["thing"]) for row in select(self._store, "slugs", kind=[_class_of(kind)])]
        return UnknownIdentifier(kind, wanted, difflib.get_close_matches(wanted, slugs, n=3, cutoff=0.5))

    def _targets(self, case: Case) -> Iterator[Target]:
        for host in case.hosts:
            if case.profession is not None:
                place = case.national(host)
                if place is not None:
                    yield Target(place, host, facts_of(case, place, host))
            if case.question.intent in ("level", "employment"):
                yield Target(host, host, facts_of(case, host, host))

    def _candidates(self, case: Case, targets: Sequence[Target]) -> Iterator[Candidate]:
        """The whole frontier at once: what the applicant holds, and what anyone may do."""
        frontier = [ANYONE, *filter(None, [case.qualification]), *case.home_nationals()]
        evidence = [iri for iri in case.known if iri.startswith(f"{ID}evidence/")]
        aims = {target.place: target for target in targets}
        for route in case.routes.between([*frontier, *evidence], aims):
            regime, place = one(route, "underRegime"), one(route, "routeTo")
            if regime in case.reference.regimes and place in aims:
                target = aims[place]
                yield Candidate(route, regime, target, list(assessed_conditions(case, route, regime, target)))

    def _longer(self, case: Case, targets: Sequence[Target]) -> list[Candidate]:
        """Paths of several steps: breadth first over the states that could recognise the title on the way.

        Only regimes that build on a recognition elsewhere (`pas:continues`) carry a path on; no state is entered twice.
        """
        bridges = {iri for iri, regime in case.reference.regimes.items() if one(regime, "continues") == "true"}
        aims = {target.place: target for target in targets}
        on_the_way = {place: host for place, host in self._on_the_way(case) if place not in aims}
        if not bridges or not on_the_way or case.question.max_hops < 2:
            return []
        if not any(leg.status for leg in self._legs(case, dict.fromkeys(on_the_way), bridges, aims)):
            return []  # the applicant's facts close every last leg, so nothing before it can help
        between = {place: Target(place, host, facts_of(case, place, host)) for place, host in on_the_way.items()}
        reached = [found for found in self._candidates(case, list(between.values())) if found.status]
        best = best_per_place(case, reached)
        found: list[Candidate] = []
        for _ in range(case.question.max_hops - 1):
            onward = self._onward(case, best, bridges, {**between, **aims})
            found += [step for step in onward if step.target.place in aims]
            best = best_per_place(case, [step for step in onward if step.target.place in between and step.status])
            if not best:
                break
        return found

    def _on_the_way(self, case: Case) -> Iterator[tuple[str, str]]:
        """The profession in every state of the graph but the title's own, with the jurisdiction that decides there."""
        home = case.home_nationals()
        for jurisdiction in case.reference.deciding:
            place = case.national(jurisdiction)
            if place is not None and place not in home:
                yield place, jurisdiction

    def _onward(
        self, case: Case, reached: Mapping[str, Candidate], bridges: set[str], places: Mapping[str, Target]
    ) -> list[Candidate]:
        """Where a recognition in each place leads on to, without going round in a circle."""
        legs = self._legs(case, reached, bridges, places)
        return [leg for leg in legs if leg.before and not _been_there(leg.before, leg.regime, leg.target.place)]

    def _legs(
        self, case: Case, reached: Mapping[str, Candidate | None], bridges: set[str], places: Mapping[str, Target]
    ) -> list[Candidate]:
        """The routes from there that build on a recognition elsewhere."""
        legs = []
        for route in case.routes.between(reached, places):
            start, regime, place = (one(route, name) or "" for name in ("routeFrom", "underRegime", "routeTo"))
            if regime in bridges and start in reached:
                target = places[place]
                conditions = list(assessed_conditions(case, route, regime, target))
                legs.append(Candidate(route, regime, target, conditions, reached[start]))
        return legs


def _been_there(before: Candidate, regime: str, place: str) -> bool:
    """Whether the path has entered the place already, or built on the same regime: it would go round in a circle."""
    return any(place == step.target.place or regime == step.regime for step in before.chain())


def _class_of(kind: str) -> NamedNode:
    return NamedNode(PAS + "".join(part.capitalize() for part in kind.split("-")))


def _known_certificates(question: Question, reference: Reference) -> None:
    for certificate in question.certificates:
        if certificate not in reference.certificates:
            known = ", ".join(sorted(reference.certificates))
            raise BadRequest("certificates", f"'{certificate}' is no certificate of this graph; write one of {known}")
