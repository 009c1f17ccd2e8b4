"""How the time that something takes grows with its size. It is told by the processor: others do not count."""

import gc
import time
from collections.abc import Callable


def grows_gently(work: Callable[[int], Callable[[], object]], size: int) -> bool:
    """Whether ten times the size takes less than fifty times as long; what is quadratic takes a hundred times.

    ``work`` prepares something of a size and answers what is to be timed.
    """
    return _least_seconds(work(10 * size)) < 50 * _least_seconds(work(size))


def _least_seconds(act: Callable[[], object]) -> float:
    # What other tests have left in memory is not to be searched meanwhile.
    gc.disable()
    try:
        return min(_seconds(act) for _ in range(5))
    finally:
        gc.enable()


def _seconds(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun
