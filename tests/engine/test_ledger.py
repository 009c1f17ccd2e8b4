"""What the lines of the log say of the steps."""

import pytest
import torch

from engine.checkpoints import State
from engine.ledger import Ledger


def test_time_left_out_after_a_line_makes_no_training_faster_than_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("engine.ledger.time.monotonic", lambda: now[0])
    ledger = Ledger(State(), "accuracy")
    now[0] += 1
    assert ledger.line() is None
    step(ledger)
    assert ledger.line() is not None
    ledger.leave_out(1)
    now[0] += 2
    step(ledger)
    line = ledger.line()
    assert line is not None
    assert line.samples_per_second == pytest.approx(32 / 2)


def step(ledger: Ledger) -> None:
    ledger.note(torch.tensor(1.0), torch.tensor(0.5), 32)
    ledger.read()
