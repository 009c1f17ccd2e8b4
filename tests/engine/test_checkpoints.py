"""A checkpoint that someone has cut, edited or swapped is refused in a sentence that names the file."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from networks import NETWORKS
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from training_runs import only, trained

from engine.errors import RunError
from engine.evaluation import evaluate
from engine.events import Failed
from engine.preprocessing import Preprocessing
from engine.project import save
from engine.runs import Run

Tensors = dict[str, Tensor]
PROJECT = NETWORKS["mlp"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("runs") / "run", PROJECT)[0]


@pytest.fixture
def run(finished: Run, tmp_path: Path) -> Run:
    """A run that goes on for more epochs unless something keeps it from that."""
    copy = Run(Path(shutil.copytree(finished.path, tmp_path / "run")))
    save(PROJECT.with_value("training.epochs", 2 * PROJECT.training.epochs), copy.path / "project.loom")
    return copy


def rewrite(file: Path, tensors: Callable[[Tensors], Tensors], about: dict[str, str] | None = None) -> None:
    with safe_open(file, "pt") as opened:
        held, known = {name: opened.get_tensor(name) for name in opened.keys()}, opened.metadata()  # noqa: SIM118
    save_file(tensors(held), file, about or known)


def without(word: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {name: tensor for name, tensor in tensors.items() if not name.startswith(word)}


def renamed(old: str, new: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {name.replace(old, new): tensor for name, tensor in tensors.items()}


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:100]),
    "a header without end": lambda file: file.write_bytes(b"\xff" * 7 + b"\x7f{"),
    "no random numbers": lambda file: rewrite(file, without("random")),
    "a memory of no weight": lambda file: rewrite(file, renamed("optimizer.0", "optimizer.99")),
    "a memory of a word": lambda file: rewrite(file, renamed("optimizer.0", "optimizer.x")),
    "before its beginning": lambda file: rewrite(file, without("-"), {"state": '{"epoch":-5,"step":-3}'}),
    "no state": lambda file: rewrite(file, without("-"), {"state": "[]"}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_state_that_was_tampered_with_is_not_gone_on_from(run: Run, damage: Callable[[Path], object]) -> None:
    damage(run.path / "checkpoints" / "last.state.safetensors")
    assert "last.state.safetensors cannot be read" in refusal(run)


def test_best_weights_without_their_rank_are_told(run: Run) -> None:
    rewrite(run.path / "checkpoints" / "best.safetensors", without("-"), {"rank": '"x"', "epoch": "x"})
    assert "best.safetensors cannot be read" in refusal(run)


def test_a_run_whose_network_was_edited_does_not_go_on(run: Run) -> None:
    drawn = run.project()
    save(drawn.with_value("network.linear_1.out_features", 77), run.path / "project.loom")
    assert "belongs to another network" in refusal(run)


@pytest.mark.parametrize(
    ("entry", "value", "words"),
    [
        ("shape", [4, 1], "belongs to other data"),
        ("classes", ["only one"], "belongs to other data"),
        ("inputs", {"offset": [1, 2, 3], "scale": [1, 2, 3]}, "does not fit samples of"),
    ],
)
def test_a_scaling_of_other_samples_is_told(run: Run, entry: str, value: object, words: str) -> None:
    file = run.path / "preprocessing.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), entry: value}))
    for ask in (evaluate, Preprocessing.read):
        with pytest.raises(RunError, match=words):
            ask(run)


def refusal(run: Run) -> str:
    """What a training that is to go on says instead."""
    try:
        (failed,) = only(Failed, trained(run.path, PROJECT, resume=True)[1])
    except RunError as error:
        return error.message
    return failed.message
