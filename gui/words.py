"""Texts of the engine, translated where they are shown."""

from PySide6.QtCore import QCoreApplication


def translated(text: str) -> str:
    """The text in the language of the window; as it is where no translation is loaded."""
    return QCoreApplication.translate("engine", text) if text else ""
