"""Which thing of the graph a typed text stands for, when that is certain."""

from __future__ import annotations

from graph_api.rdf.terms import is_slug, thing
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris
from graph_api.store.things import Text, label, read_things
from graph_api.web.pages.search import PageSearch


def label_of(store: GraphStore, kind: str, slug: str, lang: str) -> Text:
    """The name of a thing by its slug; nothing where there is no such thing."""
    if not is_slug(slug):
        return None, None
    iri = thing(kind, slug).value
    return label(read_things(store, "labels", thing=iris([iri])).get(iri, {}), lang)


def meant(store: GraphStore, search: PageSearch, text: str, kind: str, lang: str) -> str | None:
    """The slug that a text stands for: a slug, a name in any language, or the one name that resembles it."""
    if not text:
        return None
    if is_slug(text) and label_of(store, kind, text, lang)[0] is not None:
        return text
    hits = search.hits(text, lang, kinds=[kind], limit=2)
    exact = [hit for hit in hits if hit.matched.how == "exact"]
    if not exact and len(hits) == 1 and hits[0].matched.how != "typo":
        return hits[0].slug
    return exact[0].slug if len(exact) == 1 else None
