"""The process that holds a built graph in memory, seen from inside: query processes are forked of it and share that.

The engine answers from memory two to six times faster than from its files. A copy of its own would cost each query
process as much memory as there is, and the time to load it whenever one is stopped at a limit; a fork costs neither.
It says `loaded` once it is ready; then it forks a process whenever it is handed the files of its link and its clock,
and tells how those that have ended did so.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from pyoxigraph import Store

from graph_api.web.processes import opened
from graph_api.web.sparql import worker

_LONGEST: Final = 4096


def _main(link_number: str, directory: str) -> None:
    with opened(link_number) as link:
        link.send_bytes(b'{"ready": true}')
        store = Store()
        store.bulk_extend(iter(Store.read_only(str(Path(directory) / "store"))))
        link.send_bytes(b'{"loaded": true}')
        _serve(link, directory, store)


def _serve(link: Connection, directory: str, store: Store) -> None:
    """Fork, and tell of those that have ended, until the server has gone."""
    with socket.socket(fileno=os.dup(link.fileno())) as way:
        while True:
            message, files, _, _ = socket.recv_fds(way, _LONGEST, 2)
            if not message:
                return
            asked = json.loads(message)
            if "ended" in asked:
                told = {"code": _code(asked["ended"])}
            else:
                told = {"number": _forked(asked["limits"], files, directory, store, (link.fileno(), way.fileno()))}
                for file in files:
                    os.close(file)
            way.sendall(json.dumps(told).encode())


def _forked(limits: list[str], files: list[int], directory: str, store: Store, ours: tuple[int, ...]) -> int:
    """A process that answers queries from the memory of this one; its number."""
    number = os.fork()
    if number:
        return number
    try:
        os.setsid()
        for file in ours:
            os.close(file)
        link, clock = map(str, files)
        worker.main(link, clock, limits, worker.Opened(directory, store))
    finally:
        os._exit(1)


def _code(number: int) -> int | None:
    """How the process ended, as `subprocess` writes it; None where it has not."""
    try:
        ended, status = os.waitpid(number, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if ended else None


if __name__ == "__main__":
    _main(*sys.argv[1:])
