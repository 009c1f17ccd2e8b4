"""What an edit would give, in words: shape, parameters and cost of the new layer, and what it does to the others."""

import msgspec
from PySide6.QtCore import QCoreApplication, QRect, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from engine.graph import Graph
from engine.report import InsertBefore, NodeReport, Problem, Report, Severity
from gui.canvas.faces import SIGNS
from gui.page import label
from gui.theme import FORECAST_WIDTH, GRID
from gui.words import in_flops, shape_in_words, translated, with_thousands


class Forecast(msgspec.Struct, frozen=True):
    """What is foreseen of an edit; what is not worth saying is empty."""

    facts: str = ""
    """“64 × 14 × 14 · 18,496 parameters · 3.60 MFLOP”."""
    effect: str = ""
    """“then linear_1: 802,944 → 200,832 parameters”, or the first fault that comes with the edit."""
    severity: Severity | None = None
    """That of the problem."""


def forecast(before: Report, after: Report, network: Graph, new: tuple[str, ...]) -> Forecast:
    """What the new nodes of a network give, and what they change, by the reports without and with them."""
    facts = _facts([after.nodes[node_id] for node_id in new if node_id in after.nodes])
    said = {(problem.node, problem.message) for problem in before.problems}
    fresh = [
        problem
        for problem in after.problems
        if (problem.node, problem.message) not in said and not (problem.node in new and _is_plain(problem, network))
    ]
    effect = _effect(before, after)
    # A fault outweighs what else would change; a doubt, which may be meant, does not.
    if fresh and (fresh[0].severity == "fault" or not effect):
        return Forecast(facts, _in_words(fresh[0]), fresh[0].severity)
    return Forecast(facts, effect)


def _is_plain(problem: Problem, network: Graph) -> bool:
    """Whether a problem of a new node only says that it is not wired yet, which one sees."""
    node_id = problem.node or ""
    lacks_input = network.node(node_id).layer.inputs != 0 and not network.incoming(node_id)
    return lacks_input or (problem.severity == "doubt" and not network.outgoing(node_id))


def _facts(nodes: list[NodeReport]) -> str:
    parameters, flops = (sum(getattr(node, name) for node in nodes) for name in ("parameters", "flops"))
    shapes = {node.output_shape for node in nodes}
    shape = shapes.pop() if len(shapes) == 1 else None
    return " · ".join(
        [
            *([shape_in_words(shape)] if shape is not None else []),
            *([_parameters(with_thousands(parameters))] if parameters else []),
            *([in_flops(flops)] if flops else []),
        ]
    )


def _effect(before: Report, after: Report) -> str:
    """The first layer after the new one whose parameters change, and how many more do."""
    changed = [
        node_id
        for node_id in after.order
        if node_id in before.nodes and before.nodes[node_id].parameters != after.nodes[node_id].parameters
    ]
    if not changed:
        return ""
    first = changed[0]
    old, new = (with_thousands(report.nodes[first].parameters) for report in (before, after))
    words = QCoreApplication.translate("Forecast", "then {layer}: {parameters}")
    words = words.format(layer=first, parameters=_parameters(f"{old} → {new}"))
    more = QCoreApplication.translate("Forecast", "{words}, and {count} more")
    return more.format(words=words, count=len(changed) - 1) if len(changed) > 1 else words


def _parameters(count: str) -> str:
    return QCoreApplication.translate("Forecast", "{count} parameters").format(count=count)


def _in_words(problem: Problem) -> str:
    if isinstance(problem.fix, InsertBefore) and problem.severity == "fault":
        words = QCoreApplication.translate("Forecast", "{layer} would be needed before {node}.")
        return words.format(layer=problem.fix.layer.title, node=problem.fix.node)
    return translated(problem.message)


class ForecastWords(QWidget):
    """A forecast on two lines; a problem stands out by its sign and its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = label()
        self._facts.setObjectName("forecastFacts")
        self._effect = label(wraps=True)
        self._effect.setObjectName("forecastEffect")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(self._facts)
        column.addWidget(self._effect)

    def show_forecast(self, forecast: Forecast) -> None:
        """Shows what is foreseen."""
        self._facts.setText(forecast.facts)
        self._facts.setVisible(bool(forecast.facts))
        sign = f"{SIGNS[forecast.severity]} " if forecast.severity else ""
        self._effect.setText(sign + forecast.effect)
        self._effect.setVisible(bool(forecast.effect))
        kind = forecast.severity or "dim"
        if self._effect.property("kind") != kind:
            self._effect.setProperty("kind", kind)
            self._effect.style().polish(self._effect)


class ForecastBubble(QFrame):
    """A forecast beside the ghost of a layer that is being dragged."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.setObjectName("forecastBubble")
        self.setProperty("kind", "note")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._words = ForecastWords(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        self._column.addWidget(self._words)
        self.hide()

    def show_forecast(self, forecast: Forecast) -> None:
        """Shows it, unless there is nothing to say."""
        self._words.show_forecast(forecast)
        self.setVisible(bool(forecast.facts or forecast.effect))
        # The facts are one line, which may need more.
        width = max(FORECAST_WIDTH, self._column.totalMinimumSize().width())
        self.setFixedSize(width, self._column.totalHeightForWidth(width))

    def forget(self) -> None:
        """Goes away for good."""
        self.hide()
        self.deleteLater()

    def place_beside(self, place: QRect) -> None:
        """Stands right of this place of the parent, or left of it where there is more room."""
        room, gap = self._room.rect(), 4 * GRID
        fits_right = place.right() + gap + self.width() <= room.right()
        x = place.right() + gap if fits_right else place.left() - gap - self.width()
        y = place.center().y() - self.height() // 2
        x = max(room.left() + GRID, min(x, room.right() - self.width() - GRID))
        self.move(x, max(room.top() + GRID, min(y, room.bottom() - self.height() - GRID)))
        self.raise_()
