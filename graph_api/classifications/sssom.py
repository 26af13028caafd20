"""The mappings between two schemes or countries: to browse, and to download as SSSOM (https://w3id.org/sssom/)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import yaml
from pyoxigraph import Literal

from graph_api.classifications.crosswalk import Link, Schemes, join, records_from, steps_of
from graph_api.competences.profiles import Descriptions, Names
from graph_api.errors import BadRequest
from graph_api.rdf.terms import GRAPH, curie, local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_names
from graph_api.store.queries import Row, iris, select

TSV: Final = "text/tab-separated-values"
UNSPECIFIED_LICENCE: Final = "https://w3id.org/sssom/license/unspecified"
_MOST_ROWS: Final = 1_000_000
_BATCH: Final = 500
_UNSPECIFIED: Final = "https://w3id.org/semapv/vocab/UnspecifiedMatching"
_PREFIXES: Final[Mapping[str, str]] = {
    "graph": GRAPH,
    "orcid": "https://orcid.org/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
_COLUMNS: Final[Mapping[str, str]] = {
    "subject_id": "subject",
    "subject_label": "subject_label",
    "predicate_id": "predicate",
    "predicate_modifier": "modifier",
    "object_id": "object",
    "object_label": "object_label",
    "mapping_justification": "justification",
    "confidence": "confidence",
    "author_label": "author",
    "reviewer_id": "reviewer_id",
    "reviewer_label": "reviewer",
    "review_date": "reviewed",
    "subject_source_version": "subject_version",
    "object_source_version": "object_version",
    "license": "licence",
    "mapping_source": "graph",
    "comment": "comment",
}
"""SSSOM slot -> variable of the query."""
_ENTITIES: Final = frozenset(
    ("subject_id", "predicate_id", "object_id", "mapping_justification", "reviewer_id", "mapping_source")
)


_REQUIRED: Final = frozenset(("subject_id", "predicate_id", "object_id", "mapping_justification"))

_ANY: Final = "http"
"""How every address begins. Not the empty text: Virtuoso takes no address to begin with that."""


class MappingSets:
    """Reads the mappings of one store by the schemes or countries of their ends."""

    def __init__(self, store: GraphStore, schemes: Schemes, descriptions: Descriptions) -> None:
        self._store, self._schemes, self._all = store, schemes, descriptions

    def page(
        self, start: str | None, end: str | None, through: str | None, lang: str, page: tuple[int, int]
    ) -> list[dict[str, Any]]:
        """So many mappings as JSON, after so many, in the direction in which they are stated; `through` chains two.

        Raises BadRequest for what is neither a scheme nor a country.
        """
        limit, offset = page
        chained = self._chained(start, through, end)[offset : offset + limit] if through else None
        rows = self._rows(start, end, page) if chained is None else chained
        ends = {row[name] for row in rows for name in ("subject", "object")}
        names = Names(read_names(self._store, ends), lang)
        return [self._row_json(row, names) for row in rows]

    def _chained(self, start: str | None, through: str, end: str | None) -> list[Row]:
        """What follows from a mapping to a third vocabulary and one on from there; refusals are not walked."""
        if start is None or end is None:
            raise BadRequest("through", "give from and to as well; chains of everything with everything say little")
        first = self._steps(start, through)
        onwards: dict[str, list[Link]] = {}
        for step in self._steps(through, end):
            onwards.setdefault(step.chosen.start, []).append(step)
        rows = [row for step in first for then in onwards.get(step.chosen.end, ()) for row in _joined(step, then)]
        return sorted(rows, key=lambda row: (row["subject"], row["object"], row["predicate"], row["comment"]))

    def _steps(self, start: str, end: str) -> list[Link]:
        """The steps from the one to the other, whichever way they are stated."""
        rows = self._rows(start, end, (_MOST_ROWS, 0))
        spaces, aims = tuple(self._spaces(start, "from")), tuple(self._spaces(end, "to"))
        ends = {row[name] for row in rows for name in ("subject", "object")}
        steps, _ = steps_of(records_from(rows, [iri for iri in ends if iri.startswith(spaces)]))
        return [step for step in steps if step.chosen.end.startswith(aims)]

    def _rows(self, start: str | None, end: str | None, page: tuple[int, int]) -> list[Row]:
        spaces = {"from": self._spaces(start, "from"), "to": self._spaces(end, "to")}
        if not all(spaces.values()):
            return []
        terms = {name: [Literal(space) for space in found] for name, found in spaces.items()}
        found = [row["mapping"] for row in select(self._store, "mappings_between", page=page, **terms)]
        said = [row for part in batched(found) for row in select(self._store, "mapping_slots", mapping=iris(part))]
        place = {iri: number for number, iri in enumerate(found)}
        return sorted(said, key=lambda row: (place[row["mapping"]], row["predicate"], row["graph"]))

    def _spaces(self, asked: str | None, parameter: str) -> list[str]:
        """How the addresses begin that a scheme, or a country through its schemes, stands for."""
        if asked is None:
            return [_ANY]
        if asked.lower() in self._schemes.all():
            return [self._schemes.all()[asked.lower()].space]
        try:
            place = self._all.place(asked, parameter).iri
        except BadRequest:
            known = ", ".join(sorted(self._schemes.all()))
            message = f"'{asked}' is no scheme and no country of this graph; write a country's code or one of {known}"
            raise BadRequest(parameter, message) from None
        return sorted(scheme.space for scheme in self._schemes.all().values() if place in scheme.places)

    def _row_json(self, row: Row, names: Names) -> dict[str, Any]:
        return {
            "mapping": row.get("mapping"),
            "subject": self._end_json(row["subject"], names, row.get("subject_label")),
            "predicate": local_name(row["predicate"]),
            "object": self._end_json(row["object"], names, row.get("object_label")),
            "refused": row.get("modifier") == "Not",
            "confidence": float(row["confidence"]) if "confidence" in row else None,
            "justification": row.get("justification"),
            "author": row.get("author"),
            "reviewer": row.get("reviewer"),
            "reason": row.get("comment"),
            "graph": row.get("graph"),
        }

    def _end_json(self, iri: str, names: Names, noted: str | None) -> dict[str, Any]:
        scheme = self._schemes.of(iri)
        known = names.label(iri) if iri in names.things else noted
        return {"id": iri, "label": known, "scheme": scheme.slug if scheme else None}

    def sssom(self, start: str | None, end: str | None, through: str | None, address: str) -> str:
        """All of them as one SSSOM table; `address` names the set. The licence is stated where all rows share one."""
        rows = self._chained(start, through, end) if through else self._rows(start, end, (_MOST_ROWS, 0))
        licences = self._licences(row["graph"] for row in rows if "graph" in row)
        full = [{**row, "licence": licences.get(row.get("graph", ""), UNSPECIFIED_LICENCE)} for row in rows]
        shared = {row["licence"] for row in full}
        prefixes = {**_PREFIXES, **{slug: scheme.space for slug, scheme in self._schemes.all().items()}}
        return table(full, prefixes, address, shared.pop() if len(shared) == 1 else UNSPECIFIED_LICENCE)

    def _licences(self, graphs: Iterable[str]) -> dict[str, str]:
        wanted = sorted(set(graphs))
        rows = select(self._store, "licences_of", graph=iris(wanted)) if wanted else []
        return {row["graph"]: row["licence"] for row in rows}


def batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values in parts that fit into one query each."""
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))


