"""What a training works with: the network, the samples on the device, and what takes steps. Nothing is written here."""

import os
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from engine import allocator, devices
from engine.balance import class_weights
from engine.batches import Batches
from engine.build import Network, PenalisedLoss, build, loss_function
from engine.data import Prepared
from engine.environment import threads_for
from engine.errors import DataError
from engine.events import Metrics
from engine.measure import compares_samples
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.scoring import Part, batch_to_judge, steps_of
from engine.stepping import Stepper
from engine.streaming import part_of
from engine.transcripts import Pair, check_steps


class Workbench:
    """The network of a project with fresh weights, its samples, and its steps. Tells torch of threads, of random and of
    exact numbers. Raises `TrainingError` and `DataError`.
    """

    def __init__(self, project: Project, data: Prepared) -> None:
        training = project.training
        self.device = devices.choose(training.device)
        allocator.keep_what_is_freed()
        if data.train.is_streamed and training.optimizer.whole_set:
            raise _takes_all(project)
        self._use_batches_of(project, len(data.train))
        choose_numbers(project, self.device)
        torch.manual_seed(training.seed)
        self.network = build(project).to(self.device)
        if any(isinstance(module, nn.Conv2d) for module in self.network.modules()):
            # Convolutions read the channels of a pixel together, which is 1.2 to 1.5 times as fast on a CPU.
            self.network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.loss_of = training_loss_of = loss_function(project)
        if project.data.balance == "class weights":
            training_loss_of = loss_function(project, class_weights(data.train, len(data.classes))).to(self.device)
        if training.penalties:
            training_loss_of = PenalisedLoss(training_loss_of, project, self.network)
        if project.data.dataset.task == "transcription":
            check_steps(project, data, steps_of(project))
        preprocessing = Preprocessing.of_training(data, project)
        self.training = part_of(data.train, project, preprocessing, self.device, bool(project.data.augmentation))
        self.validation, self.test = (
            part_of(samples, project, preprocessing, self.device) for samples in (data.validation, data.test)
        )
        self.stepper = Stepper(project, self.network, self.training, training_loss_of, self.device)
        self._project = project
        self._judged_at_once = batch_to_judge(project)
        self._spares_one = compares_samples(self.network)
        self.steps_per_epoch = self.steps_for(self.batches())
        """Steps in a whole epoch, the last of which may be on fewer samples."""

    def configure(self, project: Project) -> None:
        """Takes up what may change between two steps (see `engine.steering`). Raises `TrainingError`, with nothing
        changed, where nothing would be left to train.
        """
        take_up(self._project, project, self.network)
        self._project = project
        self._use_batches_of(project, len(self.training))
        self.stepper.configure(project)
        self.steps_per_epoch = self.steps_for(self.batches())

    def batches(self, begins: int = 0, began_with: int = 0) -> Batches:
        """How an epoch is cut into batches from a place on, if it began with that batch size (0: the one of now). The
        last may have fewer samples, but not one where BatchNorm compares samples.
        """
        held = self.training.held_for(began_with or self.batch_size)
        return Batches(len(self.training), self.batch_size, begins, held, self._spares_one)

    def some(self, samples: int) -> Tensor:
        """The rows of a batch of so many samples, drawn at random: the same each time."""
        whole = Batches(len(self.training), samples, held=self.training.held_for(samples))
        return next(iter(self.training.drawn(0, whole, range(1))))

    def steps_for(self, batches: Batches) -> int:
        """The steps that so many batches are taken in."""
        return -(-batches.length // self.together)

    def _use_batches_of(self, project: Project, samples: int) -> None:
        training = project.training
        self.batch_size = samples if training.optimizer.whole_set else training.batch_size
        self.together = training.accumulation
        torch.set_num_threads(threads_for(project, min(self.batch_size, samples), self.device))

    def transcripts(self) -> list[Pair]:
        """Sequences of the first test samples, and what the network answers; none where none is asked for."""
        if self._project.data.dataset.task != "transcription":
            return []
        return self.test.transcripts(self.network, self._judged_at_once)

    def judge(self, part: Part) -> tuple[Metrics, np.ndarray | None]:
        """What the network, which is left in eval mode, is worth on a part of the samples: see `Part.judge`."""
        return part.judge(self.network, self.loss_of, self._judged_at_once)

    @property
    def leaves_one_out(self) -> bool:
        """Whether each epoch would end with a batch of one sample that BatchNorm cannot be trained on."""
        return self.batches().left_out > 0


def take_up(before: Project, after: Project, network: Network) -> None:
    """Gives a network in training what has changed in its drawing: dropout, and which layers are frozen. Raises
    `TrainingError` where that leaves nothing to train.
    """
    if before.network == after.network:
        return
    # Of the same layers, in the same places; on this device none takes memory or draws random numbers.
    with torch.device("meta"):
        old, new = build(before), build(after)
    for module, was, becomes in zip(network.modules(), old.modules(), new.modules(), strict=True):
        vars(module).update(_numbers(becomes) - _numbers(was))
    for parameter, becomes in zip(network.parameters(), new.parameters(), strict=True):
        parameter.requires_grad_(becomes.requires_grad)
        parameter.grad = None


def _numbers(module: nn.Module) -> set[tuple[str, int | float]]:
    """The settings of a module that are numbers, such as how much it silences."""
    return {(name, value) for name, value in vars(module).items() if type(value) in (int, float)}


def choose_numbers(project: Project, device: torch.device) -> None:
    """Tells torch how exact its numbers must be, and whether they must be the same each time."""
    training = project.training
    if device.type == "cuda":
        is_exact = training.precision == "fp32"
        torch.set_float32_matmul_precision("highest" if is_exact else "high")
        # Convolutions are asked apart, and round unless they are told not to.
        torch.backends.cudnn.allow_tf32 = not is_exact
        # Without it cuBLAS refuses; it is read when the device is first used.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(training.deterministic)


@contextmanager
def tiny_numbers_as_zero() -> Generator[None]:
    """While this lasts, numbers below 1e-38 are 0. Momentum of weights that no gradient reaches any more shrinks to
    them, and they cost a processor up to thirty times as much as others.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _takes_all(project: Project) -> DataError:
    return DataError(
        f"{project.training.optimizer.title} takes all samples in each step, but they stay on the disk.",
        expected="They are read from there a few at a time.",
        fix="Choose an optimizer that takes batches, such as SGD, or load the samples into memory if they fit.",
    )
