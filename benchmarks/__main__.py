"""Side-by-side measurements, printed and written to benchmarks/RESULTS.md.

    python -m benchmarks [--esco FOLDER] [--without-rdflib] [--to FILE]

Everything is built and started anew in a temporary folder. The ESCO release is imported when its folder is given or
lies beside this checkout (`../shared/data/esco/v1.1.1`). Needs Virtuoso 7, and `rdflib-endpoint` for its column.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyoxigraph import RdfFormat, Store

from benchmarks import batches, hostile, imports, pages, paths, sparql, suggest
from benchmarks.systems import largest, passerelle
from graph_api.build import pipeline
from graph_api.build.pipeline import Sources
from graph_api.inputs import releases

ROOT = Path(__file__).parent.parent
BESIDE = ROOT.parent / "shared" / "data" / "esco" / "v1.1.1"


@dataclass
class Whole:
    """Everything that was measured."""

    built: dict[str, Any]
    imported: tuple[str, float] | None
    bulk_load: float
    start_seconds: float
    start_megabytes: float
    used_megabytes: float
    paths: list[paths.Measured]
    pages: list[pages.Measured]
    compared: sparql.Compared
    besieged: hostile.Besieged
    suggested: suggest.Suggested
    batch: batches.Batch
    running: list[imports.Imported]
    load: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Side-by-side measurements")
    parser.add_argument("--esco", type=Path, default=BESIDE, help="folder of the ESCO release to import")
    parser.add_argument("--without-rdflib", action="store_true", help="leave rdflib-endpoint out; it is slow to load")
    parser.add_argument("--to", type=Path, default=ROOT / "benchmarks" / "RESULTS.md", help="file to write")
    given = parser.parse_args()
    with_rdflib = not given.without_rdflib and importlib.util.find_spec("rdflib_endpoint") is not None
    with tempfile.TemporaryDirectory(prefix="passerelle-benchmarks-") as name:
        whole = measure(Path(name), given.esco, with_rdflib)
    text = "\n".join(report(whole)) + "\n"
    print(text)
    given.to.write_text(text, encoding="utf-8")


def measure(folder: Path, esco: Path, with_rdflib: bool) -> Whole:
    """Build, start and ask everything, one after the other."""
    data = folder / "data"
    load = _load()
    imported = None
    if esco.is_dir():
        began = time.perf_counter()
        release = releases.import_release("esco", [esco], data)
        imported = (f"ESCO {release.version}, {release.triples:,} statements", time.perf_counter() - began)
        print(f"… imported {imported[0]}", flush=True)
    built = pipeline.build(
        Sources(ROOT / "ontology", ROOT / "mappings"), data, lambda stage: print(f"… {stage}", flush=True)
    )
    directory = (data / "current").resolve()
    loaded = bulk_load(directory, folder)
    start = started(data)
    print("… paths", flush=True)
    measured = paths.run(directory, folder)
    print("… pages", flush=True)
    shown = pages.run(data)
    print("… SPARQL", flush=True)
    compared = sparql.run(data, folder, with_rdflib=with_rdflib)
    print("… hostile queries", flush=True)
    besieged = hostile.run(data)
    print("… suggestions, and ten thousand questions in one request", flush=True)
    suggested, batch = suggest.run(data), batches.run(data)
    running = imported_while_serving(folder / "running", esco)
    load += f" before, {_load()} after"
    return Whole(
        built.__dict__, imported, loaded, *start, measured, shown, compared, besieged, suggested, batch, running, load
    )


def imported_while_serving(data: Path, esco: Path) -> list[imports.Imported]:
    """The release, and the one after it where it lies beside, into a server that runs."""
    folders = [folder for folder in (esco, esco.parent / "v1.2.0") if folder.is_dir()]
    if not folders:
        return []
    print("… imports into a running server", flush=True)
    pipeline.build(Sources(ROOT / "ontology", ROOT / "mappings"), data)
    return list(imports.run(data, folders))


def _load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def bulk_load(directory: Path, folder: Path) -> float:
    """The engine's own loading of the same statements, named graphs and union, from a file."""
    store = Store.read_only(str(directory / "store"))
    store.dump(str(folder / "all.nq"), format=RdfFormat.N_QUADS)
    began = time.perf_counter()
    plain = Store(str(folder / "plain"))
    plain.bulk_load(path=str(folder / "all.nq"), format=RdfFormat.N_QUADS)
    plain.flush()
    seconds = time.perf_counter() - began
    (folder / "all.nq").unlink()
    return seconds


def started(data: Path) -> tuple[float, float, float]:
    """Seconds until a fresh server answers a query; its memory then, without query processes, and after some use."""
    with passerelle(data) as (address, number, seconds):
        idle = largest(number)
        for host in paths.HOSTS:
            asked = f"/api/v1/paths?qualification=fr-dei&profession=nurse-general-care&country={host}"
            with urllib.request.urlopen(address + asked, timeout=60) as response:
                json.load(response)
        return seconds, idle, largest(number)


