"""Makes pictures of every state of the window, to be looked at: each in both themes, at a small and a large size.

python docs/make_states.py FOLDER [--font PIXELS] [NAME …]   needs no display; the names are those of the methods of
`PanelStates`, `CanvasStates` and `TrainingStates`. --font: as where a person has set a larger font.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"small": (1280, 800), "large": (1920, 1080)}
PATIENCE_SECONDS = 120


def main(folder: Path, names: list[str], font: int = 0) -> None:
    """Writes the pictures of these states, or of all, into the folder."""
    from canvas_states import CanvasStates
    from make_pictures import _settle
    from panel_states import PanelStates
    from PySide6.QtWidgets import QApplication
    from training_states import TrainingStates

    from gui.services import Services
    from gui.settings import Settings
    from gui.theme import Appearance
    from gui.window import Window

    application = QApplication([])
    if font:
        _enlarge(font)
    appearance = Appearance(application, "light")
    window = Window(Settings(Path(tempfile.mkdtemp()) / "settings.ini"), appearance, Services())
    window.show()
    window.services.start()
    settle = partial(_settle, application)
    stages = [kind(window, settle, partial(_until, settle)) for kind in (PanelStates, CanvasStates, TrainingStates)]
    states = {name: getattr(stage, name) for stage in stages for name in vars(type(stage)) if not name.startswith("_")}
    for size, measures in SIZES.items():
        window.resize(*measures)
        for state in names or states:
            for name in states[state]():
                for mode in ("light", "dark"):
                    appearance.choose(mode)
                    settle(250)
                    _picture(window).save(str(folder / f"{name}-{size}-{mode}.png"))
                print(name, size, flush=True)
    window.editor.undo_stack.setClean()
    window.close()


def _enlarge(pixels: int) -> None:
    """Lets the system's font be as large as this."""
    from PySide6.QtGui import QFontDatabase

    of_system = QFontDatabase.systemFont

    def larger(kind):
        font = of_system(kind)
        font.setPixelSize(pixels)
        return font

    QFontDatabase.systemFont = larger


def _until(settle: Callable[[int], None], is_so: Callable[[], bool]) -> None:
    """Lets the window live until something is so, or patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit("What the picture is to show did not come.")
        settle(50)


def _picture(window):
    """The window, with the dialogs and menus in front of it."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QApplication, QDialog

    picture = window.grab()
    painter = QPainter(picture)
    painter.setPen(window.palette().mid().color())
    for front in QApplication.topLevelWidgets():
        if front.isVisible() and isinstance(front, QDialog):
            at = QPoint(window.width() - front.width(), window.height() - front.height()) / 2
            painter.drawPixmap(at, front.grab())
            painter.drawRect(front.rect().translated(at).adjusted(-1, -1, 0, 0))
        elif front.isVisible() and front.windowType() == Qt.WindowType.Popup:
            painter.drawPixmap(window.mapFromGlobal(front.pos()), front.grab())
    painter.end()
    return picture


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[name] = tempfile.mkdtemp()
    sys.path.insert(0, str(ROOT))
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--font", type=int, default=0)
    chosen = parser.parse_intermixed_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    main(chosen.folder, chosen.names, chosen.font)
