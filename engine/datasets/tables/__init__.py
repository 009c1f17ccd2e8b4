"""Tables of a person's own: text in columns, Parquet, Excel, lines of JSON, SQLite."""

from engine.datasets.tables.column import ColumnKind, TableColumn
from engine.datasets.tables.table import Table

__all__ = ["ColumnKind", "Table", "TableColumn"]
