"""What a person may say of the weights of a layer: how they begin, how fast they learn, what keeps them in bounds."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from engine.call import INPUT, Call, call
from engine.layers.layer import Layer
from engine.spec import choice, number

Role = Literal["weight", "bias"]

_MADE: Mapping[str, Call] = {
    "xavier uniform": call("nn.init.xavier_uniform_", INPUT),
    "xavier normal": call("nn.init.xavier_normal_", INPUT),
    "kaiming uniform": call("nn.init.kaiming_uniform_", INPUT, nonlinearity="relu"),
    "kaiming normal": call("nn.init.kaiming_normal_", INPUT, nonlinearity="relu"),
    "orthogonal": call("nn.init.orthogonal_", INPUT),
    "zeros": call("nn.init.zeros_", INPUT),
    "ones": call("nn.init.ones_", INPUT),
}
_SPREAD: Mapping[str, str] = {"normal": "nn.init.normal_", "truncated normal": "nn.init.trunc_normal_"}


class Weighted(Layer, frozen=True, kw_only=True):
    """Base of the layers that have weights."""

    listed = False
    fold_title = "Weights and learning"

    lr_factor: float = number(
        1.0, low=0, high=1000, help="Its learning rate, as a multiple of the optimizer's.", advanced=True
    )
    decay_factor: float = number(
        1.0, low=0, high=1000, help="Its weight decay, as a multiple of the optimizer's; 0 means none.", advanced=True
    )

    least_dimensions: ClassVar[int] = 2
    """What a weight has at least; a factor has one."""

    @property
    def pace(self) -> tuple[float, float]:
        """Learning rate and weight decay, as multiples of the optimizer's."""
        return self.lr_factor, self.decay_factor

    def beginnings(self) -> Mapping[Role, Call]:
        """What gives its numbers their first values, applied to each of a role; left out: as PyTorch does."""
        return {}

    def beginning_of(self, name: str, dimensions: int) -> Call | None:
        """What gives a parameter of this name in the module its first values; None: as PyTorch does."""
        if "bias" in name:
            return self.beginnings().get("bias")
        return self.beginnings().get("weight") if dimensions >= self.least_dimensions else None

    def bound(self) -> str:
        """The function of torch that ties its weight to a norm; empty: none."""
        return ""


class Filled(Weighted, frozen=True, kw_only=True):
    """Base of the layers whose weights are matrices or filters."""

    listed = False
    is_plain: ClassVar[bool] = False
    """Whether its numbers are one ``weight`` and, perhaps, one ``bias``."""

    weight_init: str = choice(
        "default",
        *("xavier uniform", "xavier normal", "kaiming uniform", "kaiming normal", "orthogonal"),
        *("normal", "truncated normal", "zeros"),
        help="How its weights begin. Xavier suits tanh and sigmoid, Kaiming suits ReLU; the default is PyTorch's own.",
        advanced=True,
    )
    init_std: float = number(
        0.02, low=0, high=10, help="Standard deviation of weights that begin as normal random numbers.", advanced=True
    )
    bias_init: str = choice("default", "zeros", "ones", help="How its added constants begin.", advanced=True)

    def beginnings(self) -> Mapping[Role, Call]:
        found: dict[Role, Call] = {}
        if self.weight_init in _SPREAD:
            found["weight"] = call(_SPREAD[self.weight_init], INPUT, std=self.init_std)
        elif self.weight_init != "default":
            found["weight"] = _MADE[self.weight_init]
        if self.bias_init != "default":
            found["bias"] = _MADE[self.bias_init]
        return found


class SingleWeight(Filled, frozen=True, kw_only=True):
    """Base of the layers that have one weight of two dimensions or more and, perhaps, one bias."""

    listed = False
    is_plain = True

    weight_norm: str = choice(
        "none",
        *("weight", "spectral"),
        help="“weight” learns length and direction of weights apart; “spectral” bounds how much they can amplify.",
        advanced=True,
    )

    def bound(self) -> str:
        return "" if self.weight_norm == "none" else f"nn.utils.parametrizations.{self.weight_norm}_norm"


class Scaling(Weighted, frozen=True, kw_only=True):
    """Base of the layers whose weights are factors, one for each feature or channel."""

    listed = False
    least_dimensions = 1

    weight_init: str = choice(
        "default",
        "zeros",
        help="How its factors begin; zeros at the end of a branch let a deep network begin as a shallow one.",
        advanced=True,
    )

    def beginnings(self) -> Mapping[Role, Call]:
        return {} if self.weight_init == "default" else {"weight": _MADE[self.weight_init]}
