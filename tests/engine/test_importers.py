"""What can be opened gives the network that was drawn; what cannot says why."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from growth import grows_gently
from networks import NETWORKS
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from test_export import exported, trained

from engine import project as projects
from engine.analysis import analyse
from engine.errors import ProjectError
from engine.importers import read
from engine.importers.operators import OPERATORS
from engine.layers import (
    CELU,
    ELU,
    GELU,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    Add,
    Average,
    AvgPool2d,
    AvgPool3d,
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Concat,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose2d,
    Divide,
    Dropout,
    Flatten,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    Input,
    InstanceNorm2d,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    LogSoftmax,
    Maximum,
    MaxPool1d,
    MaxPool2d,
    Minimum,
    Mish,
    Multiply,
    Output,
    Permute,
    PixelShuffle,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    Softmax,
    Softplus,
    Softsign,
    Subtract,
    Tanh,
    Threshold,
)
from engine.project import Project

LIST, SIGNAL, IMAGE, VOLUME = (4,), (2, 6), (2, 6, 6), (2, 6, 6, 6)


def written(path: Path, nodes: list[onnx.NodeProto], shape: tuple[int | str, ...], **constants: Any) -> Path:
    """An ONNX file whose nodes lead from “input” to “output”."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    path.write_bytes(
        helper.make_model(
            graph, opset_imports=[helper.make_opsetid(domain, 20) for domain in ("", "com.custom")]
        ).SerializeToString()
    )
    return path


def layers(project: Project) -> list[Layer]:
    return [node.layer for node in project.network.nodes]


