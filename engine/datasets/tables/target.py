"""Which column is most likely to be predicted, and whether as a category."""

import re
from collections.abc import Sequence

import msgspec

from engine.datasets.tables.column import MOST_CATEGORIES, TableColumn

_SURE = {
    *("target", "label", "labels", "class", "y", "output", "outcome", "response", "answer", "survived", "quality"),
    *("species", "diagnosis", "variety", "churn", "exited", "default", "income", "result", "category", "sentiment"),
}
_LIKELY = re.compile(r"(.*[\W_])?(target|label|class|outcome|price|value|quality|score|rating|sales|cost|rent|salary)")
_NAMES_A_CLASS = re.compile(r"(.*[\W_])?(class|label|species|category|variety|diagnosis)")
FEW_CLASSES = 100


def proposed(columns: Sequence[TableColumn]) -> str:
    """The name of the column that is most likely to be predicted; empty: there is none that could be."""
    fitting = [column for column in columns if _fits(column)]
    for likely in (lambda name: name in _SURE, _LIKELY.fullmatch):
        found = [column.name for column in fitting if likely(column.name.lower())]
        if found:
            return found[-1]
    return fitting[-1].name if len(fitting) > 1 else ""


def _fits(column: TableColumn) -> bool:
    if column.kind == "category":
        return 2 <= len(column.categories) <= FEW_CLASSES
    return column.kind == "number" and column.distinct >= 2


def as_target(column: TableColumn) -> TableColumn:
    """The column as it is best predicted: numbers that are only two, or the numbers of classes, are categories."""
    if column.holds == "numbers":
        classes = 2 <= len(column.categories) <= MOST_CATEGORIES and (
            len(column.categories) == 2 or _NAMES_A_CLASS.fullmatch(column.name.lower())
        )
        return msgspec.structs.replace(column, kind="category" if classes else "number", reason="")
    if column.kind in ("ignore", "text") and column.categories:
        return msgspec.structs.replace(column, kind="category", reason="")
    return column
