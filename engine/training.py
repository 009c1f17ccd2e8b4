"""The training side of a project: what is made small, how, how long and where."""

import msgspec

from engine.averaging import Averaging, LastWeights
from engine.clipping import Clipping, NoClipping
from engine.copies import LogCopy
from engine.losses import Loss
from engine.metrics import Metric
from engine.optimizers import Optimizer
from engine.penalties import Penalty
from engine.schedules import Constant, Schedule
from engine.spec import Spec, choice, flag, integer, metric, text
from engine.stopping import StopRule

HALVES = {"bf16": "bfloat16", "fp16": "float16"}
"""Precisions in which operations that bear it are computed in half as many bits, by the names that torch has."""

AUTOMATIC = "automatic"
"""Says of the best weights that they are those of the highest accuracy, then of the lowest loss."""


class Device(msgspec.Struct, frozen=True):
    """A place to compute: ``id`` as a project names it, ``title`` as people know it."""

    id: str
    title: str


class Training(Spec, frozen=True):
    """Loss, optimizer, the plan of a training, and how the learning rate changes in its course."""

    loss: Loss
    optimizer: Optimizer
    batch_size: int = integer(
        32, low=1, help="Samples per step: larger is faster and smoother, smaller often ends better."
    )
    epochs: int = integer(10, low=1, help="How often every training sample is seen.")
    seed: int = integer(0, high=2**31 - 1, help="Number that decides the first weights and the order of the samples.")
    device: str = text("auto", help="Where to compute: auto, cpu, cuda, cuda:1, mps.")
    schedule: Schedule = Constant()
    clipping: Clipping = NoClipping()
    averaging: Averaging = LastWeights()
    penalties: tuple[Penalty, ...] = ()
    metrics: tuple[Metric, ...] = ()
    accumulation: int = integer(
        1,
        low=1,
        high=10_000,
        help="Batches whose gradients are added up before each step: as one batch so many times as large, in the "
        "memory of one.",
        advanced=True,
    )
    decay_all: bool = flag(
        False, help="Let weight decay pull biases and the scales of normalizations, too.", advanced=True
    )
    precision: str = choice(
        "fp32",
        "tf32",
        *HALVES,
        help="Bits of a number while training: fp32 is exact; tf32, bf16 and fp16 are faster on graphics cards that "
        "have them. The weights are always kept in fp32.",
        advanced=True,
    )
    deterministic: bool = flag(
        False,
        help="Come to the same result each time, on graphics cards too, though more slowly.",
        advanced=True,
    )
    stops: tuple[StopRule, ...] = ()
    copies: tuple[LogCopy, ...] = ()
    validate_every: int = integer(1, low=1, help="After how many epochs, or steps, it is validated.", advanced=True)
    validate_unit: str = choice(
        "epochs", "steps", help="What is counted between two validations; the end is always validated.", advanced=True
    )
    best_by: str = metric(
        AUTOMATIC,
        help="Which metric of the validation samples says which weights are the best: automatic takes the accuracy, "
        "then the loss.",
        advanced=True,
    )
    keep_every: int = integer(
        0,
        help="Keep weights and state after each so many epochs, to come back to them or to fork from them; 0: only the "
        "best and the last, and a few states.",
        advanced=True,
    )

    watch_gradients: bool = flag(
        True,
        help="Show the gradient of each layer, and how far a step moves its weights. The result is the same.",
        advanced=True,
    )

    @property
    def spares_biases(self) -> bool:
        """Whether weights decay, but not those that are a single row: biases, and the scales of normalizations."""
        return bool(dict(self.optimizer.construction().options).get("weight_decay")) and not self.decay_all
