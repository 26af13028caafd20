"""How the server and a query process speak: when the query was begun, and what became of it, in one message."""

from __future__ import annotations

import json
import mmap
import os
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SIZES: Final = struct.Struct("!II")
_MOMENT: Final = struct.Struct("@d")
_PIECE: Final = 2**18


class Clock:
    """When the process has begun what it was given last: a number in memory that both see, so nobody sends it."""

    def __init__(self, file: int | None = None) -> None:
        """A new one, or the one of which the other side gave the file."""
        self.file = os.memfd_create("passerelle-clock") if file is None else file
        if file is None:
            os.truncate(self.file, _MOMENT.size)
        self._memory = mmap.mmap(self.file, _MOMENT.size)

    def share(self) -> None:
        """Let go of the file, once the other side has it; the memory stays."""
        os.close(self.file)

    def clear(self) -> None:
        """Nothing has begun."""
        _MOMENT.pack_into(self._memory, 0, 0.0)

    def begin(self) -> None:
        """Now it has."""
        _MOMENT.pack_into(self._memory, 0, time.monotonic())

    @property
    def began(self) -> float | None:
        """When, by the clock that all processes share; None for not yet."""
        return _MOMENT.unpack_from(self._memory, 0)[0] or None


@dataclass(frozen=True)
class Said:
    """What a process says of a query that has ended, and the result, unless that comes as a file after it."""

    outcome: str
    message: str
    rewritten: str
    tired: bool
    body: bytes


class Incoming:
    """One message as its pieces come."""

    def __init__(self) -> None:
        self._gathered = bytearray()

    @property
    def begun(self) -> bool:
        """Whether a piece of it has come."""
        return bool(self._gathered)

    def take(self, file: int) -> Said | None:
        """What the message says, once it is whole; what comes after it is left where it is.

        Raises BlockingIOError where the file does not wait and the rest is not there yet; EOFError.
        """
        while (missing := self._missing()) > 0:
            piece = os.read(file, min(missing, _PIECE))
            if not piece:
                raise EOFError
            self._gathered += piece
        head, body = _SIZES.unpack_from(self._gathered)
        view = memoryview(self._gathered)[_SIZES.size :]
        return Said(**json.loads(bytes(view[:head])), body=bytes(view[head : head + body]))

    def _missing(self) -> int:
        there = len(self._gathered)
        if there < _SIZES.size:
            return _SIZES.size - there
        head, body = _SIZES.unpack_from(self._gathered)
        return _SIZES.size + int(head) + int(body) - there


def send(file: int, head: Mapping[str, object], body: bytes | memoryview) -> None:
    """Hand a message over, whole."""
    written = json.dumps(head).encode()
    left = [memoryview(_SIZES.pack(len(written), len(body)) + written), memoryview(body)]
    while left:
        sent = os.writev(file, left)
        while left and sent >= len(left[0]):
            sent -= len(left.pop(0))
        if left:
            left[0] = left[0][sent:]
