"""The one place where code that a person has written is run, and what it raises is caught."""

import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import TypeVar

import torch
from torch import nn

from engine import trust
from engine.complaint import complaint, file_of, told
from engine.errors import TrainingError
from engine.layers.python_reader import read

T = TypeVar("T")

logger = logging.getLogger(__name__)


def class_of(source: str) -> type[nn.Module]:
    """The class that a source defines. Raises `ProjectError` where it may not run, and whatever the code raises."""
    trust.check_source(source)
    return _made(source)


@lru_cache(maxsize=1_024)
def _made(source: str) -> type[nn.Module]:
    name = read(source).class_name
    module = ModuleType(f"layerloom_written_{trust.digest(source)[:16]}")
    vars(module).update(torch=torch, nn=nn)
    # Dataclasses, pickles and the like look for the module of a class.
    sys.modules[module.__name__] = module
    exec(compile(source, file_of(name), "exec", dont_inherit=True), vars(module))
    made = getattr(module, name, None)
    if not (isinstance(made, type) and issubclass(made, nn.Module)):
        raise TypeError(f"{name} does not derive from nn.Module")
    return made


def outcome(work: Callable[[], T]) -> T | str:
    """What code answers that may raise whatever it likes, SystemExit too; or what it raised, as `complaint` says it."""
    try:
        return work()
    except BaseException as fault:
        return complaint(fault)


@contextmanager
def at_work() -> Generator[None]:
    """While layers that people have written compute: what their code raises becomes a `TrainingError` with its line."""
    try:
        yield
    except Exception as fault:
        if words := told(fault):
            logger.exception("training failed")
            raise TrainingError(words, fix="Correct the code of this layer, then train again.") from fault
        raise
