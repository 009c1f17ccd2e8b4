"""The log file, in which what went wrong stands in full; people are told in a sentence."""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

LARGEST = 1_000_000
"""Bytes from which the next start begins a new file and keeps this one as ``*.old``."""


def log_file() -> Path:
    """Where it lies; every process of Layerloom appends to it."""
    import platformdirs

    return platformdirs.user_log_path("layerloom", appauthor=False) / "layerloom.log"


@contextmanager
def logging_to_file() -> Generator[None]:
    """Warnings and worse go into the log file meanwhile, and never to the console."""
    handler = _handler(log_file())
    words = logging.Formatter("%(asctime)s UTC %(levelname)s %(name)s %(message)s")
    words.converter = time.gmtime
    handler.setFormatter(words)
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def _handler(file: Path) -> logging.Handler:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _begin_anew(file)
        return logging.FileHandler(file, encoding="utf-8")
    except OSError:
        # A home that cannot be written is no reason not to work.
        return logging.NullHandler()


def _begin_anew(file: Path) -> None:
    try:
        if file.stat().st_size > LARGEST:
            file.replace(file.with_suffix(".old"))
    except OSError:
        # There is none yet or, on Windows, another process of ours has it open: then it grows on.
        return
