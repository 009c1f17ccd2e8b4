"""How weights follow the gradient. An optimizer is one class; ``construction`` is the PyTorch call that makes it."""

from typing import ClassVar

from engine.call import Call, call
from engine.spec import Spec, number

LEARNING_RATE = "Size of each step: too small learns slowly, too large never settles."
WEIGHT_DECAY = "Pull of every weight towards zero; keeps a network from learning by heart."


class Optimizer(Spec, frozen=True):
    """Base of all optimizers."""

    formula: ClassVar[str]
    whole_set: ClassVar[bool] = False
    """Whether each step sees all training samples, whatever the batch size."""

    learning_rate: float = number(0.01, low=0, high=1000, help=LEARNING_RATE)

    @property
    def state_per_weight(self) -> int:
        """How many values it remembers for each weight."""
        return 0

    def construction(self) -> Call:
        """The call that makes it, less the parameters it is to change (its first argument)."""
        raise NotImplementedError


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


class Adagrad(Optimizer, frozen=True):
    """Adagrad: smaller steps for weights that have moved much already."""

    formula = r"G \leftarrow G + g^2, \quad \theta \leftarrow \theta - \frac{\eta}{\sqrt{G} + \epsilon} g"

    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)
    eps: float = number(1e-10, low=1e-16, high=1, help="Added to the divisor, so that nothing is divided by zero.")

    @property
    def state_per_weight(self) -> int:
        return 1

    def construction(self) -> Call:
        return call("torch.optim.Adagrad", lr=self.learning_rate, weight_decay=self.weight_decay or None, eps=self.eps)


class RMSprop(Optimizer, frozen=True):
    """RMSprop: divides each step by the recent size of the gradient."""

    formula = (
        r"s \leftarrow \alpha s + (1 - \alpha) g^2, \quad \theta \leftarrow \theta - \eta \frac{g}{\sqrt{s} + \epsilon}"
    )

    learning_rate: float = number(0.001, low=0, high=1000, help=LEARNING_RATE)
    alpha: float = number(0.99, low=0, high=0.9999, help="How slowly the recent size of the gradient is forgotten.")
    momentum: float = number(0, low=0, high=0.9999, help="Share of the past step that is kept.")
    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)
    eps: float = number(1e-8, low=1e-16, high=1, help="Added to the divisor, so that nothing is divided by zero.")

    @property
    def state_per_weight(self) -> int:
        return 2 if self.momentum else 1

    def construction(self) -> Call:
        return call(
            "torch.optim.RMSprop",
            lr=self.learning_rate,
            alpha=self.alpha,
            eps=self.eps,
            weight_decay=self.weight_decay or None,
            momentum=self.momentum or None,
        )


class Adam(Optimizer, frozen=True):
    """Adam: momentum and a step size of its own for every weight. A good first choice."""

    formula = r"\theta \leftarrow \theta - \eta \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}"

    learning_rate: float = number(0.001, low=0, high=1000, help=LEARNING_RATE)
    beta1: float = number(0.9, low=0, high=0.9999, help="How slowly the mean of the gradient is forgotten.")
    beta2: float = number(0.999, low=0, high=0.99999, help="How slowly the size of the gradient is forgotten.")
    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)
    eps: float = number(1e-8, low=1e-16, high=1, help="Added to the divisor, so that nothing is divided by zero.")

    @property
    def state_per_weight(self) -> int:
        return 2

    def construction(self) -> Call:
        return call(
            "torch.optim.Adam",
            lr=self.learning_rate,
            betas=(self.beta1, self.beta2),
            eps=self.eps,
            weight_decay=self.weight_decay or None,
        )


class AdamW(Adam, frozen=True):
    """Adam with weight decay that does not pass through the gradient; the usual choice for large networks."""

    formula = r"\theta \leftarrow (1 - \eta \lambda)\theta - \eta \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}"

    weight_decay: float = number(0.01, low=0, high=10, help=WEIGHT_DECAY)

    def construction(self) -> Call:
        return call(
            "torch.optim.AdamW",
            lr=self.learning_rate,
            betas=(self.beta1, self.beta2),
            eps=self.eps,
            weight_decay=self.weight_decay,
        )
