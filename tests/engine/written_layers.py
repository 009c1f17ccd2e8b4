"""Python layers for tests: code that is fine, and code that is bad in every way that people and malice find."""

import contextvars
from collections.abc import Callable
from typing import TypeVar

from engine import trust
from engine.layers import PythonLayer
from engine.layers.python import kind_of

T = TypeVar("T")


def written(body: str, head: str = "") -> str:
    """The source of a layer called Trial whose forward has this body."""
    return f"{head}\nclass Trial(nn.Module):\n    calls = 0\n\n    def forward(self, x):\n        {body}\n".lstrip("\n")


WIDEN = '''import math
from typing import Literal


def widened(x, times):
    return torch.cat([x] * times, dim=1)


class Widen(nn.Module):
    """Repeats what it receives.

    With weights.
    """

    def __init__(self, in_features: int, times: int = 2, slope: float = 0.5, bend: bool = True,
                 name: str = "wide", mode: Literal["sum", "mean"] = "mean"):
        super().__init__()
        self.times, self.slope, self.bend = times, slope, bend
        self.inner = nn.Linear(in_features, in_features)

    def forward(self, x):
        x = widened(self.inner(x), self.times)
        return nn.functional.leaky_relu(x, self.slope) if self.bend else x
'''
BAD = {
    "does not import": (written("return x", "import there_is_no_such_thing"), "raises ModuleNotFoundError in line 1"),
    "does not compile": (written("return x", "return 3"), "raises SyntaxError in line 1"),
    "raises": (written("raise ValueError('no such size')"), "raises ValueError in line 5: no such size"),
    "raises while it is made": (
        "class Trial(nn.Module):\n    def __init__(self):\n        super().__init__()\n        1 / 0\n",
        "raises ZeroDivisionError in line 4",
    ),
    "has no forward": ("class Trial(nn.Module):\n    pass\n", "raises NotImplementedError"),
    "exits": (written("sys.exit(3)", "import sys"), "raises SystemExit"),
    "ends its process": (written("os._exit(3)", "import os"), "ends the process it is in"),
    "calls itself": (written("return self.forward(x)"), "raises RecursionError"),
    "answers a tuple": (written("return x, x"), "answers with a tuple, but one tensor is needed"),
    "answers nothing": (written("x = x + 1"), "answers with nothing, but one tensor is needed"),
    "answers places": (written("return x.argmax(1, keepdim=True)"), "answers with numbers of the type int64"),
    "loses the batch": (written("return x.reshape(-1)"), "first dimension must stay that of the batch"),
    "changes shape": (
        written("self.calls += 1; return x[:, : self.calls]"),
        "changes the shape of its answer from call to call: 1, then 2",
    ),
    "is no module": ("class Trial(dict):\n    pass\n", "Trial does not derive from nn.Module"),
}
ENDLESS = {"loops": written("while True: pass"), "loops while it is read": f"while True: pass\n{written('return x')}"}


def layer(source: str, **settings: object) -> PythonLayer:
    """The layer of a source."""
    return kind_of(source).read({"source": source, **settings}, "layer")


def allowing(*sources: str, work: Callable[[], T]) -> T:
    """What some work comes to while the code of these sources may run, and afterwards no longer."""

    def done() -> T:
        trust.allow(map(trust.digest, sources))
        return work()

    return contextvars.copy_context().run(done)
