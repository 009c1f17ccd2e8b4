"""What works beside the window: a download is one at a time and can be given up; nothing is left when it ends."""

import pytest

from engine.datasets import Progress
from engine.datasets.downloads import Mnist
from gui.services import Services


@pytest.fixture
def services(qapp):
    made = Services(parent=qapp)
    yield made
    made.close()


def test_a_download_brings_the_files_with_progress(services, qtbot, shared_data):
    job = services.download(Mnist())
    seen = []
    job.progress.connect(seen.append)
    with qtbot.waitSignal(job.done, timeout=30_000):
        pass
    assert all(isinstance(item, Progress) for item in seen)
    assert services._downloads._running is None


def test_a_download_without_a_source_fails_in_a_sentence(services, qtbot):
    job = services.download(Mnist())
    with qtbot.waitSignal(job.failed, timeout=60_000) as failed:
        pass
    assert failed.args[0].message
    assert failed.args[0].fix


def test_a_cancelled_download_is_silent_and_another_can_begin(services, qtbot, shared_data):
    said = []
    first = services.download(Mnist())
    first.done.connect(said.append)
    first.failed.connect(said.append)
    services.cancel_download()
    services.cancel_download()
    with qtbot.waitSignal(services.download(Mnist()).done, timeout=30_000):
        pass
    assert said == []
