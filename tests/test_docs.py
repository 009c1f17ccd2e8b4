"""The documentation is true: its examples run, its links lead somewhere, its files exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAPERS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md")]


def test_the_examples_run() -> None:
    words = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", words, re.DOTALL | re.MULTILINE)
    assert len(examples) >= 4
    # In a process of its own: the new kinds would join the registries of all other tests.
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(examples)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_links_lead_somewhere(paper: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", paper.read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (paper.parent / link).exists()]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_files_that_are_named_exist(paper: Path) -> None:
    named = re.findall(r"`((?:engine|gui|tests|tools|docs|benchmarks|resources)/[\w/.-]*)`", paper.read_text("utf-8"))
    assert not [name for name in named if not (ROOT / name).exists()]
