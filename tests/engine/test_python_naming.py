"""From the name of an installed class to a layer that is one, without importing anything."""

import subprocess
import sys
from pathlib import Path

import pytest
from written_layers import allowing, layer

from engine.errors import SettingError
from engine.layers.python_naming import source_for
from engine.measure import measure


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("torch.nn:Hardtanh", {"min_val": -1.0, "max_val": 1.0, "inplace": False}),
        ("torch.nn.Hardtanh", {"min_val": -1.0, "max_val": 1.0, "inplace": False}),
        ("torch.nn.modules.linear:Linear", {"out_features": 8, "bias": True}),
        ("torch.nn:Identity", {}),
    ],
)
def test_an_installed_class_becomes_a_layer(name: str, settings: dict[str, object]) -> None:
    source = source_for(name)
    made = layer(source)

    assert made.reading.fault == ""
    assert {setting: getattr(made, setting) for setting in made.own_settings} == settings
    assert allowing(source, work=lambda: measure(made, ((4,),))).refusal == ""


@pytest.mark.parametrize("name", ["", "Linear", "torch.nn:", "os; import this:A", "../x:A", "there_is_none:Class"])
def test_what_names_no_class_is_refused(name: str) -> None:
    with pytest.raises(SettingError):
        source_for(name)


def test_nothing_is_imported(tmp_path: Path) -> None:
    package = tmp_path / "ours"
    package.mkdir()
    deed = f"open({str(tmp_path / 'mark')!r}, 'w')\n"
    (package / "__init__.py").write_text(f"{deed}from .inner import Own\n")
    (package / "inner.py").write_text(f"{deed}class Own(Base):\n    def __init__(self, size, rate: float = 0.5): ...\n")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from engine.layers.python_naming import source_for\n"
        "print(source_for('ours:Own')); assert 'ours' not in sys.modules and 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)

    assert "def __init__(self, size: int = 8, rate: float = 0.5):" in done.stdout
    assert "super().__init__(size=size, rate=rate)" in done.stdout
    assert not (tmp_path / "mark").exists()
