"""Looking at data: rows, sorted and filtered, and what is known of all of them."""

import os
import sys
from pathlib import Path
from subprocess import run
from typing import ClassVar, TypeVar

import numpy as np
import pytest

from engine import looking
from engine.data import SPLITS, Data, prepare
from engine.datasets import (
    Blobs,
    Dataset,
    Digits,
    DigitScenes,
    Iris,
    Loaded,
    Mnist,
    Progress,
    RandomImages,
    Reconstruction,
    Samples,
    Table,
    TinyShakespeare,
    Wine,
)
from engine.datasets.dataset import Feature, Layout
from engine.datasets.files import FromFile, open_data
from engine.datasets.tables.editing import with_test_file
from engine.errors import DataError
from engine.looking import reading
from engine.looking.asking import in_words, read_filter
from engine.looking.reading import frame_of
from engine.looking.relations import correlation_ratios, correlations, cramers_v, weights_of
from engine.looking.view import (
    Among,
    Between,
    Contains,
    Filter,
    Head,
    Missing,
    Numbered,
    Query,
    Sight,
    Value,
    written,
)
from engine.spec import Shape

AT_HAND = [kind for kind in Dataset.kinds.values() if not kind.downloaded and kind is not RandomImages]
LOOKED_AT = [kind for kind in AT_HAND if kind.group != "Your own"]

Item = TypeVar("Item")


@pytest.fixture(autouse=True)
def nothing_read():
    yield
    reading.forget_all()


class Passengers(Dataset, frozen=True):
    """Four rows with a number, a category and what is missing; no other test sees it."""

    listed = False
    group = "Test"
    source = "Made here"
    task = "regression"
    rows: ClassVar[list[list[float]]] = [[22, 0], [np.nan, 1], [38, 0], [26, np.nan]]

    @property
    def shape(self) -> Shape:
        return (2,)

    @property
    def layout(self) -> Layout:
        return Layout((2,), (Feature("age"), Feature("sex", ("man", "woman"))))

    @property
    def sizes(self) -> tuple[int, int]:
        return (4, 0)

    def load(self) -> Loaded:
        fares = np.array([[7.25], [71.5], [np.inf], [8.0]], np.float32)
        keys = {"name": np.array(["Braund, Mr. Owen", None, "Cumings, Mrs. John", "Heikkinen, Miss. Laina"], object)}
        return Loaded(Samples(np.array(self.rows, np.float32), fares), keys=keys)


def last(items) -> object:
    *_, item = items
    return item


def sight_of(dataset: Dataset) -> Sight:
    found = last(looking.opened(Data(dataset)))
    assert isinstance(found, Sight)
    return found


def overview_of(dataset: Dataset, **options) -> looking.Overview:
    found = last(looking.overview(Data(dataset, **options)))
    assert isinstance(found, looking.Overview)
    return found


def column(dataset: Dataset, name: str, query: Query) -> list[Value]:
    page = looking.rows(Data(dataset), query)
    names = [head.name for head in sight_of(dataset).columns]
    return list(page.values[names.index(name)])


def numbers(dataset: Dataset, *filters: Filter, **options) -> tuple[int, ...]:
    return looking.rows(Data(dataset), Query(filters, **options)).numbers


@pytest.mark.parametrize("kind", LOOKED_AT, ids=lambda kind: kind.__name__)
def test_every_dataset_can_be_looked_at(kind: type[Dataset]) -> None:
    dataset = kind()
    sight, seen = sight_of(dataset), overview_of(dataset)
    assert sight.count == sum(sight.parts.values()) == sum(part for part in dataset.sizes if part) or sight.count
    assert [each.head for each in seen.columns] == list(sight.columns)
    assert all(each.missing + each.infinite <= each.count == sight.count for each in seen.columns)
    page = looking.rows(Data(dataset), Query(count=5))
    assert (page.total, page.matching, len(page.numbers)) == (sight.count, sight.count, min(5, sight.count))
    assert looking.detail(Data(dataset), 0).number == 0


