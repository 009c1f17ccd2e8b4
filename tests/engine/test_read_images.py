"""Images with the text in them, from a folder with a table: the symbols are those for training, and it is learned."""

from pathlib import Path

import numpy as np
import pytest
from image_files import image
from msgspec.structs import replace
from PIL import Image
from training_runs import trained

from engine.analysis import analyse
from engine.data import Data, prepare
from engine.datasets import Digits
from engine.datasets.files import open_data
from engine.datasets.images import LabelledImages
from engine.datasets.symbols import LONGEST, text_of
from engine.errors import DataError
from engine.evaluation import predict
from engine.events import Finished
from engine.losses import CTC
from engine.proposing import proposed

ROWS = ["ab", "ba", "abba", "b a", "aab"]


def folder(path: Path, rows: list[str], header: str = "file,text") -> Path:
    for number in range(len(rows)):
        image(path / f"{number}.png", (24, 8), (40 * number, 0, 0))
    lines = [header, *(f"{number}.png,{row}" for number, row in enumerate(rows))]
    (path / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    return path


def opened(path: Path) -> LabelledImages:
    dataset = open_data(str(path))
    assert isinstance(dataset, LabelledImages)
    return dataset


@pytest.mark.parametrize("header", ["file,text", "file,Transcription", "file,plate"])
def test_a_column_of_texts_is_found_out(header: str, tmp_path: Path) -> None:
    dataset = opened(folder(tmp_path / "lines", ROWS, header))
    loaded = dataset.load()
    assert (dataset.label, dataset.task, dataset.fit) == ("text", "transcription", "resize")
    assert dataset.classes == (" ", "a", "b")
    assert (dataset.longest, dataset.answer_shape) == (4, (4, 4))
    assert [text_of(target, dataset.classes) for target in loaded.train.targets] == ROWS
    assert not loaded.skipped
    assert LabelledImages.read(dataset.settings(), "here") == dataset


def test_lines_of_other_shapes_get_a_border_so_that_nothing_is_cut_off(tmp_path: Path) -> None:
    folder(tmp_path / "lines", ROWS)
    image(tmp_path / "lines" / "0.png", (80, 8))
    assert opened(tmp_path / "lines").fit == "pad"


def test_digits_are_read_when_a_person_says_so(tmp_path: Path) -> None:
    numbers = opened(folder(tmp_path / "lines", ["4711", "33", "120.5", "7", "90210"], "file,label"))
    assert numbers.task == "regression"
    texts = numbers.with_setting("label", "text")
    assert texts.is_stale
    read = texts.refreshed()
    assert (read.classes, read.longest) == (tuple(".01234579"), 5)
    assert not read.is_stale


def test_symbols_are_those_for_training_and_others_are_told(tmp_path: Path) -> None:
    rows = ["ab,train", "ba,train", ",train", "aä,test", "abab,test", f"{'a' * (LONGEST + 1)},test"]
    dataset = opened(folder(tmp_path / "lines", rows, "file,text,split"))
    loaded = dataset.load()
    assert dataset.classes == ("a", "b")
    assert loaded.test is not None
    assert [text_of(target, "ab") for target in loaded.test.targets] == ["abab"]
    assert [one.reason for one in loaded.skipped] == [
        "its text is empty",
        "“ä” of its text “aä” is in no text for training",
        "its text has 1,001 symbols, and at most 1,000 are read",
    ]
    assert [one.place for one in loaded.skipped] == [
        "row 4 of labels.csv",
        "row 5 of labels.csv",
        "row 7 of labels.csv",
    ]


def test_a_column_without_texts_is_refused(tmp_path: Path) -> None:
    dataset = opened(folder(tmp_path / "lines", ["ab,train", "cd,test", "e,test"], "file,text,split"))
    lines = ["file,text,split", "0.png,,train", "1.png,cd,test"]
    (tmp_path / "lines" / "labels.csv").write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"^No row of labels\.csv has a text for training in “text”\."):
        dataset.refreshed()


def test_symbols_that_a_split_keeps_from_training_are_told(tmp_path: Path) -> None:
    dataset = opened(folder(tmp_path / "lines", [*"abcdefghij"]))
    notes = prepare(Data(dataset, validation=0.2, test=0.2)).notes
    assert sum("No text for training has" in note for note in notes) == 1


def test_a_network_that_fits_is_drawn_and_learns_to_read(tmp_path: Path) -> None:
    digits, rng = Digits().load().train, np.random.default_rng(0)
    where = tmp_path / "numbers"
    where.mkdir()
    lines = ["file,text"]
    for number in range(600):
        rows = rng.integers(0, 200, rng.integers(1, 4))
        pixels = np.zeros((8, 30), np.uint8)
        for place, row in enumerate(rows):
            pixels[:, 10 * place : 10 * place + 8] = digits.inputs[row, 0] * 15
        Image.fromarray(pixels).save(where / f"{number}.png")
        lines.append(f"{number}.png," + "".join(str(digits.targets[row]) for row in rows))
    (where / "labels.csv").write_text("\n".join(lines))
    dataset = opened(where).with_setting("label", "text").refreshed()
    drawn = proposed(Data(dataset))
    assert isinstance(drawn.training.loss, CTC)
    assert not analyse(drawn).problems
    plan = drawn.training.with_settings(
        {"epochs": 12, "optimizer": {"type": "Adam", "settings": {"learning_rate": 0.01}}}
    )
    run, happening = trained(tmp_path / "run", replace(drawn, training=plan))
    end = happening[-1]
    assert isinstance(end, Finished), end
    assert end.test["accuracy"] > 0.8
    assert end.test["character_error_rate"] < 0.1
    answers = predict(run, [str(where / f"{number}.png") for number in range(20)])
    right = [answer.label == line.partition(",")[2] for answer, line in zip(answers, lines[1:], strict=False)]
    assert np.mean(right) > 0.8
