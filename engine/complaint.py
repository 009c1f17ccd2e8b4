"""What went wrong in code that a person has written, in words, with the line of their source."""

import traceback

_FILE = "<the code of "
_LONGEST = 160


def file_of(class_name: str) -> str:
    """What tracebacks call the source of this class."""
    return f"{_FILE}{class_name}>"


def complaint(fault: BaseException) -> str:
    """What code has raised, as the rest of a sentence: ``raises ValueError in line 7: no such size``."""
    where = _line(fault)
    words = fault.msg if isinstance(fault, SyntaxError) else str(fault)
    first = next(iter(words.strip().splitlines()), "")[:_LONGEST].rstrip(". ")
    shown = "".join(letter if letter.isprintable() else " " for letter in first)
    return f"raises {type(fault).__name__}{f' in line {where[1]}' if where else ''}{f': {shown}' if shown else ''}"


def told(fault: BaseException) -> str:
    """The sentence for what went wrong in the code of a person; empty: it went wrong elsewhere."""
    where = _line(fault)
    return f"{where[0]} {complaint(fault)}." if where else ""


def _line(fault: BaseException) -> tuple[str, int] | None:
    """The class in whose source something was raised, and the line; None: it was raised elsewhere."""
    frames = traceback.extract_tb(fault.__traceback__)
    found = [(frame.filename, frame.lineno or 1) for frame in frames]
    if isinstance(fault, SyntaxError):
        found.append((fault.filename or "", fault.lineno or 1))
    own = [(file.removeprefix(_FILE).rstrip(">"), line) for file, line in found if file.startswith(_FILE)]
    return own[-1] if own else None
