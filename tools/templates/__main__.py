"""``python -m tools.templates``: writes the networks that are drawn here as templates."""

from collections.abc import Callable

import resources
from engine.project import SUFFIX, Project, save
from tools.templates import classics

DRAWN: dict[str, Callable[[], Project]] = {
    "200-alexnet": classics.alexnet,
    "210-vgg16": classics.vgg16,
    "220-vgg16-bn": lambda: classics.vgg16(normalized=True),
    "250-resnet18": classics.resnet18,
    "260-resnet50": classics.resnet50,
    "270-densenet121": classics.densenet121,
}
"""By the name of the file: the number decides the place in the list."""


def main() -> None:
    """Writes them all."""
    folder = resources.path("templates")
    for name, draw in DRAWN.items():
        save(draw(), folder / f"{name}{SUFFIX}")
        folder.joinpath(f"{name}{SUFFIX}.backup").unlink(missing_ok=True)
        print(f"{name}{SUFFIX}")


if __name__ == "__main__":
    main()
