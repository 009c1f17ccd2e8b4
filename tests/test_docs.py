"""The documentation is true: its examples run, its links lead somewhere, its files exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.project import from_json

ROOT = Path(__file__).parent.parent
NAMES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/adding-a-layer.md",
    "docs/layers.md",
    "docs/python-layer.md",
)
PAPERS = [ROOT / name for name in NAMES]


def blocks(language: str, paper: str = "docs/architecture.md") -> list[str]:
    """The code of a page."""
    words = (ROOT / paper).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", words, re.DOTALL | re.MULTILINE)


def test_the_project_that_is_shown_can_be_opened() -> None:
    (document,) = blocks("json")
    assert from_json(document).network.node("conv2d_1").layer.settings()["out_channels"] == 32


@pytest.mark.parametrize(("paper", "count"), [("docs/architecture.md", 4), ("docs/adding-a-layer.md", 1)])
def test_the_examples_run(paper: str, count: int) -> None:
    examples = blocks("python", paper)
    assert len(examples) >= count
    # In a process of its own: the new kinds would join the registries of all other tests.
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(examples)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_list_of_layers_is_up_to_date(tmp_path: Path) -> None:
    made = tmp_path / "layers.md"
    done = subprocess.run(
        [sys.executable, ROOT / "docs/make_layers.py", made], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert made.read_text("utf-8") == (ROOT / "docs/layers.md").read_text("utf-8"), "run python docs/make_layers.py"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_links_lead_somewhere(paper: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", paper.read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (paper.parent / link).exists()]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_files_that_are_named_exist(paper: Path) -> None:
    named = re.findall(r"`((?:engine|gui|tests|tools|docs|benchmarks|resources)/[\w/.-]*)`", paper.read_text("utf-8"))
    assert not [name for name in named if not (ROOT / name).exists()]
