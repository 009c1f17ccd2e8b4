"""Small real datasets that come with scikit-learn, so that they are there without a network."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from engine.datasets.dataset import Dataset, Loaded, Samples
from engine.spec import Shape

GROUP = "Bundled"


class Digits(Dataset, frozen=True):
    """1,797 real handwritten digits of 8 × 8 pixels: small enough to learn in seconds."""

    title = "Digits (8×8)"
    group = GROUP
    source = "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998; CC BY 4.0"
    normalization = "unit"
    largest = 16.0

    @property
    def shape(self) -> Shape:
        return (1, 8, 8)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple("0123456789")

    @property
    def sizes(self) -> tuple[int, int]:
        return (1797, 0)

    def load(self) -> Loaded:
        # Its file alone: every trainer that is kept warm reads it, and scikit-learn takes a second and 70 MB.
        found = find_spec("sklearn")
        assert found is not None
        assert found.submodule_search_locations is not None
        file = Path(found.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
        rows = np.loadtxt(file, delimiter=",")
        return Loaded(Samples(rows[:, :-1].reshape(-1, 1, 8, 8).astype(np.uint8), rows[:, -1].astype(np.int64)))


class Iris(Dataset, frozen=True):
    """150 irises of three species, told apart by the length and width of their sepals and petals."""

    group = GROUP
    source = "R. A. Fisher, Iris, UCI, 1936; CC BY 4.0"
    normalization = "standard"

    @property
    def shape(self) -> Shape:
        return (4,)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("setosa", "versicolor", "virginica")

    @property
    def features(self) -> tuple[str, ...]:
        return ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")

    @property
    def sizes(self) -> tuple[int, int]:
        return (150, 0)

    def load(self) -> Loaded:
        # Imported when read, here and below: scikit-learn takes a second, and the list of datasets must not.
        from sklearn.datasets import load_iris

        return _table(load_iris)


class Wine(Dataset, frozen=True):
    """178 Italian wines from three growers, told apart by a chemical analysis."""

    group = GROUP
    source = "S. Aeberhard and M. Forina, Wine, UCI, 1991; CC BY 4.0"
    normalization = "standard"

    @property
    def shape(self) -> Shape:
        return (13,)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("class_0", "class_1", "class_2")

    @property
    def features(self) -> tuple[str, ...]:
        return (
            "alcohol",
            "malic_acid",
            "ash",
            "alcalinity_of_ash",
            "magnesium",
            "total_phenols",
            "flavanoids",
            "nonflavanoid_phenols",
            "proanthocyanins",
            "color_intensity",
            "hue",
            "od280/od315_of_diluted_wines",
            "proline",
        )

    @property
    def sizes(self) -> tuple[int, int]:
        return (178, 0)

    def load(self) -> Loaded:
        from sklearn.datasets import load_wine

        return _table(load_wine)


class BreastCancer(Dataset, frozen=True):
    """569 tumours, malignant or benign, told apart by the shape of their cell nuclei."""

    title = "Breast cancer"
    group = GROUP
    source = "W. Wolberg, O. Mangasarian, N. Street and W. Street, Breast Cancer Wisconsin, UCI, 1993; CC BY 4.0"
    normalization = "standard"

    @property
    def shape(self) -> Shape:
        return (30,)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("malignant", "benign")

    @property
    def features(self) -> tuple[str, ...]:
        measured = (
            "radius",
            "texture",
            "perimeter",
            "area",
            "smoothness",
            "compactness",
            "concavity",
            "concave points",
            "symmetry",
            "fractal dimension",
        )
        means = tuple(f"mean {name}" for name in measured)
        errors = tuple(f"{name} error" for name in measured)
        return means + errors + tuple(f"worst {name}" for name in measured)

    @property
    def sizes(self) -> tuple[int, int]:
        return (569, 0)

    def load(self) -> Loaded:
        from sklearn.datasets import load_breast_cancer

        return _table(load_breast_cancer)


class Diabetes(Dataset, frozen=True):
    """442 patients with diabetes: predicts how far the disease has come a year later, a number from 25 to 346."""

    group = GROUP
    source = "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least Angle Regression, 2004"
    task = "regression"
    normalization = "standard"

    @property
    def shape(self) -> Shape:
        return (10,)

    @property
    def features(self) -> tuple[str, ...]:
        return (
            "age (years)",
            "sex",
            "body mass index",
            "blood pressure",
            "total cholesterol",
            "LDL",
            "HDL",
            "cholesterol / HDL",
            "log triglycerides",
            "blood sugar",
        )

    @property
    def sizes(self) -> tuple[int, int]:
        return (442, 0)

    def load(self) -> Loaded:
        from sklearn.datasets import load_diabetes

        return _table(load_diabetes, scaled=False)


def _table(read: Callable[..., Any], **options: Any) -> Loaded:
    inputs, targets = read(return_X_y=True, **options)
    targets = targets.astype(np.float32).reshape(-1, 1) if targets.dtype.kind == "f" else targets.astype(np.int64)
    return Loaded(Samples(inputs.astype(np.float32), targets))
