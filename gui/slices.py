"""Long work in the window, done in slices short enough that nothing else has to wait."""

from collections.abc import Generator
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

_SLICE_SECONDS = 0.012


class Slices(QObject):
    """Runs one generator at a time, whose items say how much is done; another one takes its place."""

    progressed = Signal(float)
    """How much is done, from 0 to 1."""
    done = Signal(object)
    """What the generator has answered with."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Generator[float, None, Any] | None = None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._work is not None

    def run(self, work: Generator[float, None, Any]) -> None:
        """Begins this work, giving up what is under way."""
        self.cancel()
        self._work = work
        self._timer.start()

    def cancel(self) -> None:
        """Gives up what is under way."""
        work, self._work = self._work, None
        self._timer.stop()
        if work is not None:
            work.close()

    def _go_on(self) -> None:
        end = perf_counter() + _SLICE_SECONDS
        share = 0.0
        while self._work is not None and perf_counter() < end:
            try:
                share = next(self._work)
            except StopIteration as answer:
                self._work = None
                self._timer.stop()
                self.done.emit(answer.value)
                return
        self.progressed.emit(share)
