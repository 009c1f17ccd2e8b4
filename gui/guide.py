"""Guide: the pages of `docs`, to be read beside the work, with the links between them."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QBrush, QImage, QTextBlockFormat, QTextCursor, QTextDocument, QTextFrameFormat, QTextTable
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from gui import theme as looks
from gui.theme import Appearance

PAGES = Path(__file__).resolve().parent.parent / "docs"
FILE = Qt.ItemDataRole.UserRole


class Guide(QDialog):
    """A page of the guide, and the titles of all beside it."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        # Beside the window, which may be worked in meanwhile, and no sheet of it.
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("guide")
        self.setWindowTitle(self.tr("Guide"))
        self.resize(looks.GUIDE)
        self._page = Page(appearance, self)
        self._titles = QListWidget(self)
        self._titles.setObjectName("guideTitles")
        self._titles.setAccessibleName(self.tr("Pages of the guide"))
        self._titles.setFixedWidth(looks.with_font(looks.GUIDE_TITLES))
        self._titles.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for name, title in _titles():
            item = QListWidgetItem(title, self._titles)
            item.setData(FILE, str(PAGES / name))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._titles)
        row.addWidget(self._page, 1)
        self._titles.currentItemChanged.connect(lambda item, _before: self._page.show_file(Path(item.data(FILE))))
        self._page.sourceChanged.connect(self._follow)
        self._titles.setCurrentRow(0)

    def _follow(self, source: QUrl) -> None:
        """A link has led to another page."""
        path = source.toLocalFile()
        for row in range(self._titles.count()):
            if self._titles.item(row).data(FILE) == path:
                self._titles.setCurrentRow(row)


class Page(QTextBrowser):
    """A page written in Markdown. Its links lead to other pages, and the web's to the web; a picture fits into it."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("guidePage")
        self.setAccessibleName(self.tr("Page of the guide"))
        self.setOpenExternalLinks(True)
        # A table and its edge are a pixel wider than what it is told to fill.
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._appearance = appearance
        self.sourceChanged.connect(lambda _source: self._set_out())
        appearance.changed.connect(lambda _theme: self.reload())

    def show_file(self, path: Path) -> None:
        """Shows the page in a file."""
        if self.source().toLocalFile() != str(path):
            self.setSource(QUrl.fromLocalFile(str(path)), QTextDocument.ResourceType.MarkdownResource)

    def reload(self) -> None:
        """Shows the page anew, where it was."""
        place = self.verticalScrollBar().value()
        super().reload()
        self._set_out()
        self.verticalScrollBar().setValue(place)

    def loadResource(self, type: int, name: QUrl | str) -> Any:
        if type != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(type, name)
        image = QImage(self.source().resolved(QUrl(name)).toLocalFile())
        room = self.viewport().width() - round(2 * self.document().documentMargin())
        is_wide = image.width() > room
        return image.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation) if is_wide else image

    def _set_out(self) -> None:
        """Gives paragraphs, headings and tables the room that Markdown does not speak of."""
        self.document().setDocumentMargin(2 * looks.PADDING)
        # All at once: the page is laid out again after each edit.
        edit = QTextCursor(self.document())
        edit.beginEditBlock()
        block = self.document().begin()
        while block.isValid():
            form = QTextBlockFormat()
            form.setLineHeight(looks.LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            form.setTopMargin(2 * looks.PADDING if block.blockFormat().headingLevel() > 1 else 0)
            form.setBottomMargin(looks.GRID if block.textList() else 2 * looks.GRID)
            edit.setPosition(block.position())
            if not edit.currentTable():
                edit.mergeBlockFormat(form)
            block = block.next()
        line = QBrush(self._appearance.theme.colour("line"))
        for table in self.document().rootFrame().childFrames():
            if isinstance(table, QTextTable):
                form = table.format()
                form.setBorderCollapse(True)
                form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
                form.setBorderBrush(line)
                form.setCellPadding(1.5 * looks.GRID)
                form.setTopMargin(looks.GRID)
                form.setBottomMargin(2 * looks.PADDING)
                table.setFormat(form)
        edit.endEditBlock()


def show(window: QWidget, appearance: Appearance) -> None:
    """Opens the guide of a window, or brings it to the front where a person left it."""
    guide = window.findChild(Guide) or Guide(appearance, window)
    guide.show()
    guide.raise_()
    guide.activateWindow()


def is_here() -> bool:
    """Whether the pages came along: they lie beside the program, not within it."""
    return all((PAGES / name).is_file() for name, _ in _titles())


def _titles() -> list[tuple[str, str]]:
    """The file of each page, and its title."""
    return [
        ("canvas.md", _tr("The canvas")),
        ("data.md", _tr("Your own data")),
        ("training.md", _tr("Training")),
        ("templates.md", _tr("Templates")),
        ("python-layer.md", _tr("A layer in Python")),
        ("speed.md", _tr("Speed")),
    ]


def _tr(words: str) -> str:
    return QCoreApplication.translate("Guide", words)
