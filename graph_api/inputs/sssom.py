"""Crosswalks in SSSOM (https://w3id.org/sssom/) -> mappings, each with its reason and its row."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml
from pyoxigraph import Literal, NamedNode, Quad

from graph_api.inputs.reading import (
    Reading,
    Row,
    describe_file,
    provenance,
)
from graph_api.rdf.namespaces import SKOS, SSSOM, XSD
from graph_api.rdf.terms import GRAPH, RDF_TYPE, RDFS_LABEL, thing

_SEVERAL: Final = ("reviewer_id", "reviewer_label", "author_id", "author_label")
"""Slots that hold several values, parted by `|`."""


def read_crosswalk(folder: Path, path: Path, reading: Reading) -> None:
    """An SSSOM table: each mapping a thing with its reason; what is not a refusal is also stated plainly."""
    file = f"mappings/{path.relative_to(folder).as_posix()}"
    name = path.name.removesuffix(".sssom.tsv").replace("_", "-")
    graph = NamedNode(f"{GRAPH}mappings/crosswalks/{name}")
    prefixes, rows = crosswalk_rows(path)
    describe_file(graph, file, reading)
    count = 0
    for line, cells in rows:
        count += 1
        try:
            reading.quads.extend(_mapping(name, graph, line, cells, prefixes))
        except ValueError as error:
            reading.wrong(file, str(error), line)
    reading.rows[file] = count


def crosswalk_rows(path: Path) -> tuple[Mapping[str, str], Iterator[tuple[int, dict[str, str]]]]:
    """The prefixes that an SSSOM table declares, and its rows with their lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    prefixes: dict[str, str] = (yaml.safe_load("\n".join(head)) or {}).get("curie_map", {})
    rows = csv.DictReader(lines[len(head) :], delimiter="\t")
    return prefixes, enumerate(rows, len(head) + 2)


def _mapping(
    name: str, graph: NamedNode, line: int, cells: Mapping[str, str], prefixes: Mapping[str, str]
) -> Iterator[Quad]:
    ends = [_curie(cells[slot], slot, prefixes) for slot in ("subject_id", "predicate_id", "object_id")]
    refused = cells.get("predicate_modifier") == "Not"
    key = "|".join([*(end.value for end in ends), str(refused)])
    mapping = thing("mapping", f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:10]}")
    yield Quad(mapping, RDF_TYPE, NamedNode(f"{SSSOM}Mapping"), graph)
    owl = "http://www.w3.org/2002/07/owl#annotated"
    for slot, end in zip(("Source", "Property", "Target"), ends, strict=True):
        yield Quad(mapping, NamedNode(owl + slot), end, graph)
    for slot, text in cells.items():
        if text and slot not in ("subject_id", "predicate_id", "object_id"):
            for value in text.split("|") if slot in _SEVERAL else (text,):
                yield Quad(mapping, NamedNode(SSSOM + slot), _slot_value(slot, value, prefixes), graph)
    if cells.get("object_label"):
        yield Quad(ends[2], RDFS_LABEL, Literal(cells["object_label"]), graph)
    if not refused:
        yield Quad(ends[0], ends[1], ends[2], graph)
    yield from provenance([mapping], Row(name, line, {}), graph)


def _slot_value(slot: str, text: str, prefixes: Mapping[str, str]) -> NamedNode | Literal:
    if slot == "confidence":
        return Literal(text, datatype=NamedNode(f"{XSD}decimal"))
    if slot in ("mapping_justification", "reviewer_id", "author_id"):
        return _curie(text, slot, prefixes)
    return Literal(text)


def _curie(text: str, slot: str, prefixes: Mapping[str, str]) -> NamedNode:
    known = {"skos": SKOS, "semapv": "https://w3id.org/semapv/vocab/", "orcid": "https://orcid.org/", **prefixes}
    prefix, colon, rest = text.partition(":")
    if not colon or prefix not in known:
        raise ValueError(
            f"{slot} '{text}' has no known prefix; declare it in curie_map or write one of {sorted(known)}"
        )
    return NamedNode(known[prefix] + rest)
