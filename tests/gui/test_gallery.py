"""The gallery of templates: searched, filtered, walked with the keyboard, compared, and made to measure."""

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLabel, QLineEdit, QMenu, QPushButton, QSpinBox

from engine.adapting import adapted
from engine.errors import LayerloomError
from engine.facts import Bar
from engine.templates import template, templates
from gui import theme as looks
from gui.canvas import portrait
from gui.comparison import ComparisonDialog
from gui.page import OneLine
from gui.start_page import StartPage
from gui.template_card import TemplateCard
from gui.template_dialog import TemplateDialog
from gui.theme import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, appearance):
    made = StartPage(templates(), appearance)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    return made


def cards(page):
    """The names of the templates in view, in their order."""
    return [card.template.name for card in page.findChildren(TemplateCard) if card.isVisible()]


def card(page, name):
    return page.findChild(TemplateCard, f"template-{name}")


def choose(page, box, words):
    found = page.findChild(QComboBox, box)
    found.setCurrentIndex(found.findText(words))


class TestFinding:
    def test_all_are_there_at_first(self, page):
        assert cards(page) == [one.name for one in templates()]

    def test_typing_leaves_what_matches(self, page):
        QTest.keyClicks(page.findChild(QLineEdit, "gallerySearch"), "resnet")
        assert cards(page) == ["resnet20", "resnet18", "resnet50"]

    def test_what_is_called_so_comes_before_what_tells_of_it(self, page, qtbot):
        QTest.keyClicks(page.findChild(QLineEdit, "gallerySearch"), "which")
        found = [one for one in page.findChildren(TemplateCard) if one.isVisible()]
        assert len(found) > 1

        def first():
            return min(found, key=lambda one: (one.y(), one.x())).template.name

        qtbot.waitUntil(lambda: first() == "which-digits")

    def test_authors_and_years_are_found(self, page):
        QTest.keyClicks(page.findChild(QLineEdit, "gallerySearch"), "zisserman 2014")
        assert cards(page) == ["vgg16", "vgg16-bn"]

    def test_nothing_found_is_said_and_escape_brings_all_back(self, page):
        search = page.findChild(QLineEdit, "gallerySearch")
        QTest.keyClicks(search, "never drawn")
        assert cards(page) == []
        assert page.findChild(QLabel, "galleryNothing").isVisible()
        QTest.keyClick(search, Qt.Key.Key_Escape)
        assert cards(page) == [one.name for one in templates()]
        assert not page.findChild(QLabel, "galleryNothing").isVisible()

    def test_filters_by_task_and_size(self, page):
        choose(page, "galleryTask", "Points in the plane")
        assert {"xor", "spirals"} <= set(cards(page))
        assert "resnet50" not in cards(page)
        choose(page, "galleryTask", "Segmentation")
        assert "unet" in cards(page)
        choose(page, "galleryTask", "Image classification")
        choose(page, "gallerySize", "Over 10 M parameters")
        assert {"alexnet", "vgg16", "resnet50"} <= set(cards(page))
        assert not {"digits", "mnist-cnn", "xor"} & set(cards(page))

    def test_every_template_is_in_one_size_and_one_task(self, page):
        for box in ("galleryTask", "gallerySize"):
            found = page.findChild(QComboBox, box)
            seen = []
            for index in range(1, found.count()):
                found.setCurrentIndex(index)
                seen += cards(page)
            found.setCurrentIndex(0)
            assert sorted(seen) == sorted(one.name for one in templates())


