"""Figures in a page: what stands between two marks is written by the measurement, the rest by hand."""

from __future__ import annotations

from pathlib import Path


def put(page: Path, begin: str, end: str, text: str) -> None:
    """Put the text between the marks, in place of what stands there. Raises ValueError where the page lacks them."""
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{page} lacks '{begin}' and, after it, '{end}'; put both where the figures are to stand")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
