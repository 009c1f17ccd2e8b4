"""Texts and numbers as people read them: one place for every panel, the status line and the canvas."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from engine.layers import in_words
from engine.metrics import described
from engine.spec import Shape


def translated(text: str) -> str:
    """A text of the engine in the language of the window; as it is where no translation is loaded."""
    return QCoreApplication.translate("engine", text) if text else ""


def sentences(message: str) -> tuple[str, str]:
    """What a problem is, which is its first sentence, and why it matters, which is the rest."""
    what, point, why = message.partition(". ")
    return (f"{what}.", why) if point else (message, "")


def with_thousands(count: int) -> str:
    """``693,962``."""
    return f"{count:,}"


def in_short(count: int) -> str:
    """A count with three significant digits: ``694 k``, ``25.6 M``."""
    return _scaled(count, ("", "k", "M", "G", "T")).strip()


def in_flops(count: int) -> str:
    """Floating-point operations: ``1.78 MFLOP``."""
    return _scaled(count, ("FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP"))


def in_bytes(count: int) -> str:
    """``12.4 MB``; a MB is a million bytes."""
    return _scaled(count, ("bytes", "kB", "MB", "GB", "TB"))


def in_percent(share: float) -> str:
    """A share of 1 with two significant digits: ``22 %``, ``0.046 %``; what is very small is less than ``0.01 %``."""
    percent = 100 * share
    if 0 < percent < 0.01:
        return "< 0.01 %"
    if 99.5 <= percent < 100:
        return "> 99 %"
    return f"{percent:.0f} %" if percent >= 10 or not percent else f"{percent:.2g} %"


def shape_in_words(shape: Shape) -> str:
    """``1 × 28 × 28``."""
    return in_words(shape).replace("×", " × ")


def classes_in_words(task: str) -> str:
    """What those are called that are told apart where this is asked for."""
    titles = {"transcription": _tr("Symbols"), "multilabel": _tr("Labels")}
    return titles.get(task, _tr("Classes"))


def duration(seconds: float) -> str:
    """``0:09``, ``12:30``, ``1:02:03``; of less than a second, ``0.4 s``."""
    if 0 < seconds < 1:
        return _tr("{seconds} s").format(seconds=f"{seconds:.1g}")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(when: QDateTime) -> str:
    """``22 Nov 2026 23:40``."""
    locale = QLocale()
    day = locale.toString(when.date(), "d MMM yyyy")
    return f"{day} {locale.toString(when.time(), QLocale.FormatType.ShortFormat)}"


def metric_in_words(name: str, value: float) -> str:
    """A metric by its name: ``97.8 %`` where it is a share, else ``0.0412``."""
    metric = described(name)
    return f"{100 * value:.1f} %" if metric and metric.percent else brief(f"{value:.4g}")


def brief(number: str) -> str:
    """A number without what its exponent can do without: ``1e-8``, ``4e14``."""
    return re.sub(r"e([+-])0*", lambda found: "e" + found[1].strip("+"), number)


def _scaled(count: int, units: Sequence[str]) -> str:
    """With three significant digits in the unit that leaves the fewest zeros."""
    value, unit = float(count), units[0]
    for larger in units[1:]:
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    decimals = 0 if unit == units[0] or value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:.{decimals}f} {unit}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Words", text)
