"""A process of its own in which the code of Python layers is tried.

Whatever the code does there, loop for ever, end the process or eat its memory, becomes an answer here, and the process
is replaced. `engine.examination` is its other end; a question is a line, and so is its answer.
"""

import subprocess
import sys
import threading
from pathlib import Path

import engine

SECONDS = 10.0
"""For an answer."""
_START_SECONDS = 120.0
"""For loading torch on a slow machine."""
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from engine.examination import serve; serve()"


class NoAnswerError(Exception):
    """The code let the process give no answer; says how, as the rest of a sentence."""


class Examiner:
    """Starts the process when it is first asked."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: bytes) -> bytes:
        """The answer to one line. Raises `NoAnswerError`."""
        process, self._process = self._process or self._start(), None
        answer, is_late = _exchanged(process, question, SECONDS)
        if not answer:
            _end(process)
            raise NoAnswerError(
                f"gives no answer within {SECONDS:g} seconds" if is_late else "ends the process it is in"
            )
        self._process = process
        return answer

    def close(self) -> None:
        """Ends the process; the next question starts another."""
        if self._process is not None:
            _end(self._process)
            self._process = None

    def _start(self) -> "subprocess.Popen[bytes]":
        # -P: what lies in the folder that one happens to be in must not pass for a library.
        command = [sys.executable, "-P", "-c", _PROGRAM, str(Path(engine.__file__).parent.parent)]
        flags = subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, creationflags=flags)
        if not _exchanged(process, b"", _START_SECONDS)[0]:
            _end(process)
            raise NoAnswerError("cannot be tried: the process for that does not start")
        return process


def _exchanged(process: "subprocess.Popen[bytes]", question: bytes, seconds: float) -> tuple[bytes, bool]:
    """The line that follows a question (none where the process ends), and whether it was ended for being late."""
    assert process.stdin is not None
    assert process.stdout is not None
    late = threading.Event()
    deadline = threading.Timer(seconds, lambda: (late.set(), process.kill()))
    deadline.start()
    try:
        if question:
            process.stdin.write(question + b"\n")
            process.stdin.flush()
        return process.stdout.readline(), late.is_set()
    except OSError:
        return b"", late.is_set()
    finally:
        deadline.cancel()
        deadline.join()


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.communicate()
