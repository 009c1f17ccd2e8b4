"""What is watched while it trains: gauges beside the curves, the same in large, colours of each layer."""

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from engine.curves import History
from engine.events import Started, Steps, Warning, Watched
from engine.templates import template
from gui.colours import DARK, LIGHT, contrast
from gui.editor import Editor
from gui.inspector import Inspector
from gui.plots.layer_map import LayerMap
from gui.plots.measures import SHADES, Learning, learning, of_layer, shades, span_in_words, verdict
from gui.settings import Settings

LAYERS = ("conv2d_1", "linear_1")


def run(last: int = 100, device_memory: int = 0, update: float = 1e-3):
    begun = Started(
        time=0,
        run="run",
        pid=1,
        device="cpu",
        epochs=4,
        steps_per_epoch=100,
        train_samples=100,
        validation_samples=10,
        test_samples=10,
    )
    numbers = list(range(1, last + 1))
    losses = Steps(time=0, epoch=1, step=numbers, loss=[1 / number for number in numbers], samples_per_second=12_345)
    seen = [
        Watched(
            time=0,
            step=number,
            learning_rate=0.1,
            memory=300_000_000,
            device_memory=device_memory,
            gradient=2.0 / number,
            gradients=[1.0 / number, 0.5 / number],
            updates=[update, 1e-7],
            layers=LAYERS if number == 1 else (),
        )
        for number in numbers[::10]
    ]
    return [begun, losses, *seen]


def gauge(curves, name):
    return curves.findChild(QAbstractButton, f"{name}Gauge")


def shown(curves):
    """The plots in view, from the left to the right."""
    views = [curves.findChild(QWidget, f"{name}Plot") for name in ("loss", "accuracy", "gradient", "updates", "memory")]
    return [view.objectName() for view in views if view is not None and view.isVisible()]


def test_gauges_tell_what_is_known_now(curves, drawn):
    drawn(*run())
    words = {name: gauge(curves, name).accessibleName() for name in ("speed", "memory", "learning_rate")}
    assert words == {"speed": "Samples/s 12,345", "memory": "Memory 300 MB", "learning_rate": "Learning rate 0.1"}
    assert gauge(curves, "updates").accessibleName() == "Update ratio 0.0005"
    assert gauge(curves, "gradient").isVisible()
    assert "hardly learn" in gauge(curves, "updates").toolTip()
    assert not gauge(curves, "device_memory").isVisible()


def test_the_memory_of_a_graphics_card_has_a_gauge_where_there_is_one(curves, drawn):
    drawn(*run(device_memory=2_000_000_000))
    assert gauge(curves, "device_memory").accessibleName() == "GPU memory 2.00 GB"


def test_a_run_of_which_nothing_is_seen_has_no_gauges(curves, drawn):
    begun, losses, *_ = run()
    drawn(begun, Steps(time=0, epoch=1, step=losses.step, loss=losses.loss))
    assert not curves.findChild(QWidget, "gauges").isVisible()


def test_in_a_narrow_window_the_gauges_give_way(curves, drawn, qtbot):
    drawn(*run())
    gauges = curves.findChild(QWidget, "gauges")
    assert gauges.isVisible()
    curves.resize(500, 300)
    qtbot.waitUntil(lambda: not gauges.isVisible())


