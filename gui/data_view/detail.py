"""All of one row: its image large, its text whole, every value."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from engine.looking.view import Detail, Head
from gui import theme as looks
from gui.data_view.charts import fitted
from gui.data_view.models import title_of, value_in_words
from gui.data_view.painting import draw_curve, draw_image, image_of, image_of_classes
from gui.page import Facts, Page, label
from gui.samples import Painted
from gui.theme import Appearance
from gui.words import shape_in_words, with_thousands

MOST_FACTS = 200


class DetailPane(Page):
    """The row that the keyboard is on."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rowDetail")
        self.setAccessibleName(self.tr("Selected row"))
        self._title = label(kind="strong", wraps=True)
        self._title.setObjectName("rowTitle")
        self._hint = label(self.tr("Select a row to see all of it."), "dim", wraps=True)
        self._picture = LargePicture(appearance)
        self._answer_title = label(self.tr("Asked for"), "dim")
        self._answer = LargePicture(appearance)
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("rowText")
        self._text.setAccessibleName(self.tr("Text of the row"))
        self._text.setReadOnly(True)
        # Tab goes on to the next part.
        self._text.setTabChangesFocus(True)
        self._facts = Facts()
        section = self.add_section(self.tr("Row"))
        section.add(self._hint, self._title, self._picture, self._answer_title, self._answer, self._text, self._facts)
        self.clear()

    def clear(self) -> None:
        """No row is selected."""
        self._hint.show()
        for part in (self._title, self._picture, self._answer_title, self._answer, self._text, self._facts):
            part.hide()

    def show_row(self, heads: Sequence[Head], detail: Detail) -> None:
        """Shows all of a row."""
        self._hint.hide()
        number = self.tr("Row {number}").format(number=with_thousands(detail.number + 1))
        self._title.setText(f"{number} · {detail.name}" if detail.name else number)
        self._title.show()
        self._picture.show_detail(detail)
        self._picture.setVisible(detail.picture is not None or detail.curve is not None)
        self._answer.show_answer(detail)
        for part in (self._answer_title, self._answer):
            part.setVisible(detail.answer is not None or detail.classes is not None)
        self._text.setPlainText(detail.text)
        self._text.setVisible(bool(detail.text))
        self._facts.show_facts(self._facts_of(heads, detail))
        self._facts.show()

    def _facts_of(self, heads: Sequence[Head], detail: Detail) -> dict[str, str]:
        facts = {} if detail.picture is None else {self.tr("Shape"): shape_in_words(detail.size)}
        for head, value in list(zip(heads, detail.values, strict=True))[:MOST_FACTS]:
            if head.kind == "text" and value == detail.text and detail.text:
                continue
            facts[title_of(head)] = self.tr("missing") if value is None else value_in_words(head, value)
        return facts


class LargePicture(Painted):
    """An image or a curve, as wide as its place."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "rowPicture", parent)
        self.setAccessibleName(self.tr("Picture of the row"))
        self._image = QImage()
        self._detail: Detail | None = None
        self._classes: Detail | None = None
        """The answer whose classes are shown, each in a colour of the theme."""

    def show_detail(self, detail: Detail) -> None:
        """Shows what is given."""
        self._detail, self._classes = detail, None
        self._show(QImage() if detail.picture is None else image_of(detail.picture))

    def show_answer(self, detail: Detail) -> None:
        """Shows what is asked for."""
        self._detail = None
        self._classes = detail if detail.classes is not None else None
        if self._classes is None:
            self._show(QImage() if detail.answer is None else image_of(detail.answer))
        else:
            self._show_theme()

    def _show_theme(self) -> None:
        if self._classes is not None and self._classes.classes is not None:
            self._show(image_of_classes(self._classes.classes, self._appearance))
        super()._show_theme()

    def heightForWidth(self, width: int) -> int:
        if self._image.isNull():
            return width // 2
        return min(width, round(width * self._image.height() / max(1, self._image.width())))

    def draw(self, painter: QPainter) -> None:
        place = QRectF(self.rect())
        if not self._image.isNull():
            draw_image(painter, fitted(place, self._image.width(), self._image.height()), self._image)
        elif self._detail is not None and self._detail.curve is not None:
            inner = place.adjusted(looks.GRID, looks.GRID, -looks.GRID, -looks.GRID)
            draw_curve(painter, inner, self._detail.curve, self._appearance)

    def _show(self, image: QImage) -> None:
        self._image = image
        self.updateGeometry()
        self.update()
