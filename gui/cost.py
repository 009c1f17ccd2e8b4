"""What a network costs to answer and to train: in short in the status line, in full on a card and in the inspector."""

from PySide6.QtCore import QCoreApplication, QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from engine.project import Project
from engine.report import Totals
from gui import theme as looks
from gui.page import Facts, label
from gui.words import in_bytes, in_flops, in_short, with_thousands

Account = dict[str, str | tuple[str, str]]


def account(project: Project, totals: Totals) -> Account:
    """The full account, by the names of its entries."""
    optimizer = type(project.training.optimizer).title
    frozen = totals.parameters != totals.trainable_parameters
    per_sample = _tr("per sample")
    return {
        _tr("Parameters"): with_thousands(totals.parameters),
        _tr("Trainable"): with_thousands(totals.trainable_parameters) if frozen else "",
        _tr("Multiply-adds"): (with_thousands(totals.multiply_adds), per_sample),
        _tr("Operations"): (in_flops(totals.flops), per_sample),
        _tr("Weights"): in_bytes(totals.weight_bytes),
        _tr("Gradients"): in_bytes(totals.gradient_bytes),
        _tr("Optimizer state"): (in_bytes(totals.optimizer_bytes), optimizer),
        _tr("Activations"): (in_bytes(totals.activation_bytes), samples_in_words(project)),
        _tr("Training holds"): (in_bytes(totals.training_bytes), _tr("in all")),
    }


def samples_in_words(project: Project) -> str:
    """How many samples a training step holds at once: “at batch 64”."""
    if project.training.optimizer.whole_set:
        return _tr("for the whole set")
    return _tr("at batch {size}").format(size=with_thousands(project.training.batch_size))


def in_line(project: Project, totals: Totals) -> tuple[str, ...]:
    """The account on one line, from the longest form to the shortest."""
    parts = {
        "parameters": with_thousands(totals.parameters),
        "short": in_short(totals.parameters),
        "flops": in_flops(totals.flops),
        "multiply_adds": in_short(totals.multiply_adds),
        "weights": in_bytes(totals.weight_bytes),
        "activations": in_bytes(totals.activation_bytes),
        "optimizer": in_bytes(totals.optimizer_bytes),
        "training": in_bytes(totals.training_bytes),
        "samples": samples_in_words(project),
    }
    forms = (
        _tr(
            "{parameters} parameters    {flops} · {multiply_adds} multiply-adds per sample    "
            "{weights} weights · {activations} activations {samples} · {optimizer} optimizer state"
        ),
        _tr(
            "{parameters} parameters   {flops} · {multiply_adds} multiply-adds   "
            "{weights} weights · {activations} activations · {optimizer} optimizer"
        ),
        _tr("{short} parameters · {flops} · {training} in training"),
        _tr("{short} parameters"),
    )
    return tuple(form.format(**parts) for form in forms)


class CostLine(QPushButton):
    """The account in the longest form that there is room for; a click shows it in full."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("costLine")
        self.setAccessibleName(self.tr("What the network costs"))
        self.setProperty("kind", "plain")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(self.tr("What the network costs; click for the full account"))
        self._forms: tuple[str, ...] = ("",)
        self._account: Account = {}
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(policy.Policy.Maximum)
        self.setSizePolicy(policy)
        self.card = CostCard(self)
        self.clicked.connect(self._show_card)

    def show_cost(self, project: Project, totals: Totals) -> None:
        """Shows what a project costs."""
        self._forms = in_line(project, totals)
        self._account = account(project, totals)
        self.setAccessibleName(self._forms[0])
        self._choose()
        self.updateGeometry()
        self.card.show_account(self._account)

    def sizeHint(self) -> QSize:
        return self._size_of(self._forms[0])

    def minimumSizeHint(self) -> QSize:
        return self._size_of(self._forms[-1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def _size_of(self, words: str) -> QSize:
        width = self.fontMetrics().horizontalAdvance(words) + 4 * looks.GRID + 2
        return QSize(width, super().sizeHint().height())

    def _choose(self) -> None:
        fitting = (form for form in self._forms if self._size_of(form).width() <= self.width())
        self.setText(next(fitting, self._forms[-1]))

    def _show_card(self) -> None:
        self.card.fit()
        self.card.move(self.mapToGlobal(QPoint(0, -self.card.height() - looks.GRID)))
        self.card.show()


class CostCard(QFrame):
    """The full account, until one clicks elsewhere."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("costCard")
        self.setProperty("kind", "popover")
        self.setAccessibleName(self.tr("What the network costs"))
        self.setFixedWidth(looks.with_font(looks.INSPECTOR_WIDTH))
        title = label(self.tr("What the network costs"))
        title.setFont(looks.title_font())
        self._facts = Facts(self)
        note = label(self.tr("Weights and activations as 32-bit numbers."), "faint", wraps=True)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(*(looks.PADDING,) * 4)
        column.setSpacing(looks.PADDING)
        for part in (title, self._facts, note):
            column.addWidget(part)

    def show_account(self, facts: Account) -> None:
        """Shows these entries."""
        self._facts.show_facts(facts)

    def fit(self) -> None:
        """Is as high as its entries."""
        self.ensurePolished()
        self.setFixedHeight(self._column.totalHeightForWidth(self.width()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Cost", text)
