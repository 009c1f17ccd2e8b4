"""Every layer in ONNX: ONNX Runtime answers as torch does; what ONNX cannot say is refused by name."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
import torch
from drawings import every
from networks import NETWORKS
from test_export import exported, trained
from test_layers_exported import KINDS, project_with
from torch import Tensor, nn

from engine.build import build
from engine.errors import ExportError
from engine.export.onnx import translated
from engine.graph import Node
from engine.layers import FractionalMaxPool2d, FractionalMaxPool3d, Layer, Transformer

SAYABLE = [kind for kind in KINDS if not kind.beyond_onnx]
FAMILIES = sorted({kind.family for kind in SAYABLE})


class SideBySide(nn.Module):
    """Several networks in one, because an export takes far longer than the layer in it."""

    def __init__(self, networks: Iterable[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(network(x) for network in self.networks)


def network_of(kind: type[Layer]) -> nn.Module:
    project = project_with(kind)
    if kind is Transformer:
        # Twelve layers alike take half a minute and prove no more.
        for setting in ("num_encoder_layers", "num_decoder_layers"):
            project = project.with_value(f"network.it.{setting}", 1)
    return build(project)


@pytest.mark.parametrize("family", FAMILIES)
def test_onnx_answers_as_torch_does(family: str) -> None:
    kinds = [kind for kind in SAYABLE if kind.family == family]
    networks = SideBySide(map(network_of, kinds)).eval()
    program = translated(networks, torch.rand(2, 1, 8, 8), [kind.__name__ for kind in kinds])
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    x = torch.rand(3, 1, 8, 8)
    answers: list[Any] = list(session.run(None, {"input": x.numpy()}))
    for kind, answer, expected in zip(kinds, answers, networks(x), strict=True):
        torch.testing.assert_close(torch.from_numpy(answer), expected, rtol=1e-3, atol=1e-4, msg=kind.__name__)


def test_what_onnx_cannot_say_is_known() -> None:
    beyond = {kind for kind in every(Layer) if kind.beyond_onnx}
    assert beyond == {FractionalMaxPool2d, FractionalMaxPool3d}


def test_a_layer_that_onnx_cannot_say_is_named(tmp_path: Path) -> None:
    cnn = NETWORKS["cnn"]
    pooled = cnn.network.insert_after("relu_1", Node("shrink", FractionalMaxPool2d()))
    with pytest.raises(ExportError) as refusal:
        exported(trained(cnn.with_network(pooled), tmp_path / "run"), "onnx", tmp_path / "net.onnx")
    assert refusal.value.message == (
        "shrink cannot be said in ONNX: FractionalMaxPool2d places its windows at random, even when it answers."
    )
    assert "safetensors" in refusal.value.fix
    assert not (tmp_path / "net.onnx").exists()
