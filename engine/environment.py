"""What a run was trained with: machine, versions, device, seed, samples. It explains a result, or why it differs."""

import hashlib
import platform
from typing import Any

import msgspec
import numpy as np
import torch
from msgspec.structs import replace

from engine import devices
from engine.analysis import analyse
from engine.data import SPLITS, Data, Prepared, prepare
from engine.disk import write_atomically
from engine.foreign import json_of
from engine.preprocessing import FILE, Preprocessing, learned_in
from engine.project import Project
from engine.runs import Run
from engine.version import version

ENVIRONMENT = "environment.json"

FLOPS_PER_THREAD = 8e7
"""What a step must cost for one more thread to pay: measured; on a busy machine too many threads cost far more."""


def threads_for(project: Project, samples: int, device: torch.device) -> int:
    """How many threads a step on so many samples is worth, the same each time on the same machine."""
    cost = analyse(project).totals.flops * samples
    return max(1, min(devices.cores(), int(cost / FLOPS_PER_THREAD))) if device.type == "cpu" else 1


def describe(run: Run, project: Project, data: Prepared, device: torch.device) -> None:
    """Writes what is needed to use the weights later, and to understand how they came to be. Raises OSError."""
    preprocessing = Preprocessing.of_training(data, project)
    environment = {
        "layerloom": version(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "system": platform.platform(),
        "device": devices.title_of(device),
        "threads": torch.get_num_threads(),
        "seed": project.training.seed,
        "data": fingerprint(data),
        "loading": "stream" if data.train.is_streamed else "memory",
    }
    for name, content in ((ENVIRONMENT, msgspec.json.encode(environment)), (FILE, preprocessing.to_json())):
        indented = msgspec.json.format(content, indent=2) + b"\n"
        write_atomically(run.path / name, lambda file, content=indented: file.write_bytes(content))


def same_data(run: Run, data: Prepared) -> bool:
    """Whether a run was begun on these samples; true where it does not say."""
    noted = _noted(run)
    return not noted or noted.get("data") == fingerprint(data)


def prepared_again(run: Run, data: Data) -> Prepared:
    """The samples of a run that goes on, with what was learned from them when it began, and in memory or on the disk,
    where they lay then, if that is chosen by itself. Raises `DataError`, `RunError`.

    What would be chosen now depends on the memory that is free, and the order of an epoch on what is chosen.
    """
    way = _noted(run).get("loading")
    is_chosen = data.loading == "automatic" and way in ("memory", "stream")
    return prepare(replace(data, loading=way) if is_chosen else data, learned_in(run))


def _noted(run: Run) -> dict[str, Any]:
    """What `describe` wrote; empty where it cannot be read."""
    try:
        return json_of(run.path / ENVIRONMENT, dict[str, Any])
    except (OSError, ValueError):
        return {}


def fingerprint(data: Prepared) -> str:
    """What tells these samples and their split from any others."""
    digest = hashlib.sha256()
    for name in SPLITS:
        part = data.part(name)
        arrays: tuple[Any, ...] = (part.inputs, part.targets)
        for array in arrays:
            digest.update(f"{name} {array.dtype} {array.shape}".encode())
            # Reading all that does not fit into memory would take minutes: its file says when it was changed.
            content = np.ascontiguousarray(array).data if isinstance(array, np.ndarray) else array.stamp().encode()
            digest.update(content)
    return f"sha256:{digest.hexdigest()}"
