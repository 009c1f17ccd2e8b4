"""The one place where code that a person has written is run: its source becomes a class."""

import sys
from functools import lru_cache
from types import ModuleType

import torch
from torch import nn

from engine import trust
from engine.complaint import file_of
from engine.layers.python_reader import read


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
