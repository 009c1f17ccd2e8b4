"""Augmentation: what it changes, that a resumed run makes the very same batches, and what cannot be augmented."""

from pathlib import Path

import numpy as np
import pytest
import torch
from drawings import every, project, stack
from training_runs import losses, only, trained

from engine.analysis import analyse
from engine.augmentation import (
    Augmentation,
    Blur,
    Colour,
    CutMix,
    Cutout,
    HorizontalFlip,
    Mixup,
    Noise,
    RandAugment,
    RandomCrop,
    Rotate,
    Shift,
    VerticalFlip,
    Zoom,
    changes,
)
from engine.augmentation.augmenter import Augmenter
from engine.augmentation.changes.moving import affine
from engine.data import Data, prepare
from engine.datasets import Diabetes, Digits, DigitScenes, Iris, TinyShakespeare, XorCloud
from engine.events import Finished
from engine.layers import Conv2d, Flatten, Input, Layer, Linear, Output, ReLU, Softmax
from engine.losses import BinaryCrossEntropy, Loss, MeanSquaredError, MultiClassHinge
from engine.optimizers import Adam
from engine.preprocessing import Preprocessing
from engine.project import Project, from_json, to_json
from engine.scoring import Part
from engine.training import Training

IMAGE_KINDS = [kind for kind in every(Augmentation) if "images" in kind.takes]
CPU = torch.device("cpu")


def pictures(count: int = 16, channels: int = 3, height: int = 12, width: int = 10) -> torch.Tensor:
    """Colourful squares on grey."""
    return torch.rand(count, channels, height, width, generator=torch.Generator().manual_seed(5))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def augmenter(*augmentation: Augmentation) -> Augmenter:
    data = Data(Digits(), augmentation=augmentation)
    return Augmenter(data, prepare(data).train.inputs, seed=3)


def digits(count: int = 32) -> torch.Tensor:
    return torch.from_numpy(prepare(Data(Digits())).train.inputs[:count]).float()


@pytest.mark.parametrize("kind", IMAGE_KINDS, ids=lambda kind: kind.__name__)
def test_every_augmentation_changes_images_and_stays_within_their_range(kind: type[Augmentation]) -> None:
    work, before = augmenter(kind()), digits()
    truth = torch.arange(32)
    draw = work.draw(1)
    after, _ = work.change(before.clone(), truth, draw)
    (mixed,) = work.mix([after], draw)
    assert mixed.shape == before.shape
    assert not torch.equal(mixed, before)
    assert mixed.min() >= -1e-4
    assert mixed.max() <= 16 + 1e-4


@pytest.mark.parametrize("kind", every(Augmentation), ids=lambda kind: kind.__name__)
def test_a_step_is_changed_alike_whenever_it_comes(kind: type[Augmentation]) -> None:
    work, before, truth = augmenter(kind(p=1) if "p" in kind.declared else kind()), digits(), torch.arange(32)

    def at(step: int) -> torch.Tensor:
        draw = work.draw(step)
        return work.mix([work.change(before.clone(), truth, draw)[0]], draw)[0]

    first, second = at(7), at(8)
    assert torch.equal(first, at(7))
    assert kind in (HorizontalFlip, VerticalFlip) or not torch.equal(first, second)


@pytest.mark.parametrize("kind", every(Augmentation), ids=lambda kind: kind.__name__)
def test_every_augmentation_says_where_it_comes_from_and_survives_a_file(kind: type[Augmentation]) -> None:
    assert kind.help().endswith(".")
    assert kind.method
    drawn = project(Input(), Flatten(), Linear(10), Output(), dataset=Digits()).with_value(
        "data.augmentation", (kind(),)
    )
    assert from_json(to_json(drawn)) == drawn


def test_flips_turn_pixels_over_exactly() -> None:
    image = pictures()
    assert torch.equal(changes.flipped([image], seeded(), p=1, dim=-1)[0], image.flip(-1))
    assert torch.equal(changes.flipped([image], seeded(), p=0, dim=-1)[0], image)


def test_a_crop_is_a_part_of_the_padded_picture() -> None:
    image = pictures()
    cut = changes.cropped([image], seeded(), padding=3)[0]
    padded = torch.nn.functional.pad(image, (3, 3, 3, 3), mode="reflect")
    for before, after in zip(padded, cut, strict=True):
        places = [(y, x) for y in range(7) for x in range(7) if torch.equal(before[:, y : y + 12, x : x + 10], after)]
        assert places


