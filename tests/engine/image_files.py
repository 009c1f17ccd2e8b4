"""Small images on the disk for tests to read."""

from pathlib import Path

from PIL import Image


def image(path: Path, size: tuple[int, int] = (8, 6), colour: object = (200, 30, 30), mode: str = "RGB") -> Path:
    """Writes an image of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)  # pyright: ignore[reportArgumentType]
    return path


def classes(folder: Path, *names: str, count: int = 3) -> Path:
    """A folder with so many small images of each class."""
    for number, name in enumerate(names):
        for row in range(count):
            image(folder / name / f"{row}.png", colour=(60 * number, 10 * row, 200))
    return folder
