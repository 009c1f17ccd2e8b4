"""How fast data is looked at: 100,000 rows of 20 columns, and MNIST where its files are at hand.

``python -m benchmarks.looking``: in the process that looks, without the way to the window. Each figure is the best of
several rounds; beside it stands what plain numpy or pyarrow take for the bare numbers in the same run. Exit status 1
where a limit is not kept.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from benchmarks._session import Measured, print_rows, private_home
from engine import looking
from engine.data import Data
from engine.datasets import Dataset, Mnist
from engine.datasets.files import open_data
from engine.looking import reading
from engine.looking.view import Between, Contains, Query

ROWS = 100_000
NUMBERS, CATEGORIES, TEXTS = 14, 5, 1
ROUNDS = 5
LIMIT = 1.0

compute: Any = pyarrow.compute


def main() -> int:
    """Measures and prints the table."""
    mirror = os.environ.get("LAYERLOOM_DATA_MIRROR")
    print(f"best of {ROUNDS} rounds; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with private_home() as home:
        status = print_rows(table(home))
        return max(status, print_rows(images())) if mirror and Mnist().is_here() else status


def table(home: Path) -> Iterator[Measured]:
    """A CSV file of numbers, categories and names, with values missing."""
    made = a_table()
    path = home / "rows.csv"
    from pyarrow import csv

    csv.write_csv(made, path)
    dataset = open_data(str(path))
    data = Data(dataset)
    sort, some = Query(sort="number_3", descending=True), Query((Between("number_2", low=1.0),))
    words = Query((Contains("name", "42"),))
    plain = made["number_3"].combine_chunks()
    yield row("table: read the file", read(dataset), read_plainly(path))
    yield row(
        "table: all columns described and compared", lambda: last(looking.overview(data)), described_plainly(made)
    )
    yield row("table: sorted by a column, first page", asked(data, sort), lambda: compute.sort_indices(plain))
    yield row("table: filtered by a number, first page", asked(data, some), lambda: compute.greater(plain, 1.0))
    contains = compute.match_substring
    yield row("table: filtered by words, first page", asked(data, words), lambda: contains(made["name"], "42"))
    yield row("table: a page from the middle of an answer", lambda: looking.rows(data, Query(offset=ROWS // 2)))


def images() -> Iterator[Measured]:
    """70,000 images."""
    data = Data(Mnist())
    pixels = Mnist().load().train.inputs
    yield row("MNIST: all images described, mean images", described_anew(data), lambda: pixels.mean(axis=0))
    brightest = Query(sort="brightness", descending=True)
    yield row("MNIST: sorted by brightness, first page", asked(data, brightest))
    yield row("MNIST: a page of 200 images from the middle", lambda: looking.rows(data, Query(offset=35_000)))


def row(what: str, work: Callable[[], Any], plain: Callable[[], Any] | None = None) -> Measured:
    """The best of several rounds, and how many times what plain functions take."""
    taken = best(work)
    beside = f" ({taken / max(best(plain), 1e-9):.1f} × plain)" if plain else ""
    return Measured(what, f"{1000 * taken:.1f} ms{beside}", f"≤ {LIMIT:.1f} s", taken <= LIMIT)


def best(work: Callable[[], Any]) -> float:
    """Seconds of the fastest round."""
    taken: list[float] = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def last(items: Iterator[Any]) -> Any:
    """Runs a generator to its end."""
    *_, item = items
    return item


def asked(data: Data, query: Query) -> Callable[[], Any]:
    """Asks, with whatever was remembered of earlier answers forgotten."""

    def ask() -> None:
        reading.frame_of(data).orders.clear()
        looking.rows(data, query)

    looking.rows(data, query)
    return ask


def read(dataset: Dataset) -> Callable[[], Any]:
    """Reads a dataset that nothing is known of."""

    def again() -> None:
        reading.forget_all()
        last(looking.opened(Data(dataset)))

    return again


def described_anew(data: Data) -> Callable[[], Any]:
    """Describes images of which nothing has been found out yet."""
    looking.rows(data, Query())

    def describe() -> None:
        frame = reading.frame_of(data)
        frame.__dict__.pop("pixels", None)
        for column in frame.columns.values():
            column.__dict__.pop("values", None)
        last(looking.overview(data))

    return describe


def read_plainly(path: Path) -> Callable[[], Any]:
    """What pyarrow takes for the file."""
    from pyarrow import csv

    return lambda: csv.read_csv(path)


def described_plainly(made: pa.Table) -> Callable[[], Any]:
    """Mean, deviation, quartiles and histogram of each number, counts of each category, and correlations."""
    numbers = [made[f"number_{place}"].to_numpy() for place in range(NUMBERS)]
    words = [made[f"category_{place}"] for place in range(CATEGORIES)]

    def describe() -> None:
        for values in numbers:
            known = values[~np.isnan(values)]
            known.mean(), known.std(), np.unique(known), np.quantile(known, (0.25, 0.5, 0.75)), np.histogram(known, 30)
        for column in words:
            compute.value_counts(column)
        np.corrcoef(np.nan_to_num(np.stack(numbers)))

    return describe


def a_table() -> pa.Table:
    """The same at every call."""
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    for place in range(NUMBERS):
        values = rng.normal(size=ROWS).round(4)
        values[rng.random(ROWS) < 0.01] = np.nan
        columns[f"number_{place}"] = pa.array(values, from_pandas=True)
    for place in range(CATEGORIES):
        names = np.array([f"kind {letter}" for letter in "abcdefgh"])
        columns[f"category_{place}"] = pa.array(names[rng.integers(0, 8, ROWS)])
    columns["name"] = pa.array([f"person {number}" for number in rng.integers(0, 10**6, ROWS)])
    return pa.table(columns)


if __name__ == "__main__":
    raise SystemExit(main())
