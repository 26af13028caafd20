"""The sentences of answers: whole wordings of the tables, chosen by what is at hand and filled with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graph_api.recognition.law import Reference
from graph_api.store.things import Thing, every, label

Words = Mapping[str, str | None]
"""What a sentence can be filled with, by the word in braces; None where it is not at hand."""


@dataclass(frozen=True)
class Where:
    """Where a sentence is said: each empty where it does not matter."""

    purpose: str = ""
    outcome: str = ""
    status: str = ""


def said(reference: Reference, kind: str, where: Where, words: Words, lang: str) -> str | None:
    """The first sentence of the kind that fits, in the reader's language; None where the tables have none."""
    at_hand = {word for word, text in words.items() if text}
    for row in reference.sentences.get(kind, ()):
        if _fits(row, where) and at_hand.issuperset(every(row, "needsWord")):
            text = label(row, lang, "sentence")[0] or ""
            return text.format_map({word: text or "" for word, text in words.items()})
    return None


def _fits(row: Thing, where: Where) -> bool:
    return (
        _allows(every(row, "forPurpose"), where.purpose)
        and _allows(every(row, "forOutcome"), where.outcome)
        and _allows(every(row, "forStatus"), where.status)
    )


def _allows(wanted: Sequence[str], given: str) -> bool:
    return not wanted or given in wanted
