"""A path answer made ready for readers: what to say first, what to ask next, what stays closed and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from graph_api.rdf.terms import thing
from graph_api.recognition.answer_schema import (
    Condition,
    Cost,
    LegalBasis,
    Named,
    Path,
    PathStatus,
    Place,
    Refusal,
    Step,
    Verdict,
    VerdictStatus,
    WholeAnswer,
)
from graph_api.recognition.citation import written_article
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.queries import iris
from graph_api.store.things import Text, Thing, label, one, read_things
from graph_api.web.pages.drawings.path import Diagram, Stop, draw

Status = PathStatus | Literal["none"]
Labelled = Named | Place
"""Something in an answer that has a label."""

ASKED: Final = (
    "issued",
    "training_started",
    "training_years",
    "certificates",
    "experience",
    "nationality",
    "level",
)
"""The facts that only the applicant knows, in the order in which a form asks them."""

_PURPOSE_OF: Final = {
    "employment": "employment",
    "establishment": "own_firm",
    "temporary_service": "temporary_service",
}
"""What an intent that the reader chose asks before all else; else employment and a firm are told, in that order."""

_MOST_ASKED: Final = 4
"""So many facts are asked at once at most; the others wait."""

_USUAL_INTENT: Final = "establishment"
"""What a question means that names no intent."""

_READ_WITH: Final = {"training_started": "issued", "experience": "training_years"}
"""A fact -> another that helps to decide it: training began before the title was issued, and counts beside practice."""

_SETTLING: Final = ("employment", "own_firm")
"""The purposes of who settles in the host."""

STATUSES: Final[Mapping[VerdictStatus, Status]] = {
    "open": "open",
    "open_if": "open_if",
    "unknown": "unknown",
    "closed": "none",
}
"""The status of a verdict -> the status that pages show it with."""


@dataclass(frozen=True)
class HostView:
    """The answer for one host: its routes, best first, and the regimes that are closed."""

    country: str
    paths: Sequence[Path]
    refused: Sequence[Refusal]
    verdicts: Sequence[Verdict] = ()
    """What the host tells apart, in the order of what one asks first: `for`, `status` and `sentence`."""
    free_outcomes: frozenset[str] = frozenset()
    """The outcomes that ask for no recognition."""

    @property
    def best(self) -> Path | None:
        """The best route; None where none is open."""
        return self.paths[0] if self.paths else None

    @property
    def lines(self) -> list[tuple[str, Verdict]]:
        """The verdicts as lines, each with its purpose; `either` where employment and a firm come to the same.

        All in one where every purpose comes to the same.
        """
        if len({verdict["sentence"] for verdict in self.verdicts}) == 1:
            return [("either", self.verdicts[0])]
        both = [verdict for verdict in self.verdicts if verdict["for"] in _SETTLING]
        if len(both) != len(_SETTLING) or len({verdict["sentence"] for verdict in both}) != 1:
            return [(verdict["for"], verdict) for verdict in self.verdicts]
        either = next((verdict for verdict in both if verdict["path_rank"] is not None), both[0])
        kept = [verdict for verdict in self.verdicts if verdict["for"] not in _SETTLING or verdict is either]
        return [("either" if item is either else item["for"], item) for item in kept]

    @property
    def tells_firm_apart(self) -> bool:
        """Whether a firm of one's own is told otherwise than work for an employer."""
        said = {verdict["for"]: verdict["outcome"] for verdict in self.verdicts if verdict["for"] in _SETTLING}
        return len(set(said.values())) > 1

    @property
    def way(self) -> Path | None:
        """The route of which the steps are told: the best on which a verdict rests, one that asks something first."""
        told = {verdict["path_rank"] for verdict in self.verdicts}
        routes = [path for path in self.paths if not self.verdicts or path["rank"] in told]
        asking = [path for path in routes if path["outcome"] not in self.free_outcomes]
        return next(iter(asking or routes), None)

    @property
    def free_lines(self) -> list[str]:
        """The purposes for which nothing need be done, beside a route that asks for something."""
        way = self.way
        return [
            name
            for name, verdict in self.lines
            if verdict["status"] == "open"
            and verdict["outcome"] in self.free_outcomes
            and not (way and verdict["path_rank"] == way["rank"])
        ]

    @property
    def status(self) -> Status:
        """As the verdict on what was asked says it."""
        if self.verdicts:
            return STATUSES[self.verdicts[0]["status"]]
        return self.best["status"] if self.best else "none"


