"""How long a suggestion takes: what OpenRefine, or a client of ESCO's service, asks for at every letter that is typed.

    python -m benchmarks.suggest DATA

Each name is typed letter by letter, at every door that suggests. Counted is processor time of the server, with client
and middleware, which other work on the machine does not stretch.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi.testclient import TestClient

from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app

MILLISECONDS = 50
NAMES = (
    "infirmière",
    "Hebamme",
    "verpleegkundige",
    "aide-soignant",
    "architect",
    "electrician",
    "Tierarzt",
    "pharmacien",
)
DOORS = {
    "/reconcile/0.2/suggest/entity": "prefix",
    "/reconcile/1.0/suggest/entity": "prefix",
    "/esco/api/suggest2": "text",
}
"""The doors that suggest, with the parameter that takes what was typed."""


@dataclass
class Suggested:
    """The milliseconds of every suggestion, by door."""

    times: dict[str, list[float]]

    @property
    def worst(self) -> float:
        """What 95 in 100 stay below at the slowest door."""
        return max(map(_p95, self.times.values()))


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def run(data: Path) -> Suggested:
    """Type every name once to warm up, then once more."""
    app = create_app(Settings(data=data), CurrentStore(data))
    with TestClient(app) as client:
        for door in DOORS:
            list(_typed(client, door))
        return Suggested({door: list(_typed(client, door)) for door in DOORS})


def _typed(client: TestClient, door: str) -> Iterator[float]:
    for name in NAMES:
        for length in range(2, len(name) + 1):
            began = time.process_time()
            answer = client.get(door, params={DOORS[door]: name[:length]})
            taken = time.process_time() - began
            answer.raise_for_status()
            yield taken * 1000


def report(found: Suggested) -> Iterator[str]:
    """The section of the page of results."""
    count = len(next(iter(found.times.values())))
    yield "## Suggestions"
    yield ""
    yield f"{count} beginnings of {len(NAMES)} names, typed letter by letter at each door; processor time of the"
    yield f"server, with client and middleware. Budget: p95 {MILLISECONDS} ms."
    yield ""
    yield "| door | p50 ms | p95 ms | slowest ms | kept |"
    yield "|---|---:|---:|---:|---|"
    for door, times in found.times.items():
        kept = "yes" if _p95(times) <= MILLISECONDS else "**no**"
        yield f"| `{door}` | {statistics.median(times):.1f} | {_p95(times):.1f} | {max(times):.1f} | {kept} |"
    yield ""


if __name__ == "__main__":
    print("\n".join(report(run(Path(sys.argv[1])))))
