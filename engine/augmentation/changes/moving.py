"""Pictures turned over, cut, turned, zoomed and moved. What comes in at a border is the
picture mirrored there.
"""

import math

import torch
from torch import nn


def flipped(
    pictures: list[torch.Tensor], generator: torch.Generator, p: float, dim: int
) -> list[torch.Tensor]:
    """Turns a share ``p`` of the pictures over along a dimension."""
    first = pictures[0]
    chosen = (torch.rand(len(first), generator=generator) < p).to(first.device)
    return [
        torch.where(chosen[:, None, None, None], picture.flip(dim), picture)
        for picture in pictures
    ]


def cropped(
    pictures: list[torch.Tensor], generator: torch.Generator, padding: int
) -> list[torch.Tensor]:
    """Pads each picture on all sides and cuts out a part of the size that it had."""
    count, _, height, width = pictures[0].shape
    device = pictures[0].device
    top, left = torch.randint(-padding, padding + 1, (2, count, 1), generator=generator)
    rows = mirrored(torch.arange(height) + top, height).to(device)
    columns = mirrored(torch.arange(width) + left, width).to(device)
    samples = torch.arange(count, device=device)[:, None, None]
    return [
        picture[samples, :, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
        for picture in pictures
    ]


def mirrored(places: torch.Tensor, size: int) -> torch.Tensor:
    """Places outside of 0 … size - 1, as a mirror at the border shows them."""
    period = max(1, 2 * (size - 1))
    around = places % period
    return torch.minimum(around, period - around)


def warped(
    pictures: list[torch.Tensor], moves: list[torch.Tensor]
) -> list[torch.Tensor]:
    """Moves pictures by these matrices (N × 3 × 3, in pixels from the middle), all at
    once.

    Numbers are interpolated between pixels; whole numbers, such as classes, are taken
    from the nearest.
    """
    count, _, height, width = pictures[0].shape
    whole = moves[0]
    for move in moves[1:]:
        whole = whole @ move
    # affine_grid counts from -1 to 1 along either side.
    sides = torch.tensor([width / 2, height / 2, 1.0])
    theta = (whole * sides / sides[:, None])[:, :2].to(pictures[0].device)
    grid = nn.functional.affine_grid(
        theta, [count, 1, height, width], align_corners=False
    )
    return [
        nn.functional.grid_sample(
            picture.float(),
            grid,
            mode="bilinear" if picture.is_floating_point() else "nearest",
            padding_mode="reflection",
            align_corners=False,
        ).to(picture.dtype)
        for picture in pictures
    ]


def rotations(
    pictures: list[torch.Tensor], generator: torch.Generator, degrees: float
) -> torch.Tensor:
    """Matrices that turn each picture by up to so many degrees, either way."""
    angles = math.radians(degrees) * either_way(len(pictures[0]), generator)
    return affine(xx=angles.cos(), xy=-angles.sin(), yx=angles.sin(), yy=angles.cos())


def zooms(
    pictures: list[torch.Tensor], generator: torch.Generator, amount: float
) -> torch.Tensor:
    """Matrices that make each picture larger or smaller, by up to the factor 1 +
    ``amount``.
    """
    factors = (1 + amount) ** either_way(len(pictures[0]), generator)
    return affine(xx=factors, yy=factors)


def shifts(
    pictures: list[torch.Tensor], generator: torch.Generator, amount: float
) -> torch.Tensor:
    """Matrices that move each picture by up to a share of its width and height."""
    count, _, height, width = pictures[0].shape
    across = amount * width * either_way(count, generator)
    return affine(x=across, y=amount * height * either_way(count, generator))


def either_way(count: int, generator: torch.Generator) -> torch.Tensor:
    """Numbers from -1 to 1."""
    return 2 * torch.rand(count, generator=generator) - 1


def affine(**numbers: torch.Tensor) -> torch.Tensor:
    """Matrices with these numbers (N each) in the rows of x and y, and otherwise those
    that move nothing.
    """
    count = len(next(iter(numbers.values())))
    whole = torch.eye(3).repeat(count, 1, 1)
    places = ["xx", "xy", "x", "yx", "yy", "y"]
    for name, values in numbers.items():
        row, column = divmod(places.index(name), 3)
        whole[:, row, column] = values
    return whole
