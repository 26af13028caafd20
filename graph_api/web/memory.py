"""Memory is kept in few heaps, and what is free goes back to the system.

What a version or a hard hour left behind is not held until the next one needs it.
"""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

EVERY_SECONDS: Final = 60.0
FEW_HEAPS: Final = 2
"""Otherwise each of forty threads may have one of its own, and what is free in it serves no other."""
LARGE_PAGES: Final[Mapping[str, str]] = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""An environment with which libc asks for memory in large pages; for processes that jump about in theirs.

The kernel gives them where `/sys/kernel/mm/transparent_hugepage/enabled` says `madvise` or `always`.
"""
_M_ARENA_MAX: Final = -8
_SELDOM: Final = (20_000, 20, 100)
"""New things until the youngest are looked through, and how many times that before the older ones, and before all."""


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


def keep_what_is_read() -> None:
    """What was read by now is kept for long, and is no longer looked through for garbage; nor is what is read later at
    every turn: it grows for hours, and the more there is of it the longer whoever asks at that moment would wait."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)


def give_back() -> bool:
    """Give the memory back that the allocator holds and nobody uses; whether there was any."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError, TypeError):  # another libc
        return False


def keep_few_heaps() -> bool:
    """Let the allocator share few heaps among the threads of this process; whether it does."""
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, FEW_HEAPS))
    except (AttributeError, OSError, TypeError):  # another libc
        return False
