"""A step size of its own for every weight, by how large its gradient was."""

from engine.call import Call, call
from engine.optimizers.optimizer import EPS, LEARNING_RATE, WEIGHT_DECAY, Optimizer
from engine.spec import number


class Adagrad(Optimizer, frozen=True):
    """Adagrad: smaller steps for weights that have moved much already."""

    formula = r"G \leftarrow G + g^2, \quad \theta \leftarrow \theta - \frac{\eta}{\sqrt{G} + \epsilon} g"

    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)
    eps: float = number(1e-10, low=1e-16, high=1, help=EPS)

    @property
    def state_per_weight(self) -> int:
        return 1

    def construction(self) -> Call:
        return call("torch.optim.Adagrad", lr=self.learning_rate, weight_decay=self.weight_decay or None, eps=self.eps)


class Adadelta(Optimizer, frozen=True):
    """Adadelta: measures each step by the recent size of the gradient and of the steps before, so that it hardly needs
    a learning rate.
    """

    formula = r"\theta \leftarrow \theta - \eta \frac{\sqrt{u + \epsilon}}{\sqrt{s + \epsilon}} g"

    learning_rate: float = number(1, low=0, high=1000, help=LEARNING_RATE)
    rho: float = number(0.9, low=0, high=0.9999, help="How slowly the recent sizes are forgotten.")
    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)
    eps: float = number(1e-6, low=1e-16, high=1, help=EPS)

    @property
    def state_per_weight(self) -> int:
        return 2

    def construction(self) -> Call:
        return call(
            "torch.optim.Adadelta",
            lr=self.learning_rate,
            rho=self.rho,
            eps=self.eps,
            weight_decay=self.weight_decay or None,
        )


class RMSprop(Optimizer, frozen=True):
    """RMSprop: divides each step by the recent size of the gradient."""

    formula = (
        r"s \leftarrow \alpha s + (1 - \alpha) g^2, \quad \theta \leftarrow \theta - \eta \frac{g}{\sqrt{s} + \epsilon}"
    )

    learning_rate: float = number(0.001, low=0, high=1000, help=LEARNING_RATE)
    alpha: float = number(0.99, low=0, high=0.9999, help="How slowly the recent size of the gradient is forgotten.")
    momentum: float = number(0, low=0, high=0.9999, help="Share of the past step that is kept.")
    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)
    eps: float = number(1e-8, low=1e-16, high=1, help=EPS)

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
