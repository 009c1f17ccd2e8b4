"""What the lines of the log say of the steps."""

import time

import torch

from engine.checkpoints import State
from engine.ledger import Ledger


def test_time_left_out_after_a_line_makes_no_training_faster_than_it_is() -> None:
    ledger = Ledger(State(), "accuracy")
    began = time.monotonic()
    time.sleep(0.02)
    assert ledger.line() is None
    step(ledger)
    assert ledger.line() is not None
    ledger.leave_out(time.monotonic() - began)
    time.sleep(0.02)
    step(ledger)
    line = ledger.line()
    assert line is not None
    assert line.samples_per_second <= 32 / 0.02


def step(ledger: Ledger) -> None:
    ledger.note(torch.tensor(1.0), torch.tensor(0.5), 32)
    ledger.read()
