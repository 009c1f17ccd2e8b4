"""Places without a class: nothing is learned of them, and they are counted nowhere."""

from pathlib import Path

import numpy as np
import pytest
import torch
from drawings import stack
from image_files import image
from sklearn.metrics import accuracy_score, confusion_matrix
from test_export import exported, python
from test_image_pairs import halves, opened, pairs, picture, save
from test_source import assert_clean
from torch import nn
from training_runs import only, trained

from engine.augmentation import CutMix, HorizontalFlip, Mixup, Rotate
from engine.balance import class_weights
from engine.build import loss_function
from engine.data import Data, prepare
from engine.datasets import ImagePairs
from engine.datasets.dataset import IGNORED
from engine.doctor import examine
from engine.errors import DataError
from engine.evaluation import evaluate, predict
from engine.events import Epoch, Finished, Steps
from engine.layers import Conv2d, Input, Output
from engine.looking import balance_of, detail
from engine.losses import BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError, MultiClassHinge
from engine.optimizers import Adam
from engine.preprocessing import Preprocessing
from engine.preview import preview
from engine.project import Project
from engine.scoring import Part
from engine.training import Training
from engine.variants import variants

CPU = torch.device("cpu")
RIM = 3
"""The column of pixels without a class, between class 0 on its left and class 1 on its right."""
# What keeps the usual margin has no slope anywhere.
CHOSEN = {MultiClassHinge: MultiClassHinge(margin=100)}
SINGLE = [kind for kind in Loss.kinds.values() if not kind.nested]
LOSSES = [CHOSEN.get(kind, kind()) for kind in SINGLE if "classification" in kind.tasks]


def rimmed(left: int = 0, right: int = 1) -> np.ndarray:
    """A mask of two classes with a rim between them that is none."""
    mask = halves(left, right)
    mask[:, RIM] = 255
    return mask


@pytest.fixture
def cells(tmp_path: Path) -> ImagePairs:
    """Twelve images with a mask each."""
    return opened(pairs(tmp_path / "cells", rimmed(), count=12))


def drawn(dataset: ImagePairs, loss: Loss | None = None, outputs: int = 2, **data: object) -> Project:
    """A network with one convolution."""
    network = stack(Input(), Conv2d(outputs, padding=1), Output())
    loaded = Data(dataset, **data)  # pyright: ignore[reportArgumentType]
    return Project(
        network, loaded, Training(loss or CrossEntropy(), Adam(learning_rate=0.05), batch_size=4, epochs=25), "Cells"
    )


def part_of(project: Project) -> Part:
    """Its training samples."""
    prepared = prepare(project.data)
    return Part(prepared.train, project, Preprocessing.of(prepared, "classification"), CPU)


# What is found out


@pytest.mark.parametrize(
    ("values", "ignored"),
    [
        ((0, 1, 255), ("255",)),
        ((1, 2, 3, 255), ("255",)),
        ((0, 15, 255), ("255",)),
        ((0, 255), ()),
        ((0, 128, 255), ()),
        ((0, 85, 170, 255), ()),
        ((0, 1, 2), ()),
        ((*range(60), 255), ("255",)),
    ],
)
def test_255_beside_class_numbers_is_no_class(
    tmp_path: Path, values: tuple[int, ...], ignored: tuple[str, ...]
) -> None:
    mask = np.resize(np.array(values, np.uint8), (6, 60))
    for number in range(3):
        save(mask, tmp_path / "cells/images" / f"{number}.png")
        save(mask, tmp_path / "cells/masks" / f"{number}.png")
    dataset = opened(tmp_path / "cells")
    assert dataset.ignored_values == ignored
    assert dataset.ignores == bool(ignored)
    assert dataset.classes == tuple(str(value) for value in values if str(value) not in ignored)


@pytest.mark.parametrize("name", ["Void", "unlabelled", "IGNORE"])
def test_a_class_with_such_a_name_is_none(tmp_path: Path, name: str) -> None:
    mask = halves((255, 0, 0), (0, 0, 255))
    mask[:, RIM] = (0, 0, 0)
    folder = pairs(tmp_path / "street", mask)
    (folder / "class_dict.csv").write_text(f"name,r,g,b\n{name},0,0,0\nroad,255,0,0\nsky,0,0,255\n")
    dataset = opened(folder)
    assert dataset.classes == ("sky", "road")
    assert dataset.class_names == (name, "sky", "road")
    train = dataset.load().train
    assert (train.targets[:, :, RIM] == IGNORED).all()
    assert dataset.with_setting("ignored_values", (name,)).load().train.targets.tolist() == train.targets.tolist()
    assert dataset.with_setting("ignored_values", ()).classes == (name, "sky", "road")


def test_the_rim_of_pascal_voc_is_no_class_in_colour_either(tmp_path: Path) -> None:
    mask = halves((0, 0, 0), (128, 0, 0))
    mask[:, RIM] = (224, 224, 192)
    dataset = opened(pairs(tmp_path / "voc", mask))
    assert dataset.classes == ("#000000", "#800000")
    assert dataset.ignored_values == ("#e0e0c0",)


