"""What is kept of a training: weights that anyone can load, and a state from which it goes on as if never interrupted.

``NAME.safetensors`` holds weights by their names in the network. ``last.state.safetensors`` holds all of a training in
one file, so that no crash can leave halves of two: weights (``network.…``), their mean where one is kept
(``average.…``), the optimizer's memory (``optimizer.INDEX.…``), the random numbers (``random.…``) and, in its metadata,
the `State` and what is a number of that memory. Neither can hold code.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from engine.disk import write_atomically
from engine.errors import RunError
from engine.events import Count
from engine.runs import Run
from engine.stepping import Stepper
from engine.stopping import Waiting

Value = TypeVar("Value")


class State(msgspec.Struct):
    """How far a training has come. Sums are over the steps of the epoch that has begun, weighted by samples."""

    epoch: Count = 0
    """Whole epochs."""
    step: Count = 0
    """Steps in all."""
    step_in_epoch: Count = 0
    samples: Count = 0
    loss: float = 0.0
    metric: float = 0.0
    seconds: float = 0.0
    """Of all epochs, without pauses."""
    epoch_seconds: float = 0.0
    changes: dict[str, Any] = {}
    """Settings that were changed while training, by their paths in the project."""
    reduced: float = 1.0
    """What the learning rate is multiplied by, because nothing got better."""
    waiting: dict[str, Waiting] = {}
    """What those have seen who watch the validation: the rules that end a training, by place, and ``schedule``."""
    cut_place: Count = 0
    cut_step: Count = 0
    """Samples and steps of the epoch before its batch size changed; 0: it has not."""
    began_with: Count = 0
    """The batch size at the start of such an epoch."""
    ahead: int = 0
    """By how many steps the schedule is ahead, had the batch size always been what it is now."""
    ended: str = ""
    """Why a rule has ended the training; empty: none has."""

    def begin_epoch(self) -> None:
        """Counts an epoch as done and starts the next."""
        self.epoch += 1
        self.step_in_epoch = self.samples = 0
        self.cut_place = self.cut_step = self.began_with = 0
        self.loss = self.metric = self.epoch_seconds = 0.0


class Best(msgspec.Struct, frozen=True):
    """The weights that did best in validation. Ranks compare item by item, the larger the better; empty: not judged."""

    weights: dict[str, Tensor]
    rank: tuple[float, ...] = ()
    epoch: int = 0
    step: int = 0


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the weights as they are now."""
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def write_best(run: Run, best: Best) -> None:
    """Writes ``best.safetensors``. Raises OSError, with what was there before untouched."""
    about = {"rank": msgspec.json.encode(best.rank).decode(), "epoch": str(best.epoch), "step": str(best.step)}
    _write(run.path / "checkpoints" / "best.safetensors", best.weights, about)


def write_kept(run: Run, network: nn.Module, state: State) -> None:
    """Writes the weights under the number of whole epochs, where no later ones replace them. Raises OSError."""
    _write(run.path / "checkpoints" / f"{state.epoch}.safetensors", network.state_dict(), _place(state))


def read_best(run: Run, device: torch.device) -> Best | None:
    """The best weights so far; None: there are none. Raises `RunError`."""
    path = run.path / "checkpoints" / "best.safetensors"
    if not path.is_file():
        return None
    weights, about = _read(path, device)
    try:
        rank = msgspec.json.decode(about.get("rank", "[]"), type=tuple[float, ...])
        return Best(weights, rank, int(about.get("epoch", 0)), int(about.get("step", 0)))
    except ValueError as fault:
        raise _unreadable(path, fault) from None


def read_weights(run: Run, checkpoint: str) -> dict[str, Tensor]:
    """The weights of a checkpoint, on the CPU. Raises `RunError`."""
    return _read(run.weights(checkpoint), torch.device("cpu"))[0]


def give(network: nn.Module, weights: Mapping[str, Tensor], run: Run, checkpoint: str) -> None:
    """Gives a network the weights of a checkpoint. Raises `RunError` where they are not its own."""
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        raise RunError(
            f"The checkpoint “{checkpoint}” of {run.name} belongs to another network.",
            expected="A run folder holds the weights of the network in its project.loom.",
            fix="Train the run anew.",
        ) from None


