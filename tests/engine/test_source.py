"""The printed source is the network: the same weights by the same names, and code that other tools accept."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
import torch
from drawings import stack
from networks import NETWORKS

from engine.analysis import analyse
from engine.blocks import Blueprint, Exposed, Target
from engine.build import build
from engine.errors import ExportError
from engine.export import source
from engine.export.source import class_name, printed, values_method
from engine.graph import Graph, Node, Wire
from engine.layers import Add, BatchNorm2d, Conv2d, Flatten, Input, Layer, Linear, Output, ReLU
from engine.project import Project


def ran(text: str) -> SimpleNamespace:
    names: dict[str, object] = {"__name__": "exported"}
    exec(compile(text, "exported.py", "exec"), names)
    return SimpleNamespace(**names)


def assert_clean(folder: Path) -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,I", str(folder)]
    result = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("project", NETWORKS.values(), ids=NETWORKS)
def test_source_answers_as_the_network_does(project: Project) -> None:
    report = analyse(project)
    network = build(project).eval()
    module = getattr(ran(source(project, report)), class_name(project))().eval()
    assert list(module.state_dict()) == list(network.state_dict())
    module.load_state_dict(network.state_dict())
    x = torch.rand(3, *project.data.dataset.shape)
    assert torch.equal(module(x), network(x))
    values = getattr(module, values_method(project))(x)
    together = zip(values if isinstance(values, tuple) else (values,), network.training_values(x), strict=True)
    assert all(torch.equal(printed, made) for printed, made in together)


def test_source_is_what_a_person_would_write() -> None:
    text = source(NETWORKS["skip"], analyse(NETWORKS["skip"]))
    assert 'self.second = nn.Conv2d(4, 4, 3, padding="same")' in text
    assert text.endswith(
        """\
    def forward(self, x):
        x = self.stem(x)  # (N, 4, 8, 8)
        branch_1 = self.first(x)
        branch_1 = self.norm(branch_1)
        branch_1 = self.bend(branch_1)
        branch_1 = self.second(branch_1)
        x = branch_1 + x
        x = self.flat(x)  # (N, 256)
        return self.last(x)  # (N, 10)
