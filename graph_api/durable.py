"""Files that outlive a power cut: what is written is on the disk before its name is, and the name before we say so."""

from __future__ import annotations

import os
from pathlib import Path


def settle(path: Path) -> None:
    """Wait until the disk holds a file, or a folder with everything in it."""
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            settle(inner)
    if not path.is_symlink():
        _sync(path)


def rename(source: Path, target: Path) -> None:
    """Give a settled file, folder or link its name, in place of what had it; the disk knows when this returns."""
    source.replace(target)
    for folder in {source.parent, target.parent}:
        _sync(folder)


def settled_rename(source: Path, target: Path) -> None:
    """Settle, then rename."""
    settle(source)
    rename(source, target)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
