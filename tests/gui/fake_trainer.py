"""A trainer without torch, started as ``main.py`` is. What it does is named in the run folder, in a file ``part``."""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import msgspec

from engine.events import Advance, Epoch, Finished, Pause, Paused, Resume, Resumed, Started, Steps, Stop, Stopped
from engine.runs import Run

LONGEST = 300
"""Seconds, as long as a test may take. A window that is closed leaves its trainer at work, but not for ever."""


def started(step=0):
    counts = {"epochs": 2, "steps_per_epoch": 3, "train_samples": 9, "validation_samples": 3, "test_samples": 3}
    return Started(time=time.time(), run="run", pid=os.getpid(), device="cpu", step=step, **counts)


def steps(*numbers):
    losses = [1 / number for number in numbers]
    metrics = {"accuracy": [1 - loss for loss in losses]}
    return Steps(time=time.time(), epoch=1, step=list(numbers), loss=losses, metrics=metrics)


def epoch(number=1, step=3):
    train, validation = {"loss": 0.6, "accuracy": 0.5}, {"loss": 0.7, "accuracy": 0.4}
    return Epoch(time=time.time(), epoch=number, step=step, train=train, validation=validation, seconds=0.1)


def last_word(kind=Finished):
    validation, test = {"loss": 0.7, "accuracy": 0.4}, {"loss": 0.8, "accuracy": 0.3}
    return kind(time=time.time(), epoch=1, step=3, seconds=0.1, validation=validation, test=test)


def write(run, *events):
    with (run.path / "log.jsonl").open("ab") as log:
        for event in events:
            log.write(msgspec.json.encode(event) + b"\n")


def finish(run):
    write(run, started(), steps(1, 2), epoch(), last_word())


def tear(run):
    write(run, started(), steps(1, 2))
    line = msgspec.json.encode(steps(3)) + b"\n"
    with (run.path / "log.jsonl").open("ab", buffering=0) as log:
        log.write(line[:20])
        time.sleep(0.1)
        log.write(line[20:])
    write(run, last_word())


def crash(run):
    write(run, started(), steps(1, 2))
    os.abort()


def refuse(run):
    sys.exit(f"{run.name} is already being trained.")


def obey(run):
    commands = run.commands()
    write(run, started(), steps(1))
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        for command in commands.read():
            match command:
                case Pause() | Advance():
                    write(run, Paused(time=time.time(), step=1))
                case Resume():
                    write(run, Resumed(time=time.time(), step=1))
                case Stop():
                    write(run, last_word(Stopped))
                    return
        time.sleep(0.01)


PARTS = {part.__name__: part for part in (finish, tear, crash, refuse, obey)}


def main():
    folder = sys.argv[2]
    if folder == "-":
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        line = sys.stdin.buffer.readline()
        if not line:
            return
        folder = json.loads(line)[0]
    run = Run(Path(folder))
    PARTS[(run.path / "part").read_text()](run)


if __name__ == "__main__":
    main()
