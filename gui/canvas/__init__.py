"""The canvas: `scene` shows the graph, `items` paint it, `view` is the widget; its `hand` does the `gestures`.

`placing` decides where a new layer lands, `preview` shows it before it is there, with the engine's `forecast`, and
`searching` opens the `quick_search` for it. `routes` tells where wires run, `faces` what a node says of itself; `zoom`
is the looking, `overview` what is seen from afar, `overlays` what floats above, `orientation` what shows the way
(`find_bar` …), `pictures` the small portrait for cards, `drawing` the whole one for papers and slides.
"""

from gui.canvas.dragging import LAYER_MIME, carrying
from gui.canvas.menu import zoom_menu
from gui.canvas.pictures import portrait
from gui.canvas.view import Canvas

__all__ = ["LAYER_MIME", "Canvas", "carrying", "portrait", "zoom_menu"]
