"""A dataset whose file is elsewhere now: moved, or on another machine."""

from engine.datasets.dataset import Dataset
from engine.datasets.files import FromFile, open_data
from engine.errors import DataError


def relocated(dataset: FromFile, path: str) -> Dataset:
    """The dataset as it was set, read from this file. Raises `DataError` where another kind of data is in there."""
    found = open_data(path)
    title = dataset.title
    if type(found) is not type(dataset):
        raise DataError(
            f"{path} is {found.title}, not {title}.",
            expected="The project needs the file that it was made with.",
            fix="Choose another file, or open this one as new data.",
        )
    if lacking := _lacking(dataset, found):
        raise DataError(
            f"{path} lacks {', '.join(lacking[:3])}{' and more' if len(lacking) > 3 else ''}.",
            expected="The project needs the file that it was made with.",
            fix="Choose another file, or open this one as new data.",
        )
    return dataset.with_setting("path", found.settings()["path"])


def _lacking(dataset: Dataset, found: Dataset) -> list[str]:
    """The features, keys and classes that the file does not have."""
    there = {*(feature.name for feature in found.layout.features), *found.keys, *found.classes}
    wanted = (*(feature.name for feature in dataset.layout.features), *dataset.keys, *dataset.classes)
    return [f"“{name}”" for name in wanted if name not in there]
