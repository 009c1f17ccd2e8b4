"""What else may be written of a run beside its log, for those who read it with other tools."""

import importlib.util
from typing import ClassVar

from engine.spec import Spec, text


class LogCopy(Spec, frozen=True):
    """Base of all forms in which a log is written once more. `engine.copying` writes them."""

    name: ClassVar[str]
    """What the command line calls it."""

    @property
    def lacks(self) -> str:
        """Why it cannot be written here, and what to do, in a sentence; empty: it can."""
        return ""


class Csv(LogCopy, frozen=True):
    """Tables for a spreadsheet or pandas: csv/steps.csv, epochs.csv, watched.csv and result.csv in the run's folder."""

    title = "CSV files"
    name = "csv"


class TensorBoard(LogCopy, frozen=True):
    """Event files in the folder of the run; see them with tensorboard --logdir and the folder of all runs."""

    name = "tensorboard"


class Mlflow(LogCopy, frozen=True):
    """A run of MLflow, with the settings of the training, on a server or in a folder."""

    title = "MLflow"
    name = "mlflow"

    tracking_uri: str = text(
        "", help="Address of a server, or a folder; empty: what MLFLOW_TRACKING_URI says, or mlruns beside the runs."
    )
    experiment: str = text("Layerloom", help="Name of the experiment that the run belongs to.")

    @property
    def lacks(self) -> str:
        found = importlib.util.find_spec("mlflow")
        # A folder of its name, such as one with runs of MLflow, is not the package.
        if found is not None and found.origin is not None:
            return ""
        return 'MLflow is not installed here: install it with pip install "layerloom[mlflow]".'


def by_name() -> dict[str, type[LogCopy]]:
    """All of them by what the command line calls them."""
    return {kind.name: kind for kind in LogCopy.kinds.values() if issubclass(kind, LogCopy)}
