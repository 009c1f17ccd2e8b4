"""What Qt itself makes and deletes leaves nothing behind in PySide: the address of such a leftover is later that of a
widget, and the process ends with a crash when that is deleted.
"""

import gc

from PySide6.QtWidgets import QApplication, QStyle, QTabBar
from shiboken6 import Shiboken


def leftovers() -> set[int]:
    """The Python objects, by identity, of what Qt had made and has deleted."""
    found = (each for each in gc.get_objects() if isinstance(each, Shiboken.Object))
    return {id(each) for each in found if not Shiboken.isValid(each) and not Shiboken.createdByPython(each)}


def test_no_style_is_left_behind_where_the_theme_changes(window, appearance, qtbot):
    before = leftovers()
    for mode in ("light", "dark") * 3:
        window.style().pixelMetric(QStyle.PixelMetric.PM_ButtonMargin)
        appearance.choose(mode)
        QApplication.processEvents()
    assert leftovers() <= before


def test_no_bar_of_tabs_is_left_behind_where_the_panels_go_and_come(window, qtbot):
    before = leftovers()
    for _ in range(3):
        window.docks.set_aside()
        window.docks.bring_back()
        window.docks.reset()
        QApplication.processEvents()
    assert leftovers() <= before
    kept = (each for each in Shiboken.getAllValidWrappers() if isinstance(each, QTabBar))
    assert not [each for each in kept if not Shiboken.createdByPython(each)]
