"""Memory that does not suffice: the run ends with its last checkpoint, and what fits is one click away."""

from pathlib import Path

import pytest
import torch
from drawings import project
from forked import Trainers

from engine import shortage
from engine.data import prepare
from engine.events import Failed
from engine.layers import Flatten, Input, Linear, Output, ReLU
from engine.runs import Run
from engine.workbench import Workbench

WIDE = project(Input(), Flatten(), Linear(30_000), ReLU(), Linear(10), Output(), epochs=1, batch_size=4096)


@pytest.mark.parametrize("room", [250_000_000])
def test_a_batch_that_does_not_fit_is_told_with_one_that_does(trainers: Trainers, tmp_path: Path, room: int) -> None:
    run = Run.create(tmp_path / "run", WIDE)
    assert trainers.train(run, printed=tmp_path / "printed", room=room) == 1
    printed, end = (tmp_path / "printed").read_text(), run.events()[-1]

    assert isinstance(end, Failed)
    assert "needs about" in end.message
    assert end.message in printed
    (offer,) = end.offers
    fits = offer.changes["training.batch_size"]
    assert 1 <= fits < 1438
    assert f"{fits:,}" in end.fix
    smaller = Run.create(tmp_path / "smaller", WIDE.with_value("training.batch_size", fits))
    assert trainers.train(smaller, printed=tmp_path / "again", room=room) == 0, (tmp_path / "again").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8 GiB", "2"),
        ("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000 bytes. Error code 12", "4"),
    ],
)
def test_how_much_was_refused_is_said_for_every_device(words: str, told: str) -> None:
    drawn = WIDE.with_value("training.batch_size", 8)
    bench = Workbench(drawn, prepare(drawn.data))
    fault = shortage.shortage(drawn, bench, torch.OutOfMemoryError(words))
    assert f"refused {told}" in fault.expected
    assert fault.offers[0].changes == {"training.batch_size": 4}
