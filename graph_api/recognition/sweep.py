"""Every title, every profession, every host: what the answers come to, and which break what the law demands.

No texts are written: the sweep looks at the ways that were found. Titles that the law treats alike are judged once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

from graph_api.rdf.dates import earliest, latest
from graph_api.recognition.case import Case, facts_of
from graph_api.recognition.demands import DEMANDS, SweptQuestion
from graph_api.recognition.law import slug
from graph_api.recognition.path_finder import PathFinder, class_of
from graph_api.recognition.question import Experience, Question
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import select
from graph_api.store.things import LANGUAGES, Thing, every, one

_USUAL: Final = {"nationality": "EU"}
_IN_LANGUAGES: Final = 1000
"""One in so many questions is written in every language."""
_YEARS_OF_PRACTICE: Final = 6


@dataclass
class Report:
    """What a sweep found."""

    questions: int = 0
    judged: int = 0
    """How many of them were worked out; the others are about titles that the law treats like one of these."""
    outcomes: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)


@dataclass
class Seen:
    """What was found for a profession with a title that the law treats like others: outcomes and breaches by host."""

    outcomes: list[str] = field(default_factory=list)
    breaches: list[tuple[str, str]] = field(default_factory=list)
    """What was broken, and at which host."""


@dataclass(frozen=True)
class Title:
    """What tells a title from others, before any profession is asked."""

    home: str | None
    about: frozenset[str]
    """The professions that it opens, for which it trains, or for which it stands in a list."""
    reaches: frozenset[str]
    """The places to which a route leads from the very title."""
    facts: Mapping[str, str]


class Sweep:
    """Asks every question of one store."""

    def __init__(self, store: GraphStore, finder: PathFinder) -> None:
        self._store, self._finder = store, finder
        self._seen: dict[Hashable, Seen] = {}
        self._titles: dict[str, Title] = {}
        self._professions: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def run(self, sample: int | None = None) -> Report:
        """Every title and profession at every host that decides; or so many titles and professions of them, always
        the same for the same tables."""
        report = Report()
        for title, profession in self._pairs(sample):
            seen = self._answer(report, title, profession, sample is None)
            report.questions += len(seen.outcomes)
            report.outcomes.update(seen.outcomes)
            report.breaches += [f"{broken}: {title} as {profession} in {host}" for broken, host in seen.breaches]
            if _number((title, profession)) % _IN_LANGUAGES == 0:
                report.breaches += self._tongues(title, profession)
        return report

    def _pairs(self, sample: int | None) -> list[tuple[str, str]]:
        titles, professions = (self._slugs(kind) for kind in ("qualification", "profession"))
        imported = {slug(row["thing"]) for row in select(self._store, "titles_of_registers")}
        titles = [title for title in titles if title not in imported]  # too many; the law treats them all alike
        pairs = [(title, profession) for title in titles for profession in professions]
        return pairs if sample is None else sorted(pairs, key=_shuffled)[:sample]

    def _slugs(self, kind: str) -> list[str]:
        return sorted(slug(row["thing"]) for row in select(self._store, "slugs", kind=[class_of(kind)]))

    @cached_property
    def _reached(self) -> dict[str, set[str]]:
        """By title, the places to which a route leads from it."""
        found: dict[str, set[str]] = {}
        for row in select(self._store, "reached_by_titles"):
            found.setdefault(slug(row["qualification"]), set()).add(row["place"])
        return found

    def _answer(self, report: Report, title: str, profession: str, whole: bool) -> Seen:
        """What is found for a title and a profession; worked out once for titles that the law treats alike."""
        like = self._like(title, profession)
        if like is not None and like in self._seen:
            return self._seen[like]
        case = self._finder.everywhere(question(title, profession, {}))
        if whole:
            case.routes.read_all()
        seen = self._judged(case)
        report.judged += len(seen.outcomes)
        if like is not None:
            self._seen[like] = seen
        return seen

    def _like(self, title: str, profession: str) -> Hashable | None:
        """What the law sees of a title that is not about the profession: titles alike there have one answer.

        None where the title is about the profession or a route leads there from it, so that no other is like it.
        """
        places, tested = self._tested(title, profession)
        known = self._title(title, profession)
        if known is None or profession in known.about or not known.reaches.isdisjoint(places):
            return None
        facts = frozenset((name, value) for name, value in known.facts.items() if name in tested)
        return profession, known.home, facts

    def _tested(self, title: str, profession: str) -> tuple[frozenset[str], frozenset[str]]:
        """The places where the profession is organised, and the facts on which a route to one of them turns."""
        if profession not in self._professions:
            case = self._finder.everywhere(question(title, profession, {}))
            places = [place for host in case.hosts for place in case.nationals(host)]
            self._professions[profession] = frozenset(places), _facts_tested(case, places)
        return self._professions[profession]

    def _title(self, title: str, profession: str) -> Title | None:
        """What tells the title from others, as seen from a profession that it is not about; None until one is asked."""
        if title not in self._titles:
            case = self._finder.everywhere(question(title, profession, {}))
            about = frozenset(map(slug, [*case.professions_of_title(), *_listed_for(case)]))
            if profession in about:
                return None
            self._titles[title] = Title(case.home, about, frozenset(self._reached.get(title, ())), _facts(case))
        return self._titles[title]

    def _judged(self, case: Case) -> Seen:
        """What is found for a case, held against every demand."""
        seen, found = Seen(), self._finder.findings(case)
        sure = set()
        for host in case.hosts:
            asked, code = SweptQuestion(found, host), case.reference.code(host)
            seen.outcomes.append(asked.outcome)
            seen.breaches += [(demand.__name__, code) for demand in DEMANDS if not demand(asked)]
            free = asked.rests_on("freeOfRecognition")
            if not free and asked.headline is not None and asked.headline.standing == "open":
                sure.add(host)
        if sure:
            seen.breaches += self._turned(case, sure)
        return seen

    def _turned(self, case: Case, sure: Set[str]) -> Iterator[tuple[str, str]]:
        """What was open asked for nothing that was not known; work that is free asks for nothing at all."""
        for more in _more_facts(case):
            asked = case.question.model_copy(update=dict(more))
            found = self._finder.findings(self._finder.everywhere(asked))
            for host in (host for host in case.hosts if host in sure):
                if SweptQuestion(found, host).headline is None:
                    yield f"a fact turns a yes into a no ({', '.join(more)})", case.reference.code(host)

    def _tongues(self, title: str, profession: str) -> Iterator[str]:
        """The same structure in every language: what differs are texts alone."""
        reference = self._finder.reference()
        host = reference.code(reference.deciding[_number((profession, title)) % len(reference.deciding)])
        answers = [
            shape(self._finder.find(question(title, profession, {"lang": lang, "country": host}))) for lang in LANGUAGES
        ]
        if any(answer != answers[0] for answer in answers):
            yield f"answers differ by language: {title} as {profession} in {host}"


def _listed_for(case: Case) -> Iterator[str]:
    """The professions for which the title stands, or perhaps stands, in a list."""
    title = case.title
    for iri in [*every(title, "listedAs"), *every(title, "perhapsListedAs")]:
        yield from every(case.thing(iri), "profession")


def _facts(case: Case) -> dict[str, str]:
    """The facts of the applicant and of the title, by name; those of the two states are told by the home."""
    host = case.hosts[0]
    facts = facts_of(case, host, host)
    of_title = {name: value for name, value in facts.graph.items() if name.startswith("qualification.")}
    bare = {name.partition(".")[0]: "" for name in facts.applicant}
    for name, value in facts.applicant.items():
        bare[name.partition(".")[0]] += f" {name}={value!r}"
    return bare | {name: repr(sorted(value)) for name, value in of_title.items()}


def _facts_tested(case: Case, places: Sequence[str]) -> frozenset[str]:
    """The facts on which a route to one of the places turns; what is judged or presumed turns on none."""
    conditions = case.reference.conditions
    asked = {iri for route in case.routes.of_all(places) for iri in every(route, "hasCondition")}
    facts = {conditions[iri].fact for iri in asked if conditions[iri].test not in ("judged", "presumed")}
    return frozenset(facts | ({"training_years", "certified_training"} if "experience" in facts else set()))


def _more_facts(case: Case) -> Iterator[Mapping[str, Any]]:
    """What somebody could say besides: that there is no certificate and no practice, that there is long practice, and
    a day of issue on which the title existed."""
    yield {"certificates": []}
    yield {"experience": []}
    question = case.question
    if case.home is not None:
        begin = question.as_of.replace(year=question.as_of.year - _YEARS_OF_PRACTICE, day=1)
        said = {"country": case.reference.code(case.reference.state(case.home)), "status": "self_employed"}
        long = Experience.model_validate({**said, "from": begin, "to": question.as_of, "full_responsibility": True})
        yield {"experience": [long]}
    day = _day_of_issue(case.title, question.as_of)
    if day is not None:
        yield {"issued": day}


def _day_of_issue(title: Thing, today: date) -> date | None:
    """The last day on which the title can have been issued."""
    begin, end = one(title, "validFrom"), one(title, "validTo")
    day = min(today, latest(end)) if end else today
    return day if begin is None or earliest(begin) <= day else None


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
