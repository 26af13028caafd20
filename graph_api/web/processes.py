"""Processes of the server's own for costly work: joined to it by a link, of low priority, and gone when it has gone."""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from typing import Any, Final

from graph_api import PACKAGE
from graph_api.errors import StoreUnavailable

START_SECONDS: Final = 20.0
_NICENESS: Final = 19
"""Lookups come first where costly work keeps all processors busy."""


class Process:
    """One process, seen from the server."""

    def __init__(self, module: str, arguments: Sequence[str] = ()) -> None:
        """Start the module, which begins with `begun`. Raises StoreUnavailable where it does not in time."""
        self.link, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), *arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env=_environment(),
            )
        self.stop = weakref.finalize(self, _kill, self.process, self.link)
        if not self.link.poll(START_SECONDS) or not self.received():
            self.stop()
            raise StoreUnavailable("a process for this work did not start; ask again")

    @property
    def usable(self) -> bool:
        """Whether the process can take other work."""
        return self.stop.alive and self.process.poll() is None

    def received(self) -> dict[str, Any]:
        """The next message; nothing when the process has died."""
        try:
            message: dict[str, Any] = json.loads(self.link.recv_bytes())
        except (EOFError, ConnectionResetError):
            return {}
        return message


def _environment() -> dict[str, str]:
    """The server's, with this package on the path and few heaps, so that memory can be counted."""
    package = str(PACKAGE.parent)
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "MALLOC_ARENA_MAX": "2",
        "RUST_BACKTRACE": "0",
    }


def _kill(process: subprocess.Popen[bytes], link: Connection) -> None:
    process.kill()
    process.wait()
    link.close()


def begun(link_number: str) -> Connection:
    """The link to the server, for a process that begins: it lets everybody else go first, and ends with the server."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)
    link = Connection(int(link_number))
    threading.Thread(target=_end_with_server, args=(link.fileno(),), daemon=True).start()
    link.send_bytes(b'{"ready": true}')
    return link


def _end_with_server(link: int) -> None:
    """End this process, whatever it is doing, when the server has gone."""
    poll = select.poll()
    poll.register(link, select.POLLHUP)
    poll.poll()
    os._exit(0)
