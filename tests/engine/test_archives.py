"""Archives of images or of a table: unpacked once, and never what would leave the folder."""

import gzip
import io
import os
import shutil
import sys
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_files import classes

from engine.datasets import ImageFolder, LabelledTexts, archives
from engine.datasets.files import open_data
from engine.datasets.tables import Table
from engine.errors import DataError


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A folder of images."""
    return classes(tmp_path / "pets", "cat", "dog")


def zipped(folder: Path, path: Path) -> Path:
    """The folder as a ZIP archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder.parent))
    return path


PACKED = {".tar": "", ".tar.gz": "gz", ".tgz": "gz", ".tar.bz2": "bz2", ".tar.xz": "xz"}


@pytest.mark.parametrize("ending", [".zip", *PACKED])
def test_an_archive_is_read_like_its_folder(pets: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"all{ending}"
    if ending == ".zip":
        zipped(pets, path)
    else:
        with tarfile.open(path, "w:" + PACKED[ending]) as archive:  # pyright: ignore[reportCallIssue]
            archive.add(pets, "pets")
    dataset, plain = open_data(str(path)), open_data(str(pets))
    assert isinstance(dataset, ImageFolder)

    assert dataset.path == str(path)
    assert dataset.classes == plain.classes
    assert dataset.load().names == tuple(f"pets/{name}" for name in plain.load().names)
    assert (dataset.load().train.inputs == plain.load().train.inputs).all()


def test_unpacking_tells_how_far_it_is_and_is_done_once(pets: Path, tmp_path: Path, home: Path) -> None:
    dataset = ImageFolder(path=str(zipped(pets, tmp_path / "pets.zip")), class_names=("cat", "dog"))

    progress = list(dataset.fetch())

    assert progress[0].message == "Unpacking pets.zip"
    assert progress[-1].message == "Decoding images"
    assert list(dataset.fetch()) == []
    assert not list(home.rglob("*.part"))


def test_what_was_unpacked_longest_ago_is_thrown_away(
    pets: Path, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_CACHE", 1)
    first, second = (archives.folder_in(zipped(pets, tmp_path / f"{name}.zip")) for name in "ab")
    assert first is not None
    assert second is not None
    assert not first.exists()
    assert second.is_dir()
    assert archives.folder_in(tmp_path / "a.zip") == first, "it is unpacked anew"


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "a/../../out.png", "C:\\out.png", "..\\out.png"])
@pytest.mark.parametrize("ending", [".zip", ".tar"])
def test_what_climbs_out_is_refused(tmp_path: Path, name: str, ending: str, home: Path) -> None:
    path = tmp_path / f"trap{ending}"
    if ending == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), b"x")
    else:
        with tarfile.open(path, "w") as archive:
            archive.addfile(tarfile.TarInfo(name))
    with pytest.raises(DataError, match=r"lies outside of it: it is not unpacked"):
        open_data(str(path))
    assert not list(tmp_path.rglob("out.png")) + list(home.rglob("*out.png"))


def with_entry(path: Path, kind: bytes, name: str, target: str) -> Path:
    """A TAR archive with one entry of this kind."""
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, target
        archive.addfile(entry)
    return path