@pytest.mark.parametrize("dataset", [Mnist(), TinyShakespeare()], ids=["images", "text"])
def test_downloaded_ones_can_be_looked_at(shared_data: Path, dataset: Dataset) -> None:
    sight, page = sight_of(dataset), looking.rows(Data(dataset), Query(offset=100, count=50))
    assert sight.parts["test"] == dataset.sizes[1]
    assert len(page.numbers) == 50
    if sight.look == "images":
        assert page.pictures is not None
        assert page.pictures.shape == (50, 28, 28, 1)
    else:
        assert sight.look == "texts"
        assert len(looking.detail(Data(dataset), 100).text) == 64


def test_a_table_has_its_features_what_is_asked_for_and_the_part() -> None:
    columns = sight_of(Iris()).columns
    assert [head.name for head in columns] == [*Iris().features, "class", "part"]
    assert [head.role for head in columns] == ["input"] * 4 + ["target", "part"]


def test_the_parts_are_those_that_are_trained_on() -> None:
    data = Data(Iris(), validation=0.2, test=0.3)
    prepared = prepare(data)
    for part in SPLITS:
        page = looking.rows(data, Query((Among("part", (part,)),)))
        assert page.matching == len(prepared.part(part))
        assert np.allclose(page.values[0], prepared.part(part).inputs[:, 0])


def test_rows_are_sorted_up_and_down_and_stay_in_order_where_they_are_equal() -> None:
    given = np.array(column(Wine(), "alcohol", Query()), float)
    for descending in (False, True):
        page = looking.rows(Data(Wine()), Query(sort="alcohol", descending=descending))
        wanted = np.argsort(-given if descending else given, kind="stable")
        assert page.numbers == tuple(wanted.tolist())


def test_what_is_missing_comes_last_whichever_way_is_sorted() -> None:
    assert numbers(Passengers(), sort="age") == (0, 3, 2, 1)
    assert numbers(Passengers(), sort="age", descending=True) == (2, 3, 0, 1)
    assert numbers(Passengers(), sort="name", descending=True)[-1] == 1
    assert numbers(Passengers(), sort="sex", descending=True) == (1, 0, 2, 3)


@pytest.mark.parametrize(
    ("wanted", "passing"),
    [
        (Between("age", 22, 26), (0, 3)),
        (Between("age", 22, 26, with_low=False, with_high=False), ()),
        (Between("age", 26, 26, is_not=True), (0, 2)),
        (Missing("age"), (1,)),
        (Missing("sex", is_not=True), (0, 1, 2)),
        (Missing("name"), (1,)),
        (Among("sex", ("man",)), (0, 2)),
        (Among("name", ("Cumings, Mrs. John",)), (2,)),
        (Contains("sex", "MAN"), (0, 1, 2)),
        (Contains("sex", "Man", is_whole=True), (0, 2)),
        (Contains("name", "mrs"), (2,)),
        (Contains("name", ""), (0, 2, 3)),
        (Numbered((3, 1, 77)), (1, 3)),
    ],
)
def test_filters(wanted: Filter, passing: tuple[int, ...]) -> None:
    assert numbers(Passengers(), wanted) == passing


def test_filters_are_all_kept_to() -> None:
    assert numbers(Passengers(), Among("sex", ("man",)), Between("age", low=30)) == (2,)


@pytest.mark.parametrize(
    "wanted", [Between("sex", 0, 1), Contains("age", "2"), Missing("height"), Between("height", 0)]
)
def test_a_filter_that_does_not_suit_is_told_in_a_sentence(wanted: Filter) -> None:
    with pytest.raises(DataError) as refused:
        numbers(Passengers(), wanted)
    assert refused.value.fix


def test_a_filter_that_matches_nothing_gives_an_empty_page() -> None:
    page = looking.rows(Data(Digits()), Query((Between("brightness", low=99),)))
    assert (page.total, page.matching, page.numbers) == (1797, 0, ())


@pytest.mark.parametrize("offset", [0, 200, 1700, 5000])
def test_pages_are_pieces_of_the_whole(offset: int) -> None:
    page = looking.rows(Data(Digits()), Query(sort="contrast", offset=offset, count=200))
    whole = looking.rows(Data(Digits()), Query(sort="contrast", count=1797))
    assert page.numbers == whole.numbers[offset : offset + 200]


