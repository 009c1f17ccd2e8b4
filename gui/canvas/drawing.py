"""A network drawn for a paper or a slide, and written as PNG, SVG or PDF.

What is drawn are the items of a scene of its own, whatever they are, so that nothing which a person does on the canvas
is in it. Everything comes as a generator that says how far it is: a large network is drawn in slices.
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Generator
from functools import lru_cache
from threading import Thread
from typing import NamedTuple, TypeVar, cast

import msgspec
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPagedPaintDevice,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QPicture,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsTextItem, QStyleOptionGraphicsItem

from engine.project import Project
from engine.report import Report
from gui.canvas.items import NodeItem
from gui.canvas.scene import NetworkScene
from gui.canvas.wires import WireLabel
from gui.theme import Theme, font_of

LARGEST_IMAGE = 64_000_000
"""Pixels; more take too much memory here and in the programs that are to show them."""
LONGEST_SIDE = 32_000
"""Pixels; PNG readers seldom take more."""

T = TypeVar("T")

Steps = Generator[float, None, None]
"""How much is done, from 0 to 1."""

_PART = 200
_WAIT_SECONDS = 0.01
_SVG = "http://www.w3.org/2000/svg"
_SCREEN = 96
_POINTS = 72


class Drawing(NamedTuple):
    """A network that is drawn: the scene that holds it, a recording to be shown at any size, and the area it takes.

    Whoever no longer needs it ends the scene.
    """

    scene: NetworkScene
    recording: QPicture
    area: QRectF


class Paper(msgspec.Struct, frozen=True):
    """What a drawing is put on: its margin in units of the canvas, the colour of the ground (none: nothing), and what
    the file says of itself."""

    margin: int = 0
    ground: str = ""
    title: str = ""
    description: str = ""


def drawn(project: Project, report: Report, theme: Theme) -> Generator[float, None, Drawing]:
    """Draws a project's network as the canvas does; answers the `Drawing`."""
    scene = NetworkScene(theme)
    made: Drawing | None = None
    try:
        made = yield from _recorded(scene, project, report)
        return made
    finally:
        if made is None:
            # It was given up on the way.
            scene.end()


def _recorded(scene: NetworkScene, project: Project, report: Report) -> Generator[float, None, Drawing]:
    scene.show_report(report)
    names = [node.id for node in project.network.nodes]
    for count in range(_PART, len(names), _PART):
        scene.show_preview(project.network.part(names[:count]))
        yield 0.5 * count / len(names)
    scene.show_project(project)
    recording = QPicture()
    painter = QPainter(recording)
    try:
        for share in _items_painted(scene, painter):
            yield 0.5 + share / 2
    finally:
        painter.end()
    return Drawing(scene, recording, _area(scene, recording))


def _area(scene: NetworkScene, recording: QPicture) -> QRectF:
    """What is painted. A recording knows it of lines and shapes; of words only the items do."""
    area = QRectF(recording.boundingRect())
    for item in scene.items():
        if isinstance(item, NodeItem):
            area |= item.extent
        elif isinstance(item, WireLabel | QGraphicsTextItem) and item.isVisible():
            area |= item.sceneBoundingRect()
    return area


def size_of(drawing: Drawing, paper: Paper) -> QSize:
    """The size of the picture in units of the canvas, which are pixels at 100 %, and points on a page."""
    margins = QMarginsF(*(paper.margin,) * 4)
    return drawing.area.marginsAdded(margins).size().toSize()


def is_too_large(drawing: Drawing, paper: Paper, scale: int) -> bool:
    """Whether an image of this scale is more than one should ask for."""
    size = size_of(drawing, paper) * scale
    return size.width() * size.height() > LARGEST_IMAGE or max(size.width(), size.height()) > LONGEST_SIDE


