"""What torch itself says of one layer: its output shape, its parameters, its cost.

A layer is made and run on torch's *meta* device, which knows shapes and no numbers. So there is no second shape rule
that could disagree with torch, no memory is used, and a layer of a billion weights answers as fast as a small one.

The code of a Python layer may not know that device: it is tried on samples, in a process of its own.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from operator import add, attrgetter, matmul, mul, pow, sub, truediv
from pkgutil import resolve_name
from typing import Any, NamedTuple

import msgspec
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm  # pyright: ignore[reportPrivateUsage]
from torch.nn.parameter import is_lazy
from torch.utils.flop_counter import FlopCounterMode

from engine import modules, trust
from engine.call import JUDGES, OWN, Call
from engine.examiner import Examiner, NoAnswerError
from engine.layers import Layer, PythonLayer
from engine.layers.python import EXAMPLE
from engine.layers.weighted import Weighted
from engine.spec import Shape, abbreviate
from engine.written import class_of

# Two, because normalising over a batch of one is refused; the count is divided by it.
BATCH = 2

RESERVED = frozenset(dir(nn.Module())) | {"training_values"}
"""Names that a submodule of a network cannot have."""


class Measured(msgspec.Struct, frozen=True):
    """A layer for inputs of certain shapes. FLOPs are for one sample; ``refusal``: why torch does not take them."""

    output_shape: Shape | None = None
    parameters: int = 0
    trainable_parameters: int = 0
    flops: int = 0
    needs_batch: bool = False
    """Whether it cannot be trained on one sample at a time."""
    refusal: str = ""


class Question(msgspec.Struct, frozen=True):
    """A Python layer and the shapes of what arrives, as they go to the process that tries it."""

    settings: dict[str, Any]
    shapes: tuple[Shape, ...]


_OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
    "@": matmul,
    "**": pow,
}


def resolve(name: str) -> Callable[..., Any]:
    """What the dotted name of a `Call` stands for: ``nn.Conv2d``, ``torch.cat``, ``modules.Residual``, ``+``."""
    if name in _OPERATORS:
        return _OPERATORS[name]
    if name.startswith(OWN):
        return getattr(modules, name.removeprefix(OWN))
    if name.startswith(JUDGES):
        # Its import takes a second, which most trainings need not wait for.
        return resolve_name(name)
    return attrgetter(name.removeprefix("torch."))(torch)


def function_of(layer: Layer, *shapes: Shape) -> tuple[Callable[..., Tensor] | None, nn.Module | None]:
    """What a layer does to inputs of these shapes and, where it has one, its module; no function: nothing."""
    call, use = layer.module(*shapes), layer.use(*shapes)
    if call is None:
        return None, None
    if not call.is_module:
        return lambda *inputs: call.made(resolve, inputs), None
    module = _written(layer, call, shapes) if isinstance(layer, PythonLayer) else call.made(resolve)
    if isinstance(layer, Weighted):
        _begin(module, layer)
    return (module if use is None else Used(use, module)), module


def _written(layer: PythonLayer, call: Call, shapes: tuple[Shape, ...]) -> nn.Module:
    """The module that a person has written. Raises `ProjectError` where its code may not run."""
    module: nn.Module = call.made(lambda _name: class_of(layer.source))
    if any(map(is_lazy, module.parameters())):
        # Lazy modules learn their sizes from what they are first applied to.
        with torch.no_grad():
            module.eval()(*(torch.zeros(BATCH, *shape) for shape in shapes))
            module.train()
    return module


def _begin(module: nn.Module, layer: Weighted) -> None:
    """Gives weights the first values, and the bounds, that their layer asks for."""
    for name, parameter in module.named_parameters() if layer.beginnings() else ():
        if made := layer.beginning_of(name, parameter.dim()):
            made.made(resolve, (parameter,))
    if bound := layer.bound():
        resolve(bound)(module)


class Used(NamedTuple):
    """A module applied as its layer says."""

    use: Call
    module: nn.Module

    def __call__(self, *inputs: Tensor) -> Tensor:
        return self.use.made(resolve, inputs, self.module)


@lru_cache(maxsize=16_384)
def measure(layer: Layer, shapes: tuple[Shape, ...]) -> Measured:
    """The layer for inputs of these shapes (without the batch), whose ranks it accepts.

    The code of a Python layer that has failed is not run again until it changes. Raises `ProjectError` where it may
    not run at all.
    """
    if isinstance(layer, PythonLayer) and layer.source != EXAMPLE:
        return _examined(layer, shapes)
    try:
        with torch.device("meta"), torch.no_grad():
            inputs = tuple(torch.empty(BATCH, *shape) for shape in shapes)
            function, module = function_of(layer, *shapes)
            return _run(function, module, inputs) if function else Measured(shapes[0])
    # What torch raises where a shape does not fit; it has no exception of its own for that.
    except (RuntimeError, ValueError, TypeError, LookupError, AssertionError, ArithmeticError) as refusal:
        return Measured(refusal=in_short(refusal))


def _examined(layer: PythonLayer, shapes: tuple[Shape, ...]) -> Measured:
    trust.check_source(layer.source)
    try:
        answer = _examiner().ask(msgspec.json.encode(Question(layer.settings(), shapes)))
    except NoAnswerError as fault:
        return Measured(refusal=str(fault))
    return msgspec.json.decode(answer, type=Measured)


@cache
def _examiner() -> Examiner:
    """The one of this process."""
    return Examiner()


def _run(function: Callable[..., Tensor], module: nn.Module | None, inputs: tuple[Tensor, ...]) -> Measured:
    with FlopCounterMode(display=False) as counter:
        output = function(*inputs)
    parameters = list(module.parameters()) if module else []
    return Measured(
        tuple(output.shape[1:]),
        sum(parameter.numel() for parameter in parameters),
        sum(parameter.numel() for parameter in parameters if parameter.requires_grad),
        counter.get_total_flops() // BATCH,
        isinstance(module, BatchNorm) and inputs[0].numel() == BATCH * inputs[0].shape[1],
    )


def compares_samples(network: nn.Module) -> bool:
    """Whether a network has a layer that a batch of one may not train."""
    return any(isinstance(module, BatchNorm) for module in network.modules())


def in_short(fault: BaseException) -> str:
    """The first line of torch's reason, short enough for a sentence and without its full stop."""
    lines = str(fault).strip().splitlines()
    if lines and "overflow" in lines[0]:
        return "the numbers it would hold are too many for any machine"
    return abbreviate(lines[0]).rstrip(". ") if lines else type(fault).__name__
