"""Runs the benchmarks beside it, or those that are named: ``python benchmarks [NAME ...]``. Each is a module."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main(names: list[str]) -> int:
    """Runs each in a process of its own, so that none warms up another, and returns the worst exit status."""
    scripts = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))
    unknown = [name for name in names if name not in scripts]
    if unknown:
        print(f"There is no benchmark “{unknown[0]}”. There are: {', '.join(scripts)}.", file=sys.stderr)
        return 2
    status = 0
    for name in names or scripts:
        print(f"\n== {name} ==", flush=True)
        status = max(status, abs(subprocess.call([sys.executable, "-m", f"benchmarks.{name}"], cwd=FOLDER.parent)))
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
