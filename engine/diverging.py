"""Where a training went astray: the layer in which numbers first ceased to be finite, and what would keep them so.

The steps since the last checkpoint are taken again, which on a processor come out as before, and the last of them are
looked at layer by layer.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from engine import checkpoints
from engine.build import build
from engine.checkpoints import State
from engine.clipping import NoClipping
from engine.errors import RunError
from engine.events import Offer
from engine.ledger import DivergedError
from engine.project import Project
from engine.watching import weights_of_layers

if TYPE_CHECKING:
    from engine.stretch import Stretch

RATE = "training.optimizer.learning_rate"
SECONDS = 20.0
"""For the steps that are taken again, at most; where they take longer, no layer is named."""
SMALLER = 10
"""How many times smaller the learning rate is that is offered."""


def explained(stretch: "Stretch", fault: DivergedError) -> DivergedError:
    """The fault with the layer in which it began, where that can be found, and with what to go back with. The trainer
    is at its end: its network has other weights afterwards.
    """
    told = DivergedError(fault.what, fault.step, _where(stretch, fault.step))
    told.offers = tuple(_offers(stretch.project, _rate_before(stretch), stretch.run.has_checkpoint()))
    return told


def _rate_before(stretch: "Stretch") -> float:
    """The learning rate at the checkpoint that the training has been taken back to."""
    begun_with = stretch.run.project().training.optimizer.learning_rate
    return float(stretch.state.changes.get(RATE, begun_with))


def _offers(project: Project, rate_before: float, goes_back: bool) -> Iterator[Offer]:
    rate = project.training.optimizer.learning_rate
    # With one that was raised since then it went well before.
    rate = rate_before if rate_before < rate else float(f"{rate / SMALLER:.3g}")
    way = "Go back to the last checkpoint" if goes_back else "Begin again"
    yield Offer(f"{way} with a learning rate of {rate:g}", {RATE: rate})
    if isinstance(project.training.clipping, NoClipping):
        yield Offer(f"{way} and clip gradients", {"training.clipping": "ClipNorm"})


def _where(stretch: "Stretch", last: int) -> str:
    """What was not finite first, as in “the gradient of conv2d_1”; empty: not found."""
    try:
        state = stretch.state = _taken_back(stretch)
    except RunError:
        return ""
    bench, until = stretch.bench, time.monotonic() + SECONDS
    bench.stepper.watch, bench.stepper.replays = None, False
    bench.network.train()
    while state.step < last:
        for pieces in stretch.pieces(bench.batches(state.cut_place, state.began_with)):
            stretch.set_rate()
            with _looking(bench.network) as seen:
                loss, *_ = bench.stepper.step(pieces, state.step)
            state.step += 1
            state.step_in_epoch += 1
            if state.step >= last - 1 and (found := _first(stretch, seen, loss)):
                return found
            if state.step >= last or time.monotonic() > until:
                return ""
        bench.stepper.end_epoch(state.epoch + 1)
        state.begin_epoch()
    return ""


def _taken_back(stretch: "Stretch") -> State:
    """Gives the network what it had at the last checkpoint, or at the beginning. Raises `RunError`."""
    run, bench, seed = stretch.run, stretch.bench, stretch.project.training.seed
    bench.stepper.optimizer.state.clear()
    if run.has_checkpoint():
        checkpoints.restore(run, bench.network, bench.stepper, bench.device)
        return checkpoints.read_state(run)
    torch.manual_seed(seed)
    bench.network.load_state_dict(build(stretch.project).state_dict())
    return State()


@contextmanager
def _looking(network: nn.Module) -> Generator[list[str]]:
    """While this lasts, modules whose values are not finite are noted, in the order in which they compute."""
    seen: list[str] = []

    def see(name: str, values: Any) -> None:
        if isinstance(values, Tensor) and values.is_floating_point() and not bool(values.isfinite().all()):
            seen.append(name)

    leaves = [(name, module) for name, module in network.named_modules() if name and not any(module.children())]
    hooks = [
        module.register_forward_hook(lambda _module, _inputs, values, name=name: see(name, values))
        for name, module in leaves
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _first(stretch: "Stretch", seen: list[str], loss: Tensor) -> str:
    """What was not finite first in the step just taken: values, then the loss, gradients from the end, weights."""
    if seen:
        return f"the values of {seen[0]}"
    if not bool(loss.isfinite()):
        return "the loss itself"
    layers = weights_of_layers(stretch.project.network, stretch.bench.network)
    # Scaled gradients of half precision may be infinite: such a step is left out.
    if stretch.project.training.precision != "fp16":
        for name, weights in reversed(layers.items()):
            if any(weight.grad is not None and not bool(weight.grad.isfinite().all()) for weight in weights):
                return f"the gradient of {name}"
    for name, weights in layers.items():
        if not all(bool(weight.isfinite().all()) for weight in weights):
            return f"the weights of {name}"
    return ""
