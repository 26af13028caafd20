"""Qualifications as the Qualifications Dataset Register takes them: the LOQ profile of the European Learning Model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph_api.store.graph_store import JSON_RESULTS, GraphStore
from graph_api.store.queries import bind

ELM: Final = "http://data.europa.eu/snb/model/elm/"
_EQF: Final = "http://data.europa.eu/snb/eqf/"
_FIELD_UNKNOWN: Final = "http://data.europa.eu/snb/isced-f/9999"
"""What ISCED-F 2013 has for a field that is not known; the tables hold none yet."""
_CONTEXT: Final = {
    "elm": ELM,
    "dcterms": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "id": "@id",
    "type": "@type",
    "title": {"@id": "dcterms:title", "@container": "@language"},
    "name": {"@id": "skos:prefLabel", "@container": "@language"},
    "eqf_level": {"@id": "elm:EQFLevel"},
    "nqf_level": {"@id": "elm:NQFLevel"},
    "field": {"@id": "elm:ISCEDFCode"},
    "learning_outcome": {"@id": "elm:learningOutcome"},
}
_NEEDS: Final = {
    "eqf": "no EQF level is known",
    "level": "no level of the national framework is known",
    "outcome": "no learning outcome is known",
}


@dataclass(frozen=True)
class Export:
    """The document, and why each qualification that is not in it was left out."""

    document: dict[str, Any]
    left_out: dict[str, list[str]]


def exported(store: GraphStore, only: str | None = None) -> Export:
    """All qualifications, or one, that meet what the profile demands; no level is invented for the others."""
    read: dict[str, dict[str, Any]] = {}
    for row in _cells(store, "loq_qualifications"):
        iri = row["qualification"]["value"]
        if only in (None, iri):
            _add(read.setdefault(iri, {"titles": {}, "levels": {}, "outcomes": {}}), row)
    for row in _cells(store, "loq_outcomes"):
        if row["qualification"]["value"] in read:
            outcomes = read[row["qualification"]["value"]]["outcomes"]
            titles = outcomes.setdefault(row["outcome"]["value"], {})
            titles.setdefault(row["title"].get("xml:lang", "und"), row["title"]["value"])
    left_out = {iri: _lacking(said) for iri, said in read.items()}
    nodes = [_node(iri, said) for iri, said in sorted(read.items()) if not left_out[iri]]
    vocabulary = [{"id": _FIELD_UNKNOWN, "type": "skos:Concept", "name": {"en": "Field unknown"}}]
    vocabulary += [
        {"id": f"{_EQF}{level}", "type": "skos:Concept", "name": {"en": f"EQF level {level}"}} for level in range(1, 9)
    ]
    document = {"@context": _CONTEXT, "@graph": [*nodes, *(vocabulary if nodes else [])]}
    return Export(document, {iri: reasons for iri, reasons in sorted(left_out.items()) if reasons})


def _cells(store: GraphStore, name: str) -> list[dict[str, dict[str, str]]]:
    rows: list[dict[str, dict[str, str]]] = json.loads(store.query(bind(name, {}), JSON_RESULTS))["results"]["bindings"]
    return rows


def _add(said: dict[str, Any], row: Mapping[str, Mapping[str, str]]) -> None:
    title = row["title"]
    said["titles"].setdefault(title.get("xml:lang", "und"), title["value"])
    if "eqf" in row:
        said["eqf"] = row["eqf"]["value"]
    if "level" in row:
        label = row["level_label"]
        names = said["levels"].setdefault(row["level"]["value"], {})
        names.setdefault(label.get("xml:lang", "und"), label["value"])


def _lacking(said: Mapping[str, Any]) -> list[str]:
    have = {"eqf": said.get("eqf"), "level": said["levels"], "outcome": said["outcomes"]}
    return [reason for name, reason in _NEEDS.items() if not have[name]]


def _node(iri: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": iri,
        "type": "elm:Qualification",
        "title": said["titles"],
        "eqf_level": {"id": f"{_EQF}{said['eqf']}"},
        "nqf_level": [{"id": level, "type": "skos:Concept", "name": names} for level, names in said["levels"].items()],
        "field": {"id": _FIELD_UNKNOWN},
        "learning_outcome": [
            {"id": outcome, "type": "elm:LearningOutcome", "title": titles}
            for outcome, titles in said["outcomes"].items()
        ],
    }
