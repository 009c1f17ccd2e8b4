"""pyarrow's functions on whole columns."""

from importlib import import_module
from typing import Any


def compute() -> Any:
    """The module ``pyarrow.compute``, which makes its functions while it is imported: no checker knows them."""
    return import_module("pyarrow.compute")