class TestKeyboard:
    def test_down_goes_from_the_line_to_the_cards_and_enter_opens(self, page, qtbot):
        search = page.findChild(QLineEdit, "gallerySearch")
        search.setFocus()
        QTest.keyClick(search, Qt.Key.Key_Down)
        assert card(page, "digits").hasFocus()
        QTest.keyClick(card(page, "digits"), Qt.Key.Key_Right)
        assert card(page, "mnist-mlp").hasFocus()
        with qtbot.waitSignal(page.gallery.chosen) as chosen:
            QTest.keyClick(card(page, "mnist-mlp"), Qt.Key.Key_Return)
        assert chosen.args[0].name == "mnist-mlp"

    def test_the_cards_below_and_above(self, page):
        left = card(page, "digits").x()
        first, second = [one for one in page.findChildren(TemplateCard) if one.x() == left][:2]
        first.setFocus()
        QTest.keyClick(first, Qt.Key.Key_Down)
        assert second.hasFocus()
        QTest.keyClick(second, Qt.Key.Key_Up)
        assert first.hasFocus()
        QTest.keyClick(first, Qt.Key.Key_Up)
        assert page.findChild(QLineEdit, "gallerySearch").hasFocus()

    def test_the_card_with_the_keyboard_is_in_view(self, page):
        shown = page.findChildren(TemplateCard)
        shown[0].setFocus()
        for _ in range(len(shown) - 1):
            QTest.keyClick(page.focusWidget(), Qt.Key.Key_Right)
        assert shown[-1].hasFocus()
        assert not shown[-1].visibleRegion().isEmpty()

    def test_each_says_what_it_is(self, page):
        for one in page.findChildren(TemplateCard):
            assert one.accessibleName()
            assert "parameters" in one.accessibleDescription()


class TestPortraits:
    @pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
    def test_it_shows_the_families_and_how_the_image_shrinks(self, theme):
        bars = (Bar("Convolution", 64, 16), Bar("Pooling", 8, 16), Bar("Linear", 0, 10))
        image = portrait(bars, theme, looks.TEMPLATE_PICTURE).toImage()
        heights = {}
        for family in ("Convolution", "Pooling", "Linear"):
            wanted = theme.family(family).name()
            heights[family] = max(
                sum(image.pixelColor(x, y).name() == wanted for y in range(image.height()))
                for x in range(image.width())
            )
        assert heights["Convolution"] > heights["Pooling"] > 0
        assert heights["Linear"] > 0

    def test_of_nothing_it_shows_nothing(self):
        assert not portrait((), LIGHT, looks.TEMPLATE_PICTURE).isNull()

    def test_it_follows_the_theme(self, page, appearance):
        appearance.choose("light")
        light = card(page, "digits").grab().toImage()
        appearance.choose("dark")
        assert card(page, "digits").grab().toImage() != light


class TestComparing:
    @pytest.fixture
    def dialog(self, qtbot, appearance):
        made = ComparisonDialog(templates(), template("resnet50"), appearance)
        qtbot.addWidget(made)
        made.show()
        return made

    def words(self, dialog):
        return {name: dialog.findChild(QLabel, f"comparison-{name}-0").text() for name in ("left", "right")}

    def test_it_begins_with_the_one_and_a_like_one(self, dialog):
        assert dialog.findChild(QComboBox, "comparison-left").currentText() == "ResNet-50"
        other = dialog.findChild(QComboBox, "comparison-right").currentData()
        assert template(other).task == "Image classification"
        assert other != "resnet50"

    def test_both_are_counted(self, dialog):
        choose(dialog, "comparison-right", "VGG16")
        assert self.words(dialog) == {"left": "25,557,032", "right": "138,357,544"}
        choose(dialog, "comparison-left", "AlexNet")
        assert self.words(dialog) == {"left": "61,100,840", "right": "138,357,544"}

    def test_one_of_them_is_where_to_start(self, dialog, qtbot):
        choose(dialog, "comparison-right", "VGG16")
        with qtbot.waitSignal(dialog.chosen) as chosen:
            QTest.mouseClick(dialog.findChild(QPushButton, "comparison-right-use"), LEFT)
        assert chosen.args[0].name == "vgg16"
        assert not dialog.isVisible()

    def test_the_menu_of_a_card_and_the_button_ask_for_it(self, page, qtbot):
        with qtbot.waitSignal(page.gallery.comparison_asked):
            QTest.mouseClick(page.findChild(QPushButton, "galleryCompare"), LEFT)
        one = card(page, "digits")
        place = one.rect().center()
        QApplication.sendEvent(one, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, one.mapToGlobal(place)))
        menu = one.findChild(QMenu)
        with qtbot.waitSignal(page.gallery.comparison_asked) as asked:
            menu.actions()[1].trigger()
        menu.close()
        assert asked.args[0].name == "digits"


