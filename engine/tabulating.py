"""The curves of a run as a table for a spreadsheet: of millions of steps, a work of minutes."""

import csv
from collections.abc import Generator
from itertools import islice
from pathlib import Path

from engine.curves import ROWS_TOGETHER
from engine.datasets import Progress
from engine.disk import written_whole
from engine.errors import ExportError
from engine.runs import Run, gone


def tabulated(run: Run, path: Path, smoothing: float) -> Generator[Progress, None, Path]:
    """Writes the curves as CSV, whole or not at all; answers where. Raises `ExportError`, `RunError`."""
    yield Progress(f"Reading the log of {run.name}")
    if not run.path.exists():
        raise gone(run.path)
    history, _ = run.history()
    rows = history.rows(smoothing)
    try:
        with written_whole(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            while some := list(islice(rows, ROWS_TOGETHER)):
                writer.writerows(some)
                reached = some[-1][0]
                done = int(reached) if isinstance(reached, int) else 0
                yield Progress("Writing the curves", done, int(history.last_step), "steps")
    except OSError as fault:
        words = f"{path} cannot be written: {fault.strerror or fault}."
        raise ExportError(words, fix="Choose another folder or make room.") from None
    return path
