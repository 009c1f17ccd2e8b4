"""Layerloom's entry point. Everything is imported inside `main`, so that a spawned process starts light."""

import sys


def main() -> int:
    """Runs the command line (or, without a command, the window) and returns the exit status."""
    try:
        from pathlib import Path

        from engine.cli import main as command_line
    except ModuleNotFoundError as fault:
        return _packages_missing(fault)
    except KeyboardInterrupt:
        # As later on, when the command line says so itself.
        print("layerloom: Interrupted.", file=sys.stderr)  # noqa: T201
        return 1

    def window(project: Path | None, in_thread: bool) -> int:
        # Handed to the command line, which is a part of the engine and knows no window.
        from gui.app import run

        return run(project, in_thread=in_thread)

    return command_line(sys.argv[1:], window)


def _packages_missing(fault: ModuleNotFoundError) -> int:
    """Told here, because the command line itself needs packages to say anything."""
    python = r".venv\Scripts\python" if sys.platform == "win32" else ".venv/bin/python"
    words = f"Layerloom's packages are not installed for this Python ({fault.name} is missing)"
    print(f"layerloom: {words}; run “make run”, or use “{python} main.py”.", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