"""
    )


def test_tools_accept_the_source(tmp_path: Path) -> None:
    long = Conv2d(32, kernel_size=(3, 5), stride=(1, 2), padding=(1, 2), dilation=(1, 1), bias=False)
    network = stack(Input(), long, ReLU(), Flatten(), Linear(10), Output()).rename("conv2d_1", "c" * 60)
    projects = [*NETWORKS.values(), Project(network, title="long", description="word " * 60)]
    for number, project in enumerate(projects):
        (tmp_path / f"source_{number}.py").write_text(source(project, analyse(project)), encoding="utf-8")
    assert_clean(tmp_path)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("MNIST CNN", "MnistCnn"),
        ("2 layers", "Network2Layers"),
        ("", "Network"),
        ("true", "TrueNetwork"),
        ("path", "PathNetwork"),
        ("Ziffern für alle", "ZiffernFürAlle"),
        ("…", "Network"),
    ],
)
def test_class_is_called_after_the_project(title: str, name: str) -> None:
    assert class_name(Project(title=title)) == name


@pytest.mark.parametrize("words", ['"""\nraise SystemExit\n"""', "\\", 'ends in "', "\\N{nothing}", "\0\u2028"])
def test_words_of_a_project_stay_words(words: str) -> None:
    project = msgspec.structs.replace(NETWORKS["mlp"], title=words, description=words)
    assert getattr(ran(source(project, analyse(project))), class_name(project))


def test_layer_called_logits_is_left_its_name() -> None:
    project = NETWORKS["cnn"]
    project = project.with_network(project.network.rename("linear_1", "logits"))
    module = getattr(ran(source(project, analyse(project))), class_name(project))()
    assert module(torch.rand(2, 1, 8, 8)).shape == (2, 10)


def test_network_at_fault_has_no_source() -> None:
    project = Project(stack(Input(), Linear(10), Output()))
    with pytest.raises(ExportError, match="at fault"):
        source(project, analyse(project))


def test_formats_are_listed_without_torch() -> None:
    lists = "import sys; from engine.export import Exporter; assert Exporter.kinds and 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", lists], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("project", NETWORKS.values(), ids=NETWORKS)
def test_each_line_knows_the_nodes_it_speaks_of(project: Project) -> None:
    made = printed(project, analyse(project))
    lines = made.text.split("\n")
    assert len(lines) == len(made.nodes)
    for line, nodes in zip(lines, made.nodes, strict=True):
        named = set(re.findall(r"\bself\.(\w+)", line)) & {node.id for node in project.network.nodes}
        assert named <= set(nodes)
        assert set(nodes) <= {node.id for node in project.network.nodes}


def test_all_lines_of_a_long_statement_are_of_its_node() -> None:
    long = Conv2d(32, kernel_size=(3, 5), stride=(1, 2), padding=(1, 2), dilation=(1, 1), bias=False)
    network = stack(Input(), long, ReLU(), Flatten(), Linear(10), Output())
    project = Project(network.rename("conv2d_1", "c" * 40))
    made = printed(project, analyse(project))
    of_it = [line for line, nodes in zip(made.text.split("\n"), made.nodes, strict=True) if nodes == ("c" * 40,)]
    assert of_it[0].endswith("nn.Conv2d(")
    assert of_it[2] == "        )"


UNIT = Blueprint(
    "Unit",
    Graph.chain(Input(), Conv2d(16, padding=1), BatchNorm2d(), ReLU(), Output()),
    (
        Exposed("channels", (Target("conv2d_1", "out_channels"),)),
        Exposed("stride", (Target("conv2d_1", "stride"),)),
        Exposed("bias", (Target("conv2d_1", "bias"),)),
    ),
)
STAGE = Blueprint(
    "Stage",
    Graph.chain(Input(), UNIT.kind(stride=2), UNIT.kind(repeat=2), Output()),
    (
        Exposed("channels", (Target("unit_1", "channels"), Target("unit_2", "channels"))),
        Exposed("depth", (Target("unit_2", "repeat"),)),
    ),
    "Halves the image, then looks at it again.",
)
BOTTLENECK = Blueprint(
    "Bottleneck",
    Graph.chain(Input(), Conv2d(4, 1), ReLU(), Conv2d(16, 1), Output()),
    (Exposed("channels", (Target("conv2d_1", "out_channels"), Target("conv2d_2", "out_channels", times=4))),),
)
JOIN = Blueprint(
    "Join",
    Graph(
        (
            Node("input_1", Input()),
            Node("input_2", Input()),
            Node("add", Add()),
            Node("relu", ReLU()),
            Node("end", Output()),
        ),
        (Wire("input_1", "add"), Wire("input_2", "relu"), Wire("relu", "add", 1), Wire("add", "end")),
    ),
)


def in_blocks(*layers: Layer) -> Project:
    network = Graph.chain(Input(), *layers, Flatten(), Linear(10), Output())
    return Project(network, title="Blocks")


def joined() -> Project:
    network = Graph.chain(Input(), Conv2d(1, padding=1)).add(Node("join", JOIN.kind()))
    network = network.connect("conv2d_1", "join").connect("input_1", "join")
    before = "join"
    for node in (Node("flat", Flatten()), Node("out", Linear(10)), Node("end", Output())):
        network, before = network.add(node).connect(before, node.id), node.id
    return Project(network)


BLOCKS = {
    "used twice": in_blocks(STAGE.kind(channels=8), STAGE.kind(channels=12, depth=3)),
    "used once": in_blocks(STAGE.kind(channels=8)),
    "depth of one and of two": in_blocks(STAGE.kind(depth=1), STAGE.kind(depth=2)),
    "the first of them otherwise": in_blocks(UNIT.kind(channels=6, repeat=3), UNIT.kind(channels=5, repeat=4)),
    "each of them otherwise": in_blocks(UNIT.kind(stride=2, repeat=3, channels=2)),
    "a multiple": in_blocks(BOTTLENECK.kind(channels=3), BOTTLENECK.kind(channels=5, repeat=2)),
    "a setting that PyTorch takes unasked": in_blocks(UNIT.kind(bias=False), UNIT.kind(bias=True)),
    "two inputs": joined(),
    "called as something else": in_blocks(Blueprint("load", UNIT.graph).kind(), Blueprint("Blocks", UNIT.graph).kind()),
    "layers that differ by the shape": in_blocks(
        Blueprint("Flat", Graph.chain(Input(), Flatten(), Linear(64), Output())).kind(repeat=2)
    ),
}


@pytest.mark.parametrize("project", BLOCKS.values(), ids=BLOCKS.keys())
def test_the_classes_of_blocks_are_the_network_that_is_built(project: Project) -> None:
    text = source(project, analyse(project))
    torch.manual_seed(0)
    network = build(project).eval()
    module = getattr(ran(text), class_name(project))().eval()
    module.load_state_dict(network.state_dict())
    inputs = torch.rand(2, 1, 8, 8)
    assert torch.equal(module(inputs), network(inputs))
    assert all(len(line) <= 88 for line in text.splitlines())


def test_a_block_is_one_class_with_its_settings_as_arguments() -> None:
    text = source(BLOCKS["used twice"], analyse(BLOCKS["used twice"]))
    assert text.count("class ") == 3
    assert "def __init__(self, in_channels, channels, stride):" in text
    assert "nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1)" in text
    assert "nn.BatchNorm2d(channels)" in text
    assert "for _ in range(depth)" in text
    assert "self.stage_2 = Stage(8, channels=12, depth=3)" in text
    assert "Halves the image, then looks at it again." in text


def test_what_is_frozen_is_frozen_in_code_and_what_is_bypassed_is_not_there() -> None:
    project = BLOCKS["used twice"]
    project = project.with_network(project.network.freeze(["stage_1"]).bypass(["stage_2"]))
    text = source(project, analyse(project))
    assert "self.stage_1.requires_grad_(False)" in text
    assert "stage_2" not in text


def test_each_line_of_a_block_names_its_nodes_and_the_block() -> None:
    project = BLOCKS["used twice"]
    found = printed(project, analyse(project))
    lines = found.text.split("\n")
    number = next(number for number, line in enumerate(lines) if "self.batchnorm2d_1 =" in line)
    assert (found.nodes[number], found.blocks[number]) == (("batchnorm2d_1",), "Unit")
    assert len(found.nodes) == len(found.blocks) == len(lines)
