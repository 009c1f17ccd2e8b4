"""Small networks on real tables, photos and texts, each from the file as it was published.

They are drawn from the file itself: its columns and categories are found out as for any file of a person. What their
descriptions say they reach is the test of one training here, with the seed that the template brings.
"""

from typing import TypeVar

from engine.augmentation import Colour, HorizontalFlip, Rotate, Shift, Zoom
from engine.data import Data
from engine.datasets.fetching import folders
from engine.datasets.files import FromFile, open_data
from engine.datasets.images import ImageFolder
from engine.datasets.tables.editing import with_column_kind, with_test_file
from engine.datasets.tables.table import Table
from engine.datasets.text.text_file import TextFile
from engine.layers import (
    LSTM,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Softmax,
    Transpose,
)
from engine.losses import CrossEntropy, Loss, MeanSquaredError
from engine.optimizers import AdamW
from engine.project import Project
from engine.schedules import Cosine
from engine.steps import FillMissing, Logarithm, OneHot, Standardise
from engine.training import Training
from tools.templates.sketch import Sketch
from tools.templates.small import described

Own = TypeVar("Own", bound=FromFile)


def is_here() -> bool:
    """Whether the published files and folders lie on this machine."""
    return all(any((folder / path).exists() for folder in folders()) for path in ("tabular", "images", "text"))


def opened(path: str, kind: type[Own]) -> Own:
    """The dataset in a published file or folder, which the project knows by its relative path. Raises `DataError`."""
    where = next(folder / path for folder in folders() if (folder / path).exists())
    found = open_data(str(where))
    assert isinstance(found, kind)
    return found.with_setting("path", path)


def table(name: str) -> Table:
    """The table in a published file. Raises `DataError`."""
    return opened(f"tabular/{name}", Table)


def perceptron(data: Data, training: Training, title: str, about: str, *hidden: Layer) -> Project:
    """A network of plain layers."""
    dataset = data.dataset
    net = Sketch(Input())
    net.part("Neurons", *hidden)
    answer = (Linear(len(dataset.classes)), Softmax()) if dataset.classes else (Linear(1),)
    net.part("Answer", *answer)
    net.then(Output())
    return described(net.drawn(), data, training, title, about)


def titanic() -> Project:
    """The table that Kaggle begins with; D. Cournapeau and others."""
    steps = (FillMissing(("Age",)), FillMissing(("Embarked",), "most frequent"), OneHot(), Standardise())
    plan = Training(CrossEntropy(), AdamW(0.003, weight_decay=0.05), batch_size=32, epochs=30, schedule=Cosine())
    about = (
        "Who was saved? Sex, class and fare of 891 passengers, and an age that every fifth lacks.\n"
        "Encyclopedia Titanica, in the form that Kaggle made known. Over five folds it is right for 81 %."
    )
    data = Data(table("titanic.csv"), steps=steps)
    return perceptron(data, plan, "Titanic", about, Linear(32), ReLU(), Dropout(0.3), Linear(16), ReLU())


def wine_quality() -> Project:
    """Cortez et al. (2009), “Modeling wine preferences by data mining from physicochemical properties”."""
    data = Data(table("winequality-white.csv"), steps=(Standardise(),))
    about = (
        "What would tasters say of a wine? A number from 3 to 9, out of eleven measurements.\n"
        "P. Cortez, A. Cerdeira, F. Almeida, T. Matos and J. Reis, 2009. It errs by 0.66 (RMSE) on the test wines."
    )
    plan = _wine(MeanSquaredError(), epochs=60)
    return perceptron(data, plan, "Wine quality", about, Linear(128), ReLU(), Dropout(0.1), Linear(64), ReLU())


def wine_grades() -> Project:
    """The same table, its grades taken as classes."""
    found = with_column_kind(table("winequality-red.csv"), "quality", "category")
    about = (
        "The grade of a red wine as a class of its own: good ones and bad ones are rare, and hard to tell.\n"
        "P. Cortez, A. Cerdeira, F. Almeida, T. Matos and J. Reis, 2009. It finds 59 % of the test grades."
    )
    plan = _wine(CrossEntropy(), epochs=40)
    data = Data(found, steps=(Standardise(),))
    return perceptron(data, plan, "Wine grades", about, Linear(64), ReLU(), Dropout(0.2), Linear(32), ReLU())


def _wine(loss: Loss, epochs: int) -> Training:
    return Training(loss, AdamW(0.003, weight_decay=0.05), batch_size=32, epochs=epochs, schedule=Cosine())