@dataclass(frozen=True)
class AnswerView:
    """A path answer with the names of everything that it speaks of."""

    said: WholeAnswer
    places: Sequence[HostView]
    names: Mapping[str, Text]
    prose: Mapping[str, Thing]
    ask_first: Sequence[str]
    """Facts not given yet that would change the answer."""
    ask_perhaps: Sequence[str]
    """Other facts on which some route turns; what stands in neither list would change nothing."""
    wanted_certificates: frozenset[str]
    """Conditions about certificates that are still unknown, by id."""
    free_outcomes: frozenset[str] = frozenset()
    """The outcomes that ask for no recognition, as the table of outcomes says."""

    @property
    def status(self) -> Status:
        """`none` when no route is open."""
        return self.places[0].status if self.places else "none"

    @property
    def headline(self) -> str | None:
        """The first verdict as a sentence; None where the answer has none, as for the level alone."""
        verdicts = self.places[0].verdicts if self.places else ()
        return verdicts[0]["sentence"] if verdicts else None

    def name(self, thing: Labelled) -> Text:
        """The label of something in the answer, with its language where it is known."""
        return self.names.get(thing["id"] or "", (thing["label"], None))

    def outcome(self, path: Path) -> str:
        """The kind of recognition that a path gives."""
        return path["outcome"] or "none"

    def free(self, path: Path) -> bool:
        """Whether a path asks for no recognition."""
        return path["outcome"] in self.free_outcomes

    def told(self, step: Step, name: str, lang: str) -> Text:
        """What the procedure of a step says in prose, and in which language."""
        procedure = step["application"]["id"] if step["application"] else ""
        return label(self.prose.get(procedure, {}), lang, name)

    def cost_of(self, step: Step) -> Cost | None:
        """What all steps of the procedure cost together, where it is known."""
        for path in self.said["paths"]:
            if any(part is step for part in path["steps"]):
                return path["total"]["cost"]
        return None


def answer_of(store: GraphStore, said: WholeAnswer, lang: str, intent: str | None = None) -> AnswerView:
    """The answer of the path finder, with the languages of its labels and what is still to be asked.

    The verdict on `intent` comes first, where the reader chose one; without it that on the intent of the question,
    if it is not the usual one.
    """
    asked = said["question"]["intent"]
    intent = intent or (asked if asked != _USUAL_INTENT else None)
    mentioned = sorted(set(_mentioned(said)))
    things = read_labels(store, mentioned)
    names: dict[str, Text] = {iri: label(thing, lang) for iri, thing in things.items()}
    procedures = {step["application"]["id"] for step in _steps(said) if step["application"]}
    prose = read_things(store, "statements", thing=iris(sorted(procedures))) if procedures else {}
    first, perhaps = _questions(said)
    unknown = [item for item in _unknown(said["paths"], said["refused"]) if item["fact"] == "certificates"]
    free = _free_outcomes(store, said)
    return AnswerView(
        said,
        list(_places(said, free, intent)),
        names,
        prose,
        first,
        perhaps,
        frozenset(item["id"] for item in unknown),
        free,
    )


def _steps(said: WholeAnswer) -> Iterator[Step]:
    for path in said["paths"]:
        yield from path["steps"]


def _mentioned(said: WholeAnswer) -> Iterator[str]:
    """The things of ours that the answer names."""
    for step in _steps(said):
        papers = [paper for part in step["procedure"] for paper in part["documents"]]
        acting = [part["authority"] for part in step["procedure"] if part["authority"]]
        acting += [office["authority"] for office in step["offices"] or ()]
        yield from filter(None, (step["from"]["id"], step["to"]["id"]))
        yield from (thing["id"] for thing in (*step["authorities"], *acting))
        yield from (thing["id"] for thing in (*step["documents"], *papers))
        yield from (thing["id"] for thing in step["doubts"])
        yield from (basis["act_id"] for basis in step["legal_basis"] if basis["act_id"])
    yield from (contact["id"] for contact in said["advice"])
    question = said["question"]
    yield from filter(None, (question["qualification_iri"], question["profession_iri"]))


