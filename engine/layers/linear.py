"""Layers in which every input reaches every output."""

from engine.call import Call, call, unless
from engine.layers.layer import FLAT
from engine.layers.weighted import SingleWeight
from engine.spec import Shape, flag, integer


class Linear(SingleWeight, frozen=True):
    """Weighs every input for every output and adds a constant: the fully connected (dense) layer."""

    family = "Linear"
    accepts = FLAT
    formula = r"y = W x + b"

    out_features: int = integer(64, low=1, help="Number of outputs (units, neurons).")
    bias: bool = flag(True, help="Add a learned constant to each output.")

    @property
    def equation(self) -> str:
        return self.formula if self.bias else self.formula.removesuffix(" + b")

    def module(self, *shapes: Shape) -> Call:
        (features,) = shapes[0]
        return call("nn.Linear", features, self.out_features, bias=unless(self.bias, True))

    def summary(self) -> str:
        return f"{self.out_features:,}" + ("" if self.bias else ", no bias")
