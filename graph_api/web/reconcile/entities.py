"""What can be reconciled: the types of things, and the identifiers under which they are known here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from graph_api.errors import BadRequest
from graph_api.rdf.terms import ESCO, ESCO_KINDS, NAMESPACE, kind_and_slug, pas, thing
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris
from graph_api.store.things import Thing, read_things

IDENTIFIERS: Final = f"{NAMESPACE}id/"
"""The space of identifiers: an identifier here is what follows in the IRI of a thing, as `profession/midwife`."""
CLASSES: Final = {
    "profession": pas("Profession").value,
    "qualification": pas("Qualification").value,
    "competence": pas("Competence").value,
    "authority": pas("CompetentAuthority").value,
    "regime": pas("Regime").value,
}
"""The type of things by its identifier, and the class in the vocabulary that says what it is called."""
_SLUG: Final = re.compile(r"[A-Za-z0-9]+([-.][A-Za-z0-9]+)*")


@dataclass(frozen=True)
class Named:
    """A type or a property: its identifier and its name in the reader's language."""

    id: str
    name: str


def known_types(asked: Sequence[str]) -> tuple[str, ...]:
    """The types that were asked for, all where none was. Raises BadRequest for one that is not offered."""
    for kind in asked:
        if kind not in CLASSES:
            raise BadRequest("type", f"'{kind}' is no type of this service; write one of {', '.join(CLASSES)}")
    return tuple(asked) or tuple(CLASSES)


def identifier(iri: str) -> str | None:
    """The identifier of a thing, or None for what cannot be reconciled.

    >>> identifier("https://w3id.org/passerelle/id/profession/midwife")
    'profession/midwife'
    >>> identifier("https://example.org/midwife")
    """
    own = kind_and_slug(iri)
    if own is None:
        for kind, start in ESCO_KINDS.items():
            if iri.startswith(f"{ESCO}{start}/"):
                own = kind, iri.removeprefix(f"{ESCO}{start}/")
    return "/".join(own) if own and own[0] in CLASSES else None


def iri_of(text: str) -> str | None:
    """The IRI that an identifier stands for, or an IRI itself; None for any other text.

    >>> iri_of("profession/midwife")
    'https://w3id.org/passerelle/id/profession/midwife'
    >>> iri_of("midwife"), iri_of("profession/midwife>")
    (None, None)
    """
    own = identifier(text) or text
    kind, _, slug = own.partition("/")
    if kind not in CLASSES or not _SLUG.fullmatch(slug):
        return None
    return f"{ESCO}{ESCO_KINDS[kind]}/{slug}" if kind in ESCO_KINDS else thing(kind, slug).value


def kind_of(iri: str) -> str:
    """The type of a thing that has an identifier."""
    return (identifier(iri) or "").partition("/")[0]


def read_entities(store: GraphStore, ids: Sequence[str]) -> dict[str, Thing]:
    """What the graph says of the things with these identifiers, by identifier; those it does not know are left out."""
    wanted = {text: iri for text in ids if (iri := iri_of(text))}
    found = read_things(store, "things", thing=iris(sorted(set(wanted.values())))) if wanted else {}
    return {text: found[iri] for text, iri in wanted.items() if iri in found}
