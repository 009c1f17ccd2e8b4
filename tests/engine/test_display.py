"""The picture of a training on terminals: wide and narrow, in colour and without, with few letters."""

import io
import re

import pytest
from drawings import project
from msgspec.structs import replace
from rich.console import Console
from test_pace import EPOCHS, STEPS, begun, course

from engine import console as consoles
from engine import pace
from engine.console import LEAVES, STOPS, Lines, telling
from engine.datasets import Iris
from engine.display import Display, Trend
from engine.events import Changed, Epoch, Event, LearningRate, Loading, Paused, Steps, Warning, Watched
from engine.layers import Input, Linear, Output

DRAWN = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=EPOCHS)
HALF = [event for event in course(0.05, 0.5) if event.time <= 50]


@pytest.fixture(autouse=True)
def _a_moment_in_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace.time, "time", lambda: 50.0)


def terminal(width: int = 100, encoding: str = "utf-8", **more: object) -> tuple[Console, io.BytesIO]:
    """A terminal of so many columns, and what was written to it."""
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding, errors="replace", write_through=True)
    settings = {"force_terminal": True, "highlight": False, "legacy_windows": False, "color_system": "standard"}
    return Console(file=file, width=width, height=30, **settings | more), written


def picture(happening: list[Event], width: int = 100, encoding: str = "utf-8", **more: object) -> list[str]:
    """The lines of the picture after these events."""
    console, written = terminal(width, encoding, **more)
    display = Display("run-1", DRAWN, STOPS, console)
    for event in happening:
        display.show(event)
    written.truncate(0)
    written.seek(0)
    console.print(display._picture())
    return re.sub(r"\x1b\[[\d;]*m", "", written.getvalue().decode(encoding)).splitlines()


def test_it_says_how_far_how_long_how_fast_and_how_good() -> None:
    shown = "\n".join(picture(HALF))

    assert re.search(r"epoch 10/20 ━.* 4\d %  1:\d\d left", shown)
    assert re.search(r"step 9\d\d of 2,000  ·  640 samples/s  ·  learning rate 0\.\d+", shown)
    assert re.search(r"run-1 +CPU", shown)
    assert re.search(r"loss +1 +[▁-█]+ +1 +[▁-█]+ +1 in epoch 1", shown)
    assert STOPS in shown


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40, 30, 20, 10])
def test_it_fits_every_terminal(width: int) -> None:
    shown = picture(HALF, width)
    assert max(map(len, shown)) <= width
    assert any("%" in line for line in shown) or width < 20
    assert not any("…" in line for line in shown) or width < 40


def test_of_the_device_and_the_facts_whole_words_are_left_out_where_there_is_no_room() -> None:
    seen = Watched(time=50.0, step=800, learning_rate=0.25, gradient=0.125, memory=355_000_000)
    happening: list[Event] = [replace(begun(), device="CPU (2 cores, Some Processor)"), *HALF[1:], seen]
    wide, middle, narrow = ("\n".join(picture(happening, width)) for width in (120, 80, 50))
    assert "CPU (2 cores, Some Processor)" in wide
    assert wide.count("355 MB") == 1
    assert re.search(r"learning rate 0.25  ·  gradient 0.125$", middle, re.MULTILINE)
    assert "355" not in middle
    assert re.search(r"640 samples/s$", narrow, re.MULTILINE)
    assert re.search(r"^run-1 +CPU \(2 cores, Some Processor\)$", narrow, re.MULTILINE)
    assert re.search(r"^run-1 +CPU$", picture(happening, 30)[0])


def test_columns_stay_where_they_are_while_curves_grow() -> None:
    def heads(share: float) -> str:
        shown = picture([event for event in HALF if event.time <= 50 * share], 100)
        return next(line for line in shown if "training" in line and "validation" in line)

    assert heads(0.5).rpartition("best")[0].rstrip() == heads(1.0).rpartition("best")[0].rstrip()
    assert heads(0.2).index("validation") == heads(1.0).index("validation")


def test_metrics_are_called_what_they_are_called_elsewhere() -> None:
    judged = Epoch(time=50.0, epoch=10, step=1000, train={"loss": 1.0}, validation={"f1": 0.5, "r2": 0.25}, seconds=1.0)
    shown = picture([*HALF, judged])
    assert any(line.startswith("F1 ") for line in shown)
    assert any(line.startswith("R² ") for line in shown)


def test_epochs_that_are_planned_anew_are_told() -> None:
    said: list[str] = []
    lines = Lines(said.append)
    lines.show(begun())
    lines.show(Changed(time=1.0, step=5, path="training.epochs", value=3, epochs=3))
    lines.show(Epoch(time=1.0, epoch=1, step=30, train={}, validation={}, seconds=1.0))
    assert said[1:] == ["training.epochs is 3 from step 5 on.", "epoch 1/3  1.0 s"]


def test_an_epoch_stays_within_the_line_and_below_the_one_before() -> None:
    def said(width: float) -> list[str]:
        found: list[str] = []
        lines = Lines(found.append, width=lambda: width)
        for epoch, loss in enumerate((0.12345, 0.5), 1):
            metrics = {"loss": loss, "accuracy": loss}
            lines.show(Epoch(time=1.0, epoch=epoch, step=30, train={"loss": loss}, validation=metrics, seconds=1.0))
        return found

    assert said(80) == [
        "epoch 1/1  loss 0.1235  validation: loss 0.1235, accuracy 12.35 %  1.0 s",
        "epoch 2/2  loss    0.5  validation: loss    0.5, accuracy 50.00 %  1.0 s",
    ]
    assert said(71)[0] == "epoch 1/1  loss 0.1235  validation: loss 0.1235  1.0 s"
    assert said(40)[0] == "epoch 1/1  loss 0.1235  1.0 s"


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "latin-1"])
def test_letters_that_a_code_page_lacks_are_not_used(encoding: str) -> None:
    assert "?" not in "".join(picture([*HALF, Loading(time=50.0, message="Reading")], encoding=encoding))
    assert "?" not in "".join(picture(HALF, encoding=encoding))


