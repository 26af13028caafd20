"""The EU Publications Office's authority tables in genericode: countries, languages, regions and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast
from xml.etree import ElementTree

from pyoxigraph import Literal, NamedNode

from graph_api.errors import BadRelease
from graph_api.inputs.importers.files import ReleaseFile, ReleaseFiles, bad
from graph_api.inputs.importers.importer import (
    CONCEPT,
    CONCEPT_SCHEME,
    IN_SCHEME,
    NOTATION,
    PREFERRED,
    Notes,
    Origin,
    Statement,
)
from graph_api.rdf.namespaces import SKOS
from graph_api.rdf.terms import RDF_TYPE, is_slug, thing

_PATTERN: Final = re.compile(r".+\.gc")
_AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
_NUTS: Final = "http://data.europa.eu/nuts/code/"
_MEMBER: Final = NamedNode(f"{SKOS}member")
_LANGUAGES: Final = {
    "bul": "bg",
    "ces": "cs",
    "dan": "da",
    "deu": "de",
    "ell": "el",
    "eng": "en",
    "est": "et",
    "fin": "fi",
    "fra": "fr",
    "gle": "ga",
    "hrv": "hr",
    "hun": "hu",
    "ita": "it",
    "lav": "lv",
    "lit": "lt",
    "mlt": "mt",
    "nld": "nl",
    "pol": "pl",
    "por": "pt",
    "ron": "ro",
    "slk": "sk",
    "slv": "sl",
    "spa": "es",
    "swe": "sv",
}
"""The official languages: the tables name them by three letters, RDF by two."""
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE", re.IGNORECASE)


class AuthorityTableImporter:
    """Reads genericode lists; a list that is part of another becomes a collection of its concepts."""

    name: Final = "eu-authority-tables"
    origin: Final = Origin(
        title="Authority tables of the Publications Office of the European Union",
        publisher="Publications Office of the European Union",
        licence="https://creativecommons.org/licenses/by/4.0/",
    )

    def detect_version(self, files: ReleaseFiles) -> str | None:
        """The version that the lists which are extracts state, else the newest date among the lists."""
        versions = {_header(file)["Version"] for file in _lists(files)}
        dotted = sorted(version for version in versions if version.count(".") == 2)
        return dotted[-1] if dotted else max(versions, default=None)

    def read(self, files: ReleaseFiles, notes: Notes) -> Iterator[Statement]:
        stated: set[str] = set()
        schemes: set[str] = set()
        # Whole lists first: what is in an extract is then described already.
        for file in sorted(_lists(files), key=lambda file: ("eFormsParentId" in _header(file), file.base)):
            header = _header(file)
            base = header["listId"]
            if base not in schemes:
                schemes.add(base)
                yield NamedNode(base), RDF_TYPE, CONCEPT_SCHEME
            yield from _list(file, header, stated, notes)


def _lists(files: ReleaseFiles) -> list[ReleaseFile]:
    found = files.matching(_PATTERN)
    if not found:
        raise BadRelease(f"no given file is a genericode list (….gc); found: {files.names()}")
    return found


def _events(file: ReleaseFile) -> Iterator[ElementTree.Element]:
    """The elements as they close. Raises BadRelease for what is no XML, or has a document type of its own."""
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(["end"])
    try:
        for number, raw in file.raw_lines():
            if _DOCTYPE.search(raw):
                raise bad(file.name, "declares a document type; expected plain genericode", number)
            parser.feed(raw)
            closed = cast(Iterator[tuple[str, ElementTree.Element]], parser.read_events())
            yield from (element for _, element in closed)
        parser.close()
    except ElementTree.ParseError as error:
        what = f"is no XML here ({error.args[0].partition(':')[0]})"
        raise bad(file.name, f"{what}; expected the genericode list as published", error.position[0]) from None


def _header(file: ReleaseFile) -> dict[str, str]:
    """What the list says of itself."""
    found: dict[str, str] = {}
    for element in _events(file):
        name = element.get("Identifier") or element.tag
        if element.tag in ("ShortName", "LongName", "Version"):
            found.setdefault(name, (element.text or "").strip())
        if element.tag == "Identification":
            break
    missing = [name for name in ("listId", "Version") if not found.get(name)]
    if missing:
        raise bad(
            file.name,
            f"does not state its {missing[0]}; expected a genericode list of the Publications Office",
        )
    if not re.fullmatch(re.escape(_AUTHORITY) + r"[a-z-]+", found["listId"]):
        what = f"'{found['listId']}' is no list of the Publications Office"
        raise bad(file.name, f"{what}; expected an address that begins with {_AUTHORITY}")
    if not is_slug(found.get("LongName", "")):
        what = f"the list's name is '{found.get('LongName', '')}'"
        raise bad(file.name, f"{what}; expected lower-case letters and hyphens")
    return found


def _list(file: ReleaseFile, header: dict[str, str], stated: set[str], notes: Notes) -> Iterator[Statement]:
    base = header["listId"]
    name = header["LongName"]
    extract = "eFormsParentId" in header
    collection = thing("eu-collection", name)
    members: set[str] = set()
    if extract:
        yield collection, RDF_TYPE, NamedNode(f"{SKOS}Collection")
        yield collection, PREFERRED, Literal(name.replace("-", " "), language="en")
    for number, row in enumerate(_rows(file), 1):
        code = row.get("code", "")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", code):
            raise bad(file.name, f"row {number} has the code '{code}'; expected letters and digits")
        if code in members:
            raise bad(file.name, f"the code '{code}' stands there twice; expected each once")
        members.add(code)
        uri = (_NUTS if base == f"{_AUTHORITY}nuts" else f"{base}/") + code
        notes.counts[name] += 1
        if uri not in stated:
            stated.add(uri)
            yield from _described(NamedNode(uri), base, code, row, notes)
        if extract:
            yield collection, _MEMBER, NamedNode(uri)
    if not members:
        raise bad(file.name, "holds no row; expected codes with labels")


def _rows(file: ReleaseFile) -> Iterator[dict[str, str]]:
    for element in _events(file):
        if element.tag == "Row":
            yield {
                value.get("ColumnRef", ""): (value.findtext("SimpleValue") or "").strip()
                for value in element.iter("Value")
            }
            element.clear()


def _described(node: NamedNode, base: str, code: str, row: dict[str, str], notes: Notes) -> Iterator[Statement]:
    yield node, RDF_TYPE, CONCEPT
    yield node, IN_SCHEME, NamedNode(base)
    yield node, NOTATION, Literal(code)
    for column, text in row.items():
        language = _LANGUAGES.get(column.removesuffix("_label"))
        if language and text and notes.wants(language):
            notes.found_languages.add(language)
            yield node, PREFERRED, Literal(text, language=language)
