"""``python -m tools.templates``: writes the networks that are drawn here as templates, and counts what each costs."""

from collections.abc import Callable

import msgspec

import resources
from engine.analysis import analyse
from engine.facts import facts_of
from engine.project import SUFFIX, Project, save
from engine.templates import FACTS, templates
from tools.templates import classics, efficient, inception, joined, modern, real, segmentation, sequences, small

Drawings = dict[str, Callable[[], Project]]

SMALL: Drawings = {
    "150-lenet5": small.lenet5,
    "151-keras-mnist-cnn": small.keras_mnist,
    "152-mnist-convnet": small.keras_convnet,
    "153-fashion-mlp": small.fashion_mlp,
    "154-fashion-convnet": small.fashion_convnet,
    "155-resnet20": small.resnet20,
    "160-autoencoder": small.autoencoder,
    "162-variational-autoencoder": joined.variational_autoencoder,
    "163-small-unet": small.small_unet,
    "164-which-digits": small.which_digits,
    "170-lstm": sequences.lstm,
    "171-cnn-1d": sequences.cnn_1d,
    "172-transformer-encoder": sequences.transformer,
    "173-mlp-mixer": sequences.mixer,
    "174-character-gpt": sequences.character_gpt,
    "175-siamese": joined.siamese,
    "176-number-reader": sequences.number_reader,
    "180-wide-and-deep": joined.wide_and_deep,
    "181-oscillator": small.oscillator,
}
REAL: Drawings = {
    "190-titanic": real.titanic,
    "191-wine-quality": real.wine_quality,
    "192-wine-grades": real.wine_grades,
    "193-california-housing": real.housing,
    "194-adult-census": real.adult,
    "195-flowers": real.flowers,
    "196-fashion-folder": real.fashion_folder,
    "197-shakespeare-pieces": real.shakespeare,
}
"""Drawn only where their files are: on other machines they stay as they are."""
CLASSICS: Drawings = {
    "200-alexnet": classics.alexnet,
    "210-vgg16": classics.vgg16,
    "220-vgg16-bn": lambda: classics.vgg16(normalized=True),
    "230-googlenet": inception.googlenet,
    "240-inception-v3": inception.inception_v3,
    "250-resnet18": classics.resnet18,
    "260-resnet50": classics.resnet50,
    "270-densenet121": classics.densenet121,
    "280-squeezenet": efficient.squeezenet,
    "290-mobilenet-v2": efficient.mobilenet_v2,
    "300-efficientnet-b0": efficient.efficientnet_b0,
    "310-convnext-tiny": modern.convnext_tiny,
    "320-vit-b16": modern.vit_b16,
    "330-unet": segmentation.unet,
}
ALWAYS = SMALL | CLASSICS
DRAWN = SMALL | REAL | CLASSICS
"""By the name of the file: the number decides the place in the list."""


def main() -> None:
    """Writes them all, and the facts of those that others have drawn too."""
    folder = resources.path("templates")
    folder.joinpath(FACTS).write_text("{}", encoding="utf-8")
    for name, draw in DRAWN.items():
        if name in REAL and not real.is_here():
            continue
        save(draw(), folder / f"{name}{SUFFIX}")
        folder.joinpath(f"{name}{SUFFIX}.backup").unlink(missing_ok=True)
        print(f"{name}{SUFFIX}")
    counted = [(one.name, facts_of(one.project, analyse(one.project))) for one in templates()]
    lines = (f'"{name}": {msgspec.json.encode(facts).decode()}' for name, facts in counted)
    folder.joinpath(FACTS).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
