"""The ONNX operators that a layer can express, each one function of `OPERATORS`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from engine.errors import ProjectError
from engine.layers import (
    CELU,
    ELU,
    GELU,
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    Add,
    Average,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Concat,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    Divide,
    Dropout,
    Flatten,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    LogSoftmax,
    Maximum,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    Minimum,
    Mish,
    Multiply,
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
from engine.layers.layer import as_size, sizes_in_words
from engine.spec import Border, Shape, abbreviate

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
    """``Conv`` over signals, images and volumes."""
    weight = operation.shape(1)
    kind = by_sides(operation, len(weight) - 2, Conv1d, Conv2d, Conv3d)
    kernel = tuple(operation.get("kernel_shape", weight[2:]))
    ones = (1,) * len(kernel)
    dilation, stride = tuple(operation.get("dilations", ones)), tuple(operation.get("strides", ones))
    return operation.layer(
        kind,
        out_channels=weight[0],
        kernel_size=as_size(kernel),
        stride=as_size(stride),
        padding=border(operation, kernel, stride, dilation),
        dilation=as_size(dilation),
        groups=operation.get("group", 1),
        bias=operation.has(2),
    )


def transposed(operation: Operation) -> Layer:
    """``ConvTranspose`` over signals, images and volumes."""
    weight, groups = operation.shape(1), operation.get("group", 1)
    kind = by_sides(operation, len(weight) - 2, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
    kernel = tuple(operation.get("kernel_shape", weight[2:]))
    ones, none = (1,) * len(kernel), (0,) * len(kernel)
    pads = operation.get("pads", none * 2)
    if operation.get("auto_pad", "NOTSET") != "NOTSET" or operation.get("output_shape", ()):
        raise operation.refusal("its border follows from the size of its result")
    if pads[: len(kernel)] != pads[len(kernel) :]:
        raise operation.refusal("its padding differs from side to side")
    return operation.layer(
        kind,
        out_channels=weight[1] * groups,
        kernel_size=as_size(kernel),
        stride=as_size(tuple(operation.get("strides", ones))),
        padding=as_size(tuple(pads[: len(kernel)])),
        output_padding=as_size(tuple(operation.get("output_padding", none))),
        groups=groups,
        bias=operation.has(2),
        dilation=as_size(tuple(operation.get("dilations", ones))),
    )


def by_sides(operation: Operation, sides: int, *kinds: type[AnyLayer]) -> type[AnyLayer]:
    """The one of three kinds that is for signals, images or volumes."""
    if not 1 <= sides <= 3:
        raise operation.refusal(f"it works on {max(sides, 0)} dimensions instead of 1, 2 or 3")
    return kinds[sides - 1]


def border(operation: Operation, kernel: Shape, stride: Shape, dilation: Shape) -> Border:
    """The padding of a window as PyTorch says it: the same on both sides, or “same”."""
    automatic, is_still = operation.get("auto_pad", "NOTSET"), set(stride) == {1}
    if automatic == "VALID":
        return 0
    reach = [step * (size - 1) for step, size in zip(dilation, kernel, strict=True)]
    if automatic == "SAME_UPPER" and is_still:
        return "same"
    if automatic != "NOTSET":
        raise operation.refusal(f"its padding is {automatic} with a stride of {sizes_in_words(stride)}")
    pads = tuple(operation.get("pads", (0,) * 2 * len(kernel)))
    near, far = pads[: len(kernel)], pads[len(kernel) :]
    if near == far:
        return as_size(near)
    whole = [one + other for one, other in zip(near, far, strict=True)]
    if whole == reach and list(near) == [size // 2 for size in reach] and is_still:
        return "same"
    raise operation.refusal("its padding differs from side to side")


def pooling(*kinds: type[Layer]) -> Callable[[Operation], Layer]:
    """``MaxPool`` and ``AveragePool`` over signals, images and volumes."""

    def read(operation: Operation) -> Layer:
        kernel = tuple(operation.get("kernel_shape", ()))
        kind, ones = by_sides(operation, len(kernel), *kinds), (1,) * len(kernel)
        stride, dilation = tuple(operation.get("strides", ones)), tuple(operation.get("dilations", ones))
        pads = border(operation, kernel, stride, dilation)
        if pads == "same" or ("dilation" not in kind.declared and set(dilation) != {1}):
            raise operation.refusal("its windows are spread out, or treat the border otherwise")
        more: dict[str, Any] = {"ceil_mode": bool(operation.get("ceil_mode", 0))}
        if "dilation" in kind.declared:
            more["dilation"] = as_size(dilation)
        elif pads != 0:
            more["count_include_pad"] = bool(operation.get("count_include_pad", 0))
        steps = 0 if stride == kernel else as_size(stride)
        return operation.layer(kind, kernel_size=as_size(kernel), stride=steps, padding=pads, **more)

    return read


def of_all_positions(*kinds: type[Layer]) -> Callable[[Operation], Layer]:
    """``GlobalAveragePool`` and ``GlobalMaxPool``, which keep the dimensions that they make one of."""
    return lambda operation: by_sides(operation, len(operation.shape()) - 2, *kinds)()


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
    """``BatchNormalization`` of features or of channels."""
    kind = {2: BatchNorm1d, 3: BatchNorm1d, 4: BatchNorm2d, 5: BatchNorm3d}.get(len(operation.shape()))
    if kind is None:
        raise operation.refusal(f"its input has {len(operation.shape()) - 1} dimensions")
    # ONNX's momentum is the share that is kept, PyTorch's the share that is new.
    momentum = rounded(1 - rounded(operation.get("momentum", 0.9)))
    return operation.layer(kind, eps=rounded(operation.get("epsilon", 1e-5)), momentum=momentum)


def instance_norm(operation: Operation) -> Layer:
    """``InstanceNormalization``, which always has a scale and a shift."""
    sides = len(operation.shape()) - 2
    kind = by_sides(operation, sides, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d)
    return operation.layer(kind, eps=rounded(operation.get("epsilon", 1e-5)), affine=True)


def layer_norm(operation: Operation) -> Layer:
    """``LayerNormalization``. A scale without a shift is how exporters write none at all."""
    rank, axis = len(operation.shape()), operation.get("axis", -1)
    first = axis if axis > 0 else axis + rank
    if not 1 <= first < rank:
        raise operation.refusal("it does not keep the samples apart")
    eps, dimensions = rounded(operation.get("epsilon", 1e-5)), 0 if first == 1 else rank - first
    return operation.layer(LayerNorm, eps=eps, elementwise_affine=operation.has(2), dimensions=dimensions)


def response_norm(operation: Operation) -> Layer:
    """``LRN``."""
    return operation.layer(
        LocalResponseNorm,
        size=operation.get("size", 1),
        alpha=rounded(operation.get("alpha", 1e-4)),
        beta=rounded(operation.get("beta", 0.75)),
        k=rounded(operation.get("bias", 1.0)),
    )


def along(kind: type[Softmax] | type[LogSoftmax]) -> Callable[[Operation], Layer]:
    """``Softmax`` and ``LogSoftmax`` over one dimension of a sample."""

    def read(operation: Operation) -> Layer:
        axis = operation.get("axis", -1)
        dim = axis if axis >= 0 else axis + len(operation.shape())
        if dim < 1:
            raise operation.refusal("it does not keep the samples apart")
        return operation.layer(kind, dim=dim)

    return read


def learned_slope(operation: Operation) -> Layer:
    """``PRelu`` with one slope, or one for each channel."""
    slopes = operation.shape(1)
    return operation.layer(PReLU, per_channel=math.prod(slopes) > 1)


def clipped(operation: Operation) -> Layer:
    """``Clip`` between two constants."""
    if not operation.has(1) or not operation.has(2):
        raise operation.refusal("it has one limit only")
    low, high = rounded(operation.numbers(1)[0]), rounded(operation.numbers(2)[0])
    return ReLU6() if (low, high) == (0, 6) else operation.layer(Hardtanh, min_val=low, max_val=high)


def with_one_slope(operation: Operation) -> Layer:
    """``HardSigmoid`` with the slope that PyTorch knows."""
    if rounded(operation.get("alpha", 0.2)) != rounded(1 / 6) or operation.get("beta", 0.5) != 0.5:
        raise operation.refusal("it has another slope than one sixth")
    return Hardsigmoid()


def shuffled(operation: Operation) -> Layer:
    """``DepthToSpace`` in PyTorch's order."""
    if operation.get("mode", "DCR") != "CRD":
        raise operation.refusal("it takes the channels in another order")
    return operation.layer(PixelShuffle, upscale_factor=operation.get("blocksize", 1))


