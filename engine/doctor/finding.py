"""What the examination of data finds. Plain values, so that they cross the process border as they are."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from engine.project import LONGEST_TITLE, Silenced
from engine.report import Fix

Severity = Literal["serious", "doubt", "information"]
"""It spoils the training or what is measured of it; it may; or it is only good to know."""

SEVERITIES: tuple[Severity, ...] = ("serious", "doubt", "information")
MOST_ROWS = 2000
"""Rows that a finding names; of more it only tells how many there are."""


class Finding(msgspec.Struct, frozen=True):
    """What was found, the rows to look at, and the edit that mends it.

    ``rows`` count from 0 over all that the dataset brings: first its training samples, then those for validation and
    the test where it has them apart. They are the first `MOST_ROWS` of ``count``, the most telling first.
    """

    rule: str
    severity: Severity
    message: str
    rows: tuple[int, ...] = ()
    count: int = 0
    column: str = ""
    fix: Fix | None = None

    @property
    def silence(self) -> Silenced:
        """What keeps a project from being told of it again."""
        name = f"{self.rule}: {self.column}" if self.column else self.rule
        return Silenced(f"data {name}"[:LONGEST_TITLE])


class Findings(msgspec.Struct, frozen=True):
    """All that an examination found, the most severe first, and what it looked at."""

    findings: tuple[Finding, ...]
    samples: int
    looked_for: tuple[str, ...] = ()
    """What was looked for, each in a few words."""
    notes: tuple[str, ...] = ()
    """What a person must know of how it was done, such as that a model saw only a part of the samples."""

    def heard(self, silences: Iterable[Silenced]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """The findings to be told, and those that are silenced."""
        told = set(silences)
        return (
            tuple(finding for finding in self.findings if finding.silence not in told),
            tuple(finding for finding in self.findings if finding.silence in told),
        )
