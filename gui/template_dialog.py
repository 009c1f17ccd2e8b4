"""New from a template: what it is, for how many classes and for which images it is wanted."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from engine.datasets import RandomImages
from engine.errors import LayerloomError
from engine.project import Project
from engine.templates import Template
from gui import theme as looks
from gui.canvas import portrait
from gui.kind_box import ChoiceBox
from gui.page import label
from gui.services import Services
from gui.theme import Appearance, Theme
from gui.words import translated, with_thousands


class TemplateDialog(QDialog):
    """Asks for classes and images, and has the network follow. What cannot be is said in a sentence."""

    created = Signal(object)
    """The `Project` to open."""

    def __init__(
        self, template: Template, services: Services, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("templateDialog")
        self.setWindowTitle(self.tr("New from {template}").format(template=translated(template.title)))
        self.setFixedWidth(looks.DIALOG_WIDTH)
        self._template = template
        self._services = services
        self._picture = QLabel(self)
        dataset = template.project.data.dataset
        self._channels, self._size, _ = dataset.shape
        self._count = len(dataset.classes)
        # Of a network that answers for each pixel, classes are more than the number of its outputs.
        self._has_own_classes = bool(dataset.places)
        self._make_fields()
        self._lay_out(appearance)
        for changed in (self._classes.valueChanged, self._side.valueChanged, self._colours.currentIndexChanged):
            changed.connect(self._outcome.clear)
        (self._side if self._has_own_classes else self._classes).selectAll()

    def _make_fields(self) -> None:
        declared = RandomImages.declared
        self._classes = self._number("templateClasses", self.tr("Classes"), self._count, declared["class_count"].high)
        self._classes.setMinimum(int(declared["class_count"].low or 1))
        self._side = self._number("templateSize", self.tr("Image size"), self._size, declared["image_size"].high)
        self._side.setSuffix(self.tr(" pixels"))
        self._colours = ChoiceBox(self)
        self._colours.setObjectName("templateColours")
        self._colours.setAccessibleName(self.tr("Colours"))
        self._colours.addItem(self.tr("Colour, 3 channels"), 3)
        self._colours.addItem(self.tr("Grey, 1 channel"), 1)
        self._colours.setCurrentIndex(self._colours.findData(self._channels))
        self._outcome = label(kind="fault", wraps=True)
        self._outcome.setObjectName("templateOutcome")
        self._outcome.setMinimumHeight(2 * self._outcome.fontMetrics().lineSpacing())
        self._outcome.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._create = QPushButton(self.tr("Create"), self)
        self._create.setObjectName("templateCreate")
        self._create.setProperty("kind", "primary")
        self._create.setDefault(True)
        self._create.clicked.connect(self._begin)

    def _number(self, name: str, title: str, value: int, high: float | None) -> QSpinBox:
        box = QSpinBox(self)
        box.setObjectName(name)
        box.setAccessibleName(title)
        box.setRange(1, int(high or 1))
        box.setGroupSeparatorShown(True)
        box.lineEdit().setTextMargins(looks.GRID * 2, 0, 0, 0)
        box.setValue(value)
        return box

    def _lay_out(self, appearance: Appearance) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*(looks.PADDING * 2,) * 4)
        column.setSpacing(looks.GRID * 2)
        for part in self._told(appearance):
            column.addWidget(part)
        column.addSpacing(looks.GRID * 2)
        column.addLayout(self._form())
        words = self.tr("Until you choose your own images under Data, it is given noise of this size.")
        column.addWidget(label(words, "faint", wraps=True))
        column.addWidget(self._outcome)
        column.addLayout(self._buttons())

    def _told(self, appearance: Appearance) -> list[QLabel]:
        """What the template is: its picture, name, sentence, origin and size."""
        facts = self._template.facts
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        appearance.changed.connect(self._paint)
        self._paint(appearance.theme)
        title = QLabel(translated(self._template.title), self)
        title.setFont(looks.heading_font())
        summary = label(translated(self._template.summary), wraps=True)
        parts = [self._picture, title, summary, label(translated(self._template.origin), "dim", wraps=True)]
        if facts is not None:
            words = self.tr("{parameters} parameters, {multiply_adds} multiply-adds for one image")
            counts = {"parameters": facts.parameters, "multiply_adds": facts.multiply_adds}
            told = {name: with_thousands(count) for name, count in counts.items()}
            parts.append(label(words.format(**told), "dim", wraps=True))
        return parts

    def _paint(self, theme: Theme) -> None:
        facts = self._template.facts
        self._picture.setPixmap(portrait(facts.portrait if facts else (), theme, looks.TEMPLATE_PICTURE))

    def _form(self) -> QGridLayout:
        form = QGridLayout()
        form.setHorizontalSpacing(looks.PADDING)
        form.setVerticalSpacing(looks.GRID * 2)
        form.setColumnStretch(1, 1)
        asked = [self._side, self._colours] if self._has_own_classes else [self._classes, self._side, self._colours]
        self._classes.setHidden(self._has_own_classes)
        for row, field in enumerate(asked):
            form.addWidget(label(field.accessibleName(), "dim"), row, 0)
            form.addWidget(field, row, 1)
        return form

    def _buttons(self) -> QHBoxLayout:
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("templateCancel")
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.setSpacing(looks.GRID * 2)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._create)
        return buttons

    def _begin(self) -> None:
        """Has the network follow; as it is, it waits for nobody."""
        wanted = (self._classes.value(), self._side.value(), int(self._colours.currentData()))
        if wanted == (self._count, self._size, self._channels):
            self._end(self._template.project)
            return
        self._create.setEnabled(False)
        job = self._services.adapt(self._template.project, *wanted)
        job.done.connect(self._end)
        job.failed.connect(self._refuse)

    def _end(self, project: Project) -> None:
        self.accept()
        self.created.emit(project)

    def _refuse(self, fault: LayerloomError) -> None:
        self._create.setEnabled(True)
        self._outcome.setText(translated(str(fault)))
        self._side.setFocus(Qt.FocusReason.OtherFocusReason)
        self._side.selectAll()
