"""The cells of a Parquet file."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from engine.datasets.dataset import Skipped
from engine.datasets.tables.arrow import ArrowType
from engine.datasets.tables.cells import Cells, too_many_columns, unique_names
from engine.datasets.tables.content import unreadable
from engine.datasets.tables.rows import block_of
from engine.errors import DataError

BLOCK = 65_536
"""Rows."""


class ParquetCells:
    """One pass over a Parquet file; see `Reader`."""

    faulty: ClassVar[str] = "that cannot be read"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped: dict[int, Skipped] = {}
        self.bytes_read = 0

    @cached_property
    def file(self) -> Any:
        """The open file. Raises `DataError`."""
        from pyarrow import parquet

        with self._reading():
            return parquet.ParquetFile(self.path)

    @property
    def names(self) -> list[str]:
        """The names of the columns, each different. Raises `DataError`."""
        return self._names

    @cached_property
    def _names(self) -> list[str]:
        with self._reading():
            said = self.file.schema_arrow.names
        return unique_names(too_many_columns(said, self.path))

    def read(self, wanted: Sequence[str], types: Mapping[str, ArrowType]) -> Iterator[Cells]:
        """The wanted columns in blocks."""
        import pyarrow as pa

        del types
        places = [self.names.index(name) for name in wanted]
        said = [self.file.schema_arrow.names[place] for place in places]
        row = 1
        with self._reading():
            for batch in self.file.iter_batches(block_of(len(said), BLOCK), columns=said):
                # pyarrow takes texts as they are in the file, also where they are no UTF-8.
                batch.validate(full=True)
                columns = [batch.column(batch.schema.names.index(name)) for name in said]
                rows = np.arange(row, row + batch.num_rows)
                row += batch.num_rows
                self.bytes_read = self.path.stat().st_size * (row - 1) // max(1, self.file.metadata.num_rows)
                yield Cells(pa.RecordBatch.from_arrays(columns, names=list(wanted)), rows)

    @contextmanager
    def _reading(self) -> Generator[None]:
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError, UnicodeError) as fault:
            if isinstance(fault, OSError) and fault.errno:
                raise unreadable(self.path, fault) from None
            raise DataError(
                f"{self.path.name} is no whole Parquet file: it is cut off or damaged.", fix="Get the file anew."
            ) from None