def _joined(first: Link, then: Link) -> Iterator[Row]:
    relation = join(first.chosen.relation, then.chosen.relation)
    if relation is not None:
        said = [f"{step.chosen.relation}Match, strength {step.chosen.strength}" for step in (first, then)]
        yield {
            "subject": first.chosen.start,
            "predicate": f"{_PREFIXES['skos']}{relation}Match",
            "object": then.chosen.end,
            "justification": f"{_PREFIXES['semapv']}MappingChaining",
            "comment": f"through {first.chosen.end}: {' and '.join(said)}",
        }


def table(rows: Sequence[Row], prefixes: Mapping[str, str], address: str, licence: str) -> str:
    """The rows as an SSSOM table with its metadata before it, only the columns that hold something."""
    slots = [slot for slot, name in _COLUMNS.items() if slot in _REQUIRED or any(row.get(name) for row in rows)]
    lines = [[_cell(row, slot, prefixes) for slot in slots] for row in rows]
    head = {
        "curie_map": dict(sorted(_needed(prefixes, slots, lines))),
        "mapping_set_id": address,
        "license": licence,
    }
    text = io.StringIO()
    for line in yaml.safe_dump(head, sort_keys=False, allow_unicode=True).splitlines():
        text.write(f"#{line}\n")
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(slots)
    writer.writerows(lines)
    return text.getvalue()


def _cell(row: Row, slot: str, prefixes: Mapping[str, str]) -> str:
    value = row.get(_COLUMNS[slot], _UNSPECIFIED if slot == "mapping_justification" else "")
    if slot in _ENTITIES:
        return curie(value, prefixes)
    return " ".join(value.split())


def _needed(
    prefixes: Mapping[str, str], slots: Sequence[str], lines: Iterable[Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """The prefixes that the table uses."""
    entities = [number for number, slot in enumerate(slots) if slot in _ENTITIES]
    used = {line[number].partition(":")[0] for line in lines for number in entities if line[number]}
    return ((name, start) for name, start in prefixes.items() if name in used or name in ("skos", "semapv"))
