"""The ONNX operators that a layer can express, each one function of `OPERATORS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from engine.errors import ProjectError
from engine.layers import (
    GELU,
    AdaptiveAvgPool2d,
    Add,
    Average,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Divide,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    Maximum,
    MaxPool2d,
    Minimum,
    Multiply,
    Permute,
    ReLU,
    Sigmoid,
    Softmax,
    Subtract,
    Tanh,
)
from engine.spec import Padding, Pair, Shape, abbreviate

AnyLayer = TypeVar("AnyLayer", bound=Layer)


@dataclass(frozen=True)
class Operation:
    """One node of an ONNX graph: its attributes, the shapes of its values (with the batch) and constant numbers."""

    node: NodeProto
    shapes: Mapping[str, tuple[int, ...]]
    tensors: Mapping[str, TensorProto]

    def get(self, name: str, default: Any) -> Any:
        """An attribute; text as str."""
        for attribute in self.node.attribute:
            if attribute.name == name:
                value = helper.get_attribute_value(attribute)
                return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        return default

    def has(self, number: int) -> bool:
        """Whether an input is given."""
        return len(self.node.input) > number and bool(self.node.input[number])

    def shape(self, number: int = 0) -> tuple[int, ...]:
        """The shape of an input; a size that is not fixed counts as 0."""
        try:
            return self.shapes[self.node.input[number]]
        except (KeyError, IndexError):
            raise self.refusal("the shape of its input is not known") from None

    def numbers(self, number: int) -> list[float]:
        """The numbers of an input that is constant."""
        tensor = self.tensors.get(self.node.input[number]) if self.has(number) else None
        if tensor is None or tensor.data_location == TensorProto.EXTERNAL:
            raise self.refusal(f"its input {number} is not a constant of the file")
        return np.ravel(numpy_helper.to_array(tensor)).tolist()

    def layer(self, kind: type[AnyLayer], **settings: Any) -> AnyLayer:
        """A layer with these settings. Raises `ProjectError` where they are out of its range."""
        return kind.read(settings, f"{self.node.op_type} {abbreviate(self.node.name, 60)}".strip())

    def refusal(self, reason: str) -> ProjectError:
        """The error that says why no layer expresses this node."""
        place = f" ({abbreviate(self.node.name, 60)})" if self.node.name else ""
        return ProjectError(
            f"No layer expresses the operator {abbreviate(self.node.op_type, 60)}{place}: {reason}.",
            fix="Export the network without it, or draw it by hand.",
        )


def linear(operation: Operation) -> Layer:
    """``Gemm`` and ``MatMul`` with a constant matrix."""
    if not operation.has(1) or operation.node.input[1] not in operation.shapes or len(operation.shape(1)) != 2:
        raise operation.refusal("it multiplies by something other than a matrix of weights")
    if operation.get("alpha", 1.0) != 1 or operation.get("beta", 1.0) != 1 or operation.get("transA", 0):
        raise operation.refusal("it scales or turns its values")
    features = operation.shape(1)[0 if operation.get("transB", 0) else 1]
    return operation.layer(Linear, out_features=features, bias=operation.has(2))


def convolution(operation: Operation) -> Layer:
    """``Conv`` over images."""
    weight = operation.shape(1)
    if len(weight) != 4:
        raise operation.refusal(f"it slides over {len(weight) - 2} dimensions instead of 2")
    kernel = tuple(operation.get("kernel_shape", weight[2:]))
    dilation = tuple(operation.get("dilations", (1, 1)))
    stride = tuple(operation.get("strides", (1, 1)))
    return operation.layer(
        Conv2d,
        out_channels=weight[0],
        kernel_size=paired(kernel),
        stride=paired(stride),
        padding=border(operation, kernel, stride, dilation),
        dilation=paired(dilation),
        groups=operation.get("group", 1),
        bias=operation.has(2),
    )


def border(operation: Operation, kernel: Shape, stride: Shape, dilation: Shape) -> Padding:
    """The padding of a window as PyTorch says it: the same on both sides, or “same”."""
    automatic = operation.get("auto_pad", "NOTSET")
    if automatic == "VALID":
        return 0
    reach = [step * (size - 1) for step, size in zip(dilation, kernel, strict=True)]
    if automatic == "SAME_UPPER" and stride == (1, 1):
        return "same"
    if automatic != "NOTSET":
        raise operation.refusal(f"its padding is {automatic} with a stride of {stride[0]} × {stride[1]}")
    top, left, bottom, right = operation.get("pads", (0, 0, 0, 0))
    if (top, left) == (bottom, right):
        return paired((top, left))
    if [top + bottom, left + right] == reach and [top, left] == [size // 2 for size in reach] and stride == (1, 1):
        return "same"
    raise operation.refusal("its padding differs from side to side")


def pooling(kind: type[MaxPool2d] | type[AvgPool2d]) -> Callable[[Operation], Layer]:
    """``MaxPool`` and ``AveragePool`` over images."""

    def read(operation: Operation) -> Layer:
        kernel = tuple(operation.get("kernel_shape", ()))
        stride, dilation = tuple(operation.get("strides", (1, 1))), tuple(operation.get("dilations", (1, 1)))
        if len(kernel) != 2 or dilation != (1, 1) or operation.get("ceil_mode", 0):
            raise operation.refusal("its windows are not those of an image, spread out, or reach over the edge")
        pads = border(operation, kernel, stride, dilation)
        if pads == "same" or (kind is AvgPool2d and pads != 0 and not operation.get("count_include_pad", 0)):
            raise operation.refusal("it treats the border otherwise")
        steps = 0 if stride == kernel else paired(stride)
        return operation.layer(kind, kernel_size=paired(kernel), stride=steps, padding=pads)

    return read


def mean(operation: Operation) -> Layer:
    """``ReduceMean`` over height and width."""
    rank = len(operation.shape())
    given = operation.numbers(1) if operation.has(1) else operation.get("axes", ())
    axes = {int(axis) % rank for axis in given} if rank else set[int]()
    if rank != 4 or axes != {2, 3} or not operation.get("keepdims", 1):
        raise operation.refusal("it averages over something other than height and width")
    return AdaptiveAvgPool2d()


def flat(operation: Operation) -> Layer | None:
    """``Reshape`` of each sample to one list."""
    rank, target = len(operation.shape()), operation.shape(1)
    if target != (2,):
        raise operation.refusal("it does more than to lay a sample out flat")
    return Flatten() if rank > 2 else None


def flatten(operation: Operation) -> Layer:
    """``Flatten`` behind the batch."""
    if operation.get("axis", 1) != 1:
        raise operation.refusal("it does not keep the samples apart")
    return Flatten()


def batch_norm(operation: Operation) -> Layer:
    """``BatchNormalization`` of features or of the channels of an image."""
    kind = {2: BatchNorm1d, 4: BatchNorm2d}.get(len(operation.shape()))
    if kind is None:
        raise operation.refusal(f"its input has {len(operation.shape()) - 1} dimensions")
    # ONNX's momentum is the share that is kept, PyTorch's the share that is new.
    momentum = rounded(1 - rounded(operation.get("momentum", 0.9)))
    return operation.layer(kind, eps=rounded(operation.get("epsilon", 1e-5)), momentum=momentum)


def layer_norm(operation: Operation) -> Layer:
    """``LayerNormalization`` over all of a sample. A scale without a shift is how exporters write none at all."""
    if operation.get("axis", -1) not in (1, 1 - len(operation.shape())):
        raise operation.refusal("it normalises a part of each sample")
    eps = rounded(operation.get("epsilon", 1e-5))
    return operation.layer(LayerNorm, eps=eps, elementwise_affine=operation.has(2))


def softmax(operation: Operation) -> Layer:
    """``Softmax`` over the classes, or the channels."""
    rank = len(operation.shape())
    if operation.get("axis", -1) not in (1, 1 - rank):
        raise operation.refusal("it runs over another dimension than the first of a sample")
    return Softmax()


def gelu(operation: Operation) -> Layer:
    """``Gelu``, exact."""
    if operation.get("approximate", "none") != "none":
        raise operation.refusal("it is an approximation")
    return GELU()


def dropout(operation: Operation) -> Layer:
    """``Dropout``; its share is an attribute in old files and an input in newer ones."""
    share = operation.numbers(1)[0] if operation.has(1) else operation.get("ratio", 0.5)
    return operation.layer(Dropout, p=rounded(share))


def concat(operation: Operation) -> Layer:
    """``Concat``."""
    axis = operation.get("axis", 1)
    return operation.layer(Concat, dim=axis if axis > 0 else axis + len(operation.shape()))


def transpose(operation: Operation) -> Layer:
    """``Transpose`` of each sample."""
    rank = len(operation.shape())
    order = tuple(operation.get("perm", tuple(reversed(range(rank)))))
    if order[:1] != (0,):
        raise operation.refusal("it does not keep the samples apart")
    return operation.layer(Permute, dims=order[1:])


def paired(pair: tuple[int, ...]) -> Pair:
    """One number where height and width agree."""
    return pair[0] if pair[0] == pair[1] else (pair[0], pair[1])


def rounded(value: float) -> float:
    """The number that a person wrote before it became 32 bits."""
    return float(f"{value:.6g}")


OPERATORS: dict[str, Callable[[Operation], Layer | None]] = {
    "Gemm": linear,
    "MatMul": linear,
    "Conv": convolution,
    "MaxPool": pooling(MaxPool2d),
    "AveragePool": pooling(AvgPool2d),
    "GlobalAveragePool": lambda _: AdaptiveAvgPool2d(),
    "ReduceMean": mean,
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "Relu": lambda _: ReLU(),
    "LeakyRelu": lambda operation: operation.layer(LeakyReLU, negative_slope=rounded(operation.get("alpha", 0.01))),
    "Gelu": gelu,
    "Sigmoid": lambda _: Sigmoid(),
    "Tanh": lambda _: Tanh(),
    "Softmax": softmax,
    "Dropout": dropout,
    "Flatten": flatten,
    "Reshape": flat,
    "Identity": lambda _: None,
    "Add": lambda _: Add(),
    "Sub": lambda _: Subtract(),
    "Mul": lambda _: Multiply(),
    "Div": lambda _: Divide(),
    "Sum": lambda _: Add(),
    "Mean": lambda _: Average(),
    "Max": lambda _: Maximum(),
    "Min": lambda _: Minimum(),
    "Concat": concat,
    "Transpose": transpose,
}
"""The layer that an operator is; None: its first input passes unchanged."""
