"""The data view: rows that come when they are looked at, filters by mouse and keys, what is known of all rows."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name
from types import GeneratorType
from typing import Any

import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QTabBar, QWidget

from engine.data import Data
from engine.datasets import Dataset, Digits, DigitScenes, Iris, RandomClasses, Wine
from engine.datasets.files import open_data
from engine.errors import DataError, LayerloomError
from engine.looking import reading
from engine.looking.view import Among, Between
from engine.project import Project
from gui import theme as looks
from gui.data_view import DataView
from gui.data_view.cards import ColumnCard
from gui.data_view.charts import Histogram, Shares
from gui.data_view.overview import CARDS
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


class Call(QObject):
    """A `Job` that is answered by this process, once it is let go."""

    progress = Signal(object)
    done = Signal(object)
    failed = Signal(object)

    def __init__(self, function: str, arguments: tuple[Any, ...]) -> None:
        super().__init__()
        self.function, self.arguments = function, arguments
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True

    def answer(self) -> None:
        if self.is_cancelled:
            return
        try:
            result = resolve_name(self.function)(*self.arguments)
            if isinstance(result, GeneratorType):
                *_, result = result
        except LayerloomError as error:
            self.failed.emit(error)
        else:
            self.done.emit(result)


class Engine:
    """Answers one call after the other in this process; held, it lets them wait."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque()
        self.asked: list[Call] = []
        self.is_held = False

    def submit(self, function: str, *arguments: Any) -> Call:
        call = Call(function, arguments)
        self.calls.append(call)
        self.asked.append(call)
        QTimer.singleShot(0, self._go_on)
        return call

    def release(self) -> None:
        self.is_held = False
        self._go_on()

    def _go_on(self) -> None:
        while self.calls and not self.is_held:
            self.calls.popleft().answer()


@pytest.fixture
def engine() -> Iterator[Engine]:
    yield Engine()
    reading.forget_all()


@pytest.fixture
def view(qtbot, engine: Engine, appearance: Appearance) -> DataView:
    made = DataView(engine.submit, appearance)  # pyright: ignore[reportArgumentType]
    qtbot.addWidget(made)
    made.resize(1280, 760)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def look(qtbot, view: DataView, dataset: Dataset, **options: Any) -> None:
    view.look_at(Data(dataset, **options))
    qtbot.waitUntil(lambda: view.rows.matching > 0)
    qtbot.waitUntil(lambda: len(view.findChildren(ColumnCard)) >= min(CARDS, len(view.rows.columns)))
    QApplication.processEvents()


def words(view: DataView, name: str) -> str:
    found = view.findChild(QLabel, name)
    return found.text() if found.isVisible() else ""


def show_tab(view: DataView, name: str) -> None:
    tabs = view.findChild(QTabBar, "dataTabs")
    tabs.setCurrentIndex([tabs.tabText(place) for place in range(tabs.count())].index(name))


def cell(view: DataView, row: int, column: int) -> str:
    model = view.table.model()
    return model.data(model.index(row, column))


def card(view: DataView, column: str) -> ColumnCard:
    return next(found for found in view.findChildren(ColumnCard) if found._column == column)


def chips(view: DataView) -> list[QPushButton]:
    return [chip for chip in view.chips.findChildren(QPushButton, "filterChip") if chip.isVisible()]


def shown_chips(view: DataView) -> list[str]:
    return [chip.text() for chip in chips(view)]


def click(widget: QWidget, place: QPointF) -> None:
    QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, place.toPoint())


# Rows


