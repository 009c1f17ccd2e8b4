"""Functions for the engine process to run in tests: it imports them by name, so they live in a module of their own."""

import os
import threading
import time
from pathlib import Path

from engine.errors import DataError


def echo(*values):
    return values


def count(until):
    yield from range(until)


def count_and_sum(until):
    yield from range(until)
    return sum(range(until))


def refuse():
    raise DataError("The table has no rows.", expected="At least one.", fix="Choose another file.")


def stumble():
    return {}["missing"]


def unsendable():
    return threading.Lock()


def crash():
    os._exit(139)


def begin_and_hang(file: Path):
    """Leaves a file while it works and removes it when it is interrupted, as an export does."""
    file.touch()
    try:
        yield "began"
        while True:
            time.sleep(0.01)
    finally:
        file.unlink()


def process_id():
    return os.getpid()
