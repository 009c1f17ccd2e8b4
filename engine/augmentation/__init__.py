"""Every augmentation. Importing this package fills `Augmentation.kinds`, in this order."""

# ruff: noqa: I001 — the order of these imports is the order of the list that people choose from.

from engine.augmentation.augmentation import Augmentation, Mixing, Moving
from engine.augmentation.moving import HorizontalFlip, RandomCrop, Rotate, Shift, VerticalFlip, Zoom
from engine.augmentation.pixels import Blur, Colour, Cutout, Noise
from engine.augmentation.mixing import CutMix, Mixup
from engine.augmentation.operations import RandAugment

__all__ = [
    "Augmentation",
    "Blur",
    "Colour",
    "CutMix",
    "Cutout",
    "HorizontalFlip",
    "Mixing",
    "Mixup",
    "Moving",
    "Noise",
    "RandAugment",
    "RandomCrop",
    "Rotate",
    "Shift",
    "VerticalFlip",
    "Zoom",
]
