"""From a project to torch: the network that runs is the one that was drawn."""

import copy
import weakref

import pytest
import torch
from drawings import every, project, specs, stack
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine import modules
from engine.advice import explains
from engine.build import answers_with_values, build, loss_function, resolve
from engine.datasets import BreastCancer, Diabetes, Iris
from engine.ends import absorbed
from engine.errors import TrainingError
from engine.graph import Graph, Node
from engine.layers import (
    Add,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from engine.losses import BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError
from engine.measure import RESERVED
from engine.optimizers import LBFGS, SGD, Adafactor, Adam, GradientDescent, Optimizer
from engine.optimizing import optimizer
from engine.project import Project

CPU = torch.device("cpu")
DIGITS_CNN = (Input(), Conv2d(8), ReLU(), MaxPool2d(), Flatten(), Linear(10), Softmax(), Output())


def test_a_stack_computes_what_the_same_modules_in_a_row_do() -> None:
    network = build(project(*DIGITS_CNN))
    row = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 10), nn.Softmax(1))
    row.load_state_dict(dict(zip(row.state_dict(), network.state_dict().values(), strict=True)))
    x = torch.randn(5, 1, 8, 8)
    torch.testing.assert_close(network(x), row(x), rtol=0, atol=0)


def test_weights_are_called_after_the_layers() -> None:
    assert list(build(project(*DIGITS_CNN)).state_dict()) == [
        "conv2d_1.weight", "conv2d_1.bias", "linear_1.weight", "linear_1.bias",
    ]  # fmt: skip


def test_branches_meet_in_the_order_of_the_ports() -> None:
    graph = stack(Input(), Flatten(), Linear(4), Concat(), Output())
    graph = graph.add(Node("other", Linear(6)), Node("sum", Add()), Node("last", Linear(10)))
    graph = graph.connect("flatten_1", "other").connect("other", "concat_1")
    graph = graph.insert_before("output_1", Node("mix", Linear(10)))
    graph = graph.disconnect(*graph.incoming("output_1")).connect("concat_1", "last")
    graph = graph.connect("mix", "sum").connect("last", "sum").connect("sum", "output_1")
    network = build(project().with_network(graph))
    x = torch.randn(3, 1, 8, 8)
    flat = x.flatten(1)
    joined = torch.cat([network.linear_1(flat), network.other(flat)], 1)
    torch.testing.assert_close(network(x), network.mix(joined) + network.last(joined))


def test_values_are_let_go_when_no_step_needs_them() -> None:
    network = build(project(Input(), Flatten(), Linear(10), Tanh(), Linear(10), Output()))
    hidden: list[weakref.ref[Tensor]] = []
    alive: list[bool] = []
    network.linear_1.register_forward_hook(lambda *passed: hidden.append(weakref.ref(passed[-1])))
    network.linear_2.register_forward_pre_hook(lambda *_: alive.append(hidden[0]() is not None))
    with torch.no_grad():
        network(torch.randn(2, 1, 8, 8))
    assert alive == [False]


def test_a_copy_trains_by_itself() -> None:
    network = build(project(*DIGITS_CNN))
    twin = copy.deepcopy(network)
    with torch.no_grad():
        twin.linear_1.weight.zero_()
        twin.linear_1.bias.zero_()
    x = torch.randn(2, 1, 8, 8)
    torch.testing.assert_close(twin(x), torch.full((2, 10), 0.1))
    assert network(x).std() > 0


def test_the_same_seed_gives_the_same_weights() -> None:
    torch.manual_seed(3)
    first = build(project(*DIGITS_CNN))
    torch.manual_seed(3)
    second = build(project(*DIGITS_CNN))
    for one, two in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, two)


def test_a_dead_end_has_weights_but_is_not_run() -> None:
    drawn = project(*DIGITS_CNN)
    graph = drawn.network.add(Node("loose", Linear(3))).connect("flatten_1", "loose")
    network = build(drawn.with_network(graph))
    network.loose.register_forward_hook(lambda *_: pytest.fail("it was run"))
    network(torch.randn(2, 1, 8, 8))
    assert "loose.weight" in network.state_dict()


def test_without_a_final_activation_training_sees_the_answer() -> None:
    drawn = project(Input(), Flatten(), Linear(10), Output())
    x = torch.randn(4, 1, 8, 8)
    network = build(drawn)
    torch.testing.assert_close((network(x),), network.training_values(x))


ENDS = [
    (CrossEntropy(), (Linear(10), Softmax()), "softmax_1"),
    (CrossEntropy(), (Linear(10),), ""),
    (CrossEntropy(), (Linear(10), Softmax(), Dropout()), ""),
    (CrossEntropy(), (Linear(10), Sigmoid()), ""),
    (BinaryCrossEntropy(), (Linear(10), Sigmoid()), "sigmoid_1"),
    (BinaryCrossEntropy(), (Linear(10), Softmax()), ""),
    (MeanSquaredError(), (Linear(10), Softmax()), ""),
]


