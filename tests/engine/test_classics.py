"""The networks that everybody knows: what was published of them is true here to the last parameter."""

from typing import Any

import pytest
import torch

import resources
from engine.analysis import analyse
from engine.build import build
from engine.export.source import class_name, source
from engine.losses import BinaryCrossEntropy
from engine.project import SUFFIX, Project, load
from engine.templates import template
from tools.templates.__main__ import ALWAYS, CLASSICS

PUBLISHED = {
    "alexnet": (61_100_840, 0.714),
    "vgg16": (138_357_544, 15.47),
    "vgg16-bn": (138_365_992, 15.47),
    "googlenet": (6_624_904, 1.498),
    "inception-v3": (27_161_264, 5.713),
    "resnet18": (11_689_512, 1.814),
    "resnet50": (25_557_032, 4.089),
    "densenet121": (7_978_856, 2.834),
    "squeezenet": (1_235_496, 0.349),
    "mobilenet-v2": (3_504_872, None),
    "efficientnet-b0": (5_288_548, 0.386),
    "convnext-tiny": (28_589_128, 4.456),
    "vit-b16": (86_567_656, 17.564),
    "unet": (31_037_633, None),
}
"""Trainable parameters, and thousand million multiply-adds for one image (None: nobody agrees), as torchvision and the
papers state them.
"""

DEPTHS = {
    "alexnet": 8,
    "vgg16": 16,
    "googlenet": 22,
    "inception-v3": 48,
    "resnet18": 18,
    "resnet50": 50,
    "densenet121": 121,
}


@pytest.fixture(params=[name.partition("-")[2] for name in ALWAYS])
def drawn(request: pytest.FixtureRequest) -> Project:
    return template(request.param).project


@pytest.mark.parametrize("name", PUBLISHED)
def test_it_counts_what_was_published(name: str) -> None:
    parameters, giga = PUBLISHED[name]
    totals = analyse(template(name).project).totals
    assert totals.trainable_parameters == parameters
    assert giga is None or totals.multiply_adds == pytest.approx(giga * 1e9, rel=0.01)


@pytest.mark.parametrize("name", DEPTHS)
def test_it_is_as_deep_as_its_name_says(name: str) -> None:
    facts = template(name).facts
    assert facts is not None
    assert facts.depth == DEPTHS[name]


def test_all_classics_have_published_figures() -> None:
    assert {name.partition("-")[2] for name in CLASSICS} == set(PUBLISHED)


def test_what_helps_to_learn_is_no_part_of_the_portrait() -> None:
    facts = template("inception-v3").facts
    assert facts is not None
    widths = [bar.width for bar in facts.portrait if bar.side == 0]
    assert widths == [1000], "the answer alone"


@pytest.mark.parametrize("file", ALWAYS)
def test_the_file_holds_what_is_drawn(file: str) -> None:
    written = load(resources.path(f"templates/{file}{SUFFIX}"))
    assert written == ALWAYS[file](), "run: python -m tools.templates"


def test_it_answers_for_a_batch_as_torch_runs_it(drawn: Project) -> None:
    with torch.device("meta"):
        network = build(drawn)
        answers = network(torch.empty(2, *drawn.data.dataset.shape))
    width, *places = drawn.data.dataset.answer_shape
    if drawn.data.dataset.task == "transcription":
        # It may take more steps than the longest sequence has symbols.
        assert answers.shape[2] >= places[0]
        places = answers.shape[2:]
    says_yes_or_no = isinstance(drawn.training.loss, BinaryCrossEntropy) and drawn.data.dataset.task != "multilabel"
    assert answers.shape == (2, 1 if says_yes_or_no else width, *places)


def test_its_source_makes_the_same_weights(drawn: Project) -> None:
    report = analyse(drawn)
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source(drawn, report), "exported.py", "exec"), names)
    with torch.device("meta"):
        exported, built = names[class_name(drawn)](), build(drawn)
    shapes = [[parameter.shape for parameter in network.parameters()] for network in (exported, built)]
    assert shapes[0] == shapes[1]
    assert sum(map(torch.Size.numel, shapes[0])) == report.totals.parameters