def report(whole: Whole) -> Iterator[str]:
    """The page of results; budgets that were missed are marked as such."""
    yield "# Results"
    yield ""
    day = datetime.now(UTC).date().isoformat()
    data = f"{whole.imported[0]}, and our tables" if whole.imported else "our tables only; no ESCO release was at hand"
    statements, graphs = whole.built["triples"], len(whole.built["graphs"])
    yield f"`python -m benchmarks`, {day}: {os.cpu_count()} processors, load average {whole.load}. One above 1"
    yield "before the run means that other work was going on, and that figures are worse than on a quiet machine."
    yield f"Data: {data}; {statements:,} statements in {graphs} named graphs, and their union."
    yield ""
    yield from sparql.report(whole.compared)
    yield from _paths(whole.paths)
    yield from _pages(whole.pages)
    yield from _besieged(whole.besieged)
    yield from suggest.report(whole.suggested)
    yield from batches.report(whole.batch)
    yield from _running(whole.running)
    yield from _building(whole)


def _paths(measured: Sequence[paths.Measured]) -> Iterator[str]:
    yield "## Path questions, server side"
    yield ""
    yield "Milliseconds of a processor in one process, which has read ahead as a server does at its start; each"
    yield "question another, then all once more; the answer as the REST interface gives it, without HTTP. The larger"
    yield "graph is made by program: qualifications cloned with their statements and routes, under names of their own."
    small, large = paths.BUDGETS
    yield f"Budget: the first {paths.FIRST_BUDGET:.0f} ms, median and p99 {small}, with 20,000 titles {large}."
    yield ""
    yield from paths.table(measured)
    yield ""


def _besieged(found: hostile.Besieged) -> Iterator[str]:
    """What users suffer from hostile clients, and whether the memory comes back."""
    yield "## Users beside twenty hostile clients"
    yield ""
    yield from hostile.lines(found)
    yield ""


def _pages(measured: Sequence[pages.Measured]) -> Iterator[str]:
    yield "## Pages"
    yield ""
    yield "Processor time of the server, with client and middleware: of the first request, then the median of"
    yield f"{pages.TIMES}. A first view is the page with style sheets, scripts and icons, packed, without the editor."
    yield f"Budget: {pages.MILLISECONDS} ms usually, {pages.KILOBYTES} kB; the most linked thing"
    yield f"{pages.LINKED_MILLISECONDS} ms, {pages.LINKED_KILOBYTES} kB."
    yield ""
    yield from pages.table(measured)
    yield ""


def _running(found: Sequence[imports.Imported]) -> Iterator[str]:
    yield "## Releases into a running server"
    yield ""
    yield "`passerelle import` beside `passerelle serve`: reading, rebuilding and switching, until the server shows it."
    yield f"Budget: {imports.SECONDS} s and {imports.MEGABYTES} MiB each."
    yield ""
    yield from imports.table(found)
    yield ""


def _building(whole: Whole) -> Iterator[str]:
    yield "## Building and starting"
    yield ""
    yield "| work | measured | budget | kept |"
    yield "|---|---:|---:|---|"
    seconds: dict[str, float] = whole.built["seconds"]
    if whole.imported:
        took = whole.imported[1]
        yield f"| import of {whole.imported[0]} | {took:.1f} s | 60 s | {_kept(took <= 60)} |"
    own = sum(took for stage, took in seconds.items() if stage in ("tables", "vocabulary", "shapes", "rules", "checks"))
    yield f"| our graph from tables, rules and checks | {own:.1f} s | 20 s | {_kept(own <= 20)} |"
    loading = seconds["store"]
    ratio = loading / whole.bulk_load
    compared = f"store and union on disk, {loading:.1f} s; `bulk_load` of the same, {whole.bulk_load:.1f} s"
    yield f"| {compared} | {ratio:.2f} × | 3 × | {_kept(ratio <= 3)} |"
    start, used = whole.start_seconds, whole.used_megabytes
    yield f"| server start on the built graph | {start:.2f} s | 1.5 s | {_kept(start <= 1.5)} |"
    memory = f"{whole.start_megabytes:.0f} MiB, after path questions {used:.0f} MiB"
    yield f"| memory of the largest process, the server | {memory} | 300 MiB a process | {_kept(used <= 300)} |"
    yield ""
    yield "Stages in seconds: " + ", ".join(f"{stage} {took:.1f}" for stage, took in seconds.items()) + "."


def _kept(kept: bool) -> str:
    return "yes" if kept else "**no**"


if __name__ == "__main__":
    main()
