"""The runs of a folder as rows of a list: read beside the window, the newest first."""

import re
import threading
from collections.abc import Callable, Iterable
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

from engine.errors import RunError
from engine.metrics import title_of
from engine.runs import Result, Run, Status, called, runs_in
from gui.words import duration, metric_in_words, translated, with_thousands

AnyIndex = QModelIndex | QPersistentModelIndex

_STAMPED = re.compile(r"(?P<title>.+)-(?P<stamp>\d{8}-\d{6})(-\d+)?(?P<fold> fold-\d+)?")


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


class Row(msgspec.Struct, frozen=True):
    """A run as the list shows it; ``result`` is None until it has been read."""

    path: Path
    begun: float
    result: Result | None = None
    resumable: bool = False
    overlaid: bool = False
    shown: bool = False
    """Whether the window shows this run now."""

    @property
    def title(self) -> str:
        """The folder's name without the time in it."""
        found = _STAMPED.fullmatch(called(self.path))
        return f"{found['title']}{(found['fold'] or '').replace('-', ' ')}" if found else self.path.name

    @property
    def begun_at(self) -> QDateTime:
        """When it was begun."""
        found = _STAMPED.fullmatch(self.path.name)
        if found:
            return QDateTime.fromString(found["stamp"], "yyyyMMdd-HHmmss")
        return QDateTime.fromSecsSinceEpoch(int(self.begun))

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
        return _status_words()[self.result.status] if self.result else ("…", "faint")

    @property
    def outcome(self) -> tuple[str, str]:
        """The metric that counts, on the test samples once they have been tried, else on the validation samples:
        what it is of, and its value."""
        if self.result is None:
            return "", ""
        split = _tr("test") if self.result.test else _tr("validation")
        metrics = self.result.test or self.result.validation
        for name, words in (("accuracy", ""), ("mae", _tr("error")), ("loss", _tr("loss"))):
            if name in metrics:
                return f"{split} {words}".strip(), metric_in_words(name, metrics[name])
        return "", ""

    @property
    def _metrics_in_words(self) -> str:
        """All that it was judged by, a line for each."""
        metrics = self.result.test or self.result.validation if self.result else {}
        lines = (f"{translated(title_of(name))}: {metric_in_words(name, value)}" for name, value in metrics.items())
        return "\n".join(lines)

    @property
    def effort(self) -> str:
        """Epochs and time."""
        if self.result is None or not self.result.epochs:
            return ""
        epochs = with_thousands(self.result.epochs)
        words = _tr("1 epoch") if self.result.epochs == 1 else _tr("{count} epochs").format(count=epochs)
        return f"{words} · {duration(self.result.seconds)}"

    @property
    def can_resume(self) -> bool:
        """Whether training can go on from a checkpoint."""
        return self.resumable and self.result is not None and self.result.status in ("interrupted", "stopped", "failed")

    def in_words(self) -> str:
        """All of it, for the tooltip and for those who listen."""
        when = QLocale().toString(self.begun_at, QLocale.FormatType.ShortFormat)
        words = [
            called(self.path),
            _tr("shown in this window") if self.shown else "",
            when,
            f"{self.status[0]}  {self.effort}".strip(),
        ]
        words.append(" ".join(self.outcome).strip())
        words.append(self._metrics_in_words)
        if self.result:
            words += [translated(self.result.message), translated(self.result.fix)]
        return "\n".join(word for word in words if word)


class Reader(QObject):
    """Reads run folders in a thread: a long log takes its time, and there may be hundreds."""

    found = Signal(list)
    """A `Row` for each run of a folder, not yet read."""
    read = Signal(object, object)
    """The path of a run, and its `Row`; None: it is gone."""

    def __init__(self) -> None:
        super().__init__()
        # What is read later is also told later: the last word about a run is the newest.
        self._turn = threading.Lock()

    def read_folder(self, folder: Path) -> None:
        """Says which runs there are, then what each came to."""
        self._beside(self._read_folder, folder)

    def read_run(self, path: Path) -> None:
        """Says what one run came to."""
        self._beside(self._read_run, path)

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
                row = msgspec.structs.replace(row, result=_result(run), resumable=run.has_checkpoint())
            self.read.emit(path, row)


def _result(run: Run) -> Result:
    try:
        return run.result()
    except RunError as error:
        return Result("failed", message=error.message, fix=error.fix)


def _unread(path: Path) -> Row | None:
    try:
        return Row(path, (path / "project.loom").stat().st_mtime)
    except OSError:
        return None


class Rows(QAbstractListModel):
    """The runs, the newest first."""

    overlay_toggled = Signal(Path, bool)
    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._shown: Path | None = None

    def show_runs(self, rows: Iterable[Row]) -> None:
        """Takes the runs that are there; what is known of them already is kept."""
        known = {row.path: row for row in self._rows}
        self.beginResetModel()
        self._rows = [known.get(row.path, row) for row in rows]
        self.endResetModel()
        self.changed.emit()

    def put(self, path: Path, row: Row | None) -> None:
        """Takes what is now known of a run."""
        number = self._number(path)
        if row is None:
            self.remove(path)
        elif number is None:
            place = sum(other.begun > row.begun for other in self._rows)
            self.beginInsertRows(QModelIndex(), place, place)
            self._rows.insert(place, row)
            self.endInsertRows()
        else:
            self._rows[number] = msgspec.structs.replace(row, overlaid=self._rows[number].overlaid)
            self.dataChanged.emit(self.index(number), self.index(number))
        self.changed.emit()

    def remove(self, path: Path) -> None:
        """Takes a run away."""
        number = self._number(path)
        if number is not None:
            self.beginRemoveRows(QModelIndex(), number, number)
            del self._rows[number]
            self.endRemoveRows()
            self.changed.emit()

    def row_at(self, index: AnyIndex) -> Row | None:
        """The run at an index."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        return msgspec.structs.replace(row, shown=row.path == self._shown)

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