def image_of(drawing: Drawing, paper: Paper, scale: int = 1) -> Generator[float, None, QImage]:
    """The picture as an image."""
    image = QImage(size_of(drawing, paper) * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    image.setDotsPerMeterX(round(_SCREEN * scale / 0.0254))
    image.setDotsPerMeterY(round(_SCREEN * scale / 0.0254))
    image.setText("Title", paper.title)
    image.setText("Description", paper.description)
    yield from _painted(drawing, paper, image, scale)
    return image


def png_of(drawing: Drawing, paper: Paper, scale: int = 1) -> Generator[float, None, bytes]:
    """The picture as a PNG file."""
    image = yield from image_of(drawing, paper, scale)
    buffer = _open_buffer()
    yield from _beside(lambda: image.save(buffer, "PNG"))  # pyright: ignore[reportArgumentType, reportCallIssue]
    return bytes(buffer.data().data())


def svg_of(drawing: Drawing, paper: Paper, *, outlined: bool = False) -> Generator[float, None, bytes]:
    """The picture as an SVG file; ``outlined``: letters are shapes, which look the same where the font is missing."""
    buffer = _open_buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(_SCREEN)
    size = size_of(drawing, paper)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(paper.title)
    generator.setDescription(paper.description)
    yield from _painted(drawing, paper, generator)
    return (yield from _tidied(bytes(buffer.data().data()), outlined))


def pdf_of(drawing: Drawing, paper: Paper) -> Generator[float, None, bytes]:
    """The picture as a PDF file of one page, exactly as large as the picture."""
    buffer = _open_buffer()
    writer = QPdfWriter(buffer)
    writer.setPdfVersion(QPagedPaintDevice.PdfVersion.PdfVersion_1_6)
    writer.setResolution(_POINTS)
    writer.setPageSize(
        QPageSize(QSizeF(size_of(drawing, paper)), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    )
    writer.setPageMargins(QMarginsF())
    writer.setTitle(paper.title)
    writer.setCreator("Layerloom")
    yield from _painted(drawing, paper, writer)
    return bytes(buffer.data().data())


def _beside(work: Callable[[], T]) -> Generator[float, None, T]:
    """Does what cannot be sliced in a thread of its own, for which the window does not wait."""
    answers: list[T] = []
    thread = Thread(target=lambda: answers.append(work()))
    thread.start()
    while thread.is_alive():
        thread.join(_WAIT_SECONDS)
        yield 1.0
    return answers[0]


def _open_buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _painted(drawing: Drawing, paper: Paper, device: QPaintDevice, scale: int = 1) -> Steps:
    painter = QPainter(device)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        if paper.ground:
            painter.fillRect(QRect(QPointF().toPoint(), size_of(drawing, paper)), QColor(paper.ground))
        painter.translate(QPointF(paper.margin, paper.margin) - drawing.area.topLeft())
        yield from _items_painted(drawing.scene, painter)
    finally:
        painter.end()


def _items_painted(scene: NetworkScene, painter: QPainter) -> Steps:
    items = scene.items(Qt.SortOrder.AscendingOrder)
    for number, item in enumerate(items):
        if item.isVisible():
            option = QStyleOptionGraphicsItem()
            option.exposedRect = item.boundingRect()  # pyright: ignore[reportAttributeAccessIssue]
            painter.save()
            painter.setTransform(item.sceneTransform(), True)
            painter.setOpacity(item.effectiveOpacity())
            item.paint(painter, option, None)  # pyright: ignore[reportArgumentType]
            painter.restore()
        yield (number + 1) / len(items)


def _tidied(svg: bytes, outlined: bool) -> Generator[float, None, bytes]:
    """Without the empty groups that Qt writes, and with a family to fall back on for each text, or its outline."""
    ET.register_namespace("", _SVG)
    root = yield from _beside(lambda: ET.fromstring(svg))
    # Qt gives millimetres, from which programs come back to pixels by ways of their own.
    _, _, width, height = root.get("viewBox", "").split()
    root.attrib |= {"width": width, "height": height}
    for parent in list(root.iter()):
        yield 1.0
        parent[:] = [child for child in parent if child.tag != f"{{{_SVG}}}g" or len(child)]
    for text in root.findall(f".//{{{_SVG}}}text"):
        text.set("font-family", f"{text.get('font-family')}, sans-serif")
        if outlined:
            _outline(text)
        yield 1.0
    return (yield from _beside(lambda: ET.tostring(root, encoding="utf-8", xml_declaration=True)))


def _outline(text: ET.Element) -> None:
    at = QPointF(float(text.get("x", 0)), float(text.get("y", 0)))
    family = text.get("font-family", "").removesuffix(", sans-serif")
    path = _outline_of(text.text or "", family, int(text.get("font-size", 0)), int(text.get("font-weight", 400)))
    colour, opacity = text.get("fill", ""), text.get("fill-opacity", "1")
    text.clear()
    text.tag = f"{{{_SVG}}}path"
    text.attrib |= {"d": path, "fill": colour, "fill-opacity": opacity, "stroke": "none", "fill-rule": "nonzero"}
    text.set("transform", f"translate({at.x():g},{at.y():g})")


@lru_cache(maxsize=4096)
def _outline_of(words: str, family: str, size: int, weight: int) -> str:
    path = QPainterPath()
    path.addText(QPointF(), font_of(family, size, weight), words)
    letters = "MLC"
    parts: list[str] = []
    for number in range(path.elementCount()):
        element = path.elementAt(number)
        kind = cast(int, element.type.value)  # pyright: ignore[reportAttributeAccessIssue]
        # The second and third point of a curve follow without a letter.
        letter = letters[kind] if kind < len(letters) else " "
        parts.append(f"{letter}{element.x:.2f},{element.y:.2f}")  # pyright: ignore[reportAttributeAccessIssue]
    return "".join(parts)
