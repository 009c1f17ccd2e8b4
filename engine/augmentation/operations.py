"""RandAugment: many changes behind two numbers."""

from engine.augmentation.augmentation import GENERATOR, PICTURES, Augmentation, Sort
from engine.call import Call, call
from engine.spec import integer, number


class RandAugment(Augmentation, frozen=True):
    """Draws a few of fourteen changes for each image: turned, sheared, moved, other colours, fewer shades, sharper.

    The list, and how strong each is, are those of the paper: identity, autoContrast, equalize, rotate, solarize, color,
    posterize, contrast, brightness, sharpness, shear-x, shear-y, translate-x, translate-y.
    """

    method = "Cubuk, Zoph, Shlens and Le 2020"

    operations: int = integer(2, low=1, high=14, help="How many changes each image gets.")
    magnitude: float = number(9, low=0, high=30, help="How strong they are, on the scale of the paper, up to 30.")

    def function(self, sort: Sort) -> Call:
        return call(
            "randomly_augmented", PICTURES, GENERATOR, operations=self.operations, magnitude=self.magnitude / 30
        )
