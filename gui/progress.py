"""How far a training is: epoch, step, samples per second, time left."""

import math

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from engine.events import AnyEvent, Failed, Finished, Loading, Paused, Resumed, Started, Steps, Stopped
from engine.pace import Pace
from gui import theme as looks
from gui.words import duration, in_bytes, translated, with_thousands

BAR_WIDTH = looks.PROGRESS_WIDTH // 2
"""Of the bar, where there is room for it."""


class TrainingProgress(QWidget):
    """A bar with its numbers, fed with the events of a run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = _dim_label("progressWords", self)
        self._bar = QProgressBar(self)
        self._bar.setObjectName("progressBar")
        self._bar.setAccessibleName(self.tr("Training progress"))
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._bar.setMaximumWidth(looks.PROGRESS_WIDTH)
        self._speed = _dim_label("progressSpeed", self)
        self._left = QLabel(self)
        self._left.setObjectName("progressLeft")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(looks.PADDING)
        row.addWidget(self._words)
        row.addWidget(self._bar, 1)
        row.addWidget(self._speed)
        row.addWidget(self._left)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        # What stands behind it must not be pushed out of the tool bar.
        self.setMinimumWidth(looks.PROGRESS_WIDTH)
        self._clock = QTimer(self, interval=500)
        self._clock.timeout.connect(self._show_left)
        self._whole = self._short = ""
        self._pace = Pace()
        self._is_stopping = False
        self.clear()

    def sizeHint(self) -> QSize:
        """Of all that it can say, also while some of it is left out."""
        return QSize(self._breadth(self._whole, with_speed=True), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _say(self, words: str, short: str = "") -> None:
        """Shows words; where there is no room for them, the short ones."""
        self._whole, self._short = words, short or words
        self.updateGeometry()
        self._fit()

    def _fit(self) -> None:
        """The speed is left out first, then what only the whole words say; then the bar gives way."""
        self._speed.setVisible(self.width() >= self._breadth(self._whole, with_speed=True))
        has_room = self.width() >= self._breadth(self._whole, with_speed=False)
        self._words.setText(self._whole if has_room else self._short)
        fits = self.width() >= self._breadth(self._words.text(), with_speed=False)
        self._bar.setMinimumWidth(BAR_WIDTH if fits else looks.GRID)

    def _breadth(self, words: str, *, with_speed: bool) -> int:
        parts = [self._left, *([self._speed] if with_speed else [])]
        room = BAR_WIDTH + sum(looks.PADDING + part.sizeHint().width() for part in parts)
        return room + looks.PADDING + self._words.fontMetrics().horizontalAdvance(words)

    def clear(self) -> None:
        """As before a training."""
        self._pace = Pace()
        self._is_stopping = False
        self._clock.stop()
        for label in (self._speed, self._left):
            label.clear()
        self._say("")
        self._bar.setValue(0)
        self._bar.setVisible(False)

    def show_starting(self) -> None:
        """Between the press of the button and the first word of the trainer."""
        self.clear()
        self._bar.setVisible(True)
        self._bar.setRange(0, 0)
        self._say(self.tr("Starting…"))

    def show_stopping(self) -> None:
        """Between the press of the button and the last word of the trainer, which first writes down where it is."""
        self._is_stopping = True
        self._clock.stop()
        self._left.setText(self.tr("Stopping…"))

    def show_interrupted(self) -> None:
        """The trainer is gone without a last word."""
        self._stand_still()
        self._say(self.tr("Training was interrupted"))

    def show_events(self, events: list[AnyEvent]) -> None:
        """Takes what has happened since the last call."""
        newest = next((event for event in reversed(events) if isinstance(event, Steps)), None)
        for event in events:
            self._pace.take(event)
            match event:
                case Started():
                    self._begin(event)
                case Loading():
                    self._show_loading(event)
                case Steps() if event is newest:
                    self._show_steps(event)
                case Paused():
                    self._clock.stop()
                    self._left.setText(self.tr("paused"))
                case Resumed():
                    self._clock.start()
                case Finished() | Stopped() | Failed():
                    self._end(event)
                case _:
                    pass

    def _begin(self, event: Started) -> None:
        self._bar.setVisible(True)
        self._bar.setRange(0, 1000)
        self._speed.clear()
        self._show_place(event.epoch + 1, event.step)

    def _show_loading(self, event: Loading) -> None:
        self._bar.setVisible(True)
        self._bar.setRange(0, 1000 if event.total else 0)
        if event.total:
            self._bar.setValue(1000 * event.done // event.total)
        self._say(translated(event.message))
        self._speed.setText(in_bytes(event.done) if event.unit == "bytes" else "")

    def _show_steps(self, event: Steps) -> None:
        if self._pace.started is None or not event.step:
            return
        self._show_place(event.epoch, event.step[-1])
        if self._pace.rate > 0:
            self._speed.setText(self.tr("{rate} samples/s").format(rate=with_thousands(round(self._pace.rate))))
        if not self._clock.isActive() and not self._is_stopping:
            self._clock.start()
            self._show_left()

    def _show_place(self, epoch: int, step: int) -> None:
        total, epochs = self._pace.planned_steps, self._pace.epochs
        self._bar.setValue(min(1000, 1000 * step // max(1, total)))
        short = self.tr("Epoch {epoch} of {epochs}").format(
            epoch=with_thousands(min(epoch, epochs)), epochs=with_thousands(epochs)
        )
        steps = self.tr("step {step} of {steps}").format(step=with_thousands(step), steps=with_thousands(total))
        self._say(f"{short} · {steps}", short)

    def _show_left(self) -> None:
        left = self._pace.seconds_left()
        if left is not None:
            self._left.setText(self.tr("{time} left").format(time=duration(math.ceil(left))))

    def _stand_still(self) -> None:
        self._clock.stop()
        self._bar.setRange(0, 1000)
        self._left.clear()
        if self._pace.started is None:
            # How far the download was says nothing of the training.
            self._speed.clear()
            self._bar.setVisible(False)

    def _end(self, event: Finished | Stopped | Failed) -> None:
        self._stand_still()
        if isinstance(event, Failed):
            self._say(self.tr("Training ended with a fault"))
            return
        words = self.tr("Finished in {time}") if isinstance(event, Finished) else self.tr("Stopped after {time}")
        self._say(words.format(time=duration(event.seconds)))
        if isinstance(event, Finished):
            self._bar.setValue(1000)


def _dim_label(name: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setObjectName(name)
    label.setProperty("kind", "dim")
    return label
