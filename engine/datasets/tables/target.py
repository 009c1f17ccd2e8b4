"""Which column is most likely to be predicted, and whether as a category."""

import re
from collections.abc import Sequence

import msgspec

from engine.datasets.tables.column import FEW_NUMBERS, MOST_CATEGORIES, TableColumn

_SURE = {
    *("target", "label", "labels", "class", "y", "output", "outcome", "response", "answer", "survived", "quality"),
    *("tags", "genres", "topics"),
    *("species", "diagnosis", "variety", "churn", "exited", "default", "income", "result", "category", "sentiment"),
}
_LIKELY = re.compile(r"(.*[\W_])?(target|label|class|outcome|price|value|quality|score|rating|sales|cost|rent|salary)")
_NAMES_A_CLASS = re.compile(r"(.*[\W_])?(class|label|species|category|variety|diagnosis)")
FEW_CLASSES = 100


def proposed(columns: Sequence[TableColumn]) -> str:
    """The name of the column that is most likely to be predicted; empty: there is none that could be.

    One that is plainly meant is answered even where it cannot be predicted: to say so beats predicting another.
    """
    fitting = [column for column in columns if _fits(column)]
    for likely in (_is_surely_meant, _is_likely_meant):
        if found := [column.name for column in fitting if likely(column.name)]:
            return found[-1]
    if meant := [column.name for column in columns if _is_meant_in_vain(column, columns)]:
        return meant[-1]
    return fitting[-1].name if len(fitting) > 1 else ""


def names_a_target(name: str) -> bool:
    """Whether a column is called as what is to be predicted often is."""
    return _is_surely_meant(name) or _is_likely_meant(name)


def _is_surely_meant(name: str) -> bool:
    return name.lower() in _SURE


def _is_likely_meant(name: str) -> bool:
    return _LIKELY.fullmatch(name.lower()) is not None


def names_a_class(name: str) -> bool:
    """Whether a column is called so that its numbers are those of classes."""
    return _NAMES_A_CLASS.fullmatch(name.lower()) is not None


def _is_meant_in_vain(column: TableColumn, columns: Sequence[TableColumn]) -> bool:
    if column.holds == "other" or not column.distinct:
        return False
    is_last = column.name == columns[-1].name
    return _is_surely_meant(column.name) or (is_last and (_is_likely_meant(column.name) or column.distinct == 1))


def _fits(column: TableColumn) -> bool:
    if column.mark:
        return True
    if column.kind == "category":
        return 2 <= len(column.categories) <= FEW_CLASSES
    return column.kind == "number" and column.distinct >= 2


def as_target(column: TableColumn, labels: tuple[str, ...] = ()) -> TableColumn:
    """The column as it is best predicted: numbers that are only two, or the numbers of classes, are categories.

    ``labels`` are its different values where they may be classes, or those that its cells list.
    """
    if column.kind == "label":
        return column
    if column.mark and labels:
        return msgspec.structs.replace(column, kind="labels", categories=labels, reason="")
    labels = column.categories or labels
    if column.holds == "numbers":
        are_classes = 2 <= len(labels) <= MOST_CATEGORIES and (
            len(labels) == 2 or (names_a_class(column.name) and _are_numbers_of_classes(labels))
        )
        kept = labels if are_classes else column.categories
        kind = "category" if are_classes else "number"
        return msgspec.structs.replace(column, kind=kind, categories=kept, reason="")
    if column.kind in ("ignore", "text") and labels:
        return msgspec.structs.replace(column, kind="category", categories=labels, reason="")
    return column


def _are_numbers_of_classes(labels: Sequence[str]) -> bool:
    # Twenty and fewer were always taken for classes, also where they are written with a fraction.
    return len(labels) <= FEW_NUMBERS or all(map(str.isdecimal, labels))
