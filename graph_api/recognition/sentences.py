"""The sentences of answers: whole wordings of the tables, chosen by what is at hand and filled with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graph_api.recognition.law import Reference, Sentence
from graph_api.store.things import label

Words = Mapping[str, str | None]
"""What a sentence can be filled with, by the word in braces; None where it is not at hand."""


class Where(NamedTuple):
    """Where a sentence is said: each empty where it does not matter."""

    purpose: str = ""
    outcome: str = ""
    status: str = ""


def said(reference: Reference, kind: str, where: Where, words: Words, lang: str) -> str | None:
    """The first sentence of the kind that fits, in the reader's language; None where the tables have none."""
    at_hand = {word for word, text in words.items() if text}
    for row in reference.once(("said", kind, where), lambda: _fitting(reference, kind, where)):
        if row.words <= at_hand:
            text = label(row.thing, lang, "sentence")[0] or ""
            return text.format_map({word: text or "" for word, text in words.items()})
    return None


def _fitting(reference: Reference, kind: str, where: Where) -> list[Sentence]:
    return [row for row in reference.sentences.get(kind, ()) if _fits(row, where)]


def _fits(row: Sentence, where: Where) -> bool:
    return (
        (not row.purposes or where.purpose in row.purposes)
        and (not row.outcomes or where.outcome in row.outcomes)
        and (not row.statuses or where.status in row.statuses)
    )
