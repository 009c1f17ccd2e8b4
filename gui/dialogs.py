"""Every question the program asks. Each has one function or an ``ask``, which tests replace."""

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.datasets import Dataset
from engine.datasets.archives import SUFFIXES as ARCHIVES
from engine.datasets.files import FromFile
from engine.importers import IMPORTERS
from engine.project import SUFFIX
from engine.version import version
from gui.folds_question import FoldsQuestion
from gui.number_question import NumberQuestion
from gui.question import Question
from gui.words import with_thousands

SaveAnswer = Literal["save", "discard", "cancel"]
RecoverAnswer = Literal["recover", "discard", "later"]
ForkAnswer = Literal["fork", "unchanged", "cancel"]
TrainAnswer = Literal["queue", "beside", "cancel"]
MOST_EPOCHS = 10_000_000

CloseAnswer = Literal["keep", "stop", "cancel"]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Dialogs", text)


def ask_save(parent: QWidget, name: str) -> SaveAnswer:
    """Whether to save before the document goes."""
    answers = [("save", _tr("Save")), ("discard", _tr("Don't save")), ("cancel", _tr("Cancel"))]
    title = _tr("Save the changes to {name}?").format(name=name)
    answer = Question(parent, title, _tr("Without saving they are lost."), answers).ask()
    return answer if answer in ("save", "discard") else "cancel"


def ask_close(parent: QWidget, fold: str = "") -> CloseAnswer:
    """What becomes of a training when the window closes; ``fold``: which of a cross-validation it is."""
    answers = [
        ("keep", _tr("Close and keep training")),
        ("stop", _tr("Stop and close")),
        ("cancel", _tr("Don't close")),
    ]
    detail = _tr("It can go on without the window; the next start finds it again.")
    title = _tr("A network is still training.")
    if fold:
        title = _tr("{fold} is still training.").format(fold=fold)
        detail = _tr(
            "It can go on without the window, but the folds after it cannot: they are trained when you cross-validate "
            "this design again, which goes on where it was left."
        )
    answer = Question(parent, title, detail, answers).ask()
    return answer if answer in ("keep", "stop") else "cancel"


def ask_second_training(parent: QWidget, name: str, remark: str) -> TrainAnswer:
    """What becomes of a training that is asked for while another is under way."""
    answers = [("queue", _tr("Put into the queue")), ("beside", _tr("Start beside it")), ("cancel", _tr("Cancel"))]
    title = _tr("{name} is still training.").format(name=name)
    detail = _tr(
        "In the queue, this one starts by itself when that one has ended. Beside it, both go on at once and share the "
        "machine; the curves of the other are laid over."
    )
    answer = Question(parent, title, f"{detail} {remark}".strip(), answers).ask()
    return answer if answer in ("queue", "beside") else "cancel"


def ask_fork(parent: QWidget, title: str, details: list[str], can_start: bool, has_changes: bool) -> ForkAnswer:
    """Whether to fork a run, and whether with the changes of the design; ``details`` say from where, and which."""
    fork = _tr("Fork") if can_start else _tr("Fork into the queue")
    answers = [("fork", fork), ("cancel", _tr("Cancel"))]
    if has_changes:
        fork = _tr("Fork with these changes") if can_start else _tr("Queue with these changes")
        answers = [("fork", fork), ("unchanged", _tr("Fork without")), ("cancel", _tr("Cancel"))]
    answer = Question(parent, title, "\n".join(details), answers).ask()
    return answer if answer in ("fork", "unchanged") else "cancel"


def ask_recover(parent: QWidget, name: str, when: str) -> RecoverAnswer:
    """Whether to open work that was not saved when the program ended unexpectedly."""
    title = _tr("Recover “{name}”?").format(name=name)
    detail = _tr("Layerloom ended unexpectedly. Unsaved work from {when} is still there.").format(when=when)
    answers = [("recover", _tr("Recover")), ("discard", _tr("Discard")), ("later", _tr("Not now"))]
    answer = Question(parent, title, detail, answers).ask()
    return answer if answer in ("recover", "discard") else "later"


def ask_discard_code(parent: QWidget) -> bool:
    """Whether to give up the code that was written."""
    title, detail = _tr("Give up what you wrote?"), _tr("The layer keeps the code that it has.")
    answers = [("discard", _tr("Give up")), ("cancel", _tr("Go on writing"))]
    return Question(parent, title, detail, answers, harmless=False).ask() == "discard"


def ask_delete_run(parent: QWidget, name: str) -> bool:
    """Whether to delete a run folder for good."""
    title = _tr("Delete the run “{name}”?").format(name=name)
    detail = _tr("Its curves and trained weights are deleted for good.")
    answers = [("delete", _tr("Delete")), ("cancel", _tr("Cancel"))]
    return Question(parent, title, detail, answers, harmless=False).ask() == "delete"