def test_numbers_are_described() -> None:
    age, sex, name, fare, part = overview_of(Passengers(), validation=0, test=0).columns
    assert (age.count, age.missing, age.distinct) == (4, 1, 3)
    assert age.mean == pytest.approx((22 + 38 + 26) / 3)
    assert age.quantiles is not None
    assert (age.quantiles.lowest, age.quantiles.middle) == (22, 26)
    assert age.histogram is not None
    assert sum(age.histogram.counts) == 3
    assert (sex.missing, sex.top) == (1, (("man", 2), ("woman", 1)))
    assert (name.missing, name.distinct) == (1, 3)
    assert (fare.infinite, fare.missing, fare.head.role) == (1, 0, "target")
    assert part.top == (("train", 4),)


@pytest.mark.parametrize("name", ["alcohol", "proline", "magnesium"])
def test_every_bar_holds_as_many_rows_as_it_says(name: str) -> None:
    (found,) = looking.overview_of(Data(Wine()), (name,))
    histogram = found.histogram
    assert histogram is not None
    ends = list(zip(histogram.edges[:-1], histogram.edges[1:], strict=True))
    for place, (count, (low, high)) in enumerate(zip(histogram.counts, ends, strict=True)):
        bar = Between(name, low, high, with_high=place == len(ends) - 1)
        assert len(numbers(Wine(), bar)) == count


def test_the_balance_counts_the_classes_of_every_part() -> None:
    data, seen = Data(Iris()), overview_of(Iris())
    prepared = prepare(data)
    assert seen.balance == {name: tuple(np.bincount(prepared.part(name).targets, minlength=3)) for name in SPLITS}
    assert sum(map(sum, overview_of(DigitScenes(scenes=10)).balance.values())) == 14 * 32 * 32


def test_relations_are_those_of_numpy_and_need_no_complete_rows() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(1e6, 1, (500, 4))
    values[:, 1] += values[:, 0]
    assert np.allclose(correlations(values), np.corrcoef(values, rowvar=False), atol=1e-9)
    values[::3, 2] = np.nan
    known = ~np.isnan(values[:, 2])
    assert correlations(values)[1, 2] == pytest.approx(np.corrcoef(values[known, 1], values[known, 2])[0, 1])


def test_what_does_not_vary_goes_with_nothing() -> None:
    values = np.stack([np.arange(5.0), np.full(5, 0.1), np.full(5, np.nan)], axis=1)
    assert np.isnan(correlations(values)[1:]).all()
    assert np.isnan(correlation_ratios(np.zeros(5, int), [weights_of(np.ones(5))])).all()
    assert np.isnan(cramers_v(np.zeros(5, int), np.arange(5) % 2))


def test_categories_are_compared() -> None:
    codes = np.repeat([0, 1, 2], 100)
    assert correlation_ratios(codes, [weights_of(codes * 5.0)]) == [pytest.approx(1)]
    assert cramers_v(codes, 2 - codes) == pytest.approx(1)
    chance = np.random.default_rng(0).permutation(codes)
    assert cramers_v(codes, chance) < 0.1
    # R. A. Fisher's irises: between species lies 0.9414 of the squares of the petals' lengths.
    seen = overview_of(Iris()).relations
    assert seen is not None
    strength = seen.strengths[seen.names.index("petal length (cm)"), seen.names.index("class")]
    assert strength**2 == pytest.approx(0.9414, abs=1e-4)


def test_mean_images_are_means() -> None:
    seen, digits = overview_of(Digits()).images, Digits().load().train
    assert seen is not None
    assert seen.sizes == (((8, 8), 1797),)
    zero = digits.inputs[digits.targets == 0].mean(axis=0)[0] * 255 / 16
    assert [name for name, _ in seen.means] == list("0123456789")
    assert np.abs(seen.means[0][1][..., 0] - zero).max() <= 0.51
    assert np.abs(seen.mean[..., 0] - digits.inputs.mean(axis=0)[0] * 255 / 16).max() <= 0.51


def test_large_images_come_small() -> None:
    dataset = RandomImages(samples=4, image_size=200)
    page, whole = looking.rows(Data(dataset), Query()), looking.detail(Data(dataset), 0)
    assert page.pictures is not None
    assert page.pictures.shape == (4, 66, 66, 3)
    assert whole.picture is not None
    assert whole.picture.shape == (200, 200, 3)


def test_what_is_asked_of_an_image_is_shown_with_it() -> None:
    assert looking.detail(Data(DigitScenes(scenes=10)), 0).classes is not None
    assert looking.detail(Data(Reconstruction()), 0).answer is not None


