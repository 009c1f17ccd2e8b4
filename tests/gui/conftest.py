"""What tests of widgets share."""

import pytest
from PySide6.QtWidgets import QApplication

from gui.theme import Appearance


@pytest.fixture
def appearance(qapp: QApplication) -> Appearance:
    """The dark theme."""
    return Appearance(qapp, "dark")
