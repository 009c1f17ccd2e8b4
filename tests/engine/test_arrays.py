"""Arrays in files: found, understood, read without unpickling; what cannot be used is refused in a sentence."""

import gzip
import io
import re
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from engine.data import Data, prepare
from engine.datasets import Arrays, Mnist
from engine.datasets.arrays import stored
from engine.datasets.dataset import IGNORED, class_counts
from engine.datasets.files import open_data
from engine.errors import DataError, LayerloomError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 9, 9), np.uint8)
LABELS = (np.arange(40) % 3).astype(np.int64)


def opened(path: Path) -> Arrays:
    """What the file is taken for, which here is always arrays."""
    dataset = open_data(str(path))
    assert isinstance(dataset, Arrays)
    return dataset


def idx(values: np.ndarray) -> bytes:
    """An array as an IDX file holds it."""
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def npy(values: np.ndarray, **options: Any) -> bytes:
    """An array as an ``.npy`` file holds it."""
    file = io.BytesIO()
    np.save(file, values, **options)
    return file.getvalue()


def write_npz(path: Path, **arrays: np.ndarray) -> None:
    np.savez(path, **arrays)


def write_packed_npz(path: Path, **arrays: np.ndarray) -> None:
    np.savez_compressed(path, **arrays)


def write_safetensors(path: Path, **arrays: np.ndarray) -> None:
    save_file(arrays, path)