def housing() -> Project:
    """Pace and Barry (1997), “Sparse spatial autoregressions”, with gaps put in by A. Géron."""
    skewed = ("total_rooms", "total_bedrooms", "population", "households", "median_income")
    steps = (FillMissing(), Logarithm(skewed), OneHot(), Standardise())
    plan = Training(MeanSquaredError(), AdamW(0.003), batch_size=128, epochs=40, schedule=Cosine())
    about = (
        "What does a house cost? Districts of California, by their place, rooms and incomes.\n"
        "R. K. Pace and R. Barry, 1997; the 1990 census. It explains 82 % of the variance of the test (R²)."
    )
    data = Data(table("california_housing.csv"), steps=steps)
    return perceptron(data, plan, "California housing", about, Linear(128), ReLU(), Linear(64), ReLU())


def adult() -> Project:
    """Kohavi (1996), “Scaling up the accuracy of naive-Bayes classifiers”."""
    found = with_test_file(table("adult_train.csv"), "tabular/adult_test.csv")
    steps = (FillMissing(), Logarithm(("capital-gain", "capital-loss")), OneHot(), Standardise())
    plan = Training(CrossEntropy(), AdamW(0.002), batch_size=128, epochs=10, schedule=Cosine())
    about = (
        "Who earns more than 50,000 dollars? Work, education and family of 48,842 people.\n"
        "R. Kohavi and B. Becker, 1996; the 1994 census. In ten epochs it is right for 85 % of the test."
    )
    data = Data(found, steps=steps)
    return perceptron(data, plan, "Adult census", about, Linear(64), ReLU(), Dropout(0.2), Linear(32), ReLU())


def flowers() -> Project:
    """Mamaev, “Flowers recognition” on Kaggle; its older part is the “flower_photos” of TensorFlow."""
    found = opened("images/flowers", ImageFolder).with_settings({"size": 64, "fit": "crop"})
    net = Sketch(Input())
    for number, width in enumerate((32, 64, 96, 128), 1):
        net.part(f"Patterns {number}", Conv2d(width, padding=1, bias=False), BatchNorm2d(), ReLU(), MaxPool2d())
    net.note("No photo is seen twice alike: each is mirrored, turned, zoomed and lit otherwise every time.")
    net.part("Classifier", Flatten(), Dropout(0.5), Linear(len(found.classes)), Softmax())
    net.then(Output())
    moves = (HorizontalFlip(), Rotate(), Zoom(), Colour())
    about = (
        "Five kinds of flowers, sixty photos of each, as people took them: what can be learnt from so few?\n"
        "A. Mamaev, Kaggle; the older part is TensorFlow's flower_photos. It finds 60 % of the test photos."
    )
    plan = Training(CrossEntropy(), AdamW(0.002, weight_decay=0.05), batch_size=16, epochs=60, schedule=Cosine())
    return described(net.drawn(), Data(found, augmentation=moves), plan, "Flowers", about)


def fashion_folder() -> Project:
    """The images of Fashion-MNIST as files, as one's own images lie in folders."""
    found = opened("images/fashion-png", ImageFolder)
    net = Sketch(Input())
    net.part("Patterns", Conv2d(32, padding=1), ReLU(), MaxPool2d(), Conv2d(64, padding=1), ReLU(), MaxPool2d())
    net.part("Classifier", Flatten(), Dropout(0.5), Linear(64), ReLU(), Linear(len(found.classes)), Softmax())
    net.then(Output())
    about = (
        "Small pictures of clothing, a folder for each kind: how one's own images are read.\n"
        "H. Xiao, K. Rasul and R. Vollgraf, 2017. It finds 68 % of the hundred test images."
    )
    plan = Training(CrossEntropy(), AdamW(0.002), batch_size=20, epochs=40, schedule=Cosine())
    return described(net.drawn(), Data(found, augmentation=(Shift(),)), plan, "Fashion in folders", about)


def shakespeare() -> Project:
    """Karpathy (2015), “The unreasonable effectiveness of recurrent neural networks”, on pieces of words."""
    found = opened("text/tinyshakespeare.txt", TextFile)
    found = found.with_settings({"tokens": "byte pairs", "vocabulary_size": 512}).refreshed()
    net = Sketch(Input())
    net.part("Reading", Embedding(len(found.classes), 128), LSTM(256))
    net.part("Next piece", Dropout(0.2), Linear(len(found.classes)), Transpose())
    net.then(Output())
    about = (
        "Reads plays piece of word by piece of word and says what comes next, after each one anew.\n"
        "A. Karpathy, 2015. In ten epochs its test loss is 2.89 for each of 512 pieces."
    )
    plan = Training(CrossEntropy(), AdamW(0.003), batch_size=64, epochs=10, schedule=Cosine())
    return described(net.drawn(), Data(found), plan, "Shakespeare in pieces", about)
