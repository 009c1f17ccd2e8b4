"""The curves: they grow while it trains, follow or stay, tell every value, and go home as picture and table."""

import math
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QImage, QPen, QWheelEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)

from engine.curves import History
from engine.events import Changed, Epoch, Forked, Started, Steps
from gui import dialogs
from gui.plots.legend import SAMPLE, Entry, Legend
from gui.plots.plot import EARLIER_DASHES
from gui.plots.view import ValueAxis, value_range
from gui.run_rows import Row, named
from gui.theme import LEGEND_HEIGHT


def started(step=0, steps_per_epoch=10, epochs=4):
    return Started(
        time=0,
        run="run",
        pid=1,
        device="cpu",
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        train_samples=100,
        validation_samples=10,
        test_samples=10,
        step=step,
    )


def steps(first, last, metric="accuracy"):
    numbers = np.arange(first, last + 1)
    losses = 1 / numbers
    return Steps(time=0, epoch=1, step=numbers.tolist(), loss=losses.tolist(), metrics={metric: (1 - losses).tolist()})


def epoch(number, metric="accuracy"):
    validation = {"loss": 0.5 / number, metric: 0.9}
    return Epoch(time=0, epoch=number, step=10 * number, train={}, validation=validation, seconds=1)


def wait_for_frame(curves, qtbot):
    qtbot.waitUntil(lambda: not curves._frame.isActive())


def lines(curves, name):
    """Everything that a plot draws as lines, by the colour of its pen."""
    view = view_of(curves, name)
    return {
        item.opts["pen"].color().name(): item
        for item in view.plotItem.vb.childGroup.childItems()
        if hasattr(item, "xData")
    }


def view_of(curves, name):
    return next(plot.view for plot in curves._plots if plot.view.objectName() == name)


def values_of(line):
    return line.yData.tolist()


def test_without_a_training_it_says_what_to_do(curves):
    hint = curves.findChild(QLabel, "curvesHint")
    assert hint.isVisible()
    assert "Press Train" in hint.text()


def test_a_note_stands_above_the_curves_until_it_is_taken_away(curves, drawn):
    drawn(started(), steps(1, 12))
    note = curves.findChild(QLabel, "curvesNote")
    assert not note.isVisible()
    curves.show_note("These are of an earlier design.")
    assert note.isVisible()
    assert note.text() == "These are of an earlier design."
    curves.show_note("")
    assert not note.isVisible()


@pytest.mark.parametrize(("name", "last"), [("lossPlot", 1 / 30), ("accuracyPlot", 1 - 1 / 30)])
def test_the_curves_grow(curves, drawn, appearance, name, last):
    drawn(started(), steps(1, 12), epoch(1))
    drawn(steps(13, 30), epoch(2))
    line = lines(curves, name)[appearance.theme.accent]
    assert line.xData.tolist() == list(range(1, 31))
    validation = lines(curves, name)[appearance.theme.validation]
    assert validation.xData.tolist() == [10, 20]
    assert lines(curves, name)[appearance.theme.accent].isVisible()
    curves.findChild(QSlider, "smoothingSlider").setValue(0)
    curves._draw()
    assert values_of(line)[-1] == pytest.approx(last)


def test_any_metric_can_stand_beside_the_loss(curves, drawn, appearance):
    judged = {"loss": 0.5, "accuracy": 0.9, "auroc": 0.75, "iou:road": 0.25}
    told = Epoch(time=0, epoch=1, step=10, train={}, validation=judged, seconds=1)
    drawn(started(), steps(1, 12), told)
    box = curves.findChild(QComboBox, "curvesMetric")
    assert [box.itemText(number) for number in range(box.count())] == ["Accuracy", "AUROC", "IoU: road"]
    assert box.currentText() == "Accuracy"
    assert not box.geometry().intersects(curves._smoothing_words.geometry())
    box.setCurrentIndex(2)
    box.activated.emit(2)
    curves._draw()
    assert values_of(lines(curves, "accuracyPlot")[appearance.theme.validation]) == [0.25]
    drawn(started(), steps(1, 12), epoch(1))
    assert box.currentData() == "accuracy", "a run without it shows what it has"
    assert not box.isVisible()