def test_a_row_that_is_not_there_is_told() -> None:
    with pytest.raises(DataError, match="150"):
        looking.detail(Data(Iris()), 150)


def test_opening_tells_how_far_it_is_and_what_was_opened_answers_at_once() -> None:
    first, *_ = looking.opened(Data(Blobs()))
    assert isinstance(first, Progress)
    again = [*looking.opened(Data(Blobs())), *looking.opened(Data(Blobs(), test=0.5))]
    assert all(isinstance(item, Sight) for item in again)


# Files


class Lines(FromFile, frozen=True):
    """One number a line, so that a file can be changed below it."""

    listed = False
    task = "regression"

    @property
    def shape(self) -> Shape:
        return (1,)

    @property
    def sizes(self) -> tuple[int, int]:
        return (len(self.file().read_text().split()), 0)

    @classmethod
    def opened(cls, _path: Path) -> None:
        return None

    def load(self) -> Loaded:
        values = np.array(self.file().read_text().split(), np.float32).reshape(-1, 1)
        return Loaded(Samples(values, values))


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    path = tmp_path / "numbers.txt"
    path.write_text("1 2 3 4")
    return Lines(path=str(path))


def test_a_file_that_vanishes_stays_in_view_and_that_is_said(lines: Lines) -> None:
    data = Data(lines)
    assert not looking.rows(data, Query()).note
    lines.file().unlink()
    page = looking.rows(data, Query())
    assert page.matching == 4
    assert "not there any more" in page.note


def test_a_file_that_changes_is_read_again_when_that_is_asked(lines: Lines) -> None:
    data, path = Data(lines), lines.file()
    looking.rows(data, Query())
    path.write_text("1 2 3 4 5")
    os.utime(path, ns=(1, 1))
    page = looking.rows(data, Query())
    assert page.matching == 4
    assert "has changed" in page.note
    found = last(looking.read_again(data))
    assert isinstance(found, Sight)
    assert found.count == 5
    assert not looking.rows(data, Query()).note


def test_a_file_that_is_gone_before_it_was_read_is_one_sentence(lines: Lines) -> None:
    lines.file().unlink()
    with pytest.raises(DataError, match=r"numbers\.txt"):
        looking.rows(Data(lines), Query())


def test_what_is_known_to_be_in_real_files_is_found(shared_data: Path) -> None:
    titanic = open_data(str(shared_data / "tabular/titanic.csv"))
    found = {each.head.name: each for each in overview_of(titanic).columns}
    assert {name: each.missing for name, each in found.items() if each.missing} == {
        "Age": 177,
        "Cabin": 687,
        "Embarked": 2,
    }
    assert list(found)[:4] == ["PassengerId", "Survived", "Pclass", "Name"]
    assert len(numbers(titanic, Contains("Name", "mrs."))) == 125
    assert sight_of(titanic).title == "titanic.csv"


def test_images_of_files_have_their_own_sizes(shared_data: Path) -> None:
    flowers = open_data(str(shared_data / "images/flowers"))
    seen = overview_of(flowers).images
    assert seen is not None
    assert (len(seen.sizes), sum(count for _, count in seen.sizes)) == (89, 300)
    picture = looking.detail(Data(flowers), 3).picture
    assert picture is not None
    assert picture.shape[:2] in {(height, width) for (width, height), _ in seen.sizes}


# Words


NUMBER, DATE = Head("age", "number"), Head("day", "date")
SEX, NAME = Head("sex", "category", categories=("man", "woman")), Head("name", "text")


@pytest.mark.parametrize(
    ("head", "words", "meant"),
    [
        (NUMBER, "", None),
        (NUMBER, "30", Between("age", 30, 30)),
        (NUMBER, "> 30", Between("age", low=30, with_low=False)),
        (NUMBER, "≤ -1.5e3", Between("age", high=-1500)),
        (NUMBER, "!= 30", Between("age", 30, 30, is_not=True)),
        (NUMBER, "20..40", Between("age", 20, 40)),
        (NUMBER, "40 to −20", Between("age", -20, 40)),
        (NUMBER, "Missing", Missing("age")),
        (NUMBER, "not missing", Missing("age", is_not=True)),
        (SEX, "man, woman", Among("sex", ("man", "woman"))),
        (SEX, "wom", Contains("sex", "wom")),
        (NAME, "=Braund", Contains("name", "Braund", is_whole=True)),
        (NAME, "a, b", Contains("name", "a, b")),
        (DATE, ">= 1970-01-02", Between("day", low=1)),
    ],
)
def test_typed_words_are_a_filter(head: Head, words: str, meant: Filter | None) -> None:
    assert read_filter(head, words) == meant


