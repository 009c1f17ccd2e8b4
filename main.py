"""Layerloom's entry point. Everything is imported inside `main`, so that a spawned process starts light."""

import sys


def main() -> int:
    """Runs the command line (or, without a command, the window) and returns the exit status."""
    from pathlib import Path

    from engine.cli import main as command_line

    def window(project: Path | None, in_thread: bool) -> int:
        # Handed to the command line, which is a part of the engine and knows no window.
        from gui.app import run

        return run(project, in_thread=in_thread)

    return command_line(sys.argv[1:], window)


if __name__ == "__main__":
    raise SystemExit(main())
