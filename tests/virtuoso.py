"""Virtuoso 7 (Debian packages `virtuoso-opensource-7` and `virtuoso-opensource-7-bin`), started for real.

Each start has its own folder, its own database and its own free ports of the loopback.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER, ISQL = "virtuoso-t", "isql-vt"
USER, PASSWORD = "dba", "dba"
_STARTS_WITHIN_SECONDS = 180.0

_INI = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
ErrorLogLevel = 7
FileExtend = 200
MaxCheckpointRemap = 2000
Striping = 0
TempStorage = TempDatabase

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
MaxCheckpointRemap = 2000
Striping = 0

[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
CheckpointInterval = 60
MaxClientConnections = 20
CaseMode = 2
DirsAllowed = {folder}{folders}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty_buffers}
MaxQueryMem = 1G
MaxSortedTopRows = 1000000
ThreadsPerQuery = 1
AsyncQueueMaxThreads = 4
ThreadCleanupInterval = 0
ResourcesCleanupInterval = 0

[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
ServerThreads = 10
MaxKeepAlives = 10
KeepAliveTimeout = 10
EnabledGzipContent = 0
Charset = UTF-8

[Client]
SQL_PREFETCH_ROWS = 100
SQL_PREFETCH_BYTES = 16000
SQL_QUERY_TIMEOUT = 0
SQL_TXN_TIMEOUT = 0

[SPARQL]
ResultSetMaxRows = 10000000
MaxQueryCostEstimationTime = 0
MaxQueryExecutionTime = 0
"""

# What an administrator gives to the account that publishes and to the public that reads.
_GRANTS = (
    "grant SPARQL_UPDATE to DBA;",
    "DB.DBA.RDF_DEFAULT_USER_PERMS_SET ('nobody', 1);",
)


@dataclass(frozen=True)
class Virtuoso:
    """A running server."""

    folder: Path
    port: int
    sql_port: int
    process: subprocess.Popen[bytes]

    @property
    def query_address(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql"

    @property
    def update_address(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql-auth"

    @property
    def graph_store_address(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql-graph-crud-auth"

    def isql(self, *statements: str) -> str:
        """Run SQL statements as the administrator."""
        command = [ISQL, f"127.0.0.1:{self.sql_port}", USER, PASSWORD, "ERRORS=STDOUT", "PROMPT=OFF", "VERBOSE=OFF"]
        done = subprocess.run(
            command, input="\n".join(statements).encode(), capture_output=True, check=True, timeout=600
        )
        return done.stdout.decode()


def missing() -> str | None:
    """Why Virtuoso cannot be started here, or None."""
    absent = [command for command in (SERVER, ISQL) if shutil.which(command) is None]
    return f"{', '.join(absent)} not found; Debian: virtuoso-opensource-7 virtuoso-opensource-7-bin" if absent else None


@contextmanager
def running(folder: Path, megabytes: int = 200, readable: tuple[Path, ...] = ()) -> Iterator[Virtuoso]:
    """A server with an empty database in the folder, which answers; ended with the block."""
    port, sql_port = _free_ports(2)
    buffers = megabytes * 2**20 // 8700
    ini = _INI.format(
        folder=folder,
        folders="".join(f", {path}" for path in readable),
        port=port,
        sql_port=sql_port,
        buffers=buffers,
        dirty_buffers=buffers * 3 // 4,
    )
    (folder / "virtuoso.ini").write_text(ini, encoding="utf-8")
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [SERVER, "+foreground", "+configfile", str(folder / "virtuoso.ini")],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            server = Virtuoso(folder, port, sql_port, process)
            _wait(server)
            server.isql(*_GRANTS)
            yield server
        finally:
            process.kill()
            process.wait()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait(server: Virtuoso) -> None:
    end = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.query_address}?query=ASK%7B%7D", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    log = (server.folder / "output.txt").read_text(encoding="utf-8", errors="replace")
    raise RuntimeError(f"Virtuoso did not start: {log[-2000:]}")
