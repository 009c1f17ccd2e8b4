"""What panels ask the engine processes: to look at the data, to examine and fetch them, to try a training out."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.data import Data
from engine.datasets import Dataset
from engine.project import Project

if TYPE_CHECKING:
    from gui.window import Window


class Enquiries(QObject):
    """Hands each question of a panel on, and the answer back to it."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._services = window.services
        self._data, self._doctor, self._trial = window.data_panel, window.doctor_page, window.training_panel.preflight
        self._data.preview_asked.connect(self._preview)
        self._data.augmenting.variants_asked.connect(self._vary)
        self._data.download_asked.connect(self._download)
        self._data.cancel_asked.connect(self._services.cancel_download)
        self._doctor.examine_asked.connect(self._examine)
        self._doctor.cancel_asked.connect(self._services.cancel_examination)
        self._trial.asked.connect(self._try_out)
        self._trial.cancel_asked.connect(self._services.cancel_trial)

    def _preview(self, data: Data) -> None:
        job = self._services.preview(data)
        job.progress.connect(self._data.show_reading)
        job.done.connect(self._data.show_preview)
        job.failed.connect(self._data.show_failure)

    def _vary(self, data: Data, row: int) -> None:
        job = self._services.variants(data, row)
        job.progress.connect(partial(self._data.augmenting.show_some, data))
        job.done.connect(partial(self._data.augmenting.show_variants, data))
        job.failed.connect(partial(self._data.augmenting.show_failure, data))

    def _download(self, dataset: Dataset) -> None:
        job = self._services.download(dataset)
        job.progress.connect(self._data.show_progress)
        job.done.connect(self._data.refresh)
        job.failed.connect(self._data.show_download_failure)

    def _examine(self, data: Data) -> None:
        job = self._services.examine(data)
        job.progress.connect(self._doctor.show_progress)
        job.done.connect(self._doctor.show_findings)
        job.failed.connect(self._doctor.show_failure)

    def _try_out(self, project: Project) -> None:
        job = self._services.try_out(project)
        job.progress.connect(self._trial.show_progress)
        job.done.connect(self._trial.show_found)
        job.failed.connect(self._trial.show_failure)
