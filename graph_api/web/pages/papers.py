"""What an applicant brings: each document once, with the steps that ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph_api.recognition.answer_schema import Document, Step


@dataclass(frozen=True)
class Paper:
    """One document to bring: the orders of the steps that ask for it, whether it is certain, else when it is asked."""

    document: Document
    steps: Sequence[int]
    certain: bool
    condition: str | None
    from_step_before: bool


def papers(step: Step) -> list[Paper]:
    """What this person brings, each document once, those that are certain first."""
    found: dict[str, list[tuple[int, Document]]] = {}
    for part in step["procedure"]:
        for document in part["documents"]:
            found.setdefault(document["id"], []).append((part["order"], document))
    listed = [_paper(asked) for asked in found.values()]
    if not step["procedure"]:
        listed = [Paper(document, (), True, None, False) for document in step["documents"]]
    return sorted(listed, key=lambda paper: (not paper.certain, paper.steps[:1] or [0]))


def _paper(asked: Sequence[tuple[int, Document]]) -> Paper:
    certain = any(item["asked"] == "yes" for _, item in asked)
    document = asked[0][1]
    condition = None if certain else document["condition"]
    return Paper(document, [order for order, _ in asked], certain, condition, document["of_earlier_step"])