def test_moving_by_whole_pixels_is_exact_and_nothing_is_moved_by_nothing() -> None:
    image = pictures()
    still = changes.warped([image], [affine(xx=torch.ones(16))])[0]
    assert torch.allclose(still, image, atol=1e-5)
    moved = changes.warped([image], [affine(x=torch.full((16,), 2.0))])[0]
    assert torch.allclose(moved[..., :-2], image[..., 2:], atol=1e-5)


def test_a_quarter_turn_and_back_is_the_picture() -> None:
    image, angle = pictures(height=9, width=9), torch.full((16,), torch.pi / 2)
    turn = affine(xx=angle.cos(), xy=-angle.sin(), yx=angle.sin(), yy=angle.cos())
    turned = changes.warped([image], [turn])[0]
    assert torch.allclose(turned, image.rot90(1, (-2, -1)), atol=1e-4)
    assert torch.allclose(changes.warped([image], [turn, turn.mT])[0], image, atol=1e-4)


def test_classes_of_pixels_move_with_them() -> None:
    data = Data(DigitScenes(), augmentation=(HorizontalFlip(p=1), Rotate(40), RandomCrop(), Zoom(), Shift()))
    samples = prepare(data).train.pick(np.arange(8))
    work, truth = Augmenter(data, samples.inputs, 0), torch.from_numpy(samples.targets)
    # The truth itself as the picture: whatever is done to the one is done to the other.
    images = (truth == 0)[:, None].float()
    moved, along = work.change(images.clone(), truth, work.draw(2))
    assert along.dtype == torch.int64
    assert set(along.unique().tolist()) <= set(truth.unique().tolist())
    assert not torch.equal(along, truth)
    alike = (moved[:, 0] > 0.5) == (along == 0)
    assert alike.float().mean() > 0.95, "interpolation differs from the nearest only at edges"


def test_colours_turn_and_grey_stays_grey() -> None:
    same = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0}
    image = 0.2 + 0.6 * pictures()
    assert torch.allclose(changes.coloured([image], seeded(), **same, hue=0.0)[0], image, atol=1e-5)
    flat = torch.full((4, 3, 5, 5), 0.4)
    assert torch.allclose(changes.coloured([flat], seeded(), **same, hue=0.5)[0], flat, atol=1e-3)
    assert not torch.allclose(changes.coloured([image], seeded(), **same, hue=0.5)[0], image, atol=1e-2)


def test_blur_keeps_the_mean_and_smooths() -> None:
    image = pictures()
    soft = changes.blurred([image], seeded(), sigma=2.0, p=1)[0]
    assert soft.std() < 0.8 * image.std()
    assert torch.allclose(soft.mean(), image.mean(), atol=0.02)
    assert torch.allclose(changes.blurred([image], seeded(), sigma=2.0, p=0)[0], image, atol=1e-6)


def test_cutout_covers_a_square_of_its_size() -> None:
    image = pictures(count=200, height=20, width=20)
    changed = (changes.erased([image], seeded(), size=0.5, p=1)[0] != image).any(1).sum((1, 2))
    assert changed.max() <= 11 * 11
    assert changed.max() >= 81, "whole squares are among two hundred"


def test_noise_has_its_deviation_and_leaves_yes_and_no_alone() -> None:
    values = torch.zeros(5000, 3)
    noisy = changes.noisy_values([values], seeded(), amount=0.5, deviations=torch.tensor([2.0, 0.0, 4.0]))[0]
    assert noisy.std(0).tolist() == pytest.approx([1.0, 0.0, 2.0], rel=0.05)
    table = np.array([[0, 1.5], [1, 2.5], [1, 4.5], [0, np.nan]], np.float32)
    work = Augmenter(Data(XorCloud(), augmentation=(Noise(),)), table, 0)
    changed, _ = work.change(torch.from_numpy(table), torch.zeros(4), work.draw(0))
    assert torch.equal(changed[:, 0], torch.from_numpy(table[:, 0]))
    assert not torch.equal(changed[:3, 1], torch.from_numpy(table[:3, 1]))