@pytest.mark.parametrize(
    ("kind", "target", "words"),
    [
        (tarfile.SYMTYPE, "../../secret.png", "holds the link a/b.png, which leads out of it"),
        (tarfile.SYMTYPE, "/etc/passwd", "holds the link a/b.png, which leads out of it"),
        (tarfile.LNKTYPE, "../secret.png", "lies outside of it"),
        (tarfile.CHRTYPE, "", "neither file nor folder"),
        (tarfile.FIFOTYPE, "", "neither file nor folder"),
    ],
)
def test_links_that_leave_and_devices_are_refused(tmp_path: Path, kind: bytes, target: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        open_data(str(with_entry(tmp_path / "trap.tar", kind, "a/b.png", target)))


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_a_link_in_a_zip_is_looked_at_too(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("a/b.png")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "trap.zip", "w") as archive:
        archive.writestr(entry, "../../secret.png")
    with pytest.raises(DataError, match=r"holds the link a/b\.png"):
        open_data(str(tmp_path / "trap.zip"))


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_a_bomb_is_refused_before_it_fills_the_disk(
    tmp_path: Path, home: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED", 1_000_000)
    path, zeros = tmp_path / f"bomb{ending}", bytes(20_000_000)
    if ending == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.png", zeros)
    else:
        with tarfile.open(path, "w:gz") as archive:
            entry = tarfile.TarInfo("a.png")
            entry.size = len(zeros)
            archive.addfile(entry, io.BytesIO(zeros))
    with pytest.raises(DataError, match="unpacks to more than"):
        open_data(str(path))
    assert not list(home.rglob("a.png"))


def test_a_locked_archive_is_told(tmp_path: Path, pets: Path) -> None:
    content = bytearray(zipped(pets, tmp_path / "pets.zip").read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := content.find(mark, start + 1)) >= 0:
            content[start + place] |= 1
    (tmp_path / "pets.zip").write_bytes(content)
    with pytest.raises(DataError, match="locked with a password"):
        open_data(str(tmp_path / "pets.zip"))


def test_an_archive_of_other_things_is_none_of_these(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "texts.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    assert ImageFolder.opened(tmp_path / "texts.zip") is None


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ".tar"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_archives_are_told_in_a_sentence(tmp_path: Path, ending: str, data: st.DataObject) -> None:
    path = tmp_path / f"whole{ending}"
    if not path.exists():
        folder = classes(tmp_path / "pets", "cat", "dog", count=1)
        if ending == ".zip":
            zipped(folder, path)
        else:
            with tarfile.open(path, "w:gz" if ending.endswith("gz") else "w") as archive:
                archive.add(folder, "pets")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    broken = tmp_path / f"broken{ending}"
    broken.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    os.utime(broken, ns=(data.draw(st.integers(1, 2**60)),) * 2)
    with suppress(DataError):
        found = ImageFolder.opened(broken)
        assert found is None or found.load()


def test_a_tar_that_ends_with_a_zip_is_read_as_what_it_is(pets: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.write(next(pets.rglob("*.png")), "other/strange.png")
    with tarfile.open(tmp_path / "pets.tar", "w") as archive:
        archive.add(pets, "pets")
        archive.add(tmp_path / "inner.zip", "pets/inner.zip")
    assert open_data(str(tmp_path / "pets.tar")).sizes == open_data(str(pets)).sizes


def test_a_file_that_a_tar_holds_as_a_link_is_unpacked_as_well(pets: Path, tmp_path: Path) -> None:
    first = next(pets.rglob("*.png"))
    (first.parent / "zz_same.png").hardlink_to(first)
    with tarfile.open(tmp_path / "pets.tar.gz", "w:gz") as archive:
        archive.add(pets, "pets")
        assert any(entry.islnk() for entry in archive.getmembers())
        lost = tarfile.TarInfo("pets/lost.png")
        lost.type, lost.linkname = tarfile.LNKTYPE, "pets/nowhere.png"
        archive.addfile(lost)
    dataset = open_data(str(tmp_path / "pets.tar.gz"))
    assert dataset.sizes == open_data(str(pets)).sizes
    assert [one.place for one in dataset.load().skipped] == ["pets/lost.png"]


@pytest.mark.parametrize("ending", [".zip", ".tar"])
def test_links_within_an_archive_are_counted_and_named(pets: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"pets{ending}"
    names = ["pets/cat/a_link.png", "pets/linked"]
    if ending == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in pets.rglob("*.png"):
                archive.write(file, f"pets/{file.relative_to(pets)}")
            for name in names:
                entry = zipfile.ZipInfo(name)
                entry.external_attr = 0o120777 << 16
                archive.writestr(entry, "dog")
    else:
        with tarfile.open(path, "w") as archive:
            archive.add(pets, "pets")
            for name in names:
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = tarfile.SYMTYPE, "dog"
                archive.addfile(entry)
    dataset = open_data(str(path))
    assert dataset.sizes == open_data(str(pets)).sizes
    skipped = dataset.load().skipped
    assert [one.place for one in skipped] == names
    assert {one.reason for one in skipped} == {"it is a link, and links in archives are not followed"}


ROWS = "age,town,bought\n" + "".join(f"{20 + n},{('Ulm', 'Bonn')[n % 2]},{('no', 'yes')[n % 2]}\n" for n in range(40))


def with_table(path: Path, content: str) -> Path:
    """An archive with this table in it, and with what often lies beside one."""
    if path.name.endswith(".csv.gz"):
        path.write_bytes(gzip.compress(content.encode()))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data/people.csv", content)
            archive.writestr("data/README.txt", "What people bought.")
            archive.writestr("__MACOSX/data/._people.csv", "x")
    else:
        with tarfile.open(path, "w:gz") as archive:
            entry = tarfile.TarInfo("people.csv")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    return path


@pytest.mark.parametrize("name", ["people.zip", "people.tar.gz", "people.csv.gz"])
def test_a_table_in_an_archive_is_read_like_the_table(tmp_path: Path, home: Path, name: str) -> None:
    dataset = open_data(str(with_table(tmp_path / name, ROWS)))
    assert isinstance(dataset, Table)
    assert dataset.path == str(tmp_path / name)
    assert (dataset.target, dataset.rows) == ("bought", 40)
    assert len(dataset.load().train) == 40
    # What is unpacked may be thrown away at any time.
    shutil.rmtree(home / "unpacked", ignore_errors=True)
    assert len(dataset.load().train) == 40
    (tmp_path / name).unlink()
    assert dataset.lacks == f"{tmp_path / name} is not there."


def test_the_file_for_the_test_may_be_an_archive_too(tmp_path: Path, home: Path) -> None:
    from engine.datasets.tables.editing import with_test_file

    dataset = open_data(str(with_table(tmp_path / "train.csv.gz", ROWS)))
    assert isinstance(dataset, Table)
    tested = with_test_file(dataset, str(with_table(tmp_path / "test.zip", ROWS.replace("Ulm", "Bonn"))))
    assert tested.sizes == (40, 40)
    assert tested.load().test is not None


def test_labelled_texts_in_an_archive_are_texts(tmp_path: Path, home: Path) -> None:
    rows = "".join(
        f"the {('good', 'bad')[n % 2]} film number {n} was rather long,{('pos', 'neg')[n % 2]}\n" for n in range(40)
    )
    dataset = open_data(str(with_table(tmp_path / "films.zip", f"text,label\n{rows}")))
    assert isinstance(dataset, LabelledTexts)
    assert len(dataset.load().train) == 40


@pytest.mark.parametrize("name", ["people.zip", "people.tar.gz", "people.csv.gz"])
def test_a_damaged_archive_of_a_table_is_told_in_a_sentence(tmp_path: Path, home: Path, name: str) -> None:
    path = with_table(tmp_path / name, ROWS)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="damaged or cut off"):
        open_data(str(path))


def test_a_fault_in_a_table_in_an_archive_is_told_of_the_table(tmp_path: Path, home: Path) -> None:
    with pytest.raises(DataError, match=r"people\.csv holds only a header and no rows"):
        open_data(str(with_table(tmp_path / "people.zip", "age,town\n")))
