"""What a training does to its weights, and what it takes of the machine, looked at a few times a second.

A look reads weights and gradients and changes neither: with and without it a training comes to the same weights, bit
for bit. What it finds stays on the device until the next line of the log. Most steps are not looked at, and all looks
together take less than a hundredth of the time.
"""

import math
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psutil
import torch
from torch import Tensor, nn

from engine.blocks import Block
from engine.events import Watched
from engine.graph import Graph

LEAST_SECONDS = 0.25
"""Between two looks."""

SHARE = 0.01
"""Of the time, that looks may take."""

LINES = 2000
"""In which the time between two looks becomes e times as long, so that a training of days does not fill its log."""

WHOLE = 2**20
MOST = 2**16
"""How many weights of a tensor are compared before and after a step, evenly spread; of a network of `WHOLE`, all."""

DIGITS = 4


class Watch:
    """Looks at a step when one `is_due`: for each layer, how long its gradient is, and how far the step moves it."""

    def __init__(self, graph: Graph, network: nn.Module, device: torch.device) -> None:
        self._device = device
        self._process = psutil.Process()
        self._layers = weights_of_layers(graph, network)
        weights = sum(weight.numel() for layer in self._layers.values() for weight in layer)
        self._most = WHOLE if weights <= WHOLE else MOST
        self._looks = self.is_due = bool(self._layers)
        """Whether the next step is to be looked at."""
        self._look: Look | None = None
        self._begun = self._due = time.monotonic()
        self._cost = 0.0
        self._said = False

    def look_at_steps(self, looks: bool) -> None:
        """Begins or ceases to look at steps; what the machine gives is seen in any case."""
        self._looks = self.is_due = looks and bool(self._layers)
        self._look = None

    @contextmanager
    def looking(self, step: int) -> Generator[None]:
        """While this lasts, the step of this number is taken."""
        with self._counted():
            self._look = Look(step, list(self._layers.values()), self._most)
        yield
        with self._counted():
            self._look.end()
        self.is_due = False

    def see_gradients(self) -> None:
        """Takes the lengths of the gradients, which are not clipped yet."""
        if self.is_due and self._look:
            with self._counted():
                self._look.see_gradients()

    def line(self, step: int, learning_rate: float) -> Watched | None:
        """What was seen since the last line; ``step`` is the last that was taken. None: it is not time."""
        now = time.monotonic()
        if now < self._due:
            return None
        if self._looks and self._look is None:
            self.is_due = True
            return None
        with self._counted():
            found = self._look.found() if self._look else Found()
        step = self._look.step if self._look else step
        self._due = now + max(LEAST_SECONDS, self._cost / SHARE, (now - self._begun) / LINES)
        names = tuple(self._layers) if self._look and not self._said else ()
        self._said = self._said or bool(names)
        self._look, self._cost = None, 0.0
        return Watched(
            time=time.time(),
            step=step,
            learning_rate=learning_rate,
            memory=self._process.memory_info().rss,
            device_memory=memory_of(self._device),
            gradient=found.gradient,
            gradients=found.gradients,
            updates=found.updates,
            layers=names,
        )

    @contextmanager
    def _counted(self) -> Generator[None]:
        began = time.perf_counter()
        yield
        self._cost += time.perf_counter() - began


class Found(NamedTuple):
    """What a look comes to, as in `Watched`."""

    gradient: float | None = None
    gradients: list[float | None] = []
    updates: list[float | None] = []


