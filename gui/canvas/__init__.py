"""The canvas: `scene` shows the graph, `items` paint it, `gestures` follow the mouse, `view` is the widget."""

from gui.canvas.pictures import picture, thumbnail
from gui.canvas.view import LAYER_MIME, Canvas

__all__ = ["LAYER_MIME", "Canvas", "picture", "thumbnail"]
