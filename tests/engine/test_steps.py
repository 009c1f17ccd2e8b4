"""Steps that prepare samples: what they make of a layout and of values, and what they refuse."""

from typing import ClassVar

import msgspec
import numpy as np
import pytest
import torch
from drawings import every
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from engine.analysis import analyse
from engine.data import Data, divided, prepare
from engine.datasets import Dataset, Digits, Iris, Loaded, Samples
from engine.datasets.dataset import Feature, Layout
from engine.datasets.files import FromFile
from engine.errors import DataError
from engine.export.preparation import calls_of, prepared
from engine.graph import Graph
from engine.layers import Input, Linear, Output, Softmax
from engine.preprocessing import Preprocessing
from engine.preview import preview
from engine.project import Project, from_json, to_json
from engine.steps import (
    AnyFitted,
    Bins,
    Clip,
    DropColumns,
    DropMissing,
    Embed,
    FillMissing,
    Grey,
    Logarithm,
    MinMax,
    NormaliseImages,
    OneHot,
    Resize,
    Robust,
    Standardise,
    Step,
    proposed_steps,
)
from engine.steps.fitted import resampling

TABLE = Layout(
    (4,),
    (
        Feature("Age", missing=2),
        Feature("Sex", ("female", "male")),
        Feature("Port", ("C", "Q", "S"), 1),
        Feature("Fare"),
    ),
)
NAN = float("nan")
ROWS = np.array(
    [[22, 1, 2, 7.25], [38, 0, 0, 71.3], [NAN, 0, 2, 7.9], [35, 0, NAN, 53.1], [NAN, 1, 1, 8.05], [54, 1, 2, 51.9]],
    np.float32,
)
TABLE_STEPS = [kind for kind in every(Step) if kind.group != "Images"]
IMAGE_STEPS = [kind for kind in every(Step) if kind.group == "Images"]


class Passengers(FromFile, frozen=True):
    """Rows of a table with all that tables have."""

    listed = False
    title = "Passengers"
    group = "Tests"
    source = "Tests"
    rows: ClassVar[np.ndarray] = np.tile(ROWS, (10, 1))

    @property
    def shape(self) -> tuple[int, ...]:
        return (4,)

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(one.name for one in TABLE.features)

    @property
    def layout(self) -> Layout:
        return TABLE

    @property
    def classes(self) -> tuple[str, ...]:
        return ("no", "yes")

    @property
    def sizes(self) -> tuple[int, int]:
        return (60, 0)

    def load(self) -> Loaded:
        return Loaded(Samples(self.rows.copy(), np.arange(60, dtype=np.int64) % 2))


def applied(step: Step, values: np.ndarray, layout: Layout = TABLE) -> np.ndarray:
    return step.fit(values, layout).apply(values)


@pytest.mark.parametrize("kind", TABLE_STEPS)
def test_what_a_step_says_of_a_table_is_what_it_makes(kind: type[Step]) -> None:
    step, before = kind(), ROWS.copy()
    fitted = step.fit(ROWS, TABLE)
    made = fitted.apply(ROWS)
    after = step.layout(TABLE)
    assert made.shape[1:] == after.shape == (len(after.features),)
    assert made.dtype == np.float32
    assert np.array_equal(ROWS, before, equal_nan=True), "what is given stays as it is"
    assert fitted.words


@pytest.mark.parametrize("method", ["median", "mean", "most frequent", "value"])
def test_what_is_infinite_counts_as_missing(method: str) -> None:
    numbers, layout = np.array([[1, 2], [np.inf, 2], [1, -np.inf], [NAN, 5]], np.float32), Layout((2,))
    fitted = FillMissing(method=method).fit(numbers, layout)
    assert [words.split(" →")[0] for words in fitted.words] == ["value 1: 2 missing", "value 2: 1 missing"]
    made = fitted.apply(numbers)
    assert np.isfinite(made).all()
    assert DropMissing().fit(numbers, layout).keeps(numbers).tolist() == [True, False, False, False]
    in_torch = prepared(torch.from_numpy(numbers), calls_of(Preprocessing((2,), "regression", steps=(fitted,))))
    assert np.array_equal(in_torch.numpy(), made)


