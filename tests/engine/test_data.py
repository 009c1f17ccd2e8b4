"""How samples are divided and scaled."""

import msgspec
import numpy as np
import pytest

from engine.data import SPLITS, Data, Scaling, divided, prepare
from engine.datasets import Dataset, Diabetes, Digits, Iris, Loaded, RandomClasses, Samples, TwoPoints, Wine, XorPoints
from engine.datasets.dataset import Layout
from engine.errors import DataError


def rows_of(samples: Samples) -> set[bytes]:
    return {row.tobytes() for row in samples.inputs}


def test_parts_are_disjoint_and_together_everything() -> None:
    dataset = RandomClasses(samples=1003)
    prepared = prepare(Data(dataset, validation=0.1, test=0.2))
    parts = [rows_of(prepared.part(name)) for name in SPLITS]
    assert sum(map(len, parts)) == len(parts[0] | parts[1] | parts[2]) == 1003
    assert parts[0] | parts[1] | parts[2] == rows_of(dataset.load().train)


def test_every_row_is_in_one_part_and_the_parts_are_those_rows() -> None:
    data = Data(Digits(), validation=0.1, test=0.2)
    loaded = data.dataset.load()
    rows, prepared = divided(data, loaded), prepare(data)
    assert sorted([*rows.train, *rows.validation, *rows.test]) == list(range(1797))
    assert (loaded.train.inputs[rows.test] == prepared.test.inputs).all()


def test_shares_are_kept() -> None:
    prepared = prepare(Data(Digits(), validation=0.1, test=0.2))
    assert len(prepared.test) == round(1797 * 0.2)
    assert len(prepared.validation) == round((1797 - 359) * 0.1)


@pytest.mark.parametrize("dataset", [Digits(), Iris(), Wine()])
def test_every_part_holds_each_class_by_its_share(dataset: Dataset) -> None:
    prepared = prepare(Data(dataset, validation=0.2, test=0.3))
    whole = np.bincount(dataset.load().train.targets)
    for name in SPLITS:
        part = prepared.part(name)
        counts = np.bincount(part.targets, minlength=len(whole))
        assert np.abs(counts - whole * len(part) / whole.sum()).max() <= 1


@pytest.mark.parametrize("dataset", [Digits(), Diabetes()])
def test_the_split_seed_alone_decides_the_split(dataset: Dataset) -> None:
    first, again, other = (prepare(Data(dataset, split_seed=seed)) for seed in (3, 3, 4))
    for name in SPLITS:
        assert np.array_equal(first.part(name).inputs, again.part(name).inputs)
        assert np.array_equal(first.part(name).targets, again.part(name).targets)
        assert rows_of(first.part(name)) != rows_of(other.part(name))


def test_the_split_does_not_depend_on_the_normalization() -> None:
    assert rows_of(prepare(Data(Iris())).test) == rows_of(prepare(Data(Iris(), normalization="none")).test)


def test_inputs_stay_as_they_were_read() -> None:
    prepared = prepare(Data(Digits()))
    assert prepared.train.inputs.dtype == np.uint8
    assert prepared.train.inputs.max() == 16
    scaled = prepared.inputs.apply(prepared.train.inputs)
    assert scaled.dtype == np.float32
    assert (scaled.min(), scaled.max()) == (0, 1)


def test_scaling_is_fitted_on_the_training_part_alone() -> None:
    prepared = prepare(Data(Wine()))
    train = prepared.inputs.apply(prepared.train.inputs)
    assert train.mean(axis=0) == pytest.approx(np.zeros(13), abs=1e-5)
    assert train.std(axis=0) == pytest.approx(np.ones(13), abs=1e-5)
    test = prepared.inputs.apply(prepared.test.inputs)
    assert np.abs(test.mean(axis=0)).max() > 0.01


def test_images_are_standardised_by_channel() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3000, 3, 4, 5), dtype=np.uint8)
    images[:, 1] //= 2
    images[:, 2] = 7
    prepared = prepare(Data(Fixed.of(images, np.zeros(3000, np.int64)), normalization="standard", test=0, validation=0))
    scaled = prepared.inputs.apply(prepared.train.inputs)
    assert scaled.mean(axis=(0, 2, 3)) == pytest.approx([0, 0, 0], abs=1e-4)
    assert scaled.std(axis=(0, 2, 3)) == pytest.approx([1, 1, 0], abs=1e-4)


def test_unit_brings_a_table_to_zero_and_one() -> None:
    prepared = prepare(Data(Iris(), normalization="unit"))
    scaled = prepared.inputs.apply(prepared.train.inputs)
    assert scaled.min(axis=0) == pytest.approx(np.zeros(4), abs=1e-6)
    assert scaled.max(axis=0) == pytest.approx(np.ones(4), abs=1e-6)


def test_targets_of_a_regression_are_scaled_and_come_back() -> None:
    prepared = prepare(Data(Diabetes()))
    scaled = prepared.targets.apply(prepared.train.targets)
    assert scaled.mean() == pytest.approx(0, abs=1e-5)
    assert scaled.std() == pytest.approx(1, abs=1e-5)
    assert prepared.targets.undo(scaled) == pytest.approx(prepared.train.targets, rel=1e-5)
    assert prepare(Data(Diabetes(), normalization="none")).targets.is_identity
    assert prepare(Data(TwoPoints(), validation=0, test=0)).targets.is_identity


def test_shares_of_nothing_are_judged_on_the_training_samples_and_said() -> None:
    prepared = prepare(Data(XorPoints(), validation=0, test=0))
    assert len(prepared.train) == 4
    assert prepared.validation is prepared.train
    assert prepared.test is prepared.train
    assert len(prepared.notes) == 2


def test_a_split_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="leaves no samples to train on"):
        prepare(Data(TwoPoints(), validation=0.9, test=0.9))


def test_a_test_part_of_the_set_is_left_alone() -> None:
    images, labels = np.arange(80, dtype=np.uint8).reshape(20, 1, 2, 2), np.arange(20) % 2
    prepared = prepare(Data(Fixed.of(images, labels, tested=True), validation=0.25, test=0.5))
    assert (len(prepared.train), len(prepared.validation), len(prepared.test)) == (15, 5, 20)


@pytest.mark.parametrize("shape", [(5,), (3, 4, 4)])
def test_scaling_is_undone(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(3, 2, (6, *shape)).astype(np.float32)
    scaling = Scaling(tuple(rng.normal(size=shape[0]).tolist()), tuple(rng.uniform(1, 2, shape[0]).tolist()))
    assert scaling.undo(scaling.apply(values)) == pytest.approx(values, abs=1e-5)
    assert msgspec.convert(msgspec.to_builtins(scaling), Scaling) == scaling


class Fixed:
    """A dataset of given samples, which enters no list."""

    title = "Fixed"
    task = "classification"
    largest = 255.0
    normalization = "none"
    scales_targets = False
    keys = ()
    memory = 0

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self.classes = tuple(map(str, np.unique(loaded.train.targets)))
        self.layout = Layout(loaded.train.inputs.shape[1:])

    @classmethod
    def of(cls, inputs: np.ndarray, targets: np.ndarray, *, tested: bool = False) -> "Fixed":
        samples = Samples(inputs, targets.astype(np.int64))
        return cls(Loaded(samples, samples if tested else None))

    def load(self) -> Loaded:
        return self._loaded

    load_to_learn = load

    def learned(self, loaded: Loaded, rows: np.ndarray) -> "tuple[Fixed, Loaded]":
        del rows
        return self, loaded
