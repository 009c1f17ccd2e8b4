"""How torch's threads wait for one another between two pieces of work.

Threads that spin are there at once when the next piece comes: a step of a network of a few layers takes half the time
that it takes with threads that sleep and must be woken for each piece. Where other programs want the same cores, a
thread that spins waits for one that has no core to run on, and a step takes eight times as long. So they spin while
this process has its cores to itself, and sleep while it has not. What they compute is the same.

GNU's OpenMP library, which torch brings along for Linux, has its threads sleep at once where it manages more of them
than there are cores. So a few idle ones are made to have the others sleep, and dissolved to have them spin again.
"""

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil

SPINS = 300_000
"""Turns before a thread sleeps: about 3 ms, as the library has it where nothing is said."""
LOOK_SECONDS = 0.5
BUSY, QUIET = 0.3, 0.15
"""Of a core that is wanted by two: from there on threads sleep, and below they spin again."""


def prepare(*, trains: bool) -> None:
    """Before torch is loaded: threads sleep while they wait or, in a process that trains, may spin (see `adapted`)."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if trains:
        os.environ.setdefault("GOMP_SPINCOUNT", str(SPINS))


class Seconds(NamedTuple):
    """What the clock says, and for how long all processes, and this one, have been at work, summed over cores."""

    clock: float
    all: float
    own: float


def seconds_used() -> Seconds:
    """What it is by now on the cores that this process may use."""
    allowed = _allowed()
    cores = [each for number, each in enumerate(psutil.cpu_times(percpu=True)) if number in allowed]
    idle = sum(each.idle + getattr(each, "iowait", 0.0) for each in cores)
    # What a guest uses is counted among what its host does.
    guests = sum(getattr(each, "guest", 0.0) + getattr(each, "guest_nice", 0.0) for each in cores)
    return Seconds(time.monotonic(), sum(map(sum, cores)) - idle - guests, time.process_time())


def _allowed() -> Collection[int]:
    """The numbers of the cores that this process may use."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)


@contextmanager
def adapted(used: Callable[[], Seconds] = seconds_used) -> Generator[None]:
    """While this lasts, threads wait as suits what else the machine does, which ``used`` tells."""
    if _is_memory_limited():
        yield
        return
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(over, used), name="watch over cores", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch(over: threading.Event, used: Callable[[], Seconds]) -> None:
    import torch

    crowd, before = None, used()
    while not over.wait(LOOK_SECONDS):
        now = used()
        others = ((now.all - before.all) - (now.own - before.own)) / (now.clock - before.clock)
        lacking = others - (len(_allowed()) - torch.get_num_threads())
        before = now
        if crowd is None and lacking > BUSY:
            crowd = _Crowd()
        elif crowd is not None and lacking < QUIET:
            crowd = crowd.dissolve()
    if crowd is not None:
        crowd.dissolve()


class _Crowd:
    """Idle threads of torch's OpenMP library, one more than there are cores. None where torch has another library."""

    def __init__(self) -> None:
        self._over = threading.Event()
        # They last as long as the thread that made them.
        self._thread = threading.Thread(target=self._stand, name="crowd", daemon=True)
        self._thread.start()

    def dissolve(self) -> None:
        """Ends them."""
        self._over.set()
        self._thread.join()

    def _stand(self) -> None:
        library = _library()
        if library is not None:
            # A team must do something once: to free nothing is nothing.
            library.GOMP_parallel(ctypes.CDLL(None).free, None, ctypes.c_uint(len(_allowed()) + 1), ctypes.c_uint(0))
        self._over.wait()


def _is_memory_limited() -> bool:
    """Whether this process may have only so many addresses: each thread takes 64 MB of them, and the OpenMP library
    ends the process where it can make no more.
    """
    if sys.platform == "linux":
        import resource

        return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    return False


def _library() -> Any:
    """GNU's OpenMP library as torch has loaded it; None: it works with another."""
    if sys.platform != "linux":
        return None
    import torch

    folder = Path(torch.__file__).parent
    for path in (*folder.glob("lib/libgomp*.so*"), *folder.parent.glob("torch.libs/libgomp*.so*")):
        with suppress(OSError):
            return ctypes.CDLL(str(path), os.RTLD_NOLOAD)
    return None