@pytest.mark.parametrize("kind", IMAGE_STEPS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_what_a_step_says_of_images_is_what_it_makes(kind: type[Step], dtype: type[np.generic]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 8, 6)).astype(dtype)
    fitted = kind().fit(images, Layout((3, 8, 6)))
    assert fitted.apply(images).shape[1:] == kind().layout(Layout((3, 8, 6))).shape
    assert fitted.words


@pytest.mark.parametrize("kind", every(Step))
def test_what_a_step_has_found_is_kept_as_json(kind: type[Step]) -> None:
    of_images = kind in IMAGE_STEPS
    values = np.random.default_rng(0).random((5, 3, 8, 6), np.float32) if of_images else ROWS
    fitted = kind().fit(values, Layout((3, 8, 6)) if of_images else TABLE)
    again = msgspec.json.decode(msgspec.json.encode(fitted), type=AnyFitted)
    assert again == fitted
    assert np.array_equal(again.apply(values), fitted.apply(values), equal_nan=True)


@pytest.mark.parametrize("kind", every(Step))
def test_a_step_refuses_samples_of_another_kind_in_a_sentence(kind: type[Step]) -> None:
    other = TABLE if kind in IMAGE_STEPS else Layout((3, 8, 8))
    with pytest.raises(DataError, match=kind.title) as refusal:
        kind().layout(other)
    assert refusal.value.fix


def test_missing_numbers_become_the_median_and_categories_the_most_frequent() -> None:
    fitted = FillMissing().fit(ROWS, TABLE)
    made = fitted.apply(ROWS)
    assert made[2, 0] == made[4, 0] == np.median([22, 38, 35, 54])
    assert made[3, 2] == 2
    assert fitted.words == ("Age: 2 missing → 36.5 (median)", "Port: 1 missing → S (most frequent)")
    assert applied(FillMissing(method="value", value=-1), ROWS)[2, 0] == -1
    assert applied(FillMissing(method="mean"), ROWS)[2, 0] == pytest.approx(37.25)


def test_a_column_without_any_value_cannot_be_filled() -> None:
    with pytest.raises(DataError, match="no training sample has a value in the column “Age”"):
        FillMissing().fit(np.full((3, 4), NAN, np.float32), TABLE)


def test_one_hot_has_a_column_for_each_category_and_none_for_what_is_not_known() -> None:
    step = OneHot()
    assert [one.name for one in step.layout(TABLE).features] == [
        *("Age", "Sex = female", "Sex = male", "Port = C", "Port = Q", "Port = S", "Fare")
    ]
    rows = np.array([[1, 1, NAN, 5], [2, -1, 1, 6]], np.float32)
    made = step.fit(ROWS, TABLE).apply(rows)
    assert made.tolist() == [[1, 0, 1, 0, 0, 0, 5], [2, 0, 0, 0, 1, 0, 6]]


def test_numbers_for_an_embedding_have_a_place_for_what_is_not_known() -> None:
    step = Embed()
    assert step.layout(TABLE).features[2].categories == ("C", "Q", "S", "(not known)")
    rows = np.array([[1, 1, NAN, 5], [2, -1, 1, 6]], np.float32)
    assert step.fit(ROWS, TABLE).apply(rows).tolist() == [[1, 1, 3, 5], [2, 2, 1, 6]]


@pytest.mark.parametrize(
    ("step", "judge"), [(Standardise(), StandardScaler()), (MinMax(), MinMaxScaler()), (Robust(), RobustScaler())]
)
def test_scales_are_those_of_scikit_learn(step: Step, judge: StandardScaler) -> None:
    wanted = judge.fit_transform(ROWS[:, [0, 3]].astype(np.float64))
    made = applied(step, ROWS)
    assert np.allclose(made[:, [0, 3]], wanted, atol=1e-5, equal_nan=True)
    assert np.array_equal(made[:, [1, 2]], ROWS[:, [1, 2]], equal_nan=True), "categories are no numbers"


def test_scales_leave_one_hot_columns_alone_unless_they_are_named() -> None:
    layout = OneHot().layout(TABLE)
    values = applied(OneHot(), ROWS)
    assert set(np.unique(applied(Standardise(), values, layout)[:, 1])) == {0, 1}
    assert applied(Standardise(columns=("Sex",)), values, layout)[:, 1].mean() == pytest.approx(0, abs=1e-6)


