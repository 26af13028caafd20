"""Rows of imported registers -> qualifications, each at one address; what a curated title says stays the curator's.

`registers.csv` says which release is a register and where its titles are issued, `register_levels.csv` what its levels
are. A row whose code a curated title bears is that title: its facts win, and where the register differs a finding says
so. Titles of the same name and level without a common code are findings too; nothing is merged on likeness.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from graph_api.inputs.importers.importer import ALTERNATIVE, ENTRY, NOTATION
from graph_api.inputs.releases import Release, current_releases, statements_file
from graph_api.rdf import nquads
from graph_api.rdf.namespaces import DCTERMS, RDFS, SKOS
from graph_api.rdf.terms import ID, PREF_LABEL, RDF_TYPE, local_name, pas, thing

_LONGEST: Final = 100
_RELATED: Final = NamedNode(f"{SKOS}relatedMatch")
_SOURCE: Final = NamedNode(f"{DCTERMS}source")
_DOUBT: Final = thing("doubt", "title-from-register")
_READ: Final = ("register", "register-level", "framework-level", "qualification")
_STARTS: Final = tuple(f"<{ID}{kind}/".encode() for kind in _READ)
_TITLE: Final = f"<{ID}qualification/".encode()
_COPIED: Final = (PREF_LABEL, ALTERNATIVE, pas("awardingBodyText"), pas("validFrom"), pas("validTo"), _RELATED)
_TAKEN: Final = (*_COPIED, RDF_TYPE, NOTATION, pas("nqfLevel"), pas("levelText"), pas("replacedBy"))
_COMPARED: Final = ("nqfLevel", "validFrom", "validTo", "awardingBodyText")
COLUMNS: Final = ("register", "code", "finding", "about", "in_the_tables", "in_the_register", "title")

Values = dict[str, list[NamedNode | Literal]]
"""What is said of a thing: local name of each property -> its values."""


class Finding(NamedTuple):
    """Something for the curator, as a row of the report."""

    register: str
    code: str
    finding: str
    about: str
    in_the_tables: str
    in_the_register: str
    title: str


@dataclass(frozen=True)
class Register:
    """A register, as the tables describe it."""

    iri: NamedNode
    source: str
    """The name of the source whose release it is."""
    scheme: str
    issued_in: NamedNode
    state: NamedNode
    systems: Sequence[str]
    body: str | None
    levels: Mapping[str, Values]
    """Each level as the register writes it -> what the national framework says of it."""

    @property
    def name(self) -> str:
        return local_name(self.iri.value)

    def system_of(self, code: str) -> str:
        """The code system of a code: the one with whose name it begins, else the first."""
        fitting = [system for system in self.systems if code.startswith(system)]
        return max(fitting, key=len, default=self.systems[0])

    def address_of(self, code: str) -> NamedNode:
        """The address of the title with a code; the register's own name is not said twice, and no name is longer than
        questions take it."""
        plain = code.lower()
        short = plain.removeprefix(self.name) if plain.removeprefix(self.name)[:1].isdigit() else plain
        name = f"{self.name}-{re.sub(r'[^a-z0-9]+', '-', short).strip('-')}"
        if len(name) > _LONGEST:
            name = f"{name[: _LONGEST - 9].strip('-')}-{hashlib.sha256(code.encode()).hexdigest()[:8]}"
        return thing("qualification", name)


@dataclass
class Curated:
    """The titles of our tables, by what a register could know them by."""

    said: Mapping[str, Values]
    by_code: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    by_name: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, said: Mapping[str, Values]) -> Curated:
        made = cls(said)
        for iri, values in sorted(said.items()):
            for system in _texts(values, "nationalCodeSystem"):
                for code in _texts(values, "nationalCode"):
                    made.by_code.setdefault((system, code), []).append(iri)
            for key in _names(values, _texts(values, "state"), _texts(values, "nqfLevel")):
                made.by_name.setdefault(key, []).append(iri)
        return made


@dataclass
class Registered:
    """The titles of the imported registers: their statements, how many there are, and what the curator should see."""

    lines: list[bytes] = field(default_factory=list)
    graphs: dict[str, int] = field(default_factory=dict)
    """How many statements each graph has."""
    titles: dict[str, int] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def counts(self) -> dict[str, dict[str, int]]:
        """For each register: titles of its own, rows that are curated titles, and the findings."""
        said = Counter(finding.register for finding in self.findings)
        names = sorted({*self.titles, *self.merged})
        return {
            name: {"titles": self.titles.get(name, 0), "curated": self.merged.get(name, 0), "findings": said[name]}
            for name in names
        }

    def write_report(self, path: Path) -> None:
        """The findings as a table."""
        with path.open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(COLUMNS)
            table.writerows(sorted(self.findings))


def titles_of_registers(data: Path, dump: Path) -> Registered:
    """The titles of the newest release of every register, read beside our own graph; none where no release is one."""
    found = Registered()
    releases = {release.source: release for release in current_releases(data)}
    if not releases:
        return found
    with nquads.opened(dump) as lines:
        own = [line for line in lines if line.startswith(_STARTS)]
    described = _things(line for line in own if not line.startswith(_TITLE))
    imported = [each for each in _registers(described) if each.source in releases]
    if not imported:
        return found
    curated = Curated.of(_things(line for line in own if line.startswith(_TITLE)))
    for register in imported:
        release = releases[register.source]
        _Taking(register, release, curated, found).take(statements_file(data, release))
    found.lines.sort()
    return found


def _things(lines: Iterable[bytes]) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for quad in nquads.quads(lines):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
            values = found.setdefault(quad.subject.value, {}).setdefault(local_name(quad.predicate.value), [])
            if quad.object not in values:
                values.append(quad.object)
    return found


def _kind(said: Mapping[str, Values], kind: str) -> dict[str, Values]:
    start = f"{ID}{kind}/"
    return {iri: values for iri, values in said.items() if iri.startswith(start)}


def _registers(said: Mapping[str, Values]) -> Iterator[Register]:
    levels = _kind(said, "register-level").values()
    for iri, values in sorted(_kind(said, "register").items()):
        own = [level for level in levels if iri in _texts(level, "ofRegister")]
        known = {_text(level, "written"): said.get(_text(level, "frameworkLevel"), {}) for level in own}
        yield Register(
            NamedNode(iri),
            _text(values, "releaseSource"),
            _text(values, "entriesIn"),
            NamedNode(_text(values, "inJurisdiction")),
            NamedNode(_text(values, "state")),
            sorted(_texts(values, "codeSystem")),
            _text(values, "awardingBodyText") or None,
            known,
        )


@dataclass
class _Taking:
    """Takes the titles of one release."""

    register: Register
    release: Release
    curated: Curated
    found: Registered

    def take(self, statements: Path) -> None:
        """Everything that the release says of titles, as statements of a graph of their own, and the findings."""
        entries = self._entries(statements)
        addresses = self._addresses(entries)
        graph = NamedNode(f"{self.release.graph}/titles")
        source = thing("source", f"release-{self.release.name}")
        said = [*self._source(source)] if entries else []
        for iri in addresses:
            said += self._title(NamedNode(iri), entries[iri], addresses, source)
        self.found.graphs[graph.value] = len(said := list(dict.fromkeys(said)))
        quads = [Quad(*statement, graph) for statement in said]
        self.found.lines += (serialize(quads, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True)

    def _entries(self, statements: Path) -> dict[str, Values]:
        """The rows of the register that are titles, by the address of their concept."""
        start = f"<{self.register.scheme}/".encode()
        with nquads.opened(statements) as lines:
            chosen = nquads.speaking_of((line for line in lines if line.startswith(start)), _TAKEN)
            found = _things(chosen)
        return {iri: values for iri, values in found.items() if ENTRY in values.get("type", ())}

    def _addresses(self, entries: Mapping[str, Values]) -> dict[str, NamedNode]:
        """The address of each row; a row whose code gives an address that is taken is left out, and found."""
        taken: dict[str, str] = {}
        addresses: dict[str, NamedNode] = {}
        for iri, values in sorted(entries.items()):
            code, address = _text(values, "notation"), self._address(values)
            other = taken.setdefault(address.value, code)
            if other != code:
                self._find(
                    code, "another row has its address; left out", local_name(address.value), other, code, values
                )
            else:
                addresses[iri] = address
        return addresses

    def _address(self, values: Values) -> NamedNode:
        """The curated title with the code, else an address made of the code; of several curated titles the first."""
        code = _text(values, "notation")
        curated = self.curated.by_code.get((self.register.system_of(code), code))
        return NamedNode(curated[0]) if curated else self.register.address_of(code)

    def _source(self, source: NamedNode) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
        text = f"{self.release.title} ({self.release.publisher}), release {self.release.version}, imported"
        yield source, RDF_TYPE, pas("Source")
        yield source, NamedNode(f"{RDFS}label"), Literal(text)

    def _title(
        self, entry: NamedNode, values: Values, addresses: Mapping[str, NamedNode], source: NamedNode
    ) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
        register, name, code = self.register, self.register.name, _text(values, "notation")
        address = addresses[entry.value]
        level = self._level(values, code)
        curated = self.curated.by_code.get((register.system_of(code), code), ())
        for each in curated:
            yield NamedNode(each), pas("registerEntry"), entry
            self._compare(each, code, {**values, **level})
        if curated:
            self.found.merged[name] = self.found.merged.get(name, 0) + 1
            return
        self.found.titles[name] = self.found.titles.get(name, 0) + 1
        self._look_alikes(code, {**values, **level})
        fixed: list[tuple[str, NamedNode | Literal]] = [
            ("issuedIn", register.issued_in),
            ("state", register.state),
            ("ofRegister", register.iri),
            ("registerEntry", entry),
            ("nationalCode", Literal(code)),
            ("nationalCodeSystem", Literal(register.system_of(code))),
            ("verified", Literal("imported")),
            ("doubt", _DOUBT),
        ]
        if register.body and "awardingBodyText" not in values:
            fixed.append(("awardingBodyText", Literal(register.body)))
        yield address, RDF_TYPE, pas("Qualification")
        yield address, _SOURCE, source
        yield from ((address, pas(key), value) for key, value in fixed)
        for predicate in _COPIED:
            yield from ((address, predicate, value) for value in values.get(local_name(predicate.value), ()))
        for key in ("nqfLevel", "eqfLevel"):
            yield from ((address, pas(key), value) for value in level.get(key, ()))
        for successor in self._successors(values, code, addresses, address):
            yield address, pas("replacedBy"), successor

    def _level(self, values: Values, code: str) -> Values:
        """What the national framework says of the level as the register writes it; nothing where it is unknown."""
        written = _text(values, "nqfLevel") or _text(values, "levelText")
        known = self.register.levels.get(written, {})
        if written and not known:
            self._find(code, "level not in register_levels.csv", "nqfLevel", "", written, values)
        return {key: known.get(key, []) for key in ("nqfLevel", "eqfLevel")}

    def _successors(
        self, values: Values, code: str, addresses: Mapping[str, NamedNode], address: NamedNode
    ) -> Iterator[NamedNode]:
        for newer in values.get("replacedBy", ()):
            successor = addresses.get(newer.value)
            if successor is None:
                self._find(code, "successor is not in the register", "replacedBy", "", local_name(newer.value), values)
            elif successor != address:
                yield successor

    def _compare(self, curated: str, code: str, values: Values) -> None:
        """Where the register says otherwise than the table; what only one of them says is no difference."""
        ours = self.curated.said[curated]
        slug = local_name(curated)
        self._find(code, "same code", slug, "", "", values)
        folded = {_folded(text) for text in _texts(ours, "prefLabel")}
        if folded.isdisjoint(map(_folded, _texts(values, "prefLabel"))):
            self._differs(code, slug, "prefLabel", ours, values)
        for key in _COMPARED:
            mine, theirs = _texts(ours, key), _texts(values, key)
            if mine and theirs and set(mine) != set(theirs):
                self._differs(code, slug, key, ours, values)

    def _differs(self, code: str, slug: str, key: str, ours: Values, values: Values) -> None:
        mine, theirs = (" | ".join(_texts(each, key)) for each in (ours, values))
        self._find(code, f"difference in {key}", slug, mine, theirs, values)

    def _look_alikes(self, code: str, values: Values) -> None:
        for key in _names(values, [self.register.state.value], _texts(values, "nqfLevel")):
            for curated in self.curated.by_name.get(key, ()):
                title = " | ".join(_texts(self.curated.said[curated], "prefLabel"))
                self._find(code, "same title and level", local_name(curated), title, "", values)

    def _find(self, code: str, finding: str, about: str, ours: str, theirs: str, values: Values) -> None:
        title = " | ".join(_texts(values, "prefLabel"))
        self.found.findings.append(Finding(self.register.name, code, finding, about, ours, theirs, title))


def _texts(values: Values, key: str) -> list[str]:
    return sorted({value.value for value in values.get(key, ())})


def _text(values: Values, key: str) -> str:
    return next(iter(_texts(values, key)), "")


def _names(values: Values, states: Sequence[str], levels: Sequence[str]) -> set[tuple[str, str, str]]:
    """Name, state and level of a title, once for each name."""
    names = map(_folded, _texts(values, "prefLabel"))
    return {(name, state, level) for name in names for state in states for level in levels}


def _folded(text: str) -> str:
    """A title without case, accents and marks.

    >>> _folded("CAP « Pâtissier »")
    'cap patissier'
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    return " ".join(re.findall(r"[a-z0-9]+", "".join(each for each in plain if not unicodedata.combining(each))))
