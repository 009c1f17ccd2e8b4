"""Which reader is for which file."""

from pathlib import Path

from engine.datasets.tables.cells import Reader
from engine.datasets.tables.table import JSON_LINES, PARQUET, SQLITE, WORKBOOK, Table


def reader_of(table: Table, path: Path) -> Reader:
    """The reader for a file of this name; what has no ending of its own is text."""
    ending = path.suffix.lower()
    if ending in PARQUET:
        from engine.datasets.tables.parquet import ParquetCells

        return ParquetCells(path)
    if ending in WORKBOOK:
        from engine.datasets.tables.workbook import WorkbookCells

        return WorkbookCells(table, path)
    if ending in JSON_LINES:
        from engine.datasets.tables.json_lines import JsonCells

        return JsonCells(path)
    if ending in SQLITE:
        from engine.datasets.tables.sqlite import SqliteCells

        return SqliteCells(table, path)
    from engine.datasets.tables.text_cells import TextCells

    return TextCells(table, path)
