"""Drawings of cost against size, both axes logarithmic, as SVG that can be read on light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _PLOT, _KEY = 760, 300, 70, 34, 380, 20
_STYLE: Final = """<style>
text { font: 13px system-ui, sans-serif; fill: #1a1a1a } .title { font-weight: 600 }
.grid { stroke: #cfcfcf } .frame { stroke: #6b6b6b; fill: none } .line { fill: none; stroke-width: 2 }
.c0 { stroke: #0b5cad; fill: #0b5cad } .c1 { stroke: #b3400b; fill: #b3400b } .c2 { stroke: #1d7a3c; fill: #1d7a3c }
.c3 { stroke: #7a3fb0; fill: #7a3fb0 } .c4 { stroke: #8a6d00; fill: #8a6d00 } .c5 { stroke: #00707a; fill: #00707a }
.c6 { stroke: #a8326e; fill: #a8326e } .c7 { stroke: #555; fill: #555 } .c8 { stroke: #5c6b00; fill: #5c6b00 }
@media (prefers-color-scheme: dark) {
text { fill: #eee } .grid { stroke: #444 } .frame { stroke: #aaa } .back { fill: #16181c }
.c0 { stroke: #6fb3ff; fill: #6fb3ff } .c1 { stroke: #ff9a66; fill: #ff9a66 } .c2 { stroke: #71d48f; fill: #71d48f }
.c3 { stroke: #c9a0f5; fill: #c9a0f5 } .c4 { stroke: #e6c84a; fill: #e6c84a } .c5 { stroke: #55cdd6; fill: #55cdd6 }
.c6 { stroke: #f58bbd; fill: #f58bbd } .c7 { stroke: #bbb; fill: #bbb } .c8 { stroke: #c3d84a; fill: #c3d84a } }
.back { fill: #fff } polyline.line { fill: none }
@media (prefers-color-scheme: dark) { .back { fill: #16181c } }
</style>"""
_MARKS: Final = ("M-4,-4h8v8h-8z", "M0,-5L5,4H-5z", "M0,-5L5,0L0,5L-5,0z")
"""Lines differ by the form of their marks as well as by colour."""


def slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The exponent with which a cost grows between the first and the last size: 0 is flat, 1 is in proportion.

    >>> slope([1, 10, 100], [2, 20, 200])
    1.0
    >>> slope([1_000_000], [5])
    0.0
    """
    if len(sizes) < 2 or sizes[0] == sizes[-1] or min(costs[0], costs[-1]) <= 0:
        return 0.0
    return math.log(costs[-1] / costs[0]) / math.log(sizes[-1] / sizes[0])


def drawing(sizes: Sequence[float], panels: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """One panel for each unit, below each other: a line for each cost, named beside it."""
    height = _HEIGHT * len(panels)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">', _STYLE]
    parts.append(f'<rect class="back" width="{_WIDTH}" height="{height}"/>')
    for number, (unit, lines) in enumerate(panels.items()):
        parts += [f'<g transform="translate(0 {number * _HEIGHT})">', *_panel(sizes, unit, lines), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _panel(sizes: Sequence[float], unit: str, lines: Mapping[str, Sequence[float]]) -> Iterator[str]:
    values = [max(value, 1e-3) for line in lines.values() for value in line]
    across = _Scale(min(sizes), max(sizes), _LEFT, _LEFT + _PLOT)
    bottom = _HEIGHT - 44
    up = _Scale(min(values), max(values), bottom, _TOP)
    yield f'<text class="title" x="{_LEFT}" y="20">{escape(unit)} against statements</text>'
    for power in up.powers():
        y = up.at(10.0**power)
        yield f'<path class="grid" d="M{_LEFT},{y:.1f}h{_PLOT}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_short(10.0**power)}</text>'
    for power in across.powers():
        x = across.at(10.0**power)
        yield f'<path class="grid" d="M{x:.1f},{_TOP}V{bottom}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{_short(10.0**power)}</text>'
    yield f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_PLOT}" height="{bottom - _TOP}"/>'
    for number, (name, line) in enumerate(lines.items()):
        colour, mark = f"c{number % 9}", _MARKS[number % len(_MARKS)]
        points = [(across.at(size), up.at(max(value, 1e-3))) for size, value in zip(sizes, line, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline class="line {colour}" style="fill:none" points="{path}"/>'
        for x, y in points:
            yield f'<path class="{colour}" d="{mark}" transform="translate({x:.1f} {y:.1f})"/>'
        place = f"translate({_LEFT + _PLOT + 22} {_TOP + 10 + _KEY * number})"
        yield f'<path class="{colour}" d="{mark}" transform="{place}"/>'
        yield f'<text transform="{place}" x="12" y="4">{escape(name)}</text>'


class _Scale:
    """Values between two powers of ten as places on the page."""

    def __init__(self, low: float, high: float, first: float, last: float) -> None:
        self._low = math.floor(math.log10(low))
        self._high = max(math.ceil(math.log10(high)), self._low + 1)
        self._first, self._last = first, last

    def at(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._first + share * (self._last - self._first)

    def powers(self) -> range:
        return range(self._low, self._high + 1)


def _short(value: float) -> str:
    """A power of ten as a reader writes it.

    >>> _short(100_000_000), _short(10_000), _short(0.1)
    ('100 M', '10,000', '0.1')
    """
    if value >= 1_000_000:
        return f"{value / 1_000_000:,.0f} M"
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
