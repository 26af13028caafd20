"""What a citizen should know, in plain sentences: access, rights, duties, language, what one may do at work.

A statement is the name of a sentence and the facts that fill it; the words stand in `templates/sentences.html`, so
that every profession and every pair of places speaks with the same words. A statement keeps the sources and the
provisions that it rests on. What no source says is a statement too: one that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypedDict, TypeVar

from graph_api.rdf.terms import local_name
from graph_api.recognition.answer_schema import Coded, LegalBasis, Path, ProcedureStep, Source, Step
from graph_api.store.things import SourceOf, Text, Thing, one
from graph_api.web.i18n import language_name
from graph_api.web.pages.answer_view import AnswerView, HostView
from graph_api.web.pages.papers import Paper, papers

AnySource = TypeVar("AnySource", Source, SourceOf)

TOPICS: Final = ("access", "rights", "duties", "language", "work")
_PERMISSIONS: Final = {"yes": "may", "no": "may_not", "delegated": "may_if_delegated", "unknown": "acts_unknown"}
_SIGNS: Final = {
    "access": "law",
    "rights": "yes",
    "duties": "arrow",
    "language": "paper",
    "work": "yes",
    "doubt": "if",
    "closed": "no",
    "may_not": "no",
    "may_if_delegated": "measure",
    "may_by_region": "measure",
}
"""Topic or sentence -> icon."""
_MOST_REFUSALS: Final = 6


@dataclass(frozen=True)
class Sentence:
    """One sentence: its topic, its name in `sentences.html`, what fills it, and what it rests on."""

    topic: str
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    items: Sequence[Text] = ()
    """What the sentence lists."""
    quote: Text = (None, None)
    """What the source itself says."""
    sources: Sequence[Source | SourceOf] = ()
    law: Sequence[LegalBasis] = ()
    about: str | None = None
    """The thing of the graph that the sentence speaks of."""

    @property
    def known(self) -> bool:
        """Whether it says something, and not that nothing is known."""
        return not self.name.endswith("unknown")

    @property
    def sign(self) -> str:
        """The icon that stands before it."""
        return _SIGNS.get(self.name, _SIGNS[self.topic]) if self.known else "if"


class Permission(TypedDict):
    """What the law of some places says of one act."""

    iri: str
    act: str
    label: Text
    permission: str
    where: list[str]
    sources: list[SourceOf]


@dataclass(frozen=True)
class Host:
    """What the graph says of the profession in one host, beside the routes."""

    national: Thing
    names: Mapping[str, Text]
    """Labels of what the national profession points to."""
    sources: Sequence[SourceOf]
    """On what the national profession rests."""
    permissions: Sequence[Permission]
    along: Mapping[str, Sequence[LegalBasis]]
    """Regimes that go along with a recognition -> the provisions that they rest on."""


def statements(answer: AnswerView, place: HostView, host: Host, lang: str) -> list[Sentence]:
    """All that is said for one host, topic by topic."""
    if place.best is None:
        return [*_closed(place), *_organised(host), *_work(host)]
    step = place.best["steps"][-1]
    writer = _StepSentences(answer, step, lang)
    free = answer.free(place.best)
    found = [
        writer.verdict(place.best),
        *_organised(host),
        *writer.doubts(),
        *([] if free else writer.along(host.along)),
        *(writer.free() if free else [*writer.rights(), *writer.duties(), *writer.language()]),
        *writer.conditions(),
        *_work(host),
    ]
    return sorted(found, key=lambda statement: TOPICS.index(statement.topic))


def _organised(host: Host) -> Iterator[Sentence]:
    """How the host organises the profession."""
    national, sources = host.national, host.sources
    about = one(national, "iri")
    title = host.names.get(about or "", (None, None))
    if title[0]:
        yield Sentence("access", "called", items=[title], sources=sources, about=about)
    law = [whole_act(act, host.names.get(act, (None, None))[0]) for act in national.get("regulatedBy", ())]
    status = local_name(one(national, "regulation") or "")
    yield Sentence("access", status or "regulation_unknown", sources=sources if status else (), law=law, about=about)
    if status in ("Regulated", "PartlyRegulated"):  # what a reserved title reserves is said already
        reserved = [local_name(iri) for iri in national.get("regulates", ())]
        yield from (Sentence("access", name, sources=sources, about=about) for name in reserved)
    level = one(national, "requiredLevel")
    if level:
        yield Sentence("access", "level", items=[host.names.get(level, (None, None))], sources=sources, about=about)


def whole_act(act: str, name: str | None) -> LegalBasis:
    """An act cited as a whole, with no provision of it."""
    return {"act": None, "article": None, "act_id": act, "act_name": name, "provision": ""}


def _closed(place: HostView) -> Iterator[Sentence]:
    """Why no route is open."""
    yield Sentence("access", "verdict", {"outcome": "none", "status": "none"})
    for refused in place.refused[:_MOST_REFUSALS]:
        because: list[Text] = [(item["label"], None) for item in refused["because"]]
        law = [basis for item in refused["because"] for basis in item["legal_basis"]]
        regime = refused["regime"]
        yield Sentence("access", "closed", {"regime": regime["label"]}, because, law=law, about=regime["iri"])


def _work(host: Host) -> Iterator[Sentence]:
    """Which acts the law of the host permits, those of one permission together."""
    groups: dict[str, list[Permission]] = {}
    for act in host.permissions:
        groups.setdefault(_PERMISSIONS.get(act["permission"], "may_by_region"), []).append(act)
    for name in (*_PERMISSIONS.values(), "may_by_region"):
        acts = groups.get(name, [])
        if acts:
            sources = _once(source for act in acts for source in act["sources"])
            yield Sentence("work", name, items=[act["label"] for act in acts], sources=sources)


class _StepSentences:
    """Writes the statements about one step: a recognition, or the freedom to work without one."""

    def __init__(self, answer: AnswerView, step: Step, lang: str) -> None:
        self._answer, self._step, self._lang = answer, step, lang
        self._procedure = step["application"]["id"] if step["application"] else None

    def sources(self, *things: str | None) -> list[Source]:
        """The sources of the step that speak of the things."""
        return _once(source for source in self._step["sources"] if source["of"] in things)

    def verdict(self, path: Path) -> Sentence:
        """What the best route gives, under which law."""
        values = {"outcome": self._answer.outcome(path), "status": path["status"]}
        return Sentence("access", "verdict", values, law=self._step["legal_basis"], about=self._step["regime"]["iri"])

    def doubts(self) -> Iterator[Sentence]:
        """What the sources leave open about the route."""
        for doubt in self._step["doubts"]:
            yield Sentence("access", "doubt", items=[self._answer.name(doubt)], about=doubt["id"])

    def free(self) -> Iterator[Sentence]:
        """Where no recognition is asked."""
        law = self._step["legal_basis"]
        yield Sentence("rights", "no_recognition", law=law, about=self._step["regime"]["iri"])
        yield Sentence("duties", "no_application", law=law)
        yield Sentence("language", "language_unknown")

    def along(self, provisions: Mapping[str, Sequence[LegalBasis]]) -> Iterator[Sentence]:
        """Regimes that go along with the recognition."""
        for regime in self._step["along_with"]:
            law = provisions.get(regime["iri"], ())
            yield Sentence("access", "along", {"regime": regime["label"]}, law=law, about=regime["iri"])

    def rights(self) -> Iterator[Sentence]:
        """How fast one must be answered, where one may appeal, who chooses what is asked."""
        yield from self._times()
        yield self._coded("rights", "silence", "silence") or Sentence("rights", "silence_unknown")
        yield from self._appeals() or [Sentence("rights", "appeal_unknown")]
        yield from self._measure()

    def _times(self) -> Iterator[Sentence]:
        limits = self._step["deadlines"]
        sources = self.sources(self._procedure)
        law = [] if sources else self._step["legal_basis"]
        times = (("receipt", limits["acknowledge"]), ("decision", limits["decide"]), ("extension", limits["extension"]))
        for name, time in times:
            if time:
                yield Sentence("rights", name, {"time": time}, sources=sources, law=law, about=self._procedure)
        if not limits["decide"]:
            yield Sentence("rights", "decision_unknown")

    def _measure(self) -> Iterator[Sentence]:
        """What may be asked to make up for differences, and who chooses."""
        measure = self._step["compensation"]
        if not measure["possible"]:
            yield Sentence("rights", "no_measure", law=self._step["legal_basis"], about=self._step["regime"]["iri"])
            return
        law = measure["legal_basis"]
        yield Sentence("duties", "measure", {"measure": measure}, law=law, about=measure["id"])
        if measure["chosen_by"]:
            yield Sentence("rights", "chooses", {"who": measure["chosen_by"]}, law=law, about=measure["id"])
        else:
            yield Sentence("rights", "choice_unknown", about=measure["id"])

    def duties(self) -> Iterator[Sentence]:
        """To whom one applies, with which papers, at what cost."""
        sources = self.sources(self._procedure) or self.sources(self._step["to"]["id"])
        yield from self._authorities(sources)
        yield from self._papers(sources)
        told = [
            self._coded("duties", "channel", "channel"),
            self._coded("duties", "copies", "copies"),
            self._coded("duties", "translation", "translation"),
        ]
        yield from (statement for statement in told if statement)
        yield self._fee()

    def _authorities(self, sources: Sequence[AnySource]) -> Iterator[Sentence]:
        """Each step with who acts in it; where the steps are not told, who decides."""
        steps = [(part["authority"], part["sentence"]) for part in self._step["procedure"] if part["authority"]]
        for acting, what in steps:
            values, label = {"authority": acting, "what": what}, self._answer.name(acting)
            yield Sentence("duties", "step", values, [label], sources=sources, about=acting["id"])
        for number, authority in enumerate(() if steps else self._step["authorities"]):
            name = "also_decides" if number else "apply"
            label = self._answer.name(authority)
            yield Sentence("duties", name, {"authority": authority}, [label], sources=sources, about=authority["id"])
        if not steps and not self._step["authorities"]:
            yield Sentence("duties", "authority_unknown")

    def _papers(self, sources: Sequence[AnySource]) -> Iterator[Sentence]:
        """What everyone brings, what only some bring, and what an earlier step gives."""
        brought = papers(self._step)
        later = [item for item in brought if item.from_step_before]
        certain = [item for item in brought if item.certain and not item.from_step_before]
        perhaps = [item for item in brought if not item.certain and not item.from_step_before]
        for name, listed in (("documents", certain), ("documents_if", perhaps), ("documents_later", later)):
            items = [self._paper(item) for item in listed]
            if items:
                yield Sentence("duties", name, items=items, sources=sources, about=self._procedure)
        if not brought:
            yield Sentence("duties", "documents_unknown")

    def _paper(self, item: Paper) -> Text:
        text, lang = self._answer.name(item.document)
        return (f"{text}: {item.condition}" if item.condition and not item.from_step_before else text), lang

    def _fee(self) -> Sentence:
        cost = self._answer.cost_of(self._step)
        if cost is None:
            return Sentence("duties", "fee_unknown")
        amount = [str(cost["amount"]), str(cost["at_most"]), cost["currency"]]
        return Sentence("duties", "fee", {"fee": amount}, sources=self._step_sources(), about=self._procedure)

    def language(self) -> Iterator[Sentence]:
        """What is asked of one's languages."""
        asked: list[Text] = [(self._languages(part), None) for part in self._step["procedure"] if part["languages"]]
        rules: list[Text] = [
            (rule["label"], None)
            for part in self._step["procedure"]
            for rule in part["language_rules"]
            if rule["label"]
        ]
        items: list[Text] = list(dict.fromkeys([*asked, *rules]))
        if not items:
            yield Sentence("language", "language_unknown")
            return
        yield Sentence("language", "language", items=items, sources=self._step_sources(), about=self._procedure)

    def conditions(self) -> Iterator[Sentence]:
        """What the applicant must be able to show, as far as it is not given with the question."""
        for item in self._step["conditions"]:
            if item["status"] == "unknown":
                label: Text = (item["label"], None)
                yield Sentence("duties", "show", items=[label], law=item["legal_basis"], about=item["iri"])

    def _languages(self, part: ProcedureStep) -> str:
        names = ", ".join(language_name(code, self._lang) for code in part["languages"])
        return f"{names} {part['language_level'] or ''}".strip()

    def _step_sources(self) -> list[Source]:
        return _once(source for part in self._step["procedure"] for source in part["sources"])

    def _coded(
        self, topic: str, name: str, key: Literal["silence", "channel", "copies", "translation"]
    ) -> Sentence | None:
        """What the steps of the procedure say with whole sentences of the tables, each once."""
        told = [item for part in self._step["procedure"] for item in _several(part[key])]
        items: list[Text] = list(dict.fromkeys((item["label"], None) for item in told if item["label"]))
        if not items:
            return None
        return Sentence(topic, name, items=items, sources=self._step_sources(), about=self._procedure)

    def _appeals(self) -> list[Sentence]:
        """Where one can turn after a refusal, and within which time, each once."""
        told = [part["appeal"] for part in self._step["procedure"] if part["appeal"]]
        known = dict.fromkeys((item["body"]["label"], item["within"]) for item in told if item["body"])
        return [
            Sentence(
                "rights",
                "appeal",
                {"within": within},
                [(body, None)],
                sources=self._step_sources(),
                about=self._procedure,
            )
            for body, within in known
            if body
        ]


def _several(value: Coded | list[Coded] | None) -> list[Coded]:
    return value if isinstance(value, list) else [value] if value else []


def _once(sources: Iterable[AnySource]) -> list[AnySource]:
    return list({source["id"]: source for source in sources}.values())
