"""Settings: what is allowed is kept, what is not is refused in words."""

import json
import math
from typing import Any

import msgspec
import pytest
from drawings import every, specs
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augmentation import Augmentation
from engine.data import Data
from engine.datasets import Dataset
from engine.errors import ProjectError, SettingError
from engine.layers import Conv2d, Dropout, Input, Layer, Linear, MaxPool2d
from engine.losses import Loss
from engine.metrics import Metric
from engine.optimizers import SGD, Adam, Optimizer
from engine.penalties import Penalty
from engine.project import with_path
from engine.spec import Field, Spec, abbreviate, carried_over, integer, names, place, read_spec, records, write_spec
from engine.splits import Split
from engine.steps import Step
from engine.training import Training

FAMILIES = (Layer, Dataset, Loss, Optimizer, Step, Split, Augmentation, Penalty, Metric)
KINDS = [(family, kind) for family in FAMILIES for kind in every(family)]
CHOSEN = [*(kind for _, kind in KINDS), Data, Training]
FIELDS = {f"{kind.__name__}.{name}": field for kind in CHOSEN for name, field in kind.declared.items()}


@pytest.mark.parametrize(("family", "kind"), KINDS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_choice_survives_a_file(family: type[Spec], kind: type[Spec], data: st.DataObject) -> None:
    spec = data.draw(specs(kind))
    assert read_spec(family, json.loads(json.dumps(write_spec(spec))), "here") == spec


@pytest.mark.parametrize(("family", "kind"), KINDS)
def test_every_choice_explains_itself(family: type[Spec], kind: type[Spec]) -> None:
    del family
    assert kind.help().endswith((".", "?")), "help is a sentence"
    assert kind.title


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_every_setting_explains_itself_and_keeps_its_limits(field: Field) -> None:
    assert field.help.endswith(".")
    assert field.expected().startswith("It must be ")
    if field.low is not None and field.kind in ("integer", "number"):
        assert field.low <= field.default <= (field.high or math.inf)


@pytest.mark.parametrize(
    ("layer", "name", "value", "expected"),
    [
        (Conv2d(), "out_channels", 0, "a whole number from 1 to 1,000,000"),
        (Conv2d(), "out_channels", 2.5, "a whole number from 1 to 1,000,000"),
        (Conv2d(), "out_channels", 10**40, "a whole number from 1 to 1,000,000"),
        (Conv2d(), "out_channels", None, "a whole number"),
        (Conv2d(), "kernel_size", [3], "or two of them for height and width"),
        (Conv2d(), "kernel_size", [0, 3], "from 1 to 4,096"),
        (Conv2d(), "padding", "sam", "or “same”"),
        (Conv2d(), "bias", "yes", "true or false"),
        (Dropout(), "p", 1, "a number from 0 to 0.99"),
        (Dropout(), "p", math.nan, "a number from 0 to 0.99"),
        (Dropout(), "p", 1e308, "a number from 0 to 0.99"),
        (Dropout(), "p", "half", "a number from 0 to 0.99"),
        (Adam(), "learning_rate", math.inf, "a number from 0 to 1,000"),
        (Input(), "shape", [1] * 9, "at most 6 sizes"),
        (Input(), "shape", [0], "from 1 to 65,536"),
        (Input(), "shape", 5, "a list of at most 6 sizes"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_the_bounds(layer: Spec, name: str, value: Any, expected: str) -> None:
    with pytest.raises(SettingError) as refusal:
        layer.with_setting(name, value)
    assert name in refusal.value.message
    assert expected in refusal.value.expected


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match="Linear has no setting “units”") as refusal:
        Linear().with_setting("units", 3)
    assert "out_features, bias" in refusal.value.expected


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ProjectError, match=r"here.type: there is no optimizer called “Sgd”") as refusal:
        read_spec(Optimizer, {"type": "Sgd"}, "here")
    assert "SGD" in refusal.value.expected


def test_of_many_kinds_the_nearest_is_named() -> None:
    with pytest.raises(ProjectError) as refusal:
        read_spec(Layer, {"type": "Konv2d"}, "here")
    assert refusal.value.expected.startswith("Nearest to it: Conv2d")


def test_a_long_text_does_not_fill_the_message() -> None:
    with pytest.raises(SettingError) as refusal:
        Conv2d().with_setting("padding", "x" * 10_000_000)
    assert len(str(refusal.value)) < 400


def test_one_number_stands_for_height_and_width() -> None:
    assert MaxPool2d().with_setting("kernel_size", [3, 3]).kernel_size == (3, 3)
    assert MaxPool2d().with_setting("kernel_size", 3).kernel_size == 3


def test_abbreviating_keeps_both_ends() -> None:
    short = abbreviate("start" + "x" * 500 + "end")
    assert len(short) < 170
    assert short.startswith("start")
    assert short.endswith("end")


def test_settings_that_fit_are_carried_over() -> None:
    assert carried_over(Adam(0.5, weight_decay=0.1), SGD()) == SGD(0.5, weight_decay=0.1)
    assert carried_over(Adam(), SGD()) == SGD(), "a default that was never touched gives way to the new one"


class Stone(Spec, frozen=True):
    """A family whose members are chosen several at a time."""


class Pebble(Stone, frozen=True):
    """A small one."""

    weight: int = integer(1, low=1, high=9, help="Grams.")
    found_at: tuple[str, ...] = names(help="Where it was found.")


class Weighed(msgspec.Struct, frozen=True):
    grams: int
    name: str = ""


class Heap(Spec, frozen=True):
    """What holds several choices, and records."""


class StoneHeap(Heap, frozen=True):
    """A heap of stones."""

    stones: tuple[Stone, ...] = ()
    weighed: tuple[Weighed, ...] = records(Weighed, help="Each by itself.")
    origin: str = place(help="Where it lies.")


def test_a_list_of_choices_is_written_and_read_and_left_out_while_empty() -> None:
    heap = StoneHeap((Pebble(3), Pebble(4, ("brook",))), (Weighed(2, "a"),), "/tmp/x")
    assert StoneHeap.read(heap.settings(), "heap") == heap
    assert "stones" not in StoneHeap().settings()
    assert heap.settings()["stones"][1] == {"type": "Pebble", "settings": {"weight": 4, "found_at": ("brook",)}}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"stones": 3}, "heap.stones is no list."),
        ({"stones": [{"type": "Pebble", "settings": {"weight": 30}}]}, "heap.stones[0].settings.weight cannot be 30."),
        ({"stones": [{"type": "Pebble"}] * 101}, "heap.stones holds 101 entries."),
        ({"weighed": [{"grams": "x"}]}, "heap.weighed cannot be"),
        ({"weighed": 7}, "heap.weighed cannot be 7."),
    ],
)
def test_a_list_that_cannot_be_read_names_the_place(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ProjectError) as fault:
        StoneHeap.read(settings, "heap")
    assert fault.value.message.startswith(words)


def test_an_entry_of_a_list_of_choices_is_changed_by_its_path() -> None:
    heap = StoneHeap((Pebble(3), Pebble(4)))
    assert with_path(heap, "stones.1.weight", 7) == StoneHeap((Pebble(3), Pebble(7)))
    assert with_path(heap, "stones.0", "Pebble") == StoneHeap((Pebble(), Pebble(4)))
    assert with_path(heap, "stones", ()) == StoneHeap()
    for path in ("stones.2", "stones.-1.weight", "stones.x"):
        with pytest.raises(SettingError):
            with_path(heap, path, 1)
