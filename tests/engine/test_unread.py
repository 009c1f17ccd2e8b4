"""What is said of files in which there are no data: what they are, and what to open instead."""

import gzip
import tarfile
import zipfile
from pathlib import Path

import pytest

from engine.datasets.files import open_data
from engine.errors import DataError

ROWS = "age,town,bought\n" + "".join(f"{20 + n},{('Ulm', 'Bonn')[n % 2]},{('no', 'yes')[n % 2]}\n" for n in range(40))
ONE_PIXEL = b"BM\x3a" + bytes(7) + b"\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18" + bytes(29)


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as refused:
        open_data(str(path))
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_an_archive_with_tables_says_which_to_unpack(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        for name in ("train", "test"):
            archive.writestr(f"data/{name}.csv", ROWS)
    words = "one.zip is an archive of several tables, which are opened one by one. Unpack it."
    assert refusal(tmp_path / "one.zip") == f"{words} Open one of its 2 tables, such as test.csv."
    (tmp_path / "a.csv").write_text(ROWS)
    with tarfile.open(tmp_path / "two.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "a.csv", "a.csv")
        archive.add(tmp_path / "a.csv", "b.csv")
    assert refusal(tmp_path / "two.tar.gz").endswith("Unpack it. Open one of its 2 tables, such as a.csv.")


def test_a_folder_of_tables_says_that_one_is_opened(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    for name in ("b.csv", "a.csv"):
        (tmp_path / "tables" / name).write_text(ROWS)
    words = "tables is a folder of tables, which are opened one by one. Open one of its 2 tables, such as a.csv."
    assert refusal(tmp_path / "tables") == words


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.log.gz", gzip.compress(ROWS.encode()), "a.log.gz is packed. Unpack it, and open a.log."),
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "a.xls is a workbook of Excel before 2007"),
        ("a.csv", b"\n<!DOCTYPE html><html><body>404</body></html>\n" * 5, "a.csv is a web page, not the data"),
        ("a.parquet", b"\xef\xbb\xbf<HTML>", "a.parquet is a web page, not the data"),
        (
            "a.csv",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 1\n",
            "Fetch the file with “git lfs",
        ),
        ("a.csv", b"{\\rtf1\\ansi a,b,y\\par 1,2,3}", "a.csv is a document with fonts and the like (RTF)"),
        ("a.png", b"A text. " * 2000, "a.png cannot be opened: it is no image. Images are opened as a folder"),
        ("a.bmp", ONE_PIXEL, "a.bmp is a single image. Images are opened as a folder of many."),
        ("a.pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(300), "a.pdf is no data that can be read."),
        ("a.zip", b"PK and no more", "a.zip"),
    ],
)
def test_what_it_is_and_what_to_do_is_said(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert words in refusal(tmp_path / name)
