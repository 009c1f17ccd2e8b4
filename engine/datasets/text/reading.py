"""The text in a file, whatever its encoding."""

from pathlib import Path

from engine.errors import DataError

LARGEST = 2**28
"""Bytes of text that are read; a text is held in memory as a whole."""
SAMPLE = 2**16
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
"""What a text in these encodings begins with."""


def looks_like_text(path: Path) -> bool:
    """Whether a file begins with what people read; an empty one does."""
    try:
        with path.open("rb") as file:
            content = file.read(SAMPLE)
    except OSError:
        return False
    if content[:2] in MARKS:
        return True
    strange = sum(content.count(bytes([byte])) for byte in range(32) if byte not in b"\t\n\r\f\x1b")
    return strange * 100 <= len(content) and b"\0" not in content


def beginning_of(path: Path) -> str:
    """The whole lines at the beginning of a file. Raises `DataError`."""
    try:
        with path.open("rb") as file:
            content = file.read(4 * SAMPLE)
    except OSError as fault:
        raise _unreadable(path, fault) from None
    encoding = next((encoding for mark, encoding in MARKS.items() if content.startswith(mark)), "utf-8")
    text = content.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text[: text.rfind("\n") + 1] if len(content) == 4 * SAMPLE else text


def text_of(path: Path) -> str:
    """The text of a file, its line ends as ``\\n``. Raises `DataError`."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise DataError(
                f"{path.name} has {size / 2**20:,.0f} MB of text.",
                expected=f"At most {LARGEST // 2**20} MB are read.",
                fix="Split it, and choose a part.",
            )
        content = path.read_bytes()
    except OSError as fault:
        raise _unreadable(path, fault) from None
    return _decoded(content, path.name).replace("\r\n", "\n").replace("\r", "\n")


def _unreadable(path: Path, fault: OSError) -> DataError:
    return DataError(
        f"{path} cannot be read: {fault.strerror or fault}.", fix="Check that it is there and that you may read it."
    )


def _decoded(content: bytes, name: str) -> str:
    marked = next((encoding for mark, encoding in MARKS.items() if content.startswith(mark)), "")
    for encoding in filter(None, (marked, "utf-8", _guessed(content))):
        try:
            return content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    raise DataError(f"{name} is no text: its encoding cannot be told.", fix="Save it as UTF-8.")


def _guessed(content: bytes) -> str:
    """The likely encoding of what is not UTF-8; empty: it is no text."""
    try:
        content.decode("utf-8")
        return ""
    except UnicodeDecodeError as fault:
        # What is strange stands where UTF-8 fails, not at the beginning.
        sample = content[max(0, fault.start - SAMPLE // 2) : fault.start + SAMPLE // 2]
    if b"\0" in sample:
        return ""
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else "cp1252"
