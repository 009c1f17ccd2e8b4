"""The other end of `engine.examiner`: builds a Python layer, applies it to samples, and says what came of it."""

import os
import sys
import threading

import msgspec
import psutil
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from engine import trust
from engine.examiner import SECONDS
from engine.layers.python import PythonLayer
from engine.measure import BATCH, Measured, Question, function_of
from engine.written import outcome


def serve() -> None:
    """The process's whole life: answers each line with a line until there are no more."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _silence()
    _bound_memory()
    torch.set_num_threads(1)
    answers.write(b"ready\n")
    answers.flush()
    for line in questions:
        # Whoever asked may be gone; then nobody else ends what never ends by itself.
        deadline = threading.Timer(2 * SECONDS, os._exit, (1,))
        deadline.daemon = True
        deadline.start()
        found = examined(msgspec.json.decode(line, type=Question))
        deadline.cancel()
        answers.write(msgspec.json.encode(found) + b"\n")
        answers.flush()


def examined(question: Question) -> Measured:
    """What the layer is for inputs of these shapes, or what went wrong. Never raises."""
    trust.allow([trust.digest(question.settings["source"])])
    found = outcome(lambda: _tried(PythonLayer.read(question.settings, "layer"), question.shapes))
    return Measured(refusal=found) if isinstance(found, str) else found


def _tried(layer: PythonLayer, shapes: tuple[tuple[int, ...], ...]) -> Measured:
    """Applied three times, to batches of different sizes, in training and trained: a sample must have one shape."""
    function, module = function_of(layer, *shapes)
    assert function is not None
    assert module is not None
    found: list[tuple[int, ...]] = []
    flops = 0
    for count, is_training in ((BATCH, True), (BATCH + 1, True), (BATCH, False)):
        module.train(is_training)
        inputs = [torch.rand(count, *shape) for shape in shapes]
        with FlopCounterMode(display=False) as counter:
            output: object = function(*inputs)
        flops = flops or counter.get_total_flops() // BATCH
        if refusal := _refused(output, count):
            return Measured(refusal=refusal)
        assert isinstance(output, Tensor)
        found.append(tuple(output.shape[1:]))
    if len(set(found)) > 1:
        first, other = (_in_words(shape) for shape in list(dict.fromkeys(found))[:2])
        return Measured(refusal=f"changes the shape of its answer from call to call: {first}, then {other}")
    parameters = list(module.parameters())
    return Measured(
        found[0],
        sum(parameter.numel() for parameter in parameters),
        sum(parameter.numel() for parameter in parameters if parameter.requires_grad),
        flops,
    )


def _refused(output: object, count: int) -> str:
    """Why this cannot be the answer to a batch of so many samples; empty: it can."""
    if not isinstance(output, Tensor):
        return f"answers with {_article(type(output).__name__)}, but one tensor is needed"
    if not output.is_floating_point():
        return f"answers with numbers of the type {str(output.dtype).removeprefix('torch.')}, but float32 is needed"
    if output.dim() == 0 or output.shape[0] != count:
        words = f"answers a batch of {count} samples with {_in_words(tuple(output.shape))} values"
        return f"{words}; the first dimension must stay that of the batch"
    return ""


def _article(name: str) -> str:
    return "nothing" if name == "NoneType" else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _in_words(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "a single number"


def _silence() -> None:
    """What code prints goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)


def _bound_memory() -> None:
    """Where the system can, half of the machine's memory is the most that code may take."""
    if sys.platform == "linux":
        import resource

        most = psutil.Process().memory_info().vms + psutil.virtual_memory().total // 2
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