def write_hdf5(path: Path, **arrays: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[f"all/{name}"] = values


def write_packed_hdf5(path: Path, **arrays: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values, compression="gzip")


def write_folder_of_npy(path: Path, **arrays: np.ndarray) -> None:
    path.mkdir()
    for name, values in arrays.items():
        (path / f"{name}.npy").write_bytes(npy(values))


def write_folder_of_idx(path: Path, **arrays: np.ndarray) -> None:
    path.mkdir()
    for name, values in arrays.items():
        (path / f"{name}-idx{values.ndim}-ubyte").write_bytes(idx(values.astype(np.uint8)))


FORMATS = {
    "a.npz": write_npz,
    "b.npz": write_packed_npz,
    "a.safetensors": write_safetensors,
    "a.h5": write_hdf5,
    "b.hdf5": write_packed_hdf5,
    "npy": write_folder_of_npy,
    "idx": write_folder_of_idx,
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("mapped_from", [stored.MAPPED_FROM, 1])
def test_every_format_answers_the_arrays_it_was_given(
    name: str, mapped_from: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MAPPED_FROM", mapped_from)
    FORMATS[name](
        tmp_path / name, train_images=IMAGES, train_labels=LABELS, test_images=IMAGES[:5], test_labels=LABELS[:5]
    )
    dataset = opened(tmp_path / name)
    assert (dataset.shape, dataset.classes, dataset.sizes) == ((1, 9, 9), ("0", "1", "2"), (40, 5))
    loaded = dataset.load()
    assert np.array_equal(loaded.train.inputs[:, 0], IMAGES)
    assert loaded.train.inputs.dtype == np.uint8
    assert loaded.train.targets.tolist() == LABELS.tolist()
    assert loaded.test is not None
    assert np.array_equal(loaded.test.inputs[:, 0], IMAGES[:5])
    assert Arrays.read(dataset.settings(), "here") == dataset


@pytest.mark.parametrize("name", ["a.npz", "a.safetensors", "a.h5", "npy", "idx"])
def test_large_arrays_stay_in_their_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MAPPED_FROM", 1)
    FORMATS[name](tmp_path / name, x=IMAGES, y=LABELS)
    inputs = opened(tmp_path / name).load().train.inputs
    while not isinstance(inputs, np.memmap):
        assert isinstance(inputs, np.ndarray)
        inputs = inputs.base


@pytest.mark.parametrize(
    ("shape", "dtype", "expected"),
    [
        ((28, 28), np.float32, (1, 28, 28)),
        ((20, 8), np.float32, (20, 8)),
        ((20, 10), np.uint8, (1, 20, 10)),
        ((16, 12, 3), np.uint8, (3, 16, 12)),
        ((3, 16, 12), np.uint8, (3, 16, 12)),
        ((3, 32, 3), np.uint8, (3, 32, 3)),
        ((7,), np.float64, (7,)),
        ((), np.float32, (1,)),
    ],
)
def test_the_axes_of_a_sample_are_guessed(
    shape: tuple[int, ...], dtype: type[Any], expected: tuple[int, ...], tmp_path: Path
) -> None:
    write_npz(tmp_path / "a.npz", x=np.ones((6, *shape), dtype), y=np.arange(6) % 2)
    dataset = opened(tmp_path / "a.npz")
    assert dataset.shape == expected
    assert dataset.load().train.inputs.shape == (6, *expected)


def test_the_axes_can_be_corrected(tmp_path: Path) -> None:
    pictures = RNG.random((6, 3, 5, 4)).astype(np.float32)
    write_npz(tmp_path / "a.npz", x=pictures, y=np.arange(6) % 2)
    dataset = opened(tmp_path / "a.npz").with_setting("images", "channels last")
    assert dataset.shape == (4, 3, 5)
    assert np.array_equal(dataset.load().train.inputs, np.moveaxis(pictures, -1, 1))


@pytest.mark.parametrize(
    ("targets", "classes", "numbers"),
    [
        (np.array([5, 7, 5, 10]), ("5", "7", "10"), [0, 1, 0, 2]),
        (np.array([-1, 1, 1, -1]), ("-1", "1"), [0, 1, 1, 0]),
        (np.array([True, False, True, True]), ("0", "1"), [1, 0, 1, 1]),
        (np.array(["cat", "dog", "cat", "ant"]), ("ant", "cat", "dog"), [1, 2, 1, 0]),
        (np.array([b"cat", b"dog", b"cat", b"ant"]), ("ant", "cat", "dog"), [1, 2, 1, 0]),
        (np.array([[1], [0], [1], [2]], np.uint8), ("0", "1", "2"), [1, 0, 1, 2]),
        (np.eye(3, dtype=np.float32)[[2, 0, 1, 1]], ("0", "1", "2"), [2, 0, 1, 1]),
    ],
)
def test_labels_become_classes(
    targets: np.ndarray, classes: tuple[str, ...], numbers: list[int], tmp_path: Path
) -> None:
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=targets)
    dataset = opened(tmp_path / "a.npz")
    assert dataset.classes == classes
    assert dataset.load().train.targets.tolist() == numbers


def test_names_of_classes_are_taken_where_they_fit(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.array([0, 2, 2, 0]))
    dataset = opened(tmp_path / "a.npz").with_setting("class_names", ["zero", "one", "two"])
    assert dataset.classes == ("zero", "one", "two")
    assert dataset.load().train.targets.tolist() == [0, 2, 2, 0]
    assert dataset.with_setting("class_names", ["a", "b"]).load().train.targets.tolist() == [0, 1, 1, 0]
    assert dataset.with_setting("class_names", ["only"]).classes == ("0", "2")


def test_values_are_predicted(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.array([[0.5, 2], [1, 2], [3, 4], [5, 6]]))
    dataset = opened(tmp_path / "a.npz")
    assert (dataset.task, dataset.target_shape, dataset.classes) == ("regression", (2,), ())
    assert dataset.load().train.targets.dtype == np.float32


def test_several_labels_at_once_are_proposed_and_values_where_they_are_chosen(tmp_path: Path) -> None:
    write_npz(
        tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.array([[0, 1, 1], [1, 1, 1], [0, 0, 0], [1, 0, 0]])
    )
    dataset = opened(tmp_path / "a.npz")
    assert (dataset.task, dataset.classes, dataset.answer_shape) == ("multilabel", ("0", "1", "2"), (3,))
    assert dataset.load().train.targets[0].tolist() == [False, True, True]
    assert dataset.with_setting("class_names", ("a", "b", "c")).classes == ("a", "b", "c")
    # What a project says that was made before there were labels stays as it is.
    for before in ("automatic", "values"):
        values = dataset.with_setting("predicts", before)
        assert (values.task, values.target_shape) == ("regression", (3,))
        assert values.load().train.targets[0].tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("values", "kind", "task"),
    [(3, np.float32, "multilabel"), (3, np.int64, "classification"), (8, np.float32, "classification")],
    ids=["features", "symbols", "signal"],
)
def test_as_many_labels_as_values_are_a_class_for_each_step_of_a_signal_alone(
    values: int, kind: type, task: str, tmp_path: Path
) -> None:
    given = (9 * RNG.random((40, values)) + 1).astype(kind)
    write_npz(tmp_path / "a.npz", x=given, y=RNG.integers(0, 2, (40, values)))
    dataset = opened(tmp_path / "a.npz")
    assert dataset.task == task
    assert dataset.places == (() if task == "multilabel" else (values,))


def test_what_is_no_row_of_yes_and_no_holds_no_labels(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.array([[0, 2], [1, 1], [0, 0], [1, 0]]))
    dataset = opened(tmp_path / "a.npz").with_setting("predicts", "labels")
    assert "holds no labels: they are rows of 0 and 1" in dataset.lacks


def test_one_class_of_each_sample_may_be_read_as_labels(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.eye(2)[[0, 1, 1, 0]])
    dataset = opened(tmp_path / "a.npz")
    assert dataset.task == "classification"
    assert (
        dataset.with_setting("predicts", "labels").load().train.targets.tolist()
        == (np.eye(2)[[0, 1, 1, 0]] == 1).tolist()
    )


def test_whole_numbers_can_be_values_and_whole_fractions_classes(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.array([1, 2, 1, 2]))
    assert opened(tmp_path / "a.npz").with_setting("predicts", "values").load().train.targets.tolist() == [
        [1],
        [2],
        [1],
        [2],
    ]
    write_npz(tmp_path / "b.npz", x=np.ones((4, 2), np.float32), y=np.array([1.0, 2, 1, 2]))
    dataset = opened(tmp_path / "b.npz")
    assert dataset.task == "regression"
    assert dataset.with_setting("predicts", "classes").load().train.targets.tolist() == [0, 1, 0, 1]


def test_a_class_for_each_pixel(tmp_path: Path) -> None:
    masks = RNG.integers(0, 3, (6, 9, 9), np.uint8)
    write_npz(tmp_path / "a.npz", images=IMAGES[:6], masks=masks)
    dataset = opened(tmp_path / "a.npz")
    assert (dataset.places, dataset.classes) == ((9, 9), ("0", "1", "2"))
    assert np.array_equal(dataset.load().train.targets, masks)


@pytest.mark.parametrize(("void", "dtype"), [("255", np.uint8), ("-1", np.int16), ("65535", np.uint16)])
def test_what_masks_in_arrays_hold_beside_class_numbers_is_ignored(void: str, dtype: type, tmp_path: Path) -> None:
    # More classes than masks, as Pascal VOC has them.
    masks = RNG.integers(0, 21, (6, 9, 9)).astype(dtype)
    masks[:, :2] = np.array(int(void)).astype(dtype)
    write_npz(tmp_path / "a.npz", images=IMAGES[:6], masks=masks)
    dataset = opened(tmp_path / "a.npz")
    assert (dataset.ignored_values, dataset.ignores, dataset.lacks) == ((void,), True, "")
    assert dataset.classes == tuple(map(str, range(21)))
    assert Arrays.read(dataset.settings(), "here") == dataset
    targets = dataset.load().train.targets
    assert (targets[:, :2] == IGNORED).all()
    assert np.array_equal(targets[:, 2:], masks[:, 2:])
    assert class_counts(targets, 21).sum() == 6 * 7 * 9
    kept = dataset.with_setting("ignored_values", ())
    assert (len(kept.classes), kept.ignores) == (22, False)
    assert "“7x” is none of them" in dataset.with_setting("ignored_values", ("7x",)).lacks
    assert "asks for the same everywhere" in dataset.with_setting("ignored_values", (void, *dataset.classes[1:])).lacks


def test_shades_and_labels_without_places_are_not_ignored(tmp_path: Path) -> None:
    masks = RNG.choice(np.array([0, 255], np.uint8), (6, 9, 9))
    write_npz(tmp_path / "a.npz", images=IMAGES[:6], masks=masks)
    assert opened(tmp_path / "a.npz").classes == ("0", "255")
    write_npz(tmp_path / "b.npz", images=IMAGES, labels=np.where(LABELS == 2, 255, LABELS))
    dataset = opened(tmp_path / "b.npz")
    assert (dataset.ignored_values, dataset.classes) == ((), ("0", "1", "255"))
    assert "ignored_values" in dataset.idle


def test_of_a_matrix_the_last_column_is_asked_for(tmp_path: Path) -> None:
    matrix = np.column_stack([RNG.random((30, 3)), RNG.random(30)])
    (tmp_path / "m.npy").write_bytes(npy(matrix))
    dataset = opened(tmp_path / "m.npy")
    assert (dataset.shape, dataset.task) == ((3,), "regression")
    assert dataset.load().train.targets[:, 0] == pytest.approx(matrix[:, 3])


def test_an_array_alone_finds_its_labels_beside_it(tmp_path: Path) -> None:
    write_folder_of_npy(tmp_path / "set", x_train=IMAGES, y_train=LABELS)
    assert opened(tmp_path / "set/x_train.npy").target == "y_train"


def test_another_target_can_be_chosen_and_is_then_looked_at(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.arange(4) % 2, z=np.array([1, 1, 9, 9]))
    dataset = opened(tmp_path / "a.npz").with_setting("target", "z")
    assert dataset.is_stale
    assert dataset.refreshed().classes == ("1", "9")
    assert not dataset.refreshed().is_stale


def test_samples_without_a_target_are_left_out_and_named(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", x=np.arange(8, dtype=np.float32).reshape(4, 2), y=np.array([0.5, np.nan, 1, np.inf]))
    loaded = opened(tmp_path / "a.npz").load()
    assert loaded.train.inputs.tolist() == [[0, 1], [4, 5]]
    assert [skipped.place for skipped in loaded.skipped] == ["sample 1", "sample 3"]


def test_mnist_as_a_folder_is_mnist(shared_data: Path) -> None:
    ours, theirs = opened(shared_data / "mnist").load(), Mnist().load()
    assert np.array_equal(ours.train.inputs, theirs.train.inputs)
    assert np.array_equal(ours.train.targets, theirs.train.targets)
    assert ours.test is not None
    assert theirs.test is not None
    assert np.array_equal(ours.test.targets, theirs.test.targets)


def test_fashion_mnist_is_found_from_one_of_its_files(shared_data: Path) -> None:
    dataset = opened(shared_data / "fashion-mnist/train-images-idx3-ubyte.gz")
    assert (dataset.shape, dataset.sizes, len(dataset.classes)) == ((1, 28, 28), (60_000, 10_000), 10)


def test_cifar_as_a_folder_names_its_classes(shared_data: Path) -> None:
    dataset = opened(shared_data / "cifar-10-batches-bin")
    assert (dataset.shape, dataset.sizes, dataset.classes[9]) == ((3, 32, 32), (20_000, 1_000), "truck")
    prepared = prepare(Data(dataset))
    assert np.bincount(prepared.test.targets).tolist() == [103, 89, 100, 103, 90, 86, 112, 102, 106, 109]
    assert prepared.train.inputs.mean() / 255 == pytest.approx(0.474, abs=0.01)


def test_a_batch_of_cifar_100_has_two_labels_each(tmp_path: Path) -> None:
    records = RNG.integers(0, 20, (30, 3074), np.uint8)
    (tmp_path / "train.bin").write_bytes(records.tobytes())
    assert opened(tmp_path / "train.bin").load().train.inputs[3].tobytes() == records[3, 2:].tobytes()


def truncated(content: bytes) -> bytes:
    return content[: len(content) - 100]


def with_descr(content: bytes, before: bytes, after: bytes) -> bytes:
    """The file with another header, of the same length."""
    return content.replace(before, after + b" " * (len(before) - len(after)), 1) if before in content else content


def zipped(member: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", member)
    return file.getvalue()


OBJECTS = np.array([{"a": 1}, None], object)
BAD: dict[str, tuple[str, bytes, str]] = {
    "pickled": ("a.npy", npy(OBJECTS, allow_pickle=True), "a.npy holds pickled objects, which are code"),
    "pickled within": ("a.npz", zipped(npy(OBJECTS, allow_pickle=True)), "x in a.npz holds pickled objects"),
    "complex": ("a.npy", npy(np.ones(4, complex)), "a.npy holds complex numbers"),
    "structured": ("a.npy", npy(np.ones(4, [("a", "f4")])), "a.npy is a structured array"),
    "dates": ("a.npy", npy(np.zeros(4, "M8[s]")), "a.npy holds dates"),
    "empty": ("a.npy", b"", "a.npy is no NumPy array, or its beginning is damaged"),
    "cut off": ("a.npy", truncated(npy(np.ones(100))), "a.npy is cut off"),
    "huge": (
        "a.npy",
        npy(np.ones((5, 5))).replace(b"(5, 5), }" + b" " * 24, b"(99999999999999999, 999999999), }", 1),
        "a.npy is cut off",
    ),
    "negative": ("a.npy", npy(np.ones((55, 5))).replace(b"(55, 5)", b"(-5, 5)"), "its beginning is damaged"),
    "no zip": ("a.npz", b"PK and then nothing", "a.npz cannot be read: it is damaged"),
    "no arrays": ("a.npz", zipped(npy(np.ones(3)))[:0] + b"PK\5\6" + bytes(18), "a.npz holds no array"),
    "no safetensors": ("a.safetensors", b"\xff" * 50, "a.safetensors is no safetensors file, or is cut off"),
    "no hdf5": ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(50), "a.h5 cannot be read"),
    "idx cut off": ("x-idx3-ubyte", truncated(idx(IMAGES)), "x-idx3-ubyte is cut off"),
    "no idx": ("x-idx3-ubyte", b"\1\2\3\4", "x-idx3-ubyte is no IDX file"),
    "no gzip": ("x-idx3-ubyte.gz", idx(IMAGES), "x-idx3-ubyte.gz cannot be read"),
}


@pytest.mark.parametrize("fault", BAD)
def test_what_cannot_be_used_is_refused_in_a_sentence(fault: str, tmp_path: Path) -> None:
    name, content, words = BAD[fault]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as refusal:
        open_data(str(tmp_path / name)).load()
    assert words in refusal.value.message
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("width", [(3,), ()])
def test_a_target_that_is_pickled_is_named(width: tuple[int, ...], tmp_path: Path) -> None:
    labels = np.array(["yes", None] * 20, object)
    write_npz(tmp_path / "a.npz", x=RNG.random((40, *width)), y=labels)
    with pytest.raises(DataError, match=r"^y in a\.npz holds pickled objects.*numpy\.array\(labels, dtype=str\)"):
        open_data(str(tmp_path / "a.npz"))


def test_an_array_that_is_pickled_beside_others_is_left_out_and_counted(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", x=IMAGES, y=LABELS, notes=np.array([{"by": "me"}] * 40, object))
    prepared = prepare(Data(opened(tmp_path / "a.npz")))
    assert [skipped.place for skipped in prepared.skipped] == ["notes"]
    assert prepared.left_out == ("notes is left out: it holds pickled objects, which are code and are never opened.",)


def test_cifar_in_pickles_is_refused(tmp_path: Path) -> None:
    for name in ("data_batch_1", "test_batch", "batches.meta"):
        (tmp_path / name).write_bytes(b"\x80\x02}")
    with pytest.raises(DataError, match=r"pickled form.*Download the binary version"):
        open_data(str(tmp_path))


def test_a_gzip_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x-idx3-ubyte.gz").write_bytes(gzip.compress(idx(IMAGES))[:-500])
    (tmp_path / "y-idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS.astype(np.uint8))))
    with pytest.raises(DataError, match=r"x-idx3-ubyte.gz is cut off"):
        open_data(str(tmp_path))


def test_an_array_that_does_not_fit_into_memory_is_refused(tmp_path: Path) -> None:
    header = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**31, 2**10, 2**10)
    (tmp_path / "x-idx3-ubyte.gz").write_bytes(gzip.compress(header))
    (tmp_path / "y-idx1-ubyte.gz").write_bytes(gzip.compress(bytes([0, 0, 8, 1]) + struct.pack(">I", 2**31)))
    with pytest.raises(DataError, match=r"take.* GB of memory|is cut off"):
        open_data(str(tmp_path)).load()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "there is none"}, "There is no array “there is none” in the file."),
        ({"input": ""}, "No array is chosen as the input."),
        ({"target": ""}, "No array is chosen as the target."),
        ({"target": "short"}, "“x” holds 4 samples and “short” 3: they must be as many."),
        ({"input": "words"}, "“words” holds texts"),
        ({"target": "many", "predicts": "classes"}, "“many” holds too many different values"),
    ],
)
def test_a_choice_that_does_not_fit_is_told(changes: dict[str, str], words: str, tmp_path: Path) -> None:
    arrays = {"short": np.arange(3), "words": np.array(list("abcd")), "many": RNG.random(4)}
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.arange(4) % 2, **arrays)
    dataset = opened(tmp_path / "a.npz").with_settings(changes)
    assert words in dataset.lacks
    with pytest.raises(DataError, match=re.escape(words)):
        dataset.load()


