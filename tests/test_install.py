"""What setting up says and does on machines that lack something. Nothing is installed here."""

import ast
import os
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent / "tools/install.py"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, for an empty `.venv` in a folder of its own, on a Debian that lacks one library."""
    spec = spec_from_file_location("install", SCRIPT)
    assert spec
    assert spec.loader
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    (tmp_path / "python").touch()
    monkeypatch.setattr(script, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(script, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(script, "loads", lambda library: library != "libEGL.so.1")
    monkeypatch.setattr(script, "has_font", lambda: True)
    monkeypatch.setattr(script.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    return script


def test_what_is_installed_is_not_installed_again(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not install.is_current(set())
    install.stamp("").write_text(install.digest())
    assert install.is_current(set())
    assert not install.is_current({"--dev"})
    monkeypatch.setattr(install, "digest", lambda: "of other constraints")
    assert not install.is_current(set())


def test_a_person_is_given_the_one_command(install: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    install.prepare_system([], install=True)
    assert "sudo apt-get install -y --no-install-recommends libegl1\n" in capsys.readouterr().err


@pytest.mark.parametrize(("manager", "package"), [("dnf", "libglvnd-egl"), ("pacman", "libglvnd")])
def test_other_systems_get_theirs(
    install: ModuleType,
    manager: str,
    package: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(install.shutil, "which", lambda name: name if name == manager else None)
    install.prepare_system([], install=True)
    said = capsys.readouterr().err
    assert f"sudo {manager} " in said
    assert said.rstrip().endswith(f" {package}")


def test_root_on_debian_has_it_installed(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(install.subprocess, "call", lambda command, **_: ran.append(" ".join(command)) or 0)
    install.prepare_system(["python3.11-venv"], install=True)
    assert ran == ["apt-get update", "apt-get install -y --no-install-recommends python3.11-venv libegl1"]
    assert not capsys.readouterr().err


def test_no_network_is_a_sentence(install: ModuleType) -> None:
    broken = "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\nERROR: No matching distribution"
    assert install.pip_refusal(broken).startswith("the package index cannot be reached")
    full = "noise\nERROR: Could not install packages due to an OSError: No space left on device\nnoise"
    assert install.pip_refusal(full).endswith("No space left on device")


def test_a_python_that_does_not_fit_is_named(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "version_of", lambda _: (3, 10))
    with pytest.raises(install.RefusedError, match=r"needs Python 3\.11, 3\.12 or 3\.13"):
        install.fitting_python()


def test_an_old_python_can_read_the_script() -> None:
    read = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))
    assert "fitting_python" in {part.name for part in read.body if isinstance(part, ast.FunctionDef)}
