"""What both versions of the protocol share: the limit of a batch, language, previews, and answers in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import TypeAdapter, ValidationError

from graph_api.errors import BadRequest, LimitReached, UnknownIdentifier
from graph_api.rdf.terms import local_name
from graph_api.search.stemming import fold
from graph_api.store.queries import iris
from graph_api.store.things import Thing, label, read_things
from graph_api.web.layout import page, reader_of
from graph_api.web.reconcile.entities import Named, iri_of, kind_of, known_types, read_entities
from graph_api.web.reconcile.matching import Candidate, Wanted, candidates
from graph_api.web.reconcile.properties import Door
from graph_api.web.services import Services

MOST_AT_ONCE: Final = 1000
FEW: Final = 10
FEW_WAYS: Final = 2
"""So many names or things, and so many ways into a country, are answered beside other requests."""
PREVIEW: Final = {"width": 420, "height": 220}
NAME: Final = "Passerelle: recognition of professional qualifications"
_FRAMED: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors *"

Model = TypeVar("Model")


def parsed(adapter: TypeAdapter[Model], body: str | bytes, where: str) -> Model:
    """The JSON of a client as a model. Raises BadRequest that names what is wrong."""
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(str(part) for part in (where, *wrong["loc"]))
        raise BadRequest(where, f"{place}: {wrong['msg']}") from None


def within(door: Door, request: Request, count: int, what: str, ways: int = 0) -> None:
    """Raises LimitReached for more than a batch may hold, Costly for more than is answered beside other requests."""
    if count > MOST_AT_ONCE:
        message = f"{count} {what} are too many; send at most {MOST_AT_ONCE} at once"
        raise LimitReached("batch", MOST_AT_ONCE, message)
    if count > FEW or count * ways > FEW_WAYS:
        door.services.beside.alone(request)


def sent(services: Services, body: Any) -> JSONResponse:
    """JSON that says which version of the data it was made from."""
    return JSONResponse(body, headers={"X-Passerelle-Version": services.store.version})


def suggested(door: Door, prefix: str, kinds: Sequence[str], lang: str, page: tuple[int, int]) -> list[Candidate]:
    """The entities that a beginning may stand for, `page` being how many and after how many."""
    limit, offset = page
    found = candidates(door, Wanted(text=prefix, kinds=tuple(kinds), limit=limit + offset), lang)
    return found[offset:]


def listed(names: Mapping[str, str]) -> list[Named]:
    """Identifiers and names as things to choose from."""
    return [Named(text, name) for text, name in names.items()]


def beginning(things: Sequence[Named], prefix: str) -> list[Named]:
    """Types or properties whose identifier or name holds the text; all for none."""
    wanted = fold(prefix)
    return [thing for thing in things if wanted in fold(thing.id) or wanted in fold(thing.name)]


def preview(request: Request, door: Door, text: str) -> HTMLResponse:
    """A small page about one entity, made to stand in a frame of the client. Raises UnknownIdentifier."""
    thing = read_entities(door.services.store, [text]).get(text)
    if thing is None:
        kind, _, slug = text.partition("/")
        raise UnknownIdentifier(kind, slug)
    lang = reader_of(request).lang
    name, language = label(thing, lang)
    kind = kind_of(thing["iri"][0])
    answer = page(
        request,
        "preview.html",
        thing=thing["iri"][0],
        name=name or local_name(text),
        name_lang=language,
        kind=door.vocabulary.get(lang).types[kind],
        description=description(door.services, thing, lang),
    )
    answer.headers["Content-Security-Policy"] = _FRAMED
    return answer


def description(services: Services, thing: Thing, lang: str) -> str:
    """In a few words what tells a thing from its namesakes: where it belongs, at which level."""
    places = services.jurisdictions.get(lang)
    where = thing.get("state") or thing.get("inJurisdiction") or ()
    parts = [places.by_iri[iri].name for iri in where if iri in places.by_iri]
    parts += [f"EQF {level}" for level in thing.get("eqfLevel", ())]
    parts += [f"ISCO-08 {code}" for code in thing.get("iscoCode", ())]
    return ", ".join(parts)


def descriptions(services: Services, found: Sequence[Candidate], lang: str) -> dict[str, str]:
    """The few words of each candidate, by identifier."""
    wanted = {candidate.id: iri for candidate in found if (iri := iri_of(candidate.id))}
    things = read_things(services.store, "namesakes", thing=iris(sorted(set(wanted.values())))) if wanted else {}
    return {text: description(services, things[iri], lang) for text, iri in wanted.items() if iri in things}


def proposed(request: Request, door: Door, kind: str, limit: int) -> JSONResponse:
    """The properties worth fetching for a type, or for all; at most so many."""
    found = door.vocabulary.get(reader_of(request).lang).properties_of(known_types([kind])[0] if kind else None)
    named = [{"id": item.id, "name": item.name} for item in found[:limit]]
    return sent(door.services, {"properties": named, "limit": limit, **({"type": kind} if kind else {})})


def told(door: Door, found: Sequence[Candidate], lang: str) -> list[dict[str, Any]]:
    """Suggested entities with what tells them from their namesakes, and their types."""
    named, said = door.vocabulary.get(lang).types, descriptions(door.services, found, lang)
    return [
        {
            "id": item.id,
            "name": item.name,
            "description": said.get(item.id, ""),
            "notable": [{"id": item.kind, "name": named[item.kind]}],
        }
        for item in found
    ]
