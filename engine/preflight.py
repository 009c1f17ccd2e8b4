"""Pre-flight: what a training would do, found in seconds on real batches, before it is begun.

Each look works with a fresh network of the project, so that none spoils what another finds, and nothing is kept.
"""

import math
import time
from collections.abc import Generator, Iterator, Sequence
from itertools import islice

import numpy as np
import torch

from engine import waiting
from engine.analysis import in_bytes
from engine.data import Prepared, prepare
from engine.datasets import Progress
from engine.ends import loss_at
from engine.errors import TrainingError
from engine.estimating import batches, measured, without_end
from engine.losses import CrossEntropy, MeanSquaredError
from engine.measure import in_short
from engine.optimizers import Optimizer
from engine.preflight_report import Check, Estimate, Preflight, RateCurve
from engine.project import Project
from engine.report import ChangeSetting
from engine.workbench import Workbench, tiny_numbers_as_zero
from engine.written import at_work

RATES = (1e-7, 10.0)
"""The learning rates that are tried, each step a little larger than the one before."""
RATE_STEPS = 100
SMOOTHING = 0.9
BLOWN_UP = 4.0
"""How many times the smallest loss so far ends the trial of larger rates."""
BATCH_TO_LEARN = 64
STEPS_TO_LEARN = 300
LEARNED = 0.2
"""What may be left of the first loss of a batch that has been learned by heart."""
SECONDS_EACH = 4.0
"""For each look, at most."""
FAR_FROM_CHANCE = 2.0
"""How many times the loss of a guess is far from it."""


def preflight(project: Project) -> Generator[Progress, None, Preflight]:
    """Tries out the training of a project. Raises `TrainingError`, `DataError`."""
    yield Progress("Reading the samples", 0, 5, "looks")
    data = prepare(project.data)
    try:
        with at_work(), tiny_numbers_as_zero(), waiting.adapted():
            bench = Workbench(project, data)
            yield Progress("Looking at the first step", 1, 5, "looks")
            checks = [*_first_step(project, bench)]
            yield Progress("Measuring an epoch", 2, 5, "looks")
            estimate = measured(project, bench, SECONDS_EACH / 2)
            yield Progress("Learning one batch by heart", 3, 5, "looks")
            checks.append(_one_batch(Workbench(project, data)))
            yield Progress("Trying learning rates", 4, 5, "looks")
            rates = _rates_tried(project, data)
    except (RuntimeError, ValueError) as fault:
        # torch has no exceptions of its own.
        raise TrainingError("The training cannot take a step.", expected=f"PyTorch says: {in_short(fault)}.") from None
    return Preflight((*checks, *_of_rates(project, rates), _of_epoch(estimate)), rates, estimate)


# The first step


def _first_step(project: Project, bench: Workbench) -> Iterator[Check]:
    """The loss that a fresh network has, and whether its gradient reaches all weights."""
    bench.network.train()
    loss = float(bench.stepper.step(next(batches(bench)), 0)[0])
    yield _first_loss(project, bench, loss)
    gradients = {name: each.grad for name, each in bench.network.named_parameters() if each.requires_grad}
    bad = [name for name, grad in gradients.items() if grad is not None and not bool(grad.isfinite().all())]
    none = [name for name, grad in gradients.items() if grad is None or not bool(grad.any())]
    if bad:
        yield Check("gradients", "fault", f"Gradients are not finite in {_named(bad)}: scale the inputs, or clip them.")
    elif none:
        yield Check("gradients", "doubt", f"No gradient reaches {_named(none)}: what is there does not learn.")
    else:
        yield Check("gradients", "good", "A gradient reaches all weights.")


def _first_loss(project: Project, bench: Workbench, loss: float) -> Check:
    if not math.isfinite(loss):
        return Check("first loss", "fault", "The first loss is not a finite number: scale the inputs.")
    chance = _chance(project, bench)
    if chance is None:
        return Check("first loss", "good", f"The first loss is {loss:.4g}.")
    words = f"The first loss is {loss:.4g}; guessing would give {chance:.4g}"
    if isinstance(loss_at(project), CrossEntropy):
        words += f", ln of {len(project.data.dataset.classes)} classes"
    if loss > FAR_FROM_CHANCE * chance:
        return Check("first loss", "doubt", f"{words}: the first weights, or the inputs, are too large.")
    if loss < chance / FAR_FROM_CHANCE:
        return Check("first loss", "doubt", f"{words}: is the answer among the inputs, or one class nearly all?")
    return Check("first loss", "good", f"{words}.")


def _chance(project: Project, bench: Workbench) -> float | None:
    """The loss of a network that answers with 0: each class alike, or what scaled values are on average. None: 0 means
    something else to the loss, or several losses are added.
    """
    loss = loss_at(project)
    if not loss.absorbs and not isinstance(loss, MeanSquaredError):
        return None
    rows, *_ = next(batches(bench))
    inputs, targets, _ = bench.training.batch(rows)
    if len(targets) != 1:
        return None
    with torch.inference_mode():
        bench.network.eval()
        values = bench.network.training_values(inputs[:2])[0]
        bench.network.train()
        silent = torch.zeros((len(inputs), *values.shape[1:]), device=values.device)
        return float(bench.loss_of((silent,), targets))


