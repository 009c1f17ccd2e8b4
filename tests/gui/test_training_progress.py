"""The bar of a training in the tool bar, fed with events."""

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar

from engine.events import Failed, Loading, Started, Stopped
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


def test_when_it_begins_the_bytes_are_gone(progress):
    progress.show_events([Started("", 1, "cpu", 1_000, 2, 10, 1, 1, time=3.0)])
    assert words(progress) == ["Epoch 1 of 1,000 · step 0 of 2,000"]
    assert progress.findChild(QProgressBar).isVisible()
