"""Readable PyTorch source: the network as a class, and the script that trains it. Both need torch alone."""

import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.datasets import Samples
from engine.errors import ExportError
from engine.export.exporter import Exporter
from engine.export.pt import write_tensors
from engine.export.scripts import model_script, training_script

if TYPE_CHECKING:
    from torch import Tensor

    from engine.export.model import Model


MOST_STREAMED = 10_000
"""Of samples that do not fit into memory, these many of each part go with the script."""


class Python(Exporter, frozen=True):
    """PyTorch source as a person writes it, its weights, its data, and a script that trains it; needs torch alone."""

    title = "PyTorch source"
    name = "python"
    suffix = ".py"
    writes = (".py", ".pt", "_train.py", "_data.pt")

    @classmethod
    def suggested(cls, name: str) -> str:
        """So that ``from digits_1 import Digits`` can be written."""
        module = re.sub(r"\W", "_", name)
        return module if module.isidentifier() else f"model_{module}"

    def check(self, path: Path) -> None:
        if path.suffix != self.suffix:
            raise ExportError(f"Python cannot import {path.name}.", fix=f"Let the name end in {self.suffix}.")
        if "." in path.stem or path.stem in {*sys.stdlib_module_names, "torch", "numpy"}:
            raise ExportError(
                f"Python cannot import a file called {path.name}.",
                expected="The name must hold no other dot and not be that of a library.",
                fix="Choose another name.",
            )

    def write(self, model: "Model", path: Path) -> None:
        module, weights, script, data = self.files(path)
        module.write_text(model_script(model, weights.name), encoding="utf-8")
        write_tensors(model.network.state_dict(), weights)
        script.write_text(training_script(model, path.stem), encoding="utf-8")
        samples = model.prepared
        parts = {"train": samples.train, "validation": samples.validation, "test": samples.test}
        write_tensors({name: _tensors(part) for name, part in parts.items()}, data)

    def answers(self, model: "Model", path: Path) -> np.ndarray:
        spec = importlib.util.spec_from_file_location("layerloom_exported", path)
        if spec is None or spec.loader is None:
            raise ExportError(f"Python cannot import {path.name}.", fix="Choose another name.")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return model.asked(module.load())


def _tensors(samples: Samples) -> "tuple[Tensor, Tensor]":
    import torch

    if samples.is_streamed:
        samples = samples.read(np.linspace(0, len(samples) - 1, min(MOST_STREAMED, len(samples))).astype(np.int64))
    return torch.from_numpy(samples.inputs), torch.from_numpy(samples.targets)
