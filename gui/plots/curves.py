"""Curves: loss and accuracy while a network learns.

Points are kept in full and thinned to the pixels there are; what has arrived is drawn once per frame.
"""

import math
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QPoint, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QImage, QPainter, QResizeEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.curves import History
from engine.disk import write_atomically
from engine.errors import ExportError, LayerloomError
from engine.events import AnyEvent
from engine.metrics import title_of
from gui import dialogs
from gui import theme as looks
from gui.kind_box import ChoiceBox
from gui.plots.board import Board
from gui.plots.gauges import Gauges
from gui.plots.layer_map import LayerMap
from gui.plots.measures import MEASURES, SMOOTHED, Learning, curves_of, learning
from gui.slices import Slices
from gui.theme import Appearance, Theme, icon
from gui.words import translated

if TYPE_CHECKING:
    from gui.plots.plot import Plot
    from gui.plots.view import View

FRAME_MILLISECONDS = 16
SMOOTHING = 60
"""Hundredths: the share that the past has in each point of the smoothed curve."""

METRIC = "metric"
"""The plot of what is judged beside the loss."""
LOGARITHMIC = ("loss", "gradient", "learning_rate")

GROWTH_ROOM = 1.1
PICTURE_SCALE = 2


class Curves(QWidget):
    """Loss on the left, the metric on the right: training per step, validation per epoch, earlier runs laid over."""

    fork_asked = Signal(float)
    """At which step a person wants to fork the run that is drawn."""
    failed = Signal(object)
    """A `LayerloomError`: a picture that could not be written."""
    table_asked = Signal(object, float)
    """The path at which the points are to be written as CSV, and how much they are smoothed."""
    chosen = Signal(list)
    """The names of the plots that a person wants to see beside the loss."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves")
        self.setAccessibleName(self.tr("Curves"))
        self.setMinimumHeight(looks.CURVES_LOWEST)
        self._appearance = appearance
        self._history = History()
        self._overlays: dict[str, History] = {}
        self._titles: dict[str, str] = {}
        """What people call the runs that are or were laid over."""
        self._wanted = ""
        """The metric that a person wants to see beside the loss; empty: the usual one."""
        self._frame = QTimer(self, singleShot=True, interval=FRAME_MILLISECONDS)
        self._frame.timeout.connect(self._draw)
        self._plots: tuple[Plot, ...] = ()
        self._made: list[Plot] = []
        """Those of the plots that are made, while not all are."""
        self._maps: dict[str, LayerMap] = {}
        self._chosen: list[str] = [METRIC]
        self._slices = Slices(self)
        self._measured: dict[Plot, str] = {}
        self._choices: dict[str, QAction] = {}
        self._menu_step = math.inf
        """Where in the curves the menu was asked for; infinite: elsewhere."""
        self._savings: list[QAction] = []
        self._menu = self._make_menu()
        self._lay_out()
        appearance.changed.connect(self._show_theme)
        self._show_theme(appearance.theme)
        self._draw()

    def prepare(self) -> None:
        """Begins to make the plots, in slices. Until there is a curve nobody needs them, and they would take a fifth of
        the window's start; but the first curve should not have to wait for them.
        """
        if not self._plots:
            self._slices.run(self._making_plots())

    def _make_plots(self) -> None:
        """Makes the plots at once."""
        self._slices.cancel()
        for _ in self._making_plots():
            pass

    def _making_plots(self) -> Generator[float, None, None]:
        """Its items say how much is done."""
        for number, module in enumerate((QtCore, QtGui, QtWidgets)):
            for name in dir(module):
                # pyqtgraph asks for each of these while it is imported, and PySide makes each when it is asked for.
                getattr(module, name)
            yield 0.1 * (number + 1)
        from gui.plots.plot import Plot

        yield 0.6
        # A curve that comes meanwhile has the rest made at once.
        for name in ("lossPlot", "accuracyPlot")[len(self._made) :]:
            self._made.append(Plot(name, self._appearance, self))
            yield 0.8
        for plot in self._made:
            self._wire(plot)
        self._plots = tuple(self._made)
        self._plots[1].view.follow_steps_of(self._plots[0].view)

    def _wire(self, plot: "Plot") -> None:
        plot.view.moved.connect(self._stop_following)
        plot.view.hovered.connect(self._show_step)
        plot.view.fit_asked.connect(self.fit)
        plot.view.range_changed.connect(self._need_frame)
        plot.view.menu_asked.connect(partial(self._show_menu, plot.view))
        plot.show_theme(self._appearance.theme)

    def _plot_of(self, name: str) -> QWidget:
        """The plot of the metric or of a measure, made when it is first wanted."""
        if name == METRIC:
            return self._plots[1]
        if MEASURES[name].of_layers:
            return self._map_of(name)
        known = {plot.view.objectName(): plot for plot in self._plots}
        if f"{name}Plot" not in known:
            from gui.plots.plot import Plot

            plot = known[f"{name}Plot"] = Plot(f"{name}Plot", self._appearance, self)
            self._wire(plot)
            plot.view.follow_steps_of(self._plots[0].view)
            self._plots = (*self._plots, plot)
            self._measured[plot] = name
        return known[f"{name}Plot"]

    def _map_of(self, name: str) -> LayerMap:
        if name not in self._maps:
            made = self._maps[name] = LayerMap(name, self._appearance, self)
            made.hovered.connect(self._show_step)
            made.menu_asked.connect(self._menu.popup)
        return self._maps[name]

    # What is shown

    def show_events(self, events: list[AnyEvent]) -> None:
        """Adds what has happened; a fresh start clears what was there."""
        self._history.take(events)
        self._need_frame()

    def clear(self) -> None:
        """As before a training; runs that are laid over stay."""
        self._history = History()
        self._show_step(math.nan)
        self._follow.setChecked(True)
        self._need_frame()

    def show_history(self, history: History) -> None:
        """Shows a run in place of what was there; what happens from now on is added to it."""
        self._history = history
        self._need_frame()

    def expect(self, *, is_coming: bool) -> None:
        """Says, while there are no curves, whether they come by themselves."""
        press = self.tr("Press Train to see loss and accuracy grow here, or open a run in Runs.")
        self._hint.setText(self.tr("Loss and accuracy grow here from the first step on.") if is_coming else press)

    def overlay(self, name: str, history: History, title: str = "") -> None:
        """Lays an earlier run over, under a name that no other has; its title is what people read."""
        self._overlays[name] = history
        self._titles[name] = title or name
        self._need_frame()

    def extend_overlay(self, name: str, events: Iterable[AnyEvent]) -> None:
        """Adds what has happened in a run that is laid over and still training."""
        if name in self._overlays:
            self._overlays[name].take(events)
            self._need_frame()

    def remove_overlay(self, name: str) -> None:
        """Takes an earlier run away."""
        self._overlays.pop(name, None)
        self._need_frame()

    @property
    def _names(self) -> dict[str, str]:
        """What the runs that are laid over are called: their titles or, where several of one minute have the same, the
        names that no other has.
        """
        count = Counter(self._titles[name] for name in self._overlays)
        return {name: title if count[title] == 1 else name for name, title in self._titles.items()}

    @property
    def memory(self) -> int:
        """Bytes that the training held when it was looked at last; 0: nobody has looked."""
        curve = curves_of(self._history, "memory").get("memory")
        return round(curve.values[-1]) if curve else 0

    def learning(self) -> dict[str, Learning]:
        """How each layer of the run learns, as seen last."""
        return learning(self._history)

    def show_note(self, text: str) -> None:
        """Says something about the curves in a line above them; without text there is no line."""
        self._note.setText(text)
        self._note.setToolTip(text)
        self._note.setVisible(bool(text))

    def choose(self, names: Sequence[str]) -> None:
        """Shows these plots beside the loss: the metric, and of what is watched those that are in `MEASURES`."""
        known = (METRIC, *MEASURES)
        self._chosen = [name for name in known if name in names]
        for name, action in self._choices.items():
            action.setChecked(name in self._chosen)
        self._gauges.show_chosen(self._chosen)
        self._need_frame()

    def _toggle(self, name: str, shown: bool) -> None:
        others = [other for other in self._chosen if other != name]
        self.choose([*others, name] if shown else others)
        self.chosen.emit(self._chosen)

    def fit(self) -> None:
        """Shows everything, and goes on doing so."""
        self._follow.setChecked(True)
        self._need_frame()

    # To take home

    def save_picture(self, path: Path) -> None:
        """Writes both plots as PNG, or as SVG where the name ends so. Raises OSError."""
        write_atomically(path, self._write_svg if path.suffix.lower() == ".svg" else self._write_png)

    def ask_table(self, path: Path) -> None:
        """Asks for the points as CSV, which is not written here: there may be millions of them."""
        self.table_asked.emit(path, self._smoothing.value() / 100)

    # Parts

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("curvesMenu")
        menu.addAction(self.tr("Fit"), self.fit)
        self._fork = menu.addAction(self.tr("Fork from here…"), self._ask_fork)
        self._fork.setObjectName("forkAction")
        self._fork.setToolTip(self.tr("Go on from the checkpoint nearest to this step, as a run of its own"))
        menu.aboutToShow.connect(self._offer_what_can_be)
        menu.addSeparator()
        plots = menu.addMenu(self.tr("Plots"))
        plots.setObjectName("plotsMenu")
        plots.setToolTipsVisible(True)
        for name in (METRIC, *MEASURES):
            action = plots.addAction(translated(MEASURES[name].title) if name in MEASURES else self.tr("Metric"))
            action.setObjectName(f"{name}Shown")
            action.setToolTip(translated(MEASURES[name].help) if name in MEASURES else "")
            action.setCheckable(True)
            action.setChecked(name in self._chosen)
            action.triggered.connect(lambda shown, name=name: self._toggle(name, shown))
            self._choices[name] = action
        menu.addSeparator()
        for name, text, suffix, save in (
            ("savePng", self.tr("Save as PNG…"), "png", self.save_picture),
            ("saveSvg", self.tr("Save as SVG…"), "svg", self.save_picture),
            ("saveCsv", self.tr("Save as CSV…"), "csv", self.ask_table),
        ):
            action = menu.addAction(text)
            action.setObjectName(f"{name}Action")
            self._savings.append(action)
            action.triggered.connect(lambda _checked=False, suffix=suffix, save=save: self._save(suffix, save))
        return menu

    def _show_menu(self, view: "View", place: QPoint) -> None:
        self._menu_step = view.step_at(place)
        self._menu.popup(place)

    def _offer_what_can_be(self) -> None:
        """To fork, from a place in the curves or from the button beside them, which means the end; and to save them."""
        for action in (self._fork, *self._savings):
            action.setEnabled(self._history.last_step > 0)

    def _ask_fork(self) -> None:
        step, self._menu_step = self._menu_step, math.inf
        self.fork_asked.emit(min(max(step, 0.0), self._history.last_step))

    def _lay_out(self) -> None:
        self._hint = hint = QLabel(self)
        hint.setObjectName("curvesHint")
        hint.setProperty("kind", "dim")
        hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        hint.setWordWrap(True)
        self.expect(is_coming=False)
        hint.setContentsMargins(looks.PADDING, looks.GRID * 2, looks.PADDING, looks.GRID * 2)
        self._board = Board(self)
        self._drawing = self._board.drawing
        self._gauges = Gauges(self._appearance, self)
        self._gauges.toggled.connect(self._toggle)
        self._gauges.show_chosen(self._chosen)
        row = QHBoxLayout()
        row.setSpacing(looks.PADDING)
        row.addWidget(self._board, 1)
        row.addWidget(self._gauges)
        self._note = QLabel(self)
        self._note.setObjectName("curvesNote")
        self._note.setProperty("kind", "dim")
        # However long, it does not widen the window.
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._note.hide()
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(looks.PADDING, 0, looks.PADDING, looks.GRID)
        column.setSpacing(0)
        column.addLayout(self._make_controls())
        column.addWidget(self._note)
        column.addLayout(row, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(hint)
        self._pages.addWidget(content)

    def _make_controls(self) -> QHBoxLayout:
        self._smoothing = QSlider(Qt.Orientation.Horizontal, self)
        self._smoothing.setObjectName("smoothingSlider")
        self._smoothing.setAccessibleName(self.tr("Smoothing"))
        self._smoothing.setToolTip(self.tr("How much of the past is in each point of the smoothed curve"))
        self._smoothing.setRange(0, 99)
        self._smoothing.setValue(SMOOTHING)
        # The row is no wider than the smallest window has room for, between the panels.
        self._smoothing.setMinimumWidth(looks.SLIDER_WIDTH // 3)
        self._smoothing.setMaximumWidth(looks.SLIDER_WIDTH)
        self._smoothing_words = QLabel(self)
        self._smoothing_words.setProperty("kind", "dim")
        self._metrics = ChoiceBox(self)
        self._metrics.setObjectName("curvesMetric")
        self._metrics.setAccessibleName(self.tr("Metric beside the loss"))
        self._metrics.setToolTip(self._metrics.accessibleName())
        # As wide as its longest title, but where the row has less room.
        self._metrics.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._metrics.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToContents)
        self._metrics.setMinimumWidth(looks.with_font(looks.METRIC_WIDTH))
        self._metrics.activated.connect(lambda _index: self._choose_metric())
        self._metrics.hide()
        help = self.tr("Logarithmic scale for loss, gradient and learning rate")
        self._log = self._check_box("logScale", self.tr("Log"), help)
        self._follow = self._check_box("follow", self.tr("Follow"), self.tr("Keep all that is drawn in view"))
        self._follow.setChecked(True)
        self._more = QToolButton(self)
        self._more.setObjectName("curvesMenuButton")
        self._more.setAccessibleName(self.tr("Save or fit the curves"))
        self._more.setToolTip(self._more.accessibleName())
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu)
        self._smoothing.valueChanged.connect(self._show_smoothing)
        self._log.toggled.connect(self._need_frame)
        self._follow.toggled.connect(self._need_frame)
        self._show_smoothing(SMOOTHING)
        row = QHBoxLayout()
        row.setSpacing(looks.PADDING)
        row.addStretch(1)
        for widget in (self._metrics, self._smoothing_words, self._smoothing, self._log, self._follow, self._more):
            row.addWidget(widget)
        return row

    def _check_box(self, name: str, text: str, help: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setObjectName(name)
        box.setAccessibleName(text)
        box.setToolTip(help)
        box.setProperty("kind", "dim")
        return box

    # Frames

    def _need_frame(self) -> None:
        if not self._frame.isActive():
            self._frame.start()

    def _draw(self) -> None:
        shown = [self._history, *self._overlays.values()]
        has_curves = any(history.last_step for history in shown)
        self._pages.setCurrentIndex(int(has_curves))
        if has_curves and not self._plots:
            self._make_plots()
        if not self._plots:
            return
        self._board.show_plots([self._plots[0], *(self._plot_of(name) for name in self._worth_showing())])
        metric = self._shown_metric(shown)
        steps = self._steps_in_view() if self._follow.isChecked() else None
        smoothing = self._smoothing.value() / 100
        for number, plot in enumerate(self._plots):
            name = self._measured.get(plot, ("loss", metric)[min(number, 1)])
            log = self._log.isChecked() and name in LOGARITHMIC
            smooth = smoothing if name in SMOOTHED or name not in MEASURES else 0.0
            # The first is the one whose steps all others follow.
            if number == 0 or not plot.isHidden():
                plot.show_curves(name, self._history, self._overlays, self._names, smooth, log, steps)
        for plot in self._maps.values():
            plot.show_history(self._history, *self._plots[0].view.steps_in_view)
        self._gauges.show_history(self._history, smoothing)
        self._make_room()

    def _worth_showing(self) -> list[str]:
        """Of the plots that are chosen, those of which something is known."""
        runs = [self._history, *self._overlays.values()]

        def is_known(name: str) -> bool:
            of_runs = runs[:1] if MEASURES[name].of_layers else runs
            return any(curves_of(history, name) for history in of_runs)

        return [name for name in self._chosen if name == METRIC or is_known(name)]

    def _make_room(self) -> None:
        """In a narrow window the gauges give way to the plots."""
        needed = looks.with_font(looks.GAUGES_WIDTH) + 2 * looks.CURVES_LOWEST
        self._gauges.setVisible(self.width() >= needed and self._gauges.knows_something)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _shown_metric(self, shown: Iterable[History]) -> str:
        """The metric of the plot on the right: the one that was chosen, while there is a curve of it."""
        names = list(dict.fromkeys(name for history in shown for name in history.names if name != "loss"))
        metric = self._wanted if self._wanted in names else next(iter(names), "accuracy")
        if names != [self._metrics.itemData(number) for number in range(self._metrics.count())]:
            with QSignalBlocker(self._metrics):
                self._metrics.clear()
                for name in names:
                    self._metrics.addItem(translated(title_of(name)), name)
        with QSignalBlocker(self._metrics):
            self._metrics.setCurrentIndex(self._metrics.findData(metric))
        self._metrics.setVisible(len(names) > 1)
        return metric

    def _choose_metric(self) -> None:
        self._wanted = self._metrics.currentData()
        self._need_frame()

    def _steps_in_view(self) -> float:
        """How far the axis reaches: to the end of the training in a few strides, so that its start fills the view."""
        history, over = self._history, max((other.last_step for other in self._overlays.values()), default=0.0)
        reached = max(history.last_step, over)
        planned = 0 if history.is_over else history.planned_steps
        strides = (planned / part for part in (64, 16, 4, 2, 1))
        return next((stride for stride in strides if stride >= GROWTH_ROOM * reached), max(reached, 1.0, planned))

    def _stop_following(self) -> None:
        self._follow.setChecked(False)

    def _show_step(self, step: float) -> None:
        for plot in self._plots:
            plot.show_step(step)

    def _show_smoothing(self, hundredths: int) -> None:
        self._smoothing_words.setText(self.tr("Smoothing {value}").format(value=f"{hundredths / 100:.2f}"))
        self._need_frame()

    def _show_theme(self, theme: Theme) -> None:
        self._more.setIcon(icon("dots-horizontal", theme))
        for plot in self._plots:
            plot.show_theme(theme)
        self._need_frame()

    # Files

    def _save(self, suffix: str, save: Callable[[Path], None]) -> None:
        words = f"{suffix.upper()} (*.{suffix})"
        path = dialogs.ask_file(self, self.tr("Save the curves"), Path.home() / f"curves.{suffix}", words)
        if path is None:
            return
        try:
            save(path if path.suffix else path.with_suffix(f".{suffix}"))
        except OSError as fault:
            self.failed.emit(_unwritable(path, fault))

    def _write_png(self, path: Path) -> None:
        picture = QImage(self._drawing.size() * PICTURE_SCALE, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(PICTURE_SCALE)
        picture.fill(self._appearance.theme.colour("panel"))
        self._drawing.render(picture)
        if not picture.save(str(path), "PNG"):  # pyright: ignore[reportCallIssue, reportArgumentType]
            raise OSError("the picture could not be written")

    def _write_svg(self, path: Path) -> None:
        file = QSvgGenerator()
        file.setFileName(str(path))
        file.setSize(self._drawing.size())
        file.setViewBox(self._drawing.rect())
        file.setTitle(self.tr("Curves"))
        painter = QPainter()
        if not painter.begin(file):
            raise OSError("the picture could not be written")
        painter.fillRect(self._drawing.rect(), self._appearance.theme.colour("panel"))
        self._drawing.render(painter, QPoint())
        painter.end()


def _unwritable(path: Path, fault: OSError) -> LayerloomError:
    return ExportError(
        f"{path} cannot be written: {fault.strerror or fault}.", fix="Choose another folder or make room."
    )
