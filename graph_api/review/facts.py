"""What can be judged: rows that nobody read, cells that nobody read in rows that were, matches that nobody signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from graph_api.errors import BadTable
from graph_api.inputs.csvw import Table, expanded, rows_of
from graph_api.inputs.reading import Reading, Row
from graph_api.inputs.sssom import crosswalk_rows
from graph_api.inputs.tables import listed_tables
from graph_api.rdf.terms import ID, local_name
from graph_api.review.names import MATCHES, PROPOSALS, key_of_match, name_of_table
from graph_api.review.proposals import Proposal

Kind = Literal["row", "cell", "match", "suggestion", "proposal"]
_MARKS: Final = ("source", "verified", "unread", "note")
_OF_REVIEW: Final = ("experts", "reviews")
_NAMING: Final = ("title", "label", "label_en", "name", "profession")
_PLACE: Final = f"{ID}jurisdiction/"
_STEPS: Final = 3
"""So many links away from a row may stand the state of which it speaks."""
_OPENS: Final = "pas:opensByMachine"
_RELATIONS: Final = {
    "skos:exactMatch": "means the same as",
    "skos:closeMatch": "comes close to",
    "skos:broadMatch": "is a part of",
    "skos:narrowMatch": "is wider than",
    "skos:relatedMatch": "has to do with",
    _OPENS: "opens the profession",
}


@dataclass(frozen=True)
class Fact:
    """One fact, as an expert is asked about it."""

    key: str
    """Where it stands: table, row and, of a single cell, its column; of a match the two that are matched."""
    kind: Kind
    table: str
    file: str
    thing: str
    """The IRI of what it is about; empty where the graph has none."""
    sentence: str
    source: str
    states: frozenset[str]
    """The states of which it speaks; none where it speaks of none."""
    signed: bool
    """Whether it was read in its source, or signed, by what the table says."""
    content: str
    """What tells whether it still says what it said."""
    line: int = 0
    """Where it stands in its file."""
    column: str = ""
    hangs_on: str = ""
    """The IRI of what the answers that hang on it are about, where that is not the thing itself."""
    confidence: float = 1.0
    """How sure a program was of what it suggests."""

    @property
    def address(self) -> str:
        """The first address in the source."""
        found = [word.strip("(),;") for word in self.source.split() if word.startswith(("https://", "http://"))]
        return found[0] if found else ""


def hashed(*parts: str) -> str:
    """Sixteen letters that change with any of the parts."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def read_facts(mappings: Path, suggestions: Path | None = None) -> dict[str, Fact]:
    """All facts of the tables, and the suggestions of programs that are no rows yet. Raises BadTable."""
    tables = _Tables(mappings)
    found = [*tables.facts()]
    for path in sorted((mappings / MATCHES).glob("*.sssom.tsv")):
        found += _matches(path, "match", tables)
    for path in sorted(suggestions.glob("*.sssom.tsv")) if suggestions and suggestions.is_dir() else ():
        found += _matches(path, "suggestion", tables)
    facts: dict[str, Fact] = {}
    for fact in found:
        facts.setdefault(fact.key, fact)
    return facts


class _Tables:
    """The rows of all tables, by the things that they are about."""

    def __init__(self, mappings: Path) -> None:
        reading = Reading()
        self._rows: list[tuple[Table, Row]] = []
        for table in listed_tables(mappings, reading):
            if table.url.partition(".")[0] not in _OF_REVIEW:
                self._rows += [(table, row) for row in rows_of(mappings, table, reading)]
        if reading.defects:
            raise BadTable(reading.defects)

    @cached_property
    def _by_thing(self) -> Mapping[str, tuple[Table, Row]]:
        return {iri: (table, row) for table, row in self._rows if (iri := _about(table, row))}

    @cached_property
    def _states(self) -> Mapping[str, str]:
        """Of each place its state."""
        found = {}
        for table, row in self._rows:
            if "state" in row.texts and (iri := _about(table, row)).startswith(_PLACE):
                found[iri] = row.texts["state"]
        return found

    def states_of(self, iri: str, steps: int = _STEPS) -> frozenset[str]:
        """The states of which a thing speaks: by its own cells, else by the things that these name."""
        if iri.startswith(_PLACE):
            return frozenset(filter(None, [self._states.get(iri, "")]))
        if not steps or iri not in self._by_thing:
            return frozenset()
        linked = list(_linked(*self._by_thing[iri]))
        own = frozenset[str]().union(*(self.states_of(each) for each in linked if each.startswith(_PLACE)))
        others = (self.states_of(each, steps - 1) for each in linked if each != iri)
        return own or frozenset().union(*others)

    def facts(self) -> Iterator[Fact]:
        """Each row as a whole, and each cell that nobody read of a row that was."""
        for table, row in self._rows:
            thing = _about(table, row)
            if "verified" not in row.texts or not thing:
                continue
            read = row.texts["verified"] == "yes"
            yield _fact(table, row, thing, self.states_of(thing), None, read)
            for column in filter(None, row.texts.get("unread", "").split(";")):
                yield _fact(table, row, thing, self.states_of(thing), column, not read)


