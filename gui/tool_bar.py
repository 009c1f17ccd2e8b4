"""The tool bar: icons for editing, buttons for training, how far that has come, and the way out of the program."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolBar, QToolButton, QWidget

from gui import theme as looks
from gui.actions import Actions
from gui.progress import TrainingProgress
from gui.theme import Appearance, icon

_TOOLS = ("undo", "redo", "", "tidy", "fit", "colourBy", "")
_PRIMARY = "train"


class ToolBar(QToolBar):
    """What is asked for most often, one click away. Does nothing by itself: each tool is one of the actions."""

    def __init__(self, actions: Actions, progress: TrainingProgress, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self._appearance = appearance
        self.setObjectName("toolBar")
        self.setWindowTitle(self.tr("Tools"))
        self.setMovable(False)
        self.setIconSize(QSize(looks.TOOL_ICON, looks.TOOL_ICON))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for name in _TOOLS:
            self.addAction(actions[name]) if name else self.addSeparator()
        self._open_at_once(actions["colourBy"])
        for name in (_PRIMARY, "pause", "stop"):
            self.addWidget(self._button(name))
        gap = QWidget(self)
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(gap)
        self.addWidget(progress)
        self.addWidget(self._button("export"))

    def _open_at_once(self, action: QAction) -> None:
        """A click on the button of an action that has a menu shows the menu."""
        button = self.widgetForAction(action)
        assert isinstance(button, QToolButton)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _button(self, name: str) -> QPushButton:
        """A button with words, which follows its action."""
        action = self._actions[name]
        button = QPushButton(action.text(), self)
        button.setObjectName(f"{name}Button")
        button.setAccessibleName(action.text().replace("…", ""))
        button.setIconSize(QSize(looks.TOOL_ICON, looks.TOOL_ICON))
        # A click must not take the keyboard from the canvas, or hand it on when the button is disabled by it.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if name == _PRIMARY:
            button.setProperty("kind", "primary")
        button.clicked.connect(action.trigger)

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            button.setText(action.text())
            button.setToolTip(action.toolTip())
            token = "on_accent" if name == _PRIMARY and action.isEnabled() else "text"
            button.setIcon(icon(action.property("symbol"), self._appearance.theme, token))

        action.changed.connect(follow)
        follow()
        return button