def test_a_click_on_a_gauge_lays_it_out_in_large_and_another_takes_it_away(curves, drawn, qtbot):
    drawn(*run())
    assert shown(curves) == ["lossPlot", "accuracyPlot"]
    with qtbot.waitSignal(curves.chosen) as told:
        qtbot.mouseClick(gauge(curves, "gradient"), Qt.MouseButton.LeftButton)
    assert told.args == [["metric", "gradient"]]
    qtbot.waitUntil(lambda: shown(curves) == ["lossPlot", "accuracyPlot", "gradientPlot"])
    plot = curves.findChild(QWidget, "gradientPlot")
    assert plot.steps_in_view == pytest.approx(curves.findChild(QWidget, "lossPlot").steps_in_view, rel=0.1)
    qtbot.mouseClick(gauge(curves, "gradient"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown(curves) == ["lossPlot", "accuracyPlot"])


def test_the_menu_offers_every_plot_and_says_what_it_means(curves, drawn, qtbot):
    drawn(*run())
    action = curves.findChild(QAction, "memoryShown")
    assert "go on growing" in action.toolTip()
    action.trigger()
    qtbot.waitUntil(lambda: "memoryPlot" in shown(curves))
    assert gauge(curves, "memory").isChecked()
    curves.findChild(QAction, "metricShown").trigger()
    qtbot.waitUntil(lambda: shown(curves) == ["lossPlot", "memoryPlot"])


def test_another_run_lies_over_what_is_watched_too(curves, drawn, qtbot):
    curves.choose(["metric", "gradient"])
    drawn(*run())
    curves.overlay("earlier", History(run(last=50)))
    qtbot.waitUntil(lambda: not curves._frame.isActive())
    plot = next(plot for plot in curves._plots if plot.view.objectName() == "gradientPlot")
    (line, _) = plot._overlays["earlier"]
    assert len(line.xData) == 5


def test_what_is_chosen_is_remembered(tmp_path):
    assert Settings(tmp_path / "settings.ini").plots == ["metric"]
    for chosen in (["metric", "updates", "memory"], ["speed"], []):
        Settings(tmp_path / "settings.ini").plots = chosen
        assert Settings(tmp_path / "settings.ini").plots == chosen


def test_the_colours_of_a_layer_say_whether_it_learns(curves, drawn, qtbot, appearance):
    curves.choose(["updates"])
    drawn(*run(last=400))
    qtbot.waitUntil(lambda: "updatesPlot" in shown(curves))
    plot = curves.findChild(LayerMap, "updatesPlot")
    assert "About 0.001 is healthy" in plot.findChild(QLabel).toolTip()
    picture = plot._picture
    place = picture._place()
    upper, lower = (QPoint(place.center().x(), round(place.height() * share)) for share in (0.25, 0.75))
    assert "conv2d_1" in picture.words_at(upper)
    assert "learns well" in picture.words_at(upper)
    assert "linear_1" in picture.words_at(lower)
    assert "hardly learns" in picture.words_at(lower)
    assert picture.words_at(QPoint(0, 0)) == ""
    seen = picture.grab().toImage()
    ratio = seen.devicePixelRatio()
    colours = [QColor(seen.pixel(round(at.x() * ratio), round(at.y() * ratio))) for at in (upper, lower)]
    expected = shades("updates", appearance.theme)
    for found, wanted in zip(colours, (expected[SHADES // 2], expected[0]), strict=True):
        assert [found.red(), found.green(), found.blue()] == pytest.approx(
            [wanted.red(), wanted.green(), wanted.blue()], abs=2
        )


@pytest.mark.parametrize(("ratio", "words"), [(1e-5, "hardly learns"), (1e-3, "learns well"), (0.1, "moves too far")])
def test_a_ratio_has_a_verdict(ratio, words):
    assert verdict(ratio) == words


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_not_healthy_stands_out_from_what_is(theme):
    scale = shades("updates", theme)
    healthy = scale[SHADES // 2]
    assert scale[0].blueF() > scale[0].redF()
    assert scale[-1].redF() > scale[-1].blueF()
    assert contrast(healthy, QColor(theme.panel)) < max(contrast(end, QColor(theme.panel)) for end in scale)


def test_many_layers_are_drawn_and_few_of_them_named(curves, drawn, qtbot):
    names = tuple(f"stage_1.{number}.conv2d_1" for number in range(300))
    begun, losses, *_ = run()
    numbers = [1e-3] * len(names)
    curves.choose(["updates", "gradients"])
    drawn(begun, losses, Watched(time=0, step=1, gradient=1.0, gradients=numbers, updates=numbers, layers=names))
    plot = curves.findChild(LayerMap, "gradientsPlot")
    qtbot.waitUntil(plot.isVisible)
    assert not plot.grab().isNull()
    place = plot._picture._place()
    assert "stage_1.29" in plot._picture.words_at(QPoint(place.left() + 1, place.height() - 1))


def test_hovering_a_layer_shows_the_step_in_the_curves(curves, drawn, qtbot):
    curves.choose(["updates"])
    drawn(*run(last=400))
    plot = curves.findChild(LayerMap, "updatesPlot")
    qtbot.waitUntil(plot.isVisible)
    heard = []
    plot.hovered.connect(heard.append)
    place = plot._picture._place()
    qtbot.mouseMove(plot._picture, place.center())
    qtbot.waitUntil(lambda: bool(heard))
    low, high = curves._plots[0].view.steps_in_view
    assert heard[-1] == pytest.approx((low + high) / 2, rel=0.05)
    assert not math.isnan(heard[-1])


def test_the_layer_that_is_chosen_tells_how_it_learns(appearance, qtbot):
    editor = Editor()
    editor.open(template("digits").project)
    inspector = Inspector(editor, appearance)
    qtbot.addWidget(inspector)
    inspector.show()
    facts = inspector.findChild(QWidget, "learningFacts")
    editor.select(["conv2d_1"])
    assert not facts.isVisible()
    inspector.show_learning(learning(History(run(last=1))))
    assert words_of(facts) == ["0.001", "1", "Gradient norm", "Update ratio", "learns well"]
    editor.select(["relu_1"])
    assert not facts.isVisible()
    editor.select(["conv2d_1"])
    assert facts.isVisible()
    inspector.show_learning({})
    assert not facts.isVisible()


def words_of(widget):
    return sorted(label.text() for label in widget.findChildren(QLabel) if label.text())


def test_the_window_says_what_a_training_warns_of_and_how_layers_learn(window):
    window.editor.open(template("digits").project)
    window.editor.select(["conv2d_1"])
    window.training.trained = window.editor.project
    facts = window.inspector.findChild(QWidget, "learningFacts")
    window.training.events.emit([*run(last=1), Warning(time=0, message="No gradient reaches linear_1.")])
    assert window.notices.texts == ["No gradient reaches linear_1."]
    assert "learns well" in words_of(facts)
    window.editor.edit_network("Remove", lambda network: network.remove(["conv2d_2"]))
    assert facts.parentWidget().isHidden()


def test_the_window_remembers_which_plots_are_chosen(window):
    window.curves.findChild(QAction, "memoryShown").trigger()
    assert window.settings.plots == ["metric", "memory"]


def test_a_block_tells_the_least_and_the_most_of_its_layers():
    known = {
        "stage_1.0.conv2d_1": Learning(1.0, 1e-3),
        "stage_1.1.conv2d_1": Learning(0.5, 2e-3),
        "stage_1.1.linear_1": Learning(0.25, None),
        "stage_10.conv2d_1": Learning(9.0, 9.0),
    }
    assert [each.gradient for each in of_layer(known, ["stage_1"])] == [1.0, 0.5, 0.25]
    assert [each.gradient for each in of_layer(known, ["stage_1", "conv2d_1"])] == [1.0, 0.5]
    assert span_in_words("gradient", [0.25, 1.0]) == "0.25 – 1"
    assert span_in_words("gradient", [0.5]) == "0.5"


def test_what_is_seen_of_an_old_run_is_its_speed_and_learning_rate():
    begun, losses, *_ = run()
    assert list(History([begun, losses]).watched) == ["speed"]
