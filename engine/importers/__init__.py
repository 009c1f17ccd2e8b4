"""Projects from files of many kinds. No file is ever run: what holds code is refused."""

from pathlib import Path
from pkgutil import resolve_name

from engine import project as projects
from engine.errors import ProjectError
from engine.project import Project

IMPORTERS = {
    projects.SUFFIX: "engine.project:load",
    projects.SUFFIX + ".backup": "engine.project:load",
    ".safetensors": "engine.importers.safetensors:read",
    ".onnx": "engine.importers.onnx:read",
}
"""How files are read, by the end of their names. Named, because the libraries of some formats take long to load."""

HOLD_CODE = (".pt", ".pth", ".pt2", ".ckpt", ".bin", ".pkl", ".pickle", ".joblib", ".h5", ".keras")


def is_model(path: Path) -> bool:
    """Whether a file by its name holds a model rather than a project."""
    return path.name.lower().endswith(tuple(end for end in IMPORTERS if not end.startswith(projects.SUFFIX)))


def read(path: Path) -> Project:
    """The project that a file holds: a project, an exported model or an ONNX network. Raises `ProjectError`."""
    for end, importer in IMPORTERS.items():
        if path.name.lower().endswith(end):
            return resolve_name(importer)(path)
    known = "Known are " + ", ".join(end for end in IMPORTERS) + "."
    if path.suffix.lower() in HOLD_CODE:
        raise ProjectError(
            f"{path.name} is not opened: files that end in {path.suffix} can hold code.",
            expected=known,
            fix="Export the network as ONNX or safetensors where it was made.",
        )
    fix = "If it holds data, make a project of it with “layerloom new”." if path.exists() else ""
    raise ProjectError(f"{path.name} is of no kind that can be imported.", expected=known, fix=fix)
