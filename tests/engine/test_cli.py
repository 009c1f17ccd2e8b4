"""The command line: what it prints, to people and as JSON, and how it ends."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drawings import project
from training_runs import ROOT, losses, only, started

from engine import commands, console
from engine import project as projects
from engine.cli import COMMANDS, main
from engine.console import Lines
from engine.datasets import Dataset, Diabetes, Iris, Mnist
from engine.events import Checkpoint, Epoch, Started, Stop, Stopped
from engine.layers import Flatten, Input, Linear, Output, Sigmoid
from engine.losses import MeanSquaredError
from engine.optimizers import SGD
from engine.runs import Run
from engine.templates import templates


@pytest.fixture
def iris(tmp_path: Path) -> Path:
    """A project that trains in a moment."""
    path = tmp_path / "iris.loom"
    projects.save(project(Input(), Linear(3), Output(), dataset=Iris(), epochs=2), path)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has been trained."""
    folder = tmp_path_factory.mktemp("runs")
    projects.save(project(Input(), Linear(3), Output(), dataset=Iris(), epochs=2), folder / "iris.loom")
    assert main(["train", str(folder / "iris.loom"), "--run", str(folder / "run")]) == 0
    return folder / "run"


def answer(capsys: pytest.CaptureFixture[str], *words: object, status: int = 0) -> Any:
    """What the command prints with --json, which is one document and nothing else."""
    assert main([*map(str, words), "--json"]) == status
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def fault(capsys: pytest.CaptureFixture[str], *words: object, status: int = 1) -> str:
    """What the command says when it fails: one line, and nothing on standard output."""
    assert main([*map(str, words)]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_templates_and_datasets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert [item["name"] for item in answer(capsys, "templates")] == [item.name for item in templates()]
    found = {item["name"]: item for item in answer(capsys, "datasets")}
    assert list(found) == list(Dataset.kinds)
    assert found["Digits"]["shape"] == [1, 8, 8]
    assert found["Digits"]["here"]
    assert not found["Mnist"]["here"]


def test_what_a_person_opens_is_not_listed_as_a_download(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    said = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "70,000 samples  to be downloaded" in said["Mnist"]
    assert "to be opened" in said["Table"]
    assert "0 samples" not in said["Table"]


def test_a_template_becomes_a_project_but_replaces_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new.loom"
    assert answer(capsys, "new", "xor", "-o", path) == {"project": str(path)}
    assert projects.load(path) == next(item.project for item in templates() if item.name == "xor")

    assert "there already" in fault(capsys, "new", "digits", "-o", path)
    assert "no template called “nothing”" in fault(capsys, "new", "nothing", "-o", tmp_path / "other.loom")


def test_a_project_and_a_run_are_described(iris: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (iris, run):
        found = answer(capsys, "describe", path)
        assert found["nodes"][1] == {
            "id": "linear_1",
            "type": "Linear",
            "output_shape": [3],
            "parameters": 15,
            "flops": 24,
        }
        assert found["totals"] == {"parameters": 15, "trainable_parameters": 15, "flops": 24, "multiply_adds": 12}
        assert found["problems"] == []


def test_problems_are_described_with_their_fixes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "faulty.loom"
    projects.save(project(Input(), Linear(7), Output(), dataset=Iris()), path)

    (problem,) = answer(capsys, "describe", path)["problems"]

    assert problem["node"] == "linear_1"
    assert "3 classes" in problem["message"]
    assert problem["fix"] == "Set the outputs of linear_1 to 3"


def test_a_training_answers_with_its_result(iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"

    found = answer(
        capsys, "train", iris, "--run", folder, "--epochs", 3, "--seed", 5, "--set", "training.optimizer=SGD"
    )

    assert found["run"] == str(folder)
    assert (found["status"], found["epochs"]) == ("finished", 3)
    assert set(found["test"]) == set(found["validation"]) == {"loss", "accuracy", "precision", "recall", "f1"}
    training = Run(folder).project().training
    assert (training.seed, training.epochs, training.optimizer) == (5, 3, SGD())


def test_a_training_tells_a_person_how_far_it_is(
    iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(iris), "--run", str(tmp_path / "run")]) == 0

    out = capsys.readouterr().out
    assert "epoch 1/2" in out
    assert "epoch 2/2" in out
    heads = [line.split()[0] for line in out.splitlines()[-6:]]
    assert heads == ["best", "loss", "accuracy", "precision", "recall", "F1"]


@pytest.mark.parametrize(
    ("epochs", "lines"), [(3, [1, 2, 3]), (50, list(range(1, 51))), (200, [1, *range(4, 201, 4)]), (99, None)]
)
def test_every_epoch_has_its_line_unless_there_are_many(
    epochs: int, lines: list[int] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Lines(print)
    counts = dict.fromkeys(("pid", "steps_per_epoch", "train_samples", "validation_samples", "test_samples"), 1)
    progress.show(Started(time=0.0, run="run", device="CPU", epochs=epochs, **counts))
    for epoch in range(1, epochs + 1):
        metrics = {"loss": 1.0}
        progress.show(Epoch(time=0.0, epoch=epoch, step=epoch, train=metrics, validation=metrics, seconds=0.0))
    progress.show(Stopped(time=0.0, epoch=epochs, step=epochs, seconds=0.0, validation={}, test={}))

    shown = [int(number) for number in re.findall(r"epoch +(\d+)/", capsys.readouterr().out)]
    assert shown == (lines or [1, *range(2, 99, 2), 99])


def test_a_run_whose_download_failed_is_tried_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, folder = tmp_path / "mnist.loom", tmp_path / "run"
    projects.save(project(Input(), Flatten(), Linear(10), Output(), dataset=Mnist(), epochs=2), path)
    words = ("train", path, "--run", folder, "--seed", 7)

    first, again = (answer(capsys, *words, status=1)["error"] for _ in range(2))

    assert again == first
    assert "not empty" not in again["message"]
    assert "not empty" in answer(capsys, *words[:-1], 8, status=1)["error"]["message"]
    (folder / "checkpoints" / "best.safetensors").touch()
    assert "not empty" in answer(capsys, *words, status=1)["error"]["message"]


def test_a_run_goes_on_for_more_epochs(iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    answer(capsys, "train", iris, "--run", folder)

    assert "finished" in fault(capsys, "train", folder)
    assert answer(capsys, "train", folder, "--epochs", 4)["epochs"] == 4
    assert "cannot change" in fault(capsys, "train", folder, "--seed", 4, status=2)
    assert [event.epoch for event in only(Epoch, Run(folder).events())] == [1, 2, 3, 4]


def test_a_run_is_evaluated_and_asked(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "evaluate", run)
    assert (found["split"], found["samples"]) == ("test", 30)
    assert found["metrics"] == pytest.approx(Run(run).result().test, rel=1e-4)
    assert answer(capsys, "evaluate", run, "--split", "train", "--checkpoint", "last")["samples"] == 108

    flower, other = answer(capsys, "predict", run, "5.1,3.5,1.4,0.2", "-1,-2.5,0,1")
    assert flower["input"] == "5.1,3.5,1.4,0.2"
    assert other["input"] == "-1,-2.5,0,1"
    assert len(flower["output"]) == 3
    assert flower["label"] in Iris().classes


def test_a_model_is_exported_and_imported(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "iris.safetensors"
    found = answer(capsys, "export", run, "--format", "safetensors", "-o", file)
    assert (found["file"], found["format"]) == (str(file), "safetensors")
    assert found["max_difference"] <= 1e-6
    assert "divide by its scale" in found["scaling"]

    assert "there already" in fault(capsys, "export", run, "--format", "safetensors", "-o", file)
    answer(capsys, "import", file, "-o", tmp_path / "again.loom")
    assert projects.load(tmp_path / "again.loom").network == Run(run).project().network
    assert answer(capsys, "describe", file)["totals"]["parameters"] == 15


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("train",), 2, "required"),
        (("frobnicate",), 2, "neither a command nor a file"),
        (("describe", "nowhere.loom"), 1, "There is no file nowhere.loom"),
        (("describe", "."), 1, "not a run folder"),
        (("train", "nowhere.loom"), 1, "There is no file"),
        (("train", "{iris}", "--epochs", "0"), 2, "epochs cannot be 0"),
        (("train", "{iris}", "--epochs", "many"), 2, "invalid int value"),
        (("train", "{iris}", "--set", "training.epochs"), 2, "PATH=VALUE"),
        (("train", "{iris}", "--set", "training.loss=Nothing"), 2, "no loss called “Nothing”"),
        (("train", "{iris}", "--set", 'training.stops=[{{"type":"Nothing"}}]'), 2, "no stop rule called “Nothing”"),
        (("train", "{iris}", "--set", "nothing.at.all=1"), 2, "no setting"),
        (("train", "{iris}", "--set", "training.optimizer.learning_rate=NaN"), 2, "nan"),
        (("train", "{iris}", "--run", "{iris}"), 1, "not empty"),
        (("train", "{iris}", "--run", "{tmp}/run", "--device", "abacus"), 1, "no device “abacus”"),
        (("evaluate", "{run}", "--split", "half"), 2, "invalid choice"),
        (("evaluate", "{run}", "--checkpoint", "9"), 1, "no checkpoint “9”"),
        (("predict", "{run}", "1,2"), 1, "2 values"),
        (("export", "{run}", "--format", "stone", "-o", "{tmp}/x"), 1, "stone"),
        (("import", "{run}", "-o", "{tmp}/x.loom"), 1, "run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_done_is_told_in_one_line(
    words: tuple[str, ...],
    status: int,
    told: str,
    iris: Path,
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = [word.format(iris=iris, run=run, tmp=tmp_path) for word in words]

    assert told in fault(capsys, *said, status=status)
    if words != ("frobnicate",):
        error = answer(capsys, *said, status=status)["error"]
        assert set(error) == {"message", "expected", "fix"}


@pytest.mark.logs("unexpected")
def test_a_mistake_of_ours_is_told_in_one_line_and_logged_in_full(
    home: Path, iris: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(path: Path) -> None:
        raise ZeroDivisionError("a slip")

    monkeypatch.setattr(commands, "_project", stumble)

    assert "ZeroDivisionError: a slip" in fault(capsys, "describe", iris)
    (log,) = home.rglob("layerloom.log")
    assert "Traceback" in log.read_text(encoding="utf-8")


@pytest.mark.logs("unexpected")
def test_a_window_that_cannot_start_is_told_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(project: Path | None, in_thread: bool) -> int:
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")

    assert main([], stumble) == 1
    said = capsys.readouterr().err
    assert "libEGL.so.1" in said
    assert said.count("\n") == 1
    (log,) = home.rglob("layerloom.log")
    assert "Traceback" in log.read_text(encoding="utf-8")


@pytest.mark.logs("unexpected")
@pytest.mark.parametrize("words", [("describe",), ("train",), ("new", "digits", "-o")])
def test_what_the_system_refuses_is_no_mistake_of_ours(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    told = fault(capsys, *words, "x" * 5_000)
    assert "cannot be used: File name too long." in told
    assert len(told) < 400


def test_a_training_that_fails_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "diverging.loom"
    diverging = project(
        *(Input(), Linear(8), Linear(1), Output()),
        dataset=Diabetes(),
        loss=MeanSquaredError(),
        optimizer=SGD(learning_rate=1000.0),
        epochs=50,
    )
    projects.save(diverging, path)

    error = answer(capsys, "train", path, "--run", tmp_path / "run", status=1)["error"]

    assert "not a finite number" in error["message"]
    assert "learning rate" in error["fix"]


def test_the_window_is_opened_with_the_project(iris: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[Path | None, bool]] = []

    def window(path: Path | None, in_thread: bool) -> int:
        opened.append((path, in_thread))
        return 0

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert main([], window) == 0
    assert main([str(iris)], window) == 0
    assert main(["--in-thread"], window) == 0

    assert opened == [(None, False), (iris, False), (None, True)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_the_commands_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    told = fault(capsys)

    assert "no display" in told
    assert all(command in told for command in COMMANDS)


# In processes of their own


def test_a_python_without_the_packages_is_told_which_to_use() -> None:
    bare = subprocess.run(
        [sys.executable, "-E", "-S", "main.py", "templates"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (bare.returncode, bare.stdout) == (1, "")
    assert "not installed for this Python" in bare.stderr
    assert "make run" in bare.stderr
    assert bare.stderr.count("\n") == 1


def test_a_start_that_is_interrupted_says_so_in_a_line() -> None:
    script = (
        "import builtins, main\n"
        "def interrupted(*words): raise KeyboardInterrupt\n"
        "builtins.__import__ = interrupted\n"
        "raise SystemExit(main.main())"
    )
    begun = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (begun.returncode, begun.stdout, begun.stderr) == (1, "", "layerloom: Interrupted.\n")


def test_commands_that_need_no_torch_do_not_wait_for_it(iris: Path) -> None:
    script = (
        "import sys; from engine.cli import main; "
        "assert main(['templates']) == 0; assert main(['datasets']) == 0; "
        "assert not {'torch', 'sklearn', 'PySide6'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
    helped = subprocess.run([sys.executable, "main.py", "--help"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert "train" in helped.stdout
    assert "--in-thread" in helped.stdout


LONG = project(Input(), Linear(3), Sigmoid(), Linear(3), Output(), dataset=Iris(), epochs=100_000)


@pytest.fixture
def _foreground() -> Iterator[None]:
    """Ctrl+C is taken, also where the tests run in the background of a script."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.fixture
def _with_a_terminal() -> Iterator[None]:
    """That it is closed is heard, also where the tests outlive theirs."""
    former = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, former)


@pytest.mark.skipif(sys.platform == "win32", reason="a process of Windows cannot be sent Ctrl+C alone")
@pytest.mark.usefixtures("_foreground")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_with_a_checkpoint(number: signal.Signals, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", LONG)
    process = started("train", str(run.path), "--json")
    reader = run.follow()
    while process.poll() is None and not only(Checkpoint, reader.read()):
        pass
    os.kill(process.pid, number)
    out, err = process.communicate()

    assert process.returncode == 0, err
    assert json.loads(out)["status"] == "stopped"
    end = run.events()[-1]
    assert isinstance(end, Stopped)
    assert run.has_checkpoint()
    assert len(losses(run.events())) == end.step


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no terminals of this kind")
@pytest.mark.usefixtures("_with_a_terminal")
def test_a_terminal_that_is_closed_stops_with_a_checkpoint(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", LONG)
    process = started("train", str(run.path))
    assert process.stdout is not None
    while "epoch" not in process.stdout.readline():
        pass
    os.kill(process.pid, signal.SIGHUP)
    out, err = process.communicate()

    assert process.returncode == 0
    assert "stopped" not in (out + err).lower(), "a terminal that is gone takes no word"
    end = run.events()[-1]
    assert isinstance(end, Stopped)
    assert run.has_checkpoint()
    assert len(losses(run.events())) == end.step


@pytest.mark.usefixtures("_foreground")
def test_the_second_ctrl_c_ends_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = Run.create(tmp_path / "run", LONG)
    with console._stopping_on_signals(run, Lines(print)):
        signal.raise_signal(signal.SIGINT)
        assert "Ctrl+C once more ends at once" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert (run.path / "control.jsonl").read_text().strip() == '{"command":"stop","after":"step"}'


@pytest.mark.usefixtures("_foreground")
def test_ctrl_c_is_not_taken_in_the_background_of_a_script(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", LONG)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with console._stopping_on_signals(run, Lines(print)):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert not (run.path / "control.jsonl").exists()


def test_a_training_that_was_ended_at_once_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*words: object) -> Any:
        raise KeyboardInterrupt

    run = Run.create(tmp_path / "run", LONG)
    monkeypatch.setattr("engine.trainer.train", interrupted)
    assert f"Go on with: layerloom train {run.path}" in fault(capsys, "train", run.path)


def test_the_same_command_goes_on_with_what_was_interrupted(
    iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("train", iris, "--epochs", 4)
    whole = answer(capsys, *words)
    (log,) = tmp_path.glob("runs/*/log.jsonl")
    run = Run(log.parent)
    lines = log.read_text().splitlines(keepends=True)
    halfway = next(number for number, line in enumerate(lines) if '"event":"checkpoint"' in line)
    log.write_text("".join(lines[: halfway + 1]).replace(f'"pid":{os.getpid()}', '"pid":999999999'))
    assert run.result().status == "interrupted"

    assert main([*map(str, words)]) == 0
    assert run.result().status == "finished"
    assert f"Going on with runs/{run.name}" in capsys.readouterr().err
    assert Path(answer(capsys, *words, "--new")["run"]) != Path(whole["run"])
    assert Path(answer(capsys, *words, "--seed", 9)["run"]) != Path(whole["run"])


def test_a_training_that_came_to_nothing_leaves_one_folder_however_often_it_is_tried(
    iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert "no device" in fault(capsys, "train", iris, "--device", "abacus")
    (folder,) = (tmp_path / "runs").iterdir()
    assert Run(folder).result().status == "failed"
    assert "no device" in fault(capsys, "train", iris, "--device", "abacus", "--new")
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_a_training_that_is_about_to_begin_elsewhere_is_left_alone(
    iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    new = Run.create(tmp_path / "runs" / "new", projects.load(iris))
    assert answer(capsys, "train", iris)["run"] != str(new.path)
    assert new.result().status == "new"


def test_data_of_your_own_become_a_project_that_trains_and_say_when_they_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    table, moved = tmp_path / "flowers.csv", tmp_path / "moved.csv"
    table.write_text("length,width,kind\n" + "".join(f"{n},{n % 7},{'ab'[n % 2]}\n" for n in range(60)))
    assert answer(capsys, "new", "flowers.csv", "-o", "own.loom") == {"project": "own.loom"}
    assert projects.load(tmp_path / "own.loom").title == "flowers"
    (tmp_path / "xor").mkdir()
    assert answer(capsys, "new", "xor", "-o", "xor.loom"), "a template comes before a folder of its name"
    assert "There is no file flowers.csvv" in fault(capsys, "new", "flowers.csvv", "-o", "other.loom")
    assert "If it holds data" in fault(capsys, "train", "flowers.csv")

    table.rename(moved)
    gone = fault(capsys, "train", "own.loom")
    assert f"{table} is not there. Say where it is: --set data.dataset.path=FILE." in gone
    assert "is not there" in fault(capsys, "cross-validate", "own.loom", "--runs", "folds")
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "folds").exists()
    done = answer(capsys, "train", "own.loom", "--epochs", 1, "--set", "data.dataset.path=moved.csv")
    assert Run(Path(done["run"])).project().data.dataset.path == str(moved)  # pyright: ignore[reportAttributeAccessIssue]


def test_a_run_finds_data_that_were_moved_in_the_folder_that_the_mirror_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAYERLOOM_DATA_MIRROR", raising=False)
    table = tmp_path / "flowers.csv"
    table.write_text("length,width,kind\n" + "".join(f"{n},{n % 7},{'ab'[n % 2]}\n" for n in range(60)))
    answer(capsys, "new", "flowers.csv", "-o", "own.loom")
    answer(capsys, "train", "own.loom", "--epochs", 1, "--run", "run")
    (tmp_path / "elsewhere").mkdir()
    table.rename(tmp_path / "elsewhere/flowers.csv")
    gone = f"{table} is not there. Put it back, or let LAYERLOOM_DATA_MIRROR name the folder where it is now."
    for command in (("train", "run", "--epochs", 2), ("fork", "run", "--run", "fork")):
        assert gone in fault(capsys, *command)

    monkeypatch.setenv("LAYERLOOM_DATA_MIRROR", str(tmp_path / "elsewhere"))
    assert answer(capsys, "train", "run", "--epochs", 2)["epochs"] == 2
    assert "samples are not the same" not in (tmp_path / "run/log.jsonl").read_text()
    assert answer(capsys, "fork", "run", "--epoch", 1, "--run", "fork", "--epochs", 2)["epochs"] == 2
    assert answer(capsys, "evaluate", "run")


def test_each_fold_is_announced(iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cross-validate", str(iris), "--runs", str(tmp_path / "folds"), "--folds", "2"]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == ["Fold 1 of 2.", "Fold 2 of 2."]
    assert len([line for line in said.out.splitlines() if "Training on" in line]) == 2


def test_a_command_that_is_misspelled_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean “train”?" in fault(capsys, "trian", "iris.loom", "--epochs", 3, status=2)


def test_a_stopped_training_goes_on_by_its_folder_and_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, folder = tmp_path / "iris.loom", tmp_path / "run"
    projects.save(project(Input(), Linear(3), Output(), dataset=Iris(), epochs=500), path)
    monkeypatch.setattr(console, "_print", lambda line: Run(folder).send(Stop()) if "epoch" in line else None)
    words = ["train", str(path), "--run", str(folder)]
    assert main(words) == 0
    assert "Go on with the same command" in capsys.readouterr().out
    stopped = Run(folder).result()
    assert stopped.status == "stopped"

    monkeypatch.setattr(console, "_print", print)
    assert main(words) == 0
    assert "Going on after step" in capsys.readouterr().out
    assert (Run(folder).result().status, Run(folder).result().epochs) == ("finished", 500)
    assert "is finished" in fault(capsys, *words)


def test_a_training_elsewhere_is_followed_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run.create(tmp_path / "run", LONG)
    process = started("train", str(run.path), "--json")
    seen: list[str] = []

    def note(line: str) -> None:
        seen.append(line)
        if "epoch 1" in line or len(seen) == 3:
            run.send(Stop())

    monkeypatch.setattr(console, "_print", note)
    assert main(["attach", str(run.path)]) == 0
    assert ": stopped after" in capsys.readouterr().out
    assert any("Training on" in line for line in seen)
    process.communicate()
    assert answer(capsys, "attach", run.path)["status"] == "stopped", "what is over is told, too"


def test_who_follows_leaves_without_stopping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run.create(tmp_path / "run", LONG)

    def leave(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(console.time, "sleep", leave)
    assert answer(capsys, "attach", run.path)["status"] == "running"
    assert not (run.path / "control.jsonl").exists()


def test_a_run_that_nobody_trains_cannot_be_followed(run: Path, tmp_path: Path, capsys: Any) -> None:
    alone = Path(shutil.copytree(run, tmp_path / "alone"))
    kept = [line for line in (alone / "log.jsonl").read_text().splitlines(keepends=True) if '"finished"' not in line]
    (alone / "log.jsonl").write_text("".join(kept).replace(f'"pid":{os.getpid()}', '"pid":999999999'))
    for file in alone.iterdir():
        os.utime(file, (1, 1))

    words = fault(capsys, "attach", alone)
    assert "its trainer ended without a word" in words
    assert f"layerloom train {alone}" in words


def test_a_spare_trainer_trains_what_it_is_told(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "Übung", project(Input(), Linear(3), Output(), dataset=Iris(), epochs=2))
    process = started("train", "-", stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    process.communicate(f"{json.dumps([str(run.path)])}\n")

    assert process.returncode == 0
    assert run.result().status == "finished"


def test_a_spare_trainer_that_is_not_needed_ends(tmp_path: Path) -> None:
    process = started("train", "-", stdin=subprocess.PIPE)
    out, err = process.communicate("")

    assert (process.returncode, out, err) == (0, "ready\n", "")
    assert not list(tmp_path.iterdir())


def test_data_are_examined(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    rows = [f"{number % 50},{number % 50 * 0.37 % 1:.4f},{number % 2}" for number in range(60)]
    path.write_text("\n".join(["a,b,target", *rows]), encoding="utf-8")
    told = answer(capsys, "examine", path)
    assert told["samples"] == 60
    copies = next(finding for finding in told["findings"] if finding["rule"] == "duplicates")
    assert (copies["count"], copies["rows"]) == (10, list(range(50, 60)))
    assert copies["fix"] == "Leave out 10 copies"
