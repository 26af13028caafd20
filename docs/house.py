"""Writes what the code says of itself: the rooms in docs/architecture.md, and docs/settings.md: `python docs/house.py`.

Every package and module is named once, with the first sentence of its docstring, in an order that the imports
respect: whoever reads from the top meets nothing that stands on what comes later. A test keeps both pages equal to
what this script writes.
"""

from __future__ import annotations

import ast
import inspect
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

from graph_api.settings import Settings

ROOT = Path(__file__).parent.parent
ARCHITECTURE = ROOT / "docs" / "architecture.md"
SETTINGS = ROOT / "docs" / "settings.md"
_BEGIN, _END = "<!-- rooms: written by docs/house.py -->", "<!-- end of rooms -->"


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"


def _says(module: str) -> str:
    """The first sentence of a module's docstring, or of a room's the whole first paragraph."""
    docstring = ast.get_docstring(ast.parse(_file(module).read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.partition("\n\n")[0].split())


def reading_order() -> list[str]:
    """Every module, each after all that it imports; by rooms, from the ground up."""
    graph = grimp.build_graph("graph_api", cache_dir=None)
    sorter = TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})
    sorter.prepare()
    ready: set[str] = set()
    found: list[str] = []
    room = ""
    while sorter.is_active():
        ready |= set(sorter.get_ready())
        chosen = min(ready, key=lambda module: (_layer(module), module.rpartition(".")[0] != room, module))
        ready.remove(chosen)
        room = chosen if _file(chosen).name == "__init__.py" else chosen.rpartition(".")[0]
        found.append(chosen)
        sorter.done(chosen)
    return found


@cache
def _layer(module: str) -> int:
    """How far from the ground the contract in pyproject.toml puts the room of a module."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    floors = [name.strip() for layer in reversed(layers) for name in layer.split("|")]
    found = [number for number, name in enumerate(floors) if module == name or module.startswith(f"{name}.")]
    return found[0] if found else -1


def rooms() -> str:
    """The list of rooms and modules, in the order of reading."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for module in reading_order():
        name = module.removeprefix("graph_api").removeprefix(".").replace(".", "/") or "graph_api"
        if _file(module).name == "__init__.py":
            yield f"- **`{name}/`** {_says(module)}"
        else:
            yield f"- `{name}`: {_says(module)}"


def architecture() -> str:
    """The text of docs/architecture.md, with the rooms as they must be."""
    before, _, rest = ARCHITECTURE.read_text(encoding="utf-8").partition(_BEGIN)
    return f"{before}{_BEGIN}\n\n{rooms()}\n\n{_END}{rest.partition(_END)[2]}"


def settings() -> str:
    """The text of docs/settings.md: every setting with its default and meaning."""
    meanings = _meanings()
    lines = [
        "# Settings",
        "",
        "Written by `python docs/house.py` from `graph_api/settings.py`. Each is an environment variable, read once at",
        "start; an unusable value stops the start with a message that says what to write.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for field in fields(Settings):
        default = f"`{field.default}`" if field.default not in ("", None) else "–"
        lines.append(f"| `PASSERELLE_{field.name.upper()}` | {default} | {meanings[field.name]} |")
    return "\n".join(lines) + "\n"


def _meanings() -> dict[str, str]:
    """The text below each field of the settings."""
    body = ast.parse(inspect.getsource(Settings)).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(text.value)).split())
    return found


if __name__ == "__main__":
    ARCHITECTURE.write_text(architecture(), encoding="utf-8")
    SETTINGS.write_text(settings(), encoding="utf-8")