def _free_outcomes(store: GraphStore, said: WholeAnswer) -> frozenset[str]:
    told = {path["outcome"] for path in said["paths"]} | {verdict["outcome"] for verdict in said["verdicts"]}
    codes = sorted(filter(None, told))
    named = [thing("outcome", code.replace("_", "-")) for code in codes]
    rows = read_things(store, "statements", thing=named) if named else {}
    return frozenset(one(row, "code") or "" for row in rows.values() if one(row, "freeOfRecognition") == "true")


def _places(said: WholeAnswer, free: frozenset[str] = frozenset(), intent: str | None = None) -> Iterator[HostView]:
    for country in said["question"]["hosts"]:
        paths = [path for path in said["paths"] if path["steps"][-1]["to"]["country"] == country]
        refused = [item for item in said["refused"] if item["country"] == country]
        verdicts = [item for item in said["verdicts"] if item["country"] == country]
        yield HostView(country, paths, refused, _asked_first(verdicts, intent), free)


def _asked_first(verdicts: Sequence[Verdict], intent: str | None) -> list[Verdict]:
    """The verdicts in their order; that on what the reader chose before all others."""
    wanted = _PURPOSE_OF.get(intent or "")
    return sorted(verdicts, key=lambda verdict: verdict["for"] != wanted)


def _conditions(paths: Iterable[Path], refused: Iterable[Refusal] = ()) -> Iterator[Condition]:
    """Every condition on which what one tells can bear, those of open paths first.

    What the authority judges in the single case no fact settles.
    """
    on_paths = (item for path in paths for step in path["steps"] for item in step["conditions"])
    on_refusals = (item for entry in refused for item in entry["because"])
    return (item for item in (*on_paths, *on_refusals) if item["test"] != "judged")


def _unknown(paths: Iterable[Path], refused: Iterable[Refusal] = ()) -> Iterator[Condition]:
    """Conditions that could still turn out either way."""
    return (item for item in _conditions(paths, refused) if item["status"] == "unknown")


def _questions(said: WholeAnswer) -> tuple[list[str], list[str]]:
    """The facts to ask first, as the best routes wait for them, that on which most routes wait before the others;
    and the others on which any route or refusal turns."""
    best = [place.best for place in _places(said) if place.best]
    waiting = {item["fact"] for item in (_unknown(best) if best else _unknown(said["paths"], said["refused"]))}
    weight = Counter(item["fact"] for item in _unknown(said["paths"]))
    asked: list[str] = [fact for fact in ASKED if fact in waiting]
    first = sorted(asked, key=lambda fact: -weight[fact])[:_MOST_ASKED]
    turning: set[str] = {item["fact"] for item in _conditions(said["paths"], said["refused"]) if item["fact"] in ASKED}
    turning |= {_READ_WITH[fact] for fact in turning if fact in _READ_WITH}
    if said["question"]["qualification"] and turning:
        turning.add("issued")  # a title that was not issued on that day is doubted on every route with conditions
    return first, [fact for fact in ASKED if fact not in first and fact in turning]


def diagrams(answer: AnswerView, path: Path, place: Callable[[str], str], untitled: str) -> Sequence[Diagram]:
    """The path as a drawing: once lying for wide screens and paper, once standing for narrow ones.

    `place` names a jurisdiction by its code; `untitled` stands where no title is asked for.
    """
    nodes: list[Stop] = []
    for step in path["steps"]:
        if not nodes:
            start = answer.name(step["from"])[0] or untitled
            nodes.append(Stop("title", start, place(step["from"]["country"] or "")))
        lang = answer.said["question"]["lang"]
        articles = " · ".join(filter(None, (_cited(basis, lang) for basis in step["legal_basis"][:1])))
        nodes.append(Stop("law", step["regime"]["label"] or "", articles))
        nodes.append(Stop("place", answer.name(step["to"])[0] or "", place(step["to"]["country"] or "")))
    return [draw(nodes, standing=False), draw(nodes, standing=True)]


def _cited(basis: LegalBasis, lang: str) -> str:
    return " ".join(filter(None, (basis["act_name"], written_article(basis["article"] or "", lang))))
