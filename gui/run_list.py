"""Run list: every training that was begun, what it came to, and what can be done with it."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    QUrl,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import QDesktopServices, QFont, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.copies import LogCopy
from engine.errors import RunError
from engine.project import Project
from engine.runs import Run
from gui import dialogs
from gui import theme as looks
from gui.changes import differences_in_words
from gui.run_rows import AnyIndex, Reader, Row, Rows, named
from gui.theme import Appearance, icon
from gui.words import translated

LOOK_MILLISECONDS = 1000
"""Between two looks at the runs that are or will be trained."""
MOST_DIFFERENCES = 4
"""From the design in the window, that are told below the list; the rest is in the tooltip."""
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


class RunList(QWidget):
    """The runs in a folder, the newest first; a tick lays the curves of a run over those of the current one."""

    overlay_toggled = Signal(Path, bool)
    run_opened = Signal(Path)
    resume_asked = Signal(Path)
    export_asked = Signal(Path)
    copy_asked = Signal(Path, object)
    """A run, and the `LogCopy` that its log is to be written as."""
    more_asked = Signal(Path)
    """More epochs for a run that has done all of its."""
    fork_asked = Signal(Path)
    queue_asked = Signal(Path, str)
    """A run and what is to be done with it: put ``in`` the queue, taken ``out``, moved ``up`` or ``down``."""
    deleted = Signal(Path)
    failed = Signal(object)
    """A `LayerloomError`: a run that could not be deleted."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._rows = Rows(self)
        self._reader = Reader()
        self._view = QListView(self)
        self._view.setObjectName("runList")
        self._view.setAccessibleName(self.tr("Runs"))
        self._view.setModel(self._rows)
        self._view.setItemDelegate(RowPainter(appearance, self))
        self._view.setUniformItemSizes(True)
        self._view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._menu = QMenu(self)
        self._design = Project()
        """That of the window."""
        self._trained: Project | None = None
        """What the chosen run has trained, once that was read."""
        self._lay_out()
        self._reader.found.connect(self._rows.show_runs)
        self._reader.found.connect(self._show_hint)
        self._reader.read.connect(self._rows.put)
        self._rows.overlay_toggled.connect(self.overlay_toggled)
        self._rows.changed.connect(self._show_state)
        self._view.selectionModel().currentChanged.connect(lambda _now, _before: self._show_state())
        self._view.selectionModel().currentChanged.connect(lambda _now, _before: self._read_design())
        self._reader.designed.connect(self._take_design)
        self._view.doubleClicked.connect(lambda _index: self._ask(self.run_opened))
        self._view.activated.connect(lambda _index: self._ask(self.run_opened))
        self._view.customContextMenuRequested.connect(self._show_menu)
        appearance.changed.connect(self._show_theme)
        self._clock = QTimer(self, interval=LOOK_MILLISECONDS)
        self._clock.timeout.connect(self._look)
        self._show_theme()
        self._show_state()

    def show_folder(self, folder: Path) -> None:
        """Lists the runs of a folder; what they came to is read beside, however many there are."""
        self._reader.read_folder(folder)

    def refresh(self, path: Path) -> None:
        """Reads one run again, or for the first time."""
        self._reader.read_run(path)

    def _look(self) -> None:
        """Follows the runs that are or will be trained, by whomever, while they can be seen."""
        for path in self._rows.in_motion if self.isVisible() else ():
            self.refresh(path)

    def mark(self, path: Path | None) -> None:
        """Marks the run that the window shows now; None: it shows none."""
        self._rows.mark(path)

    def show_starting(self, path: Path | None) -> None:
        """Tells the run whose trainer the window has started; None: there is none."""
        self._rows.show_starting(path)

    def show_queue(self, paths: Sequence[Path]) -> None:
        """Numbers the runs that wait for their turn."""
        self._rows.show_queue(paths)

    def tick(self, path: Path) -> None:
        """Lays the curves of a run over."""
        self._rows.tick(path)

    @property
    def overlaid(self) -> list[Path]:
        """The runs whose curves are laid over."""
        return self._rows.overlaid

    def untick(self) -> None:
        """Takes the curves of every run away that is laid over."""
        self._rows.untick()

    # What the chosen run has otherwise than the design in the window

    def compare_with(self, design: Project) -> None:
        """Says from now on how the chosen run differs from this design."""
        self._design = design
        self._show_difference()

    def _read_design(self) -> None:
        self._trained = None
        self._show_difference()
        if row := self._chosen():
            self._reader.read_design(row.path)

    def _take_design(self, path: Path, trained: Project | None) -> None:
        row = self._chosen()
        if row is not None and row.path == path:
            self._trained = trained
            self._show_difference()

    def _show_difference(self) -> None:
        found: list[str] = []
        if self._trained is not None and self._design.network.nodes:
            found = differences_in_words(self._design, self._trained)
        more = self.tr("{count} more").format(count=len(found) - MOST_DIFFERENCES)
        shown = [*found[:MOST_DIFFERENCES], more] if len(found) > MOST_DIFFERENCES else found
        self._difference.setText(self.tr("From the design to this run: {changes}").format(changes="; ".join(shown)))
        self._difference.setToolTip("\n".join(found))
        self._difference.setVisible(bool(found))

    # Parts

    def _lay_out(self) -> None:
        hint = self._hint = QLabel(self)
        hint.setObjectName("runListHint")
        hint.setProperty("kind", "dim")
        hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        hint.setWordWrap(True)
        hint.setContentsMargins(*(looks.PADDING,) * 4)
        difference = self._difference = QLabel(self)
        difference.setObjectName("runDifference")
        difference.setProperty("kind", "dim")
        difference.setTextFormat(Qt.TextFormat.PlainText)
        difference.setWordWrap(True)
        difference.hide()
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(looks.GRID * 2, looks.GRID * 2, looks.GRID * 2, looks.GRID * 2)
        column.setSpacing(looks.GRID * 2)
        column.addWidget(self._view, 1)
        column.addWidget(difference)
        column.addLayout(self._make_buttons())
        self._pages = QStackedLayout(self)
        self._pages.addWidget(hint)
        self._pages.addWidget(content)

    def _show_hint(self) -> None:
        """Once the folder was looked at: before, there may well be runs."""
        words = self.tr("No runs yet.\nPress Train: each training is kept here with its curves and weights.")
        self._hint.setText(words)

    def _make_buttons(self) -> QHBoxLayout:
        self._open = self._button("openRunButton", self.tr("Open"), lambda: self._ask(self.run_opened))
        self._resume = self._button("resumeRunButton", self.tr("Resume"), lambda: self._ask(self.resume_asked))
        self._export = self._button("exportRunButton", self.tr("Export…"), lambda: self._ask(self.export_asked))
        self._open.setToolTip(self.tr("Open the project of this run with its curves and its result"))
        self._resume.setToolTip(self.tr("Go on from the last checkpoint"))
        self._more = QToolButton(self)
        self._more.setObjectName("runMenuButton")
        self._more.setAccessibleName(self.tr("More to do with this run"))
        self._more.setToolTip(self._more.accessibleName())
        self._more.clicked.connect(lambda: self._show_menu(self._view.mapFromGlobal(self._place_of_menu())))
        row = QHBoxLayout()
        row.setSpacing(looks.GRID * 2)
        for button in (self._open, self._resume, self._export):
            row.addWidget(button, 1)
        row.addWidget(self._more)
        return row

    def _button(self, name: str, text: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text.replace("…", ""))
        button.clicked.connect(lambda _checked: act())
        return button

    def _place_of_menu(self) -> QPoint:
        return self._more.mapToGlobal(self._more.rect().topLeft())

    def _show_menu(self, place: QPoint) -> None:
        row = self._chosen()
        if row is None:
            return
        self._menu.clear()
        self._menu.addAction(self.tr("Open"), self._open.click)
        self._menu.addAction(self.tr("Resume"), self._resume.click).setEnabled(self._resume.isEnabled())
        self._menu.addAction(self.tr("Export…"), self._export.click).setEnabled(self._export.isEnabled())
        more = self._menu.addAction(self.tr("More epochs…"), lambda: self.more_asked.emit(row.path))
        more.setObjectName("moreEpochsAction")
        more.setEnabled(row.can_have_more)
        self._menu.addAction(self.tr("Fork…"), lambda: self.fork_asked.emit(row.path)).setObjectName("forkRunAction")
        self._menu.addMenu(self._copies_menu(row.path))
        self._menu.addSeparator()
        self._add_queue_actions(row)
        self._menu.addSeparator()
        self._menu.addAction(self.tr("Show in its folder"), lambda: _show_in_folder(row.path))
        self._menu.addAction(self.tr("Delete…"), self.delete_chosen).setObjectName("deleteRunAction")
        self._menu.popup(self._view.viewport().mapToGlobal(place))

    def _copies_menu(self, path: Path) -> QMenu:
        menu = QMenu(self.tr("Write its log as"), self._menu)
        menu.setObjectName("copyLogMenu")
        menu.setToolTipsVisible(True)
        for kind in LogCopy.kinds.values():
            copy = kind()
            action = menu.addAction(translated(copy.title), lambda copy=copy: self.copy_asked.emit(path, copy))
            action.setEnabled(not copy.lacks)
            action.setToolTip(translated(copy.lacks or copy.help()))
        return menu

    def _add_queue_actions(self, row: Row) -> None:
        verbs = {"up": self.tr("Earlier in the queue"), "down": self.tr("Later in the queue")}
        verbs["out"] = self.tr("Take out of the queue")
        if not row.waits:
            verbs = {"in": self.tr("Put into the queue")} if row.can_begin else {}
        for verb, words in verbs.items():
            action = self._menu.addAction(words, partial(self.queue_asked.emit, row.path, verb))
            action.setObjectName(f"{verb}QueueAction")

    # What is done

    def delete_chosen(self) -> None:
        """Deletes the chosen run for good, once it has been asked about."""
        row = self._chosen()
        if row is None or not dialogs.ask_delete_run(self, named(row.path)):
            return
        try:
            _delete(row)
        except RunError as error:
            self.failed.emit(error)
            return
        if row.overlaid:
            self.overlay_toggled.emit(row.path, False)
        self._rows.remove(row.path)
        self.deleted.emit(row.path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.delete_chosen()
            return
        super().keyPressEvent(event)

    def _chosen(self) -> Row | None:
        return self._rows.row_at(self._view.currentIndex())

    def _ask(self, signal: SignalInstance) -> None:
        if row := self._chosen():
            signal.emit(row.path)

    def _show_state(self) -> None:
        row = self._chosen()
        self._pages.setCurrentIndex(int(self._rows.rowCount() > 0))
        if not self._rows.in_motion:
            self._clock.stop()
        elif not self._clock.isActive():
            self._clock.start()
        self._open.setEnabled(row is not None)
        self._more.setEnabled(row is not None)
        self._resume.setEnabled(row is not None and row.can_begin)
        self._export.setEnabled(row is not None and row.resumable)

    def _show_theme(self) -> None:
        self._more.setIcon(icon("dots-horizontal", self._appearance.theme))
        self._view.viewport().update()


def _show_in_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _delete(row: Row) -> None:
    """Raises `RunError`."""
    # Asked anew: the list may have been read before its trainer was started.
    if row.path.exists() and Run(row.path).result().status == "running":
        raise RunError(f"{row.path.name} is being trained.", fix="Stop the training, then delete the run.")
    try:
        shutil.rmtree(row.path)
    except FileNotFoundError:
        # Someone has deleted it already, which is what was asked for.
        return
    except OSError as fault:
        words = f"{row.path.name} cannot be deleted: {fault.strerror or fault}."
        raise RunError(words, fix="Close what has its files open and try again.") from None


class RowPainter(QStyledItemDelegate):
    """Two lines: title and outcome, status and time. The tick at the left lays the curves over."""

    def __init__(self, appearance: Appearance, parent: QObject) -> None:
        super().__init__(parent)
        self._appearance = appearance

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        del option, index
        return QSize(0, looks.RUN_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        assert isinstance(row, Row)
        theme, place = self._appearance.theme, _rectangle(option)
        painter.save()
        self._paint_ground(painter, option, place)
        mark = icon(
            "checkbox-marked" if row.overlaid else "checkbox-blank-outline",
            theme,
            "accent" if row.overlaid else "faint",
        )
        mark.paint(painter, _tick(place))
        beside = looks.GRID * (9 + 4 * min(row.depth, MOST_INDENTED))
        self._paint_branches(painter, place, row)
        lines = place.adjusted(beside, looks.GRID * 2, -looks.GRID * 2, -looks.GRID * 2)
        upper, lower = QRect(lines), QRect(lines)
        upper.setHeight(lines.height() // 2)
        lower.setTop(upper.bottom() + 1)
        if row.shown:
            eye = QRect(upper.left(), upper.center().y() - looks.ICON // 2 + 1, looks.ICON, looks.ICON)
            icon("eye", theme, "accent").paint(painter, eye)
            upper.setLeft(eye.right() + looks.GRID)
        title, small = looks.title_font(), looks.small_font()
        split, value = row.outcome
        upper = self._write(painter, upper, value, title, "text", RIGHT)
        # However long the name of the metric is, half of the line is for that of the run.
        aside = upper.adjusted(upper.width() // 2, 0, 0, 0)
        upper.setRight(self._write(painter, aside, split, small, "dim", RIGHT).right())
        upper = self._write(painter, upper, row.title, title, "text")
        self._write(painter, upper, row.beginning, small, "faint", shorter=(row.brief_beginning, ""))
        words, token = row.status
        lower = self._write(painter, lower, row.when, small, "faint", RIGHT)
        lower = self._write(painter, lower, words, small, token)
        self._write(painter, lower, row.effort, small, "dim", shorter=(row.effort.partition(" · ")[0], ""))
        painter.restore()

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: AnyIndex
    ) -> bool:
        """A click on the tick, or the space bar, toggles it."""
        assert isinstance(model, Rows)
        clicked = (
            isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and _tick(_rectangle(option)).adjusted(*TICK_REACH).contains(event.position().toPoint())
        )
        if clicked or (isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space):
            model.toggle(index)
            return True
        return False

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, place: QRect) -> None:
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if not chosen and not state & QStyle.StateFlag.State_MouseOver:
            return
        theme = self._appearance.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.colour("raised"))
        painter.setPen(theme.colour("line") if chosen else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(place.adjusted(0, 1, -1, -1), looks.RADIUS, looks.RADIUS)

    def _paint_branches(self, painter: QPainter, place: QRect, row: Row) -> None:
        """The lines that lead from runs above to those that were forked from them, here or further below."""
        painter.setPen(self._appearance.theme.colour("faint"))
        middle, deepest = place.center().y(), min(row.depth, MOST_INDENTED)
        for level, goes_on in enumerate(row.goes_on[:deepest], 1):
            across = place.left() + looks.GRID * (6 + 4 * level)
            if goes_on or level == deepest:
                painter.drawLine(across, place.top(), across, place.bottom() if goes_on else middle)
            if level == deepest:
                painter.drawLine(across, middle, across + looks.GRID * 2, middle)

    def _write(
        self,
        painter: QPainter,
        place: QRect,
        words: str,
        font: QFont,
        token: str,
        side: Qt.AlignmentFlag = LEFT,
        *,
        shorter: Sequence[str] = (),
    ) -> QRect:
        """Writes at one end of a line: the words, else the first of the shorter ones that fits, else the last,
        shortened to its room; answers the room that is left."""
        painter.setFont(font)
        painter.setPen(self._appearance.theme.colour(token))
        fits = (each for each in (words, *shorter) if painter.fontMetrics().horizontalAdvance(each) <= place.width())
        words = next(fits, (words, *shorter)[-1])
        words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | side, words)
        used = painter.fontMetrics().horizontalAdvance(words) + looks.GRID * 2 if words else 0
        return place.adjusted(0, 0, -used, 0) if side == RIGHT else place.adjusted(used, 0, 0, 0)


MOST_INDENTED = 4
"""Forks of forks that are deeper stand no further to the right."""

TICK_REACH = (-looks.GRID * 2, -looks.GRID * 4, looks.GRID * 2, looks.GRID * 4)
"""How far beside the tick a click still takes it: left, top, right, bottom."""


def _rectangle(option: QStyleOptionViewItem) -> QRect:
    return option.rect  # pyright: ignore[reportAttributeAccessIssue]


def _tick(row: QRect) -> QRect:
    top = row.top() + (row.height() - looks.ICON) // 2
    return QRect(row.left() + looks.GRID * 2, top, looks.ICON, looks.ICON)
