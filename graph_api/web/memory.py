"""Free memory goes back to the system: what a version left behind is not held until the next one needs it."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

EVERY_SECONDS: Final = 60.0


@contextmanager
def given_back(seconds: float = EVERY_SECONDS) -> Iterator[None]:
    """While the block runs, memory that is free is given back now and then; nothing happens where libc cannot."""
    end = threading.Event()

    def work() -> None:
        while not end.wait(seconds):
            give_back()

    thread = threading.Thread(target=work, name="memory", daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def give_back() -> bool:
    """Give the memory back that the allocator holds and nobody uses; whether there was any."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError, TypeError):  # another libc
        return False
