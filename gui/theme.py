"""How everything looks: type, spaces, icons; the colours are in `gui.colours`. No other file holds any of this.

`Appearance` is the one owner of the theme in force; widgets and painted items are given it and repaint on `changed`.
"""

from functools import lru_cache
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QTabWidget

import resources
from gui import icons
from gui.colours import DARK as DARK
from gui.colours import LIGHT as LIGHT
from gui.colours import Theme as Theme

Mode = Literal["system", "light", "dark"]

GRID = 4
PADDING = 14
ROW_HEIGHT = 32
RADIUS = 7
PALETTE_WIDTH = 232
INSPECTOR_WIDTH = 328
ICON = 16
TOOL_ICON = 18
TILE = 20
NODE_BAR = 5
NODE_RADIUS = 7
FOCUS_GAP = 5
"""How far around a node the ring runs that shows where the keyboard is."""
NODE_TILE = 20
NODE_PADDING = 14
NOTE_PADDING, NOTE_HEIGHT = 10, 36
NOTE_GAP, NOTE_INDENT = 6, 18
"""The room between the paragraphs of a note, and before its lists."""
NOTE_EDITOR = QSize(180, 64)
"""The least room in which a note is written."""
NOTE_HEADS = (1.4, 1.2, 1.1)
"""How much larger than the text the headings of a note are, from the highest."""
FRAME_PADDING, FRAME_RADIUS = 12, 10
SIGN_PADDING, SIGN_RADIUS, SIGN_WIDTH = 5, 4, 200
"""Around the title of a frame where that is shown from afar, and how wide it may become there, in pixels."""
SWATCH = 14
INSET_MARGIN = 6
CARD_INSET, CARD_STEP = 4, 5
"""How far the cards of a repeated block look out from behind it, and how much lower they are."""
PORT_RADIUS = 4
PORT_REACH = 14
"""How far from a port the pointer may be and still take it."""
SNAP_REACH = 8
"""How near, in pixels of the screen, a node comes to a line before it snaps to it."""
SNAP_FURTHEST = 24
"""The same on the canvas: from afar, where a few pixels are a whole node, nothing else would be left."""
GUIDE_TICK = 8
BADGE_RADIUS = 9
DOT_SPACING = 24
PROBLEM_WIDTH = 292
FIND_WIDTH = 208
RENAME_WIDTH, RENAME_INSET = 160, 11
"""How wide the line is in which a layer is renamed, at least, and where its text begins."""
HEAT_SCALE = QSize(196, 10)
MINIMAP = QSize(168, 220)
MINIMAP_LEAST = QSize(112, 84)
FORECAST_WIDTH = 284
SEARCH_WIDTH = 340
SEARCH_ROWS = 8
SEARCH_FOOT = 92
WINDOW = QSize(1440, 900)
WINDOW_FRAME = QSize(8, 40)
"""What the system may draw around a window; it is not known before the window is shown."""
SMALLEST_WINDOW = QSize(960, 640)
PROGRESS_WIDTH = 240
DIALOG_WIDTH = 520
QUESTION_WIDTH = 420
PICTURE_PREVIEW = QSize(420, 460)
PICTURE_FIELD = 230
WHITE = "#ffffff"
"""Paper."""
SHORTCUTS = QSize(640, 620)
GUIDE = QSize(900, 700)
GUIDE_TITLES = 176
LINE_HEIGHT = 130
"""Of text that is read, in hundredths of what its letters need."""
CODE_DIALOG = QSize(760, 620)
CLASS_WIDTH = 208
KEYS_WIDTH = 220
CURVES_HEIGHT = 360
CURVES_SHARE = 0.32
"""The part of a low window that the curves take at first."""
CURVES_LOWEST = 180
CURVE_WIDTH = 2
OVERLAY_WIDTH = 1.5
MARKER = 7
LEGEND_HEIGHT = 22
AXIS_WIDEST = 90
"""What the numbers beside a plot, and the margins, take of its width at most."""
SLIDER_WIDTH = 84
METRIC_WIDTH = 115
GAUGES_WIDTH, GAUGE_HIGHEST = 236, 44
GAUGE_PARTS = (0.42, 0.27)
"""What the name and the value of a gauge take of its width."""
PLOT_LOWEST = 132
"""How high a plot is at least before others stand below it."""
RUN_HEIGHT = 56
TAB_POSITION = QTabWidget.TabPosition.North
PLACE_WIDTH = 92
PLACE_WIDEST = 168
FIX_WIDEST = 208
SENTENCE_LEAST = 220
"""Of the fixes in the list of problems: what they say goes on in their tooltip."""
BUTTON_PADDING = 32
QUIET_PADDING = 20
"""What a button of the style sheet adds to the width of its words, and what a quiet one adds."""
CELL = 44
CELL_LOW = 22
LABEL_WIDTH = 104
TOGGLE = 24
FORMULA_SIZE = 17
SAMPLE_WIDTH = 48
SAMPLE_LABEL = 18
MARK_RADIUS = 3
FAMILY_MARK = 8
HEAD_TILE = QSize(28, 28)
PALETTE_ROW = 30
PAGE_MARGIN = 36
START_SIDE_WIDTH = 200
TEMPLATE_WIDTH = 216
TEMPLATE_HEIGHT = 252
TEMPLATE_GAP = 16
TEMPLATE_PICTURE = QSize(188, 108)
GALLERY_SEARCH_WIDTH = 232
GALLERY_FILTER_WIDTH = 176
COLUMN_ROW = 28
MOST_COLUMNS = 14
"""Rows of the list of columns; of more, one scrolls."""
KIND_WIDTH, MISSING_WIDTH, RADIO_WIDTH = 86, 58, 54
SKIPPED_HEIGHT = 150
VARIANT_WIDTH = 70
LONGEST_NAME = 22
"""Letters of a file name on a button; of a longer one the middle is left out."""
DATA_SIDE = 300
"""How wide the overview of data, and all of one row, stand beside its rows at first."""
CHART_HEIGHT = 52
CHART_ROWS = 8
THUMBNAIL = QSize(104, 124)
MEAN_IMAGE = 52
HEAT_CELL = (18, 58)
"""How small and how large a field of the correlations becomes."""
HEAT_NAMES = 150
CHIP_WIDEST = 320
CHIPS_WIDEST = 700
VEIL = 0.72
"""How much of the window is hidden behind a sign over all of it."""
COMPARISON_WIDTH = 760
COMPARISON_PICTURE = QSize(280, 120)