def write_last(run: Run, network: nn.Module, stepper: Stepper, state: State) -> None:
    """Writes the state, then the weights as ``last.safetensors``. Raises OSError, with older files untouched."""
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    numbers = dict[str, Any]()
    for index, memory in stepper.optimizer.state_dict()["state"].items():
        for name, value in memory.items():
            _flatten(f"optimizer.{index}.{name}", value, tensors, numbers)
    if stepper.average:
        tensors |= {f"average.{name}": tensor for name, tensor in stepper.average.tensors()}
        numbers["average"] = stepper.average.count
    numbers["stepper"] = stepper.memory()
    tensors["random.cpu"] = torch.get_rng_state()
    device = next(network.parameters()).device
    if device.type == "cuda":
        tensors["random.cuda"] = torch.cuda.get_rng_state(device)
    folder = run.path / "checkpoints"
    about = {"state": msgspec.json.encode(state).decode(), "numbers": msgspec.json.encode(numbers).decode()}
    _write(folder / "last.state.safetensors", tensors, about)
    with stepper.averaged():
        _write(folder / "last.safetensors", network.state_dict(), _place(state))


def _flatten(name: str, value: Any, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
    """What an optimizer remembers under a name: tensors, a list of them, each under its place in it, or a number."""
    if isinstance(value, Tensor):
        tensors[name] = value
    elif isinstance(value, list) and all(isinstance(each, Tensor) for each in value):
        tensors.update({f"{name}.{place}": each for place, each in enumerate(value)})
    elif isinstance(value, int | float):
        numbers[name] = value


def read_state(run: Run) -> State:
    """How far the last checkpoint is. Raises `RunError`."""
    path = _state_path(run)
    try:
        with safe_open(path, "pt") as file:
            return msgspec.json.decode((file.metadata() or {}).get("state", ""), type=State)
    except (OSError, SafetensorError, msgspec.DecodeError) as fault:
        raise _unreadable(path, fault) from None


def restore(run: Run, network: nn.Module, stepper: Stepper, device: torch.device) -> None:
    """Gives a network, its optimizer and torch's random numbers what the last checkpoint holds. Raises `RunError`."""
    path = _state_path(run)
    tensors, about = _read(path, torch.device("cpu"))
    give(network, _below("network.", tensors), run, "last")
    optimizer = stepper.optimizer
    try:
        numbers = msgspec.json.decode(about.get("numbers", "{}"), type=dict[str, Any])
        parameters = [each for group in optimizer.param_groups for each in group["params"]]
        memories = _memories(tensors | numbers, parameters)
        optimizer.load_state_dict({**optimizer.state_dict(), "state": memories})
        stepper.remember(numbers.get("stepper", {}))
        if stepper.average:
            stepper.average.restore(_below("average.", tensors), numbers["average"])
        torch.set_rng_state(tensors["random.cpu"])
        if device.type == "cuda" and "random.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random.cuda"], device)
    except (LookupError, TypeError, ValueError, RuntimeError, msgspec.DecodeError):
        raise _unreadable(path, ValueError("it does not hold the whole state of a training")) from None


def _memories(found: Mapping[str, Any], parameters: list[nn.Parameter]) -> dict[int, dict[str, Any]]:
    """What the optimizer remembers of each weight."""
    memories: dict[int, dict[str, Any]] = {}
    for name, value in _below("optimizer.", found).items():
        index, _, key = name.partition(".")
        key, _, place = key.partition(".")
        memory = memories.setdefault(int(index), {})
        if not place:
            memory[key] = _laid_out_as(parameters[int(index)], value)
        else:
            memory.setdefault(key, {})[int(place)] = value
    return {index: {key: _in_order(value) for key, value in memory.items()} for index, memory in memories.items()}


def _in_order(value: Any) -> Any:
    """A list as it was, of which each entry came under its place."""
    return [value[place] for place in range(len(value))] if isinstance(value, dict) else value


def _place(state: State) -> dict[str, str]:
    return {"epoch": str(state.epoch), "step": str(state.step)}


def _laid_out_as(parameter: Tensor, value: Any) -> Any:
    """Fused optimizers take parameter and memory for laid out alike; a file knows one layout only."""
    return (
        value
        if not isinstance(value, Tensor) or value.shape != parameter.shape
        else torch.empty_like(parameter, device="cpu").copy_(value)
    )


def _below(prefix: str, named: Mapping[str, Value]) -> dict[str, Value]:
    return {name.removeprefix(prefix): value for name, value in named.items() if name.startswith(prefix)}


def _state_path(run: Run) -> Path:
    return run.path / "checkpoints" / "last.state.safetensors"


def _write(path: Path, tensors: Mapping[str, Tensor], about: dict[str, str]) -> None:
    # Through bytes, because safetensors' own writer hides why the disk refuses.
    content = save({name: tensor.contiguous() for name, tensor in tensors.items()}, about)
    write_atomically(path, lambda file: file.write_bytes(content))


def _read(path: Path, device: torch.device) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, "pt", device=str(device)) as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as fault:
        raise _unreadable(path, fault) from None


def _unreadable(path: Path, fault: Exception) -> RunError:
    return RunError(
        f"The checkpoint {path} cannot be read: {str(fault).splitlines()[0].rstrip('.')}.",
        fix="Use another checkpoint, or train once more.",
    )
