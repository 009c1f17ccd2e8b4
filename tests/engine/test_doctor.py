"""The data doctor: silent on clean data, and finds what is put into them or known to be in real ones."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from image_files import image
from msgspec.structs import replace

from engine.data import Data, prepare
from engine.datasets import (
    BreastCancer,
    Dataset,
    Digits,
    FashionMnist,
    Iris,
    Mnist,
    Samples,
    TinyShakespeare,
    Wine,
)
from engine.datasets.dataset import Feature, Layout, Loaded, outcome
from engine.datasets.files import open_data
from engine.doctor import RULES, Finding, Findings, examine
from engine.doctor.models import suspects
from engine.doctor.thumbnails import near_pairs
from engine.errors import DataError
from engine.project import Project, Silenced, from_json, to_json
from engine.splits import ByTime
from engine.steps import FillMissing, Standardise

CLEAN = ["BreastCancer", "Diabetes", "Digits", "Iris", "Wine", "XorPoints", "XorCloud", "Circles", "Moons", "Spirals"]
CLEAN_TOO = ["Blobs", "RandomClasses", "Oscillator", "Reconstruction", "DigitScenes"]
DRAWN = np.random.default_rng(7)


class Given(Dataset, frozen=True):
    """Samples that a test makes."""

    listed = False
    group = source = ""

    @property
    def layout(self) -> Layout:
        return _given[0]

    @property
    def shape(self) -> tuple[int, ...]:
        return _given[0].shape

    @property
    def classes(self) -> tuple[str, ...]:
        return _given[2]

    @property
    def task(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return "classification" if _given[2] else "regression"

    @property
    def sizes(self) -> tuple[int, int]:
        return (len(_given[1].train), len(_given[1].test or ()))

    def load(self) -> Loaded:
        return _given[1]


_given: tuple[Layout, Loaded, tuple[str, ...]]


def given(
    inputs: np.ndarray,
    targets: np.ndarray,
    classes: Iterable[str] = ("no", "yes"),
    names: Iterable[str | Feature] = (),
    test: Samples | None = None,
) -> Given:
    """A dataset of these samples; a table where columns are named."""
    global _given
    features = tuple(name if isinstance(name, Feature) else Feature(name) for name in names)
    loaded = Loaded(Samples(inputs, targets), test)
    _given = (Layout(inputs.shape[1:], features), loaded, tuple(classes))
    return Given()


def found(dataset: Dataset, *rules: str, **more: object) -> dict[str, Finding]:
    """What is found of a dataset by their rules, or by these rules alone."""
    asked = {name: RULES[name] for name in rules} if rules else RULES
    return {finding.rule: finding for finding in findings(Data(dataset, **more), asked).findings}  # pyright: ignore


def findings(data: Data, rules: object = RULES) -> Findings:
    """What the examination returns at its end."""
    return outcome(examine(data, rules))  # pyright: ignore[reportArgumentType]


def numbers(rows: int = 200, columns: int = 3) -> np.ndarray:
    """Rows of a table in which nothing is wrong."""
    return np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32)


def halves(inputs: np.ndarray) -> np.ndarray:
    """A class that follows from two columns together."""
    return (inputs[:, 0] + inputs[:, 1] > 0).astype(np.int64)


# Clean data


@pytest.mark.parametrize("name", [*CLEAN, *CLEAN_TOO])
def test_it_is_silent_on_clean_data(name: str) -> None:
    told = findings(Data(Dataset.kinds[name]())).findings
    assert not [finding for finding in told if finding.severity != "information"]


@pytest.mark.usefixtures("shared_data")
def test_it_is_silent_on_letters_and_clothes() -> None:
    for kind in (TinyShakespeare, FashionMnist):
        told = findings(Data(kind())).findings
        assert not [finding for finding in told if finding.severity != "information"]


@pytest.mark.usefixtures("shared_data")
def test_it_is_silent_on_mnist() -> None:
    told = findings(Data(Mnist()))
    assert not [finding for finding in told.findings if finding.severity != "information"]
    assert told.samples == 60_000


def test_one_copy_among_the_irises_is_told_but_is_no_doubt() -> None:
    copy = found(Iris(), "duplicates")["duplicates"]
    assert (copy.severity, copy.rows, copy.count) == ("information", (142,), 1)


# Put in


def test_copies_are_found_and_left_out_in_one_edit_that_is_undone_by_the_project_before() -> None:
    inputs = numbers()
    inputs[190:] = inputs[:10]
    dataset = given(inputs, halves(inputs), names="abc")
    copies = found(dataset, "duplicates")["duplicates"]
    assert copies.rows == tuple(range(190, 200))
    assert copies.severity == "doubt"
    assert copies.fix is not None
    mended = copies.fix.apply(Project(data=Data(dataset))).data
    assert mended.excluded == ("190-199",)
    assert not findings(mended, {"duplicates": RULES["duplicates"]}).findings
    assert len(prepare(mended).train) < len(prepare(Data(dataset)).train)


def test_rows_of_the_test_that_are_trained_on_are_found() -> None:
    inputs = numbers()
    dataset = given(inputs, halves(inputs), names="abc", test=Samples(inputs[50:80] + 0, halves(inputs[50:80])))
    leak = found(dataset, "leak")["leak"]
    assert leak.severity == "serious"
    assert leak.count == 30
    assert set(leak.rows) == {*range(50, 80), *range(200, 230)}
    assert leak.fix is not None
    assert leak.fix.apply(Project(data=Data(dataset))).data.excluded == ("50-79",)


def test_the_same_row_with_another_label_is_found() -> None:
    inputs = numbers()
    inputs[7], targets = inputs[3], halves(inputs)
    targets[3], targets[7] = 0, 1
    contradiction = found(given(inputs, targets, names="abc"), "contradictions")["contradictions"]
    assert sorted(contradiction.rows) == [3, 7]


def test_few_values_repeat_by_nature() -> None:
    inputs = (numbers(400, 2) > 0).astype(np.float32)
    assert not found(given(inputs, halves(inputs), names="ab"), "duplicates", "contradictions", "leak")


def test_a_column_that_gives_the_target_away_is_found_and_ignored() -> None:
    inputs = numbers(300, 4)
    targets = DRAWN.integers(0, 2, 300)
    inputs[:, 2] = targets * 5 + inputs[:, 2] / 10
    dataset = given(inputs, targets, names="abcd")
    told = found(dataset, "gives-away")["gives-away"]
    assert (told.column, told.severity) == ("c", "serious")
    assert told.fix is not None
    mended = told.fix.apply(Project(data=Data(dataset, steps=(Standardise(("c",)),)))).data
    assert "c" not in [feature.name for feature in mended.layout.features]
    assert not findings(mended, {"gives-away": RULES["gives-away"]}).findings


def test_a_target_of_numbers_is_given_away_too() -> None:
    inputs = numbers(300, 3)
    targets = inputs[:, [1]] * 3 + 1
    assert found(given(inputs, targets, (), "abc"), "gives-away")["gives-away"].column == "b"


def test_an_easy_task_is_no_leak() -> None:
    inputs = numbers(300, 3)
    targets = DRAWN.integers(0, 2, 300)
    inputs += 20 * targets[:, None]
    assert not found(given(inputs, targets, names="abc"), "gives-away")


def test_constant_columns_are_found() -> None:
    inputs = numbers(400, 3)
    inputs[:, 0], inputs[:, 1] = 4, 0
    inputs[17, 1] = 1
    dataset = given(inputs, halves(numbers(400)), names=("a", Feature("b", ("x", "y")), "c"))
    told = found(dataset, "constant-column")
    assert told["constant-column"].message.startswith("“a” is always 4.")
    assert told["almost-constant-column"].message.startswith("“b” is “x” in all but 1 row.")
    assert told["almost-constant-column"].rows == (17,)


def test_missing_values_are_counted_by_column_until_a_step_fills_them() -> None:
    inputs = numbers()
    inputs[5:25, 1], inputs[3, 2] = np.nan, np.nan
    dataset = given(inputs, halves(numbers()), names="abc")
    told = [finding for finding in findings(Data(dataset)).findings if finding.rule == "missing-values"]
    assert [(finding.column, finding.count) for finding in told] == [("b", 20), ("c", 1)]
    assert told[0].fix is not None
    mended = told[0].fix.apply(Project(data=Data(dataset)))
    assert mended.data.steps == (FillMissing(),)
    assert told[0].fix.apply(mended) == mended
    assert not found(dataset, "missing-values", steps=(FillMissing(),))
    only_b = found(dataset, "missing-values", steps=(FillMissing(("b",)),))
    assert only_b["missing-values"].column == "c"


def test_what_is_no_number_is_found_in_arrays() -> None:
    inputs = np.random.default_rng(0).normal(size=(60, 4, 5)).astype(np.float32)
    inputs[11, 2, 2] = np.inf
    told = found(given(inputs, np.zeros((60, 1), np.float32), ()), "missing-values")["missing-values"]
    assert (told.rows, told.severity) == ((11,), "serious")


def test_wild_scales_are_found_until_a_step_evens_them_out() -> None:
    inputs = numbers() * np.array([1, 10_000, 1], np.float32)
    dataset = given(inputs, halves(inputs), names="abc")
    assert "“b” varies" in found(dataset, "scales")["scales"].message
    assert not found(dataset, "scales", steps=(Standardise(),))
    assert not found(dataset, "scales", normalization="standard")


def test_a_slip_of_the_pen_is_found() -> None:
    inputs = numbers()
    inputs[42, 2] = 4000
    told = found(given(inputs, halves(inputs), names="abc"), "outliers")["outliers"]
    assert (told.rows, told.column) == ((42,), "c")


def test_spellings_and_words_among_numbers_are_found() -> None:
    towns = Feature("town", ("Berlin", "berlin ", "Bonn"))
    sizes = Feature("size", (*map(str, range(30)), "unknown"))
    inputs = np.stack([DRAWN.integers(0, 3, 300), DRAWN.integers(0, 31, 300)], axis=1).astype(np.float32)
    told = found(given(inputs, DRAWN.integers(0, 2, 300), names=(towns, sizes)), "spellings", "numbers-as-words")
    assert told["spellings"].count == (inputs[:, 0] < 2).sum()
    assert "“unknown”" in told["numbers-as-words"].message


def test_classes_that_differ_by_a_full_stop_are_found() -> None:
    inputs = numbers()
    told = found(given(inputs, halves(inputs), ("<=50K", "<=50K."), "abc"), "classes-alike")["classes-alike"]
    assert told.severity == "serious"


def test_hardly_any_samples_of_a_class_and_strong_imbalance_are_found() -> None:
    inputs, targets = numbers(1000), np.zeros(1000, np.int64)
    targets[:12], targets[12:15] = 1, 2
    told = found(given(inputs, targets, ("a", "b", "c", "d"), "abc"), "few-of-a-class", "imbalance")
    assert told["imbalance"].count == 12
    few = [one for one in findings(Data(Given())).findings if one.rule == "few-of-a-class"]
    assert [(one.column, one.severity, one.count) for one in few] == [("d", "serious", 0), ("c", "doubt", 3)]


def test_more_columns_than_rows_can_tell_apart() -> None:
    inputs = numbers(40, 30)
    assert found(given(inputs, halves(inputs), names=map(str, range(30))), "few-samples")


def test_a_column_that_counts_the_rows_is_found() -> None:
    inputs = numbers()
    inputs[:, 1] = np.arange(200) + 17
    assert found(given(inputs, halves(numbers()), names="abc"), "row-number")["row-number"].column == "b"


def test_swapped_labels_come_first() -> None:
    samples = Digits().load().train
    targets, swapped = samples.targets.copy(), np.random.default_rng(3).choice(1797, 60, replace=False)
    targets[swapped] = (targets[swapped] + 1 + swapped % 8) % 10
    told = found(given(samples.inputs, targets, map(str, range(10))), "wrong-labels")["wrong-labels"]
    assert told.severity == "doubt"
    rightly = set(told.rows) & set(swapped.tolist())
    assert len(rightly) >= max(35, 0.9 * told.count)


def test_suspects_are_those_of_confident_learning() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    second = np.array([0.1, 0.2, 0.95, 0.9, 0.8, 0.85])
    places, share = suspects(np.stack([1 - second, second], axis=1), labels)
    assert places.tolist() == [2]
    assert share[0] == pytest.approx(0.05 / np.mean([0.9, 0.8, 0.05]))


def test_images_that_were_saved_anew_and_blank_ones_are_found() -> None:
    images = DRAWN.integers(0, 255, (40, 3, 4, 4)).astype(np.uint8).repeat(8, axis=2).repeat(8, axis=3)
    images[30] = np.clip(images[3].astype(int) + DRAWN.integers(-4, 5, images[3].shape), 0, 255)
    images[31] = 77
    assert near_pairs(images, np.arange(40)).tolist() == [[3, 30]]
    told = found(given(images, np.arange(40) % 2), "near-duplicates", "blank-images")
    assert told["near-duplicates"].rows == (3, 30)
    assert told["blank-images"].rows == (31,)


def test_images_of_odd_sizes_and_broken_files_are_named(tmp_path: Path, home: Path) -> None:
    for number in range(60):
        size = (30 + number % 20, 30 + number % 17)
        image(tmp_path / f"pets/{'cat' if number % 2 else 'dog'}/{number:02}.png", size, (number, 90, 200))
    dataset = open_data(str(tmp_path / "pets"))
    assert "odd-sizes" not in found(dataset)
    image(tmp_path / "pets/cat/banner.png", (300, 20))
    image(tmp_path / "pets/dog/dot.png", (4, 4))
    (tmp_path / "pets/dog/torn.png").write_bytes((tmp_path / "pets/dog/00.png").read_bytes()[:50])
    dataset = dataset.refreshed()
    told = found(dataset)
    names = dataset.load().names
    assert {names[row] for row in told["odd-sizes"].rows} == {"cat/banner.png", "dog/dot.png"}
    assert "cat/banner.png: 300 × 20" in told["odd-sizes"].message
    assert told["odd-sizes"].fix
    assert "dog/torn.png" in told["skipped"].message


def test_every_finding_says_what_and_why_and_every_rule_what_it_looks_for() -> None:
    inputs = numbers()
    inputs[:, 1], inputs[3, 2] = 4, np.nan
    told = findings(Data(given(inputs, halves(numbers()), names="abc")))
    assert len(told.looked_for) == len(RULES)
    for finding in told.findings:
        assert finding.message.endswith(".")
        assert "nan" not in finding.message


def test_a_silenced_finding_is_not_heard_and_that_is_kept_in_the_file() -> None:
    told = findings(Data(Iris()))
    project = Project(data=Data(Iris())).with_silence(told.findings[0].silence)
    again = from_json(to_json(project)).silenced
    heard, silenced = told.heard(again)
    assert silenced == told.findings[:1]
    assert heard == told.findings[1:]
    assert told.heard([Silenced("duplicates")])[0] == told.findings


def test_data_that_cannot_be_read_are_told_in_a_sentence() -> None:
    with pytest.raises(DataError):
        findings(Data(open_like("nowhere.csv")))


def open_like(path: str) -> Dataset:
    """A table whose file is gone."""
    return Dataset.kinds["Table"](path=path)


def test_dates_ask_for_a_split_by_time(tmp_path: Path) -> None:
    rows = [f"2024-{1 + day // 28:02}-{1 + day % 28:02},{day % 7},{day * 3 % 11}" for day in range(300)]
    path = tmp_path / "days.csv"
    path.write_text("\n".join(["day,a,price", *rows]), encoding="utf-8")
    project = Project(data=Data(open_data(str(path))))
    told = findings(project.data, {"dates": RULES["dates"]}).findings
    assert [(one.column, one.severity) for one in told] == [("day", "doubt")]
    assert told[0].fix is not None
    mended = told[0].fix.apply(project).data
    assert mended.split == ByTime("day")
    assert not findings(mended, {"dates": RULES["dates"]}).findings


# Real data


def rules_of(path: Path, **settings: object) -> dict[tuple[str, str], Finding]:
    """What is found in a file, by rule and column."""
    dataset = replace(open_data(str(path)), **settings)
    return {(finding.rule, finding.column): finding for finding in findings(Data(dataset)).findings}


def test_titanic(shared_data: Path) -> None:
    told = rules_of(shared_data / "tabular/titanic.csv")
    assert told["missing-values", "Age"].count == 177
    assert told["missing-values", "Embarked"].count == 2
    assert "687 of its values are missing" in told["ignored-column", "Cabin"].message
    assert ("duplicates", "") not in told


@pytest.mark.parametrize(("name", "copies"), [("red", 240), ("white", 937)])
def test_wines(shared_data: Path, name: str, copies: int) -> None:
    told = rules_of(shared_data / f"tabular/winequality-{name}.csv")
    assert told["duplicates", ""].count == copies
    assert "semicolon" in told["format", ""].message
    assert not [finding for finding in told.values() if finding.severity == "serious"]


def test_california_housing(shared_data: Path) -> None:
    told = rules_of(shared_data / "tabular/california_housing.csv")
    assert told["missing-values", "total_bedrooms"].count == 207
    rules = {finding.rule for finding in told.values() if finding.severity != "information"}
    assert rules == {"missing-values", "scales"}


def test_adult(shared_data: Path) -> None:
    told = rules_of(shared_data / "tabular/adult_train.csv", test_path=str(shared_data / "tabular/adult_test.csv"))
    missing = {column: finding.count for (rule, column), finding in told.items() if rule == "missing-values"}
    assert missing == {"workclass": 1836, "occupation": 1843, "native-country": 583}
    assert "full stop" in told["note", ""].message
    assert told["duplicates", ""].count == 24


OFF_CLASS = ["7094415739", "17907238905", "14836105101", "146242691", "8202034834", "5434913005"]
"""Looked at: cherry blossoms, a monument and a painted garden among the tulips, a meadow among the dandelions, twigs at
dusk among the sunflowers, a brooch among the daisies."""


def test_flowers_off_their_class_come_among_the_first(shared_data: Path) -> None:
    dataset = open_data(str(shared_data / "images/flowers"))
    told = findings(Data(dataset)).findings
    assert [(finding.rule, finding.severity) for finding in told] == [("wrong-labels", "doubt")]
    names = dataset.load().names
    first = [names[row].partition("/")[2].partition("_")[0] for row in told[0].rows[:25]]
    assert len(set(first) & set(OFF_CLASS)) >= 4


def test_small_clothes_have_no_faults(shared_data: Path) -> None:
    told = findings(Data(open_data(str(shared_data / "images/fashion-png")))).findings
    assert not [finding for finding in told if finding.severity == "serious"]


def test_the_bundled_tables_are_quick() -> None:
    assert findings(Data(Wine())).samples == 178
    assert not [one for one in findings(Data(BreastCancer())).findings if one.severity == "serious"]
