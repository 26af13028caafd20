"""The `@context` of all JSON answers, at one stable address: with it they say in triples what the graph says."""

from __future__ import annotations

import json
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import TypeAdapter

from graph_api.rdf.namespaces import DCTERMS, RDF, SKOS, SSSOM, XSD
from graph_api.rdf.terms import ESCO, PAS, kind_and_slug, local_name, prefixes
from graph_api.recognition.answer_schema import CONTRACT
from graph_api.recognition.question import Question
from graph_api.recognition.resolve import ResolveAnswer
from graph_api.search.labels import KIND_OF_ADDRESS, KINDS_FIRST
from graph_api.store.graph_store import GraphStore
from graph_api.store.per_version import Current
from graph_api.store.queries import select
from graph_api.store.records import snake
from graph_api.web.addresses import CONTEXT_PATH
from graph_api.web.negotiation import JSON_LD
from graph_api.web.rest.unknown import UnknownAnswer
from graph_api.web.services import Services

_INCLUDED: Final = (
    *("results", "paths", "steps", "authorities", "sources", "procedure"),
    *("answer", "countries", "register", "other_records"),
)
"""Keys of answers that hold things, or what holds things; nothing is said by them itself."""
_KEYS: Final = (
    "kind",
    "slug",
    "label",
    "lang",
    "graphs",
    "matched",
    "score",
    "query",
    "counts",
    "type",
    "value",
    "code",
)
"""Further keys of answers that are no properties."""
_AS_WRITTEN: Final = frozenset({"string", "langString", "integer", "decimal", "double", "boolean"})
"""Datatypes that JSON shows without a word."""
_SHOWN: Final = {"value": "@value", "lang": "@language", "type": "@type", "label": None, "url": None}
_OF_RELEASES: Final = (
    *(
        f"{SKOS}{name}"
        for name in ("prefLabel", "altLabel", "hiddenLabel", "notation", "inScheme", "broader", "narrower")
    ),
    *(f"{SKOS}{name}" for name in ("broaderTransitive", "topConceptOf", "hasTopConcept", "definition", "scopeNote")),
    *(f"{SKOS}{name}" for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch", "related")),
    *(f"{SKOS}{name}" for name in ("note", "example", "member")),
    *(f"{ESCO}model#{name}" for name in ("relatedEssentialSkill", "relatedOptionalSkill", "isEssentialSkillFor")),
    *(f"{ESCO}model#{name}" for name in ("isOptionalSkillFor", "skillType", "skillReuseLevel", "memberOfISCOGroup")),
    f"{ESCO}model#regulatedProfessionNote",
    f"{DCTERMS}description",
    f"{DCTERMS}modified",
    "http://purl.org/iso25964/skos-thes#status",
)
"""What imported releases say of their concepts; the graph describes its own properties alone."""
_MOMENTS: Final = {f"{DCTERMS}modified": "dateTime"}

_LINK: Final = "@id"
_SOME_CLASS: Final = "_:class"
_SAID: Final = {
    "thing": "@id",
    "mapping": "@id",
    "justification": None,
    "author": f"{SSSOM}author_label",
    "reviewer": f"{SSSOM}reviewer_label",
    "confidence": f"{SSSOM}confidence",
    "regulation": {"@id": f"{PAS}regulation", "@type": _LINK},
}
"""Keys of things in answers that say what the graph says; `mapping` and `thing` say which thing it is."""

Context = dict[str, Any]


class Contexts:
    """The context of the version that is served."""

    def __init__(self, store: GraphStore) -> None:
        self._made: Current[Context] = Current(store, lambda: _made(store))

    def get(self) -> Context:
        """The document as it is sent. Raises StoreUnavailable."""
        return {"@context": self._made.get()}


def _made(store: GraphStore) -> Context:
    types: dict[str, set[str]] = {}
    for row in select(store, "properties_described"):
        types.setdefault(row["property"], set()).add(local_name(row.get("datatype") or ""))
    for iri in _OF_RELEASES:
        types.setdefault(iri, {_MOMENTS[iri]} if iri in _MOMENTS else set())
    types.setdefault(f"{RDF}type", set())
    terms = {name: _term(iri, found) for iri, found in _by_key(types).items() for name in (snake(local_name(iri)),)}
    taken = _keys_of_answers()
    return {
        "@version": 1.1,
        **prefixes(),
        **{name: term for name, term in terms.items() if name not in taken},
        "id": "@id",
        "properties": {"@id": "@nest", "@context": terms},
        **dict.fromkeys(_INCLUDED, "@included"),
        "kind": _kinds(store),
        **_SAID,
        "address": f"{PAS}postalAddress",
        "email": f"{PAS}email",
        "of": {"@reverse": f"{DCTERMS}source", "@type": "@id"},
    }


def _kinds(store: GraphStore) -> Context:
    """`kind` as the class of a thing: the one that is called like it; any class where the graph says none."""
    loaded = any("/releases/esco" in row["release"] for row in select(store, "releases"))
    kinds = dict.fromkeys((*KINDS_FIRST, "competence", *KIND_OF_ADDRESS.values()), _SOME_CLASS)
    if loaded:
        kinds |= dict.fromkeys(("competence", *KIND_OF_ADDRESS.values()), f"{SKOS}Concept")
    for row in select(store, "classes_with_one"):
        own, name = kind_and_slug(row["first"]), snake(local_name(row["class"])).replace("_", "-")
        if own and (name.endswith(own[0]) or name.startswith(own[0])):
            kinds[own[0]] = row["class"]
    return {"@id": f"{RDF}type", "@type": "@vocab", "@context": kinds}


def _keys_of_answers() -> set[str]:
    """Keys that say something else where they stand outside `properties`."""
    schemas = (CONTRACT, TypeAdapter(Question), TypeAdapter(ResolveAnswer), TypeAdapter(UnknownAnswer))
    return set(_KEYS).union(*(_keys_in(schema.json_schema()) for schema in schemas))


def _keys_in(schema: Any) -> set[str]:
    """All names of properties that a JSON schema declares."""
    if isinstance(schema, list):
        return set().union(*map(_keys_in, schema))
    if not isinstance(schema, dict):
        return set()
    declared = schema.get("properties")
    names = set(declared) if isinstance(declared, dict) else set()
    return names.union(*map(_keys_in, schema.values()))


def _by_key(types: dict[str, set[str]]) -> dict[str, set[str]]:
    """Of properties that share a key ours comes last, so that it holds."""
    return dict(sorted(types.items(), key=lambda item: (item[0].startswith(PAS), item[0])))


def _term(iri: str, datatypes: set[str]) -> Context:
    """How the values of a property are to be read: text as the one datatype that JSON cannot show."""
    term: Context = {"@id": iri, "@context": _SHOWN}
    hidden = sorted(datatypes - _AS_WRITTEN - {""}, key=lambda name: name not in ("date", "dateTime"))
    if hidden and hidden[0] in ("date", "dateTime"):
        term["@type"] = XSD + hidden[0]
    return term


def add_context(router: APIRouter, services: Services) -> None:
    """`/context.jsonld`."""
    contexts = Contexts(services.store)

    @router.get(
        CONTEXT_PATH,
        summary="The JSON-LD context of all JSON answers",
        tags=["linked data"],
        response_class=Response,
        responses={200: {"content": {JSON_LD: {"schema": {"type": "object"}}}}},
    )
    def get_context() -> Response:
        """With it an answer expands to triples that the graph holds."""
        headers = {"X-Passerelle-Version": services.store.version, "Access-Control-Allow-Origin": "*"}
        body = json.dumps(contexts.get(), ensure_ascii=False)
        return Response(body, media_type=JSON_LD, headers=headers)
