"""The window is killed while it trains: the training goes on, and the next window finds it, whole, and steers it."""

import subprocess
import sys
from pathlib import Path

from drawings import project
from training_runs import only

from engine.datasets import Digits
from engine.events import Changed, Epoch, Steps
from engine.layers import Flatten, Input, Linear, Output, ReLU
from engine.project import save
from engine.runs import runs_in
from engine.steering import Change
from gui.services import Services
from gui.settings import Settings, runs_folder
from gui.theme import Appearance
from gui.window import Window

WINDOW = Path(__file__).parent / "window_to_kill.py"
DRAWN = project(Input(), Flatten(), Linear(32), ReLU(), Linear(10), Output(), dataset=Digits(), epochs=100_000)
PATIENCE = 120_000
RATE = "training.optimizer.learning_rate"


def test_a_training_outlives_its_window_and_the_next_one_steers_it(qtbot, qapp, tmp_path: Path) -> None:
    save(DRAWN, tmp_path / "digits.loom")
    window = subprocess.Popen([sys.executable, str(WINDOW), str(tmp_path / "digits.loom")])
    try:
        qtbot.waitUntil(lambda: any(only(Epoch, run.events()) for run in runs_in(runs_folder())), timeout=PATIENCE)
    finally:
        window.kill()
        window.wait()
    (run,) = runs_in(runs_folder())
    done = len(only(Epoch, run.events()))
    qtbot.waitUntil(lambda: len(only(Epoch, run.events())) > done + 5, timeout=PATIENCE)

    later = Window(Settings(tmp_path / "later.ini"), Appearance(qapp, "dark"), Services())
    seen: list[object] = []
    later.training.events.connect(seen.extend)
    later.show()
    later.runs.find_running()
    assert later.training.run is not None
    assert later.training.run.path == run.path
    assert later.editor.project.network == DRAWN.network
    qtbot.waitUntil(lambda: bool(only(Steps, seen)), timeout=PATIENCE)
    later.training.change([Change(RATE, 0.0003, DRAWN.training.optimizer.learning_rate)])
    qtbot.waitUntil(lambda: bool(only(Changed, seen)), timeout=PATIENCE)
    with qtbot.waitSignal(later.training.ended, timeout=PATIENCE) as ended:
        later.training.stop()
    later.close()
    later.deleteLater()

    assert ended.args[1].status == "stopped"
    assert only(Changed, run.events())[0].value == 0.0003
    steps = [step for line in only(Steps, run.events()) for step in line.step]
    assert steps == list(range(1, len(steps) + 1))
    assert [step for line in only(Steps, seen) for step in line.step] == steps
