"""The window as the states of it are shown: what opens projects in it, waits for it and brings its parts into view."""

from collections.abc import Callable


class Stage:
    """Base of all states. Each public method of a subclass yields the names of what can be looked at."""

    def __init__(self, window, settle: Callable[[int], None], until: Callable[[Callable[[], bool]], None]) -> None:
        self.window = window
        self.settle = settle
        self.until = until
        self.canvas = window.canvas
        self.editor = window.editor

    def _open(self, project) -> None:
        self.editor.undo_stack.setClean()
        self.window.show_editor()
        self.editor.open(project)
        self._wait_for_report()
        self.canvas.fit()
        self.canvas.setFocus()

    def _open_template(self, name: str) -> None:
        from engine.templates import template

        self._open(template(name).project)

    def _edit(self, edit) -> None:
        self.editor.edit_network("Edit", edit)
        self._wait_for_report()

    def _wait_for_report(self) -> None:
        self.until(lambda: self.editor.is_report_current)
        self.settle(300)

    def _show_dock(self, name: str) -> None:
        self.window.docks[name].show()
        self.window.docks[name].raise_()
        self.settle(300)

    def _close_all(self) -> None:
        """Dialogs and menus."""
        from PySide6.QtWidgets import QApplication, QDialog

        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        for dialog in QApplication.topLevelWidgets():
            if isinstance(dialog, QDialog) and dialog.isVisible():
                dialog.reject()
        self.settle(100)

    def _part(self, name: str, within=None):
        """The widget of this object name."""
        from PySide6.QtWidgets import QWidget

        return (within or self.window).findChild(QWidget, name)
