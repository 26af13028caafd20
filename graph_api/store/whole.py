"""Whether a folder that a build left is whole: every file has the size and the SHA-256 that the build wrote down.

The engine checks what it reads and an archive of statements is packed with a check, but the search index and the
report hold none of their own; and what is missing or cut off must be said before anybody asks.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

CHECKSUMS: Final = "checksums.json"
MADE_OF: Final = "sources.sha256"
"""Of which sources a later build made the same version: written beside what was sealed."""
_NOT_CHECKED: Final = frozenset({CHECKSUMS, MADE_OF, "LOCK", "LOG"})
"""That note and the engine's own say nothing of the data."""

Signature = tuple[int, int, int]


def seal(folder: Path, like: Path | None = None) -> None:
    """Write down the size and the SHA-256 of every file in a finished folder.

    `like` is a sealed folder: what is the same file there, by another link, is not read again.
    """
    known = json.loads((like / CHECKSUMS).read_text(encoding="utf-8")) if like else {}
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    sums = {
        name: known[name]
        if like and name in known and path.samefile(like / name)
        else {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for name, path in found.items()
        if path.name not in _NOT_CHECKED
    }
    (folder / CHECKSUMS).write_text(json.dumps(sums, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """The checksum of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def led_to(link: Path) -> Path:
    """Where a link leads in the end, whether or not anything is there; one that leads to itself is where it is.

    One that is taken away while it is read leads to itself as well.
    """
    try:
        return Path(os.path.realpath(link))
    except FileNotFoundError:  # it was there when it was looked at, and gone when it was read
        return link.absolute()


def is_sealed(folder: Path) -> bool:
    """Whether there is anything to compare the folder with."""
    return (folder / CHECKSUMS).is_file()


def faults(folder: Path, names: Collection[str] | None = None) -> list[str]:
    """What is wrong in a folder, file by file, in all files or those named; one that was not sealed has that fault."""
    if not folder.is_dir():
        return [f"{folder.name} is not there"]
    if not is_sealed(folder):
        return [f"{CHECKSUMS} is not there"]
    return watch(folder).faults(names)


@lru_cache(maxsize=64)
def watch(folder: Path) -> Watch:
    """The folder's watch, which all of this process share."""
    return Watch(folder)


class Watch:
    """A sealed folder that is in use: a file is read again only when its size or time has changed.

    A folder that was never sealed, such as one that an earlier version of the program built, has no faults to tell.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._fine: dict[str, tuple[Signature, str]] = {}

    def sizes(self) -> list[str]:
        """The files that are missing or have another size than was written down; costs next to nothing."""
        try:
            return [fault for name, said in self._sums().items() if (fault := _size_fault(self._folder / name, said))]
        except _UnreadableError as error:
            return [str(error)]

    def faults(self, names: Collection[str] | None = None) -> list[str]:
        """What is wrong in all files, or in those named."""
        with self._lock:
            try:
                return list(self._faults(names))
            except _UnreadableError as error:
                return [str(error)]

    def _faults(self, names: Collection[str] | None) -> Iterator[str]:
        for name, said in self._sums().items():
            if names is not None and name not in names:
                continue
            path = self._folder / name
            if fault := _size_fault(path, said):
                yield fault
                continue
            fine = signature_of(path), said["sha256"]
            if self._fine.get(name) == fine:
                continue
            if sha256(path) != said["sha256"]:
                yield f"{name} is not what was written"
            else:
                self._fine[name] = fine

    def _sums(self) -> dict[str, dict[str, Any]]:
        path = self._folder / CHECKSUMS
        if not path.is_file():
            return {}
        try:
            sums = json.loads(path.read_text(encoding="utf-8"))
            return {str(name): {"bytes": int(said["bytes"]), "sha256": said["sha256"]} for name, said in sums.items()}
        except (ValueError, TypeError, KeyError, AttributeError, OSError):
            raise _UnreadableError(f"{CHECKSUMS} cannot be read") from None


class _UnreadableError(Exception):
    """The list of checksums is itself damaged."""


def _size_fault(path: Path, said: dict[str, Any]) -> str:
    if not path.is_file():
        return f"{path.name} is not there"
    size = path.stat().st_size
    return "" if size == said["bytes"] else f"{path.name} has {size} bytes in place of {said['bytes']}"


def signature_of(path: Path) -> Signature:
    """What changes when a file is written: which file it is, its size, its time."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