def test_the_name_of_the_metric_is_read_in_full_where_there_is_room(curves, drawn, qtbot):
    judged = {"loss": 0.5, "mae": 0.9, "rmse": 0.75}
    drawn(started(), steps(1, 12, "mae"), Epoch(time=0, epoch=1, step=10, train={}, validation=judged, seconds=1))
    box = curves.findChild(QComboBox, "curvesMetric")
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField

    def room():
        return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box).width()

    box.setCurrentText("Mean absolute error")
    qtbot.waitUntil(lambda: option.initFrom(box) or room() >= box.fontMetrics().horizontalAdvance(box.currentText()))
    curves.resize(curves.minimumSizeHint().width(), 300)
    qtbot.waitUntil(lambda: box.geometry().right() < curves.width())


def test_more_smoothing_makes_a_smoother_curve(curves, drawn, appearance):
    noisy = [1.0, 0.0] * 20
    drawn(started(), Steps(time=0, epoch=1, step=list(range(1, 41)), loss=noisy, metrics={}))
    line = lines(curves, "lossPlot")[appearance.theme.accent]
    slider, roughness = curves.findChild(QSlider, "smoothingSlider"), []
    for hundredths in (0, 60, 95):
        slider.setValue(hundredths)
        curves._draw()
        roughness.append(float(np.abs(np.diff(line.yData)).mean()))
    assert roughness[0] > roughness[1] > roughness[2]


def test_a_million_steps_draw_a_few_points_and_every_spike(curves, drawn, appearance):
    losses = np.full(1_000_000, 0.5)
    losses[654_321] = 7.0
    drawn(
        started(steps_per_epoch=1_000_000, epochs=1),
        Steps(time=0, epoch=1, step=list(range(1, 1_000_001)), loss=losses.tolist(), metrics={}),
    )
    for line in lines(curves, "lossPlot").values():
        assert len(line.xData) <= 4 * curves.width()
    assert max(max(values_of(line), default=0) for line in lines(curves, "lossPlot").values()) == 7.0


def test_a_fresh_start_clears_and_a_training_that_goes_on_continues(curves, drawn, appearance):
    drawn(started(), steps(1, 20), started(step=10), steps(11, 15))
    assert lines(curves, "lossPlot")[appearance.theme.accent].xData[-1] == 15
    drawn(started(), steps(1, 3))
    assert lines(curves, "lossPlot")[appearance.theme.accent].xData.tolist() == [1, 2, 3]


def test_a_regression_shows_its_own_metric(curves, drawn):
    drawn(started(), steps(1, 5, "mae"), epoch(1, "mae"))
    titles = {label.text() for label in curves.findChildren(QLabel)}
    assert {"Loss", "Mean absolute error"} <= titles


def test_the_whole_training_comes_into_view_as_it_goes_on(curves, drawn):
    drawn(started(), steps(1, 39))
    assert view_of(curves, "lossPlot").steps_in_view == (0, pytest.approx(40, rel=0.05))


def test_the_wheel_zooms_and_ends_following_and_a_double_click_follows_again(curves, drawn, qtbot):
    drawn(started(), steps(1, 40))
    view, follow = view_of(curves, "lossPlot"), curves.findChild(QCheckBox, "follow")
    before = view.steps_in_view
    middle = QPointF(view.viewport().rect().center())
    wheel = QWheelEvent(
        middle,
        QPointF(view.viewport().mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), wheel)
    assert view.steps_in_view[1] - view.steps_in_view[0] < before[1] - before[0]
    assert view_of(curves, "accuracyPlot").steps_in_view == view.steps_in_view
    assert not follow.isChecked()
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.viewport().rect().center())
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=view.viewport().rect().center())
    wait_for_frame(curves, qtbot)
    assert follow.isChecked()
    assert view.steps_in_view == pytest.approx(before, rel=0.01)


