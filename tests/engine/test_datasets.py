"""What every dataset promises, and what makes each of them what it is."""

import subprocess
import sys

import numpy as np
import pytest

from engine.datasets import (
    Blobs,
    BreastCancer,
    Dataset,
    Diabetes,
    Digits,
    RandomClasses,
    RandomImages,
    Spirals,
    TwoPoints,
    Wine,
    XorCloud,
    XorPoints,
)
from engine.datasets.dataset import IGNORED
from engine.errors import DataError

HERE = [kind for kind in Dataset.kinds.values() if not kind.downloaded and not kind().lacks]
SEEDED = [kind for kind in HERE if "seed" in kind.declared]


@pytest.mark.parametrize("kind", HERE)
def test_facts_agree_with_the_samples(kind: type[Dataset]) -> None:
    dataset = kind()
    loaded = dataset.load()
    inputs, targets = loaded.train.inputs, loaded.train.targets
    assert inputs.shape == (dataset.sizes[0], *dataset.shape)
    assert inputs.dtype in (np.uint8, np.float32)
    assert inputs.flags.writeable
    assert len(loaded.test or ()) == dataset.sizes[1]
    assert not dataset.features or len(dataset.features) == dataset.shape[0]
    if dataset.task == "classification":
        assert targets.dtype == np.int64
        assert targets.shape == (len(inputs), *dataset.places)
        assert set(targets.ravel().tolist()) == set(range(len(dataset.classes)))
    elif dataset.task == "transcription":
        assert targets.dtype == np.int64
        assert targets.shape == (len(inputs), dataset.longest)
        assert set(targets.ravel().tolist()) <= {IGNORED, *range(len(dataset.classes))}
        # What fills a sequence up stands behind it.
        assert ((targets[:, 1:] < 0) | (targets[:, :-1] >= 0)).all()
    elif dataset.task == "multilabel":
        assert targets.dtype == np.bool_
        assert targets.shape == (len(inputs), len(dataset.classes))
        assert targets.any(axis=0).all()
        assert not targets.all(axis=0).any()
    else:
        assert targets.dtype == np.float32
        assert targets.shape == (len(inputs), *dataset.target_shape)
        assert not dataset.classes


@pytest.mark.parametrize("kind", Dataset.kinds.values())
def test_a_dataset_can_be_chosen(kind: type[Dataset]) -> None:
    dataset = kind()
    assert kind.read(dataset.settings(), kind.__name__) == dataset
    assert kind.help()
    assert kind.title
    assert kind.group
    assert kind.source
    assert all(field.help for field in kind.declared.values())


def test_facts_are_answered_without_reading() -> None:
    program = (
        "import sys; from engine.datasets import Dataset\n"
        "for kind in Dataset.kinds.values(): d = kind(); d.shape, d.classes, d.features, d.sizes, d.is_here()\n"
        "sys.exit(any(name in sys.modules for name in ('sklearn', 'torch', 'requests')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("kind", SEEDED)
def test_a_seed_decides_the_points(kind: type[Dataset]) -> None:
    noisy = kind().with_settings({"noise": 0.1} if "noise" in kind.declared else {})
    first, again, other = (noisy.with_setting("seed", seed).load().train for seed in (1, 1, 2))
    assert np.array_equal(first.inputs, again.inputs)
    assert np.array_equal(first.targets, again.targets)
    assert not np.array_equal(first.inputs, other.inputs)


@pytest.mark.parametrize("kind", [kind for kind in SEEDED if kind().task == "classification" and not kind().places])
def test_classes_are_even(kind: type[Dataset]) -> None:
    counts = np.bincount(kind().load().train.targets)
    assert counts.max() - counts.min() <= 1


def test_xor_is_exclusive_or() -> None:
    train = XorPoints().load().train
    assert {(*map(int, point), int(label)) for point, label in zip(train.inputs, train.targets, strict=True)} == {
        (0, 0, 0),
        (0, 1, 1),
        (1, 0, 1),
        (1, 1, 0),
    }


def test_the_cloud_lies_around_the_corners_of_xor() -> None:
    train = XorCloud(noise=0.05).load().train
    first, second = np.rint(train.inputs).astype(int).T
    assert np.array_equal(first ^ second, train.targets)


def test_settings_reach_the_samples() -> None:
    assert RandomClasses(samples=30, feature_count=7, class_count=3).load().train.inputs.shape == (30, 7)
    assert np.unique(Spirals(arms=4).load().train.targets).size == 4
    assert np.unique(Blobs(centers=5).load().train.targets).size == 5
    assert len(XorCloud(samples=41).load().train) == 41


def test_tables_name_their_columns_and_classes_as_scikit_learn_does() -> None:
    from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

    for name, read in (("Iris", load_iris), ("Wine", load_wine), ("BreastCancer", load_breast_cancer)):
        dataset, bunch = Dataset.kinds[name](), read()
        assert dataset.features == tuple(bunch.feature_names)
        assert dataset.classes == tuple(bunch.target_names)
    assert Digits().classes == tuple(str(name) for name in load_digits().target_names)
    assert Wine.normalization == BreastCancer.normalization == "standard"


def test_the_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    train = Digits().load().train
    assert np.array_equal(np.asarray(train.inputs).reshape(-1, 64), pixels)
    assert np.array_equal(train.targets.ravel(), labels)


def test_diabetes_is_in_its_own_units() -> None:
    train = Diabetes().load().train
    age = train.inputs[:, Diabetes().features.index("age (years)")]
    assert 18 < age.min() < age.max() < 90
    assert (train.targets.min(), train.targets.max()) == (25, 346)


def test_two_points_are_two_sums() -> None:
    train = TwoPoints().load().train
    assert train.inputs.tolist() == [[1, 2], [2, -1]]
    assert train.targets.tolist() == [[3], [1]]


def test_random_images_are_bytes_of_the_size_asked_for() -> None:
    dataset = RandomImages(channels=1, image_size=(5, 7), class_count=3, samples=11, seed=2)
    inputs = dataset.load().train.inputs
    assert inputs.shape == (11, 1, 5, 7)
    assert inputs.dtype == np.uint8
    assert len({sample.tobytes() for sample in inputs}) == 11
    assert 100 < inputs.mean() < 155


def test_random_images_take_no_room_until_they_are_picked() -> None:
    inputs = RandomImages(samples=20_000).load().train.inputs
    assert inputs.nbytes > 3_000_000_000
    assert inputs.base is not None
    assert RandomImages(samples=20_000).load().train.pick(np.array([3, 19_999])).inputs.flags.c_contiguous


def test_random_images_say_that_they_teach_nothing() -> None:
    assert "nothing can be learned" in RandomImages(samples=4, image_size=8).load().note.lower()
    assert "Nothing can be learned" in (RandomImages.__doc__ or "")


def test_random_images_larger_than_a_machine_are_refused() -> None:
    with pytest.raises(DataError, match=r"100,000 images of 64 × 2048 × 2048.*at most 14 samples"):
        RandomImages(channels=64, image_size=2048, samples=100_000).load()


def test_each_pixel_of_random_images_can_have_a_class() -> None:
    dataset = RandomImages(image_size=6, class_count=5, samples=7, classified="pixels")
    assert dataset.load().train.targets.shape == (7, 6, 6)
    assert set(dataset.load().train.targets.ravel()) == set(range(5))
