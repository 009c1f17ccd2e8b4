"""The canvas: `scene` shows the graph, `items` paint it, `gestures` follow the mouse, `view` is the widget.

`placing` decides where a new layer lands, `routes` where wires run, `faces` what a node says of itself; `zoom` is the
looking, `overlays` what floats above, `orientation` what shows the way (`find_bar` …), `pictures` the drawing without a
window.
"""

from gui.canvas.menu import zoom_menu
from gui.canvas.pictures import picture, thumbnail
from gui.canvas.view import LAYER_MIME, Canvas

__all__ = ["LAYER_MIME", "Canvas", "picture", "thumbnail", "zoom_menu"]
