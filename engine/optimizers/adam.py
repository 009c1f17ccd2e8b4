"""Adam and what has come of it: momentum, and a step size of its own for every weight."""

from engine.call import Call, call
from engine.optimizers.optimizer import EPS, LEARNING_RATE, WEIGHT_DECAY, Optimizer
from engine.spec import number


class Adam(Optimizer, frozen=True):
    """Adam: momentum and a step size of its own for every weight. A good first choice."""

    formula = r"\theta \leftarrow \theta - \eta \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}"

    learning_rate: float = number(0.001, low=0, high=1000, help=LEARNING_RATE)
    beta1: float = number(0.9, low=0, high=0.9999, help="How slowly the mean of the gradient is forgotten.")
    beta2: float = number(0.999, low=0, high=0.99999, help="How slowly the size of the gradient is forgotten.")
    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)
    eps: float = number(1e-8, low=1e-16, high=1, help=EPS)

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


class NAdam(Adam, frozen=True):
    """Adam that looks ahead as Nesterov's momentum does."""

    formula = r"\theta \leftarrow \theta - \eta \frac{\mu \hat{m} + (1 - \mu) g}{\sqrt{\hat{v}} + \epsilon}"

    learning_rate: float = number(0.002, low=0, high=1000, help=LEARNING_RATE)
    momentum_decay: float = number(0.004, low=0, high=1, help="How fast the momentum reaches its full strength.")

    def construction(self) -> Call:
        return call(
            "torch.optim.NAdam",
            lr=self.learning_rate,
            betas=(self.beta1, self.beta2),
            eps=self.eps,
            weight_decay=self.weight_decay or None,
            momentum_decay=self.momentum_decay,
        )


class RAdam(Adam, frozen=True):
    """Rectified Adam: holds its steps back at first, while it knows too little of the gradient; needs no warm-up."""

    formula = r"\theta \leftarrow \theta - \eta \, r_t \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}"

    def construction(self) -> Call:
        return call(
            "torch.optim.RAdam",
            lr=self.learning_rate,
            betas=(self.beta1, self.beta2),
            eps=self.eps,
            weight_decay=self.weight_decay or None,
        )


class Adamax(Adam, frozen=True):
    """Adam that measures the gradient by its recent maximum; steadier where gradients are rare."""

    formula = r"\theta \leftarrow \theta - \eta \frac{\hat{m}}{u}, \quad u \leftarrow \max(\beta_2 u, |g| + \epsilon)"

    learning_rate: float = number(0.002, low=0, high=1000, help=LEARNING_RATE)

    def construction(self) -> Call:
        return call(
            "torch.optim.Adamax",
            lr=self.learning_rate,
            betas=(self.beta1, self.beta2),
            eps=self.eps,
            weight_decay=self.weight_decay or None,
        )
