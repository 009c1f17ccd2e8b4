"""A file, opened: its format, its columns, its rows and what is most likely to be predicted."""

from pathlib import Path

import msgspec

from engine.datasets.tables.column import TableColumn
from engine.datasets.tables.columns import Profile
from engine.datasets.tables.content import content_of
from engine.datasets.tables.format import MARKS, with_format
from engine.datasets.tables.json_lines import looks_like_objects
from engine.datasets.tables.reading import reader_of
from engine.datasets.tables.table import TEXT, Table
from engine.datasets.tables.target import as_target, proposed
from engine.datasets.tables.text_cells import TextCells
from engine.errors import DataError

SURELY = (".csv", ".tsv", ".tab")
"""Endings of files that are tables and nothing else."""


def table_in(path: Path) -> Table | None:
    """The table in a file; None: it is none. Raises `DataError` where it is one that cannot be used."""
    table = Table(path=str(path), marks=MARKS)
    if path.suffix.lower() in TEXT:
        written = with_format(table, path, content_of(path))
        if written is None and path.suffix.lower() in SURELY:
            raise DataError(f"{path.name} holds no rows.", fix="Choose a file with rows in it.")
        return found_anew(written) if written else None
    if path.suffix.lower() == ".json" and not looks_like_objects(path):
        return None
    return found_anew(table)


def found_anew(table: Table) -> Table:
    """The table with columns, rows and target found out again, as after its format was corrected: what was chosen for
    columns that are still there stays. Raises `DataError`.
    """
    path, table = table.file(), msgspec.structs.replace(table, found_as=table.written_as())
    columns, rows = _profiled(table, path)
    if not rows:
        raise DataError(f"{path.name} holds only a header and no rows.", fix="Choose a file with rows in it.")
    chosen = {column.name: column for column in table.columns}
    if not chosen:
        target = proposed(columns)
        columns = [as_target(column) if column.name == target else column for column in columns]
        return msgspec.structs.replace(table, columns=tuple(columns), target=target, rows=rows)
    kept = tuple(_as_chosen(column, chosen.get(column.name)) for column in columns)
    target = table.target if any(column.name == table.target for column in kept) else ""
    return msgspec.structs.replace(table, columns=kept, target=target, rows=rows)


def _as_chosen(found: TableColumn, chosen: TableColumn | None) -> TableColumn:
    if chosen is None or found.holds != chosen.holds or (chosen.kind == "category" and not found.categories):
        return found
    return msgspec.structs.replace(found, kind=chosen.kind, reason=chosen.reason)


def _profiled(table: Table, path: Path) -> tuple[list[TableColumn], int]:
    import pyarrow as pa

    reader = reader_of(table, path)
    profiles = [Profile(name, place, table.decimal, table.marks) for place, name in enumerate(reader.names)]
    types = {name: pa.float64() for name in reader.numeric()} if isinstance(reader, TextCells) else {}
    rows = 0
    for cells in reader.read(reader.names, types):
        rows += cells.batch.num_rows
        for profile, column in zip(profiles, cells.batch.columns, strict=True):
            profile.add(column)
    return [profile.column() for profile in profiles], rows
