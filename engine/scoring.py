"""Samples on the device they are computed on, and how well a network does on them."""

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from operator import mul
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from engine.advice import step_samples
from engine.analysis import analyse
from engine.augmentation.augmenter import Augmenter
from engine.augmentation.changes import balanced
from engine.batches import Batches
from engine.build import Network, TotalLoss, answers_with_values, resolve
from engine.datasets import Samples
from engine.datasets.symbols import text_of
from engine.ends import embedding_place, ends_in_logarithms, loss_at, main_output, terms_of
from engine.events import Metrics
from engine.judging import Confusion, Judges, LabelCounts, Matches
from engine.metrics import Errors
from engine.modules.known import rows_of_known
from engine.modules.sequences import are_same, spelled
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.replaying import Replay
from engine.transcripts import MOST_SHOWN, Pair, blank_of
from engine.trust import sources

MOST_AT_ONCE = 1000
BYTES_AT_ONCE = 2**26
"""Of values between layers: so few that judging takes no more memory than training, and most stay near the processor.
"""

Form = Literal["truth", "rows", "single", "signed rows", "signed single"]
"""What a loss compares with: class numbers or values as they are, or class numbers as rows of 0, or −1, and 1."""
Tally = Confusion | Errors | LabelCounts | Matches


class Part:
    """One part of the data, ready for the network and the loss.

    Pixels stay bytes, a quarter of what they weigh as numbers, and are scaled batch by batch on the device; other
    values are scaled once, unless they are to be augmented before.
    """

    scales_batches: ClassVar[bool] = False
    """Whether all samples are scaled batch by batch, as each is used no more than once."""

    def __init__(
        self,
        samples: Samples,
        project: Project,
        preprocessing: Preprocessing,
        device: torch.device,
        augments: bool = False,
    ) -> None:
        self._project, self._preprocessing, self._device = project, preprocessing, device
        self._is_balanced = project.data.balance == "balanced sampling"
        self._ignores = project.data.dataset.ignores
        self._blank = blank_of(project)
        # What the loss absorbs, or applies where the network does not, makes of 0 a probability of one half.
        self._threshold = 0.0 if loss_at(project).absorbs else 0.5
        self._reader = reader(project)
        inputs, scaling = preprocessing.halfway(samples.inputs)
        self._augmenter = Augmenter(project.data, inputs, project.training.seed) if augments else None
        waits = self._augmenter or (self.scales_batches and not scaling.is_identity)
        self._scaling = scaling if inputs.dtype == np.uint8 or waits else None
        inputs = inputs if self._scaling else scaling.apply(inputs)
        self._offset, self._scale = (torch.from_numpy(array).to(device) for array in scaling.arrays(inputs.ndim - 1))
        _, unit = preprocessing.targets.arrays(samples.targets.ndim - 1)
        self._unit = torch.from_numpy(unit).to(device)
        self._forms = list(_forms(project))
        truth = torch.from_numpy(self._true_values(samples.targets))
        self._hold(torch.from_numpy(np.ascontiguousarray(inputs)), truth, device)
        self._replay_is_of: tuple[nn.Module, nn.Module] | None = None

    def _hold(self, inputs: Tensor, truth: Tensor, device: torch.device) -> None:
        """Makes these the samples that `batch` picks from."""
        self._inputs, self._truth = (tensor.to(device, non_blocking=True) for tensor in (inputs, truth))
        self._wanted = self._wanted_of(self._truth)

    def __len__(self) -> int:
        return len(self._inputs)

    @property
    def held(self) -> tuple[Tensor, ...]:
        """What batches are picked from at the moment: inputs, truth, and what the losses compare with."""
        return (self._inputs, self._truth, *self._wanted)

    @property
    def only_picks(self) -> bool:
        """Whether a batch for training is nothing but picked and scaled."""
        return self._augmenter is None

    @cached_property
    def is_steady(self) -> bool:
        """Whether batches are picked, on the CPU, from samples that stay where they are, are changed in no other way
        each time, and meet no layer that a person wrote.
        """
        return self._device.type == "cpu" and self.only_picks and not sources(self._project.network)

    @property
    def metric(self) -> str:
        """The metric that `score` gives for a batch."""
        return "mae" if self._preprocessing.task == "regression" else "accuracy"

    def batch(self, rows: Tensor | slice) -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
        """Scaled inputs, what the losses compare with (see `engine.build`), and the truth that `score` takes."""
        inputs, truth = _picked(self._inputs, rows), _picked(self._truth, rows)
        if self._scaling is not None:
            # Not in place: where they are a slice, they are the samples themselves.
            has_offset = any(self._scaling.offset)
            inputs = (inputs - self._offset).div_(self._scale) if has_offset else inputs / self._scale
        wanted = tuple(truth if whole is self._truth else _picked(whole, rows) for whole in self._wanted)
        return inputs, wanted, truth

    def training_batch(self, rows: Tensor | slice, step: int) -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
        """`batch`, as the augmentation changes it in this step."""
        if self._augmenter is None:
            return self.batch(rows)
        draw = self._augmenter.draw(step)
        inputs, truth = _picked(self._inputs, rows).float(), _picked(self._truth, rows)
        inputs, truth = self._augmenter.change(inputs, truth, draw)
        inputs, wanted = (inputs - self._offset) / self._scale, self._wanted_of(truth, self._augmenter.mixes)
        inputs, truth, *wanted = self._augmenter.mix([inputs, truth, *wanted], draw)
        return inputs, tuple(wanted), truth

    def held_for(self, batch_size: int) -> int:
        """How many samples are at hand at once, where an epoch begins with this batch size; 0: all are."""
        del batch_size
        return 0

    def drawn(self, seed: int, batches: Batches, numbers: range) -> Iterator[Tensor]:
        """The rows of these batches of an epoch, drawn at random: each comes once or, where classes are balanced, each
        class as often. The order is that of the seed, however it is cut into batches.
        """
        generator = torch.Generator().manual_seed(seed)
        if self._is_balanced:
            order = balanced(self._truth.cpu(), generator)
        else:
            order = torch.randperm(len(self), generator=generator)
        order = order.to(self._truth.device)
        for number in numbers:
            start, stop = batches.span(number)
            yield order[start:stop]

    def in_turn(self, batch_size: int) -> Iterator[slice] | Iterator[Tensor]:
        """All rows, one batch after the other."""
        for start in range(0, len(self), batch_size):
            yield slice(start, min(len(self), start + batch_size))

    def score(self, values: Tensor, truth: Tensor) -> Tensor:
        """The mean of `metric` over a batch, as one number that stays on the device; 0 where no class is known."""
        values = values.detach()
        if self._preprocessing.task == "regression":
            return ((self._reader(values) - truth).abs() * self._unit).mean()
        if self._preprocessing.task == "transcription":
            return are_same(self.decided(values), truth).mean(dtype=torch.float32)
        if self._preprocessing.task == "multilabel":
            # What mixed samples have more of than not applies.
            return (self.decided(values) == (truth > 0.5)).mean(dtype=torch.float32)
        right = self.decided(values) == truth
        return right.sum() / (truth >= 0).sum().clamp(min=1) if self._ignores else right.mean(dtype=torch.float32)

    def decided(self, values: Tensor) -> Tensor:
        """The class numbers (N × places) that training values (N × K × places) stand for; a single value says yes or
        no. Of labels whether each applies (N × K), of a transcription the numbers of symbols (N × steps) that they
        spell.
        """
        if self._preprocessing.task == "multilabel":
            return values >= self._threshold
        if self._preprocessing.task == "transcription":
            return spelled(values, self._blank)
        return values.argmax(1) if values.shape[1] > 1 else (values[:, 0] >= self._threshold).long()

    @torch.inference_mode()
    def judge(self, network: Network, loss_of: TotalLoss, batch_size: int) -> tuple[Metrics, np.ndarray | None]:
        """All metrics of a network over these samples and, for a classification, the confusion matrix; of labels one of
        no and yes for each (labels × 2 × 2).

        The network is left in eval mode.
        """
        network.eval()
        losses: list[Tensor] = []
        sizes: list[int] = []
        tally = self._tally()
        judges = self._judges
        judges.begin()
        embedding = embedding_place(self._project) if judges else None
        # Batch by batch, as answers for each pixel of all samples may be more than memory holds.
        compared = self._comparison(network, loss_of, tally, batch_size)
        for rows in self.in_turn(batch_size):
            loss, answered, truth, counted, *values = compared(rows)
            losses.append(loss)
            sizes.append(int((truth >= 0).sum()) if self._ignores else len(truth))
            if isinstance(tally, Errors):
                tally.add(self._in_units(answered), self._in_units(truth))
                judges.take(answered * self._unit, None, truth * self._unit)
            else:
                tally.add(counted, len(truth))
                judges.take(values[0], answered, truth, None if embedding is None else values[embedding])
        weights = sizes if any(sizes) else [1] * len(sizes)
        loss = sum(map(mul, torch.stack(losses).tolist(), weights)) / sum(weights)
        found = {"loss": loss, **tally.metrics(), **judges.metrics()}
        return found, tally.counts() if isinstance(tally, Confusion | LabelCounts) else None

    def _comparison(
        self, network: Network, loss_of: TotalLoss, tally: Tally, batch_size: int
    ) -> Callable[[Tensor | slice], tuple[Any, ...]]:
        """`_compared` for these. What fits into one batch is judged the same way each time."""
        compared = partial(self._compared, network, loss_of, tally)
        if len(self) > batch_size or not self.is_steady:
            return compared
        if self._replay_is_of != (network, loss_of):
            self._replay_is_of = network, loss_of
            self._replay = Replay(partial(compared, slice(0, len(self))))
        replay = self._replay
        return lambda _: replay()

    def _compared(self, network: Network, loss_of: TotalLoss, tally: Tally, rows: Tensor | slice) -> tuple[Any, ...]:
        """Of some rows the loss, what is answered, the truth, what a tally counts of both, and the training values."""
        inputs, targets, truth = self.batch(rows)
        values = network.training_values(inputs)
        answered = self._answered(values[0])
        counted = None if isinstance(tally, Errors) else tally.counted(answered, truth)
        return loss_of(values, targets), answered, truth, counted, *values

    @cached_property
    def _judges(self) -> Judges:
        return Judges(self._project, self._device)

    @torch.inference_mode()
    def transcripts(self, network: Network, batch_size: int) -> list[Pair]:
        """The sequences of the first samples, and what a network answers to them. It is left in eval mode."""
        network.eval()
        symbols, found = self._preprocessing.classes, list[Pair]()
        for rows in self.in_turn(min(batch_size, MOST_SHOWN)):
            inputs, _, truth = self.batch(rows)
            answered = self.decided(network.training_values(inputs)[0])
            pairs = zip(truth.tolist(), answered.tolist(), strict=True)
            found += [Pair(*(text_of(numbers, symbols) for numbers in pair)) for pair in pairs]
            if len(found) >= MOST_SHOWN:
                break
        return found[:MOST_SHOWN]

    def _tally(self) -> Tally:
        match self._preprocessing.task:
            case "classification":
                return Confusion(len(self._preprocessing.classes), bool(self._ignores))
            case "multilabel":
                return LabelCounts(len(self._preprocessing.classes))
            case "regression":
                return Errors()
            case "transcription":
                return Matches()

    def _answered(self, values: Tensor) -> Tensor:
        """What training values stand for: class numbers, or the numbers that are asked for as they are scaled."""
        return self._reader(values) if self._preprocessing.task == "regression" else self.decided(values)

    def _in_units(self, values: Tensor) -> np.ndarray:
        """Values of a regression in the units of the data."""
        return self._preprocessing.targets.undo(values.cpu().numpy())

    def _true_values(self, targets: np.ndarray) -> np.ndarray:
        if self._preprocessing.task == "regression":
            return self._preprocessing.targets.apply(targets)
        if self._preprocessing.task == "multilabel":
            return targets.astype(np.float32)
        # cross_entropy takes class numbers only as int64.
        return targets.astype(np.int64, copy=False)

    def _wanted_of(self, truth: Tensor, shares: bool = False) -> list[Tensor]:
        """What each loss compares with; what is the same is kept once. With ``shares`` class numbers are rows, too."""
        made: dict[Form, Tensor] = {}
        for form in self._forms:
            if form not in made:
                made[form] = self._formed(truth, "rows" if shares and form == "truth" else form)
        return [made[form] for form in self._forms]

    def _formed(self, truth: Tensor, form: Form) -> Tensor:
        """Class numbers as 0 and 1 for each class, N × K × places; K is 1 where one value says which of two classes."""
        if form == "truth" or self._preprocessing.task == "regression":
            return truth
        if form.startswith("signed"):
            return 2 * self._formed(truth, "single" if form == "signed single" else "rows") - 1
        if self._preprocessing.task == "multilabel":
            return truth
        classes = 1 if form == "single" else len(self._preprocessing.classes)
        if self._ignores:
            return rows_of_known(truth, classes)
        if form == "single":
            return truth[:, None].float()
        return nn.functional.one_hot(truth, classes).movedim(-1, 1).float()


