"""Faults made on purpose: what is left after each of them, counted into docs/reliability.md.

    python -m benchmarks.faults [COUNT] [KIND…]     # or: make faults COUNT=200

Everything happens in a temporary folder with a few invented statements, beside a server that is asked all the while.
What ends badly is printed, stands in the table, and makes the exit code 1; rows of kinds that were not chosen stay.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stderr, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import QueryResultsFormat, RdfFormat, Store

from graph_api import __main__ as command_line
from graph_api.build import pipeline
from graph_api.build.verify import verify
from graph_api.errors import GraphError
from graph_api.inputs import releases
from graph_api.settings import Settings
from graph_api.store import publish, whole
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.local import CurrentStore
from graph_api.store.remote import RemoteStore
from graph_api.web.app import create_app
from tests.conftest import SOURCES
from tests.release_fixtures import write_esco, write_next_esco
from tests.served import serving
from tests.test_power_loss import is_usable, recorded
from tests.tiny_builds import assembled, statements

SEED, COUNT = 17, 20
PAGE = Path(__file__).parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: written by make faults -->", "<!-- end of faults -->"
NAMES = {"one": ("baker",), "two": ("baker", "weaver")}
SEEN = (
    "SELECT ?v ?n { { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } "
    "GRAPH <https://w3id.org/passerelle/graph/build> { ?d <http://www.w3.org/2002/07/owl#versionInfo> ?v } }"
)
DUMP = "/dumps/graph/mappings/invented.ttl.gz"
LEFTOVERS = (".building-*", ".importing-*", ".before-*", ".current", ".archive")


class LostError(Exception):
    """Something that was promised was not kept."""


@dataclass
class Row:
    """One kind of fault: how often it was made, and what came of it."""

    kind: str
    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    answers: int = 0
    """How many answers the server gave meanwhile."""
    most: int = 0
    """The most bytes that the data folder had."""

    def beside(self, notes: Path, sizes: Mapping[str, int]) -> None:
        """Count what was answered meanwhile, all of it by whole versions."""
        try:
            self.answers = answers_are_whole(notes, sizes).total()
        except LostError as error:
            self.lost.append(str(error))
            print(f"LOST {self.kind}: {error}", flush=True)

    def note(self, data: Path | None, trial: Callable[[], str]) -> None:
        """Make the fault once."""
        self.tried += 1
        try:
            self.outcomes[trial()] += 1
        except (LostError, GraphError, OSError, AssertionError, ValueError) as error:
            self.lost.append(f"{type(error).__name__}: {error}")
            print(f"LOST {self.kind}: {self.lost[-1]}", flush=True)
        if data is not None:
            self.most = max(self.most, sum(path.stat().st_size for path in _files(data)))


def _files(data: Path) -> Iterator[Path]:
    """Every file once, however many names it has."""
    seen = set()
    for path in data.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and not path.is_symlink() and path.stat().st_ino not in seen:
                seen.add(path.stat().st_ino)
                yield path


# What is done, in a process of its own that can be killed


def command(*words: str, names: Sequence[str] = NAMES["one"]) -> Callable[[], None]:
    """The command line, over invented statements in place of the tables."""

    def run() -> None:
        sys.argv = ["passerelle", *words]
        with assembled(statements(*names)):
            command_line.main()

    return run


class Child:
    """Work in a process of its own."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._read, write = os.pipe()
        self.began = time.monotonic()
        self.number = os.fork()
        if not self.number:
            self._work(work, write)
        os.close(write)

    def _work(self, work: Callable[[], None], write: int) -> None:
        os.close(self._read)
        os.setpgid(0, 0)
        said, code = io.StringIO(), 0
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(write, 2)
        try:
            with redirect_stderr(said):
                command_line.err.file = said
                work()
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told as the fault that it is
            said.write(f"Traceback: {error!r}")
            code = 2
        with suppress(OSError):
            os.write(write, said.getvalue().encode()[-4000:])
        os._exit(code)

    def killed_after(self, seconds: float) -> bool:
        """Kill it after so long; whether it was still at work."""
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.killpg(self.number, signal.SIGKILL)
        return self.end()[0] < 0

    def end(self) -> tuple[int, str, float]:
        """Its exit code, what it said was wrong, and how long it took."""
        with os.fdopen(self._read, "rb") as stream:
            said = stream.read().decode(errors="replace")
        _, status = os.waitpid(self.number, 0)
        return os.waitstatus_to_exitcode(status), said, time.monotonic() - self.began


