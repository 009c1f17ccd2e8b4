"""How the time of an epoch grows with the size of a batch, the width and the depth of a network, and the samples.

``python benchmarks growth``: Layerloom's trainer, without a window, beside a plain PyTorch loop (`_peers`) that trains
the same perceptron on the same samples. From one network in the middle each size is changed alone. They take turns; the
median of the epochs counts, but for the first. The plot goes where ``python -m benchmarks.growth PICTURE`` says.
"""

import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks._session import private_home
from benchmarks._workloads import Workload
from benchmarks.training import Peer, job_of, project_of

INPUTS, CLASSES = 64, 10
MIDDLE = {"batch": 128, "width": 256, "depth": 2, "samples": 8_192}
SIZES = {
    "batch": (8, 32, 128, 512, 2_048),
    "width": (16, 64, 256, 1_024),
    "depth": (1, 2, 4, 8, 16),
    "samples": (512, 2_048, 8_192, 32_768),
}
TITLES = {"batch": "batch size", "width": "width", "depth": "hidden layers", "samples": "samples"}
EPOCHS, SECONDS = 4, 5.0
"""Of each, in each place: so many epochs, or fewer where they last longer."""


class Point(NamedTuple):
    """Milliseconds of an epoch where one size is as here and all others are those of the middle."""

    size: str
    value: int
    layerloom: float
    plain: float


def main(picture: Path | None) -> int:
    """Measures, prints a table and draws the plot."""
    points = list[Point]()
    with private_home() as home:
        peer = Peer(Path(sys.executable), "torch")
        print(f"{'':20}{'Layerloom':>12}{'plain loop':>14}{'share':>8}")
        for point in measured(peer, home):
            points.append(point)
            words = f"{TITLES[point.size]} {point.value:,}"
            share = point.layerloom / point.plain
            print(f"{words:20}{point.layerloom:>9.1f} ms{point.plain:>11.1f} ms{share:>8.2f}", flush=True)
        peer.close()
    if picture is not None:
        draw(points, picture)
    return 0


def measured(peer: Peer, home: Path) -> Iterator[Point]:
    """Each size after the other."""
    for size, values in SIZES.items():
        for value in values:
            workload = made(f"{size}-{value}", **{**MIDDLE, size: value})
            write_samples(workload, home / workload.name)
            plain = peer.ask({**job_of(workload, home), "seconds": SECONDS})["epochs"]
            own = trained(project_of(workload, home / workload.name, EPOCHS + 1), home / f"run-{workload.name}")
            yield Point(size, value, 1000 * statistics.median(own), 1000 * statistics.median(plain))


def made(name: str, batch: int, width: int, depth: int, samples: int) -> Workload:
    """A perceptron of these sizes."""
    layers = (*(f"linear {width}", "relu") * depth, f"linear {CLASSES}")
    return Workload(name, name, layers, batch, samples, 1.0, EPOCHS)


def write_samples(workload: Workload, folder: Path) -> None:
    """Random values and classes: what they are makes no difference to the time."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for part, count in (("train", workload.samples), ("validation", workload.judged)):
        np.save(folder / f"x_{part}.npy", rng.random((count, INPUTS), np.float32))
        np.save(folder / f"y_{part}.npy", np.arange(count) % CLASSES)


def trained(project: Any, folder: Path) -> list[float]:
    """Trains in this process. Answers the seconds of each epoch but the first."""
    from engine.events import Epoch
    from engine.runs import Run
    from engine.trainer import record, train

    run = Run.create(folder, project)
    ends = [event.time for event in record(run, train(run)) if isinstance(event, Epoch)]
    return [after - before for before, after in pairwise(ends)]


# The plot

WIDTH, HEIGHT, SCALE = 1000, 260, 2
MARGINS = (66, 40, 12, 40)
"""Of each plot, in pixels: left, top, right, bottom."""
ROOM_ABOVE = 0.1
"""Between the longest time and the top of a plot, in powers of ten."""


def draw(points: Sequence[Point], file: Path) -> None:
    """Four plots beside each other, both axes logarithmic, in the light colours of the window."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QApplication

    from gui.theme import Appearance

    application = QApplication([])
    theme = Appearance(application, "light").theme
    picture = QImage(WIDTH * SCALE, HEIGHT * SCALE, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(SCALE)
    picture.fill(theme.colour("panel"))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    times = [time for point in points for time in (point.layerloom, point.plain)]
    lowest, highest = np.floor(np.log10(min(times))), np.log10(max(times)) + ROOM_ABOVE
    left, top, right, bottom = MARGINS
    wide = WIDTH / len(SIZES)
    for number, size in enumerate(SIZES):
        place = QRectF(number * wide + left, top, wide - left - right, HEIGHT - top - bottom)
        _draw_one(painter, theme, place, [point for point in points if point.size == size], lowest, highest)
    painter.end()
    picture.save(str(file))


def _draw_one(painter: Any, theme: Any, place: Any, points: Sequence[Point], lowest: float, highest: float) -> None:
    from PySide6.QtCore import QPointF, QRectF, Qt
    from PySide6.QtGui import QPen, QPolygonF

    from gui import theme as looks

    def height_of(power: float) -> float:
        return place.bottom() - (power - lowest) / (highest - lowest) * place.height()

    def write(words: str, around: QPointF, where: Any, token: str = "dim") -> None:
        painter.setPen(theme.colour(token))
        painter.drawText(QRectF(around.x() - 100, around.y() - 10, 200, 20), where, words)

    middle, up = Qt.AlignmentFlag.AlignCenter, Qt.AlignmentFlag.AlignVCenter
    painter.setFont(looks.small_font())
    for power in range(round(lowest), int(highest) + 1):
        at = height_of(power)
        painter.setPen(theme.colour("line"))
        painter.drawLine(QPointF(place.left(), at), QPointF(place.right(), at))
        write(f"{10.0**power:,.5g} ms", QPointF(place.left() - 106, at), up | Qt.AlignmentFlag.AlignRight, "faint")
    across = [place.left() + place.width() * (at + 0.5) / len(points) for at in range(len(points))]
    for at, point in zip(across, points, strict=True):
        write(f"{point.value:,}", QPointF(at, place.bottom() + 14), middle, "faint")
    write(TITLES[points[0].size], QPointF(place.center().x(), place.bottom() + 30), middle)
    for row, (name, token) in enumerate((("layerloom", "accent"), ("plain", "validation"))):
        dashes = Qt.PenStyle.DashLine if row else Qt.PenStyle.SolidLine
        times = [getattr(point, name) for point in points]
        dots = [QPointF(at, height_of(np.log10(time))) for at, time in zip(across, times, strict=True)]
        painter.setPen(QPen(theme.colour(token), looks.CURVE_WIDTH, dashes))
        painter.drawPolyline(QPolygonF(dots))
        key = QPointF(place.left(), 10 + 16 * row)
        painter.drawLine(key, key + QPointF(22, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(token))
        for dot in dots:
            painter.drawEllipse(dot, looks.MARKER / 2, looks.MARKER / 2)
        write(("Layerloom", "plain PyTorch loop")[row], key + QPointF(128, 0), up | Qt.AlignmentFlag.AlignLeft)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
