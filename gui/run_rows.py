"""The runs of a folder as rows of a list: read beside the window, the newest first."""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QDate,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from engine.errors import LayerloomError, RunError
from engine.metrics import title_of
from engine.runs import Outline, Result, Run, Status, called, runs_in, tree
from engine.steering import as_trained
from engine.training import AUTOMATIC
from gui.words import duration, metric_in_words, moment, translated, with_thousands

AnyIndex = QModelIndex | QPersistentModelIndex

_STAMPED = re.compile(r"(?P<title>.+)-(?P<stamp>\d{8}-\d{6})(-\d+)?(?P<fold> fold-\d+)?")
_ZONE_STEP, _MOST_APART, _DELAY = 900, 26 * 3600, 2
"""Seconds: times of two places differ by a multiple, and by at most; a run has its first file that soon."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunList", text)


def _status_words() -> dict[Status, tuple[str, str]]:
    """Sign and word of each status, and the colour that goes with them."""
    return {
        "new": (_tr("○ not begun"), "faint"),
        "running": (_tr("▶ training"), "accent"),
        "interrupted": (_tr("! interrupted"), "doubt"),
        "finished": (_tr("✓ finished"), "good"),
        "stopped": (_tr("■ stopped"), "dim"),
        "failed": (_tr("✕ failed"), "fault"),
    }


def titled(path: Path) -> str:
    """The name of a run's folder without the time in it."""
    found = _STAMPED.fullmatch(called(path))
    return f"{found['title']}{(found['fold'] or '').replace('-', ' ')}" if found else path.name


class Row(msgspec.Struct, frozen=True):
    """A run as the list shows it; ``result`` is None until it has been read."""

    path: Path
    begun: float
    result: Result | None = None
    resumable: bool = False
    overlaid: bool = False
    shown: bool = False
    """Whether the window shows this run now."""
    parent: Path | None = None
    """The run that it was forked from."""
    forked_at: int = 0
    """After which epoch of that run."""
    depth: int = 0
    """How deep it stands below others in the list."""
    goes_on: tuple[bool, ...] = ()
    """For each level down to its own: whether more rows of that level follow below it."""
    judged_by: str = AUTOMATIC
    """The metric by which its best weights are chosen."""
    waits: int = 0
    """Its number in the queue; 0: it does not wait."""
    starts: bool = False
    """Whether the window has its trainer started, of which its log does not tell yet."""

    @property
    def title(self) -> str:
        """The folder's name without the time in it."""
        return titled(self.path)

    @property
    def begun_at(self) -> QDateTime:
        """When it was begun, in the time of this place. The name says what clocks showed where that was; the file is of
        that moment, unless it was copied.
        """
        begun = QDateTime.fromSecsSinceEpoch(int(self.begun))
        found = _STAMPED.fullmatch(self.path.name)
        named = QDateTime.fromString(found["stamp"], "yyyyMMdd-HHmmss") if found else begun
        apart = abs(named.secsTo(begun))
        is_zone = apart <= _MOST_APART and (apart + _DELAY) % _ZONE_STEP <= 2 * _DELAY
        return begun if is_zone or not named.isValid() else named

    @property
    def when(self) -> str:
        """The time, and the day where that is not today."""
        begun, today, locale = self.begun_at, QDate.currentDate(), QLocale()
        time = locale.toString(begun.time(), QLocale.FormatType.ShortFormat)
        if begun.date() == today:
            return time
        day = locale.toString(begun.date(), "d MMM" if begun.date().year() == today.year() else "d MMM yyyy")
        return f"{day} {time}"

    @property
    def status(self) -> tuple[str, str]:
        """Sign and word, and the token of their colour."""
        if self.starts:
            return _tr("▶ starting"), "accent"
        if self.waits:
            return _tr("○ number {place} in the queue").format(place=self.waits), "accent"
        if self.result and self.result.waits:
            return _tr("❚❚ paused"), "doubt"
        return _status_words()[self.result.status] if self.result else ("…", "faint")

    @property
    def outcome(self) -> tuple[str, str]:
        """The metric that it is judged by, else the usual one; on the test samples once they have been tried, else on
        the validation samples: what it is of, and its value."""
        if self.result is None:
            return "", ""
        split = _tr("test") if self.result.test else _tr("validation")
        metrics = self.result.test or self.result.validation
        usual = {"accuracy": "", "mae": _tr("error"), "loss": _tr("loss")}
        names = [name for name in (self.judged_by, *usual) if name in metrics]
        if not names:
            return "", ""
        words = usual[names[0]] if names[0] in usual else translated(title_of(names[0]))
        return f"{split} {words}".strip(), metric_in_words(names[0], metrics[names[0]])

    @property
    def _metrics_in_words(self) -> str:
        """All that it was judged by, a line for each."""
        metrics = self.result.test or self.result.validation if self.result else {}
        lines = (f"{translated(title_of(name))}: {metric_in_words(name, value)}" for name, value in metrics.items())
        return "\n".join(lines)

    @property
    def effort(self) -> str:
        """Epochs and time; while it is trained, how many of how many epochs are done."""
        if self.result is None:
            return ""
        epochs = with_thousands(self.result.epochs)
        if self.result.status == "running":
            planned = with_thousands(self.result.planned)
            return _tr("{done} of {planned} epochs").format(done=epochs, planned=planned)
        if not self.result.epochs:
            return ""
        words = _tr("1 epoch") if self.result.epochs == 1 else _tr("{count} epochs").format(count=epochs)
        return f"{words} · {duration(self.result.seconds)}"

    @property
    def beginning(self) -> str:
        """Of a fork, where in the other run it begins."""
        if not self.forked_at:
            return ""
        return _tr("from epoch {epoch}").format(epoch=with_thousands(self.forked_at))

    @property
    def brief_beginning(self) -> str:
        """The same where there is little room."""
        return _tr("from {epoch}").format(epoch=with_thousands(self.forked_at)) if self.forked_at else ""

    @property
    def can_resume(self) -> bool:
        """Whether training can go on from a checkpoint."""
        return self.resumable and self.result is not None and self.result.status in ("interrupted", "stopped", "failed")

    @property
    def can_have_more(self) -> bool:
        """Whether it can be trained for more epochs than it was to have."""
        return self.resumable and self.result is not None and self.result.status != "running"

    @property
    def can_begin(self) -> bool:
        """Whether it can be trained now: from a checkpoint, or from its beginning where it never began."""
        is_new = self.result is not None and self.result.status == "new"
        return not self.starts and (self.can_resume or is_new)

    def in_words(self) -> str:
        """All of it, for the tooltip and for those who listen."""
        words = [
            called(self.path),
            _tr("shown in this window") if self.shown else "",
            moment(self.begun_at),
            f"{self.status[0]}  {self.effort}".strip(),
        ]
        words.append(" ".join(self.outcome).strip())
        words.append(self._metrics_in_words)
        if self.parent is not None:
            words.append(f"{_tr('forked from {name}').format(name=named(self.parent))} {self.beginning}".strip())
        if self.result:
            words += [translated(self.result.message), translated(self.result.fix)]
        return "\n".join(word for word in words if word)


