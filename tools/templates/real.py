"""Small networks on real tables, photos and texts, each from the file as it was published.

They are drawn from the file itself: its columns and categories are found out as for any file of a person. What their
descriptions say they reach is the test of one training here, with the seed that the template brings.
"""

from engine.data import Data
from engine.datasets.fetching import folders
from engine.datasets.files import open_data
from engine.datasets.tables.editing import with_column_kind, with_test_file
from engine.datasets.tables.table import Table
from engine.layers import Dropout, Input, Layer, Linear, Output, ReLU, Softmax
from engine.losses import CrossEntropy, Loss, MeanSquaredError
from engine.optimizers import AdamW
from engine.project import Project
from engine.schedules import Cosine
from engine.steps import FillMissing, Logarithm, OneHot, Standardise
from engine.training import Training
from tools.templates.sketch import Sketch
from tools.templates.small import described


def is_here(path: str) -> bool:
    """Whether a published file or folder lies on this machine."""
    return any((folder / path).exists() for folder in folders())


def table(path: str) -> Table:
    """The table in a published file, known by its relative path. Raises `DataError`."""
    where = next(folder / path for folder in folders() if (folder / path).exists())
    found = open_data(str(where))
    assert isinstance(found, Table)
    return found.with_setting("path", path)


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
        "Who was saved? Age, sex, class and fare of 891 passengers, and an age that is missing for every fifth.\n"
        "Encyclopedia Titanica, in the form that Kaggle made known. Over five folds it is right for 80 %."
    )
    data = Data(table("tabular/titanic.csv"), steps=steps)
    return perceptron(data, plan, "Titanic", about, Linear(32), ReLU(), Dropout(0.3), Linear(16), ReLU())


def wine_quality() -> Project:
    """Cortez et al. (2009), “Modeling wine preferences by data mining from physicochemical properties”."""
    data = Data(table("tabular/winequality-white.csv"), steps=(Standardise(),))
    about = (
        "What would tasters say of a wine? A number from 3 to 9, out of eleven measurements in the laboratory.\n"
        "P. Cortez, A. Cerdeira, F. Almeida, T. Matos and J. Reis, 2009. It errs by 0.67 (RMSE) on the test wines."
    )
    plan = _wine(MeanSquaredError(), epochs=60)
    return perceptron(data, plan, "Wine quality", about, Linear(128), ReLU(), Dropout(0.1), Linear(64), ReLU())


def wine_grades() -> Project:
    """The same table, its grades taken as classes."""
    found = with_column_kind(table("tabular/winequality-red.csv"), "quality", "category")
    about = (
        "The grade of a red wine as a class of its own: good ones and bad ones are rare, and hard to tell.\n"
        "P. Cortez, A. Cerdeira, F. Almeida, T. Matos and J. Reis, 2009. It finds 60 % of the test grades."
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
        "What does a house cost? 20,640 districts of California, by where they lie, their rooms and their incomes.\n"
        "R. K. Pace and R. Barry, 1997; the 1990 census. It explains 82 % of the variance of the test (R²)."
    )
    data = Data(table("tabular/california_housing.csv"), steps=steps)
    return perceptron(data, plan, "California housing", about, Linear(128), ReLU(), Linear(64), ReLU())


def adult() -> Project:
    """Kohavi (1996), “Scaling up the accuracy of naive-Bayes classifiers”."""
    found = with_test_file(table("tabular/adult_train.csv"), "tabular/adult_test.csv")
    steps = (FillMissing(), Logarithm(("capital-gain", "capital-loss")), OneHot(), Standardise())
    plan = Training(CrossEntropy(), AdamW(0.002), batch_size=128, epochs=10, schedule=Cosine())
    about = (
        "Who earns more than 50,000 dollars? Age, work, education and family of 48,842 people, mostly in words.\n"
        "R. Kohavi and B. Becker, 1996; the 1994 census. In ten epochs it is right for 85 % of the test."
    )
    data = Data(found, steps=steps)
    return perceptron(data, plan, "Adult census", about, Linear(64), ReLU(), Dropout(0.2), Linear(32), ReLU())
