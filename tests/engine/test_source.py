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
from engine.build import build
from engine.errors import ExportError
from engine.export import source
from engine.export.source import class_name, printed, values_method
from engine.layers import Conv2d, Flatten, Input, Linear, Output, ReLU
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
    assert torch.equal(getattr(module, values_method(project))(x), network.training_values(x))


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
