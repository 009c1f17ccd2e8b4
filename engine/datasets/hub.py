"""Data sets of Hugging Face as their package reads them: which columns there are, and their rows.

The package is not a part of Layerloom: it is brought in by its name, where it is installed. No code of a data set is
run, and nothing that was pickled is read.
"""

import importlib
import importlib.util
import json
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from engine.errors import DataError
from engine.spec import abbreviate

PACKAGE = "datasets"
LACKING = "Data sets of Hugging Face are read by the package “datasets”, which is not installed here."
HOW = 'Install it with pip install "layerloom[huggingface]".'
NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
MARKS = ("dataset_dict.json", "dataset_info.json")
"""Files that lie in a folder which the package has saved."""
BATCH = 500
MOST_CLASSES = 1000
MOST_NUMBERS = 20
"""Whole numbers of so many different values, at most, are taken for classes."""

Kind = Literal["image", "text", "number", "category", "other"]
Parts = Mapping[str, Any]
"""The parts of a data set, as the package holds them, by their names."""


class HubColumn(msgspec.Struct, frozen=True, array_like=True):
    """A column: what it holds, and the values that it takes where they are few."""

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    is_numbered: bool = False
    """Whether its cells are the places of its categories already."""


def is_installed() -> bool:
    """Whether the package is there; a folder of its name is not it."""
    found = importlib.util.find_spec(PACKAGE)
    return found is not None and found.origin is not None


def is_saved(folder: Path) -> bool:
    """Whether a folder was saved by the package."""
    if (folder / MARKS[0]).is_file():
        return True
    return (folder / MARKS[1]).is_file() and (folder / "state.json").is_file()


def parts_in(folder: Path) -> Parts:
    """The parts in a folder that the package has saved. Raises `DataError`."""
    _check_inside(folder)
    package = _package()
    return _named(_guarded(package, folder.name, lambda: package.load_from_disk(str(folder))))


def parts_of(name: str, config: str, *, is_known: bool = False) -> Parts:
    """The parts of a data set on the Hub, downloaded where they are not here. One that ``is_known`` is taken as it lies
    here, if it does: it stays what was found in it, and nobody waits for the Hub. Raises `DataError`.
    """
    if not NAME.fullmatch(name):
        raise DataError(
            f"“{abbreviate(name, 60)}” is no name of a data set.", expected="A name is such as stanfordnlp/imdb."
        )
    package = _package()

    def read() -> Any:
        builder = package.load_dataset_builder(name, config or None)
        # It would read pickled tables, which can run any code.
        if any(kind.__module__.startswith("datasets.packaged_modules.pandas") for kind in type(builder).__mro__):
            raise ValueError("it holds pickled tables, which could run any code")
        builder.download_and_prepare()
        return builder.as_dataset()

    if is_known:
        with suppress(DataError), _offline(package):
            return _named(_guarded(package, name, read))
    return _named(_guarded(package, name, read))


@contextmanager
def _offline(package: Any) -> Generator[None]:
    before, package.config.HF_HUB_OFFLINE = package.config.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        package.config.HF_HUB_OFFLINE = before


def columns_of(part: Any) -> tuple[HubColumn, ...]:
    """Every column of a part."""
    return tuple(_column(part, name, feature) for name, feature in part.features.items())


def cells(part: Any, name: str) -> Any:
    """The cells of a column, as an array of pyarrow."""
    return part.select_columns([name]).with_format("arrow")[:].column(name).combine_chunks()


def numbers(part: Any, column: HubColumn) -> np.ndarray:
    """The cells of a column of numbers or categories (N, float64): of a category its place, NaN for what is missing."""
    found = cells(part, column.name)
    if column.kind == "category" and not column.is_numbered:
        places = {name: float(place) for place, name in enumerate(column.categories)}
        return np.array([places.get(_word(value), np.nan) for value in found.to_pylist()], np.float64)
    values = np.array([np.nan if value is None else value for value in found.to_pylist()], np.float64)
    if column.kind == "category":
        # A part whose answers are kept secret has −1 instead.
        values[~((values >= 0) & (values < len(column.categories)))] = np.nan
    return values


def images(part: Any, name: str, *, may_name_files: bool) -> Iterator[bytes | Path | None]:
    """The images of a column, as they are stored; None: there is none."""
    for batch in part.select_columns([name]).with_format("arrow").iter(batch_size=BATCH):
        for cell in batch.column(name).to_pylist():
            path = (cell or {}).get("path")
            stored = (cell or {}).get("bytes")
            yield stored if stored is not None else Path(path) if path and may_name_files else None


def _package() -> Any:
    if not is_installed():
        raise DataError(LACKING, fix=HOW)
    try:
        package: Any = importlib.import_module(PACKAGE)
        package.disable_progress_bars()
        # Bars that nobody sees would still have a thread that watches them.
        bars: Any = importlib.import_module("tqdm")
        bars.tqdm.monitor_interval = 0
    except (ImportError, AttributeError, OSError, RuntimeError, ValueError) as fault:
        raise DataError(f"The package “datasets” cannot be used: {_first_line(fault)}.", fix=HOW) from None
    return package


def _guarded(package: Any, name: str, read: Any) -> Any:
    own = package.exceptions.DatasetsError
    try:
        return read()
    except (own, OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, ImportError) as fault:
        raise DataError(
            f"{name} cannot be read: {_first_line(fault)}.",
            fix="Check its name and configuration, and that the Hub can be reached.",
        ) from None


def _named(found: Any) -> Parts:
    """A data set alone is for training."""
    return dict(found) if isinstance(found, dict) else {"train": found}


def _check_inside(folder: Path) -> None:
    """Raises `DataError` where a part names files outside its own folder."""
    for state in (folder / "state.json", *sorted(folder.glob("*/state.json"))):
        try:
            files = json.loads(state.read_bytes())["_data_files"] if state.is_file() else []
            names = [str(file["filename"]) for file in files]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            raise DataError(f"{state} is damaged.", fix="Save the data set again.") from None
        for name in names:
            if not (state.parent / name).resolve().is_relative_to(folder.resolve()):
                raise DataError(f"{state} names a file outside its folder: {abbreviate(name, 60)}.")


def _first_line(fault: BaseException) -> str:
    return abbreviate((str(fault).strip().splitlines() or [type(fault).__name__])[0].rstrip("."), 200)


def _column(part: Any, name: str, feature: Any) -> HubColumn:
    kind = type(feature).__name__
    if kind == "Image":
        return HubColumn(name, "image")
    if kind == "ClassLabel":
        return HubColumn(name, "category", tuple(map(str, feature.names)), True)
    held = str(feature.dtype) if kind == "Value" else ""
    if held in ("string", "large_string", "bool"):
        words = _different(part, name, MOST_CLASSES)
        few = held == "bool" or len(words) * 4 <= part.num_rows
        return HubColumn(name, "category", words) if words and few else HubColumn(name, "text")
    if held.startswith(("int", "uint")):
        words = _different(part, name, MOST_NUMBERS)
        return HubColumn(name, "number", words if len(words) * 4 <= part.num_rows else ())
    return HubColumn(name, "number" if held.startswith("float") else "other")


def _different(part: Any, name: str, most: int) -> tuple[str, ...]:
    """The different values of a column as words, numbers by their size; none: there are more than ``most``."""
    import pyarrow.compute

    compute: Any = pyarrow.compute
    found = compute.unique(cells(part, name)).drop_null()
    return tuple(map(_word, sorted(found.to_pylist()))) if len(found) <= most else ()


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
