"""Networks that train in minutes on any machine, each on real data or on data made by a law.

What their descriptions say they reach is the test of one training here, with the seed that the template brings.
"""

from engine.data import Data
from engine.datasets import Cifar10, DigitScenes, DigitSheets, FashionMnist, Mnist, Oscillator, Reconstruction
from engine.graph import Graph
from engine.layers import (
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalMaxPool,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    Pad,
    ReLU,
    Reshape,
    Sigmoid,
    Slice,
    Softmax,
    Tanh,
)
from engine.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from engine.metrics import AveragePrecision
from engine.optimizers import Adam, Nesterov
from engine.project import Project
from engine.schedules import Cosine, OneCycle
from engine.training import Training
from tools.templates.segmentation import double, up_again
from tools.templates.sketch import Sketch, block

KEPT_ASIDE = 1 / 12
"""Of the 60,000 samples of MNIST and Fashion-MNIST, 5,000 are for validation."""
CLASSES = 10


def described(network: Graph, data: Data, training: Training, title: str, about: str) -> Project:
    """The document. A number and its percent sign stay on one line."""
    return Project(network, data, training, title, about.replace(" %", "\u00a0%"))


def classifying(net: Sketch, *layers: Layer) -> Graph:
    """The network with its last part, which tells ten classes apart, and its answer."""
    net.part("Classifier", *layers, Linear(CLASSES), Softmax())
    net.then(Output())
    return net.drawn()


def on_digits(network: Graph, title: str, about: str, **training: int) -> Project:
    """A network that learns MNIST with Adam, 128 digits at a time."""
    plan = Training(CrossEntropy(), Adam(), batch_size=128, **training)
    return described(network, Data(Mnist(), validation=KEPT_ASIDE), plan, title, about)


def lenet5() -> Project:
    """LeCun et al. (1998), “Gradient-based learning applied to document recognition”."""
    net = Sketch(Input())
    net.part("Strokes", Conv2d(6, 5, padding=2), Tanh(), AvgPool2d())
    net.note("Six small windows slide over the digit. What they find is halved in size: *where exactly* matters less.")
    net.part("Shapes", Conv2d(16, 5), Tanh(), AvgPool2d(), Flatten())
    network = classifying(net, Linear(120), Tanh(), Linear(84), Tanh())
    about = (
        "Read the cheques of the nineties: the grandmother of all convolutional networks.\n"
        "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, 1998. In ten epochs it finds 98.6 % of the test digits."
    )
    return on_digits(network, "LeNet-5", about, epochs=10)


def keras_mnist() -> Project:
    """Chollet (2015), ``mnist_cnn.py`` of Keras."""
    net = Sketch(Input())
    net.part("Features", Conv2d(32), ReLU(), Conv2d(64), ReLU(), MaxPool2d(), Dropout(0.25), Flatten())
    net.note("Dropout silences a quarter of the values at each step, so that no value relies on another.")
    network = classifying(net, Linear(128), ReLU(), Dropout(0.5))
    about = (
        "The first example of a generation: two convolutions, and dropout against learning by heart.\n"
        "F. Chollet, Keras, 2015. In six epochs it finds 98.9 % of the test digits."
    )
    return on_digits(network, "Keras MNIST CNN", about, epochs=6)


def keras_convnet() -> Project:
    """Chollet (2020), keras.io, “Simple MNIST convnet”."""
    net = Sketch(Input())
    net.part("Small patterns", Conv2d(32), ReLU(), MaxPool2d())
    net.part("Larger patterns", Conv2d(64), ReLU(), MaxPool2d(), Flatten())
    net.note("No hidden Linear layer: that is how 34,826 parameters are enough.")
    network = classifying(net, Dropout(0.5))
    about = (
        "A convolutional network of 34,826 parameters that hardly ever takes one digit for another.\n"
        "F. Chollet, keras.io, 2020. In fifteen epochs it finds 99.2 % of the test digits."
    )
    plan = Training(CrossEntropy(), Adam(), batch_size=128, epochs=15)
    return described(network, Data(Mnist()), plan, "Simple MNIST convnet", about)