def test_hovering_tells_all_values_at_that_step(curves, drawn, qtbot):
    drawn(started(), steps(1, 40), epoch(1), epoch(2))
    view = view_of(curves, "lossPlot")
    place = view.mapFromScene(view.plotItem.vb.mapViewToScene(QPointF(25, 0.2)))
    qtbot.mouseMove(view.viewport(), place)
    loss, accuracy = (curves.findChild(QLabel, f"{name}Readout") for name in ("lossPlot", "accuracyPlot"))
    qtbot.waitUntil(loss.isVisible)
    for words in ("step 25", "epoch 3", "training", "0.04", "smoothed", "validation", "0.25"):
        assert words in loss.text()
    assert "96.0 %" in accuracy.text()
    curves._show_step(math.nan)
    assert not loss.isVisible()


def test_the_legend_has_the_values_of_now(curves, drawn):
    drawn(started(), steps(1, 1), epoch(1))
    legends = [plot._legend.accessibleName() for plot in curves._plots]
    assert legends == ["training 1\nvalidation 0.5", "training 0 %\nvalidation 90 %"]


def test_an_earlier_run_is_laid_over_under_its_name_and_taken_away(curves, drawn, qtbot, appearance):
    drawn(started(), steps(1, 20))
    curves.overlay("yesterday", History([started(), steps(1, 40), epoch(1)]))
    wait_for_frame(curves, qtbot)
    assert lines(curves, "lossPlot")[appearance.theme.overlays[0]].xData[-1] in (10, 40)
    assert "yesterday" in curves._plots[0]._earlier_legend.accessibleName()
    curves.remove_overlay("yesterday")
    wait_for_frame(curves, qtbot)
    assert appearance.theme.overlays[0] not in lines(curves, "lossPlot")


def test_no_curve_is_told_from_another_by_its_colour_alone(curves, drawn, qtbot):
    drawn(started(), steps(1, 20), epoch(1), epoch(2))
    for number in range(len(EARLIER_DASHES)):
        curves.overlay(f"run {number}", History([started(), steps(1, 40), epoch(1)]))
    wait_for_frame(curves, qtbot)
    plot = curves._plots[0]
    entries = [*plot._legend._entries, *plot._earlier_legend._entries]
    assert len({tuple(entry.pen.dashPattern()) for entry in entries}) == 2 + len(EARLIER_DASHES)
    for training, validation in plot._overlays.values():
        assert training.opts["pen"].dashPattern() != validation.opts["pen"].dashPattern()
    # In the legend each sample is long enough for its pattern to be seen once.
    for entry in entries:
        assert sum(entry.pen.dashPattern()) * entry.pen.widthF() <= SAMPLE


def test_the_logarithmic_scale_is_for_the_loss_alone(curves, drawn, appearance):
    drawn(started(), steps(1, 40))
    curves.findChild(QCheckBox, "logScale").setChecked(True)
    curves.findChild(QSlider, "smoothingSlider").setValue(0)
    curves._draw()
    assert values_of(lines(curves, "lossPlot")[appearance.theme.accent])[9] == pytest.approx(-1)
    assert values_of(lines(curves, "accuracyPlot")[appearance.theme.accent])[9] == pytest.approx(0.9)


def test_the_theme_changes_the_curves_at_once(curves, drawn, appearance):
    drawn(started(), steps(1, 5))
    appearance.choose("light")
    assert appearance.theme.name == "light"
    assert appearance.theme.accent in lines(curves, "lossPlot")


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_menu_saves_a_picture(curves, drawn, qtbot, tmp_path, monkeypatch, suffix):
    drawn(started(), steps(1, 20), epoch(1))
    file = tmp_path / f"curves.{suffix}"
    monkeypatch.setattr(dialogs, "ask_file", lambda *_words: file)
    action = next(action for action in curves._menu.actions() if action.text() == f"Save as {suffix.upper()}…")
    action.trigger()
    match suffix:
        case "png":
            assert QImage(str(file)).width() > curves.width()
        case _:
            assert QSvgRenderer(str(file)).isValid()
            assert "<path" in file.read_text() or "<polyline" in file.read_text()


