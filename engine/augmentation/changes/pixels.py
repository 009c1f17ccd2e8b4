"""Pictures in other colours, blurred, noisy, with a hole; and noisy tables. Maps that
belong to them stay as they are.
"""

import math

import torch
from torch import nn


def coloured(
    pictures: list[torch.Tensor],
    generator: torch.Generator,
    brightness: float,
    contrast: float,
    saturation: float,
    hue: float,
) -> list[torch.Tensor]:
    """Multiplies brightness, contrast and saturation by up to 1 ± each, and turns the
    colours by up to ± ``hue`` rounds.
    """
    image = pictures[0] * factors(pictures[0], generator, brightness)
    mean = grey(image).mean((2, 3), keepdim=True)
    image = mean + (image - mean) * factors(image, generator, contrast)
    if image.shape[1] == 3:
        pale = grey(image)
        image = pale + (image - pale) * factors(image, generator, saturation)
        image = turned_colours(image, hue * (factors(image, generator, 1.0) - 1))
    return [image.clamp(0, 1), *pictures[1:]]


def factors(
    image: torch.Tensor, generator: torch.Generator, amount: float
) -> torch.Tensor:
    """A number from 1 - ``amount`` to 1 + ``amount`` for each picture."""
    drawn = 2 * torch.rand(len(image), 1, 1, 1, generator=generator) - 1
    return (1 + amount * drawn).to(image.device)


def grey(image: torch.Tensor) -> torch.Tensor:
    """How bright each pixel is, as television weighs red, green and blue (ITU-R
    BT.601).
    """
    if image.shape[1] != 3:
        return image.mean(1, keepdim=True)
    weights = image.new_tensor([0.299, 0.587, 0.114])
    return (image * weights[:, None, None]).sum(1, keepdim=True)


def turned_colours(image: torch.Tensor, rounds: torch.Tensor) -> torch.Tensor:
    """Turns colours around the grey axis of YIQ; ``rounds`` is N × 1 × 1 × 1."""
    to_yiq = image.new_tensor(
        [[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]]
    )
    y, i, q = torch.einsum("kc,nchw->knhw", to_yiq, image).unsqueeze(2)
    cos, sin = (2 * math.pi * rounds).cos(), (2 * math.pi * rounds).sin()
    turned = torch.cat([y, cos * i - sin * q, sin * i + cos * q], 1)
    return torch.einsum("ck,nkhw->nchw", torch.linalg.inv(to_yiq), turned)


def blurred(
    pictures: list[torch.Tensor], generator: torch.Generator, sigma: float, p: float
) -> list[torch.Tensor]:
    """Blurs a share ``p`` of the pictures with a Gaussian of up to ``sigma`` pixels."""
    image = pictures[0]
    count, channels, height, width = image.shape
    reach = min(math.ceil(3 * sigma), height - 1, width - 1)
    drawn = 0.1 + (sigma - 0.1) * torch.rand(count, generator=generator)
    chosen = torch.rand(count, generator=generator) < p
    distances = torch.arange(-reach, reach + 1)
    kernel = torch.exp(-(distances**2) / (2 * drawn[:, None] ** 2))
    # Those that are not chosen keep each pixel as it is.
    kernel = torch.where(chosen[:, None], kernel, (distances == 0).float())
    kernel = (kernel / kernel.sum(1, keepdim=True)).to(image.device)
    kernel = kernel.repeat_interleave(channels, 0)[:, None, None]
    padded = nn.functional.pad(image, (reach,) * 4, mode="reflect")
    flat = padded.reshape(1, count * channels, *padded.shape[2:])
    flat = nn.functional.conv2d(flat, kernel, groups=count * channels)
    flat = nn.functional.conv2d(flat, kernel.mT, groups=count * channels)
    return [flat.reshape(image.shape), *pictures[1:]]


def noisy(
    pictures: list[torch.Tensor], generator: torch.Generator, amount: float
) -> list[torch.Tensor]:
    """Adds normal random numbers of this deviation to each pixel."""
    image = pictures[0] + amount * normal(pictures[0], generator)
    return [image.clamp(0, 1), *pictures[1:]]


def noisy_values(
    values: list[torch.Tensor],
    generator: torch.Generator,
    amount: float,
    deviations: torch.Tensor,
) -> list[torch.Tensor]:
    """Adds to each feature normal random numbers of a share of its deviation."""
    first = values[0]
    spread = deviations.to(first.device).reshape(-1, *[1] * (first.dim() - 2))
    return [first + amount * spread * normal(first, generator), *values[1:]]


def normal(like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Normal random numbers, made where they are needed: moving so many there would
    take longer.
    """
    seed = int(torch.randint(2**31, (1,), generator=generator))
    there = torch.Generator(like.device).manual_seed(seed)
    return torch.randn(like.shape, generator=there, device=like.device)


def erased(
    pictures: list[torch.Tensor], generator: torch.Generator, size: float, p: float
) -> list[torch.Tensor]:
    """Fills a square in a share ``p`` of the pictures with the mean of each; its side
    is ``size`` of their shorter side.

    Its middle lies anywhere in the picture, so a part of the square may be outside.
    """
    image = pictures[0]
    count, _, height, width = image.shape
    half = size * min(height, width) / 2
    chosen = torch.rand(count, 1, 1, generator=generator) < p
    y = height * torch.rand(count, 1, 1, generator=generator)
    x = width * torch.rand(count, 1, 1, generator=generator)
    rows = (torch.arange(height)[:, None] + 0.5 - y).abs() < half
    columns = (torch.arange(width) + 0.5 - x).abs() < half
    hole = (rows & columns & chosen)[:, None].to(image.device)
    mean = image.mean((2, 3), keepdim=True)
    return [torch.where(hole, mean, image), *pictures[1:]]
