"""Several trainings: those that wait in the queue, and those that go on beside the one that the window follows."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.errors import LayerloomError
from engine.events import AnyEvent, Stop
from engine.queues import Queue
from engine.runs import LogReader, Run, called, runs_in
from gui import dialogs
from gui.run_rows import named
from gui.sending import Sender
from gui.settings import runs_folder
from gui.training_control import Watch, is_running
from gui.words import in_bytes

if TYPE_CHECKING:
    from gui.window import Window

LOOK_MILLISECONDS = 500
"""Between two looks at the trainings that go on beside."""


class Waiting(QObject):
    """Starts the next of the queue when a training has ended, and draws those beside that are laid over."""

    _refused = Signal(object)
    """A `LayerloomError`, said in another thread: a command could not be written."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._beside: dict[Path, Watch] = {}
        """Those that go on beside."""
        self._drawn: dict[Path, LogReader] = {}
        """Of those that are drawn, a reader from where they are drawn on."""
        self._clock = QTimer(self, interval=LOOK_MILLISECONDS)
        self._clock.timeout.connect(self.look)
        self._refused.connect(window.notices.show_error)
        # Others show the end of a training, and begin the next fold of a cross-validation, before the next begins.
        window.training.ended.connect(self._go_on, Qt.ConnectionType.QueuedConnection)
        window.training.started.connect(lambda run: self._beside.pop(run.path, None))
        window.run_list.queue_asked.connect(self._change)
        window.run_list.deleted.connect(self._forget)

    @property
    def queue(self) -> Queue:
        """The runs that wait."""
        return Queue(runs_folder())

    @property
    def is_any_beside(self) -> bool:
        """Whether a training goes on beside."""
        return bool(self._beside)

    def stop_beside(self) -> None:
        """Ends the trainings that go on beside after their current step."""
        for path in self._beside:
            sender = Sender(Run(path), self._refuse)
            sender.begin()
            sender.send(Stop())
            sender.end()

    def find(self) -> None:
        """Takes up what an earlier window has left: the queue, and trainings that still go on."""
        followed = self._window.training.run
        for run in runs_in(runs_folder()):
            if is_running(run) and (followed is None or run.path != followed.path):
                self._watch(run)
        self.show()
        if self.queue.runs() and not self._window.training.is_busy and not self._beside:
            words = self.tr("{count} trainings wait in the queue.").format(count=len(self.queue.runs()))
            self._window.notices.show_text(words, (self.tr("Start the next"), self._go_on), kind="doubt")

    def show(self) -> None:
        """Numbers the runs that wait, in the list."""
        self._window.run_list.show_queue([run.path for run in self.queue.runs()])

    # While one is under way

    def ask(self) -> None:
        """Asks what becomes of the training of the design in the window, while another is under way."""
        window = self._window
        run = window.training.run
        if run is None:
            return
        match dialogs.ask_second_training(window, named(run.path), self._memory_in_words()):
            case "queue":
                made = window.training.prepare(window.editor.project, window.documents.name)
                if made is not None:
                    self.add(made)
            case "beside" if self.set_aside():
                window.training.train(window.editor.project, window.documents.name)
            case _:
                pass

    def set_aside(self) -> bool:
        """Lets the training that is followed go on beside, with its curves laid over; answers whether it does. Where
        none is under way there is nothing to set aside.
        """
        training = self._window.training
        if not training.is_busy:
            return True
        run = training.leave()
        if run is None:
            words = self.tr("The training under way cannot be left yet: it is about to start or to stop.")
            self._window.notices.show_text(words, kind="doubt")
            return False
        self._watch(run)
        self._window.curves.clear()
        self._window.run_list.refresh(run.path)
        self._lay_over(run.path)
        return True

    def _lay_over(self, path: Path) -> None:
        runs = self._window.run_list
        if path in runs.overlaid:
            runs.overlay_toggled.emit(path, True)
        else:
            runs.tick(path)

    def add(self, run: Run) -> None:
        """Puts a run at the end of the queue."""
        self._attempt(lambda: self.queue.add(run))
        self.show()
        self._window.run_list.refresh(run.path)
        words = self.tr("{name} waits in the queue, number {place}. It starts by itself.")
        place = self.queue.place(run.path)
        self._window.notices.show_text(words.format(name=named(run.path), place=place), kind="good")
        # The one that it was to wait for may have ended while a person was asked.
        self._go_on()

    def _memory_in_words(self) -> str:
        """What the one under way holds says more than the numbers of this one alone: most of it is the program's."""
        held = self._window.curves.memory
        free = psutil.virtual_memory().available
        words = self.tr("That one holds {held} of memory; {free} are free.")
        return words.format(held=in_bytes(held), free=in_bytes(free)) if held else ""

    # What becomes of it

    def look(self) -> None:
        """Looks at the trainings beside: draws those that are laid over, and notices their ends."""
        window, overlaid = self._window, self._window.run_list.overlaid
        for path, watch in list(self._beside.items()):
            running = watch.sees_it_running()
            if path in overlaid and path in self._drawn:
                self._draw(path, self._drawn[path])
            if not running:
                del self._beside[path]
                window.run_list.refresh(path)
        if not self._beside:
            self._clock.stop()
            self._go_on()

    def _draw(self, path: Path, reader: LogReader) -> None:
        events: list[AnyEvent] = []
        self._attempt(lambda: events.extend(reader.read()))
        if events:
            self._window.curves.extend_overlay(called(path), events)

    def _watch(self, run: Run) -> None:
        """Follows a training beside; it is drawn once it is laid over."""
        self._beside[run.path] = Watch(run)
        self._drawn.pop(run.path, None)
        self._clock.start()

    def drawn(self, path: Path, reader: LogReader) -> None:
        """A run is laid over, as far as the reader has come."""
        if path in self._beside:
            self._drawn[path] = reader

    def _go_on(self) -> None:
        """Trains the next of the queue, unless something is under way."""
        window = self._window
        self.show()
        if window.training.is_busy or self._beside or window.cross_validating.is_under_way:
            return
        taken: list[Run | None] = []
        self._attempt(lambda: taken.append(self.queue.take()))
        run = next(iter(taken), None)
        if run is not None:
            window.training.resume_run(run)
        self.show()

    def _change(self, path: Path, verb: str) -> None:
        queue = self.queue
        match verb:
            case "in":
                self.add(Run(path))
            case "out":
                self._attempt(lambda: queue.remove(path))
            case _:
                self._attempt(lambda: queue.move(path, -1 if verb == "up" else 1))
        self.show()

    def _forget(self, path: Path) -> None:
        self._beside.pop(path, None)
        self._change(path, "out")

    def _refuse(self, error: LayerloomError) -> None:
        # A window that has been closed meanwhile is told nothing.
        with suppress(RuntimeError):
            self._refused.emit(error)

    def _attempt(self, work: Callable[[], object]) -> None:
        try:
            work()
        except LayerloomError as error:
            self._window.notices.show_error(error)
