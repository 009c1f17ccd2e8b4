"""The bytes of a text file, looked through once: how its letters are written, and whether it is text at all."""

import codecs
import re
from collections.abc import Generator, Iterator
from pathlib import Path

import msgspec

from engine.datasets.dataset import Progress, outcome
from engine.errors import DataError

CHUNK = 4 * 2**20
LONGEST_ROW = 4 * 2**20
"""Bytes. A longer row is no row, but a file without line ends."""
SAMPLE = 2**16
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Content(msgspec.Struct, frozen=True):
    """What a whole file is written in, and whether its quotes come in pairs."""

    encoding: str
    even_quotes: bool = True


def content_of(path: Path) -> Content:
    """Looks through a text file. Raises `DataError` where it is empty, no text, or written in several ways."""
    return outcome(looked_through(path))


def looked_through(path: Path) -> Generator[Progress, None, Content]:
    """`content_of`, with how far it is."""
    beginning = beginning_of(path, 4)
    if not beginning:
        raise DataError(f"{path.name} is empty.", fix="Choose a file with rows in it.")
    if beginning.startswith(UTF_16):
        return _of_utf_16(path)
    look, size, done = _Look(path), path.stat().st_size, 0
    for chunk in _chunks(path):
        look.take(chunk)
        done += len(chunk)
        yield Progress(f"Looking through {path.name}", min(done, size), size, "bytes")
    return look.taken()


def beginning_of(path: Path, count: int) -> bytes:
    """The first bytes of a file. Raises `DataError`."""
    return next(_chunks(path, count), b"")


def unreadable(path: Path, fault: OSError) -> DataError:
    """What is said of a file that the system does not hand out."""
    return DataError(
        f"{path} cannot be read: {fault.strerror or fault}.", fix="Check that it is there and that you may read it."
    )


def _chunks(path: Path, size: int = CHUNK) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(size):
                yield chunk
    except OSError as fault:
        raise unreadable(path, fault) from None


def _of_utf_16(path: Path) -> Content:
    decoder, quotes = codecs.getincrementaldecoder("utf-16")(), 0
    try:
        for chunk in _chunks(path):
            quotes += decoder.decode(chunk).count('"')
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise DataError(
            f"{path.name} begins as UTF-16 and goes on as something else.", fix="Save it as UTF-8 and open it again."
        ) from None
    return Content("utf-16", quotes % 2 == 0)


class _Look:
    """One pass over a file whose bytes stand for letters, numbers and separators by themselves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.rows = 0
        self.row_length = 0
        self.quotes = 0
        self.foreign_row = 0
        """The first row that is no UTF-8; 0: none so far."""
        self.letters_row = 0
        """The first row with letters beyond ASCII in UTF-8; 0: none so far."""
        self.sample = bytearray()

    def take(self, chunk: bytes) -> None:
        """The next bytes. Raises `DataError` where they are no text."""
        self._measure(chunk)
        if not chunk.isascii() or self.decoder.getstate()[0]:
            self._read_letters(chunk)
        self.rows += chunk.count(b"\n")
        self.quotes += chunk.count(b'"')

    def taken(self) -> Content:
        """What the whole file is, once all of it has been taken."""
        if self.decoder.getstate()[0] and not self.foreign_row:
            self.foreign_row = self.rows + 1
        return Content(self._encoding(), self.quotes % 2 == 0)

    def _measure(self, chunk: bytes) -> None:
        if (zero := chunk.find(b"\0")) >= 0:
            row = self.rows + chunk.count(b"\n", 0, zero) + 1
            raise DataError(
                f"{self.path.name} is no text: row {row:,} holds a zero byte.",
                fix="Save the table as CSV in UTF-8 and open that.",
            )
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        if last >= 0:
            self.row_length = len(chunk) - last
            return
        self.row_length += len(chunk)
        if self.row_length > LONGEST_ROW:
            raise too_long(self.path, self.rows + 1)

    def _read_letters(self, chunk: bytes) -> None:
        if self.foreign_row:
            self._read_foreign(chunk)
            return
        before = self.decoder.getstate()[0]
        try:
            self.decoder.decode(chunk)
            self.letters_row = self.letters_row or self.rows + 1 + _row_of_letters(chunk)
        except UnicodeDecodeError as fault:
            place = max(0, fault.start - len(before))
            self.foreign_row = self.rows + chunk.count(b"\n", 0, place) + 1
            if not self.letters_row and not chunk[:place].isascii():
                self.letters_row = self.rows + 1 + _row_of_letters(chunk)
            self.decoder.reset()
            self._read_foreign(chunk[place:])

    def _read_foreign(self, chunk: bytes) -> None:
        for line in chunk.splitlines():
            if len(self.sample) > SAMPLE:
                return
            if not line.isascii():
                self.sample += line + b"\n"

    def _encoding(self) -> str:
        if not self.foreign_row:
            return "utf-8"
        if self.letters_row:
            raise DataError(
                f"{self.path.name} mixes two ways of writing letters: row {self.foreign_row:,} is no UTF-8, "
                f"though row {self.letters_row:,} is.",
                fix="Save the whole table as UTF-8.",
            )
        return _guessed(bytes(self.sample))


_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def _row_of_letters(chunk: bytes) -> int:
    letter = _BEYOND_ASCII.search(chunk)
    return chunk.count(b"\n", 0, letter.start()) if letter else 0


def _guessed(sample: bytes) -> str:
    """The encoding that reads best; of those that read alike the one that is common in tables."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    alike = {"cp1252", *(best.could_be_from_charset if best else ())}
    if best is None or ("cp1252" in alike and _reads_as_words(sample, "cp1252")):
        return "cp1252" if _reads(sample, "cp1252") else "latin-1"
    return best.encoding


def _reads(sample: bytes, encoding: str) -> bool:
    try:
        sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _reads_as_words(sample: bytes, encoding: str) -> bool:
    """Whether what is beyond ASCII are letters between letters, in the main."""
    if not _reads(sample, encoding):
        return False
    beyond = [letter for letter in sample.decode(encoding) if ord(letter) > 127]
    return sum(letter.isalpha() for letter in beyond) >= 0.8 * len(beyond)


def too_long(path: Path, row: int) -> DataError:
    """What is said of a row that does not end."""
    return DataError(
        f"Row {row:,} of {path.name} is longer than {LONGEST_ROW >> 20} MB.",
        expected="Rows end with a line break; a quote that is opened must be closed.",
        fix="Correct that row, or the quote of the table.",
    )
