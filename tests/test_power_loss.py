"""A power cut loses what was not on the disk: whatever a link leads to then is whole, or is what was there before.

The disk is imagined from what the program has asked for: a file holds what it held at its last fsync. Of a folder we
imagine both: that it lost every name since its own last fsync, and that every name is there and contents are not.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph_api.inputs import releases
from graph_api.store import whole
from graph_api.store.local import CurrentStore
from tests.release_fixtures import write_esco
from tests.tiny_builds import build

Entry = tuple[int, str]
"""An inode, and where a link leads."""


class Disk:
    """What is on the disk below a folder, as far as fsync was asked for."""

    def __init__(self, root: Path, copies: Path) -> None:
        self.root, self._copies = root, copies
        self.cuts: list[Path] = []
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, dict[str, Entry]] = {}
        self._folders: set[int] = set()
        for path in (root, *root.rglob("*")):
            if not path.is_symlink():
                self._synced(path)

    def _synced(self, path: Path) -> None:
        inode = path.stat().st_ino
        if path.is_dir():
            self._names[inode] = {each.name: _entry(each) for each in path.iterdir()}
            self._folders |= {each.stat().st_ino for each in path.iterdir() if each.is_dir()}
        else:
            self._contents[inode] = path.read_bytes()

    def fsync(self, number: int) -> None:
        path = Path(f"/proc/self/fd/{number}").readlink()
        if path == self.root or self.root in path.parents:
            self._synced(path)

    def cut(self) -> None:
        """Two copies of the folder as it may be found after a power cut at this moment."""
        for eager in (True, False):
            copy = self._copies / f"cut-{len(self.cuts)}"
            self._restore(self.root.stat().st_ino, self.root, copy, eager)
            self.cuts.append(copy)

    def _restore(self, inode: int, now: Path | None, copy: Path, eager: bool) -> None:
        copy.mkdir(parents=True)
        names = dict(self._names.get(inode, {}))
        if eager and now is not None:
            names = {each.name: _entry(each) for each in now.iterdir()}
        for name, (inner, target) in names.items():
            if target:
                (copy / name).symlink_to(target)
            elif (
                inner in self._folders or inner in self._names or (eager and now is not None and (now / name).is_dir())
            ):
                self._restore(inner, now / name if now is not None else None, copy / name, eager)
            else:
                (copy / name).write_bytes(self._contents.get(inner, b""))


def _entry(path: Path) -> Entry:
    found = path.lstat()
    return found.st_ino, os.readlink(path) if stat.S_ISLNK(found.st_mode) else ""  # noqa: PTH115


@contextmanager
def recorded(root: Path, copies: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """The disk while something is written; the power is cut after every rename."""
    disk = Disk(root, copies)
    replace, fsync = os.replace, os.fsync

    def renamed(source: Path, target: Path) -> None:
        replace(source, target)
        disk.cut()

    def synced(number: int) -> None:
        fsync(number)
        disk.fsync(number)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", renamed)
        patch.setattr(os, "fsync", synced)
        yield disk
        disk.cut()


def is_usable(data: Path) -> str | None:
    """The version that is found after the cut; whatever links and descriptions tell of is whole."""
    for release in releases.list_releases(data):
        releases.statements_file(data, release)
    if (data / "archive").is_symlink():
        assert whole.faults((data / "archive").resolve()) == []
    if not (data / "current").is_symlink():
        return None
    assert whole.faults((data / "current").resolve()) == []
    store = CurrentStore(data)
    assert store.faults() == []
    return store.version


def test_after_a_power_cut_during_a_build_the_old_or_the_new_version_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    releases.import_release("esco", [write_esco(tmp_path / "esco")], data, version="1.1.1")
    with recorded(data, tmp_path / "first", monkeypatch) as disk:
        old = build(data, "baker")
    found = [is_usable(cut) for cut in disk.cuts]
    assert set(found) == {None, old}
    assert found[-2:] == [old, old]
    with recorded(data, tmp_path / "second", monkeypatch) as disk:
        new = build(data, "baker", "weaver")
    found = [is_usable(cut) for cut in disk.cuts]
    assert set(found) == {old, new}
    assert found[-2:] == [new, new]
    assert build(disk.cuts[1], "baker", "weaver") == is_usable(disk.cuts[1]) == new


def test_after_a_power_cut_during_an_import_every_release_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    (data / "releases").mkdir(parents=True)
    with recorded(data, tmp_path / "cuts", monkeypatch) as disk:
        releases.import_release("esco", [write_esco(tmp_path / "esco")], data, version="1.1.1")
    for cut in disk.cuts:
        is_usable(cut)
    assert [[each.name for each in releases.list_releases(cut)] for cut in disk.cuts[-2:]] == [["esco-1.1.1"]] * 2


def test_the_disk_of_these_tests_forgets(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    disk = Disk(data, tmp_path / "cuts")
    (data / "file").write_text("not yet on the disk")
    disk.cut()
    eager, lazy = disk.cuts
    assert (eager / "file").read_bytes() == b""
    assert not (lazy / "file").exists()
