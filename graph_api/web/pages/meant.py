"""Which thing of the graph a typed text stands for, when that is certain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graph_api.rdf.terms import is_slug, thing
from graph_api.search.stemming import fold
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.things import Text, label
from graph_api.web.pages.search import PageSearch

_KINDS: Final = {"qualification": ("qualification", "joint-programme")}
"""What may stand in a field, where it is more than the kind that names the field."""


def kinds_of(name: str) -> Sequence[str]:
    """The kinds of things that a field may hold."""
    return _KINDS.get(name, (name,))


def label_in(store: GraphStore, name: str, slug: str, lang: str) -> Text:
    """The name of what a field holds, by its slug; nothing where no thing of its kinds has it."""
    found = (label_of(store, kind, slug, lang) for kind in kinds_of(name))
    return next((text for text in found if text[0] is not None), (None, None))


def label_of(store: GraphStore, kind: str, slug: str, lang: str) -> Text:
    """The name of a thing by its slug; nothing where there is no such thing."""
    if not is_slug(slug):
        return None, None
    iri = thing(kind, slug).value
    return label(read_labels(store, [iri]).get(iri, {}), lang)


def meant(store: GraphStore, search: PageSearch, text: str, name: str, lang: str) -> str | None:
    """The slug that a text stands for in a field: a slug, a name in any language, or the one name that resembles it."""
    if not text:
        return None
    if is_slug(text) and label_in(store, name, text, lang)[0] is not None:
        return text
    hits = search.hits(text, lang, kinds=kinds_of(name), limit=2)
    exact = [hit for hit in hits if hit.matched.how == "exact"]
    exact = exact or [hit for hit in hits if fold(hit.matched.label) == fold(text)]  # accents may be left out
    if not exact and len(hits) == 1 and hits[0].matched.how != "typo":
        return hits[0].slug
    return exact[0].slug if len(exact) == 1 else None
