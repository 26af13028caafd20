"""Our rows of Annex V against three lists that others wrote: every difference, with its class.

    python benchmarks/annex_v.py ../shared/data/national

The lists are the consolidated Annex V of 2013-07-01, the titles that German federal acts name, and the titles
that the French order of 13 July 2009 names for doctors. A difference is no error by itself:
`tests/cases/annex_v_differences.csv` says of each how it was settled.

| class | the list and our rows differ because |
|---|---|
| damaged copy | the copy of the list lost letters (`*`); what is left agrees with ours |
| spelling | only accents, hyphens, blanks or marks differ |
| wording | the same title in other or fewer words |
| missing here | we hold no such title |
| not held | we hold no row at all for this point, state and speciality |
| later or unread | our row says itself that it was not read in the list of 2013 |
| other wording | ours is the wording of another list, kept beside the main one |
| only here | we hold a title that this list does not name |
| date | the reference date differs |
| certificate | one side names an accompanying certificate and the other does not |
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from graph_api.inputs.directive.words import bare, day, tidy, titles_of

ROOT = Path(__file__).parent.parent
TABLES = ROOT / "mappings" / "annex_v"
NATIONAL = ROOT.parent / "shared" / "data" / "national"
DIRECTIVE = "eu/directive-2005-36-ec/annex-V"
CONSOLIDATED = f"{DIRECTIVE}.BE-DE-FR-LU-NL.consolidated-2013-07-01.csv"
SPECIALITIES = f"{DIRECTIVE}-5.1.3-specialist-titles.BE-DE-FR-LU-NL.consolidated-2013-07-01.csv"
GERMAN = "de/de-law-annexV-titles-BE-FR-LU-NL.derived.csv"
FRENCH = "fr/fr-arrete-2009-07-13-SASH0915417A-medecin-titles-BE-DE-LU-NL.csv"
# our name of a speciality for the name in the consolidated list, where they differ by more than capitals
OUR_SPECIALITY = {
    "neurological surgery": "neurosurgery",
    "general (internal) medicine": "internal medicine",
    "pathological anatomy": "anatomical pathology",
    "gastro-enterology": "gastroenterology",
    "gastro-enterological surgery": "gastroenterological surgery",
    "physiotherapy": "physical medicine and rehabilitation",
}
KINDS = ("damaged copy", "spelling", "wording", "missing here")


class Place(NamedTuple):
    """Where in Annex V a title stands."""

    point: str
    state: str
    speciality: str


@dataclass(frozen=True)
class Entry:
    """One cell of a list: its titles, each in its own language or wording."""

    place: Place
    titles: tuple[str, ...]
    date: str = ""
    certificate: str = ""
    later: bool = False
    other_title: str = ""


class Difference(NamedTuple):
    """One point on which a list and our rows do not agree."""

    list_name: str
    point: str
    state: str
    speciality: str
    kind: str
    theirs: str
    ours: str


def rows(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    """The rows of a table as dictionaries."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter=delimiter)


def our_entries(folder: Path) -> list[Entry]:
    """Our rows of Annex V."""
    return [
        Entry(
            Place(row["annex_point"], row["state"], row["speciality"].casefold()),
            titles_of(row["title"], row["title_2"], row["title_3"], row["other_title"]),
            row["reference_date"],
            row["accompanying_certificate"],
            "annex-v-after-2013" in row["doubt"].split(";"),
            tidy(row["other_title"]),
        )
        for path in sorted(folder.glob("*.csv"))
        for row in rows(path)
    ]


def consolidated_entries(folder: Path) -> Iterator[Entry]:
    """The consolidated Annex V of 2013-07-01, the specialist titles included."""
    for row in rows(folder / CONSOLIDATED):
        place = Place(row["point"], row["country"].lower(), row["speciality"].casefold())
        titles = titles_of(row["evidence_of_formal_qualifications"])
        yield Entry(place, titles, day(row["reference_date"]), row["certificate_accompanying"])
    for row in rows(folder / SPECIALITIES, "|"):
        name = row["speciality_en"].casefold()
        for state in ("BE", "DE", "FR", "LU", "NL"):
            if row[state]:
                # two Dutch titles share one cell without a mark between them
                cell = row[state].replace("geneeskunde Arbeid", "geneeskunde / Arbeid")
                yield Entry(Place("5.1.3", state.lower(), OUR_SPECIALITY.get(name, name)), titles_of(cell))


def german_entries(folder: Path) -> Iterator[Entry]:
    """The titles of other states in the German federal acts, text of 2022-03."""
    for row in rows(folder / GERMAN):
        place = Place(row["directive_annexV_point"], row["country"].lower(), "")
        titles = titles_of(row["evidence_of_formal_qualifications"])
        yield Entry(place, titles, day(row["reference_date_de"]), row["certificate_accompanying"])


