"""Random titles of imported registers, random professions, every jurisdiction: what is answered, and what is wrong.

    python -m benchmarks.registers DATA [--questions 500] [--seed 7]

DATA is a data folder into which registers were imported. A breach is an error, an answer without source or mark, an
answer that breaks what the law demands (docs/answers.md), or a recognition promised for a title of which nobody says
which profession it opens. The CPU time of curated and of imported titles is measured in turns, in one process.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from benchmarks.paths import HOSTS
from benchmarks.sparql import percentile
from graph_api.recognition.answer_schema import WholeAnswer
from graph_api.recognition.demands import DEMANDS, SweptQuestion
from graph_api.recognition.law import slug
from graph_api.recognition.path_finder import PathFinder, class_of
from graph_api.recognition.question import Question
from graph_api.store.local import EmbeddedStore
from graph_api.store.queries import select

IN_TURNS = 5
"""Every so many pairs a curated title is asked about, for comparison."""
DAY = date(2026, 11, 23)
UNPROMISED = ("unknown", "none", "own_regime")
"""What may be said of a title of which nobody knows what it opens, besides that the work is free."""
DOUBT = "title-from-register"


@dataclass
class Asked:
    """What random questions about imported titles came to."""

    titles: int
    questions: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"curated": [], "imported": []})


def run(directory: Path, count: int, seed: int) -> Asked:
    """Ask about so many random pairs of an imported title and a profession, at every host."""
    store = EmbeddedStore(directory)
    finder = PathFinder(store)
    chance = random.Random(seed)
    names = [slug(row["thing"]) for row in select(store, "slugs", kind=[class_of("qualification")])]
    registers = tuple(slug(row["thing"]) + "-" for row in select(store, "slugs", kind=[class_of("register")]))
    professions = [slug(row["thing"]) for row in select(store, "slugs", kind=[class_of("profession")])]
    kinds: dict[str, list[str]] = {
        "imported": [name for name in names if name.startswith(registers)],
        "curated": [name for name in names if not name.startswith(registers)],
    }
    asked = Asked(len(kinds["imported"]))
    for host in HOSTS:  # what every answer needs is read once for a version
        finder.find(question(kinds["curated"][0], professions[0], host))
    for number in range(count):
        if number % IN_TURNS == 0:
            title, profession = chance.choice(kinds["curated"]), chance.choice(professions)
            for host in HOSTS:
                timed(finder, question(title, profession, host), asked.seconds["curated"])
        title, profession = chance.choice(kinds["imported"]), chance.choice(professions)
        answers = {host: timed(finder, question(title, profession, host), asked.seconds["imported"]) for host in HOSTS}
        judge(finder, title, profession, answers, asked)
        if number % 50 == 49:
            print(f"… {number + 1} pairs, {len(asked.breaches)} breaches", flush=True)
    return asked


def question(title: str, profession: str, host: str) -> Question:
    return Question(qualification=title, profession=profession, country=host, nationality="EU", as_of=DAY)


def timed(finder: PathFinder, asked: Question, seconds: list[float]) -> WholeAnswer:
    """The answer, with the CPU time that it took."""
    began = time.process_time()
    answer = finder.find(asked)
    seconds.append(time.process_time() - began)
    return answer


def judge(finder: PathFinder, title: str, profession: str, answers: Mapping[str, WholeAnswer], asked: Asked) -> None:
    """Count the answers, and note what is wrong with them."""
    case = finder.everywhere(question(title, profession, HOSTS[0]))
    found = finder.findings(case)
    for jurisdiction in case.hosts:
        host = case.reference.code(jurisdiction)
        answer, where = answers[host], f"{title} as {profession} in {host}"
        asked.questions += 1
        asked.outcomes[answer["outcome"]] += 1
        asked.breaches += [f"{fault}: {where}" for fault in faults(answer)]
        swept = SweptQuestion(found, jurisdiction)
        asked.breaches += [f"{demand.__name__}: {where}" for demand in DEMANDS if not demand(swept)]
        free = swept.rests_on("freeOfRecognition")
        if case.unsaid and not free and answer["outcome"] not in UNPROMISED:
            asked.breaches.append(f"{answer['outcome']}, and nobody says what the title opens: {where}")


def faults(answer: WholeAnswer) -> Iterator[str]:
    """What an answer lacks: sources and marks on every step, and a sentence for every verdict."""
    title = answer["question"]["qualification_iri"]
    for path in answer["paths"]:
        for step in path["steps"]:
            marks = {source["verified"] for source in step["sources"] if source["of"] == title}
            if marks != {"imported"}:
                yield f"the title's mark is {sorted(map(str, marks))}"
            if DOUBT not in {slug(doubt["id"]) for doubt in step["doubts"]}:
                yield "no doubt says that the title was imported"
            if not step["legal_basis"]:
                yield "no law"
    for verdict in answer["verdicts"]:
        if not verdict["sentence"]:
            yield f"no sentence for {verdict['for']}"


def said(asked: Asked) -> Iterator[str]:
    outcomes = ", ".join(f"{outcome} {count:,}" for outcome, count in asked.outcomes.most_common())
    yield f"{asked.titles:,} imported titles; {asked.questions:,} questions: {outcomes}"
    for kind, seconds in asked.seconds.items():
        yield f"{kind} titles, CPU: median {_ms(seconds, 0.5)} ms, p99 {_ms(seconds, 0.99)} ms of {len(seconds):,}"
    yield f"{len(asked.breaches):,} breaches"
    yield from asked.breaches[:50]


def _ms(seconds: Sequence[float], share: float) -> str:
    return f"{1000 * percentile(seconds, share):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.registers", description="Titles of registers, asked about"
    )
    parser.add_argument("data", type=Path, help="a data folder into which registers were imported")
    parser.add_argument("--questions", type=int, default=500, help="random pairs of a title and a profession")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    asked = run((given.data / "current").resolve(), given.questions, given.seed)
    for line in said(asked):
        print(line)
    raise SystemExit(1 if asked.breaches else 0)


if __name__ == "__main__":
    main()