def test_mixup_mixes_what_is_asked_for_by_the_same_share() -> None:
    image, rows, numbers = pictures(8), torch.eye(8), torch.arange(8)
    mixed, shares, truth = changes.mixed_up([image, rows, numbers], seeded(4), alpha=1.0, p=1)
    share = float(shares[0, 0])
    assert 0 < share < 1
    assert torch.allclose(mixed, share * image + (1 - share) * image.roll(1, 0))
    assert torch.allclose(shares.sum(1), torch.ones(8))
    assert torch.equal(truth, numbers if share >= 0.5 else numbers.roll(1, 0))


def test_cutmix_mixes_by_the_area_that_is_pasted() -> None:
    image, rows = torch.arange(8.0)[:, None, None, None].expand(8, 1, 20, 20).clone(), torch.eye(8)
    maps = torch.arange(8)[:, None, None].expand(8, 20, 20).clone()
    mixed, shares, moved = changes.cut_mixed([image, rows, maps], seeded(1), alpha=1.0, p=1)
    own = (mixed[3, 0] == 3).float().mean()
    assert 0 < own < 1
    assert float(shares[3, 3]) == pytest.approx(float(own))
    assert torch.equal(moved[:, None].float(), mixed)


def test_randaugment_has_the_operations_of_the_paper() -> None:
    image, high = pictures(400), 1.0
    changed = changes.randomly_augmented([image], seeded(), operations=1, magnitude=high)[0]
    share = (changed == image).flatten(1).all(1).float().mean()
    assert 0.02 < share < 0.2, "identity is one of fourteen"
    assert changed.min() >= 0
    assert changed.max() <= 1


def test_equalize_and_auto_contrast_are_those_of_pillow() -> None:
    from PIL import Image, ImageOps

    from engine.augmentation.changes.operations import contrast_stretched, equalized, in_fewer_steps, inverted_above

    pixels = (torch.rand(1, 1, 256, 256, generator=seeded()) ** 2 * 200 + 20).round()
    picture = Image.fromarray(pixels[0, 0].numpy().astype(np.uint8))
    amount = torch.ones(1, 1, 1, 1)
    pairs = (
        (ImageOps.autocontrast(picture), contrast_stretched(pixels / 255, amount), 1.01),
        (ImageOps.equalize(picture), equalized(pixels / 255, amount), 4.01),
        (ImageOps.posterize(picture, 4), in_fewer_steps(pixels / 255, amount), 0.01),
        (ImageOps.solarize(picture, 128), inverted_above(pixels / 255, 0.5 * amount), 0.01),
    )
    for wanted, found, tolerance in pairs:
        difference = np.abs(np.asarray(wanted, np.float32) - 255 * found[0, 0].numpy())
        assert difference.max() <= tolerance


