"""How far a step may reach: gradients that are too large are made smaller before the optimizer sees them."""

from typing import ClassVar

from engine.call import Call, Value, call
from engine.spec import Spec, number

PARAMETERS = Value(0)
"""Stands for the weights whose gradients are clipped."""


class Clipping(Spec, frozen=True):
    """Base of all ways to clip gradients."""

    formula: ClassVar[str] = ""

    def function(self) -> Call | None:
        """The call that clips the gradients of `PARAMETERS`; None: they are left as they are."""
        raise NotImplementedError


class NoClipping(Clipping, frozen=True):
    """Gradients are taken as they come."""

    title = "None"

    def function(self) -> Call | None:
        return None


class ClipNorm(Clipping, frozen=True):
    """Shortens the gradient of all weights together where it is too long; its direction stays. The usual choice."""

    title = "By norm"
    formula = r"g \leftarrow g \cdot \min(1, \frac{c}{\|g\|})"

    max_norm: float = number(1, low=1e-6, high=1e6, help="How long the gradient of all weights together may be.")

    def function(self) -> Call | None:
        return call("nn.utils.clip_grad_norm_", PARAMETERS, self.max_norm)


class ClipValue(Clipping, frozen=True):
    """Cuts each number of the gradient off where it is too large; its direction may change."""

    title = "By value"
    formula = r"g_i \leftarrow \min(c, \max(-c, g_i))"

    clip_value: float = number(0.5, low=1e-6, high=1e6, help="How large each number of the gradient may be.")

    def function(self) -> Call | None:
        return call("nn.utils.clip_grad_value_", PARAMETERS, self.clip_value)