def test_a_file_that_has_changed_is_noticed(tmp_path: Path) -> None:
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.arange(4) % 2)
    dataset = opened(tmp_path / "a.npz")
    write_npz(tmp_path / "a.npz", x=np.ones((4, 3), np.float32), y=np.arange(4) % 2)
    with pytest.raises(
        DataError, match=r"a.npz has changed since it was opened: “x” is not what it was. Open it again."
    ):
        dataset.load()
    write_npz(tmp_path / "a.npz", x=np.ones((4, 2), np.float32), y=np.arange(4))
    with pytest.raises(DataError, match=r"“y” holds “2” \(sample 2\), which is none of its 2 classes"):
        dataset.load()
    (tmp_path / "a.npz").unlink()
    with pytest.raises(DataError, match="is not there"):
        dataset.load()


def whole(write: Callable[..., None], name: str, folder: Path) -> bytes:
    write(folder / name, x=IMAGES[:4], y=LABELS[:4])
    return (folder / name).read_bytes()


@pytest.mark.parametrize("name", ["a.npz", "b.npz", "a.safetensors", "a.npy", "x-idx3-ubyte", "x-idx3-ubyte.gz"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_read_or_refused(name: str, data: st.DataObject, tmp_path: Path) -> None:
    contents = {
        "a.npy": npy(IMAGES[:4, 0]),
        "x-idx3-ubyte": idx(IMAGES[:4]),
        "x-idx3-ubyte.gz": gzip.compress(idx(IMAGES[:4])),
    }
    content = bytearray(contents[name] if name in contents else whole(FORMATS[name], name, tmp_path))
    for _ in range(data.draw(st.integers(1, 4))):
        # Where the structure is: at the ends.
        place = data.draw(
            st.one_of(
                st.integers(0, min(150, len(content) - 1)), st.integers(-150, -1), st.integers(0, len(content) - 1)
            )
        )
        content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content)))) :]
    (tmp_path / name).write_bytes(content)
    with suppress(LayerloomError):
        open_data(str(tmp_path / name)).load()
