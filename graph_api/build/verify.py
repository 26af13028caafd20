"""Whether a data folder holds what was written there: every file against its checksum, and where the links lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph_api.build import kept
from graph_api.errors import BadRelease
from graph_api.inputs import releases
from graph_api.store import whole
from graph_api.store.archive import LINK

_LINKS: Final = {"current": kept.GRAPHS, LINK: "archives"}
_BUILD: Final = "run `passerelle build`"


@dataclass(frozen=True)
class Damage:
    """One thing that is not as it was written, and what mends it."""

    place: str
    fault: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.fault}; {self.remedy}"


def verify(data: Path) -> list[Damage]:
    """All that is wrong in a data folder; reads every file of it."""
    return [*_links(data), *_folders(data), *_releases(data), *_derived(data)]


def _links(data: Path) -> Iterator[Damage]:
    for name, parent in _LINKS.items():
        link = data / name
        if not link.is_symlink():
            yield Damage(name, "is no link" if link.exists() else "is not there", _BUILD)
        elif not link.exists():
            yield Damage(name, f"leads to {link.readlink()}, which is not there", _BUILD)
        elif whole.led_to(link).parent != (data / parent).resolve():
            yield Damage(name, f"leads to {link.readlink()}, which is not in {parent}", _BUILD)


def _folders(data: Path) -> Iterator[Damage]:
    in_use = {whole.led_to(data / link) for link in _LINKS}
    for parent in _LINKS.values():
        for folder in sorted((data / parent).glob("[!.]*")):
            remedy = _BUILD if folder.resolve() in in_use else "nothing uses it: delete the folder"
            for fault in whole.faults(folder):
                yield Damage(f"{parent}/{folder.name}", fault, remedy)


def _releases(data: Path) -> Iterator[Damage]:
    for description in sorted((data / "releases").glob("*.json")):
        try:
            releases.statements_file(data, releases.described(description))
        except BadRelease as error:
            yield Damage(f"releases/{description.name}", str(error), "then " + _BUILD)


def _derived(data: Path) -> Iterator[Damage]:
    for note in sorted((data / kept.DERIVED[0]).rglob("*.sha256")):
        file = note.with_suffix("")
        if file.is_file() and whole.sha256(file) != note.read_text(encoding="ascii", errors="replace").strip():
            place = file.relative_to(data).as_posix()
            yield Damage(place, "is not what was written", "it is made again when it is next asked for")
