"""Project files: whole through a save, refused in one sentence when damaged, never half written."""

import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drawings import project, specs, stack
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import project as projects
from engine.data import Data
from engine.errors import LayerloomError, ProjectError, SettingError
from engine.graph import Graph
from engine.layers import Add, Conv2d, Flatten, Input, Layer, Linear, MaxPool2d, Output, ReLU, Softmax
from engine.losses import MeanSquaredError
from engine.optimizers import SGD, Adam
from engine.project import Project, backup_of, from_json, load, save, to_json
from engine.training import Training


def example() -> Project:
    drawn = project(Input(), Conv2d(8, (3, 2), padding="same"), ReLU(), MaxPool2d(), Flatten(), Linear(10), Output())
    return Project(drawn.network, drawn.data, drawn.training, "Digits, small", "A project for tests.\nTwo lines.")


def document() -> dict[str, Any]:
    return json.loads(to_json(example()))


def changed(*path: str | int, value: Any) -> bytes:
    """The example's file with the entry at a path replaced."""
    raw = document()
    place: Any = raw
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(raw).encode()


def test_a_project_survives_a_file() -> None:
    assert from_json(to_json(example())) == example()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(list(Layer.kinds.values())).flatmap(specs), max_size=6), specs(Data), specs(Training))
def test_any_project_survives_a_file(layers: list[Layer], data: Data, training: Training) -> None:
    network = Graph()
    for layer in layers:
        network, _ = network.merge(stack(layer))
    whole = Project(network, data, training, "título ✓", "‮ \u0000")
    assert from_json(to_json(whole)) == whole


def test_a_file_is_text_that_differs_line_by_line() -> None:
    before = to_json(example()).decode().splitlines()
    after = to_json(example().with_value("network.linear_1.out_features", 12)).decode().splitlines()
    assert [line for line in after if line not in before] == ['          "out_features": 12,']
    assert list(json.loads(to_json(example()))) == [
        "format", "version", "title", "description", "network", "data", "training",
    ]  # fmt: skip


def test_saving_keeps_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "net.loom"
    save(Project(title="first"), path)
    save(Project(title="second"), path)
    assert load(path).title == "second"
    assert load(backup_of(path)).title == "first"
    assert {file.name for file in tmp_path.iterdir()} == {"net.loom", "net.loom.backup"}


def test_a_disk_that_fills_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.loom"
    save(Project(title="first"), path)

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ProjectError, match="No space left") as refusal:
        save(Project(title="second"), path)
    assert "untouched" in refusal.value.expected
    assert refusal.value.fix
    assert load(path).title == "first"
    assert not list(tmp_path.glob("*.part"))


def test_a_flush_that_fails_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.loom"
    save(Project(title="first"), path)

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(ProjectError):
        save(Project(title="second"), path)
    assert load(path).title == "first"


def test_a_folder_that_is_not_there_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be written"):
        save(Project(), tmp_path / "missing" / "net.loom")