# operator, shape of a sample, its other inputs, its attributes, the layer that it is
CASES: list[tuple[str, tuple[int, ...], dict[str, Any], dict[str, Any], Layer | None]] = [
    ("Gemm", LIST, {"w": np.zeros((3, 4), "f"), "b": np.zeros(3, "f")}, {"transB": 1}, Linear(3)),
    ("Gemm", LIST, {"w": np.zeros((4, 3), "f")}, {}, Linear(3, bias=False)),
    ("MatMul", LIST, {"w": np.zeros((4, 3), "f")}, {}, Linear(3, bias=False)),
    ("Conv", IMAGE, {"w": np.zeros((5, 2, 3, 3), "f"), "b": np.zeros(5, "f")}, {}, Conv2d(5)),
    (
        "Conv",
        IMAGE,
        {"w": np.zeros((4, 1, 3, 1), "f")},
        {"pads": [1, 0, 1, 0], "strides": [2, 1], "group": 2},
        Conv2d(4, kernel_size=(3, 1), padding=(1, 0), stride=(2, 1), groups=2, bias=False),
    ),
    (
        "Conv",
        IMAGE,
        {"w": np.zeros((4, 2, 2, 2), "f")},
        {"pads": [0, 0, 1, 1]},
        Conv2d(4, kernel_size=2, padding="same", bias=False),
    ),
    (
        "Conv",
        IMAGE,
        {"w": np.zeros((4, 2, 3, 3), "f")},
        {"auto_pad": "SAME_UPPER"},
        Conv2d(4, padding="same", bias=False),
    ),
    ("MaxPool", IMAGE, {}, {"kernel_shape": [2, 2], "strides": [2, 2]}, MaxPool2d(2)),
    ("MaxPool", IMAGE, {}, {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}, MaxPool2d(3, stride=1, padding=1)),
    ("AveragePool", IMAGE, {}, {"kernel_shape": [2, 3], "strides": [2, 3]}, AvgPool2d((2, 3))),
    ("GlobalAveragePool", IMAGE, {}, {}, AdaptiveAvgPool2d(1)),
    ("ReduceMean", IMAGE, {"axes": np.array([-1, -2])}, {}, AdaptiveAvgPool2d(1)),
    (
        "BatchNormalization",
        IMAGE,
        {name: np.ones(2, "f") for name in "abcd"},
        {"epsilon": 1e-3, "momentum": 0.99},
        BatchNorm2d(eps=1e-3, momentum=0.01),
    ),
    ("BatchNormalization", LIST, {name: np.ones(4, "f") for name in "abcd"}, {}, BatchNorm1d()),
    ("LayerNormalization", LIST, {"a": np.ones(4, "f"), "b": np.ones(4, "f")}, {"axis": -1}, LayerNorm()),
    ("LayerNormalization", IMAGE, {"a": np.ones(IMAGE, "f")}, {"axis": 1}, LayerNorm(elementwise_affine=False)),
    ("Relu", LIST, {}, {}, ReLU()),
    ("LeakyRelu", LIST, {}, {"alpha": 0.2}, LeakyReLU(0.2)),
    ("Gelu", LIST, {}, {}, GELU()),
    ("Sigmoid", LIST, {}, {}, Sigmoid()),
    ("Tanh", LIST, {}, {}, Tanh()),
    ("Softmax", LIST, {}, {"axis": -1}, Softmax()),
    ("Softmax", IMAGE, {}, {"axis": 1}, Softmax()),
    ("Dropout", LIST, {"ratio": np.float32(0.3)}, {}, Dropout(0.3)),
    ("Softmax", IMAGE, {}, {"axis": -2}, Softmax(2)),
    ("LogSoftmax", LIST, {}, {}, LogSoftmax()),
    ("Gelu", LIST, {}, {"approximate": "tanh"}, GELU("tanh")),
    ("Elu", LIST, {}, {"alpha": 0.5}, ELU(0.5)),
    ("Celu", LIST, {}, {"alpha": 0.5}, CELU(0.5)),
    ("PRelu", LIST, {"w": np.zeros(1, "f")}, {}, PReLU()),
    ("PRelu", IMAGE, {"w": np.zeros((2, 1, 1), "f")}, {}, PReLU(per_channel=True)),
    ("Clip", LIST, {"low": np.float32(0), "high": np.float32(6)}, {}, ReLU6()),
    ("Clip", LIST, {"low": np.float32(-2), "high": np.float32(2)}, {}, Hardtanh(-2.0, 2.0)),
    ("HardSigmoid", LIST, {}, {"alpha": 1 / 6}, Hardsigmoid()),
    ("HardSwish", LIST, {}, {}, Hardswish()),
    ("Mish", LIST, {}, {}, Mish()),
    ("Softplus", LIST, {}, {}, Softplus()),
    ("Softsign", LIST, {}, {}, Softsign()),
    ("ThresholdedRelu", LIST, {}, {"alpha": 0.5}, Threshold(0.5)),
    ("Conv", SIGNAL, {"w": np.zeros((5, 2, 3), "f")}, {"pads": [1, 1]}, Conv1d(5, padding=1, bias=False)),
    ("Conv", VOLUME, {"w": np.zeros((5, 2, 3, 3, 3), "f")}, {}, Conv3d(5, bias=False)),
    (
        "ConvTranspose",
        IMAGE,
        {"w": np.zeros((2, 5, 3, 3), "f")},
        {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]},
        ConvTranspose2d(5, 3, 2, 1, 1, bias=False),
    ),
    ("MaxPool", SIGNAL, {}, {"kernel_shape": [3], "dilations": [2]}, MaxPool1d(3, 1, dilation=2)),
    (
        "AveragePool",
        VOLUME,
        {},
        {"kernel_shape": [2, 2, 2], "strides": [2, 2, 2], "ceil_mode": 1},
        AvgPool3d(ceil_mode=True),
    ),
    (
        "AveragePool",
        IMAGE,
        {},
        {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]},
        AvgPool2d(3, 1, 1, count_include_pad=False),
    ),
    ("GlobalMaxPool", SIGNAL, {}, {}, AdaptiveMaxPool1d()),
    ("BatchNormalization", VOLUME, {name: np.ones(2, "f") for name in "abcd"}, {}, BatchNorm3d()),
    ("InstanceNormalization", IMAGE, {name: np.ones(2, "f") for name in "ab"}, {}, InstanceNorm2d(affine=True)),
    ("LayerNormalization", IMAGE, {"a": np.ones(6, "f"), "b": np.ones(6, "f")}, {}, LayerNorm(dimensions=1)),
    ("LRN", IMAGE, {}, {"size": 3, "bias": 2.0}, LocalResponseNorm(3, k=2.0)),
    ("DepthToSpace", (4, 3, 3), {}, {"blocksize": 2, "mode": "CRD"}, PixelShuffle()),
    ("Flatten", IMAGE, {}, {}, Flatten()),
    ("Reshape", IMAGE, {"to": np.array([-1, 72])}, {}, Flatten()),
    ("Reshape", LIST, {"to": np.array([0, -1])}, {}, None),
    ("Identity", LIST, {}, {}, None),
    ("Add", LIST, {"input": None}, {}, Add()),
    ("Sub", LIST, {"input": None}, {}, Subtract()),
    ("Mul", LIST, {"input": None}, {}, Multiply()),
    ("Div", LIST, {"input": None}, {}, Divide()),
    ("Sum", LIST, {"input": None}, {}, Add()),
    ("Mean", LIST, {"input": None}, {}, Average()),
    ("Max", LIST, {"input": None}, {}, Maximum()),
    ("Min", LIST, {"input": None}, {}, Minimum()),
    ("Concat", IMAGE, {"input": None}, {"axis": -3}, Concat(1)),
    ("Transpose", IMAGE, {}, {"perm": [0, 2, 3, 1]}, Permute((2, 3, 1))),
]


@pytest.mark.parametrize(("operator", "shape", "inputs", "attributes", "layer"), CASES)
def test_operator_is_the_layer(
    operator: str,
    shape: tuple[int, ...],
    inputs: dict[str, Any],
    attributes: dict[str, Any],
    layer: Layer | None,
    tmp_path: Path,
) -> None:
    constants = {name: value for name, value in inputs.items() if value is not None}
    node = helper.make_node(operator, ["input", *inputs], ["output"], **attributes)
    project = read(written(tmp_path / "net.onnx", [node], shape, **constants))
    assert layers(project) == [Input(shape), *([layer] if layer else []), Output()]
    assert project.title == "net"


