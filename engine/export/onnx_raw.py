"""ONNX with all that comes before the network: raw samples in, answers in the units of the data out."""

from typing import TYPE_CHECKING

import numpy as np

from engine.export.onnx import Onnx
from engine.export.preparation import calls_of, prepared

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import Tensor, nn

    from engine.export.model import Model


class OnnxRaw(Onnx, frozen=True):
    """ONNX with the preparation inside: it takes samples as they were read and does steps and scaling itself."""

    title = "ONNX with preparation"
    name = "onnx-raw"
    tells_scaling_in = ""

    def traced(self, model: "Model") -> "tuple[nn.Module, Tensor]":
        import torch

        return _whole(model), torch.from_numpy(np.repeat(model.raw[:1], 2, axis=0))

    def answers(self, model: "Model", path: "Path") -> np.ndarray:
        return model.preprocessing.targets.apply(self.asked(path, model, model.raw))

    def expected(self, model: "Model") -> np.ndarray:
        return model.read_answers


def _whole(model: "Model") -> "nn.Module":
    """The network between its preparation and the units of its answers, in eval mode."""
    import torch
    from torch import nn

    from engine.scoring import reader

    known, read = model.preprocessing, reader(model.project)
    calls, inputs = calls_of(known), known.inputs.arrays(len(known.network_shape))
    targets = known.targets.arrays(model.answers.ndim - 1)

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = model.network

        def forward(self, x: "torch.Tensor") -> "torch.Tensor":
            offset, scale = map(torch.from_numpy, inputs)
            answers = read(self.network((prepared(x, calls) - offset) / scale))
            back, unit = map(torch.from_numpy, targets)
            return answers if known.targets.is_identity else answers * unit + back

    return Whole().eval()