def gelu(operation: Operation) -> Layer:
    """``Gelu``, exact or by tanh."""
    return operation.layer(GELU, approximate=operation.get("approximate", "none"))


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


def rounded(value: float) -> float:
    """The number that a person wrote before it became 32 bits."""
    return float(f"{value:.6g}")


OPERATORS: dict[str, Callable[[Operation], Layer | None]] = {
    "Gemm": linear,
    "MatMul": linear,
    "Conv": convolution,
    "ConvTranspose": transposed,
    "DepthToSpace": shuffled,
    "MaxPool": pooling(MaxPool1d, MaxPool2d, MaxPool3d),
    "AveragePool": pooling(AvgPool1d, AvgPool2d, AvgPool3d),
    "GlobalAveragePool": of_all_positions(AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d),
    "GlobalMaxPool": of_all_positions(AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d),
    "ReduceMean": mean,
    "BatchNormalization": batch_norm,
    "InstanceNormalization": instance_norm,
    "LayerNormalization": layer_norm,
    "LRN": response_norm,
    "Relu": lambda _: ReLU(),
    "LeakyRelu": lambda operation: operation.layer(LeakyReLU, negative_slope=rounded(operation.get("alpha", 0.01))),
    "Gelu": gelu,
    "Sigmoid": lambda _: Sigmoid(),
    "Tanh": lambda _: Tanh(),
    "Softmax": along(Softmax),
    "LogSoftmax": along(LogSoftmax),
    "Elu": lambda operation: operation.layer(ELU, alpha=rounded(operation.get("alpha", 1.0))),
    "Celu": lambda operation: operation.layer(CELU, alpha=rounded(operation.get("alpha", 1.0))),
    "PRelu": learned_slope,
    "Clip": clipped,
    "HardSigmoid": with_one_slope,
    "HardSwish": lambda _: Hardswish(),
    "Mish": lambda _: Mish(),
    "Softplus": lambda _: Softplus(),
    "Softsign": lambda _: Softsign(),
    "ThresholdedRelu": lambda operation: operation.layer(Threshold, threshold=rounded(operation.get("alpha", 1.0))),
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
