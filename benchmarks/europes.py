"""A larger Europe, made from a built version: more states, professions, titles and outcomes, as many as are wanted.

    python -m benchmarks.europes DATA TARGET.nq.gz STATEMENTS [SEED]

The law is one: regimes, gates, conditions, acts and provisions stay as they are. What belongs to a state that decides
(titles, places, authorities, procedures, its own rows of the law, …) is cloned into *worlds* of invented states; what
belongs to a profession is cloned into *branches* of invented professions; what belongs to both (titles, routes, the
profession of a state) into every copy of a world and a branch. What a thing belongs to is not listed here: it follows
from what its statements lead to. Names are changed alike wherever they stand, so each copy is as dense as the real
graph, and whoever asks it gets the real answers under other names. In branches a competence gives way to another that
about as many titles teach.

The statements of the source come first, as they are; memory is bounded by the source, whatever is written.
"""

from __future__ import annotations

import gzip
import itertools
import random
import re
import string
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, NamedTuple

from pyoxigraph import DefaultGraph, Quad, Triple

from graph_api.inputs import releases
from graph_api.rdf import nquads
from graph_api.rdf.namespaces import DCTERMS, PROV, SKOS
from graph_api.rdf.terms import ESCO, GRAPH, ID, PAS

WORLDS: Final = 6
"""Five states and five times as many invented ones are thirty, about as many as the Union has."""
STATE, PROFESSION = 1, 2
_LAW: Final = frozenset({b"legal-act", b"provision", b"condition", b"gate", b"regime"})
_OF_BOTH: Final = frozenset({b"qualification", b"evidence", b"learning-outcome", b"outcome-match", b"route"})
"""Kinds that are cloned in every copy, even where one of them names no profession."""
_CITED: Final = frozenset({b"source", b"row"})
"""Kinds that belong to whatever cites them."""

_THING: Final = re.compile(rb"<" + ID.encode() + rb"([a-z0-9-]+)/([^>]*)>|<" + GRAPH.encode() + rb"[^>#]*#(row)=(\d+)>")
_CODE: Final = re.compile(rb'"([A-Z]{2})([^"]*)"')
_SKILL: Final = f"<{ESCO}skill/".encode()


def _named(*names: str) -> frozenset[bytes]:
    return frozenset(f"<{name}>".encode() for name in names)


_LABELS: Final = _named(*(f"{SKOS}{name}Label" for name in ("pref", "alt", "hidden")), f"{DCTERMS}title")
_CODES: Final = _named(f"{PAS}code", f"{PAS}isoCode", f"{PAS}nutsCode")
_VALUES: Final = _named(f"{PAS}value")
_OFFICIAL: Final = _named(f"{PAS}nationalCode")
_DECIDES: Final = f"<{PAS}decides>".encode()
_STATE: Final = f"<{PAS}state>".encode()
_ISSUER_CODE: Final = f"<{PAS}code>".encode()
_CITES: Final = _named(f"{DCTERMS}source", f"{PROV}wasDerivedFrom")
_OF_THE_LAW: Final = _VALUES | _named(f"{PAS}hasParty", f"{PAS}inJurisdiction")
"""What the law, which is not cloned, says of a clone as it does of the original."""

# what stands in a template for what a copy fills in; N-Quads hold none of these signs
_WORLD, _BRANCH, _COPY, _MARK, _ROW, _OFFICIAL_END, _LETTERS, _TAUGHT = (bytes([n]) for n in (1, 2, 3, 4, 5, 6, 7, 14))
_SKILL_TAUGHT: Final = re.compile(re.escape(_TAUGHT) + rb"<[^>]*>")


class Copy(NamedTuple):
    """One clone of the source: a world of states and a branch of professions; 0 are the real ones."""

    world: int
    branch: int

    @property
    def prefix(self) -> str:
        """What the names of things of both begin with."""
        return self.of_states + self.of_professions

    @property
    def of_states(self) -> str:
        return f"zw{self.world:02d}-" if self.world else ""

    @property
    def of_professions(self) -> str:
        return f"zb{self.branch:03d}-" if self.branch else ""


