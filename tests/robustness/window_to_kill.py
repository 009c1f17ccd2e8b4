"""A window that trains a project until it is killed: ``python window_to_kill.py PROJECT``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))


def main(path: Path) -> int:
    """Opens the window with the project and presses Train once the engine has spoken of it."""
    from PySide6.QtWidgets import QApplication

    from engine.project import load
    from gui.services import Services
    from gui.settings import Settings
    from gui.theme import Appearance
    from gui.window import Window

    application = QApplication([])
    window = Window(Settings(path.with_suffix(".ini")), Appearance(application, "dark"), Services())
    window.show()
    window.services.start()
    window.documents.show_project(load(path))
    window.services.analyst.analysed.connect(lambda *_: window.training.is_busy or window.runs.train())
    return application.exec()


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
