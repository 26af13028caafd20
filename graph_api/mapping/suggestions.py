"""Suggestions as SSSOM tables in the data folder, written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from graph_api import __version__, durable
from graph_api.mapping.choosing import Suggested
from graph_api.mapping.knowledge import Method
from graph_api.rdf.terms import ESCO, GRAPH, ID, PAS, curie

FOLDER: Final = "suggestions"
COLUMNS: Final = (
    "subject_id",
    "subject_label",
    "subject_source",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
    "similarity_score",
    "mapping_tool",
    "mapping_tool_version",
    "comment",
)
TOOL: Final = "passerelle map"
_PREFIXES: Final[Mapping[str, str]] = {
    "esco": ESCO,
    "jurisdiction": f"{ID}jurisdiction/",
    "pas": PAS,
    "profession": f"{ID}profession/",
    "qualification": f"{ID}qualification/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_COMMENT: Final = "Read by a program; nobody has checked it. confidence is the share of such readings that was right."
_SAYS: Final[Mapping[Method, str]] = {
    "profession": "the profession is called “{text}” ({of})",
    "title": "the title “{text}” ({of}) opens it",
    "classification": "a classification calls it “{text}” ({of})",
    "code": "the register ties the title to {of}",
}


def write(path: Path, title: str, predicate: str, rows: Iterable[Suggested], names: Mapping[str, str]) -> int:
    """Write the suggestions, sorted, as one table that is whole at every moment; how many there are."""
    found = sorted((_row(row, predicate, names) for row in rows), key=lambda row: (row[0], row[4]))
    text = io.StringIO(newline="")
    text.writelines(f"#{line}\n" for line in _head(path, title))
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(found)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}")
    beside.write_text(text.getvalue(), encoding="utf-8", newline="")
    durable.settled_rename(beside, path)
    return len(found)


def pair(row: Suggested) -> tuple[str, str]:
    """The two that the row ties, in the short form by which experts' decisions name them."""
    return curie(row.title.iri, _PREFIXES), curie(row.target, _PREFIXES)


def _head(path: Path, title: str) -> Iterator[str]:
    yield "curie_map:"
    yield from (f'  {name}: "{space}"' for name, space in _PREFIXES.items())
    yield f'mapping_set_id: "{GRAPH}{FOLDER}/{path.name.removesuffix(".sssom.tsv")}"'
    yield f'mapping_set_title: "{title}"'
    yield f'mapping_set_version: "{__version__}"'
    yield f'license: "{_LICENCE}"'
    yield f'comment: "{_COMMENT}"'


def _row(row: Suggested, predicate: str, names: Mapping[str, str]) -> Sequence[str]:
    return (
        curie(row.title.iri, _PREFIXES),
        _plain(row.title.texts[0][0]),
        curie(row.title.state, _PREFIXES),
        predicate,
        curie(row.target, _PREFIXES),
        _plain(names.get(row.target, row.target)),
        f"semapv:{_justification(row)}",
        f"{row.band.confidence:.2f}",
        f"{row.score:.2f}",
        TOOL,
        __version__,
        _comment(row),
    )


def _justification(row: Suggested) -> str:
    """What kind of evidence it rests on: names, codes and tables that lead from one to another, or several."""
    methods = row.reading.by.keys()
    if len(methods) > 1:
        return "CompositeMatching"
    return "MappingChaining" if methods & {"code", "classification"} else "LexicalMatching"


def _comment(row: Suggested) -> str:
    """The evidence in words, the strongest first."""
    by = sorted(row.reading.by.values(), key=lambda each: (-each.score, each.method))
    said = (_SAYS[each.method].format(text=each.clue.text, of=curie(each.clue.of, _PREFIXES)) for each in by)
    scored = (f"{words}, {each.score:.2f}" for words, each in zip(said, by, strict=True))
    return _plain("; ".join(scored))


def _plain(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())
