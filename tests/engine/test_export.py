"""An export is what its user gets: read back by the means of its format alone, it answers as the trained network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from networks import NETWORKS
from safetensors import safe_open
from safetensors.torch import save_file
from test_source import assert_clean

from engine.build import build
from engine.data import prepare
from engine.datasets import Progress
from engine.errors import ExportError, RunError
from engine.events import Failed
from engine.export import Exported, Exporter, export
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.runs import Run
from engine.trainer import record, train

QUICK = [name for name in Exporter.kinds if not name.startswith("onnx")]


def trained(project: Project, folder: Path) -> Run:
    """A run as the trainer leaves it, with the weights that chance gave."""
    run = Run.create(folder, project)
    torch.manual_seed(1)
    save_file(build(project).state_dict(), folder / "checkpoints" / "best.safetensors")
    known = Preprocessing.of(prepare(project.data), project.data.dataset.task)
    (folder / "preprocessing.json").write_bytes(known.to_json())
    return run


def learned(project: Project, folder: Path) -> Run:
    """A run that has really been trained."""
    run = Run.create(folder, project)
    assert [event.message for event in record(run, train(run)) if isinstance(event, Failed)] == []
    return run


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("runs")
    made = {name: trained(project, folder / name.replace(" ", "-")) for name, project in NETWORKS.items()}
    return made | {"cnn": learned(NETWORKS["cnn"], folder / "learned")}


def exported(run: Run, format: str, path: Path, overwrite: bool = False) -> Exported:
    *progress, last = export(run, format, path, overwrite=overwrite)
    assert all(isinstance(item, Progress) for item in progress)
    assert isinstance(last, Exported)
    return last


def python(*arguments: str | Path) -> str:
    """Runs Python far from this repository, so that it finds nothing but what is installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # On a machine that is busy with other tests, threads wait for each other more than they compute.
    environment["OMP_NUM_THREADS"] = "1"
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path.home(), env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("format", QUICK)
@pytest.mark.parametrize("name", NETWORKS)
def test_export_answers_as_the_trained_network(runs: dict[str, Run], name: str, format: str, tmp_path: Path) -> None:
    result = exported(runs[name], format, tmp_path / "model")
    assert result.file == tmp_path / f"model{Exporter.kinds[format].suffix}"
    assert sorted(result.files) == sorted(tmp_path.iterdir())
    assert result.max_difference <= 1e-6
    assert result.samples == min(1000, len(prepare(NETWORKS[name].data).test))
    assert result.changed_classes == 0


@pytest.mark.parametrize("name", ["cnn", "branches", "regression", "two heads", "wide and deep", "siamese"])
def test_onnx_takes_any_batch_and_says_what_it_is(runs: dict[str, Run], name: str, tmp_path: Path) -> None:
    result = exported(runs[name], "onnx", tmp_path / "model.onnx")
    assert result.max_difference <= 1e-5
    assert result.changed_classes == 0
    known = {item.key: item.value for item in onnx.load(result.file).metadata_props}
    assert json.loads(known["classes"]) == list(NETWORKS[name].data.dataset.classes)
    assert json.loads(known["preprocessing"])["inputs"]["scale"]
    session = onnxruntime.InferenceSession(result.file)
    for count in (1, 7):
        samples = np.zeros((count, *NETWORKS[name].data.dataset.shape), np.float32)
        (answers,) = session.run(["output"], {"input": samples})
        assert np.asarray(answers).shape[0] == count


