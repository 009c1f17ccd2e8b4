"""Steps along the gradient, with or without momentum, or by its sign alone."""

from engine.call import Call, call
from engine.optimizers.optimizer import WEIGHT_DECAY, Optimizer
from engine.spec import number


class GradientDescent(Optimizer, frozen=True):
    """Gradient descent: one step along the gradient of the whole training set at a time."""

    title = "Gradient descent (whole set)"
    formula = r"\theta \leftarrow \theta - \eta \nabla L"
    whole_set = True

    def construction(self) -> Call:
        return call("torch.optim.SGD", lr=self.learning_rate)


class SGD(Optimizer, frozen=True):
    """Stochastic gradient descent: a step along the gradient of each batch."""

    formula = r"\theta \leftarrow \theta - \eta \nabla L_{batch}"

    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)

    def construction(self) -> Call:
        return call("torch.optim.SGD", lr=self.learning_rate, weight_decay=self.weight_decay or None)


class Momentum(Optimizer, frozen=True):
    """Stochastic gradient descent that keeps rolling in the direction of its past steps."""

    title = "SGD with momentum"
    formula = r"v \leftarrow \mu v + \nabla L, \quad \theta \leftarrow \theta - \eta v"

    momentum: float = number(0.9, low=0, high=0.9999, help="Share of the past step that is kept.")
    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)

    @property
    def state_per_weight(self) -> int:
        return 1 if self.momentum else 0

    def construction(self) -> Call:
        return call(
            "torch.optim.SGD",
            lr=self.learning_rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay or None,
        )


class Nesterov(Momentum, frozen=True):
    """Momentum that looks ahead: it takes the gradient where the momentum would lead."""

    title = "SGD with Nesterov momentum"
    formula = r"v \leftarrow \mu v + \nabla L, \quad \theta \leftarrow \theta - \eta (\nabla L + \mu v)"

    def construction(self) -> Call:
        return call(
            "torch.optim.SGD",
            lr=self.learning_rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay or None,
            # PyTorch refuses Nesterov without momentum, where the two are the same anyway.
            nesterov=self.momentum > 0 or None,
        )


class ASGD(SGD, frozen=True):
    """Averaged SGD: steps that shrink over time, while the mean of the weights is kept beside them."""

    title = "Averaged SGD"
    formula = (
        r"\theta \leftarrow (1 - \lambda \eta_t)\theta - \eta_t \nabla L, \quad "
        r"\eta_t = \frac{\eta}{(1 + \lambda \eta t)^\alpha}"
    )

    lambd: float = number(1e-4, low=0, high=1, help="How fast the steps shrink.")
    alpha: float = number(0.75, low=0, high=1, help="Power with which they shrink.")
    t0: float = number(1e6, low=0, high=1e12, help="Steps after which the mean of the weights begins.")

    @property
    def state_per_weight(self) -> int:
        return 1

    def construction(self) -> Call:
        return call(
            "torch.optim.ASGD",
            lr=self.learning_rate,
            lambd=self.lambd,
            alpha=self.alpha,
            t0=self.t0,
            weight_decay=self.weight_decay or None,
        )


class Rprop(Optimizer, frozen=True):
    """Resilient propagation: each weight has its own step, which grows while the gradient keeps its sign and shrinks
    when that turns. Made for the whole training set at a time.
    """

    formula = (
        r"\Delta \leftarrow \Delta \cdot \eta_\pm, \quad \theta \leftarrow \theta - \mathrm{sign}(\nabla L) \Delta"
    )
    whole_set = True

    shrink: float = number(0.5, low=0.01, high=0.99, help="What a step is multiplied by when the gradient turns.")
    grow: float = number(1.2, low=1.01, high=10, help="What a step is multiplied by while it does not.")

    @property
    def state_per_weight(self) -> int:
        return 2

    def construction(self) -> Call:
        return call("torch.optim.Rprop", lr=self.learning_rate, etas=(self.shrink, self.grow))