def fashion_mlp() -> Project:
    """Xiao et al. (2017) list such a network in the benchmark of Fashion-MNIST."""
    net = Sketch(Input())
    net.then(Flatten())
    net.part("Neurons", Linear(256), ReLU(), Linear(128), ReLU(), Linear(100), ReLU(), Dropout(0.2))
    net.note("The learning rate falls along a cosine, so that the last epochs settle what the first have found.")
    network = classifying(net)
    about = (
        "Plain layers of 256, 128 and 100 neurons tell ten kinds of clothing apart.\n"
        "H. Xiao, K. Rasul and R. Vollgraf, 2017. In fifteen epochs it finds 89 % of the test images."
    )
    plan = Training(CrossEntropy(), Adam(), batch_size=128, epochs=15, schedule=Cosine())
    return described(network, Data(FashionMnist(), validation=KEPT_ASIDE), plan, "Fashion MLP", about)


def fashion_convnet() -> Project:
    """Ioffe and Szegedy (2015), batch normalisation; Smith and Topin (2017), one cycle."""
    net = Sketch(Input())
    for title, width in (("Edges", 32), ("Seams", 64), ("Sleeves", 64)):
        net.part(title, Conv2d(width, 3, padding=1, bias=False), MaxPool2d(), BatchNorm2d(), ReLU())
    net.note("Batch normalisation lets the learning rate be high; one cycle of it makes a training short.")
    network = classifying(net, Flatten(), Dropout(0.3))
    about = (
        "Fewer than 100,000 parameters, three convolutions, and a learning rate that rises and falls once.\n"
        "S. Ioffe and C. Szegedy, 2015; L. Smith and N. Topin, 2017. In eight epochs it finds 92 % of the test images."
    )
    plan = Training(CrossEntropy(), Adam(learning_rate=0.004), batch_size=128, epochs=8, schedule=OneCycle())
    return described(network, Data(FashionMnist(), validation=KEPT_ASIDE), plan, "Fashion convnet", about)


