"""ONNX: the open format that other frameworks and devices run."""

import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import ExportError
from engine.export.exporter import Exporter
from engine.spec import abbreviate

if TYPE_CHECKING:
    from pathlib import Path

    from engine.export.model import Model

LARGEST = 2**31 - 2**20
"""Bytes of weights: protobuf holds no more than 2 GB."""


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

        if model.weight_bytes > LARGEST:
            raise ExportError(
                f"The weights take {model.weight_bytes / 2**30:.1f} GB.",
                expected="An ONNX file holds at most 2 GB.",
                fix="Export safetensors instead.",
            )
        # Two samples, because the tracer takes a batch of one for a fixed size.
        example = torch.from_numpy(np.repeat(model.samples[:1], 2, axis=0))
        try:
            with silence():
                program = torch.onnx.export(
                    model.network,
                    (example,),
                    dynamo=True,
                    input_names=["input"],
                    output_names=["output"],
                    dynamic_shapes=({0: torch.export.Dim("batch")},),
                    external_data=False,
                    verbose=False,
                )
        except torch.onnx.OnnxExporterError as fault:
            raise ExportError(
                f"The network cannot be said in ONNX: {abbreviate(str(fault).splitlines()[0])}.",
                fix="Export PyTorch source or safetensors instead.",
            ) from None
        assert program is not None
        program.model.metadata_props.update(model.metadata())
        proto = program.model_proto
        onnx.checker.check_model(proto)
        path.write_bytes(proto.SerializeToString())

    def answers(self, model: "Model", path: "Path") -> np.ndarray:
        import onnxruntime

        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        return model.asked_in_parts(lambda part: np.asarray(session.run(["output"], {"input": part})[0]))


@contextmanager
def silence() -> Generator[None]:
    """Keeps the exporter's chatter about its own passes from the person; failures are exceptions."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
