"""Files that come with the program: icons, templates, translations."""

from pathlib import Path


def path(name: str) -> Path:
    """Where a resource lies: ``path("templates/xor.loom")``."""
    return Path(__file__).parent / name
