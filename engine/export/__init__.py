"""Every format that a trained network can be written in. Importing this package fills `Exporter.kinds`."""

# ruff: noqa: I001 — the order of these imports is the order of the list that people choose from.

from engine.export.exporter import Exported, Exporter, export, exporter
from engine.export.safetensors import Safetensors
from engine.export.pt import StateDict
from engine.export.python import Python
from engine.export.onnx import Onnx
from engine.export.onnx_raw import OnnxRaw
from engine.export.source import Printed, printed, source

__all__ = [
    "Exported",
    "Exporter",
    "Onnx",
    "OnnxRaw",
    "Printed",
    "Python",
    "Safetensors",
    "StateDict",
    "export",
    "exporter",
    "printed",
    "source",
]
