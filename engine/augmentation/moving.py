"""Images turned over, cut, turned, zoomed and moved. A class or a value at each pixel moves along."""

from engine.augmentation.augmentation import GENERATOR, PICTURES, SHARE, Augmentation, Moving, Sort
from engine.call import Call, call
from engine.spec import integer, number


class HorizontalFlip(Augmentation, frozen=True):
    """Turns images over from left to right, where a mirrored image is as likely as the image itself: photos, not
    letters.
    """

    title = "Horizontal flip"
    method = "Krizhevsky, Sutskever and Hinton 2012"

    p: float = number(0.5, low=0, high=1, help=SHARE)

    def function(self, sort: Sort) -> Call:
        return call("flipped", PICTURES, GENERATOR, p=self.p, dim=-1)


class VerticalFlip(Augmentation, frozen=True):
    """Turns images over from top to bottom, where up and down are alike: cells, satellites, textures."""

    title = "Vertical flip"
    method = "Krizhevsky, Sutskever and Hinton 2012, for the other side"

    p: float = number(0.5, low=0, high=1, help=SHARE)

    def function(self, sort: Sort) -> Call:
        return call("flipped", PICTURES, GENERATOR, p=self.p, dim=-2)


class RandomCrop(Augmentation, frozen=True):
    """Pads images on all sides, by mirroring them, and cuts out a part of the old size anywhere."""

    title = "Random crop"
    method = "He, Zhang, Ren and Sun 2015: four pixels for images of 32 × 32"

    padding: int = integer(4, low=1, high=512, help="Pixels that are added on each side before the cut.")

    def function(self, sort: Sort) -> Call:
        return call("cropped", PICTURES, GENERATOR, padding=self.padding)


class Rotate(Moving, frozen=True):
    """Turns images around their middle, either way. The corners are filled with the image mirrored."""

    method = "Simard, Steinkraus and Platt 2003"

    degrees: float = number(15, low=0, high=180, help="The largest angle, either way.")

    def function(self, sort: Sort) -> Call:
        return call("rotations", PICTURES, GENERATOR, degrees=self.degrees)


class Zoom(Moving, frozen=True):
    """Makes images larger or smaller around their middle. What is missing is filled with the image mirrored."""

    method = "Simonyan and Zisserman 2014, who call it scale jittering"

    amount: float = number(0.2, low=0, high=4, help="The largest factor less 1: 0.2 is from 1 / 1.2 to 1.2.")

    def function(self, sort: Sort) -> Call:
        return call("zooms", PICTURES, GENERATOR, amount=self.amount)


class Shift(Moving, frozen=True):
    """Moves images to any side. What is missing is filled with the image mirrored."""

    method = "Simard, Steinkraus and Platt 2003"

    amount: float = number(0.1, low=0, high=1, help="The furthest, as a share of the width and of the height.")

    def function(self, sort: Sort) -> Call:
        return call("shifts", PICTURES, GENERATOR, amount=self.amount)