def test_a_table_is_shown_with_its_columns_and_its_rows(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    assert view.table.isVisible()
    assert words(view, "matchingRows") == "150 rows"
    assert [cell(view, 0, column) for column in range(6)] == ["5.1", "3.5", "1.4", "0.2", "setosa", "Training"]


def test_pages_are_asked_for_when_they_are_looked_at_and_nothing_waits_for_them(
    qtbot, view: DataView, engine: Engine
) -> None:
    look(qtbot, view, RandomClasses(samples=5000))
    engine.is_held = True
    view.table.scrollToBottom()
    QApplication.processEvents()
    assert cell(view, 4999, 0) == "…"
    engine.release()
    qtbot.waitUntil(lambda: cell(view, 4999, 0) != "…")
    pages = [call for call in engine.asked if call.function.endswith(":rows")]
    assert len(pages) < 8


def test_labels_are_called_so_and_a_bar_shows_the_rows_that_have_one(qtbot, view: DataView, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    tags = ("art|sport", "art", "sport", "")
    path.write_text("size,tags\n" + "".join(f"{n}.5,{tags[n % 4]}\n" for n in range(40)))
    look(qtbot, view, open_data(str(path)))
    qtbot.waitUntil(lambda: not view.overview.findChild(Shares, "dataBalance").isHidden())
    titles = [each.text() for each in view.overview.findChildren(QLabel) if each.isVisible()]
    assert "Labels" in titles
    assert "Classes" not in titles

    bars = view.overview.findChild(Shares, "dataBalance")
    click(bars, QPointF(20, 5))
    qtbot.waitUntil(lambda: words(view, "matchingRows") == "20 of 40 rows")


def test_a_click_on_a_name_sorts_turns_round_and_gives_up(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    header = view.table.header
    place = QPointF(header.sectionViewportPosition(0) + 20, 10)
    seen = []
    for _ in range(3):
        click(header.viewport(), place)
        qtbot.waitUntil(lambda: view.rows._wanted is None)
        seen.append(cell(view, 0, 0))
    assert seen == ["4.3", "7.9", "5.1"]


def test_s_sorts_by_the_column_of_the_keyboard(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    view.table.setCurrentIndex(view.table.model().index(0, 2))
    QTest.keyClick(view.table, Key.Key_S)
    qtbot.waitUntil(lambda: cell(view, 0, 2) == "1")


def test_a_table_that_asks_for_nothing_is_shown_and_what_it_predicts_is_chosen_there(
    qtbot, view: DataView, tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    path.write_text("size,kind,species\n" + "".join(f"{n}.5,{'ab'[n % 2]},cat\n" for n in range(30)))
    look(qtbot, view, open_data(str(path)))
    assert "“species” cannot be predicted" in words(view, "dataMessage")
    assert "Right-click a column" in words(view, "dataMessage")
    assert cell(view, 0, 2) == "cat"
    header = view.table.header
    place = QPoint(header.sectionViewportPosition(1) + 20, 10)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, header.viewport().mapToGlobal(place))
    QApplication.sendEvent(header.viewport(), event)
    menu = view.findChild(QMenu, "columnMenu")
    (action,) = menu.actions()
    assert action.text() == "Predict kind"
    with qtbot.waitSignal(view.target_chosen) as chosen:
        action.trigger()
    assert chosen.args == ["kind"]
    menu.close()


def test_the_menu_key_offers_to_predict_the_column_of_the_keyboard(qtbot, view: DataView, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("size,kind,species\n" + "".join(f"{n}.5,{'ab'[n % 2]},cat\n" for n in range(30)))
    look(qtbot, view, open_data(str(path)))
    view.table.setCurrentIndex(view.table.model().index(0, 0))
    place = view.table.viewport().rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, view.table.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.table.viewport(), event)
    menu = view.findChild(QMenu, "columnMenu")
    assert [action.text() for action in menu.actions()] == ["Predict size"]
    menu.close()


# Filters


def test_what_is_typed_below_a_name_filters_and_escape_takes_it_away(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    QTest.keyClick(view.table, Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    line = view.table.header.line(0)
    assert line.hasFocus()
    place = line.mapTo(view, line.rect().topLeft())
    QTest.keyClicks(line, "> 7")
    QTest.keyClick(line, Key.Key_Return)
    qtbot.waitUntil(lambda: view.rows.matching == 12)
    assert line.mapTo(view, line.rect().topLeft()) == place, "it stays below the keys"
    assert words(view, "matchingRows") == "12 of 150 rows"
    assert shown_chips(view) == ["sepal length (cm): > 7  ✕"]
    QTest.keyClick(line, Key.Key_Escape)
    qtbot.waitUntil(lambda: view.rows.matching == 150)
    assert not shown_chips(view)
    QTest.keyClick(line, Key.Key_Escape)
    assert view.table.hasFocus()


def test_the_rows_follow_what_is_typed_and_half_a_filter_is_only_marked(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    line = view.table.header.line(0)
    QTest.keyClicks(line, ">")
    qtbot.waitUntil(lambda: bool(line.property("invalid")))
    assert not words(view, "dataMessage")
    assert view.rows.matching == 150
    QTest.keyClicks(line, " 7")
    qtbot.waitUntil(lambda: view.rows.matching == 12)
    assert not line.property("invalid")


def test_a_text_where_a_number_is_expected_is_one_sentence_and_the_rows_stay(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    line = view.table.header.line(1)
    line.setFocus()
    QTest.keyClicks(line, "abc")
    QTest.keyClick(line, Key.Key_Return)
    assert "“abc” is no number" in words(view, "dataMessage")
    assert line.property("invalid")
    assert view.rows.matching == 150
    line.selectAll()
    QTest.keyClicks(line, "3..4")
    QTest.keyClick(line, Key.Key_Return)
    qtbot.waitUntil(lambda: 0 < view.rows.matching < 150)
    assert not words(view, "dataMessage")


def test_the_numbers_of_the_rows_are_read_whole_wherever_they_stand(qtbot, view: DataView) -> None:
    look(qtbot, view, RandomClasses(samples=30_000, feature_count=3))
    header = view.table.verticalHeader()

    def room() -> int:
        labels = [view.table.model().headerData(row, Qt.Orientation.Vertical) for row in range(20)]
        return header.width() - max(header.fontMetrics().horizontalAdvance(label or "9" * 20) for label in labels)

    qtbot.waitUntil(lambda: room() > 0)
    view.table.header.turn(0)
    qtbot.waitUntil(lambda: view.table.header.isSortIndicatorShown() and view.rows.at(0) is not None)
    assert view.rows.at(0).number > 1000
    assert room() >= 2 * looks.PADDING


def test_what_is_said_of_the_rows_is_in_view_only_beside_them(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    message = view.findChild(QLabel, "dataMessage")
    line = view.table.header.line(1)
    QTest.keyClicks(line, "abc")
    QTest.keyClick(line, Key.Key_Return)
    for page, is_seen in (("Correlations", False), ("Table", True)):
        show_tab(view, page)
        assert message.isVisibleTo(view) == is_seen
    assert "“abc” is no number" in message.text()


def test_what_is_said_of_all_of_the_data_is_in_view_on_every_page(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    show_tab(view, "Correlations")
    view.looker.failed.emit(DataError("iris.csv is not there."))
    assert view.findChild(QLabel, "dataMessage").isVisibleTo(view)
    assert view.findChild(QPushButton, "readAgain").isVisibleTo(view)


def test_a_click_on_a_bar_shows_its_rows_and_again_all(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    chart = card(view, "petal width (cm)").chart
    assert isinstance(chart, Histogram)
    count = chart._bars[0].rows
    for matching in (count, 150):
        click(chart, QPointF(chart._step / 2, 20))
        qtbot.waitUntil(lambda matching=matching: view.rows.matching == matching)


def test_keys_walk_through_the_bars_and_say_what_they_are(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    chart = card(view, "class").chart
    assert isinstance(chart, Shares)
    chart.setFocus()
    QTest.keyClick(chart, Key.Key_Down)
    assert chart.accessibleDescription() == "versicolor: 50 rows"
    QTest.keyClick(chart, Key.Key_Space)
    qtbot.waitUntil(lambda: view.rows.matching == 50)
    assert cell(view, 0, 4) == "versicolor"


def test_a_click_on_a_chip_takes_its_filter_away(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    view.filter_by("class", Among("class", ("setosa",)))
    view.filter_by("petal width (cm)", Between("petal width (cm)", low=0.4))
    qtbot.waitUntil(lambda: len(shown_chips(view)) == 2)
    matching = view.rows.matching
    assert 0 < matching < 50
    QTest.mouseClick(chips(view)[0], LEFT)
    qtbot.waitUntil(lambda: view.rows.matching > 50)
    assert len(shown_chips(view)) == 1


def test_all_filters_go_at_once(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    view.filter_by("class", Among("class", ("setosa",)))
    view.filter_by("part", Among("part", ("test",)))
    qtbot.waitUntil(lambda: view.rows.matching == 10)
    QTest.mouseClick(view.findChild(QPushButton, "clearFilters"), LEFT)
    qtbot.waitUntil(lambda: view.rows.matching == 150)


def test_what_is_told_of_all_rows_says_so_while_some_are_in_view(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    assert not words(view, "ofAllRows")
    view.filter_by("class", Among("class", ("setosa",)))
    told = "All that is told here is of all 150 rows, not only of those in view."
    qtbot.waitUntil(lambda: words(view, "ofAllRows") == told)
    view.filter_by("class", None)
    qtbot.waitUntil(lambda: not words(view, "ofAllRows"))


def test_a_filter_marks_all_bars_of_which_it_leaves_rows(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    chart = card(view, "petal length (cm)").chart
    view.filter_by("petal length (cm)", Between("petal length (cm)", low=4.5))
    qtbot.waitUntil(lambda: view.rows.matching < 150)
    marked = [each for each in chart.filters if each in chart._shown]
    assert 1 < len(marked) < len(chart.filters)
    assert all(isinstance(each, Between) and each.high >= 4.5 for each in marked)
    classes = card(view, "class").chart
    view.filter_by("class", Among("class", ("setosa", "virginica")))
    qtbot.waitUntil(lambda: bool(classes._shown))
    assert classes._shown == {Among("class", ("setosa",)), Among("class", ("virginica",))}


def test_parts_are_filtered_by_the_names_that_are_seen(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    line = view.table.header.line(5)
    line.setText("train")
    line.returnPressed.emit()
    qtbot.waitUntil(lambda: view.rows.matching == 108)
    assert shown_chips(view) == ["part: Training  ✕"]
    line.setText("ing")
    line.returnPressed.emit()
    qtbot.waitUntil(lambda: view.rows.matching == 108)


def test_columns_that_are_not_shown_are_told(qtbot, view: DataView) -> None:
    look(qtbot, view, RandomClasses(samples=20, feature_count=1003))
    assert "Only the first 1,000 columns are shown: 3 more are not." in words(view, "dataMessage")


def test_filters_that_match_nothing_say_so(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    view.filter_by("petal width (cm)", Between("petal width (cm)", low=99))
    qtbot.waitUntil(lambda: view.rows.matching == 0)
    assert words(view, "matchingRows") == "0 of 150 rows"
    assert "No row passes" in words(view, "dataMessage")
    assert view.chips.isVisibleTo(view)
    view.filter_by("petal width (cm)", None)
    qtbot.waitUntil(lambda: view.rows.matching == 150)
    assert view.chips.isVisibleTo(view), "its room is kept"


def test_rows_chosen_elsewhere_are_shown_alone_with_their_words(qtbot, view: DataView) -> None:
    view.show_rows((3, 77), "2 duplicates")
    look(qtbot, view, Iris())
    assert view.rows.matching == 2
    assert shown_chips(view) == ["2 duplicates  ✕"]
    view.show_rows((5,), "1 outlier")
    qtbot.waitUntil(lambda: shown_chips(view) == ["1 outlier  ✕"])
    assert view.table.model().headerData(0, Qt.Orientation.Vertical) == "6"


def test_another_split_keeps_filters_and_another_dataset_does_not(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    view.filter_by("class", Among("class", ("setosa",)))
    qtbot.waitUntil(lambda: view.rows.matching == 50)
    view.look_at(Data(Iris(), test=0.5))
    qtbot.waitUntil(lambda: view.rows.matching == 50 and bool(shown_chips(view)))
    look(qtbot, view, Wine())
    assert view.rows.matching == 178
    assert not shown_chips(view)


# What is known


def test_every_column_has_its_card(qtbot, view: DataView) -> None:
    look(qtbot, view, Wine())
    assert [found._column for found in view.findChildren(ColumnCard)] == [head.name for head in view.rows.columns]
    assert all(found.chart.accessibleName() for found in view.findChildren(ColumnCard))


def test_very_many_columns_come_as_they_are_asked_for(qtbot, view: DataView) -> None:
    view.look_at(Data(RandomClasses()))
    qtbot.waitUntil(lambda: view.findChild(QPushButton, "moreColumns").isVisible(), timeout=20_000)
    qtbot.waitUntil(lambda: len(view.overview._described) == 102, timeout=20_000)
    assert len(view.findChildren(ColumnCard)) == 60
    view.findChild(QPushButton, "moreColumns").click()
    assert len(view.findChildren(ColumnCard)) == 102


def test_correlations_are_walked_by_keys(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    tabs = view.findChild(QTabBar, "dataTabs")
    QTest.mouseClick(tabs, LEFT, pos=tabs.tabRect(1).center())
    qtbot.waitUntil(lambda: len(view.correlations._relations.names) == 5)
    view.correlations.setFocus()
    QTest.keyClick(view.correlations, Key.Key_Right)
    assert words(view, "correlatedPair") == "sepal length (cm) and sepal width (cm): −0.12"
    click(card(view, "class").chart, QPointF(10, 10))
    qtbot.waitUntil(lambda: view.rows.matching == 50)
    assert view.table.isVisible()


# One row


def test_the_row_of_the_keyboard_is_shown_whole(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    view.table.setFocus()
    view.table.go_to(0)
    QTest.keyClick(view.table, Key.Key_Down)
    qtbot.waitUntil(lambda: words(view, "rowTitle") == "Row 2")


def test_images_stand_in_a_gallery_with_their_class(qtbot, view: DataView) -> None:
    look(qtbot, view, Digits())
    gallery = view.gallery
    assert gallery.isVisible()
    columns = gallery.model().columnCount()
    assert columns > 3
    assert gallery.model().rowCount() == -(-1797 // columns)
    index = gallery.model().index(0, 1)
    assert gallery.model().data(index) == "1"
    click(gallery.viewport(), QPointF(gallery.visualRect(index).center()))
    qtbot.waitUntil(lambda: words(view, "rowTitle") == "Row 2")
    assert view.findChild(QWidget, "rowPicture").isVisible()
    QTest.keyClick(gallery, Key.Key_Down)
    qtbot.waitUntil(lambda: words(view, "rowTitle") == f"Row {columns + 2}")


def test_a_gallery_that_becomes_wider_keeps_its_row(qtbot, view: DataView) -> None:
    look(qtbot, view, Digits())
    view.gallery.go_to(40)
    view.resize(1600, 760)
    QApplication.processEvents()
    assert view.gallery.place_of(view.gallery.currentIndex()) == 40


def test_the_class_of_each_pixel_is_shown_beside_the_image(qtbot, view: DataView) -> None:
    look(qtbot, view, DigitScenes(scenes=20))
    view.gallery.go_to(3)
    qtbot.waitUntil(lambda: words(view, "rowTitle") == "Row 4")
    pictures = [found for found in view.findChildren(QWidget, "rowPicture") if found.isVisible()]
    assert len(pictures) == 2


def test_a_mean_image_leads_to_its_class(qtbot, view: DataView) -> None:
    look(qtbot, view, Digits())
    means = view.overview._means
    click(means, means._place(4).center())
    qtbot.waitUntil(lambda: view.rows.matching == 183)
    assert shown_chips(view) == ["class: 3  ✕"]


# Copying


def test_selected_rows_are_copied_with_the_names_of_the_columns(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    view.table.setFocus()
    view.table.go_to(0)
    QTest.keyClick(view.table, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(view.looker.copied):
        QTest.keyClick(view.table, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].split("\t")[:2] == ["sepal length (cm)", "sepal width (cm)"]
    assert [line.split("\t")[0] for line in lines[1:]] == ["5.1", "4.9"]
    assert words(view, "dataMessage") == "2 rows copied."


def test_all_rows_are_copied_though_few_of_them_are_here(qtbot, view: DataView) -> None:
    look(qtbot, view, RandomClasses(samples=1000))
    view.table.setFocus()
    QTest.keyClick(view.table, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(view.looker.copied):
        QTest.keyClick(view.table, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QGuiApplication.clipboard().text().split("\n")) == 1001


# What goes wrong


def test_data_that_cannot_be_read_is_one_sentence_and_can_be_tried_again(qtbot, view: DataView, monkeypatch) -> None:
    def fails(_self: Iris):
        raise DataError("iris.csv is not there.", fix="Choose where it is.")

    with monkeypatch.context() as patch:
        patch.setattr(Iris, "load", fails)
        view.look_at(Data(Iris()))
        qtbot.waitUntil(lambda: words(view, "dataMessage") == "iris.csv is not there. Choose where it is.")
    QTest.mouseClick(view.findChild(QPushButton, "readAgain"), LEFT)
    qtbot.waitUntil(lambda: view.rows.matching == 150)


def test_an_answer_that_fails_leaves_the_rows_and_the_filters_as_they_were(qtbot, view: DataView) -> None:
    look(qtbot, view, Iris())
    view.filter_by("class", Among("class", ("setosa",)))
    qtbot.waitUntil(lambda: view.rows.matching == 50)
    view.filter_by("age", Between("age", low=3))
    qtbot.waitUntil(lambda: "no column “age”" in words(view, "dataMessage"))
    assert view.rows.matching == 50
    assert shown_chips(view) == ["class: setosa  ✕"]


def test_data_that_is_overtaken_by_other_is_not_shown(qtbot, view: DataView, engine: Engine) -> None:
    engine.is_held = True
    view.look_at(Data(Iris()))
    view.look_at(Data(Wine()))
    engine.release()
    qtbot.waitUntil(lambda: view.rows.matching == 178)
    assert words(view, "dataTitle") == "Wine"


# In the window


@pytest.fixture
def window(qtbot, appearance: Appearance, tmp_path: Path) -> Iterator[Window]:
    window = Window(Settings(tmp_path / "settings.ini"), appearance, Services())
    window.editor.project_changed.disconnect(window.services.analyst.analyse)
    window.resize(1280, 800)
    window.editor.open(Project(data=Data(Iris())))
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    yield window
    window.services.close()
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()


def test_keys_lead_there_and_escape_back_and_the_engine_process_answers(qtbot, window: Window) -> None:
    QTest.keyClick(window, Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    view = window.data_view
    assert view.isVisible()
    assert not window.docks["dataDock"].isVisible()
    qtbot.waitUntil(lambda: view.rows.matching == 150, timeout=60_000)
    assert view.table.hasFocus()
    view.table.go_to(0)
    QTest.keyClick(view.table, Key.Key_Delete)
    QTest.keyClick(view.table, Key.Key_Escape)
    assert window.is_editing
    assert window.docks["dataDock"].isVisibleTo(window)


def test_the_button_in_the_data_tab_leads_there(qtbot, window: Window) -> None:
    window.docks["dataDock"].raise_()
    QTest.mouseClick(window.data_panel.findChild(QPushButton, "lookAtData"), LEFT)
    assert window.data_view.isVisible()
    qtbot.waitUntil(lambda: window.data_view.rows.matching == 150, timeout=60_000)
    QTest.mouseClick(window.data_view.findChild(QPushButton, "dataBack"), LEFT)
    assert window.is_editing


def test_all_that_takes_the_keyboard_has_a_name(qtbot, view: DataView) -> None:
    look(qtbot, view, Digits())
    nameless = [
        found
        for found in view.findChildren(QWidget)
        if found.focusPolicy() & Qt.FocusPolicy.TabFocus and found.isVisible()
        if not (found.accessibleName() or isinstance(found, QPushButton))
    ]
    assert not nameless
