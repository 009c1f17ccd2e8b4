"""Arrays in files, whatever their format: see `Arrays`."""

from engine.datasets.arrays.arrays import Arrays

__all__ = ["Arrays"]
