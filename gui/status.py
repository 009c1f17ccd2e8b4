"""The status line: what the network costs, whether engine and trainer are ready, how many layers, the zoom."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QStatusBar, QWidget

from engine.report import Report
from engine.spec import as_percent
from gui.cost import CostLine
from gui.editor import Editor
from gui.training_control import State
from gui.words import with_thousands


class Status(QStatusBar):
    """One line of facts, always in view."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusLine")
        self.setAccessibleName(self.tr("Status"))
        self.setSizeGripEnabled(False)
        self._editor = editor
        self._cost = CostLine(self)
        self._readiness = self.tr("○ engine starting")
        self._activity = ""
        self._ready = QLabel(self._readiness, self)
        self._ready.setObjectName("readiness")
        self._counts = QLabel(self)
        self.zoom = self._make_zoom()
        # Until there is a report it has nothing to say, and takes no room.
        self._cost.hide()
        for label in (self._cost, self._ready):
            self.addWidget(label)
        for label in (self._counts, self.zoom):
            self.addPermanentWidget(label)
        editor.project_changed.connect(self._count)
        editor.place_changed.connect(self._count)

    def offer_zoom(self, menu: QMenu) -> None:
        """A click on the zoom shows this menu, above the line."""
        self.zoom.clicked.connect(lambda: menu.popup(self.zoom.mapToGlobal(QPoint(0, -menu.sizeHint().height()))))

    def show_report(self, report: Report) -> None:
        """The totals of the network."""
        self._cost.show_cost(self._editor.project, report.totals)
        self._cost.show()

    def show_engine_ready(self) -> None:
        """The engine answers at once from now on."""
        self._readiness = self.tr("○ trainer starting")
        self._show_readiness()

    def show_trainer_ready(self) -> None:
        """Train answers at once from now on."""
        self._readiness = self.tr("● trainer ready")
        self._show_readiness()

    def show_training(self, state: State) -> None:
        """While a network trains or pauses, that is what the trainer does."""
        self._activity = {"idle": "", "paused": self.tr("○ paused")}.get(state, self.tr("● training"))
        self._show_readiness()

    def show_zoom(self, scale: float) -> None:
        """How large the canvas is drawn."""
        self.zoom.setText(as_percent(scale))

    def _show_readiness(self) -> None:
        words = self._activity or self._readiness
        self._ready.setText(words)
        self._ready.setProperty("kind", "good" if words.startswith("●") else "")
        self._ready.style().polish(self._ready)

    def _make_zoom(self) -> QPushButton:
        zoom = QPushButton("100 %", self)
        zoom.setObjectName("zoomButton")
        zoom.setProperty("kind", "plain")
        zoom.setAccessibleName(self.tr("Zoom"))
        zoom.setToolTip(self.tr("How large the network is shown"))
        zoom.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return zoom

    def _count(self) -> None:
        network = self._editor.network
        layers, wires = len(network.nodes), len(network.wires)
        one_layer, one_wire = self.tr("1 layer"), self.tr("1 wire")
        words = (
            one_layer if layers == 1 else self.tr("{count} layers").format(count=with_thousands(layers)),
            one_wire if wires == 1 else self.tr("{count} wires").format(count=with_thousands(wires)),
        )
        self._counts.setText(" · ".join(words))
