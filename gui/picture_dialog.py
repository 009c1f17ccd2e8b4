"""Export picture: the network as it looks, as SVG, PDF or PNG, for a paper or a slide."""

from collections.abc import Generator
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from PySide6.QtCore import QByteArray, QMimeData, QSaveFile, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.project import Project
from engine.report import Report
from gui import dialogs
from gui import theme as looks
from gui.canvas.drawing import Drawing, Paper, drawn, image_of, is_too_large, pdf_of, png_of, size_of, svg_of
from gui.editor import Editor
from gui.page import label
from gui.picture_preview import PicturePreview
from gui.settings import Settings
from gui.slices import Slices
from gui.theme import DARK, LIGHT, WHITE, Appearance, Theme
from gui.words import with_thousands

Bytes = Generator[float, None, bytes]


class PictureFormat(NamedTuple):
    """A format of pictures: what it is called, how its files end and what the clipboard calls it."""

    title: str
    suffix: str
    mime: str


FORMATS = (
    PictureFormat("SVG", ".svg", "image/svg+xml"),
    PictureFormat("PDF", ".pdf", "application/pdf"),
    PictureFormat("PNG", ".png", "image/png"),
)
SCALES = (1, 2, 3, 4)
_WIDEST_MARGIN = 400


class PictureDialog(QDialog):
    """Chooses format and looks, shows what comes of it, writes the file or fills the clipboard."""

    def __init__(
        self, editor: Editor, name: str, settings: Settings, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("pictureDialog")
        self.setWindowTitle(self.tr("Export picture"))
        self._project: Project = editor.project.with_network(editor.network)
        self._report: Report = editor.report
        self._selection = editor.selection
        self._name = name
        self._settings = settings
        self._drawing: Drawing | None = None
        self._target: Path | None = None
        self._drawer, self._writer = Slices(self), Slices(self)
        self._make_fields(appearance.theme)
        self._preview = PicturePreview(appearance, self)
        self._lay_out()
        self._connect()
        self._draw()

    # What is chosen

    @property
    def _format(self) -> PictureFormat:
        return FORMATS[self._formats.currentIndex()]

    @property
    def _scale(self) -> int:
        return SCALES[self._scales.currentIndex()] if self._format.title == "PNG" else 1

    @property
    def _theme(self) -> Theme:
        """The theme whose ground is the picture's, so that what stands on wires stands on the same."""
        theme = DARK if self._colours.currentData() == "dark" else LIGHT
        return theme if self._ground == "theme" else msgspec.structs.replace(theme, background=WHITE)

    @property
    def _ground(self) -> Literal["theme", "white", "nothing"]:
        ground = self._grounds.currentData()
        # On nothing, what is dark stays dark: it is meant for dark slides.
        return "theme" if ground == "nothing" and self._colours.currentData() == "dark" else ground

    @property
    def _paper(self) -> Paper:
        ground = "" if self._grounds.currentData() == "nothing" else self._theme.background
        return Paper(self._margin.value(), ground, self._project.title or self._name, self._project.description)

    # How it is built

    def _make_fields(self, theme: Theme) -> None:
        self._formats = self._choice("pictureFormat", self.tr("Format"), [(kind.title, "") for kind in FORMATS])
        modes = [(self.tr("Light"), "light"), (self.tr("Dark"), "dark")]
        self._colours = self._choice("pictureColours", self.tr("Colours"), modes)
        self._colours.setCurrentIndex(self._colours.findData(theme.name))
        grounds = [(self.tr("As the canvas"), "theme"), (self.tr("White"), "white"), (self.tr("None"), "nothing")]
        self._grounds = self._choice("pictureGround", self.tr("Background"), grounds)
        parts = [(self.tr("The whole network"), "whole"), (self.tr("What is selected"), "selection")]
        self._parts = self._choice("picturePart", self.tr("Part"), parts)
        self._margin = QSpinBox(self)
        self._margin.setObjectName("pictureMargin")
        self._margin.setAccessibleName(self.tr("Margin"))
        self._margin.setRange(0, _WIDEST_MARGIN)
        self._margin.setSingleStep(looks.GRID)
        self._margin.setValue(looks.PADDING)
        self._margin.lineEdit().setTextMargins(looks.GRID * 2, 0, 0, 0)
        self._scales = self._choice("pictureScale", self.tr("Scale"), [(f"{scale}×", "") for scale in SCALES])
        self._scales.setCurrentIndex(1)
        letters = [(self.tr("As text"), "text"), (self.tr("As shapes, the same everywhere"), "shapes")]
        self._letters = self._choice("pictureLetters", self.tr("Letters"), letters)
        self._signs = QCheckBox(self.tr("Show problem signs"), self)
        self._signs.setObjectName("pictureSigns")

    def _choice(self, name: str, title: str, options: list[tuple[str, str]]) -> QComboBox:
        made = QComboBox(self)
        made.setObjectName(name)
        made.setAccessibleName(title)
        for text, value in options:
            made.addItem(text, value)
        return made

    def _lay_out(self) -> None:
        self._size = label(kind="dim", wraps=True)
        self._size.setObjectName("pictureSize")
        self._outcome = label(wraps=True)
        self._outcome.setObjectName("pictureOutcome")
        for words in (self._size, self._outcome):
            # Room for two lines, so that nothing moves when other words come.
            words.setMinimumHeight(2 * words.fontMetrics().lineSpacing())
            words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 100)
        self._bar.setTextVisible(False)
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(policy)
        self._copy = QPushButton(self.tr("Copy to clipboard"), self)
        self._copy.setObjectName("pictureCopy")
        self._close = QPushButton(self.tr("Close"), self)
        self._close.setObjectName("pictureClose")
        self._export = QPushButton(self.tr("Export…"), self)
        self._export.setObjectName("pictureExport")
        self._export.setProperty("kind", "primary")
        self._export.setDefault(True)
        column = QVBoxLayout()
        column.setSpacing(looks.PADDING)
        column.addLayout(self._form())
        column.addWidget(self._size)
        column.addStretch(1)
        column.addWidget(self._outcome)
        column.addWidget(self._bar)
        both = QHBoxLayout()
        both.setSpacing(looks.PADDING * 2)
        both.addWidget(self._preview, 1)
        both.addLayout(column)
        buttons = QHBoxLayout()
        buttons.setSpacing(looks.GRID * 2)
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        buttons.addWidget(self._export)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(*(looks.PADDING * 2,) * 4)
        whole.setSpacing(looks.PADDING * 2)
        whole.addLayout(both, 1)
        whole.addLayout(buttons)

    def _form(self) -> QGridLayout:
        form = QGridLayout()
        form.setVerticalSpacing(looks.GRID * 2)
        form.setHorizontalSpacing(looks.PADDING)
        form.setColumnMinimumWidth(1, looks.PICTURE_FIELD)
        form.setColumnStretch(1, 1)
        fields = (
            self._formats,
            self._colours,
            self._grounds,
            self._parts,
            self._margin,
            self._scales,
            self._letters,
        )
        for row, field in enumerate(fields):
            form.addWidget(label(field.accessibleName(), "dim"), row, 0)
            form.addWidget(field, row, 1)
        form.addWidget(self._signs, len(fields), 1)
        return form

    def _connect(self) -> None:
        for choice in (self._colours, self._grounds, self._parts):
            choice.currentIndexChanged.connect(self._draw)
        self._signs.toggled.connect(self._draw)
        for choice in (self._formats, self._scales, self._letters):
            choice.currentIndexChanged.connect(self._show)
        self._margin.valueChanged.connect(self._show)
        self._drawer.progressed.connect(self._show_progress)
        self._drawer.done.connect(self._show_drawing)
        self._writer.progressed.connect(self._show_progress)
        self._writer.done.connect(self._finish)
        self._copy.clicked.connect(self._copy_picture)
        self._close.clicked.connect(self.reject)
        self._export.clicked.connect(self._ask_and_write)

    # Drawing

    def done(self, result: int) -> None:
        """Closes; what is under way is given up."""
        self._drawer.cancel()
        self._writer.cancel()
        self._drop_drawing()
        super().done(result)

    def reject(self) -> None:
        """Cancels what is being written, or closes."""
        if self._writer.is_busy:
            self._writer.cancel()
            self._say(self.tr("Cancelled. Nothing was written."))
            self._show()
            return
        super().reject()

    def _draw(self) -> None:
        """Draws anew: the network, or what is selected of it, in the colours chosen."""
        project, report = self._project, self._report
        if self._parts.currentData() == "selection":
            project = project.with_network(project.network.part(self._selection))
        if not self._signs.isChecked():
            report = msgspec.structs.replace(report, problems=())
        self._drop_drawing()
        self._drawer.run(drawn(project, report, self._theme))
        self._show()

    def _drop_drawing(self) -> None:
        if self._drawing is not None:
            self._preview.show_picture(None, self._paper)
            self._drawing.scene.end()
        self._drawing = None

    def _show_drawing(self, drawing: object) -> None:
        assert isinstance(drawing, Drawing)
        self._drawing = drawing
        is_empty = drawing.area.isEmpty()
        if is_empty:
            self._drop_drawing()
        self._show()
        if is_empty:
            self._say(self.tr("There is nothing to draw yet. Add a layer first."))

    def _show(self) -> None:
        """Shows the picture as it would be now, its size, and what can be done with it."""
        is_image, is_svg = self._format.title == "PNG", self._format.title == "SVG"
        self._scales.setEnabled(is_image)
        self._letters.setEnabled(is_svg)
        for field in (self._colours, self._grounds, self._parts, self._signs):
            # What is being written still needs the drawing as it is.
            field.setEnabled(not self._writer.is_busy and (field is not self._parts or bool(self._selection)))
        drawing, paper = self._drawing, self._paper
        self._preview.show_picture(drawing, paper)
        refused = drawing is not None and is_too_large(drawing, paper, self._scale) and is_image
        can = drawing is not None and not refused and not self._writer.is_busy
        self._copy.setEnabled(can)
        self._export.setEnabled(can)
        self._close.setText(self.tr("Cancel") if self._writer.is_busy else self.tr("Close"))
        self._bar.setVisible(self._drawer.is_busy or self._writer.is_busy)
        self._size.setText("" if drawing is None else self._size_in_words(size_of(drawing, paper), refused))
        self._size.setProperty("kind", "fault" if refused else "dim")
        self._size.style().polish(self._size)

    def _size_in_words(self, size: QSize, refused: bool) -> str:
        scale = self._scale
        width, height = with_thousands(size.width() * scale), with_thousands(size.height() * scale)
        if self._format.title == "PDF":
            return self.tr("A page of {width} × {height} points.").format(width=width, height=height)
        words = self.tr("{width} × {height} pixels.").format(width=width, height=height)
        if refused:
            words += " " + self.tr("That is too large for an image: choose a smaller scale, or SVG or PDF.")
        return words

    def _show_progress(self, share: float) -> None:
        self._bar.setValue(round(share * 100))

    # What comes of it

    def _ask_and_write(self) -> None:
        kind = self._format
        proposed = self._settings.folder / f"{Path(self._name).stem or self.tr('network')}{kind.suffix}"
        path = dialogs.ask_file(self, self.tr("Export picture"), proposed, f"{kind.title} (*{kind.suffix})")
        if path is None:
            return
        if path.suffix.lower() != kind.suffix:
            path = path.with_name(path.name + kind.suffix)
            # The file dialog has asked about the name without its end.
            if path.exists() and not dialogs.ask_overwrite(self, path.name):
                return
        self._settings.folder = path.parent
        self._target = path
        self._begin(self._contents(), self.tr("Writing…"))

    def _copy_picture(self) -> None:
        self._target = None
        self._begin(self._clipping(), self.tr("Copying…"))

    def _begin(self, work: Generator[float, None, object], words: str) -> None:
        self._say(words)
        self._writer.run(work)
        self._show()

    def _contents(self) -> Bytes:
        """The bytes of the file."""
        assert self._drawing is not None
        if self._format.title == "PNG":
            return png_of(self._drawing, self._paper, self._scale)
        if self._format.title == "PDF":
            return pdf_of(self._drawing, self._paper)
        return svg_of(self._drawing, self._paper, outlined=self._letters.currentData() == "shapes")

    def _clipping(self) -> Generator[float, None, QMimeData]:
        """What the clipboard is to hold: an image, which every program takes, and the format chosen beside it."""
        assert self._drawing is not None
        scale, clipping = SCALES[self._scales.currentIndex()], QMimeData()
        if not is_too_large(self._drawing, self._paper, scale):
            image: QImage = yield from image_of(self._drawing, self._paper, scale)
            clipping.setImageData(image)
        if self._format.title != "PNG":
            contents = yield from self._contents()
            clipping.setData(self._format.mime, QByteArray(contents))
        return clipping

    def _finish(self, made: object) -> None:
        if isinstance(made, QMimeData):
            QGuiApplication.clipboard().setMimeData(made)
            self._say(self.tr("Copied. Paste it where you need it."), "good")
        elif isinstance(made, bytes) and self._target is not None:
            self._write(made, self._target)
        self._show()

    def _write(self, contents: bytes, path: Path) -> None:
        file = QSaveFile(str(path))
        if file.open(QSaveFile.OpenModeFlag.WriteOnly) and file.write(contents) == len(contents) and file.commit():
            self._say(self.tr("Written: {name}.").format(name=path.name), "good")
            return
        words = self.tr("{name} could not be written there ({reason}). Choose another folder or name.")
        self._say(words.format(name=path.name, reason=file.errorString()), "fault")

    def _say(self, words: str, kind: str = "") -> None:
        self._outcome.setProperty("kind", kind)
        self._outcome.style().polish(self._outcome)
        self._outcome.setText(words)