def resnet20() -> Project:
    """He et al. (2015), the network for CIFAR-10 with shortcuts that have no parameters (their option A)."""
    same = block("Residual", _residual(), "Adds what it finds to what it was given.", {"channels": _WIDTHS})
    doubled = {"added_channels": "conv2d_1.out_channels × 2, conv2d_2.out_channels × 2, pad_1.back"}
    words = "Halves the image and doubles the channels; on the way around the new ones are zeros."
    halving = block("Halving", _residual(halves=True), words, doubled)
    net = Sketch(Input())
    net.part("Stem", Conv2d(16, 3, padding=1, bias=False), BatchNorm2d(), ReLU())
    net.part("Stage 1", same(channels=16, repeat=3))
    net.note("Twenty layers with weights: one in the stem, eighteen in nine blocks of two, one that classifies.")
    for number, width in enumerate((32, 64), 2):
        net.part(f"Stage {number}", halving(added_channels=width // 2), same(channels=width, repeat=2))
    network = classifying(net, AdaptiveAvgPool2d(1), Flatten())
    about = (
        "The residual network for small images: twenty layers, 269,722 parameters.\n"
        "K. He, X. Zhang, S. Ren and J. Sun, 2015. On CIFAR-10 they reach 91.25 % in 182 epochs with images moved and "
        "mirrored at random. Here five epochs on 9,000 of the images reach 64.8 %: a beginning, in minutes."
    )
    optimizer = Nesterov(learning_rate=0.05, weight_decay=0.0005)
    plan = Training(CrossEntropy(), optimizer, batch_size=128, epochs=5, schedule=OneCycle())
    return described(network, Data(Cifar10()), plan, "ResNet-20", about)


_WIDTHS = "conv2d_1.out_channels, conv2d_2.out_channels"


def _residual(halves: bool = False) -> Sketch:
    """Two convolutions and a way around them."""
    width, stride = (32, 2) if halves else (16, 1)
    net = Sketch(Input())
    start = net.end
    net.then(Conv2d(width, 3, stride, 1, bias=False), BatchNorm2d(), ReLU())
    way = net.then(Conv2d(width, 3, 1, 1, bias=False), BatchNorm2d())
    every_second = (Slice(2, step=2), Slice(3, step=2), Pad(0, 0, back=width // 2))
    around = net.then(*every_second, after=start) if halves else start
    net.join(Add(), way, around)
    net.then(ReLU(), Output())
    return net


def autoencoder() -> Project:
    """Hinton and Salakhutdinov (2006), “Reducing the dimensionality of data with neural networks”."""
    net = Sketch(Input())
    net.part("Encoder", Flatten(), Linear(256), ReLU(), Linear(64), ReLU(), Linear(16))
    net.note("Sixteen numbers must say it all.")
    net.part("Decoder", Linear(64), ReLU(), Linear(256), ReLU(), Linear(784), Sigmoid(), Reshape((1, 28, 28)))
    net.then(Output())
    about = (
        "Says in sixteen numbers what makes up a digit, and draws it again without the noise.\n"
        "G. Hinton and R. Salakhutdinov, 2006. In ten epochs the mean squared error on the test falls to 0.017; an "
        "image that is always the mean would have 0.067."
    )
    data = Data(Reconstruction(images="MNIST", noise=0.3), validation=KEPT_ASIDE)
    plan = Training(MeanSquaredError(), Adam(), batch_size=128, epochs=10)
    return described(net.drawn(), data, plan, "Autoencoder", about)


def small_unet() -> Project:
    """Ronneberger et al. (2015), two levels deep."""
    net = Sketch(Input())
    step, up = double(), up_again()
    first = net.part("Level 1", step(channels=16))
    net.note("Down: *what* is there.\n\nUp: *where* it is.")
    second = net.part("Level 2", MaxPool2d(), step(channels=32))
    net.part("Bottom", MaxPool2d(), step(channels=64))
    for width, level in ((32, second), (16, first)):
        net.join(up(channels=width), net.end, level)
    net.part("Answer", Conv2d(11, 1), Softmax())
    net.then(Output())
    about = (
        "Finds handwritten digits in a noisy scene, and says of each pixel which digit it belongs to.\n"
        "O. Ronneberger, P. Fischer and T. Brox, 2015. In twelve epochs it is right about 97.8 % of the test pixels; "
        "90 % of them are bare paper."
    )
    plan = Training(CrossEntropy(), Adam(), batch_size=32, epochs=12)
    return described(net.drawn(), Data(DigitScenes()), plan, "Small U-Net", about)


def which_digits() -> Project:
    """Oquab et al. (2015), “Is object localization for free?”: the best place of a map for each label."""
    net = Sketch(Input())
    net.part("Strokes", *_thorough(16), *_thorough(32), MaxPool2d())
    net.part("Shapes", *_thorough(64), *_thorough(64, 2))
    net.part("A map for each digit", Conv2d(10, 1), GlobalMaxPool(), Sigmoid())
    net.note("Of the map of a digit the best place alone counts. Sigmoid answers for each digit by itself.")
    net.then(Output())
    about = (
        "Says which digits are on a sheet: none, one or several. Nobody tells it where they stand.\n"
        "M. Oquab, L. Bottou, I. Laptev and J. Sivic, 2015. In eight epochs it finds all digits, and no other, on 89 % "
        "of the test sheets; F1 is 96 % over the ten digits."
    )
    plan = Training(
        BinaryCrossEntropy(), Adam(0.003), batch_size=64, epochs=8, schedule=Cosine(), metrics=(AveragePrecision(),)
    )
    return described(net.drawn(), Data(DigitSheets()), plan, "Which digits", about)


def _thorough(filters: int, dilation: int = 1) -> tuple[Layer, ...]:
    return (Conv2d(filters, padding=dilation, dilation=dilation, bias=False), BatchNorm2d(), ReLU())


def oscillator() -> Project:
    """Cybenko (1989), “Approximation by superpositions of a sigmoidal function”."""
    net = Sketch(Input())
    net.part("Bends", Linear(64), Tanh(), Linear(64), Tanh(), Linear(64), Tanh())
    net.note(
        "The network is told nothing of the law: a sum of bends can follow any curve, and it must find which from four "
        "thousand measurements."
    )
    net.then(Linear(1), Output())
    about = (
        "Learns where a damped weight on a spring is, from time, stiffness, damping and mass alone.\n"
        "G. Cybenko, 1989: such a network can follow every law that has no jumps. In 150 epochs it is 1.4 cm off on "
        "average, where the measurements themselves are 0.8 cm off."
    )
    plan = Training(MeanSquaredError(), Adam(learning_rate=0.005), batch_size=64, epochs=150, schedule=Cosine())
    return described(net.drawn(), Data(Oscillator()), plan, "Law of a spring", about)
