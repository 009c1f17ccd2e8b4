"""The panels around the canvas: where they stand at first, how they are moved, and what is remembered of it."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from gui import theme as looks
from gui.settings import Settings

LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)


class Panel(NamedTuple):
    """A panel and the area where it stands at first; those of one area share it as tabs."""

    name: str
    title: str
    widget: QWidget
    area: Qt.DockWidgetArea


class Docks(QObject):
    """Holds the docks of a window by their names: ``docks["curvesDock"]``."""

    def __init__(self, window: QMainWindow, panels: Sequence[Panel], settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._docks: dict[str, QDockWidget] = {}
        self._heads: dict[Qt.DockWidgetArea, QDockWidget] = {}
        self._set_up()
        for panel in panels:
            self._add(panel)
        for dock in self._docks.values():
            dock.show()
        self._give_sizes()
        self._first = window.saveState()
        self._aside: QByteArray | None = None
        self._is_new = True
        window.installEventFilter(self)

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def toggles(self) -> list[QAction]:
        """An action for each panel that shows or closes it."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    def set_aside(self) -> None:
        """Hides all panels, remembering how they stood."""
        if self._aside is None:
            self._aside = self._window.saveState()
            self._hide_all()

    def bring_back(self) -> None:
        """Shows the panels as they stood."""
        if self._aside is None:
            return
        self._window.restoreState(self._aside)
        self._aside = None
        if self._is_new:
            # Only now that they are in view can the first of the tabs be chosen.
            self._is_new = False
            self._give_sizes()
            self._raise_heads()

    def keep(self) -> None:
        """Remembers the arrangement for the next start."""
        state = self._window.saveState() if self._aside is None else self._aside
        self._settings.keep_layout(self._window.saveGeometry(), state)

    def restore(self) -> None:
        """Arranges all as it was at the last end, if there was one."""
        if kept := self._settings.layout():
            geometry, state = kept
            self._window.restoreGeometry(geometry)
            self._hide_all()
            self._is_new = not self._window.restoreState(state)
            if self._is_new:
                self._window.restoreState(self._first)

    def reset(self) -> None:
        """Arranges all as it was at first."""
        self._settings.forget_layout()
        if self._aside is not None:
            self._aside, self._is_new = self._first, True
            return
        self._hide_all()
        self._window.restoreState(self._first)
        self._give_sizes()
        self._raise_heads()

    def show_title_bars(self, shown: bool) -> None:
        """Gives each panel a title bar, by which it is moved and closed, or takes it away."""
        for dock in self._docks.values():
            # Without a widget of its own a dock has Qt's title bar.
            dock.setTitleBarWidget(None if shown else QWidget(dock))  # pyright: ignore[reportArgumentType]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and isinstance(event, QResizeEvent):
            self._grow(event.oldSize().height(), event.size().height())
        return False

    def _grow(self, before: int, now: int) -> None:
        """Lets the curves keep their part of a window whose height changes, unless a person gave them another."""
        head, canvas = self._heads[BOTTOM], self._window.centralWidget()
        shown = next((dock for dock in (head, *self._window.tabifiedDockWidgets(head)) if dock.isVisible()), None)
        if shown is None or canvas is None or shown.isFloating():
            return
        # With the tabs above it, and what separates it from the canvas.
        height = shown.geometry().bottom() - canvas.geometry().bottom()
        if abs(height - _curves_height(before)) <= looks.PADDING:
            self._window.resizeDocks([shown], [_curves_height(now)], Qt.Orientation.Vertical)

    def _hide_all(self) -> None:
        for dock in self._docks.values():
            dock.hide()
        if layout := self._window.layout():
            layout.activate()

    def _set_up(self) -> None:
        options = QMainWindow.DockOption
        self._window.setDockOptions(options.AllowTabbedDocks | options.AllowNestedDocks | options.AnimatedDocks)
        self._window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, looks.TAB_POSITION)
        self._window.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        self._window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)

    def _add(self, panel: Panel) -> None:
        dock = QDockWidget(panel.title, self._window)
        dock.setObjectName(panel.name)
        dock.setTitleBarWidget(QWidget(dock))
        dock.setWidget(panel.widget)
        # Qt forgets bars of tabs where panels in view are put together before the window is: they stay in view, empty.
        dock.hide()
        self._window.addDockWidget(panel.area, dock)
        if panel.area in self._heads:
            self._window.tabifyDockWidget(self._heads[panel.area], dock)
        self._heads.setdefault(panel.area, dock)
        self._docks[panel.name] = dock

    def _give_sizes(self) -> None:
        widths = [looks.with_font(looks.PALETTE_WIDTH), looks.with_font(looks.INSPECTOR_WIDTH)]
        self._window.resizeDocks([self._heads[LEFT], self._heads[RIGHT]], widths, Qt.Orientation.Horizontal)
        height = _curves_height(self._window.height())
        self._window.resizeDocks([self._heads[BOTTOM]], [height], Qt.Orientation.Vertical)

    def _raise_heads(self) -> None:
        for head in self._heads.values():
            head.raise_()


def _curves_height(window: int) -> int:
    """What the curves take of a window of this height at first: on a small screen the canvas keeps the larger part."""
    return min(looks.CURVES_HEIGHT, round(looks.CURVES_SHARE * window))
