"""What nobody read of the facts on which an answer rests: whole rows, and single cells of rows that were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from graph_api.recognition.law import Reference
from graph_api.store.things import Thing, label, one

Unread = dict[str, str | None]
"""`of` is the thing; `property` what of it was not read, None where nothing of it was; and what both are called."""


def unread(reference: Reference, iri: str, thing: Thing, lang: str, name: str | None = None) -> Iterator[Unread]:
    """What nobody read of a thing, among that on which answers rest: the thing itself, or single statements of it."""
    text = name or label(thing, lang)[0] or iri
    if one(thing, "verified") not in (None, "yes"):
        yield {"of": iri, "label": text, "property": None, "property_label": None}
        return
    for property_ in thing.get("unread", ()):
        described = reference.things.get(property_, {})
        if one(described, "weighs") == "true":
            named = label(described, lang)[0]
            yield {"of": iri, "label": text, "property": property_, "property_label": named}


def weakest(facts: Iterable[Unread]) -> dict[str, Any]:
    """The mark of an answer that rests on these facts besides those that were read, and each of them once."""
    once: Sequence[Unread] = list({(fact["of"], fact["property"]): fact for fact in facts}.values())
    if not once:
        return {"mark": "yes", "what": None, "facts": []}
    return {"mark": "from-knowledge", "what": said(once[0]), "facts": once}


def said(fact: Unread) -> str:
    """The fact in words.

    >>> said({"of": "x", "label": "Architecte", "property": "y", "property_label": "required level"})
    'Architecte: required level'
    """
    return ": ".join(part for part in (fact["label"], fact["property_label"]) if part)
