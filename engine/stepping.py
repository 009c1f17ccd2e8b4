"""Steps of training: from the samples of a batch to new weights.

What a step is made of is chosen in `engine.training`: the optimizer, how gradients are clipped, in how many pieces the
batch is computed, at which precision, and whether a mean of the weights is kept beside them.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from engine import averages
from engine.build import Network, TotalLoss
from engine.descent import descent
from engine.measure import resolve
from engine.optimizing import optimizer
from engine.project import Project
from engine.replaying import Replay
from engine.scoring import Part
from engine.training import HALVES
from engine.trust import sources
from engine.watching import Watch

Rows = Tensor | slice


class Stepper:
    """Takes the steps of a training. Losses and metrics stay on the device until someone reads them."""

    def __init__(
        self, project: Project, network: Network, part: Part, loss_of: TotalLoss, device: torch.device
    ) -> None:
        self._network, self._part, self._loss_of, self._device = network, part, loss_of, device
        self.optimizer = optimizer(project, network, device)
        self.average = Average(network) if project.training.averaging.function() else None
        half = getattr(torch, HALVES.get(project.training.precision, ""), None)
        self._scaler = torch.amp.GradScaler(device.type) if half is torch.float16 else None
        self._loss = self._at(half) if half else self._whole
        self.watch: Watch | None = None
        """Who looks at steps."""
        self.replays = half is None and device.type == "cpu" and not sources(project.network)
        """Whether what batches come to is replayed (see `engine.replaying`); hooks of modules are then not called."""
        self.configure(project)

    def configure(self, project: Project) -> None:
        """Takes up what may change between two steps: the settings of the optimizer, the clipping, which weights
        train.
        """
        self._training = project.training
        fresh = optimizer(project, self._network, self._device)
        trained = [parameter for group in fresh.param_groups for parameter in group["params"]]
        # What is frozen is forgotten: no checkpoint would hold it.
        remembered = self.optimizer.state
        fresh.state.update({each: remembered[each] for each in trained if each in remembered})
        self.optimizer, self._step = fresh, descent(fresh)
        self._parameters = [parameter for parameter in self._network.parameters() if parameter.requires_grad]
        self._rates = [group["lr"] for group in fresh.param_groups]
        self._clip = project.training.clipping.function()
        self._batches: dict[Any, Replay] = {}
        """What batches of the same size come to."""

    def set_rate(self, factor: float) -> None:
        """Lets the weights learn at so many times the chosen learning rate."""
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor

    def step(self, pieces: Sequence[Rows], number: int) -> tuple[Tensor, Tensor, int]:
        """One step, with so many before it, on the samples of these rows. Answers their mean loss and metric before it,
        and how many they are.
        """
        if self.watch is None or not self.watch.is_due:
            return self._taken(pieces, number)
        with self.watch.looking(number + 1):
            return self._taken(pieces, number)

    def _taken(self, pieces: Sequence[Rows], number: int) -> tuple[Tensor, Tensor, int]:
        if self._training.optimizer.tries_places:
            found: list[tuple[Tensor, Tensor, int]] = []

            def closure() -> Tensor:
                found.append(self._gradients(pieces, number))
                self._clipped()
                return found[-1][0]

            self.optimizer.step(closure)  # pyright: ignore[reportCallIssue, reportArgumentType]
            return found[0]
        noted = self._gradients(pieces, number)
        self._descend()
        if self.average and not self._training.averaging.each_epoch:
            self.average.take(self._training.averaging.function())
        return noted

    def end_epoch(self, done: int) -> None:
        """After so many whole epochs."""
        averaging = self._training.averaging
        if self.average and averaging.each_epoch and done > averaging.begins(self._training.epochs):
            self.average.take(averaging.function())

    @contextmanager
    def averaged(self) -> Generator[None]:
        """While this lasts, the network has the weights that the training ends with: the mean, where one is kept."""
        if self.average is None or not self.average.count:
            yield
            return
        self.average.swap()
        try:
            yield
        finally:
            self.average.swap()

    def spoilt(self) -> str:
        """What is not finite of all that a checkpoint holds; empty: nothing is."""
        if not _finite(self._network.state_dict().values()):
            return "A weight"
        memories = self.optimizer.state.values()
        if not _finite(value for memory in memories for value in memory.values()):
            return "What the optimizer remembers"
        return "" if self.average is None or _finite(self.average.values()) else "The mean of the weights"

    def memory(self) -> dict[str, Any]:
        """What it must be told to go on exactly, beside what the optimizer remembers; numbers that JSON knows."""
        return self._scaler.state_dict() if self._scaler else {}

    def remember(self, memory: Mapping[str, Any]) -> None:
        """Takes up what `memory` said."""
        if self._scaler and memory:
            self._scaler.load_state_dict(dict(memory))

    def _gradients(self, pieces: Sequence[Rows], number: int) -> tuple[Tensor, Tensor, int]:
        """Computes the gradient of the mean loss over all pieces."""
        # As `zero_grad`, which for a small network takes as long as the forward pass.
        for parameter in self._parameters:
            parameter.grad = None
        if self.replays and len(pieces) == 1:
            return self._replayed(pieces[0], number)
        if len(pieces) == 1:
            loss, score, samples = self._loss(pieces[0], number)
            self._backward(loss)
            return loss.detach(), score, samples
        sizes = [len(piece) for piece in pieces if isinstance(piece, Tensor)]
        shares = [size / sum(sizes) for size in sizes]
        found: list[tuple[Tensor, Tensor]] = []
        for place, (piece, share) in enumerate(zip(pieces, shares, strict=True)):
            loss, score, _ = self._loss(piece, number * len(pieces) + place)
            self._backward(loss * share)
            found.append((loss.detach() * share, score * share))
        losses, scores = zip(*found, strict=True)
        return torch.stack(losses).sum(), torch.stack(scores).sum(), sum(sizes)

    def _replayed(self, rows: Rows, number: int) -> tuple[Tensor, Tensor, int]:
        """As `_gradients`, for a whole batch."""
        if self._part.only_picks and isinstance(rows, Tensor):
            # However many are held, what is done with those that are picked is the same.
            sizes, given, compute = rows.shape, (rows, *self._part.held), self._of_rows
        else:
            inputs, targets, truth = self._part.training_batch(rows, number)
            given, compute = (inputs, truth, *targets), self._of_batch
            sizes = tuple((each.shape, each.stride()) for each in given)
        replay = self._batches.get(sizes) or self._batches.setdefault(sizes, Replay(compute))
        loss, score, *gradients = replay(*given)
        for parameter, gradient in zip(self._parameters, gradients, strict=True):
            parameter.grad = gradient
        return loss, score, len(given[0])

    def _of_rows(self, rows: Tensor, *held: Tensor) -> tuple[Any, ...]:
        # The part picks from what is held by itself; given along, others can take its place in a replay.
        del held
        loss, score, _ = self._whole(rows, 0)
        return self._with_gradients(loss, score)

    def _of_batch(self, inputs: Tensor, truth: Tensor, *targets: Tensor) -> tuple[Any, ...]:
        return self._with_gradients(*self._compared(inputs, truth, *targets))

    def _with_gradients(self, loss: Tensor, score: Tensor) -> tuple[Any, ...]:
        return loss.detach(), score, *torch.autograd.grad(loss, self._parameters, allow_unused=True)

    def _whole(self, rows: Rows, number: int) -> tuple[Tensor, Tensor, int]:
        """The mean loss over these rows, and their metric."""
        inputs, targets, truth = self._part.training_batch(rows, number)
        return *self._compared(inputs, truth, *targets), len(inputs)

    def _compared(self, inputs: Tensor, truth: Tensor, *targets: Tensor) -> tuple[Tensor, Tensor]:
        values = self._network.training_values(inputs)
        return self._loss_of(values, targets), self._part.score(values[0], truth)

    def _at(self, half: torch.dtype) -> Callable[[Rows, int], tuple[Tensor, Tensor, int]]:
        """`_whole`, with those operations in half precision that bear it."""

        def mixed(rows: Rows, number: int) -> tuple[Tensor, Tensor, int]:
            with torch.autocast(self._device.type, half):
                return self._whole(rows, number)

        return mixed

    def _backward(self, loss: Tensor) -> None:
        (self._scaler.scale(loss) if self._scaler else loss).backward()

    def _descend(self) -> None:
        if self._scaler is None:
            self._clipped()
            self._step()
            return
        self._scaler.unscale_(self.optimizer)
        self._clipped()
        # A gradient that half precision could not hold is passed over, and the next is scaled less.
        self._scaler.step(self.optimizer)
        self._scaler.update()

    def _clipped(self) -> None:
        if self.watch:
            self.watch.see_gradients()
        if self._clip:
            self._clip.made(resolve, (self._parameters,))


def _finite(values: Iterable[Any]) -> bool:
    """Whether all numbers among these are."""
    floating = (value for value in values if isinstance(value, Tensor) and value.is_floating_point())
    return all(bool(value.isfinite().all()) for value in floating)


class Average:
    """A mean of a network's weights over the course of a training, statistics of normalizations included."""

    def __init__(self, network: nn.Module) -> None:
        named = dict[str, Tensor]([*network.named_parameters(), *network.named_buffers()])
        self._live = {name: value for name, value in named.items() if value.is_floating_point()}
        self._means = {name: value.detach().clone() for name, value in self._live.items()}
        self.count = 0
        """How many weights are in the mean."""

    def take(self, function: Any) -> None:
        """Lets the weights enter the mean, by a call of `engine.averages`."""
        live = [value.detach() for value in self._live.values()]
        if self.count:
            function.made(lambda name: getattr(averages, name), (list(self._means.values()), live, self.count))
        else:
            for mean, value in zip(self._means.values(), live, strict=True):
                mean.copy_(value)
        self.count += 1

    def swap(self) -> None:
        """Gives the network the means and keeps its weights here; once more, and all is as before."""
        for name, value in self._live.items():
            value.data, self._means[name] = self._means[name], value.data

    def values(self) -> Iterable[Tensor]:
        """The means."""
        return self._means.values()

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """The means, by the names of the weights."""
        yield from self._means.items()

    def restore(self, tensors: Mapping[str, Tensor], count: int) -> None:
        """Takes up the means of so many weights. Raises LookupError and RuntimeError where they are not its own."""
        for name, mean in self._means.items():
            mean.copy_(tensors[name])
        self.count = count
