"""Every dataset, one file per kind of source. Importing this package fills `Dataset.kinds`, in this order."""

# ruff: noqa: I001 — the order of these imports is the order of the list that people choose from.

from engine.datasets.dataset import Dataset, Loaded, Progress, Samples, fetch
from engine.datasets.bundled import BreastCancer, Diabetes, Digits, Iris, Wine
from engine.datasets.downloads import Cifar10, FashionMnist, Mnist
from engine.datasets.text.shakespeare import TinyShakespeare
from engine.datasets.synthetic import (
    Blobs,
    Circles,
    Moons,
    RandomClasses,
    Spirals,
    TwoPoints,
    XorCloud,
    XorPoints,
)
from engine.datasets.physics import Oscillator
from engine.datasets.noise import RandomImages
from engine.datasets.pairs import DigitPairs
from engine.datasets.reconstruction import Reconstruction
from engine.datasets.scenes import DigitScenes
from engine.datasets.strings import DigitStrings
from engine.datasets.sheets import DigitSheets
from engine.datasets.text.labelled import LabelledTexts
from engine.datasets.text.text_file import TextFile
from engine.datasets.drawn import DrawnPoints
from engine.datasets.arrays import Arrays
from engine.datasets.tables import Table
from engine.datasets.sequences import TableWindows
from engine.datasets.sound import Sounds
from engine.datasets.files import load_extensions
from engine.datasets.images import ImageFolder, ImagePairs, LabelledImages
from engine.datasets.hugging_face import HuggingFace

__all__ = [
    "Arrays",
    "Blobs",
    "BreastCancer",
    "Cifar10",
    "Circles",
    "Dataset",
    "Diabetes",
    "DigitPairs",
    "DigitScenes",
    "DigitSheets",
    "DigitStrings",
    "Digits",
    "DrawnPoints",
    "FashionMnist",
    "HuggingFace",
    "ImageFolder",
    "ImagePairs",
    "Iris",
    "LabelledImages",
    "LabelledTexts",
    "Loaded",
    "Mnist",
    "Moons",
    "Oscillator",
    "Progress",
    "RandomClasses",
    "RandomImages",
    "Reconstruction",
    "Samples",
    "Sounds",
    "Spirals",
    "Table",
    "TableWindows",
    "TextFile",
    "TinyShakespeare",
    "TwoPoints",
    "Wine",
    "XorCloud",
    "XorPoints",
    "fetch",
]

load_extensions()
