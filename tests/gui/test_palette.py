"""The palette: every layer is there, found while typing, added with a key, a double-click or a drag."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QHelpEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListWidget, QToolTip

from engine.layers import BatchNorm2d, Conv2d, Layer, LeakyReLU, Linear, MaxPool2d, ReLU
from engine.layout import NODE_WIDTH
from gui.canvas import LAYER_MIME
from gui.layer_search import Offer
from gui.palette import FAMILY, FOLD, KIND, MOST_AT_ONCE, Palette
from gui.theme import PALETTE_WIDTH, Appearance


@pytest.fixture
def palette(qtbot, qapp):
    made = Palette(Appearance(qapp, "dark"))
    qtbot.addWidget(made)
    made.resize(PALETTE_WIDTH, 700)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def search(palette):
    field = palette.findChild(QLineEdit, "paletteSearch")
    field.setFocus()
    return field


@pytest.fixture
def entries(palette):
    return palette.findChild(QListWidget, "paletteList")


def items(entries):
    return [entries.item(row) for row in range(entries.count()) if not entries.item(row).isHidden()]


def found(entries):
    return [item.data(KIND) for item in items(entries) if item.data(KIND)]


def place_of(entries, kind):
    item = next(item for item in items(entries) if item.data(KIND) is kind)
    return entries.visualItemRect(item).center()


def listed(entries):
    """The layers that stand in the list, folded away or not."""
    every = (entries.item(row).data(KIND) for row in range(entries.count()))
    return [kind for kind in every if kind]


def fold_of(entries, family):
    return next(item for item in items(entries) if item.data(FOLD) is not None and item.data(FAMILY) == family)


def test_every_layer_stands_below_its_family(entries):
    shown = {}
    for item in [entries.item(row) for row in range(entries.count())]:
        if item.data(KIND) is None:
            family = item.data(FAMILY)
        else:
            shown.setdefault(family, []).append(item.data(KIND))
    assert {kind for kinds in shown.values() for kind in kinds} == set(Layer.kinds.values())
    assert all(kind.family == family for family, kinds in shown.items() for kind in kinds)
    assert list(shown) == list(dict.fromkeys(kind.family for kind in Layer.kinds.values()))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dense", {Linear}),
        ("noise evens", {"AvgPool1d", "AvgPool2d", "AvgPool3d"}),
        ("ACTIVATION", {kind for kind in Layer.kinds.values() if kind.family == "Activation"}),
        ("small shifts image", {MaxPool2d}),
    ],
)
def test_search_knows_names_families_and_help(search, entries, words, expected):
    QTest.keyClicks(search, words)
    names = {kind if isinstance(kind, str) else kind.__name__ for kind in expected}
    assert {kind.__name__ for kind in found(entries)} == names
    families = {item.data(FAMILY) for item in items(entries) if item.data(KIND) is None}
    assert families == {kind.family for kind in found(entries)}, "no heading without layers"


def test_what_was_told_of_a_layer_goes_when_others_take_its_place(search, entries, qtbot):
    place = place_of(entries, Linear)
    event = QHelpEvent(QEvent.Type.ToolTip, place, entries.viewport().mapToGlobal(place))
    QApplication.sendEvent(entries.viewport(), event)
    assert QToolTip.isVisible()
    QTest.keyClicks(search, "max pooling")
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_enter_adds_the_best_match(palette, search, qtbot):
    QTest.keyClicks(search, "relu")
    with qtbot.waitSignal(palette.layer_chosen) as chosen:
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert chosen.args == [ReLU]


def test_the_best_match_takes_what_would_arrive(palette, search, qtbot):
    palette.list.arriving = lambda: (32, 13, 13)
    QTest.keyClicks(search, "batchnorm")
    with qtbot.waitSignal(palette.layer_chosen) as chosen:
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert chosen.args == [BatchNorm2d]


def test_arrow_keys_move_from_the_search_field(palette, search, qtbot):
    QTest.keyClicks(search, "relu")
    QTest.keyClick(search, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.layer_chosen) as chosen:
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert chosen.args == [LeakyReLU]
    QTest.keyClick(search, Qt.Key.Key_Up)
    with qtbot.waitSignal(palette.layer_chosen) as chosen:
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert chosen.args == [ReLU]


def test_escape_brings_everything_back(search, entries):
    QTest.keyClicks(search, "relu")
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == ""
    assert found(entries)[:3] == listed(entries)[:3]
    assert {kind.family for kind in found(entries)} == {kind.family for kind in Layer.kinds.values()}


@pytest.mark.parametrize("words", ["", "relu"], ids=["scrolled", "all in view"])
def test_entries_end_where_the_search_field_ends(search, entries, words, qtbot):
    QTest.keyClicks(search, words)
    qtbot.waitUntil(lambda: (entries.verticalScrollBar().maximum() > 0) == (not words))
    entry = entries.visualItemRect(items(entries)[1])
    end = entries.viewport().mapTo(entries.window(), entry.topRight()).x()
    assert 0 <= search.geometry().right() - end <= 4


def test_a_large_family_shows_its_most_used_layers_first_and_the_others_when_asked(entries):
    activations = [kind for kind in Layer.kinds.values() if kind.family == "Activation"]
    assert [kind for kind in found(entries) if kind.family == "Activation"] == activations[:MOST_AT_ONCE]
    fold = fold_of(entries, "Activation")
    assert fold.text() == f"{len(activations) - MOST_AT_ONCE} more"
    entries.scrollToItem(fold)
    QTest.mouseClick(entries.viewport(), Qt.MouseButton.LeftButton, pos=entries.visualItemRect(fold).center())
    assert [kind for kind in found(entries) if kind.family == "Activation"] == activations
    assert fold.text() == "Fewer"
    entries.setCurrentItem(fold)
    QTest.keyClick(entries, Qt.Key.Key_Return)
    assert [kind for kind in found(entries) if kind.family == "Activation"] == activations[:MOST_AT_ONCE]


def test_a_search_looks_behind_the_fold(search, entries):
    QTest.keyClicks(search, "tanhshrink")
    assert [kind.__name__ for kind in found(entries)] == ["Tanhshrink"]
    assert not [item for item in items(entries) if item.data(FOLD) is not None]


def test_nothing_found_says_what_to_do(palette, search, entries, qtbot):
    QTest.keyClicks(search, "teapot")
    nothing = palette.findChild(QLabel, "paletteNothing")
    assert nothing.isVisible()
    assert "teapot" in nothing.text()
    with qtbot.assertNotEmitted(palette.layer_chosen):
        QTest.keyClick(search, Qt.Key.Key_Return)
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert not nothing.isVisible()


def test_a_double_click_adds_once(palette, entries, qtbot):
    place = place_of(entries, Conv2d)
    said = []
    palette.layer_chosen.connect(said.append)
    QTest.mouseClick(entries.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert said == []
    QTest.mouseDClick(entries.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert said == [Conv2d]


@pytest.mark.parametrize("zoom", [0.1, 0.5, 1])
def test_a_layer_is_dragged_out_as_large_as_it_will_be(palette, entries, monkeypatch, zoom):
    dragged = []
    palette.show_zoom(zoom)
    monkeypatch.setattr(QDrag, "exec", lambda drag, *_: dragged.append(drag))
    start, view = place_of(entries, Conv2d), entries.viewport()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(view, left, pos=start)
    for step in (10, 20, 30):
        # QTest.mouseMove has no button down.
        place = start + QPoint(step, 0)
        at = QPointF(view.mapToGlobal(place))
        move = QMouseEvent(QEvent.Type.MouseMove, QPointF(place), at, left, left, none)
        QApplication.sendEvent(view, move)
    QTest.mouseRelease(view, left, pos=start)
    assert bytes(dragged[0].mimeData().data(LAYER_MIME).data()) == b"Conv2d"
    assert dragged[0].pixmap().deviceIndependentSize().width() == round(NODE_WIDTH * zoom)


def test_tooltips_have_help_and_formula(entries):
    words = entries.tip(Linear)
    assert Linear.help() in words
    assert "<img" in words


def test_each_key_of_a_search_looks_at_each_layer_once(search, entries, monkeypatch):
    looked_at = []
    is_meant_by = Offer.is_meant_by
    monkeypatch.setattr(Offer, "is_meant_by", lambda offer, words: looked_at.append(words) or is_meant_by(offer, words))
    QTest.keyClicks(search, "activation")
    assert len(looked_at) == len("activation") * len(Layer.kinds)
    assert found(entries)


def test_focus_search_selects_what_was_searched_before(palette, search):
    QTest.keyClicks(search, "relu")
    palette.focus_search()
    QTest.keyClicks(search, "dense")
    assert search.text() == "dense"