def test_a_person_can_do_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console, written = terminal(color_system="auto")
    with Display("run", DRAWN, STOPS, console) as display:
        for event in [*HALF, Warning(time=51.0, message="The disk is full.")]:
            display.show(event)
    assert b"epoch" in written.getvalue()
    assert not re.search(rb"\x1b\[[\d;]*3[0-7][\d;]*m", written.getvalue())


def test_epochs_and_warnings_stay_above_it() -> None:
    console, written = terminal()
    with Display("run", DRAWN, STOPS, console) as display:
        for event in [*HALF, Warning(time=51.0, message="The disk is full.")]:
            display.show(event)
    lines = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", written.getvalue().decode()).replace("\r", "\n").splitlines()
    assert sum("validation: loss 1" in line for line in lines) == 9
    assert "Warning: The disk is full." in lines


def test_what_it_does_and_waits_for_is_said() -> None:
    assert "Starting …" in "".join(picture([]))
    assert "Downloading MNIST 25 % …" in "".join(
        picture([Loading(time=0.0, message="Downloading MNIST", done=1, total=4)])
    )
    assert re.search(r"epoch 10/20 ━.* 4\d %  paused", "\n".join(picture([*HALF, Paused(time=50.0, step=800)])))
    seen = Watched(time=50.0, step=800, learning_rate=0.25, gradient=0.125, memory=355_000_000)
    assert "learning rate 0.25  ·  gradient 0.125  ·  355 MB" in "".join(picture([*HALF, seen], width=120))
    assert "learning rate 0.125" in "".join(picture([*HALF, LearningRate(time=50.0, step=800, learning_rate=0.125)]))


def test_the_request_to_stop_is_heard_at_once() -> None:
    console, _ = terminal()
    display = Display("run", DRAWN, STOPS, console)
    display.stopping("Stopping: saving.")
    with console.capture() as shown:
        console.print(display._picture())
    assert "Stopping: saving." in shown.get()
    assert STOPS not in shown.get()


def test_who_comes_later_sees_what_was_before() -> None:
    console, written = terminal()
    display = Display("run", DRAWN, LEAVES, console)
    display.catch_up(HALF)
    lines = written.getvalue().decode().splitlines()
    assert len([line for line in lines if line.startswith("epoch")]) == 1
    assert "epoch  9/20" in lines[-1]
    with console.capture() as shown:
        console.print(display._picture())
    assert "epoch 10/20" in shown.get()


def test_metrics_that_nobody_knows_are_shown_as_numbers() -> None:
    odd = Epoch(
        time=1.0, epoch=1, step=STEPS, train={"loss": 1.0}, validation={"loss": 1.0, "oddness": 0.25}, seconds=1.0
    )
    seen = Steps(time=0.5, epoch=1, step=[STEPS], loss=[1.0], metrics={"accuracy": [0.5]})
    console, _ = terminal()
    display = Display("run", DRAWN, STOPS, console)
    for event in (begun(), seen, odd):
        display._note(event)
    with console.capture() as shown:
        console.print(display._picture())
    assert "oddness" in shown.get()
    assert "50.00 %" in shown.get()


def test_a_small_curve_is_of_the_whole_training() -> None:
    trend = Trend(0)
    for count in (1, 30, 1000, 12_345):
        trend.take([float(-number) for number in range(count)])
        assert 1 <= len(trend.drawn(24)) <= 24
    falling = Trend(0)
    falling.take([100.0 - number for number in range(100)])
    assert falling.drawn(24)[0] == "█"
    assert falling.drawn(24)[-1] == "▁"
    assert sorted(falling.drawn(24), reverse=True) == list(falling.drawn(24))


def test_a_picture_is_for_terminals_that_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    assert telling(as_json=False, plain=False) == "lines", "standard output is no terminal here"
    monkeypatch.setattr(consoles.sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert telling(as_json=False, plain=False) == "picture"
    assert telling(as_json=False, plain=True) == "lines"
    assert telling(as_json=True, plain=False) == "nothing"
    monkeypatch.setenv("TERM", "dumb")
    assert telling(as_json=False, plain=False) == "lines"


def test_lines_say_a_download_once() -> None:
    said: list[str] = []
    lines = Lines(said.append)
    for done in range(3):
        lines.show(Loading(time=0.0, message="Downloading MNIST", done=done, total=3))
    assert said == ["Downloading MNIST."]


def test_who_comes_before_the_beginning_hears_what_is_waited_for() -> None:
    said: list[str] = []
    Lines(said.append).catch_up([])
    assert said == ["It has not begun yet. Waiting for its trainer."]


def test_an_epoch_without_its_loss_is_told_without_it() -> None:
    said: list[str] = []
    Lines(said.append).show(Epoch(time=1.0, epoch=3, step=30, train={}, validation={"accuracy": 0.5}, seconds=1.0))
    assert said == ["epoch 3/3  validation: accuracy 50.00 %  1.0 s"]


def test_many_metrics_do_not_push_the_bar_out_of_view() -> None:
    many = {f"iou:{number}": 0.5 for number in range(200)}
    odd = Epoch(time=50.0, epoch=10, step=1000, train={"loss": 1.0}, validation=many, seconds=1.0)
    shown = picture([*HALF, odd])
    assert len(shown) <= 30
    assert any("epoch 10/20" in line for line in shown)
