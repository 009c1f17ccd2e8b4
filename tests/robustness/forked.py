"""This end of `forking_trainer`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine.runs import Run


class Trainers:
    """Trains runs in processes that start in milliseconds, and kills them where that is asked for."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("forking_trainer.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == "ready"

    def train(
        self, run: Run, kill_after: float | None = None, printed: Path = Path(os.devnull), room: int | None = None
    ) -> int:
        """Trains a run, or goes on with it; ``room`` are the bytes that it may have beside what each trainer has.
        Answers the exit code, or minus the signal that killed it.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([str(run.path), kill_after, str(printed), room]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Ends them."""
        self._process.communicate()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())
