"""What a person who brings data begins with: a network that fits them, whatever they are, without a single fault."""

from pathlib import Path

import pytest

from engine.analysis import analyse
from engine.data import Data
from engine.datasets import Dataset, Digits, Iris, TinyShakespeare
from engine.datasets.files import open_data
from engine.proposing import fitting, proposed
from engine.spec import Shape


def made(sample: Shape, count: int, positions: Shape = (), target: Shape = (1,), samples: int = 500) -> Dataset:
    """A dataset of this kind without a single sample, which is not listed."""

    class Made(Dataset, frozen=True):
        """Made up."""

        listed = False
        task = "classification" if count else "regression"

        @property
        def shape(self) -> Shape:
            return sample

        @property
        def classes(self) -> tuple[str, ...]:
            return tuple(f"class {number}" for number in range(count))

        @property
        def places(self) -> Shape:
            return positions

        @property
        def target_shape(self) -> Shape:
            return target

        @property
        def sizes(self) -> tuple[int, int]:
            return (samples, 0)

    return Made()


OF_EVERY_KIND = {
    "table in classes": made((12,), 2),
    "table of one column": made((1,), 3),
    "table with a number": made((300,), 0),
    "table with numbers": made((8,), 0, target=(3,)),
    "grey images": made((1, 28, 28), 10, samples=60_000),
    "tiny images": made((3, 2, 5), 4),
    "large images": made((3, 224, 160), 5),
    "images with a number": made((3, 64, 64), 0),
    "masks": made((3, 48, 64), 3, positions=(48, 64)),
    "images from images": made((3, 32, 32), 0, target=(1, 32, 32)),
    "larger images from images": made((1, 8, 8), 0, target=(1, 16, 16)),
    "sequences": made((24, 5), 3),
    "sequences with numbers": made((24, 5), 0, target=(2,)),
    "forecasts": made((24, 5), 0, target=(24, 2)),
    "a class for each step": made((24, 5), 4, positions=(24,)),
    "waveforms": made((1, 16_000), 6),
    "long signals": made((4_000, 3), 6),
    "volumes": made((1, 16, 20, 24), 2),
    "one number": made((1,), 0, samples=1),
}


@pytest.mark.parametrize("dataset", OF_EVERY_KIND.values(), ids=OF_EVERY_KIND)
def test_it_fits_data_of_every_kind(dataset: Dataset) -> None:
    report = analyse(proposed(Data(dataset)))
    assert not report.problems
    assert report.totals.parameters < 1_000_000


@pytest.mark.parametrize("kind", list(Dataset.kinds.values()), ids=lambda kind: kind.__name__)
def test_it_fits_every_dataset_there_is(kind: type[Dataset]) -> None:
    if kind().lacks:
        pytest.skip("nothing is known of it before a file is open")
    report = analyse(proposed(Data(kind())))
    assert not report.faults


@pytest.mark.parametrize(
    "name",
    [
        "tabular/titanic.csv",
        "tabular/winequality-red.csv",
        "tabular/california_housing.csv",
        "tabular/adult_train.csv",
        "images/flowers",
        "images/fashion-png",
        "text/tinyshakespeare.txt",
    ],
)
def test_it_fits_real_files_with_the_steps_that_they_need(shared_data: Path, name: str) -> None:
    data = fitting(open_data(str(shared_data / name)))
    assert not analyse(proposed(data)).problems


def test_it_keeps_what_was_chosen_and_is_named_after_the_data() -> None:
    data = Data(Digits(), validation=0.3)
    project = proposed(data)
    assert project.data == data
    assert project.title == Digits.title
    assert proposed(data, "my digits").title == "my digits"


def test_few_samples_get_small_steps_and_many_epochs() -> None:
    few, many = proposed(Data(Iris())).training, proposed(Data(TinyShakespeare())).training
    assert few.batch_size < many.batch_size
    assert few.epochs > many.epochs
