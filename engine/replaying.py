"""Computations that are made again and again, without Python between their operations.

For a network of a few weights, Python and what torch notes for its gradients take several times as long as computing.
So what such a computation does is taken down while it is made, one operation of torch after the other, those of the
gradients too; from there on they run as TorchScript: the same operations on the same tensors, bit for bit.
"""
# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

SETTLED = 100
"""How often a computation is made before it is worth to be taken down."""

LONGEST_SECONDS = 0.008
"""In what takes longer, Python does not matter."""

UNSURE = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
"""Marks operations that let Python read numbers, or whose answer is not as large each time."""

COUNTS = torch.ops.aten.bincount.default
"""Answers with as many numbers as it is asked for, where all that it counts is below that."""

LSTM = torch.ops.aten.mkldnn_rnn_layer.default
"""Keeps what its gradients need only where gradients are noted."""

MEMORY_FORMATS = {
    torch.contiguous_format: 0,
    torch.preserve_format: 1,
    torch.channels_last: 2,
    torch.channels_last_3d: 3,
}
"""As TorchScript numbers them."""

DETACHES = torch.ops.aten.detach.default
"""Where no gradients are noted, there is nothing to detach from."""

Answers = tuple[Any, ...]
"""Tensors, or None where there is none."""
Script = Callable[[tuple[Tensor, ...]], Answers]


class Replay:
    """``compute``, which takes tensors of the same shapes each time, on the CPU, and answers with tensors.

    Whatever else it reads must be tensors that stay where they are, such as weights. Two calls in a row show whether it
    does: what reads numbers back, or does not do the same twice, is always made as it stands.
    """

    def __init__(self, compute: Callable[..., Answers]) -> None:
        self._compute = compute
        self._calls, self._seconds = 0, 0.0
        self._before: Notes | None = None
        self._script: Script | None = None

    def __call__(self, *inputs: Tensor) -> Answers:
        """What ``compute`` answers."""
        if self._script is not None:
            return self._script(inputs)
        self._calls += 1
        if self._calls <= SETTLED:
            began = time.perf_counter()
            answers = self._compute(*inputs)
            self._seconds += time.perf_counter() - began
            return answers
        is_short = self._seconds < SETTLED * LONGEST_SECONDS
        return self._noted(inputs) if is_short and self._calls <= SETTLED + 2 else self._compute(*inputs)

    def _noted(self, inputs: tuple[Tensor, ...]) -> Answers:
        notes, before = Notes(inputs), self._before
        with notes:
            answers = self._compute(*inputs)
        self._before = None if before else notes
        if before and notes.say_the_same(before):
            self._script = notes.script(answers)
        return answers


@dataclass(frozen=True)
class Place:
    """Stands for the tensor of this number."""

    number: int


class Line(NamedTuple):
    """One operation, with places for tensors."""

    operation: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    answers: Any

    @property
    def is_sure(self) -> bool:
        """Whether it does the same each time, and Python learns nothing of what it answers."""
        return self.operation is COUNTS or (self.operation is not LSTM and UNSURE.isdisjoint(self.operation.tags))

    def given(self) -> Iterator[tuple[Any, Any]]:
        """What the operation takes, with the type of each; what is not said is as it is by itself."""
        for number, argument in enumerate(self.operation._schema.arguments):
            said = self.options.get(argument.name, argument.default_value)
            yield (self.arguments[number] if number < len(self.arguments) else said), argument.type


