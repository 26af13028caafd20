"""The command line: build, check, import, map, releases, remove, verify, review, serve, path, query, search, …"""

from __future__ import annotations

import io
import json
import math
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from graph_api import __version__
from graph_api.errors import BadTable, CheckFailed, GraphError
from graph_api.inputs.folders import Sources
from graph_api.review.commands import review
from graph_api.settings import Settings, from_environment

if TYPE_CHECKING:
    from graph_api.recognition.answer_schema import WholeAnswer

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
cli.add_typer(review, name="review")
out = Console()
err = Console(stderr=True)

Data = Annotated[Path | None, typer.Option("--data", help="folder of the built graphs [PASSERELLE_DATA, else var]")]
From = Annotated[Path | None, typer.Option("--sources", help="folder that holds ontology/ and mappings/")]


def main() -> None:
    """Run the command line; an error that a person can act on is a message and exit code 1, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may know fewer letters than labels have
    try:
        cli()
    except (BadTable, CheckFailed) as error:
        _show_defects(error.defects)
        sys.exit(1)
    except GraphError as error:
        err.print(f"[red]{escape(str(error))}[/red]", highlight=False)
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        err.print(f"{place}{error.strerror or error}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)


def _show_defects(defects: Any) -> None:
    for defect in defects:
        err.print(str(defect), highlight=False, markup=False, soft_wrap=True)
    err.print(f"[red]{len(defects)} finding(s); the graph that was served stays as it was[/red]", highlight=False)


def _settings(data: Path | None, sources: Path | None = None) -> Settings:
    found = from_environment()
    changes = {"data": data or found.data, "sources": sources or found.sources}
    return Settings(**{**found.__dict__, **changes})


@cli.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="show the version and stop")] = False) -> None:
    """May I work as P in country B with qualification Q from country A?"""
    if show:
        out.print(f"passerelle {__version__}", highlight=False)
        raise typer.Exit


@cli.command()
def build(data: Data = None, sources: From = None) -> None:
    """Build the graph from the tables, the vocabulary and the rules, and switch to it."""
    from graph_api.build import pipeline as building

    settings = _settings(data, sources)
    began = time.perf_counter()
    sources_found = Sources.under(settings.sources)
    report = building.build(sources_found, settings.data, _stage_printer(), keep=settings.keep_versions)
    _say_built(settings, report, began)


def _build_anew(settings: Settings) -> None:
    """Build after the releases changed; what the tables give is taken over when they did not."""
    from graph_api.build import pipeline as building

    began = time.perf_counter()
    found, keep = Sources.under(settings.sources), settings.keep_versions
    report = building.build(found, settings.data, _stage_printer(), reuse=True, keep=keep)
    _say_built(settings, report, began)


def _say_built(settings: Settings, report: Any, began: float) -> None:
    from graph_api.build.kept import broken_versions

    took = time.perf_counter() - began
    out.print(f"version {report.version}: {report.triples:,} statements in {took:.1f} s", highlight=False)
    for name, counts in report.registers.items():
        said = ", ".join(f"{count:,} {what}" for what, count in counts.items())
        out.print(f"  register {name}: {said}", highlight=False, markup=False)
    if report.registers:
        place = settings.data / "graphs" / report.version / "registers.csv"
        out.print(f"  for the curator: {place}", highlight=False, markup=False, soft_wrap=True)
    for name, fault in broken_versions(settings.data).items():
        said = f"graphs/{name} is damaged ({fault}) and was left out; delete the folder"
        err.print(said, highlight=False, markup=False, soft_wrap=True)


def _say_cost(began: float) -> None:
    """How long the command took, and the most memory that it had at once."""
    took, most = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out.print(f"{took:.1f} s in all, peak memory {most:.0f} MiB", highlight=False)


def _stage_printer() -> Callable[[str], None]:
    """Prints each stage as it begins, at once, so that a person and a script can follow."""
    return lambda stage: print(f"… {stage}", flush=True)


@cli.command()
def check(
    data: Data = None,
    sources: From = None,
    reasoner: Annotated[bool, typer.Option(help="run HermiT as well")] = True,
    holes: Annotated[str, typer.Option(help="name what the tables still lack of this profession or state")] = "",
    answers: Annotated[bool, typer.Option("--answers", help="ask the built graph every question instead")] = False,
    sample: Annotated[int | None, typer.Option(min=1, help="with --answers: so many titles and professions")] = None,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="with --answers: each profession from each jurisdiction to each other")
    ] = False,
) -> None:
    """Check the sources: shapes, checks and the reasoner; and say how much is verified.

    With --answers, check the answers of the built graph instead: every title and profession at every host, held against
    what the law demands; docs/answers.md names each demand with its article. With --pairs as well, every profession
    from every jurisdiction to every other: each question is answered, and each way rests on law and on a source.
    """
    if answers:
        _check_answers(_settings(data), sample, pairs)
        return
    from graph_api.build import checks as checking
    from graph_api.build import pipeline as building

    settings = _settings(data, sources)
    found = Sources.under(settings.sources)
    printer = _stage_printer()
    store = building.assemble(found, building.Report(), printer)
    if holes:
        for hole in checking.holes_of(store, found.ontology / "checks", holes):
            out.print(f"hole: {hole}", highlight=False, markup=False, soft_wrap=True)
        return
    defects = []
    if reasoner:
        printer("reasoner")
        defects = checking.reasoner_defects(store)
    table = Table("table", "rows", "verified", "share")
    for file, (verified, rows) in sorted(checking.verified_shares(store).items()):
        table.add_row(file, str(rows), str(verified), f"{verified / rows:.0%}")
    out.print(table)
    for warning in checking.warnings_of(store, found.ontology / "checks"):
        out.print(f"unknown: {warning}", highlight=False, markup=False, soft_wrap=True)
    if defects:
        raise CheckFailed(defects)
    out.print("nothing found" if reasoner else "nothing found (the reasoner was not asked)")


def _check_answers(settings: Settings, sample: int | None, pairs: bool) -> None:
    """Print how many questions were asked, what they came to, and each breach of what the law demands."""
    from graph_api.recognition.pairs import asked_between_all
    from graph_api.recognition.path_finder import PathFinder
    from graph_api.recognition.sweep import Sweep
    from graph_api.store.open_store import open_store

    store = open_store(settings)
    finder = PathFinder(store)
    report = asked_between_all(store, finder, sample) if pairs else Sweep(store, finder).run(sample)
    outcomes = ", ".join(f"{outcome} {count:,}" for outcome, count in report.outcomes.most_common())
    out.print(
        f"{report.questions:,} questions, {report.judged:,} worked out: {outcomes}", highlight=False, soft_wrap=True
    )
    for breach in report.breaches:
        out.print(breach, highlight=False, markup=False, soft_wrap=True)
    out.print(f"{len(report.breaches):,} breaches", highlight=False)
    if report.breaches:
        raise typer.Exit(1)


@cli.command()
def settings() -> None:
    """Show every setting: its environment variable, its value and where that comes from."""
    from dataclasses import fields

    from graph_api.settings import variable

    table = Table("variable", "value", "from")
    used = from_environment()
    for field in fields(used):
        given = variable(field.name) in os.environ
        shown = str(getattr(used, field.name) or "–")
        table.add_row(variable(field.name), shown, "the environment" if given else "default")
    out.print(table)


@cli.command()
def verify(data: Data = None) -> None:
    """Check every file of a data folder against the checksum that was written with it."""
    from graph_api.build.verify import verify as verified

    folder = _settings(data).data
    found = verified(folder)
    for finding in found:
        out.print(str(finding), highlight=False, markup=False, soft_wrap=True)
    if found:
        raise GraphError(f"{len(found)} finding(s) in {folder}")
    out.print("everything is as it was written", highlight=False)


@cli.command()
def serve(
    data: Data = None,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port to listen on")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="server processes; they share the graph")] = 1,
    memory: Annotated[
        bool, typer.Option("--memory", help="hold the graph in memory for SPARQL queries, once for each server process")
    ] = False,
) -> None:
    """Serve the built graph: pages, REST lookups, SPARQL and linked data."""
    import uvicorn

    from graph_api.web.connections import Connection
    from graph_api.web.logs import configuration

    if memory:
        os.environ["PASSERELLE_MEMORY"] = "on"
    settings = _settings(data)
    if not settings.store:
        _say_what_is_served(settings)
    if settings.memory == "on":
        _check_room(settings, workers)
    os.environ["PASSERELLE_DATA"] = str(settings.data)
    uvicorn.run(
        "graph_api.web.app:served",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=Connection,
        log_level="info",
        log_config=configuration(settings.log),
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=math.ceil(settings.query_seconds_cap) + 15,
        server_header=False,
    )


def _say_what_is_served(settings: Settings) -> None:
    """Warn where the current version cannot be served but another can. Raises NoGraph where none can."""
    from graph_api.store.local import CurrentStore

    for fault in CurrentStore(settings.data).faults():
        err.print(f"[red]{fault}[/red]", highlight=False, soft_wrap=True)


def _check_room(settings: Settings, workers: int) -> None:
    """Raises NoRoom where the memory of this machine does not hold the graph for each server process."""
    from graph_api.store.local import CurrentStore
    from graph_api.store.room import check_room

    check_room(CurrentStore(settings.data).opened().directory, workers)


@cli.command()
def path(
    qualification: Annotated[str, typer.Argument(help="slug of the qualification or joint programme, e.g. fr-dei")],
    profession: Annotated[str, typer.Argument(help="slug of the profession, e.g. nurse-general-care")],
    country: Annotated[str, typer.Argument(help="host: NL, BE-fr for a community, DE-NW for a region")],
    place: Annotated[str | None, typer.Option(help="where in the host: a postcode or a municipality")] = None,
    fact: Annotated[list[str] | None, typer.Option(help="another fact, as issued=2021-07-01; repeatable")] = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="the whole answer as JSON")] = False,
) -> None:
    """Ask: may the holder of this qualification work there?"""
    from graph_api.recognition.path_finder import PathFinder
    from graph_api.recognition.question import question_from
    from graph_api.store.open_store import open_store

    given = [_fact(item) for item in fact or ()]
    asked = [("qualification", qualification), ("profession", profession), ("country", country), *given]
    asked += [("place", place)] if place else []
    answer = PathFinder(open_store(_settings(data))).find(question_from(asked))
    if as_json:
        print(json.dumps(answer, ensure_ascii=not _speaks_unicode(sys.stdout.encoding), indent=1))
        return
    _show_answer(answer)


def _speaks_unicode(encoding: str) -> bool:
    return encoding.lower().replace("-", "").startswith("utf")


def _fact(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise GraphError(f"--fact {text} has no value; write --fact {text}=…")
    return name, value


def _show_answer(answer: WholeAnswer) -> None:
    out.print(f"[bold]{answer['outcome']}[/bold] (as of {answer['as_of']}, data {answer['data_version']})")
    if answer["joint_programme"]:
        out.print(answer["joint_programme"]["sentence"], highlight=False, markup=False)
    for found in answer["paths"]:
        step = found["steps"][-1]
        basis = "; ".join(f"{item['act_name'] or item['act']} {item['article']}" for item in step["legal_basis"])
        out.print(
            f"{found['rank']}. {found['status']}: {step['regime']['id']} {step['regime']['label']} [{basis}]",
            markup=False,
        )
        out.print(f"   to {step['to']['label']} ({step['to']['country']})", markup=False)
        if step["authority"]:
            out.print(f"   {step['authority']['label']} {step['authority']['url'] or ''}", markup=False)
        for condition in step["conditions"]:
            out.print(f"   - {condition['status']}: {condition['label']}", markup=False)
    out.print("closed:")
    for refused in answer["refused"]:
        because = "; ".join(str(item["label"]) for item in refused["because"])
        out.print(f"   {refused['country']} {refused['regime']['id']}: not the case that {because}", markup=False)


@cli.command(name="import")
def import_(
    source: Annotated[
        str, typer.Argument(help="esco, rome, kldb, crebo, rncp, …; see `passerelle releases --sources`; or directive")
    ],
    paths: Annotated[list[Path], typer.Argument(exists=True, help="folders, zips and files, as published")],
    data: Data = None,
    sources: From = None,
    version: Annotated[str | None, typer.Option(help="the release's version, where its files do not tell")] = None,
    language: Annotated[list[str] | None, typer.Option(help="keep labels in this language only; repeatable")] = None,
    rebuild: Annotated[bool, typer.Option(help="build anew, so that a running server shows the release")] = True,
    as_csv: Annotated[Path | None, typer.Option("--csv", help="with directive: write the differences here")] = None,
) -> None:
    """Import an official release into a named graph of its own; the newest of each source is served.

    `directive` imports nothing: it reads the consolidated text of Directive 2005/36/EC as EUR-Lex gives it (HTML or
    Formex, in English, Dutch, French or German) and prints where our tables of Annex V differ from it.
    """
    from graph_api.inputs import releases

    if source == "directive":
        _compare_directive(paths, _settings(data, sources), as_csv)
        return

    began = time.perf_counter()
    settings = _settings(data, sources)
    with _bar() as progress:
        task = progress.add_task(f"importing {source}", total=None)

        def show(done: int, total: int | None, what: str) -> None:
            progress.update(task, completed=done, total=total, description=f"importing {source}: {what}")

        release = releases.import_release(
            source, paths, settings.data, version=version, languages=language, progress=show
        )
    out.print(f"{release.name}: {release.triples:,} statements", highlight=False)
    for warning in release.warnings:
        out.print(
            f"  {warning['count']}× {warning['message']} (first: {warning['first']})", highlight=False, markup=False
        )
    if release.warnings:
        flaws = releases.flaws_file(settings.data, release.name)
        out.print(f"  row by row: {flaws}", highlight=False, markup=False, soft_wrap=True)
    if rebuild:
        _build_anew(settings)
    _say_cost(began)


def _compare_directive(paths: list[Path], settings: Settings, as_csv: Path | None) -> None:
    """Print every difference between the text and our rows of Annex V; nothing is written into the tables."""
    from graph_api.inputs.directive import comparison

    mappings = Sources.under(settings.sources).mappings
    found = [difference for path in paths for difference in comparison.compare(path, mappings)]
    table = Table("file", "row", "point", "state", "speciality", "what", "ours", "the text")
    for difference in found:
        table.add_row(*(escape(cell) for cell in difference))
    out.print(table if found else "our rows of Annex V and the text agree")
    out.print(f"{len(found)} difference(s); no table was changed", highlight=False)
    if as_csv:
        comparison.written(found, as_csv)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )


@cli.command()
def releases(
    data: Data = None,
    sources: Annotated[bool, typer.Option("--sources", help="list the sources that can be imported")] = False,
) -> None:
    """List the imported releases; the newest of each source is the one served."""
    from graph_api.inputs import releases as kept
    from graph_api.inputs.importers import IMPORTERS

    if sources:
        for name, importer in sorted(IMPORTERS.items()):
            out.print(f"{name:28} {importer.origin.title}", highlight=False, markup=False)
        return
    folder = _settings(data).data
    current = {release.name for release in kept.current_releases(folder)}
    table = Table("release", "served", "statements", "languages", "licence")
    for release in kept.list_releases(folder):
        served = "yes" if release.name in current else "archive"
        table.add_row(
            release.name,
            served,
            f"{release.triples:,}",
            " ".join(release.languages),
            release.licence or release.rights or "",
        )
    out.print(table if table.row_count else "no release imported yet; `passerelle import SOURCE PATH…`")
    for words in sorted({release.acknowledgement for release in kept.list_releases(folder) if release.acknowledgement}):
        out.print(words, highlight=False, markup=False)


@cli.command()
def remove(
    name: Annotated[str, typer.Argument(help="the release, e.g. esco-1.1.1")],
    data: Data = None,
    sources: From = None,
    rebuild: Annotated[bool, typer.Option(help="build anew, so that a running server follows")] = True,
) -> None:
    """Take an imported release away."""
    from graph_api.inputs import releases as kept

    settings = _settings(data, sources)
    kept.remove_release(settings.data, name)
    out.print(f"{name} removed", highlight=False)
    if rebuild:
        _build_anew(settings)


@cli.command(name="map")
def map_(
    data: Data = None,
    sources: From = None,
    rebuild: Annotated[bool, typer.Option(help="build anew, so that what is sure enough enters paths")] = True,
) -> None:
    """Read which professions titles open, and which occupations they name, by machine; experts judge what is found.

    The suggestions lie in the folder `suggestions` of the data folder, each with its evidence and how sure it is. What
    an expert refused is not suggested again. Run it after imports and after `passerelle review take`.
    """
    from graph_api.mapping.command import map_titles
    from graph_api.store.open_store import open_store

    began, settings = time.perf_counter(), _settings(data, sources)
    with _bar() as progress:
        task = progress.add_task("reading titles", total=None)
        found = map_titles(
            open_store(settings),
            settings.data,
            Sources.under(settings.sources).mappings,
            lambda done, of: progress.update(task, completed=done, total=of),
        )
    out.print(
        f"{found.titles:,} titles read: {found.professions:,} professions suggested, {found.entering:,} of them sure "
        f"enough to enter paths, marked; {found.occupations:,} occupations suggested",
        highlight=False,
        soft_wrap=True,
    )
    if rebuild:
        _build_anew(settings)
    _say_cost(began)


@cli.command()
def search(
    text: Annotated[str, typer.Argument(help="a label in any language, or a code")],
    data: Data = None,
    kind: Annotated[list[str] | None, typer.Option(help="profession, qualification, occupation, …; repeatable")] = None,
    lang: Annotated[str, typer.Option(help="language of the labels shown")] = "en",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
) -> None:
    """Find anything by a label in any language, or by a code."""
    from graph_api.search.index import opened
    from graph_api.store.whole import led_to

    settings = _settings(data)
    found = opened(led_to(settings.data / "current") / "search.db").search(
        text, kinds=kind or (), lang=lang, limit=limit
    )
    for hit in found:
        shown = hit.as_json()
        matched = shown["matched"]
        why = (
            "" if matched["label"] == shown["label"] else f"  ({matched['how']}: {matched['label']}@{matched['lang']})"
        )
        out.print(f"{shown['kind']:22} {shown['slug']:44} {shown['label']}{why}", highlight=False, markup=False)


@cli.command()
def query(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a .rq file")],
    data: Data = None,
    media_type: Annotated[str, typer.Option("--as", help="media type of the result")] = "text/csv",
) -> None:
    """Run a SPARQL query file over the built graph."""
    from graph_api.store.open_store import open_store

    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise GraphError(f"{file} is not UTF-8; save it as UTF-8") from None
    sys.stdout.buffer.write(open_store(_settings(data)).query(text, media_type))


@cli.command()
def obstacles(
    data: Data = None,
    as_of: Annotated[str, typer.Option(help="the day of the law, as 2027-01-01; today when not given")] = "",
    processes: Annotated[int, typer.Option(min=1, max=64, help="processes that ask side by side")] = 2,
) -> None:
    """Make the map of obstacles of the built graph for a day: every profession between every two jurisdictions."""
    from graph_api.obstacles import index, kept
    from graph_api.store.whole import led_to

    began, settings = time.perf_counter(), _settings(data)
    with _bar() as progress:
        task = progress.add_task("asking", total=None)
        path = kept.make(
            settings.data,
            led_to(settings.data / "current"),
            _day(as_of),
            lambda done, of: progress.update(task, completed=done, total=of),
            processes,
        )
    found = kept.read(path)
    total = index.group_of((), [index.scored(figure) for figure in found.usual])
    out.print(
        f"{found.day}, version {found.version}: {total.answers:,} pairs, and {len(found.figures) - total.answers:,} "
        f"answers for single titles; way not known {total.unknown:,}, something not known {total.incomplete:,}, "
        f"nothing asked {total.free:,}, no way {total.closed:,}; mean index {total.index}",
        highlight=False,
        soft_wrap=True,
    )
    _say_cost(began)


reforms = typer.Typer(no_args_is_help=True, help="Reforms: lay a proposal over the tables, and see what would change.")
cli.add_typer(reforms, name="reform")
ReformName = Annotated[str, typer.Argument(help="the folder in reforms/")]


@reforms.command("list")
def list_reforms(sources: From = None) -> None:
    """List the reforms, with the day on which each would enter into force."""
    from graph_api.reform.folder import names_in, read_reform

    folder = _settings(None, sources).reforms
    for name in names_in(folder):
        head = read_reform(folder / name).head
        out.print(f"{name:44} {head.status:12} {head.in_force}  {head.title.en}", highlight=False, markup=False)


@reforms.command("build")
def build_one_reform(name: ReformName, data: Data = None, sources: From = None) -> None:
    """Build a version of the served graph in which the reform is in force, beside it."""
    from graph_api.reform.folder import named
    from graph_api.reform.laying import build_reform

    began, settings = time.perf_counter(), _settings(data, sources)
    found = build_reform(
        Sources.under(settings.sources), settings.data, named(settings.reforms, name), _stage_printer()
    )
    out.print(
        f"{name}: version {found.version} over {found.base}; {found.added:,} statements added, {found.removed:,} "
        f"removed, {len(found.rules)} rules concluded anew",
        highlight=False,
        soft_wrap=True,
    )
    _say_cost(began)


@reforms.command("compare")
def compare_reform(
    name: ReformName,
    data: Data = None,
    sources: From = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="processes that ask side by side")] = 2,
) -> None:
    """Ask every question of the law in force and of the reform, and say which answers would change."""
    from graph_api.obstacles import kept
    from graph_api.reform.changes import compare
    from graph_api.reform.folder import data_of, named
    from graph_api.reform.touched import make_map
    from graph_api.store.whole import led_to

    began, settings = time.perf_counter(), _settings(data, sources)
    day, own = named(settings.reforms, name).head.in_force, data_of(settings.data, name)
    if not (own / "current").exists():
        raise GraphError(f"the reform was not built; run `passerelle reform build {name}`")
    before = kept.read(kept.make(settings.data, led_to(settings.data / "current"), day, processes=processes))
    after = kept.read(make_map(settings.data, own, day, processes=processes))
    found = compare(before.figures, after.figures)
    counts = ", ".join(f"{verdict} {count:,}" for verdict, count in found.counts.items())
    out.print(
        f"{name}, {day}: {found.compared:,} answers compared, {len(found.changes):,} change: {counts}", highlight=False
    )
    for (was, becomes), count in found.outcomes.items():
        out.print(f"  {was or '–'} → {becomes or '–'}: {count:,}", highlight=False)
    for change in found.changes[:20]:
        figure = change.figure
        what = f"{figure.profession or 'level'} {figure.home} → {figure.host} ({figure.title or 'no title known'})"
        out.print(f"  {change.verdict}: {what}", highlight=False, soft_wrap=True)
    _say_cost(began)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise GraphError(f"'{text}' is no day; write it as 2027-01-01") from None


@cli.command()
def mcp(
    data: Data = None,
    http: Annotated[bool, typer.Option("--http", help="serve over HTTP instead of standard input and output")] = False,
    host: Annotated[str, typer.Option(help="with --http: the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="with --http: the port to listen on")] = 8001,
) -> None:
    """Serve agents over the Model Context Protocol: find, describe, find paths, compare, run bounded queries."""
    try:
        from graph_api.web.agents import agent_server
    except ModuleNotFoundError as error:
        raise GraphError(f"{error.name} is not installed; run `pip install 'passerelle[agents]'`") from None
    from graph_api.store.open_store import open_store

    settings = _settings(data)
    server = agent_server(settings, open_store(settings))
    if http:
        server.run("streamable-http", host=host, port=port)
    else:
        server.run("stdio")


@cli.command()
def publish(
    endpoint: Annotated[str, typer.Argument(help="where the engine answers queries, e.g. https://…/sparql")],
    update: Annotated[str | None, typer.Option(help="where it takes SPARQL updates; ENDPOINT when not given")] = None,
    graph_store: Annotated[
        str | None, typer.Option(help="where it speaks the Graph Store Protocol; faster than updates")
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            envvar="PASSERELLE_STORE_USER", help="account that may write; its password is PASSERELLE_STORE_PASSWORD"
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Load the built graph into a SPARQL engine and make it the current version there; a second run goes on."""
    from graph_api.store import publish as publishing
    from graph_api.store.whole import led_to

    password = os.environ.get("PASSERELLE_STORE_PASSWORD", "")
    if user and not password:
        password = typer.prompt("password", hide_input=True, err=True)
    engine = publishing.Engine(endpoint, update, graph_store, user, password)
    with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=err) as bar:
        task = bar.add_task("")
        done = publishing.publish(
            led_to(_settings(data).data / "current"),
            engine,
            lambda name, count, of: bar.update(task, description=name, completed=count, total=of),
        )
    out.print(
        f"version {done.version}: {done.graphs} graphs with {done.statements:,} statements are current; "
        f"{done.sent} graphs sent or changed by {done.travelled:,} statements, {done.dropped} superseded dropped",
        highlight=False,
    )


if __name__ == "__main__":
    main()