class Look:
    """A step that is looked at: its gradients, and its weights before and after it."""

    def __init__(self, step: int, layers: Sequence[Sequence[Tensor]], most: int) -> None:
        self.step = step
        self._layers, self._most = layers, most
        # Layers may be frozen while it trains.
        self._weights = [weight for layer in layers for weight in layer if weight.requires_grad]
        self._before = self._sampled()
        self._lengths = [_lengths(self._before)]
        self._learning: list[Tensor] = []

    def see_gradients(self) -> None:
        """Takes the lengths of the gradients; of several places that a step tries, at the first."""
        if len(self._lengths) > 1:
            return
        self._learning = [weight for weight in self._weights if weight.grad is not None]
        self._lengths.append(_lengths([_values(weight.grad) for weight in self._learning if weight.grad is not None]))

    def end(self) -> None:
        """The step is taken."""
        moves = [after - before for after, before in zip(self._sampled(), self._before, strict=True)]
        self._lengths.append(_lengths(moves))
        self._before = []

    def found(self) -> Found:
        """What it comes to, read from the device."""
        known = [length for lengths in self._lengths for length in lengths]
        numbers = iter(torch.stack(known).tolist() if known else [])
        before, gradients, moves = (
            {id(weight): next(numbers) for weight in weights}
            for weights in (self._weights, self._learning, self._weights)
        )
        shares = {id(weight): (weight.numel() / _kept(weight, self._most)) ** 0.5 for weight in self._weights}
        lengths = [_length([gradients.get(id(weight)) for weight in layer]) for layer in self._layers]
        updates: list[float | None] = []
        for layer in self._layers:
            far, long = (
                _length([shares[id(weight)] * part[id(weight)] for weight in layer if id(weight) in part])
                for part in (moves, before)
            )
            updates.append(_short(far / long) if far is not None and long else None)
        return Found(_short(_length(lengths)), [_short(length) for length in lengths], updates)

    def _sampled(self) -> list[Tensor]:
        return [_sample(weight.detach(), self._most) for weight in self._weights]


def weights_of_layers(graph: Graph, network: nn.Module) -> dict[str, list[Tensor]]:
    """The weights of each layer that has some, by its name: ``conv2d_1``, ``stage_1.0.conv2d_1``. Those that several
    share are of the first.
    """
    starts, found = list(_starts(graph)), dict[str, list[Tensor]]()
    for name, weight in network.named_parameters():
        start = next((start for start in starts if name.startswith(f"{start}.")), name.rpartition(".")[0])
        found.setdefault(start, []).append(weight)
    return found


def _starts(graph: Graph, prefix: str = "") -> Iterator[str]:
    """How the names of the weights of each layer start."""
    for node in graph.nodes:
        start = f"{prefix}{node.id}"
        if isinstance(node.layer, Block):
            repeated = [f"{start}.{number}." for number in range(node.layer.repeat)]
            for inner in repeated if len(repeated) > 1 else [f"{start}."]:
                yield from _starts(node.layer.inside, inner)
        else:
            yield start


def memory_of(device: torch.device) -> int:
    """Bytes of a graphics card that this process holds; 0: there is none."""
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    return torch.mps.driver_allocated_memory() if device.type == "mps" else 0


def _kept(weight: Tensor, most: int) -> int:
    return len(range(0, weight.numel(), _stride(weight, most)))


def _stride(weight: Tensor, most: int) -> int:
    """From one number of a sample to the next. It shares no divisor with the rows, or they would come in turns."""
    stride = -(-weight.numel() // most)
    while math.gcd(stride, weight.numel()) > 1:
        stride += 1
    return stride


def _sample(weight: Tensor, most: int) -> Tensor:
    """A copy of so many numbers, evenly spread over where they lie in memory, or of all."""
    if weight.numel() <= most:
        return weight.clone()
    return weight.as_strided((_kept(weight, most),), (_stride(weight, most),)).clone()


def _values(gradient: Tensor) -> Tensor:
    return gradient.coalesce().values() if gradient.is_sparse else gradient


def _lengths(tensors: list[Tensor]) -> list[Tensor]:
    """The norm of each, still on the device."""
    if not tensors:
        return []
    norms = torch._foreach_norm(tensors)  # pyright: ignore[reportPrivateImportUsage, reportPrivateUsage]
    return [norm.float() for norm in norms]


def _length(parts: Sequence[float | None]) -> float | None:
    """The norm of what has these norms in its parts; None: it has none."""
    known = [part for part in parts if part is not None]
    return math.hypot(*known) if known else None


def _short(value: float | None) -> float | None:
    """As it stands in a log, which knows no infinity."""
    return float(f"{value:.{DIGITS}g}") if value is not None and math.isfinite(value) else None
