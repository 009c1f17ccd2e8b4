"""The operations of RandAugment, each for the pictures that have drawn it."""

import math

import torch

from engine.augmentation.changes.moving import affine, warped
from engine.augmentation.changes.pixels import grey


def randomly_augmented(
    pictures: list[torch.Tensor],
    generator: torch.Generator,
    operations: int,
    magnitude: float,
) -> list[torch.Tensor]:
    """Applies so many operations to each picture, drawn from fourteen; ``magnitude``
    runs from 0 to 1.
    """
    for _ in range(operations):
        count = len(pictures[0])
        drawn = torch.randint(14, (count,), generator=generator)
        signs = 2 * torch.randint(2, (count,), generator=generator) - 1
        pictures = moved_by(pictures, drawn, magnitude * signs)
        pictures = [recoloured(pictures[0], drawn, magnitude, signs), *pictures[1:]]
    return pictures


def moved_by(
    pictures: list[torch.Tensor], drawn: torch.Tensor, amounts: torch.Tensor
) -> list[torch.Tensor]:
    """Turns, shears and shifts the pictures that have drawn the numbers 0 to 4."""
    rows = (drawn < 5).nonzero().flatten()
    if not len(rows):
        return pictures
    height, width = pictures[0].shape[-2:]

    def of(number: int, largest: float) -> torch.Tensor:
        return torch.where(drawn[rows] == number, largest * amounts[rows], 0.0)

    angles = of(0, math.pi / 6)
    moves = affine(
        xx=angles.cos(),
        xy=of(1, 0.3) - angles.sin(),
        yx=of(2, 0.3) + angles.sin(),
        yy=angles.cos(),
        x=of(3, 0.45 * width),
        y=of(4, 0.45 * height),
    )
    there = rows.to(pictures[0].device)
    moved = warped([picture[there] for picture in pictures], [moves])
    return [
        picture.index_copy(0, there, part)
        for picture, part in zip(pictures, moved, strict=True)
    ]


def recoloured(
    image: torch.Tensor, drawn: torch.Tensor, magnitude: float, signs: torch.Tensor
) -> torch.Tensor:
    """Changes the pixels of the pictures that have drawn the numbers 5 to 12; 13 leaves
    a picture as it is.
    """
    changes = [contrast_stretched, equalized, inverted_above, in_fewer_steps]
    changes += [paler, with_contrast, brighter, sharper]
    image = image.clone()
    for number, change in enumerate(changes, start=5):
        rows = (drawn == number).nonzero().flatten()
        if len(rows):
            there = rows.to(image.device)
            amount = (magnitude * signs[rows]).to(image.device)[:, None, None, None]
            image[there] = change(image[there], amount).clamp(0, 1)
    return image


def contrast_stretched(image: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Lets each channel reach from 0 to 1."""
    del amount
    low, high = image.amin((2, 3), keepdim=True), image.amax((2, 3), keepdim=True)
    return torch.where(high > low, (image - low) / (high - low).clamp(min=1e-6), image)


def equalized(image: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Makes every brightness of a channel about as frequent."""
    del amount
    bins = (255 * image).round().long().flatten(2)
    counts = torch.zeros(*bins.shape[:2], 256, device=image.device)
    counts = counts.scatter_add(2, bins, torch.ones_like(bins, dtype=torch.float32))
    below = counts.cumsum(2) - counts
    highest = below.gather(2, bins.amax(2, keepdim=True))
    levels = below / highest.clamp(min=1)
    spread = levels.gather(2, bins).reshape(image.shape)
    return torch.where((highest > 0)[..., None], spread, image)


def inverted_above(image: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Turns what is brighter than a threshold into its negative (solarize)."""
    return torch.where(image >= 1 - amount.abs(), 1 - image, image)


def in_fewer_steps(image: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Leaves 8 to 4 bits of each value (posterize)."""
    steps = 2 ** (4 * amount.abs()).round()
    return (255 * image / steps).floor() * steps / 255


def paler(image: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Changes how strong the colours are."""
    pale = grey(image)
    return pale + (image - pale) * (1 + 0.9 * amount) if image.shape[1] == 3 else image


def with_contrast(image: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Changes how far the values are from their mean."""
    mean = grey(image).mean((2, 3), keepdim=True)
    return mean + (image - mean) * (1 + 0.9 * amount)


def brighter(image: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Changes how bright it is."""
    return image * (1 + 0.9 * amount)


def sharper(image: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Changes how much a pixel differs from those around it; borders stay."""
    if min(image.shape[2:]) < 3:
        return image
    kernel = image.new_tensor([[1.0, 1.0, 1.0], [1.0, 5.0, 1.0], [1.0, 1.0, 1.0]]) / 13
    channels = image.shape[1]
    smooth = image.clone()
    smooth[:, :, 1:-1, 1:-1] = torch.nn.functional.conv2d(
        image, kernel.expand(channels, 1, 3, 3), groups=channels
    )
    return smooth + (image - smooth) * (1 + 0.9 * amount)
