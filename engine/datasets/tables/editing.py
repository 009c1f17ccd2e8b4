"""What a person corrects in a table: how a column is used, what is predicted, which file is for the test."""

import msgspec

from engine.datasets.tables.column import MOST_CATEGORIES, ColumnKind, TableColumn
from engine.datasets.tables.columns import in_order
from engine.datasets.tables.listed import MARKS, Lists
from engine.datasets.tables.loading import column_words, test_samples
from engine.datasets.tables.table import Table
from engine.datasets.tables.target import as_target, names_a_class
from engine.errors import DataError


def with_column_kind(table: Table, name: str, kind: ColumnKind) -> Table:
    """The table with a column used in that way. Reads the file only where categories are asked for that are not known
    yet. Raises `DataError`.
    """
    column = column_of(table, name)
    if kind == "labels":
        column = _listing(table, column)
    elif kind == "category" and (not column.categories or column.kind == "labels"):
        column = msgspec.structs.replace(column, categories=_categories(table, column))
    return _with(table, msgspec.structs.replace(column, kind=kind, reason=""))


def with_target(table: Table, name: str) -> Table:
    """The table with another column to be predicted (empty: none), used as suits it. Raises `DataError`."""
    before = table.asked_for
    if before and before.holds == "numbers" and before.kind != "label":
        table = _with(table, msgspec.structs.replace(before, kind="number"))
    table = msgspec.structs.replace(table, target=name)
    if not name:
        return table
    column = column_of(table, name)
    if column.mark and column.kind != "labels":
        column = _listing(table, column)
    column = as_target(column, column.categories if column.kind == "labels" else _labels(table, column))
    if column.kind not in ("number", "category", "labels", "label", "date"):
        column = msgspec.structs.replace(column, kind="category", categories=_categories(table, column), reason="")
    return _counted(_with(table, column))


def with_test_file(table: Table, path: str) -> Table:
    """The table with a second file for the test (empty: none). Raises `DataError` where it lacks a column."""
    return _counted(msgspec.structs.replace(table, test_path=path, test_rows=0))


def _counted(table: Table) -> Table:
    if not table.test_path or table.lacks:
        return table
    return msgspec.structs.replace(table, test_rows=test_samples(table))


def column_of(table: Table, name: str) -> TableColumn:
    """The column of that name. Raises `DataError`."""
    found = next((column for column in table.columns if column.name == name), None)
    if found is None:
        raise DataError(f"The table has no column “{name}”.")
    return found


def _with(table: Table, column: TableColumn) -> Table:
    columns = tuple(column if other.name == column.name else other for other in table.columns)
    return msgspec.structs.replace(table, columns=columns)


def _labels(table: Table, column: TableColumn) -> tuple[str, ...]:
    """The different numbers of a column that is called as classes are; none where they are too many. Raises
    `DataError`.
    """
    if column.holds != "numbers" or not names_a_class(column.name) or column.distinct > MOST_CATEGORIES:
        return ()
    return column.categories or _categories(table, column)


def _listing(table: Table, column: TableColumn) -> TableColumn:
    """The column as labels that its cells list. Raises `DataError` where they list none, or too many."""
    import pyarrow as pa

    lists = Lists()
    for words in column_words(table, column):
        if words:
            lists.add(pa.array(sorted(words), pa.string()))
    for mark in dict.fromkeys((column.mark, *MARKS)):
        if labels := lists.labels(mark):
            return msgspec.structs.replace(column, kind="labels", categories=in_order(labels), mark=mark)
    raise DataError(
        f"No cell of “{column.name}” lists several labels, or all of them list more than {MOST_CATEGORIES:,}.",
        expected="Between labels stands one of | ; and ,",
        fix="Use it as a category.",
    )


def _categories(table: Table, column: TableColumn) -> tuple[str, ...]:
    """Its different values. Raises `DataError` where they are too many."""
    found: set[str] = set()
    for words in column_words(table, column):
        found |= words
        if len(found) > MOST_CATEGORIES:
            raise DataError(
                f"“{column.name}” has more than {MOST_CATEGORIES:,} different values: too many to be categories.",
                fix="Use it as a number, or ignore it.",
            )
    return in_order(found)
