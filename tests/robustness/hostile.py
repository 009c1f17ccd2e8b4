"""What can be wrong with the files of a run that someone else made, by accident or to do harm."""

import os
import pickle
import re
import shutil
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

Damage = Callable[[Path], object]
FILES = (
    *("project.loom", "log.jsonl", "control.jsonl", "log.digest", "environment.json", "preprocessing.json"),
    *("fork.json", "trainer.lock", "trainer.log", "artifacts", "artifacts/confusion.npy", "checkpoints"),
    *("checkpoints/best.safetensors", "checkpoints/last.state.safetensors", "checkpoints/3.state.safetensors"),
)
"""What the folder of a run can hold that a reader may meet."""
NUMBER = re.compile(rb"(?<=[:\[, ])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=[,}\]\n ])")
TEXT = re.compile(rb'(?<=[:\[, ])"[^"]*"(?=[,}\]\n ])')


class Harm:
    """Makes a folder when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.place),)


def safetensors_header(shape: list[int], end: int) -> bytes:
    """The head of a file that is said to hold a tensor of this shape, up to this byte."""
    words = msgspec.json.encode({"linear_1.weight": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}})
    return struct.pack("<Q", len(words)) + words


def npy_header(shape: tuple[int, ...], kind: str = "<i8") -> bytes:
    """The head of an array of this shape."""
    words = repr({"descr": kind, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(words)) + words


def _holding(content: bytes) -> Damage:
    return _instead(lambda place: place.write_bytes(content))


def _instead(make: Damage) -> Damage:
    def damage(place: Path) -> None:
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        make(place)

    return damage


def _changed(change: Callable[[bytes], bytes]) -> Damage:
    def damage(place: Path) -> None:
        if place.is_file():
            place.write_bytes(change(place.read_bytes()))

    return damage


def _numbers(value: bytes) -> Damage:
    return _changed(partial(NUMBER.sub, value))


def _moved_out(place: Path) -> None:
    """It lies elsewhere, and a link leads there."""
    away = place.parents[2] / f"away-{place.name}"
    shutil.move(place, away)
    place.symlink_to(away)


def _unended(place: Path) -> None:
    if place.is_file():
        with place.open("ab") as file:
            # Takes no room on the disk, and all of it in memory.
            file.truncate(2**33)


OF_ANY: dict[str, Damage] = {
    "gone": _instead(lambda _: None),
    "empty": _holding(b""),
    "noise": _holding(bytes(range(256)) * 9),
    "a folder": _instead(lambda place: place.mkdir()),
    "eight gigabytes": _unended,
    "half": _changed(lambda content: content[: len(content) // 2]),
}
"""For every file and folder of a run."""

OF_POSIX: dict[str, Damage] = {
    "a link out": _moved_out,
    "a link to nowhere": _instead(lambda place: place.symlink_to(place.parents[2] / "nowhere")),
    "a link to itself": _instead(lambda place: place.symlink_to(place)),
    "a device without end": _instead(lambda place: place.symlink_to("/dev/zero")),
    "a pipe": _instead(lambda place: os.mkfifo(place)),
}

OF_JSON: dict[str, Damage] = {
    "nested": _holding(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a list, nested": _holding(b"[" * 200_000 + b"]" * 200_000),
    "no number": _numbers(b"1e400"),
    "forty digits": _numbers(b"9" * 40),
    "the largest number": _numbers(b"9223372036854775807"),
    "the largest float": _numbers(b"1.7e308"),
    "below zero": _numbers(b"-3"),
    "zero": _numbers(b"0"),
    "no text": _changed(partial(TEXT.sub, b'"\xff\xfe"')),
    "climbing": _changed(partial(TEXT.sub, b'"../../../etc/passwd"')),
}

OF_BINARY: dict[str, Damage] = {
    "a header of exabytes": _holding(struct.pack("<Q", 2**63) + b"{}"),
    "a tensor of terabytes": _holding(safetensors_header([2**20, 2**20], 2**42)),
    "a tensor larger than it says": _holding(safetensors_header([2**20, 2**20], 4) + bytes(4)),
    "an array of exabytes": _holding(npy_header((2**30, 2**30))),
    "pickled objects": _holding(npy_header((1,), "|O") + pickle.dumps([1])),
}


def damages(name: str) -> dict[str, Damage]:
    """Those of a file of a run, by their names."""
    found = OF_ANY | (OF_POSIX if hasattr(os, "mkfifo") else {})
    if name.endswith((".json", ".jsonl", ".loom")):
        return found | OF_JSON
    return found | OF_BINARY if "." in name else found


def pickled(place: Path, harm: Path) -> None:
    """Puts something into a file that makes a folder of that name when it is unpickled."""
    _holding(pickle.dumps(Harm(harm)))(place)
