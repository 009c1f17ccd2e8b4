"""Starts the window: application, theme, settings, engine. The outermost border of the program."""

import logging
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
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

SOON_MILLISECONDS = 500
"""When the window has long been painted, and nobody can have begun a training yet."""


def run(path: Path | None = None, *, in_thread: bool = False) -> int:
    """Shows the window, with a project where one is given, until it is closed. Returns the exit status.

    ``in_thread`` runs trainings in a thread of this process, for debugging and where no process can be started.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Layerloom")
    application.setApplicationVersion(version())
    application.setDesktopFileName("layerloom")
    _translate(application)
    settings = Settings()
    services = Services(in_thread=in_thread)
    window = Window(settings, Appearance(application, settings.mode), services)
    sys.excepthook = lambda kind, error, trace: _report(window, kind, error, trace)
    window.show()
    QTimer.singleShot(0, lambda: _begin(window, path))
    return application.exec()


def _begin(window: Window, path: Path | None) -> None:
    """What follows the first picture: the engine warms up, and what was asked for is opened."""
    window.services.start()
    if path is not None:
        window.open(path)
    window.offer_rescue()
    window.find_running()
    QTimer.singleShot(SOON_MILLISECONDS, window.curves.prepare)


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
