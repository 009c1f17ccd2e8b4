"""One start of Layerloom, as from a terminal; prints the moment at which its window answered an event and ends.

The moment is on the clock of `time.time`, which whoever started this process reads as well.
"""

import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))


def main() -> None:
    """Starts it and waits for its first picture."""
    # First, as in a start from a terminal: PySide reads the source of whatever is imported after it.
    import_module("engine.cli")
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    from main import main as layerloom

    class Witness(QObject):
        """Waits for a painted window, knocks at it, and hears it answer."""

        has_knocked = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if watched.objectName() != "window":
                return False
            if event.type() == QEvent.Type.Paint and not self.has_knocked:
                self.has_knocked = True
                QTimer.singleShot(0, lambda: QCoreApplication.postEvent(watched, QEvent(QEvent.Type.User)))
            if event.type() == QEvent.Type.User:
                print(time.time(), flush=True)
                os._exit(0)
            return False

    application: Any = QApplication(["layerloom"])
    witness = Witness()
    application.installEventFilter(witness)
    sys.argv = ["layerloom"]
    layerloom()


if __name__ == "__main__":
    main()