def test_what_is_ignored_can_be_chosen(tmp_path: Path) -> None:
    dataset = opened(pairs(tmp_path / "cells", rimmed(0, 128)))
    assert not dataset.ignores
    chosen = dataset.with_setting("ignored_values", ("255", "7"))
    assert chosen.classes == ("0", "128")
    assert dataset.offers == {"ignored_values": ("0", "128", "255")}
    assert (chosen.load().train.targets[:, :, RIM] == IGNORED).all()
    # Only one of them holds it, and it is among those that were not looked at.
    save(rimmed(7, 128), Path(dataset.path) / "masks/0.png")
    assert not chosen.load().skipped
    assert (chosen.load().train.targets[0, :, :4] == IGNORED).all()
    assert [one.reason for one in dataset.load().skipped] == ["its value 7 stands for no class"]
    assert chosen.refreshed().ignored_values == ("255", "7")


@pytest.mark.parametrize(
    ("ignored", "words"),
    [
        (("0", "1"), "All values of the masks but one are ignored"),
        (("sky",), "“sky” is neither"),
        (("#00", "1"), "“#00”"),
    ],
)
def test_what_cannot_be_ignored_is_said(cells: ImagePairs, ignored: tuple[str, ...], words: str) -> None:
    changed = cells.with_setting("ignored_values", ignored)
    assert words in changed.lacks
    with pytest.raises(DataError, match=words):
        changed.load()


# What is learned


@pytest.mark.parametrize("balance", ["none", "class weights"])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_a_place_without_a_class_has_no_gradient(cells: ImagePairs, loss: Loss, balance: str) -> None:
    weights = (0.5, 2.0) if balance == "class weights" else ()
    project = drawn(cells, loss, balance=balance)
    part, loss_of = part_of(project), loss_function(project, weights)
    _, wanted, truth = part.batch(slice(0, 3))
    values = torch.randn(3, 2, 6, 8, generator=torch.Generator().manual_seed(1)).requires_grad_()
    found = loss_of([values], wanted)
    found.backward()
    assert values.grad is not None
    assert not values.grad[:, :, :, RIM].any()
    assert values.grad.abs().sum(dim=1)[truth >= 0].all()

    known = truth >= 0
    flat = [wanted[0].movedim(1, -1)[known] if wanted[0].is_floating_point() else truth[known]]
    plain = project.with_data(Data(cells.with_setting("ignored_values", ()), balance=balance))
    assert torch.isclose(
        found.detach(), plain_loss(plain, weights)([values.detach().movedim(1, -1)[known]], flat), atol=1e-6
    )


