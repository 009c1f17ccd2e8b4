"""Images and, under the same names, what is to be made of them."""

from pathlib import Path

import numpy as np
import pytest
from image_files import image
from PIL import Image

from engine.data import Data, prepare
from engine.datasets import Dataset, ImagePairs
from engine.datasets.dataset import IGNORED
from engine.datasets.files import open_data
from engine.errors import DataError

LEFT, RIGHT = np.s_[:, :4], np.s_[:, 4:]


def picture(number: int) -> np.ndarray:
    """Grey, 6 × 8: dark on the left, brighter on the right."""
    pixels = np.full((6, 8), 20 + number, np.uint8)
    pixels[RIGHT] = 200
    return pixels


def save(pixels: np.ndarray, path: Path) -> None:
    """Writes an image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def pairs(folder: Path, mask: np.ndarray, masks: str = "masks", name: str = "{}.png", count: int = 4) -> Path:
    """A folder of images and masks, each mask the same."""
    for number in range(count):
        save(picture(number), folder / "images" / f"{number}.png")
        save(mask, folder / masks / name.format(number))
    return folder


def opened(path: Path) -> ImagePairs:
    """The pairs at this path."""
    dataset = open_data(str(path))
    assert isinstance(dataset, ImagePairs)
    return dataset


def halves(left: object, right: object) -> np.ndarray:
    """A mask, 6 × 8: one value on the left, another on the right."""
    mask = np.zeros((6, 8, *np.shape(left)), np.uint8)
    mask[LEFT], mask[RIGHT] = left, right
    return mask


@pytest.mark.parametrize(
    ("mask", "values", "left"),
    [
        (halves(0, 255), ("0", "255"), 0),
        (halves(2, 1), ("1", "2"), 1),
        (halves((255, 0, 0), (0, 0, 255)), ("#0000ff", "#ff0000"), 1),
        (halves((9, 9, 9), (7, 7, 7)), ("7", "9"), 1),
        (halves((0, 0, 0, 255), (255, 0, 0, 255)), ("#000000", "#ff0000"), 0),
        (halves(0, 1).astype(bool), ("0", "255"), 0),
    ],
    ids=["black and white", "numbers", "colours", "grey in three channels", "with alpha", "bits"],
)
def test_a_mask_has_a_class_for_each_pixel(
    tmp_path: Path, mask: np.ndarray, values: tuple[str, ...], left: int
) -> None:
    dataset = opened(pairs(tmp_path / "cells", mask))
    train = dataset.load().train

    assert dataset.classes == values
    assert dataset.shape == (1, 6, 8)
    assert dataset.places == (6, 8)
    assert train.targets.dtype == np.int64
    assert train.targets.shape == (4, 6, 8)
    assert (train.targets[:, :, :4] == left).all()
    assert (train.targets[:, :, 4:] == 1 - left).all()
    assert Dataset.kinds["ImagePairs"].read(dataset.settings(), "here") == dataset
    assert len(prepare(Data(dataset, test=0.25, validation=0.25)).train) == 2


def test_a_palette_gives_the_numbers(tmp_path: Path) -> None:
    folder = pairs(tmp_path / "cells", halves(0, 255))
    for number in range(4):
        mask = Image.fromarray(halves(3, 5))
        mask.putpalette([0] * 9 + [255, 0, 0] + [0] * 3 + [0, 255, 0])
        mask.save(folder / "masks" / f"{number}.png")

    assert opened(folder).classes == ("3", "5")


def test_masks_saved_as_jpeg_count_for_the_nearest_value(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(3):
        blobs = np.kron(rng.integers(0, 2, (8, 8)), np.ones((8, 8))).astype(np.uint8) * 255
        save(blobs, tmp_path / "cells/images" / f"{number}.png")
        save(blobs, tmp_path / "cells/masks" / f"{number}.jpg")
    dataset = opened(tmp_path / "cells")
    train = dataset.load().train

    assert dataset.nearest
    assert len(dataset.classes) == 2
    assert ((train.inputs[:, 0] > 127) == train.targets).all()


def test_masks_keep_their_values_when_they_are_made_smaller(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(3):
        save(rng.integers(0, 255, (40, 50, 3), np.uint8), tmp_path / "cells/images" / f"{number}.png")
        save(rng.integers(0, 3, (40, 50), np.uint8) * 100, tmp_path / "cells/masks" / f"{number}.png")
    for fit in ("resize", "crop", "pad"):
        train = opened(tmp_path / "cells").with_settings({"size": (16, 16), "fit": fit}).load().train
        border = np.s_[:, [0, -2, -1]]
        assert (train.targets[border] == IGNORED).all() == (fit == "pad"), "what is added has no class"
        inside = train.targets[:, 1:-2] if fit == "pad" else train.targets
        assert set(np.unique(inside)) == {0, 1, 2}
        assert train.targets.shape == (3, 16, 16)


def test_names_of_classes_are_taken_from_a_table(tmp_path: Path) -> None:
    folder = pairs(tmp_path / "street", halves((255, 0, 0), (0, 0, 255)))
    (folder / "class_dict.csv").write_text("name,r,g,b\nroad,255,0,0\nsky,0,0,255\n")
    assert opened(folder).classes == ("sky", "road")


def test_names_may_say_that_they_are_masks(tmp_path: Path) -> None:
    assert opened(pairs(tmp_path / "cells", halves(0, 1), name="{}_mask.png")).sizes == (4, 0)


@pytest.mark.parametrize("inside", [True, False])
def test_parts_are_kept_apart(tmp_path: Path, inside: bool) -> None:
    for part, count in (("train", 3), ("valid", 2), ("test", 1)):
        for number in range(count):
            for kind, pixels in (("images", picture(number)), ("masks", halves(0, 1))):
                where = f"{kind}/{part}" if inside else f"{part}/{kind}"
                save(pixels, tmp_path / "cells" / where / f"{number}.png")
    dataset = opened(tmp_path / "cells")

    assert dataset.sizes == (3, 1)
    assert dataset.brings_validation
    assert len(dataset.load().validation or ()) == 2


def test_other_images_are_a_regression(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(3):
        save(rng.integers(0, 255, (6, 8), np.uint8), tmp_path / "low/inputs" / f"{number}.png")
        save(rng.integers(0, 255, (12, 16, 3), np.uint8), tmp_path / "low/targets" / f"{number}.png")
    dataset = opened(tmp_path / "low")
    train = dataset.load().train

    assert dataset.task == "regression"
    assert dataset.classes == ()
    assert dataset.shape == (1, 6, 8)
    assert dataset.target_shape == (3, 12, 16)
    assert train.targets.dtype == np.float32
    assert train.targets.shape == (3, 3, 12, 16)
    assert 0.9 < train.targets.max() <= 1


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    folder = pairs(tmp_path / "cells", halves(0, 255), count=8)
    dataset = opened(folder)
    (folder / "masks/0.png").unlink()
    (folder / "images/1.png").unlink()
    image(folder / "masks/2.png", (8, 8), 0, "L")
    save(halves(0, 7), folder / "masks/3.png")
    save(halves((0, 0, 0), (1, 2, 3)), folder / "masks/4.png")
    (folder / "masks/5.png").write_bytes(b"")
    loaded = dataset.load()

    assert {(skipped.place, skipped.reason) for skipped in loaded.skipped} == {
        ("images/0.png", "there is no image of this name in masks"),
        ("masks/1.png", "there is no image of this name in images"),
        ("masks/2.png", "it is 8×8 pixels large, but its image 8×6"),
        ("masks/3.png", "its value 7 stands for no class"),
        ("masks/4.png", "it has colours, unlike the other masks"),
        ("masks/5.png", "it is empty"),
    }
    assert loaded.names == ("images/6.png", "images/7.png")
    assert loaded.train.inputs[:, 0, 0, 0].tolist() == [26, 27]
    assert len(loaded.train.targets) == 2


def test_masks_of_one_value_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"hold one value only \(0\)"):
        opened(pairs(tmp_path / "cells", halves(0, 0)))


def test_two_classes_called_images_and_labels_without_pairs_are_classes(tmp_path: Path) -> None:
    for number in range(3):
        image(tmp_path / "set/images" / f"a{number}.png")
        image(tmp_path / "set/labels" / f"b{number}.png")
    assert type(open_data(str(tmp_path / "set"))).__name__ == "ImageFolder"


def test_masks_in_colour_saved_as_jpeg_count_for_the_nearest_colour(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:96, :128]
    for number in range(3):
        blobs = np.hypot(rows - 45, columns - 50 - 7 * number)[..., None] < 31 + number
        colours = np.where(blobs, (200, 30, 30), (0, 0, 255)).astype(np.uint8)
        save(colours, tmp_path / "set/images" / f"{number}.png")
        (tmp_path / "set/masks").mkdir(exist_ok=True)
        Image.fromarray(colours).save(tmp_path / "set/masks" / f"{number}.jpg", quality=75)
    dataset = opened(tmp_path / "set")
    train = dataset.load().train

    assert dataset.nearest
    assert len(dataset.classes) == 2
    assert ((train.inputs[:, 0] > 100) == train.targets).mean() > 0.99
    (tmp_path / "set/masks").rename(tmp_path / "set/targets")
    assert opened(tmp_path / "set").answer == "image", "pictures may have few colours"


def test_the_slopes_of_shades_that_jpeg_has_blurred_are_no_classes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(3):
        blobs = (rng.random((96, 96)) < 0.2).astype(np.uint8) * 255
        blobs[20:70, 20:70] = 255
        save(blobs, tmp_path / "set/images" / f"{number}.png")
        (tmp_path / "set/masks").mkdir(exist_ok=True)
        Image.fromarray(blobs).save(tmp_path / "set/masks" / f"{number}.jpg", quality=90)
    assert opened(tmp_path / "set").classes == ("0", "255")


def test_shades_among_colours_are_colours(tmp_path: Path) -> None:
    folder = pairs(tmp_path / "cells", halves(0, 9), count=6)
    save(halves((9, 9, 9), (200, 0, 0)), folder / "masks/5.png")
    dataset = opened(folder)
    assert dataset.classes == ("#000000", "#090909", "#c80000")
    assert not dataset.load().skipped


@pytest.mark.parametrize(
    ("mask", "mode", "void"),
    [(-1, np.int32, "-1"), (-1, np.float32, "-1"), (65535, np.uint16, "65535")],
    ids=["minus one", "minus one as a fraction", "16 bits"],
)
def test_numbers_beyond_a_byte_are_read(tmp_path: Path, mask: int, mode: type, void: str) -> None:
    folder = pairs(tmp_path / "cells", halves(0, 1))
    for number in range(4):
        numbers = halves(0, 1).astype(mode)
        numbers[0] = mask
        (folder / "masks" / f"{number}.png").unlink()
        Image.fromarray(numbers).save(folder / "masks" / f"{number}.tif")
    dataset = opened(folder)
    assert dataset.ignored_values == (void,)
    targets = dataset.load().train.targets
    assert (targets[:, 0] == IGNORED).all()
    assert (targets[:, 1:, :4] == 0).all()
    assert (targets[:, 1:, 4:] == 1).all()


def test_masks_are_found_whatever_the_case_of_their_names(tmp_path: Path) -> None:
    folder = pairs(tmp_path / "cells", halves(0, 1))
    (folder / "images/0.png").rename(folder / "images/IMG_0.PNG")
    (folder / "masks/0.png").rename(folder / "masks/img_0_Mask.png")
    save(halves(1, 0), folder / "masks/1.bmp")
    loaded = opened(folder).load()
    assert len(loaded.train) == 4
    assert [(one.place, one.reason) for one in loaded.skipped] == [
        ("masks/1.png", "masks/1.bmp has the same name and is used")
    ]


def test_a_training_says_what_was_left_out(tmp_path: Path) -> None:
    folder = pairs(tmp_path / "cells", halves(0, 1), count=8)
    dataset = opened(folder)
    (folder / "masks/2.png").unlink()
    one = "images/2.png is left out: there is no image of this name in masks."
    assert prepare(Data(dataset)).left_out == (one,)
    (folder / "masks/3.png").unlink()
    assert prepare(Data(dataset)).left_out == (
        one.replace("images/2.png is", "2 are").replace(":", ", such as images/2.png:"),
    )