def done(work: Callable[[], None]) -> float:
    """Do it, to the end; how long that took. Raises LostError where it fails."""
    code, said, took = Child(work).end()
    if code:
        raise LostError(f"the next run failed ({code}): {said.strip()[-300:]}")
    return took


def apart(work: Callable[..., Any], *given: Any) -> Any:
    """What the work gives, done in a process of its own.

    The engine has threads, which no fork takes along: so this process never opens a store. Raises LostError.
    """
    answer = tempfile.NamedTemporaryFile(delete=False)  # noqa: SIM115
    answer.close()

    def run() -> None:
        try:
            told = (True, work(*given))
        except (LostError, GraphError, OSError, AssertionError, ValueError) as error:
            told = (False, f"{type(error).__name__}: {error}")
        Path(answer.name).write_bytes(pickle.dumps(told))

    try:
        code, said, _ = Child(run).end()
        if code:
            raise LostError(f"{getattr(work, '__name__', '')} ended with {code}: {said[-300:]}")
        fine, value = pickle.loads(Path(answer.name).read_bytes())
    finally:
        Path(answer.name).unlink()
    if not fine:
        raise LostError(value)
    return value


# The server beside, and what it is asked all the while


def _asked(address: str, notes: str, end: Any) -> None:
    with Path(notes).open("a", encoding="utf-8") as file:
        while not end.is_set():
            file.write(f"{_answer(address)}\n")
            file.flush()
            time.sleep(0.1)


def _answer(address: str) -> str:
    query = urlencode({"query": SEEN, "format": "json"})
    try:
        with urllib.request.urlopen(f"{address}/sparql?{query}", timeout=60) as answer:
            (row,) = json.loads(answer.read())["results"]["bindings"]
            return f"{row['v']['value']} {row['n']['value']}"
    except (OSError, ValueError) as error:
        return f"failed: {error!r}"


@contextmanager
def asked(data: Path) -> Iterator[tuple[str, Path]]:
    """A server over the folder, asked ten times a second; its address, and what it answered."""
    notes, end = data.with_name(f"{data.name}.answers"), multiprocessing.Event()
    notes.touch()
    with serving(data) as address:
        asking = multiprocessing.Process(target=_asked, args=(address, str(notes), end))
        asking.start()
        try:
            yield address, notes
        finally:
            end.set()
            asking.join()


def answers_are_whole(notes: Path, whole_ones: Mapping[str, int]) -> Counter[str]:
    """How often which version answered. Raises LostError for any answer that no whole version gives."""
    found = Counter(notes.read_text(encoding="utf-8").splitlines())
    wrong = [line for line in found if line not in {f"{version} {n}" for version, n in whole_ones.items()}]
    if wrong:
        raise LostError(f"answers of no whole version: {wrong[:3]}")
    return found


# Kills


def _in_order(data: Path, versions: Sequence[str]) -> str:
    store = CurrentStore(data)
    if store.version not in versions or store.faults():
        raise LostError(f"served is {store.version}, not one of {list(versions)}: {store.faults()}")
    return store.version


def _tidy(data: Path) -> None:
    left = [path.name for pattern in LEFTOVERS for path in data.rglob(pattern)]
    if left or (wrong := [str(each) for each in verify(data)]):
        raise LostError(f"left over: {left or wrong}")


