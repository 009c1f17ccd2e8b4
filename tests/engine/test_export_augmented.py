"""The exported training script does to its samples what the training did."""

import runpy
import sys
from pathlib import Path

import pytest
import torch
from drawings import stack
from test_export import exported, python
from test_source import assert_clean
from training_runs import trained

from engine.augmentation import Augmentation, HorizontalFlip, Mixup, Noise, Rotate, Shift
from engine.augmentation.augmenter import Augmenter
from engine.data import Data, prepare
from engine.datasets import Dataset, Diabetes, Digits, DigitScenes, Iris
from engine.layers import Conv2d, Flatten, Input, Linear, Output
from engine.losses import BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError
from engine.optimizers import Adam
from engine.project import Project
from engine.training import Training

ALL = tuple(kind() for kind in Augmentation.kinds.values())
FLAT = (Input(), Flatten(), Linear(10), Output())


def drawn(dataset: Dataset, layers: tuple, loss: Loss, balance: str, *augmentation: Augmentation) -> Project:
    data = Data(dataset, balance=balance, augmentation=augmentation)
    return Project(stack(*layers), data, Training(loss, Adam(), epochs=1), "Changed")


PROJECTS = {
    "all": drawn(Digits(), FLAT, CrossEntropy(), "class weights", *ALL),
    "noise": drawn(Digits(), FLAT, BinaryCrossEntropy(), "class weights", Noise()),
    "pixels": drawn(
        DigitScenes(), (Input(), Conv2d(11, padding=1), Output()), CrossEntropy(), "none", Rotate(), HorizontalFlip()
    ),
    "table": drawn(Iris(), (Input(), Linear(3), Output()), CrossEntropy(), "balanced sampling", Noise(), Mixup()),
    "numbers": drawn(Diabetes(), (Input(), Linear(1), Output()), MeanSquaredError(), "none", Noise(), Mixup()),
    "balanced": drawn(Iris(), (Input(), Linear(3), Output()), MeanSquaredError(), "balanced sampling"),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_script_augments_with_torch_alone(name: str, tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", PROJECTS[name])
    (tmp_path / "out").mkdir()
    exported(run, "python", tmp_path / "out" / "my_net.py")
    assert_clean(tmp_path / "out")
    alone = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__'); "
    alone += "assert not {'engine', 'msgspec'} & {*sys.modules}"
    told = python("-I", "-c", alone, tmp_path / "out", tmp_path / "out" / "my_net_train.py").splitlines()
    assert len(told) == 2
    assert "nan" not in told[0]


def test_script_changes_a_batch_as_the_training_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = drawn(Digits(), FLAT, CrossEntropy(), "none", HorizontalFlip(), Rotate(), Shift(), Noise())
    run, _ = trained(tmp_path / "run", project)
    exported(run, "python", tmp_path / "alike.py")
    monkeypatch.syspath_prepend(tmp_path)
    script = runpy.run_path(str(tmp_path / "alike_train.py"))
    sys.modules.pop("alike", None)
    train = prepare(project.data).train
    work, x = Augmenter(project.data, train.inputs, 0), torch.from_numpy(train.inputs[:16]).float()
    changed, _ = work.change(x.clone(), torch.zeros(16), work.draw(3))
    assert torch.allclose(script["augmented"](x / 16, work.draw(3)), changed / 16, atol=1e-6)
