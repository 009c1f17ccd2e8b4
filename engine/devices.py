"""Where to compute: the devices of this machine by the names that people know them by."""

import functools
import os
import platform
import subprocess
from pathlib import Path

import psutil
import torch

from engine.errors import TrainingError
from engine.training import Device


def devices() -> list[Device]:
    """The devices of this machine: the processor, then graphics cards."""
    found = [Device("cpu", _processor())]
    for number in range(torch.cuda.device_count()):
        card = torch.cuda.get_device_properties(number)
        found.append(Device(f"cuda:{number}", f"{card.name} ({round(card.total_memory / 1e9)} GB)"))
    if torch.backends.mps.is_available():
        found.append(Device("mps", f"{_processor_name()} graphics"))
    return found


def choose(name: str) -> torch.device:
    """The device of that name; ``auto``: a graphics card where there is one. Raises `TrainingError`."""
    there = devices()
    ids = [device.id for device in there]
    wanted = name.strip().lower()
    if wanted == "auto":
        wanted = next((id for id in ids if id != "cpu"), "cpu")
    elif wanted == "cuda":
        wanted = "cuda:0"
    if wanted not in ids:
        raise TrainingError(
            f"This machine has no device “{name}” to train on.",
            expected=f"It has: {', '.join(f'{device.id}, {device.title}' for device in there)}.",
            fix="Choose one of these, or “auto”.",
        )
    return torch.device(wanted)


def title_of(device: torch.device) -> str:
    """What people call a device that `choose` gave."""
    return next(known.title for known in devices() if known.id == str(device))


def cores() -> int:
    """The processor cores that this process may use; two threads of one core gain nothing in arithmetic."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(psutil.cpu_count(logical=False) or allowed, allowed)


def _processor() -> str:
    count = cores()
    parts = (f"{count} core{'' if count == 1 else 's'}", _processor_name())
    return f"CPU ({', '.join(part for part in parts if part)})"


@functools.cache
def _processor_name() -> str:
    """What the maker calls the processor; empty where the system does not tell."""
    if platform.system() == "Linux":
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    if platform.system() == "Darwin":
        answer = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False
        )
        return answer.stdout.strip()
    return platform.processor()
