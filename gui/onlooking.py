"""A training that another window steers: this one follows it, and takes it over once the other has let go."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from engine.curves import History
from engine.errors import LayerloomError
from engine.runs import LogReader, Run
from gui.run_rows import named
from gui.training_control import Watch, is_followed

if TYPE_CHECKING:
    from gui.window import Window

LOOK_MILLISECONDS = 300
"""Between two looks at the log."""


class Onlooker(QObject):
    """Draws what happens in a run that is shown and that another window steers."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._run: Run | None = None
        self._reader: LogReader | None = None
        self._watch: Watch | None = None
        self._words = ""
        self._clock = QTimer(self, interval=LOOK_MILLISECONDS)
        self._clock.timeout.connect(self.look)
        window.training.started.connect(self.end)

    def begin(self, run: Run, history: History, reader: LogReader) -> None:
        """Follows a run whose curves are drawn as far as the reader has come."""
        self.end()
        self._run, self._reader, self._watch = run, reader, Watch(run)
        words = self.tr("{name} is steered in another window. Here it is followed; close it there to steer it here.")
        self._words = words.format(name=named(run.path))
        self._window.notices.show_text(self._words, kind="doubt")
        if history.started:
            self._window.progress.show_events([history.started])
        self._clock.start()

    def end(self) -> None:
        """Follows none any longer."""
        self._clock.stop()
        self._window.notices.withdraw(self._words)
        self._run = self._reader = self._watch = None

    def look(self) -> None:
        """Draws what has happened since, and notices its end, or that the other window has let go of it."""
        run, reader, watch = self._run, self._reader, self._watch
        if run is None or reader is None or watch is None:
            return
        running = watch.sees_it_running()
        try:
            events = reader.read()
        except LayerloomError as error:
            self.end()
            self._window.notices.show_error(error)
            return
        if events:
            self._window.curves.show_events(events)
            self._window.progress.show_events(events)
        if not running:
            self.end()
            self._window.runs.show_end(run)
        elif not is_followed(run):
            self._window.training.follow(run)
