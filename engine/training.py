"""The training side of a project: what is made small, how, how long and where."""

import msgspec

from engine.losses import Loss
from engine.optimizers import Optimizer
from engine.schedules import Constant, Schedule
from engine.spec import Spec, integer, text


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
