"""Cells of a table that list labels, such as sports|arts: found, chosen, read and learned."""

from pathlib import Path

import numpy as np
import pytest
from training_runs import trained

from engine.analysis import analyse
from engine.data import Data, prepare
from engine.datasets import LabelledTexts, Table, TableWindows
from engine.datasets.dataset import outcome
from engine.datasets.tables.editing import with_column_kind, with_target, with_test_file
from engine.doctor import examine
from engine.errors import DataError
from engine.evaluation import predict
from engine.loading import placed
from engine.looking import opened, rows
from engine.looking.view import Query
from engine.project import from_json, to_json
from engine.proposing import fitting, proposed

TOPICS = ("arts", "politics", "sports")


def articles(folder: Path, mark: str = "|", count: int = 200, empty: str = "") -> Path:
    """Articles of so many words and pictures, from which their topics follow."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(count, 3)).round(3)
    applies = values + np.roll(values, 1, axis=1) > 0.4
    quote = '"' if mark == "," else ""
    lines = ["words,pictures,links,tags"]
    for row, marks in zip(values.tolist(), applies, strict=True):
        listed = f"{mark} ".join(name for name, is_there in zip(TOPICS, marks, strict=True) if is_there) or empty
        lines.append(",".join([*map(str, row), f"{quote}{listed}{quote}"]))
    path = folder / "articles.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(path: Path) -> Table:
    dataset = Table.opened(path)
    assert dataset is not None
    return dataset


@pytest.mark.parametrize("mark", ["|", ";", ","])
def test_cells_that_list_labels_are_proposed_as_such(mark: str, tmp_path: Path) -> None:
    dataset = table(articles(tmp_path, mark))
    assert (dataset.task, dataset.target, dataset.classes) == ("multilabel", "tags", TOPICS)
    assert not dataset.lacks
    targets = dataset.load().train.targets
    assert targets.dtype == np.bool_
    values = np.array([line.split(",")[:3] for line in Path(dataset.path).read_text().splitlines()[1:]], float)
    assert np.array_equal(targets, (values + np.roll(values, 1, axis=1) > 0.4))
    # A row without any label is one, too.
    assert not targets.any(axis=1).all()
    assert dataset.sizes == (200, 0)


@pytest.mark.parametrize("empty", ["", "NA"])
def test_what_lists_nothing_has_no_label_and_that_is_said(empty: str, tmp_path: Path) -> None:
    dataset = table(articles(tmp_path, empty=empty))
    loaded = dataset.load()
    none = int((~loaded.train.targets.any(axis=1)).sum())
    assert 0 < none < 200
    assert dataset.sizes[0] == len(loaded.train) == 200
    assert f"{none} rows list nothing in “tags”: no label applies." in loaded.note


@pytest.mark.parametrize(
    "cells",
    [
        ["Berlin, Germany", "Paris, France", "Lyon, France", "Bonn, Germany"] * 20,
        ["Married, spouse absent", "Never married", "Divorced"] * 20,
        [f"Ms. {number % 30}, Room {number % 30 + 1}" for number in range(60)],
        ["a", "b", "c"] * 20,
    ],
)
def test_what_only_holds_a_comma_lists_nothing(cells: list[str], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,label\n" + "".join(f'{row % 5}.5,"{cell}"\n' for row, cell in enumerate(cells)), "utf-8")
    column = table(path).columns[1]
    assert (column.mark, column.kind == "labels") == ("", False)


def test_it_can_be_chosen_otherwise(tmp_path: Path) -> None:
    dataset = table(articles(tmp_path))
    whole = with_column_kind(dataset, "tags", "category")
    assert whole.task == "classification"
    assert "arts| politics" in whole.classes
    again = with_column_kind(whole, "tags", "labels")
    assert again.classes == TOPICS
    assert again.load().train.targets.sum() == dataset.load().train.targets.sum()
    # Another target, and this one again.
    other = with_target(dataset, "links")
    assert other.task == "regression"
    assert "tags" not in other.features
    assert with_target(other, "tags").classes == TOPICS
    kept = from_json(to_json(proposed(Data(dataset)))).data.dataset
    assert kept == dataset
    assert dataset.with_setting("decimal", "comma").is_stale
    assert dataset.refreshed().classes == TOPICS


def test_cells_that_list_nothing_are_no_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,kind\n" + "1.5,a\n2.5,b\n" * 20, "utf-8")
    with pytest.raises(DataError, match="No cell of “kind” lists several labels"):
        with_column_kind(table(path), "kind", "labels")


def test_labels_of_the_test_that_nobody_knows_are_passed_over(tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text("words,pictures,links,tags\n1,2,3,arts|weather\n1,2,3,\n1,2,3,sports\n", "utf-8")
    loaded = with_test_file(table(articles(tmp_path)), str(test)).load()
    assert loaded.test is not None
    assert loaded.test.targets.tolist() == [[True, False, False], [False] * 3, [False, False, True]]
    assert "1 values of “tags” are no label that is known, such as “weather”; they are passed over." in loaded.note


def test_rows_on_the_disk_have_the_same_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_CACHE", str(tmp_path / "cache"))
    dataset = table(articles(tmp_path))
    streamed, _ = placed(dataset, "stream", to_learn=True)
    assert streamed.train.is_streamed
    assert np.array_equal(streamed.train.targets, dataset.load().train.targets)


def test_windows_say_that_they_cannot_ask_for_labels(tmp_path: Path) -> None:
    dataset = table(articles(tmp_path))
    windows = TableWindows.read(dataset.settings(), "here")
    assert "says which labels apply, which windows cannot ask for" in windows.lacks


def test_a_table_is_learned_looked_at_and_examined(tmp_path: Path) -> None:
    data = fitting(table(articles(tmp_path)))
    drawn = proposed(data).with_value("training.epochs", 15)
    assert not analyse(drawn).problems
    run, _ = trained(tmp_path / "run", drawn)
    assert run.result().test["accuracy"] > 0.85
    test = prepare(data).test
    (answer,) = predict(run, ['{"words": -2, "pictures": 3, "links": 3}'])
    assert answer.labels == ["politics", "sports"]
    assert test.targets.dtype == np.bool_

    sight = list(opened(data))[-1]
    (head,) = [column for column in sight.columns if column.role == "target"]
    assert (head.name, head.kind) == ("tags", "text")
    page = rows(data, Query(count=3))
    assert all(isinstance(words, str) and words for words in page.values[sight.columns.index(head)])
    found = outcome(examine(data)).findings
    assert [finding.rule for finding in found if "tags" in finding.message] == ["note"]


# A column for each label


def comments(folder: Path, count: int = 120) -> Table:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(count, 2)).round(3)
    lines = [f"{a},{b},{int(a > 0.3)},{int(a + b > 0)},{int(b > 0.5)}" for a, b in values.tolist()]
    lines[7] = lines[7].rpartition(",")[0] + ","
    path = folder / "comments.csv"
    path.write_text("length,capitals,rude,angry,loud\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return table(path)


def of_two(folder: Path) -> Table:
    """Asked for two labels, each in a column."""
    return with_column_kind(with_column_kind(with_target(comments(folder), "angry"), "angry", "label"), "loud", "label")


def test_columns_of_yes_and_no_are_labels_together(tmp_path: Path) -> None:
    plain = comments(tmp_path)
    assert plain.task == "classification"
    one = with_column_kind(with_target(plain, "angry"), "angry", "label")
    assert "alone is used as a label" in one.lacks
    two = with_column_kind(one, "loud", "label")
    assert (two.task, two.classes, two.lacks) == ("multilabel", ("angry", "loud"), "")
    assert two.features == ("length", "capitals", "rude")
    three = with_target(with_column_kind(two, "rude", "label"), "rude")
    assert three.classes == ("rude", "angry", "loud")
    loaded = three.load()
    assert loaded.train.inputs.shape == (119, 2)
    assert loaded.note == "comments.csv: 1 row that does not say of each label whether it applies left out."
    assert [one.reason for one in loaded.skipped] == ["It does not say of each label whether it applies."]
    a, b = loaded.train.inputs.T
    assert np.array_equal(loaded.train.targets, np.column_stack((a > 0.3, a + b > 0, b > 0.5)))
    assert three.sizes == (119, 0)
    # Another target is predicted alone, and the labels are no inputs.
    other = with_target(three, "length")
    assert (other.task, other.features) == ("regression", ("capitals",))
    assert from_json(to_json(proposed(Data(three)))).data.dataset == three
    assert three.refreshed() == three


def test_columns_of_labels_are_the_same_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYERLOOM_CACHE", str(tmp_path / "cache"))
    two = of_two(tmp_path)
    three = with_column_kind(two, "rude", "label")
    for dataset in (two, three):
        streamed, _ = placed(dataset, "stream", to_learn=True)
        assert np.array_equal(streamed.train.targets, dataset.load().train.targets)


def test_columns_of_labels_are_learned(tmp_path: Path) -> None:
    two = of_two(tmp_path)
    data = fitting(two)
    run, _ = trained(tmp_path / "run", proposed(data).with_value("training.epochs", 3))
    assert set(run.result().test) >= {"accuracy", "exact_match", "f1"}
    (answer,) = predict(run, ['{"length": 1, "capitals": 2, "rude": 1}'])
    assert set(answer.probabilities) == {"angry", "loud"}
    sight = list(opened(data))[-1]
    assert [column.name for column in sight.columns if column.role == "target"] == ["labels"]
    assert not [finding for finding in outcome(examine(data)).findings if finding.rule == "ignored-column"]


def test_texts_say_that_they_take_a_list_of_labels_for_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = [" ".join(rng.choice(["goal", "vote", "paint", "game", "law", "stage"], 12)) for _ in range(80)]
    listed = ["|".join(topic for topic in TOPICS if rng.random() < 0.5) or "arts" for _ in words]
    path = tmp_path / "texts.csv"
    for labels, is_told in ((listed, True), ([each.partition("|")[0] for each in listed], False)):
        path.write_text("text,tags\n" + "".join(f"{pair[0]},{pair[1]}\n" for pair in zip(words, labels, strict=True)))
        texts = LabelledTexts.opened(path)
        assert texts is not None
        assert ("seem to list several; of texts each such list is a class of its own" in texts.load().note) == is_told
