"""How long a suggestion takes: what OpenRefine asks for at every letter that is typed.

    python -m benchmarks.suggest DATA

Each name is typed letter by letter, at both roots. Counted is processor time of the server, with client and middleware,
which other work on the machine does not stretch.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
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
ROOTS = ("/reconcile/0.2", "/reconcile/1.0")


@dataclass
class Suggested:
    """The milliseconds of every suggestion."""

    times: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """What 95 in 100 stay below."""
        return statistics.quantiles(self.times, n=20)[-1]


def run(data: Path) -> Suggested:
    """Type every name once to warm up, then once more."""
    app = create_app(Settings(data=data), CurrentStore(data))
    with TestClient(app) as client:
        list(_typed(client))
        return Suggested(list(_typed(client)))


def _typed(client: TestClient) -> Iterator[float]:
    for root in ROOTS:
        for name in NAMES:
            for length in range(2, len(name) + 1):
                began = time.process_time()
                answer = client.get(f"{root}/suggest/entity", params={"prefix": name[:length]})
                taken = time.process_time() - began
                answer.raise_for_status()
                yield taken * 1000


def report(found: Suggested) -> Iterator[str]:
    """The section of the page of results."""
    yield "## Suggestions"
    yield ""
    yield f"{len(found.times)} beginnings of {len(NAMES)} names, typed letter by letter at both reconciliation roots;"
    yield f"processor time of the server, with client and middleware. Budget: p95 {MILLISECONDS} ms."
    yield ""
    yield "| p50 ms | p95 ms | slowest ms | kept |"
    yield "|---:|---:|---:|---|"
    kept = "yes" if found.p95 <= MILLISECONDS else "**no**"
    yield f"| {statistics.median(found.times):.1f} | {found.p95:.1f} | {max(found.times):.1f} | {kept} |"
    yield ""


if __name__ == "__main__":
    print("\n".join(report(run(Path(sys.argv[1])))))