def _forms(project: Project) -> Iterator[Form]:
    """How each loss wants what is asked for."""
    nodes = analyse(project).nodes
    for _, answer in terms_of(project):
        alone = (nodes[answer.output].output_shape or ())[:1] == (1,)
        match answer.loss.target_form(project.data.dataset.task):
            case "one-hot":
                yield "single" if alone else "rows"
            case "signs":
                yield "signed single" if alone else "signed rows"
            case _:
                yield "truth"


def steps_of(project: Project) -> int:
    """At how many steps a network answers that transcribes."""
    return (analyse(project).nodes[main_output(project.network)].output_shape or (0, 0))[1]


def batch_to_judge(project: Project) -> int:
    """How many samples to judge at once: many, as long as what the network makes of them is no burden."""
    bytes_per_sample = analyse(project).totals.activation_bytes / step_samples(project)
    return int(min(MOST_AT_ONCE, max(1, BYTES_AT_ONCE // max(1, bytes_per_sample))))


def _picked(values: Tensor, rows: Tensor | slice) -> Tensor:
    return values[rows] if isinstance(rows, slice) else values.index_select(0, rows)


def reader(project: Project) -> Callable[[Tensor], Tensor]:
    """What turns answers of the network (N × …) into the numbers that are asked for, before these are scaled back."""
    read = loss_at(project).reading() if project.data.dataset.task == "regression" else None
    return (lambda answers: read.made(resolve, (answers,))) if read else (lambda answers: answers)


def probabilities(project: Project, answers: Tensor) -> Tensor:
    """What answers of the network (N × K) mean: probabilities, where its loss applies an activation itself or they are
    logarithms; of a regression the numbers that are asked for (see `reader`).
    """
    if project.data.dataset.task == "regression":
        return reader(project)(answers)
    if answers_with_values(project):
        return answers.softmax(1) if loss_at(project).absorbs == "Softmax" else answers.sigmoid()
    return answers.exp() if ends_in_logarithms(project) else answers
