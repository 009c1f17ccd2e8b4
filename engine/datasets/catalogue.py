"""Published files that datasets of a person's own kind may name by a relative path, such as ``tabular/titanic.csv``.

Templates use them: the recipe comes along, the file is downloaded, or looked for in the mirror.
"""

from collections.abc import Mapping

from engine.datasets.fetching import RemoteFile

TINY_SHAKESPEARE = RemoteFile(
    "text/tinyshakespeare.txt",
    1_115_394,
    "sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
)

_GITHUB = "https://raw.githubusercontent.com"
_UCI_WINE = "https://archive.ics.uci.edu/ml/machine-learning-databases/wine-quality"

_TABLES = (
    # Pinned to a commit: rows that are no passengers were added later.
    RemoteFile(
        "tabular/titanic.csv",
        60_302,
        "sha256:4a437fde05fe5264e1701a7387ac6fb75393772ba38bb2c9c566405af5af4bd7",
        (
            f"{_GITHUB}/datasciencedojo/datasets/f0ccab6/titanic.csv",
            "https://github.com/datasciencedojo/datasets/raw/f0ccab6/titanic.csv",
        ),
    ),
    RemoteFile(
        "tabular/winequality-red.csv",
        84_199,
        "sha256:4a402cf041b025d4566d954c3b9ba8635a3a8a01e039005d97d6a710278cf05e",
        (f"{_UCI_WINE}/winequality-red.csv", f"{_GITHUB}/JakubRoks1/DataScienceTask/63b5e54/winequality-red.csv"),
    ),
    RemoteFile(
        "tabular/winequality-white.csv",
        264_426,
        "sha256:76c3f809815c17c07212622f776311faeb31e87610d52c26d87d6e361b169836",
        (f"{_UCI_WINE}/winequality-white.csv", f"{_GITHUB}/JakubRoks1/DataScienceTask/63b5e54/winequality-white.csv"),
    ),
    RemoteFile(
        "tabular/california_housing.csv",
        1_423_529,
        "sha256:8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e",
        (
            f"{_GITHUB}/ageron/handson-ml/master/datasets/housing/housing.csv",
            f"{_GITHUB}/ageron/handson-ml2/aa555aa16b9d0af6c84e67c7757f3317d05acb12/datasets/housing/housing.csv",
        ),
    ),
    RemoteFile(
        "tabular/adult_train.csv",
        3_974_469,
        "sha256:a5b3a620cb7325a48f5090531afd611ce4622440451a5cfbd11c49be2ed868e5",
        (f"{_GITHUB}/YuzhongHuangCS/fairness/ef1ea6d183f075abb5a903c1781dad2bd7be929f/adult.data",),
    ),
    RemoteFile(
        "tabular/adult_test.csv",
        2_003_296,
        "sha256:0543912af15c52ba12336b042c8f9f96541d6134d9b3d48dba647281fb2b39d1",
        (f"{_GITHUB}/YuzhongHuangCS/fairness/ef1ea6d183f075abb5a903c1781dad2bd7be929f/adult.test",),
    ),
)

PUBLISHED: Mapping[str, RemoteFile] = {file.path: file for file in (*_TABLES, TINY_SHAKESPEARE)}
