"""Quick models, only ever asked about samples that they were not fitted on."""

from collections.abc import Iterator

import numpy as np

from engine.doctor.case import Case
from engine.doctor.thumbnails import described

FOLDS = 5
MOST_FOR_COLUMNS = 4000
"""Samples that judge single columns."""
MOST_COLUMNS = 300
MOST_ROWS, MOST_IMAGES = 10_000, 4_000
"""Samples among which wrong labels are looked for: a few seconds of work."""
TREES = 100
FEW = 2000
"""Samples. Of more, fewer trees tell as much."""
LEAF = 3
"""Samples in a leaf, at least: with one alone, trees would learn a wrong label by heart."""


def column_scores(case: Case) -> dict[int, float]:
    """How much of the way from guessing to knowing each column alone covers, out of fold: 1 is all of it."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rows, targets = _some(case)
    kind = DecisionTreeClassifier if case.labels is not None else DecisionTreeRegressor
    if targets is None:
        return {}
    model = kind(max_leaf_nodes=256, min_samples_leaf=2, random_state=0)
    columns = list(case.columns)[:MOST_COLUMNS]
    matrix = filled(case.inputs[rows])
    return {place: _score(model, matrix[:, [place]], targets) for place in columns}


def score_without(case: Case, place: int) -> float:
    """How much of the way all columns but one cover together."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    rows, targets = _some(case)
    if targets is None:
        return 0.0
    kind = ExtraTreesClassifier if case.labels is not None else ExtraTreesRegressor
    others = [column for column in case.columns if column != place]
    model = kind(TREES // 2, min_samples_leaf=2, random_state=0)
    return _score(model, filled(case.inputs[rows][:, others]), targets)


def _some(case: Case) -> tuple[np.ndarray, np.ndarray | None]:
    """The rows that judge columns, and what is to be predicted of them (N); None: that is not one thing."""
    rows = case.drawn
    if len(rows) > MOST_FOR_COLUMNS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_FOR_COLUMNS, replace=False))
    targets = case.samples.targets[rows]
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    return rows, targets if targets.ndim == 1 else None


def _score(model: object, matrix: np.ndarray, targets: np.ndarray) -> float:
    from sklearn.metrics import balanced_accuracy_score, r2_score
    from sklearn.model_selection import KFold, cross_val_predict

    folds = KFold(3, shuffle=True, random_state=0)
    answers = np.asarray(cross_val_predict(model, matrix, targets, cv=folds))
    if targets.dtype.kind == "f":
        return float(r2_score(targets, answers))
    known = np.isin(answers, targets)
    classes = max(2, len(np.unique(targets)))
    return float((balanced_accuracy_score(targets[known], answers[known]) - 1 / classes) / (1 - 1 / classes))


def filled(matrix: np.ndarray) -> np.ndarray:
    """Without NaN: what is missing lies below all that is known, where a tree can tell it apart."""
    finite = np.where(np.isfinite(matrix), matrix, np.nan)
    with np.errstate(invalid="ignore"):
        lowest = np.where(
            np.isnan(finite).all(axis=0), 0, np.nanmin(np.where(np.isnan(finite), np.inf, finite), axis=0)
        )
    return np.where(np.isnan(finite), lowest - 1, finite)


def out_of_fold(case: Case, rows: np.ndarray) -> Iterator[int | np.ndarray]:
    """The probability of each class for these samples (N × classes), after how many of the `FOLDS` are done.

    Trees made at random, over the columns or, for images, over colours and edges.
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedKFold

    labels = (case.labels if case.labels is not None else np.empty(0, np.int64))[rows]
    matrix = described(case.inputs[rows]) if case.is_images else filled(case.inputs[rows][:, list(case.columns)])
    trees = TREES if len(rows) > FEW else 2 * TREES
    found = np.zeros((len(rows), len(case.dataset.classes)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for number, (fitted, asked) in enumerate(folds.split(matrix, labels)):
        yield number
        model = ExtraTreesClassifier(trees, min_samples_leaf=LEAF, max_features="sqrt", random_state=0)
        model.fit(matrix[fitted], labels[fitted])
        found[np.ix_(asked, model.classes_)] = model.predict_proba(matrix[asked])
    yield found


def suspects(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Samples whose label is likely wrong, the least likely label first, and how much each label has of the probability
    that is usual in its class.

    After C. Northcutt, L. Jiang, I. Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 70
    (2021). A class is likely for a sample where its probability reaches the mean probability that the class has among
    the samples labelled so; a label is suspected where the likeliest such class is another one.
    """
    count, classes = probabilities.shape
    own = probabilities[np.arange(count), labels]
    members = np.bincount(labels, minlength=classes)
    likely_from = np.bincount(labels, weights=own, minlength=classes) / np.maximum(members, 1)
    likely = np.where((probabilities >= likely_from) & (members > 0), probabilities, 0)
    places = np.flatnonzero((likely.max(axis=1) > 0) & (likely.argmax(axis=1) != labels))
    share = own / likely_from[labels]
    places = places[np.argsort(share[places], kind="stable")]
    return places, share[places]
