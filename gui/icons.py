"""Line icons: the characters of an icon font, in any colour and size.

The font is that of the package QtAwesome. Only the one that is used is read, as importing the package would read all of
its twelve, which takes longer than all else at the start.
"""

import re
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

FONT = "materialdesignicons6-webfont"
SHARE = 0.875
"""Of the height of an icon, what its character takes: the rest is the space around it."""


@lru_cache(maxsize=256)
def drawn(name: str, colour: str, disabled: str) -> QIcon:
    """The icon of this name, in one colour and another while disabled."""
    return QIcon(_Engine(_character(name), colour, disabled))


class _Engine(QIconEngine):
    """Paints a character as large as it is asked for."""

    def __init__(self, character: str, colour: str, disabled: str) -> None:
        super().__init__()
        self._character = character
        self._colours = (colour, disabled)

    def clone(self) -> QIconEngine:
        return _Engine(self._character, *self._colours)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        del state
        font = QFont(_family())
        font.setPixelSize(max(1, round(SHARE * rect.height())))
        painter.save()
        painter.setFont(font)
        painter.setPen(QColor(self._colours[mode == QIcon.Mode.Disabled]))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._character)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        if size.isEmpty():
            # A widget without room for its icon asks for one nonetheless.
            return picture
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, QRect(QPoint(), size), mode, state)
        painter.end()
        return picture


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_file("ttf")))
    return QFontDatabase.applicationFontFamilies(number)[0]


def _character(name: str) -> str:
    # A few of seven thousand names: to parse them all would take longer than to look for these.
    found = re.search(rf'"{re.escape(name)}": "0x([0-9a-f]+)"', _codes())
    assert found is not None, f"there is no icon {name}"
    return chr(int(found[1], 16))


@cache
def _codes() -> str:
    return _file("json").read_text(encoding="utf-8")


def _file(suffix: str) -> Path:
    package = find_spec("qtawesome")
    assert package is not None
    assert package.origin is not None
    return next((Path(package.origin).parent / "fonts").glob(f"{FONT}-*.{suffix}"))
