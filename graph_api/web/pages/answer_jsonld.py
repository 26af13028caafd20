"""The answers of the path finder as linked data: a JSON-LD document with our prefixes, for whoever reads graphs.

What the graph says of routes, regimes, procedures, provisions and authorities stands under their own IRIs, as the
graph itself says it; only what was worked out for the question stands under the address of the answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypedDict

from fastapi.responses import Response

from graph_api.rdf.terms import DATASET, prefixes
from graph_api.recognition.answer_schema import (
    Authority,
    Compensation,
    Condition,
    LegalBasis,
    Path,
    Refusal,
    Regime,
    Source,
    Step,
)
from graph_api.recognition.procedures import PROSE
from graph_api.store.graph_store import GraphStore
from graph_api.store.things import SourceOf, Text, Thing, one
from graph_api.web.negotiation import JSON_LD
from graph_api.web.pages.answer_view import AnswerView, Labelled
from graph_api.web.pages.factsheet import Permission, Sentence

Node = dict[str, Any]


def response(store: GraphStore, body: Node) -> Response:
    """The document as it is sent."""
    headers = {"Vary": "Accept, Accept-Language", "X-Passerelle-Version": store.version}
    return Response(json.dumps(body, ensure_ascii=False), media_type=JSON_LD, headers=headers)


def answer_document(
    answer: AnswerView, address: str, lang: str, verdict: str, place: Callable[[str], str | None]
) -> Node:
    """The whole answer; `address` is where it stands, `place` gives the IRI of a jurisdiction by its code."""
    return document([*answer_nodes(answer, address, lang, verdict, place)])


def document(nodes: list[Node]) -> Node:
    """Nodes as one JSON-LD document, with the prefixes of the project."""
    return {"@context": dict(prefixes()), "@graph": nodes}


def answer_nodes(
    answer: AnswerView, address: str, lang: str, verdict: str, place: Callable[[str], str | None]
) -> Iterator[Node]:
    """The answer itself, and the things of the graph on which it rests with their sources."""
    said = answer.said
    question = said["question"]
    writer = _NodeWriter(answer, address, lang)
    yield _filled(
        {
            "@id": f"{address}#answer",
            "@type": "pas:Answer",
            "dcterms:description": {"@value": verdict, "@language": lang},
            "pas:status": answer.status,
            "pas:asOf": date(said["as_of"]),
            "pas:qualification": _reference(question["qualification_iri"]),
            "pas:profession": _reference(question["profession_iri"]),
            "pas:home": _reference(place(question["home"]) if question["home"] else None),
            "pas:host": [_reference(place(code)) for code in question["hosts"]],
            "prov:wasDerivedFrom": {"@id": DATASET, "dcat:version": said["data_version"]},
            "pas:path": [writer.path(path) for path in said["paths"]],
            "pas:refusal": [writer.refusal(number, item) for number, item in enumerate(said["refused"], 1)],
        }
    )
    yield from sourced(source for path in said["paths"] for step in path["steps"] for source in step["sources"])


def sourced(sources: Iterable[Source]) -> Iterator[Node]:
    """The things that the sources speak of, each with its sources and whether it was read there."""
    found: dict[str, Node] = {}
    for source in sources:
        thing = found.setdefault(source["of"], {"@id": source["of"], "dcterms:source": []})
        if source["verified"]:
            thing["pas:verified"] = source["verified"]
        if all(known["@id"] != source["id"] for known in thing["dcterms:source"]):
            thing["dcterms:source"].append(source_node(source))
    yield from found.values()


def source_node(source: Source | SourceOf) -> Node:
    """A source with its text and, where the text holds one, its address."""
    return _filled(
        {
            "@id": source["id"],
            "@type": "pas:Source",
            "rdfs:label": source["label"],
            "foaf:page": _reference(source["url"]),
        }
    )


def provision_node(basis: LegalBasis) -> Node:
    """A provision with its act, as an answer cites it; the act alone where no provision is named."""
    eli = basis["act"]
    act = _filled(
        {
            "@id": basis["act_id"],
            "@type": "pas:LegalAct",
            "rdfs:label": basis["act_name"],
            "pas:eli": _reference(eli) if eli != basis["act_id"] else None,
        }
    )
    if not basis["provision"]:
        return act
    return _filled(
        {
            "@id": basis["provision"],
            "@type": "pas:LegalProvision",
            "pas:article": basis["article"],
            "pas:ofAct": act,
        }
    )


def claim(address: str, text: str, statement: Sentence, lang: str) -> Node:
    """A sentence of a factsheet: what it says, of what, after which sources and provisions."""
    return _filled(
        {
            "@id": address,
            "@type": "schema:Claim",
            "dcterms:type": statement.topic,
            "schema:text": {"@value": text, "@language": lang},
            "skos:note": written(statement.quote),
            "schema:about": _reference(statement.about),
            "dcterms:source": [source_node(source) for source in statement.sources],
            "dcterms:references": [provision_node(basis) for basis in statement.law],
        }
    )


class Adviser(TypedDict):
    """Who gives first-line advice, as the sheets show them."""

    thing: Thing
    label: Text
    sources: list[SourceOf]


def contact(item: Adviser) -> Node:
    """Where one gets advice."""
    thing = item["thing"]
    return _filled(
        {
            "@id": one(thing, "iri"),
            "@type": "pas:Contact",
            "skos:prefLabel": written(item["label"]),
            "foaf:homepage": _reference(one(thing, "homepage")),
            "dcterms:source": [source_node(source) for source in item["sources"]],
        }
    )


def permission(item: Permission) -> Node:
    """What the law of a place says of one act."""
    return _filled(
        {
            "@id": item["iri"],
            "@type": "pas:ActPermission",
            "pas:act": {"@id": item["act"], "skos:prefLabel": written(item["label"])},
            "pas:permission": item["permission"],
            "pas:inJurisdiction": [{"@id": iri} for iri in item["where"]],
            "dcterms:source": [source_node(source) for source in item["sources"]],
        }
    )


def written(named: Text) -> Any:
    """A text with its language, where that is known."""
    text, language = named
    return {"@value": text, "@language": language} if text and language else text


def date(text: str) -> Node:
    """A day."""
    return {"@value": text, "@type": "xsd:date"}


class _NodeWriter:
    """Writes the parts of one answer."""

    def __init__(self, answer: AnswerView, address: str, lang: str) -> None:
        self._answer, self._address, self._lang = answer, address, lang

    def path(self, path: Path) -> Node:
        address = f"{self._address}#path-{path['rank']}"
        return {
            "@id": address,
            "@type": "pas:Path",
            "pas:order": path["rank"],
            "pas:status": path["status"],
            "pas:step": [self._step(f"{address}-step-{n}", n, step) for n, step in enumerate(path["steps"], 1)],
        }

    def refusal(self, number: int, item: Refusal) -> Node:
        address = f"{self._address}#refusal-{number}"
        return _filled(
            {
                "@id": address,
                "@type": "pas:Refusal",
                "pas:underRegime": self._regime(item["regime"]),
                "pas:assessment": self._assessments(address, item["because"]),
            }
        )

    def _step(self, address: str, number: int, step: Step) -> Node:
        limits = step["deadlines"]
        return _filled(
            {
                "@id": address,
                "@type": "pas:Step",
                "pas:order": number,
                "pas:startsFrom": self._named(step["from"]),
                "pas:leadsTo": self._named(step["to"]),
                "pas:route": self._route(step),
                "pas:legalBasis": [provision_node(basis) for basis in step["legal_basis"]],
                "pas:authority": [self._authority(item) for item in step["authorities"]],
                "pas:procedure": self._procedure(step),
                "pas:requiresDocument": [self._named(item) for item in step["documents"]],
                "pas:acknowledgeWithin": _duration(limits["acknowledge"]),
                "pas:decideWithin": _duration(limits["decide"]),
                "pas:extension": _duration(limits["extension"]),
                "pas:assessment": self._assessments(address, step["conditions"]),
                "pas:doubt": [self._named(item) for item in step["doubts"]],
            }
        )

    def _route(self, step: Step) -> Node:
        return _filled(
            {
                "@id": step["route"],
                "@type": "pas:Route",
                "pas:underRegime": self._regime(step["regime"]),
                "pas:compensation": self._measure(step["compensation"]),
            }
        )

    def _regime(self, regime: Regime) -> Node:
        label = {"@value": regime["label"], "@language": self._lang} if regime["label"] else None
        return _filled(
            {"@id": regime["iri"], "@type": "pas:Regime", "dcterms:identifier": regime["id"], "skos:prefLabel": label}
        )

    def _measure(self, measure: Compensation) -> Node | None:
        if not measure["possible"]:
            return None
        return _filled(
            {
                "@id": measure["id"],
                "@type": "pas:CompensationMeasure",
                "pas:kind": measure["kinds"],
                "pas:chosenBy": measure["chosen_by"],
                "pas:maxMonths": measure["max_months"],
                "pas:provision": [provision_node(basis) for basis in measure["legal_basis"]],
            }
        )

    def _authority(self, item: Authority) -> Node:
        return _filled(
            {
                **(self._named(item) or {}),
                "@type": "pas:CompetentAuthority",
                "foaf:homepage": _reference(item["url"]),
                "pas:postalAddress": item["address"],
                "pas:email": item["email"],
            }
        )

    def _procedure(self, step: Step) -> Node | None:
        application = step["application"]
        if application is None:
            return None
        told = {f"pas:{name}": written(self._answer.told(step, name, self._lang)) for name in PROSE.values()}
        for name in ("feeMinimum", "feeMaximum"):
            told[f"pas:{name}"] = _typed(told[f"pas:{name}"], "decimal")
        return _filled({"@id": application["id"], "@type": "pas:Procedure", **told})

    def _assessments(self, address: str, conditions: Iterable[Condition]) -> list[Node]:
        return [
            {
                "@id": f"{address}-condition-{number}",
                "@type": "pas:Assessment",
                "pas:status": item["status"],
                "pas:assesses": _filled(
                    {
                        "@id": item["iri"],
                        "skos:prefLabel": {"@value": item["label"], "@language": self._lang} if item["label"] else None,
                        "pas:provision": [provision_node(basis) for basis in item["legal_basis"]],
                    }
                ),
            }
            for number, item in enumerate(conditions, 1)
        ]

    def _named(self, item: Labelled) -> Node | None:
        if not item["id"]:
            return None
        return _filled({"@id": item["id"], "skos:prefLabel": written(self._answer.name(item))})


def _duration(text: str | None) -> Node | None:
    return _typed(text, "duration")


def _typed(text: str | None, datatype: str) -> Node | None:
    return {"@value": text, "@type": f"xsd:{datatype}"} if text else None


def _reference(iri: str | None) -> Node | None:
    return {"@id": iri} if iri else None


def _filled(node: Node) -> Node:
    """The node without what is not known: JSON-LD says nothing where we know nothing."""
    kept = {name: [value for value in held if value] if isinstance(held, list) else held for name, held in node.items()}
    return {name: value for name, value in kept.items() if value not in (None, [], "", {})}
