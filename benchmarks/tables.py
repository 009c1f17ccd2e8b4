"""A table of 1,000,000 rows and 20 columns: opened (format, columns, target) and read, in a process of its own.

Beside it, in the same run: the plain ``pyarrow.csv.read_csv`` of the same file, and pandas where it is installed.
"""

import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psutil

ROWS = 1_000_000
ROUNDS = 3
SECONDS, MEGABYTES = 3.0, 500


def write(path: Path) -> None:
    """Numbers, whole numbers, words, dates and two classes."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import csv

    drawn = np.random.default_rng(0)
    words = pa.array([f"kind {number}" for number in range(8)])
    columns = {f"x{number}": np.round(drawn.normal(size=ROWS), 4) for number in range(13)}
    columns |= {f"n{number}": drawn.integers(0, 1000, ROWS) for number in range(3)}
    columns |= {f"c{number}": words.take(pa.array(drawn.integers(0, 8, ROWS))) for number in range(2)}
    columns["day"] = np.datetime64("2000-01-01") + drawn.integers(0, 8000, ROWS)
    columns["label"] = drawn.integers(0, 2, ROWS)
    csv.write_csv(pa.table(columns), path)


def layerloom(path: Path) -> list[float]:
    """Seconds to open, and to read the samples."""
    from engine.datasets import Table

    start = time.perf_counter()
    table = Table.opened(path)
    opened = time.perf_counter()
    assert table is not None
    assert len(table.load().train) == ROWS
    return [opened - start, time.perf_counter() - opened]


def pyarrow(path: Path) -> list[float]:
    """Seconds to read it as pyarrow does unasked."""
    from pyarrow import csv

    start = time.perf_counter()
    assert csv.read_csv(path).num_rows == ROWS
    return [time.perf_counter() - start]


def pandas(path: Path) -> list[float]:
    """Seconds to read it as pandas does unasked."""
    from pandas import read_csv

    start = time.perf_counter()
    assert len(read_csv(path)) == ROWS
    return [time.perf_counter() - start]


def measured(name: str, path: str) -> None:
    """What one reader took, printed: its seconds, those of the processor, and the most memory of its process in MB."""
    seconds = {"layerloom": layerloom, "pyarrow": pyarrow, "pandas": pandas}[name](Path(path))
    print(json.dumps([*seconds, time.process_time(), _peak() / 2**20]))


def _peak() -> int:
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):
        return memory.peak_wset
    from resource import RUSAGE_SELF, getrusage

    return getrusage(RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def in_process(name: str, path: Path) -> list[float]:
    """`measured` in a fresh process; the fastest of a few."""
    command = [sys.executable, "-m", "benchmarks.tables", name, str(path)]
    rounds = [json.loads(subprocess.check_output(command)) for _ in range(ROUNDS)]
    return min(rounds, key=lambda round: sum(round[:-2]))


def main() -> int:
    """Prints what each took; 1 where a limit is not kept."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write(path)
        print(f"{ROWS:,} rows × 20 columns, {path.stat().st_size / 2**20:.0f} MB; the fastest of {ROUNDS} processes")
        opened, read, processor, memory = in_process("layerloom", path)
        plain, plain_processor, plain_memory = in_process("pyarrow", path)
        print(f"{'find out: format, columns, target':45} {opened:6.2f} s")
        print(f"{'read as samples':45} {read:6.2f} s")
        print(f"{'together':45} {opened + read:6.2f} s   at most {SECONDS} s")
        print(
            f"{'processor time of that process, imports too':45} {processor:6.2f} s   pyarrow: {plain_processor:.2f} s"
        )
        print(f"{'most memory of the process':45} {memory:6.0f} MB  at most {MEGABYTES} MB")
        print(f"{'pyarrow.csv.read_csv':45} {plain:6.2f} s   {plain_memory:.0f} MB")
        print(f"{'together, against that':45} {(opened + read) / plain:6.2f} ×")
        if find_spec("pandas"):
            seconds, *_ = in_process("pandas", path)
            print(f"{'pandas.read_csv':45} {seconds:6.2f} s   together against it {(opened + read) / seconds:.2f} ×")
    return int(opened + read > SECONDS or memory > MEGABYTES)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measured(*sys.argv[1:])
    else:
        raise SystemExit(main())