def test_the_menu_asks_for_a_table_and_offers_nothing_to_save_where_nothing_is_drawn(
    curves, drawn, qtbot, tmp_path, monkeypatch
):
    monkeypatch.setattr(dialogs, "ask_file", lambda *_words: tmp_path / "curves.csv")
    action = curves.findChild(QAction, "saveCsvAction")
    curves._menu.aboutToShow.emit()
    assert not action.isEnabled()
    drawn(started(), steps(1, 20), epoch(1))
    curves._menu.aboutToShow.emit()
    with qtbot.waitSignal(curves.table_asked) as asked:
        action.trigger()
    assert asked.args == [tmp_path / "curves.csv", 0.6]


def test_a_place_that_cannot_be_written_is_said(curves, drawn, qtbot, monkeypatch):
    drawn(started(), steps(1, 20))
    monkeypatch.setattr(dialogs, "ask_file", lambda *_words: Path("/nowhere/curves.png"))
    with qtbot.waitSignal(curves.failed) as failed:
        curves._save("png", curves.save_picture)
    assert "/nowhere/curves.png cannot be written" in failed.args[0].message


def test_what_is_drawn_lies_over_the_grid_and_earlier_runs_over_all(curves, drawn, qtbot, appearance):
    drawn(started(), steps(1, 20), epoch(1))
    curves.overlay("yesterday", History([started(), steps(1, 20), epoch(1)]))
    wait_for_frame(curves, qtbot)
    items = view_of(curves, "lossPlot").plotItem
    assert items.getAxis("left").zValue() < items.vb.zValue()
    found = lines(curves, "lossPlot")
    assert found[appearance.theme.overlays[0]].zValue() > found[appearance.theme.accent].zValue()


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_the_outermost_points_have_room_for_a_whole_marker(curves, drawn, metric):
    drawn(started(), steps(1, 40, metric="accuracy"), epoch(4))
    curves._draw()
    view = view_of(curves, f"{metric}Plot")
    (left, right), (low, high) = view.plotItem.vb.viewRange()
    assert left == 0
    assert (right - 40) / (right - left) * view.columns >= 3.5
    pixels = view.plotItem.vb.height() / (high - low)
    assert -low * pixels >= 3.5
    assert (high - 1) * pixels >= 3.5


@pytest.mark.parametrize(("epochs", "marked"), [(5, True), (1000, False)])
def test_markers_that_would_touch_are_left_out(curves, drawn, epochs, marked):
    drawn(started(epochs=epochs), *(epoch(number) for number in range(1, epochs + 1)))
    curves._draw()
    assert bool(len(curves._plots[0]._markers.data)) == marked
    assert curves._plots[0]._validation.isVisible()


def test_a_spike_takes_no_height_from_all_other_steps_but_on_a_logarithmic_scale(curves, drawn):
    losses = [1 / step for step in range(1, 100)] + [1e5] + [0.01] * 100
    drawn(started(), Steps(time=0, epoch=1, step=list(range(1, 201)), loss=losses, metrics={}))
    view = view_of(curves, "lossPlot")
    assert view.plotItem.getViewBox().viewRange()[1][1] < 5

    curves.findChild(QCheckBox, "logScale").setChecked(True)
    curves._draw()
    assert view.plotItem.getViewBox().viewRange()[1][1] >= 5, "the logarithm of the spike"


@pytest.mark.parametrize(
    ("values", "percent", "least"),
    [
        ([0.5003, 0.5004], True, 0.01),
        ([1.0, 1.0], True, 0.01),
        ([0.0], True, 0.01),
        ([0.693, 0.6931], False, 0.03),
        ([0.0, 0.0], False, 0.0),
    ],
)
def test_an_axis_does_not_make_much_of_next_to_nothing(values, percent, least):
    low, high = value_range([np.array(values)], percent)
    assert high > low
    assert high - low >= least * 0.999
    assert low <= min(values) <= max(values) <= high
    assert not percent or 0 <= low < high <= 1


def test_the_last_number_of_the_step_axis_says_steps(curves, drawn, monkeypatch):
    drawn(started(), steps(1, 40))
    axis, drawn_texts = view_of(curves, "lossPlot").plotItem.getAxis("bottom"), []
    monkeypatch.setattr(
        pg.AxisItem,
        "drawPicture",
        lambda _self, _p, _axis, _ticks, texts: drawn_texts.extend(text for *_, text in texts),
    )
    axis.picture = None
    view_of(curves, "lossPlot").grab()
    assert drawn_texts[0] == "0"
    assert drawn_texts[-1] == "40 steps"


