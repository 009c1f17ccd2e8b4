"""Writes docs/layers.md from the classes of the layers.

python docs/make_layers.py [FILE]
"""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.layers import Input, Layer, Output, Twin, in_words  # noqa: E402
from engine.layers.weighted import Filled, Scaling, SingleWeight, Weighted  # noqa: E402
from engine.measure import measure  # noqa: E402
from engine.spec import Field, Shape  # noqa: E402

EXAMPLES: tuple[Shape, ...] = ((12,), (16, 10), (8, 16, 16), (4, 8, 8, 8))
"""What a layer is shown with, where it takes it as it is: one sample of each rank."""

HEAD = """# The layers

Made by `docs/make_layers.py` from the classes in `engine/layers/`; see [adding a layer](adding-a-layer.md).

Shapes are those of one sample, without the batch: an image is channels × height × width, a signal channels × length,
a volume channels × depth × height × width, a sequence steps × features. Dimensions are counted from 1. Names and
defaults are PyTorch's own wherever it has them.
"""

WEIGHTS = """## Settings of all layers with weights

They stand folded away in the inspector, and in files only where they differ from the default.
"""


def text() -> str:
    """The whole page."""
    families = dict.fromkeys(kind.family for kind in Layer.kinds.values())
    parts = [HEAD, *_contents(families)]
    for family in families:
        parts.append(f"## {family}\n")
        parts += [part for kind in Layer.kinds.values() if kind.family == family for part in _layer(kind)]
    return "\n".join([*parts, *_weights()])


def _contents(families: dict[str, None]) -> Iterator[str]:
    for family in families:
        names = [name for name, kind in Layer.kinds.items() if kind.family == family]
        yield f"- **{family}**: {', '.join(f'[{name}](#{name.lower()})' for name in names)}"
    yield ""


def _layer(kind: type[Layer]) -> Iterator[str]:
    yield f"### {kind.__name__}\n\n{kind.help()}\n\n```math\n{kind.formula}\n```\n"
    yield _shapes(kind)
    own = [field for field in kind.declared.values() if not field.advanced]
    if own:
        yield _settings(own)
    if issubclass(kind, Weighted):
        yield "It has weights: see [their settings](#settings-of-all-layers-with-weights).\n"


def _shapes(kind: type[Layer]) -> str:
    if kind is Input:
        return "Takes the samples of the dataset.\n"
    if kind is Twin:
        return "Takes what the other takes.\n"
    count = kind().inputs
    several = {None: "two inputs or more, each ", 1: ""}.get(count, f"{count} inputs, each ")
    words = f"Takes {several}{kind.accepts.words}."
    examples = [f"{in_words(shape)} → {in_words(after)}" for shape in EXAMPLES if (after := _after(kind, shape))]
    if not examples or kind is Output:
        return f"{words}\n"
    return f"{words} With its default settings: {', '.join(examples)}.\n"


def _after(kind: type[Layer], shape: Shape) -> Shape | None:
    """What the layer makes of a sample, as it is before anything is set; None: it does not take it."""
    layer = kind()
    shapes = (shape,) * (2 if layer.inputs is None else layer.inputs)
    if not layer.accepts.takes(shape) or layer.refuses(*shapes):
        return None
    return measure(layer, shapes).output_shape


def _settings(fields: list[Field]) -> str:
    rows = [f"| `{field.name}` | {_default(field)} | {_limits(field)} | {field.help} |" for field in fields]
    return "\n".join(["| setting | default | allowed | |", "|---|---|---|---|", *rows, ""])


def _default(field: Field) -> str:
    return "[an example](python-layer.md)" if field.kind == "code" else _shown(field.default)


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case tuple():
            return in_words(value) if value else "empty"
        case _:
            return str(value)


def _limits(field: Field) -> str:
    words = field.expected().removeprefix("It must be ").removesuffix(".")
    return "yes or no" if field.kind == "flag" else words.removeprefix("one of: ")


def _weights() -> Iterator[str]:
    yield WEIGHTS
    for kind, words in (
        (Weighted, "All of them:"),
        (Filled, "Those whose weights are matrices or filters:"),
        (SingleWeight, "Those with one such weight:"),
        (Scaling, "Those whose weights are factors, as of a normalisation:"),
    ):
        known = kind.__bases__[0].declared
        yield f"{words}\n"
        yield _settings([field for name, field in kind.declared.items() if name not in known])


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs/layers.md").write_text(text(), encoding="utf-8")
