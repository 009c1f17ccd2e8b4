"""Ten thousand damaged project files: each is refused in one clear sentence, or is a project that can be analysed."""

import random
import time
from collections.abc import Iterator

from damage import damaged, documents, unclear

from engine.analysis import analyse
from engine.errors import ProjectError
from engine.project import Project, from_json, to_json
from engine.templates import template

COUNT = 10_000
ANALYSED = 20
"""One in so many of those that can still be read is analysed."""
PATIENCE = 10.0
"""Seconds that one of them may take while the machine is busy with all else; alone it is a tenth of one."""


def attempts(count: int) -> Iterator[tuple[int, bytes]]:
    chance = random.Random(7)
    whole = documents()
    for number in range(count):
        yield number, damaged(chance, chance.choice(whole))


def read(content: bytes) -> Project | str:
    """The project, or why it is refused. Whatever else is raised fails the test."""
    try:
        return from_json(content)
    except ProjectError as refusal:
        return str(refusal)


def test_a_damaged_file_is_refused_clearly_or_is_a_project() -> None:
    # The first analysis loads half of torch.
    analyse(template("digits").project)
    refused = valid = 0
    for number, content in attempts(COUNT):
        start = time.monotonic()
        answer = read(content)
        if isinstance(answer, Project):
            valid += 1
            assert from_json(to_json(answer)) == answer
            if valid % ANALYSED == 0:
                analyse(answer)
        else:
            refused += 1
            assert not unclear(answer), (unclear(answer), answer[:600], number)
        assert time.monotonic() - start < PATIENCE, (number, content[:300])
    assert refused > valid > COUNT / 50
