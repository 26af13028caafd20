"""Every title, every profession, every host: what the answers come to, and which break what the law demands.

No texts are written: the sweep looks at the ways that were found. Each demand has its article beside it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from graph_api.rdf.terms import local_name
from graph_api.recognition.candidates import Candidate
from graph_api.recognition.case import Case, facts_of
from graph_api.recognition.findings import Findings, regulation
from graph_api.recognition.law import slug
from graph_api.recognition.path_finder import PathFinder, class_of
from graph_api.recognition.question import Question
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import select
from graph_api.store.things import LANGUAGES, one

_USUAL: Final = {"nationality": "EU"}
_MORE_FACTS: Final[Sequence[Mapping[str, Any]]] = ({"certificates": []}, {"experience": []})
_IN_LANGUAGES: Final = 1000
"""One in so many questions is written in every language."""


class SweptQuestion(NamedTuple):
    """One question of the sweep with what was found for it at one host."""

    found: Findings
    host: str

    @property
    def case(self) -> Case:
        return self.found.case

    @property
    def ways(self) -> list[Candidate]:
        """The open ways at the host, the best first."""
        return [way for way in self.found.open_ones if way.target.jurisdiction == self.host]

    @property
    def outcome(self) -> str:
        return self.found.outcome(self.ways, [self.host])

    @property
    def headline(self) -> Candidate | None:
        """The way on which the answer rests."""
        return self.ways[0] if self.ways and self.ways[0].bears(self.case) else None


@dataclass
class Report:
    """What a sweep found."""

    questions: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)


Demand = Callable[[SweptQuestion], bool]


def opens_only_its_own_profession(asked: SweptQuestion) -> bool:
    """A title opens no profession that it does not open at home or train for; experience may (Art. 4(2), 13, 17)."""
    best = asked.headline
    if best is None or asked.case.opens_profession() is not False:
        return True
    return not asked.case.reference.leads_to(best.regime, "recognisesTitle")


def own_title_is_enough(asked: SweptQuestion) -> bool:
    """Whoever holds the very title that the host issues for the profession needs no recognition (Art. 1, 2(1))."""
    case = asked.case
    title = case.known.get(case.qualification or "", {})
    if one(title, "issuedIn") != asked.host or case.profession not in title.get("grantsAccessTo", ()):
        return True
    if not regulation(case, asked.host) or not _high_enough(case, asked.host):
        return True
    best = asked.headline
    return best is not None and not case.reference.leads_to(best.regime, "decidedByAuthority")


def _high_enough(case: Case, host: str) -> bool:
    """Whether the title has the level that the host asks of its own: a journeyman's opens no firm of a master."""
    held = local_name(one(case.known[case.qualification or ""], "art11Level") or "")
    needed = [one(case.known[place], "requiredLevel") for place in case.nationals(host)]
    return all(level is None or held >= local_name(level) for level in needed)


def free_work_is_free(asked: SweptQuestion) -> bool:
    """Where the host does not regulate the profession, the answer is that the work is free (Art. 3(1)(a))."""
    how = set(map(local_name, regulation(asked.case, asked.host)))
    best = asked.headline
    return how != {"NotRegulated"} or (
        best is not None and asked.case.reference.leads_to(best.regime, "freeOfRecognition")
    )


def rests_on_no_rare_paper(asked: SweptQuestion) -> bool:
    """No headline rests on a certificate or ground that hardly anybody has and nobody named (Art. 10, 23, 47, 49)."""
    best = asked.headline
    return best is None or not best.improbable


DEMANDS: Final[Sequence[Demand]] = (
    opens_only_its_own_profession,
    own_title_is_enough,
    free_work_is_free,
    rests_on_no_rare_paper,
)


@dataclass
class Seen:
    """What was found for a profession with a title that the law treats like others: outcomes and breaches by host."""

    outcomes: list[str] = field(default_factory=list)
    breaches: list[tuple[str, str]] = field(default_factory=list)
    """Name of the demand, and host."""


