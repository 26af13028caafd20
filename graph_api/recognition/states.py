"""Where somebody comes from or wants to go, by code or by name in the graph's languages: any state."""

from __future__ import annotations

from functools import cache

from babel import Locale

from graph_api.errors import BadRequest
from graph_api.recognition.law import Reference
from graph_api.recognition.places import folded
from graph_api.store.things import LANGUAGES, every


def state_code(reference: Reference, text: str, parameter: str) -> str:
    """The code of the state or the part of one that the text names. Raises BadRequest.

    States outside the graph go by their code of ISO 3166-1.
    """
    wanted = text.strip()
    iri = reference.jurisdictions.get(wanted.upper())
    if iri is not None:
        return reference.code(iri)
    named = _own_names(reference).get(folded(wanted)) or _names().get(folded(wanted))
    if named is None and wanted.upper() in _codes():
        named = wanted.upper()
    if named is None:
        raise BadRequest(
            parameter, f"'{text[:60]}' is no state that is known here; write its name, or its code of two letters"
        )
    return named


def state_name(code: str, lang: str) -> str | None:
    """The name of a state in the reader's language, by its code of two letters."""
    return Locale.parse(lang).territories.get(code.upper())


def _own_names(reference: Reference) -> dict[str, str]:
    return {
        folded(name): reference.code(iri)
        for iri, thing in sorted(reference.of_class("Jurisdiction").items(), reverse=True)
        for name in every(thing, "prefLabel")
    }


@cache
def _codes() -> frozenset[str]:
    codes = map(str, Locale.parse("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha() and code not in ("ZZ", "XA", "XB"))


@cache
def _names() -> dict[str, str]:
    territories = [Locale.parse(lang).territories for lang in LANGUAGES]
    return {folded(names[code]): code for names in territories for code in sorted(_codes()) if code in names}
