"""ONNX: the open format that other frameworks and devices run."""

import logging
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.blocks import Block
from engine.errors import ExportError
from engine.export.exporter import Exporter
from engine.graph import Graph, Node
from engine.spec import abbreviate

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import Tensor, nn

    from engine.export.model import Model

LARGEST = 2**31 - 2**20
"""Bytes of weights: protobuf holds no more than 2 GB."""
_INSTEAD = "Export PyTorch source or safetensors instead."


class Onnx(Exporter, frozen=True):
    """Runs in ONNX Runtime, browsers, phones and other frameworks; takes batches of any size."""

    title = "ONNX"
    name = "onnx"
    suffix = ".onnx"
    writes = (".onnx",)
    tells_scaling_in = "the file's metadata"

    def write(self, model: "Model", path: "Path") -> None:
        import onnx
        import torch

        if node := next(_beyond(model.project.network), None):
            raise ExportError(
                f"{node.id} cannot be said in ONNX: {node.layer.title} {node.layer.beyond_onnx}.", fix=_INSTEAD
            )
        if model.weight_bytes > LARGEST:
            raise ExportError(
                f"The weights take {model.weight_bytes / 2**30:.1f} GB.",
                expected="An ONNX file holds at most 2 GB.",
                fix="Export safetensors instead.",
            )
        try:
            program = translated(*self.traced(model))
        except torch.onnx.OnnxExporterError as fault:
            words = f"The network cannot be said in ONNX: {abbreviate(_cause(fault))}."
            raise ExportError(words, fix=_INSTEAD) from None
        program.model.metadata_props.update(model.metadata())
        proto = program.model_proto
        onnx.checker.check_model(proto)
        path.write_bytes(proto.SerializeToString())

    def traced(self, model: "Model") -> "tuple[nn.Module, Tensor]":
        """What is written, and an example of what it takes."""
        import torch

        # Two samples, because the tracer takes a batch of one for a fixed size.
        return model.network, torch.from_numpy(np.repeat(model.samples[:1], 2, axis=0))

    def answers(self, model: "Model", path: "Path") -> np.ndarray:
        return self.asked(path, model, model.samples)

    def asked(self, path: "Path", model: "Model", samples: np.ndarray) -> np.ndarray:
        """What the file answers to these samples."""
        import onnxruntime

        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        return model.asked_in_parts(lambda part: np.asarray(session.run(["output"], {"input": part})[0]), samples)


def translated(
    network: "nn.Module", example: "Tensor", outputs: Sequence[str] = ("output",)
) -> "torch.onnx.ONNXProgram":
    """A network in ONNX, for batches of any size of samples like those of the example, which are two or more.

    Raises `torch.onnx.OnnxExporterError`.
    """
    import torch

    with silence():
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            input_names=["input"],
            output_names=outputs,
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
            verbose=False,
            custom_translation_table={torch.ops.aten.rrelu.default: _rrelu},
        )
    assert program is not None
    return program


def _rrelu(x: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Any:
    """What a trained RReLU computes: torch has no translation of its own."""
    from onnxscript import opset18

    del training
    return opset18.LeakyRelu(x, alpha=(lower + upper) / 2)


def _beyond(network: Graph) -> Iterator[Node]:
    """The nodes, in blocks too, for whose layers ONNX has no words."""
    for node in network.nodes:
        if isinstance(node.layer, Block):
            yield from _beyond(node.layer.inside)
        elif node.layer.beyond_onnx and not node.bypassed:
            yield node


def _cause(fault: BaseException) -> str:
    """The first line of what lies behind an error."""
    while fault.__cause__ is not None:
        fault = fault.__cause__
    return str(fault).strip().splitlines()[0].rstrip(".")


@contextmanager
def silence() -> Generator[None]:
    """Keeps the exporter's chatter about its own passes from the person; failures are exceptions."""
    from tqdm import tqdm

    # A progress bar that nobody sees would leave a thread behind that watches it.
    tqdm.monitor_interval = 0
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
