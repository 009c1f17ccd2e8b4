"""The steps of a trained network as calls of functions of torch, which exported source prints and ONNX traces."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from engine.export.source import INDENT, WIDTH
from engine.preprocessing import Preprocessing
from engine.steps.fitted import (
    Binned,
    Clipped,
    Complete,
    Filled,
    Fitted,
    Greyed,
    Kept,
    Logarithmic,
    Numbered,
    OneHotted,
    Resized,
    Scaled,
    ScaledImages,
)

if TYPE_CHECKING:
    from torch import Tensor

Step = tuple[str, tuple[Any, ...]]
"""The name of a function of `engine.modules.preparation`, and what it is given beside the samples."""


def calls_of(preprocessing: Preprocessing) -> list[Step]:
    """The calls that prepare samples, one after the other."""
    return [call for fitted in preprocessing.steps for call in _calls(fitted)]


def _calls(fitted: Fitted) -> Iterator[Step]:
    if isinstance(fitted, OneHotted | Numbered) and any(fitted.unseen):
        unseen = zip(fitted.places, map(list, fitted.unseen), strict=True)
        yield "forget_categories", ({place: strange for place, strange in unseen if strange},)
    if call := _call(fitted):
        yield call


def _call(fitted: Fitted) -> Step | None:
    match fitted:
        case Filled(places=places, values=values):
            return "fill_missing", (_by(places, values),)
        case Scaled(places=places, scaling=scaling):
            return "scale_columns", (_by(places, zip(scaling.offset, scaling.scale, strict=True)),)
        case Logarithmic(places=places):
            return "bend_columns", (list(places),)
        case Clipped(places=places, low=low, high=high):
            return "clip_columns", (_by(places, zip(low, high, strict=True)),)
        case Binned(places=places, edges=edges):
            return "bin_columns", (_by(places, map(list, edges)),)
        case OneHotted(places=places, counts=counts):
            return "one_hot_columns", (_by(places, counts),)
        case Numbered(places=places, counts=counts):
            return "number_categories", (_by(places, counts),)
        case Kept(places=places):
            return "keep_columns", (list(places),)
        case ScaledImages(scaling=scaling):
            return "scale_images", (list(scaling.offset), list(scaling.scale))
        case Resized(height=height, width=width, whole=whole):
            return "resize_images", (height, width, whole)
        case Greyed(whole=whole):
            return "grey_images", (whole,)
        case Complete():
            # It leaves out rows, of which an exported network is given none.
            return None
        case _:
            raise TypeError(f"{type(fitted).__name__} has no function")


def _by(places: Iterable[int], values: Iterable[Any]) -> dict[int, Any]:
    return dict(zip(places, values, strict=True))


def printed(calls: Sequence[Step]) -> str:
    """The calls as lines of a function whose samples are called ``x``."""
    return "\n".join(_printed(name, arguments) for name, arguments in calls)


def _printed(name: str, arguments: Sequence[Any]) -> str:
    words = [repr(argument) for argument in arguments]
    line = f"{INDENT}x = {name}({', '.join(['x', *words])})"
    if len(line) <= WIDTH:
        return line
    inner = "\n".join(_wrapped(argument) for argument in arguments)
    return f"{INDENT}x = {name}(\n{INDENT * 2}x,\n{inner}\n{INDENT})"


def _wrapped(argument: Any) -> str:
    """An argument on lines of its own, an entry each where it is too long for one."""
    pad = INDENT * 2
    line = f"{pad}{argument!r},"
    if len(line) <= WIDTH or not isinstance(argument, list | dict):
        return line
    entries = [f"{key!r}: {value!r}" for key, value in argument.items()] if isinstance(argument, dict) else None
    opening, closing = ("{", "}") if entries is not None else ("[", "]")
    rows = "\n".join(f"{pad}{INDENT}{entry}," for entry in entries or map(repr, argument))
    return f"{pad}{opening}\n{rows}\n{pad}{closing},"


def prepared(x: "Tensor", calls: Sequence[Step]) -> "Tensor":
    """Samples, N × shape as float32, after the steps."""
    from engine.modules import preparation

    for name, arguments in calls:
        x = getattr(preparation, name)(x, *arguments)
    return x
