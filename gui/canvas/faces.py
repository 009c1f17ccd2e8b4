"""What a node says of itself, as words: its name, its settings, what it costs and what leaves it."""

import msgspec
from PySide6.QtCore import QCoreApplication

from engine.data import Data
from engine.errors import LayerloomError
from engine.graph import Node
from engine.layers import Input, Output, in_words
from engine.report import NodeReport, Problem, Severity
from engine.spec import Shape

SIGNS: dict[Severity, str] = {"fault": "×", "doubt": "!"}


class Face(msgspec.Struct, frozen=True):
    """All that a node shows; what is not known is empty."""

    title: str
    letter: str
    own_name: str = ""
    """The id, where a person chose it."""
    summary: str = ""
    parameters: str = ""
    shape: str = ""
    """The shape of what leaves it."""
    severity: Severity | None = None


class DataWords(msgspec.Struct, frozen=True):
    """What the ends of a network say of the data."""

    samples: str = ""
    answers: str = ""


def data_words(data: Data) -> DataWords:
    """A sample and an answer in words: “28 × 28 grey”, “10 classes”; empty where the dataset cannot tell yet."""
    try:
        return DataWords(_sample_words(data.dataset.shape), _answer_words(data))
    except LayerloomError:
        return DataWords()


def face_of(node: Node, words: DataWords, report: NodeReport | None, problems: tuple[Problem, ...]) -> Face:
    """The face of a node by what is known of it."""
    layer = node.layer
    summary = layer.summary()
    if isinstance(layer, Input) and not summary:
        summary = words.samples
    elif isinstance(layer, Output):
        summary = words.answers
    return Face(
        layer.title,
        layer.title[0],
        node.id if node.has_own_name else "",
        summary,
        f"{report.parameters:,}" if report and report.parameters else "",
        shape_words(report.output_shape) if report and report.output_shape is not None else "",
        worst(problems),
    )


def worst(problems: tuple[Problem, ...]) -> Severity | None:
    """A fault outweighs any number of doubts."""
    severities = {problem.severity for problem in problems}
    return "fault" if "fault" in severities else "doubt" if severities else None


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
    if classes:
        words = QCoreApplication.translate("Canvas", "%n class(es)", "", classes)
        return _in_english(words, "class(es)", "class", "classes", classes)
    words = QCoreApplication.translate("Canvas", "%n value(s)", "", values)
    return _in_english(words, "value(s)", "value", "values", values)


def _in_english(words: str, form: str, one: str, many: str, count: int) -> str:
    """Where no translation is loaded, Qt leaves the choice between one and many open."""
    return words.replace(form, one if count == 1 else many)
