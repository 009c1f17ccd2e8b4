"""Losses of an embedding: they judge where samples lie, compared with each other."""

from engine.call import Call, call, unless
from engine.losses.loss import Loss, TargetForm, Task
from engine.spec import choice, number

DISTANCES = ("euclidean", "cosine", "manhattan")
HOW_FAR = (
    "How far apart two samples are: by their distance, by their directions alone, or by the sum of how far each of "
    "their values is apart."
)


class OfEmbeddings(Loss, frozen=True):
    """Base of those that learn where samples lie."""

    listed = False
    group = "Embeddings"
    tasks = ("classification",)
    of_rows = True
    of_samples = True
    embeds = True
    fewest = 2

    def target_form(self, task: Task) -> TargetForm:
        del task
        return "class"


class Triplet(OfEmbeddings, frozen=True):
    """Triplet loss: a sample must lie nearer to those of its own class than to all others, by a margin. It learns an
    embedding, in which samples are compared: give it to an auxiliary Output of any width, or add it to a loss of
    classes. The triplets are found within each batch (Hermans et al. 2017).
    """

    formula = r"L = \max(0, d(a, p) - d(a, n) + m)"

    margin: float = number(0.5, low=0.001, high=1000, help="How much nearer those of the same class must be.")
    mining: str = choice(
        "hardest",
        "all",
        help="Which triplets count: for each sample the farthest of its class and the nearest of another, or all that "
        "do not keep the margin.",
    )
    distance: str = choice(*DISTANCES, help=HOW_FAR)

    def function(self) -> Call:
        mining, distance = unless(self.mining, "hardest"), unless(self.distance, "euclidean")
        return call("modules.TripletLoss", self.margin, mining=mining, distance=distance)


class HingeEmbedding(OfEmbeddings, frozen=True):
    """Hinge embedding loss, also called contrastive: two samples of a class must lie on each other, two of different
    classes apart by a margin. It learns an embedding: give it to an auxiliary Output of any width, or add it to a loss
    of classes. It takes all pairs within each batch.
    """

    title = "Hinge embedding (contrastive)"
    formula = r"L = [y_1 = y_2] \, d + [y_1 \neq y_2] \, \max(0, m - d)"

    margin: float = number(1, low=0.001, high=1000, help="How far apart samples of different classes must be.")
    distance: str = choice(*DISTANCES, help=HOW_FAR)

    def function(self) -> Call:
        return call("modules.PairLoss", self.margin, distance=unless(self.distance, "euclidean"))


class CosineEmbedding(OfEmbeddings, frozen=True):
    """Cosine embedding loss: two samples of a class must lie in the same direction, two of different classes must not.
    It learns an embedding: give it to an auxiliary Output of any width, or add it to a loss of classes. It takes all
    pairs within each batch.
    """

    title = "Cosine embedding"
    formula = r"L = [y_1 = y_2] \, (1 - \cos) + [y_1 \neq y_2] \, \max(0, \cos - m)"

    margin: float = number(
        0, low=-1, high=0.999, help="Up to which cosine samples of different classes count nothing; 0 is a right angle."
    )

    def function(self) -> Call:
        # What a cosine is above a margin, its distance is below 1 - margin. Rounded, as exported source prints it.
        return call("modules.PairLoss", round(1 - self.margin, 9), distance="cosine")
