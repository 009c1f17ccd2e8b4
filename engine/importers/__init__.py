"""Projects from files of many kinds. No file is ever run: what holds code is refused."""

from collections.abc import Callable
from pathlib import Path

from engine import project as projects
from engine.errors import ProjectError
from engine.importers import onnx, safetensors
from engine.project import Project

IMPORTERS: dict[str, Callable[[Path], Project]] = {
    projects.SUFFIX: projects.load,
    projects.SUFFIX + ".backup": projects.load,
    ".safetensors": safetensors.read,
    ".onnx": onnx.read,
}
"""How files are read, by the end of their names."""

HOLD_CODE = (".pt", ".pth", ".pt2", ".ckpt", ".bin", ".pkl", ".pickle", ".joblib", ".h5", ".keras")


def read(path: Path) -> Project:
    """The project that a file holds: a project, an exported model or an ONNX network. Raises `ProjectError`."""
    for end, importer in IMPORTERS.items():
        if path.name.lower().endswith(end):
            return importer(path)
    known = "Known are " + ", ".join(end for end in IMPORTERS) + "."
    if path.suffix.lower() in HOLD_CODE:
        raise ProjectError(
            f"{path.name} is not opened: files that end in {path.suffix} can hold code.",
            expected=known,
            fix="Export the network as ONNX or safetensors where it was made.",
        )
    raise ProjectError(f"{path.name} is of no kind that can be imported.", expected=known)