def test_a_year_or_a_month_is_all_of_its_days() -> None:
    year, month = read_filter(DATE, "1970"), read_filter(DATE, "1970-02")
    assert isinstance(year, Between)
    assert (year.low, round(year.high)) == (0, 365)
    assert isinstance(month, Between)
    assert (month.low, round(month.high)) == (31, 59)


@pytest.mark.parametrize("words", ["abc", "> x", "1..z", "nan", ">"])
def test_a_text_where_a_number_is_expected_is_told(words: str) -> None:
    with pytest.raises(DataError) as refused:
        read_filter(NUMBER, words)
    assert "age" in refused.value.message
    assert "range" in refused.value.expected


def test_no_date_is_told() -> None:
    with pytest.raises(DataError, match="no date"):
        read_filter(DATE, "31.5.24")


@pytest.mark.parametrize(
    ("filter", "words"),
    [
        (Between("age", 20, 40), "20 … 40"),
        (Between("age", low=30, with_low=False), "> 30"),
        (Between("age", 30, 30, is_not=True), "≠ 30"),
        (Among("sex", ("man", "woman")), "man, woman"),
        (Missing("age", is_not=True), "not missing"),
        (Numbered((1, 2), "2 duplicates"), "2 duplicates"),
    ],
)
def test_filters_are_said_in_words(filter: Filter, words: str) -> None:
    assert in_words(NUMBER, filter) == words


def test_values_are_written_as_people_read_them() -> None:
    assert written(Head("a", "number", is_whole=True), 1234567.0) == "1234567"
    assert written(Head("a", "number", is_whole=True), 100.0) == "100"
    assert written(Head("a", "number", is_whole=True), -0.0) == "0"
    assert written(Head("a", "number", is_whole=True), 0.5) == "0.5", "the median of 0 and 1"
    assert written(DATE, 19_000.0) == "2022-01-08"
    assert written(DATE, 19_000.5) == "2022-01-08 12:00:00"
    assert written(DATE, 1e12)
    assert written(NUMBER, None) == ""
    assert written(NUMBER, -2.5) == "−2.5"
    assert written(Head("a", "text"), "-2.5") == "-2.5"


def test_rows_are_copied_as_other_programs_read_them() -> None:
    copied = looking.written_rows(Data(Blobs()), Query(), ((0, 50),))
    assert "-" in copied
    assert "−" not in copied


def test_looking_needs_no_torch() -> None:
    program = "import engine.looking, engine.looking.asking, sys; assert 'torch' not in sys.modules"
    assert run([sys.executable, "-c", program], check=False, cwd=Path(__file__).parents[2]).returncode == 0


def test_columns_that_are_no_input_are_told_of_the_rows_for_the_test_too(tmp_path: Path) -> None:
    head = "name,age,town,rich\n"
    ends = (",Rome,yes", ",Oslo,no", ",Rome,no", ",Oslo,yes")
    rows = [f"Person {number},{20 + number}{ends[number % 4]}" for number in range(30)]
    (tmp_path / "people.csv").write_text(head + "\n".join(rows[:20]))
    (tmp_path / "later.csv").write_text(head + "\n".join(rows[20:]))
    (tmp_path / "bare.csv").write_text("age,town,rich\n" + "\n".join(row.partition(",")[2] for row in rows[20:]))
    table = open_data(str(tmp_path / "people.csv"))
    assert isinstance(table, Table)
    assert "name" not in table.features
    both = frame_of(Data(with_test_file(table, str(tmp_path / "later.csv"))))
    assert both.column("name").values.to_pylist() == [f"Person {number}" for number in range(30)]
    without = frame_of(Data(with_test_file(table, str(tmp_path / "bare.csv"))))
    assert without.column("name").values.to_pylist()[19:21] == ["Person 19", None]
