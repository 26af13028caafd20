"""Whatever the parsers are given, each of them reads or refuses it; `make fuzz` looks further, led by coverage."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz_targets import SEEDS, TARGETS

CASES = Path(__file__).parent / "cases" / "fuzz"
FOUND = [(path.parent.name, path) for path in sorted(CASES.rglob("*")) if path.is_file()]


@pytest.mark.parametrize("target", TARGETS)
def test_the_seeds_are_read_or_refused(target: str) -> None:
    for seed in SEEDS[target]:
        TARGETS[target](seed)


def test_what_was_found_once_is_read_or_refused() -> None:
    for target, path in FOUND:
        TARGETS[target](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_anything_is_read_or_refused(target: str) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(start=st.sampled_from(SEEDS[target]), at=st.integers(0, 200), put=st.binary(max_size=40))
    def tried(start: bytes, at: int, put: bytes) -> None:
        TARGETS[target](start[:at] + put + start[at:])

    tried()
