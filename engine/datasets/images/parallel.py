"""Work on many files at once, with the answers in order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

WORKERS = min(os.cpu_count() or 1, 8)
AHEAD = 16
"""Pieces of work for each worker that are under way at most: their answers wait in memory."""

T = TypeVar("T")
U = TypeVar("U")


def in_order(work: Callable[[T], U], items: Iterable[T], ahead: int = AHEAD) -> Generator[U]:
    """``work(item)`` for each item. Threads suffice: Pillow decodes without the interpreter's lock. Closing it ends
    them. ``ahead`` is `AHEAD`, or less where answers are large.
    """
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="images")
    waiting: deque[Future[U]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= WORKERS * ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
