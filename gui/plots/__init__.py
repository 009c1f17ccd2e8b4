"""Live plots of a training and of earlier ones."""

from gui.plots.curves import Curves

__all__ = ["Curves"]
