"""The templates: the examples that people know, with exactly these settings."""

import math

import pytest
import torch
from torch import nn

from engine.analysis import analyse
from engine.data import prepare
from engine.datasets import Cifar10, Digits, Mnist, RandomClasses, TwoPoints, XorPoints
from engine.errors import ProjectError
from engine.facts import facts_of
from engine.layers import Input, Layer, Output
from engine.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from engine.optimizers import Adam, GradientDescent, RMSprop
from engine.project import from_json, to_json
from engine.templates import Template, template, templates
from engine.tidy import tidied

CONV_STACK = [
    "Conv2d 32 filters, 3 × 3",
    "ReLU",
    "MaxPool2d 2 × 2",
    "Flatten",
    "Linear 128",
    "ReLU",
    "Linear 10",
    "Softmax",
]

KNOWN = {
    "mnist-mlp": (
        ["Flatten", "Linear 512", "ReLU", "Linear 512", "ReLU", "Linear 10", "Softmax"],
        (Mnist(), CrossEntropy(), RMSprop(learning_rate=0.001), 10, 128),
    ),
    "mnist-cnn": (CONV_STACK, (Mnist(), CrossEntropy(), Adam(learning_rate=0.001), 5, 128)),
    "cifar10-cnn": (CONV_STACK, (Cifar10(), CrossEntropy(), Adam(learning_rate=0.001), 10, 128)),
    "xor": (
        ["Linear 2", "Sigmoid", "Linear 1", "Sigmoid"],
        (XorPoints(), BinaryCrossEntropy(), Adam(learning_rate=0.001), 1000, 4),
    ),
    "two-layer-classifier": (
        ["Linear 64", "ReLU", "Linear 10", "Softmax"],
        (RandomClasses(), CrossEntropy(), Adam(learning_rate=0.001), 10, 32),
    ),
    "forward-backward": (
        ["Linear 3", "Sigmoid", "Linear 1"],
        (TwoPoints(), MeanSquaredError(), GradientDescent(learning_rate=0.01), 1000, 2),
    ),
}

PLAIN = {
    "mnist-mlp": nn.Sequential(
        nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    ),
    "mnist-cnn": nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 13 * 13, 128), nn.Linear(128, 10)
    ),
    "cifar10-cnn": nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 15 * 15, 128), nn.Linear(128, 10)
    ),
    "xor": nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1)),
    "two-layer-classifier": nn.Sequential(nn.Linear(100, 64), nn.Linear(64, 10)),
    "forward-backward": nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)),
}


def in_words(layer: Layer) -> str:
    return f"{layer.title} {layer.summary()}".strip()


@pytest.fixture(params=templates(), ids=lambda template: template.name)
def any_template(request: pytest.FixtureRequest) -> Template:
    return request.param


def test_a_template_opens_without_a_problem(any_template: Template) -> None:
    report = analyse(any_template.project)
    assert not report.problems
    assert report.totals.parameters > 0


def test_a_template_says_what_it_is(any_template: Template) -> None:
    assert any_template.title
    assert 20 < len(any_template.summary) < 100
    assert any_template.description.endswith(".")
    assert any_template.name == any_template.name.lower()


def test_a_template_is_written_as_it_would_be_saved(any_template: Template) -> None:
    project = any_template.project
    assert from_json(to_json(project)) == project
    assert tidied(project.network) == project.network


def test_what_a_template_costs_is_known_before_it_is_analysed(any_template: Template) -> None:
    expected = facts_of(any_template.project, analyse(any_template.project))
    assert any_template.facts is not None, "run: python -m tools.templates"
    assert any_template.facts.portrait == expected.portrait
    for name in ("layers", "depth", "parameters", "multiply_adds", "training_bytes"):
        told, counted = getattr(any_template.facts, name), getattr(expected, name)
        assert told == pytest.approx(counted, rel=0.01), "run: python -m tools.templates"


def test_the_digits_come_first() -> None:
    assert templates()[0].name == "digits"
    assert isinstance(templates()[0].project.data.dataset, Digits)


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(ProjectError, match=r"no template called “nothing”.*mnist-cnn"):
        template("nothing")


@pytest.mark.parametrize("name", KNOWN)
def test_the_known_examples_have_exactly_their_settings(name: str) -> None:
    project = template(name).project
    network, training = project.network, project.training
    layers = [network.node(node_id).layer for node_id in network.order]
    assert isinstance(layers[0], Input)
    assert isinstance(layers[-1], Output)
    words = [in_words(layer) for layer in layers[1:-1]]
    stack, (dataset, loss, optimizer, epochs, batch_size) = KNOWN[name]
    assert words == stack
    assert project.data.dataset == dataset
    assert (training.loss, training.optimizer) == (loss, optimizer)
    assert (training.epochs, training.batch_size) == (epochs, batch_size)


@pytest.mark.parametrize("name", PLAIN)
def test_the_known_examples_have_the_parameters_of_plain_torch(name: str) -> None:
    expected = sum(parameter.numel() for parameter in PLAIN[name].parameters())
    assert analyse(template(name).project).totals.parameters == expected


def test_the_mnist_cnn_has_693962_parameters() -> None:
    assert analyse(template("mnist-cnn").project).totals.parameters == 693_962


def test_mnist_keeps_5000_samples_for_validation() -> None:
    assert round(60_000 * template("mnist-cnn").project.data.validation) == 5000


def test_tiny_sets_are_trained_on_whole() -> None:
    for name in ("xor", "xor-tuned", "forward-backward"):
        prepared = prepare(template(name).project.data)
        assert len(prepared.train) <= template(name).project.training.batch_size


@pytest.mark.parametrize("seed", range(3))
def test_the_tuned_xor_learns_all_four_points(seed: int) -> None:
    project = template("xor-tuned").project
    train = prepare(project.data).train
    inputs, targets = torch.from_numpy(train.inputs), torch.from_numpy(train.targets).float()[:, None]
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    assert analyse(project).totals.parameters == sum(parameter.numel() for parameter in network.parameters())
    optimizer = torch.optim.Adam(network.parameters(), lr=project.training.optimizer.learning_rate)
    loss = torch.tensor(math.inf)
    for _ in range(project.training.epochs):
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(network(inputs), targets)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
    assert torch.equal(network(inputs) > 0, targets > 0.5)


def test_a_card_counts_the_layers_that_the_canvas_shows() -> None:
    plain = template("mnist-cnn")
    assert plain.facts is not None
    assert plain.facts.layers == len(plain.project.network.nodes) == 10