class Appearance(QObject):
    """The theme in force: light, dark, or whatever the system has."""

    changed = Signal(object)
    """The new `Theme`."""

    def __init__(self, application: QApplication, mode: Mode = "system") -> None:
        super().__init__(application)
        self._application = application
        self._mode: Mode = mode
        self.theme = self._resolved()
        application.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._apply()

    @property
    def mode(self) -> Mode:
        """What was chosen, which may be to follow the system."""
        return self._mode

    def choose(self, mode: Mode) -> None:
        """Follows the system, or stays light or dark."""
        self._mode = mode
        self._refresh()

    def _system_changed(self) -> None:
        if self._mode == "system":
            self._refresh()

    def _refresh(self) -> None:
        theme = self._resolved()
        if theme is not self.theme:
            self.theme = theme
            self._apply()
            self.changed.emit(theme)

    def _resolved(self) -> Theme:
        if self._mode == "system":
            return DARK if self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._mode == "dark" else LIGHT

    def _apply(self) -> None:
        font, sheet = interface_font(), style_sheet(self.theme)
        if (self._application.font(), self._application.styleSheet()) == (font, sheet):
            return  # Qt would give every widget its looks anew.
        if not self._application.styleSheet():
            # Once: Qt deletes a style that it replaces. PySide would go on taking its address for that style, and the
            # process ends with a crash when a widget that has come to lie there is deleted.
            self._application.setStyle("Fusion")
        self._application.setFont(font)
        self._application.setPalette(palette(self.theme))
        self._application.setStyleSheet(sheet)


def interface_font(weight: QFont.Weight = QFont.Weight.Normal, scale: float = 1.0) -> QFont:
    """The system's interface font at 13 px, or larger where the person has set one."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    system = font.pixelSize() if font.pixelSize() > 0 else round(font.pointSizeF() * 96 / 72)
    font.setPixelSize(round(max(13, min(system, 22)) * scale))
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def with_font(length: int) -> int:
    """A width for words, larger where the person has set a larger font; never so that no room is left for the rest."""
    return round(length * min(interface_font().pixelSize() / 13, 1.25))


def zoomed_title_font(zoom: float) -> QFont:
    """The font of names at a zoom, never too small to be read."""
    return interface_font(QFont.Weight.DemiBold, max(1.0, zoom))


def zoomed_font(zoom: float) -> QFont:
    """The font of texts at a zoom, never too small to be read."""
    return interface_font(scale=max(1.0, zoom))


def title_font() -> QFont:
    """For names of nodes and panels."""
    return interface_font(QFont.Weight.DemiBold)


def small_font() -> QFont:
    """For shapes on wires, axes and second lines."""
    return interface_font(scale=12 / 13)


def section_font() -> QFont:
    """For the heads of sections: small spaced capitals."""
    font = interface_font(QFont.Weight.DemiBold, 11 / 13)
    font.setCapitalization(QFont.Capitalization.AllUppercase)
    font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 106)
    return font


def heading_font() -> QFont:
    """For the title of a page."""
    return interface_font(QFont.Weight.DemiBold, 22 / 13)


def code_font() -> QFont:
    """The system's fixed-width font."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(interface_font().pixelSize())
    return font


