"""Icons are those of QtAwesome, which itself takes too long to load at the start."""

import subprocess
import sys

import pytest
import qtawesome
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from gui import icons


@pytest.mark.parametrize("name", ["play", "pause", "dots-horizontal", "magnify"])
@pytest.mark.parametrize("size", [16, 18, 28])
@pytest.mark.parametrize("mode", [QIcon.Mode.Normal, QIcon.Mode.Disabled])
def test_an_icon_is_drawn_to_the_pixel_as_qtawesome_draws_it(
    qapp: QApplication, name: str, size: int, mode: QIcon.Mode
) -> None:
    theirs = qtawesome.icon(f"mdi6.{name}", color="#ff8800", color_disabled="#223344")
    ours = icons.drawn(name, "#ff8800", "#223344")
    assert ours.pixmap(QSize(size, size), mode).toImage() == theirs.pixmap(QSize(size, size), mode).toImage()


def test_the_window_does_not_load_what_its_start_would_wait_for() -> None:
    script = "import gui.window, sys; print([name for name in ('qtawesome', 'pyqtgraph') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_an_icon_without_room_is_none() -> None:
    assert icons.drawn("close", "#ff8800", "#223344").pixmap(QSize(0, 0)).isNull()
