"""Sets of images from a person's own folders, one file for each way in which they lie there."""

from engine.datasets.images.folder import ImageFolder
from engine.datasets.images.labelled import LabelledImages
from engine.datasets.images.pairs import ImagePairs

__all__ = ["ImageFolder", "ImagePairs", "LabelledImages"]