def _named(names: Sequence[str]) -> str:
    """The layers of these weights, a few of them."""
    layers = list(dict.fromkeys(name.rpartition(".")[0] or name for name in names))
    return ", ".join(layers[:3]) + (f" and {len(layers) - 3} more" if len(layers) > 3 else "")


# What an epoch takes


def _of_epoch(estimate: Estimate) -> Check:
    """What an epoch takes, in words."""
    seconds = estimate.seconds_per_epoch
    lasting = f"{seconds:.2g} s" if seconds < 100 else f"{seconds / 60:.1f} minutes"
    words = f"An epoch takes about {lasting} and {in_bytes(estimate.memory_bytes)} of memory."
    if not estimate.largest_batch:
        return Check("epoch", "doubt", f"{words} The memory is hardly enough: try a smaller batch or network.")
    return Check("epoch", "good", f"{words} Batches of up to about {estimate.largest_batch:,} samples fit.")


# Can it learn


def _one_batch(bench: Workbench) -> Check:
    """Whether the network can learn a single batch by heart, at the learning rate that is chosen."""
    rows = next(batches(bench))[0][:BATCH_TO_LEARN]
    bench.network.train()
    first, last, steps, begun = 0.0, math.inf, 0, time.monotonic()
    while steps < STEPS_TO_LEARN and time.monotonic() - begun < SECONDS_EACH:
        last = float(bench.stepper.step([rows], steps)[0])
        first = first or last
        steps += 1
        if not math.isfinite(last):
            return Check(
                "one batch", "fault", f"The loss is not finite after {steps:,} steps: lower the learning rate."
            )
        if last < LEARNED * first:
            return Check("one batch", "good", f"It learns {len(rows)} samples by heart within {steps:,} steps.")
    words = f"It has not learned {len(rows)} samples by heart in {steps:,} steps (loss {first:.3g} to {last:.3g})"
    return Check("one batch", "doubt", f"{words}: the learning rate may be too small, or the network.")


# Learning rates


def _rates_tried(project: Project, data: Prepared) -> RateCurve:
    """The loss while the learning rate grows from step to step. L. Smith, Cyclical Learning Rates, 2015."""
    if project.training.optimizer.tries_places:
        return RateCurve()
    at_one = project.with_training(project.training.with_setting("optimizer", _at_one(project)))
    bench = Workbench(at_one, data)
    bench.network.train()
    rates, losses = list[float](), list[float]()
    mean, best, begun = 0.0, math.inf, time.monotonic()
    for step, pieces in enumerate(islice(without_end(bench), RATE_STEPS)):
        rate = RATES[0] * (RATES[1] / RATES[0]) ** (step / (RATE_STEPS - 1))
        bench.stepper.set_rate(rate)
        loss = float(bench.stepper.step(pieces, step)[0])
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        smooth = mean / (1 - SMOOTHING ** (step + 1))
        if not math.isfinite(loss) or smooth > BLOWN_UP * best or time.monotonic() - begun > 2 * SECONDS_EACH:
            break
        best = min(best, smooth)
        rates.append(rate)
        losses.append(smooth)
    return RateCurve(tuple(rates), tuple(losses), suggestion(rates, losses))


def _at_one(project: Project) -> Optimizer:
    """The optimizer with a learning rate of 1, so that each factor is a rate."""
    return project.training.optimizer.with_setting("learning_rate", 1.0)


def suggestion(rates: Sequence[float], losses: Sequence[float]) -> float:
    """A rate to begin with, with one digit: where the loss falls fastest, or a tenth of the rate at which it is lowest,
    whichever is smaller; 0: it does not fall.
    """
    lowest = int(np.argmin(losses)) if len(losses) else 0
    if lowest < 3:
        return 0.0
    slopes = np.gradient(np.array(losses[: lowest + 1]), np.log(rates[: lowest + 1]))
    return float(f"{min(rates[int(np.argmin(slopes))], rates[lowest] / 10):.0e}")


def _of_rates(project: Project, curve: RateCurve) -> Iterator[Check]:
    """How the chosen learning rate compares with the one that is suggested."""
    chosen = project.training.optimizer.learning_rate
    if not curve.suggested:
        return
    fix = ChangeSetting(
        "training.optimizer.learning_rate", curve.suggested, f"Set the learning rate to {curve.suggested:g}"
    )
    words = f"A learning rate of {curve.suggested:g} is good to begin with; {chosen:g} is chosen."
    near = curve.suggested / 10 <= chosen <= curve.suggested * 10
    yield Check("learning rate", "good" if near else "doubt", words, None if chosen == curve.suggested else fix)
