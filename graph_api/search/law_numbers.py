"""Numbers of legal acts: an ELI, a CELEX number or an address that bears one -> what the act is called here.

An ELI names its act by the path behind `/eli/`; a CELEX number of the Union says the same with a year, a letter and a
number (EUR-Lex, "CELEX numbers"): 3 2005 L 0036 is `dir/2005/36`, 1 2016 E 049 article 49 of `treaty/tfeu_2016`,
6 1989 CJ 0340 case C-340/89.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

_LETTERS: Final = {"dir": "L", "reg": "R", "dec": "D"}
_TREATIES: Final = {"E": "tfeu", "M": "teu"}
_ELI: Final = re.compile(r"(?:\A|/)eli/([^?#\s]+)")
_EDITIONS: Final = ("oj", "jo", "justel")
_SECONDARY: Final = re.compile(r"[03](\d{4})([LRD])(\d{4})(?:-\d{8})?(?:R\(\d\d\))?")
_TREATY: Final = re.compile(r"1(\d{4})([EM])(\d{3})")
_CASE: Final = re.compile(r"6(\d{2})(\d{2})C[A-Z](\d{4})")
_IN_ADDRESS: Final = re.compile(r"CELEX(?::|%3A|/)([0-9A-Z()_/-]+)", re.IGNORECASE)
_PART: Final = re.compile(r"(?:art|par|pnt|sub)_(\w+)")
_ACT_OF_EU: Final = re.compile(r"([a-z]+)(?:_[a-z]+)?/(\d{4})/(\d+)")
_LONG_NUMBER: Final = re.compile(r"\d{8,}")


@dataclass(frozen=True)
class LawNumber:
    """Names of an act, the likeliest first, and the part of it that is meant, as in `21-1-a`; empty for the whole."""

    acts: tuple[str, ...]
    part: str = ""


def names_of(eli: str) -> Iterator[str]:
    """What an act with this ELI is looked for by.

    >>> list(names_of("http://data.europa.eu/eli/dir/2005/36/oj"))
    ['dir/2005/36', '32005L0036']
    """
    found = _ELI.search(eli)
    if not found:
        return
    segments = found[1].strip("/").split("/")
    while segments and segments[-1] in _EDITIONS:
        segments.pop()
    path = "/".join(segments)
    yield path
    act = _ACT_OF_EU.fullmatch(path)
    if act and act[1] in _LETTERS:
        yield f"3{act[2]}{_LETTERS[act[1]]}{int(act[3]):04d}"


def law_number(text: str) -> LawNumber | None:
    """What the text names; None where it bears neither an ELI nor a CELEX number.

    >>> law_number("http://data.europa.eu/eli/dir/2005/36/art_21")
    LawNumber(acts=('dir/2005/36/art_21', 'dir/2005/36', 'dir/2005'), part='21')
    >>> law_number("https://eur-lex.europa.eu/legal-content/FR/TXT/?uri=CELEX:02005L0036-20211210")
    LawNumber(acts=('32005L0036',), part='')
    """
    given = unquote(text)
    if found := _ELI.search(given):
        segments = found[1].strip("/").split("/")
        acts = ["/".join(segments[:count]) for count in range(len(segments), 1, -1)]
        acts += [segment for segment in segments if _LONG_NUMBER.fullmatch(segment)]
        parts = [part[1] for segment in segments if (part := _PART.fullmatch(segment))]
        return LawNumber(tuple(acts), "-".join(parts))
    in_address = _IN_ADDRESS.search(given)
    return _celex((in_address[1] if in_address else given).upper())


def _celex(text: str) -> LawNumber | None:
    if found := _SECONDARY.fullmatch(text):
        return LawNumber((f"3{found[1]}{found[2]}{found[3]}",))
    if found := _TREATY.fullmatch(text):
        return LawNumber((f"treaty/{_TREATIES[found[2]]}_{found[1]}",), str(int(found[3])))
    if found := _CASE.fullmatch(text):
        return LawNumber((f"C-{int(found[3])}/{found[2]}",))
    return None
