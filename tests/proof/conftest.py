"""How a proof tells its figures."""

import sys
from collections.abc import Callable

import pytest


@pytest.fixture
def prove(capfd: pytest.CaptureFixture[str]) -> Callable[[str, float, str], None]:
    """Print one figure, `proof NAME VALUE UNIT`, past pytest's capture."""

    def say(name: str, value: float, unit: str) -> None:
        with capfd.disabled():
            sys.stdout.write(f"\nproof {name} {value:.10g} {unit}")
            sys.stdout.flush()

    return say
