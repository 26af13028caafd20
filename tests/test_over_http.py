"""What the measurement through HTTP says of what it has found, and where it writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import over_http
from benchmarks.over_http import Door, Measured

SEARCH = Door("a search", ["/a", "/b"], least=200, p95=20)


@pytest.mark.parametrize(
    ("milliseconds", "seconds", "kept"),
    [
        ([5.0] * 400, 1.0, "yes"),
        ([5.0] * 400, 4.0, "**no**: 100 of 200 a second"),
        ([5.0] * 300 + [40.0] * 100, 1.0, "**no**: p95 40 of 20 ms"),
        ([40.0] * 400, 4.0, "**no**: 100 of 200 a second, p95 40 of 20 ms"),
    ],
)
def test_what_is_missed_is_named(milliseconds: list[float], seconds: float, kept: str) -> None:
    assert Measured(SEARCH, milliseconds, seconds, worked=0.5).kept == kept
    assert Measured(Door("`/health`", ["/health"]), milliseconds, seconds, worked=0.5).kept == ""


def test_throughput_is_told_by_the_clock_and_by_the_processor() -> None:
    found = Measured(SEARCH, [5.0] * 400, seconds=4.0, worked=0.8)
    assert (found.by_clock, found.by_processor) == (100, 500)


def test_the_section_is_written_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text(f"# Before\n\n{over_http.BEGIN}\nold\n{over_http.END}\n\n## After\n", encoding="utf-8")
    monkeypatch.setattr(over_http, "PAGE", page)
    over_http.write(["| new |"])
    assert page.read_text(encoding="utf-8") == (
        f"# Before\n\n{over_http.BEGIN}\n\n| new |\n\n{over_http.END}\n\n## After\n"
    )


@pytest.mark.parametrize("text", ["no marks", over_http.BEGIN, f"{over_http.END}\n{over_http.BEGIN}"])
def test_a_page_without_both_marks_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text(text, encoding="utf-8")
    monkeypatch.setattr(over_http, "PAGE", page)
    with pytest.raises(ValueError, match=r"lacks '<!-- over http"):
        over_http.write(["| new |"])
    assert page.read_text(encoding="utf-8") == text