def test_outliers_are_clipped_by_shares_or_values() -> None:
    assert applied(Clip(by="values", low_value=10, high_value=60), ROWS)[:, 3].tolist() == pytest.approx(
        [10, 60, 10, 53.1, 10, 51.9]
    )
    low, high = np.quantile(ROWS[:, 3], (0.2, 0.8))
    made = applied(Clip(low_share=0.2, high_share=0.8), ROWS)[:, 3]
    assert (made.min(), made.max()) == (pytest.approx(low), pytest.approx(high))
    with pytest.raises(DataError, match="lies above"):
        Clip(by="values", low_value=2, high_value=1).layout(TABLE)


def test_bins_are_categories() -> None:
    step = Bins(columns=("Fare",), count=3)
    assert step.layout(TABLE).features[3].categories == ("bin 1", "bin 2", "bin 3")
    assert applied(step, ROWS)[:, 3].tolist() == [0, 2, 0, 2, 1, 1]
    assert np.isnan(applied(Bins(count=2), ROWS)[2, 0])


def test_logarithms_bend_both_signs_alike() -> None:
    made = applied(Logarithm(), np.array([[np.e - 1, 0, 0, 1 - np.e]], np.float32))
    assert made[0, [0, 3]].tolist() == pytest.approx([1, -1])


def test_columns_are_dropped_by_name_and_so_is_all_that_was_made_of_them() -> None:
    layout = OneHot().layout(TABLE)
    assert [one.name for one in DropColumns(columns=("Sex", "Fare")).layout(layout).features] == [
        *("Age", "Port = C", "Port = Q", "Port = S")
    ]
    with pytest.raises(DataError, match="leaves no column"):
        DropColumns(columns=("Age", "Sex", "Port", "Fare")).layout(TABLE)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Standardise(columns=("Cabin",)), "Standardise names the column “Cabin”, which is not there."),
        (Standardise(columns=("Sex",)), "Standardise needs numbers, but the column “Sex” holds categories."),
        (OneHot(columns=("Age",)), "One-hot needs categories, but the column “Age” holds numbers."),
    ],
)
def test_columns_that_do_not_fit_are_named(step: Step, words: str) -> None:
    with pytest.raises(DataError, match=words):
        step.layout(TABLE)


@pytest.mark.parametrize(("before", "after"), [(28, 32), (28, 14), (8, 3), (5, 5), (100, 7)])
def test_resized_images_are_those_of_pillow(before: int, after: int) -> None:
    from PIL import Image

    image = np.random.default_rng(0).integers(0, 256, (before, before), np.uint8)
    wanted = np.asarray(Image.fromarray(image).resize((after, after), Image.Resampling.BILINEAR))
    made = applied(Resize(after, after), image[None, None], Layout((1, before, before)))[0, 0]
    assert np.abs(made.astype(int) - wanted).max() <= 1
    assert resampling(before, after).sum(axis=1) == pytest.approx(1)


def test_grey_is_that_of_pillow() -> None:
    from PIL import Image

    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8)
    made = applied(Grey(), np.moveaxis(image, 2, 0)[None], Layout((3, 9, 9)))[0, 0]
    assert np.abs(made.astype(int) - np.asarray(Image.fromarray(image).convert("L"))).max() <= 1


# In a project


def drawn(*steps: Step, dataset: Dataset | None = None) -> Project:
    network = Graph.chain(Input(), Linear(2), Softmax(), Output())
    return Project(network, Data(dataset or Passengers(), steps=steps))


def test_the_network_receives_what_the_steps_make() -> None:
    project = drawn(FillMissing(), OneHot(), Standardise())
    assert project.data.shape == (7,)
    report = analyse(project)
    assert not report.faults
    assert report.nodes["linear_1"].input_shapes == ((7,),)


def test_values_that_are_known_to_be_missing_are_a_fault_with_a_fix() -> None:
    (fault,) = analyse(drawn(OneHot())).faults
    assert "“Age” (2)" in fault.message
    assert fault.fix is not None
    assert not analyse(fault.fix.apply(drawn(OneHot()))).faults


