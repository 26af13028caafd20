"""Side by side: qualifications by their competences, a profession across countries, a code in other schemes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.queries import iris, select
from graph_api.store import GraphStore
from graph_api.terms import ESCO, NAMESPACE, local_name, thing
from graph_api.things import label, read_record, read_records, read_things

SCHEMES: Final[Mapping[str, str]] = {
    "profession": f"{NAMESPACE}id/profession/",
    "qualification": f"{NAMESPACE}id/qualification/",
    "esco": f"{ESCO}occupation/",
    "isco08": f"{ESCO}isco/C",
    "rome": f"{NAMESPACE}scheme/rome/",
    "kldb2010": f"{NAMESPACE}scheme/kldb2010/",
}
_STEPS: Final = 3
_STRENGTH: Final = {"exactMatch": 1.0, "closeMatch": 0.8, "narrowMatch": 0.6, "broadMatch": 0.6, "relatedMatch": 0.3}
_INVERSE: Final = {"narrowMatch": "broadMatch", "broadMatch": "narrowMatch"}


def compare(store: GraphStore, slugs: Sequence[str], lang: str) -> dict[str, Any]:
    """What qualifications share and what each has alone, by ESCO competence.

    Raises UnknownIdentifier for a slug that is not in the graph.
    """
    wanted = [thing("qualification", slug).value for slug in dict.fromkeys(slugs)]
    if len(wanted) < 2:
        raise BadRequest("qualification", "give at least two different qualifications")
    records = []
    for iri in wanted:
        record = read_record(store, iri, lang)
        if record is None:
            raise UnknownIdentifier("qualification", local_name(iri))
        records.append(record)
    held = competences(store, wanted)
    everything = {competence for found in held.values() for competence in found}
    names = read_things(store, "names", thing=iris(sorted(everything))) if everything else {}

    def shown(found: set[str]) -> list[dict[str, Any]]:
        return [{"id": iri, "label": label(names.get(iri, {}), lang)[0]} for iri in sorted(found)]

    described = {iri for iri in wanted if held[iri]}
    shared = set.intersection(*(set(held[iri]) for iri in wanted))
    return {
        "qualifications": records,
        "described": sorted(described),
        "shared": shown(shared),
        "only": {
            iri: shown(set(held[iri]) - {other for rest in wanted if rest != iri for other in held[rest]}) for iri in wanted
        },
        "relations": {iri: dict(sorted(held[iri].items())) for iri in wanted},
    }


def competences(store: GraphStore, qualifications: Sequence[str]) -> dict[str, dict[str, str]]:
    """Qualification -> competence -> "essential" or "optional" (essential wins)."""
    held: dict[str, dict[str, str]] = {iri: {} for iri in qualifications}
    for row in select(store, "competences_of", qualification=iris(qualifications)):
        relation = local_name(row["relation"]).removesuffix("Competence")
        known = held[row["qualification"]]
        if known.get(row["competence"]) != "essential":
            known[row["competence"]] = relation
    return held


def across_countries(store: GraphStore, slug: str, lang: str) -> dict[str, Any]:
    """A profession with its national forms. Raises UnknownIdentifier."""
    iri = thing("profession", slug).value
    profession = read_record(store, iri, lang)
    if profession is None:
        raise UnknownIdentifier("profession", slug)
    rows = select(store, "across_countries", profession=iris([iri]))
    records = read_records(store, [row["thing"] for row in rows], lang)
    codes = {row["thing"]: row["code"] for row in rows}
    return {
        "profession": profession,
        "countries": [{"country": codes[record["id"]], **record} for record in records],
    }


def crosswalk(store: GraphStore, scheme: str, code: str, to: str | None, lang: str) -> dict[str, Any]:
    """The chains of mappings that lead from a code to other schemes, each with its reason and its weakest link.

    Raises BadRequest for a scheme that is not known, UnknownIdentifier where no mapping speaks of the code.
    """
    for parameter, name in (("scheme", scheme), ("to", to)):
        if name is not None and name not in SCHEMES:
            raise BadRequest(parameter, f"'{name}' is no scheme of this graph; write one of {', '.join(sorted(SCHEMES))}")
    start = SCHEMES[scheme] + code
    chains, refused = _walk(store, start)
    if not chains and not refused:
        raise UnknownIdentifier(f"mapped code of {scheme}", code)
    aims = [chain for chain in chains if to is None or chain["id"].startswith(SCHEMES[to])]
    names = read_things(store, "names", thing=iris(sorted({chain["id"] for chain in chains} | {start})))
    for chain in aims:
        chain["label"] = label(names.get(chain["id"], {}), lang)[0]
        chain["scheme"] = _scheme_of(chain["id"])
    return {
        "from": {"id": start, "scheme": scheme, "code": code, "label": label(names.get(start, {}), lang)[0]},
        "to": to,
        "results": sorted(aims, key=lambda chain: (-chain["strength"], len(chain["steps"]), chain["id"])),
        "refused": refused,
    }


def _scheme_of(iri: str) -> str | None:
    return next((name for name, start in SCHEMES.items() if iri.startswith(start)), None)


def _walk(store: GraphStore, start: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Breadth first, one query a step, never back to what was reached; the strongest chain to each concept."""
    reached: dict[str, dict[str, Any]] = {start: {"id": start, "strength": 1.0, "steps": []}}
    refused: list[dict[str, Any]] = []
    frontier = [start]
    for hop in range(_STEPS):
        found: dict[str, dict[str, Any]] = {}
        for row in select(store, "mappings_of", concept=iris(frontier)):
            here, there = (row["subject"], row["object"])
            backwards = here not in frontier
            if backwards:
                here, there = there, here
            step = _step(row, here, there, backwards)
            if row.get("modifier") == "Not":
                if hop == 0:
                    refused.append(step)
                continue
            chain = {
                "id": there,
                "strength": round(min(reached[here]["strength"], step["strength"]), 3),
                "steps": [*reached[here]["steps"], step],
            }
            if there not in reached and chain["strength"] > found.get(there, {"strength": 0})["strength"]:
                found[there] = chain
        reached |= found
        frontier = sorted(found)
        if not frontier:
            break
    del reached[start]
    return list(reached.values()), refused


def _step(row: Mapping[str, str], here: str, there: str, backwards: bool) -> dict[str, Any]:
    predicate = local_name(row["predicate"])
    if backwards:
        predicate = _INVERSE.get(predicate, predicate)
    confidence = float(row["confidence"]) if "confidence" in row else None
    strength = _STRENGTH.get(predicate, 0.3) * (confidence if confidence is not None else 1.0)
    return {
        "mapping": row["mapping"],
        "from": here,
        "to": there,
        "predicate": predicate,
        "confidence": confidence,
        "strength": round(strength, 3),
        "justification": row.get("justification"),
        "reason": row.get("comment"),
        "refused": row.get("modifier") == "Not",
    }
