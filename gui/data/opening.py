"""What a person does with data of their own: opens a file or folder, and says where one is that has moved."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QTimer

from engine.data import Data
from engine.datasets import Dataset, Progress
from engine.datasets.files import FromFile
from engine.datasets.tables import Table
from engine.errors import LayerloomError
from engine.project import LONGEST_TITLE, Project
from engine.proposing import are_alike, fitting, proposed
from engine.report import DrawFitting
from engine.steps import proposed_steps
from gui import dialogs
from gui.data.download import progress_in_words
from gui.engine_process import Job
from gui.notice import Work
from gui.words import translated

if TYPE_CHECKING:
    from gui.window import Window

PATIENCE_MILLISECONDS = 300
"""What takes longer is shown, with a button to give it up."""


class DataOpening(QObject):
    """Has files read by the engine, one at a time, and puts what is in them into the project, as one step."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._job: Job | None = None
        self._work: Work | None = None
        self._words = ""
        self._offered = ""
        """What was said of the data that were opened last."""
        self._unfitting = ""
        """What was said of the network to which they came."""
        self._path = ""
        """Where those data are."""
        self._folder = Path.home()
        self._timer = QTimer(self, singleShot=True, interval=PATIENCE_MILLISECONDS)
        self._timer.timeout.connect(self._show_work)
        window.training.started.connect(self._withdraw)
        window.editor.project_changed.connect(self._withdraw_of_others)

    @property
    def is_busy(self) -> bool:
        """Whether something is being read."""
        return self._job is not None

    @property
    def purpose(self) -> str:
        """What becomes of data that are opened now, as a sentence."""
        if self._window.is_at_start:
            return self.tr("It becomes a project, with a small network that fits it.")
        return self.tr("It takes the place of the data of this project, in one step that can be undone.")

    def ask_file(self) -> None:
        """Asks for a file of data and opens it."""
        self._open_if(dialogs.ask_data(self._window, self._folder))

    def ask_folder(self) -> None:
        """Asks for a folder of data and opens it."""
        self._open_if(dialogs.ask_data_folder(self._window, self._folder))

    def open(self, path: Path) -> None:
        """Reads a file or folder; on the page of templates it becomes a project, else it comes into the one there is.

        What fails is said, and all stays as it was.
        """
        self._folder = path.parent
        self._window.notices.pass_by()
        words = self.tr("Reading {name}…").format(name=path.name)
        self._begin(words, self._window.services.open_data(path)).done.connect(
            partial(self._take, path.stem[:LONGEST_TITLE])
        )

    def is_missing(self) -> bool:
        """Whether the file of the project's dataset was opened once, and is not where it was."""
        dataset = self._window.editor.project.data.dataset
        return isinstance(dataset, FromFile) and bool(dataset.path and dataset.lacks) and dataset.found() is None

    def tell_missing(self) -> None:
        """Says that the file is missing, and offers to say where it is."""
        window = self._window
        window.data_panel.refresh()
        offer = (self.tr("Choose where it is…"), self.ask_missing)
        window.notices.show_refusal(LayerloomError(window.editor.project.data.dataset.lacks), offer)

    def ask_missing(self) -> None:
        """Asks where the file of the project's dataset is, and takes it if it is that one."""
        dataset = self._window.editor.project.data.dataset
        if not isinstance(dataset, FromFile):
            return
        if not dataset.path:
            self.ask_file()
            return
        path = dialogs.ask_missing_data(self._window, Path(dataset.path).name, self._folder)
        if path is not None:
            self._folder = path.parent
            words = self.tr("Reading {name}…").format(name=path.name)
            self._begin(words, self._window.services.find_data(dataset, path)).done.connect(self._find)

    def refresh(self, dataset: FromFile) -> None:
        """Looks through the file anew: a setting has changed on which depends what was found in it."""
        words = self.tr("Reading {name}…").format(name=dataset.called)
        self._begin(words, self._window.services.refresh_data(dataset)).done.connect(partial(self._renew, dataset))

    def use_column(self, name: str, kind: str) -> None:
        """Has a column of the table used in another way, as one step."""
        self._edit(
            self.tr("Use {column} as {kind}").format(column=name, kind=translated(kind)), "use_column", name, kind
        )

    def predict_column(self, name: str) -> None:
        """Has another column of the table predicted, as one step."""
        self._edit(self.tr("Predict {column}").format(column=name), "predict_column", name)

    def use_test_file(self, path: str) -> None:
        """Has a second file be for the test, or none, as one step."""
        words = (
            self.tr("Test on {name}").format(name=Path(path).name) if path else self.tr("Test on no file of its own")
        )
        self._edit(words, "use_test_file", path)

    def cancel(self) -> None:
        """Gives up what is being read."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
        self._end()

    def _open_if(self, path: Path | None) -> None:
        if path is not None:
            self.open(path)

    # The work

    def _begin(self, words: str, job: Job) -> Job:
        self.cancel()
        self._words, self._job = words, job
        job.progress.connect(self._show_progress)
        job.failed.connect(self._fail)
        self._timer.start()
        return job

    def _show_work(self) -> None:
        self._work = self._window.notices.show_work(self._words, self.cancel)

    def _show_progress(self, progress: object) -> None:
        if self._work is not None and isinstance(progress, Progress):
            self._work.show_progress(progress.done, progress.total, progress_in_words(progress))

    def _end(self) -> None:
        self._job = None
        self._timer.stop()
        work, self._work = self._work, None
        if work is not None:
            work.dismiss()

    def _fail(self, error: LayerloomError) -> None:
        self._end()
        self._window.data_panel.show_settings()
        self._window.notices.show_refusal(error)

    # What was found

    def _take(self, name: str, dataset: Dataset) -> None:
        self._end()
        self._path = _path_of(dataset)
        is_new = self._window.is_at_start
        if not is_new:
            self._put(name, dataset)
        elif not self._window.documents.show_project(proposed(fitting(dataset), name)):
            return
        if not self._window.is_looking:
            self._window.show_data()
        self._offer_examination(name, dataset)
        if is_new:
            # The offer covers where the network began.
            self._window.canvas.show_beginning()

    def _offer_examination(self, name: str, dataset: Dataset) -> None:
        """New data are best examined before a network is trained on them."""
        self._withdraw()
        if not dataset.lacks:
            self._offered = words = self.tr("Before training on {name}, it can be examined for what will hurt.").format(
                name=name
            )
            offer = (self.tr("Examine the data"), self._window.examine_data)
            self._window.notices.show_text(words, offer, kind="good")

    def _withdraw(self) -> None:
        self._window.notices.withdraw(self._offered)

    def _withdraw_of_others(self, project: Project) -> None:
        """What was offered for data that are not those of the project any more, such as after an undo, is over."""
        if _path_of(project.data.dataset) != self._path:
            self._withdraw()
            self._window.notices.withdraw(self._unfitting)

    def _put(self, name: str, dataset: Dataset) -> None:
        """Lets the project use it; where nothing is drawn yet or it was drawn for data of another kind, a network that
        fits is on offer.
        """
        editor, before = self._window.editor, self._window.editor.project
        words = self.tr("Use {dataset}").format(dataset=name)
        editor.attempt_whole(words, lambda project: _named(project, name).with_data(_with_other(project, dataset)))
        self._window.notices.withdraw(self._unfitting)
        if not before.network.nodes:
            self._offer_network(self.tr("{name} is open.").format(name=name), "good")
        elif not are_alike(before.data, editor.project.data):
            self._offer_network(self.tr("{name} is open. The network was drawn for other data.").format(name=name))

    def _offer_network(self, words: str, kind: str = "doubt") -> None:
        self._unfitting = words
        offer = (self.tr("Draw a network that fits"), self._draw)
        self._window.notices.show_text(words, offer, kind=kind)

    def _draw(self) -> None:
        """Draws the network that is proposed for the data."""
        if self._window.editor.attempt_whole(translated(DrawFitting().label), _drawn):
            self._window.canvas.fit()

    def _renew(self, asked: FromFile, dataset: Dataset) -> None:
        """Takes what was found, as a part of the edit that made it necessary. Of older settings it comes too late."""
        self._end()
        editor = self._window.editor
        if editor.project.data.dataset == asked:
            editor.apply_along(self.tr("Read the file anew"), _changed(editor.project, dataset))

    def _edit(self, words: str, service: str, *arguments: str) -> None:
        """Has a service change the table; it may have to look into the file."""
        table = self._window.editor.project.data.dataset
        if isinstance(table, Table):
            job = getattr(self._window.services, service)(table, *arguments)
            self._begin(words, job).done.connect(partial(self._take_edit, words, table))

    def _take_edit(self, words: str, asked: Table, dataset: Dataset) -> None:
        self._end()
        if self._window.editor.project.data.dataset == asked:
            self._window.editor.attempt_whole(words, lambda project: _changed(project, dataset))

    def _find(self, dataset: Dataset) -> None:
        self._end()
        words = self.tr("Say where {dataset} is").format(dataset=translated(dataset.title))
        self._window.editor.attempt_whole(words, lambda project: project.with_data(_with_dataset(project, dataset)))


def _path_of(dataset: Dataset) -> str:
    return dataset.path if isinstance(dataset, FromFile) else ""


def _named(project: Project, name: str) -> Project:
    """A project that was called after the data that it had is called after those that take their place."""
    was = Path(_path_of(project.data.dataset)).stem[:LONGEST_TITLE]
    return msgspec.structs.replace(project, title=name) if was and project.title == was else project


def _drawn(project: Project) -> Project:
    """With the network that is proposed for its data, and called after them: what it was called and what was said of it
    is of the network that was there.
    """
    title = Path(_path_of(project.data.dataset)).stem[:LONGEST_TITLE] or project.title
    return msgspec.structs.replace(DrawFitting().apply(project), title=title, description="")


def _with_dataset(project: Project, dataset: Dataset) -> Data:
    return project.data.with_setting("dataset", dataset)


def _with_other(project: Project, dataset: Dataset) -> Data:
    """Other samples, with the steps that they need."""
    return project.data.with_other(dataset).with_setting("steps", fitting(dataset).steps)


def _with_new(project: Project, dataset: Dataset) -> Data:
    """The same samples in another form, with the steps that these need."""
    return project.data.with_settings({"dataset": dataset, "steps": fitting(dataset).steps})


def _changed(project: Project, dataset: Dataset) -> Project:
    """The project with its dataset in another form. A network that was proposed while nothing was to be predicted yet
    is proposed anew.
    """
    data = _with_changed(project, dataset)
    if project.data.dataset.lacks and project.network == proposed(project.data).network:
        now = proposed(data)
        return project.with_data(data).with_network(now.network).with_training(now.training)
    return project.with_data(data)


def _with_changed(project: Project, dataset: Dataset) -> Data:
    """The same dataset in another form. Steps that are as they were proposed are proposed anew."""
    data = project.data
    is_proposed = data.steps == proposed_steps(data.dataset)
    return _with_new(project, dataset) if is_proposed else _with_dataset(project, dataset)