def test_network_too_large_for_onnx(runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.export.onnx.LARGEST", 100)
    with pytest.raises(ExportError, match="at most 2 GB"):
        exported(runs["mlp"], "onnx", tmp_path / "model.onnx")


def test_onnx_export_is_quiet(runs: dict[str, Run], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    exported(runs["yes or no"], "onnx", tmp_path / "model.onnx")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["mlp", "cnn", "yes or no", "regression", "two heads", "wide and deep"])
def test_script_trains_with_torch_alone(runs: dict[str, Run], name: str, tmp_path: Path) -> None:
    result = exported(runs[name], "python", tmp_path / "my_net.py")
    assert_clean(tmp_path)
    alone = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__'); "
    alone += "assert not {'engine', 'onnx', 'safetensors', 'sklearn', 'msgspec'} & {*sys.modules}"
    told = python("-I", "-c", alone, tmp_path, tmp_path / "my_net_train.py").splitlines()
    assert len(told) == NETWORKS[name].training.epochs + 1
    new = torch.load(tmp_path / "my_net_trained.pt", weights_only=True)
    old = torch.load(result.files[1], weights_only=True)
    assert list(new) == list(old)
    assert any(not torch.equal(new[key], old[key]) for key in old)


def test_script_adds_up_the_losses_of_all_outputs(runs: dict[str, Run], tmp_path: Path) -> None:
    exported(runs["wide and deep"], "python", tmp_path / "wide.py")
    script = (tmp_path / "wide_train.py").read_text(encoding="utf-8")
    assert "    losses = [nn.CrossEntropyLoss(), nn.MSELoss()]\n" in script
    assert (
        """\
            y = targets[rows].to(device)
            y2 = nn.functional.one_hot(targets[rows], 3).float().to(device)
            optimizer.zero_grad()
            values = model.training_values(x)
            loss = losses[0](values[0], y)
            loss = loss + 2.0 * losses[1](values[1], y2)
            loss.backward()
"""
        in script
    )


def test_source_reads_raw_samples_and_answers_in_their_units(runs: dict[str, Run], tmp_path: Path) -> None:
    # Such names come from run folders; Python imports them, though not by an import statement.
    exported(runs["regression"], "python", tmp_path / "my-net-2.py")
    alone = "import sys, importlib; sys.path.insert(0, sys.argv[1]); net = importlib.import_module('my-net-2'); "
    alone += "import torch; x, y = torch.load(sys.argv[2], weights_only=True)['test']; "
    alone += "print(net.predict(net.load(), x).mean().item(), y.mean().item())"
    answer, target = map(float, python("-I", "-c", alone, tmp_path, tmp_path / "my-net-2_data.pt").split())
    assert "predict() turns into the units" in (tmp_path / "my-net-2.py").read_text(encoding="utf-8")
    # Diabetes has targets around 150; untrained answers lie near the mean only when they are scaled back.
    assert abs(answer - target) < 80
    assert "validation mean_error" in python(tmp_path / "my-net-2_train.py")


def test_safetensors_carry_the_project(runs: dict[str, Run], tmp_path: Path) -> None:
    result = exported(runs["cnn"], "safetensors", tmp_path / "model.safetensors")
    with safe_open(result.file, "pt") as file:
        known = file.metadata()
    assert json.loads(known["input_shape"]) == [1, 8, 8]
    assert json.loads(known["project"])["format"] == "layerloom-project"


def test_what_raw_samples_need_is_said_in_words(runs: dict[str, Run], tmp_path: Path) -> None:
    told = {format: exported(runs["cnn"], format, tmp_path / "cnn", overwrite=True).scaling for format in QUICK}
    sentence = "Divide each value by 16 before you give it to the model."
    assert told == {"safetensors": sentence, "pt": sentence, "python": ""}

    told_of = exported(runs["regression"], "pt", tmp_path / "regression.pt").scaling
    assert told_of == (
        "Subtract its offset from each feature of a sample and divide by its scale "
        "(all are in the JSON file beside it) before you give it to the model. "
        "The answers are scaled as well: the JSON file beside it says by what."
    )


@pytest.mark.parametrize(("cores", "line"), [(16, "    torch.set_num_threads(1)\n"), (1, "")])
def test_script_of_a_small_network_leaves_cores_alone(
    runs: dict[str, Run], cores: int, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.devices.cores", lambda: cores)
    script = exported(runs["mlp"], "python", tmp_path / "net.py").files[2].read_text(encoding="utf-8")
    assert f"{line}    torch.manual_seed(SEED)" in script
    assert ("set_num_threads" in script) is bool(line)


def test_state_dict_is_explained_beside_it(runs: dict[str, Run], tmp_path: Path) -> None:
    result = exported(runs["cnn"], "pt", tmp_path / "model.pt")
    about = json.loads(result.files[1].read_text(encoding="utf-8"))
    assert about["classes"] == list("0123456789")
    assert about["preprocessing"]["inputs"] == {"offset": [0.0], "scale": [16.0]}
    assert about["metrics"]["test"]["accuracy"] > 0.3


@pytest.mark.parametrize("format", Exporter.kinds)
def test_existing_file_is_kept_unless_allowed(runs: dict[str, Run], format: str, tmp_path: Path) -> None:
    for end in Exporter.kinds[format].writes:
        folder = tmp_path / end.lstrip("_.")
        folder.mkdir()
        (folder / f"model{end}").write_text("mine")
        with pytest.raises(ExportError, match="is there already"):
            exported(runs["yes or no"], format, folder / f"model{Exporter.kinds[format].suffix}")
        assert [file.read_text() for file in folder.iterdir()] == ["mine"]


def test_allowed_file_is_replaced(runs: dict[str, Run], tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_text("old")
    assert exported(runs["mlp"], "safetensors", path, overwrite=True).file.read_bytes() != b"old"


@pytest.mark.parametrize(
    ("format", "file", "words"),
    [
        ("keras", "model.keras", "no format called “keras”.*safetensors"),
        ("onnx", "missing/model.onnx", "no folder"),
        ("onnx", "", "is a folder"),
        ("python", "model.txt", "cannot import model.txt"),
        ("python", "torch.py", "cannot import a file called torch.py"),
        ("python", "my.net.py", "cannot import a file called my.net.py"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    runs: dict[str, Run], format: str, file: str, words: str, tmp_path: Path
) -> None:
    folder = tmp_path / "folder.onnx"
    folder.mkdir()
    with pytest.raises(ExportError, match=words):
        exported(runs["mlp"], format, folder / file)


def test_full_disk_leaves_nothing_behind(runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ExportError, match="cannot be written: No space left on device"):
        exported(runs["mlp"], "safetensors", tmp_path / "model.safetensors")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="every folder can be written by this user")
def test_folder_that_cannot_be_written(runs: dict[str, Run], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ExportError, match="cannot be written"):
        exported(runs["mlp"], "safetensors", tmp_path / "model.safetensors")


def test_run_without_checkpoint(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", NETWORKS["mlp"])
    with pytest.raises(RunError, match="no checkpoint “best”"):
        exported(run, "pt", tmp_path / "model.pt")


def test_damaged_checkpoint(tmp_path: Path) -> None:
    run = trained(NETWORKS["mlp"], tmp_path / "run")
    weights = run.weights("best")
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(RunError, match=r"checkpoint .*best\.safetensors cannot be read"):
        exported(run, "pt", tmp_path / "model.pt")


def test_file_that_answers_differently_is_not_handed_over(
    runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Exporter.kinds["safetensors"]
    right = kind.answers
    monkeypatch.setattr(kind, "answers", lambda self, model, path: right(self, model, path) + 0.01)
    with pytest.raises(ExportError, match="answers differently"):
        exported(runs["mlp"], "safetensors", tmp_path / "model.safetensors")
    assert not list(tmp_path.iterdir())
