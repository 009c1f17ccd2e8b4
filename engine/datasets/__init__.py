"""Every dataset, one file per kind of source. Importing this package fills `Dataset.kinds`, in this order."""

# ruff: noqa: I001 — the order of these imports is the order of the list that people choose from.

from engine.datasets.dataset import Dataset, Loaded, Progress, Samples
from engine.datasets.bundled import Digits

__all__ = ["Dataset", "Digits", "Loaded", "Progress", "Samples"]
