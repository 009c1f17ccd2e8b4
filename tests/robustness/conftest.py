"""What the tests of disasters share: the networks and runs of the engine's tests, trainers that start at once."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))

from forked import Trainers


@pytest.fixture(scope="session")
def trainers() -> Iterator[Trainers]:
    """Trains, and kills trainers, as fast as can be."""
    if not hasattr(os, "fork"):
        pytest.skip("starts trainers by the hundred, as only POSIX can")
    made = Trainers()
    yield made
    made.close()
