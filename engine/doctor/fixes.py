"""The edits that mend data. Each changes the project alone, never a file, and is undone as any other."""

from typing import Any, cast

import numpy as np
from msgspec.structs import replace

from engine.data import Data
from engine.datasets.tables import Table
from engine.doctor.case import Case
from engine.excluded import joined, spelled
from engine.project import Project
from engine.report import Fix
from engine.seals import Seal, sealed
from engine.splits import ByTime
from engine.steps import DropColumns, Step, TableStep


class LeaveOut(Fix, frozen=True):
    """Training samples that are not to be used: their numbers, from 0, as `engine.excluded` writes them."""

    rows: tuple[str, ...]
    words: str
    seal: Seal | None = None

    @property
    def label(self) -> str:
        return self.words

    def apply(self, project: Project) -> Project:
        data = project.data
        excluded = joined(data.excluded, self.rows)
        before = Seal.read(data.excluded_as, data.excluded)
        widest = max(filter(None, (before, self.seal)), key=lambda seal: seal.count, default=None)
        words = widest.written(excluded) if widest else ""
        return project.with_data(replace(data, excluded=excluded, excluded_as=words))


class AddStep(Fix, frozen=True):
    """A step of the preparation, as the first or the last one."""

    step: Step
    first: bool = False

    @property
    def label(self) -> str:
        return f"Add “{self.step.title}”"

    def apply(self, project: Project) -> Project:
        steps = project.data.steps
        if self.step in steps:
            return project
        return project.with_data(
            replace(project.data, steps=(self.step, *steps) if self.first else (*steps, self.step))
        )


class IgnoreColumn(Fix, frozen=True):
    """A column that is not to be an input."""

    column: str

    @property
    def label(self) -> str:
        return "Ignore this column"

    def apply(self, project: Project) -> Project:
        table = project.data.dataset
        if isinstance(table, Table) and self.column == table.target:
            return project
        data = _without_mention(project.data, self.column)
        if not isinstance(table, Table):
            return project.with_data(replace(data, steps=(DropColumns((self.column,)), *data.steps)))
        columns = tuple(
            replace(column, kind="ignore", reason="The examination of the data advised it.")
            if column.name == self.column
            else column
            for column in table.columns
        )
        return project.with_data(replace(data, dataset=replace(table, columns=columns)))


class SplitByTime(Fix, frozen=True):
    """The latest samples for the test."""

    column: str

    @property
    def label(self) -> str:
        return "Split by time"

    def apply(self, project: Project) -> Project:
        return project.with_data(replace(project.data, split=ByTime(self.column)))


def _without_mention(data: Data, column: str) -> Data:
    """With no step that names the column; one that named it alone is gone."""
    kept = (_unmentioned(step, column) for step in data.steps)
    return replace(data, steps=tuple(step for step in kept if step is not None))


def _unmentioned(step: Step, column: str) -> Step | None:
    if not isinstance(step, TableStep) or column not in step.columns:
        return step
    left = tuple(name for name in step.columns if name != column)
    return cast("Step", replace(cast("Any", step), columns=left)) if left else None


def leave_out(case: Case, places: np.ndarray, what: str) -> LeaveOut | None:
    """Leaves the samples at these places out; ``what`` names them on the button. None: there are too many scattered
    ones.
    """
    rows = case.rows[places]
    entries = spelled(rows)
    if entries is None:
        return None
    return LeaveOut(entries, f"Leave out {what}", sealed(case.dataset, case.loaded, int(rows.max())))
