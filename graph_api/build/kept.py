"""The folders that builds leave: which are whole and can be used again, which is current, and which are let go."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from graph_api import durable
from graph_api.errors import NoGraph
from graph_api.store import whole
from graph_api.store.local import EmbeddedStore

GRAPHS: Final = "graphs"
DERIVED: Final = ("dumps", "changes")
"""Folders of files that are made of versions when they are asked for."""
_REPORT: Final = "report.json"
_DUMP: Final = "dump.nq.gz"


def whole_folder(parent: Path, version: str) -> Path | None:
    """The folder that holds this version with every file as it was written, for the engine to read; or None."""
    found = (each for each in _inside(parent) if _name(each) == version and not whole.faults(each))
    return next((each for each in found if is_opened(each)), None)


def is_opened(folder: Path) -> bool:
    """Whether the engine that is installed reads the store: an older or newer one may have written it."""
    try:
        EmbeddedStore(folder)
    except NoGraph:
        return False
    return True


def usable_versions(data: Path, most: int) -> dict[str, Path]:
    """The newest versions whose report and dump can be read, by name."""
    found = [(built, name, folder) for folder in _all(data) if (told := readable(folder)) for built, name in [told]]
    return {name: folder for _, name, folder in sorted(found, reverse=True)[:most]}


def broken_versions(data: Path) -> dict[str, str]:
    """The folders of which no use can be made, with what is wrong in each."""
    return {folder.name: _fault(folder) for folder in _all(data) if not readable(folder)}


def readable(folder: Path) -> tuple[str, str] | None:
    """When the version in the folder was built, and its name; None where report or dump are not what was written."""
    if not (folder / _DUMP).is_file() or whole.watch(folder).faults({_REPORT, _DUMP}):
        return None
    try:
        report = json.loads((folder / _REPORT).read_text(encoding="utf-8"))
        return str(report.get("built", "")), str(report["version"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def free_place(parent: Path, name: str) -> Path:
    """A folder of that name, or of that name and a number where there is one already that cannot be used."""
    places = [parent / name, *(parent / f"{name}.{number}" for number in range(1, 1000))]
    return next(place for place in places if not place.exists() and not place.is_symlink())


def point(data: Path, link: str, target: Path) -> None:
    """Let the link lead to a folder that the disk holds; what is no link and stands in the way is put aside."""
    place, fresh = data / link, data / f".{link}"
    if place.is_dir() and not place.is_symlink():
        durable.rename(place, free_place(data, f"{link}.put-aside"))
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.relative_to(data))
    durable.rename(fresh, place)


def let_go(data: Path, served: Path, keep: int) -> None:
    """Delete all but the newest versions, other folders of the served version, and what was made of those."""
    served, version = data / GRAPHS / served.name, _name(served)
    newest = [folder for name, folder in usable_versions(data, keep).items() if name != version]
    kept = {*newest[: keep - 1], served}
    for folder in _all(data):
        if folder not in kept and (_name(folder) == version or readable(folder)):
            _forget(data, _name(folder))
            shutil.rmtree(folder, ignore_errors=True)
    left = {_name(folder) for folder in _all(data)}
    for folder in (data / DERIVED[0]).glob("[!.]*"):
        if folder.name not in left:
            shutil.rmtree(folder, ignore_errors=True)


def _forget(data: Path, version: str) -> None:
    """Delete the files that were made of a version."""
    shutil.rmtree(data / DERIVED[0] / version, ignore_errors=True)
    for path in (data / DERIVED[1]).glob("*"):
        if version in path.name.removesuffix(".gz").removesuffix(".json").split("_"):
            path.unlink(missing_ok=True)


def _all(data: Path) -> list[Path]:
    return _inside(data / GRAPHS)


def _inside(parent: Path) -> list[Path]:
    return sorted(folder for folder in parent.glob("[!.]*") if folder.is_dir() and not folder.is_symlink())


def _name(folder: Path) -> str:
    """The version that a folder says it holds, or that its own name tells."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        return str(json.loads((folder / _REPORT).read_text(encoding="utf-8"))["version"])
    return folder.name.partition(".")[0]


def _fault(folder: Path) -> str:
    return next(iter(whole.watch(folder).faults({_REPORT, _DUMP})), "its report or dump cannot be read")
