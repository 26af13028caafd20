"""What search engines read: things, lists and breadcrumbs in the words of schema.org, as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fastapi import Request

from graph_api.classifications.hierarchy import Concept
from graph_api.rdf.terms import DATASET
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.things import LANGUAGES, one
from graph_api.web.addresses import page_path
from graph_api.web.pages.facts import ThingView, Value

CONTEXT: Final = "https://schema.org"
_LONGEST: Final = 500
_CLASSES: Final = {
    "Profession": "Occupation",
    "NationalProfession": "Occupation",
    "Occupation": "Occupation",
    "Qualification": "EducationalOccupationalCredential",
    "EvidenceOfQualification": "EducationalOccupationalCredential",
    "CompetentAuthority": "GovernmentOrganization",
    "Contact": "Organization",
    "LegalAct": "Legislation",
    "LegalProvision": "Legislation",
    "Regime": "Legislation",
    "Jurisdiction": "AdministrativeArea",
    "ConceptScheme": "DefinedTermSet",
    "Release": "Dataset",
    "TableFile": "Dataset",
    "RuleGraph": "Dataset",
    "Concept": "DefinedTerm",
    "Skill": "DefinedTerm",
}
"""Our classes and those we reuse -> the class of schema.org that says most; the first that fits."""


def thing_page(
    record: ThingView,
    *,
    request: Request,
    kind: str,
    crumbs: Sequence[tuple[str, str, str | None]],
    above: Sequence[Concept],
    public: str,
) -> dict[str, Any]:
    """The page of a thing: the thing itself, and the way to it."""
    steps = [(public + address, text) for address, text, _ in crumbs]
    steps += [(public + page_path(node.iri), node.label) for node in above if page_path(node.iri).startswith("/")]
    steps.append((public + request.url.path, record.label))
    return {"@context": CONTEXT, "@graph": [_thing(record, public + request.url.path, above), breadcrumbs(steps)]}


def dataset_page(version: str, statements: int, releases: Iterable[Mapping[str, str]], public: str) -> dict[str, Any]:
    """The dataset, with its downloads and the releases that it holds."""
    return {
        "@context": CONTEXT,
        "@type": "Dataset",
        "@id": DATASET,
        "name": "Passerelle",
        "description": "Recognition of professional qualifications between states: titles, professions, authorities, "
        "legal acts and regimes as a knowledge graph, each fact with its source.",
        "url": f"{public}/dataset",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "version": version,
        "isAccessibleForFree": True,
        "inLanguage": list(LANGUAGES),
        "size": f"{statements} statements",
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": media, "contentUrl": f"{public}{path}"}
            for media, path in (("application/n-quads", "/dumps/"), (JSON_RESULTS, "/sparql"))
        ],
        "isBasedOn": [
            {"@type": "Dataset", "name": row["title"], "version": row["version"], "creator": row["publisher"]}
            for row in releases
        ],
    }


def breadcrumbs(steps: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The way to a page."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": text, "item": address}
            for place, (address, text) in enumerate(steps, 1)
        ],
    }


def _thing(record: ThingView, url: str, above: Sequence[Concept]) -> dict[str, Any]:
    kind = next((mapped for name, mapped in _CLASSES.items() if name in record.classes), "Thing")
    described = _values(record, "definition") or _values(record, "description")
    said = {
        "@type": kind,
        "@id": record.iri,
        "url": url,
        "name": record.label,
        "alternateName": [text for _, text in record.names],
        "description": described[0].text[:_LONGEST] if described else None,
        **_particulars(kind, record, above),
    }
    return {name: value for name, value in said.items() if value}


def _particulars(kind: str, record: ThingView, above: Sequence[Concept]) -> Mapping[str, Any]:
    """What only things of this class have."""
    thing = record.thing
    if kind == "Occupation":
        return {"occupationalCategory": one(thing, "iscoCode") or one(thing, "notation")}
    if kind == "EducationalOccupationalCredential":
        places = _values(record, "issuedIn") or _values(record, "state")
        return {
            "educationalLevel": [f"EQF {level}" for level in thing.get("eqfLevel", ())],
            "validIn": [{"@type": "AdministrativeArea", "name": place.text} for place in places],
        }
    if kind in ("GovernmentOrganization", "Organization"):
        return {
            "sameAs": thing.get("homepage"),
            "email": thing.get("email"),
            "address": one(thing, "postalAddress"),
            "areaServed": [value.text for value in _values(record, "inJurisdiction")],
        }
    if kind == "Legislation":
        return {
            "legislationIdentifier": one(thing, "officialNumber") or one(thing, "article") or one(thing, "identifier"),
            "legislationJurisdiction": [value.text for value in _values(record, "inJurisdiction")],
            "sameAs": thing.get("eli"),
        }
    if kind == "DefinedTerm":
        scheme = {"@type": "DefinedTermSet", "@id": above[0].iri, "name": above[0].label} if above else None
        return {"termCode": one(thing, "notation"), "inDefinedTermSet": scheme}
    return {}


def _values(record: ThingView, name: str) -> list[Value]:
    """The values of a fact that the page shows, the best language first."""
    facts = (fact for facts in record.groups.values() for fact in facts if fact.name == name)
    return [value for fact in facts for value in fact.own(record.lang or "en")]
