"""What a source says of itself, without being run."""

import string
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from written_layers import WIDEN, layer

from engine.errors import ProjectError, SettingError
from engine.layers.python import EXAMPLE, kind_of
from engine.layers.python_reader import read
from engine.spec import LONGEST_TEXT

NAMES = st.text(string.ascii_lowercase, min_size=3, max_size=8).map("p_".__add__)
DEFAULTS = st.one_of(
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(-1e12, 1e12, allow_nan=False),
    st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=LONGEST_TEXT).filter(str.isprintable),
)


def constructor(parameters: str) -> str:
    return f"class Trial(nn.Module):\n    def __init__(self, {parameters}):\n        pass\n"


def test_the_constructor_has_the_settings() -> None:
    reading = read(WIDEN)

    assert (reading.class_name, reading.help, reading.inputs) == ("Widen", "Repeats what it receives.", 1)
    assert reading.sizes == ("in_features",)
    assert {field.name: (field.kind, field.default) for field in reading.fields} == {
        "times": ("integer", 2),
        "slope": ("number", 0.5),
        "bend": ("flag", True),
        "name": ("text", "wide"),
        "mode": ("choice", "mean"),
    }
    assert reading.names == ("widened", "Widen")


@given(st.dictionaries(NAMES, DEFAULTS, max_size=6), st.booleans())
def test_whatever_has_a_plain_default_is_a_setting(parameters: dict[str, object], is_annotated: bool) -> None:
    words = [
        f"{name}{f': {type(default).__name__} ' if is_annotated else ''}={default!r}"
        for name, default in parameters.items()
    ]
    made = layer(constructor(", ".join(["*", *words] if words else [])))

    assert made.refuses((4,)) is None
    assert {name: getattr(made, name) for name in made.own_settings} == parameters
    assert type(made).read(made.settings(), "layer") == made


@given(st.text(max_size=300))
@example("class A(nn.Module): " + "(" * 10_000)
@example("\ud800")
@example("class A(nn.Module):\n    x = '\\d'\0")
def test_any_text_is_read_without_a_failure(source: str) -> None:
    reading = read(source)
    assert bool(reading.fault) != bool(reading.class_name)
    assert (kind_of(source)(source=source).refuses((4,)) is None) != bool(reading.fault)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("size: int = 2.5", {}),
        ("size: int = 10**3", {}),
        ("sizes=(1, 2)", {}),
        ("rate: float = 1", {"rate": 1.0}),
        ("rate: float = 1e999", {}),
        ("size: 'int' = 3", {"size": 3}),
        ("flag: int = True", {}),
        ("size=3, *rest, key=4, **more", {"size": 3, "key": 4}),
        ("size=3, /, other=4", {"other": 4}),
        ("activation=nn.ReLU", {}),
    ],
)
def test_what_is_no_plain_value_keeps_its_default(parameters: str, expected: dict[str, object]) -> None:
    assert {field.name: field.default for field in read(constructor(parameters)).fields} == expected


@pytest.mark.parametrize(
    ("source", "words", "line"),
    [
        ("", "there is no class in it", 1),
        ("import torch\nclass A(nn.Module)\n", "it is not Python: expected ':'", 2),
        ("\nclass A:\n    pass", "the class A must derive from nn.Module", 2),
        (constructor("width"), "give “width” a default, as in width: int = 8", 2),
        ("class A(nn.Module):\n    def forward(self): ...", "forward takes nothing", 2),
        ("from __future__ import annotations", "cannot import from __future__", 1),
        (constructor("family=3"), "a setting cannot be called “family”", 1),
    ],
)
def test_what_is_wrong_is_said_with_its_line(source: str, words: str, line: int) -> None:
    refusal = layer(source).refuses((4,))
    assert refusal is not None
    assert f"in line {line}: " in refusal.message
    assert words in refusal.message


def test_forward_says_how_many_wires_arrive() -> None:
    counts = {"x": 1, "x, y": 2, "x, y=None": 1, "*values": None}
    for parameters, count in counts.items():
        source = f"class A(nn.Module):\n    def forward(self, {parameters}):\n        return x\n"
        assert kind_of(source)().inputs == count


def test_another_source_keeps_the_settings_that_it_has_as_well() -> None:
    widened = layer(WIDEN, times=3, slope=0.1)
    changed = widened.with_setting("source", WIDEN.replace("slope: float", "tilt: float"))

    assert changed.settings()["times"] == 3
    assert changed.settings()["tilt"] == 0.5
    assert "slope" not in changed.settings()


def test_settings_that_the_code_does_not_have_are_refused() -> None:
    with pytest.raises(ProjectError, match="no setting “colour”"):
        layer(WIDEN, colour=3)
    with pytest.raises(SettingError, match="It must be a whole number"):
        layer(WIDEN).with_setting("times", "many")


def test_the_example_is_in_the_palette() -> None:
    assert kind_of(EXAMPLE)().summary() == "Gate"
    assert layer(WIDEN, times=3).summary() == "Widen, times 3"


def test_reading_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    made = layer(f"open({str(mark)!r}, 'w')\n{WIDEN}")

    assert made.refuses((4,)) is None
    assert not mark.exists()
