"""What is known of one column of a table."""

from typing import Literal

import msgspec

ColumnKind = Literal["number", "category", "text", "date", "image", "ignore"]
Holds = Literal["numbers", "texts", "dates", "images", "other"]

INPUTS: tuple[ColumnKind, ...] = ("number", "category", "date")
"""The kinds that a network can be given; a date as days since the beginning of 1970."""


class TableColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``kind`` is how the column is used, ``holds`` what was found in its cells."""

    name: str
    kind: ColumnKind = "number"
    categories: tuple[str, ...] = ()
    """Its different values in order, where they are few; they count where it is a category."""
    holds: Holds = "texts"
    missing: int = 0
    """Rows in which it is empty or holds a missing mark."""
    distinct: int = 0
    """How many different values it has; counting ends soon after `MOST_CATEGORIES`."""
    dates: str = ""
    """How its dates are written: ``ISO8601`` or a pattern such as ``%d.%m.%Y``."""
    reason: str = ""
    """Why it is no input unasked, as a sentence."""

    @property
    def is_input(self) -> bool:
        """Whether a network can be given its values."""
        return self.kind in INPUTS and (self.kind != "category" or bool(self.categories))

    @property
    def is_constant(self) -> bool:
        """Whether it is known to have one value or none, so that there is nothing to predict."""
        if self.kind == "category":
            return len(self.categories) < 2
        return self.distinct == 1


MOST_CATEGORIES = 1000
"""More different values than this are no categories."""
FEW_NUMBERS = 20
"""As many different numbers are kept by name: they may be meant as categories."""