def named(path: Path) -> str:
    """What a run is called wherever it is told from others: by its title and time, as in the list; one whose folder has
    no time in its name, as that.
    """
    if not _STAMPED.fullmatch(called(path)):
        return called(path)
    try:
        begun = (path / "project.loom").stat().st_mtime
    except OSError:
        begun = 0.0
    row = Row(path, begun)
    return f"{row.title} {row.when}"


class Reader(QObject):
    """Reads run folders in a thread: a long log takes its time, and there may be hundreds."""

    found = Signal(list)
    """A `Row` for each run of a folder, not yet read."""
    read = Signal(object, object)
    """The path of a run, and its `Row`; None: it is gone."""
    designed = Signal(object, object)
    """The path of a run, and the design that it trained; None: that cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        # What is read later is also told later: the last word about a run is the newest.
        self._turn = threading.Lock()
        self._running: dict[Path, Outline] = {}
        """Of runs that are being trained, so that only what is new is read of a log that grows."""

    def read_folder(self, folder: Path) -> None:
        """Says which runs there are, then what each came to."""
        self._beside(self._read_folder, folder)

    def read_run(self, path: Path) -> None:
        """Says what one run came to."""
        self._beside(self._read_run, path)

    def read_design(self, path: Path) -> None:
        """Says what one run trained."""
        self._beside(self._read_design, path)

    def _beside(self, work: Callable[[Path], None], path: Path) -> None:
        # The thread holds this object, which outlives the widget if need be; nothing is heard then.
        threading.Thread(target=work, args=(path,), name="run list", daemon=True).start()

    def _read_folder(self, folder: Path) -> None:
        paths = [run.path for run in runs_in(folder)]
        self.found.emit([row for path in paths if (row := _unread(path))])
        for path in paths:
            self._read_run(path)

    def _read_run(self, path: Path) -> None:
        with self._turn:
            row, run = _unread(path), Run(path)
            if row is not None:
                known = {"result": self._result(run), "resumable": run.has_checkpoint(), "judged_by": run.judged_by()}
                row = msgspec.structs.replace(row, **known)
            self.read.emit(path, row)

    def _read_design(self, path: Path) -> None:
        try:
            self.designed.emit(path, as_trained(Run(path)))
        except LayerloomError:
            self.designed.emit(path, None)

    def _result(self, run: Run) -> Result:
        outline = self._running.pop(run.path, None)
        try:
            outline = outline or run.outline()
            result = outline.result()
        except RunError as error:
            return Result("failed", message=error.message, fix=error.fix)
        if result.status == "running":
            self._running[run.path] = outline
        return result


def _unread(path: Path) -> Row | None:
    origin = Run(path).origin()
    try:
        begun = (path / "project.loom").stat().st_mtime
    except OSError:
        return None
    if origin is None:
        return Row(path, begun)
    return Row(path, begun, parent=path.parent / origin.parent, forked_at=origin.epoch)


def in_tree(rows: Sequence[Row]) -> list[Row]:
    """The newest first, and below each those that were forked from it."""
    newest_first = {row.path: row for row in sorted(rows, key=lambda row: -row.begun)}
    parents = {row.path: row.parent for row in rows if row.parent is not None}
    placed = tree(list(newest_first), parents)
    found: list[Row] = []
    below: tuple[bool, ...] = ()
    for path, depth in reversed(placed):
        goes_on = below[:depth] + (False,) * (depth - len(below))
        found.append(msgspec.structs.replace(newest_first[path], depth=depth, goes_on=goes_on))
        below = (*goes_on[: depth - 1], True) if depth else ()
    return found[::-1]


class Rows(QAbstractListModel):
    """The runs, the newest first, and below each those that were forked from it."""

    overlay_toggled = Signal(Path, bool)
    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._shown: Path | None = None
        self._starting: Path | None = None
        self._waiting: Sequence[Path] = ()

    def show_runs(self, rows: Iterable[Row]) -> None:
        """Takes the runs that are there; what is known of them already is kept."""
        known = {row.path: row for row in self._rows}
        self.beginResetModel()
        self._rows = in_tree([known.get(row.path, row) for row in rows])
        self.endResetModel()
        self.changed.emit()

    def put(self, path: Path, row: Row | None) -> None:
        """Takes what is now known of a run."""
        if path == self._starting and row is not None and row.result and row.result.status == "running":
            self._starting = None
        number = self._number(path)
        if row is None:
            self.remove(path)
        elif number is None:
            self._insert(row)
        else:
            before = self._rows[number]
            self._rows[number] = msgspec.structs.replace(
                row, overlaid=before.overlaid, depth=before.depth, goes_on=before.goes_on
            )
            self.dataChanged.emit(self.index(number), self.index(number))
        self.changed.emit()

    def _insert(self, row: Row) -> None:
        """Puts a new row where it belongs; the others keep their order, unless some belong below it."""
        rows = in_tree([*self._rows, row])
        place = next(at for at, other in enumerate(rows) if other.path == row.path)
        if [other.path for other in rows if other.path != row.path] == [other.path for other in self._rows]:
            self.beginInsertRows(QModelIndex(), place, place)
            self._rows = rows
            self.endInsertRows()
        else:
            self._reset(rows)

    def _reset(self, rows: list[Row]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def remove(self, path: Path) -> None:
        """Takes a run away; those that were forked from it then stand for themselves."""
        number = self._number(path)
        if number is not None:
            self.beginRemoveRows(QModelIndex(), number, number)
            del self._rows[number]
            self.endRemoveRows()
            rows = in_tree(self._rows)
            if rows != self._rows:
                self._reset(rows)
            self.changed.emit()

    def show_queue(self, paths: Sequence[Path]) -> None:
        """Numbers the runs that wait for their turn, in their order."""
        self._waiting = paths
        self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))
        self.changed.emit()

    def tick(self, path: Path) -> None:
        """Lays a run over, if it is in the list and not laid over yet."""
        number = self._number(path)
        if number is not None and not self._rows[number].overlaid:
            self.toggle(self.index(number))

    @property
    def overlaid(self) -> list[Path]:
        """The runs that are laid over."""
        return [row.path for row in self._rows if row.overlaid]

    @property
    def in_motion(self) -> list[Path]:
        """The runs that are being trained, as far as is known, and those that anyone may begin at any time."""
        return [row.path for row in self._rows if row.result and row.result.status in ("running", "new")]

    def row_at(self, index: AnyIndex) -> Row | None:
        """The run at an index."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        waits = self._waiting.index(row.path) + 1 if row.path in self._waiting else 0
        return msgspec.structs.replace(
            row, shown=row.path == self._shown, waits=waits, starts=row.path == self._starting
        )

    def show_starting(self, path: Path | None) -> None:
        """Tells the run whose trainer the window has started; None: there is none."""
        if path != self._starting:
            self._starting = path
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))
            self.changed.emit()

    def mark(self, path: Path | None) -> None:
        """Tells the run that the window shows from the others."""
        self._shown = path
        self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def untick(self) -> None:
        """Takes every run away that is laid over."""
        for number, row in enumerate(self._rows):
            if row.overlaid:
                self.toggle(self.index(number))

    def toggle(self, index: AnyIndex) -> None:
        """Lays a run over, or takes it away."""
        if row := self.row_at(index):
            self._rows[index.row()] = msgspec.structs.replace(row, overlaid=not row.overlaid)
            self.dataChanged.emit(index, index)
            self.overlay_toggled.emit(row.path, not row.overlaid)

    # Qt

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row_at(index)
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.title
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return row.in_words()
            case Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Checked if row.overlaid else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.UserRole:
                return row
            case _:
                return None

    def _number(self, path: Path) -> int | None:
        return next((number for number, row in enumerate(self._rows) if row.path == path), None)
