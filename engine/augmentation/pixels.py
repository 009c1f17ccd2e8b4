"""Images in other colours, blurred, noisy or with a hole; and noisy numbers of any kind."""

from engine.augmentation.augmentation import DEVIATIONS, GENERATOR, PICTURES, SHARE, Augmentation, Sort
from engine.call import Call, call
from engine.spec import number


class Colour(Augmentation, frozen=True):
    """Changes brightness, contrast, saturation and hue of images; grey ones have only the first two."""

    title = "Colour"
    method = "Howard 2013"

    brightness: float = number(0.2, low=0, high=1, help="How far the factor is from 1, at most; 0: left alone.")
    contrast: float = number(0.2, low=0, high=1, help="How far the factor is from 1, at most; 0: left alone.")
    saturation: float = number(0.2, low=0, high=1, help="How far the factor is from 1, at most; 0: left alone.")
    hue: float = number(0.02, low=0, high=0.5, help="How far colours turn, at most; 0.5 is half way round.")

    def function(self, sort: Sort) -> Call:
        return call(
            "coloured",
            PICTURES,
            GENERATOR,
            brightness=self.brightness,
            contrast=self.contrast,
            saturation=self.saturation,
            hue=self.hue,
        )


class Blur(Augmentation, frozen=True):
    """Blurs images with a Gaussian, more or less, so that the finest details do not decide."""

    method = "Chen, Kornblith, Norouzi and Hinton 2020"

    sigma: float = number(1.0, low=0.1, high=20, help="The largest deviation of the Gaussian, in pixels.")
    p: float = number(0.5, low=0, high=1, help=SHARE)

    def function(self, sort: Sort) -> Call:
        return call("blurred", PICTURES, GENERATOR, sigma=self.sigma, p=self.p)


class Noise(Augmentation, frozen=True):
    """Adds normal random numbers to every value, so that no single one decides; columns of two values stay."""

    method = "Bishop 1995, who shows that it acts as regularisation"
    takes = ("images", "values")

    amount: float = number(
        0.05,
        low=0,
        high=10,
        help="Deviation of the noise, as a share of the range of the pixels, or of the deviation of each column.",
    )

    def function(self, sort: Sort) -> Call:
        if sort == "images":
            return call("noisy", PICTURES, GENERATOR, amount=self.amount)
        return call("noisy_values", PICTURES, GENERATOR, amount=self.amount, deviations=DEVIATIONS)


class Cutout(Augmentation, frozen=True):
    """Covers a square of images, so that no single part decides."""

    method = "DeVries and Taylor 2017"

    size: float = number(0.5, low=0.01, high=1, help="Side of the square, as a share of the shorter side of the image.")
    p: float = number(1.0, low=0, high=1, help=SHARE)

    def function(self, sort: Sort) -> Call:
        return call("erased", PICTURES, GENERATOR, size=self.size, p=self.p)
