"""What nobody read of the facts on which an answer rests: whole rows, and single cells of rows that were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph_api.rdf.terms import PAS
from graph_api.recognition.answer_schema import UnreadFact, Weakest
from graph_api.recognition.law import Reference
from graph_api.store.things import Thing, every, label, one


def unread(reference: Reference, iri: str, thing: Thing, lang: str, name: str | None = None) -> Iterator[UnreadFact]:
    """What nobody read of a thing, among that on which answers rest: the thing itself, or single statements of it."""
    whole = one(thing, "verified") not in (None, "yes")
    if not whole and "unread" not in thing:
        return
    text = name or label(thing, lang)[0] or iri
    if whole:
        yield {"of": iri, "label": text, "property": None, "property_label": None}
        return
    for property_ in every(thing, "unread"):
        described = reference.thing(property_)
        if one(described, "weighs") == "true":
            named = label(described, lang)[0]
            yield {"of": iri, "label": text, "property": property_, "property_label": named}


def by_machine(reference: Reference, title: Thing, lang: str) -> UnreadFact:
    """That a title opens the profession asked, where only a machine says so."""
    property_ = f"{PAS}opensByMachine"
    named = label(reference.thing(property_), lang)[0]
    iri = title["iri"][0]
    return {"of": iri, "label": label(title, lang)[0] or iri, "property": property_, "property_label": named}


def weakest(facts: Iterable[UnreadFact]) -> Weakest:
    """The mark of an answer that rests on these facts besides those that were read, and each of them once."""
    once: list[UnreadFact] = list({(fact["of"], fact["property"]): fact for fact in facts}.values())
    if not once:
        return {"mark": "yes", "what": None, "facts": []}
    return {"mark": "from-knowledge", "what": said(once[0]), "facts": once}


def said(fact: UnreadFact) -> str:
    """The fact in words.

    >>> said({"of": "x", "label": "Architecte", "property": "y", "property_label": "required level"})
    'Architecte: required level'
    """
    return ": ".join(part for part in (fact["label"], fact["property_label"]) if part)