class Notes(TorchDispatchMode):
    """While this lasts, takes down what torch does."""

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()
        self._inputs = inputs
        # All that come are held: no two lie at the same address.
        self._tensors = list(inputs)
        self._numbers = {id(tensor): number for number, tensor in enumerate(inputs)}
        self._lines: list[Line] = []
        self._kept: dict[int, Tensor] = {}
        """What no operation has made: weights, samples."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options: dict[str, Any] = kwargs or {}
        line = Line(func, _mapped(args, self._taken), _mapped(options, self._taken), None)
        answers = func(*args, **options)
        if func is DETACHES:
            self._tensors.append(answers)
            self._numbers[id(answers)] = line.arguments[0].number
        else:
            self._lines.append(line._replace(answers=_mapped(answers, self._placed)))
        return answers

    def say_the_same(self, others: "Notes") -> bool:
        """Whether both are of the same operations on the same tensors, but for the inputs, and no others can follow."""
        of_others = others._kept
        are_same = self._kept.keys() == of_others.keys() and all(
            tensor is of_others[number] for number, tensor in self._kept.items()
        )
        return are_same and self._lines == others._lines and all(line.is_sure for line in self._lines)

    def script(self, answers: Answers) -> Script | None:
        """What does the same as was taken down, and answers with these of its tensors. None: torch cannot."""
        if not all(answer is None or id(answer) in self._numbers for answer in answers):
            return None
        places = [None if answer is None else Place(self._numbers[id(answer)]) for answer in answers]
        graph, kept = Graph([*range(len(self._inputs)), *self._kept]), tuple(self._kept.values())
        try:
            for line in self._lines:
                graph.add(line)
            found = graph.function(places)
        except (RuntimeError, TypeError):
            # Given something that TorchScript has no constant for.
            return None

        # What TorchScript would improve, such as sums of products, would not be the same to the last bit.
        torch._C._set_graph_executor_optimize(False)

        def script(inputs: tuple[Tensor, ...]) -> Answers:
            with torch.no_grad():
                return found(*inputs, *kept)

        return script

    def _taken(self, tensor: Tensor) -> Place:
        if id(tensor) not in self._numbers:
            self._kept[len(self._tensors)] = tensor
        return self._placed(tensor)

    def _placed(self, tensor: Tensor) -> Place:
        if id(tensor) not in self._numbers:
            self._numbers[id(tensor)] = len(self._tensors)
            self._tensors.append(tensor)
        return Place(self._numbers[id(tensor)])


class Graph:
    """Operations as TorchScript has them."""

    def __init__(self, inputs: Sequence[int]) -> None:
        self._graph: Any = torch._C.Graph()
        self._values: dict[int, Any] = {number: self._graph.addInput() for number in inputs}

    def add(self, line: Line) -> None:
        """One more operation."""
        schema = line.operation._schema
        made = self._made(schema.name, [self._value(*given) for given in line.given()], len(schema.returns))
        for value, answer in zip(made, schema.returns, strict=True):
            value.setType(answer.type)
        answers = line.answers if isinstance(line.answers, list | tuple) else (line.answers,)
        if isinstance(line.answers, list):
            made = self._made("prim::ListUnpack", made, len(answers))
        for place, value in zip(answers, made, strict=True):
            if place is not None:
                self._values[place.number] = value

    def function(self, answers: Sequence[Place | None]) -> Callable[..., Answers]:
        """What takes the inputs and answers with the tensors at these places."""
        values = [self._value(answer) for answer in answers]
        (together,) = self._made("prim::TupleConstruct", values, 1)
        together.setType(torch._C.TupleType([value.type() for value in values]))
        self._graph.registerOutput(together)
        return torch._C._create_function_from_graph("replayed", self._graph)

    def _made(self, name: str, values: Sequence[Any], answers: int) -> list[Any]:
        return list(self._graph.insertNode(self._graph.create(name, values, answers)).outputs())

    def _value(self, given: Any, kind: Any = None) -> Any:
        if isinstance(given, Place):
            return self._values[given.number]
        if isinstance(given, torch.memory_format):
            given = MEMORY_FORMATS[given]
        if not isinstance(given, list | tuple) or (given and all(isinstance(each, int | float) for each in given)):
            return self._graph.insertConstant(given)
        (value,) = self._made("prim::ListConstruct", [self._value(each) for each in given], 1)
        value.setType(kind if isinstance(kind, torch._C.ListType) else kind.getElementType())
        return value


def _mapped(values: Any, change: Callable[[Tensor], Any]) -> Any:
    """The same with something else for each tensor."""
    match values:
        case Tensor():
            return change(values)
        case list() | tuple():
            return type(values)(_mapped(value, change) for value in values)
        case dict():
            return {name: _mapped(value, change) for name, value in values.items()}
        case _:
            return values
