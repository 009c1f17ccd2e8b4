"""Losses of an embedding: they judge where samples lie, compared with each other."""

from engine.call import Call, call, unless
from engine.losses.loss import Loss, TargetForm, Task
from engine.spec import choice, number


class Triplet(Loss, frozen=True):
    """Triplet loss: a sample must lie nearer to those of its own class than to all others, by a margin. It learns an
    embedding, in which samples are compared: give it to an auxiliary Output of any width, or add it to a loss of
    classes. The triplets are found within each batch (Hermans et al. 2017).
    """

    group = "Embeddings"
    formula = r"L = \max(0, d(a, p) - d(a, n) + m)"
    tasks = ("classification",)
    of_rows = True
    of_samples = True
    embeds = True
    fewest = 2

    margin: float = number(0.5, low=0.001, high=1000, help="How much nearer those of the same class must be.")
    mining: str = choice(
        "hardest",
        "all",
        help="Which triplets count: for each sample the farthest of its class and the nearest of another, or all that "
        "do not keep the margin.",
    )
    distance: str = choice(
        "euclidean", "cosine", help="How far apart two samples are: by their distance, or by their directions alone."
    )

    def target_form(self, task: Task) -> TargetForm:
        del task
        return "class"

    def function(self) -> Call:
        mining, distance = unless(self.mining, "hardest"), unless(self.distance, "euclidean")
        return call("modules.TripletLoss", self.margin, mining=mining, distance=distance)