def font_of(family: str, size: int, weight: int) -> QFont:
    """The font that a file names: ``size`` in pixels, ``weight`` as in CSS."""
    font = QFont(family)
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    return font


def icon(name: str, theme: Theme, token: str = "dim") -> QIcon:
    """A line icon in a colour of the theme, paler while disabled. ``name`` is QtAwesome's, without the set."""
    disabled = mixed(theme.colour("faint"), theme.colour("panel"), 0.4)
    return icons.drawn(name, getattr(theme, token), disabled.name())


def mixed(colour: QColor, ground: QColor, share: float) -> QColor:
    """A paler colour that is still opaque: ``share`` of the ground in it."""
    pairs = (
        (colour.redF(), ground.redF()),
        (colour.greenF(), ground.greenF()),
        (colour.blueF(), ground.blueF()),
    )
    return QColor.fromRgbF(*(mine + share * (its - mine) for mine, its in pairs))


def tile(letter: str, colour: QColor, theme: Theme, ratio: float = 3.0) -> QIcon:
    """A layer's mark: its letter on a square of its family's colour, the same while selected."""
    picture = _tile(letter, colour.name(), theme.panel, ratio)
    made = QIcon(picture)
    made.addPixmap(picture, QIcon.Mode.Selected)
    return made


@lru_cache(maxsize=256)
def _tile(letter: str, colour: str, on_colour: str, ratio: float) -> QPixmap:
    picture = QPixmap(QSize(TILE, TILE) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_tile(painter, QRectF(0, 0, TILE, TILE), letter, QColor(colour), QColor(on_colour))
    painter.end()
    return picture


def family_mark(colour: QColor) -> QIcon:
    """The small square at the head of a family, in the place of a tile."""
    picture = QPixmap(QSize(FAMILY_MARK + GRID, TILE) * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(2, (TILE - FAMILY_MARK) / 2, FAMILY_MARK, FAMILY_MARK), 2, 2)
    painter.end()
    made = QIcon(picture)
    # A heading cannot be chosen, and Qt would grey its mark for that.
    made.addPixmap(picture, QIcon.Mode.Disabled)
    return made


def swatch(colour: str) -> QIcon:
    """A round spot of a colour, for menus."""
    picture = QPixmap(QSize(SWATCH, SWATCH) * 2)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(1, 1, SWATCH - 2, SWATCH - 2))
    painter.end()
    return QIcon(picture)


def paint_tile(painter: QPainter, place: QRectF, letter: str, colour: QColor, on_colour: QColor) -> None:
    """Paints a layer's mark at any size."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(place, place.width() / 5, place.width() / 5)
    font = interface_font(QFont.Weight.Bold)
    font.setPixelSize(max(7, round(place.height() * 0.55)))
    painter.setFont(font)
    painter.setPen(on_colour)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, letter)


def palette(theme: Theme) -> QPalette:
    """The colours for what the style sheet leaves to Qt."""
    roles = {
        QPalette.ColorRole.Window: theme.panel,
        QPalette.ColorRole.Base: theme.raised,
        QPalette.ColorRole.AlternateBase: theme.panel,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.on_accent,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.PlaceholderText: theme.faint,
    }
    roles |= dict.fromkeys(
        (
            QPalette.ColorRole.WindowText,
            QPalette.ColorRole.Text,
            QPalette.ColorRole.ButtonText,
            QPalette.ColorRole.ToolTipText,
        ),
        theme.text,
    )
    made = QPalette()
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    return made


def style_sheet(theme: Theme) -> str:
    """The whole style sheet. Widgets ask for a look with a dynamic property: ``kind`` is primary, quiet, section, dim,
    faint, heading, card, sunken, fault, doubt or good."""
    sheet = resources.path("style.qss").read_text(encoding="utf-8")
    values = {name: value for name, value in msgspec.structs.asdict(theme).items() if isinstance(value, str)}
    values |= {"icons": resources.path("icons").as_posix(), "radius": f"{RADIUS}px", "row": f"{ROW_HEIGHT - 2}px"}
    for name, value in values.items():
        sheet = sheet.replace(f"@{name}@", value)
    return sheet
