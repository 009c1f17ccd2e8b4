"""How long an epoch takes, how much memory, and how large a batch may be: measured on real steps, not reckoned."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import median

import psutil
import torch
from torch import Tensor

from engine.advice import step_samples
from engine.analysis import analyse
from engine.checkpoints import State, weights_of
from engine.ledger import Ledger
from engine.preflight_report import Estimate
from engine.project import Project
from engine.report import Totals
from engine.workbench import Workbench

WARM = 3
"""The first steps, which also make what the later ones use, and do not count."""

GROWTH_BYTES = 2**26
"""By how much the memory should grow where it is measured how it grows with the batch: far more than chance does."""

MOST_STEPS_IN_ONE = 64
"""How many steps' worth of samples a larger batch may have to be tried."""

SHARE_OF_ROOM = 0.25
"""Of the memory that is free, what a trial may take."""


def measured(project: Project, bench: Workbench, seconds: float) -> Estimate:
    """What an epoch takes, from so many seconds of steps and validations."""
    bench.network.train()
    for number, pieces in enumerate(islice(without_end(bench), WARM)):
        bench.stepper.step(pieces, number)
    per_epoch = _seconds_per_epoch(project, bench, seconds)
    totals = analyse(project).totals
    memory = _memory(bench.device) + _while_saving(totals)
    return Estimate(per_epoch, memory, _largest_batch(project, bench, totals, memory))


def batches(bench: Workbench) -> Iterator[Sequence[Tensor]]:
    """The steps of an epoch, each with its batches."""
    whole = bench.batches()
    pieces = bench.training.drawn(0, whole, range(whole.length))
    while step := list(islice(pieces, bench.together)):
        yield step


def without_end(bench: Workbench) -> Iterator[Sequence[Tensor]]:
    """The steps of one epoch after the other."""
    while True:
        yield from batches(bench)


def _seconds_per_epoch(project: Project, bench: Workbench, seconds: float) -> float:
    """Whole epochs where they are short, and else a part of one and its validation."""
    ledger, judging = Ledger(State(), bench.training.metric), [_judged(bench)]
    taken, stepping, begun = 0, 0.0, time.monotonic()
    while not taken or time.monotonic() - begun < seconds:
        since = time.monotonic()
        for pieces in batches(bench):
            ledger.note(*bench.stepper.step(pieces, taken))
            taken += 1
            if time.monotonic() - begun >= seconds:
                break
        ledger.read()
        _wait_for(bench.device)
        stepping += time.monotonic() - since
        if time.monotonic() - begun + judging[-1] < seconds:
            judging.append(_judged(bench))
    # The first one also makes what the later ones use.
    return stepping / taken * bench.steps_per_epoch + median(judging[1:] or judging) * _validations(project, bench)


def _judged(bench: Workbench) -> float:
    """The seconds of a validation, with the copy of weights that are the best so far."""
    begun = time.monotonic()
    bench.judge(bench.validation)
    weights_of(bench.network)
    bench.network.train()
    return time.monotonic() - begun


def _validations(project: Project, bench: Workbench) -> float:
    """How many there are for each epoch."""
    training = project.training
    in_epoch = bench.steps_per_epoch if training.validate_unit == "steps" else 1
    return in_epoch / training.validate_every


def _wait_for(device: torch.device) -> None:
    """Waits for what the device still has to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _memory(device: torch.device) -> int:
    """The most that the device has held or, as what is freed is kept, what the process holds."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else psutil.Process().memory_info().rss


def _while_saving(totals: Totals) -> int:
    """What a checkpoint takes beside the training: the best weights, and once more what is written."""
    return 2 * totals.weight_bytes + totals.optimizer_bytes


def _largest_batch(project: Project, bench: Workbench, totals: Totals, memory: int) -> int:
    """The largest power of two that the memory has room for, at most all samples; 0: not even one."""
    each, whole = totals.activation_bytes / step_samples(project), len(bench.training)
    room = _free(bench.device)
    if not each:
        return whole
    # Where even twice what is reckoned fits for all, there is nothing to try.
    if memory + 2 * each * whole < room:
        return whole
    grown = max(each, _growth(bench, each, room))
    fitting = (room - memory) / grown + bench.batch_size
    return min(whole, 2 ** (int(fitting).bit_length() - 1)) if fitting >= 1 else 0


def _free(device: torch.device) -> int:
    """The memory that a training could have: what nobody holds, and what this process would give back."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device)
    return psutil.virtual_memory().available + psutil.Process().memory_info().rss


def _growth(bench: Workbench, each: float, room: int) -> float:
    """The bytes that each further sample of a step takes, measured on a larger batch than usual; 0: nobody knows."""
    samples = min(GROWTH_BYTES / each, SHARE_OF_ROOM * room / each, MOST_STEPS_IN_ONE * bench.batch_size)
    more = min(int(samples), len(bench.training) - bench.batch_size)
    if more < 1:
        return 0.0
    if bench.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(bench.device)
        bench.stepper.step([bench.some(bench.batch_size)], 0)
    before = _memory(bench.device)
    bench.stepper.step([bench.some(bench.batch_size + more)], 0)
    _wait_for(bench.device)
    return (_memory(bench.device) - before) / more
