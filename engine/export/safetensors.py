"""The weights alone, in a format that holds no code."""

from typing import TYPE_CHECKING

import numpy as np

from engine.export.exporter import Exporter

if TYPE_CHECKING:
    from pathlib import Path

    from engine.export.model import Model


class Safetensors(Exporter, frozen=True):
    """The weights in a format that cannot hold code, with the project in its metadata: Layerloom opens it again."""

    title = "Weights (safetensors)"
    name = "safetensors"
    suffix = ".safetensors"
    writes = (".safetensors",)
    tells_scaling_in = "the file's metadata"

    def write(self, model: "Model", path: "Path") -> None:
        from safetensors.torch import save

        weights = {name: tensor.contiguous() for name, tensor in model.network.state_dict().items()}
        path.write_bytes(save(weights, {"format": "pt", **model.metadata()}))

    def answers(self, model: "Model", path: "Path") -> np.ndarray:
        from safetensors.torch import load

        from engine.build import build

        network = build(model.project)
        network.load_state_dict(load(path.read_bytes()))
        return model.asked(network.eval())