@pytest.mark.parametrize(("loss", "end", "name"), ENDS)
def test_the_activation_that_the_loss_applies_is_left_to_it(loss: Loss, end: tuple[Layer, ...], name: str) -> None:
    drawn = project(Input(), Flatten(), *end, Output(), loss=loss)
    assert absorbed(drawn) == name
    assert bool(explains(drawn)) == bool(name)
    network = build(drawn).eval()
    x = torch.randn(4, 1, 8, 8)
    wanted = network.linear_1(x.flatten(1)) if name else network(x)
    torch.testing.assert_close(network.training_values(x), (wanted,))


def test_softmax_and_cross_entropy_are_trained_as_they_are_meant() -> None:
    """The loss is −log of the probability that the network itself gives to the true class."""
    drawn = project(*DIGITS_CNN)
    network = build(drawn)
    x, labels = torch.randn(6, 1, 8, 8), torch.arange(6)
    loss = loss_function(drawn)(network.training_values(x), [labels])
    torch.testing.assert_close(loss, -network(x)[range(6), labels].log().mean())


def test_sigmoid_and_binary_cross_entropy_are_trained_as_they_are_meant() -> None:
    drawn = project(Input(), Linear(1), Sigmoid(), Output(), dataset=BreastCancer(), loss=BinaryCrossEntropy())
    network = build(drawn)
    x, targets = torch.randn(6, 30), torch.tensor([[0.0], [1.0]] * 3)
    loss = loss_function(drawn)(network.training_values(x), [targets])
    p = network(x)
    torch.testing.assert_close(loss, -(targets * p.log() + (1 - targets) * (1 - p).log()).mean())


def test_certain_answers_keep_a_finite_loss() -> None:
    drawn = project(*DIGITS_CNN)
    network = build(drawn)
    with torch.no_grad():
        network.linear_1.weight.mul_(1e6)
    loss = loss_function(drawn)(network.training_values(torch.randn(4, 1, 8, 8)), [torch.arange(4)])
    assert loss.isfinite()


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (project(Input(), Linear(3), Output(), dataset=Iris()), True),
        (project(Input(), Linear(3), Softmax(), Output(), dataset=Iris()), False),
        (project(Input(), Linear(3), Output(), dataset=Iris(), loss=MeanSquaredError()), False),
        (project(Input(), Linear(1), Output(), dataset=Diabetes(), loss=MeanSquaredError()), False),
    ],
)
def test_logits_are_told_from_probabilities(drawn: Project, expected: bool) -> None:
    assert answers_with_values(drawn) is expected


def test_a_faulty_project_is_refused_with_the_fix() -> None:
    with pytest.raises(TrainingError, match="Linear needs a flat list of numbers") as refusal:
        build(project(Input(), Linear(10), Output()))
    assert refusal.value.fix == "Insert Flatten."


def test_a_doubt_does_not_keep_a_network_from_being_built() -> None:
    network = build(project(Input(), Flatten(), Linear(10), Sigmoid(), Output()))
    answers = network(torch.zeros(2, 1, 8, 8))
    assert answers.shape == (2, 10)
    assert 0 < answers.min() < answers.max() < 1


def test_every_name_of_a_network_is_reserved() -> None:
    names = {name for name in dir(build(project(Input(), Flatten(), Linear(10), Output()))) if name[0] != "_"}
    assert names - {"linear_1", "flatten_1"} <= RESERVED


@pytest.mark.parametrize("kind", every(Optimizer))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_optimizer_makes_a_step_and_remembers_what_it_says(kind: type[Optimizer], data: st.DataObject) -> None:
    chosen = data.draw(specs(kind))
    weights = nn.Parameter(torch.ones(7))
    made = optimizer(project(optimizer=chosen), nn.ParameterList([weights]), CPU)

    def gradient() -> float:
        weights.grad = weights.detach().clone()
        return 0.5 * float((weights.detach() ** 2).sum())

    gradient()
    made.step(gradient if chosen.tries_places else None)  # pyright: ignore[reportCallIssue, reportArgumentType]
    kept = [value for state in made.state.values() for value in state.values()]
    remembered = sum(value.numel() for value in kept if isinstance(value, Tensor) and value.shape == weights.shape)
    if not isinstance(chosen, LBFGS | Adafactor):
        assert remembered == chosen.state_per_weight * 7