class FakeJob(QObject):
    done = Signal(object)
    failed = Signal(object)


class FakeServices:
    """Adapts at once, without a process."""

    def __init__(self):
        self.asked = []

    def adapt(self, project, *wanted):
        self.asked.append((project, wanted))
        self.job = FakeJob()
        return self.job

    def answer(self):
        project, wanted = self.asked[-1]
        try:
            self.job.done.emit(adapted(project, *wanted))
        except LayerloomError as fault:
            self.job.failed.emit(fault)


class TestMadeToMeasure:
    @pytest.fixture
    def services(self):
        return FakeServices()

    @pytest.fixture
    def dialog(self, qtbot, appearance, services):
        made = TemplateDialog(template("alexnet"), services, appearance)
        qtbot.addWidget(made)
        made.show()
        return made

    def enter(self, dialog, name, value):
        box = dialog.findChild(QSpinBox, name)
        box.selectAll()
        QTest.keyClicks(box, str(value))
        QTest.keyClick(box, Qt.Key.Key_Tab)

    def create(self, dialog):
        QTest.mouseClick(dialog.findChild(QPushButton, "templateCreate"), LEFT)

    def test_as_it_is_it_waits_for_nobody(self, dialog, services, qtbot):
        with qtbot.waitSignal(dialog.created) as created:
            QTest.keyClick(dialog, Qt.Key.Key_Return)
        assert created.args[0] == template("alexnet").project
        assert not services.asked

    def test_for_ten_classes_of_grey_images(self, dialog, services, qtbot):
        self.enter(dialog, "templateClasses", 10)
        self.enter(dialog, "templateSize", 96)
        choose(dialog, "templateColours", "Grey, 1 channel")
        self.create(dialog)
        with qtbot.waitSignal(dialog.created) as created:
            services.answer()
        made = created.args[0]
        assert made.data.dataset.shape == (1, 96, 96)
        assert len(made.data.dataset.classes) == 10
        assert not dialog.isVisible()

    def test_what_is_too_small_is_refused_in_a_sentence(self, dialog, services):
        self.enter(dialog, "templateSize", 20)
        self.create(dialog)
        services.answer()
        outcome = dialog.findChild(QLabel, "templateOutcome")
        assert "AlexNet cannot take images of 20 × 20" in outcome.text()
        assert "next size that fits is 63 × 63" in outcome.text()
        assert dialog.isVisible()
        assert dialog.findChild(QPushButton, "templateCreate").isEnabled()
        self.enter(dialog, "templateSize", 64)
        assert outcome.text() == ""

    def test_no_more_than_a_dataset_can_have_is_taken(self, dialog):
        self.enter(dialog, "templateClasses", 1)
        assert dialog.findChild(QSpinBox, "templateClasses").value() >= 2

    def test_a_network_that_answers_for_pixels_keeps_its_classes(self, qtbot, appearance, services):
        dialog = TemplateDialog(template("unet"), services, appearance)
        qtbot.addWidget(dialog)
        dialog.show()
        assert not dialog.findChild(QSpinBox, "templateClasses").isVisible()
        self.enter(dialog, "templateSize", 128)
        self.create(dialog)
        with qtbot.waitSignal(dialog.created) as created:
            services.answer()
        assert created.args[0].data.dataset.answer_shape == (2, 128, 128)

    def test_escape_leaves_everything(self, dialog, services):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()
        assert dialog.result() == QDialog.DialogCode.Rejected
        assert not services.asked


@pytest.mark.parametrize("width", [960, 1280, 1920])
def test_a_name_too_long_for_its_card_ends_in_dots(page, width):
    page.resize(width, 800)
    QApplication.processEvents()
    for shown in page.findChildren(TemplateCard):
        title = shown.findChild(OneLine)
        words = title.text()
        assert title.fontMetrics().horizontalAdvance(words) <= title.width()
        assert words == title.accessibleName() or words.endswith("…")
