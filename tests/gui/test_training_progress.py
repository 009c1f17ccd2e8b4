"""The bar of a training in the tool bar, fed with events."""

import itertools

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar

from engine.events import Failed, Loading, Started, Stopped
from gui import theme as looks
from gui.progress import TrainingProgress

DOWNLOADING = Loading("Downloading MNIST", 3_000_000, 12_000_000, "bytes", time=1.0)


@pytest.fixture
def progress(qtbot) -> TrainingProgress:
    made = TrainingProgress()
    qtbot.addWidget(made)
    made.resize(900, 40)
    made.show()
    made.show_starting()
    made.show_events([DOWNLOADING])
    return made


def words(progress: TrainingProgress) -> list[str]:
    return [label.text() for label in progress.findChildren(QLabel) if label.text()]


def test_a_download_before_a_training_is_shown(progress):
    assert words(progress) == ["Downloading MNIST", "3.00 MB"]
    bar = progress.findChild(QProgressBar)
    assert bar.value() == bar.maximum() // 4


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (Stopped(0, 0, 0.0, {}, {}, time=2.0), "Stopped after 0:00"),
        (Failed("No room.", time=2.0), "Training ended with a fault"),
    ],
)
def test_how_far_a_download_was_is_not_shown_of_a_training_that_never_began(progress, end, said):
    progress.show_events([end])
    assert words(progress) == [said]
    assert not progress.findChild(QProgressBar).isVisible()


def test_of_a_training_whose_trainer_is_gone_no_time_is_left(progress):
    progress.show_events([Started("", 1, "cpu", 1_000, 2, 20, 1, 1, time=3.0)])
    progress._clock.start()
    progress._left.setText("0:01 left")
    progress.show_interrupted()
    assert words(progress) == ["Training was interrupted"]
    assert not progress._clock.isActive()


@pytest.mark.parametrize("width", [looks.PROGRESS_WIDTH, 270, 400, 600, 900])
def test_words_and_time_left_stand_whole_beside_the_bar_however_narrow_it_is(progress, width):
    progress.show_events([Started("", 1, "cpu", 1_000, 2, 20, 1, 1, time=3.0)])
    progress._left.setText("0:01 left")
    progress._speed.setText("10,000 samples/s")
    progress.resize(width, 40)
    progress._say("Epoch 19 of 20 · step 1,234 of 12,345", "Epoch 19 of 20")
    QApplication.processEvents()
    parts = [progress._words, progress.findChild(QProgressBar), progress._speed, progress._left]
    shown = [part for part in parts if part.isVisible()]
    assert all(part.width() >= part.sizeHint().width() for part in shown if isinstance(part, QLabel))
    assert all(one.geometry().right() < other.x() for one, other in itertools.pairwise(shown))
    assert shown[-1].geometry().right() <= progress.width()


def test_when_it_begins_the_bytes_are_gone(progress):
    progress.show_events([Started("", 1, "cpu", 1_000, 2, 10, 1, 1, time=3.0)])
    assert words(progress) == ["Epoch 1 of 1,000 · step 0 of 2,000"]
    assert progress.findChild(QProgressBar).isVisible()
