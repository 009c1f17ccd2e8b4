"""Names for what pyarrow makes: it comes without annotations, and is imported only where it works."""

from typing import Any

ArrowType = Any
ArrowColumn = Any
ArrowBatch = Any
ArrowTable = Any


def compute() -> Any:
    """The functions of pyarrow over columns."""
    from pyarrow import compute

    return compute
