"""The devices of a machine, by names that people know."""

import pytest
import torch

from engine.devices import choose, devices, title_of
from engine.errors import TrainingError


def test_the_processor_is_always_there_with_its_cores() -> None:
    processor = devices()[0]

    assert processor.id == "cpu"
    assert processor.title.startswith("CPU (")
    assert " core" in processor.title


def test_every_device_can_be_chosen_by_its_id() -> None:
    for device in devices():
        assert str(choose(device.id)) == device.id
        assert title_of(choose(device.id)) == device.title


def test_auto_takes_a_graphics_card_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose("auto") == torch.device("cpu")

    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose(" Auto ") == torch.device("mps")


@pytest.mark.parametrize("name", ["abacus", "cuda:99", "", "cpu:1"])
def test_a_device_that_is_not_there_is_told_with_those_that_are(name: str) -> None:
    with pytest.raises(TrainingError, match="It has: cpu, CPU"):
        choose(name)