def _fact(table: Table, row: Row, thing: str, states: frozenset[str], column: str | None, read: bool) -> Fact:
    name, slug = name_of_table(table.url), _key(table, row)
    key = f"{table.url}#{slug}" + (f"@{column}" if column else "")
    sentence = _cell_sentence(table, row, column) if column else _row_sentence(table, row)
    source = row.texts["source"]
    kind: Kind = "cell" if column else "row"
    content = hashed(key, sentence, source)
    return Fact(key, kind, name, table.url, thing, sentence, source, states, read, content, row.line, column or "")


def _key(table: Table, row: Row) -> str:
    return "/".join(row.texts[name] for name in table.schema.primaryKey or [])


def _about(table: Table, row: Row) -> str:
    template = table.schema.inherit("aboutUrl")
    return (expanded(template.uri, row.cells) if template else None) or ""


def _linked(table: Table, row: Row) -> Iterator[str]:
    """The things that a row names."""
    for column in table.schema.columns:
        template = None if column.virtual else column.inherit("valueUrl")
        if template is None:
            continue
        for value in _values(row.cells[column.name]):
            if iri := expanded(template.uri, {**row.cells, column.name: value}):
                yield iri


def _values(cell: Any) -> Sequence[Any]:
    return cell if isinstance(cell, list) else [cell]


def _said(name: str, row: Row) -> str:
    return f"{name.replace('_', ' ')}: {' '.join(row.texts[name].split())}"


def _row_sentence(table: Table, row: Row) -> str:
    keys = table.schema.primaryKey or []
    told = [name for name, text in row.texts.items() if text and name not in (*_MARKS, *keys[:1])]
    said = "; ".join(_said(name, row) for name in told)
    return f"In {name_of_table(table.url)}, the row {_key(table, row)} says: {said}."


def _cell_sentence(table: Table, row: Row, column: str) -> str:
    named = next((_said(name, row) for name in _NAMING if row.texts.get(name)), "")
    of = f" ({named})" if named else ""
    return f"In {name_of_table(table.url)}, the row {_key(table, row)}{of} says: {_said(column, row)}."


def _matches(path: Path, kind: Kind, tables: _Tables) -> Iterator[Fact]:
    prefixes, rows = crosswalk_rows(path)
    file = f"{MATCHES}/{path.name}"
    for line, cells in rows:
        subject, other = cells["subject_id"], cells["object_id"]
        thing = _full(subject, prefixes)
        key = key_of_match(subject, other)
        refusal = cells.get("predicate_modifier") == "Not"
        content = hashed(key, cells["predicate_id"], str(refusal))
        sentence, source = _match_sentence(cells, refusal), _match_source(cells)
        known = thing if kind == "match" else ""
        signed = bool(cells.get("reviewer_id") or cells.get("reviewer_label"))
        states = tables.states_of(thing) or tables.states_of(_full(cells.get("subject_source", ""), prefixes))
        weighs = _full(other if cells["predicate_id"] == _OPENS else subject, prefixes)
        sure = float(cells.get("confidence") or 0) if kind == "suggestion" else 1.0
        yield Fact(key, kind, MATCHES, file, known, sentence, source, states, signed, content, line, "", weighs, sure)


def _match_sentence(cells: Mapping[str, str], refusal: bool) -> str:
    relation = _RELATIONS.get(cells["predicate_id"], cells["predicate_id"])
    ends = [f"“{cells.get(f'{end}_label', '')}” ({cells[f'{end}_id']})" for end in ("subject", "object")]
    return f"It is {'not ' if refusal else ''}so that {ends[0]} {relation} {ends[1]}."


def _match_source(cells: Mapping[str, str]) -> str:
    names = ("author_label", "mapping_tool", "mapping_tool_version", "mapping_justification", "confidence", "comment")
    return "; ".join(f"{name.replace('_', ' ')}: {cells[name]}" for name in names if cells.get(name))


def _full(curie: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, rest = curie.partition(":")
    return prefixes[prefix] + rest if colon and prefix in prefixes else curie


def proposed(proposals: Iterable[Proposal], facts: Iterable[Fact]) -> dict[str, Fact]:
    """What readers propose, as facts to judge, each of the table and the states of the thing that it is about."""
    known = {fact.thing: fact for fact in facts if fact.kind == "row"}
    found = {}
    for proposal in proposals:
        about = known.get(proposal.thing)
        of = f"{local_name(proposal.thing)}, {local_name(proposal.property)}" if proposal.property else proposal.thing
        sentence = f"A reader proposes for {of}: “{proposal.should_say}”"
        key, source = f"{PROPOSALS}#{proposal.id}", proposal.source
        found[key] = Fact(
            key,
            "proposal",
            about.table if about else PROPOSALS,
            about.file if about else "",
            proposal.thing if about else "",
            sentence,
            source,
            about.states if about else frozenset(),
            False,
            hashed(key, sentence, source),
        )
    return found


def waiting(facts: Iterable[Fact]) -> Iterator[Fact]:
    """The facts that nobody read or signed."""
    return (fact for fact in facts if not fact.signed)
