"""What assistive technology is told of the canvas: a layer, a selection or the whole network in sentences."""

from PySide6.QtCore import QCoreApplication

from engine.blocks import Block
from engine.graph import Graph, Node
from engine.layers import Input, Layer, Output
from engine.remarks import Note, Remark
from engine.report import NodeReport, Problem
from engine.spec import Shape
from gui.words import shape_in_words, translated, with_thousands


def network_in_words(network: Graph) -> str:
    """How much there is."""
    words = _tr("{layers} layers and {wires} wires between them.")
    return words.format(layers=len(network.nodes), wires=len(network.wires))


def selection_in_words(selection: tuple[str, ...]) -> str:
    """What is selected."""
    return _tr("{count} layers selected: {names}.").format(count=len(selection), names=", ".join(selection))


def remark_in_words(remark: Remark) -> str:
    """What a note says, or the title of a frame."""
    if isinstance(remark, Note):
        return _tr("Note: {text}").format(text=remark.text)
    return _tr("Frame: {title}").format(title=remark.title)


def node_in_words(network: Graph, node: Node, report: NodeReport | None, problems: tuple[Problem, ...]) -> str:
    """What a layer is called, and all that there is to say of it."""
    called = _tr("{kind}, called {name}.").format(kind=node.layer.title, name=node.id)
    return f"{called} {description_in_words(network, node, report, problems)}"


def name_in_words(node: Node) -> str:
    """What a layer is called: ``Conv2d conv2d_1``."""
    return f"{node.layer.title} {node.id}"


def description_in_words(network: Graph, node: Node, report: NodeReport | None, problems: tuple[Problem, ...]) -> str:
    """The problems of a layer, its settings, its shape, what it is wired to, and of a block how it is opened."""
    sentences = [
        *[_problem(problem) for problem in problems],
        _state(node),
        _block(node.layer),
        _settings(node.layer),
        _facts(report),
        _ends(_tr("Fed by {names}."), network.predecessors(node.id)),
        _ends(_tr("Feeds {names}."), tuple(wire.target for wire in network.outgoing(node.id))),
    ]
    if not network.incoming(node.id) and not network.outgoing(node.id):
        sentences.append(_tr("Not wired."))
    if isinstance(node.layer, Block):
        sentences.append(_tr("Double-click or Enter opens it."))
    return " ".join(filter(None, sentences))


def _problem(problem: Problem) -> str:
    words = _tr("Fault: {message}") if problem.severity == "fault" else _tr("Doubt: {message}")
    return words.format(message=translated(problem.message))


def _state(node: Node) -> str:
    states = [_tr("Frozen.") if node.frozen else "", _tr("Bypassed.") if node.bypassed else ""]
    return " ".join(filter(None, states))


def _block(layer: Layer) -> str:
    if not isinstance(layer, Block):
        return ""
    count = sum(not isinstance(node.layer, Input | Output) for node in layer.blueprint.graph.nodes)
    words = [_tr("A block of 1 layer.") if count == 1 else _tr("A block of {count} layers.").format(count=count)]
    if layer.repeat > 1:
        words.append(_tr("Repeated {count} times.").format(count=layer.repeat))
    return " ".join(words)


def _settings(layer: Layer) -> str:
    said = {"repeat"} if isinstance(layer, Block) else set[str]()
    values = {name: getattr(layer, name) for name in layer.declared if name not in said}
    settings = [f"{name} {_value(value)}" for name, value in values.items() if value != ()]
    return f"{', '.join(settings)}." if settings else ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return _tr("on") if value else _tr("off")
    if isinstance(value, tuple):
        return " × ".join(map(str, value))
    return str(value)


def _facts(report: NodeReport | None) -> str:
    if report is None or report.output_shape is None:
        return ""
    shape: Shape = report.output_shape
    words = [_tr("Gives {shape}.").format(shape=shape_in_words(shape))]
    if report.parameters:
        words.append(_tr("{count} parameters.").format(count=with_thousands(report.parameters)))
    return " ".join(words)


def _ends(words: str, names: tuple[str, ...]) -> str:
    return words.format(names=", ".join(names)) if names else ""


def _tr(words: str) -> str:
    return QCoreApplication.translate("Canvas", words)