@dataclass
class Names:
    """What a seed calls the copies: words for labels, codes for states, and which competence stands for which."""

    seed: int
    codes: Mapping[str, int]
    """The codes of the states that are cloned, each with its place."""
    taken: frozenset[str]
    skills: Sequence[bytes]
    """The competences that titles teach, those of most titles first."""
    _words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        pairs = ("".join(pair) for pair in itertools.product("QXZ", string.ascii_uppercase))
        self._free = [pair for pair in pairs if pair not in self.taken]
        chance.shuffle(self._free)
        syllables = [consonant + vowel for consonant in "bdfglmnprstvz" for vowel in "aeiou"]
        words = {"".join(chance.choices(syllables, k=4)).capitalize() for _ in range(4000)}
        self._words = sorted(words)
        chance.shuffle(self._words)

    def code(self, code: str, world: int) -> str:
        """The code of a state in a world: two letters that no real state has, and no abbreviation of the law."""
        return code if world == 0 else self._free[(world - 1) * len(self.codes) + self.codes[code]]

    def mark(self, copy: Copy) -> str:
        """What labels end with in a copy."""
        words = [self._words[copy.world]] if copy.world else []
        return "".join(f" {word}" for word in [*words, *([self._words[-copy.branch]] if copy.branch else [])])

    def taught(self, branch: int) -> dict[bytes, bytes]:
        """The competences of a branch: each gives way to one that about as many titles teach."""
        chance, found = random.Random(self.seed * 1000 + branch), {}
        for start in range(0, len(self.skills), _ALIKE):
            alike = list(self.skills[start : start + _ALIKE])
            drawn = chance.sample(alike, len(alike))
            found.update(zip(alike, drawn, strict=True))
        return found


_ALIKE: Final = 12
"""So many competences, next to each other in the order of how many titles teach them, change places."""


