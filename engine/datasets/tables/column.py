"""What is known of one column of a table."""

from typing import Literal

import msgspec

ColumnKind = Literal["number", "category", "labels", "label", "text", "date", "image", "ignore"]
Holds = Literal["numbers", "texts", "dates", "images", "other"]

INPUTS: tuple[ColumnKind, ...] = ("number", "category", "date")
"""The kinds that a network can be given; a date as days since the beginning of 1970."""


class TableColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``kind`` is how the column is used, ``holds`` what was found in its cells. Of ``labels`` a cell lists some, of a
    ``label`` it says by 0 or 1 whether it applies.
    """

    name: str
    kind: ColumnKind = "number"
    categories: tuple[str, ...] = ()
    """Its different values in order, where they are few; they count where it is a category. Where its cells list labels
    it is these.
    """
    holds: Holds = "texts"
    missing: int = 0
    """Rows in which it is empty or holds a missing mark."""
    distinct: int = 0
    """How many different values it has; counting ends soon after `MOST_CATEGORIES`."""
    dates: str = ""
    """How its dates are written: ``ISO8601`` or a pattern such as ``%d.%m.%Y``."""
    reason: str = ""
    """Why it is no input unasked, as a sentence."""
    mark: str = ""
    """What stands between labels, where its cells list some; empty: they do not look so."""

    @property
    def is_input(self) -> bool:
        """Whether a network can be given its values."""
        return self.kind in INPUTS and (self.kind != "category" or bool(self.categories))

    @property
    def says_whether(self) -> bool:
        """Whether its cells are 0 and 1, so that it may be a label."""
        return self.holds == "numbers" and self.categories == ("0", "1")

    @property
    def unknown(self) -> int:
        """In how many rows nobody knows what it says. A cell that lists labels and is empty says that none applies."""
        return 0 if self.kind == "labels" else self.missing

    @property
    def is_constant(self) -> bool:
        """Whether it is known to have one value or none, so that there is nothing to predict."""
        if self.kind in ("category", "labels"):
            return len(self.categories) < 2
        return self.distinct == 1


MOST_CATEGORIES = 1000
"""More different values than this are no categories."""
FEW_NUMBERS = 20
"""As many different numbers are kept by name: they may be meant as categories."""