def test_what_lbfgs_remembers_grows_to_what_it_says() -> None:
    chosen, weights = LBFGS(history_size=3, line_search=False), nn.Parameter(torch.linspace(-2, 2, 7))
    made = optimizer(project(optimizer=chosen), nn.ParameterList([weights]), CPU)

    def rosenbrock() -> Tensor:
        made.zero_grad()
        loss = (100 * (weights[1:] - weights[:-1] ** 2) ** 2 + (1 - weights[:-1]) ** 2).sum()
        loss.backward()
        return loss

    made.step(rosenbrock)
    (memory,) = made.state.values()
    values = [each for value in memory.values() for each in (value if isinstance(value, list) else [value])]
    remembered = sum(value.numel() for value in values if isinstance(value, Tensor) and value.numel() > 1)
    assert remembered == chosen.state_per_weight * 7


def test_adafactor_remembers_rows_and_columns_of_a_matrix() -> None:
    weights = nn.Parameter(torch.ones(20, 30))
    made = optimizer(project(optimizer=Adafactor()), nn.ParameterList([weights]), CPU)
    weights.grad = torch.ones(20, 30)
    made.step()
    (memory,) = made.state.values()
    assert sum(value.numel() for value in memory.values() if isinstance(value, Tensor)) == 20 + 30 + 1


@pytest.mark.parametrize("kind", every(Optimizer))
def test_every_optimizer_makes_the_loss_smaller(kind: type[Optimizer]) -> None:
    drawn = project(Input(), Linear(1), Output(), dataset=Diabetes(), loss=MeanSquaredError(), optimizer=kind())
    torch.manual_seed(0)
    network, loss_of = build(drawn), loss_function(drawn)
    x = torch.randn(32, 10)
    targets = x.sum(1, keepdim=True)
    made = optimizer(drawn, network, CPU)
    losses: list[float] = []

    def gradient() -> Tensor:
        loss = loss_of(network.training_values(x), [targets])
        made.zero_grad()
        loss.backward()
        return loss

    for _ in range(20):
        losses.append(gradient().item())
        made.step(gradient if drawn.training.optimizer.tries_places else None)  # pyright: ignore
    assert losses[-1] < losses[0]


def test_gradient_descent_follows_its_formula() -> None:
    weights = nn.Parameter(torch.tensor([1.0, -2.0]))
    made = optimizer(project(optimizer=GradientDescent(0.1)), nn.ParameterList([weights]), CPU)
    weights.grad = torch.tensor([10.0, 5.0])
    made.step()
    torch.testing.assert_close(weights.data, torch.tensor([0.0, -2.5]))


@pytest.mark.parametrize("chosen", [SGD(), Adam()])
def test_the_fast_path_is_taken_on_the_cpu(chosen: Optimizer) -> None:
    made = optimizer(project(optimizer=chosen), nn.ParameterList([nn.Parameter(torch.ones(1))]), CPU)
    assert made.defaults["fused"] is True


def test_names_of_calls_are_torchs() -> None:
    assert resolve("nn.Conv2d") is nn.Conv2d
    assert resolve("torch.cat") is torch.cat
    assert resolve("torch.optim.Adam") is torch.optim.Adam
    torch.testing.assert_close(resolve("+")(torch.ones(2), torch.ones(2)), torch.full((2,), 2.0))
    assert resolve("modules.GaussianNoise") is modules.GaussianNoise


def test_a_residual_network_with_normalisation_learns_on_one_batch() -> None:
    graph: Graph = stack(Input(), Conv2d(8, padding=1), BatchNorm2d(), ReLU(), Add(), Flatten(), Linear(10), Output())
    drawn = project(optimizer=Adam(0.01)).with_network(graph.connect("conv2d_1", "add_1"))
    torch.manual_seed(0)
    network, loss_of = build(drawn), loss_function(drawn)
    made = optimizer(drawn, network, CPU)
    x, labels = torch.randn(16, 1, 8, 8), torch.arange(16) % 10
    for _ in range(30):
        loss = loss_of(network.training_values(x), [labels])
        made.zero_grad()
        loss.backward()
        made.step()
    assert (network.eval()(x).argmax(1) == labels).float().mean() > 0.9


@given(share=st.floats(0.01, 0.99), seed=st.integers(0, 1000))
def test_label_smoothing_spreads_a_share_of_each_target_over_all_classes(share: float, seed: int) -> None:
    drawn = project(Input(), Flatten(), Linear(10), Output(), loss=CrossEntropy(label_smoothing=share))
    generator = torch.Generator().manual_seed(seed)
    values, truth = torch.randn(8, 10, generator=generator), torch.randint(10, (8,), generator=generator)
    smooth = (1 - share) * nn.functional.one_hot(truth, 10) + share / 10
    expected = -(smooth * values.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(loss_function(drawn)([values], [truth]), expected)


def test_a_network_that_nobody_holds_leaves_memory_at_once() -> None:
    network = build(project(*DIGITS_CNN))
    gone = weakref.ref(network)
    del network
    assert gone() is None