@pytest.mark.parametrize("width", [700, 1000])
def test_the_legend_keeps_its_words(curves, drawn, qtbot, width):
    curves.resize(width, 300)
    drawn(started(), steps(1, 12), epoch(1))
    curves.overlay("mnist-cnn-20260101-101010", History([started(), steps(1, 20)]))
    wait_for_frame(curves, qtbot)
    for plot in curves._plots:
        own, earlier = (legend._texts(legend.fontMetrics()) for legend in (plot._legend, plot._earlier_legend))
        assert [text.split()[0] for text in own] == ["training", "validation"]
        assert earlier[0].startswith("mnist-cnn")
        assert all(len(text.split()) > 1 for text in own), "each with its value"


def test_runs_that_are_laid_over_are_called_as_in_the_list(curves, drawn, qtbot, tmp_path):
    def called():
        wait_for_frame(curves, qtbot)
        return [entry.name for entry in curves._plots[0]._earlier_legend._entries]

    drawn(started(), steps(1, 12), epoch(1))
    paths = [tmp_path / f"mnist-cnn-20200103-{time}" for time in ("101010", "111111", "111155")]
    names = [f"{row.title} {row.when}" for row in (Row(path, begun=0) for path in paths)]
    for path in paths[:2]:
        curves.overlay(path.name, History([started(), steps(1, 20)]), named(path))
    assert called() == names[:2]
    assert len(set(names)) == 2
    assert "20200103" not in curves._plots[0]._reading(10)
    assert names[0][-4:] in curves._plots[0]._reading(10), "they differ at their ends"

    curves.overlay(paths[2].name, History([started(), steps(1, 20)]), named(paths[2]))
    assert called() == [names[0], paths[1].name, paths[2].name], "two of one minute are told apart"
    curves.remove_overlay(paths[2].name)
    assert called() == names[:2]


@pytest.mark.parametrize(("step", "side"), [(5, "right"), (35, "left")])
def test_the_reading_keeps_away_from_the_pointer(curves, drawn, step, side):
    drawn(started(), steps(1, 40), epoch(1))
    curves._show_step(step)
    readout, view = curves.findChild(QLabel, "lossPlotReadout"), view_of(curves, "lossPlot")
    assert (readout.geometry().center().x() > view.width() / 2) == (side == "right")


@pytest.mark.parametrize("height", [260, 700])
def test_the_reading_leaves_a_low_chart_free(curves, drawn, qtbot, height):
    curves.resize(900, height)
    change = "training.optimizer.learning_rate_that_has_a_rather_long_name"
    drawn(started(), steps(1, 40), Changed(time=0, step=20, path=change, value=0.001, before=0.002), epoch(1))
    wait_for_frame(curves, qtbot)
    curves._show_step(20)
    for name in ("lossPlot", "accuracyPlot"):
        readout, view = curves.findChild(QLabel, f"{name}Readout"), view_of(curves, name)
        chart = view.mapFromScene(view._box.sceneBoundingRect()).boundingRect().translated(view.mapTo(curves, QPoint()))
        assert "rather long name" in readout.text()
        covered = readout.geometry().intersected(chart.adjusted(0, 1, 0, 0)).height()
        assert covered == (0 if height == 260 else readout.height() - 1)
        assert readout.width() <= view.width(), "it lies on no other plot"
        assert readout.height() >= readout.heightForWidth(readout.width()), "all of it can be read"
    view_of(curves, "lossPlot").hide()
    assert not curves.findChild(QLabel, "lossPlotReadout").isVisible()


def test_the_place_where_a_fork_begins_is_marked(curves, drawn):
    change = Changed(time=0, step=10, path="training.batch_size", value=64, before=32)
    forked = Forked(time=0, parent="digits-20261122-101010", epoch=3, step=30)
    drawn(started(), steps(1, 30), change, forked, started(30), steps(31, 40))
    for plot in curves._plots:
        assert sorted(plot.view._marks) == [10, 30]
    readout = curves.findChild(QLabel, "lossPlotReadout")
    curves._show_step(30)
    assert f"forked from {named(Path(forked.parent))}" in readout.text()
    curves._show_step(20)
    assert "forked" not in readout.text()


