"""What is watched while a network trains, beside loss and metric: what each is called, means, and how it is read."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QColor

from engine.curve import Curve, Values
from engine.curves import History
from gui.theme import Theme, mixed
from gui.words import brief, in_bytes, translated, with_thousands


class Measure(NamedTuple):
    """Something that is watched. Of each layer, or of the whole."""

    name: str
    title: str
    help: str
    of_layers: bool = False


MEASURES = {
    measure.name: measure
    for measure in (
        Measure(
            "gradient",
            "Gradient norm",
            "How strongly the loss pulls at all weights together, before clipping. It usually shrinks slowly. If "
            "it leaps up, lower the learning rate or clip gradients; near 0, hardly anything is learned any more.",
        ),
        Measure(
            "updates",
            "Update ratio",
            "How far one step moves the weights of each layer, as a share of their size. About 0.001 is healthy. "
            "Blue layers, below 0.0001, hardly learn; orange ones, above 0.01, are shaken: lower the learning "
            "rate.",
            of_layers=True,
        ),
        Measure(
            "gradients",
            "Gradient per layer",
            "How strongly the loss pulls at the weights of each layer; the stronger, the more colour. Where the "
            "first layers get far less than the last, the gradient vanishes on its way through the network.",
            of_layers=True,
        ),
        Measure(
            "learning_rate",
            "Learning rate",
            "How far a step follows the gradient, as the schedule has it now.",
        ),
        Measure(
            "speed",
            "Samples/s",
            "Samples that are trained on in a second. Validation and pauses are not counted.",
        ),
        Measure(
            "memory",
            "Memory",
            "Main memory that the process of the training holds. It should not go on growing.",
        ),
        Measure(
            "device_memory",
            "GPU memory",
            "Memory of the graphics card that the training holds.",
        ),
    )
}

SMOOTHED = ("gradient", "speed")
"""Of which each value by itself says little."""

HEALTHY = (1e-4, 1e-2)
"""Between these a layer learns well: about 0.001, as A. Karpathy advises in his notes for Stanford's CS231n."""

SPAN = (-6.0, 0.0)
"""The powers of ten that the colours of update ratios tell apart."""

SHADES = 256


def value_in_words(name: str, value: float) -> str:
    """As short as a person reads it."""
    if name in ("memory", "device_memory"):
        return in_bytes(round(value))
    if name == "speed":
        return with_thousands(round(value))
    return brief(f"{value:.2g}" if name == "updates" else f"{value:.3g}")


def verdict(ratio: float) -> str:
    """What an update ratio means."""
    low, high = HEALTHY
    if ratio < low:
        return translated("hardly learns")
    if ratio > high:
        return translated("moves too far")
    return translated("learns well")


def curves_of(history: History, name: str) -> Mapping[str, Curve]:
    """The curves of a measure, by layers where it is of layers, without those that have no point."""
    if MEASURES[name].of_layers:
        known = history.updates if name == "updates" else history.gradients
        return {layer: known[layer] for layer in history.layers if layer in known and len(known[layer])}
    curve = history.watched.get(name)
    return {name: curve} if curve is not None and len(curve) else {}


def typical(history: History) -> float:
    """The update ratio of the layer in the middle, at the last look."""
    return float(np.median([curve.values[-1] for curve in curves_of(history, "updates").values()]))


class Learning(NamedTuple):
    """How a layer learns, as seen last."""

    gradient: float
    update: float | None


def learning(history: History) -> dict[str, Learning]:
    """How each layer learns, by its name, as seen last."""
    updates = curves_of(history, "updates")
    return {
        layer: Learning(float(curve.values[-1]), float(updates[layer].values[-1]) if layer in updates else None)
        for layer, curve in curves_of(history, "gradients").items()
    }


def of_layer(known: Mapping[str, Learning], path: Sequence[str]) -> list[Learning]:
    """What is known of the layer that the ids lead to, of each of its repetitions, or of all layers in a block."""
    names = {name: [part for part in name.split(".") if not part.isdigit()] for name in known}
    return [known[name] for name, parts in names.items() if parts[: len(path)] == list(path)]


def span_in_words(name: str, values: Sequence[float]) -> str:
    """One value, or the least and the largest."""
    low, high = (value_in_words(name, value) for value in (min(values), max(values)))
    return low if low == high else f"{low} – {high}"


def shades(name: str, theme: Theme) -> list[QColor]:
    """The colours of a measure of layers, from the smallest value to the largest."""
    places = [number / (SHADES - 1) for number in range(SHADES)]
    if name != "updates":
        return [theme.warmth(place) for place in places]
    low, high = SPAN
    return [_of_ratio(low + place * (high - low), theme) for place in places]


def _of_ratio(power: float, theme: Theme) -> QColor:
    """Calm in the healthy band, and the stronger the further from it."""
    healthy = mixed(theme.colour("good"), theme.colour("panel"), 0.45)
    low, high = np.log10(HEALTHY)
    stops = [
        (SPAN[0], theme.colour("accent")),
        (low - 0.5, mixed(theme.colour("accent"), theme.colour("panel"), 0.4)),
        (low + 0.2, healthy),
        (high - 0.2, healthy),
        (high + 0.5, theme.colour("doubt")),
        (SPAN[1], theme.colour("fault")),
    ]
    below = max(number for number, (place, _) in enumerate(stops[:-1]) if place <= max(power, SPAN[0]))
    (start, first), (end, second) = stops[below], stops[below + 1]
    return mixed(first, second, min(1.0, max(0.0, (power - start) / (end - start))))


def shade_numbers(name: str, curves: Mapping[str, Curve], low: float, high: float, columns: int) -> Values:
    """Which of the `shades` each layer has in each column from step ``low`` to ``high`` (layers × columns); NaN where
    nothing is known.
    """
    steps = np.linspace(low, high, max(columns, 1))
    rows = np.stack([_held(curve, steps) for curve in curves.values()])
    powers = np.log10(np.maximum(rows, 1e-30))
    if name == "updates":
        first, last = SPAN
    else:
        known = powers[np.isfinite(powers) & (rows > 0)]
        first, last = (float(known.min()), float(known.max())) if known.size else SPAN
    places = (powers - first) / max(last - first, 1e-9)
    return np.clip(places, 0, 1) * (SHADES - 1)


def _held(curve: Curve, steps: Values) -> Values:
    """The value of the last look at each step; NaN before the first look, and after the last."""
    places = np.searchsorted(curve.steps, steps, side="right") - 1
    values = curve.values[np.maximum(places, 0)].copy()
    # What was seen first and last is at least a column wide.
    gap = (steps[-1] - steps[0]) / max(len(steps) - 1, 1)
    values[(steps < curve.steps[0] - gap) | (steps > curve.steps[-1] + gap)] = np.nan
    return values
