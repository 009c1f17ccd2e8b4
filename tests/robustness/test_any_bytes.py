"""Whatever the files of a run hold: it is listed, or said to be none, and others are listed as they are."""

import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cli import main

FILES = ("log.jsonl", "project.loom", "fork.json", "environment.json", "preprocessing.json", "control.jsonl")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with some bytes replaced by others, or by a value of JSON, or put twice."""
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(content)))
        end = min(len(content), begin + draw(st.integers(0, 40)))
        other = draw(
            st.binary(max_size=8)
            | JSON.map(lambda value: json.dumps(value).encode(errors="replace"))
            | st.just(2 * content[begin:end])
        )
        content = content[:begin] + other + content[end:]
    return content


@pytest.fixture(scope="module")
def folder(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(whole, tmp_path_factory.mktemp("any") / "runs"))


def told(*words: object) -> tuple[int, str, str]:
    """What a command answers with, and says on standard output and error."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        status = main([str(word) for word in words])
    return status, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whatever_a_file_holds_a_run_is_listed_or_refused(
    name: str, folder: Path, whole: Path, data: st.DataObject
) -> None:
    run = folder / "run"
    (run / name).write_bytes(data.draw(spoilt((whole / "run" / name).read_bytes())))
    try:
        status, out, _ = told("runs", folder, "--json")
        found = {Path(run["run"]).name: run["status"] for run in json.loads(out)}
        assert status == 0
        assert set(found) == {"parent", "run"}
        assert found["parent"] == "finished"
        assert told("runs", folder)[0] == 0

        status, out, err = told("describe", run / "project.loom")
        assert (status, bool(out), bool(err)) in ((0, True, False), (1, False, True))
        assert "Traceback" not in err
        assert "made a mistake" not in err
    finally:
        shutil.copyfile(whole / "run" / name, run / name)
