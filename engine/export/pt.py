"""The weights as a PyTorch state dict."""

import io
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from engine.export.exporter import Exporter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from engine.export.model import Model


class StateDict(Exporter, frozen=True):
    """A plain state dict for torch.load; classes and preprocessing go into a JSON file beside it."""

    title = "Weights (PyTorch state dict)"
    name = "pt"
    suffix = ".pt"
    writes = (".pt", ".json")
    tells_scaling_in = "the JSON file beside it"

    def write(self, model: "Model", path: "Path") -> None:
        write_tensors(model.network.state_dict(), path)
        about = msgspec.json.encode(model.description())
        path.with_name(path.stem + ".json").write_bytes(msgspec.json.format(about) + b"\n")

    def answers(self, model: "Model", path: "Path") -> np.ndarray:
        import torch

        from engine.build import build

        network = build(model.project)
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        return model.asked(network.eval())


def write_tensors(tensors: "Mapping[str, Tensor | tuple[Tensor, Tensor]]", path: "Path") -> None:
    """Writes what torch.load(weights_only=True) reads. Raises OSError, where torch.save would a RuntimeError."""
    import torch

    content = io.BytesIO()
    torch.save(dict(tensors), content)
    path.write_bytes(content.getbuffer())
