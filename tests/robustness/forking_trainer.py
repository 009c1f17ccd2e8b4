"""Trainers that start in milliseconds, to be killed by the hundred: torch is imported once, then each one is forked.

Reads lines in JSON: a run folder, the seconds after which its trainer is killed, or null, a file for what it prints,
and how many bytes more than now it may have, or null. Answers how it ended: its exit code, or minus the signal that
killed it. Only tests fork: nothing but one thread is at work here.
"""

import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import psutil
import sklearn.datasets  # noqa: F401 — what each of them would import
import torch

from engine import console, stretch
from engine.errors import LayerloomError
from engine.runs import Run


def main() -> None:
    torch.set_num_threads(1)
    console.warm_up()
    # As often as can be, so that many are caught while they write.
    stretch.SAVE_SECONDS = 0.0
    stretch.LOOK_UP_SECONDS = 0.002
    say("ready")
    for line in sys.stdin:
        folder, seconds, printed, room = json.loads(line)
        process = os.fork()
        if not process:
            train(Run(Path(folder)), printed, room)
        if seconds is not None:
            time.sleep(seconds)
            os.kill(process, signal.SIGKILL)
        say(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


def train(run: Run, printed: str, room: int | None) -> None:
    """As the command line does."""
    file = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    if room is not None:
        most = psutil.Process().memory_info().vms + room
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        console.train(run, {}, "lines")
        os._exit(0)
    except LayerloomError as fault:
        os.write(2, str(fault).encode())
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(1)


def say(what: object) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
