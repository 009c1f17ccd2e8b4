"""Every step of preparing samples, a file per kind. Importing this package fills `Step.kinds`, in this order."""

# ruff: noqa: I001 — the order of these imports is the order of the list that people choose from.

from engine.steps.fitted import AnyFitted, Fitted, ScaledImages
from engine.steps.step import Step, TableStep
from engine.steps.missing import DropMissing, FillMissing
from engine.steps.categories import Embed, OneHot, unseen
from engine.steps.numbers import Bins, Clip, Logarithm, MinMax, Robust, Standardise
from engine.steps.columns import DropColumns
from engine.steps.images import Grey, NormaliseImages, Resize
from engine.steps.fitting import Misfit, layouts, misfit, proposed_steps, unfilled

__all__ = [
    "AnyFitted",
    "Bins",
    "Clip",
    "DropColumns",
    "DropMissing",
    "Embed",
    "FillMissing",
    "Fitted",
    "Grey",
    "Logarithm",
    "MinMax",
    "Misfit",
    "NormaliseImages",
    "OneHot",
    "Resize",
    "Robust",
    "ScaledImages",
    "Standardise",
    "Step",
    "TableStep",
    "layouts",
    "misfit",
    "proposed_steps",
    "unfilled",
    "unseen",
]
