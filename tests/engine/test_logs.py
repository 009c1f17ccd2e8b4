"""The log file: what went wrong is in it, and it does not grow for ever."""

import logging
from pathlib import Path

import pytest

from engine.logs import LARGEST, log_file, logging_to_file

logger = logging.getLogger("layerloom.test")


@pytest.mark.logs("a slip")
def test_warnings_are_written_and_news_are_not() -> None:
    with logging_to_file():
        logger.warning("a slip")
        logger.info("nothing of interest")
    words = log_file().read_text(encoding="utf-8")
    assert "WARNING layerloom.test a slip" in words
    assert "nothing" not in words


def test_a_large_file_is_put_aside_at_the_start() -> None:
    log_file().parent.mkdir(parents=True)
    log_file().write_bytes(b"x" * (LARGEST + 1))
    with logging_to_file():
        assert log_file().stat().st_size == 0
    assert log_file().with_suffix(".old").stat().st_size == LARGEST + 1


@pytest.mark.logs("said to nobody")
def test_a_home_that_cannot_be_written_stops_nothing(home: Path) -> None:
    log_file().parent.parent.mkdir(parents=True, exist_ok=True)
    log_file().parent.write_text("a file where the folder should be", encoding="utf-8")
    with logging_to_file():
        logging.getLogger("layerloom").error("said to nobody")
    assert log_file().parent.read_text(encoding="utf-8") == "a file where the folder should be"
