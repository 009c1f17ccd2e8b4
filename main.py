"""Layerloom's entry point. Everything is imported inside `main`, so that a spawned process starts light."""

import sys


def main() -> int:
    """Runs the command line (or, without a command, the window) and returns the exit status."""
    from engine.cli import main as command_line

    return command_line(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
