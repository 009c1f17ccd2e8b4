"""Networks in which two ways meet: several Inputs, or two that share their weights."""

from engine.data import Data
from engine.datasets import BreastCancer, DigitPairs, Reconstruction
from engine.layers import (
    Add,
    Conv2d,
    Dropout,
    Expression,
    Flatten,
    GaussianNoise,
    Input,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Reshape,
    Sigmoid,
    Slice,
    Twin,
)
from engine.losses import BinaryCrossEntropy, MeanSquaredError
from engine.optimizers import Adam
from engine.project import Project
from engine.schedules import Cosine
from engine.training import Training
from tools.templates.sketch import Sketch, between_ends, block
from tools.templates.small import KEPT_ASIDE, described

CLOUD = 16
"""How many numbers say where an image lies in the cloud."""
IMAGE = Reshape((1, 28, 28))


def wide_and_deep() -> Project:
    """Cheng et al. (2016), “Wide & deep learning for recommender systems”."""
    net = Sketch(Input(stop=20))
    deep = net.part("Deep", Linear(32), ReLU(), Dropout(0.2), Linear(16), ReLU(), Linear(1))
    net.note("The means and their errors pass through layers that find out how they work together.")
    net.beside(Input(start=20))
    wide = net.part("Wide", Linear(1))
    net.note("The worst values count directly: what they say is simple, and is learned at once.")
    net.join(Add(), deep, wide)
    net.then(Sigmoid(), Output())
    about = (
        "Simple rules beside deep ones: some columns of a table count directly, others through layers.\n"
        "H.-T. Cheng et al., 2016, for recommending apps. In 60 epochs it knows 96 % of the test tumours."
    )
    plan = Training(BinaryCrossEntropy(), Adam(), batch_size=32, epochs=60)
    return described(net.drawn(), Data(BreastCancer()), plan, "Wide and deep", about)


def siamese() -> Project:
    """Bromley et al. (1993), “Signature verification using a siamese time delay neural network”."""
    layers = (Conv2d(16, 3, padding=1), ReLU(), MaxPool2d(), Conv2d(32, 3, padding=1), ReLU(), MaxPool2d())
    encoder = block("Encoder", between_ends(*layers, Flatten(), Linear(32)), "Says in 32 numbers what it sees.", {})
    net = Sketch(Input())
    both = net.end
    with net.frame("One encoder"):
        left = net.then(Slice(3, stop=8), encoder())
        right = net.then(Slice(3, start=8), Twin(left), after=both)
    net.note("The twin has no weights of its own: both digits pass through the same encoder, which learns from both.")
    net.join(Expression("abs(a - b)"), left, right)
    net.part("The same?", Linear(1), Sigmoid())
    net.then(Output())
    about = (
        "Two digits pass through the same weights: are they the same digit, whoever wrote them?\n"
        "J. Bromley, I. Guyon, Y. LeCun, E. Säckinger and R. Shah, 1993, for signatures. In twelve epochs it is right "
        "about 94.8 % of the test pairs, which are of handwriting that it never saw."
    )
    plan = Training(BinaryCrossEntropy(), Adam(0.002), batch_size=128, epochs=12, schedule=Cosine())
    return described(net.drawn(), Data(DigitPairs(pairs=20_000)), plan, "Siamese network", about)


def variational_autoencoder() -> Project:
    """Kingma and Welling (2013), “Auto-encoding variational Bayes”."""
    net = Sketch(Input())
    seen = net.part("Encoder", Flatten(), Linear(256), ReLU(), Linear(64), ReLU())
    with net.frame("A cloud"):
        middle, width = net.then(Linear(CLOUD), after=seen), net.then(Linear(CLOUD), after=seen)
        chance = net.then(Expression("0 * a"), GaussianNoise(1.0), after=middle)
        net.join(Expression("a + exp(c / 2) * b"), middle, chance, width)
    net.note(
        "Not a point but a cloud: its middle and the logarithm of its width. While training, a point is drawn from it "
        "by chance; the trained network takes the middle."
    )
    drawn = net.part("Decoder", Linear(64), ReLU(), Linear(256), ReLU(), Linear(784), Sigmoid())
    net.then(IMAGE, Output())
    with net.frame("Order"):
        net.join(Expression("1 + mean(a ** 2 + exp(c) - c - 1) / 2 + 0 * b"), middle, drawn, width)
        net.then(IMAGE, Output(auxiliary=True, weight=0.001, loss="mean absolute error (L1)"))
    net.note(
        "How far the cloud is from the normal one (Kullback-Leibler), plus 1. No pixel is brighter than 1, so that the "
        "distance to the image shrinks exactly as this does."
    )
    about = (
        "An autoencoder whose codes form one round cloud, from which new digits can be made.\n"
        "D. Kingma and M. Welling, 2013. In ten epochs its test images are 0.04 off in each pixel, where white is 1, "
        "and each of the sixteen numbers spreads as a normal one does."
    )
    data = Data(Reconstruction(images="MNIST"), validation=KEPT_ASIDE)
    plan = Training(MeanSquaredError(), Adam(), batch_size=128, epochs=10)
    return described(net.drawn(), data, plan, "Variational autoencoder", about)