@dataclass
class Belonging:
    """What each thing of the source belongs to: states that are cloned, professions, both or neither."""

    of: dict[bytes, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    all_codes: set[str] = field(default_factory=set)
    skills: Counter[bytes] = field(default_factory=Counter)

    def __call__(self, iri: bytes) -> int:
        return self.of.get(iri, 0)


def kind_of(iri: bytes) -> bytes:
    """The kind of one of our things, `row` for a row of a table; nothing for what others name."""
    found = _THING.fullmatch(iri)
    return (found[1] or found[3]) if found else b""


def belonging(sources: Sequence[Path]) -> Belonging:
    """What each thing belongs to: a jurisdiction to its state, a profession to itself, others to what they name."""
    found, places = Belonging(), _Places()
    leads, cited = defaultdict[bytes, set[bytes]](set), defaultdict[bytes, set[bytes]](set)
    for subject, predicate, rest in _statements(sources):
        kind, value = kind_of(subject), rest.split(b" ", 1)[0]
        if kind == b"jurisdiction":
            places.read(subject, predicate, value)
        elif kind in _OF_BOTH:
            found.of[subject] = STATE | PROFESSION
            found.skills.update([value] if value.startswith(_SKILL) else [])
        elif kind == b"profession":
            found.of[subject] = PROFESSION
        elif kind and kind not in _LAW and predicate not in _CITES and kind_of(value):
            leads[subject].add(value)
        if kind and predicate in _CITES:
            cited[value].add(subject)
    found.codes, found.all_codes = places.codes(), set(places.letters.values())
    found.of |= dict.fromkeys(places.cloned(), STATE)
    _follow(leads, found.of)
    found.of |= {each: _union(by, found.of) for each, by in cited.items() if kind_of(each) in _CITED}
    return found


@dataclass
class _Places:
    """The jurisdictions of the source."""

    decides: set[bytes] = field(default_factory=set)
    state: dict[bytes, bytes] = field(default_factory=dict)
    letters: dict[bytes, str] = field(default_factory=dict)

    def read(self, place: bytes, predicate: bytes, value: bytes) -> None:
        if predicate == _DECIDES and value.startswith(b'"true"'):
            self.decides.add(place)
        elif predicate == _STATE:
            self.state[place] = value
        elif predicate == _ISSUER_CODE:
            self.letters[place] = value.strip(b'"').decode()

    def states(self) -> list[bytes]:
        """The states that decide, or a part of which does."""
        return sorted({self.state.get(each, each) for each in self.decides})

    def codes(self) -> dict[str, int]:
        return {self.letters[each]: place for place, each in enumerate(self.states())}

    def cloned(self) -> set[bytes]:
        """Those states and their parts."""
        states = set(self.states())
        return {each for each in {*self.letters, *self.state} if self.state.get(each, each) in states}


def _union(things: Iterable[bytes], of: Mapping[bytes, int]) -> int:
    belongs = 0
    for each in things:
        belongs |= of.get(each, 0)
    return belongs


def _follow(leads: Mapping[bytes, set[bytes]], of: dict[bytes, int]) -> None:
    """A thing belongs to whatever those that it names belong to, however far away."""
    changed = True
    while changed:
        changed = False
        for thing, others in leads.items():
            belongs = of.get(thing, 0) | _union((each for each in others if kind_of(each) not in _LAW), of)
            if belongs != of.get(thing, 0):
                of[thing], changed = belongs, True


def _statements(sources: Sequence[Path]) -> Iterator[tuple[bytes, bytes, bytes]]:
    for path in sources:
        with nquads.opened(path) as lines:
            for line in lines:
                subject, predicate, rest = line.split(b" ", 2)
                yield subject, predicate, rest


class Templates:
    """The lines that copies are made of, by what their subject belongs to: first all but routes, then routes."""

    def __init__(self, sources: Sequence[Path], folder: Path) -> None:
        self.belongs = belonging(sources)
        self.lines = Counter[int]()
        """How many lines the source has (0), and a copy of states, of professions, of both."""
        self._slugs = {each.rpartition(b"/")[2][:-1]: each for each in self.belongs.of if _gives_slugs(each)}
        self._files = {(late, of): folder / f"{late}-{of}" for late in (0, 1) for of in (1, 2, 3)}
        opened = {key: path.open("wb") for key, path in self._files.items()}
        try:
            for subject, predicate, rest in _statements(sources):
                self.lines[0] += 1
                made = self._template(subject, predicate, rest)
                if made:
                    of, line = made
                    self.lines[of] += 1
                    opened[int(kind_of(subject) == b"route"), of].write(line)
        finally:
            for file in opened.values():
                file.close()

    def _template(self, subject: bytes, predicate: bytes, rest: bytes) -> tuple[int, bytes] | None:
        """What the line belongs to, and the line with signs where a copy has names of its own; None if none has."""
        value, graph = rest[: rest.rindex(b" <")], rest[rest.rindex(b" <") :]
        of = self.belongs(subject)
        kind = kind_of(subject)
        renamed = self._value(kind, predicate, value, of)
        if of:
            return of, b"%s %s %s%s" % (self._iri(subject), predicate, renamed or value, graph)
        if renamed is None or kind not in _LAW or predicate not in _OF_THE_LAW:
            return None
        return self._of_value(value), b"%s %s %s%s" % (subject, predicate, renamed, graph)

    def _of_value(self, value: bytes) -> int:
        if kind_of(value):
            return self.belongs(value)
        text = value.strip(b'"')
        return STATE if text.decode() in self.belongs.all_codes else self.belongs(self._slugs[text])

    def _iri(self, iri: bytes) -> bytes:
        of = self.belongs(iri)
        if of == 0:
            return iri
        if kind_of(iri) == b"row":
            return iri.replace(b"#row=", b"#row=" + _ROW)
        sign = _COPY if kind_of(iri) in _CITED else (b"", _WORLD, _BRANCH, _COPY)[of]
        start = iri.index(b"/", len(ID) + 1) + 1
        return iri[:start] + sign + iri[start:]

    def _value(self, kind: bytes, predicate: bytes, value: bytes, of: int) -> bytes | None:
        """The object with signs in it; None where it is the same in all copies."""
        if value.startswith(b"<"):
            taught = value.startswith(_SKILL) and kind in _OF_BOTH
            return _TAUGHT + value if taught else self._iri(value) if self.belongs(value) else None
        if predicate in _CODES or predicate in _VALUES:
            return self._code(value, predicate in _VALUES)
        labels = predicate in _LABELS and value.rindex(b'"') < value.rfind(b"@")
        sign = _OFFICIAL_END if predicate in _OFFICIAL else _MARK if labels else b""
        if not (of and sign):
            return None
        end = value.rindex(b'"')
        return value[:end] + sign + value[end:]

    def _code(self, value: bytes, exactly: bool) -> bytes | None:
        """A code of a state or of a part of it, or the short name of a thing, by which conditions and gates speak."""
        slug = self._slugs.get(value.strip(b'"')) if exactly else None
        if slug:
            return b'"' + self._iri(slug).rpartition(b"/")[2][:-1] + b'"'
        found = _CODE.fullmatch(value)
        if not found or found[1].decode() not in self.belongs.codes:
            return None
        if exactly and found[0].strip(b'"').decode() not in self.belongs.all_codes:
            return None
        return b'"' + _LETTERS + found[1] + _LETTERS + found[2] + b'"'

    def blocks(self, late: int, of: int) -> Iterator[bytes]:
        """The template, in pieces of whole lines."""
        with self._files[late, of].open("rb") as file:
            yield from whole_lines(file)


def _gives_slugs(iri: bytes) -> bool:
    return kind_of(iri) in (b"profession", b"jurisdiction")


def whole_lines(file: IO[bytes], size: int = 2**22) -> Iterator[bytes]:
    """The file in pieces of about that size, each of which ends with a line."""
    while piece := file.read(size):
        yield piece + file.readline()


def copies(lines: Mapping[int, int], statements: int, worlds: int = WORLDS) -> list[Copy]:
    """The copies that make the source about as large as is wanted: the other worlds first, then branch by branch."""
    found: list[Copy] = []
    size = lines[0]
    for number in itertools.count(1):
        copy = Copy(number % worlds, number // worlds)
        more = size_of(copy, lines)
        if not more or size + more / 2 > statements:
            break
        found.append(copy)
        size += more
    return found


def size_of(copy: Copy, lines: Mapping[int, int]) -> int:
    """How many statements a copy has."""
    return sum(lines[of] for of in _parts(copy))


def _parts(copy: Copy) -> list[int]:
    """What of the templates a copy is made of: a world has its states once, a branch its professions once."""
    both = STATE | PROFESSION
    return [*([STATE] if copy.branch == 0 else []), *([PROFESSION] if copy.world == 0 else []), both]


@dataclass
class Europe:
    """What was written."""

    names: Names
    copies: list[Copy]
    statements: int


def sources_of(directory: Path) -> list[Path]:
    """The statements of our own in a built version."""
    return [path for name in ("dump.nq.gz", "titles.nq.gz") if (path := directory / name).is_file()]


def write(
    sources: Sequence[Path], target: Path, statements: int, *, seed: int = 7, unchanged: Sequence[Path] = ()
) -> Europe:
    """Write the larger Europe as packed N-Quads; the same source and seed give the same bytes.

    `unchanged` are statements that stand beside it as they are: imported releases.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        templates = Templates(sources, Path(folder))
        known = templates.belongs
        skills = [skill for skill, _ in sorted(known.skills.items(), key=lambda each: (-each[1], each[0]))]
        names = Names(seed, known.codes, frozenset(code[:2] for code in known.all_codes), skills)
        beside = sum(_count(path) for path in unchanged)
        chosen = copies(templates.lines, statements - beside)
        with target.open("wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) as packed:
            for late in (0, 1):
                for path in sources:
                    packed.writelines(_original(path, late))
                for copy in chosen:
                    packed.writelines(_copied(templates, names, copy, late))
            for path in unchanged:
                with nquads.opened(path) as lines:
                    packed.writelines(lines)
    size = templates.lines[0] + beside + sum(size_of(copy, templates.lines) for copy in chosen)
    return Europe(names, chosen, size)


def in_graph(quad: Quad | Triple, graph: DefaultGraph | None) -> Quad:
    """A statement with blank nodes, which is read apart, in its own graph or in the given one."""
    if graph is None and isinstance(quad, Quad):
        return quad
    return Quad(quad.subject, quad.predicate, quad.object, graph or DefaultGraph())


def _count(path: Path) -> int:
    with nquads.opened(path) as lines:
        return sum(1 for _ in lines)


def _original(path: Path, late: int) -> Iterator[bytes]:
    routes = f"<{ID}route/".encode()
    with nquads.opened(path) as lines:
        yield from (line for line in lines if line.startswith(routes) == bool(late))


def _copied(templates: Templates, names: Names, copy: Copy, late: int) -> Iterator[bytes]:
    """The statements of a copy, in pieces."""
    number = (copy.branch * WORLDS + copy.world) % 10_000
    fill = {
        _WORLD: copy.of_states.encode(),
        _BRANCH: copy.of_professions.encode(),
        _COPY: copy.prefix.encode(),
        _MARK: names.mark(copy).encode(),
        _ROW: b"9%04d" % number,
        _OFFICIAL_END: b".%04d" % number,
    }
    for code in names.codes:
        fill[_LETTERS + code.encode() + _LETTERS] = names.code(code, copy.world).encode()
    taught = {_TAUGHT + skill: drawn for skill, drawn in names.taught(copy.branch).items()} if copy.branch else {}
    for of in _parts(copy):
        for block in templates.blocks(late, of):
            filled = block
            for sign, text in fill.items():
                filled = filled.replace(sign, text)
            if taught:
                yield _SKILL_TAUGHT.sub(lambda found: taught[found[0]], filled)
            else:
                yield filled.replace(_TAUGHT, b"")


def as_original(text: str, copy: Copy, names: Names) -> str:
    """What a copy says in the names of the original: short names, codes of states and the ends of labels put back."""
    codes = {names.code(code, copy.world): code for code in names.codes}
    plain = re.sub(r"\bz(?:w\d{2}|b\d{3})-", "", text)
    for word in names.mark(copy).split():
        plain = plain.replace(f" {word}", "")
    return re.sub(rf"\b({'|'.join(codes)})\b", lambda found: codes[found[0]], plain)


def main(data: Path, target: Path, statements: int, seed: int = 7) -> None:
    """Write a larger Europe from the current version of a data folder, with the releases that are served beside it."""
    made = write(sources_of(data / "current"), target, statements, seed=seed, unchanged=releases.files(data))
    print(f"{made.statements:,} statements, {len(made.copies)} copies, seed {seed}: {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(float(sys.argv[3])), *map(int, sys.argv[4:5]))
