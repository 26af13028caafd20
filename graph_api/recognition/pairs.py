"""Every profession from every jurisdiction to every other: what the answers come to, and on what they rest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from graph_api.recognition.answer_schema import WholeAnswer
from graph_api.recognition.findings import NONE, UNKNOWN
from graph_api.recognition.law import slug
from graph_api.recognition.path_finder import PathFinder, class_of
from graph_api.recognition.question import question_from
from graph_api.recognition.sweep import Report
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import select


def asked_between_all(store: GraphStore, finder: PathFinder, sample: int | None = None) -> Report:
    """Ask for every profession, or for so many of them at even distances, from each jurisdiction that decides to each
    other, with the usual title of the first. Each answer must be given, and each way rest on law and on a source."""
    report, reference = Report(), finder.reference()
    codes = [reference.code(place) for place in reference.deciding]
    professions = sorted(slug(row["thing"]) for row in select(store, "slugs", kind=[class_of("profession")]))
    every = max(1, len(professions) // sample) if sample else 1
    for profession in professions[::every]:
        for home, host in permutations(codes, 2):
            outcome, breaches = _asked(finder, profession, home, host)
            report.questions += 1
            report.judged += 1
            report.outcomes[outcome] += 1
            report.breaches += [f"{broken}: {profession} from {home} to {host}" for broken in breaches]
    return report


def _asked(finder: PathFinder, profession: str, home: str, host: str) -> tuple[str, list[str]]:
    """What the answer comes to, and what it lacks."""
    given = {"profession": profession, "issued_in": home, "country": host, "nationality": "EU", "k": "1"}
    try:
        answer = finder.find(question_from([*given.items()]))
    except Exception as error:  # noqa: BLE001 - whatever it is, who asks this is given no answer
        return "no answer", [f"no answer ({type(error).__name__})"]
    return answer["outcome"], list(lacking(answer))


def lacking(answer: WholeAnswer) -> Iterator[str]:
    """What an answer lacks: a way without law or without source; where there is none, words for why."""
    if answer["outcome"] in (NONE, UNKNOWN):
        if not all(verdict["sentence"] for verdict in answer["verdicts"]):
            yield "no words"
        return
    steps = [step for path in answer["paths"][:1] for step in path["steps"]]
    if not steps or any(not step["legal_basis"] for step in steps):
        yield "no law"
    if not all(step["sources"] for step in steps):
        yield "no source"
