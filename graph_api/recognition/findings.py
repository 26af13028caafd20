"""What was found for one case: its targets, all candidates, the ways that are open in order, and what they come to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from graph_api.recognition.candidates import Candidate, best_of_each_host
from graph_api.recognition.case import Case, Target
from graph_api.store.things import every

NONE: Final = "none"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Findings:
    """What was found for a case."""

    case: Case
    targets: Sequence[Target]
    candidates: Sequence[Candidate]

    @cached_property
    def open_ones(self) -> list[Candidate]:
        """The paths in order, the `k` best for each jurisdiction that decides."""
        return best_of_each_host(
            self.case, (found for found in self.candidates if found.status and self._stands(found))
        )

    def _stands(self, found: Candidate) -> bool:
        """Whether the way rests on no title, where nobody says which one the graduates of a joint programme hold."""
        case = self.case
        if not case.untold or case.programme is None:
            return True
        own = case.programme["iri"][0] in every(found.route, "routeFrom")
        return own or case.reference.leads_to(found.regime, "freeOfRecognition") or not found.unknown

    def outcome(self, ways: Sequence[Candidate], hosts: Collection[str]) -> str:
        """What the best of some ways comes to.

        Where no headline may rest on it: none if the law closes every way known, unknown if the graph does not know
        how a host regulates the profession, so that it may be free, or whether the way is open. A title of another
        profession opens no regulated one.
        """
        if ways and ways[0].bears(self.case):
            return self.case.reference.outcome(ways[0].regime)
        if self.case.untold:
            return UNKNOWN
        if any(not self._regulation(host) for host in hosts):
            return UNKNOWN
        return UNKNOWN if ways and self.case.opens_profession() is not False else NONE

    def _regulation(self, host: str) -> set[str]:
        """How the host regulates the profession: what the graph knows of it."""
        if self.case.profession is None:
            return {"asked for the level alone"}
        return regulation(self.case, host)


def regulation(case: Case, host: str) -> set[str]:
    """How a host regulates the profession asked, in each of its forms there; empty where the graph does not know."""
    return {value for place in case.nationals(host) for value in every(case.known[place], "regulation")}
