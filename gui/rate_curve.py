"""The learning rate over the planned epochs, as the Training tab shows it before anything is trained."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from engine.advice import planned_rates
from engine.errors import DataError
from engine.project import Project
from gui import theme as looks
from gui.samples import Painted
from gui.theme import Appearance

POINTS = 200


class RateCurve(Painted):
    """The planned learning rates as a curve, from the first step to the last. Hidden where the rate stays as it is."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "rateCurve", parent)
        self._rates: list[float] = []
        self._epochs = 1

    def show_project(self, project: Project) -> None:
        """Shows what a project plans."""
        schedule = project.training.schedule
        self._rates = [] if schedule.is_constant else _planned(project)
        self._epochs = project.training.epochs
        self.setVisible(bool(self._rates))
        if self._rates:
            words = self.tr("Learning rate: {first} at first, {highest} at most, {last} at the end")
            first, highest, last = (f"{rate:.3g}" for rate in (self._rates[0], max(self._rates), self._rates[-1]))
            self.setAccessibleName(words.format(first=first, highest=highest, last=last))
        self.update()

    def heightForWidth(self, width: int) -> int:
        return width * 2 // 5

    def words_at(self, place: QPointF) -> str:
        """The rate at a place of the curve."""
        share = min(1.0, max(0.0, place.x() / max(1.0, self.width())))
        rate = self._rates[round(share * (len(self._rates) - 1))]
        return self.tr("{rate} in epoch {epoch}").format(
            rate=f"{rate:.3g}", epoch=min(self._epochs, int(share * self._epochs) + 1)
        )

    def draw(self, painter: QPainter) -> None:
        theme, place = self._appearance.theme, self._place()
        painter.setPen(theme.colour("line"))
        painter.drawLine(place.bottomLeft(), place.bottomRight())
        painter.setPen(QPen(theme.colour("accent"), looks.GRID / 2))
        painter.drawPolyline(self._curve(place))
        painter.setPen(theme.colour("dim"))
        below = QRectF(place.left(), place.bottom(), place.width(), self.height() - place.bottom())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, self.tr("epoch 1"))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, f"{self._epochs:,}")
        above = QRectF(place.left(), 0, place.width(), place.top())
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, f"{max(self._rates):.3g}")

    def _place(self) -> QRectF:
        """Where the curve runs, between the words above and below it."""
        words = self.fontMetrics().height() + looks.GRID
        return QRectF(self.rect()).adjusted(0, words, 0, -words)

    def _curve(self, place: QRectF) -> QPolygonF:
        highest = max(self._rates) or 1.0
        across = place.width() / (len(self._rates) - 1)
        return QPolygonF(
            [
                QPointF(place.left() + number * across, place.bottom() - rate / highest * place.height())
                for number, rate in enumerate(self._rates)
            ]
        )


def _planned(project: Project) -> list[float]:
    try:
        return planned_rates(project, POINTS)
    except DataError:
        # What is wrong with the data is said where problems are said.
        return []
