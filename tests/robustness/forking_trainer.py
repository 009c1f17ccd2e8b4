"""Trainers that start in milliseconds, to be killed by the hundred: torch is imported once, then each one is forked.

Reads lines in JSON: a run folder, the seconds after which its trainer is killed, or null, and a file for what it
prints. Answers how it ended: its exit code, or minus the signal that killed it. Only tests fork: nothing but one thread
is at work here.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import sklearn.datasets  # noqa: F401 — what each of them would import
import torch

from engine import console, trainer
from engine.errors import LayerloomError
from engine.runs import Run


def main() -> None:
    torch.set_num_threads(1)
    console.warm_up()
    # As often as can be, so that many are caught while they write.
    trainer.SAVE_SECONDS = 0.0
    trainer.LOOK_UP_SECONDS = 0.002
    say("ready")
    for line in sys.stdin:
        folder, seconds, printed = json.loads(line)
        process = os.fork()
        if not process:
            train(Run(Path(folder)), printed)
        if seconds is not None:
            time.sleep(seconds)
            os.kill(process, signal.SIGKILL)
        say(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


def train(run: Run, printed: str) -> None:
    """As the command line does."""
    file = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    try:
        console.train(run, {}, silent=False)
        os._exit(0)
    except LayerloomError as fault:
        os.write(2, str(fault).encode())
    finally:
        os._exit(1)


def say(what: object) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