def ask_overwrite(parent: QWidget, name: str) -> bool:
    """Whether to replace an existing file."""
    title = _tr("Replace “{name}”?").format(name=name)
    detail = _tr("A file of this name is there already.")
    answers = [("replace", _tr("Replace")), ("cancel", _tr("Cancel"))]
    return Question(parent, title, detail, answers, harmless=False).ask() == "replace"


def ask_overwrite_newer(parent: QWidget, name: str) -> bool:
    """Whether to replace a version of the document that something else has saved."""
    title = _tr("Replace “{name}”?").format(name=name)
    detail = _tr("It was changed by another window or program since you opened it. That version becomes the backup.")
    return Question(parent, title, detail, [("replace", _tr("Replace")), ("cancel", _tr("Cancel"))]).ask() == "replace"


def ask_open(parent: QWidget, folder: Path) -> Path | None:
    """Which project or model to open."""
    words = _tr("Projects and models ({patterns})").format(patterns=" ".join(f"*{end}" for end in IMPORTERS))
    name, _ = QFileDialog.getOpenFileName(parent, _tr("Open a project or a model"), str(folder), words)
    return Path(name) if name else None


def ask_data(parent: QWidget, folder: Path) -> Path | None:
    """Which file holds the data."""
    every = _tr("All files (*)")
    name, _ = QFileDialog.getOpenFileName(parent, _tr("Open data"), str(folder), f"{_data_files()};;{every}")
    return Path(name) if name else None


def _data_files() -> str:
    """All files that some dataset reads, for the list of a file dialog."""
    readers = [kind for kind in Dataset.kinds.values() if issubclass(kind, FromFile)]
    suffixes = dict.fromkeys((*(suffix for kind in readers for suffix in kind.suffixes), *ARCHIVES))
    patterns = " ".join(f"*{suffix}" for suffix in suffixes)
    return _tr("Data ({patterns})").format(patterns=patterns)


def ask_data_folder(parent: QWidget, folder: Path) -> Path | None:
    """Which folder holds the data."""
    name = QFileDialog.getExistingDirectory(parent, _tr("Open a folder of data"), str(folder))
    return Path(name) if name else None


def ask_missing_data(parent: QWidget, name: str, folder: Path) -> Path | None:
    """Where a file or folder is that a project needs; one without an ending is a folder."""
    title = _tr("Choose where {name} is").format(name=name)
    if not Path(name).suffix:
        found = QFileDialog.getExistingDirectory(parent, title, str(folder))
    else:
        found, _ = QFileDialog.getOpenFileName(parent, title, str(folder))
    return Path(found) if found else None


def ask_place(parent: QWidget, current: Path) -> Path | None:
    """Which file or, where a folder stands there now, which folder."""
    if current.is_dir() and current != Path.home():
        return ask_data_folder(parent, current)
    name, _ = QFileDialog.getOpenFileName(parent, _tr("Choose a file"), str(current.parent))
    return Path(name) if name else None


def ask_folds(parent: QWidget, proposed: int) -> int | None:
    """Into how many folds the samples are divided for a cross-validation."""
    return FoldsQuestion(parent, proposed).ask_count()


def ask_epochs(parent: QWidget, name: str, done: int, planned: int) -> int | None:
    """How many epochs a run is to have in all."""
    title = _tr("For how many epochs in all is {name} to be trained?").format(name=name)
    detail = _tr("{done} are done. It goes on from its last checkpoint.").format(done=with_thousands(done))
    proposed = planned if planned > done else 2 * max(1, done)
    answers = [("begin", _tr("Go on")), ("cancel", _tr("Cancel"))]
    limits = done + 1, MOST_EPOCHS
    return NumberQuestion(parent, title, detail, _tr("Epochs"), answers, limits, proposed).ask_number()


def ask_save_as(parent: QWidget, proposed: Path) -> Path | None:
    """Where to save the project; the suffix is added where it is missing."""
    words = _tr("Layerloom projects (*{suffix})").format(suffix=SUFFIX)
    name, _ = QFileDialog.getSaveFileName(parent, _tr("Save project"), str(proposed), words)
    if not name:
        return None
    path = Path(name)
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def ask_file(parent: QWidget, title: str, proposed: Path, words: str) -> Path | None:
    """Where to write an export. An existing file is asked about by the file dialog itself."""
    name, _ = QFileDialog.getSaveFileName(parent, title, str(proposed), words)
    return Path(name) if name else None


def show_about(parent: QWidget) -> None:
    """What this program is."""
    words = _tr("Design neural networks by dragging layers, train them with PyTorch and watch them learn.")
    about = Question(parent, f"Layerloom {version()}", words, [("close", _tr("Close"))])
    about.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    about.setWindowTitle(_tr("About Layerloom"))
    about.setObjectName("about")
    about.open()
