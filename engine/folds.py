"""Cross-validation: one training for each fold, and what they come to together.

The runs lie in one folder as ``fold-1``, ``fold-2`` …; ``cross-validation.json`` beside them holds mean and standard
deviation of each metric. Nothing here needs torch.
"""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from engine.disk import write_atomically
from engine.errors import LayerloomError, RunError
from engine.events import Metrics
from engine.metrics import described, title_within
from engine.project import Project
from engine.runs import Run, runs_in, unwritable
from engine.spec import as_percent

SUMMARY = "cross-validation.json"
FIRST = "fold-1"
USUAL = 5


class Over(msgspec.Struct, frozen=True):
    """A metric over the folds: its mean, its standard deviation (of a sample, n − 1) and the value of each fold."""

    mean: float
    deviation: float
    values: tuple[float, ...]


class CrossValidation(msgspec.Struct, frozen=True):
    """What the test of each fold came to, by the names of its metrics."""

    folds: int
    runs: tuple[str, ...]
    test: dict[str, Over]

    def in_words(self) -> list[str]:
        """``accuracy 79.80 % ± 1.12 %``, a line for each metric."""
        return [f"{title_within(name)} {_in_words(name, found)}" for name, found in self.test.items()]


def of_fold(project: Project, fold: int, folds: int) -> Project:
    """The project whose test part is this fold. Raises `DataError` where the samples cannot be divided."""
    made = project.with_data(replace(project.data, folds=folds, fold=fold))
    made.data.check_split()
    return made


def run_of_fold(project: Project, folder: Path, fold: int, folds: int) -> Run:
    """The run of a fold: the one begun already, or a new one. Raises `RunError`, `DataError`."""
    path, wanted = folder / f"fold-{fold}", of_fold(project, fold, folds)
    if not (path / "project.loom").is_file():
        return Run.create(path, wanted)
    run = Run.open(path)
    if not run.project().trains_as(wanted):
        raise RunError(
            f"{path} holds another training.",
            expected="The runs of a cross-validation are all of one project.",
            fix="Choose another folder.",
        )
    return run


def begun_in(folder: Path, project: Project, folds: int) -> Path | None:
    """Where among the runs a cross-validation of this very design into so many folds was begun last; None: nowhere.

    Raises `DataError` where the samples cannot be divided.
    """
    wanted = of_fold(project, 1, folds)
    for run in runs_in(folder):
        if run.name == FIRST and _is_of(run, wanted):
            return run.path.parent
    return None


def is_current(trained: Project, project: Project) -> bool:
    """Whether what was trained is the project as it is, or a fold of it."""
    data = trained.data
    if not data.fold or project.data.fold:
        return trained.trains_as(project)
    return trained.trains_as(project.with_data(replace(project.data, folds=data.folds, fold=data.fold)))


def _is_of(run: Run, wanted: Project) -> bool:
    try:
        return run.project().trains_as(wanted)
    except LayerloomError:
        # What cannot be read is nothing to go on with.
        return False


def is_finished(run: Run) -> bool:
    """Whether a fold need not be trained any more. Raises `RunError`."""
    return run.result().status == "finished"


def summary(runs: Sequence[Run]) -> CrossValidation:
    """What finished runs of all folds come to. Raises `RunError`."""
    tests: list[Metrics] = [run.result().test for run in runs]
    common = [name for name in (tests[0] if tests else ()) if all(name in test for test in tests)]
    found = {name: _over([test[name] for test in tests]) for name in common}
    return CrossValidation(len(runs), tuple(run.name for run in runs), found)


def write(found: CrossValidation, folder: Path) -> None:
    """Writes the summary beside the runs. Raises `RunError`."""
    content = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    try:
        write_atomically(folder / SUMMARY, lambda file: file.write_bytes(content))
    except OSError as fault:
        raise unwritable(folder, fault) from None


def as_document(found: CrossValidation) -> dict[str, Any]:
    """As ``--json`` prints it."""
    return msgspec.to_builtins(found)


def _over(values: Sequence[float]) -> Over:
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return Over(statistics.fmean(values), deviation, tuple(values))


def _in_words(name: str, found: Over) -> str:
    figure = described(name)
    if figure and figure.percent:
        return f"{as_percent(found.mean, 2)} ± {as_percent(found.deviation, 2)}"
    return f"{found.mean:.4g} ± {found.deviation:.2g}"
