"""Optimizers that look further than the gradient of one batch at one place, or treat weights by their shape."""

from engine.call import Call, call
from engine.optimizers.optimizer import LEARNING_RATE, WEIGHT_DECAY, Optimizer
from engine.spec import flag, integer, number


class LBFGS(Optimizer, frozen=True):
    """L-BFGS: learns the curvature of the loss from the last gradients and jumps towards the lowest point. For small
    networks on few samples; each step tries several places.
    """

    title = "L-BFGS"
    formula = r"\theta \leftarrow \theta - \eta H \nabla L, \quad H \approx (\nabla^2 L)^{-1}"
    whole_set = True
    tries_places = True

    learning_rate: float = number(1, low=0, high=1000, help=LEARNING_RATE)
    max_iter: int = integer(20, low=1, high=1000, help="How many places one step may try.")
    history_size: int = integer(10, low=1, high=1000, help="From how many past gradients it learns the curvature.")
    line_search: bool = flag(True, help="Look along each direction for a good length of the step (strong Wolfe).")

    @property
    def state_per_weight(self) -> int:
        return 2 * self.history_size + 2

    def construction(self) -> Call:
        return call(
            "torch.optim.LBFGS",
            lr=self.learning_rate,
            max_iter=self.max_iter,
            history_size=self.history_size,
            line_search_fn="strong_wolfe" if self.line_search else None,
        )


class Adafactor(Optimizer, frozen=True):
    """Adafactor: as Adam, but it remembers only a mean for each row and column of a matrix, which spares memory."""

    formula = (
        r"\hat{v}_{ij} = \frac{r_i c_j}{\sum_i r_i}, \quad \theta \leftarrow \theta - \eta \frac{g}{\sqrt{\hat{v}}}"
    )

    learning_rate: float = number(0.01, low=0, high=1000, help=LEARNING_RATE)
    beta2_decay: float = number(-0.8, low=-10, high=0, help="How fast the size of the gradient is forgotten less.")
    clip: float = number(1, low=1, high=1000, help="How large a step may be, as a root mean square.")
    weight_decay: float = number(0, low=0, high=10, help=WEIGHT_DECAY)

    def construction(self) -> Call:
        return call(
            "torch.optim.Adafactor",
            lr=self.learning_rate,
            beta2_decay=self.beta2_decay,
            d=self.clip,
            weight_decay=self.weight_decay or None,
        )


class Muon(Optimizer, frozen=True):
    """Muon: makes the step of each matrix turn all directions alike; AdamW takes care of all other weights. The choice
    for large linear layers and attention.
    """

    formula = r"O = (M M^\top)^{-1/2} M, \quad \theta \leftarrow \theta - \eta \, O"

    learning_rate: float = number(0.001, low=0, high=1000, help=LEARNING_RATE)
    momentum: float = number(0.95, low=0, high=0.9999, help="Share of the past step that is kept, of matrices.")
    weight_decay: float = number(0.1, low=0, high=10, help=WEIGHT_DECAY)
    beta1: float = number(0.9, low=0, high=0.9999, help="How slowly the mean of the gradient is forgotten, of others.")
    beta2: float = number(
        0.95, low=0, high=0.99999, help="How slowly the size of the gradient is forgotten, of others."
    )

    @property
    def state_per_weight(self) -> int:
        # Of matrices only one.
        return 2

    def construction(self) -> Call:
        return call(
            "modules.MuonWithAdamW",
            lr=self.learning_rate,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            betas=(self.beta1, self.beta2),
        )
