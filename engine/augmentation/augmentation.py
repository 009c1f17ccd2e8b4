"""What every augmentation promises: a way to make other samples of a batch, at random, while a network is trained.

An augmentation is one class. ``function`` names the function of `engine.augmentation.changes` that does it; the
training calls that, and exported source prints it. Nothing here needs torch.
"""

from typing import ClassVar, Literal

from engine.call import Call, Value
from engine.datasets import Dataset
from engine.spec import Shape, Spec

PICTURES, GENERATOR, DEVIATIONS = Value(0), Value(1), Value(2)
"""Stand for what belongs together in a batch, for where random choices come from, and for how far each feature of a
table spreads.
"""

Sort = Literal["images", "values", "tokens"]
SHARE = "Share of the samples that it changes."


class Augmentation(Spec, frozen=True):
    """Base of all augmentations."""

    method: ClassVar[str]
    """Where it was published, or where it is usual."""
    takes: ClassVar[tuple[Sort, ...]] = ("images",)
    """What the samples may be."""

    def function(self, sort: Sort) -> Call:
        """The call for samples of a sort, of `PICTURES`, `GENERATOR` and `DEVIATIONS`."""
        raise NotImplementedError

    def refuses(self, dataset: Dataset, shape: Shape) -> str:
        """Why it cannot change the samples of a dataset, which are of this shape then, as a sentence; empty: it can."""
        sort = sort_of(dataset, shape)
        if sort in self.takes:
            return ""
        if sort == "tokens":
            return f"{self.title} changes numbers, but a sample of {dataset.title} is a text, whose numbers are names."
        return f"{self.title} changes images, but a sample of {dataset.title} is none."


class Moving(Augmentation, frozen=True):
    """An augmentation that moves pixels by a matrix. Those that follow each other move them once, by their product.

    ``function`` answers the matrices (N × 3 × 3).
    """

    listed = False


class Mixing(Augmentation, frozen=True):
    """An augmentation that makes one sample of two. What is asked for is mixed as well; it comes after all others."""

    listed = False


def sort_of(dataset: Dataset, shape: Shape) -> Sort:
    """What the samples of a dataset are to an augmentation: images, names of tokens, or other values."""
    if dataset.of_tokens:
        return "tokens"
    return "images" if len(shape) == 3 else "values"


def has_maps(dataset: Dataset, shape: Shape) -> bool:
    """Whether what is asked for lies at the pixels of an image, and moves with them."""
    wanted = dataset.target_shape[1:] if dataset.task == "regression" else dataset.places
    return len(shape) == 3 and wanted == shape[1:]
