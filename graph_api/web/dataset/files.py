"""Files that appear whole or not at all, and processes of their own that make them."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from graph_api import PACKAGE, durable
from graph_api.errors import StoreUnavailable

MAKING_SECONDS: Final = 600.0
"""How long a file may take."""
_PACKING: Final = 6
_INNER: Final = re.compile(r"'?/[^\s':]+'?")
"""Paths of this machine, which are nobody else's business."""


def run_apart(module: str, *arguments: str) -> None:
    """Run a module of ours in a process of its own, behind those that serve. Raises StoreUnavailable."""
    package = str(PACKAGE.parent)
    paths = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        subprocess.run(
            ["nice", sys.executable, "-P", "-m", module, *arguments],
            check=True,
            capture_output=True,
            timeout=MAKING_SECONDS,
            env={**os.environ, "PYTHONPATH": paths},
        )
    except subprocess.TimeoutExpired:
        raise StoreUnavailable(f"the file was not made within {MAKING_SECONDS:g} s; ask again later") from None
    except subprocess.CalledProcessError as error:
        reason = _INNER.sub("…", error.stderr.decode(errors="replace").strip().rpartition("\n")[2])
        raise StoreUnavailable(f"the file could not be made: {reason}") from None


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when the block has ended, whole or not at all. Raises StoreUnavailable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        number, name = tempfile.mkstemp(prefix=".making-", dir=path.parent)
    except OSError as error:
        raise StoreUnavailable(f"{path.name} cannot be kept here: {error.strerror}") from None
    try:
        with os.fdopen(number, "wb") as file:
            yield file
        Path(name).chmod(0o644)
        durable.settled_rename(Path(name), path)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _sweep(folder: Path) -> None:
    """Delete what was begun by processes that were killed: nothing takes so long."""
    for left in folder.glob(".making-*"):
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - 2 * MAKING_SECONDS:
                left.unlink()


@contextmanager
def packed(path: Path) -> Iterator[gzip.GzipFile]:
    """The same, packed; the same content gives the same bytes."""
    with written(path) as raw, gzip.GzipFile("", "wb", _PACKING, raw, mtime=0) as file:
        yield file
