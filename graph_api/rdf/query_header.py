"""The header of a query or rule file: what it says of itself in `#+` comments."""

from __future__ import annotations

import re

_HEADER = re.compile(r"#\+ *(\w+): *(.*)")


def header_of(text: str) -> dict[str, str]:
    """The `#+ key: value` lines at the head of a query file.

    >>> header_of("#+ summary: All nurses\\nSELECT * {}")
    {'summary': 'All nurses'}
    """
    return {key: value.strip() for key, value in _HEADER.findall(text)}
