"""Choices that do not fit together are said before training, with the edit that makes them fit."""

import subprocess
import sys
from pathlib import Path

import pytest
from drawings import every, project, stack

from engine.advice import (
    explains,
    is_counted,
    part_sizes,
    step_samples,
    training_samples,
    training_samples_in_words,
)
from engine.analysis import analyse
from engine.data import SPLITS, Data, prepare
from engine.datasets import BreastCancer, Dataset, Diabetes, Digits, Iris, Mnist, TinyShakespeare, XorCloud, XorPoints
from engine.datasets.files import open_data
from engine.ends import absorbed
from engine.layers import BatchNorm1d, Conv2d, Dropout, Flatten, Input, Layer, Linear, Output, ReLU, Sigmoid, Softmax
from engine.losses import BinaryCrossEntropy, CrossEntropy, Loss, MeanAbsoluteError, MeanSquaredError
from engine.optimizers import LBFGS, Adam, GradientDescent, Optimizer
from engine.preview import preview
from engine.project import Project
from engine.report import ChangeSetting, DrawFitting, InsertBefore, Remove
from engine.steps import DropMissing, OneHot

CE, BCE, MSE, L1 = CrossEntropy(), BinaryCrossEntropy(), MeanSquaredError(), MeanAbsoluteError()


def told(drawn: Project) -> list[tuple[str, str]]:
    return [(each.severity, each.message) for each in analyse(drawn).problems]


def mended(drawn: Project) -> Project:
    """The project after the fix of its first problem, which is gone and leaves no fault."""
    trouble = analyse(drawn).problems[0]
    assert trouble.fix is not None
    after = trouble.fix.apply(drawn)
    assert (trouble.rule, trouble.node) not in [(each.rule, each.node) for each in analyse(after).problems]
    assert not analyse(after).faults
    return after


@pytest.mark.parametrize(
    ("dataset", "loss", "layers"),
    [
        (Iris(), CE, (Linear(3), Softmax())),
        (Iris(), CE, (Linear(3),)),
        (Iris(), BCE, (Linear(3), Sigmoid())),
        (Iris(), MSE, (Linear(3), Softmax())),
        (Iris(), L1, (Linear(3),)),
        (BreastCancer(), CE, (Linear(2), Softmax())),
        (BreastCancer(), BCE, (Linear(1), Sigmoid())),
        (BreastCancer(), BCE, (Linear(1),)),
        (BreastCancer(), BCE, (Linear(2), Sigmoid())),
        (BreastCancer(), MSE, (Linear(1), Sigmoid())),
        (Diabetes(), MSE, (Linear(1),)),
        (Diabetes(), L1, (Linear(8), ReLU(), Linear(1))),
        (XorPoints(), BCE, (Linear(2), Sigmoid(), Linear(1), Sigmoid())),
    ],
)
def test_what_fits_together_is_left_in_peace(dataset: Dataset, loss: Loss, layers: tuple[Layer, ...]) -> None:
    assert told(project(Input(), *layers, Output(), dataset=dataset, loss=loss, batch_size=3)) == []


@pytest.mark.parametrize(
    ("dataset", "loss", "layers", "words", "last"),
    [
        (Iris(), CE, (Linear(10), Softmax()), "The network gives 10 values but Iris has 3 classes.", Linear(3)),
        (Iris(), CE, (Linear(10), Dropout(), BatchNorm1d()), "gives 10 values but Iris has 3 classes.", Linear(3)),
        (Iris(), BCE, (Linear(1), Sigmoid()), "gives 1 value but Iris has 3 classes.", Linear(3)),
        (Iris(), MSE, (Linear(7),), "gives 7 values but Iris has 3 classes.", Linear(3)),
        (BreastCancer(), BCE, (Linear(5), Sigmoid()), "gives 5 values but Breast cancer has 2 classes.", Linear(1)),
        (BreastCancer(), CE, (Linear(5),), "gives 5 values but Breast cancer has 2 classes.", Linear(2)),
        (Diabetes(), MSE, (Linear(3),), "gives 3 values but Diabetes asks for 1.", Linear(1)),
    ],
)
def test_a_width_that_does_not_fit_is_set(
    dataset: Dataset, loss: Loss, layers: tuple[Layer, ...], words: str, last: Linear
) -> None:
    drawn = project(Input(), *layers, Output(), dataset=dataset, loss=loss)
    assert len(analyse(drawn).faults) == 1
    assert words in told(drawn)[0][1]
    assert mended(drawn).network.node("linear_1").layer == last


