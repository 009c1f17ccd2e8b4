"""The cells of a table as they stand, for those who look at them: sorting, counting, finding faults."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from engine.datasets.tables.arrow import ArrowBatch, ArrowTable
from engine.datasets.tables.arrow import compute as functions
from engine.datasets.tables.cells import Cells
from engine.datasets.tables.column import TableColumn
from engine.datasets.tables.loading import second_file, types_of
from engine.datasets.tables.reading import reader_of
from engine.datasets.tables.table import Table
from engine.datasets.tables.values import without


def arrow(table: Table, names: Sequence[str] = (), *, test: bool = False) -> tuple[ArrowTable, np.ndarray]:
    """All rows of the file (or of the one for the test), also those without a target, and the number of each (N, int64)
    as a spreadsheet counts them. Of all columns or those named: numbers as float64, text without blanks around it, null
    where a value is missing. Raises `DataError`.
    """
    import pyarrow as pa

    path = second_file(table) if test else table.file()
    wanted = list(names) or reader_of(table, path).names
    types = dict(types_of(tuple(_as_it_is(column) for column in table.columns if column.name in wanted)))
    while True:
        blocks = list(reader_of(table, path).read(wanted, types))
        mixed = {name for name in wanted if len({block.batch.schema.field(name).type for block in blocks}) > 1}
        if not mixed:
            break
        # Numbers up to the first text, which would leave those before it written in another way.
        types = {name: kind for name, kind in types.items() if name not in mixed}
    if not blocks:
        return pa.table({name: pa.nulls(0) for name in wanted}), np.empty(0, np.int64)
    whole = pa.Table.from_batches([_bare(block, table.marks) for block in blocks])
    return whole.unify_dictionaries(), np.concatenate([block.rows for block in blocks])


def _as_it_is(column: TableColumn) -> TableColumn:
    """The column as its cells are best read, whatever it is used for."""
    is_number = column.holds == "numbers" and column.kind != "category"
    return msgspec.structs.replace(column, kind="number") if is_number else column


def _bare(cells: Cells, marks: Sequence[str]) -> ArrowBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays(
        [_trimmed(column, marks) for column in cells.batch.columns], cells.batch.schema.names
    )


def _trimmed(column: Any, marks: Sequence[str]) -> Any:
    import pyarrow as pa

    if pa.types.is_string(column.type):
        return without(column, marks)
    if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type):
        compute = functions()

        return pa.DictionaryArray.from_arrays(column.indices, compute.utf8_trim_whitespace(column.dictionary))
    return column
