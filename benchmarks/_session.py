"""What the benchmarks of the window share: a home of its own, a screen, the window itself, and the table."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

SETTLE_SECONDS = 3.0
SCREEN = "1600x1000x24"


class Measured(NamedTuple):
    """One row of the table."""

    what: str
    value: str
    limit: str
    kept: bool


def print_rows(rows: Iterable[Measured]) -> int:
    """Prints the table, each row once it is measured, and answers the exit status."""
    status = 0
    for row in rows:
        print(f"{row.what:66}{row.value:>28}   {row.limit:28}{'' if row.kept else 'NOT KEPT'}", flush=True)
        status = max(status, int(not row.kept))
    return status


@contextmanager
def private_home() -> Iterator[Path]:
    """Neither the runs nor the settings of whoever measures are touched."""
    with tempfile.TemporaryDirectory(prefix="layerloom-benchmark-", ignore_cleanup_errors=True) as home:
        for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = home
        yield Path(home)


@contextmanager
def screen() -> Iterator[str]:
    """A virtual screen where there is Xvfb; without, the window is drawn into memory. Answers which it is."""
    if shutil.which("Xvfb") is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        yield os.environ["QT_QPA_PLATFORM"]
        return
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as lines:
        os.environ.update(DISPLAY=f":{lines.readline().strip()}", QT_QPA_PLATFORM="xcb")
    try:
        yield "Xvfb"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def open_window(home: Path) -> Iterator[Any]:
    """The window as a person has it, once its engine and its spare trainer are warm."""
    from PySide6.QtWidgets import QApplication

    from gui.services import Services
    from gui.settings import Settings
    from gui.theme import Appearance
    from gui.window import Window

    application = QApplication([])
    services = Services()
    window = Window(Settings(home / "settings.ini"), Appearance(application, "dark"), services)
    window.show()
    wait_for(services.trainer_ready, services.start)
    settle()
    yield window
    window.editor.undo_stack.setClean()
    window.close()


def wait_for(signal: Any, begin: Callable[[], object]) -> tuple[Any, ...]:
    """Begins something and runs the window until the signal comes; answers what it carries."""
    from PySide6.QtCore import QEventLoop

    loop, answers = QEventLoop(), list[tuple[Any, ...]]()

    def take(*answer: Any) -> None:
        answers.append(answer)
        loop.quit()

    signal.connect(take)
    begin()
    while not answers:
        loop.exec()
    signal.disconnect(take)
    return answers[0]


def settle(seconds: float = SETTLE_SECONDS) -> None:
    """Lets the window and its processes come to rest."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()
