"""Comparison: two templates side by side, with what each costs."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from engine.facts import Facts
from engine.templates import Template
from gui import theme as looks
from gui.canvas import portrait
from gui.kind_box import ChoiceBox
from gui.page import label
from gui.theme import Appearance
from gui.words import in_bytes, in_short, translated, with_thousands


class Fact(NamedTuple):
    """What two templates are compared by."""

    name: str
    value: Callable[[Facts], int]
    words: Callable[[int], str]
    explained: str


class ComparisonDialog(QDialog):
    """Two templates to choose, their portraits, and for each fact two bars that grow from the middle."""

    chosen = Signal(object)
    """The `Template` to start from."""

    def __init__(
        self, templates: Sequence[Template], first: Template, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("comparison")
        self.setWindowTitle(self.tr("Compare two templates"))
        self.setFixedWidth(looks.COMPARISON_WIDTH)
        self._templates = [template for template in templates if template.facts is not None]
        self._appearance = appearance
        self._facts = _compared()
        grid = QGridLayout()
        grid.setHorizontalSpacing(looks.PADDING)
        grid.setVerticalSpacing(looks.GRID * 2)
        for column in (0, 1, 3, 4):
            grid.setColumnStretch(column, 1)
        for row in (Side.FIRST_FACT - 1, Side.FIRST_FACT + len(self._facts)):
            grid.setRowMinimumHeight(row, looks.PADDING)
        self._sides = (Side(self._templates, "left", self), Side(self._templates, "right", self))
        for side, columns in zip(self._sides, ((0, 1), (4, 3)), strict=True):
            side.lay_out(grid, *columns, facts=len(self._facts))
            side.box.currentIndexChanged.connect(self._show)
            side.use.clicked.connect(partial(self._use, side))
        for number, fact in enumerate(self._facts):
            name = label(fact.name, "dim")
            name.setAlignment(Qt.AlignmentFlag.AlignCenter)
            name.setToolTip(fact.explained)
            grid.addWidget(name, Side.FIRST_FACT + number, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(looks.PADDING * 2,) * 4)
        column.addLayout(grid)
        self._sides[0].box.setCurrentIndex(self._templates.index(first) if first in self._templates else 0)
        self._sides[1].box.setCurrentIndex(self._nearest())
        appearance.changed.connect(self._show)
        self._show()

    def _nearest(self) -> int:
        """The other template that costs most nearly as much, for the same task where there is one."""
        first = self._templates[self._sides[0].box.currentIndex()]

        def distance(number: int) -> tuple[bool, bool, int]:
            other = self._templates[number]
            assert first.facts is not None
            assert other.facts is not None
            far = abs(other.facts.multiply_adds - first.facts.multiply_adds)
            return other is first, other.task != first.task, far

        return min(range(len(self._templates)), key=distance)

    def _show(self) -> None:
        shown = [self._templates[side.box.currentIndex()] for side in self._sides]
        for side, template in zip(self._sides, shown, strict=True):
            side.show_template(template, self._appearance)
        for number, fact in enumerate(self._facts):
            values = [fact.value(template.facts) for template in shown if template.facts is not None]
            for side, value in zip(self._sides, values, strict=True):
                side.show_fact(number, fact, value, value / max(*values, 1))

    def _use(self, side: "Side") -> None:
        self.accept()
        self.chosen.emit(self._templates[side.box.currentIndex()])


class Side:
    """The widgets of one of the two templates, in columns of the dialog's grid."""

    FIRST_FACT = 4

    def __init__(self, templates: Sequence[Template], name: str, parent: QWidget) -> None:
        self.name = name
        self.box = ChoiceBox(parent)
        self.box.setObjectName(f"comparison-{name}")
        self.box.setAccessibleName(QCoreApplication.translate("Comparison", "Template"))
        for template in templates:
            self.box.addItem(translated(template.title), template.name)
        self.use = QPushButton(QCoreApplication.translate("Comparison", "Start from this"), parent)
        self.use.setObjectName(f"comparison-{name}-use")
        self._picture = QLabel(parent)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._summary = label(wraps=True)
        self._origin = label(kind="dim", wraps=True)
        self._bars: list[Bar] = []
        self._values: list[QLabel] = []

    def lay_out(self, grid: QGridLayout, outer: int, inner: int, *, facts: int) -> None:
        """Puts them into the grid: values into the outer column, bars into the inner one, all else into both."""
        left, top = min(outer, inner), Qt.AlignmentFlag.AlignTop
        for row, widget in enumerate((self.box, self._picture)):
            grid.addWidget(widget, row, left, 1, 2)
        grid.addWidget(self._summary, 2, left, 1, 2, top)
        grid.addWidget(self._origin, 3, left, 1, 2, top)
        side = Qt.AlignmentFlag.AlignLeft if outer > inner else Qt.AlignmentFlag.AlignRight
        for row in range(self.FIRST_FACT, self.FIRST_FACT + facts):
            value, bar = label(), Bar(to_the_left=outer < inner)
            value.setObjectName(f"comparison-{self.name}-{row - self.FIRST_FACT}")
            grid.addWidget(value, row, outer, side)
            grid.addWidget(bar, row, inner)
            self._values.append(value)
            self._bars.append(bar)
        grid.addWidget(self.use, self.FIRST_FACT + facts + 1, left, 1, 2)

    def show_template(self, template: Template, appearance: Appearance) -> None:
        """Shows its portrait and words."""
        bars = template.facts.portrait if template.facts else ()
        self._picture.setPixmap(portrait(bars, appearance.theme, looks.COMPARISON_PICTURE))
        self._summary.setText(translated(template.summary))
        self._origin.setText(translated(template.origin))

    def show_fact(self, number: int, fact: Fact, value: int, share: float) -> None:
        """Shows one value, with a bar for its share of the larger of the two."""
        self._values[number].setText(fact.words(value))
        self._values[number].setAccessibleName(f"{fact.name}: {fact.words(value)}")
        self._bars[number].share = share
        self._bars[number].update()


class Bar(QWidget):
    """A bar as long as a share of its place."""

    def __init__(self, *, to_the_left: bool) -> None:
        super().__init__()
        self.share = 0.0
        self._to_the_left = to_the_left
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(looks.LABEL_WIDTH, looks.GRID * 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        length = max(float(self.height()) / 2, self.width() * self.share)
        place = QRectF(self.width() - length if self._to_the_left else 0.0, 0.0, length, float(self.height()))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().highlight())
        painter.drawRoundedRect(place, looks.GRID / 2, looks.GRID / 2)


def _compared() -> list[Fact]:
    """From the most to the least asked for."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Comparison", text)

    return [
        Fact(tr("Parameters"), lambda facts: facts.parameters, with_thousands, tr("What training adjusts")),
        Fact(tr("Multiply-adds"), lambda facts: facts.multiply_adds, in_short, tr("For one sample")),
        Fact(
            tr("Memory to train"), lambda facts: facts.training_bytes, in_bytes, tr("At the batch size of the template")
        ),
        Fact(tr("Depth"), lambda facts: facts.depth, with_thousands, tr("Layers that weigh, on the longest way")),
        Fact(tr("Layers"), lambda facts: facts.layers, with_thousands, tr("All that a value passes or may pass")),
    ]