def test_nothing_is_read_of_a_run_that_is_gone(curves, drawn):
    drawn(started(), steps(1, 40))
    curves._show_step(20)
    readout = view_of(curves, "lossPlot")._readout
    assert readout.isVisibleTo(curves)
    curves.clear()
    assert not readout.isVisibleTo(curves)


def test_a_narrow_legend_keeps_the_values(appearance, qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    legend = Legend(appearance, parent)
    legend.show_entries([Entry(QPen(), "training", "99.8 %"), Entry(QPen(), "validation", "98.6 %", marked=True)])
    legend.resize(75, legend.sizeHint().height())
    assert legend._texts(legend.fontMetrics()) == ["99.8 %", "98.6 %"]
    assert legend.sizeHint().height() == 2 * LEGEND_HEIGHT


def test_names_that_are_shortened_keep_their_ends_by_which_they_differ(appearance, qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    legend = Legend(appearance, parent)
    legend.show_entries([Entry(QPen(), f"digits-20261122-14551{number}") for number in (0, 3)])
    legend.resize(210, LEGEND_HEIGHT)
    one, other = legend._texts(legend.fontMetrics())
    assert "…" in one
    assert one != other


@pytest.mark.parametrize(
    "values", [[0.00195, 0.002, 0.00205], [1e-6, 1.5e-6, 2e-6], [0.0, 1e-5, 2e-5], [0.0, 2e15, 4e15], [0.0, 2.5e8, 5e8]]
)
def test_numbers_beside_each_other_on_an_axis_differ(values, qapp):
    written = ValueAxis().tickStrings(values, 1.0, values[1] - values[0])
    assert [float(number) for number in written] == pytest.approx(values)
    assert all(len(number) < 8 for number in written), "in full they would take the room of the curve"


def test_a_long_title_gives_way_to_the_values_beside_it(curves, drawn, qtbot):
    curves.resize(560, 300)
    drawn(started(), steps(1, 12, "mae"))
    plot = curves._plots[1]
    assert plot._legend.width() >= plot._legend.least_width
    assert plot._title.text().startswith("Mean")
    curves.resize(1200, 300)
    qtbot.waitUntil(lambda: plot._title.text() == "Mean absolute error")


def test_a_curve_that_comes_while_the_plots_are_made_has_each_made_once(curves, drawn):
    curves.prepare()
    work = curves._slices._work
    while len(curves._made) < 1:
        next(work)
    drawn(started(), steps(1, 40))
    assert [plot.view.objectName() for plot in curves._plots] == ["lossPlot", "accuracyPlot"]
    assert len(curves.findChildren(type(curves._plots[0]))) == 2


@pytest.mark.parametrize("width", [700, 760, 820, 1000])
def test_plots_side_by_side_count_their_steps_alike(curves, drawn, qtbot, width):
    curves.resize(width, 260)
    drawn(started(), steps(1, 820))
    QApplication.processEvents()
    axes = [view_of(curves, name).plotItem.getAxis("bottom") for name in ("lossPlot", "accuracyPlot")]
    numbers = [axis.tickValues(0, 820, axis.boundingRect().width())[0] for axis in axes]
    assert numbers[0] == numbers[1]


def test_the_line_under_the_pointer_leaves_no_trace_in_any_plot(curves, drawn, qtbot):
    drawn(started(), steps(1, 40), epoch(4))
    # In a plot this low the readings stand above, and are painted while the lines still wait to be.
    curves.resize(700, 220)
    wait_for_frame(curves, qtbot)
    before = on_screen(curves)
    view = view_of(curves, "lossPlot")
    for step in (10, 20, 30):
        shown = on_screen(curves)
        view.hovered.emit(step)
        qtbot.waitUntil(lambda shown=shown: on_screen(curves) != shown)
    view.hovered.emit(math.nan)
    qtbot.waitUntil(lambda: on_screen(curves) == before)


def on_screen(curves):
    """What a person sees: not painted anew, as `grab` would have it."""
    return curves.screen().grabWindow(curves.winId()).toImage()
