"""The status line: what the network costs, whether engine and trainer are ready, how many layers, the zoom."""

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from engine.report import Report
from gui.editor import Editor
from gui.words import in_bytes, in_flops, with_thousands


class Status(QStatusBar):
    """One line of facts, always in view."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusLine")
        self.setAccessibleName(self.tr("Status"))
        self.setSizeGripEnabled(False)
        self._editor = editor
        self._parameters, self._flops, self._memory = QLabel(self), QLabel(self), QLabel(self)
        self._readiness = self.tr("○ engine starting")
        self._is_training = False
        self._ready = QLabel(self._readiness, self)
        self._ready.setObjectName("readiness")
        self._counts, self._zoom = QLabel(self), QLabel("100 %", self)
        for label in (self._parameters, self._flops, self._memory, self._ready):
            self.addWidget(label)
        for label in (self._counts, self._zoom):
            self.addPermanentWidget(label)
        self._flops.setToolTip(self.tr("Floating-point operations to answer one sample"))
        self._memory.setToolTip(self.tr("Weights, gradients, optimizer state and activations while training"))
        editor.project_changed.connect(self._count)

    def show_report(self, report: Report) -> None:
        """The totals of the network."""
        totals, batch = report.totals, self._editor.project.training.batch_size
        self._parameters.setText(self.tr("{count} parameters").format(count=with_thousands(totals.parameters)))
        self._flops.setText(self.tr("{flops} per sample").format(flops=in_flops(totals.flops)))
        words = self.tr("{memory} at batch {batch}")
        self._memory.setText(words.format(memory=in_bytes(totals.training_bytes), batch=with_thousands(batch)))

    def show_engine_ready(self) -> None:
        """The engine answers at once from now on."""
        self._readiness = self.tr("○ trainer starting")
        self._show_readiness()

    def show_trainer_ready(self) -> None:
        """Train answers at once from now on."""
        self._readiness = self.tr("● trainer ready")
        self._ready.setProperty("kind", "good")
        self._ready.style().polish(self._ready)
        self._show_readiness()

    def show_training(self, busy: bool) -> None:
        """While a network trains, that is what the trainer does."""
        self._is_training = busy
        self._show_readiness()

    def show_zoom(self, scale: float) -> None:
        """How large the canvas is drawn."""
        self._zoom.setText(f"{scale:.0%}".replace("%", " %"))

    def _show_readiness(self) -> None:
        self._ready.setText(self.tr("● training") if self._is_training else self._readiness)

    def _count(self) -> None:
        network = self._editor.network
        words = self.tr("{layers} layers · {wires} wires")
        self._counts.setText(words.format(layers=len(network.nodes), wires=len(network.wires)))
