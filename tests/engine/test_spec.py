"""Settings: what is allowed is kept, what is not is refused in words."""

import json
import math
from typing import Any

import pytest
from drawings import every, specs
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import Data
from engine.datasets import Dataset
from engine.errors import ProjectError, SettingError
from engine.layers import Conv2d, Dropout, Input, Layer, Linear, MaxPool2d
from engine.losses import Loss
from engine.optimizers import SGD, Adam, Optimizer
from engine.spec import Field, Spec, abbreviate, carried_over, read_spec, write_spec
from engine.training import Training

FAMILIES = (Layer, Dataset, Loss, Optimizer)
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