@pytest.mark.parametrize("loss", [CrossEntropy(), BinaryCrossEntropy()], ids=lambda loss: type(loss).__name__)
def test_a_loss_that_cannot_tell_of_each_place_is_given_those_that_count(
    cells: ImagePairs, loss: Loss, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = drawn(cells, loss, balance="class weights")
    _, wanted, _ = part_of(project).batch(slice(0, 3))
    values = torch.randn(3, 2, 6, 8, generator=torch.Generator().manual_seed(1))
    usual = loss_function(project, (0.5, 2.0))([values], wanted)
    monkeypatch.setattr(type(loss), "tells_each", False)
    assert torch.isclose(loss_function(project, (0.5, 2.0))([values], wanted), usual)
    empty = [torch.full_like(each, float("nan") if each.is_floating_point() else IGNORED) for each in wanted]
    assert loss_function(project)([values], empty).item() == 0


def plain_loss(project: Project, weights: tuple[float, ...]) -> nn.Module:
    """The loss over rows that all have a class."""
    from engine.balance import weighted
    from engine.build import TotalLoss
    from engine.ends import answers_of
    from engine.measure import resolve

    (answer,) = answers_of(project)
    call = answer.loss.weighted(weights, 2, 0) if weights else None
    return TotalLoss([(call or weighted(project, answer, 2, ())).made(resolve)], [1.0])


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_a_batch_without_any_class_teaches_nothing(cells: ImagePairs, loss: Loss, outputs: int) -> None:
    if loss.target_form("classification") == "class":
        outputs = 2
    project = drawn(cells, loss, outputs)
    part = part_of(project)
    part._hold(part._inputs, torch.full_like(part._truth, IGNORED), CPU)
    _, wanted, truth = part.batch(slice(0, 2))
    values = torch.randn(2, outputs, 6, 8).requires_grad_()
    found = loss_function(project)([values], wanted)
    found.backward()
    assert found.item() == 0
    assert values.grad is not None
    assert not values.grad.any()
    assert part.score(values.detach(), truth).item() == 0


@pytest.mark.parametrize(
    ("loss", "outputs", "balance"),
    [
        (CrossEntropy(label_smoothing=0.1), 2, "class weights"),
        (BinaryCrossEntropy(), 2, "class weights"),
        (BinaryCrossEntropy(), 1, "none"),
        (MeanSquaredError(), 2, "none"),
    ],
)
def test_a_network_learns_the_others(tmp_path: Path, cells: ImagePairs, loss: Loss, outputs: int, balance: str) -> None:
    run, happening = trained(tmp_path / "run", drawn(cells, loss, outputs, balance=balance))
    assert isinstance(happening[-1], Finished)
    assert all(np.isfinite(line.loss).all() for line in only(Steps, happening))
    assert happening[-1].test["accuracy"] > 0.9
    assert evaluate(run).metrics == pytest.approx(happening[-1].test)
    answer = predict(run, [str(Path(cells.path) / "images/0.png")])[0]
    assert {label for row in answer.labels for label in row} <= {"0", "1"}


def test_they_are_counted_nowhere(cells: ImagePairs) -> None:
    data = Data(cells)
    prepared = prepare(data)
    counts = np.array([6 * 3, 6 * 4])
    train = len(prepared.train)
    assert preview(data).balance["train"] == tuple(counts * train)
    assert balance_of(data)["train"] == tuple(counts * train)
    assert class_weights(prepared.train, 2) == pytest.approx(counts.sum() / (2 * counts), rel=1e-5)
    shown = preview(data).answers
    assert shown is not None
    assert (shown[:, 0, :, RIM] < 0).all()
    classes = detail(data, 0).classes
    assert classes is not None
    assert (classes[:, RIM] < 0).all()
    *_, report = examine(data)
    assert report is not None


def test_metrics_are_those_of_the_others(cells: ImagePairs) -> None:
    project = drawn(cells)
    part = part_of(project)

    class Answering(nn.Module):
        """Answers at random, the same each time."""

        def training_values(self, inputs: torch.Tensor) -> tuple[torch.Tensor]:
            return (torch.randn(len(inputs), 2, 6, 8, generator=torch.Generator().manual_seed(len(inputs))),)

    network = Answering()
    metrics, confusion = part.judge(network, loss_function(project), 5)  # pyright: ignore[reportArgumentType]
    rows = [slice(start, min(start + 5, len(part))) for start in range(0, len(part), 5)]
    answers = torch.cat([network.training_values(part.batch(row)[0])[0] for row in rows])
    truth = part.batch(slice(0, len(part)))[2]
    known, answered = truth[truth >= 0], answers.argmax(1)[truth >= 0]
    assert confusion is not None
    assert confusion.tolist() == confusion_matrix(known, answered).tolist()
    assert metrics["accuracy"] == pytest.approx(accuracy_score(known, answered))
    loss = nn.functional.cross_entropy(answers.movedim(1, -1)[truth >= 0], known)
    assert metrics["loss"] == pytest.approx(loss.item(), rel=1e-5)


@pytest.mark.parametrize("changes", [(HorizontalFlip(), Rotate()), (Mixup(p=1.0),), (CutMix(p=1.0),)])
def test_augmentation_takes_them_along(tmp_path: Path, cells: ImagePairs, changes: tuple) -> None:
    _, happening = trained(tmp_path / "run", drawn(cells, augmentation=changes))
    assert isinstance(happening[-1], Finished)
    assert all(np.isfinite(line.loss).all() for line in only(Steps, happening))
    assert only(Epoch, happening)[-1].validation["accuracy"] > 0.8
    assert len(variants(Data(cells, augmentation=changes), count=2).samples) == 2


SCRIPTS = {
    "cross-entropy": {"loss": CrossEntropy(), "balance": "class weights"},
    "rows": {"loss": MeanSquaredError()},
    "mixed": {"loss": CrossEntropy(label_smoothing=0.1), "augmentation": (HorizontalFlip(), Mixup(p=1.0))},
    "single": {"loss": BinaryCrossEntropy(), "outputs": 1},
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_exported_script_passes_them_over(tmp_path: Path, cells: ImagePairs, name: str) -> None:
    run, _ = trained(tmp_path / "run", drawn(cells, **SCRIPTS[name]))
    (tmp_path / "out").mkdir()
    exported(run, "python", tmp_path / "out/my_net.py")
    assert_clean(tmp_path / "out")
    alone = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__')"
    told = python("-I", "-c", alone, tmp_path / "out", tmp_path / "out/my_net_train.py").splitlines()
    assert "nan" not in told[0]
    assert float(told[-1].split()[-1]) > 0.8


def test_images_to_predict_ignore_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(3):
        save(picture(number), tmp_path / "low/inputs" / f"{number}.png")
        save(rng.integers(0, 255, (6, 8, 3), np.uint8), tmp_path / "low/targets" / f"{number}.png")
    image(tmp_path / "low/inputs/3.png")
    dataset = opened(tmp_path / "low")
    assert not dataset.ignores
    assert "ignored_values" in dataset.idle
