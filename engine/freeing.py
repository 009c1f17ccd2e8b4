"""Memory that a process has done with, handed back to the system.

pyarrow's allocator and the C library keep what is freed for whoever asks next. After a large file has been read nobody
asks for as much again, and the process would look, and count, as large as it once was.
"""

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Hands back what this process keeps though nothing of it is in use; takes a few milliseconds."""
    # Who has not read a table yet need not load pyarrow for it.
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        # Only glibc has it; others hand memory back by themselves.
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