class Sweep:
    """Asks every question of one store."""

    def __init__(self, store: GraphStore, finder: PathFinder) -> None:
        self._store, self._finder = store, finder
        self._seen: dict[Hashable, Seen] = {}
        self._tested: dict[str, frozenset[str]] = {}

    def run(self, sample: int | None = None) -> Report:
        """Every title and profession at every host that decides; or so many titles and professions of them, always
        the same for the same tables."""
        report = Report()
        for title, profession in self._pairs(sample):
            self._ask(report, title, profession, sample)
        return report

    def _pairs(self, sample: int | None) -> list[tuple[str, str]]:
        titles, professions = (self._slugs(kind) for kind in ("qualification", "profession"))
        pairs = [(title, profession) for title in titles for profession in professions]
        return pairs if sample is None else sorted(pairs, key=_shuffled)[:sample]

    def _slugs(self, kind: str) -> list[str]:
        return sorted(slug(row["thing"]) for row in select(self._store, "slugs", kind=[class_of(kind)]))

    def _ask(self, report: Report, title: str, profession: str, sample: int | None) -> None:
        case = self._finder.everywhere(question(title, profession, {}))
        if sample is None:
            case.routes.read_all()
        like = self._like(case)
        if like is None or like not in self._seen:
            seen = self._judged(report, case)
            if like is not None:
                self._seen[like] = seen
        else:
            seen = self._seen[like]
        report.questions += len(seen.outcomes)
        report.outcomes.update(seen.outcomes)
        report.breaches += [f"{demand}: {_words(case, host)}" for demand, host in seen.breaches]
        if _number((title, profession)) % _IN_LANGUAGES == 0:
            report.breaches += self._tongues(title, profession, case)

    def _like(self, case: Case) -> Hashable | None:
        """What the law sees of a title from which no route leads to the profession: titles alike have one answer.

        None where a route starts from the title itself, so that no other is like it.
        """
        places = [(place, host) for host in case.hosts for place in case.nationals(host)]
        if case.routes.own(place for place, _ in places) or case.opens_profession():
            return None
        profession = case.profession or ""
        if profession not in self._tested:
            self._tested[profession] = _facts_tested(case, [place for place, _ in places])
        tested = self._tested[profession]
        seen = []
        for place, host in places:
            facts = facts_of(case, place, host)
            known = [(name, repr(value)) for name, value in facts.applicant.items() if name.partition(".")[0] in tested]
            seen.append((place, frozenset([*known, *(pair for pair in facts.graph.items() if pair[0] in tested)])))
        return profession, case.home, tuple(seen)

    def _judged(self, report: Report, case: Case) -> Seen:
        """What is found for a case, held against every demand."""
        seen, found = Seen(), self._finder.findings(case)
        sure = set()
        for host in case.hosts:
            asked = SweptQuestion(found, host)
            seen.outcomes.append(asked.outcome)
            seen.breaches += [(demand.__name__, host) for demand in DEMANDS if not demand(asked)]
            if asked.headline is not None and asked.headline.standing == "open":
                sure.add(host)
        if sure:
            report.breaches += self._turned(case, sure)
        return seen

    def _turned(self, case: Case, sure: Set[str]) -> Iterator[str]:
        """A fact more never turns a sure yes into a no: what was open asked for nothing that was not known."""
        for more in _MORE_FACTS:
            asked = case.question.model_copy(update=dict(more))
            found = self._finder.findings(self._finder.everywhere(asked))
            for host in (host for host in case.hosts if host in sure):
                if SweptQuestion(found, host).headline is None:
                    yield f"a fact turns a yes into a no: {_words(case, host)} with {', '.join(more)}"

    def _tongues(self, title: str, profession: str, case: Case) -> Iterator[str]:
        """The same structure in every language: what differs are texts alone."""
        host = case.reference.code(case.hosts[0])
        answers = [
            shape(self._finder.find(question(title, profession, {"lang": lang, "country": host}))) for lang in LANGUAGES
        ]
        if any(answer != answers[0] for answer in answers):
            yield f"answers differ by language: {_words(case, case.hosts[0])}"


def _words(case: Case, host: str) -> str:
    return f"{slug(case.qualification or '')} as {slug(case.profession or '')} in {case.reference.code(host)}"


def _facts_tested(case: Case, places: Sequence[str]) -> frozenset[str]:
    """The facts on which a route to one of the places turns; what is judged or presumed turns on none."""
    conditions = case.reference.conditions
    asked = {iri for route in case.routes.of_all(places) for iri in route.get("hasCondition", ())}
    facts = {conditions[iri].fact for iri in asked if conditions[iri].test not in ("judged", "presumed")}
    return frozenset(facts | ({"training_years", "certified_training"} if "experience" in facts else set()))


def question(title: str, profession: str, more: Mapping[str, Any]) -> Question:
    """The question of somebody of whom nothing is known but the title and that the directive is for them."""
    return Question.model_validate(
        {"qualification": title, "profession": profession, "country": "EU", **_USUAL, **more}
    )


def shape(answer: Any) -> Any:
    """An answer without its texts: the keys, lists, numbers and addresses in it.

    >>> shape({"label": "nurse", "id": "https://example.org/1", "rank": 1, "open_if": []})
    {'label': '…', 'id': 'https://example.org/1', 'rank': 1, 'open_if': []}
    """
    if isinstance(answer, dict):
        return {key: shape(value) for key, value in answer.items() if key != "lang"}
    if isinstance(answer, list):
        return [shape(item) for item in answer]
    if isinstance(answer, str) and not answer.startswith("http"):
        return "…"
    return answer


def _number(pair: tuple[str, str]) -> int:
    return int.from_bytes(hashlib.blake2b(" ".join(pair).encode(), digest_size=8).digest(), "big")


def _shuffled(pair: tuple[str, str]) -> tuple[int, tuple[str, str]]:
    return _number(pair), pair
