"""What XML 1.0 can carry (2.2, Char): text that it cannot, and properties that have no name in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, Triple

from graph_api.errors import BadQuery

_BLANKS: Final = "\x0b\x0c\x1c\x1d\x1e\x1f\x85"
"""They part words or lines where they come from; the last one XML can carry."""
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DROPPED: Final = bytes(code for code in range(32) if code not in b"\t\n\r" and chr(code) not in _BLANKS)
_AS_BLANKS: Final = bytes(32 if 11 <= code < 32 and chr(code) in _BLANKS else code for code in range(256))
_NO_CHARACTERS: Final = re.compile("\ufffe|\uffff".encode())
_NAMED: Final = re.compile(r"[^\W\d][\w.\-·]*\Z")
"""The end of an IRI that can be the local part of an element's name."""


def has_forbidden(text: str) -> bool:
    """Whether XML cannot carry the text."""
    return _FORBIDDEN.search(text) is not None


def cleaned(text: str) -> str:
    r"""The text without the characters that XML cannot carry; those that part words become blanks.

    >>> cleaned("ward\x0bnurse\x00")
    'ward nurse'
    """
    return _FORBIDDEN.sub(lambda found: " " if found[0] in _BLANKS else "", text)


def cleaned_literal(said: Literal) -> Literal:
    """The literal with such a text."""
    text = cleaned(said.value)
    return Literal(text, language=said.language) if said.language else Literal(text, datatype=said.datatype)


def cleaned_bytes(data: bytes) -> bytes:
    r"""The same for XML as it is sent, in UTF-8; no character may be cut at its ends.

    >>> cleaned_bytes(b"<p>ward\x0bnurse\x00</p>")
    b'<p>ward nurse</p>'
    """
    return _NO_CHARACTERS.sub(b"", data.translate(_AS_BLANKS, _DROPPED))


def writable(triples: Iterable[Triple]) -> Iterator[Triple]:
    """The triples as RDF/XML can carry them. Raises BadQuery for a property that cannot be the name of an element."""
    for triple in triples:
        if not _NAMED.search(triple.predicate.value):
            what = f"the property {triple.predicate.value} has no name in XML, so that RDF/XML cannot carry it"
            raise BadQuery(f"{what}; ask for text/turtle")
        said = triple.object
        if isinstance(said, Literal) and has_forbidden(said.value):
            yield Triple(triple.subject, triple.predicate, cleaned_literal(said))
        else:
            yield triple
