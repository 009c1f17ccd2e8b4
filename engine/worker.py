"""The engine process: does one task after another for a window that never loads torch.

The window sends a task (a function, itself or by the name ``"module:function"``, its arguments, and the digests of the
code that may run; pickled together) and receives any number of `Step` and then one `Done` or `Failed`. It sends
``None`` to be left: what is being done is then interrupted as by Ctrl-C, so that half-written files are removed. The
end of the window's process says the same.
"""

import os
import pickle
import queue
import signal
import threading
import time
import traceback
from _thread import interrupt_main
from collections.abc import Callable
from multiprocessing.connection import Connection
from pkgutil import resolve_name
from types import GeneratorType
from typing import Any, NamedTuple

from engine import trust, waiting
from engine.errors import LayerloomError, worded

GRACE = 0.5
"""Seconds in which an interrupted task may tidy up."""


class Step(NamedTuple):
    """What a generator function has yielded."""

    item: Any


class Done(NamedTuple):
    """What a function returned; of a generator that returns nothing, its last item."""

    result: Any


class Failed(NamedTuple):
    """A failure in words for a person, and, where it was a mistake of the program, the traceback."""

    error: LayerloomError
    traceback: str = ""


Answer = Step | Done | Failed


def warm_up() -> None:
    """Imports what the first analysis would wait for, and analyses a small project."""
    from engine.analysis import analyse
    from engine.layers import LSTM
    from engine.measure import measure
    from engine.templates import templates

    analyse(templates()[0].project)
    # The first recurrent layer on the meta device has torch import what takes a second or two.
    measure(LSTM(), ((1, 1),))


def serve(pipe: "Connection[Answer, bytes | None]", trains: bool = False) -> None:
    """The process's whole life."""
    waiting.prepare(trains=trains)
    # A window started in the background has its children ignore Ctrl-C, and then an interruption would be ignored too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tasks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    try:
        threading.Thread(target=_listen, args=(pipe, tasks), daemon=True).start()
        while task := tasks.get():
            _do(task, pipe.send)
    except (KeyboardInterrupt, OSError):
        # The window asked to be left, or it is gone.
        pass
    finally:
        # Without the teardown of torch, which takes longer than a window may take to close.
        os._exit(0)


def _listen(pipe: "Connection[Answer, bytes | None]", tasks: "queue.SimpleQueue[bytes | None]") -> None:
    task: bytes | None = None
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            task = None
        tasks.put(task)
        if task is None:
            interrupt_main()
            time.sleep(GRACE)
            os._exit(1)


def _do(task: bytes, send: Callable[[Answer], None]) -> None:
    try:
        function, arguments, allowed = pickle.loads(task)
        trust.allow(allowed)
        function = resolve_name(function) if isinstance(function, str) else function
        result = function(*arguments)
        send(Done(_last(result, send) if isinstance(result, GeneratorType) else result))
    except LayerloomError as error:
        send(Failed(error))
    except Exception as error:
        # The outermost border of this process: whatever went wrong reaches the window as a sentence.
        told = worded(error)
        send(Failed(told, "" if told.fix else traceback.format_exc()))


def _last(items: "GeneratorType[Any, Any, Any]", send: Callable[[Answer], None]) -> Any:
    item: Any = None
    while True:
        try:
            item = next(items)
        except StopIteration as end:
            return item if end.value is None else end.value
        send(Step(item))
