"""In which folder the command line trains a project: a new one, or that in which the very same was left off."""

# ruff: noqa: T201 — it says with which run it goes on.

import sys
from pathlib import Path

from engine.datasets.fetching import MIRROR
from engine.datasets.files import PUBLISHED, FromFile
from engine.errors import DataError
from engine.project import Project, to_json
from engine.runs import Run, new_run_path, runs_in

RUNS = Path("runs")


def run_for(project: Project, folder: Path | None, name: str, *, anew: bool) -> Run:
    """The run in the folder, or else in `RUNS`, that goes on with this project, or a new one. Raises `RunError`."""
    if folder is not None:
        taken_up = _is_run_of(folder, project) and (Run(folder).has_checkpoint() or _never_began(folder))
        return Run.open(folder) if taken_up else Run.create(folder, project)
    if not anew and (left := _left_off(project)):
        if left.has_checkpoint():
            print(f"Going on with {left.path}; --new begins anew.", file=sys.stderr)
        return left
    return Run.create(new_run_path(RUNS, project.title or name), project)


def check_there(project: Project, *, has_begun: bool = False) -> None:
    """Raises `DataError` where the file or folder of the data is not chosen, or not there."""
    dataset = project.data.dataset
    if isinstance(dataset, FromFile) and dataset.path not in PUBLISHED and dataset.found() is None:
        fix = "Say where it is: --set data.dataset.path=FILE."
        if has_begun:
            fix = f"Put it back, or let {MIRROR} name the folder where it is now."
        raise DataError(dataset.lacks, fix=fix)


def _left_off(project: Project) -> Run | None:
    """The newest run of this very project, if it was interrupted or stopped, or failed before it came to anything: a
    finished one is not begun again.
    """
    newest = next((run for run in runs_in(RUNS) if _is_run_of(run.path, project)), None)
    if newest is None:
        return None
    left = ("interrupted", "stopped") if newest.has_checkpoint() else ("interrupted", "failed")
    return newest if newest.result().status in left else None


def _is_run_of(folder: Path, project: Project) -> bool:
    """Whether the folder is a run of this very project."""
    file = folder / "project.loom"
    return file.is_file() and file.read_bytes() == to_json(project)


def _never_began(folder: Path) -> bool:
    """Whether the training in this folder came to nothing: a download failed, say."""
    return not any((folder / "checkpoints").glob("*.safetensors"))
