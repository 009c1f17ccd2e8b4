"""Everything that works beside the window: the engine process, one for longer jobs, and the trainers."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.data import Data
from engine.datasets import Dataset
from engine.datasets.files import FromFile
from engine.datasets.tables import Table
from engine.graph import Graph
from engine.project import Project
from engine.runs import Run
from gui.engine_process import Analyst, EngineProcess, Job
from gui.training_thread import SpareTrainer, TrainingThread


class Services(QObject):
    """Starts what the window needs after its first picture, and ends it with the window.

    Analyses have a process to themselves, so that no preview or export keeps an edit waiting; so have downloads,
    so has the opening of data, which may be given up, and so has looking at them.
    """

    ready = Signal()
    """Analyses are answered at once from now on."""
    trainer_ready = Signal()
    """Training starts at once from now on."""
    devices_found = Signal(object)
    """The list of the `Device`s of this machine."""

    def __init__(self, *, in_thread: bool = False, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._in_thread = in_thread
        self._analysis = EngineProcess(self)
        self.jobs = EngineProcess(self)
        self._downloads = EngineProcess(self)
        self._examiner = EngineProcess(self)
        self._pilot = EngineProcess(self, trains=True)
        self._openings = EngineProcess(self)
        self._looking = EngineProcess(self)
        self._logs = EngineProcess(self)
        self._tables = EngineProcess(self)
        self._decoding: Job | None = None
        self.analyst = Analyst(self._analysis, self)
        self.forecaster = Analyst(self._analysis, self)
        self._spare = SpareTrainer(self)
        self._analysis.ready.connect(self._find_devices)
        self._analysis.ready.connect(self.ready)
        self._spare.ready.connect(self.trainer_ready)

    def start(self) -> None:
        """Warms everything up, unasked."""
        self._analysis.start()
        if not self._in_thread:
            # One after the other: both load torch, and a person sees shapes before pressing Train.
            self._analysis.ready.connect(self._spare.prepare)

    def allow(self, digests: frozenset[str]) -> None:
        """Lets the code of these digests run from here on, in whatever is asked next."""
        for process in (self._analysis, self.jobs, self._pilot):
            process.allowed = digests

    def close(self) -> None:
        """Ends the processes; trainings go on."""
        self._spare.close()
        self._analysis.close()
        self.jobs.close()
        self._downloads.close()
        self._examiner.close()
        self._pilot.close()
        self._openings.close()
        self._looking.close()
        self._logs.close()
        self._tables.close()

    def trainer_for(self, run: Run, changes: Mapping[str, Any] | None = None) -> TrainingThread:
        """A thread that has the run trained, from its beginning or its last checkpoint, with these settings changed."""
        allowed = self._analysis.allowed
        return TrainingThread(run, self._spare, in_thread=self._in_thread, allowed=allowed, changes=changes)

    def attached_to(self, run: Run) -> TrainingThread:
        """A thread that follows a trainer which is already at work."""
        return TrainingThread.attached(run)

    def preview(self, data: Data) -> Job:
        """Real samples of the data and what is known of them: a `Preview`, with `Progress` while they are decoded.

        One that still decodes is given up for it.
        """
        if self._decoding is not None:
            self._decoding.cancel()
            self._decoding = None
        job = self.jobs.submit("engine.preview:previewed", data)
        job.progress.connect(partial(self._note_decoding, job))
        job.done.connect(self._forget_decoding)
        job.failed.connect(self._forget_decoding)
        return job

    def open_data(self, path: Path) -> Job:
        """Finds out what is in a file or folder: a `Dataset`, with `Progress` of what is large."""
        return self._openings.submit("engine.datasets.files:opening_data", str(path))

    def find_data(self, dataset: FromFile, path: Path) -> Job:
        """Looks whether a file is the one that a dataset misses: the `Dataset` that reads it from there."""
        return self._openings.submit("engine.datasets.relocating:relocated", dataset, str(path))

    def refresh_data(self, dataset: FromFile) -> Job:
        """Looks through the file of a dataset anew, with settings that have changed: a `Dataset`."""
        return self._openings.submit("engine.datasets.files:refreshed", dataset)

    def look(self, function: str, *arguments: Any) -> Job:
        """Has a function of `engine.looking` look at data, in a process of its own that keeps what it has read."""
        return self._looking.submit(function, *arguments)

    def examine(self, data: Data) -> Job:
        """What will hurt in the data: `Findings`, with `Progress`, in place of any other that is looked for."""
        self._examiner.cancel()
        return self._examiner.submit("engine.doctor:examine", data)

    def cancel_examination(self) -> None:
        """Ends an examination."""
        self._examiner.cancel()

    def try_out(self, project: Project) -> Job:
        """What a training would do: `Preflight`, with `Progress`, in place of any other that is tried."""
        self._pilot.cancel()
        return self._pilot.submit("engine.preflight:preflight", project)

    def cancel_trial(self) -> None:
        """Ends a pre-flight."""
        self._pilot.cancel()

    def variants(self, data: Data, row: int) -> Job:
        """What augmentation makes of a training sample: `Variants`, and before it as many as there are by then."""
        return self.jobs.submit("engine.variants:varying", data, row)

    def use_column(self, table: Table, name: str, kind: str) -> Job:
        """Has a column of a table used in another way: a `Dataset`."""
        return self._openings.submit("engine.datasets.tables.editing:with_column_kind", table, name, kind)

    def predict_column(self, table: Table, name: str) -> Job:
        """Has another column of a table predicted: a `Dataset`."""
        return self._openings.submit("engine.datasets.tables.editing:with_target", table, name)

    def use_test_file(self, table: Table, path: str) -> Job:
        """Has a second file of a table be for the test, or none: a `Dataset`."""
        return self._openings.submit("engine.datasets.tables.editing:with_test_file", table, path)

    def tidy(self, network: Graph, node_ids: Iterable[str] | None) -> Job:
        """Lays out a network, or these nodes of it: a `Graph`."""
        return self.jobs.submit("engine.tidy:tidied", network, node_ids)

    def import_model(self, path: Path) -> Job:
        """Draws the network that a model file holds: a `Project`."""
        return self.jobs.submit("engine.importers:read", path)

    def adapt(self, project: Project, classes: int, size: int, channels: int) -> Job:
        """Has a template for other images and other classes: a `Project`."""
        return self._analysis.submit("engine.adapting:adapted", project, classes, size, channels)

    def download(self, dataset: Dataset) -> Job:
        """Brings a dataset to this machine, with `Progress`, in place of any other that is under way."""
        self._downloads.cancel()
        return self._downloads.submit("engine.datasets:fetch", dataset)

    def cancel_download(self) -> None:
        """Ends a download; what has arrived is kept for the next try."""
        self._downloads.cancel()

    def read_log(self, run: Run) -> Job:
        """Has the digest of a long log written, with `Progress`."""
        return self._logs.submit("engine.digest:bring_up_to_date", run.log)

    def save_table(self, run: Run, path: Path, smoothing: float) -> Job:
        """Writes the curves of a run as CSV, with `Progress`, in a process of its own, as it may take minutes."""
        return self._tables.submit("engine.tabulating:tabulated", run, path, smoothing)

    def _note_decoding(self, job: Job, _: object) -> None:
        self._decoding = job

    def _forget_decoding(self) -> None:
        self._decoding = None

    def _find_devices(self) -> None:
        self._analysis.submit("engine.devices:devices").done.connect(self.devices_found)
