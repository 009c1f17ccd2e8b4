"""What is said of files and folders in which no data were found: what they are, and how the data in them are opened."""

import tarfile
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

from engine.errors import DataError
from engine.spec import abbreviate

TABLES = (".csv", ".tsv", ".tab", ".xlsx", ".parquet", ".jsonl", ".ndjson", ".sqlite", ".db")
PAGES = (b"<!doctype html", b"<html")
POINTER = b"version https://git-lfs"
RICH_TEXT = b"{\\rtf"
MOST_NAMES = 10_000
"""Files of an archive that are looked at."""
_WORKBOOKS = {".xls": "a workbook of Excel before 2007", ".ods": "a workbook of LibreOffice"}


def refuse_stand_ins(path: Path) -> None:
    """Raises `DataError` for what came in place of the data: a web page, a pointer of Git, a document, a single image;
    OSError.
    """
    from engine.datasets.images.pictures import header_of, suffixes

    with path.open("rb") as file:
        beginning = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith(PAGES):
        raise DataError(
            f"{path.name} is a web page, not the data themselves.",
            fix="Download it once more; its site may ask you to sign in first.",
        )
    if beginning.startswith(POINTER):
        raise DataError(
            f"{path.name} is only a pointer to a file that Git LFS keeps.", fix="Fetch the file with “git lfs pull”."
        )
    if beginning.startswith(RICH_TEXT):
        raise DataError(
            f"{path.name} is a document with fonts and the like (RTF), which is not read.",
            fix="Save it as plain text, a table as CSV, and open that.",
        )
    if path.suffix.lower() in suffixes():
        fault = header_of(path).fault
        raise DataError(
            f"{path.name} cannot be opened: {fault}." if fault else f"{path.name} is a single image.",
            expected="Images are opened as a folder of many.",
            fix="Open the folder in which they are.",
        )


def unread(path: Path) -> DataError:
    """The error for what none of the datasets reads."""
    tables = _tables_in(path)
    if tables and path.is_dir():
        return DataError(f"{path.name} is a folder of tables, which are opened one by one.", fix=_open(tables))
    if len(tables) > 1:
        return DataError(
            f"{path.name} is an archive of several tables, which are opened one by one.",
            fix=f"Unpack it. {_open(tables)}",
        )
    suffix = path.suffix.lower()
    if suffix in _WORKBOOKS and path.is_file():
        return DataError(
            f"{path.name} is {_WORKBOOKS[suffix]}, which is not read.", fix="Save it as .xlsx or CSV and open that."
        )
    if suffix == ".gz" and path.is_file():
        return DataError(f"{path.name} is packed.", fix=f"Unpack it, and open {path.stem}.")
    return DataError(
        f"{path.name} is no data that can be read.",
        expected="Tables, images in folders, arrays, texts and sounds can.",
        fix="Choose another file or folder.",
    )


def _open(tables: list[str]) -> str:
    name = abbreviate(Path(tables[0]).name, 60)
    return f"Open {name}." if len(tables) == 1 else f"Open one of its {len(tables):,} tables, such as {name}."


def _tables_in(path: Path) -> list[str]:
    """The tables in a folder or an archive, by name."""
    names: list[str] = []
    with suppress(OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError):
        names = [entry.name for entry in path.iterdir()] if path.is_dir() else _names_in_archive(path)
    return sorted(name for name in names if name.lower().endswith(TABLES) and not Path(name).name.startswith("."))


def _names_in_archive(path: Path) -> list[str]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return [name for name in archive.namelist()[:MOST_NAMES] if "__MACOSX" not in name]
    if not tarfile.is_tarfile(path):
        return []
    with tarfile.open(path) as archive:
        return [entry.name for entry, _ in zip(archive, range(MOST_NAMES), strict=False)]