@pytest.mark.parametrize(
    "loss",
    # A sum of no losses yet wants nothing.
    [
        kind
        for kind in every(Loss)
        if kind().terms() and "classification" in kind.tasks and kind().takes_shares("classification")
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_loss_of_classes_takes_mixed_samples(loss: type[Loss]) -> None:
    end = [Layer.kinds[name]() for name in loss().ends_in()[:1]]
    drawn = Project(
        stack(Input(), Flatten(), Linear(10), *end, Output()),
        Data(Digits(), augmentation=(Mixup(alpha=1.0), CutMix(p=1.0))),
        Training(loss(), Adam()),
    )
    data = prepare(drawn.data)
    part = Part(
        data.train,
        drawn,
        Preprocessing.of(data, "classification"),
        CPU,
        True,
    )
    inputs, (wanted,), truth = part.training_batch(torch.arange(16), 5)
    assert inputs.shape == (16, 1, 8, 8)
    assert wanted.shape == (16, 10)
    assert torch.allclose(wanted.sum(1), torch.ones(16))
    assert truth.shape == (16,)
    assert not analyse(drawn).faults


@pytest.mark.parametrize(
    "augmentation",
    [
        (HorizontalFlip(), RandomCrop(), Rotate(), Zoom(), Shift(), Colour(), Blur(), Noise(), Cutout()),
        (RandAugment(), Mixup(), CutMix()),
    ],
)
def test_an_augmented_training_goes_on_as_if_never_interrupted(
    augmentation: tuple[Augmentation, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = project(
        *(Input(), Conv2d(4), ReLU(), Flatten(), Linear(10), Softmax(), Output()), dataset=Digits(), epochs=2
    )
    drawn = drawn.with_value("data.augmentation", augmentation)
    _, whole = trained(tmp_path / "whole", drawn)
    assert isinstance(whole[-1], Finished)

    trained(tmp_path / "halves", drawn.with_value("training.epochs", 1))
    run, _ = trained(tmp_path / "other", drawn.with_value("training.epochs", 1))
    from engine.trainer import record, train

    rest = list(record(run, train(run, resume=True, changes={"training.epochs": 2})))
    again = losses(rest)
    assert again
    assert all(losses(whole)[step] == loss for step, loss in again.items())


def test_nothing_is_augmented_to_judge(tmp_path: Path) -> None:
    drawn = project(Input(), Flatten(), Linear(10), Output(), dataset=Digits(), epochs=1)
    drawn = drawn.with_value("training.optimizer.learning_rate", 0)
    plain = only(Finished, trained(tmp_path / "plain", drawn)[1])[0]
    changed = drawn.with_value("data.augmentation", (Noise(5), Mixup()))
    assert only(Finished, trained(tmp_path / "changed", changed)[1])[0].validation == plain.validation


@pytest.mark.parametrize(
    ("dataset", "augmentation", "words"),
    [
        (Iris(), HorizontalFlip(), "changes images, but a sample of Iris"),
        (TinyShakespeare(), Noise(), "is a text"),
        (Iris(), CutMix(), "changes images"),
    ],
)
def test_what_cannot_be_augmented_is_a_fault_with_a_fix(
    dataset: object, augmentation: Augmentation, words: str
) -> None:
    drawn = project(Input(), Linear(3), Output(), dataset=dataset).with_value(
        "data.augmentation", (Mixup(), augmentation)
    )
    found = [problem for problem in analyse(drawn).faults if words in problem.message]
    assert found
    assert found[-1].fix is not None
    assert augmentation not in found[-1].fix.apply(drawn).data.augmentation


def test_a_loss_that_knows_one_class_only_takes_no_mixture() -> None:

    drawn = project(Input(), Flatten(), Linear(10), Output(), dataset=Digits())
    drawn = Project(
        drawn.network,
        Data(Digits(), augmentation=(Mixup(),)),
        Training(MultiClassHinge(), Adam()),
    )
    assert any("takes one class for each sample" in fault.message for fault in analyse(drawn).faults)


def test_regressions_take_mixup_and_noise(tmp_path: Path) -> None:
    drawn = project(Input(), Linear(1), Output(), dataset=Diabetes(), loss=MeanSquaredError(), epochs=2)
    drawn = drawn.with_value("data.augmentation", (Noise(), Mixup()))
    assert isinstance(trained(tmp_path / "run", drawn)[1][-1], Finished)


def test_binary_answers_take_mixup() -> None:
    rows = torch.tensor([[0.0], [1.0]])
    (mixed,) = changes.mixed_up([rows], seeded(1), alpha=1.0, p=1)
    assert 0 < float(mixed[0]) < 1
    assert BinaryCrossEntropy().takes_shares("classification")


def test_variants_are_shown_as_bytes_with_what_is_asked_for() -> None:
    from engine.variants import variants

    found = variants(Data(Digits(), augmentation=(Rotate(), Mixup(alpha=1.0))), row=3, count=10)
    assert found.samples.shape == (10, 1, 8, 8)
    assert found.original.shape == (1, 1, 8, 8)
    assert found.samples.dtype == np.uint8
    assert len(found.labels) == 10
    assert any("%" in label for label in found.labels)
    table = variants(Data(Iris(), augmentation=(Noise(),)), count=4)
    assert table.samples.shape == (4, 4)
    assert len({sample.tobytes() for sample in table.samples}) == 4


def test_variants_come_one_after_the_other() -> None:
    from engine.variants import varying

    found = list(varying(Data(Digits(), augmentation=(Rotate(),)), count=3))
    assert [len(some.samples) for some in found] == [1, 2, 3]
    assert {some.count for some in found} == {3}
    assert (found[2].samples[:2] == found[1].samples).all()


def test_variants_of_what_cannot_be_augmented_are_refused() -> None:
    from engine.errors import DataError
    from engine.variants import variants

    with pytest.raises(DataError, match="changes images"):
        variants(Data(Iris(), augmentation=(Cutout(),)))
