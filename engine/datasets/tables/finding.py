"""A file, opened: its format, its columns, its rows and what is most likely to be predicted."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from engine.datasets.dataset import Progress
from engine.datasets.quotes import refuse_open_quote
from engine.datasets.tables.column import MOST_CATEGORIES, TableColumn
from engine.datasets.tables.columns import Profile, in_order
from engine.datasets.tables.content import looked_through
from engine.datasets.tables.format import MARKS, with_format
from engine.datasets.tables.json_lines import looks_like_objects
from engine.datasets.tables.reading import reader_of
from engine.datasets.tables.table import SEPARATORS, TEXT, WORKBOOK, Table
from engine.datasets.tables.target import as_target, names_a_class, proposed
from engine.datasets.tables.text_cells import TextCells, reading
from engine.datasets.tables.workbook import WorkbookCells, sheets
from engine.errors import DataError

SURELY = (".csv", ".tsv", ".tab")
"""Endings of files that are tables and nothing else."""
TOO_MANY_NUMBERS = f"It holds more than {MOST_CATEGORIES:,} different whole numbers, too many for classes."


def table_in(path: Path) -> Iterator[Progress | Table | None]:
    """The table in a file, as the last item; None: it is none. Raises `DataError` where it cannot be used."""
    table = Table(path=str(path), marks=MARKS)
    if path.suffix.lower() in TEXT:
        content = yield from looked_through(path)
        written = with_format(table, path, content)
        if written is None and path.suffix.lower() in SURELY:
            raise DataError(f"{path.name} holds no rows.", fix="Choose a file with rows in it.")
        if written and not content.even_quotes:
            _refuse_open_quote(written, path)
        yield from found_anew(written) if written else (None,)
    elif path.suffix.lower() == ".json" and not looks_like_objects(path):
        yield None
    else:
        if path.suffix.lower() in WORKBOOK:
            table = _on_a_sheet(table, path)
        yield from found_anew(table)


def _on_a_sheet(table: Table, path: Path) -> Table:
    """The table on the first sheet that holds one, from the names of its columns on; where none does, on the first."""
    cells = WorkbookCells(table, path)
    if not cells.holds_table:
        # What is damaged is said by who reads all.
        with suppress(DataError):
            others = (WorkbookCells(msgspec.structs.replace(table, part=name), path) for name in sheets(path)[1:])
            cells = next((each for each in others if each.holds_table), cells)
    return msgspec.structs.replace(cells.table, lines_before=cells.lines_above())


def _refuse_open_quote(table: Table, path: Path) -> None:
    """Raises `DataError` where a quote is not closed."""
    width = len(TextCells(table, path).names)
    with reading(path), path.open(encoding=table.encoding, errors="replace", newline="") as lines:
        refuse_open_quote(lines, path.name, SEPARATORS[table.separator], '"', width)


def found_anew(table: Table) -> Iterator[Progress | Table]:
    """The table with columns, rows and target found out again, as after its format was corrected: what was chosen for
    columns that are still there stays. It is the last item. Raises `DataError`.
    """
    path, table = table.file(), msgspec.structs.replace(table, found_as=table.written_as())
    profiles, rows = yield from _profiled(table, path)
    if not rows:
        raise DataError(f"{path.name} holds only a header and no rows.", fix="Choose a file with rows in it.")
    if all(profile.is_empty for profile in profiles):
        raise DataError(f"{path.name} holds nothing but empty cells.", fix="Choose a file with values in it.")
    columns = [profile.column() for profile in profiles]
    chosen = {column.name: column for column in table.columns}
    if not chosen:
        target = proposed(columns)
        pairs = zip(columns, profiles, strict=True)
        found = (_of_target(column, profile) if column.name == target else column for column, profile in pairs)
        yield msgspec.structs.replace(table, columns=tuple(found), target=target, rows=rows)
        return
    kept = tuple(
        _as_chosen(column, chosen.get(column.name), profile) for column, profile in zip(columns, profiles, strict=True)
    )
    target = table.target if any(column.name == table.target for column in kept) else ""
    yield msgspec.structs.replace(table, columns=kept, target=target, rows=rows)


def _of_target(column: TableColumn, profile: Profile) -> TableColumn:
    """The column as it is best predicted; not used where it holds too many numbers for the classes it is called."""
    if names_a_class(profile.name) and profile.counts_too_many:
        return msgspec.structs.replace(column, kind="ignore", reason=TOO_MANY_NUMBERS)
    return as_target(column, in_order(profile.lists.labels(column.mark)) if column.mark else profile.labels)


def _as_chosen(found: TableColumn, chosen: TableColumn | None, profile: Profile) -> TableColumn:
    if chosen is None or found.holds != chosen.holds:
        return found
    if chosen.kind == "labels":
        labels = in_order(profile.lists.labels(chosen.mark))
        return msgspec.structs.replace(found, kind="labels", categories=labels, mark=chosen.mark) if labels else found
    categories = found.categories or (profile.different if chosen.kind == "category" else ())
    if chosen.kind == "category" and not categories:
        return found
    return msgspec.structs.replace(found, kind=chosen.kind, categories=categories, reason=chosen.reason)


def _profiled(table: Table, path: Path) -> Generator[Progress, None, tuple[list[Profile], int]]:
    import pyarrow as pa

    reader = reader_of(table, path)
    profiles = [Profile(name, place, table.decimal, table.marks) for place, name in enumerate(reader.names)]
    types = {name: pa.float64() for name in reader.numeric()} if isinstance(reader, TextCells) else {}
    rows, size = 0, path.stat().st_size
    for cells in reader.read(reader.names, types):
        rows += cells.batch.num_rows
        for profile, column in zip(profiles, cells.batch.columns, strict=True):
            profile.add(column)
        if reader.bytes_read:
            yield Progress(f"Reading {path.name}", min(reader.bytes_read, size), size, "bytes")
    return profiles, rows