def french_entries(folder: Path) -> Iterator[Entry]:
    """The titles of doctors in the French order of 13 July 2009."""
    for row in rows(folder / FRENCH, "|"):
        place = Place(row["directive_point"], row["country"].lower(), "")
        titles = titles_of(row["titre_de_formation"])
        yield Entry(place, titles, day(row["date_de_reference"]), row["certificat"])


def kind_of(title: str, ours: str) -> str:
    """How a title of a list and one of ours are alike; empty when they are not."""
    theirs, own = bare(title), bare(ours)
    if "*" in title:
        pattern = ".*".join(re.escape(bare(part)) for part in title.split("*"))
        if re.fullmatch(pattern, own):
            return "damaged copy"
    if theirs == own:
        return "spelling"
    alike = own in theirs or theirs in own or SequenceMatcher(None, theirs, own).ratio() > 0.7
    return "wording" if alike else ""


def compared(name: str, theirs: list[Entry], ours: list[Entry]) -> Iterator[Difference]:
    """Every difference between one list and our rows, for the points and states that the list covers."""
    for place in sorted({entry.place for entry in theirs}):
        listed = [entry for entry in theirs if entry.place == place]
        held = [entry for entry in ours if entry.place == place]
        if held:
            yield from _titles(name, place, listed, held)
            yield from _facts(name, place, listed, held)
        else:
            for entry in listed:
                yield Difference(name, *place, "not held", " / ".join(entry.titles), "")
    for entry in _unlisted(theirs, ours):
        kind = "later or unread" if entry.later else "only here"
        yield Difference(name, *entry.place, kind, "", " / ".join(entry.titles))


def _unlisted(theirs: list[Entry], ours: list[Entry]) -> list[Entry]:
    """Our entries that the list leaves out although it covers their point and, elsewhere, their state."""
    points = {entry.place.point for entry in theirs}
    states = {entry.place.state for entry in theirs}
    listed = {entry.place for entry in theirs}
    found = [entry for entry in ours if entry.place.point in points and entry.place.state in states]
    return sorted((entry for entry in found if entry.place not in listed), key=lambda entry: entry.place)


def _titles(name: str, place: Place, listed: list[Entry], held: list[Entry]) -> Iterator[Difference]:
    """Each listed title that is not letter for letter ours, with our nearest; then what only we hold."""
    ours = {title: entry for entry in held for title in entry.titles}
    theirs = dict.fromkeys(title for entry in listed for title in entry.titles)
    matched = {title for title in theirs if title in ours}
    for title in sorted((title for title in theirs if title not in ours), key=len, reverse=True):
        free = [own for own in ours if own not in matched]
        pairs = [(KINDS.index(kind), own) for own in free if (kind := kind_of(title, own))]
        index, own = min(pairs, default=(KINDS.index("missing here"), ""))
        matched.add(own)
        yield Difference(name, *place, KINDS[index], title, own)
    for title in (title for title in ours if title not in matched):
        yield Difference(name, *place, _own_kind(title, ours[title]), "", title)


def _own_kind(title: str, entry: Entry) -> str:
    if entry.later:
        return "later or unread"
    return "other wording" if title == entry.other_title else "only here"


def _facts(name: str, place: Place, listed: list[Entry], held: list[Entry]) -> Iterator[Difference]:
    """Differences of reference date and accompanying certificate; a list without a date is not compared."""
    known = [entry for entry in held if not entry.later]
    dates = {entry.date for entry in listed if entry.date}
    if dates and dates != {entry.date for entry in known if entry.date}:
        own = " / ".join(sorted({entry.date for entry in known}))
        yield Difference(name, *place, "date", " / ".join(sorted(dates)), own)
    theirs = {tidy(entry.certificate) for entry in listed if entry.certificate}
    ours = {tidy(entry.certificate) for entry in known if entry.certificate}
    if theirs != ours:
        yield Difference(name, *place, "certificate", " / ".join(sorted(theirs)), " / ".join(sorted(ours)))


def differences(folder: Path = NATIONAL, tables: Path = TABLES) -> list[Difference]:
    """Every difference between our rows and the lists in the folder."""
    ours = our_entries(tables)
    lists = {
        "consolidated 2013-07-01": consolidated_entries(folder),
        "German acts": german_entries(folder),
        "French order of 2009": french_entries(folder),
    }
    return [found for name, theirs in lists.items() for found in compared(name, list(theirs), ours)]


def report(found: Iterable[Difference]) -> str:
    """The differences, one a line, and their number per class."""
    found = list(found)
    lines = [
        f"{row.list_name} | {row.point} {row.state} {row.speciality}".rstrip()
        + f" | {row.kind} | theirs: {row.theirs} | ours: {row.ours}"
        for row in found
    ]
    counts = sorted(Counter(row.kind for row in found).items())
    return "\n".join([*lines, *(f"{kind}: {count}" for kind, count in counts)])


if __name__ == "__main__":
    print(report(differences(Path(sys.argv[1]) if len(sys.argv) > 1 else NATIONAL)))
