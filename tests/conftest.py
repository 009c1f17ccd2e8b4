"""What every test gets: folders of its own, no network, a failure for whatever it leaves running or says in a log."""

import logging
import multiprocessing
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before Qt is loaded: nothing here needs a display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Before torch is loaded: processes that share the cores take one each, or they would wait for one another.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("canvases")

ROOT = Path(__file__).parent.parent
SHARED_DATA = Path(os.environ.get("LAYERLOOM_DATA_MIRROR") or ROOT.parent / "shared/data").resolve()
"""Real datasets in their official files; see `shared_data`."""

USER_FOLDERS = {
    "HOME": "",
    "USERPROFILE": "",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "WIN_PD_OVERRIDE_APPDATA": "data",
    "WIN_PD_OVERRIDE_LOCAL_APPDATA": "data",
    "WIN_PD_OVERRIDE_PERSONAL": "documents",
}
"""Where platformdirs looks on Linux, macOS and Windows, and the folder of the test that it finds there."""

settings.register_profile(
    "long", max_examples=1_000, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
"""``--hypothesis-profile=long``: thousands of steps where tests at random usually make hundreds."""

LOOPBACK = {"localhost", "127.0.0.1", "::1", "", None}
PATIENCE = 10.0
"""Seconds in which what a test has started must end once the test has."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """``-n auto``: a process for each core. None is started where there is one core, or one file: that would take
    longer.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    is_file = len(config.args) == 1 and Path(config.args[0].partition("::")[0]).is_file()
    return 0 if cores == 1 or is_file else cores


@pytest.fixture(scope="session", autouse=True)
def _folders_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For fixtures that several tests share: a run trained once, say."""
    with pytest.MonkeyPatch.context() as patch:
        _move_user_folders(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder in which settings, runs, downloads and logs of this test end up."""
    folder = tmp_path_factory.mktemp("home")
    _move_user_folders(monkeypatch, folder)
    return folder


def _move_user_folders(patch: pytest.MonkeyPatch, home: Path) -> None:
    for name, folder in USER_FOLDERS.items():
        patch.setenv(name, str(home / folder))
    patch.delenv("LAYERLOOM_CACHE", raising=False)
    patch.delenv("LAYERLOOM_DATA_MIRROR", raising=False)


@pytest.fixture
def shared_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of real datasets, set as the mirror. Skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the real datasets: there is no folder {SHARED_DATA} (set LAYERLOOM_DATA_MIRROR)")
    monkeypatch.setenv("LAYERLOOM_DATA_MIRROR", str(SHARED_DATA))
    return SHARED_DATA


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trainer looks up after each step, so that commands arrive where a test wants them."""
    monkeypatch.setattr("engine.stretch.LOOK_UP_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine answers; every other name fails at once, as without a network."""
    look_up = socket.getaddrinfo

    def refuse(host: Any, *arguments: Any, **options: Any) -> Any:
        if host not in LOOPBACK:
            raise socket.gaierror(socket.EAI_NONAME, "Tests have no network")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(autouse=True)
def _quiet_log(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A record at WARNING or above fails the test, unless ``@pytest.mark.logs(pattern)`` announces it."""
    yield
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    loud = [f"{record.name}: {record.getMessage()}" for record in records if record.levelno >= logging.WARNING]
    patterns: list[str] = [mark.args[0] for mark in request.node.iter_markers("logs")]
    surprises = [words for words in loud if not any(re.search(pattern, words) for pattern in patterns)]
    missing = [pattern for pattern in patterns if not any(re.search(pattern, words) for words in loud)]
    assert not surprises, "the log has what the test did not announce"
    assert not missing, "the log lacks what the test announced"


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """A thread or a process that outlives its test fails it. Those of wider fixtures were there before."""
    before = _running()
    yield
    left = _until_none(lambda: _running() - before)
    assert not left, "left running"


def _running() -> set[object]:
    # Python keeps a dummy for each foreign thread (a QThread, say) that it has seen, even after its end.
    dummy = threading._DummyThread  # pyright: ignore[reportPrivateUsage]
    threads = {thread for thread in threading.enumerate() if not isinstance(thread, dummy)}
    return {*threads, *multiprocessing.active_children()}


def _until_none(look: Callable[[], set[object]]) -> set[object]:
    end = time.monotonic() + PATIENCE
    while (found := look()) and time.monotonic() < end:
        time.sleep(0.01)
    return found
