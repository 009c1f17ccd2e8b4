"""Event: one line in a run's log. Command: one line in its control file.

Plots, tables and the command line all read the same events. Times are seconds since the epoch.
"""

import re
from typing import Annotated, Any, Literal

import msgspec

Metrics = dict[str, float]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""As many as can be told apart as floats, which curves are made of."""


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Event(msgspec.Struct, frozen=True, tag_field="event", tag=_snake, kw_only=True):
    """Base of all events."""

    time: float


class Started(Event, frozen=True):
    """A trainer has begun, or gone on from ``step`` after an interruption."""

    run: str
    pid: Count
    device: str
    epochs: Count
    steps_per_epoch: Count
    train_samples: Count
    validation_samples: Count
    test_samples: Count
    epoch: Count = 0
    step: Count = 0
    notes: tuple[str, ...] = ()
    since_boot: float = 0.0
    """Seconds from the start of the machine to that of the trainer; 0: not said."""
    steps: Count = 0
    """How many are planned in all, where the batch size has changed; 0: so many in each epoch."""
    most_steps: Count = 0
    most_seconds: float = 0.0
    """After how many steps in all, and in how many seconds from now, a budget ends it; 0: none does."""

    @property
    def planned_steps(self) -> int:
        """In all."""
        return self.steps or self.epochs * self.steps_per_epoch


class Steps(Event, frozen=True):
    """The training steps since the last such line: their numbers (from 1), losses and metrics, item by item."""

    epoch: Count
    step: list[Count]
    loss: list[float]
    metrics: dict[str, list[float]] = {}
    samples_per_second: float = 0.0

    def __post_init__(self) -> None:
        if any(len(values) != len(self.step) for values in (self.loss, *self.metrics.values())):
            raise ValueError("each step has one loss and one of each metric")


class Epoch(Event, frozen=True):
    """The end of an epoch (from 1): means over its training steps, and the validation after it, if there was one."""

    epoch: Count
    step: Count
    train: Metrics
    validation: Metrics
    seconds: float
    learning_rate: float = 0.0
    """Of its last step; 0: not said."""


class Validation(Event, frozen=True):
    """A validation within an epoch, after this step."""

    epoch: Count
    step: Count
    validation: Metrics


class Watched(Event, frozen=True, omit_defaults=True):
    """What was seen at this step: how it learns, and what it takes of the machine. See `engine.watching`."""

    step: Count
    learning_rate: float = 0.0
    memory: Count = 0
    """Bytes that the process holds."""
    device_memory: Count = 0
    """Bytes of a graphics card that it holds."""
    gradient: float | None = None
    """How long the gradient of all weights together was, before clipping; None: not looked at, or not finite."""
    gradients: list[float | None] = []
    """The same of each layer; None also where a layer does not learn."""
    updates: list[float | None] = []
    """How far the step moved the weights of each, as a share of how long they are together."""
    layers: tuple[str, ...] = ()
    """What they are called from here on, if that is said: ``conv2d_1``, ``stage_1.0.conv2d_1``."""


class Checkpoint(Event, frozen=True):
    """A checkpoint is whole on disk; ``name`` is what `Run.weights` takes."""

    name: str
    epoch: Count
    step: Count


class LearningRate(Event, frozen=True):
    """The learning rate from this step on."""

    step: Count
    learning_rate: float


class Changed(Event, frozen=True):
    """A setting has this value from this step on; ``path`` is that in the project."""

    step: Count
    path: str
    value: Any
    before: Any = None
    again: bool = False
    """It was changed there before; what came after is trained anew from an earlier checkpoint."""
    epochs: Count = 0
    steps: Count = 0
    """How many epochs and steps are now planned in all; 0: as many as before."""
    steps_per_epoch: Count = 0
    """In a whole epoch, from now on; 0: as many as before."""
    most_steps: Count = 0
    most_seconds: float = 0.0
    """After how many steps in all, and in how many seconds from now, a budget ends it; 0: none does."""


class Forked(Event, frozen=True):
    """The run goes on from this step of another; what stands before is shared with it."""

    parent: str
    epoch: Count
    step: Count


class Paused(Event, frozen=True):
    """The trainer waits after this step."""

    step: Count
    reason: str = ""
    """What it waits for, where that is not a person's word."""


class Resumed(Event, frozen=True):
    """The trainer goes on after this step."""

    step: Count


class Warning(Event, frozen=True):
    """Something a person should know, while training goes on."""

    message: str


class Loading(Event, frozen=True):
    """Work before the first step: a download, say. ``total`` 0: not known."""

    message: str
    done: Count = 0
    total: Count = 0
    unit: str = ""


class Finished(Event, frozen=True):
    """All epochs are done, or a rule ended it, and the best checkpoint has been tested.

    ``confusion`` and ``transcripts`` (see `engine.transcripts.Pair`) are files in ``artifacts/``.
    """

    epoch: Count
    step: Count
    seconds: float
    validation: Metrics
    test: Metrics
    confusion: str = ""
    reason: str = ""
    """Why it ended before the last epoch; empty: it did not."""
    transcripts: str = ""


class Stopped(Event, frozen=True):
    """Training ended early because a person asked for it; the last state is a checkpoint."""

    epoch: Count
    step: Count
    seconds: float
    validation: Metrics
    test: Metrics
    confusion: str = ""
    transcripts: str = ""


class Offer(msgspec.Struct, frozen=True):
    """A way to go on from the last checkpoint, or anew where there is none: what it is called, and settings by path."""

    title: str
    changes: dict[str, Any]


class Failed(Event, frozen=True):
    """Training cannot go on: what happened, why, and what to do."""

    message: str
    cause: str = ""
    fix: str = ""
    step: Count = 0
    offers: tuple[Offer, ...] = ()


class Command(msgspec.Struct, frozen=True, tag_field="command", tag=_snake):
    """Base of what a person asks of a running trainer."""


class Pause(Command, frozen=True):
    """Wait after the current step."""


class Resume(Command, frozen=True):
    """Go on."""


class Advance(Command, frozen=True):
    """Go on by one step, or to the end of the epoch, and wait there."""

    by: Literal["step", "epoch"] = "step"


class Stop(Command, frozen=True):
    """End after the current step, or epoch, keeping everything."""

    after: Literal["step", "epoch"] = "step"


class SaveCheckpoint(Command, frozen=True, tag="checkpoint"):
    """Write a checkpoint after the current step, and keep its weights under the number of whole epochs."""


class Set(Command, frozen=True):
    """Change a setting that may change while training, by its path in the project."""

    path: str
    value: Any


AnyEvent = (
    Started
    | Steps
    | Epoch
    | Validation
    | Watched
    | Checkpoint
    | LearningRate
    | Changed
    | Forked
    | Paused
    | Resumed
    | Warning
    | Loading
    | Finished
    | Stopped
    | Failed
)
AnyCommand = Pause | Resume | Advance | Stop | SaveCheckpoint | Set
