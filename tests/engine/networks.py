"""Small networks of every shape that a drawing takes, each on data that it can learn."""

from collections.abc import Iterable

from drawings import project, stack

from engine.data import Data
from engine.datasets import Diabetes, Iris, XorPoints
from engine.graph import Graph, Node
from engine.layers import (
    GELU,
    Add,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    GaussianNoise,
    Input,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Sigmoid,
    Softmax,
    StochasticDepth,
    Subtract,
    Tanh,
    Twin,
)
from engine.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from engine.optimizers import Adam, GradientDescent
from engine.project import Project
from engine.training import Training


def wired(layers: dict[str, Layer], wires: Iterable[str]) -> Graph:
    """A network of named layers; each wire is written ``source target``."""
    graph = Graph().add(*(Node(name, layer) for name, layer in layers.items()))
    for wire in wires:
        graph = graph.connect(*wire.split())
    return graph


def skip() -> Graph:
    """Two convolutions with a way around them."""
    layers = {
        "input": Input(),
        "stem": Conv2d(4, padding=1),
        "first": Conv2d(4, padding=1),
        "norm": BatchNorm2d(),
        "bend": ReLU(),
        "second": Conv2d(4, padding="same"),
        "join": Add(),
        "flat": Flatten(),
        "last": Linear(10),
        "output": Output(),
    }
    wires = (
        "input stem,stem first,first norm,norm bend,bend second,second join,stem join,join flat,flat last,last output"
    )
    return wired(layers, wires.split(","))


def branches() -> Graph:
    """Three branches side by side, one of which divides again, and a layer that leads nowhere."""
    layers = {
        "input": Input(),
        "a": Conv2d(2),
        "b": Conv2d(3),
        "c": AvgPool2d(3, stride=1),
        "d": Tanh(),
        "e": LeakyReLU(0.2),
        "sum": Add(),
        "cat": Concat(),
        "nowhere": Conv2d(5),
        "flat": Flatten(),
        "last": Linear(10),
        "softmax": Softmax(),
        "output": Output(),
    }
    wires = (
        "input a,input b,input c,a d,a e,d sum,e sum,sum cat,b cat,c cat,cat nowhere,"
        "cat flat,flat last,last softmax,softmax output"
    )
    return wired(layers, wires.split(","))


def two_heads() -> Graph:
    """A convolution that answers twice: behind a second one, and by itself, which only helps it to learn."""
    layers = {
        "input": Input(),
        "stem": Conv2d(4, padding=1),
        "bend": ReLU(),
        "deeper": Conv2d(8, stride=2),
        "flat": Flatten(),
        "last": Linear(10),
        "softmax": Softmax(),
        "output": Output(),
        "head_flat": Flatten(),
        "head": Linear(10),
        "head_softmax": Softmax(),
        "early": Output(auxiliary=True, weight=0.3),
    }
    wires = (
        "input stem,stem bend,bend deeper,deeper flat,flat last,last softmax,softmax output,"
        "bend head_flat,head_flat head,head head_softmax,head_softmax early"
    )
    return wired(layers, wires.split(","))


def wide_and_deep() -> Graph:
    """Some columns go through hidden layers, the others straight to the answer."""
    layers = {
        "numbers": Input(stop=3),
        "deep": Linear(16),
        "bend": ReLU(),
        "others": Input(start=3),
        "both": Concat(),
        "last": Linear(3),
        "output": Output(),
        "errors": Output(auxiliary=True, weight=2.0, loss="mean squared error"),
    }
    wires = "numbers deep,deep bend,bend both,others both,both last,last output,last errors"
    return wired(layers, wires.split(","))


def siamese() -> Graph:
    """One encoder for the two halves of a sample, and what its answers differ in."""
    layers = {
        "left": Input(stop=2),
        "right": Input(start=2),
        "encoder": Linear(8),
        "again": Twin("encoder"),
        "difference": Subtract(),
        "last": Linear(3),
        "output": Output(),
    }
    wires = "left encoder,right again,encoder difference,again difference,difference last,last output"
    return wired(layers, wires.split(","))


def _titled(title: str, network: Graph) -> Project:
    return Project(network, training=Training(CrossEntropy(), Adam(), epochs=2), title=title)


NETWORKS: dict[str, Project] = {
    # 108 samples in batches of 107: one is left over, which cannot be normalised.
    "mlp": project(
        *(Input(), Linear(16), BatchNorm1d(), GELU(), LayerNorm(), Linear(3), Output()),
        dataset=Iris(),
        epochs=2,
        batch_size=107,
    ),
    "cnn": _titled(
        "Digits CNN",
        stack(
            *(Input(), Conv2d(8), BatchNorm2d(), ReLU(), MaxPool2d(), Flatten()),
            *(Dropout(0.2), Linear(10), Softmax(), Output()),
        ),
    ),
    "skip": _titled("Skip", skip()),
    "branches": _titled("3 branches", branches()),
    "yes or no": Project(
        stack(Input(), Linear(2), Sigmoid(), Linear(1), Sigmoid(), Output()),
        Data(XorPoints()),
        Training(BinaryCrossEntropy(), Adam(learning_rate=0.1), batch_size=4, epochs=3),
        "XOR",
    ),
    "own modules": _titled(
        "Gaussian noise",
        stack(
            Input(), GaussianNoise(), Flatten(), Linear(16), ReLU(), StochasticDepth(), Linear(10), Softmax(), Output()
        ),
    ),
    "begun otherwise": _titled(
        "Begun otherwise",
        stack(
            *(Input(), Conv2d(4, weight_init="kaiming normal", bias_init="zeros", weight_norm="weight")),
            *(BatchNorm2d(weight_init="zeros"), Flatten(), Linear(16, bias=False, bias_init="ones"), LayerNorm()),
            *(Linear(10, weight_init="truncated normal", weight_norm="spectral", lr_factor=0.1), Softmax(), Output()),
        ),
    ),
    "two heads": _titled("Two heads", two_heads()),
    "wide and deep": Project(
        wide_and_deep(), Data(Iris()), Training(CrossEntropy(), Adam(), epochs=2), "Wide and deep"
    ),
    "siamese": Project(siamese(), Data(Iris()), Training(CrossEntropy(), Adam(), epochs=2), "Siamese"),
    "regression": Project(
        stack(Input(), Linear(8), ReLU(), Linear(1), Output()),
        Data(Diabetes()),
        Training(MeanSquaredError(), GradientDescent(), epochs=3),
        "Diabetes",
    ),
}