def test_without_a_linear_layer_to_set_one_is_added_before_the_last_activation() -> None:
    after = mended(project(Input(), Conv2d(4), ReLU(), Flatten(), Softmax(), Output()))
    assert after.network.order == ("input_1", "conv2d_1", "relu_1", "flatten_1", "linear_1", "softmax_1", "output_1")


def test_one_output_for_two_classes_asks_for_binary_cross_entropy() -> None:
    drawn = project(Input(), Linear(1), Output(), dataset=BreastCancer())
    assert mended(drawn).training.loss == BCE


def test_an_answer_that_is_an_image_is_flattened() -> None:
    drawn = project(Input(), Conv2d(4), Output())
    (trouble,) = analyse(drawn).problems
    assert trouble.message == "The answer must be a flat list of numbers, but Output receives 4×6×6."
    assert trouble.fix == InsertBefore("output_1", Flatten())


@pytest.mark.parametrize("loss", [CE, BCE])
def test_a_loss_for_classes_does_not_suit_numbers(loss: Loss) -> None:
    drawn = project(Input(), Linear(1), Output(), dataset=Diabetes(), loss=loss)
    assert told(drawn) == [("fault", f"{loss.title} compares classes, but Diabetes asks for numbers.")]
    assert mended(drawn).training.loss == MSE


@pytest.mark.parametrize(
    ("dataset", "loss", "layers", "words", "fix"),
    [
        (Iris(), CE, (Linear(3), Sigmoid()), "applies a Softmax of its own; behind Sigmoid", Remove("sigmoid_1")),
        (
            BreastCancer(), CE, (Linear(2), Sigmoid()), "applies a Softmax of its own; behind Sigmoid",
            ChangeSetting("training.loss", "BinaryCrossEntropy", "Use binary cross-entropy"),
        ),
        (
            Iris(), BCE, (Linear(3), Softmax()), "applies a Sigmoid of its own; behind Softmax",
            ChangeSetting("training.loss", "CrossEntropy", "Use cross-entropy"),
        ),
        (Iris(), CE, (Linear(3), Softmax(), Dropout()), "training would apply it twice", Remove("dropout_1")),
        (Iris(), CE, (Linear(3), Softmax(), Flatten()), "flatten_1 hides that softmax_1", Remove("flatten_1")),
        (Iris(), CE, (Linear(3), Softmax(), Dropout(), Flatten()), "dropout_1 hides", Remove("softmax_1")),
        (BreastCancer(), BCE, (Linear(1), Sigmoid(), Dropout()), "applies a Sigmoid of its own", Remove("dropout_1")),
        (Iris(), CE, (Linear(3), Softmax(), Softmax()), "Two Softmax follow each other", Remove("softmax_2")),
        (BreastCancer(), MSE, (Linear(1), Softmax()), "over a single value always answers 1", Remove("softmax_1")),
        (Diabetes(), MSE, (Linear(1), Softmax()), "makes all answers sum to 1", Remove("softmax_1")),
    ],
)  # fmt: skip
def test_an_activation_in_the_wrong_place_is_a_doubt(
    dataset: Dataset, loss: Loss, layers: tuple[Layer, ...], words: str, fix: object
) -> None:
    drawn = project(Input(), *layers, Output(), dataset=dataset, loss=loss)
    (trouble,) = analyse(drawn).problems
    assert trouble.severity == "doubt"
    assert words in trouble.message
    assert trouble.fix == fix
    mended(drawn)


@pytest.mark.parametrize("kind", every(Optimizer))
def test_a_learning_rate_of_zero(kind: type[Optimizer]) -> None:
    drawn = project(Input(), Flatten(), Linear(10), Output(), optimizer=kind(0))
    assert told(drawn) == [("doubt", "The learning rate is 0, so nothing will be learned.")]
    assert mended(drawn).training.optimizer == kind()


def test_a_batch_larger_than_the_training_set() -> None:
    drawn = project(Input(), Flatten(), Linear(10), Output(), batch_size=4096)
    ((severity, words),) = told(drawn)
    assert severity == "doubt"
    assert words == "A batch of 4,096 is larger than the 1,294 training samples, so each step takes all of them."
    assert mended(drawn).training.batch_size == 1294


