"""The colours of the light and the dark theme, each by what it is for. No other file holds a colour."""

from typing import Literal

import msgspec
from PySide6.QtGui import QColor

_FRAME_TINT = 0.1
_READABLE = 4.5
"""The contrast that text needs, as WCAG 2.2 has it."""


class Theme(msgspec.Struct, frozen=True):
    """The colours of one mode, each by what it is for."""

    name: Literal["light", "dark"]
    background: str
    panel: str
    raised: str
    line: str
    text: str
    dim: str
    faint: str
    accent: str
    on_accent: str
    validation: str
    good: str
    doubt: str
    fault: str
    cold: str
    """What does not train."""
    note: str
    note_edge: str
    frames: dict[str, str]
    """The edge of a frame of each colour; thinned, it is also its tint."""
    families: dict[str, str]
    overlays: tuple[str, ...]
    """Curves of earlier runs, laid over."""
    heat: tuple[str, ...]
    """Equal steps of lightness in one hue (OKLCH), on all of which `text` can be read."""

    def colour(self, token: str, opacity: float = 1.0) -> QColor:
        """The colour of a token: ``theme.colour("accent", 0.3)``."""
        colour = QColor(getattr(self, token))
        colour.setAlphaF(opacity)
        return colour

    def family(self, family: str) -> QColor:
        """The colour of a family of layers."""
        return QColor(self.families.get(family, self.dim))

    def frame_tint(self, colour: str) -> QColor:
        """What lies over the ground in a frame of a colour."""
        tint = QColor(self.frames[colour])
        tint.setAlphaF(_FRAME_TINT)
        return tint

    def warmth(self, share: float) -> QColor:
        """The colour between the coolest (0) and the hottest (1)."""
        place = min(max(share, 0.0), 1.0) * (len(self.heat) - 1)
        below = min(int(place), len(self.heat) - 2)
        return mixed(QColor(self.heat[below]), QColor(self.heat[below + 1]), place - below)

    def ink_on(self, ground: QColor) -> QColor:
        """The colour of text that can be read on any ground: this theme's own, wherever that will do."""
        inks = (QColor(self.text), QColor(self.background), QColor("#000000"), QColor("#ffffff"))
        return next((ink for ink in inks if contrast(ink, ground) >= _READABLE), inks[0])

    def sequence(self, number: int) -> QColor:
        """The colour of the n-th class or laid-over run; they repeat after the last."""
        return QColor(self.overlays[number % len(self.overlays)])


def mixed(one: QColor, other: QColor, part: float) -> QColor:
    """A colour on the way from one (0) to the other (1)."""
    return QColor.fromRgbF(
        one.redF() + part * (other.redF() - one.redF()),
        one.greenF() + part * (other.greenF() - one.greenF()),
        one.blueF() + part * (other.blueF() - one.blueF()),
    )


def contrast(one: QColor, other: QColor) -> float:
    """How well one colour can be told from the other: from 1 for none to 21, as WCAG 2.2 has it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


DARK = Theme(
    name="dark",
    background="#12151a",
    panel="#181c22",
    raised="#1f242c",
    line="#2b323d",
    text="#e7eaf0",
    dim="#98a2b3",
    faint="#818c9d",
    accent="#3ba6ff",
    on_accent="#04121f",
    validation="#ffb454",
    good="#3ecf8e",
    doubt="#f5b83d",
    fault="#ff6b6b",
    cold="#8ecbf5",
    note="#2b2819",
    note_edge="#4d472b",
    frames={
        "grey": "#7d8899",
        "blue": "#4f9dff",
        "violet": "#a685ff",
        "green": "#3ecf8e",
        "amber": "#e3b341",
        "orange": "#ff8a5c",
        "pink": "#f472b6",
    },
    families={
        "Input and output": "#aab4c3",
        "Linear": "#4f9dff",
        "Convolution": "#a685ff",
        "Pooling": "#35c9b5",
        "Normalization": "#e3b341",
        "Activation": "#ff8a5c",
        "Regularization": "#8d99ab",
        "Shape": "#8d99ab",
        "Recurrent": "#56c7ea",
        "Attention": "#d98cf2",
        "Merge and arithmetic": "#f472b6",
        "Block": "#9ccc65",
        "Python": "#d6d24c",
    },
    overlays=(
        "#a685ff",
        "#35c9b5",
        "#ff8a5c",
        "#f472b6",
        "#e3b341",
        "#4f9dff",
        "#9ccc65",
        "#aab4c3",
        "#ff6b6b",
        "#67e8f9",
    ),
    heat=("#231c19", "#36241b", "#492b1c", "#5d321b", "#713919", "#864015", "#9c470d"),
)

LIGHT = Theme(
    name="light",
    background="#eef1f5",
    panel="#ffffff",
    raised="#f5f7fa",
    line="#d9dfe7",
    text="#1a2230",
    dim="#5b6675",
    faint="#636e7c",
    accent="#0a66c6",
    on_accent="#ffffff",
    validation="#a65400",
    good="#0f7a4c",
    doubt="#8f5b00",
    fault="#c93333",
    cold="#0b6b94",
    note="#fff7d6",
    note_edge="#e6d796",
    frames={
        "grey": "#7b8696",
        "blue": "#1e6fe0",
        "violet": "#7a4fe0",
        "green": "#0f8a55",
        "amber": "#a87400",
        "orange": "#d2551f",
        "pink": "#b83280",
    },
    families={
        "Input and output": "#6b7686",
        "Linear": "#1e6fe0",
        "Convolution": "#7a4fe0",
        "Pooling": "#0c8476",
        "Normalization": "#9c6c00",
        "Activation": "#c6501d",
        "Regularization": "#66748a",
        "Shape": "#66748a",
        "Recurrent": "#0b7799",
        "Attention": "#9a3fc0",
        "Merge and arithmetic": "#b83280",
        "Block": "#4d7c0f",
        "Python": "#7a6f00",
    },
    overlays=(
        "#7a4fe0",
        "#0d8f80",
        "#d2551f",
        "#b83280",
        "#a87400",
        "#1e6fe0",
        "#4d7c0f",
        "#6b7686",
        "#c93333",
        "#0e7490",
    ),
    heat=("#fff8f3", "#ffe4d4", "#ffcfb5", "#fcba96", "#f9a576", "#f49053", "#ef7926"),
)
