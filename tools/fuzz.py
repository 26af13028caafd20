#!/usr/bin/env python3
"""Looks for input that a parser of ours cannot take, led by coverage: `fuzz.py TARGET SECONDS`.

What is found is written as `crash-…`; it becomes a file in `tests/cases/fuzz/<target>/`, which the tests read for ever.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parent.parent))

with atheris.instrument_imports(include=["graph_api"]):
    from tests.fuzz_targets import SEEDS, TARGETS

CASES = Path("tests/cases/fuzz")


def main(target: str, seconds: int) -> None:
    """Try one parser for so long; a finding ends it with an exit code."""
    corpus = Path(".venv/fuzz") / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[target]):
        (corpus / f"seed-{number}").write_bytes(seed)
    kept = [str(CASES / target)] if (CASES / target).is_dir() else []
    limits = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *limits, str(corpus), *kept], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
