"""Pre-flight: what a training would do, asked for by a button, shown as sentences and a curve of learning rates."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from engine.datasets import Progress
from engine.errors import LayerloomError
from engine.preflight_report import Check, Preflight, RateCurve, Verdict
from engine.project import Project
from engine.report import Fix
from gui import theme as looks
from gui.editor import Editor
from gui.notation import number_in_words
from gui.page import clear, label
from gui.samples import Painted
from gui.theme import Appearance, icon
from gui.words import translated

SIGNS: dict[Verdict, tuple[str, str]] = {
    "good": ("check-circle-outline", "good"),
    "doubt": ("alert", "doubt"),
    "fault": ("close-circle", "fault"),
}
"""The sign of each verdict, and its colour."""

PATH = "training.optimizer.learning_rate"


class PreflightView(QWidget):
    """A button, and what it has found."""

    asked = Signal(object)
    """The `Project` that is to be tried."""
    cancel_asked = Signal()

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preflight")
        self._editor, self._appearance = editor, appearance
        self._found: Preflight | None = None
        self._tried: Project | None = None
        self._asked: Project | None = None
        self._button = QPushButton(self.tr("Try the training out"), self)
        self._button.setObjectName("preflightButton")
        self._button.setProperty("kind", "outline")
        self._button.setToolTip(
            self.tr("In seconds: the first loss, gradients, time and memory of an epoch, a learning rate to begin with")
        )
        self._button.clicked.connect(self.try_out)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._cancel.setObjectName("preflightCancel")
        self._cancel.clicked.connect(self.cancel)
        self._bar = QProgressBar(self)
        self._bar.setAccessibleName(self.tr("Progress of the pre-flight"))
        self._bar.setTextVisible(False)
        self._words = label(kind="dim", wraps=True)
        self._words.setObjectName("preflightWords")
        self._list = QVBoxLayout()
        self._list.setSpacing(looks.GRID * 2)
        self._rates = RateSearch(appearance)
        self._rates.rate_chosen.connect(self._choose_rate)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        for widget in (self._button, self._bar, self._cancel, self._words):
            column.addWidget(widget)
        column.addLayout(self._list)
        column.addWidget(self._rates)
        editor.project_changed.connect(self._show_project)
        appearance.changed.connect(self._redraw)
        self._show_running(False)
        self._redraw()

    def try_out(self) -> None:
        """Asks for a pre-flight of the project as it is now."""
        self._asked = self._editor.project
        self._show_running(True)
        self.show_progress(Progress(self.tr("Reading the samples")))
        self.asked.emit(self._asked)

    def cancel(self) -> None:
        """Ends a pre-flight; what was found before stays."""
        self._asked = None
        self._show_running(False)
        self.cancel_asked.emit()
        self._redraw()

    def show_progress(self, progress: Progress) -> None:
        """How far it is."""
        if self._asked is not None:
            self._bar.setRange(0, progress.total)
            self._bar.setValue(progress.done)
            self._words.setText(translated(progress.message) + "…")

    def show_found(self, found: Preflight) -> None:
        """What was found of the project that was asked about."""
        if self._asked is not None:
            self._found, self._tried, self._asked = found, self._asked, None
            self._show_running(False)
            self._redraw()

    def show_failure(self, error: LayerloomError) -> None:
        """Why it cannot be tried."""
        self._asked = self._found = None
        self._show_running(False)
        self._redraw()
        self._words.setText(" ".join(translated(part) for part in (error.message, error.expected, error.fix) if part))
        self._words.show()

    def _show_running(self, running: bool) -> None:
        # What is hidden would hand the focus on to whatever comes next in the window.
        going, coming = (self._button, self._cancel) if running else (self._cancel, self._button)
        had_focus = going.hasFocus()
        for widget in (self._bar, self._cancel, self._words):
            widget.setVisible(running)
        self._button.setVisible(not running)
        if had_focus:
            coming.setFocus()

    def _show_project(self, project: Project) -> None:
        if self._asked is not None and not self._asked.trains_as(project):
            self.cancel()
        self._redraw()

    def _redraw(self) -> None:
        if self._asked is not None:
            return
        clear(self._list)
        for check in self._found.checks if self._found else ():
            row = self._row(check)
            self._list.addWidget(row)
            # The layout would show it only later.
            row.show()
        self._rates.show_rates(self._found.rates if self._found else RateCurve())
        changed = self._found is not None and self._tried is not None and not self._is_as_tried()
        self._words.setText(self.tr("The design has changed since.") if changed else "")
        self._words.setVisible(changed)

    def _is_as_tried(self) -> bool:
        return self._tried is not None and self._tried.trains_as(self._editor.project)

    def _row(self, check: Check) -> QWidget:
        row = QFrame(self)
        row.setObjectName("preflightCheck")
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(looks.GRID * 2)
        sign, (name, token) = label(), SIGNS[check.verdict]
        sign.setPixmap(icon(name, self._appearance.theme, token).pixmap(looks.ICON, looks.ICON))
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(looks.GRID)
        column.addWidget(label(translated(check.message), wraps=True))
        fix, tried = check.fix, self._tried
        if fix is not None and self._is_as_tried():
            button = QPushButton(translated(fix.label), row)
            button.setObjectName("preflightFix")
            button.setProperty("kind", "outline")
            button.clicked.connect(lambda: self._take(fix))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        elif fix is not None and tried is not None and fix.apply(tried).trains_as(self._editor.project):
            column.addWidget(label(self.tr("Done: {what}").format(what=translated(fix.label)), "good", wraps=True))
        line.addLayout(column, 1)
        return row

    def _take(self, fix: Fix) -> None:
        # The button goes with its row.
        self._button.setFocus()
        self._editor.attempt(translated(fix.label), fix.apply)

    def _choose_rate(self, rate: float) -> None:
        words = self.tr("Set the learning rate to {rate}").format(rate=f"{rate:g}")
        self._editor.attempt(words, lambda project: project.with_value(PATH, rate))


class RateSearch(Painted):
    """The loss at each learning rate that was tried, on a logarithmic line; a click takes the rate there."""

    rate_chosen = Signal(float)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "rateSearch", parent)
        self._curve = RateCurve()
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_rates(self, curve: RateCurve) -> None:
        """Shows these; hidden where there are too few."""
        self._curve = curve
        self.setVisible(len(curve.rates) > 2)
        if self._is_drawn:
            words = self.tr("Loss at learning rates from {low} to {high}; {best} is suggested")
            low, high, best = (f"{rate:.1g}" for rate in (curve.rates[0], curve.rates[-1], curve.suggested))
            self.setAccessibleName(words.format(low=low, high=high, best=best))
        self.update()

    @property
    def _is_drawn(self) -> bool:
        return len(self._curve.rates) > 2

    def heightForWidth(self, width: int) -> int:
        return width // 2

    def words_at(self, place: QPointF) -> str:
        if not self._is_drawn:
            return ""
        rate = self._rate_at(place.x())
        near = min(range(len(self._curve.rates)), key=lambda at: abs(math.log(self._curve.rates[at] / rate)))
        words = self.tr("Loss {loss} at a learning rate of {rate}; click to use it")
        return words.format(loss=f"{self._curve.losses[near]:.3g}", rate=f"{rate:g}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._is_drawn:
            self.rate_chosen.emit(self._rate_at(event.position().x()))

    def draw(self, painter: QPainter) -> None:
        if not self._is_drawn:
            return
        theme, place, curve = self._appearance.theme, self._place(), self._curve
        painter.setPen(theme.colour("line"))
        painter.drawLine(place.bottomLeft(), place.bottomRight())
        if curve.suggested:
            at = self._across(curve.suggested)
            painter.setPen(QPen(theme.colour("good"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(at, place.top()), QPointF(at, place.bottom()))
        painter.setPen(QPen(theme.colour("accent"), looks.GRID / 2))
        painter.drawPolyline(self._line())
        above = QRectF(place.left(), 0, place.width(), place.top())
        below = QRectF(place.left(), place.bottom(), place.width(), self.height() - place.bottom())
        self._write(painter, above, self.tr("Loss by learning rate"), "dim")
        first, last = (number_in_words(float(f"{curve.rates[end]:.1g}")) for end in (0, -1))
        self._write(painter, below, first, "dim")
        self._write(painter, below, last, "dim", right=True)

    def _place(self) -> QRectF:
        """Where the curve runs, between the words above and below it."""
        words = self.fontMetrics().height() + looks.GRID
        return QRectF(self.rect()).adjusted(0, words, 0, -words)

    def _across(self, rate: float) -> float:
        """Where a rate stands."""
        low, high = (math.log(self._curve.rates[end]) for end in (0, -1))
        place = self._place()
        return place.left() + (math.log(rate) - low) / (high - low) * place.width()

    def _rate_at(self, x: float) -> float:
        """The rate that stands there, with two digits."""
        place = self._place()
        share = min(1.0, max(0.0, (x - place.left()) / max(1.0, place.width())))
        low, high = (math.log(self._curve.rates[end]) for end in (0, -1))
        return float(f"{math.exp(low + share * (high - low)):.1e}")

    def _line(self) -> QPolygonF:
        place, losses = self._place(), self._curve.losses
        low = min(losses)
        # What blows up at the end would press all else flat.
        high = max(low + 1e-9, min(max(losses), losses[0] + (losses[0] - low)))
        return QPolygonF(
            [
                QPointF(
                    self._across(rate), place.bottom() - (min(loss, high) - low) / (high - low) * (place.height() - 1)
                )
                for rate, loss in zip(self._curve.rates, losses, strict=True)
            ]
        )