def _size_of(data: Path) -> tuple[str, int]:
    store = CurrentStore(data)
    rows = json.loads(store.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", JSON_RESULTS))["results"]["bindings"]
    return store.version, int(rows[0]["n"]["value"])


def in_order(data: Path, versions: Sequence[str]) -> str:
    """The version that is served, which must be one of these and whole. Raises LostError."""
    return str(apart(_in_order, data, versions))


def tidy(data: Path) -> None:
    """Nothing is damaged and nothing is left over. Raises LostError."""
    apart(_tidy, data)


def size_of(data: Path) -> tuple[str, int]:
    """The version that is served, and how many statements its union has."""
    found: tuple[str, int] = apart(_size_of, data)
    return found


def version_of(data: Path) -> str:
    """The version that is served. Raises LostError."""
    return size_of(data)[0]


@dataclass
class Works:
    """The commands that are killed, in a folder in which two versions take turns."""

    data: Path
    esco: Sequence[Path]

    def build(self, turn: int) -> Callable[[], None]:
        return command("build", "--data", str(self.data), names=NAMES["one" if turn % 2 else "two"])

    def import_(self, turn: int) -> Callable[[], None]:
        words = ("import", "esco", str(self.esco[turn % 2]), "--version", "1.1.1", "--data", str(self.data))
        return command(*words)

    def remove(self, turn: int) -> Callable[[], None]:
        """In turn with an import, which brings back what goes."""
        return command("remove", "esco-1.1.1", "--data", str(self.data)) if turn % 2 else self.import_(0)


def kills(row: Row, folder: Path, work: str, count: int, chance: random.Random) -> None:
    """Kill a command at random moments; the next run of it succeeds."""
    data = folder / work
    works = Works(data, [write_esco(folder / "esco"), write_next_esco(folder / "next")])
    making = getattr(works, work)
    sizes: dict[str, int] = {}
    took = 60.0
    for turn in (0, 1, 2, 3):
        took = min(took, done(making(turn)))
        sizes |= [size_of(data)]
    with asked(data) as (_, notes):
        for turn in range(count):
            row.note(data, lambda turn=turn: _kill_once(data, making(turn), took, sizes, chance))
        row.beside(notes, sizes)


def _kill_once(
    data: Path, work: Callable[[], None], took: float, sizes: Mapping[str, int], chance: random.Random
) -> str:
    before = in_order(data, list(sizes))
    was_killed = Child(work).killed_after(chance.uniform(0, took))
    after = in_order(data, list(sizes))
    try:
        done(work)
    except LostError as error:
        if "there is no release" not in str(error):
            raise
        done(command("build", "--data", str(data)))  # the release had gone, the build had not come
    in_order(data, list(sizes))
    tidy(data)
    return "had ended before" if not was_killed else "the version before" if before == after else "the new version"


def switch_kills(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """Kill a build between the first and the last step of the switch."""
    data = folder / "switch"
    works = Works(data, [])
    sizes = {}
    os.environ["PASSERELLE_KEEP_VERSIONS"] = "1"  # so that each version is written anew
    for turn in (0, 1):
        done(works.build(turn))
        sizes |= [size_of(data)]
    with asked(data) as (_, notes):
        for turn in range(count):
            row.note(data, lambda turn=turn: _switch_once(data, works.build(turn), sizes, chance))
        row.beside(notes, sizes)
    del os.environ["PASSERELLE_KEEP_VERSIONS"]


def _switch_once(data: Path, work: Callable[[], None], sizes: Mapping[str, int], chance: random.Random) -> str:
    steps = chance.randrange(60)

    def counting() -> None:
        left = iter(range(steps))

        def step(real: Callable[..., Any]) -> Callable[..., Any]:
            def taken(*given: Any, **options: Any) -> Any:
                if next(left, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*given, **options)

            return taken

        os.replace, os.fsync, shutil.rmtree = map(step, (os.replace, os.fsync, shutil.rmtree))  # type: ignore[assignment]
        work()

    before = in_order(data, list(sizes))
    code, said, _ = Child(counting).end()
    after = in_order(data, list(sizes))
    if code > 0:
        raise LostError(said)
    done(work)
    tidy(data)
    return "had ended before" if code == 0 else "the version before" if before == after else "the new version"


def dump_kills(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """Kill a process that makes a dump, beside a server that is asked for the same."""
    data = folder / "dump"
    done(Works(data, []).build(0))

    def make() -> None:
        with TestClient(create_app(Settings(data=data), CurrentStore(data))) as client:
            client.get(DUMP).raise_for_status()

    took = done(make)
    good = next((data / "dumps").rglob("*.ttl.gz")).read_bytes()
    with serving(data) as address:
        for _ in range(count):
            row.note(data, lambda: _dump_once(data, make, took, good, address, chance))


def _dump_once(
    data: Path, make: Callable[[], None], took: float, good: bytes, address: str, chance: random.Random
) -> str:
    shutil.rmtree(data / "dumps", ignore_errors=True)
    was_killed = Child(make).killed_after(chance.uniform(0, took))
    found = [path for path in (data / "dumps").rglob("*.ttl.gz") if not path.name.startswith(".")]
    if any(path.read_bytes() != good for path in found):
        raise LostError("half a dump")
    with urllib.request.urlopen(address + DUMP, timeout=120) as answer:
        if answer.read() != good:
            raise LostError("another dump was served")
    return "had ended before" if not was_killed else "whole" if found else "none, made again when asked for"


class _EngineDoor(BaseHTTPRequestHandler):
    """A SPARQL engine in memory: queries and updates."""

    store: Store

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.headers["Content-Type"].startswith("application/sparql-update"):
            self.store.update(text)
            body = b""
        else:
            results: Any = self.store.query(parse_qs(text)["query"][0])
            graph = not hasattr(results, "variables") and not isinstance(results, bool) and hasattr(results, "__next__")
            body = results.serialize(format=RdfFormat.N_TRIPLES if graph else QueryResultsFormat.JSON)
        self.send_response(200)
        self.send_header("Content-Type", JSON_RESULTS)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is said of requests."""


def _engine(ready: Any) -> None:
    _EngineDoor.store = Store()
    with closing(ThreadingHTTPServer(("127.0.0.1", 0), _EngineDoor)) as server:
        ready.put(server.server_address[1])
        server.serve_forever()


def publish_kills(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """Kill `publish`; whoever asks the engine meets the version before or the new one, and the next run goes on."""
    datas = [folder / "publish-one", folder / "publish-two"]
    for turn, data in enumerate(datas):
        done(Works(data, []).build(turn))
    ready: Any = multiprocessing.SimpleQueue()
    engine = multiprocessing.Process(target=_engine, args=(ready,), daemon=True)
    engine.start()
    address = f"http://127.0.0.1:{ready.get()}/"
    versions = [version_of(data) for data in datas]
    try:
        took = min([done(_publishing(data, address)) for data in (*datas, *datas)][-2:])
        for turn in range(count):
            work = _publishing(datas[turn % 2], address)
            row.note(None, lambda work=work: _publish_once(work, address, versions, took, chance))
    finally:
        engine.terminate()
        engine.join()


def _publishing(data: Path, address: str) -> Callable[[], None]:
    return lambda: publish.publish((data / "current").resolve(), publish.Engine(address)) and None


def _publish_once(
    work: Callable[[], None], address: str, versions: Sequence[str], took: float, chance: random.Random
) -> str:
    before = RemoteStore(address, 30.0).version
    was_killed = Child(work).killed_after(chance.uniform(0, took))
    after = RemoteStore(address, 30.0)
    if after.version not in versions:
        raise LostError(f"the engine says {after.version}")
    if b"invented" not in after.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", JSON_RESULTS):
        raise LostError("the current version has no statements there")
    done(work)
    return (
        "had ended before" if not was_killed else "the version before" if before == after.version else "the new version"
    )


# Power cuts


def power_cuts(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """What a disk holds after a cut at a random call; found whole, and built upon."""
    data, esco = folder / "power", [write_esco(folder / "esco-p"), write_next_esco(folder / "next-p")]
    data.mkdir()
    turn = 0
    while row.tried < count:
        names = NAMES["one" if turn % 2 else "two"]
        cuts = apart(_cuts, data, folder / f"cuts-{turn}", names, esco[turn % 2])
        for cut in chance.sample(cuts, min(len(cuts), 5, count - row.tried)):
            row.note(None, lambda cut=cut: _cut_once(cut, esco[0]))
        shutil.rmtree(folder / f"cuts-{turn}")
        turn += 1


def _cuts(data: Path, copies: Path, names: Sequence[str], esco: Path) -> list[Path]:
    """Copies of the folder as a power cut would leave it, at many an fsync, rename and deletion."""
    patch = pytest.MonkeyPatch()
    with recorded(data, copies, patch) as disk, assembled(statements(*names)):
        for name in ("fsync", "unlink", "rmdir"):
            patch.setattr(os, name, _before(getattr(os, name), disk.cut))
        releases.import_release("esco", [esco], data, version="1.1.1")
        pipeline.build(SOURCES, data, keep=2)
    patch.undo()
    return list(disk.cuts)


def _before(real: Callable[..., Any], cut: Callable[[], None]) -> Callable[..., Any]:
    turn = iter(range(10**9))

    def called(*given: Any, **options: Any) -> Any:
        if next(turn) % 7 == 0:
            cut()
        return real(*given, **options)

    return called


def _cut_once(cut: Path, esco: Path) -> str:
    version = apart(is_usable, cut)
    done(command("import", "esco", str(esco), "--version", "1.1.1", "--data", str(cut)))
    tidy(cut)
    return "nothing was served yet" if version is None else "a whole version"


# A full disk, a folder without rights


def full_disks(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """A disk of a few megabytes that is full at some moment of an import and a build."""
    place = folder / "full"
    place.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", place], check=False).returncode
    ):
        row.outcomes["not tried: a small disk can be mounted by root only"] += 1
        return
    try:
        data = place / "data"
        works = Works(data, [write_esco(folder / "esco-f"), write_next_esco(folder / "next-f")])
        for turn in (0, 1, 2):
            done(works.import_(turn))
            done(works.build(turn))
        for turn in range(count):
            row.note(data, lambda turn=turn: _full_once(works, turn, chance))
    finally:
        subprocess.run(["umount", place], check=False)


def _full_once(works: Works, turn: int, chance: random.Random) -> str:
    data, filler = works.data, works.data.parent / "filler"
    work = works.import_(turn) if turn % 3 == 0 else works.build(turn)
    before, free = version_of(data), shutil.disk_usage(data).free
    left = int(chance.triangular(0, 600_000, 50_000))
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free - left))
    try:
        code, said, _ = Child(work).end()
        if code > 1 or "Traceback" in said:
            raise LostError(f"not said plainly: {said[-300:]}")
        now = version_of(data)
        in_order(data, [before] if code else [now])
    finally:
        filler.unlink()
    done(work)
    tidy(data)
    return "there was room" if not code else "said plainly, the version before stays"


def without_rights(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """A data folder that another user owns, or that cannot be written to: it is served, and no command changes it."""
    data = folder / "rights"
    works = Works(data, [write_esco(folder / "esco-r")] * 2)
    done(works.import_(0))
    folder.chmod(0o755)
    for each in folder.parents:
        if each != Path("/tmp") and each.is_relative_to(tempfile.gettempdir()):
            each.chmod(0o755)
    for turn in range(min(count, 12)):
        row.note(data, lambda turn=turn: _without_rights_once(works, turn))


def _without_rights_once(works: Works, turn: int) -> str:
    work = (works.build(turn), works.import_(turn), works.remove(1))[turn % 3]

    def as_nobody(then: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            if not os.geteuid():
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            then()

        return run

    def serve() -> None:
        with TestClient(create_app(Settings(data=works.data), CurrentStore(works.data))) as client:
            client.get("/ready").raise_for_status()
            if client.get(DUMP).status_code not in (200, 503):
                raise LostError("the dump is neither there nor refused")

    before = size_of(works.data)
    code, said, _ = Child(as_nobody(work)).end()
    if code != 1 or "Traceback" in said:
        raise LostError(f"not said plainly ({code}): {said[-300:]}")
    code, said, _ = Child(as_nobody(serve)).end()
    if code or size_of(works.data) != before:
        raise LostError(f"not served: {said[-300:]}")
    return "refused plainly, and served"


# Damage


def damages(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """A random file of a version, an archive or a release is shortened, flipped, emptied or taken away."""
    good = folder / "good"
    done(Works(good, []).build(0))
    done(Works(good, []).build(1))
    version = version_of(good)
    for _ in range(count):
        row.note(None, lambda: _damage_once(good, folder / "damaged", version, chance))


def _damage_once(good: Path, data: Path, version: str, chance: random.Random) -> str:
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(good, data, symlinks=True)
    folder = (data / chance.choice(("current", "archive"))).resolve()
    sealed = [folder / name for name in json.loads((folder / whole.CHECKSUMS).read_text(encoding="utf-8"))]
    path = chance.choice([*(each for each in sealed if each.stat().st_size), folder / whole.CHECKSUMS])
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    how = chance.choice(("shortened", "flipped", "emptied", "missing"))
    content[at] ^= 1 << chance.randrange(8)
    path.unlink()
    if how != "missing":
        path.write_bytes({"shortened": content[:at], "flipped": content, "emptied": b""}[how])
    return _is_found_and_healed(data, f"{path.name} {how}", version)


def _is_found_and_healed(data: Path, what: str, version: str) -> str:
    if not verify(data):
        raise LostError(f"not found: {what}")
    meanwhile = apart(_meanwhile, data)
    done(command("build", "--data", str(data), names=NAMES["one"]))
    if verify(data) or version_of(data) != version:
        raise LostError(f"not healed: {what}")
    return f"found and healed, meanwhile {meanwhile}"


def _meanwhile(data: Path) -> str:
    """What a server over the damaged folder would do."""
    try:
        served = CurrentStore(data)
        told = bool(served.faults())
        served.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", JSON_RESULTS)
    except GraphError:
        return "not served"
    return "served as not ready" if told else "served whole"


def links(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """`current` or `archive` leads nowhere, elsewhere, to itself, or is no link."""
    good = folder / "linked"
    done(Works(good, []).build(1))
    version = version_of(good)
    for _ in range(count):
        row.note(None, lambda: _link_once(good, folder / "dangling", version, chance))


def _link_once(good: Path, data: Path, version: str, chance: random.Random) -> str:
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(good, data, symlinks=True)
    link = data / chance.choice(("current", "archive"))
    link.unlink()
    target = chance.choice(("graphs/nowhere", "/etc", link.name, "graphs", "", "folder"))
    if target == "folder":
        link.mkdir()
    elif target:
        link.symlink_to(target)
    return _is_found_and_healed(data, f"{link.name} -> {target}", version)


def other_forms(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """A store in a form that the engine does not read, though every checksum is right."""
    good = folder / "formed"
    done(Works(good, []).build(1))
    version = version_of(good)
    for _ in range(count):
        row.note(None, lambda: _form_once(good, folder / "other-form", version, chance))


def _form_once(good: Path, data: Path, version: str, chance: random.Random) -> str:
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(good, data, symlinks=True)
    place = (data / chance.choice(("current", "archive"))).resolve()
    for listed in (place / "store").glob("MANIFEST-*"):
        listed.write_bytes(chance.randbytes(listed.stat().st_size))
    whole.seal(place)
    done(command("build", "--data", str(data), names=NAMES["one"]))
    in_order(data, [version])
    tidy(data)
    return "written anew by the next build"


def clocks(row: Row, folder: Path, count: int, chance: random.Random) -> None:
    """The clock jumps by up to ten years before each build."""
    data = folder / "clock"
    for turn in range(count):
        moment = datetime.now(UTC) + timedelta(days=chance.uniform(-3650, 3650))
        row.note(data, lambda turn=turn, moment=moment: _clock_once(data, turn, moment))


def _clock_once(data: Path, turn: int, moment: datetime) -> str:
    names = NAMES["one" if turn % 2 else "two"]

    def work() -> None:
        pipeline._now = lambda: moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        command("build", "--data", str(data), names=names)()

    done(work)
    if ("weaver" in apart(_labels, data)) is not (turn % 2 == 0):
        raise LostError("another version is served than was built")
    tidy(data)
    return "what was built is served"


def _labels(data: Path) -> str:
    text = "SELECT ?l { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?l }"
    return CurrentStore(data).query(text, "text/csv").decode()


KINDS: dict[str, tuple[str, Callable[[Row, Path, int, random.Random], None]]] = {
    "build": ("`build` killed", lambda row, folder, count, chance: kills(row, folder, "build", count, chance)),
    "import": ("`import` killed", lambda row, folder, count, chance: kills(row, folder, "import_", count, chance)),
    "remove": ("`remove` killed", lambda row, folder, count, chance: kills(row, folder, "remove", count, chance)),
    "switch": ("the switch killed", switch_kills),
    "dump": ("the making of a dump killed", dump_kills),
    "publish": ("`publish` killed", publish_kills),
    "power": ("power cut in `import` and `build`", power_cuts),
    "full": ("disk full in `import` and `build`", full_disks),
    "rights": ("another owner, no right to write", without_rights),
    "damage": ("a file damaged", damages),
    "link": ("a link that is wrong", links),
    "form": ("a store in another form", other_forms),
    "clock": ("the clock moved", clocks),
}


def main(count: int, chosen: Sequence[str]) -> int:
    """Make every kind of fault so often; write what came of it. The exit code."""
    rows = []
    for kind in chosen or KINDS:
        title, work = KINDS[kind]
        row = Row(title)
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"faults-{kind}-") as folder:
            work(row, Path(folder), count, random.Random(f"{SEED} {kind}"))
        rows.append(row)
        print(f"{_line(row)} ({time.monotonic() - began:.0f} s)", flush=True)
    _write(rows)
    return any(row.lost for row in rows)


def _line(row: Row) -> str:
    came = "; ".join(f"{outcome}: {count}" for outcome, count in sorted(row.outcomes.items()))
    most = f"{row.most / 2**20:.1f} MiB" if row.most else "–"
    answers = f"{row.answers:,}" if row.answers else "–"
    return f"| {row.kind} | {row.tried} | {came} | {len(row.lost)} | {answers} | {most} |"


def _write(rows: Sequence[Row]) -> None:
    """Put the rows into the table between its marks, each in the place of the one of the same kind."""
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    head, rule, *before = text[start:end].strip().splitlines()
    lines = {line.split(" | ")[0]: line for line in (*before, *map(_line, rows))}
    PAGE.write_text("\n".join((text[:start], "", head, rule, *lines.values(), "", text[end:])), encoding="utf-8")


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(main(int(words[0]) if words else COUNT, words[1:]))
