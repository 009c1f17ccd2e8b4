"""A template for another number of classes or another size of image."""

from pathlib import Path

import pytest

from engine.adapting import adapted
from engine.analysis import analyse
from engine.cli import main
from engine.errors import LayerloomError, ProjectError
from engine.project import load
from engine.templates import can_adapt, template, templates

ADAPTABLE = [one.name for one in templates() if can_adapt(one.project)]


@pytest.mark.parametrize("name", ADAPTABLE)
def test_the_network_follows_the_data(name: str) -> None:
    project = template(name).project
    classes = 2 if project.data.dataset.places else 7
    made = adapted(project, classes, project.data.dataset.shape[-1], 1)
    report = analyse(made)
    assert not report.problems
    assert len(made.data.dataset.classes) == classes
    assert made.data.dataset.shape[0] == 1
    answers = [known.output_shape for known in report.nodes.values() if known.type == "Output"]
    places = made.data.dataset.places
    assert answers[0] == (1 if places else classes, *places)


@pytest.mark.parametrize("name", ADAPTABLE)
def test_with_nothing_to_change_it_is_the_template(name: str) -> None:
    project = template(name).project
    channels, size, _ = project.data.dataset.shape
    assert adapted(project, len(project.data.dataset.classes), size, channels) == project


@pytest.mark.parametrize(("name", "least"), [("alexnet", 63), ("vgg16", 32), ("densenet121", 29)])
def test_too_small_is_refused_with_the_size_that_is_not(name: str, least: int) -> None:
    project = template(name).project
    words = f"{project.title} cannot take images of 16 × 16. The next size that fits is {least} × {least}"
    with pytest.raises(ProjectError, match=words):
        adapted(project, 10, 16, 3)
    assert not analyse(adapted(project, 10, least, 3)).faults
    with pytest.raises(ProjectError, match=f"next size that fits is {least} × {least}"):
        adapted(project, 10, least - 1, 3)


def test_one_that_takes_only_multiples_says_the_next() -> None:
    with pytest.raises(ProjectError, match=r"U-Net cannot take images of 100 × 100\. The next size that fits is 112"):
        adapted(template("unet").project, 2, 100, 3)
    with pytest.raises(ProjectError, match="U-Net cannot be had for another number of classes"):
        adapted(template("unet").project, 5, 256, 3)


def test_large_images_are_as_many_as_fit() -> None:
    dataset = adapted(template("resnet18").project, 1000, 2048, 3).data.dataset
    assert dataset.sizes[0] * 3 * 2048**2 <= 4_000_000_000


@pytest.mark.parametrize(("classes", "size", "channels"), [(1, 224, 3), (1000, 0, 3), (1000, 224, 0), (1000, 5000, 3)])
def test_what_no_images_are_is_refused(classes: int, size: int, channels: int) -> None:
    with pytest.raises(LayerloomError, match="cannot be"):
        adapted(template("resnet18").project, classes, size, channels)


def test_real_data_have_the_classes_they_have() -> None:
    with pytest.raises(ProjectError, match="Digits cannot be had for other images"):
        adapted(template("digits").project, 5, 8, 1)


def test_the_command_line_adapts_too(tmp_path: Path) -> None:
    path = tmp_path / "small.loom"
    assert main(["new", "resnet18", "--classes", "10", "--size", "64", "-o", str(path)]) == 0
    assert load(path).data.dataset.shape == (3, 64, 64)
    assert len(load(path).data.dataset.classes) == 10


def test_the_command_line_refuses_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "alexnet", "--size", "32", "-o", str(tmp_path / "small.loom")]) == 1
    said = capsys.readouterr().err
    assert "next size that fits is 63 × 63" in said
    assert not (tmp_path / "small.loom").exists()
