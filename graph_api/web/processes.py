"""Processes of the server's own for costly work: joined to it by a link, of low priority, and gone when it has gone."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any, ClassVar, Final, Protocol

from graph_api import PACKAGE
from graph_api.errors import GraphError, LimitReached, StoreUnavailable
from graph_api.web.callers import Caller, ClientGone
from graph_api.web.memory import FEW_HEAPS

START_SECONDS: Final = 20.0
_END_SECONDS: Final = 3.0
_NICENESS_AT_FIRST: Final = 5
"""To begin costs a second of a processor: others go first, and yet somebody waits for it."""
_NICENESS: Final = 19
"""Lookups come first where costly work keeps all processors busy.

Where the kernel groups tasks by session (`sched_autogroup_enabled`), niceness weighs within a session only.
"""


class Started(Protocol):
    """A process that was started, by this one or for it."""

    pid: int

    def poll(self) -> int | None:
        """How it ended; None where it has not."""

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, once it has. Raises TimeoutExpired."""

    def kill(self) -> None:
        """End it."""


class Process:
    """One process, seen from the server."""

    niceness: ClassVar[int] = _NICENESS
    """By so much more than the server it lets others go first."""
    settings_of_libc: ClassVar[Mapping[str, str]] = {}
    """What is set in its environment for the C library, unless the server's own says otherwise."""

    def __init__(self, module: str, arguments: Sequence[str] = (), files: Sequence[int] = ()) -> None:
        """Start the module, which begins with `begun`, and hand it the files.

        Raises StoreUnavailable where it does not begin in time.
        """
        self.link, theirs = Pipe()
        with theirs:
            self.process = self._started(module, theirs.fileno(), arguments, files)
        self._give_way(_NICENESS_AT_FIRST)
        self.stop = weakref.finalize(self, _kill, self.process, self.link)
        if not self.link.poll(START_SECONDS) or not self.received():
            self.stop()
            raise StoreUnavailable("a process for this work did not start; ask again")
        self._give_way(self.niceness)

    def _give_way(self, niceness: int) -> None:
        """Let others go first, by so much more than this process does; one that has ended needs not."""
        with suppress(ProcessLookupError):
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, self.process.pid, min(19, own + niceness))

    def _started(self, module: str, link: int, arguments: Sequence[str], files: Sequence[int]) -> Started:
        """The process, which has these files."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(link), *arguments],
            pass_fds=[link, *files],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            process_group=0,  # away from the terminal's signals, but in our session: see _NICENESS
            env={**self.settings_of_libc, **_environment()},
        )

    @property
    def usable(self) -> bool:
        """Whether the process can take other work."""
        return self.kept and self.process.poll() is None

    @property
    def kept(self) -> bool:
        """Whether nobody has stopped it; it may have ended by itself."""
        return self.stop.alive

    def received(self) -> dict[str, Any]:
        """The next message; nothing when the process has died."""
        try:
            message: dict[str, Any] = json.loads(self.link.recv_bytes())
        except (EOFError, ConnectionResetError):
            return {}
        return message


class Hands:
    """Processes of one kind: one that has nothing to do is taken, or another is started."""

    def __init__(self, module: str, seconds: float, greeting: Mapping[str, object]) -> None:
        """`seconds` of a processor is what one piece of work may take; the process ends itself after that.

        What stands on a command line, every user of the machine may read: the greeting goes by the link.
        """
        self._module, self._seconds = module, seconds
        self._greeting = json.dumps(greeting).encode()
        self._lock = threading.Lock()
        self._idle: list[Process] = []
        self._closed = False

    def started(self) -> Process:
        """A new process. Raises StoreUnavailable."""
        process = Process(self._module, [f"{self._seconds:g}"])
        with suppress(OSError):  # one that has ended already is noticed when it is asked
            process.link.send_bytes(self._greeting)
        return process

    def do(self, *messages: bytes, caller: Caller | None = None) -> bytes:
        """What a process answers to the messages. Raises LimitReached, StoreUnavailable; ClientGone, and stops it."""
        caller = caller or Caller()
        try:
            return self._done(self._taken(), messages, caller)
        except StoreUnavailable:  # it may have ended before it was asked, and not over this
            if caller.gone:
                raise ClientGone("the client has hung up") from None
            return self._done(self.started(), messages, caller)

    def _done(self, process: Process, messages: Sequence[bytes], caller: Caller) -> bytes:
        try:
            with caller.stopping(process.stop):
                for message in messages:
                    process.link.send_bytes(message)
                return process.link.recv_bytes()
        except (EOFError, OSError):
            raise self._death(process) from None
        finally:
            self._give_back(process)

    def _death(self, process: Process) -> GraphError:
        try:
            code = process.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            code = 0
        if code == -signal.SIGPROF:
            what = f"this was stopped after {self._seconds:g} s; ask less at once"
            return LimitReached("seconds", self._seconds, what)
        return StoreUnavailable("the process that worked on this has ended; ask again")

    def _taken(self) -> Process:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.usable:
                    return process
        return self.started()

    def _give_back(self, process: Process) -> None:
        with self._lock:
            if process.usable and not self._closed:
                self._idle.append(process)
                return
        process.stop()

    def close(self) -> None:
        """End the processes that have nothing to do now, the others once they are given back."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for process in idle:
            process.stop()


def _environment() -> dict[str, str]:
    """The server's, with this package on the path and few heaps, so that memory can be counted."""
    package = str(PACKAGE.parent)
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "MALLOC_ARENA_MAX": str(FEW_HEAPS),
        "RUST_BACKTRACE": "0",
    }


def _kill(process: Started, link: Connection) -> None:
    process.kill()
    process.wait()
    link.close()


def opened(link_number: str) -> Connection:
    """The link to the server, for a process that begins."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return Connection(int(link_number))


def begun(link_number: str) -> Connection:
    """The same, for one that ends with the server, whatever it is doing, and is ready now."""
    link = opened(link_number)
    threading.Thread(target=_end_with_server, args=(link.fileno(),), daemon=True).start()
    link.send_bytes(b'{"ready": true}')
    return link


def _end_with_server(link: int) -> None:
    """End this process, whatever it is doing, when the server has gone."""
    poll = select.poll()
    poll.register(link, select.POLLHUP)
    poll.poll()
    os._exit(0)
