"""What a person sees of their data before training."""

import pickle
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.data import SPLITS, Data, prepare
from engine.datasets import Cifar10, Dataset, Diabetes, Digits, Mnist, Moons, TwoPoints, Wine, XorPoints
from engine.datasets.fetching import MIRROR
from engine.datasets.files import open_data
from engine.preview import MOST_POINTS, preview, thinned

HERE = [kind for kind in Dataset.kinds.values() if not kind.downloaded and not kind().lacks]


@pytest.mark.parametrize("kind", HERE)
def test_a_preview_shows_real_samples_of_the_training_part(kind: type[Dataset]) -> None:
    data = Data(kind(), validation=0, test=0)
    shown, train = preview(data, 10), prepare(data).train
    known = {inputs.tobytes() for inputs in thinned(train.inputs)}
    assert len(shown.samples) == len(shown.labels) == min(10, len(train))
    assert all(sample.tobytes() in known for sample in shown.samples)
    assert shown.samples.dtype == train.inputs.dtype
    assert shown.lowest <= shown.samples.min() <= shown.samples.max() <= shown.highest


@pytest.mark.parametrize("kind", HERE)
def test_a_preview_is_small_enough_to_cross_to_another_process(kind: type[Dataset]) -> None:
    shown = preview(Data(kind(), validation=0, test=0))
    sent = pickle.dumps(shown)
    assert shown.samples.nbytes < 400_000
    assert len(sent) - shown.samples.nbytes < 40_000
    assert np.array_equal(pickle.loads(sent).samples, shown.samples)


def test_samples_carry_the_names_of_their_classes_and_all_are_shown() -> None:
    shown = preview(Data(Wine()), 12)
    assert set(shown.labels) == set(Wine().classes)
    assert set(preview(Data(Digits()), 24).labels) == set("0123456789")


def test_classes_are_counted_in_each_part() -> None:
    data = Data(Digits(), validation=0.1, test=0.2)
    shown, prepared = preview(data), prepare(data)
    for name in SPLITS:
        assert shown.sizes[name] == len(prepared.part(name)) == sum(shown.balance[name])
        assert shown.balance[name] == tuple(np.bincount(prepared.part(name).targets))


def test_a_part_that_is_only_borrowed_counts_nothing() -> None:
    shown = preview(Data(XorPoints(), validation=0, test=0))
    assert shown.sizes == {"train": 4, "validation": 0, "test": 0}
    assert shown.balance["test"] == (0, 0)
    assert len(shown.notes) == 2


def test_a_table_is_summed_up_by_column() -> None:
    shown, train = preview(Data(Wine())), prepare(Data(Wine())).train
    assert tuple(column.name for column in shown.columns) == Wine().features
    assert [column.mean for column in shown.columns] == pytest.approx(train.inputs.mean(axis=0).tolist(), rel=1e-4)
    assert [column.deviation for column in shown.columns] == pytest.approx(train.inputs.std(axis=0).tolist(), rel=1e-4)
    assert all(column.lowest < column.mean < column.highest for column in shown.columns)
    assert not preview(Data(Digits())).columns


def test_points_of_the_plane_can_be_drawn() -> None:
    points = preview(Data(Moons(samples=5000))).points
    assert points is not None
    assert points.inputs.shape == (MOST_POINTS, 2)
    assert np.bincount(points.targets).tolist() == [MOST_POINTS / 2, MOST_POINTS / 2]
    values = preview(Data(TwoPoints(), validation=0, test=0)).points
    assert values is not None
    assert values.targets.tolist() == [3, 1]
    assert preview(Data(Digits())).points is None


def test_a_regression_shows_how_its_target_is_spread() -> None:
    shown, train = preview(Data(Diabetes())), prepare(Data(Diabetes())).train
    assert shown.histogram is not None
    assert sum(shown.histogram.counts) == len(train)
    assert shown.histogram.edges[0] == train.targets.min()
    assert len(shown.histogram.edges) == len(shown.histogram.counts) + 1
    assert not shown.balance
    assert all(float(label) for label in shown.labels)
    assert preview(Data(Digits())).histogram is None


def test_a_preview_needs_no_torch() -> None:
    program = (
        "import sys\nfrom engine.data import Data\nfrom engine.datasets import Digits\n"
        "from engine.preview import preview\npreview(Data(Digits()))\nsys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_whole_of_mnist_is_previewed_in_a_moment(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR, str(shared_data))
    begin = time.process_time()
    shown = preview(Data(Mnist()))
    # Measured: 0.6 s. The bound is wide, because test machines are busy.
    assert time.process_time() - begin < 4
    assert shown.sizes == {"train": 54_000, "validation": 6_000, "test": 10_000}
    assert shown.highest == 255


def test_a_part_of_a_set_is_said(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR, str(shared_data))
    shown = preview(Data(Cifar10()))
    assert any("part of CIFAR-10" in note for note in shown.notes)
    assert sum(shown.sizes.values()) == 20_000


def test_what_is_left_out_is_said_in_one_sentence(tmp_path: Path) -> None:
    rows = [f"{number},{number % 7},{'xy'[number % 2]}" for number in range(50)]
    (tmp_path / "a.csv").write_text("\n".join(["a,b,c", *rows, "1,2", "3,4,5,6"]))
    found = prepare(Data(open_data(str(tmp_path / "a.csv"))))
    assert found.left_out == ("2 are left out, such as row 52: It has 2 cells instead of 3.",)


def test_a_line_of_text_is_not_thinned_until_it_is_as_large_as_an_image() -> None:
    for shape, kept in (((12, 66), (12, 66)), ((32, 256), (16, 128)), ((64, 64), (64, 64)), ((65, 65), (33, 33))):
        assert thinned(np.zeros((2, 1, *shape), np.uint8)).shape == (2, 1, *kept)
