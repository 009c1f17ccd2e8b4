"""ONNX networks as drawings: their layers and settings, not their weights."""

from collections import Counter
from collections.abc import Iterable
from itertools import starmap
from pathlib import Path

import msgspec
import onnx
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx.shape_inference import InferenceError

from engine.errors import LayerloomError, ProjectError
from engine.graph import Graph, Node, Wire
from engine.importers.operators import OPERATORS, Operation
from engine.layers import Input, Layer, Linear, Output
from engine.layout import stacked
from engine.project import MOST_NODES, Project, from_json, unreadable
from engine.spec import Shape

LARGEST_FILE = 2**31
JOINING = ("Add", "Sub", "Mul", "Div", "Sum", "Mean", "Max", "Min", "Concat")
"""Operators whose inputs are all values; of the others, what follows the first is weights and settings."""


def read(path: Path) -> Project:
    """The network of an ONNX file, with the data and training choices where Layerloom wrote it.

    Raises `ProjectError`, which names the operator that no layer expresses.
    """
    model = _loaded(path)
    known = {item.key: item.value for item in model.metadata_props}
    project = _described(known.get("project", ""), path.stem)
    return project.with_network(stacked(_Drawing(model, path.name, _data_shape(project)).network))


def _loaded(path: Path) -> ModelProto:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ProjectError(f"{path.name} is larger than 2 GB, which no ONNX file can be.")
        # Weights in other files are not needed, and a file must not make us read others.
        model = onnx.load(path, load_external_data=False)
        return onnx.shape_inference.infer_shapes(model, data_prop=True)
    except OSError as fault:
        raise unreadable(path, fault) from None
    # The library raises the last three where a graph contradicts itself.
    except (DecodeError, InferenceError, RuntimeError, ValueError):
        raise ProjectError(f"{path.name} is damaged or not an ONNX file.") from None


def _described(project: str, title: str) -> Project:
    try:
        return from_json(project)
    except ProjectError:
        return Project(title=title)


def _data_shape(project: Project) -> Shape | None:
    try:
        return project.data.shape
    except LayerloomError:
        return None


class _Drawing:
    """Draws the operators that lead from the samples to the answer. What computes the shape of a reshape does not."""

    def __init__(self, model: ModelProto, file: str, data_shape: Shape | None) -> None:
        graph = model.graph
        self._file = file
        self._tensors = _tensors(graph)
        self._shapes = _shapes(graph, self._tensors)
        start, end = self._ends(graph)
        self._computed = _computed(graph.node, start)
        shape = self._shapes.get(start, ())[1:]
        if not shape or 0 in shape:
            raise ProjectError(f"{file} takes samples of no fixed shape.", fix="Export it with a fixed input size.")
        layer = Input() if shape == data_shape else Input.read({"shape": shape}, file)
        self._layers: dict[str, Layer] = {}
        self._wires: list[Wire] = []
        self._count: Counter[type[Layer]] = Counter()
        self._places = {start: self._add(layer, ())}
        for node in self._needed(graph, end):
            self._draw(node)
        if end not in self._places:
            raise ProjectError(f"The answer of {file} does not depend on its input.")
        self._add(Output(), [self._places[end]])
        self.network = Graph(tuple(starmap(Node, self._layers.items())), tuple(self._wires))
        self.network.check()

    def _ends(self, graph: GraphProto) -> tuple[str, str]:
        inputs = [value.name for value in graph.input if value.name not in self._tensors]
        if len(inputs) != 1 or len(graph.output) != 1:
            raise ProjectError(
                f"{self._file} has {len(inputs)} inputs and {len(graph.output)} outputs.",
                expected="A network with one of each can be drawn.",
            )
        return inputs[0], graph.output[0].name

    def _needed(self, graph: GraphProto, end: str) -> list[NodeProto]:
        needed, nodes = {end}, list[NodeProto]()
        for node in reversed(graph.node):
            if needed.intersection(node.output) and self._computed.intersection(node.output):
                needed.update(self._values(node))
                nodes.append(node)
        if len(nodes) > MOST_NODES:
            raise ProjectError(f"{self._file} holds {len(nodes):,} operators.", expected=f"At most {MOST_NODES:,}.")
        return nodes[::-1]

    def _values(self, node: NodeProto) -> list[str]:
        values = [name for name in node.input if name in self._computed]
        return values if node.op_type in JOINING else values[:1]

    def _draw(self, node: NodeProto) -> None:
        operation = Operation(node, self._shapes, self._tensors)
        if node.op_type not in OPERATORS or node.domain not in ("", "ai.onnx"):
            raise operation.refusal("Layerloom does not know it")
        sources = [self._places[name] for name in self._values(node)]
        if node.op_type in JOINING and len(sources) < len(node.input):
            self._places[node.output[0]] = self._with_bias(operation, sources)
            return
        layer = OPERATORS[node.op_type](operation)
        self._places[node.output[0]] = self._add(layer, sources) if layer else sources[0]

    def _with_bias(self, operation: Operation, sources: list[str]) -> str:
        """A constant that is added to what a matrix made is the bias of the layer."""
        layer = self._layers[sources[0]]
        if operation.node.op_type != "Add" or not isinstance(layer, Linear) or layer.bias:
            raise operation.refusal("it joins a constant")
        self._layers[sources[0]] = msgspec.structs.replace(layer, bias=True)
        return sources[0]

    def _add(self, layer: Layer, sources: Iterable[str]) -> str:
        kind = type(layer)
        self._count[kind] += 1
        node_id = f"{kind.__name__.lower()}_{self._count[kind]}"
        self._layers[node_id] = layer
        self._wires += (Wire(source, node_id, port) for port, source in enumerate(sources))
        return node_id


def _tensors(graph: GraphProto) -> dict[str, TensorProto]:
    """The constants of a graph by name."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].HasField("t"):
            constants[node.output[0]] = node.attribute[0].t
    return constants


def _shapes(graph: GraphProto, tensors: dict[str, TensorProto]) -> dict[str, Shape]:
    """The shapes that are known, with the batch; a size that is not fixed is 0."""
    values: list[ValueInfoProto] = [*graph.input, *graph.value_info, *graph.output]
    shapes = {
        value.name: tuple(size.dim_value for size in value.type.tensor_type.shape.dim)
        for value in values
        if value.type.tensor_type.HasField("shape")
    }
    return shapes | {name: tuple(tensor.dims) for name, tensor in tensors.items()}


def _computed(nodes: Iterable[NodeProto], start: str) -> set[str]:
    """The values that depend on the samples; all others are constants."""
    computed = {start}
    for node in nodes:
        if computed.intersection(node.input):
            computed.update(node.output)
    return computed