NODE = ("network", "nodes", 1)
CIRCLE = [{"source": "relu_1", "target": "conv2d_1"}, {"source": "conv2d_1", "target": "relu_1"}]
DAMAGED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not JSON"),
    "truncated": (to_json(example())[:300], "not JSON, or was cut off"),
    "not JSON": (b"hello", "not JSON"),
    "not UTF-8": (to_json(example()).replace(b"Digits", b"\xff\xfe\xfa"), "not JSON"),
    "UTF-16": (to_json(example()).decode().encode("utf-16"), "not JSON"),
    "nested too deeply": (b"[" * 200_000, "nested too deeply"),
    "settings nested too deeply": (
        to_json(example()).replace(b'"bias": true', b'"bias": ' + b"[" * 900 + b"]" * 900),
        "settings.bias cannot be",
    ),
    "another document": (b'{"format": "something else"}', "not a Layerloom project"),
    "a list": (b"[]", "not a Layerloom project"),
    "no version": (changed("version", value=None), "no version"),
    "version zero": (changed("version", value=0), "no version"),
    "newer version": (changed("version", value=99), r"newer Layerloom \(format version 99\)"),
    "unknown entry": (changed("colour", value=1), "an entry “colour”"),
    "unknown layer": (changed(*NODE, "type", value="Conv9d"), r"nodes\[1\].type: there is no layer called “Conv9d”"),
    "unknown setting": (changed(*NODE, "settings", "units", value=1), "Conv2d has no setting “units”"),
    "out of range": (changed(*NODE, "settings", "out_channels", value=0), r"\[1\].settings.out_channels cannot be 0"),
    "wrong type": (changed(*NODE, "settings", "out_channels", value="8"), "out_channels cannot be \"8\""),
    "huge number": (changed("training", "optimizer", "settings", "learning_rate", value=1e308), "cannot be 1e.308"),
    "not a number": (changed("data", "validation", value=float("nan")), "not JSON"),
    "infinite": (to_json(example()).replace(b'"validation": 0.1', b'"validation": 1e999'), "not JSON|cannot be"),
    "integer beyond all": (changed("training", "epochs", value=10**400), "epochs|not JSON"),
    "zero epochs": (changed("training", "epochs", value=0), "training.epochs cannot be 0"),
    "long text": (changed("training", "device", value="x" * 10_000_000), "training.device cannot be"),
    "long title": (changed("title", value="x" * 10_000_000), "project.title"),
    "long name": (changed(*NODE, "id", value="x" * 10_000_000), "cannot name a layer"),
    "long type": (changed(*NODE, "type", value="x" * 10_000_000), "there is no layer called"),
    "long key": (changed(*NODE, "settings", "x" * 10_000_000, value=1), "has no setting"),
    "long wire": (changed("network", "wires", value=[{"source": "x" * 10_000_000, "target": "relu_1"}]), "no layer"),
    "duplicate name": (changed(*NODE, "id", value="input_1"), "Two layers are called “input_1”"),
    "a name of two words": (changed(*NODE, "id", value="my layer"), "cannot name a layer"),
    "a wire to nowhere": (changed("network", "wires", 0, "target", value="gone"), "there is no layer “gone”"),
    "a circle": (changed("network", "wires", value=CIRCLE), "in a circle"),
    "far away": (changed(*NODE, "position", value=[0, 1e300]), "far outside the canvas"),
    "no data": (changed("data", value={}), "project.data lacks “dataset”"),
    "no loss": (changed("training", value={}), "project.training lacks “loss”"),
    "nodes that are no list": (changed("network", "nodes", value={}), "project.network.nodes is an object"),
    "a node that is a number": (changed("network", "nodes", 0, value=7), r"nodes\[0\] is a whole number"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused_in_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(ProjectError, match=words) as refusal:
        from_json(content)
    assert len(str(refusal.value)) < 600
    assert refusal.value.message.endswith(".")


def test_a_backup_is_spoken_of_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "net.loom"
    path.write_bytes(to_json(example())[:300])
    with pytest.raises(ProjectError, match="was cut off") as refusal:
        load(path)
    assert not refusal.value.fix

    save(example(), path)
    path.write_bytes(b"")
    with pytest.raises(ProjectError) as refusal:
        load(path)
    assert refusal.value.fix == "Open its backup, net.loom.backup."


@pytest.mark.parametrize("name", ["net.onnx", "NET.SAFETENSORS"])
def test_a_model_is_no_project(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\0weights")
    with pytest.raises(ProjectError, match=f"{name} is a model, not a project") as refusal:
        load(tmp_path / name)
    assert "layerloom import" in refusal.value.fix


def test_a_hundred_thousand_layers_are_refused() -> None:
    node = {"id": "a", "type": "ReLU"}
    with pytest.raises(ProjectError, match="100,000 layers"):
        from_json(changed("network", "nodes", value=[node] * 100_000))


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read") as refusal:
        load(tmp_path)
    assert refusal.value.fix


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.loom")
    with pytest.raises(ProjectError, match="is not a file"):
        load(tmp_path / "pipe.loom")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no device without end")
def test_a_device_without_end_is_not_read() -> None:
    with pytest.raises(ProjectError, match="is not a file"):
        load(Path("/dev/zero"))


def test_a_missing_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        load(tmp_path / "gone.loom")


@pytest.mark.skipif(sys.platform == "win32" or getattr(os, "geteuid", lambda: 0)() == 0, reason="the file can be read")
def test_a_locked_file_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "net.loom"
    save(Project(), path)
    path.chmod(0)
    with pytest.raises(ProjectError, match="cannot be read"):
        load(path)


def test_a_file_that_is_far_too_large_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.loom"
    save(Project(), path)
    monkeypatch.setattr(projects, "LARGEST_FILE", 2**10 // 10)
    with pytest.raises(ProjectError, match="which no project is"):
        load(path)


def flipped(content: bytearray, dice: random.Random) -> None:
    content[dice.randrange(len(content))] = dice.randrange(256)


def cut(content: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(content))
    del content[start : start + dice.randrange(1, 40)]


def doubled(content: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(content))
    content[start:start] = content[start : start + dice.randrange(1, 200)]


def retyped(content: bytearray, dice: random.Random) -> None:
    words = [b"null", b"-1", b"1e308", b"{}", b"[]", b'"x"', b"true", b"9999999999999999999999"]
    colons = [place for place, byte in enumerate(content) if byte == ord(":")]
    start = dice.choice(colons) + 1
    end = min(place for place in (content.find(b",", start), content.find(b"}", start), len(content)) if place > 0)
    content[start:end] = dice.choice(words)


def refusal_of(content: bytes) -> ProjectError | None:
    try:
        from_json(content).network.check()
    except ProjectError as refusal:
        return refusal
    return None


@pytest.mark.parametrize("damage", [flipped, cut, doubled, retyped])
def test_no_damage_is_met_with_anything_but_a_sentence(damage: Callable[[bytearray, random.Random], None]) -> None:
    dice = random.Random(7)
    for _ in range(300):
        content = bytearray(to_json(example()))
        for _ in range(dice.randrange(1, 4)):
            damage(content, dice)
        refusal = refusal_of(bytes(content))
        assert refusal is None or (refusal.message.endswith(".") and len(str(refusal)) < 1000)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("training.epochs", 0, "Training.epochs cannot be 0"),
        ("training.epochs", "many", 'cannot be "many"'),
        ("training.optimizer.learning_rate", float("nan"), "Adam.learning_rate cannot be nan"),
        ("training.optimizer.speed", 1, "Adam has no setting “speed”"),
        ("training.optimizer", "Adamm", "no optimizer called “Adamm”"),
        ("training", 1, "no setting"),
        ("network.gone.bias", True, "no layer called “gone”"),
        ("network", 1, "no layer called"),
        ("colour.of", 1, "no setting “colour.of”"),
        ("", 1, "no setting “”"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path: str, value: object, words: str) -> None:
    with pytest.raises(LayerloomError, match=words):
        example().with_value(path, value)


def test_values_are_changed_by_their_path() -> None:
    changed_project = (
        example()
        .with_value("training.optimizer", "SGD")
        .with_value("training.optimizer.learning_rate", 0.5)
        .with_value("training.loss", "MeanSquaredError")
        .with_value("network.conv2d_1.kernel_size", [5, 5])
        .with_value("data.validation", 0.3)
    )
    assert changed_project.training.optimizer == SGD(0.5)
    assert changed_project.training.loss == MeanSquaredError()
    assert changed_project.network.node("conv2d_1").layer == Conv2d(8, (5, 5), padding="same")
    assert changed_project.data.validation == 0.3
    assert example().training.optimizer == Adam(), "the project it was made from stays"


def test_a_refused_setting_is_a_setting_error() -> None:
    with pytest.raises(SettingError):
        example().with_value("training.batch_size", 0)


def test_a_network_with_branches_survives_a_file() -> None:
    network = stack(Input(), Linear(), ReLU(), Add(), Softmax(), Output()).connect("linear_1", "add_1")
    assert from_json(to_json(Project(network))).network == network


def test_the_direction_in_which_values_flow_survives_a_file() -> None:
    drawn = example()
    assert b"direction" not in to_json(drawn)
    turned = drawn.with_network(drawn.network.flow("right"))
    assert from_json(to_json(turned)) == turned
    with pytest.raises(ProjectError, match="direction"):
        from_json(to_json(turned).replace(b'"right"', b'"upwards"'))
