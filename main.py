"""Layerloom's entry point. Everything is imported inside functions, so that a spawned process starts light."""

import sys
from pathlib import Path


def main() -> int:
    """Runs the command line (or, without a command, the window) and returns the exit status."""
    from engine.cli import main as command_line

    return command_line(sys.argv[1:], window)


def window(project: Path | None, in_thread: bool) -> int:
    """Shows the window until it is closed. It is handed to the command line, which knows no window."""
    from gui.app import run

    return run(project, in_thread=in_thread)


if __name__ == "__main__":
    raise SystemExit(main())
