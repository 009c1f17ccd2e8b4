"""What a node says of itself, as words: its name, its settings, what it costs and what leaves it."""

from functools import lru_cache

import msgspec
from PySide6.QtCore import QCoreApplication

from engine.blocks import Block
from engine.data import Data
from engine.errors import LayerloomError
from engine.graph import Graph, Node
from engine.layers import Input, Layer, Output, in_words
from engine.report import NodeReport, Problem, Severity
from engine.spec import Shape

SIGNS: dict[Severity, str] = {"fault": "×", "doubt": "!"}


class Face(msgspec.Struct, frozen=True):
    """All that a node shows; what is not known is empty."""

    title: str
    letter: str
    own_name: str = ""
    """The id, where a person chose it."""
    times: str = ""
    """How many of it follow each other, where that is more than one."""
    summary: str = ""
    parameters: str = ""
    shape: str = ""
    """The shape of what leaves it."""
    severity: Severity | None = None
    is_frozen: bool = False
    is_bypassed: bool = False


class DataWords(msgspec.Struct, frozen=True):
    """What the ends of a network say of the data."""

    samples: str = ""
    answers: str = ""
    is_of_block: bool = False
    """Whether these are the ends of a block."""
    doors: tuple[str, ...] = ()
    """The ids of a block's Inputs, in the order in which wires arrive at it outside."""


def data_words(data: Data) -> DataWords:
    """A sample and an answer in words: “28 × 28 grey”, “10 classes”; empty where the dataset cannot tell yet."""
    try:
        return DataWords(_sample_words(data.shape), _answer_words(data))
    except LayerloomError:
        return DataWords()


def door_words(network: Graph) -> DataWords:
    """What the ends of the drawing inside a block say."""
    doors = tuple(node.id for node in network.nodes if isinstance(node.layer, Input))
    enters = QCoreApplication.translate("Canvas", "what enters the block")
    return DataWords(enters, QCoreApplication.translate("Canvas", "what leaves the block"), True, doors)


def face_of(node: Node, words: DataWords, report: NodeReport | None, problems: tuple[Problem, ...]) -> Face:
    """The face of a node by what is known of it."""
    layer = node.layer
    return Face(
        _title(layer, words),
        layer.title[0].upper(),
        node.id if node.has_own_name else "",
        f"× {layer.repeat}" if isinstance(layer, Block) and layer.repeat > 1 else "",
        _summary(node, words),
        _cost(node, report),
        shape_words(report.output_shape) if report and report.output_shape is not None else "",
        worst(problems),
        node.frozen and not node.bypassed,
        node.bypassed,
    )


def _cost(node: Node, report: NodeReport | None) -> str:
    if node.bypassed:
        return QCoreApplication.translate("Canvas", "bypassed")
    return f"{report.parameters:,}" if report and report.parameters else ""


def _title(layer: Layer, words: DataWords) -> str:
    if words.is_of_block and isinstance(layer, Input | Output):
        is_input = isinstance(layer, Input)
        return QCoreApplication.translate("Canvas", "Block input" if is_input else "Block output")
    return layer.title


def _summary(node: Node, words: DataWords) -> str:
    match node.layer:
        case Block():
            return node.layer.settings_in_words()
        case Output() if not words.is_of_block:
            return node.layer.summary() or words.answers
        case Output():
            return words.answers
        case Input() if node.id in words.doors and len(words.doors) > 1:
            number = QCoreApplication.translate("Canvas", "number {place} of {count}")
            return number.format(place=words.doors.index(node.id) + 1, count=len(words.doors))
        case Input():
            return node.layer.summary() or words.samples
        case _:
            return node.layer.summary()


def worst(problems: tuple[Problem, ...]) -> Severity | None:
    """A fault outweighs any number of doubts."""
    severities = {problem.severity for problem in problems}
    return "fault" if "fault" in severities else "doubt" if severities else None


@lru_cache(maxsize=4096)
def shape_words(shape: Shape) -> str:
    """A shape as it stands on a wire: “32 × 26 × 26”."""
    return in_words(shape).replace("×", " × ")


def _sample_words(shape: Shape) -> str:
    if len(shape) == 1:
        words = QCoreApplication.translate("Canvas", "%n feature(s)", "", shape[0])
        return _in_english(words, "feature(s)", "feature", "features", shape[0])
    if len(shape) != 3 or shape[0] not in (1, 3):
        return shape_words(shape)
    grey = QCoreApplication.translate("Canvas", "{size} grey")
    colour = QCoreApplication.translate("Canvas", "{size} colour")
    return (grey if shape[0] == 1 else colour).format(size=shape_words(shape[1:]))


def _answer_words(data: Data) -> str:
    classes, values = len(data.dataset.classes), data.dataset.targets
    if data.dataset.task == "transcription":
        words = QCoreApplication.translate("Canvas", "sequences of %n symbol(s)", "", classes)
        return _in_english(words, "symbol(s)", "symbol", "symbols", classes)
    if data.dataset.task == "multilabel":
        words = QCoreApplication.translate("Canvas", "%n label(s)", "", classes)
        return _in_english(words, "label(s)", "label", "labels", classes)
    if classes:
        words = QCoreApplication.translate("Canvas", "%n class(es)", "", classes)
        return _in_english(words, "class(es)", "class", "classes", classes)
    words = QCoreApplication.translate("Canvas", "%n value(s)", "", values)
    return _in_english(words, "value(s)", "value", "values", values)


def _in_english(words: str, form: str, one: str, many: str, count: int) -> str:
    """Where no translation is loaded, Qt leaves the choice between one and many open."""
    return words.replace(form, one if count == 1 else many)