def test_a_batch_says_nothing_where_each_step_takes_the_whole_set() -> None:
    drawn = project(Input(), Flatten(), Linear(10), Output(), batch_size=4096, optimizer=GradientDescent())
    assert told(drawn) == []
    assert step_samples(drawn) == 1294


@pytest.mark.parametrize("dataset", [Digits(), Iris(), BreastCancer(), Diabetes(), XorPoints(), XorCloud()])
@pytest.mark.parametrize(("validation", "test"), [(0.1, 0.2), (0.0, 0.0), (0.5, 0.3)])
@pytest.mark.parametrize(("fold", "folds"), [(0, 0), (1, 3), (3, 3)])
def test_the_parts_are_as_large_as_said(
    dataset: Dataset, validation: float, test: float, fold: int, folds: int
) -> None:
    data = Data(dataset, validation, test, fold=fold, folds=folds)
    sizes = preview(data).sizes
    assert is_counted(data)
    assert part_sizes(data) == tuple(sizes[name] for name in SPLITS)


def test_samples_that_are_left_out_are_not_trained_on(shared_data: Path) -> None:
    titanic = open_data(str(shared_data / "tabular/titanic.csv"))
    data = Data(titanic, steps=(DropMissing(("Age", "Embarked")), OneHot()), excluded=("0-99", "200"))
    assert training_samples(data) == pytest.approx(len(prepare(data).train), rel=0.03)
    assert not is_counted(data)
    assert training_samples_in_words(data).startswith("about ")
    assert training_samples(Data(titanic, steps=(DropMissing(("nowhere",)),))) == training_samples(Data(titanic))


def test_a_test_part_of_its_own_is_not_taken_from_the_training_set() -> None:
    assert training_samples(Data(Mnist(), validation=0.1)) == 54_000


def test_the_inspector_explains_what_the_loss_absorbs() -> None:
    drawn = project(Input(), Linear(3), Softmax(), Output(), dataset=Iris())
    assert explains(drawn).startswith("Cross-entropy applies this Softmax itself while training")
    assert "still answers with probabilities" in explains(drawn)
    assert explains(drawn.with_value("training.loss", "MeanSquaredError")) == ""


def test_nothing_is_absorbed_where_the_end_is_not_clear() -> None:
    graph = stack(Input(), Linear(3), Softmax(), Output())
    assert absorbed(project().with_network(graph)) == "softmax_1"
    assert absorbed(project().with_network(graph.disconnect(*graph.incoming("output_1")))) == ""
    assert absorbed(project().with_network(graph.merge(stack(Output()))[0])) == ""
    assert absorbed(Project()) == ""


def test_advice_and_wiring_are_there_without_torch() -> None:
    words = "import sys, engine.advice, engine.wiring; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


def test_a_layer_that_is_bypassed_is_not_resized() -> None:
    drawn = project(Input(), Linear(12), Linear(12), Softmax(), Output(), dataset=Iris())
    drawn = drawn.with_network(drawn.network.bypass(["linear_2"]))
    assert mended(drawn).network.node("linear_1").layer == Linear(3)


def test_where_each_step_is_asked_for_a_network_that_gives_one_answer_is_drawn_anew() -> None:
    drawn = project(Input(), Linear(8), ReLU(), Linear(2), Output(), dataset=TinyShakespeare(), loss=CE)
    assert told(drawn)[0][1] == "The answer must be 65×64, but Output receives 2."
    assert isinstance(analyse(drawn).problems[0].fix, DrawFitting)
    mended(drawn)


def test_an_optimizer_that_tries_places_needs_one_pace_for_all() -> None:
    drawn = project(Input(), Linear(3, lr_factor=0.1), Output(), dataset=Iris(), optimizer=LBFGS())
    assert told(drawn)[0][1].startswith("L-BFGS moves all weights at one pace")
    assert isinstance(mended(drawn).training.optimizer, Adam)


def test_an_optimizer_that_tries_places_needs_gradients_as_they_are() -> None:
    drawn = project(Input(), Linear(3), Output(), dataset=Iris(), optimizer=LBFGS(), precision="fp16")
    assert told(drawn)[0][1].startswith("L-BFGS needs gradients as they are")
    assert mended(drawn).training.precision == "fp32"
