"""What a program read of titles: the suggestions of `passerelle map` that are sure enough to enter paths."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml
from pyoxigraph import Literal, NamedNode

from graph_api.inputs.importers.files import ReleaseFile, ReleaseFiles, bad
from graph_api.inputs.importers.importer import Notes, Origin, Statement
from graph_api.rdf.namespaces import SSSOM, XSD
from graph_api.rdf.terms import RDF_TYPE, pas, thing

ENTERS: Final = 0.9
"""The confidence from which on a reading enters paths: so many of a hundred were right when they were measured."""
_TABLE: Final = re.compile(r"title_profession\.sssom\.tsv")
_ANNOTATED: Final = "http://www.w3.org/2002/07/owl#annotated"
_OPENS: Final = "pas:opensByMachine"
OPENS_BY_MACHINE: Final = pas("opensByMachine")
COUNTED: Final = "readings that enter paths"
_TEXTS: Final = ("comment", "mapping_tool", "mapping_tool_version")


class MachineImporter:
    """Reads the table of suggestions; what is less sure stays a suggestion."""

    name: Final = "machine"
    origin: Final = Origin(
        title="Professions that a program read in titles; nobody has checked them",
        publisher="Passerelle",
        licence="https://creativecommons.org/licenses/by/4.0/",
    )

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """The version of the program that read."""
        version = _head(_table(files))[0].get("mapping_set_version")
        return str(version) if version else None

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        file = _table(files)
        head, lines = _head(file)
        prefixes: dict[str, str] = head.get("curie_map", {})
        for row in csv.DictReader(lines, delimiter="\t"):
            notes.counts["suggestions"] += 1
            if row["predicate_id"] == _OPENS and float(row["confidence"]) >= ENTERS:
                notes.counts[COUNTED] += 1
                yield from _reading(file, row, prefixes)


def _table(files: ReleaseFiles) -> ReleaseFile:
    return files.only(_TABLE, "title_profession.sssom.tsv, as `passerelle map` writes it")


def _head(file: ReleaseFile) -> tuple[dict[str, Any], list[str]]:
    """What the table says of itself, and its rows as text."""
    lines = list(file.lines())
    head = [line[1:] for line in lines if line.startswith("#")]
    return yaml.safe_load("".join(head)) or {}, lines[len(head) :]


def mapping_of(title: NamedNode, profession: NamedNode) -> NamedNode:
    """The mapping that says how sure a reading is and why."""
    key = f"{title.value}|{profession.value}"
    return thing("mapping", f"machine-{hashlib.sha256(key.encode()).hexdigest()[:10]}")


def _reading(file: ReleaseFile, row: Mapping[str, str], prefixes: Mapping[str, str]) -> Iterator[Statement]:
    """The reading itself, and the mapping that says how sure it is and why."""
    title, profession, justification = (
        _full(file, row[slot], prefixes) for slot in ("subject_id", "object_id", "mapping_justification")
    )
    mapping = mapping_of(title, profession)
    yield title, OPENS_BY_MACHINE, profession
    yield mapping, RDF_TYPE, NamedNode(f"{SSSOM}Mapping")
    for slot, end in (("Source", title), ("Property", OPENS_BY_MACHINE), ("Target", profession)):
        yield mapping, NamedNode(_ANNOTATED + slot), end
    yield mapping, NamedNode(f"{SSSOM}mapping_justification"), justification
    yield mapping, NamedNode(f"{SSSOM}confidence"), Literal(row["confidence"], datatype=NamedNode(f"{XSD}decimal"))
    for slot in _TEXTS:
        yield mapping, NamedNode(SSSOM + slot), Literal(row[slot])


def _full(file: ReleaseFile, curie: str, prefixes: Mapping[str, str]) -> NamedNode:
    prefix, _, rest = curie.partition(":")
    if prefix not in prefixes:
        raise bad(file.name, f"'{curie}' has no known prefix; expected one of {', '.join(sorted(prefixes))}")
    return NamedNode(prefixes[prefix] + rest)
