"""Events of a training, handed to the window as often as it can show them beside the training.

What the window draws takes time of the cores that train: where threads of the training wait for one that must share its
core, a frame costs them several times as much as it takes. So all that the window does for a training, drawing
included, may take a small share of its time.
"""

import time

from PySide6.QtCore import QObject, QTimer, Signal

from engine.curves import History
from engine.events import AnyEvent, Checkpoint, Epoch, Steps, Validation, Watched
from engine.runs import Result

SHARE = 1 / 20
"""Of the time of the window's thread."""
LEAST, MOST = 0.05, 0.4
"""Seconds between two deliveries."""
PATIENT = (Steps, Epoch, Validation, Watched, Checkpoint)
"""Events that come all the time; others are handed over at once."""


class Unhurried(QObject):
    """Collects events of one training and hands them over in one list now and then, and its end behind all of them."""

    past = Signal(object)
    """The `History` of a long run, before what is delivered next."""
    delivered = Signal(list)
    ended = Signal(object)
    """The `Result`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[AnyEvent] = []
        self._used = time.thread_time()
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self.deliver)

    def begin(self, past: History) -> None:
        """A long run is followed from here on."""
        self.deliver()
        self.past.emit(past)

    def take(self, events: list[AnyEvent]) -> None:
        """Events that have come."""
        self._waiting += events
        if not self._rest.isActive() or not all(isinstance(event, PATIENT) for event in events):
            self.deliver()

    def end(self, result: Result) -> None:
        """The training has ended."""
        self.deliver()
        self.ended.emit(result)

    def deliver(self) -> None:
        """Hands over what waits."""
        if not self._waiting:
            return
        events, self._waiting = self._waiting, []
        self.delivered.emit(events)
        # What this thread has done since the last time is what showing that took, and what is drawn of this comes next.
        used = time.thread_time()
        cost, self._used = used - self._used, used
        self._rest.start(round(1000 * min(MOST, max(LEAST, cost / SHARE))))
