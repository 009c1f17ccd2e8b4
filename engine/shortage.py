"""Too little memory for a training: how much was needed, and which batch fits, found by trying."""

import re
from contextlib import suppress
from typing import Any

import torch

from engine.advice import step_samples
from engine.analysis import analyse, in_bytes
from engine.errors import TrainingError
from engine.events import Offer
from engine.measure import in_short
from engine.project import Project
from engine.workbench import Workbench

UNITS = {"bytes": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
STEPS = 3
SPARE = 1.0
"""Of what steps need, that must be free beside them: validations and checkpoints need some, and memory is never without
gaps.
"""

_ASKED = re.compile(r"tried to allocate ([\d.]+) ?(\w+)", re.IGNORECASE)


def is_shortage(fault: BaseException) -> bool:
    """Whether memory was refused; torch says so in several ways."""
    return isinstance(fault, MemoryError | torch.OutOfMemoryError) or "alloc" in str(fault).lower()


def shortage(project: Project, bench: Workbench, fault: BaseException) -> TrainingError:
    """What to say of it, and what to go on with. The network has other weights afterwards."""
    samples = min(bench.batch_size, len(bench.training))
    fits = _largest(project, bench, samples)
    told = TrainingError(
        f"There is not enough memory: a step on {samples:,} samples needs about {in_bytes(_needed(project, samples))}.",
        expected=_refused(fault),
        fix=f"A batch size of {fits:,} fits: go on with it from the last checkpoint."
        if fits
        else "Not even one sample fits: make the network smaller, close other programs or choose another device.",
    )
    if fits and not project.training.optimizer.whole_set:
        told.offers = (Offer(f"Go on with a batch size of {fits:,}", {"training.batch_size": fits}),)
    return told


def _needed(project: Project, samples: int) -> int:
    """Bytes that the training takes with so many samples in a step."""
    totals = analyse(project).totals
    each = totals.activation_bytes / step_samples(project)
    return int(totals.training_bytes - totals.activation_bytes + each * samples)


def _refused(fault: BaseException) -> str:
    found = _ASKED.search(str(fault))
    if not found or found[2].lower() not in UNITS:
        return f"The system says: {in_short(Exception(str(fault) or type(fault).__name__))}."
    return f"The system refused {in_bytes(int(float(found[1]) * UNITS[found[2].lower()]))} more of it."


def _largest(project: Project, bench: Workbench, samples: int) -> int:
    """The largest power of two below so many samples with which steps can be taken; 0: there is none."""
    bench.network.train()
    bench.stepper.watch = None
    samples = 1 << (samples - 1).bit_length()
    while samples > 1:
        samples //= 2
        _give_back(bench)
        with suppress(MemoryError, RuntimeError):
            _taken_with_room_to_spare(bench, samples, int(SPARE * _needed(project, samples)))
            _give_back(bench)
            return samples
    return 0


def _taken_with_room_to_spare(bench: Workbench, samples: int, spare: int) -> None:
    """Takes some steps, as later ones hold what the first leaves behind. Raises what torch raises."""
    held = torch.empty(spare, dtype=torch.uint8, device=bench.device)
    for number in range(STEPS):
        bench.stepper.step([bench.some(samples)], number)
    del held


def _give_back(bench: Workbench) -> None:
    """Hands back what the last attempt held."""
    parameters: Any = bench.network.parameters()
    for parameter in parameters:
        parameter.grad = None
    if bench.device.type == "cuda":
        torch.cuda.empty_cache()