def test_a_step_that_does_not_fit_is_a_fault_that_removes_it() -> None:
    project = drawn(FillMissing(), Standardise(columns=("Cabin",)))
    (fault,) = analyse(project).faults
    assert "Cabin" in fault.message
    assert fault.fix is not None
    assert fault.fix.apply(project).data.steps == (FillMissing(),)


def test_values_that_are_missing_all_the_same_are_refused_in_a_sentence() -> None:
    with pytest.raises(DataError, match=r"missing or infinite in \d+ samples: column “Age”"):
        prepare(Data(Passengers(), steps=(OneHot(),)))


def test_rows_that_lack_values_are_left_out_of_every_part() -> None:
    prepared = prepare(Data(Passengers(), steps=(DropMissing(),)))
    assert sum(len(prepared.part(name)) for name in ("train", "validation", "test")) == 30
    assert all(np.isfinite(prepared.part(name).inputs).all() for name in ("train", "validation", "test"))
    with pytest.raises(DataError, match="which is not there"):
        prepare(Data(Passengers(), steps=(DropMissing(columns=("Cabin",)),)))


def test_a_newly_opened_table_is_proposed_what_it_lacks() -> None:
    assert proposed_steps(Passengers()) == (FillMissing(), OneHot(), Standardise())
    assert not proposed_steps(Iris())
    assert not proposed_steps(Digits())
    prepared = prepare(Data(Passengers(), steps=proposed_steps(Passengers())))
    known = Preprocessing.of(prepared, "classification")
    made = known.apply(prepared.train.inputs)
    assert np.isfinite(made).all()
    assert np.abs(made[:, 0].mean()) < 1e-5


def test_steps_stay_in_the_file() -> None:
    project = Project(data=Data(Digits(), steps=(Resize(16, 16), NormaliseImages())))
    assert from_json(to_json(project)) == project
    assert project.with_value("data.steps.0.height", 12).data.shape == (1, 12, 16)
    assert b"steps" not in to_json(Project())


def test_images_that_are_only_scaled_stay_bytes() -> None:
    prepared = prepare(Data(Digits(), steps=(Resize(16, 16), NormaliseImages())))
    assert prepared.inputs.is_identity, "what is normalised is not scaled again"
    known = Preprocessing.of(prepared, "classification")
    halfway, scaling = known.halfway(prepared.train.inputs)
    assert (halfway.dtype, halfway.shape[1:]) == (np.uint8, (1, 16, 16))
    assert np.array_equal(scaling.apply(halfway), known.apply(prepared.train.inputs))
    assert known.network_shape == (1, 16, 16)


STEPS = (FillMissing(), Clip(), Bins(columns=("Fare",), count=3), Robust(columns=("Age",)), OneHot(), Standardise())


@settings(max_examples=30, deadline=None)
@given(data=st.data(), split_seed=st.integers(0, 100))
def test_nothing_of_validation_or_test_reaches_what_is_fitted(data: st.DataObject, split_seed: int) -> None:
    chosen = Data(Passengers(), split_seed=split_seed, steps=STEPS, normalization="standard")
    parts = divided(chosen, Passengers().load())
    kept_aside = np.concatenate([parts.validation, parts.test])
    value = st.floats(-1e6, 1e6, width=32) | st.just(NAN)
    pair = st.tuples(value, value)
    leaking = Passengers.rows.copy()
    leaking[kept_aside[:, None], [0, 3]] = data.draw(st.lists(pair, min_size=len(kept_aside), max_size=len(kept_aside)))

    class Leaking(Passengers, frozen=True):
        listed = False
        rows: ClassVar[np.ndarray] = leaking

    assert found_in(replace(chosen, dataset=Leaking())) == found_in(chosen)


def found_in(data: Data) -> bytes:
    prepared = prepare(data)
    return msgspec.json.encode((prepared.steps, prepared.inputs, prepared.targets))


def test_a_table_that_lacks_values_is_previewed_by_those_it_has() -> None:
    shown = preview(Data(Passengers(), steps=STEPS))
    assert np.isfinite([shown.lowest, shown.highest]).all()
    assert all(np.isfinite([one.mean, one.deviation, one.lowest, one.highest]).all() for one in shown.columns)
    assert [one.name for one in shown.columns] == [one.name for one in TABLE.features]
    assert shown.highest == pytest.approx(71.3)
