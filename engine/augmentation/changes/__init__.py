"""What augmentations do to a batch, as plain functions of torch. Exported source prints
them word for word, so each uses only ``torch``, ``nn``, ``math``, ``random`` and its
neighbours.

``pictures`` are what belongs together: first the images (N × C × H × W, from 0 for the
darkest value to 1), then maps of the same height and width, such as the class of each
pixel (N × 1 × H × W), which only move along. Every random choice comes from the
generator, which lies on the CPU, so that it is the same on every device.
"""

from engine.augmentation.changes.drawing import balanced
from engine.augmentation.changes.mixing import cut_mixed, mixed_up
from engine.augmentation.changes.moving import (
    cropped,
    flipped,
    rotations,
    shifts,
    warped,
    zooms,
)
from engine.augmentation.changes.operations import randomly_augmented
from engine.augmentation.changes.pixels import (
    blurred,
    coloured,
    erased,
    noisy,
    noisy_values,
)

__all__ = [
    "balanced",
    "blurred",
    "coloured",
    "cropped",
    "cut_mixed",
    "erased",
    "flipped",
    "mixed_up",
    "noisy",
    "noisy_values",
    "randomly_augmented",
    "rotations",
    "shifts",
    "warped",
    "zooms",
]
