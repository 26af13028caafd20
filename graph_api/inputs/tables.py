"""`mappings/` -> RDF: one named graph per file, every statement with its row and source.

The tables are described by CSV on the Web schemas (https://www.w3.org/TR/tabular-metadata/), so a new column is
a line in a schema, not a line of Python. Crosswalks are SSSOM (https://w3id.org/sssom/).
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from pathlib import Path

import csvw.metadata

from graph_api.errors import BadTable
from graph_api.inputs.csvw import Table, read_table
from graph_api.inputs.reading import (
    Reading,
    check_references,
)
from graph_api.inputs.sssom import read_crosswalk


def read_tables(folder: Path) -> Reading:
    """Read every table and crosswalk in the folder.

    Raises BadTable with all defects of all files at once.
    """
    reading = Reading()
    for table in listed_tables(folder, reading):
        read_table(folder, table, reading)
    for path in sorted((folder / "crosswalks").glob("*.sssom.tsv")):
        read_crosswalk(folder, path, reading)
    check_references(reading)
    if reading.defects:
        raise BadTable(sorted(reading.defects, key=lambda found: (found.file, found.line or 0)))
    return reading


def listed_tables(folder: Path, reading: Reading) -> Iterator[Table]:
    """The tables that `csv-metadata.json` names; a table that is missing, or that nothing names, is a defect.

    An entry names one table, or with `*` all tables of a folder: `qualifications/*.csv`.
    """
    group = json.loads((folder / "csv-metadata.json").read_text(encoding="utf-8"))
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*.csv")}
    listed: dict[str, str] = {}
    for entry in group["tables"]:
        found = sorted(fnmatch.filter(present, entry["url"]))
        if not found:
            what = f"lists {entry['url']}, but there is no such file; add it or unlist it"
            reading.wrong("mappings/csv-metadata.json", what)
        listed |= dict.fromkeys(found, entry["tableSchema"])
    for url in sorted(present - set(listed)):
        reading.wrong(f"mappings/{url}", "csv-metadata.json does not list this table; add it with its tableSchema")
    schemas: dict[str, csvw.metadata.Schema] = {}
    for url in sorted(listed):
        name = listed[url]
        if name not in schemas:
            described = json.loads((folder / name).read_text(encoding="utf-8"))
            schemas[name] = csvw.metadata.Schema.fromvalue(described)
        yield Table(url, schemas[name])
