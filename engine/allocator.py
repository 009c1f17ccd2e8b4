"""How the C library deals with memory that tensors have left."""

import ctypes
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of mallopt(3)."""

_MOST = 2**30


def keep_what_is_freed() -> None:
    """Has large tensors take memory that others have left, where the C library can be told so (glibc).

    By itself it gives large blocks back to the system, which hands them out anew page by page, filled with zeros: a
    quarter of the time of a training step where the values of a layer are a few megabytes.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_MMAP_THRESHOLD, _MOST)
    libc.mallopt(_TRIM_THRESHOLD, _MOST)