def test_every_known_operator_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(OPERATORS)


def test_matrix_and_constant_are_one_layer(tmp_path: Path) -> None:
    nodes = [helper.make_node("MatMul", ["input", "w"], ["y"]), helper.make_node("Add", ["y", "b"], ["output"])]
    path = written(tmp_path / "net.onnx", nodes, LIST, w=np.zeros((4, 3), "f"), b=np.zeros(3, "f"))
    assert layers(read(path)) == [Input(LIST), Linear(3), Output()]


def test_ten_times_the_operators_take_nothing_like_a_hundred_times_as_long(tmp_path: Path) -> None:
    def reading(count: int) -> Callable[[], Project]:
        names = ["input", *(f"value_{number}" for number in range(1, count)), "output"]
        nodes = [helper.make_node("Add", [before, before], [after]) for before, after in pairwise(names)]
        path = written(tmp_path / f"{count}.onnx", nodes, LIST)
        assert len(read(path).network.wires) == 2 * count + 1
        return lambda: read(path)

    assert grows_gently(reading, 100)


def test_shape_that_is_computed_does_not_matter(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Shape", ["input"], ["sizes"]),
        helper.make_node("Gather", ["sizes", "first"], ["count"]),
        helper.make_node("Unsqueeze", ["count", "front"], ["counts"]),
        helper.make_node("Concat", ["counts", "rest"], ["to"], axis=0),
        helper.make_node("Reshape", ["input", "to"], ["output"]),
    ]
    path = written(tmp_path / "net.onnx", nodes, IMAGE, first=np.array(0), front=np.array([0]), rest=np.array([-1]))
    assert layers(read(path)) == [Input(IMAGE), Flatten(), Output()]


@pytest.mark.parametrize(
    ("node", "shape", "words"),
    [
        (helper.make_node("Einsum", ["input"], ["output"], equation="ij->ij"), LIST, "Einsum.*does not know it"),
        (helper.make_node("Relu", ["input"], ["output"], domain="com.custom"), LIST, "Relu.*does not know it"),
        (helper.make_node("Conv", ["input", "w"], ["output"], pads=[0, 0, 2, 2]), IMAGE, "Conv.*side to side"),
        (helper.make_node("Softmax", ["input"], ["output"], axis=0), IMAGE, "Softmax.*samples apart"),
        (helper.make_node("Add", ["input", "w"], ["output"]), IMAGE, "Add.*constant"),
        (helper.make_node("MaxPool", ["input"], ["output"], kernel_shape=[9999, 9999]), IMAGE, "kernel_size"),
        (helper.make_node("Relu", ["input"], ["output"]), ("height", 3), "no fixed shape"),
    ],
)
def test_what_no_layer_expresses_is_named(
    node: onnx.NodeProto, shape: tuple[int | str, ...], words: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "net.onnx", [node], shape, w=np.zeros((2, 2, 3, 3), "f"))
    with pytest.raises(ProjectError, match=words):
        read(path)


@pytest.mark.parametrize("name", ["branches", "regression"])
def test_onnx_export_comes_back_as_it_was_drawn(name: str, tmp_path: Path) -> None:
    drawn = NETWORKS[name]
    drawn = drawn.with_network(drawn.network.remove(["nowhere"])) if name == "branches" else drawn
    result = exported(trained(drawn, tmp_path / "run"), "onnx", tmp_path / "net.onnx")
    project = read(result.file)
    assert sorted(map(repr, layers(project))) == sorted(map(repr, layers(drawn)))
    assert (project.data, project.training, project.title) == (drawn.data, drawn.training, drawn.title)
    assert not analyse(project).faults
    assert analyse(project).totals.parameters == analyse(drawn).totals.parameters


def test_exported_weights_hold_their_project(tmp_path: Path) -> None:
    result = exported(trained(NETWORKS["mlp"], tmp_path / "run"), "safetensors", tmp_path / "net.safetensors")
    assert read(result.file) == NETWORKS["mlp"]


def test_project_is_read_as_it_is(tmp_path: Path) -> None:
    projects.save(NETWORKS["skip"], tmp_path / "net.loom")
    assert read(tmp_path / "net.loom") == NETWORKS["skip"]


@pytest.mark.parametrize("name", ["net.loom", "net.safetensors", "net.onnx"])
@pytest.mark.parametrize("content", [None, b"", b"\x08garbage\xff" * 20])
def test_missing_or_damaged_file(name: str, content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ProjectError, match=name):
        read(tmp_path / name)


def test_other_weights_hold_no_network(tmp_path: Path) -> None:
    save_file({"w": np.zeros(3, "f")}, tmp_path / "net.safetensors")
    with pytest.raises(ProjectError, match="weights alone"):
        read(tmp_path / "net.safetensors")


@pytest.mark.parametrize(("name", "words"), [("net.pt", "can hold code"), ("net.txt", "no kind that can be imported")])
def test_other_files_are_refused(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ProjectError, match=words):
        read(tmp_path / name)
