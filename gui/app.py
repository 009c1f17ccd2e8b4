"""Starts the window: application, theme, settings, engine. The outermost border of the program."""

import gc
import logging
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, QObject, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

import resources
from engine.errors import LayerloomError, worded
from engine.logs import log_file
from engine.version import version
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window

logger = logging.getLogger("layerloom")

A_MOMENT_MILLISECONDS = 30
"""In which the window answers whatever a person did while it came."""
SOON_MILLISECONDS = 500
"""When the window has long been painted, and nobody can have begun a training yet."""


def run(path: Path | None = None, *, in_thread: bool = False) -> int:
    """Shows the window, with a project or data where they are given, until it is closed. Returns the exit status.

    ``in_thread`` runs trainings in a thread of this process, for debugging and where no process can be started.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Layerloom")
    application.setDesktopFileName("layerloom")
    _translate(application)
    settings = Settings()
    services = Services(in_thread=in_thread)
    window = Window(settings, Appearance(application, settings.mode), services)
    sys.excepthook = lambda kind, error, trace: _report(window, kind, error, trace)
    soon = QTimer(window, singleShot=True, interval=SOON_MILLISECONDS)
    soon.timeout.connect(lambda: _begin(window, path))
    window.installEventFilter(FirstPicture(soon))
    soon.start()
    window.show()
    return application.exec()


class FirstPicture(QObject):
    """Has a timer ring shortly after its window is painted for the first time. A window may start out of view."""

    def __init__(self, timer: QTimer) -> None:
        super().__init__(timer)
        self._timer = timer

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self._timer.start(A_MOMENT_MILLISECONDS)
        return False


def _begin(window: Window, path: Path | None) -> None:
    """What follows the first picture: the engine warms up, and what was asked for is opened."""
    QApplication.setApplicationVersion(version())
    window.services.start()
    if path is not None:
        window.open_any(path)
    window.offer_rescue()
    window.runs.find_running()
    QTimer.singleShot(SOON_MILLISECONDS, window.curves.prepare)
    # What is there now stays. Looking through all of it for what could go would stop the window for a twentieth second.
    gc.freeze()


def _translate(application: QApplication) -> None:
    """Loads the translation of the system's language where there is one; without, the texts are English."""
    for name, folder in (
        ("layerloom", str(resources.path("translations"))),
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
    ):
        translator = QTranslator(application)
        if translator.load(QLocale.system(), name, "_", folder):
            application.installTranslator(translator)


def _report(window: Window, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A mistake of ours: told in a sentence, written down in full."""
    logger.error("unexpected", exc_info=(kind, error, trace))
    told = worded(error) if isinstance(error, Exception) else LayerloomError("Interrupted.")
    if not isinstance(error, LayerloomError) and not told.fix:
        fix = f"Your work is still here; save it. What happened is written in {log_file()}."
        told = LayerloomError(told.message, fix=fix)
    window.notices.show_error(told)
